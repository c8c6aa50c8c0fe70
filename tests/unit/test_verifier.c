/* SPDX-License-Identifier: Apache-2.0 */
/* Last words of verifiers of several kernels, and what is made of them. Programs that this kernel refuses
 * are in tests/verifier. */
#include <errno.h>
#include "harness.h"
#include "runtime/verifier.h"

static const struct {
	int err;
	const char *log;
	enum diag_id id;
	const char *text; /* some of it */
	int insn;	  /* -1: none */
} cases[] = {
	/* Linux 5.10 */
	{ -EACCES, "func#0 @0\n0: R1=ctx(id=0,off=0,imm=0) R10=fp0\n0: (79) r1 = *(u64 *)(r1 +0)\n"
		   "1: (79) r0 = *(u64 *)(r1 +8)\nR1 invalid mem access 'inv'\n"
		   "processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0\n",
	  DIAG_VERIFIER_POINTER, "a number is used as an address", 1 },
	{ -EINVAL, "unknown func bpf_loop#181\n", DIAG_VERIFIER_HELPER, "function bpf_loop", -1 },
	{ -EINVAL, "9: (85) call bpf_get_stack#67\nunknown func bpf_get_stack#67\n", DIAG_VERIFIER_HELPER,
	  "does not have the function bpf_get_stack", 9 },
	{ -EINVAL, "back-edge from insn 12 to 4\n", DIAG_VERIFIER_LOOP, "accepts no loops", 12 },
	{ -E2BIG, "7: (07) r6 += 1\nBPF program is too large. Processed 1000001 insn\n"
		  "processed 1000001 insns (limit 1000000) max_states_per_insn 4\n",
	  DIAG_VERIFIER_COMPLEXITY, "followed 1000001 instructions", 7 },
	{ -EACCES, "3: (b7) r1 = 0\ncombined stack size of 2 calls is 544. Too large\n", DIAG_VERIFIER_STACK,
	  "need 544 bytes", 3 },
	{ -EACCES, "4: (79) r0 = *(u64 *)(r1 +600)\ninvalid bpf_context access off=600 size=8\n",
	  DIAG_VERIFIER_CONTEXT, "8 bytes at offset 600", 4 },
	/* Linux 6.12: behind the jump */
	{ -EINVAL, "20: (63) *(u32 *)(r10 -8) = r7        ; R7=0 R10=fp0 fp-8=????0\n"
		   "26: (55) if r0 != 0x0 goto pc+2 infinite loop detected at insn 29\n"
		   "cur state: R0_w=map_value(map=x,ks=4,vs=16) R6=ctx() R7=0\n"
		   "old state: R0_rw=map_value(map=x,ks=4,vs=16) R6_r=ctx() R7_r=0\n"
		   "processed 75 insns (limit 1000000) max_states_per_insn 1\n",
	  DIAG_VERIFIER_LOOP, "would never end", 29 },
	{ -EINVAL, "26: (55) if r0 != 0x0 goto pc+2 29: R0=0\n27: (66) if w1 s> 0x9 goto pc+13      ; R1=0\n",
	  DIAG_VERIFIER_OTHER, "verifier refused it", 27 },
	/* what is in no table, and no words at all */
	{ -EINVAL, "5: (95) exit\nsomething quite new\n", DIAG_VERIFIER_OTHER, "verifier refused it", 5 },
	{ -EINVAL, "", DIAG_VERIFIER_OTHER, "verifier refused it", -1 },
	{ -EPERM, "", DIAG_VERIFIER_PERMISSION, "does not permit", -1 },
	{ -E2BIG, NULL, DIAG_VERIFIER_SIZE, "too large", -1 },
	/* a register's state is no complaint */
	{ -EACCES, "2: (79) r0 = *(u64 *)(r1 +8)\nR1 invalid mem access 'mem_or_null'\nR0=0 R1=5\n"
		   "processed 2 insns\n", DIAG_VERIFIER_POINTER, "may be NULL", 2 },
};

TEST(verdicts)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct verdict v;

		verifier_judge(cases[i].err, cases[i].log, &v);
		CHECK_EQ_STR(diag_id_name(v.id), diag_id_name(cases[i].id));
		CHECK(strstr(v.text, cases[i].text));
		CHECK_EQ(v.has_insn ? (int)v.insn : -1, cases[i].insn);
	}
}

TEST(own_words)
{
	struct verdict v;

	verifier_judge(-EINVAL, "5: (95) exit\nsomething quite new\nprocessed 1 insns\n", &v);
	CHECK_EQ_STR(v.words, "something quite new");
	CHECK_EQ_STR(v.hint, "-v shows all that the verifier said");
}

/* The head of a log that is too long is not looked at; the tail is. */
TEST(long_log)
{
	auto_strbuf struct strbuf log = STRBUF_INIT;
	struct verdict v;

	for (int i = 0; i < 20000; i++)
		strbuf_printf(&log, "%d: (07) r6 += 1\n", i);
	strbuf_add_text(&log, "infinite loop detected at insn 77\n");
	verifier_judge(-EINVAL, strbuf_text(&log), &v);
	CHECK_EQ_STR(diag_id_name(v.id), "verifier-loop");
	CHECK_EQ(v.insn, 77);
}
