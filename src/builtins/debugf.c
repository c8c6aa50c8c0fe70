/* SPDX-License-Identifier: Apache-2.0 */
/*
 * debugf(): text into the kernel's trace buffer (trace_pipe) by bpf_trace_printk().
 *
 * The kernel knows fewer conversions than printf() and takes every integer as 64 bits with `ll`;
 * so integers are cut here as their conversion says, and the format is written anew.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "builtins/hooks.h"
#include "program/format.h"

#define DEBUGF_ARGUMENTS 3

/* What the kernel gets for a conversion. */
static const struct {
	enum format_conversion conversion;
	const char *letters;
} conversions[] = {
	{ FORMAT_SIGNED, "lld" }, { FORMAT_UNSIGNED, "llu" }, { FORMAT_HEX, "llx" },
	{ FORMAT_POINTER, "llx" }, { FORMAT_STRING, "s" },
};

static const char *letters_of(enum format_conversion c)
{
	for (size_t i = 0; i < ARRAY_SIZE(conversions); i++) {
		if (conversions[i].conversion == c)
			return conversions[i].letters;
	}
	return NULL;
}

/* --- checks ----------------------------------------------------------------------------------- */

static int check_piece(struct sema *s, const struct expr *e, const struct format_piece *piece,
		       const struct expr *arg)
{
	struct diag_msg *m;

	if (!letters_of(piece->conversion) || piece->is_upper || piece->has_hash) {
		m = diag_error(s->diag, DIAG_FORMAT_CONVERSION, call_arg(e, 0)->loc,
			       "'%.*s' is not a conversion of debugf()", (int)piece->len,
			       piece->text);
		diag_hint(m, "it has %%d, %%u, %%x, %%p and %%s");
		return -EINVAL;
	}
	if (piece->conversion != FORMAT_STRING || arg->type->kind == TYPE_STRING)
		return 0;
	diag_error(s->diag, DIAG_FORMAT_TYPE, arg->loc,
		   "'%%s' of debugf() prints strings only, not a value of type %s",
		   arg->type->spelling);
	return -EINVAL;
}

/* The kernel refuses formats with other bytes when they are to be printed. */
static int check_text(struct sema *s, const struct expr *format)
{
	size_t len;
	const char *text = sema_literal_string(format, &len);

	for (size_t i = 0; i < len; i++) {
		if ((text[i] >= ' ' && text[i] <= '~') || text[i] == '\n' || text[i] == '\t')
			continue;
		diag_error(s->diag, DIAG_FORMAT_CONVERSION, format->loc,
			   "the format of debugf() may contain printable ASCII only");
		return -EINVAL;
	}
	return 0;
}

static void warn_debugf(struct sema *s, const struct expr *e)
{
	struct diag_msg *m = diag_warning(s->diag, DIAG_DEBUG_OUTPUT, e->loc,
					  "debugf() is for debugging: it writes to the kernel's "
					  "trace buffer, which everybody shares");

	diag_hint(m, "read it with: cat /sys/kernel/tracing/trace_pipe");
}

static int check_debugf(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	struct format f;
	size_t len, next = 1;
	int err;

	if (call_arg_count(e) - 1 > DEBUGF_ARGUMENTS) {
		diag_error(s->diag, DIAG_ARGUMENT_COUNT, e->loc,
			   "debugf() takes %d arguments after the format, %zu were given",
			   DEBUGF_ARGUMENTS, call_arg_count(e) - 1);
		return -EINVAL;
	}
	err = check_format(s, slot) ?: check_text(s, call_arg(e, 0));
	if (err)
		return err;
	format_parse(s->arena, sema_literal_string(call_arg(e, 0), &len), &f);
	for (size_t i = 0; i < f.pieces.count; i++) {
		const struct format_piece *piece = &f.pieces.items[i];

		if (piece->conversion != FORMAT_TEXT)
			err = check_piece(s, e, piece, call_arg(e, next++)) ?: err;
	}
	if (!err)
		warn_debugf(s, e);
	return err;
}

/* --- the kernel's format ---------------------------------------------------------------------- */

static void add_literal(struct strbuf *b, const struct format_piece *piece)
{
	for (uint32_t i = 0; i < piece->len; i++) {
		if (piece->text[i] == '%')
			strbuf_add_char(b, '%');
		strbuf_add_char(b, piece->text[i]);
	}
}

static void add_conversion(struct strbuf *b, const struct format_piece *piece)
{
	const char *letters = letters_of(piece->conversion);

	/* Plain %p is a hash. */
	if (piece->conversion == FORMAT_POINTER) {
		strbuf_add_text(b, "0x%llx");
		return;
	}
	strbuf_add_char(b, '%');
	if (piece->is_left)
		strbuf_add_char(b, '-');
	if (piece->has_plus)
		strbuf_add_char(b, '+');
	if (piece->has_zero)
		strbuf_add_char(b, '0');
	if (piece->width)
		strbuf_printf(b, "%u", piece->width);
	strbuf_add_text(b, letters);
}

/* A line is a record of the trace buffer: it ends by itself. */
static void kernel_format(struct strbuf *b, const struct format *f)
{
	for (size_t i = 0; i < f->pieces.count; i++) {
		if (f->pieces.items[i].conversion == FORMAT_TEXT)
			add_literal(b, &f->pieces.items[i]);
		else
			add_conversion(b, &f->pieces.items[i]);
	}
	if (b->len && b->text[b->len - 1] == '\n')
		b->text[--b->len] = '\0';
}

struct debugf {
	uint32_t format, size; /* among the constants */
	struct format pieces;
};

static void plan_debugf(struct sema *s, struct expr *e, struct program_action *action)
{
	struct debugf *d = ARENA_NEW(s->arena, struct debugf);
	auto_strbuf struct strbuf b = STRBUF_INIT;
	size_t len;

	(void)action;
	e->site = sema_add_site(s, e->loc, "trace_printk", false);
	format_parse(s->arena, sema_literal_string(call_arg(e, 0), &len), &d->pieces);
	kernel_format(&b, &d->pieces);
	d->size = (uint32_t)b.len + 1;
	d->format = program_add_constants(s->program, strbuf_text(&b), d->size);
	e->call.data = d;
}

/* An integer as its conversion cuts it, in 64 bits. */
static LLVMValueRef cut(struct codegen *cg, const struct format_piece *piece, LLVMValueRef v)
{
	LLVMTypeRef narrow = LLVMIntTypeInContext(cg->context, piece->size * 8u);

	if (piece->size == 8)
		return v;
	v = LLVMBuildTrunc(cg->builder, v, narrow, "");
	return piece->conversion == FORMAT_SIGNED ? LLVMBuildSExt(cg->builder, v, cg->i64, "") :
						    LLVMBuildZExt(cg->builder, v, cg->i64, "");
}

/* A string with a NUL for sure. */
static int emit_text(struct codegen *cg, const struct expr *e, LLVMValueRef *out)
{
	uint32_t size = type_size(e->type);
	LLVMValueRef copy = cg_temp(cg, size + 1, "text");
	int err = cg_emit_into(cg, e, copy);

	cg_zero(cg, cg_offset(cg, copy, size), 1);
	*out = LLVMBuildPtrToInt(cg->builder, copy, cg->i64, "");
	return err;
}

/* Which formats it takes depends on the kernel (more since 5.13). */
static void tell_failure(struct codegen *cg, const struct expr *e, LLVMValueRef result)
{
	LLVMBasicBlockRef failed = cg_block(cg, "failed"), next = cg_block(cg, "next");

	cg_branch(cg, ir_compare(cg, LLVMIntSLT, result, cg_const(cg, 0)), failed, next, failed);
	cg_runtime_error(cg, e, ERROR_HELPER, result);
	cg_jump(cg, next, next);
}

static int emit_debugf(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		       struct cg_value *out)
{
	const struct debugf *d = e->call.data;
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef args[2 + DEBUGF_ARGUMENTS] = { cg_constants(cg, d->format),
						    cg_const32(cg, d->size) };
	unsigned int count = 2;
	int err = 0;

	(void)into;
	for (size_t i = 0; i < d->pieces.pieces.count && !err; i++) {
		const struct format_piece *piece = &d->pieces.pieces.items[i];
		const struct expr *arg = call_arg(e, count - 1);

		if (piece->conversion == FORMAT_TEXT)
			continue;
		if (piece->conversion == FORMAT_STRING)
			err = emit_text(cg, arg, &args[count]);
		else
			err = cg_emit_i64(cg, arg, &args[count]);
		if (!err && piece->conversion != FORMAT_STRING)
			args[count] = cut(cg, piece, args[count]);
		count++;
	}
	if (err)
		return err;
	tell_failure(cg, e, cg_helper(cg, BPF_FUNC_trace_printk, args, count));
	cg_temp_release(cg, mark);
	set_void(e, out);
	return 0;
}

const struct builtin builtins_debugf[] = {
	{ .name = "debugf", .signature = "debugf(#format, [any], ...) -> void",
	  .help = "Prints formatted text into the kernel's trace buffer.",
	  .check = check_debugf, .plan = plan_debugf, .emit = emit_debugf },
	{ 0 },
};
