/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What writes: printf() and its kin, print().
 *
 * The format stays behind in struct program; a record carries only the arguments. What a format
 * demands is checked here, when types are known: as many arguments as conversions, each of a kind
 * its conversion accepts. Aggregations are read at the moment of the call.
 */
#include <errno.h>
#include <string.h>
#include "builtins/hooks.h"
#include "program/format.h"

/* --- formats ---------------------------------------------------------------------------------- */

static struct loc conversion_loc(const struct expr *format, const struct format_piece *piece)
{
	return literal_part(format, piece->offset, piece->len);
}

static int check_conversion(struct sema *s, const struct expr *format,
			    const struct format_piece *piece, struct expr **slot)
{
	struct expr *arg = *slot;
	struct diag_msg *m;

	if (check_printable(s, arg))
		return -EINVAL;
	spread_args(s, slot);
	arg = *slot;
	if (type_is_readable(arg->type))
		sema_convert(s, slot, readable_type(s, arg->type));
	arg = *slot;
	if (format_accepts(piece->conversion, arg->type))
		return 0;
	m = diag_error(s->diag, DIAG_FORMAT_TYPE, arg->loc,
		       "'%.*s' cannot print a value of type %s", (int)piece->len, piece->text,
		       arg->type->spelling);
	diag_note(m, conversion_loc(format, piece), "the conversion is here");
	if (format_accepts(FORMAT_STRING, arg->type))
		diag_hint(m, "%%s prints any value");
	return -EINVAL;
}

static void report_count(struct sema *s, const struct expr *e, const struct format *f,
			 size_t given)
{
	struct diag_msg *m;

	m = diag_error(s->diag, DIAG_FORMAT_COUNT, e->loc,
		       "%s() has %zu argument%s after the format, which wants %u", e->call.name,
		       given, given == 1 ? "" : "s", f->conversion_count);
	if (given < f->conversion_count)
		diag_hint(m, "a percent sign itself is written %%%%");
}

int check_format(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot, *literal = call_arg(e, 0);
	size_t len, given = call_arg_count(e) - 1, next = 1;
	struct format f;
	int err = 0;

	format_parse(s->arena, sema_literal_string(literal, &len), &f);
	for (size_t i = 0; i < f.pieces.count; i++) {
		const struct format_piece *piece = &f.pieces.items[i];

		if (piece->conversion == FORMAT_TEXT)
			continue;
		if (piece->conversion == FORMAT_OTHER) {
			diag_error(s->diag, DIAG_FORMAT_CONVERSION, conversion_loc(literal, piece),
				   "'%.*s' is not a conversion of %s()", (int)piece->len,
				   piece->text, e->call.name);
			err = -EINVAL;
		} else if (next <= given) {
			err = check_conversion(s, literal, piece, &e->call.args.items[next]) ?: err;
		}
		next++;
	}
	if (!err && given != f.conversion_count) {
		report_count(s, e, &f, given);
		err = -EINVAL;
	}
	return err ?: check_pinned_format(s, e);
}

static void plan_format(struct sema *s, struct expr *e, struct program_action *action)
{
	size_t len;

	action->format = program_add_string(s->program, sema_literal_string(call_arg(e, 0), &len));
	if (sema_is_pinned(s))
		plan_pinned_format(s, e);
}

static int emit_format(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		       struct cg_value *out)
{
	(void)into;
	set_void(e, out);
	return cg_is_pinned(cg) ? emit_pinned_format(cg, e) : cg_emit_action(cg, e, 1);
}

/* --- print ------------------------------------------------------------------------------------ */

static const struct type *type_print(struct sema *s, struct expr *e)
{
	for (size_t i = 0; i < call_arg_count(e); i++) {
		struct expr **arg = &e->call.args.items[i];

		s->printed = *arg;
		if (!i && is_bare_map(*arg))
			(*arg)->type = s->types.none;
		else
			sema_infer_expr(s, arg);
	}
	return s->types.void_type;
}

/* What print() shows of an element of stats(): the members and order of the whole map's. */
static const struct type *stats_record(struct sema *s, bool is_signed)
{
	static const char *const names[] = { "count", "average", "total" };
	const struct type *number = type_int(&s->types, 8, is_signed);
	const struct type *items[] = { type_int(&s->types, 8, false), number, number };

	return type_record(&s->types, names, items, ARRAY_SIZE(items));
}

/* What stands in print(@m, top, div, top=, by=, order=, div=). */
struct map_options {
	const struct expr *top, *div, *by, *order;
};

static const struct expr *option(const struct expr *e, const char *name)
{
	for (size_t i = 0; i < e->call.options.count; i++) {
		if (!strcmp(e->call.option_names[i], name))
			return e->call.options.items[i];
	}
	return NULL;
}

static struct map_options map_options_of(const struct expr *e)
{
	return (struct map_options){
		.top = call_arg(e, 1) ?: option(e, "top"),
		.div = call_arg(e, 2) ?: option(e, "div"),
		.by = option(e, "by"),
		.order = option(e, "order"),
	};
}

static int bad_option(struct sema *s, const struct expr *at, const char *text, const char *hint)
{
	struct diag_msg *m = diag_error(s->diag, DIAG_PRINT_OPTION, at->loc, "%s", text);

	if (hint)
		diag_hint(m, "%s", hint);
	return -EINVAL;
}

static int check_given_once(struct sema *s, const struct expr *e)
{
	static const char *const positional[] = { "top", "div" };

	for (size_t i = 0; i < ARRAY_SIZE(positional); i++) {
		const struct expr *named = option(e, positional[i]);

		if (!named || !call_arg(e, i + 1))
			continue;
		diag_note(diag_error(s->diag, DIAG_PRINT_OPTION, named->loc,
				     "'%s' is given twice", positional[i]),
			  call_arg(e, i + 1)->loc, "first given here, by its position");
		return -EINVAL;
	}
	return 0;
}

/* A number that was given by name is meant: 0 would silently be as if it was not there. */
static int check_number(struct sema *s, const struct expr *value, const char *name)
{
	bool is_negative;
	uint64_t number;

	if (!value || !sema_literal_int(value, &number, &is_negative))
		return 0;
	if (!is_negative && number >= 1 && number <= INT64_MAX)
		return 0;
	return bad_option(s, value, arena_printf(s->arena, "'%s' must be 1 or more", name), NULL);
}

static bool is_word(const struct expr *value, const char *word)
{
	size_t len;
	const char *text = sema_literal_string(value, &len);

	return text && len == strlen(word) && !memcmp(text, word, len);
}

/* The member of quantiles that a map is sorted by, or -1. */
static int quantile_by(const struct expr *by)
{
	size_t len;
	const char *text = sema_literal_string(by, &len);

	return text ? program_quantile_member(text) : -1;
}

static bool has_rank(const struct type *t)
{
	return type_is_integer(t) || (type_is_aggregation(t) && t->kind != TYPE_TSERIES);
}

static int check_by(struct sema *s, const struct expr *by, const struct map_symbol *m)
{
	if (!by || is_word(by, "key"))
		return 0;
	if (m->value_type && m->value_type->kind == TYPE_QUANTILE && quantile_by(by) >= 0)
		return 0;
	if (!is_word(by, "value") && m->value_type && m->value_type->kind == TYPE_QUANTILE)
		return bad_option(s, by, "quantiles are sorted by their keys or one of their members",
				  arena_printf(s->arena, "write by=\"key\" or by=\"p99\"; "
					       "members are:%s", program_quantile_names()));
	if (!is_word(by, "value"))
		return bad_option(s, by, "a map is sorted by its keys or its values",
				  "write by=\"key\" or by=\"value\"");
	if (!m->value_type || has_rank(m->value_type))
		return 0;
	return bad_option(s, by,
			  arena_printf(s->arena, "@%s has values of type %s, which have no order",
				       m->name, m->value_type->spelling),
			  "sort it by its keys: by=\"key\"");
}

static int check_order(struct sema *s, const struct expr *order)
{
	if (!order || is_word(order, "asc") || is_word(order, "desc"))
		return 0;
	return bad_option(s, order, "a map is printed in ascending or descending order",
			  "write order=\"asc\" or order=\"desc\"");
}

static int check_keyed(struct sema *s, const struct expr *e, const struct map_symbol *m)
{
	static const char *const keyed_only[] = { "top", "by", "order" };

	if (m->is_keyed)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(keyed_only); i++) {
		const struct expr *value = option(e, keyed_only[i]);

		if (!value)
			continue;
		diag_error(s->diag, DIAG_MAP_SHAPE, value->loc,
			   "@%s has no keys: '%s' would have nothing to choose from", m->name,
			   keyed_only[i]);
		return -EINVAL;
	}
	return 0;
}

static int check_print_map(struct sema *s, const struct expr *e)
{
	const struct map_symbol *m = call_arg(e, 0)->map.symbol;
	struct map_options o = map_options_of(e);
	int err = check_given_once(s, e) ?: check_keyed(s, e, m);

	if (err)
		return err;
	if (m->value_type && m->value_type->kind == TYPE_STATS && (o.top || o.div))
		diag_warning(s->diag, DIAG_PRINT_STATS, e->loc,
			     "top and div have no effect on a map of stats()");
	err = check_number(s, option(e, "top"), "top");
	err = check_number(s, option(e, "div"), "div") ?: err;
	err = check_by(s, o.by, m) ?: err;
	return check_order(s, o.order) ?: err;
}

/* print("%s", comm), print(a, b) */
static int report_many_values(struct sema *s, const struct expr *e)
{
	const struct expr *second = call_arg(e, 1);
	struct diag_msg *m;
	size_t len;
	const char *text = sema_literal_string(call_arg(e, 0), &len);

	m = diag_error(s->diag, DIAG_PRINT_ARGUMENTS, (second ?: e->call.options.items[0])->loc,
		       "print() takes one value; what may follow is for whole maps only");
	if (text && memchr(text, '%', len))
		diag_hint(m, "a format is for printf(): write printf(…)");
	else if (second)
		diag_hint(m, "make a tuple of the values, print((a, b)), or write printf(…)");
	return -EINVAL;
}

static int check_print(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot, **value = &e->call.args.items[0];

	if (is_bare_map(*value))
		return check_print_map(s, e);
	if (call_arg_count(e) > 1 || e->call.options.count)
		return report_many_values(s, e);
	if ((*value)->kind == EXPR_MAP && (*value)->type->kind == TYPE_STATS)
		(*value)->type = stats_record(s, (*value)->type->is_signed);
	if (check_printable(s, *value))
		return -EINVAL;
	spread_args(s, value);
	if (type_is_readable((*value)->type))
		sema_convert(s, value, readable_type(s, (*value)->type));
	return 0;
}

static int64_t literal_or_zero(const struct expr *e)
{
	bool is_negative;
	uint64_t value;

	return e && sema_literal_int(e, &value, &is_negative) ? (int64_t)value : 0;
}

/* The first argument whose value travels in the record: none for a map. */
static uint32_t print_payload(const struct expr *e)
{
	return is_bare_map(call_arg(e, 0)) ? (uint32_t)call_arg_count(e) : 0;
}

static uint8_t print_by(const struct expr *by)
{
	if (is_word(by, "key"))
		return PRINT_BY_KEY;
	if (is_word(by, "value"))
		return PRINT_BY_VALUE;
	return (uint8_t)(PRINT_BY_MEMBER + quantile_by(by));
}

static void plan_print(struct sema *s, struct expr *e, struct program_action *action)
{
	const struct expr *value = call_arg(e, 0);
	struct map_options o = map_options_of(e);

	if (!is_bare_map(value)) {
		sema_add_action(s, e, ACTION_PRINT_VALUE, print_payload(e));
		return;
	}
	action = sema_add_action(s, e, ACTION_PRINT_MAP, print_payload(e));
	action->map = value->map.symbol->index;
	action->top = literal_or_zero(o.top);
	action->div = literal_or_zero(o.div);
	if (o.by)
		action->by = print_by(o.by);
	action->is_descending = o.order && is_word(o.order, "desc");
}

static int emit_print(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		      struct cg_value *out)
{
	(void)into;
	set_void(e, out);
	return cg_emit_action(cg, e, print_payload(e));
}

#define FORMAT_ROW(NAME, ACTION_ID, FLAGS, HELP)                                                   \
	{ .name = NAME, .signature = NAME "(#format, [any], ...) -> void",                        \
	  .flags = (FLAGS) | BUILTIN_OUTPUT,                                                       \
	  .help = HELP, .action = ACTION_ID + 1, .first_payload = 1, .check = check_format,        \
	  .plan = plan_format, .emit = emit_format }

const struct builtin builtins_printing[] = {
	FORMAT_ROW("printf", ACTION_PRINTF, 0, "Prints formatted text."),
	FORMAT_ROW("errorf", ACTION_ERRORF, 0, "Prints formatted text as an error of the script."),
	FORMAT_ROW("warnf", ACTION_WARNF, 0, "Prints formatted text as a warning of the script."),
	{ .name = "print", .signature = "print(any|map, [#int], [#int], top=#int, by=#string, "
				     "order=#string, div=#int) -> ?",
	  .flags = BUILTIN_OWN_TYPING,
	  .help = "Prints a value, or a whole map, or the largest of its entries.",
	  .type = type_print, .check = check_print, .plan = plan_print, .emit = emit_print },
	FORMAT_ROW("cat", ACTION_CAT, 0, "Prints the file whose name is formatted."),
	FORMAT_ROW("system", ACTION_SYSTEM, BUILTIN_UNSAFE,
		   "Runs the formatted shell command and prints its output."),
	{ 0 },
};
