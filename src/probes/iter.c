/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iter: programs that the kernel runs over its objects when somebody reads.
 *
 *	iter:NAME	iter:NAME:PIN		NAME any iterator of this kernel: task, bpf_map, tcp …
 *
 * Without PIN bittern reads it once itself. With one the iterator becomes a file of that name in a BPF file
 * system, and everybody who reads the file gets the text.
 *
 * What an iterator walks is chosen when its link is made. Most need nothing; those of one map's elements
 * need the map, which an attach point cannot name.
 */
#include <errno.h>
#include <string.h>
#include <linux/bpf.h>
#include "probes/types.h"
#include "util/text.h"

#define BPF_FS "/sys/fs/bpf/"

static const struct {
	const char *name, *walks;
} of_one_map[] = {
	{ "bpf_map_elem", "the elements of one map" },
	{ "bpf_sk_storage_map", "the sockets of one map" },
	{ "sockmap", "the sockets of one map" },
};

enum iterator_filter probe_iterator_filter(struct host *h, const char *name)
{
	static const char *const of_tasks[] = { "task", "task_file", "task_vma" };
	uint32_t offset, size;

	for (size_t i = 0; i < ARRAY_SIZE(of_tasks); i++) {
		if (strcmp(of_tasks[i], name))
			continue;
		return host_btf_member(h, "bpf_iter_aux_info", "task", &offset, &size) ?
			       ITERATOR_IN_PROGRAM : ITERATOR_OF_PROCESS;
	}
	return ITERATOR_OF_ALL;
}

static int check_name(struct probe_context *c, const struct probe_spec *spec)
{
	const char *name = spec->parts[1];

	if (!*name) {
		diag_hint(diag_error(c->diag, DIAG_PROBE_PARTS, spec->loc, "iter needs an iterator"),
			  "-l 'iter:*' lists them");
		return -EINVAL;
	}
	if (text_has_glob(name)) {
		diag_hint(diag_error(c->diag, DIAG_PROBE_WILDCARD, spec->part_locs[1],
				     "iterators have no wildcards"),
			  "name one; -l 'iter:%s' lists them", name);
		return -EINVAL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(of_one_map); i++) {
		if (strcmp(of_one_map[i].name, name))
			continue;
		diag_hint(diag_error(c->diag, DIAG_PROBE_EVENT, spec->part_locs[1],
				     "iter:%s walks %s, which an attach point cannot name", name,
				     of_one_map[i].walks),
			  "iter:bpf_map lists the maps there are");
		return -EINVAL;
	}
	return 0;
}

static int check_pin(struct probe_context *c, const struct probe_spec *spec)
{
	if (spec->count < 3 || (*spec->parts[2] && !text_has_glob(spec->parts[2])))
		return 0;
	diag_hint(diag_error(c->diag, DIAG_PROBE_PARTS, spec->part_locs[2],
			     *spec->parts[2] ? "the name of a pinned iterator has no wildcards"
					     : "the name to pin the iterator to is missing"),
		  "write iter:%s:NAME, which becomes " BPF_FS "NAME", spec->parts[1]);
	return -EINVAL;
}

static int iter_parse(struct probe_context *c, const struct probe_spec *spec, struct probe *out)
{
	if (check_name(c, spec) || check_pin(c, spec))
		return -EINVAL;
	out->event = spec->parts[1];
	out->context = arena_printf(c->arena, "bpf_iter__%s", out->event);
	if (spec->count > 2)
		out->target = arena_printf(c->arena, "%s%s",
					   *spec->parts[2] == '/' ? "" : BPF_FS, spec->parts[2]);
	return 0;
}

static int offer_iterator(const char *name, void *context)
{
	text_nearest_offer(context, name);
	return 0;
}

static int iter_expand(struct probe_context *c, const struct probe *p, struct probe_list *out)
{
	struct text_nearest nearest;

	if (host_has_iterator(c->host, p->event)) {
		arena_vec_push(c->arena, out, arena_memdup(c->arena, p, sizeof(*p)));
		return 0;
	}
	if (!host_has_btf(c->host) && !c->is_choice) {
		diag_error(c->diag, DIAG_PROBE_NEEDS_BTF, p->loc,
			   "iter needs the kernel's BTF, %s", host_btf_absence(c->host));
		return -EINVAL;
	}
	text_nearest_init(&nearest, p->event);
	host_each_iterator(c->host, "*", offer_iterator, &nearest);
	return probe_report_missing(c, p, nearest.best ? arena_printf(c->arena, "iter:%s",
								      nearest.best)
						       : NULL);
}

static const char *iter_context(const struct probe *p)
{
	return p->context;
}

static uint32_t iter_plan(const struct probe *p, bool uses_context, struct program *program,
			  struct program_probe *out)
{
	(void)uses_context;
	out->attach = ATTACH_ITERATOR;
	out->event = program_add_string(program, p->event);
	out->target = p->target ? program_add_string(program, p->target) : 0;
	out->number = -1;
	return BPF_PROG_TYPE_TRACING;
}

/* --- list ------------------------------------------------------------------------------------- */

struct listing {
	struct probe_context *c;
	bool is_verbose;
	void (*fn)(const char *name, const char *details, void *context);
	void *context;
};

static void add_member(const char *c_type, const char *name, void *context)
{
	strbuf_printf(context, "    %s %s\n", c_type, name);
}

static int list_iterator(const char *name, void *context)
{
	struct listing *l = context;
	auto_strbuf struct strbuf full = STRBUF_INIT;
	auto_strbuf struct strbuf details = STRBUF_INIT;

	strbuf_printf(&full, "iter:%s", name);
	if (l->is_verbose)
		host_each_iterator_member(l->c->host, name, add_member, &details);
	l->fn(full.text, strbuf_text(&details), l->context);
	return 0;
}

static int iter_list(struct probe_context *c, const struct probe_spec *pattern, bool is_verbose,
		     void (*fn)(const char *name, const char *details, void *context),
		     void *context)
{
	struct listing l = { c, is_verbose, fn, context };

	if (pattern && pattern->count > 3)
		return 0;
	if (!host_has_btf(c->host)) {
		diag_error(c->diag, DIAG_PROBE_NEEDS_BTF,
			   pattern ? pattern->loc : (struct loc){ 0 },
			   "iterators are listed by the kernel's BTF, %s",
			   host_btf_absence(c->host));
		return -ENOENT;
	}
	return host_each_iterator(c->host, pattern && pattern->count > 1 ? pattern->parts[1] : "*",
				  list_iterator, &l);
}

const struct probe_ops probe_iter = {
	.name = "iter",
	.aliases = "it",
	.type_word = "iter",
	.syntax = "iter:name[:pin]",
	.help = "Walks objects of the kernel: tasks, sockets, maps; ctx has the object.",
	.min_parts = 1,
	.max_parts = 2,
	.flags = PROBE_LISTED | PROBE_ALONE,
	.bpf_prog_type = BPF_PROG_TYPE_TRACING,
	.space = SPACE_KERNEL,
	.parse = iter_parse,
	.expand = iter_expand,
	.context = iter_context,
	.plan = iter_plan,
	.list = iter_list,
};
