/* SPDX-License-Identifier: Apache-2.0 */
/*
 * printf() of pinned iterators: whoever reads the file gets the text from the kernel alone, by
 * bpf_seq_printf() and bpf_seq_write().
 *
 * The kernel takes 12 arguments at once, 6 of them strings, and bytes of ASCII; a format is cut into pieces
 * that it takes. What it cannot format at all is refused (spec output.md §7.4). Everything else that other
 * programs print needs somebody who reads records, so it is refused, too.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "builtins/hooks.h"
#include "program/format.h"

#define CALL_ARGUMENTS 12  /* MAX_BPRINTF_VARARGS */
#define CALL_STRINGS   6   /* until 5.13; then 512 bytes of them */
#define STRING_SIZE    128 /* … of that size, with their NUL, until 5.13 */
#define CALL_TEXT      500

/* --- checks ----------------------------------------------------------------------------------- */

/* How the kernel writes a value. */
enum kernel_form { FORM_NONE, FORM_NUMBER, FORM_HEX, FORM_TEXT, FORM_BOOL, FORM_SYMBOL, FORM_BYTE };

static enum kernel_form form_of(const struct format_piece *piece, const struct type *t)
{
	if (t->kind == TYPE_QUANTILE_MEMBER)
		return FORM_NONE;
	switch (piece->conversion) {
	case FORMAT_SIGNED:
	case FORMAT_UNSIGNED:
		return FORM_NUMBER;
	case FORMAT_HEX:
		return piece->has_hash ? FORM_NONE : FORM_NUMBER;
	case FORMAT_POINTER:
		return piece->width ? FORM_NONE : FORM_HEX;
	case FORMAT_CHAR:
		return FORM_BYTE;
	case FORMAT_STRING:
		if (t->kind == TYPE_STRING)
			return FORM_TEXT;
		if (t->kind == TYPE_BOOL)
			return FORM_BOOL;
		if (t->kind == TYPE_KSYM)
			return FORM_SYMBOL;
		if (t->kind == TYPE_POINTER)
			return piece->width ? FORM_NONE : FORM_HEX;
		return t->kind == TYPE_INT ? FORM_NUMBER : FORM_NONE;
	case FORMAT_TEXT:
	case FORMAT_OCTAL:
	case FORMAT_BUFFER:
	case FORMAT_GFP:
	case FORMAT_OTHER:
		return FORM_NONE;
	}
	return FORM_NONE;
}

static const char *way_out(const struct format_piece *piece, const struct type *t)
{
	if (piece->conversion == FORMAT_OCTAL)
		return "write it in hexadecimal: %x";
	if (piece->conversion == FORMAT_HEX)
		return "write the prefix: 0x%x";
	if (piece->conversion == FORMAT_POINTER || t->kind == TYPE_POINTER)
		return "write 0x%llx, or leave the width out";
	if (t->kind == TYPE_ENUM)
		return "print its number: %d";
	if (t->kind == TYPE_TUPLE || t->kind == TYPE_RECORD || t->kind == TYPE_STRUCT ||
	    t->kind == TYPE_ARRAY)
		return "print its parts one by one";
	return "the iterator can print it if it is not pinned";
}

int check_pinned_format(struct sema *s, const struct expr *e)
{
	struct format f;
	size_t len, next = 1;
	int err = 0;

	if (!sema_is_pinned(s))
		return 0;
	format_parse(s->arena, sema_literal_string(call_arg(e, 0), &len), &f);
	for (size_t i = 0; i < f.pieces.count; i++) {
		const struct format_piece *piece = &f.pieces.items[i];
		const struct expr *arg;

		if (piece->conversion == FORMAT_TEXT)
			continue;
		arg = call_arg(e, next++);
		if (form_of(piece, arg->type) != FORM_NONE)
			continue;
		diag_hint(diag_error(s->diag, DIAG_PINNED_OUTPUT, arg->loc,
				     "the kernel, which prints for a pinned iterator, has no '%.*s' "
				     "for a value of type %s", (int)piece->len, piece->text,
				     arg->type->spelling),
			  "%s", way_out(piece, arg->type));
		err = -EINVAL;
	}
	return err;
}

/* --- plan: pieces for one call of the kernel's each --------------------------------------------- */

struct pinned_step {
	bool is_text; /* bytes as they are, or one long string or byte, by bpf_seq_write() */
	uint32_t constant, size; /* among the constants: text, or the kernel's format */
	uint32_t first_piece, end_piece, first_arg;
};
struct pinned_printf {
	struct format format;
	uint32_t trailer, blanks; /* among the constants, as many blanks as the largest width */
	struct pinned_steps VEC_OF(struct pinned_step) steps;
};

/* What goes into one call. */
struct group {
	struct strbuf format;
	struct pinned_step step;
	uint32_t args, strings, text;
};

static bool is_plain_text(const struct format_piece *piece)
{
	for (uint32_t i = 0; i < piece->len; i++) {
		char c = piece->text[i];

		if ((c < ' ' || c > '~') && c != '\n' && c != '\t')
			return false;
	}
	return true;
}

static void add_escaped(struct strbuf *b, const struct format_piece *piece)
{
	for (uint32_t i = 0; i < piece->len; i++) {
		if (piece->text[i] == '%')
			strbuf_add_char(b, '%');
		strbuf_add_char(b, piece->text[i]);
	}
}

static const char *letters_of(const struct format_piece *piece, enum kernel_form form,
			      const struct type *t)
{
	switch (form) {
	case FORM_TEXT:
	case FORM_BOOL:
		return "s";
	case FORM_SYMBOL:
		return "ps";
	case FORM_HEX:
		return "llx";
	case FORM_NUMBER:
		if (piece->conversion == FORMAT_HEX)
			return piece->is_upper ? "llX" : "llx";
		if (piece->conversion == FORMAT_STRING)
			return t->is_signed ? "lld" : "llu";
		return piece->conversion == FORMAT_SIGNED ? "lld" : "llu";
	case FORM_BYTE:
	case FORM_NONE:
		break;
	}
	bug("%s has no form in the kernel", piece->text);
}

static void add_conversion(struct strbuf *b, const struct format_piece *piece,
			   enum kernel_form form, const struct type *t)
{
	if (form == FORM_HEX)
		strbuf_add_text(b, "0x");
	strbuf_add_char(b, '%');
	if (piece->is_left)
		strbuf_add_char(b, '-');
	if (piece->has_plus && form == FORM_NUMBER)
		strbuf_add_char(b, '+');
	if (piece->has_zero && form == FORM_NUMBER)
		strbuf_add_char(b, '0');
	if (piece->width)
		strbuf_printf(b, "%u", piece->width);
	strbuf_add_text(b, letters_of(piece, form, t));
}

static void end_group(struct sema *s, struct pinned_printf *p, struct group *g, uint32_t piece)
{
	if (g->format.len) {
		g->step.size = (uint32_t)g->format.len + 1;
		g->step.constant = program_add_constants(s->program, strbuf_text(&g->format),
							 g->step.size);
		g->step.end_piece = piece;
		arena_vec_push(s->arena, &p->steps, g->step);
	}
	strbuf_clear(&g->format);
	g->args = g->strings = g->text = 0;
}

static void start_group(struct group *g, uint32_t piece, uint32_t arg)
{
	if (!g->format.len)
		g->step = (struct pinned_step){ .first_piece = piece, .first_arg = arg };
}

static void add_text(struct sema *s, struct pinned_printf *p, struct group *g, uint32_t i,
		     uint32_t arg)
{
	const struct format_piece *piece = &p->format.pieces.items[i];
	struct pinned_step step = { .is_text = true, .size = piece->len, .first_piece = i,
				    .end_piece = i + 1 };

	/* Until 5.13 a format without conversions could hold no '%', not even two of them. */
	if (is_plain_text(piece) && !memchr(piece->text, '%', piece->len)) {
		start_group(g, i, arg);
		add_escaped(&g->format, piece);
		return;
	}
	end_group(s, p, g, i);
	step.constant = program_add_constants(s->program, piece->text, piece->len);
	arena_vec_push(s->arena, &p->steps, step);
}

static void add_argument(struct sema *s, struct pinned_printf *p, struct group *g, uint32_t i,
			 uint32_t arg, const struct type *t)
{
	const struct format_piece *piece = &p->format.pieces.items[i];
	enum kernel_form form = form_of(piece, t);
	uint32_t size = form == FORM_TEXT ? type_size(t) + 1 : form == FORM_BOOL ? 6 : 0;
	struct pinned_step step = { .is_text = true, .first_piece = i, .end_piece = i + 1,
				    .first_arg = arg };

	if (form == FORM_BYTE || size > STRING_SIZE - 16) { /* 16: for what marks a cut */
		end_group(s, p, g, i);
		arena_vec_push(s->arena, &p->steps, step);
		return;
	}
	if (g->args == CALL_ARGUMENTS || (size && g->strings == CALL_STRINGS) ||
	    g->text + size + 16 > CALL_TEXT)
		end_group(s, p, g, i);
	start_group(g, i, arg);
	add_conversion(&g->format, piece, form, t);
	g->args++;
	g->strings += size > 0;
	g->text += size ? size + 16 : 0;
}

static void add_constants(struct sema *s, struct pinned_printf *p)
{
	auto_strbuf struct strbuf blanks = STRBUF_INIT;
	const char *trailer = program_string(s->program, s->program->config.str_trunc_trailer);
	uint32_t width = 0;

	for (uint32_t i = 0; i < p->format.pieces.count; i++)
		width = MAX(width, p->format.pieces.items[i].width);
	strbuf_add_repeat(&blanks, ' ', width);
	p->trailer = program_add_constants(s->program, trailer, strlen(trailer));
	p->blanks = program_add_constants(s->program, strbuf_text(&blanks), width);
}

void plan_pinned_format(struct sema *s, struct expr *e)
{
	struct pinned_printf *p = ARENA_NEW(s->arena, struct pinned_printf);
	struct group g = { .format = STRBUF_INIT };
	uint32_t arg = 1;
	size_t len;

	format_parse(s->arena, sema_literal_string(call_arg(e, 0), &len), &p->format);
	for (uint32_t i = 0; i < p->format.pieces.count; i++) {
		if (p->format.pieces.items[i].conversion == FORMAT_TEXT) {
			add_text(s, p, &g, i, arg);
		} else {
			add_argument(s, p, &g, i, arg, call_arg(e, arg)->type);
			arg++;
		}
	}
	end_group(s, p, &g, (uint32_t)p->format.pieces.count);
	add_constants(s, p);
	strbuf_free(&g.format);
	e->call.data = p;
}

/* --- emit ------------------------------------------------------------------------------------- */

static void write_bytes(struct codegen *cg, LLVMValueRef from, LLVMValueRef size)
{
	LLVMValueRef args[] = { cg_sequence(cg), from, size };

	cg_helper(cg, BPF_FUNC_seq_write, args, 3);
}

static const char *trailer_of(const struct codegen *cg)
{
	return program_string(cg->program, cg->program->config.str_trunc_trailer);
}

/* i1: the string did not fit its memory. */
static LLVMValueRef is_cut(struct codegen *cg, LLVMValueRef text, uint32_t size)
{
	LLVMValueRef last = LLVMBuildLoad2(cg->builder, cg->i8, cg_offset(cg, text, size - 1), "");

	return ir_compare(cg, LLVMIntNE, last, LLVMConstNull(cg->i8));
}

/* A copy with a NUL for sure, behind the trailer if it was cut. */
static int emit_text(struct codegen *cg, const struct expr *e, LLVMValueRef *out)
{
	const char *trailer = trailer_of(cg);
	size_t extra = MIN(strlen(trailer), (size_t)15);
	uint32_t size = type_size(e->type);
	LLVMBasicBlockRef cut = cg_block(cg, "cut"), whole = cg_block(cg, "whole");
	LLVMValueRef copy = cg_temp(cg, size + extra + 1, "text");

	cg_zero(cg, cg_offset(cg, copy, size), extra + 1);
	if (cg_emit_into(cg, e, copy))
		return -EINVAL;
	cg_branch(cg, is_cut(cg, copy, size), cut, whole, cut);
	for (size_t i = 0; i < extra; i++)
		LLVMBuildStore(cg->builder,
			       LLVMConstInt(cg->i8, (unsigned char)trailer[i], false),
			       cg_offset(cg, copy, size + i));
	cg_jump(cg, whole, whole);
	*out = LLVMBuildPtrToInt(cg->builder, copy, cg->i64, "");
	return 0;
}

static int emit_bool(struct codegen *cg, const struct expr *e, LLVMValueRef *out)
{
	LLVMValueRef condition, copy = cg_temp(cg, 8, "bool");
	uint64_t yes = 0, no = 0;

	if (cg_emit_condition(cg, e, &condition))
		return -EINVAL;
	memcpy(&yes, "true", 5);
	memcpy(&no, "false", 6);
	cg_store(cg, unsigned_type(cg, 8),
		 LLVMBuildSelect(cg->builder, condition, cg_const(cg, yes), cg_const(cg, no), ""),
		 copy);
	*out = LLVMBuildPtrToInt(cg->builder, copy, cg->i64, "");
	return 0;
}

/* An integer as its conversion cuts it, in 64 bits. */
static LLVMValueRef cut_number(struct codegen *cg, const struct format_piece *piece, LLVMValueRef v)
{
	LLVMTypeRef narrow = LLVMIntTypeInContext(cg->context, piece->size * 8u);

	if (piece->size == 8 || piece->conversion == FORMAT_STRING)
		return v;
	v = LLVMBuildTrunc(cg->builder, v, narrow, "");
	return piece->conversion == FORMAT_SIGNED ? LLVMBuildSExt(cg->builder, v, cg->i64, "") :
						    LLVMBuildZExt(cg->builder, v, cg->i64, "");
}

static int emit_argument(struct codegen *cg, const struct format_piece *piece, const struct expr *e,
			 LLVMValueRef *out)
{
	enum kernel_form form = form_of(piece, e->type);
	int err;

	if (form == FORM_TEXT)
		return emit_text(cg, e, out);
	if (form == FORM_BOOL)
		return emit_bool(cg, e, out);
	err = cg_emit_i64(cg, e, out);
	if (!err && form == FORM_NUMBER)
		*out = cut_number(cg, piece, *out);
	return err;
}

static int emit_call(struct codegen *cg, const struct expr *e, const struct pinned_printf *p,
		     const struct pinned_step *step)
{
	LLVMValueRef values[CALL_ARGUMENTS], data;
	unsigned int count = 0;

	for (uint32_t i = step->first_piece; i < step->end_piece; i++) {
		const struct format_piece *piece = &p->format.pieces.items[i];

		if (piece->conversion == FORMAT_TEXT)
			continue;
		if (emit_argument(cg, piece, call_arg(e, step->first_arg + count), &values[count]))
			return -EINVAL;
		count++;
	}
	data = count ? cg_temp(cg, 8 * count, "arguments") : LLVMConstNull(cg->ptr);
	for (unsigned int i = 0; i < count; i++)
		cg_store(cg, unsigned_type(cg, 8), values[i], cg_offset(cg, data, 8 * i));
	LLVMValueRef args[] = { cg_sequence(cg), cg_constants(cg, step->constant),
				cg_const32(cg, step->size), data, cg_const32(cg, 8 * count) };
	cg_helper(cg, BPF_FUNC_seq_printf, args, 5);
	return 0;
}

/* Blanks up to the width of what has `len` bytes. */
static void pad(struct codegen *cg, const struct pinned_printf *p, uint32_t width,
		LLVMValueRef len)
{
	LLVMValueRef limit = cg_const(cg, width), left;

	left = LLVMBuildSelect(cg->builder, ir_compare(cg, LLVMIntULT, len, limit),
			       ir_sub(cg, limit, len), cg_const(cg, 0), "");
	write_bytes(cg, cg_constants(cg, p->blanks), clamp(cg, left, width));
}

static int emit_long_text(struct codegen *cg, const struct pinned_printf *p,
			  const struct format_piece *piece, const struct expr *e)
{
	LLVMBasicBlockRef cut = cg_block(cg, "cut"), whole = cg_block(cg, "whole");
	uint32_t size = type_size(e->type);
	LLVMValueRef text, len;

	if (cg_emit_address(cg, e, &text))
		return -EINVAL;
	len = clamp(cg, count_characters(cg, text, size), size);
	if (piece->width && !piece->is_left)
		pad(cg, p, piece->width, len);
	write_bytes(cg, text, len);
	cg_branch(cg, is_cut(cg, text, size), cut, whole, cut);
	write_bytes(cg, cg_constants(cg, p->trailer),
		    cg_const32(cg, (uint32_t)strlen(trailer_of(cg))));
	cg_jump(cg, whole, whole);
	if (piece->width && piece->is_left)
		pad(cg, p, piece->width, len);
	return 0;
}

static int emit_byte(struct codegen *cg, const struct pinned_printf *p,
		     const struct format_piece *piece, const struct expr *e)
{
	LLVMValueRef value, at = cg_temp(cg, 8, "byte"), one = cg_const(cg, 1);

	if (cg_emit_i64(cg, e, &value))
		return -EINVAL;
	cg_store(cg, unsigned_type(cg, 8), value, at);
	if (piece->width > 1 && !piece->is_left)
		pad(cg, p, piece->width, one);
	write_bytes(cg, at, cg_const32(cg, 1));
	if (piece->width > 1 && piece->is_left)
		pad(cg, p, piece->width, one);
	return 0;
}

static int emit_step(struct codegen *cg, const struct expr *e, const struct pinned_printf *p,
		     const struct pinned_step *step)
{
	const struct format_piece *piece = &p->format.pieces.items[step->first_piece];
	const struct expr *arg;

	if (!step->is_text)
		return emit_call(cg, e, p, step);
	if (piece->conversion == FORMAT_TEXT) {
		write_bytes(cg, cg_constants(cg, step->constant), cg_const32(cg, step->size));
		return 0;
	}
	arg = call_arg(e, step->first_arg);
	return piece->conversion == FORMAT_CHAR ? emit_byte(cg, p, piece, arg) :
						  emit_long_text(cg, p, piece, arg);
}

int emit_pinned_format(struct codegen *cg, const struct expr *e)
{
	const struct pinned_printf *p = e->call.data;

	for (size_t i = 0; i < p->steps.count; i++) {
		uint64_t mark = cg_temp_mark(cg);

		if (emit_step(cg, e, p, &p->steps.items[i]))
			return -EINVAL;
		cg_temp_release(cg, mark);
	}
	return 0;
}
