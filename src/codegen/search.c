/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searching long strings: one loop of callbacks (turns.c), one comparison of two characters a turn.
 *
 * A turn knows where in the text it tries and how much of the needle has matched there; that state
 * and copies of both strings lie in the scratch slot, whose contents the verifier does not follow.
 * So it walks the callback once, whatever the sizes are.
 */
#include <linux/bpf.h>
#include "codegen/function.h"

/* Temporaries of this size never lie on the stack. */
#define SLOT_MIN 72

struct string_at {
	uint64_t offset; /* in the scratch slot */
	uint64_t size;
};

struct find {
	struct string_at text, needle;
	uint64_t state; /* offset of: where it tries, how much has matched, the result */
};
enum find_word { FIND_AT, FIND_MATCHED, FIND_RESULT, FIND_WORDS };

static uint64_t take_slot(struct codegen *cg, uint64_t size)
{
	uint64_t offset;
	bool is_slot;

	memory_take_shared(cg, MAX(size, (uint64_t)SLOT_MIN), &is_slot, &offset);
	return offset;
}

static LLVMValueRef state_word(struct codegen *cg, const struct find *find, enum find_word word)
{
	return memory_shared(cg, true, find->state + word * sizeof(uint64_t));
}

/* The character at an index, as i64; 0 behind the end. */
static LLVMValueRef character(struct codegen *cg, const struct string_at *s, LLVMValueRef index)
{
	LLVMBasicBlockRef inside = cg_block(cg, "inside"), join = cg_block(cg, "character");
	LLVMValueRef values[2] = { cg_const(cg, 0) };
	LLVMBasicBlockRef from[2] = { LLVMGetInsertBlock(cg->builder) };

	index = cg_opaque(cg, index);
	LLVMValueRef is_inside = LLVMBuildICmp(cg->builder, LLVMIntULT, index,
					       cg_const(cg, s->size), "");
	cg_branch(cg, is_inside, inside, join, inside);
	LLVMValueRef at = LLVMBuildGEP2(cg->builder, cg->i8, memory_shared(cg, true, s->offset),
					&index, 1, "");
	values[1] = LLVMBuildZExt(cg->builder, value_load_raw(cg, cg->i8, at), cg->i64, "");
	from[1] = LLVMGetInsertBlock(cg->builder);
	cg_jump(cg, join, join);
	LLVMValueRef phi = LLVMBuildPhi(cg->builder, cg->i64, "");
	LLVMAddIncoming(phi, values, from, 2);
	return phi;
}

static void leave_if(struct codegen *cg, LLVMValueRef condition, const struct find *find,
		     LLVMValueRef result)
{
	LLVMBasicBlockRef leave = cg_block(cg, "leave"), stay = cg_block(cg, "stay");

	cg_branch(cg, condition, leave, stay, leave);
	if (result)
		value_store_raw(cg, result, state_word(cg, find, FIND_RESULT));
	LLVMBuildRet(cg->builder, cg_const(cg, 1));
	LLVMMoveBasicBlockAfter(stay, LLVMGetInsertBlock(cg->builder));
	LLVMPositionBuilderAtEnd(cg->builder, stay);
}

static LLVMValueRef is_zero(struct codegen *cg, LLVMValueRef v)
{
	return LLVMBuildICmp(cg->builder, LLVMIntEQ, v, cg_const(cg, 0), "");
}

static struct cg_function *emit_turn(struct codegen *cg, const struct find *find)
{
	LLVMBasicBlockRef resume = LLVMGetInsertBlock(cg->builder);
	struct cg_function *f = function_begin_callback(cg);
	LLVMValueRef at = value_load_raw(cg, cg->i64, state_word(cg, find, FIND_AT));
	LLVMValueRef matched = value_load_raw(cg, cg->i64, state_word(cg, find, FIND_MATCHED));
	LLVMValueRef wanted = character(cg, &find->needle, matched);

	leave_if(cg, is_zero(cg, wanted), find, at);
	LLVMValueRef here = character(cg, &find->text, LLVMBuildAdd(cg->builder, at, matched, ""));
	/* The text ended before the needle did: so it would further on. */
	leave_if(cg, is_zero(cg, here), find, NULL);
	LLVMValueRef same = LLVMBuildICmp(cg->builder, LLVMIntEQ, here, wanted, "");
	LLVMValueRef one_more = LLVMBuildAdd(cg->builder, matched, cg_const(cg, 1), "");
	LLVMValueRef next = LLVMBuildAdd(cg->builder, at, cg_const(cg, 1), "");
	value_store_raw(cg, LLVMBuildSelect(cg->builder, same, one_more, cg_const(cg, 0), ""),
			state_word(cg, find, FIND_MATCHED));
	value_store_raw(cg, LLVMBuildSelect(cg->builder, same, at, next, ""),
			state_word(cg, find, FIND_AT));
	function_end_callback(cg, resume);
	return f;
}

static struct string_at copy_to_slot(struct codegen *cg, LLVMValueRef from, uint64_t size)
{
	struct string_at s = { .offset = take_slot(cg, size), .size = size };

	cg_copy(cg, memory_shared(cg, true, s.offset), from, size);
	return s;
}

LLVMValueRef cg_string_find(struct codegen *cg, LLVMValueRef text, uint64_t text_size,
			    LLVMValueRef needle, uint64_t needle_size, struct loc at)
{
	struct find find = { .text = copy_to_slot(cg, text, text_size),
			     .needle = copy_to_slot(cg, needle, needle_size),
			     .state = take_slot(cg, FIND_WORDS * sizeof(uint64_t)) };

	if (!cg->body->needs_loop_helper)
		bug("a search in a body that was not planned to have a loop");
	value_store_raw(cg, cg_const(cg, 0), state_word(cg, &find, FIND_AT));
	value_store_raw(cg, cg_const(cg, 0), state_word(cg, &find, FIND_MATCHED));
	value_store_raw(cg, cg_const(cg, UINT64_MAX), state_word(cg, &find, FIND_RESULT));
	const struct cg_function *turn = emit_turn(cg, &find);
	debug_info_place(cg, at);
	/* The last turn sees the end of the needle: one more than there are comparisons. */
	uint32_t turns = (uint32_t)(text_size * needle_size + 1);
	if (!turns_are_too_many(cg, turns, turn, at))
		turns_run(cg, cg_const32(cg, turns), turn);
	return value_load_raw(cg, cg->i64, state_word(cg, &find, FIND_RESULT));
}
