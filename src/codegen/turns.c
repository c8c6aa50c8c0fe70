/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calling a callback turn by turn: bpf_loop() (since 5.17), or a loop of ours that calls it.
 *
 * The verifier checks a callback of bpf_loop() once, but follows a loop of the program turn by turn: a
 * million instructions in all, and 8,192 branches whose other side it still has to look at. So there
 * are as many turns without the helper as that allows by a careful estimate, which counts what is in the
 * callback and leaves the same to each of the loops around. More are refused where their number is known,
 * else the loop ends there and says so.
 */
#include <linux/bpf.h>
#include "codegen/function.h"

#define HELPER_TURNS	  (1u << 23) /* BPF_MAX_LOOPS */
#define VERIFIED_INSNS	  200000     /* of a million: there is more than this loop */
#define VERIFIED_BRANCHES 4000	     /* of BPF_COMPLEXITY_LIMIT_JMP_SEQ */
#define KNOWN_FACTOR	  16	     /* where the number of turns is known, the verifier may decide */
#define RELIEF_DIVISOR	  8	     /* after a refusal */

bool turns_by_helper(struct codegen *cg)
{
	return cg_has_helper(cg, BPF_FUNC_loop);
}

/* What the verifier has to walk for one call, at most. */
struct walk {
	uint64_t insns, branches;
};

static void add_function(LLVMValueRef fn, struct walk *walk);

static void add_instruction(LLVMValueRef insn, struct walk *walk)
{
	walk->insns++;
	if (LLVMIsABranchInst(insn) && LLVMIsConditional(insn))
		walk->branches++;
	if (!LLVMIsACallInst(insn))
		return;
	LLVMValueRef fn = LLVMIsAFunction(LLVMGetCalledValue(insn));
	if (fn && LLVMCountBasicBlocks(fn))
		add_function(fn, walk);
}

static void add_function(LLVMValueRef fn, struct walk *walk)
{
	for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(fn); b; b = LLVMGetNextBasicBlock(b))
		for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
			add_instruction(i, walk);
}

static struct walk walk_of(const struct cg_function *callback)
{
	struct walk walk = { callback->inner_insns + 1, callback->inner_branches + 1 };

	add_function(callback->llvm, &walk);
	return walk;
}

/* The largest n with n^power <= budget: what is left for one of `power` loops in each other. */
static uint64_t share_of(uint64_t budget, unsigned int power)
{
	uint64_t n = 1;

	if (power <= 1)
		return budget;
	for (;; n++) {
		uint64_t product = 1;
		for (unsigned int i = 0; i < power; i++)
			product *= n + 1;
		if (product > budget)
			return n;
	}
}

static unsigned int depth_of(const struct cg_function *callback)
{
	unsigned int depth = 1;

	for (const struct cg_function *f = callback->outer; f && f->outer; f = f->outer)
		depth++;
	return depth;
}

uint32_t turns_limit(struct codegen *cg, const struct cg_function *callback)
{
	if (turns_by_helper(cg))
		return HELPER_TURNS;
	struct walk walk = walk_of(callback);
	unsigned int depth = depth_of(callback);
	uint64_t limit = MIN(share_of(VERIFIED_INSNS, depth) / walk.insns,
			     share_of(VERIFIED_BRANCHES, depth) / walk.branches);

	if (cg->sema->options->relief & PROGRAM_RELIEF_LOOPS)
		limit /= RELIEF_DIVISOR;
	return (uint32_t)MAX(limit, (uint64_t)1);
}

static LLVMValueRef as_i64(struct codegen *cg, LLVMValueRef v)
{
	return LLVMBuildZExt(cg->builder, v, cg->i64, "");
}

/* What a loop inside of another takes of its limit. */
static void count_inner(struct codegen *cg, const struct cg_function *callback, LLVMValueRef turns)
{
	struct walk walk = walk_of(callback);
	uint64_t times = LLVMIsAConstantInt(turns) ? LLVMConstIntGetZExtValue(turns) :
						     turns_limit(cg, callback);

	cg->function->inner_insns += times * walk.insns;
	cg->function->inner_branches += times * walk.branches;
}

/* for (turn = 0; turn < limit && turn < turns && !callback(turn, frame); turn++); */
static LLVMValueRef call_in_turns(struct codegen *cg, LLVMValueRef turns,
				  const struct cg_function *callback)
{
	LLVMBuilderRef b = cg->builder;
	LLVMBasicBlockRef before = LLVMGetInsertBlock(b), head = cg_block(cg, "turn");
	LLVMBasicBlockRef within = cg_block(cg, "within"), call = cg_block(cg, "call");
	LLVMBasicBlockRef done = cg_block(cg, "turned");
	LLVMValueRef limit = cg_const(cg, turns_limit(cg, callback)), zero = cg_const(cg, 0);

	turns = as_i64(cg, turns);
	if (LLVMIsAConstantInt(turns))
		limit = turns;
	count_inner(cg, callback, turns);
	cg_jump(cg, head, head);
	LLVMValueRef turn = LLVMBuildPhi(b, cg->i64, "");
	LLVMAddIncoming(turn, &zero, &before, 1);
	cg_branch(cg, LLVMBuildICmp(b, LLVMIntULT, turn, limit, ""), within, done, within);
	cg_branch(cg, LLVMBuildICmp(b, LLVMIntULT, turn, turns, ""), call, done, call);
	LLVMValueRef args[] = { turn, cg->function->frame };
	LLVMValueRef leaves = LLVMBuildCall2(b, LLVMGlobalGetValueType(callback->llvm),
					     callback->llvm, args, ARRAY_SIZE(args), "");
	LLVMValueRef next = LLVMBuildAdd(b, turn, cg_const(cg, 1), "");
	LLVMBasicBlockRef last = LLVMGetInsertBlock(b);
	LLVMAddIncoming(turn, &next, &last, 1);
	LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntEQ, leaves, zero, ""), head, done);
	function_start_block(cg, done);
	LLVMValueRef results[] = { turn, turn, next };
	LLVMBasicBlockRef from[] = { head, within, last };
	LLVMValueRef result = LLVMBuildPhi(b, cg->i64, "");
	LLVMAddIncoming(result, results, from, ARRAY_SIZE(from));
	return result;
}

LLVMValueRef turns_run(struct codegen *cg, LLVMValueRef turns, const struct cg_function *callback)
{
	LLVMValueRef args[] = { turns, callback->llvm, cg->function->frame, cg_const(cg, 0) };

	if (!turns_by_helper(cg))
		return call_in_turns(cg, turns, callback);
	/* The loop that the kernel puts in the helper's place sets the low half only (5.18). */
	LLVMValueRef done = LLVMBuildTrunc(cg->builder, cg_helper(cg, BPF_FUNC_loop, args, 4),
					   cg->i32, "");
	return LLVMBuildSExt(cg->builder, done, cg->i64, "");
}

bool turns_are_too_many(struct codegen *cg, uint64_t turns, const struct cg_function *callback,
			struct loc at)
{
	const struct host_function *helper = host_helper(BPF_FUNC_loop);
	uint32_t limit = turns_limit(cg, callback);

	if (turns_by_helper(cg) || turns <= (uint64_t)limit * KNOWN_FACTOR)
		return false;
	cg->has_failed = true;
	struct diag_msg *m = diag_error(cg->sema->diag, DIAG_MISSING_HELPER, at,
					"this kernel lacks the BPF helper %s, without which its verifier "
					"bears about %u turns of this loop: Linux has it since %s",
					helper->name, limit, helper->since);
	diag_hint(m, "without it: fewer turns, or less in each of them");
	return true;
}
