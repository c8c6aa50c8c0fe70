/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers and the syscall interface of the CPU this is built for.
 *
 * Offsets are those of the kernel's struct pt_regs, which is <asm/ptrace.h>'s struct on x86-64 and
 * starts with struct user_pt_regs on arm64, followed by orig_x0 and syscallno (arch/arm64/include/
 * asm/ptrace.h). Names are those of reg(). System call numbers come from the installed uapi headers
 * at build time (syscalls.awk makes syscall_table.h from what the compiler's preprocessor says).
 */
#include <stdio.h>
#include <string.h>
#include <asm/ptrace.h>
#include "arch/arch.h"

#if defined(__x86_64__)

#define REG(field) ((uint16_t)offsetof(struct pt_regs, field))

static const struct arch_register registers[] = {
	{ "r15", REG(r15) }, { "r14", REG(r14) },	{ "r13", REG(r13) },
	{ "r12", REG(r12) }, { "bp", REG(rbp) },	{ "bx", REG(rbx) },
	{ "r11", REG(r11) }, { "r10", REG(r10) },	{ "r9", REG(r9) },
	{ "r8", REG(r8) },   { "ax", REG(rax) },	{ "cx", REG(rcx) },
	{ "dx", REG(rdx) },  { "si", REG(rsi) },	{ "di", REG(rdi) },
	{ "orig_rax", REG(orig_rax) }, { "ip", REG(rip) }, { "pc", REG(rip) },
	{ "cs", REG(cs) },   { "flags", REG(eflags) },	{ "sp", REG(rsp) },
	{ "ss", REG(ss) },
	{ NULL, 0 },
};

static const uint16_t arguments[] = { REG(rdi), REG(rsi), REG(rdx), REG(rcx), REG(r8), REG(r9) };

const struct arch arch_native = {
	.name = "x86_64",
	.registers = registers,
	.arguments = arguments,
	.argument_count = ARRAY_SIZE(arguments),
	.return_value = REG(rax),
	.instruction_pointer = REG(rip),
	.breakpoint_bytes = 1, /* int3 */
	.syscall_number = REG(orig_rax),
	.syscall_arguments = { REG(rdi), REG(rsi), REG(rdx), REG(r10), REG(r8), REG(r9) },
	.user_register = REG(cs),
	.user_mask = 3, /* privilege level 3 */
	.compat_status_bit = 0x2, /* TS_COMPAT, arch/x86/include/asm/thread_info.h */
};

#elif defined(__aarch64__)

#define X(n) ((uint16_t)((n) * 8))
#define ORIG_X0	   ((uint16_t)sizeof(struct user_pt_regs))
#define SYSCALL_NO ((uint16_t)(sizeof(struct user_pt_regs) + 8))

static const struct arch_register registers[] = {
	{ "r0", X(0) },	  { "r1", X(1) },   { "r2", X(2) },   { "r3", X(3) },	{ "r4", X(4) },
	{ "r5", X(5) },	  { "r6", X(6) },   { "r7", X(7) },   { "r8", X(8) },	{ "r9", X(9) },
	{ "r10", X(10) }, { "r11", X(11) }, { "r12", X(12) }, { "r13", X(13) }, { "r14", X(14) },
	{ "r15", X(15) }, { "r16", X(16) }, { "r17", X(17) }, { "r18", X(18) }, { "r19", X(19) },
	{ "r20", X(20) }, { "r21", X(21) }, { "r22", X(22) }, { "r23", X(23) }, { "r24", X(24) },
	{ "r25", X(25) }, { "r26", X(26) }, { "r27", X(27) }, { "r28", X(28) }, { "r29", X(29) },
	{ "r30", X(30) }, { "sp", X(31) },  { "pc", X(32) },  { "pstate", X(33) },
	/* Registers of 32-bit programs, as the kernel calls them. */
	{ "compat_fp", X(11) }, { "compat_sp", X(13) }, { "compat_lr", X(14) },
	{ NULL, 0 },
};

static const uint16_t arguments[] = { X(0), X(1), X(2), X(3), X(4), X(5), X(6), X(7) };

/* Compat tasks are told by thread_info.flags here (TIF_32BIT), not by a status word. */
const struct arch arch_native = {
	.name = "aarch64",
	.registers = registers,
	.arguments = arguments,
	.argument_count = ARRAY_SIZE(arguments),
	.return_value = X(0),
	.instruction_pointer = X(32),
	.syscall_number = SYSCALL_NO,
	.syscall_arguments = { ORIG_X0, X(1), X(2), X(3), X(4), X(5) },
	.compat_status_bit = 0,
};

#else
#error "bittern knows the registers of x86_64 and aarch64 only"
#endif

static const struct arch_register *find_register(const char *name)
{
	for (const struct arch_register *r = arch_native.registers; r->name; r++) {
		if (!strcmp(r->name, name))
			return r;
	}
	return NULL;
}

/* arm64's general registers are an array in struct pt_regs and can be written so: regs[5] is r5. */
int arch_register_offset(const char *name)
{
	const struct arch_register *r = find_register(name);
	unsigned int number;
	char plain[16];
	int len = 0;

	if (!r && sscanf(name, "regs[%2u]%n", &number, &len) == 1 && len && !name[len] &&
	    find_register("r30")) {
		snprintf(plain, sizeof(plain), "r%u", number);
		r = find_register(plain);
	}
	return r ? r->offset : -1;
}

/* Names by number; numbers that name nothing are NULL. */
static const char *const syscall_names[] = {
#include "arch/syscall_table.h"
};

int arch_syscall_number(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(syscall_names); i++) {
		if (syscall_names[i] && !strcmp(syscall_names[i], name))
			return (int)i;
	}
	return -1;
}

const char *arch_syscall_name(unsigned int number)
{
	return number < ARRAY_SIZE(syscall_names) ? syscall_names[number] : NULL;
}
