/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known when the script is compiled: settings, named parameters, types of expressions, and
 * the conditions that stop a compilation. (What the kernel has: kernel_facts.c.)
 *
 * The calls become literals: those that need no types while names are bound, others when inference
 * asks (comptime) or at the end.
 */
#include <errno.h>
#include "builtins/hooks.h"
#include "program/format.h"

static void fold_config(struct sema *s, struct expr **slot)
{
	*slot = sema_config_record(s, (*slot)->loc);
}

/* --- types ------------------------------------------------------------------------------------ */

/* Names and simple folding come before types are known; then everything is. */
static bool has_types(const struct sema *s)
{
	return s->is_evaluating || s->is_final;
}

static bool is_string(const struct type *t)
{
	return t->kind == TYPE_STRING;
}

static bool is_pointer(const struct type *t)
{
	return t->kind == TYPE_POINTER;
}

static bool is_array(const struct type *t)
{
	return t->kind == TYPE_ARRAY;
}

static bool is_unsigned(const struct type *t)
{
	return type_is_integer(t) && !t->is_signed;
}

static void fold_kind(struct sema *s, struct expr **slot, bool (*question)(const struct type *t))
{
	const struct type *t = call_arg(*slot, 0)->type;

	if (has_types(s) && t && t->kind != TYPE_NONE)
		fold_boolean(s, slot, question(type_settle(&s->types, t)));
}

static void fold_is_str(struct sema *s, struct expr **slot)
{
	fold_kind(s, slot, is_string);
}

static void fold_is_ptr(struct sema *s, struct expr **slot)
{
	fold_kind(s, slot, is_pointer);
}

static void fold_is_array(struct sema *s, struct expr **slot)
{
	fold_kind(s, slot, is_array);
}

static void fold_is_integer(struct sema *s, struct expr **slot)
{
	fold_kind(s, slot, type_is_integer);
}

static void fold_is_unsigned_integer(struct sema *s, struct expr **slot)
{
	fold_kind(s, slot, is_unsigned);
}

static void fold_is_literal(struct sema *s, struct expr **slot)
{
	const struct expr *arg = call_arg(*slot, 0);
	bool is_literal = arg->kind == EXPR_INTEGER || arg->kind == EXPR_STRING ||
			  arg->kind == EXPR_BOOLEAN;

	if (is_literal || has_types(s))
		fold_boolean(s, slot, is_literal);
}

static void fold_is_scalar(struct sema *s, struct expr **slot)
{
	const struct expr *map = call_arg(*slot, 0);

	if (has_types(s) && is_bare_map(map) && map->map.symbol)
		fold_boolean(s, slot, !map->map.symbol->is_keyed);
}

/* --- stopping the compilation ----------------------------------------------------------------- */

static int check_static_assert(struct sema *s, struct expr **slot)
{
	struct expr **condition = &(*slot)->call.args.items[0];
	const char *text = call_arg(*slot, 1)->string.bytes;
	bool truth;

	sema_evaluate(s, condition);
	if ((*condition)->kind == EXPR_INTEGER) {
		truth = (*condition)->integer.value != 0;
	} else if ((*condition)->kind == EXPR_BOOLEAN) {
		truth = (*condition)->boolean.value;
	} else {
		diag_error(s->diag, DIAG_COMPTIME, (*condition)->loc,
			   "static_assert() needs a condition that is known when the script is "
			   "compiled");
		return -EINVAL;
	}
	if (truth)
		return 0;
	diag_error(s->diag, DIAG_STATIC_ASSERT, (*slot)->loc, "%s", text);
	return -EINVAL;
}

static void append_argument(struct strbuf *b, const struct format_piece *piece,
			    const struct expr *arg)
{
	if (arg->kind == EXPR_STRING)
		format_text(b, piece, arg->string.bytes, arg->string.len);
	else if (piece->conversion == FORMAT_STRING && arg->kind == EXPR_BOOLEAN)
		format_text(b, piece, arg->boolean.value ? "true" : "false",
			    arg->boolean.value ? 4 : 5);
	else if (piece->conversion == FORMAT_STRING)
		strbuf_printf(b, arg->integer.is_negative ? "%lld" : "%llu",
			      (long long)arg->integer.value);
	else
		format_integer(b, piece, arg->kind == EXPR_BOOLEAN ? arg->boolean.value
								    : arg->integer.value);
}

/* The message of fail(), with what it formats; false if an argument is no literal. */
static bool fail_text(struct sema *s, const struct expr *e, struct strbuf *b)
{
	struct format f;
	size_t next = 1;

	format_parse(s->arena, call_arg(e, 0)->string.bytes, &f);
	for (size_t i = 0; i < f.pieces.count; i++) {
		const struct format_piece *piece = &f.pieces.items[i];
		const struct expr *arg = piece->conversion == FORMAT_TEXT ? NULL
									  : call_arg(e, next++);

		if (piece->conversion == FORMAT_TEXT) {
			strbuf_append(b, piece->text, piece->len);
		} else if (arg && (arg->kind == EXPR_INTEGER || arg->kind == EXPR_STRING ||
				   arg->kind == EXPR_BOOLEAN)) {
			append_argument(b, piece, arg);
		} else if (arg) {
			diag_error(s->diag, DIAG_ARGUMENT_LITERAL, arg->loc,
				   "fail() expects literals");
			return false;
		}
	}
	if (next == call_arg_count(e))
		return true;
	diag_error(s->diag, DIAG_FORMAT_COUNT, e->loc,
		   "the format of fail() has %zu conversions, but there are %zu arguments",
		   next - 1, call_arg_count(e) - 1);
	return false;
}

static int check_fail(struct sema *s, struct expr **slot)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;

	if (sema_is_ruled_out(s))
		return 0;
	for (size_t i = 1; i < call_arg_count(*slot); i++)
		sema_evaluate(s, &(*slot)->call.args.items[i]);
	if (fail_text(s, *slot, &text))
		diag_error(s->diag, DIAG_FAIL, (*slot)->loc, "%s", strbuf_text(&text));
	return -EINVAL;
}

static int emit_nothing(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			struct cg_value *out)
{
	(void)cg;
	(void)into;
	set_void(e, out);
	return 0;
}

const struct builtin builtins_compile_time[] = {
	{ .name = "config", .signature = "?", .flags = BUILTIN_VARIABLE,
	  .help = "The settings, as a record: config.max_strlen.", .fold = fold_config },
	{ .name = "getopt", .signature = "getopt(#string, [any], [#string]) -> ?",
	  .help = "Named parameter: getopt(\"name\", default, \"description\"), given as -- --name=value.",
	  .fold = sema_replace_getopt },
	{ .name = "is_str", .signature = "is_str(any) -> bool",
	  .help = "Whether the value is a string.", .fold = fold_is_str },
	{ .name = "is_ptr", .signature = "is_ptr(any) -> bool",
	  .help = "Whether the value is a pointer.", .fold = fold_is_ptr },
	{ .name = "is_array", .signature = "is_array(any) -> bool",
	  .help = "Whether the value is an array.", .fold = fold_is_array },
	{ .name = "is_integer", .signature = "is_integer(any) -> bool",
	  .help = "Whether the value is an integer.", .fold = fold_is_integer },
	{ .name = "is_unsigned_integer", .signature = "is_unsigned_integer(any) -> bool",
	  .help = "Whether the value is an unsigned integer.",
	  .fold = fold_is_unsigned_integer },
	{ .name = "is_literal", .signature = "is_literal(any) -> bool",
	  .help = "Whether the value is known when the script is compiled.",
	  .fold = fold_is_literal },
	{ .name = "is_scalar", .signature = "is_scalar(map) -> bool",
	  .help = "Whether the map has no keys.", .fold = fold_is_scalar },
	{ .name = "static_assert", .signature = "static_assert(any, #string) -> void",
	  .help = "Stops compiling with a message unless the condition holds.",
	  .check = check_static_assert, .emit = emit_nothing },
	{ .name = "fail", .signature = "fail(#format, [any], ...) -> void",
	  .help = "Stops compiling with a message: for branches that the condition should rule out.",
	  .check = check_fail, .emit = emit_nothing },
	{ 0 },
};
