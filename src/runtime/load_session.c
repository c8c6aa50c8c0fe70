/* SPDX-License-Identifier: Apache-2.0 */
/* See load_session.h. Calls inside of a program are relative, so it can be moved as it is. */
#include "runtime/load_session.h"

#include <errno.h>
#include <linux/btf.h>
#include <string.h>
#include "runtime/bpf_call.h"

enum { REGISTER_0, REGISTER_1, CONTEXT = 6 };
enum { ASK = 1, CALL_ENTRY = 5, CALL_LEAVE = 8 }; /* in the template */

/* 0 is returned to the kernel in any case: 1 would keep it from calling us at the return. */
static const struct bpf_insn template[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = CONTEXT, .src_reg = REGISTER_1 },
	[ASK] = { .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = REGISTER_1, .src_reg = CONTEXT },
	{ .code = BPF_ALU64 | BPF_AND | BPF_K, .dst_reg = REGISTER_0, .imm = 1 }, /* a bool */
	{ .code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = REGISTER_0, .off = 3, .imm = 0 },
	[CALL_ENTRY] = { .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = REGISTER_0 },
	{ .code = BPF_JMP | BPF_EXIT },
	[CALL_LEAVE] = { .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = REGISTER_0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

/* What callbacks are has to be told by BTF, in which the two are programs of their own. */
static bool has_callbacks(const struct bpf_linked *linked)
{
	return linked->functions.count > 1;
}

/* A call counts from the instruction behind it. */
static int32_t distance(size_t call, size_t to)
{
	return (int32_t)(to - call - 1);
}

int load_session(struct host *host, const char *name, const char *license,
		 const struct bpf_linked *entry, const struct bpf_linked *leave)
{
	size_t count = ARRAY_SIZE(template) + entry->insn_count + leave->insn_count;
	auto_free struct bpf_insn *insns = xcalloc(count, sizeof(*insns));
	size_t leave_at = ARRAY_SIZE(template) + entry->insn_count;
	struct bpf_call_program call = {
		.type = BPF_PROG_TYPE_KPROBE,
		.name = name,
		.attach_type = HOST_TRACE_KPROBE_SESSION,
		.license = license,
		.insns = insns,
		.insn_count = (uint32_t)count,
		.btf_fd = -1,
	};
	uint32_t id;

	if (has_callbacks(entry) || has_callbacks(leave) ||
	    host_btf_find(host, "bpf_session_is_return", BTF_KIND_FUNC, &id))
		return -ENOTSUP;
	memcpy(insns, template, sizeof(template));
	memcpy(insns + ARRAY_SIZE(template), entry->insns, entry->insn_count * sizeof(*insns));
	memcpy(insns + leave_at, leave->insns, leave->insn_count * sizeof(*insns));
	insns[ASK].imm = (int32_t)id;
	insns[CALL_ENTRY].imm = distance(CALL_ENTRY, ARRAY_SIZE(template));
	insns[CALL_LEAVE].imm = distance(CALL_LEAVE, leave_at);
	return bpf_call_prog_load(&call);
}
