/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rawtracepoint: the kernel's tracepoints with the arguments the kernel's own code passes.
 *
 *	rawtracepoint:EVENT	rawtracepoint:MODULE:EVENT	both may be patterns
 *
 * Which there are and what they get is in BTF: a typedef btf_trace_EVENT for each. They are
 * attached as plain raw tracepoints; since their arguments are read with helpers, nothing is gained
 * by the BTF-typed kind. MODULE is "vmlinux" or that of a loaded module.
 *
 * Without BTF the events of tracefs tell the names, for each is made of a tracepoint of the same name, and
 * the arguments have numbers only: how many there are the kernel checks when the probe is attached.
 */
#include <errno.h>
#include <string.h>
#include <linux/bpf.h>
#include "probes/types.h"
#include "util/text.h"

static int raw_parse(struct probe_context *c, const struct probe_spec *spec, struct probe *out)
{
	out->target = spec->count > 2 ? spec->parts[1] : "*";
	out->event = spec->parts[spec->count - 1];
	if (!*out->event) {
		diag_error(c->diag, DIAG_PROBE_PARTS, spec->loc, "rawtracepoint needs an event");
		return -EINVAL;
	}
	if (host_has_btf(c->host) || c->is_choice || spec->count < 3 ||
	    !strcmp(out->target, "vmlinux"))
		return 0;
	diag_hint(diag_error(c->diag, DIAG_PROBE_NEEDS_BTF, spec->loc,
			     "which modules have which tracepoints is in the kernel's BTF, %s",
			     host_btf_absence(c->host)),
		  "leave the module out: rawtracepoint:%s", out->event);
	return -EINVAL;
}

#define ARGUMENTS_MAX 12 /* MAX_BPF_FUNC_ARGS */

struct each_event {
	int (*fn)(const char *module, const char *event, void *context);
	void *context;
};

static int pass_event(const char *category, const char *event, void *context)
{
	const struct each_event *e = context;

	/* These have no tracepoints of their own. */
	return strcmp(category, "syscalls") ? e->fn("vmlinux", event, e->context) : 0;
}

static int each_raw_tracepoint(struct host *h, const char *module, const char *event,
			       int (*fn)(const char *module, const char *event, void *context),
			       void *context)
{
	struct each_event e = { fn, context };

	return host_has_btf(h) ? host_each_raw_tracepoint(h, module, event, fn, context) :
				 host_each_event(h, "*", event, pass_event, &e);
}

struct expansion {
	struct probe_context *c;
	const struct probe *pattern;
	bool has_user_name;
	struct probe_list *out;
};

static int add_event(const char *module, const char *event, void *context)
{
	struct expansion *x = context;
	struct arena *a = x->c->arena;
	struct probe *p = arena_memdup(a, x->pattern, sizeof(*p));

	p->target = arena_strdup(a, module);
	p->event = arena_strdup(a, event);
	if (!x->has_user_name)
		p->name = arena_printf(a, "rawtracepoint:%s:%s", module, event);
	arena_vec_push(a, x->out, p);
	return 0;
}

static int compare_probes(const void *a, const void *b)
{
	return strcmp((*(struct probe *const *)a)->event, (*(struct probe *const *)b)->event);
}

static int offer_event(const char *module, const char *event, void *context)
{
	(void)module;
	text_nearest_offer(context, event);
	return 0;
}

static int report_module(struct probe_context *c, const struct probe *p)
{
	if (c->is_choice)
		return 0;
	diag_did_you_mean(diag_error(c->diag, DIAG_PROBE_MODULE, p->loc,
				     "%s: the module %s is not loaded", p->name, p->target),
			  host_module_nearest(c->host, p->target));
	return -EINVAL;
}

static int report_missing(struct probe_context *c, const struct probe *p)
{
	struct text_nearest nearest;
	const char *near = NULL;

	if (!text_has_glob(p->target) && !host_module_is_loaded(c->host, p->target))
		return report_module(c, p);
	text_nearest_init(&nearest, p->event);
	if (!text_has_glob(p->event) && !c->is_choice)
		each_raw_tracepoint(c->host, "*", "*", offer_event, &nearest);
	if (nearest.best)
		near = arena_printf(c->arena, "rawtracepoint:%s", nearest.best);
	return probe_report_missing(c, p, near);
}

static int raw_expand(struct probe_context *c, const struct probe *p, struct probe_list *out)
{
	/* A name of the user's has no provider in front. */
	struct expansion x = { c, p, !text_starts_with(p->name, "rawtracepoint:"), out };
	size_t before = out->count;

	each_raw_tracepoint(c->host, p->target, p->event, add_event, &x);
	if (out->count == before)
		return report_missing(c, p);
	qsort(out->items + before, out->count - before, sizeof(*out->items), compare_probes);
	return 0;
}

static int raw_args(struct probe_context *c, struct probe *p, struct loc loc,
		    const struct type **out)
{
	int err = host_raw_tracepoint_args(c->host, c->types, p->target, p->event, out);

	if (!err)
		return 0;
	struct diag_msg *m = diag_error(c->diag, DIAG_PROBE_ARGS, loc,
					"the arguments of %s are not in BTF", p->name);
	if (host_btf_missing(c->host))
		diag_hint(m, "without their names there are arg0, arg1, …");
	return err;
}

static int raw_argument(struct probe_context *c, struct probe *p, uint64_t n, uint64_t *limit)
{
	const struct type *args;

	*limit = 0;
	if (!host_has_btf(c->host)) {
		*limit = ARGUMENTS_MAX;
		return n < *limit ? (int)n : -1;
	}
	if (host_raw_tracepoint_args(c->host, c->types, p->target, p->event, &args))
		return -1;
	*limit = args->record->field_count;
	return n < *limit ? (int)(args->record->fields[n].offset / 8) : -1;
}

static uint32_t raw_plan(const struct probe *p, bool uses_context, struct program *program,
			 struct program_probe *out)
{
	(void)uses_context;
	out->attach = ATTACH_RAW_TRACEPOINT;
	out->event = program_add_string(program, p->event);
	out->number = -1;
	return BPF_PROG_TYPE_RAW_TRACEPOINT;
}

/* --- list ------------------------------------------------------------------------------------- */

struct listing {
	struct probe_context *c;
	bool is_verbose;
	void (*fn)(const char *name, const char *details, void *context);
	void *context;
};

static void add_argument(const char *c_type, const char *name, void *context)
{
	strbuf_printf(context, "    %s %s\n", c_type, name);
}

static int list_event(const char *module, const char *event, void *context)
{
	struct listing *l = context;
	auto_strbuf struct strbuf name = STRBUF_INIT;
	auto_strbuf struct strbuf details = STRBUF_INIT;

	strbuf_printf(&name, "rawtracepoint:%s:%s", module, event);
	if (l->is_verbose)
		host_each_raw_tracepoint_arg(l->c->host, module, event, add_argument, &details);
	l->fn(name.text, strbuf_text(&details), l->context);
	return 0;
}

static int raw_list(struct probe_context *c, const struct probe_spec *pattern, bool is_verbose,
		    void (*fn)(const char *name, const char *details, void *context),
		    void *context)
{
	struct listing l = { c, is_verbose, fn, context };
	uint32_t count = pattern ? pattern->count : 1;

	if (count > 3)
		return 0;
	return each_raw_tracepoint(c->host, count > 2 ? pattern->parts[1] : "*",
				   count > 1 ? pattern->parts[count - 1] : "*", list_event, &l);
}

const struct probe_ops probe_rawtracepoint = {
	.name = "rawtracepoint",
	.aliases = "rt",
	.type_word = "rawtracepoint",
	.syntax = "rawtracepoint:[module:]event",
	.help = "Fires at a tracepoint; args and argN are what the kernel passes.",
	.min_parts = 1,
	.max_parts = 2,
	.flags = PROBE_WILDCARD | PROBE_LISTED | PROBE_PID_FILTER,
	.bpf_prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.space = SPACE_KERNEL,
	.parse = raw_parse,
	.expand = raw_expand,
	.args = raw_args,
	.argument = raw_argument,
	.plan = raw_plan,
	.list = raw_list,
};
