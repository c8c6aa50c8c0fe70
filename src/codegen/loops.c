/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loops.
 *
 *	while	a real loop: the verifier follows it turn by turn; or bpf_loop()
 *	unroll	the body again and again; or bpf_loop()
 *	range	bpf_loop() with the body as callback, or what turns.c has instead
 *	map	bpf_for_each_map_elem(): map_loops.c
 *
 * A callback gets the number of the turn and the address of the frame, through which it reaches
 * variables, ring and scratch slot. It answers 1 to leave the loop. `return` in it also sets
 * FRAME_STATE, which the caller passes on.
 */
#include <errno.h>
#include <linux/bpf.h>
#include "codegen/function.h"

/* Of a while loop that became a call. As a loop the verifier would allow fewer: it follows a million
 * instructions. */
#define WHILE_TURNS (1u << 20)

/* --- while and unroll as calls -------------------------------------------------------------- */

static int emit_turn(struct codegen *cg, const struct expr *condition, const struct block *body)
{
	LLVMBasicBlockRef turn = cg_block(cg, "turn"), leave = cg_block(cg, "leave");
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef holds;

	if (condition) {
		if (cg_emit_condition(cg, condition, &holds))
			return -EINVAL;
		cg_temp_release(cg, mark);
		cg_branch(cg, holds, turn, leave, leave);
		LLVMBuildRet(cg->builder, cg_const(cg, 1));
		function_start_block(cg, turn);
	} else {
		cg_jump(cg, turn, turn);
		LLVMDeleteBasicBlock(leave);
	}
	return statement_block(cg, body, NULL, &(struct cg_value){ 0 });
}

/* One turn as a callback, which ends the loop when the condition (or NULL) does not hold. */
static int call_turns(struct codegen *cg, const struct stmt *s, const struct expr *condition,
		      const struct block *body, uint32_t *turns, LLVMValueRef *done)
{
	LLVMBasicBlockRef resume = LLVMGetInsertBlock(cg->builder);
	struct cg_function *f = function_begin_callback(cg);
	int err = emit_turn(cg, condition, body);

	function_end_callback(cg, resume);
	debug_info_place(cg, s->loc);
	if (!condition && turns_are_too_many(cg, *turns, f, s->loc))
		return -EINVAL;
	if (condition)
		*turns = MIN(*turns, turns_limit(cg, f));
	*done = turns_run(cg, cg_const32(cg, *turns), f);
	if (f->has_return)
		loop_pass_return_on(cg);
	return err;
}

static int while_as_call(struct codegen *cg, const struct stmt *s)
{
	uint32_t turns = WHILE_TURNS;
	struct cg_cold cold;
	LLVMValueRef done;

	if (call_turns(cg, s, s->loop.condition, s->loop.body, &turns, &done))
		return -EINVAL;
	LLVMValueRef is_over = LLVMBuildICmp(cg->builder, LLVMIntSGE, done, cg_const(cg, turns),
					     "");
	function_begin_cold(cg, is_over, &cold);
	error_at_site(cg, s->loop.site,
		      turns == WHILE_TURNS ? ERROR_LOOP_LIMIT : ERROR_TURN_LIMIT, done);
	function_end_cold(cg, &cold);
	return 0;
}

/* --- while and unroll ------------------------------------------------------------------------- */

static int while_as_loop(struct codegen *cg, const struct stmt *s)
{
	struct cg_function *f = cg->function;
	LLVMBasicBlockRef old_break = f->break_to, old_continue = f->continue_to;
	LLVMBasicBlockRef head = cg_block(cg, "while"), body = cg_block(cg, "body");
	LLVMBasicBlockRef done = cg_block(cg, "done");
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef condition;

	cg_jump(cg, head, head);
	if (cg_emit_condition(cg, s->loop.condition, &condition))
		return -EINVAL;
	cg_temp_release(cg, mark);
	cg_branch(cg, condition, body, done, body);
	f->break_to = done;
	f->continue_to = head;
	int err = statement_block(cg, s->loop.body, NULL, &(struct cg_value){ 0 });
	f->break_to = old_break;
	f->continue_to = old_continue;
	cg_jump(cg, head, done);
	return err;
}

int loop_while(struct codegen *cg, const struct stmt *s)
{
	return s->loop.is_call ? while_as_call(cg, s) : while_as_loop(cg, s);
}

int loop_unroll(struct codegen *cg, const struct stmt *s)
{
	uint32_t turns = (uint32_t)s->unroll.times;
	LLVMValueRef done;
	int err = 0;

	if (s->unroll.is_call)
		return call_turns(cg, s, NULL, s->unroll.body, &turns, &done);
	for (uint64_t i = 0; i < s->unroll.times && !err; i++)
		err = statement_block(cg, s->unroll.body, NULL, &(struct cg_value){ 0 });
	return err;
}

void loop_break(struct codegen *cg, bool is_continue)
{
	struct cg_function *f = cg->function;

	if (f->break_to)
		LLVMBuildBr(cg->builder, is_continue ? f->continue_to : f->break_to);
	else
		LLVMBuildRet(cg->builder, cg_const(cg, !is_continue));
	LLVMBasicBlockRef dead = cg_block(cg, "dead");
	LLVMMoveBasicBlockAfter(dead, LLVMGetInsertBlock(cg->builder));
	LLVMPositionBuilderAtEnd(cg->builder, dead);
}

/* --- for ($i : a..b) -------------------------------------------------------------------------- */

struct range {
	const struct type *type; /* of the loop variable */
	LLVMValueRef start, end; /* registers of that type */
	bool is_slot;		 /* where callbacks find the start */
	uint64_t offset;
};

static int emit_bounds(struct codegen *cg, const struct stmt *s, struct range *r)
{
	struct cg_value start, end;

	r->type = s->for_range.variable->variable.symbol->type;
	if (cg_emit(cg, s->for_range.start, &start) || cg_emit(cg, s->for_range.end, &end))
		return -EINVAL;
	r->start = cast_register(cg, start.llvm, start.type, r->type);
	r->end = cast_register(cg, end.llvm, end.type, r->type);
	memory_take_shared(cg, sizeof(uint64_t), &r->is_slot, &r->offset);
	cg_store(cg, r->type, r->start, memory_shared(cg, r->is_slot, r->offset));
	return 0;
}

/* The body as a callback. */
static struct cg_function *emit_callback(struct codegen *cg, const struct stmt *s,
					 const struct range *r, int *err)
{
	LLVMBasicBlockRef resume = LLVMGetInsertBlock(cg->builder);
	const struct symbol *symbol = s->for_range.variable->variable.symbol;
	const struct type *word = cg->sema->types.ints[0][3];
	struct cg_function *f = function_begin_callback(cg);

	LLVMValueRef turn = cg_int_cast(cg, LLVMGetParam(f->llvm, 0), word, r->type);
	LLVMValueRef start = cg_load(cg, r->type, memory_shared(cg, r->is_slot, r->offset));
	cg_store(cg, r->type, LLVMBuildAdd(cg->builder, start, turn, ""),
		 variable_address(cg, symbol));
	*err = statement_block(cg, s->for_range.body, NULL, &(struct cg_value){ 0 });
	function_end_callback(cg, resume);
	debug_info_place(cg, s->loc);
	return f;
}

void loop_pass_return_on(struct codegen *cg)
{
	LLVMBasicBlockRef leave = cg_block(cg, "leave"), stay = cg_block(cg, "stay");
	LLVMValueRef state = value_load_raw(cg, cg->i64,
					    function_frame_word(cg, FRAME_STATE * 8));

	cg_branch(cg, condition_of(cg, state), leave, stay, leave);
	cg_return(cg, value_load_raw(cg, cg->i64, function_frame_word(cg, FRAME_RESULT * 8)));
	LLVMBuildUnreachable(cg->builder);
	LLVMMoveBasicBlockAfter(stay, LLVMGetInsertBlock(cg->builder));
	LLVMPositionBuilderAtEnd(cg->builder, stay);
}

/* bpf_loop() refused the number, or there is none of it and its limit was reached. */
static void report_end(struct codegen *cg, const struct stmt *s, LLVMValueRef count,
		       LLVMValueRef result, uint32_t limit)
{
	const struct expr *at = s->for_range.variable;
	struct cg_cold cold;

	if (turns_by_helper(cg)) {
		function_begin_cold(cg, LLVMBuildICmp(cg->builder, LLVMIntSLT, result,
						      cg_const(cg, 0), ""), &cold);
		cg_runtime_error(cg, at, ERROR_HELPER, result);
		function_end_cold(cg, &cold);
	} else if (!LLVMIsAConstantInt(count)) {
		LLVMValueRef last = LLVMBuildICmp(cg->builder, LLVMIntUGE, result,
						  cg_const(cg, limit), "");
		LLVMValueRef is_more = LLVMBuildICmp(cg->builder, LLVMIntUGT, count,
						     cg_const32(cg, limit), "");
		function_begin_cold(cg, LLVMBuildAnd(cg->builder, last, is_more, ""), &cold);
		cg_runtime_error(cg, at, ERROR_TURN_LIMIT, result);
		function_end_cold(cg, &cold);
	}
}

static int call_loop(struct codegen *cg, const struct stmt *s, const struct range *r,
		     const struct cg_function *callback)
{
	LLVMBasicBlockRef run = cg_block(cg, "run"), done = cg_block(cg, "done");
	bool is_signed = r->type->kind == TYPE_INT && r->type->is_signed;
	LLVMValueRef is_some = LLVMBuildICmp(cg->builder, is_signed ? LLVMIntSLT : LLVMIntULT,
					     r->start, r->end, "");

	cg_branch(cg, is_some, run, done, run);
	LLVMValueRef count = LLVMBuildSub(cg->builder, cg_to_i64(cg, r->end, r->type),
					  cg_to_i64(cg, r->start, r->type), "");
	count = LLVMBuildTrunc(cg->builder, count, cg->i32, "");
	bool is_known = LLVMIsAConstantInt(is_some) && LLVMIsAConstantInt(count);
	if (is_known && LLVMConstIntGetZExtValue(is_some) &&
	    turns_are_too_many(cg, LLVMConstIntGetZExtValue(count), callback, cg->place))
		return -EINVAL;
	LLVMValueRef result = turns_run(cg, count, callback);
	report_end(cg, s, count, result, turns_limit(cg, callback));
	cg_jump(cg, done, done);
	return 0;
}

int loop_range(struct codegen *cg, const struct stmt *s)
{
	struct cg_function *f = cg->function;
	uint32_t old_used = f->root->area_used;
	struct range r = { 0 };
	int err = 0;

	if (!cg->body->needs_loop_helper)
		bug("a loop in a body that was not planned to have one");
	if (emit_bounds(cg, s, &r))
		return -EINVAL;
	cg->place = s->for_range.start->loc;
	cg->place.end = s->for_range.end->loc.end;
	const struct cg_function *callback = emit_callback(cg, s, &r, &err);
	err = call_loop(cg, s, &r, callback) ?: err;
	if (callback->has_return)
		loop_pass_return_on(cg);
	f->root->area_used = old_used;
	return err;
}
