/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named parameters: getopt("name", default, "description") → the literal that `-- --name=value`
 * gave, or the default (spec cli-config.md §7).
 *
 * All calls of a script are seen before anything else is done with it, also those in branches that
 * are not taken: what they name is what the script knows, for --help and for mistakes in names.
 */
#include <errno.h>
#include "sema/pass.h"
#include "util/text.h"

struct named_option {
	const char *name, *description; /* description NULL: not given */
	const struct expr *initial;	/* literal; NULL: false */
	struct loc loc, description_loc;
	const struct expr *value;
};

/* --- values ----------------------------------------------------------------------------------- */

/* What was given for the name: NULL if nothing, "" with *has_value false for `--name`. */
static const char *given(const struct sema *s, const char *name, bool *has_value)
{
	const char *found = NULL;
	size_t len = strlen(name);

	for (uint32_t i = 0; i < s->options->named_count; i++) {
		const char *text = s->options->named[i] + strlen("--");

		if (strncmp(text, name, len) || (text[len] && text[len] != '='))
			continue;
		*has_value = text[len] == '=';
		found = text + len + *has_value;
	}
	return found;
}

static struct expr *bad_value(struct sema *s, const struct named_option *o, const char *text,
			      const char *why)
{
	diag_error(s->diag, DIAG_NAMED_PARAMETER, o->loc, "--%s=%s: %s", o->name, text, why);
	return NULL;
}

static struct expr *boolean_value(struct sema *s, const struct named_option *o, const char *text,
				  bool has_value)
{
	static const char *const words[] = { "false", "true", "0", "1", "off", "on", "no", "yes" };

	if (!has_value)
		return expr_boolean(s->arena, o->loc, true);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (text_equal_nocase(text, words[i]))
			return expr_boolean(s->arena, o->loc, i % 2);
	}
	return bad_value(s, o, text, "expected 1 true on yes or 0 false off no");
}

static struct expr *integer_value(struct sema *s, const struct named_option *o, const char *text)
{
	bool is_signed = o->initial->integer.is_negative, is_negative = false;
	const char *why = "not a number";
	uint64_t value;
	struct expr *e;

	if (text_parse_i64(text, strlen(text), &value, &is_negative, &why))
		return bad_value(s, o, text, why);
	is_negative &= value != 0;
	if (is_negative && !is_signed)
		return bad_value(s, o, text, "the number must not be negative");
	if (is_signed && !is_negative && value > INT64_MAX)
		return bad_value(s, o, text, "the number is too large");
	e = expr_integer(s->arena, o->loc, value);
	e->integer.is_negative = is_negative;
	return e;
}

/* The value on the command line, or the default; NULL after a message. */
static const struct expr *find_value(struct sema *s, const struct named_option *o)
{
	bool has_value = false;
	const char *text = given(s, o->name, &has_value);
	enum expr_kind kind = o->initial ? o->initial->kind : EXPR_BOOLEAN;

	if (!text)
		return o->initial ?: expr_boolean(s->arena, o->loc, false);
	if (kind == EXPR_BOOLEAN)
		return boolean_value(s, o, text, has_value);
	if (!has_value) {
		diag_hint(diag_error(s->diag, DIAG_NAMED_PARAMETER, o->loc, "--%s needs a value",
				     o->name), "write --%s=…", o->name);
		return NULL;
	}
	return kind == EXPR_INTEGER ? integer_value(s, o, text)
				    : expr_string(s->arena, o->loc, text, strlen(text));
}

/* A string has room for its default, too, so that a script's types do not follow the parameters. */
static struct expr *literal_of(struct sema *s, const struct named_option *o, struct loc loc)
{
	struct expr *e = expr_clone(s->arena, o->value);
	size_t room;

	e->loc = loc;
	if (e->kind == EXPR_INTEGER)
		e->type = type_int(&s->types, 8, o->initial->integer.is_negative);
	if (e->kind != EXPR_STRING)
		return e;
	room = MAX(e->string.len, o->initial->string.len) + 1;
	e->type = type_string(&s->types, (uint32_t)room);
	return e;
}

/* --- calls ------------------------------------------------------------------------------------ */

static bool is_same_literal(const struct expr *a, const struct expr *b)
{
	if (!a || !b || a->kind != b->kind)
		return a == b;
	if (a->kind == EXPR_INTEGER)
		return a->integer.value == b->integer.value &&
		       a->integer.is_negative == b->integer.is_negative;
	if (a->kind == EXPR_BOOLEAN)
		return a->boolean.value == b->boolean.value;
	return a->string.len == b->string.len &&
	       !memcmp(a->string.bytes, b->string.bytes, a->string.len);
}

static void check_consistency(struct sema *s, struct named_option *known,
			      const struct named_option *here)
{
	if (!is_same_literal(known->initial, here->initial))
		diag_note(diag_error(s->diag, DIAG_GETOPT, here->loc,
				     "getopt(\"%s\") has another default elsewhere", known->name),
			  known->loc, "here");
	if (known->description && here->description &&
	    strcmp(known->description, here->description))
		diag_note(diag_error(s->diag, DIAG_GETOPT, here->description_loc,
				     "getopt(\"%s\") has another description elsewhere",
				     known->name),
			  known->description_loc, "here");
	if (!known->description) {
		known->description = here->description;
		known->description_loc = here->description_loc;
	}
}

/* The option of a call with the right kinds of arguments; false after a message. */
static bool read_call(struct sema *s, const struct expr *e, struct named_option *out)
{
	const struct expr_list *args = &e->call.args;
	const struct expr *wrong = NULL;

	for (size_t i = 0; i < args->count && !wrong; i++) {
		bool fits = i == 1 ? expr_is_literal(args->items[i])
				   : args->items[i]->kind == EXPR_STRING &&
				     !args->items[i]->string.from_parameter;

		wrong = fits ? NULL : args->items[i];
	}
	if (wrong) {
		diag_error(s->diag, DIAG_ARGUMENT_LITERAL, wrong->loc,
			   "getopt() expects a literal here: %s",
			   args->count > 1 && wrong == args->items[1]
				   ? "true or false, a number or a string" : "a string");
		return false;
	}
	*out = (struct named_option){ .name = args->items[0]->string.bytes, .loc = e->loc };
	if (args->count > 1)
		out->initial = args->items[1];
	if (args->count > 2) {
		out->description = args->items[2]->string.bytes;
		out->description_loc = args->items[2]->loc;
	}
	return true;
}

static struct named_option *find_option(struct sema *s, const char *name)
{
	for (size_t i = 0; i < s->named_options.count; i++) {
		if (!strcmp(s->named_options.items[i]->name, name))
			return s->named_options.items[i];
	}
	return NULL;
}

static struct expr *evaluate_call(struct sema *s, const struct expr *e)
{
	struct named_option here, *o;

	if (!read_call(s, e, &here))
		return NULL;
	o = find_option(s, here.name);
	if (o) {
		check_consistency(s, o, &here);
	} else {
		o = arena_memdup(s->arena, &here, sizeof(here));
		arena_vec_push(s->arena, &s->named_options, o);
		o->value = find_value(s, o);
	}
	return o->value ? literal_of(s, o, e->loc) : NULL;
}

void sema_replace_getopt(struct sema *s, struct expr **slot)
{
	struct expr_list *args = &(*slot)->call.args;
	struct expr *literal;

	if (!args->count || args->count > 3) /* "names" says so */
		return;
	for (size_t i = 0; i < args->count; i++)
		sema_fold_deep(s, &args->items[i]);
	literal = evaluate_call(s, *slot);
	*slot = literal ?: expr_boolean(s->arena, (*slot)->loc, false);
}

/* --- the command line ------------------------------------------------------------------------- */

static const char *describe_default(struct sema *s, const struct expr *initial)
{
	if (!initial)
		return "false";
	if (initial->kind == EXPR_BOOLEAN)
		return initial->boolean.value ? "true" : "false";
	if (initial->kind == EXPR_STRING)
		return arena_printf(s->arena, "\"%s\"", initial->string.bytes);
	return initial->integer.is_negative
		       ? arena_printf(s->arena, "%lld", (long long)initial->integer.value)
		       : arena_printf(s->arena, "%llu", (unsigned long long)initial->integer.value);
}

static void list_options(struct sema *s, struct diag_msg *m)
{
	for (size_t i = 0; i < s->named_options.count; i++) {
		const struct named_option *o = s->named_options.items[i];
		bool is_flag = !o->initial || o->initial->kind == EXPR_BOOLEAN;

		diag_hint(m, "--%s%s%s%s [%s]", o->name, is_flag ? "" : "=…",
			  o->description ? "  " : "", o->description ?: "",
			  describe_default(s, o->initial));
	}
}

static void unknown_option(struct sema *s, const char *name)
{
	struct text_nearest nearest;
	struct diag_msg *m;

	if (!s->named_options.count) {
		diag_error(s->diag, DIAG_NAMED_PARAMETER, (struct loc){ 0 },
			   "--%s: the script has no named parameters", name);
		return;
	}
	m = diag_error(s->diag, DIAG_NAMED_PARAMETER, (struct loc){ 0 },
		       "--%s: the script has no such named parameter", name);
	text_nearest_init(&nearest, name);
	for (size_t i = 0; i < s->named_options.count; i++)
		text_nearest_offer(&nearest, s->named_options.items[i]->name);
	diag_did_you_mean(m, nearest.best);
	list_options(s, m);
}

void sema_check_named_parameters(struct sema *s)
{
	for (uint32_t i = 0; i < s->options->named_count; i++) {
		const char *text = s->options->named[i] + strlen("--");
		const char *name = arena_strndup(s->arena, text, strcspn(text, "="));

		if (find_option(s, name))
			continue;
		if (strcmp(name, "help"))
			unknown_option(s, name);
		else
			list_options(s, diag_error(s->diag, DIAG_NAMED_HELP, (struct loc){ 0 },
						   s->named_options.count
							   ? "the script's named parameters:"
							   : "the script has no named parameters"));
	}
}
