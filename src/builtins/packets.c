/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skboutput(): packets into pcap files.
 *
 * The kernel's helper copies the packet behind a record of ours, and it writes to perf buffers only
 * (bpf_skb_output(), 5.5). So packets have a way of their own to user space, which appends them to
 * the file that the action names.
 */
#include <errno.h>
#include <linux/bpf.h>
#include "builtins/hooks.h"
#include "program/events.h"

#define PACKET_MAX 0xfffff /* what fits the helper's flags: BPF_F_CTXLEN_MASK */

static int check_skboutput(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot;
	size_t len;

	if (sema_literal_string(call_arg(e, 0), &len) && !len) {
		diag_error(s->diag, DIAG_EMPTY_PATH, call_arg(e, 0)->loc,
			   "skboutput() needs the name of a file");
		return -EINVAL;
	}
	return check_typed_program(s, e) ?: check_typed_pointer(s, e, call_arg(e, 1), "sk_buff");
}

static void plan_skboutput(struct sema *s, struct expr *e, struct program_action *action)
{
	size_t len;

	action->format = program_add_string(s->program, sema_literal_string(call_arg(e, 0), &len));
}

/* The record in front of the packet. */
static int emit_record(struct codegen *cg, const struct expr *e, LLVMValueRef record,
		       LLVMValueRef *length)
{
	uint64_t word = (uint64_t)cg->body->function << 32 | e->call.action;
	const struct type *u64 = unsigned_type(cg, 8), *u32 = unsigned_type(cg, 4);
	LLVMValueRef offset;
	int err = cg_emit_i64(cg, call_arg(e, 2), length) ?:
		  cg_emit_i64(cg, call_arg(e, 3), &offset);

	if (err)
		return err;
	*length = clamp(cg, *length, PACKET_MAX);
	offset = clamp(cg, offset, PACKET_MAX);
	cg_store(cg, u64, cg_helper(cg, BPF_FUNC_ktime_get_ns, NULL, 0),
		 cg_offset(cg, record, offsetof(struct event_packet, header.time_ns)));
	cg_store(cg, u64, cg_const(cg, word),
		 cg_offset(cg, record, offsetof(struct event_packet, header.action)));
	cg_store(cg, u32, LLVMBuildTrunc(cg->builder, *length, cg->i32, ""),
		 cg_offset(cg, record, offsetof(struct event_packet, length)));
	cg_store(cg, u32, LLVMBuildTrunc(cg->builder, offset, cg->i32, ""),
		 cg_offset(cg, record, offsetof(struct event_packet, offset)));
	return 0;
}

/* A full buffer is a lost event; the script sees the other errors itself. */
static void count_lost(struct codegen *cg, LLVMValueRef result)
{
	LLVMBasicBlockRef lost = cg_block(cg, "lost"), next = cg_block(cg, "next");

	cg_branch(cg, ir_compare(cg, LLVMIntEQ, result, cg_const(cg, (uint64_t)-ENOSPC)), lost,
		  next, lost);
	cg_count_loss(cg, LOSS_RING_FULL);
	cg_jump(cg, next, next);
}

static int emit_skboutput(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			  struct cg_value *out)
{
	LLVMBasicBlockRef some = cg_block(cg, "some"), join = cg_block(cg, "written");
	LLVMValueRef record, length, skb, values[2] = { cg_const(cg, (uint64_t)-EINVAL) };
	uint64_t mark = cg_temp_mark(cg);
	LLVMBasicBlockRef blocks[2];
	int err;

	(void)into;
	record = cg_temp(cg, sizeof(struct event_packet), "packet");
	err = emit_record(cg, e, record, &length);
	if (err)
		return err;
	skb = cg_emit_typed_pointer(cg, call_arg(e, 1));
	blocks[0] = LLVMGetInsertBlock(cg->builder);
	cg_branch(cg, ir_compare(cg, LLVMIntNE, skb, cg_const(cg, 0)), some, join, some);
	LLVMValueRef args[] = {
		skb,
		cg_map(cg, (uint32_t)program_find_role(cg->program, MAP_ROLE_PACKETS)),
		ir_or(cg, ir_shl(cg, length, cg_const(cg, 32)), cg_const(cg, BPF_F_CURRENT_CPU)),
		record,
		cg_const(cg, sizeof(struct event_packet)),
	};
	values[1] = cg_helper(cg, BPF_FUNC_skb_output, args, ARRAY_SIZE(args));
	count_lost(cg, values[1]);
	blocks[1] = LLVMGetInsertBlock(cg->builder);
	cg_jump(cg, join, join);
	LLVMValueRef result = LLVMBuildPhi(cg->builder, cg->i64, "");
	LLVMAddIncoming(result, values, blocks, 2);
	cg_temp_release(cg, mark);
	set_integer(cg, e, result, out);
	return 0;
}

const struct builtin builtins_packets[] = {
	{ .name = "skboutput", .signature = "skboutput(#string, any, int, int) -> uint32",
	  .flags = BUILTIN_TYPED, .action = ACTION_PACKET + 1, .first_payload = 4,
	  .help = "Appends a packet to a pcap file: skboutput(path, skb, length, bytes to skip).",
	  .check = check_skboutput, .plan = plan_skboutput, .emit = emit_skboutput },
	{ 0 },
};
