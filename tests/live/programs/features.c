/* SPDX-License-Identifier: Apache-2.0 */
/*
 * features: what this kernel can do, found out by trying it.
 *
 * features WORD: succeeds if the feature is there; else prints what is missing and ends with status 77, with
 * 2 for a word that it does not know.
 * features: prints each word with `yes` or what is missing.
 *
 * The NEEDS of tests are these words (tests/run_case.sh). It asks the kernel directly and shares nothing with
 * bittern, so that what bittern fails to detect is no reason to skip its test.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Of later headers than the oldest we build with. */
enum {
	ATTACH_FENTRY = 24,
	ATTACH_FEXIT = 25,
	ATTACH_ITER = 28,
	ATTACH_PERF_EVENT = 41,
	ATTACH_KPROBE_MULTI = 42,
	ATTACH_UPROBE_MULTI = 48,
	ATTACH_KPROBE_SESSION = 56,
	ATTACH_UPROBE_SESSION = 57,
};

struct feature {
	const char *name;
	const char *missing; /* what a skipped test says */
	int (*probe)(const struct feature *f); /* 0 or -errno */
	uint32_t number;     /* helper or attach type */
	const char *word;    /* path or function */
};

/* BPF_LINK_CREATE of newer kernels than the headers may know. */
struct link_request {
	uint32_t prog_fd, target_fd, attach_type, flags;
	union {
		struct {
			uint32_t flags, count;
			uint64_t symbols, addresses, cookies;
		} kprobe_multi;
		struct {
			uint64_t path, offsets, ref_ctr_offsets, cookies;
			uint32_t count, flags, pid, unused;
		} uprobe_multi;
		uint64_t perf_cookie;
	};
};

static char log_text[16384];

static long bpf(int command, void *attr, size_t size)
{
	long result = syscall(SYS_bpf, command, attr, size);

	return result < 0 ? -errno : result;
}

static const struct bpf_insn nothing[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 }, /* r0 = 0 */
	{ .code = BPF_JMP | BPF_EXIT },
};

/* With what the verifier says in log_text, unless level is 0. */
static int load_logged(uint32_t type, uint32_t attach_type, uint32_t btf_id, const struct bpf_insn *code,
		       uint32_t n, uint32_t level)
{
	union bpf_attr attr = {
		.prog_type = type,
		.expected_attach_type = attach_type,
		.insns = (uintptr_t)code,
		.insn_cnt = n,
		.license = (uintptr_t) "GPL",
		.log_buf = level ? (uintptr_t)log_text : 0,
		.log_size = level ? sizeof(log_text) : 0,
		.log_level = level,
	};

	attr.attach_btf_id = btf_id;
	log_text[0] = '\0';
	return bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int load(uint32_t type, uint32_t attach_type, uint32_t btf_id, const struct bpf_insn *code, uint32_t n)
{
	return load_logged(type, attach_type, btf_id, code, n, 1);
}

static int fd_result(int fd)
{
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int probe_load(const struct feature *f)
{
	(void)f;
	return fd_result(load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0, nothing, 2));
}

static int probe_path(const struct feature *f)
{
	int fd = open(f->word, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd_result(fd);
}

static int probe_tracefs(const struct feature *f)
{
	(void)f;
	return access("/sys/kernel/tracing/events", R_OK) && access("/sys/kernel/debug/tracing/events", R_OK) ?
		-errno : 0;
}

static int probe_module_btf(const struct feature *f)
{
	(void)f;
	return system("ls /sys/kernel/btf 2>/dev/null | grep -q -v -x vmlinux") ? -ENOENT : 0;
}

static int probe_variables(const struct feature *f)
{
	(void)f;
	return system("grep -q ' runqueues$' /proc/kallsyms") ? -ENOENT : 0;
}

/* A program that does nothing but call it: what is wrong with its arguments tells that it is known. */
static int probe_helper(const struct feature *f)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = (int)f->number },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = load(BPF_PROG_TYPE_KPROBE, 0, 0, code, 2);

	if (fd >= 0)
		return fd_result(fd);
	if (fd == -EPERM || strstr(log_text, "invalid func ") || strstr(log_text, "unknown func "))
		return fd == -EPERM ? fd : -EINVAL;
	return 0;
}

static int probe_atomic_fetch(const struct feature *f)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = 10, .src_reg = 0, .off = -8 },
		{ .code = BPF_STX | 0xc0 | BPF_DW, .dst_reg = 10, .src_reg = 0, .off = -8, .imm = 1 /* fetch */ },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	(void)f;
	return fd_result(load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0, code, 5));
}

/*
 * A loop of 60,000 instructions that the verifier follows turn by turn: a second at most for the million that
 * it allows. Emulated machines take minutes.
 */
static int probe_fast_verifier(const struct feature *f)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_JMP | BPF_JLT | BPF_K, .dst_reg = 0, .off = -2, .imm = 30000 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct timespec before, after;
	int error;

	(void)f;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	error = fd_result(load_logged(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0, code, 5, 0));
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	if (error)
		return error;
	return (after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec > 200000000 ?
		-EOPNOTSUPP : 0;
}

static int probe_large_keys(const struct feature *f)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_HASH,
		.key_size = 1024, /* more than a program's stack */
		.value_size = 8,
		.max_entries = 1,
	};

	(void)f;
	return fd_result(bpf(BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static int probe_large_values(const struct feature *f)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 24u << 20, /* more than kmalloc() gives */
		.max_entries = 1,
	};

	(void)f;
	return fd_result(bpf(BPF_MAP_CREATE, &attr, sizeof(attr)));
}

/* The line of a descriptor's fdinfo that begins with a word has a number other than 0. */
static bool has_number(int fd, const char *word)
{
	char path[64], line[256];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = !strncmp(line, word, strlen(word)) && atol(line + strlen(word)) > 0;
	if (f)
		fclose(f);
	return found;
}

/* Since 6.4 (90a5527d7686) fdinfo tells what a map takes; before, what its elements' sizes come to. */
static int probe_map_memory(const struct feature *f)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_RINGBUF, .max_entries = 65536 };
	int fd = bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
	bool is_told;

	(void)f;
	if (fd < 0)
		return -errno;
	is_told = has_number(fd, "memlock:");
	close(fd);
	return is_told ? 0 : -ENOENT;
}

/* A word of a file of tracefs. */
static int probe_event_member(const struct feature *f)
{
	char line[512];
	int result = -ENOENT;
	FILE *file = fopen("/sys/kernel/tracing/events/skb/kfree_skb/format", "re");

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, f->word))
			result = 0;
	if (file)
		fclose(file);
	return result;
}

/* What of BTF the probes of functions and iterators take: the number of a function. */
static const char *btf_name(const char *strings, const struct btf_header *h, uint32_t offset)
{
	return offset < h->str_len ? strings + offset : "";
}

static size_t btf_size(const struct btf_type *t)
{
	uint32_t n = t->info & 0xffff;

	switch (t->info >> 24 & 0x1f) {
	case BTF_KIND_ARRAY: return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION: return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM: return n * sizeof(struct btf_enum);
	case BTF_KIND_FUNC_PROTO: return n * sizeof(struct btf_param);
	case BTF_KIND_DATASEC: return n * sizeof(struct btf_var_secinfo);
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case 17 /* decl tag */: return 4;
	case 19 /* enum64 */: return n * 12;
	}
	return 0;
}

/* The bytes of the kernel's BTF, NULL if there is none. */
static char *read_btf(size_t *size)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n = -1;
	char *bytes = NULL;

	*size = 0;
	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st))
		bytes = malloc(st.st_size);
	while (bytes && (n = read(fd, bytes + *size, st.st_size - *size)) > 0)
		*size += n;
	close(fd);
	return bytes;
}

/* The number of the type of that kind and name. */
static int find_type(uint32_t kind, const char *name)
{
	size_t size;
	char *bytes = read_btf(&size);
	struct btf_header *h = (struct btf_header *)bytes;
	int id = 1, found = -ENOENT;

	if (!bytes)
		return -ENOENT;
	const char *strings = bytes + h->hdr_len + h->str_off;
	const char *at = bytes + h->hdr_len + h->type_off, *end = at + h->type_len;
	for (; at < end && found < 0; id++) {
		const struct btf_type *t = (const struct btf_type *)at;

		if ((t->info >> 24 & 0x1f) == kind && !strcmp(btf_name(strings, h, t->name_off), name))
			found = id;
		at += sizeof(*t) + btf_size(t);
	}
	free(bytes);
	return found;
}

static int probe_type(const struct feature *f)
{
	int id = find_type(f->number, f->word);

	return id < 0 ? id : 0;
}

static int load_tracing(uint32_t attach_type, const char *function)
{
	int id = find_type(BTF_KIND_FUNC, function);

	return id < 0 ? id : load(BPF_PROG_TYPE_TRACING, attach_type, id, nothing, 2);
}

static int probe_iterator(const struct feature *f)
{
	return fd_result(load_tracing(ATTACH_ITER, f->word));
}

/* As probe_helper(), in an iterator. */
static int probe_iterator_helper(const struct feature *f)
{
	static const char *const complaints[] = { "invalid func ", "unknown func ", "not allowed",
						  "cannot use helper" };
	const struct bpf_insn code[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = (int)f->number },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int id = find_type(BTF_KIND_FUNC, f->word);
	int fd = id < 0 ? id : load(BPF_PROG_TYPE_TRACING, ATTACH_ITER, id, code, 2);

	if (fd >= 0 || id < 0 || fd == -EPERM)
		return fd_result(fd);
	for (size_t i = 0; i < sizeof(complaints) / sizeof(*complaints); i++) {
		if (strstr(log_text, complaints[i]))
			return -EINVAL;
	}
	return 0;
}

/* Attached, not just loaded. */
static int probe_trampoline(const struct feature *f)
{
	union bpf_attr attr = { 0 };
	int program = load_tracing(f->number, f->word), link;

	if (program < 0)
		return program;
	attr.raw_tracepoint.prog_fd = program;
	link = bpf(BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr));
	close(program);
	return fd_result(link);
}

static int probe_kprobe_multi(const struct feature *f)
{
	const char *symbol = f->word;
	int program = load(BPF_PROG_TYPE_KPROBE, f->number, 0, nothing, 2), link;
	struct link_request r = { .prog_fd = program, .attach_type = f->number };

	if (program < 0)
		return program;
	r.kprobe_multi.count = 1;
	r.kprobe_multi.symbols = (uintptr_t)&symbol;
	link = bpf(BPF_LINK_CREATE, &r, sizeof(r));
	close(program);
	return fd_result(link);
}

/* "/" is no file that a program could be attached in: the kernel says so where it knows these links. */
static int probe_uprobe_multi(const struct feature *f)
{
	uint64_t offset = 0;
	int program = load(BPF_PROG_TYPE_KPROBE, f->number, 0, nothing, 2), link;
	struct link_request r = { .prog_fd = program, .attach_type = f->number };

	if (program < 0)
		return program;
	r.uprobe_multi.path = (uintptr_t) "/";
	r.uprobe_multi.offsets = (uintptr_t)&offset;
	r.uprobe_multi.count = 1;
	link = bpf(BPF_LINK_CREATE, &r, sizeof(r));
	close(program);
	return link == -EBADF ? 0 : link < 0 ? link : fd_result(link);
}

/* A link to a perf event, which may carry a cookie: no event is told from no such link. */
static int probe_perf_link(const struct feature *f)
{
	int program = load(BPF_PROG_TYPE_TRACEPOINT, 0, 0, nothing, 2), link;
	struct link_request r = { .prog_fd = program, .target_fd = -1, .attach_type = f->number };

	if (program < 0)
		return program;
	link = bpf(BPF_LINK_CREATE, &r, sizeof(r));
	close(program);
	return link == -EBADF ? 0 : link < 0 ? link : fd_result(link);
}

#define EVENT_SOURCE "/sys/bus/event_source/devices/"

static const struct feature features[] = {
	{ "bpf", "may not load BPF programs", probe_load, 0, NULL },
	{ "tracefs", "no readable tracefs", probe_tracefs, 0, NULL },
	{ "perf", "no perf events", probe_path, 0, "/proc/sys/kernel/perf_event_paranoid" },
	{ "btf", "the kernel has no BTF", probe_path, 0, "/sys/kernel/btf/vmlinux" },
	{ "module_btf", "no loaded module has BTF", probe_module_btf, 0, NULL },
	{ "variables", "the kernel's symbol table has no variables", probe_variables, 0, NULL },
	{ "traceable_functions", "available_filter_functions is not readable", probe_path,
	  0, "/sys/kernel/tracing/available_filter_functions" },
	{ "kprobe", "no kprobes", probe_path, 0, EVENT_SOURCE "kprobe/type" },
	{ "uprobe", "no uprobes", probe_path, 0, EVENT_SOURCE "uprobe/type" },
	{ "kprobe_multi", "no kprobe_multi links", probe_kprobe_multi, ATTACH_KPROBE_MULTI, "vfs_read" },
	{ "kprobe_session", "no kprobe session links", probe_kprobe_multi, ATTACH_KPROBE_SESSION, "vfs_read" },
	{ "uprobe_multi", "no uprobe_multi links", probe_uprobe_multi, ATTACH_UPROBE_MULTI, NULL },
	{ "uprobe_session", "no uprobe session links", probe_uprobe_multi, ATTACH_UPROBE_SESSION, NULL },
	{ "perf_link", "no links to perf events", probe_perf_link, ATTACH_PERF_EVENT, NULL },
	{ "fentry", "no fentry", probe_trampoline, ATTACH_FENTRY, "vfs_read" },
	{ "fexit", "no fexit", probe_trampoline, ATTACH_FEXIT, "vfs_read" },
	{ "iter_task", "no iterator of tasks", probe_iterator, 0, "bpf_iter_task" },
	{ "iter_task_file", "no iterator of open files", probe_iterator, 0, "bpf_iter_task_file" },
	{ "iter_task_vma", "no iterator of memory areas", probe_iterator, 0, "bpf_iter_task_vma" },
	{ "iter_bpf_map", "no iterator of maps", probe_iterator, 0, "bpf_iter_bpf_map" },
	{ "iter_bpf_prog", "no iterator of programs", probe_iterator, 0, "bpf_iter_bpf_prog" },
	{ "iter_bpf_link", "no iterator of links", probe_iterator, 0, "bpf_iter_bpf_link" },
	{ "iter_tcp", "no iterator of TCP sockets", probe_iterator, 0, "bpf_iter_tcp" },
	{ "iter_udp", "no iterator of UDP sockets", probe_iterator, 0, "bpf_iter_udp" },
	{ "iter_unix", "no iterator of Unix sockets", probe_iterator, 0, "bpf_iter_unix" },
	{ "iter_netlink", "no iterator of netlink sockets", probe_iterator, 0, "bpf_iter_netlink" },
	{ "iter_ksym", "no iterator of kernel symbols", probe_iterator, 0, "bpf_iter_ksym" },
	{ "iter_cgroup", "no iterator of cgroups", probe_iterator, 0, "bpf_iter_cgroup" },
	{ "iter_path", "no bpf_d_path() in iterators", probe_iterator_helper, 147, "bpf_iter_task_file" },
	{ "socket_cookie", "no bpf_get_socket_cookie() in tracing programs", probe_iterator_helper, 46,
	  "bpf_iter_task" },
	{ "iter_ipv6_route", "no iterator of IPv6 routes", probe_iterator, 0, "bpf_iter_ipv6_route" },
	{ "kfuncs", "no functions for BPF programs (kfuncs)", probe_type, BTF_KIND_FUNC, "bpf_task_from_pid" },
	{ "kfunc_tags", "BTF does not tell kfuncs from other functions", probe_type, 17 /* decl tag */, "bpf_kfunc" },
	{ "atomic_fetch", "no atomic instructions that return the old value", probe_atomic_fetch, 0, NULL },
	{ "for_each_map_elem", "no bpf_for_each_map_elem()", probe_helper, 164, NULL },
	{ "snprintf", "no bpf_snprintf(), with which flags and widths came to the trace buffer",
	  probe_helper, 165, NULL },
	{ "func_ip", "no bpf_get_func_ip()", probe_helper, 173, NULL },
	{ "cookie", "no bpf_get_attach_cookie()", probe_helper, 174, NULL },
	{ "bpf_loop", "no bpf_loop()", probe_helper, 181, NULL },
	{ "lookup_percpu", "no bpf_map_lookup_percpu_elem()", probe_helper, 195, NULL },
	{ "large_keys", "the keys of maps have at most 512 bytes", probe_large_keys, 0, NULL },
	{ "map_memory", "the kernel does not tell how much memory maps take", probe_map_memory, 0, NULL },
	{ "kfree_skb_rx_sk", "kfree_skb has no socket", probe_event_member, 0, "rx_sk" },
	{ "large_values", "a value of a map has at most 4 MiB", probe_large_values, 0, NULL },
	{ "btf_variables", "BTF does not know the kernel's variables", probe_type, BTF_KIND_VAR, "runqueues" },
	{ "fast_verifier", "the verifier is too slow here for a million instructions", probe_fast_verifier, 0, NULL },
	{ "ktime_tai", "no bpf_ktime_get_tai_ns()", probe_helper, 208, NULL },
};

/* What is missing, and why if that is not plain. */
static void print_missing(const struct feature *f, int error)
{
	printf("%s", f->missing);
	if (error != -ENOENT && error != -EINVAL && error != -EOPNOTSUPP && error != -E2BIG)
		printf(": %s", strerror(-error));
	printf("\n");
}

static int print_all(void)
{
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		int error = features[i].probe(&features[i]);

		printf("%-20s ", features[i].name);
		if (error)
			print_missing(&features[i], error);
		else
			printf("yes\n");
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return print_all();
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		if (strcmp(argv[1], features[i].name) != 0)
			continue;
		int error = features[i].probe(&features[i]);

		if (error)
			print_missing(&features[i], error);
		return error ? 77 : 0;
	}
	fprintf(stderr, "features: unknown word '%s'\n", argv[1]);
	return 2;
}
