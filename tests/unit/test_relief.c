/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"
#include <errno.h>
#include "runtime/relief.h"

TEST(complaints_have_their_relief)
{
	CHECK_EQ(relief_for(-EINVAL, "3: (b7) r1 = 0\ncombined stack size of 2 calls is 544. Too large\n"),
		 PROGRAM_RELIEF_STACK);
	CHECK_EQ(relief_for(-EINVAL, "9: (05) goto pc-8\ninfinite loop detected at insn 4\n"
			    "processed 13 insns (limit 1000000)\n"), PROGRAM_RELIEF_LOOPS);
	CHECK_EQ(relief_for(-EINVAL, "back-edge from insn 12 to 4\n"), PROGRAM_RELIEF_ORDER);
	CHECK_EQ(relief_for(-EINVAL, "BPF program is too large. Processed 1000001 insn\n"),
		 PROGRAM_RELIEF_LOOPS);
	CHECK_EQ(relief_for(-EINVAL, "The sequence of 8193 jumps is too complex.\n"), PROGRAM_RELIEF_LOOPS);
}

TEST(nothing_helps_against_the_rest)
{
	CHECK_EQ(relief_for(-EINVAL, ""), 0);
	CHECK_EQ(relief_for(-E2BIG, ""), 0);
	CHECK_EQ(relief_for(-E2BIG, "7: (07) r6 += 1\n"), PROGRAM_RELIEF_LOOPS);
	CHECK_EQ(relief_for(-EINVAL, "R1 invalid mem access 'inv'\n"), 0);
	CHECK_EQ(relief_for(-EINVAL, "unknown func bpf_loop#181\n"), 0);
}

/* Only the conclusion counts, not what a long log quotes before. */
TEST(the_end_of_the_log_counts)
{
	auto_strbuf struct strbuf log = STRBUF_INIT;

	strbuf_add_text(&log, "; print(\"infinite loop detected at insn 5\")\n");
	for (int i = 0; i < 100; i++)
		strbuf_add_text(&log, "12: (b7) r1 = 0                    ; R1_w=0\n");
	strbuf_add_text(&log, "R1 invalid mem access 'scalar'\n");
	CHECK_EQ(relief_for(-EINVAL, strbuf_text(&log)), 0);
}
