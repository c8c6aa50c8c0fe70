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

TEST(registers_are_words_with_names_of_their_own)
{
	for (const struct arch_register *r = arch_native.registers; r->name; r++) {
		CHECK_EQ(r->offset % 8, 0);
		for (const struct arch_register *other = r + 1; other->name; other++)
			CHECK(strcmp(r->name, other->name) && r->offset != other->offset);
	}
	CHECK(arch_native.argument_count >= 6);
}
