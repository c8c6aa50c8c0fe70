/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparisons.
 *
 * Strings are defined to their last byte (helpers.c), so comparing them up to the NUL is comparing
 * bytes, and so is comparing tuples, whose padding is zero. A literal is compared with immediate
 * values, up to its NUL only.
 */
#include <errno.h>
#include <string.h>
#include "codegen/function.h"

static LLVMIntPredicate predicate(enum ast_op op, bool is_signed)
{
	static const LLVMIntPredicate predicates[][2] = {
		[OP_EQ] = { LLVMIntEQ, LLVMIntEQ },   [OP_NE] = { LLVMIntNE, LLVMIntNE },
		[OP_LT] = { LLVMIntULT, LLVMIntSLT }, [OP_GT] = { LLVMIntUGT, LLVMIntSGT },
		[OP_LE] = { LLVMIntULE, LLVMIntSLE }, [OP_GE] = { LLVMIntUGE, LLVMIntSGE },
	};

	return predicates[op][is_signed];
}

/* --- bytes ------------------------------------------------------------------------------------ */

#define UNROLLED_BYTES 64
#define WORD	       sizeof(uint64_t)

/* The bits in which `width` bytes at both places differ, as i64. */
static LLVMValueRef difference(struct codegen *cg, LLVMValueRef a, LLVMValueRef b, uint64_t width)
{
	LLVMTypeRef t = LLVMIntTypeInContext(cg->context, (unsigned int)width * 8);
	LLVMValueRef x = LLVMBuildXor(cg->builder, value_load_raw(cg, t, a),
				      value_load_raw(cg, t, b), "");

	return width == WORD ? x : LLVMBuildZExt(cg->builder, x, cg->i64, "");
}

static uint64_t piece(uint64_t left)
{
	return left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

static LLVMValueRef compare_unrolled(struct codegen *cg, LLVMValueRef a, LLVMValueRef b,
				     uint64_t size)
{
	LLVMValueRef all = cg_const(cg, 0);

	for (uint64_t at = 0; at < size; at += piece(size - at)) {
		LLVMValueRef bits = difference(cg, cg_offset(cg, a, at), cg_offset(cg, b, at),
					       piece(size - at));
		all = LLVMBuildOr(cg->builder, all, bits, "");
	}
	return LLVMBuildICmp(cg->builder, LLVMIntEQ, all, cg_const(cg, 0), "");
}

/* A loop over words, left at the first difference; the rest unrolled. */
static LLVMValueRef compare_long(struct codegen *cg, LLVMValueRef a, LLVMValueRef b, uint64_t size)
{
	LLVMBuilderRef bl = cg->builder;
	uint64_t whole = size / WORD * WORD;
	LLVMBasicBlockRef before = LLVMGetInsertBlock(bl), head = cg_block(cg, "word");
	LLVMBasicBlockRef step = cg_block(cg, "step"), rest = cg_block(cg, "rest");
	LLVMBasicBlockRef join = cg_block(cg, "compared"), from[2];
	LLVMValueRef zero = cg_const(cg, 0), values[2] = { LLVMConstInt(cg->i1, 0, false) };

	cg_jump(cg, head, head);
	LLVMValueRef at = LLVMBuildPhi(bl, cg->i64, "");
	LLVMAddIncoming(at, &zero, &before, 1);
	LLVMValueRef x = difference(cg, LLVMBuildGEP2(bl, cg->i8, a, &at, 1, ""),
				    LLVMBuildGEP2(bl, cg->i8, b, &at, 1, ""), WORD);
	from[0] = head;
	cg_branch(cg, condition_of(cg, x), join, step, step);
	LLVMValueRef next = LLVMBuildAdd(bl, at, cg_const(cg, WORD), "");
	LLVMAddIncoming(at, &next, &step, 1);
	LLVMValueRef is_more = LLVMBuildICmp(bl, LLVMIntULT, next, cg_const(cg, whole), "");
	cg_branch(cg, is_more, head, rest, rest);
	values[1] = compare_unrolled(cg, cg_offset(cg, a, whole), cg_offset(cg, b, whole),
				     size - whole);
	from[1] = LLVMGetInsertBlock(bl);
	cg_jump(cg, join, join);
	LLVMValueRef phi = LLVMBuildPhi(bl, cg->i1, "");
	LLVMAddIncoming(phi, values, from, 2);
	return phi;
}

LLVMValueRef compare_memory(struct codegen *cg, LLVMValueRef a, LLVMValueRef b, uint64_t size)
{
	if (size <= UNROLLED_BYTES)
		return compare_unrolled(cg, a, b, size);
	return compare_long(cg, a, b, size);
}

LLVMValueRef cg_string_equal(struct codegen *cg, LLVMValueRef a, uint64_t a_size, LLVMValueRef b,
			     uint64_t b_size, uint64_t max)
{
	return compare_memory(cg, a, b, MIN(MIN(a_size, b_size), max));
}

/* --- strings ---------------------------------------------------------------------------------- */

static int compare_literal(struct codegen *cg, const struct expr *e, const struct expr *literal,
			   LLVMValueRef *equal)
{
	uint64_t size = MIN(strlen(literal->string.bytes) + 1, (uint64_t)type_size(e->type));
	LLVMValueRef all = cg_const(cg, 0), at;

	if (cg_emit_address(cg, e, &at))
		return -EINVAL;
	for (uint64_t i = 0; i < size; i += piece(size - i)) {
		uint64_t width = piece(size - i);
		LLVMTypeRef t = LLVMIntTypeInContext(cg->context, (unsigned int)width * 8);
		LLVMValueRef word = value_load_raw(cg, t, cg_offset(cg, at, i));
		if (width < WORD)
			word = LLVMBuildZExt(cg->builder, word, cg->i64, "");
		word = LLVMBuildXor(cg->builder, word,
				    cg_const(cg, string_word(literal->string.bytes,
						      literal->string.len, i, width)), "");
		all = LLVMBuildOr(cg->builder, all, word, "");
	}
	*equal = LLVMBuildICmp(cg->builder, LLVMIntEQ, all, cg_const(cg, 0), "");
	return 0;
}

/* Widening casts do not change what a string is equal to. */
static const struct expr *string_itself(const struct expr *e)
{
	while (e->kind == EXPR_CAST && e->cast.is_implicit &&
	       e->cast.operand->type->kind == TYPE_STRING)
		e = e->cast.operand;
	return e;
}

static int compare_bytes(struct codegen *cg, const struct expr *l, const struct expr *r,
			 LLVMValueRef *equal)
{
	LLVMValueRef a, b;

	if (l->type->kind == TYPE_STRING) {
		l = string_itself(l);
		r = string_itself(r);
		if (r->kind == EXPR_STRING && l->kind != EXPR_STRING)
			return compare_literal(cg, l, r, equal);
		if (l->kind == EXPR_STRING && r->kind != EXPR_STRING)
			return compare_literal(cg, r, l, equal);
	}
	if (cg_emit_address(cg, l, &a) || cg_emit_address(cg, r, &b))
		return -EINVAL;
	*equal = compare_memory(cg, a, b, MIN(type_size(l->type), type_size(r->type)));
	return 0;
}

/* --- all -------------------------------------------------------------------------------------- */

static bool is_signed(const struct type *t)
{
	return type_is_integer(t) && t->is_signed;
}

int compare_emit(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	const struct expr *l = e->binary.left, *r = e->binary.right;
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef equal;
	struct cg_value a, b;

	if (type_is_memory(l->type)) {
		if (compare_bytes(cg, l, r, &equal))
			return -EINVAL;
		if (e->binary.op == OP_NE)
			equal = LLVMBuildNot(cg->builder, equal, "");
		cg_temp_release(cg, mark);
		cg_set(out, e->type, equal);
		return 0;
	}
	if (cg_emit(cg, l, &a) || cg_emit(cg, r, &b))
		return -EINVAL;
	cg_temp_release(cg, mark);
	if (LLVMTypeOf(a.llvm) != LLVMTypeOf(b.llvm)) { /* pointer against integer */
		a.llvm = cg_to_i64(cg, a.llvm, a.type);
		b.llvm = cg_to_i64(cg, b.llvm, b.type);
	}
	LLVMIntPredicate p = predicate(e->binary.op, is_signed(l->type) || is_signed(r->type));
	cg_set(out, e->type, LLVMBuildICmp(cg->builder, p, a.llvm, b.llvm, ""));
	return 0;
}
