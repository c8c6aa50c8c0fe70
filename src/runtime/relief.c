/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which complaints of the verifier a differently compiled program may avoid. The words are those of
 * kernel/bpf/verifier.c, Linux 5.8 to 6.18. What is said to the user, if nothing helps, is
 * verifier_rules.def's.
 */
#include "runtime/relief.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *words;
	unsigned int relief;
} complaints[] = {
	{ "combined stack size of ", PROGRAM_RELIEF_STACK },
	{ "infinite loop detected at insn ", PROGRAM_RELIEF_LOOPS },
	/* Until 6.7 a loop may not be entered again by falling into it, only by a jump; LLVM puts rare
	 * blocks there. */
	{ "back-edge from insn ", PROGRAM_RELIEF_ORDER },
	{ "BPF program is too large. Processed ", PROGRAM_RELIEF_LOOPS },
	{ " cannot be patched due to 16-bit range", PROGRAM_RELIEF_LOOPS },
	{ " jumps is too complex", PROGRAM_RELIEF_LOOPS },
	/* Members that it types otherwise than the compiler thinks (codegen/direct.c). */
	{ " access beyond the end of member ", PROGRAM_RELIEF_READS },
	{ " access beyond struct ", PROGRAM_RELIEF_READS },
	{ "cannot access ptr member ", PROGRAM_RELIEF_READS },
	{ "invalid mem access 'rcu_ptr_", PROGRAM_RELIEF_READS },
	{ " invalid user memory access", PROGRAM_RELIEF_READS },
	{ " is ptr_", PROGRAM_RELIEF_READS }, /* … access user memory, percpu memory: off=… */
};

/* The conclusion stands in front of the statistics at the end. */
#define TAIL_SIZE 2000

unsigned int relief_for(int err, const char *log)
{
	size_t len = strlen(log);
	const char *tail = log + (len > TAIL_SIZE ? len - TAIL_SIZE : 0);

	for (size_t i = 0; i < ARRAY_SIZE(complaints); i++)
		if (strstr(tail, complaints[i].words))
			return complaints[i].relief;
	/* A log whose end is cut off (before 6.4): instructions were followed, and they were too many. */
	return err == -E2BIG && *log ? PROGRAM_RELIEF_LOOPS : 0;
}

const char *relief_text(unsigned int relief)
{
	static const char *const texts[] = {
		"with less on the stack", "with loops as callbacks", "with its code in another order",
		"with kprobes as they are",
		"with helpers for all reads",
	};

	if (relief & (PROGRAM_RELIEF_KEYS | PROGRAM_RELIEF_KEYS_OF_TWO))
		return "with shorter strings: its keys take 512 bytes at most";
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (relief & 1u << i)
			return texts[i];
	return "in another way";
}
