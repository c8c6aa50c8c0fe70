/* SPDX-License-Identifier: Apache-2.0 */
/* Registers and the syscall interface of the CPU this is built for. */
#ifndef BITTERN_ARCH_ARCH_H
#define BITTERN_ARCH_ARCH_H

#include "util/base.h"

#define ARCH_SYSCALL_ARGS 6

struct arch_register {
	const char *name;
	uint16_t offset; /* bytes into the kernel's struct pt_regs; each is 8 bytes */
};

struct arch {
	const char *name;
	const struct arch_register *registers; /* for reg("name"); ends with name NULL */
	const uint16_t *arguments;	       /* pt_regs offsets of the ABI's integer arguments */
	uint32_t argument_count;
	uint16_t return_value;			       /* pt_regs offset */
	uint16_t instruction_pointer;		       /* pt_regs offset */
	uint16_t breakpoint_bytes; /* by which it is behind a kprobe */
	uint16_t syscall_number;		       /* pt_regs offset: orig_rax */
	uint16_t syscall_arguments[ARCH_SYSCALL_ARGS]; /* pt_regs offsets, kernel entry ABI */
	/* pt_regs offset of the register whose bits user_mask are all set in user mode; mask 0: there
	 * is none. */
	uint16_t user_register;
	uint64_t user_mask;
	/* thread_info.status bit that marks a 32-bit (compat) syscall; 0: there are none. */
	uint32_t compat_status_bit;
};

/* The machine's own. */
extern const struct arch arch_native;

/* Offset of a register in struct pt_regs by its name for reg(), or -1. */
int arch_register_offset(const char *name);
/* Number of a system call by its name without prefix ("openat"), or -1. From the uapi headers'
 * table at build time. */
int arch_syscall_number(const char *name);
/* Name of a system call, or NULL. Static. */
const char *arch_syscall_name(unsigned int number);

#endif
