/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See load_target.h. Types are looked up here and not by the compiler: their numbers are those of the
 * running kernel.
 *
 * The complaints are those of bpf_check_attach_target(), btf_distill_func_proto() and
 * check_attach_btf_id(), Linux 5.10 to 7.2. The verifier has them before it looks at a program, so the
 * first line of the log is enough.
 */
#include "runtime/load_target.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdarg.h>
#include <linux/btf.h>
#include <string.h>
#include "util/text.h"

static const struct {
	uint32_t attach_type, btf_kind;
	bool is_own;
} kinds[ATTACH_COUNT] = {
	[ATTACH_TYPED_TRACEPOINT] = { BPF_TRACE_RAW_TP, BTF_KIND_TYPEDEF, false },
	[ATTACH_ITERATOR] = { BPF_TRACE_ITER, BTF_KIND_FUNC, false },
	[ATTACH_KPROBE_MULTI] = { BPF_TRACE_KPROBE_MULTI, 0, false },
	[ATTACH_KRETPROBE_MULTI] = { BPF_TRACE_KPROBE_MULTI, 0, false },
	[ATTACH_KPROBE_SESSION] = { BPF_TRACE_KPROBE_MULTI, 0, false },
	[ATTACH_KRETPROBE_SESSION] = { BPF_TRACE_KPROBE_MULTI, 0, false },
	[ATTACH_FENTRY] = { BPF_TRACE_FENTRY, BTF_KIND_FUNC, true },
	[ATTACH_FEXIT] = { BPF_TRACE_FEXIT, BTF_KIND_FUNC, true },
};

bool load_target_is_own(enum program_attach attach)
{
	return kinds[attach].is_own;
}

PRINTF_LIKE(4, 5)
static int explain(char *why, size_t size, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, size, format, args);
	va_end(args);
	return err;
}

/* The tracepoint's typedef, the iterator's function; that it is not there is for the kernel to complain
 * of. */
static int find_by_name(struct host *h, const struct program *p,
			   const struct program_probe *probe, struct load_target *out)
{
	const struct program_function *f = &p->functions.items[probe->function];

	if (f->btf_target)
		host_btf_find(h, program_string(p, f->btf_target), kinds[probe->attach].btf_kind,
			      &out->btf_id);
	return 0;
}

static int find_bpf_program(const struct program *p, const struct program_probe *probe,
			    struct load_target *out, char *why, size_t size)
{
	const char *name = program_string(p, probe->event);
	struct host_bpf_function f;
	int fd = bpf_prog_get_fd_by_id((uint32_t)probe->number);

	if (fd < 0)
		return explain(why, size, fd, "the BPF program %d is no longer there",
			       probe->number);
	if (host_find_bpf_function((uint32_t)probe->number, name, &f)) {
		close(fd);
		return explain(why, size, -ENOENT, "the BPF program %d has no function %s",
			       probe->number, name);
	}
	out->btf_id = f.btf_id;
	out->fd = fd;
	return 0;
}

static int find_function(struct host *h, const struct program *p,
			 const struct program_probe *probe, struct load_target *out, char *why,
			 size_t size)
{
	const char *module = program_string(p, probe->target);
	const char *name = program_string(p, probe->event);
	struct btf_ref f;
	int fd, err = host_function_btf(h, module, name, &f);

	if (err)
		return explain(why, size, err, "%s has no function %s in its BTF", module, name);
	fd = host_module_btf_fd(h, f.module);
	if (fd < 0)
		return explain(why, size, fd, "the BTF of the module %s cannot be opened: %s",
			       module, strerror(-fd));
	out->btf_id = f.id;
	out->fd = fd;
	return 0;
}

int load_target_find(struct host *h, const struct program *p, const struct program_probe *probe,
		     struct load_target *out, char *why, size_t why_size)
{
	*out = (struct load_target){ .attach_type = kinds[probe->attach].attach_type };
	if (!kinds[probe->attach].is_own)
		return find_by_name(h, p, probe, out);
	if (!strcmp(program_string(p, probe->target), "bpf"))
		return find_bpf_program(p, probe, out, why, why_size);
	return find_function(h, p, probe, out, why, why_size);
}

void load_target_close(struct load_target *t)
{
	if (t->fd > 0)
		close(t->fd);
	t->fd = 0;
}

/* --- refusals --------------------------------------------------------------------------------- */

static const struct {
	const char *words, *phrase;
} complaints[] = {
	{ "with variable args is unsupported",
	  "it takes a variable number of arguments, which trampolines cannot pass on" },
	{ "arguments. Too many.", "it has more arguments than trampolines can pass on" },
	{ "has unsupported return type",
	  "it returns a struct, which trampolines cannot pass on" },
	{ " is unsupported.",
	  "it takes a struct by value, which this kernel's trampolines cannot pass on" },
	{ "has malformed void argument", "its BTF is malformed" },
	{ "The address of function",
	  "the kernel does not find its code: it was inlined or renamed when it was compiled" },
	{ "__noreturn function", "it never returns, so there is no exit to trace" },
	{ " is rejected", "running a BPF program calls it, so none can be attached to it" },
	{ "Tracing programs must provide btf_id", "this kernel has no BTF" },
	{ "FENTRY/FEXIT program can only be attached to another program annotated with BTF",
	  "that BPF program has no BTF" },
	{ "Can attach to only JITed progs", "that BPF program is interpreted, not compiled" },
	{ "Cannot recursively attach", "programs of fentry and fexit cannot be traced by others" },
	{ "Cannot extend fentry/fexit", "programs of fentry and fexit cannot be traced by others" },
	{ "doesn't exist", "that BPF program has no such function" },
	{ "Target program bound device mismatch", "that BPF program runs on a network device" },
};

bool load_target_refused(const struct program *p, const struct program_probe *probe, int err,
			 const char *log, char *why, size_t why_size)
{
	const char *name = program_string(p, probe->event);
	size_t line = strcspn(log, "\n");
	bool is_silent = !line || text_starts_with(log, "processed 0 insns");

	for (size_t i = 0; i < ARRAY_SIZE(complaints); i++) {
		const char *hit = strstr(log, complaints[i].words);

		if (hit && (size_t)(hit - log) < line) {
			snprintf(why, why_size, "%s", complaints[i].phrase);
			return true;
		}
	}
	if (!is_silent || (err != -EINVAL && err != -ENOENT))
		return false;
	/* Without a word it refuses what is in its btf_id_deny, until 6.14. */
	snprintf(why, why_size, "the kernel allows none at %s: running a BPF program may call it",
		 name);
	return true;
}
