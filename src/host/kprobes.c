/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which ways of attaching to its functions the kernel has.
 *
 * Kprobes are perf events of a type of their own (since 4.17, e12f03d7031a), whose number is in
 * sysfs. Links that take many functions at once came with 5.18 (0dcac2725406), and are there only
 * in kernels with CONFIG_FPROBE; one whose list of names lies at an unreadable address is refused as
 * such by kernels that have them, and as nonsense by all others.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include "host/host_private.h"

#define EVENT_SOURCE "/sys/bus/event_source/devices/kprobe/"

static int read_number(const char *path, const char *format, unsigned int *out)
{
	auto_fclose FILE *f = fopen(path, "re");

	return f && fscanf(f, format, out) == 1 ? 0 : -ENOENT;
}

int host_kprobe_event(struct host *h, uint32_t *type, uint64_t *return_config)
{
	unsigned int bit;
	int err;

	(void)h;
	if (host_pretends_missing("kprobe"))
		return -ENOENT;
	err = read_number(EVENT_SOURCE "type", "%u", type);
	err = err ?: read_number(EVENT_SOURCE "format/retprobe", "config:%u", &bit);
	if (!err)
		*return_config = 1ull << bit;
	return err;
}

static int load_trivial(uint32_t attach_type)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_KPROBE;
	attr.expected_attach_type = attach_type;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = ARRAY_SIZE(insns);
	attr.license = (uintptr_t) "GPL";
	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static bool try_link(uint32_t attach_type)
{
	auto_close int program = load_trivial(attach_type);
	union bpf_attr attr;

	if (program < 0)
		return false;
	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (uint32_t)program;
	attr.link_create.attach_type = attach_type;
	attr.link_create.kprobe_multi.cnt = 1;
	attr.link_create.kprobe_multi.syms = 1;
	return syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr)) < 0 && errno == EFAULT;
}

bool host_has_kprobe_links(struct host *h, uint32_t attach_type)
{
	bool is_session = attach_type == HOST_TRACE_KPROBE_SESSION;
	uint8_t *answer = &h->kprobe_links[is_session];

	if (!*answer)
		*answer = 1 + (!host_pretends_missing(is_session ? "kprobe_session" :
								   "kprobe_multi") &&
			       try_link(attach_type));
	return *answer == 2;
}
