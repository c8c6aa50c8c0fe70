/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unary, arithmetic and logical operators, ++ and --. Comparisons are in comparisons.c.
 *
 * Operands arrive converted (sema.h): 64-bit arithmetic wraps, shifts right are logical, division
 * is unsigned and by zero gives 1 and a record.
 */
#include <errno.h>
#include "codegen/function.h"

static const LLVMOpcode plain_operators[] = {
	[OP_OR] = LLVMOr, [OP_XOR] = LLVMXor, [OP_AND] = LLVMAnd, [OP_SHIFT_LEFT] = LLVMShl,
	[OP_SHIFT_RIGHT] = LLVMLShr, [OP_ADD] = LLVMAdd, [OP_SUB] = LLVMSub, [OP_MUL] = LLVMMul,
	[OP_DIV] = LLVMUDiv, [OP_MOD] = LLVMURem,
};

#define WAITING_MAX 16

/* --- division --------------------------------------------------------------------------------- */

static LLVMValueRef divide(struct codegen *cg, const struct expr *e, LLVMValueRef a, LLVMValueRef b)
{
	LLVMOpcode op = plain_operators[e->binary.op];

	if (LLVMIsAConstantInt(b) && LLVMConstIntGetZExtValue(b))
		return LLVMBuildBinOp(cg->builder, op, a, b, "");
	LLVMBasicBlockRef zero = cg_block(cg, "zero"), divide = cg_block(cg, "divide");
	LLVMBasicBlockRef join = cg_block(cg, "quotient");
	LLVMValueRef values[2] = { LLVMConstInt(LLVMTypeOf(a), 1, false) };
	LLVMBasicBlockRef from[2];

	cg_branch(cg, condition_of(cg, b), divide, zero, zero);
	cg_runtime_error(cg, e, ERROR_DIVISION_BY_ZERO, NULL);
	from[0] = LLVMGetInsertBlock(cg->builder);
	cg_jump(cg, join, divide);
	values[1] = LLVMBuildBinOp(cg->builder, op, a, b, "");
	from[1] = LLVMGetInsertBlock(cg->builder);
	cg_jump(cg, join, join);
	LLVMValueRef quotient = LLVMBuildPhi(cg->builder, LLVMTypeOf(a), "");
	LLVMAddIncoming(quotient, values, from, 2);
	return quotient;
}

/* --- binary ----------------------------------------------------------------------------------- */

/* Bytes by which a pointer moves per unit. */
static uint64_t step_of(const struct type *pointer)
{
	const struct type *to = pointer->element;
	uint32_t size = to && to->kind != TYPE_VOID && type_complete(to) ? type_size(to) : 0;

	return size ? size : 1;
}

static int pointer_arithmetic(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	const struct expr *pointer = e->binary.left, *number = e->binary.right;
	LLVMValueRef base, count;

	if (pointer->type->kind != TYPE_POINTER) {
		pointer = e->binary.right;
		number = e->binary.left;
	}
	if (cg_emit_i64(cg, pointer, &base) || cg_emit_i64(cg, number, &count))
		return -EINVAL;
	count = LLVMBuildMul(cg->builder, count, cg_const(cg, step_of(e->type)), "");
	cg_set(out, e->type, LLVMBuildBinOp(cg->builder, plain_operators[e->binary.op], base, count,
					    ""));
	return 0;
}

static int logical(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	bool is_and = e->binary.op == OP_LOGICAL_AND;
	LLVMBasicBlockRef more = cg_block(cg, "more"), join = cg_block(cg, "truth"), from[2];
	LLVMValueRef values[2] = { LLVMConstInt(cg->i1, !is_and, false) }, left;

	if (cg_emit_condition(cg, e->binary.left, &left))
		return -EINVAL;
	from[0] = LLVMGetInsertBlock(cg->builder);
	cg_branch(cg, left, is_and ? more : join, is_and ? join : more, more);
	if (cg_emit_condition(cg, e->binary.right, &values[1]))
		return -EINVAL;
	from[1] = LLVMGetInsertBlock(cg->builder);
	cg_jump(cg, join, join);
	LLVMValueRef truth = LLVMBuildPhi(cg->builder, cg->i1, "");
	LLVMAddIncoming(truth, values, from, 2);
	cg_set(out, e->type, truth);
	return 0;
}

/* As BPF shifts: by the lowest six bits of the count. LLVM takes a larger count, where it sees one,
 * as a promise that the place is not reached. */
static LLVMValueRef shift(struct codegen *cg, const struct expr *e, LLVMValueRef v,
			  LLVMValueRef count)
{
	count = LLVMBuildAnd(cg->builder, count, LLVMConstInt(LLVMTypeOf(count), 63, false), "");
	return LLVMBuildBinOp(cg->builder, plain_operators[e->binary.op], v, count, "");
}

/*
 * Both operands, converted to the type of the result. In `a + (b + (c + …` the left ones wait for
 * what is right of them: more than a few at once do so in memory of ours, since LLVM would spill
 * them to a stack that is too small. Volatile, or they would become registers again.
 */
static int emit_operands(struct codegen *cg, const struct expr *e, LLVMValueRef *left,
			 LLVMValueRef *right)
{
	struct cg_function *f = cg->function;
	bool is_stored = f->waiting >= WAITING_MAX && e->binary.right->kind == EXPR_BINARY;
	LLVMValueRef at = is_stored ? cg_temp(cg, sizeof(uint64_t), "left") : NULL;
	struct cg_value a, b;

	if (cg_emit(cg, e->binary.left, &a))
		return -EINVAL;
	*left = cast_register(cg, a.llvm, a.type, e->type);
	if (at)
		LLVMSetVolatile(LLVMBuildStore(cg->builder, *left, at), true);
	f->waiting++;
	int err = cg_emit(cg, e->binary.right, &b);
	f->waiting--;
	if (err)
		return err;
	*right = cast_register(cg, b.llvm, b.type, e->type);
	if (at) {
		*left = value_load_raw(cg, LLVMTypeOf(*left), at);
		LLVMSetVolatile(*left, true);
	}
	return 0;
}

static int arithmetic(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	LLVMValueRef v, left, right;

	if (emit_operands(cg, e, &left, &right))
		return -EINVAL;
	if (e->binary.op == OP_DIV || e->binary.op == OP_MOD)
		v = divide(cg, e, left, right);
	else if (e->binary.op == OP_SHIFT_LEFT || e->binary.op == OP_SHIFT_RIGHT)
		v = shift(cg, e, left, right);
	else
		v = LLVMBuildBinOp(cg->builder, plain_operators[e->binary.op], left, right, "");
	cg_set(out, e->type, v);
	return 0;
}

int operator_binary(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	switch (e->binary.op) {
	case OP_LOGICAL_OR:
	case OP_LOGICAL_AND:
		return logical(cg, e, out);
	case OP_EQ:
	case OP_NE:
	case OP_LT:
	case OP_GT:
	case OP_LE:
	case OP_GE:
		return compare_emit(cg, e, out);
	case OP_OR:
	case OP_XOR:
	case OP_AND:
	case OP_SHIFT_LEFT:
	case OP_SHIFT_RIGHT:
	case OP_ADD:
	case OP_SUB:
	case OP_MUL:
	case OP_DIV:
	case OP_MOD:
		if (e->type->kind == TYPE_POINTER)
			return pointer_arithmetic(cg, e, out);
		return arithmetic(cg, e, out);
	case OP_NONE:
	case OP_NEGATE:
	case OP_NOT:
	case OP_COMPLEMENT:
	case OP_DEREFERENCE:
		break;
	}
	bug("not a binary operator: %s", ast_op_text(e->binary.op));
}

/* --- unary ------------------------------------------------------------------------------------ */

static int dereference(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	const struct type *t = e->unary.operand->type;
	struct cg_value v, at;

	if (cg_emit(cg, e->unary.operand, &v))
		return -EINVAL;
	if (v.is_address) { /* `*args` */
		*out = v;
		return 0;
	}
	if (t->kind == TYPE_POINTER) {
		value_set_pointee(cg, &at, e->type, v.llvm, (enum type_space)t->space);
		member_read(cg, e->type, &at, e, out);
		return 0;
	}
	/* An integer: a read of its own width. */
	const struct probe *p = cg->body->probes.count && !cg->body->fn ?
						cg->body->probes.items[0] : NULL;
	cg_set_address(&at, t, cg_to_i64(cg, v.llvm, t), p ? probe_space(p) : SPACE_UNKNOWN);
	member_read(cg, t, &at, e, out);
	cg_set(out, e->type, cast_register(cg, out->llvm, t, e->type));
	return 0;
}

int operator_unary(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	LLVMValueRef condition;
	struct cg_value v;

	if (e->unary.op == OP_DEREFERENCE)
		return dereference(cg, e, out);
	if (e->unary.op == OP_NOT) {
		if (cg_emit_condition(cg, e->unary.operand, &condition))
			return -EINVAL;
		cg_set(out, e->type, LLVMBuildNot(cg->builder, condition, ""));
		return 0;
	}
	if (cg_emit(cg, e->unary.operand, &v))
		return -EINVAL;
	v.llvm = cast_register(cg, v.llvm, v.type, e->type);
	cg_set(out, e->type, e->unary.op == OP_NEGATE ? LLVMBuildNeg(cg->builder, v.llvm, "") :
							LLVMBuildNot(cg->builder, v.llvm, ""));
	return 0;
}

/* --- ++ and -- -------------------------------------------------------------------------------- */

static LLVMValueRef amount(struct codegen *cg, const struct expr *e, const struct type *t)
{
	uint64_t by = t->kind == TYPE_POINTER ? step_of(t) : 1;

	if (e->increment.is_decrement)
		by = -by;
	return LLVMConstInt(cg_register_type(cg, t), by, false);
}

static void set_result(struct codegen *cg, const struct expr *e, const struct type *t,
		       LLVMValueRef old, struct cg_value *out)
{
	LLVMValueRef v = old;

	if (!out)
		return;
	if (e->increment.is_prefix)
		v = LLVMBuildAdd(cg->builder, old, amount(cg, e, t), "");
	cg_set(out, e->type, cast_register(cg, v, t, e->type));
}

static int increment_variable(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	const struct symbol *symbol = e->increment.target->variable.symbol;
	const struct type *t = symbol->type;
	LLVMValueRef at = variable_address(cg, symbol);
	LLVMValueRef old = cg_load(cg, t, at);

	cg_store(cg, t, LLVMBuildAdd(cg->builder, old, amount(cg, e, t), ""), at);
	set_result(cg, e, t, old, out);
	return 0;
}

/* *at += by, atomically; what was there before. Without instructions that tell, it is what the sum looks
 * like afterwards that tells: nothing is lost, but two may see the same. */
static LLVMValueRef add_and_tell(struct codegen *cg, const struct expr *e, const struct type *t,
				 LLVMValueRef at, LLVMValueRef by, bool is_wanted)
{
	LLVMValueRef old = cg_atomic_add(cg, at, by);

	if (!is_wanted || cg_has_fetch(cg))
		return old;
	struct diag_msg *m = diag_warning(cg->sema->diag, DIAG_MISSING_HELPER, e->loc,
					  "this kernel cannot add and tell the value in one step: "
					  "two CPUs may get the same here");
	if (m)
		diag_hint(m, "Linux can since 5.12; the sum itself is right on any kernel");
	return LLVMBuildSub(cg->builder, cg_load(cg, t, at), by, "");
}

/* In place and atomic where the kernel has atomics of that width. */
static int increment_map(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	const struct expr *map = e->increment.target;
	const struct type *t = map->map.symbol->value_type;
	LLVMValueRef at, olds[2];

	if (cg_aggregate_begin(cg, map, &at))
		return -EINVAL;
	if (type_size(t) >= 4) {
		olds[0] = add_and_tell(cg, e, t, at, amount(cg, e, t), out);
	} else {
		olds[0] = cg_load(cg, t, at);
		cg_store(cg, t, LLVMBuildAdd(cg->builder, olds[0], amount(cg, e, t), ""), at);
	}
	LLVMBasicBlockRef from[2] = { LLVMGetInsertBlock(cg->builder),
				      cg->function->element->failed };
	cg_aggregate_end(cg);
	LLVMValueRef old = olds[0];
	if (from[1]) {
		olds[1] = value_zero(cg, t);
		old = LLVMBuildPhi(cg->builder, LLVMTypeOf(olds[0]), "");
		LLVMAddIncoming(old, olds, from, 2);
	}
	set_result(cg, e, t, old, out);
	return 0;
}

int operator_increment(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	if (e->increment.target->kind == EXPR_VARIABLE)
		return increment_variable(cg, e, out);
	return increment_map(cg, e, out);
}
