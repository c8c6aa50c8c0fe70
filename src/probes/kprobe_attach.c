/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attaching kprobes and kretprobes.
 *
 * All probes of one program and one direction that were planned so share a kprobe_multi link, which
 * names the functions and lets the kernel look them up. If it refuses the list because of one of
 * them, the list is halved until that one is found: the rest is attached, and it is told by its
 * name. A session link is one for the call and the return of functions. Anything else is a perf event: the kernel's kprobe "PMU" with the function's name in its
 * attributes.
 */
#include <errno.h>
#include <string.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include "probes/types.h"
#include "util/text.h"

/* --- why not ---------------------------------------------------------------------------------- */

/* Tracepoints at about the same place as a function, by the beginning of its name. */
static const struct {
	const char *prefix, *category, *event;
} instead[] = {
	{ "__x64_sys_", "syscalls", "sys_enter_" },
	{ "__arm64_sys_", "syscalls", "sys_enter_" },
	{ "ksys_", "syscalls", "sys_enter_" },
	{ "do_sys_", "syscalls", "sys_enter_" },
	{ "vfs_", "syscalls", "sys_enter_" },
	{ "do_", "syscalls", "sys_enter_" },
	{ "", "*", "" },
};

static int take_event(const char *category, const char *event, void *context)
{
	struct strbuf *out = context;

	strbuf_printf(out, "tracepoint:%s:%s", category, event);
	return 1;
}

/* Appends the tracepoint to use instead of a function; nothing if there is none. */
static void find_tracepoint(struct attach_context *c, const char *function, struct strbuf *out)
{
	for (size_t i = 0; !out->len && i < ARRAY_SIZE(instead); i++) {
		auto_strbuf struct strbuf event = STRBUF_INIT;

		if (!text_starts_with(function, instead[i].prefix))
			continue;
		strbuf_printf(&event, "%s%s", instead[i].event,
			      function + strlen(instead[i].prefix));
		host_each_event(c->host, instead[i].category, event.text, take_event, out);
	}
}

static int explain_missing(struct attach_context *c, const struct program_probe *p)
{
	auto_strbuf struct strbuf event = STRBUF_INIT;

	if (p->event)
		find_tracepoint(c, program_string(c->program, p->event), &event);
	return attach_error(c, -EOPNOTSUPP, "this kernel has no kprobes (CONFIG_KPROBE_EVENTS); %s%s",
			    event.len ? "use " : "tracepoints show what the kernel does: bittern -l "
						 "'tracepoint:*'", strbuf_text(&event));
}

/* What the kernel meant by EINVAL or ENOENT. */
static const char *reason_of_function(struct attach_context *c, const struct program_probe *p)
{
	const char *name = program_string(c->program, p->event);
	const char *module = p->target ? program_string(c->program, p->target) : NULL;

	if (host_function_is_blacklisted(c->host, name))
		return "it is on the kernel's blacklist of kprobes";
	switch (host_traceable(c->host, module, name)) {
	case TRACEABLE_NOT_LISTED:
		return "the kernel does not let the function be traced (notrace)";
	case TRACEABLE_ABSENT:
		return "the kernel has no such function";
	case TRACEABLE_YES:
	case TRACEABLE_UNKNOWN:
		break;
	}
	return NULL;
}

static const struct {
	int err;
	const char *text;
} reasons[] = {
	{ -EILSEQ, "the offset lies inside an instruction" },
	{ -EADDRNOTAVAIL, "the kernel has several functions of that name and cannot choose; their "
			  "addresses are in /proc/kallsyms: kprobe:0xADDRESS with --unsafe" },
	{ -EBUSY, "something else has changed the code there" },
	{ -EPERM, "the kernel does not permit it: it needs CAP_SYS_ADMIN, and no lockdown" },
	{ -EACCES, "the kernel does not permit it: it needs CAP_SYS_ADMIN, and no lockdown" },
	{ -EOPNOTSUPP, "the kernel has no kretprobes, or not there" },
};

/* BTF knows the function, but there is no code of that name. */
static int explain_copies(struct attach_context *c, const struct program_probe *p, int err,
			  bool *is_told)
{
	auto_strbuf struct strbuf copies = STRBUF_INIT;
	uint64_t address;
	const char *name = program_string(c->program, p->event);

	*is_told = host_kernel_symbol(name, &address) == -ENOENT &&
		   probe_function_copies(name, &copies);
	if (!*is_told)
		return err;
	return attach_error(c, err, "the kernel has it only as %s: the compiler has put it into its "
				    "callers, or changed its arguments", copies.text);
}

struct extent {
	uint64_t start, end;
};

static int find_end(const struct kernel_symbol *symbol, void *context)
{
	struct extent *e = context;

	if (symbol->address > e->start && symbol->address < e->end)
		e->end = symbol->address;
	return 0;
}

/* Behind the next symbol. The kernel takes such offsets, or calls them the inside of an instruction. */
static bool is_outside(const struct program_probe *p, const char *name)
{
	struct extent e = { .end = UINT64_MAX };

	if (host_kernel_symbol(name, &e.start) || host_each_kernel_symbol(find_end, &e))
		return false;
	return p->offset >= e.end - e.start;
}

static int explain_refusal(struct attach_context *c, const struct program_probe *p, int err)
{
	const char *why = NULL;
	bool is_told = false;

	if (err == -ENOENT && p->event)
		explain_copies(c, p, err, &is_told);
	if (is_told)
		return err;

	if (p->event && p->offset && is_outside(p, program_string(c->program, p->event)))
		return attach_error(c, err, "the function ends before that offset");
	if (!p->event && (err == -ENOENT || err == -EINVAL))
		return attach_error(c, err, "there is no code that can be traced at that address");
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (reasons[i].err == err)
			why = reasons[i].text;
	}
	if (!why && p->event && !p->offset)
		why = reason_of_function(c, p);
	if (!why && p->offset && err == -EINVAL)
		why = "the offset lies outside of the function, inside an instruction, or where the "
		      "kernel allows no kprobe";
	return attach_error(c, err, "%s", why ?: strerror(-err));
}

/* --- perf events ------------------------------------------------------------------------------ */

static int function_event(struct attach_context *c, const struct program_probe *p, bool is_return,
			  struct perf_event_attr *attr, struct strbuf *name)
{
	uint64_t return_config = 0;
	uint32_t type;

	memset(attr, 0, sizeof(*attr));
	if (host_kprobe_event(c->host, &type, &return_config))
		return -ENOENT;
	attr->type = type;
	attr->config = is_return ? return_config : 0;
	attr->sample_period = 1;
	attr->config2 = p->offset;
	if (!p->event)
		return 0;
	if (p->target)
		strbuf_printf(name, "%s:", program_string(c->program, p->target));
	strbuf_add_text(name, program_string(c->program, p->event));
	attr->config1 = (uintptr_t)name->text;
	return 0;
}

static int attach_event(struct attach_context *c, const struct program_probe *p, bool is_return,
			struct probe_link *link)
{
	auto_strbuf struct strbuf name = STRBUF_INIT;
	struct perf_event_attr attr;
	unsigned int count;
	int fd;

	if (function_event(c, p, is_return, &attr, &name))
		return explain_missing(c, p);
	fd = attach_open_event(&attr, -1, (int)host_online_cpus(c->host, &count)[0]);
	if (fd >= 0)
		fd = attach_start_event(link, fd, c->function_fds[p->function]);
	return fd < 0 ? explain_refusal(c, p, fd) : 0;
}

int attach_kprobe(struct attach_context *c, const struct program_probe *p, struct probe_link *link)
{
	return attach_event(c, p, false, link);
}

int attach_kretprobe(struct attach_context *c, const struct program_probe *p,
		     struct probe_link *link)
{
	return attach_event(c, p, true, link);
}

/* --- links ------------------------------------------------------------------------------------ */

struct members {
	const struct program_probe **probes;
	const char **symbols;
	uint32_t count;
};

static bool is_session(const struct attach_context *c, const struct program_probe *p)
{
	return c->is_session && c->is_session[p->function];
}

static bool is_return(const struct program_probe *p)
{
	return p->attach == ATTACH_KRETPROBE_MULTI || p->attach == ATTACH_KRETPROBE_SESSION;
}

static int create_link(struct attach_context *c, const struct members *m, uint32_t first,
		       uint32_t count)
{
	const struct program_probe *p = m->probes[first];
	union bpf_attr attr;
	long fd;

	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (uint32_t)c->function_fds[p->function];
	attr.link_create.attach_type = is_session(c, p) ? HOST_TRACE_KPROBE_SESSION :
							  BPF_TRACE_KPROBE_MULTI;
	attr.link_create.kprobe_multi.cnt = count;
	attr.link_create.kprobe_multi.syms = (uintptr_t)&m->symbols[first];
	if (is_return(p))
		attr.link_create.kprobe_multi.flags = BPF_F_KPROBE_MULTI_RETURN;
	fd = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	return fd < 0 ? -errno : (int)fd;
}

/* What the kernel says to a list that has a function it does not trace. */
static bool is_about_one(int err)
{
	return err == -ESRCH || err == -EINVAL || err == -ENOENT;
}

static int link_members(struct attach_context *c, const struct members *m, uint32_t first,
			uint32_t count, struct probe_link *link)
{
	int fd = create_link(c, m, first, count), left, right;

	if (fd >= 0) {
		probe_link_add(link, fd);
		return 0;
	}
	if (count == 1) {
		attach_note_failure(c, m->probes[first], fd);
		return fd;
	}
	if (!is_about_one(fd))
		return fd;
	left = link_members(c, m, first, count / 2, link);
	right = link_members(c, m, first + count / 2, count - count / 2, link);
	return left ?: right;
}

static void find_members(struct attach_context *c, const struct program_probe *p,
			 struct members *out)
{
	const struct program *program = c->program;

	out->probes = xcalloc(program->probes.count, sizeof(*out->probes));
	out->symbols = xcalloc(program->probes.count, sizeof(*out->symbols));
	for (size_t i = 0; i < program->probes.count; i++) {
		const struct program_probe *other = &program->probes.items[i];

		if (other->function != p->function || other->attach != p->attach)
			continue;
		out->probes[out->count] = other;
		out->symbols[out->count++] = program_string(program, other->event);
	}
}

static int attach_link(struct attach_context *c, const struct program_probe *p,
		       struct probe_link *link)
{
	struct members m = { 0 };
	int err;

	find_members(c, p, &m);
	err = link_members(c, &m, 0, m.count, link);
	/* One that is refused keeps only itself from being attached, anything else all. */
	for (uint32_t i = 0; err && !is_about_one(err) && i < m.count; i++)
		attach_note_failure(c, m.probes[i], err);
	free(m.probes);
	free(m.symbols);
	return 0;
}

int attach_kprobe_multi(struct attach_context *c, const struct program_probe *p,
			struct probe_link *link)
{
	return attach_link(c, p, link);
}

int attach_session_return(struct attach_context *c, const struct program_probe *p,
			  struct probe_link *link)
{
	return is_session(c, p) ? 0 : attach_link(c, p, link); /* … it comes with the entry's link */
}

int attach_explain_function(struct attach_context *c, const struct program_probe *p, int err)
{
	return is_about_one(err) ? attach_error(c, err, "%s", reason_of_function(c, p) ?:
						"the kernel does not let the function be traced") :
				   explain_refusal(c, p, err);
}
