/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which helpers and kernel functions BPF programs may call here, and which instructions they may use.
 *
 * What has been there since BASELINE is taken for granted. Anything newer is tried out, once per
 * run and program type, by loading a program that consists of the call: the verifier looks the
 * function up before it looks at arguments, and its first words tell a function the kernel does not
 * have from one that this type of program may not call and from one it merely calls wrongly. 60 to
 * 100 µs each, and it sees what a version number does not: backports and configuration.
 *
 * Kernel functions have to be in the kernel's BTF too, by which they are called.
 *
 * BITTERN_WITHOUT (for tests): names, separated by blanks, to be taken for missing.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include "host/host_private.h"

#define RELEASE(major, minor) ((major) * 1000 + (minor))
#define BASELINE	      RELEASE(5, 10)
#define LOG_SIZE	      4096

#define ZERO_RESULT { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 }
#define EXIT	    { .code = BPF_JMP | BPF_EXIT }

static const struct host_function helpers[] = {
#define HELPER(name, major, minor, commit, instead)                                                \
	[BPF_FUNC_##name] = { "bpf_" #name, RELEASE(major, minor), #major "." #minor, commit,      \
			      instead },
#include "host/helpers.def"
#undef HELPER
};

static const struct host_function kfuncs[] = {
#define KFUNC(name, major, minor, commit, instead)                                                 \
	{ #name, RELEASE(major, minor), #major "." #minor, commit, instead },
#include "host/kfuncs.def"
#undef KFUNC
};

const struct host_function *host_helper(int id)
{
	if (id < 0 || (size_t)id >= ARRAY_SIZE(helpers) || !helpers[id].name)
		return NULL;
	return &helpers[id];
}

const struct host_function *host_kfunc(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kfuncs); i++) {
		if (!strcmp(kfuncs[i].name, name))
			return &kfuncs[i];
	}
	return NULL;
}

void host_each_function(void (*fn)(const struct host_function *f, void *context), void *context)
{
	for (size_t i = 0; i < ARRAY_SIZE(helpers); i++) {
		if (helpers[i].release > BASELINE)
			fn(&helpers[i], context);
	}
	for (size_t i = 0; i < ARRAY_SIZE(kfuncs); i++)
		fn(&kfuncs[i], context);
}

/* --- trying out ------------------------------------------------------------------------------- */

/* BPF_PROG_TYPE_TRACING programs belong to a function or tracepoint; any will do. */
static void choose_target(struct host *h, union bpf_attr *attr, const struct bpf_insn *call)
{
	bool needs_trampoline = call->imm == BPF_FUNC_get_func_ret && !call->src_reg &&
				call->code == (BPF_JMP | BPF_CALL);
	uint32_t id;

	if (attr->prog_type != BPF_PROG_TYPE_TRACING)
		return;
	attr->expected_attach_type = needs_trampoline ? BPF_TRACE_FEXIT : BPF_TRACE_RAW_TP;
	if (!host_btf_find(h, needs_trampoline ? "vfs_read" : "btf_trace_sched_switch",
			   needs_trampoline ? BTF_KIND_FUNC : BTF_KIND_TYPEDEF, &id))
		attr->attach_btf_id = id;
}

/* What the verifier says to a program of these instructions; "" if it takes it. */
static void try_program(struct host *h, uint32_t prog_type, const struct bpf_insn *insns,
			uint32_t count, char *log)
{
	union bpf_attr attr;
	long fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = prog_type;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = count;
	attr.license = (uintptr_t) "GPL";
	attr.log_buf = (uintptr_t)log;
	attr.log_size = LOG_SIZE;
	attr.log_level = 1;
	choose_target(h, &attr, insns);
	log[0] = '\0';
	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		return;
	close((int)fd);
	log[0] = '\0';
}

/* Beginnings of complaints, of kernels from 5.8 to 6.18. A log without any of them says that the
 * call itself is all right, or nothing at all (no permission): the real program will tell. */
static const struct {
	const char *text;
	enum host_support support;
} complaints[] = {
	{ "invalid func unknown#", SUPPORT_NONE },	/* beyond the last helper it knows */
	{ "unknown func ", SUPPORT_NOT_HERE },		/* until 6.11 */
	{ "program of this type cannot use helper ", SUPPORT_NOT_HERE },
	{ "is not allowed", SUPPORT_NOT_HERE },		/* calling kernel function X … */
};

/* --- instructions ----------------------------------------------------------------------------- */

#ifndef BPF_ATOMIC
#define BPF_ATOMIC BPF_XADD /* the same code; since 5.12 with the operation as its constant */
#endif
#ifndef BPF_FETCH
#define BPF_FETCH 0x01
#endif

#define ZERO_ON_STACK { .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_10, .off = -8 }

/* The first instruction that is refused for what it is ends the check; older kernels say "BPF_STX uses
 * reserved fields", others perhaps other things: all that counts is whether the program loads. */
static const struct {
	const char *name; /* in BITTERN_WITHOUT */
	struct bpf_insn insns[4];
} instructions[INSTRUCTION_COUNT] = {
	/* Atomics that tell what was there before, and all but the sum: 5.12, 5ca419f2864a and
	 * 5ffa25502b5a. */
	[INSTRUCTION_FETCH] = { "fetch", {
		ZERO_ON_STACK,
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = BPF_REG_10,
		  .src_reg = BPF_REG_0, .off = -8, .imm = BPF_ADD | BPF_FETCH },
		EXIT,
	} },
};

static enum host_support try_out(struct host *h, uint32_t prog_type, struct bpf_insn call)
{
	const struct bpf_insn insns[] = { call, ZERO_RESULT, EXIT };
	auto_free char *log = xmalloc(LOG_SIZE);

	try_program(h, prog_type, insns, ARRAY_SIZE(insns), log);
	for (size_t i = 0; i < ARRAY_SIZE(complaints); i++) {
		if (strstr(log, complaints[i].text))
			return complaints[i].support;
	}
	return SUPPORT_YES;
}

/* --- answers ---------------------------------------------------------------------------------- */

bool host_pretends_missing(const char *name)
{
	const char *list = getenv("BITTERN_WITHOUT"), *hit;
	size_t len = strlen(name);

	for (hit = list; hit && (hit = strstr(hit, name)); hit += len) {
		if ((hit == list || hit[-1] == ' ') && (!hit[len] || hit[len] == ' '))
			return true;
	}
	return false;
}

/* The cached answer about a function, made by the first question. */
static struct function_support *find_answer(struct host *h, const char *name, uint32_t prog_type,
					    bool *is_new)
{
	auto_strbuf struct strbuf key = STRBUF_INIT;
	struct function_support *answer;

	strbuf_printf(&key, "%u %s", prog_type, name);
	answer = strmap_get(&h->functions, key.text);
	*is_new = !answer;
	if (answer)
		return answer;
	answer = ARENA_NEW(&h->arena, struct function_support);
	strmap_set(&h->functions, key.text, answer);
	return answer;
}

bool host_has_instruction(struct host *h, enum host_instruction instruction)
{
	const char *name = instructions[instruction].name;
	struct function_support *answer;
	bool is_new;

	if (host_pretends_missing(name))
		return false;
	answer = find_answer(h, name, BPF_PROG_TYPE_RAW_TRACEPOINT, &is_new);
	if (is_new) {
		auto_free char *log = xmalloc(LOG_SIZE);
		try_program(h, BPF_PROG_TYPE_RAW_TRACEPOINT, instructions[instruction].insns,
			    ARRAY_SIZE(instructions[instruction].insns), log);
		answer->support = *log ? SUPPORT_NONE : SUPPORT_YES;
	}
	return answer->support == SUPPORT_YES;
}

enum host_support host_has_helper(struct host *h, int id, uint32_t prog_type)
{
	const struct host_function *f = host_helper(id);
	struct function_support *answer;
	bool is_new;

	if (!f)
		return SUPPORT_YES;
	if (host_pretends_missing(f->name + strlen("bpf_")))
		return SUPPORT_NONE;
	if (f->release <= BASELINE && id != BPF_FUNC_override_return) /* CONFIG_BPF_KPROBE_OVERRIDE */
		return SUPPORT_YES;
	answer = find_answer(h, f->name, prog_type, &is_new);
	if (is_new)
		answer->support = try_out(h, prog_type, (struct bpf_insn){
			.code = BPF_JMP | BPF_CALL, .imm = id });
	return answer->support;
}

enum host_support host_has_kfunc(struct host *h, const char *name, uint32_t prog_type)
{
	struct function_support *answer;
	bool is_new;
	uint32_t id;

	if (host_pretends_missing(name) || host_btf_find(h, name, BTF_KIND_FUNC, &id))
		return SUPPORT_NONE;
	answer = find_answer(h, name, prog_type, &is_new);
	if (is_new)
		answer->support = try_out(h, prog_type, (struct bpf_insn){
			.code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL,
			.imm = (int32_t)id });
	return answer->support;
}

bool host_locates_variable(struct host *h, uint32_t btf_id)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_BTF_ID, .imm = (int32_t)btf_id },
		{ 0 },
		ZERO_RESULT,
		EXIT,
	};
	auto_free char *log = xmalloc(LOG_SIZE);

	try_program(h, BPF_PROG_TYPE_RAW_TRACEPOINT, insns, ARRAY_SIZE(insns), log);
	return !strstr(log, "failed to find the address");
}
