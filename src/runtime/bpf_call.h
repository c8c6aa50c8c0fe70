/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bpf(2) calls that create maps and load programs, made directly: libbpf's wrappers of these
 * first load probe programs of their own to find out about memory accounting, which costs time and,
 * on some machines, complaints. Element access goes through libbpf.
 */
#ifndef BITTERN_RUNTIME_BPF_CALL_H
#define BITTERN_RUNTIME_BPF_CALL_H

#include <linux/bpf.h>
#include "util/base.h"

/* New map, or -errno. inner_fd: template of an ARRAY_OF_MAPS, else -1. */
int bpf_call_map_create(uint32_t type, const char *name, uint32_t key_size, uint32_t value_size,
			uint32_t max_entries, uint32_t flags, int inner_fd);

struct bpf_call_program {
	uint32_t type;    /* BPF_PROG_TYPE_* */
	const char *name; /* at most 15 characters of it are used */
	uint32_t attach_type;	/* expected_attach_type, BPF_TRACE_*, or 0 */
	uint32_t attach_btf_id; /* BPF_PROG_TYPE_TRACING: the target's type; else 0 */
	int attach_fd; /* whose BTF that is: of a module, or a BPF program; 0: the kernel's */
	const char *license; /* NULL: GPL */
	const struct bpf_insn *insns;
	uint32_t insn_count;
	int btf_fd; /* -1: none, then no infos either */
	const void *func_infos, *line_infos;
	uint32_t func_info_count, func_info_size, line_info_count, line_info_size;
	char *log; /* NULL: no log */
	uint32_t log_size;
};
/* New program, or -errno. */
int bpf_call_prog_load(const struct bpf_call_program *p);
/* New BTF object, or -errno. */
int bpf_call_btf_load(const void *bytes, uint32_t size);
/* How often the kernel skipped the program because it was already running; 0 if unknown. */
uint64_t bpf_call_recursion_misses(int prog_fd);

#endif
