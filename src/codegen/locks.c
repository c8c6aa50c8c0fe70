/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutual exclusion with nothing but an atomic sum that tells nothing, which is all that BPF had before
 * 5.12: a counter of those who hold a resource or try to get it. Who adds one and then reads one is alone:
 * whoever held it would have counted. Who reads more takes its own one back and has not got it. Two who
 * try at once may both be refused, never both be let in. It needs no order of release, so it is right
 * however programs interrupt, preempt or run beside each other.
 *
 * Counters are in memory that is never reset while programs run, unlike values of maps.
 */
#include <linux/bpf.h>
#include "codegen/function.h"

void lock_count(struct codegen *cg, LLVMValueRef counter, uint32_t change)
{
	cg_atomic_add(cg, counter, cg_const32(cg, change));
}

void lock_try(struct codegen *cg, LLVMValueRef counter, LLVMBasicBlockRef claimed)
{
	LLVMBasicBlockRef taken = cg_block(cg, "taken");

	lock_count(cg, counter, 1);
	LLVMValueRef users = value_load_raw(cg, cg->i32, counter);
	LLVMSetVolatile(users, true);
	LLVMValueRef is_ours = LLVMBuildICmp(cg->builder, LLVMIntEQ, users, cg_const32(cg, 1), "");
	cg_branch(cg, is_ours, claimed, taken, taken);
	lock_count(cg, counter, (uint32_t)-1);
}

LLVMValueRef lock_of_element(struct codegen *cg)
{
	const struct map_symbol *map = cg->function->element->map;
	LLVMValueRef first = cg_globals(cg, offsetof(struct program_globals, locks));

	if (!cg->program->maps.items[map->index].is_per_cpu)
		return cg_offset(cg, first, map->index % GLOBAL_LOCKS * sizeof(uint32_t));
	LLVMValueRef at = cg_helper(cg, BPF_FUNC_get_smp_processor_id, NULL, 0);
	at = LLVMBuildAnd(cg->builder, at, cg_const(cg, GLOBAL_LOCKS - 1), "");
	at = LLVMBuildMul(cg->builder, cg_opaque(cg, at), cg_const(cg, sizeof(uint32_t)), "");
	return LLVMBuildGEP2(cg->builder, cg->i8, first, &at, 1, "lock");
}
