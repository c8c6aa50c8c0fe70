/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What compiler and run time both know of system call events: names, and where compat tasks show.
 * The run time's half is dispatch.c.
 */
#include <errno.h>
#include <string.h>
#include "arch/arch.h"
#include "probes/syscalls.h"

/* Events whose function is not named like the call: SYSCALL_DEFINE names of the kernel's fs/stat.c,
 * fs/read_write.c, kernel/sys.c, fs/namespace.c and mm/fadvise.c. */
static const struct {
	const char *event, *call;
} renamed[] = {
	{ "newstat", "stat" },	     { "newlstat", "lstat" },	{ "newfstat", "fstat" },
	{ "newuname", "uname" },     { "sendfile64", "sendfile" }, { "umount", "umount2" },
	{ "fadvise64_64", "fadvise64" },
};

int probes_syscall_number(const char *event_suffix)
{
	int number = arch_syscall_number(event_suffix);

	for (size_t i = 0; number < 0 && i < ARRAY_SIZE(renamed); i++) {
		if (!strcmp(renamed[i].event, event_suffix))
			number = arch_syscall_number(renamed[i].call);
	}
	return number;
}

int probes_compat_offset(struct host *h, uint32_t *offset)
{
	uint32_t thread_info, status, size;

	if (!arch_native.compat_status_bit)
		return -ENOENT;
	/* thread_info is the first member of task_struct (CONFIG_THREAD_INFO_IN_TASK, all x86 since
	 * 4.9), but its place is asked for all the same. */
	if (host_btf_member(h, "task_struct", "thread_info", &thread_info, &size) ||
	    host_btf_member(h, "thread_info", "status", &status, &size) || size != 4)
		return -ENOENT;
	*offset = thread_info + status;
	return 0;
}
