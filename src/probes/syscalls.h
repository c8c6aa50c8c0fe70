/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System call probes on the raw tracepoints sys_enter and sys_exit: what both halves know of them.
 *
 * tracepoint:syscalls:sys_enter_X fires for native calls only, so whoever stands on the raw tracepoint has
 * to leave out 32-bit tasks: their numbers mean other calls. The kernel's events do the same
 * (arch_trace_is_compat_syscall()).
 */
#ifndef BITTERN_PROBES_SYSCALLS_H
#define BITTERN_PROBES_SYSCALLS_H

#include "host/host.h"

/*
 * The number behind an event's name without sys_enter_/sys_exit_, or -1. Events are named after the
 * kernel's functions, which are not always named like their call (newstat is stat).
 */
int probes_syscall_number(const char *event_suffix);

/*
 * Where the test for a compat system call reads: offset in struct task_struct of a 32-bit word, to be
 * tested with arch_native.compat_status_bit. 0; -ENOENT if this CPU or kernel has no such calls.
 */
int probes_compat_offset(struct host *h, uint32_t *offset);

#endif
