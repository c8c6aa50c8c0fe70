/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stacks: kstack and ustack, and usym(), which names one address of a process.
 *
 * A stack is a value of its own: the instruction pointers themselves, so that nothing can get lost
 * between the event and its printing and equal stacks are equal keys. Mode and limit belong to the
 * type. bpf_get_stack() fills in what it found and zeros behind.
 *
 * Names are found by user space when it prints (runtime/output/stack.c).
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "builtins/hooks.h"
#include "program/events.h"

#define FRAMES_DEFAULT 127
#define GET_STACK      "get_stack"
#define OWN_FRAMES     2
#define BPF_STACK_SIZE 512

static bool is_user(const struct expr *e)
{
	return !strcmp(e->call.name, "ustack");
}

/* --- mode and limit --------------------------------------------------------------------------- */

static bool find_mode(const char *word, enum type_stack_mode *mode)
{
	for (int i = 0; i < STACK_MODE_COUNT; i++) {
		if (strcmp(type_stack_mode_name((enum type_stack_mode)i), word))
			continue;
		*mode = (enum type_stack_mode)i;
		return true;
	}
	return false;
}

/* The setting's, where the call names none. Kernel functions have no build ids. */
static enum type_stack_mode default_mode(struct sema *s, const struct expr *e)
{
	enum type_stack_mode mode =
		(enum type_stack_mode)config_number(&s->config, CONFIG_STACK_MODE);

	return mode == STACK_BUILD_ID && !is_user(e) ? STACK_RAW : mode;
}

/* Which argument is the limit: behind a mode word, or the only one. */
static size_t limit_argument(const struct expr *e)
{
	return call_word(e, 0) ? 1 : 0;
}

static const struct type *type_stack_of(struct sema *s, struct expr *e)
{
	enum type_stack_mode mode = default_mode(s, e);
	const char *word = call_word(e, 0);
	struct expr *limit = call_arg(e, limit_argument(e));
	uint64_t frames = FRAMES_DEFAULT;
	bool is_negative;

	if (word)
		find_mode(word, &mode);
	if (limit) {
		sema_infer_expr(s, &e->call.args.items[limit_argument(e)]);
		limit = call_arg(e, limit_argument(e));
		if (!sema_literal_int(limit, &frames, &is_negative) || is_negative)
			frames = 0;
	}
	return type_stack(&s->types, is_user(e) ? TYPE_USTACK : TYPE_KSTACK, mode,
			  (uint32_t)MIN(frames, STACK_FRAMES_MAX));
}

static int check_mode(struct sema *s, const struct expr *e)
{
	const char *word = call_word(e, 0);

	if (call_arg_count(e) == 2 && !word) {
		diag_hint(diag_error(s->diag, DIAG_MODE_WORD, call_arg(e, 0)->loc,
				     "%s() takes the mode first", e->call.name),
			  "write: %s(perf, 10)", e->call.name);
		return -EINVAL;
	}
	if (!word)
		return 0;
	if (is_user(e))
		return check_word(s, e, "bpftrace perf raw build_id");
	if (strcmp(word, "build_id"))
		return check_word(s, e, "bpftrace perf raw");
	diag_error(s->diag, DIAG_MODE_WORD, call_arg(e, 0)->loc,
		   "the kernel's functions have no build ids: kstack() has the modes bpftrace, perf "
		   "and raw");
	return -EINVAL;
}

static int check_limit(struct sema *s, const struct expr *e)
{
	const struct expr *limit = call_arg(e, limit_argument(e));
	bool is_negative;
	uint64_t frames;

	if (!limit)
		return 0;
	if (sema_literal_int(limit, &frames, &is_negative) && !is_negative &&
	    frames <= STACK_FRAMES_MAX)
		return 0;
	diag_error(s->diag, DIAG_STACK_LIMIT, limit->loc,
		   "the limit of %s() is a number from 0 to %d", e->call.name, STACK_FRAMES_MAX);
	return -EINVAL;
}

static int check_stack(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot;

	if (check_mode(s, e) || check_limit(s, e))
		return -EINVAL;
	if (!is_user(e) && !call_word(e, 0) &&
	    config_number(&s->config, CONFIG_STACK_MODE) == STACK_BUILD_ID)
		diag_warning(s->diag, DIAG_MODE_WORD, e->loc,
			     "the kernel's functions have no build ids: kstack shows raw addresses");
	return 0;
}

static void plan_stack(struct sema *s, struct expr *e, struct program_action *action)
{
	(void)action;
	e->site = sema_add_site(s, e->loc, GET_STACK, false);
}

/* --- taking one ------------------------------------------------------------------------------- */

static uint32_t frame_size(const struct type *t)
{
	return t->bits == STACK_BUILD_ID ? STACK_BUILD_ID_FRAME_SIZE : STACK_FRAME_SIZE;
}

/* Raw tracepoints and programs behind a trampoline find themselves and what called them at the top of
 * the kernel's stack: bpf_prog_…, bpf_trace_run… Perf's probes do not, and a stack should not depend
 * on how a probe is attached. */
static bool sees_itself(const struct codegen *cg)
{
	return cg->body->bpf_prog_type == BPF_PROG_TYPE_RAW_TRACEPOINT ||
	       cg->body->bpf_prog_type == BPF_PROG_TYPE_TRACING;
}

static LLVMValueRef walk(struct codegen *cg, const struct expr *e, LLVMValueRef frames)
{
	uint64_t flags = is_user(e) ? BPF_F_USER_STACK : sees_itself(cg) ? OWN_FRAMES : 0;
	uint32_t size = e->type->count * frame_size(e->type);

	if (e->type->bits == STACK_BUILD_ID)
		flags |= BPF_F_USER_BUILD_ID;
	/* Raw tracepoints want memory of their stack to be written before (until 5.13). */
	if (sees_itself(cg) && size <= BPF_STACK_SIZE)
		cg_zero(cg, frames, size);
	LLVMValueRef args[] = { cg_context(cg), frames, cg_const32(cg, size),
				cg_const(cg, flags) };
	return cg_helper(cg, BPF_FUNC_get_stack, args, ARRAY_SIZE(args));
}

/* Frames from the bytes that the helper wrote; an error is reported and gives none. */
static LLVMValueRef count_frames(struct codegen *cg, const struct expr *e, LLVMValueRef bytes)
{
	LLVMBasicBlockRef from[2] = { LLVMGetInsertBlock(cg->builder) };
	LLVMBasicBlockRef failed = cg_block(cg, "failed"), walked = cg_block(cg, "walked");
	LLVMValueRef counts[2] = { LLVMBuildUDiv(cg->builder, bytes,
						 cg_const(cg, frame_size(e->type)), ""),
				   cg_const(cg, 0) };

	cg_branch(cg, ir_compare(cg, LLVMIntSLT, bytes, cg_const(cg, 0)), failed, walked, failed);
	cg_runtime_error(cg, e, ERROR_HELPER, bytes);
	from[1] = LLVMGetInsertBlock(cg->builder);
	cg_jump(cg, walked, walked);
	LLVMValueRef count = LLVMBuildPhi(cg->builder, cg->i64, "");
	LLVMAddIncoming(count, counts, from, 2);
	return count;
}

static void store_owner(struct codegen *cg, LLVMValueRef at)
{
	LLVMValueRef probe = cg_const32(cg, cg->body->function);

	cg_store(cg, unsigned_type(cg, 4), cg_current_pid(cg, false), at);
	cg_store(cg, unsigned_type(cg, 4), probe, cg_offset(cg, at, 4));
}

static int emit_stack(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		      struct cg_value *out)
{
	const struct type *t = e->type;
	uint32_t head = t->kind == TYPE_USTACK ? sizeof(struct value_user_stack)
					       : sizeof(struct value_kernel_stack);
	LLVMValueRef at = into ? into : cg_temp(cg, t->size, "stack"), count = cg_const(cg, 0);

	if (t->count)
		count = count_frames(cg, e, walk(cg, e, cg_offset(cg, at, head)));
	cg_store(cg, unsigned_type(cg, 8), count, at);
	if (t->kind == TYPE_USTACK)
		store_owner(cg, cg_offset(cg, at, offsetof(struct value_user_stack, pid)));
	cg_set_address(out, t, at, SPACE_BPF);
	return 0;
}

/* --- usym ------------------------------------------------------------------------------------- */

static int emit_usym(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	LLVMValueRef at = into ? into : cg_temp(cg, sizeof(struct value_user_symbol), "usym");
	LLVMValueRef address;
	int err = cg_emit_i64(cg, call_arg(e, 0), &address);

	if (err)
		return err;
	cg_store(cg, unsigned_type(cg, 8), address, at);
	store_owner(cg, cg_offset(cg, at, offsetof(struct value_user_symbol, pid)));
	cg_set_address(out, e->type, at, SPACE_BPF);
	return 0;
}

const struct builtin builtins_stacks[] = {
	{ .name = "kstack", .signature = "kstack([word|#int], [#int]) -> ?",
	  .flags = BUILTIN_VARIABLE | BUILTIN_STACK | BUILTIN_OWN_TYPING,
	  .help = "The kernel's stack: kstack(MODE, LIMIT), the mode bpftrace, perf or raw.",
	  .type = type_stack_of, .check = check_stack, .plan = plan_stack, .emit = emit_stack },
	{ .name = "ustack", .signature = "ustack([word|#int], [#int]) -> ?",
	  .flags = BUILTIN_VARIABLE | BUILTIN_STACK | BUILTIN_OWN_TYPING,
	  .help = "The process's stack: ustack(MODE, LIMIT), the mode bpftrace, perf, raw or build_id.",
	  .type = type_stack_of, .check = check_stack, .plan = plan_stack, .emit = emit_stack },
	{ .name = "usym", .signature = "usym(int|ptr) -> usym_t",
	  .help = "Name of the process's function at an address, looked up when printed.",
	  .emit = emit_usym },
	{ 0 },
};
