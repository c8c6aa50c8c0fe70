/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pointers that the verifier has to know by their BTF type, in programs of type
 * BPF_PROG_TYPE_TRACING: what socket_cookie() and the like take.
 *
 * It knows what is loaded from the context, and what is loaded through such a pointer at a
 * member's offset; a number that a helper copied, or that was computed, is no pointer to it. So
 * `args.skb`, `args.skb->sk` are loaded here by plain loads (the kernel catches their faults),
 * unlike everywhere else. Every pointer is compared with zero before it is followed: some
 * arguments may be NULL, and the verifier wants to see that.
 *
 * A variable that got such a pointer once and for all arrives here as `$v ? args.sk : NULL`: the
 * arguments are the same wherever they are read, and 0 in the variable tells that it has not been
 * assigned.
 */
#include "codegen/function.h"

static const struct expr *without_casts(const struct expr *e)
{
	while (e->kind == EXPR_CAST)
		e = e->cast.operand;
	return e;
}

/* What the context has: args, and of iterators ctx. */
static bool is_args(const struct expr *e)
{
	return e->kind == EXPR_CALL && (!strcmp(e->call.name, "args") || !strcmp(e->call.name, "ctx"));
}

static bool is_argument(const struct expr *e)
{
	return e->kind == EXPR_CALL && !strcmp(e->call.builtin->name, "arg0");
}

bool typed_pointer_exists(const struct expr *e)
{
	e = without_casts(e);
	if (is_argument(e))
		return true;
	if (e->kind == EXPR_TERNARY)
		return e->ternary.then && typed_pointer_exists(e->ternary.then);
	if (e->kind != EXPR_MEMBER || e->member.field.bit_size || e->member.field.is_data_loc)
		return false;
	return is_args(e->member.object) || typed_pointer_exists(e->member.object);
}

/* The pointer that a chain of members starts from, and the bytes from what it points to. */
static const struct expr *find_base(const struct expr *e, uint64_t *offset)
{
	*offset = 0;
	while (e->kind == EXPR_MEMBER && e->type->kind == TYPE_STRUCT) {
		*offset += e->member.field.offset;
		e = e->member.object;
	}
	return e;
}

/* *(u64 *)(base + offset), or 0 if base is NULL. */
static LLVMValueRef load_through(struct codegen *cg, LLVMValueRef base, uint64_t offset)
{
	LLVMBasicBlockRef some = cg_block(cg, "some"), join = cg_block(cg, "loaded");
	LLVMBasicBlockRef blocks[2] = { LLVMGetInsertBlock(cg->builder), some };
	LLVMValueRef values[2] = { cg_const(cg, 0) };

	cg_branch(cg, condition_of(cg, base), some, join, some);
	values[1] = LLVMBuildLoad2(cg->builder, cg->i64,
				   cg_offset(cg, value_int_to_pointer(cg, base), offset), "");
	LLVMSetAlignment(values[1], 8);
	LLVMSetVolatile(values[1], true);
	cg_jump(cg, join, join);
	LLVMValueRef phi = LLVMBuildPhi(cg->builder, cg->i64, "");
	LLVMAddIncoming(phi, values, blocks, 2);
	return phi;
}

/* condition ? pointer : NULL */
static LLVMValueRef emit_guarded(struct codegen *cg, const struct expr *e)
{
	LLVMBasicBlockRef some = cg_block(cg, "some"), join = cg_block(cg, "guarded");
	LLVMBasicBlockRef blocks[2];
	LLVMValueRef values[2] = { cg_const(cg, 0) }, condition;

	if (cg_emit_condition(cg, e->ternary.condition, &condition))
		return values[0];
	blocks[0] = LLVMGetInsertBlock(cg->builder);
	cg_branch(cg, condition, some, join, some);
	values[1] = cg_emit_typed_pointer(cg, e->ternary.then);
	blocks[1] = LLVMGetInsertBlock(cg->builder);
	cg_jump(cg, join, join);
	LLVMValueRef phi = LLVMBuildPhi(cg->builder, cg->i64, "");
	LLVMAddIncoming(phi, values, blocks, 2);
	return phi;
}

bool typed_struct_exists(const struct expr *e)
{
	uint64_t offset;
	const struct expr *base = find_base(e, &offset);

	return base != e && base->type->kind == TYPE_POINTER && typed_pointer_exists(base);
}

LLVMValueRef cg_emit_typed_struct(struct codegen *cg, const struct expr *e, uint64_t *offset)
{
	return cg_emit_typed_pointer(cg, find_base(without_casts(e), offset));
}

LLVMValueRef cg_emit_typed_pointer(struct codegen *cg, const struct expr *e)
{
	uint64_t offset;

	e = without_casts(e);
	if (!cg->function->context) {
		cg_fail(cg, cg->place, "the event's arguments cannot be reached in a 'for' loop");
		return cg_const(cg, 0);
	}
	if (e->kind == EXPR_TERNARY)
		return emit_guarded(cg, e);
	if (is_argument(e))
		return helper_context_word(cg, (uint32_t)(uintptr_t)e->call.data);
	if (is_args(e->member.object))
		return helper_context_word(cg, e->member.field.offset / 8);
	const struct expr *base = find_base(e->member.object, &offset);
	return load_through(cg, cg_emit_typed_pointer(cg, base), offset + e->member.field.offset);
}
