/* SPDX-License-Identifier: Apache-2.0 */
/* See bpf_call.h. */
#include "runtime/bpf_call.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define LOAD_ATTEMPTS 5 /* the verifier answers EAGAIN when a signal is pending */

static int call(int command, union bpf_attr *attr)
{
	long fd = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return fd < 0 ? -errno : (int)fd;
}

/* Kernels before 5.11 charge BPF memory to RLIMIT_MEMLOCK and say EPERM: try once more with the
 * limit raised. Silent, for on later kernels it does not matter. */
static int call_with_memory(int command, union bpf_attr *attr)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	int fd = call(command, attr);

	if (fd == -EPERM && !setrlimit(RLIMIT_MEMLOCK, &limit))
		fd = call(command, attr);
	return fd;
}

/* The kernel takes letters, digits, `_` and `.`. */
static void copy_name(char *to, const char *name)
{
	for (size_t i = 0; name[i] && i < BPF_OBJ_NAME_LEN - 1; i++)
		to[i] = isalnum((unsigned char)name[i]) || name[i] == '.' ? name[i] : '_';
}

int bpf_call_map_create(uint32_t type, const char *name, uint32_t key_size, uint32_t value_size,
			uint32_t max_entries, uint32_t flags, int inner_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	attr.key_size = key_size;
	attr.value_size = value_size;
	attr.max_entries = max_entries;
	attr.map_flags = flags;
	if (inner_fd >= 0)
		attr.inner_map_fd = (uint32_t)inner_fd;
	copy_name(attr.map_name, name);
	return call_with_memory(BPF_MAP_CREATE, &attr);
}

int bpf_call_prog_load(const struct bpf_call_program *p)
{
	union bpf_attr attr;
	int fd = -EAGAIN;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = p->type;
	attr.insns = (uintptr_t)p->insns;
	attr.insn_cnt = p->insn_count;
	attr.license = (uintptr_t)(p->license ?: "GPL");
	copy_name(attr.prog_name, p->name);
	attr.expected_attach_type = p->attach_type;
	attr.attach_btf_id = p->attach_btf_id;
	if (p->attach_btf_id)
		attr.attach_prog_fd = (uint32_t)p->attach_fd; /* or attach_btf_obj_fd: one place */
	if (p->btf_fd >= 0) {
		attr.prog_btf_fd = (uint32_t)p->btf_fd;
		attr.func_info = (uintptr_t)p->func_infos;
		attr.func_info_cnt = p->func_info_count;
		attr.func_info_rec_size = p->func_info_size;
		attr.line_info = (uintptr_t)p->line_infos;
		attr.line_info_cnt = p->line_info_count;
		attr.line_info_rec_size = p->line_info_size;
	}
	if (p->log) {
		attr.log_buf = (uintptr_t)p->log;
		attr.log_size = p->log_size;
		attr.log_level = 1;
	}
	for (int i = 0; fd == -EAGAIN && i < LOAD_ATTEMPTS; i++)
		fd = call_with_memory(BPF_PROG_LOAD, &attr);
	return fd;
}

int bpf_call_btf_load(const void *bytes, uint32_t size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.btf = (uintptr_t)bytes;
	attr.btf_size = size;
	return call_with_memory(BPF_BTF_LOAD, &attr);
}

uint64_t bpf_call_recursion_misses(int prog_fd)
{
	struct bpf_prog_info info;
	union bpf_attr attr;

	memset(&info, 0, sizeof(info));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)prog_fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	return call(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0 ? 0 : info.recursion_misses;
}
