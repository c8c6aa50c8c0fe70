/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel has against a function is told from what it has against a program. */
#include <errno.h>
#include <string.h>
#include "harness.h"
#include "runtime/load_target.h"

static const char *refusal(int err, const char *log)
{
	static char why[256];
	struct program p;
	struct program_probe probe = { .attach = ATTACH_FENTRY };
	bool is_target;

	program_init(&p);
	probe.event = program_add_string(&p, "tcp_sendmsg");
	is_target = load_target_refused(&p, &probe, err, log, why, sizeof(why));
	program_free(&p);
	return is_target ? why : NULL;
}

TEST(complaints_about_functions)
{
	CHECK(strstr(refusal(-EINVAL, "The function x has 13 arguments. Too many.\n"),
		     "more arguments"));
	CHECK(strstr(refusal(-EINVAL, "The function x with variable args is unsupported.\n"),
		     "variable number"));
	CHECK(strstr(refusal(-EINVAL, "The function x arg3 type STRUCT is unsupported.\n"),
		     "struct by value"));
	CHECK(strstr(refusal(-ENOENT, "The address of function x cannot be found\n"), "inlined"));
	CHECK(strstr(refusal(-EINVAL, "Attaching tracing programs to function 'x' is rejected.\n"),
		     "running a BPF program"));
	CHECK(strstr(refusal(-EINVAL, "Attaching fexit/fmod_ret to __noreturn function 'do_exit' "
				      "is rejected.\n"),
		     "never returns"));
}

/* Kernels up to 6.14 say nothing about what is in btf_id_deny. */
TEST(refusals_without_a_word)
{
	CHECK(strstr(refusal(-EINVAL, ""), "tcp_sendmsg"));
	CHECK(strstr(refusal(-EINVAL, "processed 0 insns (limit 1000000) max_states_per_insn 0\n"),
		     "tcp_sendmsg"));
	CHECK(!refusal(-EPERM, ""));
	CHECK(!refusal(-ENOMEM, ""));
}

TEST(complaints_about_programs)
{
	CHECK(!refusal(-EACCES, "0: R1=ctx() R10=fp0\n1: (79) r1 = *(u64 *)(r1 +48)\n"
				"invalid bpf_context access off=48 size=8\n"));
	/* Words of a complaint further down are quotes. */
	CHECK(!refusal(-EINVAL, "0: (b7) r0 = 0\n; \"The address of function\"\nR1 !read_ok\n"));
}
