/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refusals [-v]: programs that this kernel's verifier refuses, and what bittern says of them.
 *
 * Code generation avoids most of these, so that no script leads there; the explanations have to be right for
 * the day one does. Each program is a few instructions by hand that break one rule; it is really loaded,
 * and the verifier's real words are explained. Fails if a program is taken or gets another explanation.
 * tests/run/refusals.test has what scripts can cause.
 */
#include <linux/bpf.h>
#include <errno.h>
#include <string.h>
#include "runtime/bpf_call.h"
#include "runtime/verifier.h"
#include "util/log.h"

#define LOG_SIZE (1 << 20)

#define INSN(code_, dst, src, off_, imm_)                                                          \
	{ .code = (code_), .dst_reg = (dst), .src_reg = (src), .off = (off_), .imm = (imm_) }
#define MOV(dst, src)	     INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define MOV_IMM(dst, imm)    INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define ADD(dst, src)	     INSN(BPF_ALU64 | BPF_ADD | BPF_X, dst, src, 0, 0)
#define ADD_IMM(dst, imm)    INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm)
#define LOAD(dst, src, off)  INSN(BPF_LDX | BPF_MEM | BPF_DW, dst, src, off, 0)
#define STORE_IMM(dst, off)  INSN(BPF_ST | BPF_MEM | BPF_DW, dst, 0, off, 1)
#define CALL(id)	     INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)
#define CALL_LOCAL(distance) INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, distance)
#define JUMP(distance)	     INSN(BPF_JMP | BPF_JA, 0, 0, distance, 0)
#define JUMP_IF_ZERO(reg, distance) INSN(BPF_JMP | BPF_JEQ | BPF_K, reg, 0, distance, 0)
#define EXIT		     INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define LOAD_MAP(dst)	     INSN(BPF_LD | BPF_IMM | BPF_DW, dst, BPF_PSEUDO_MAP_FD, 0, 0), { 0 }

/* r0 = address of the element of key 1 */
#define LOOK_UP STORE_IMM(10, -8), MOV(2, 10), ADD_IMM(2, -8), LOAD_MAP(1), CALL(BPF_FUNC_map_lookup_elem)

enum map { NO_MAP, HASH, RING };

static const struct refused {
	const char *name;
	enum diag_id id;
	uint32_t type;
	enum map map;
	struct bpf_insn insns[24];
} programs[] = {
	{ "infinite loop", DIAG_VERIFIER_LOOP, BPF_PROG_TYPE_RAW_TRACEPOINT, NO_MAP,
	  { MOV_IMM(0, 0), JUMP_IF_ZERO(0, -1), EXIT } },
	{ "a million turns", DIAG_VERIFIER_COMPLEXITY, BPF_PROG_TYPE_RAW_TRACEPOINT, NO_MAP,
	  { MOV_IMM(0, 0), ADD_IMM(0, 1),
	    INSN(BPF_JMP | BPF_JLT | BPF_K, 0, 0, -2, 100000000), EXIT } },
	{ "unchecked element", DIAG_VERIFIER_POINTER, BPF_PROG_TYPE_RAW_TRACEPOINT, HASH,
	  { LOOK_UP, LOAD(0, 0, 0), EXIT } },
	{ "number as address", DIAG_VERIFIER_POINTER, BPF_PROG_TYPE_RAW_TRACEPOINT, NO_MAP,
	  { MOV_IMM(1, 4096), LOAD(0, 1, 0), EXIT } },
	{ "unchecked record", DIAG_VERIFIER_POINTER, BPF_PROG_TYPE_RAW_TRACEPOINT, RING,
	  { LOAD_MAP(1), MOV_IMM(2, 8), MOV_IMM(3, 0), CALL(BPF_FUNC_ringbuf_reserve), STORE_IMM(0, 0),
	    MOV_IMM(0, 0), EXIT } },
	{ "sum of pointers", DIAG_VERIFIER_POINTER, BPF_PROG_TYPE_RAW_TRACEPOINT, NO_MAP,
	  { MOV(0, 10), ADD(0, 1), MOV_IMM(0, 0), EXIT } },
	{ "behind the element", DIAG_VERIFIER_BOUNDS, BPF_PROG_TYPE_RAW_TRACEPOINT, HASH,
	  { LOOK_UP, JUMP_IF_ZERO(0, 1), LOAD(0, 0, 8), MOV_IMM(0, 0), EXIT } },
	{ "index without limit", DIAG_VERIFIER_BOUNDS, BPF_PROG_TYPE_RAW_TRACEPOINT, HASH,
	  { LOOK_UP, JUMP_IF_ZERO(0, 4), MOV(6, 0), CALL(BPF_FUNC_get_prandom_u32), ADD(6, 0),
	    LOAD(0, 6, 0), MOV_IMM(0, 0), EXIT } },
	{ "negative index", DIAG_VERIFIER_BOUNDS, BPF_PROG_TYPE_RAW_TRACEPOINT, HASH,
	  { LOOK_UP, JUMP_IF_ZERO(0, 6), MOV(6, 0), CALL(BPF_FUNC_ktime_get_ns),
	    INSN(BPF_JMP | BPF_JSGT | BPF_K, 0, 0, 3, 0), ADD(6, 0), LOAD(0, 6, 0), JUMP(0),
	    MOV_IMM(0, 0), EXIT } },
	{ "length without limit", DIAG_VERIFIER_BOUNDS, BPF_PROG_TYPE_RAW_TRACEPOINT, NO_MAP,
	  { CALL(BPF_FUNC_ktime_get_ns), MOV(2, 0), MOV(1, 10), ADD_IMM(1, -8), MOV_IMM(3, 0),
	    CALL(BPF_FUNC_probe_read_kernel), MOV_IMM(0, 0), EXIT } },
	{ "below the stack", DIAG_VERIFIER_INTERNAL, BPF_PROG_TYPE_RAW_TRACEPOINT, NO_MAP,
	  { STORE_IMM(10, -520), MOV_IMM(0, 0), EXIT } },
	{ "stack of two functions", DIAG_VERIFIER_STACK, BPF_PROG_TYPE_SOCKET_FILTER, NO_MAP,
	  { STORE_IMM(10, -400), CALL_LOCAL(2), MOV_IMM(0, 0), EXIT, STORE_IMM(10, -304),
	    MOV_IMM(0, 0), EXIT } },
	{ "function that calls itself", DIAG_VERIFIER_CALLS, BPF_PROG_TYPE_RAW_TRACEPOINT, NO_MAP,
	  { CALL_LOCAL(1), EXIT, CALL_LOCAL(-1), EXIT } },
	{ "event's end", DIAG_VERIFIER_CONTEXT, BPF_PROG_TYPE_PERF_EVENT, NO_MAP,
	  { LOAD(0, 1, 4096), EXIT } },
	{ "event at a place not known", DIAG_VERIFIER_CONTEXT, BPF_PROG_TYPE_PERF_EVENT, NO_MAP,
	  { MOV(6, 1), CALL(BPF_FUNC_get_prandom_u32), ADD(6, 0), LOAD(0, 6, 0), EXIT } },
	{ "helper of another type", DIAG_VERIFIER_HELPER, BPF_PROG_TYPE_RAW_TRACEPOINT, NO_MAP,
	  { MOV_IMM(2, 0), CALL(BPF_FUNC_skb_load_bytes), EXIT } },
	{ "helper of no kernel", DIAG_VERIFIER_HELPER, BPF_PROG_TYPE_RAW_TRACEPOINT, NO_MAP,
	  { CALL(100000), EXIT } },
	{ "wrong argument", DIAG_VERIFIER_INTERNAL, BPF_PROG_TYPE_RAW_TRACEPOINT, NO_MAP,
	  { MOV_IMM(1, 0), MOV(2, 10), CALL(BPF_FUNC_map_lookup_elem), EXIT } },
	{ "return value", DIAG_VERIFIER_RETURN, BPF_PROG_TYPE_CGROUP_DEVICE, NO_MAP,
	  { MOV_IMM(0, 5), EXIT } },
	{ "register without value", DIAG_VERIFIER_INTERNAL, BPF_PROG_TYPE_RAW_TRACEPOINT, NO_MAP,
	  { MOV(0, 7), EXIT } },
	{ "record not finished", DIAG_VERIFIER_INTERNAL, BPF_PROG_TYPE_RAW_TRACEPOINT, RING,
	  { LOAD_MAP(1), MOV_IMM(2, 8), MOV_IMM(3, 0), CALL(BPF_FUNC_ringbuf_reserve), MOV_IMM(0, 0),
	    EXIT } },
	{ "odd address", DIAG_VERIFIER_INTERNAL, BPF_PROG_TYPE_RAW_TRACEPOINT, NO_MAP,
	  { STORE_IMM(10, -15), MOV_IMM(0, 0), EXIT } },
	{ "dead code", DIAG_VERIFIER_INTERNAL, BPF_PROG_TYPE_RAW_TRACEPOINT, NO_MAP,
	  { MOV_IMM(0, 0), EXIT, MOV_IMM(0, 0), EXIT } },
};

/* The place of instruction i is character i + 1 of a line of dots. */
static bool place_of(void *context, uint32_t number, struct program_place *out)
{
	(void)context;
	*out = (struct program_place){ "by-hand", "........................", 1, number, number + 1 };
	return true;
}

static uint32_t count_of(const struct refused *p)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < ARRAY_SIZE(p->insns); i++)
		if (p->insns[i].code)
			count = i + 1;
	return count;
}

static int load(const struct refused *p, const int *map_fds, char *log)
{
	struct bpf_insn insns[ARRAY_SIZE(p->insns)];
	struct bpf_call_program call = {
		.type = p->type, .name = "refused", .insns = insns, .insn_count = count_of(p),
		.btf_fd = -1, .log = log, .log_size = LOG_SIZE,
	};

	memcpy(insns, p->insns, sizeof(insns));
	for (uint32_t i = 0; i < call.insn_count; i++)
		if (insns[i].src_reg == BPF_PSEUDO_MAP_FD && insns[i].code == (BPF_LD | BPF_IMM | BPF_DW))
			insns[i].imm = map_fds[p->map];
	*log = '\0';
	int fd = bpf_call_prog_load(&call);
	/* Before 6.4 a log that is too long hides what the error was. */
	if (fd == -ENOSPC) {
		call.log = NULL;
		call.log_size = 0;
		fd = bpf_call_prog_load(&call);
	}
	return fd;
}

static void explain(const struct refused *p, int err, const char *log)
{
	struct bpf_line_info lines[ARRAY_SIZE(p->insns)];
	struct program program;
	struct reporter reporter = { .program = &program };
	struct recompiler recompiler = { .place = place_of };
	struct bpf_link_infos places = { (uint8_t *)lines, ARRAY_SIZE(lines), sizeof(lines[0]) };
	struct refusal refusal = { &reporter, 0, p->name, err, log, &places, &recompiler };

	for (uint32_t i = 0; i < ARRAY_SIZE(lines); i++)
		lines[i] = (struct bpf_line_info){ .insn_off = i, .line_col = (i + 1) << 10 };
	program_init(&program);
	verifier_explain(&refusal);
	program_free(&program);
}

int main(int argc, char **argv)
{
	auto_free char *log = xmalloc(LOG_SIZE);
	int map_fds[] = {
		[HASH] = bpf_call_map_create(BPF_MAP_TYPE_HASH, "hash", 8, 8, 1, 0, -1),
		[RING] = bpf_call_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, 4096, 0, -1),
	};
	int failures = 0;

	if (map_fds[HASH] < 0) {
		puts("BPF is not allowed here");
		return 77;
	}
	log_set_verbose(argc > 1 && !strcmp(argv[1], "-v"));
	dup2(STDOUT_FILENO, STDERR_FILENO);
	setbuf(stdout, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		const struct refused *p = &programs[i];
		int fd = load(p, map_fds, log);
		struct verdict v;

		if (fd >= 0) {
			printf("FAILED: %s: this kernel takes it\n", p->name);
			failures++;
			close(fd);
			continue;
		}
		verifier_judge(fd, log, &v);
		explain(p, fd, log);
		/* Older kernels look for loops before they count frames. */
		if (v.id == p->id ||
		    (p->id == DIAG_VERIFIER_CALLS && v.id == DIAG_VERIFIER_LOOP))
			continue;
		printf("FAILED: %s: explained as %s instead of %s; the log:\n%s\n", p->name,
		       diag_id_name(v.id), diag_id_name(p->id), log);
		failures++;
	}
	printf("%zu programs, %d failures\n", ARRAY_SIZE(programs), failures);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
