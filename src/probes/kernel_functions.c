/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of the kernel as attach points name them: which there are, which cannot or must not be
 * traced, and what to say then.
 *
 * A name in full that BTF knows is taken without looking further: the list of what can be traced
 * takes tens of milliseconds to read, and the kernel itself answers when the probe is attached.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "probes/types.h"
#include "util/log.h"
#include "util/text.h"

static const struct {
	const char *pattern, *reason;
} denied[] = {
#define DENIED(pattern, reason) { pattern, reason },
#include "probes/denied.def"
#undef DENIED
};

const char *probe_denied_function(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(denied); i++) {
		if (text_glob(denied[i].pattern, name))
			return denied[i].reason;
	}
	return NULL;
}

/* --- patterns --------------------------------------------------------------------------------- */

struct expansion {
	struct probe_context *c;
	const struct probe *pattern;
	struct probe_list *out;
	bool keeps_name; /* the user's own */
	bool skips_blacklisted;
	uint32_t denied;
};

static const char *full_name(struct probe_context *c, const struct probe *p)
{
	return p->target ? arena_printf(c->arena, "%s:%s:%s", p->ops->name, p->target, p->event) :
			   arena_printf(c->arena, "%s:%s", p->ops->name, p->event);
}

static int add_function(const char *module, const char *name, void *context)
{
	struct expansion *x = context;
	struct arena *a = x->c->arena;
	struct probe *p;

	if (!x->c->allow_unsafe &&
	    (probe_denied_function(name) ||
	     (x->skips_blacklisted && host_function_is_blacklisted(x->c->host, name)))) {
		x->denied++;
		return 0;
	}
	p = arena_memdup(a, x->pattern, sizeof(*p));
	p->event = arena_strdup(a, name);
	p->target = x->pattern->target ? arena_strdup(a, module) : NULL;
	p->is_match = true;
	if (!x->keeps_name)
		p->name = full_name(x->c, p);
	arena_vec_push(a, x->out, p);
	return 0;
}

static int compare_functions(const void *a, const void *b)
{
	const struct probe *left = *(struct probe *const *)a, *right = *(struct probe *const *)b;
	int modules = left->target ? strcmp(left->target, right->target) : 0;

	return modules ?: strcmp(left->event, right->event);
}

/* Without a module in the pattern a name stands for the first function that has it, once. */
static void sort_functions(struct probe_list *list, size_t first)
{
	size_t kept = first;

	if (list->count == first)
		return;
	qsort(list->items + first, list->count - first, sizeof(*list->items), compare_functions);
	for (size_t i = first; i < list->count; i++) {
		if (kept == first || compare_functions(&list->items[kept - 1], &list->items[i]))
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
}

int probe_report_module(struct probe_context *c, const struct probe *p)
{
	if (c->is_choice)
		return 0;
	diag_did_you_mean(diag_error(c->diag, DIAG_PROBE_MODULE, p->loc,
				     "%s: the module %s is not loaded", p->name, p->target),
			  host_module_nearest(c->host, p->target));
	return -EINVAL;
}

int probe_expand_functions(struct probe_context *c, const struct probe *p,
			   bool skips_blacklisted, struct probe_list *out)
{
	struct expansion x = { .c = c, .pattern = p, .out = out,
			       .skips_blacklisted = skips_blacklisted };
	size_t before = out->count;
	int err;

	if (p->target && !text_has_glob(p->target) && !host_module_is_loaded(c->host, p->target))
		return probe_report_module(c, p);
	x.keeps_name = strcmp(p->name, full_name(c, p)) != 0;
	err = host_each_traceable(c->host, p->target, p->event, add_function, &x);
	sort_functions(out, before);
	if (x.denied)
		log_verbose("%s: %u functions that must not be traced are left out", p->name,
			    x.denied);
	if (out->count > before)
		return 0;
	if (err < 0 && !c->is_choice) {
		diag_error(c->diag, DIAG_PROBE_NO_MATCH, p->loc,
			   "%s: what functions the kernel has cannot be read: %s", p->name,
			   strerror(-err));
		return -EINVAL;
	}
	return probe_report_missing(c, p, NULL);
}

/* --- one function ----------------------------------------------------------------------------- */

/* Something about the function of p that keeps it from being traced on this machine: an error, a
 * warning or nothing, as missing_probes says. Under --unsafe it is tried all the same. */
static int report_untraceable(struct probe_context *c, const struct probe *p, const char *why,
			      const char *hint)
{
	struct diag_msg *m;

	if (c->is_choice || c->missing_probes == MISSING_IGNORE)
		return 0;
	if (c->allow_unsafe)
		m = diag_warning(c->diag, DIAG_PROBE_NOT_TRACEABLE, p->loc,
				 "%s: %s; it is tried all the same", p->name, why);
	else if (c->missing_probes == MISSING_WARN)
		m = diag_warning(c->diag, DIAG_PROBE_NOT_TRACEABLE, p->loc, "%s: %s, skipped",
				 p->name, why);
	else
		m = diag_error(c->diag, DIAG_PROBE_NOT_TRACEABLE, p->loc, "%s: %s", p->name, why);
	if (hint && !c->allow_unsafe)
		diag_hint(m, "%s", hint);
	return c->allow_unsafe || c->missing_probes == MISSING_WARN ? 0 : -EINVAL;
}

static int report_not_listed(struct probe_context *c, const struct probe *p)
{
	if (host_function_is_blacklisted(c->host, p->event))
		return report_untraceable(c, p, "the kernel has it on the blacklist of kprobes",
					  "trace one of its callers");
	return report_untraceable(c, p, host_has_own_traceable_functions(c->host) ?
				  "it is not in the list of --traceable-functions" :
				  "the kernel does not let it be traced (notrace): it is not in "
				  "available_filter_functions",
				  "trace one of its callers; --unsafe tries it all the same");
}

struct copies {
	const char *name;
	size_t len;
	struct strbuf text;
	unsigned int count;
};

/* name.isra.0, name.constprop.0, name.part.0: what the compiler made of a function. */
static int find_copy(const struct kernel_symbol *symbol, void *context)
{
	struct copies *s = context;

	if (strncmp(symbol->name, s->name, s->len) || symbol->name[s->len] != '.' ||
	    !strchr("tTwW", symbol->type) || text_starts_with(symbol->name + s->len, ".cold"))
		return 0;
	if (s->count++ < 3)
		strbuf_printf(&s->text, "%s%s", s->count > 1 ? ", " : "", symbol->name);
	return 0;
}

unsigned int probe_function_copies(const char *name, struct strbuf *out)
{
	struct copies copies = { .name = name, .len = strlen(name), .text = STRBUF_INIT };

	host_each_kernel_symbol(find_copy, &copies);
	if (copies.count)
		strbuf_printf(out, "%s%s", copies.text.text, copies.count > 3 ? ", …" : "");
	strbuf_free(&copies.text);
	return copies.count;
}

/* sys_read is nowhere since 4.17: system calls are entered through functions of the architecture. */
static const char *entry_of_syscall(struct probe_context *c, const char *name)
{
	static const char *const prefixes[] = { "__x64_", "__arm64_", "__riscv_", "__s390x_" };

	for (size_t i = 0; text_starts_with(name, "sys_") && i < ARRAY_SIZE(prefixes); i++) {
		const char *entry = arena_printf(c->arena, "%s%s", prefixes[i], name);

		if (host_traceable(c->host, NULL, entry) != TRACEABLE_ABSENT)
			return entry;
	}
	return NULL;
}

const char *probe_nearest_function(struct probe_context *c, const struct probe *p)
{
	const char *near = entry_of_syscall(c, p->event) ?: host_traceable_nearest(c->host, p->event);

	return near ? arena_printf(c->arena, "%s:%s", p->ops->name, near) : NULL;
}

/* In BTF and in the symbol table there is no such function. */
static int report_absent(struct probe_context *c, const struct probe *p)
{
	auto_strbuf struct strbuf why = STRBUF_INIT;
	auto_strbuf struct strbuf copies = STRBUF_INIT;

	if (c->is_choice)
		return 0;
	if (probe_function_copies(p->event, &copies)) {
		strbuf_printf(&why, "the kernel has it only as %s", copies.text);
		return report_untraceable(c, p, why.text, "the compiler has put it into its callers, "
					  "or changed its arguments: name the copy, or trace a "
					  "caller");
	}
	if (c->allow_unsafe)
		return report_untraceable(c, p, "the kernel has no such function", NULL);
	return probe_report_missing(c, p, probe_nearest_function(c, p));
}

/* Modules with a function of that name, for a message. */
static int report_ambiguous(struct probe_context *c, const struct probe *p, const char *module)
{
	if (c->is_choice)
		return 0;
	diag_hint(diag_error(c->diag, DIAG_PROBE_AMBIGUOUS, p->loc,
			     "%s: several modules have a function of that name", p->name),
		  "name the module: %s:%s:%s", p->ops->name, module, p->event);
	return -EINVAL;
}

int probe_report_denied(struct probe_context *c, const struct probe *p, const char *reason)
{
	if (c->is_choice)
		return 0;
	diag_hint(diag_error(c->diag, DIAG_PROBE_DENIED, p->loc,
			     "%s is not traced: the function %s", p->name, reason),
		  "a probe there can hang the machine; --unsafe attaches it all the same");
	return -EINVAL;
}

static bool is_multi_module(int err)
{
	return err == -ENOTUNIQ;
}

int probe_check_function(struct probe_context *c, const struct probe *p, bool *is_usable)
{
	const char *reason = c->allow_unsafe ? NULL : probe_denied_function(p->event);
	struct btf_ref ref;
	int err;

	*is_usable = false;
	if (reason)
		return probe_report_denied(c, p, reason);
	if (p->target && !host_module_is_loaded(c->host, p->target))
		return probe_report_module(c, p);
	err = host_function_btf(c->host, p->target, p->event, &ref);
	if (is_multi_module(err))
		return report_ambiguous(c, p, ref.module);
	*is_usable = true;
	if (!err && !host_has_own_traceable_functions(c->host))
		return 0;
	switch (host_traceable(c->host, p->target, p->event)) {
	case TRACEABLE_YES:
	case TRACEABLE_UNKNOWN:
		return 0;
	case TRACEABLE_NOT_LISTED:
		*is_usable = c->allow_unsafe;
		return report_not_listed(c, p);
	case TRACEABLE_ABSENT:
		*is_usable = c->allow_unsafe;
		return report_absent(c, p);
	}
	return 0;
}
