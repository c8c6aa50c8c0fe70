/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as bytes: memcmp() str_concat() bswap() write_user().
 *
 * Any value has bytes: those in memory, or those of its register stored there.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "builtins/hooks.h"

#define CONCAT_SIZE 1024
#define WORD	    sizeof(uint64_t)
#define WORDS_UNROLLED 8

static bool literal_size(const struct expr *arg, uint64_t *out)
{
	bool is_negative;

	return sema_literal_int(arg, out, &is_negative) && !is_negative;
}

/* The address of a value's bytes in BPF memory. */
static int emit_bytes(struct codegen *cg, const struct expr *e, LLVMValueRef *out)
{
	if (type_is_memory(e->type))
		return cg_emit_address(cg, e, out);
	*out = cg_temp(cg, WORD, "bytes");
	return cg_emit_into(cg, e, *out);
}

/* --- bswap ------------------------------------------------------------------------------------ */

static const struct type *type_bswap(struct sema *s, struct expr *e)
{
	const struct type *t = call_arg(e, 0)->type;

	if (!t)
		return NULL;
	return type_int(&s->types, type_is_integer(t) ? t->size : 8, false);
}

static LLVMValueRef swap_bytes(struct codegen *cg, LLVMValueRef v)
{
	LLVMTypeRef type = LLVMTypeOf(v);
	unsigned int id = LLVMLookupIntrinsicID("llvm.bswap", strlen("llvm.bswap"));
	LLVMValueRef fn = LLVMGetIntrinsicDeclaration(cg->module, id, &type, 1);

	return LLVMBuildCall2(cg->builder, LLVMIntrinsicGetType(cg->context, id, &type, 1), fn, &v,
			      1, "");
}

static int emit_bswap(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		      struct cg_value *out)
{
	LLVMValueRef v;
	int err = cg_emit_i64(cg, call_arg(e, 0), &v);

	(void)into;
	if (err)
		return err;
	set_integer(cg, e, v, out);
	if (e->type->size > 1)
		out->llvm = swap_bytes(cg, out->llvm);
	return 0;
}

/* --- memcmp ----------------------------------------------------------------------------------- */

/* Bytes that are compared at most: those of the larger value, the other counts as padded with
 * zeros. */
static uint64_t larger_size(const struct expr *e)
{
	return MAX(type_size(call_arg(e, 0)->type), type_size(call_arg(e, 1)->type));
}

static int check_memcmp(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot;

	return check_length(s, e, 2) ?: check_printable(s, call_arg(e, 0)) ?:
	       check_printable(s, call_arg(e, 1));
}

/* Loads 1 to 8 bytes as a number that orders like them. */
static LLVMValueRef load_ordered(struct codegen *cg, LLVMValueRef at, unsigned int width)
{
	LLVMValueRef v = cg_load(cg, unsigned_type(cg, width), at);

	v = width > 1 ? swap_bytes(cg, v) : v;
	return width < WORD ? LLVMBuildZExt(cg->builder, v, cg->i64, "") : v;
}

static unsigned int width_of(uint64_t left)
{
	return left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

/* -1, 0 or 1 (i64) by the first of `size` bytes that differ: later pieces first, so that earlier
 * ones have the last word. */
static LLVMValueRef compare_pieces(struct codegen *cg, LLVMValueRef a, LLVMValueRef b,
				   uint64_t size)
{
	LLVMValueRef result = cg_const(cg, 0);
	uint64_t end = size;

	while (end) {
		uint64_t at = 0, width = width_of(size);

		while (at + width < end) {
			at += width;
			width = width_of(size - at);
		}
		LLVMValueRef x = load_ordered(cg, cg_offset(cg, a, at), (unsigned int)width);
		LLVMValueRef y = load_ordered(cg, cg_offset(cg, b, at), (unsigned int)width);
		LLVMValueRef order = LLVMBuildSelect(cg->builder,
						     ir_compare(cg, LLVMIntULT, x, y),
						     cg_const(cg, UINT64_MAX), cg_const(cg, 1), "");
		result = LLVMBuildSelect(cg->builder, ir_compare(cg, LLVMIntEQ, x, y), result,
					 order, "");
		end = at;
	}
	return result;
}

static LLVMValueRef word_at(struct codegen *cg, LLVMValueRef base, LLVMValueRef index)
{
	return LLVMBuildGEP2(cg->builder, cg->i64, base, &index, 1, "");
}

/* The same for many bytes: a loop finds the first word that differs. */
static LLVMValueRef compare_words(struct codegen *cg, LLVMValueRef a, LLVMValueRef b, uint64_t size)
{
	uint64_t words = size / WORD;
	LLVMValueRef left, right, differs, rest;
	struct counted_loop loop;

	loop_begin(cg, &loop, words);
	left = cg_load(cg, unsigned_type(cg, 8), word_at(cg, a, loop.index));
	right = cg_load(cg, unsigned_type(cg, 8), word_at(cg, b, loop.index));
	differs = ir_compare(cg, LLVMIntNE, left, right);
	loop_break_if(cg, &loop, differs);
	loop_end(cg, &loop);
	left = loop_value(cg, &loop, left, cg_const(cg, 0));
	right = loop_value(cg, &loop, right, cg_const(cg, 0));
	left = swap_bytes(cg, left);
	right = swap_bytes(cg, right);
	rest = compare_pieces(cg, cg_offset(cg, a, words * WORD), cg_offset(cg, b, words * WORD),
			      size % WORD);
	differs = LLVMBuildSelect(cg->builder, ir_compare(cg, LLVMIntULT, left, right),
				  cg_const(cg, UINT64_MAX), cg_const(cg, 1), "");
	return LLVMBuildSelect(cg->builder, ir_compare(cg, LLVMIntEQ, left, right), rest, differs,
			       "");
}

/* The first `length` bytes of a value, then zeros up to size. */
static LLVMValueRef first_bytes(struct codegen *cg, const struct expr *e, LLVMValueRef from,
				LLVMValueRef length, uint64_t size)
{
	LLVMValueRef copy = cg_temp(cg, size, "copy");

	cg_zero(cg, copy, size);
	cg_probe_read_bounded(cg, copy, clamp(cg, length, MIN(size, type_size(e->type))),
			      LLVMBuildPtrToInt(cg->builder, from, cg->i64, ""), SPACE_KERNEL, e);
	return copy;
}

/* The first bytes of argument i, `size` of them readable. */
static int emit_first(struct codegen *cg, const struct expr *e, size_t i, LLVMValueRef length,
		      uint64_t size, LLVMValueRef *out)
{
	const struct expr *arg = call_arg(e, i);
	bool is_constant = LLVMIsAConstantInt(length);
	int err = emit_bytes(cg, arg, out);

	if (!err && (!is_constant || type_size(arg->type) < size))
		*out = first_bytes(cg, arg, *out, length, size);
	return err;
}

static int emit_memcmp(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		       struct cg_value *out)
{
	uint64_t mark = cg_temp_mark(cg), size = larger_size(e), literal;
	LLVMValueRef a, b, length, order;
	int err = cg_emit_i64(cg, call_arg(e, 2), &length);

	(void)into;
	if (literal_size(call_arg(e, 2), &literal))
		size = MIN(size, literal);
	if (!size) {
		set_integer(cg, e, cg_const(cg, 0), out);
		return err;
	}
	err = err ?: emit_first(cg, e, 0, length, size, &a) ?:
		     emit_first(cg, e, 1, length, size, &b);
	if (err)
		return err;
	order = size <= WORDS_UNROLLED * WORD ? compare_pieces(cg, a, b, size) :
						compare_words(cg, a, b, size);
	cg_temp_release(cg, mark);
	set_integer(cg, e, order, out);
	return 0;
}

/* --- str_concat ------------------------------------------------------------------------------- */

/* The first string fills the front, and the second goes on where its NUL is. Both reads are limited
 * so that the last byte stays 0, whatever the strings are. */
static int emit_concat(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		       struct cg_value *out)
{
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef a, b, front, length;
	int err = cg_emit_address(cg, call_arg(e, 0), &a) ?:
		  cg_emit_address(cg, call_arg(e, 1), &b);

	if (err)
		return err;
	/* Twice the size: the verifier knows only that the second string begins in the first half. */
	front = cg_temp(cg, 2 * CONCAT_SIZE, "both");
	cg_zero(cg, front, CONCAT_SIZE);
	a = LLVMBuildPtrToInt(cg->builder, a, cg->i64, "");
	b = LLVMBuildPtrToInt(cg->builder, b, cg->i64, "");
	length = cg_read_str(cg, front, MIN(type_size(call_arg(e, 0)->type) + 1, CONCAT_SIZE), a,
			     SPACE_KERNEL, e);
	length = clamp(cg, ir_sub(cg, length, cg_const(cg, 1)), CONCAT_SIZE - 1);
	LLVMValueRef end = LLVMBuildGEP2(cg->builder, cg->i8, front, &length, 1, "");
	cg_read_str(cg, end, MIN(type_size(call_arg(e, 1)->type) + 1, CONCAT_SIZE), b,
		    SPACE_KERNEL, e);
	cg_zero(cg, cg_offset(cg, front, CONCAT_SIZE - 1), 1);
	cg_probe_read_str(cg, into, cg_const(cg, CONCAT_SIZE), CONCAT_SIZE,
			  LLVMBuildPtrToInt(cg->builder, front, cg->i64, ""), SPACE_KERNEL, false,
			  e);
	cg_temp_release(cg, mark);
	cg_set_address(out, e->type, into, SPACE_BPF);
	return 0;
}

/* --- write_user ------------------------------------------------------------------------------- */

static uint64_t write_limit(const struct program *p, const struct expr *from)
{
	return from->type->kind == TYPE_POINTER ? p->config.max_strlen : type_size(from->type);
}

static int check_write(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot, *from = call_arg(e, 1);
	uint64_t size, most = write_limit(s->program, from);
	int err = check_length(s, e, 2) ?: check_printable(s, from);

	if (err || !literal_size(call_arg(e, 2), &size) || size <= most)
		return err;
	diag_error(s->diag, DIAG_LENGTH_LIMIT, call_arg(e, 2)->loc,
		   "write_user() of %llu bytes, but there are %llu only",
		   (unsigned long long)size, (unsigned long long)most);
	return -EINVAL;
}

/* What is written, in BPF memory: a pointer's target, or the bytes of any other value. */
static int emit_source(struct codegen *cg, const struct expr *from, LLVMValueRef *out)
{
	uint64_t limit = write_limit(cg->program, from);
	LLVMValueRef address;

	if (from->type->kind != TYPE_POINTER)
		return emit_bytes(cg, from, out);
	int err = cg_emit_i64(cg, from, &address);
	if (err)
		return err;
	*out = cg_temp(cg, limit, "source");
	cg_zero(cg, *out, limit);
	cg_probe_read(cg, *out, limit, address, address_space(cg, from), from);
	return 0;
}

static int emit_write(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		      struct cg_value *out)
{
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef to, from, length, result;
	int err = cg_emit_i64(cg, call_arg(e, 0), &to) ?:
		  emit_source(cg, call_arg(e, 1), &from) ?:
		  cg_emit_i64(cg, call_arg(e, 2), &length);

	(void)into;
	if (err)
		return err;
	length = clamp(cg, length, write_limit(cg->program, call_arg(e, 1)));
	LLVMValueRef args[] = { to, from, length };
	result = cg_helper(cg, BPF_FUNC_probe_write_user, args, ARRAY_SIZE(args));
	cg_temp_release(cg, mark);
	cg_set(out, e->type, ir_compare(cg, LLVMIntEQ, result, cg_const(cg, 0)));
	return 0;
}

const struct builtin builtins_bytes[] = {
	{ .name = "memcmp", .signature = "memcmp(any, any, int) -> int32",
	  .help = "Which of two values is first by its first n bytes: -1, 0 or 1.",
	  .check = check_memcmp, .emit = emit_memcmp },
	{ .name = "str_concat", .signature = "str_concat(string, string) -> string[1024]",
	  .help = "Two strings, one behind the other.", .emit = emit_concat },
	{ .name = "bswap", .signature = "bswap(int) -> ?",
	  .help = "The bytes of an integer in reverse order.",
	  .type = type_bswap, .emit = emit_bswap },
	{ .name = "write_user", .signature = "write_user(int|ptr, any, int) -> bool",
	  .flags = BUILTIN_UNSAFE,
	  .help = "Writes bytes to user memory: write_user(to, value or pointer, bytes).",
	  .check = check_write, .emit = emit_write },
	{ 0 },
};
