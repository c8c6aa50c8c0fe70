/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU's tables: registers inside pt_regs, system call numbers as this process has them. */
#include <sys/syscall.h>
#include "arch/arch.h"
#include "unit/harness.h"

TEST(numbers_and_names_agree_with_libc)
{
	CHECK_EQ(arch_syscall_number("openat"), SYS_openat);
	CHECK_EQ(arch_syscall_number("read"), SYS_read);
	CHECK_EQ(arch_syscall_number("bpf"), SYS_bpf);
	CHECK_EQ_STR(arch_syscall_name(SYS_write), "write");
	CHECK_EQ(arch_syscall_number("no_such_call"), -1);
	CHECK(!arch_syscall_name(100000));
}

TEST(every_name_leads_back)
{
	unsigned int known = 0;

	for (unsigned int i = 0; i < 1000; i++) {
		const char *name = arch_syscall_name(i);

		if (!name)
			continue;
		known++;
		CHECK_EQ(arch_syscall_number(name), i);
	}
	CHECK(known > 250);
}

TEST(registers_by_name)
{
	CHECK_EQ(arch_register_offset("nothing"), -1);
	CHECK_EQ(arch_register_offset(""), -1);
	CHECK(arch_register_offset("sp") >= 0);
	CHECK_EQ(arch_register_offset("pc"), arch_native.instruction_pointer);
	CHECK_EQ(arch_register_offset("regs[99]"), -1);
#if defined(__x86_64__)
	/* All of builtins.md §10. */
	static const char *const names[] = { "r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9",
					     "r8", "ax", "cx", "dx", "si", "di", "orig_rax", "ip", "pc",
					     "cs", "flags", "sp", "ss" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		CHECK(arch_register_offset(names[i]) >= 0);
	CHECK_EQ(arch_register_offset("regs[1]"), -1);
	CHECK_EQ(arch_register_offset("ip"), 16 * 8);
#elif defined(__aarch64__)
	CHECK_EQ(arch_register_offset("regs[30]"), arch_register_offset("r30"));
	CHECK_EQ(arch_register_offset("compat_fp"), arch_register_offset("r11"));
	CHECK_EQ(arch_register_offset("regs[30"), -1);
#endif
}

TEST(registers_are_words_with_names_of_their_own)
{
	for (const struct arch_register *r = arch_native.registers; r->name; r++) {
		CHECK_EQ(r->offset % 8, 0);
		for (const struct arch_register *other = r + 1; other->name; other++)
			CHECK(strcmp(r->name, other->name));
	}
	CHECK(arch_native.argument_count >= 6);
}
