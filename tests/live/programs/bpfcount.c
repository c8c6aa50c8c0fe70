/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpfcount: prints the numbers of BPF programs, maps and links the kernel holds.
 * bpfcount wait N: waits, 10 seconds at most, until there are no more than N programs.
 * bpfcount may-load: succeeds if this process may load BPF programs, else says why not.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static unsigned int count(int command)
{
	union bpf_attr attr = { 0 };
	unsigned int n = 0;

	while (!bpf(command, &attr)) {
		attr.start_id = attr.next_id;
		n++;
	}
	return n;
}

static int may_load(void)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 }, /* r0 = 0 */
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
		.insns = (uintptr_t)code,
		.insn_cnt = 2,
		.license = (uintptr_t)"GPL",
	};

	if (bpf(BPF_PROG_LOAD, &attr) >= 0)
		return 0;
	printf("may not load BPF programs: %s\n", strerror(errno));
	return 1;
}

static int wait_for(unsigned int limit)
{
	for (int i = 0; i < 1000; i++) {
		if (count(BPF_PROG_GET_NEXT_ID) <= limit)
			return 0;
		usleep(10000);
	}
	printf("there still are %u programs\n", count(BPF_PROG_GET_NEXT_ID));
	return 1;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "may-load"))
		return may_load();
	if (argc > 2 && !strcmp(argv[1], "wait"))
		return wait_for(atoi(argv[2]));
	printf("programs %u maps %u links %u\n", count(BPF_PROG_GET_NEXT_ID),
	       count(BPF_MAP_GET_NEXT_ID), count(BPF_LINK_GET_NEXT_ID));
	return 0;
}
