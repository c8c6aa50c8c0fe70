/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fentry, fexit: functions of the kernel, of modules and of BPF programs, by trampolines.
 *
 *	fentry:FUNCTION		fentry:MODULE:FUNCTION		both may be patterns
 *	fentry:bpf:PROGRAM	fentry:bpf:ID:PROGRAM
 *
 * The kernel calls the program with the function's arguments, whose types are those of BTF; behind
 * them fexit finds the result. A function that is in no BTF cannot be traced like this, nor can one
 * that passes more than trampolines pass on. Whether the kernel has a place for a trampoline in the
 * function is found out by attaching: the list of these places takes the kernel long to write.
 */
#include <errno.h>
#include <string.h>
#include <linux/bpf.h>
#include "arch/arch.h"
#include "probes/types.h"
#include "util/text.h"

#define BPF "bpf" /* in place of a module: BPF programs */

static bool is_bpf(const struct probe *p)
{
	return p->target && !strcmp(p->target, BPF);
}

/* --- parsing ---------------------------------------------------------------------------------- */

static int parse_program(struct probe_context *c, const struct probe_spec *spec, struct probe *out)
{
	uint64_t id = 0;

	if (spec->count > 3 && strcmp(spec->parts[2], "*") &&
	    probe_spec_number(c, spec, 2, 1, &id))
		return -EINVAL;
	if (id > UINT32_MAX) {
		diag_error(c->diag, DIAG_PROBE_COUNT, spec->part_locs[2],
			   "no BPF program has an id that large");
		return -EINVAL;
	}
	out->program = (uint32_t)id;
	return 0;
}

static int report_no_function(struct probe_context *c, const struct probe_spec *spec)
{
	const char *type = spec->count > 1 && !strcmp(spec->parts[1], BPF) ? "program" : "function";

	diag_error(c->diag, DIAG_PROBE_PARTS, spec->loc, "%s needs the name of a %s",
		   spec->text, type);
	return -EINVAL;
}

static int check_btf(struct probe_context *c, const struct probe_spec *spec, const char *type)
{
	if (host_has_btf(c->host) || c->is_choice)
		return 0;
	diag_hint(diag_error(c->diag, DIAG_PROBE_NEEDS_BTF, spec->loc,
			     "%s needs the kernel's BTF, %s", type, host_btf_absence(c->host)),
		  "use %s:%s, which does without", strcmp(type, "fexit") ? "kprobe" : "kretprobe",
		  spec->parts[spec->count - 1]);
	return -EINVAL;
}

static int function_parse(struct probe_context *c, const struct probe_spec *spec,
			  struct probe *out)
{
	out->target = spec->count > 2 ? spec->parts[1] : NULL;
	out->event = spec->parts[spec->count - 1];
	if (!*out->event || (!out->target && !strcmp(out->event, BPF)))
		return report_no_function(c, spec);
	if (spec->count > 3 && !is_bpf(out)) {
		diag_hint(diag_error(c->diag, DIAG_PROBE_PARTS, spec->loc,
				     "only BPF programs have an id between target and name"),
			  "write %s:%s:%s, or %s:bpf:ID:PROGRAM", out->ops->name, spec->parts[1],
			  out->event, out->ops->name);
		return -EINVAL;
	}
	if (is_bpf(out))
		return parse_program(c, spec, out);
	return check_btf(c, spec, out->ops->name);
}

/* --- expanding -------------------------------------------------------------------------------- */

struct expansion {
	struct probe_context *c;
	const struct probe *pattern;
	bool has_user_name;
	bool has_warned; /* of spin locks */
	struct probe_list *out;
};

/* Programs take spin locks themselves, for maps and rings. */
static bool is_spin_lock(const char *function)
{
	static const char *const patterns[] = {
		"_raw_spin_*", "__raw_spin_*", "do_raw_spin_*", "*queued_spin_*", "*_tas_spin_lock",
	};

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		if (text_glob(patterns[i], function))
			return true;
	}
	return false;
}

static void guard(struct expansion *x, struct probe *p)
{
	p->is_guarded = true;
	if (!x->has_warned)
		diag_warning(x->c->diag, DIAG_PROBE_SPIN_LOCK, p->loc,
			     "%s: programs take spin locks themselves; what fires while they run "
			     "is left out", p->name);
	x->has_warned = true;
}

/* A copy of the pattern without a pattern. */
static struct probe *add_probe(struct expansion *x, const char *target, const char *event)
{
	struct arena *a = x->c->arena;
	struct probe *p = arena_memdup(a, x->pattern, sizeof(*p));

	p->target = arena_strdup(a, target);
	p->event = arena_strdup(a, event);
	if (!x->has_user_name)
		p->name = arena_printf(a, "%s:%s:%s", p->ops->name, target, event);
	if (strcmp(target, BPF) && is_spin_lock(event))
		guard(x, p);
	arena_vec_push(a, x->out, p);
	return p;
}

static int add_program(const struct host_bpf_function *f, void *context)
{
	struct expansion *x = context;
	struct probe *p;

	if (x->pattern->program && x->pattern->program != f->program)
		return 0;
	if (!text_glob(x->pattern->event, f->name))
		return 0;
	p = add_probe(x, BPF, f->name);
	p->program = f->program;
	p->is_match = !x->pattern->program || text_has_glob(x->pattern->event);
	if (!x->has_user_name)
		p->name = arena_printf(x->c->arena, "%s:" BPF ":%u:%s", p->ops->name, f->program,
				       f->name);
	return 0;
}

static int offer_program(const struct host_bpf_function *f, void *context)
{
	text_nearest_offer(context, f->name);
	return 0;
}

static int expand_programs(struct expansion *x)
{
	size_t before = x->out->count;
	struct text_nearest nearest;
	const char *near = NULL;
	int err = host_each_bpf_function(add_program, x);

	if (err) {
		diag_error(x->c->diag, DIAG_PROBE_EVENT, x->pattern->loc,
			   "the BPF programs cannot be listed: %s", strerror(-err));
		return -EINVAL;
	}
	if (x->out->count > before)
		return 0;
	text_nearest_init(&nearest, x->pattern->event);
	if (!text_has_glob(x->pattern->event) && !x->c->is_choice)
		host_each_bpf_function(offer_program, &nearest);
	if (nearest.best)
		near = arena_printf(x->c->arena, "%s:" BPF ":%s", x->pattern->ops->name,
				    nearest.best);
	return probe_report_missing(x->c, x->pattern, near);
}

/* Patterns are not for what trampolines refuse. */
static int add_function(const struct btf_ref *f, const char *name, void *context)
{
	struct expansion *x = context;
	bool is_denied = !x->c->allow_unsafe && probe_denied_function(name);

	if (!is_denied && !host_function_obstacle(x->c->host, f))
		add_probe(x, f->module, name)->is_match = true;
	return 0;
}

static int compare_probes(const void *a, const void *b)
{
	const struct probe *left = *(struct probe *const *)a, *right = *(struct probe *const *)b;

	return strcmp(left->target, right->target) ?: strcmp(left->event, right->event);
}

static int expand_pattern(struct expansion *x)
{
	const struct probe *p = x->pattern;
	size_t before = x->out->count;
	int err;

	if (p->target && !text_has_glob(p->target) &&
	    !host_module_is_loaded(x->c->host, p->target))
		return probe_report_module(x->c, p);
	err = host_each_traceable_btf(x->c->host, p->target ?: "*", p->event, add_function, x);
	if (err < 0 || x->out->count == before)
		return probe_report_missing(x->c, p, NULL);
	qsort(x->out->items + before, x->out->count - before, sizeof(*x->out->items),
	      compare_probes);
	return 0;
}

/* --- one function ----------------------------------------------------------------------------- */

static int collect_module(const char *module, const char *name, void *context)
{
	struct strbuf *names = context;

	(void)name;
	strbuf_printf(names, "%s%s", names->len ? ", " : "", module);
	return 0;
}

static int report_ambiguous(struct expansion *x)
{
	const struct probe *p = x->pattern;
	auto_strbuf struct strbuf modules = STRBUF_INIT;

	host_each_traceable(x->c->host, "*", p->event, collect_module, &modules);
	diag_hint(diag_error(x->c->diag, DIAG_PROBE_AMBIGUOUS, p->loc,
			     "several modules have a function %s: %s", p->event,
			     strbuf_text(&modules)),
		  "say which one is meant: %s:MODULE:%s", p->ops->name, p->event);
	return -EINVAL;
}

static int report_no_btf(struct expansion *x)
{
	const struct probe *p = x->pattern;

	if (x->c->is_choice)
		return 0;
	diag_hint(diag_error(x->c->diag, DIAG_PROBE_NEEDS_BTF, p->loc,
			     "%s has no BTF here, without which %s cannot trace its functions",
			     p->target ?: "the kernel", p->ops->name),
		  "kernels have BTF of modules since Linux 5.11; kprobe:%s needs none", p->event);
	return -EINVAL;
}

/* In no BTF: it does not exist, or what it is passed is not known. */
static int report_unknown(struct expansion *x)
{
	const struct probe *p = x->pattern;
	const char *near = NULL, *because = NULL;
	enum host_traceable state = TRACEABLE_ABSENT;

	if (!x->c->is_choice)
		state = host_traceable(x->c->host, p->target ?: "*", p->event);
	if (state == TRACEABLE_ABSENT)
		near = x->c->is_choice ? NULL : probe_nearest_function(x->c, p);
	else
		because = arena_printf(x->c->arena, "the kernel has that function, but its types are "
				       "in no BTF; kprobe:%s needs none", p->event);
	return probe_report_missing_because(x->c, p, near, because);
}

static int expand_one(struct expansion *x)
{
	const struct probe *p = x->pattern;
	const char *obstacle, *denied = NULL;
	struct btf_ref f;

	if (!x->c->allow_unsafe)
		denied = probe_denied_function(p->event);
	if (denied)
		return probe_report_denied(x->c, p, denied);
	switch (host_function_btf(x->c->host, p->target, p->event, &f)) {
	case 0:
		break;
	case -ENOTUNIQ:
		return report_ambiguous(x);
	case -ENODEV:
		return probe_report_module(x->c, p);
	case -ENODATA:
		return report_no_btf(x);
	default:
		return report_unknown(x);
	}
	obstacle = host_function_obstacle(x->c->host, &f);
	if (obstacle)
		return probe_report_missing_because(x->c, p, NULL, arena_printf(x->c->arena,
				"it %s, which trampolines cannot pass on; kprobe:%s works",
				obstacle, p->event));
	add_probe(x, f.module, p->event);
	return 0;
}

static int function_expand(struct probe_context *c, const struct probe *p, struct probe_list *out)
{
	/* A name of the user's has no provider in front. */
	auto_strbuf struct strbuf provider = STRBUF_INIT;
	struct expansion x = { .c = c, .pattern = p, .out = out };

	strbuf_printf(&provider, "%s:", p->ops->name);
	x.has_user_name = !text_starts_with(p->name, provider.text);
	if (is_bpf(p))
		return expand_programs(&x);
	if (text_has_glob(p->event) || (p->target && text_has_glob(p->target)))
		return expand_pattern(&x);
	return expand_one(&x);
}

/* --- arguments and result --------------------------------------------------------------------- */

int probe_function_types(struct probe_context *c, const struct probe *p, struct loc loc,
			 const struct type **args, const struct type **result)
{
	struct btf_ref f;

	if (!host_function_btf(c->host, p->target, p->event, &f) &&
	    !host_function_types(c->host, c->types, &f, args, result))
		return 0;
	diag_error(c->diag, DIAG_PROBE_ARGS, loc, "the arguments of %s are not in BTF", p->name);
	return -ENOENT;
}

static int function_args(struct probe_context *c, struct probe *p, struct loc loc,
			 const struct type **out)
{
	const struct type *args, *result;

	if (is_bpf(p)) {
		diag_hint(diag_error(c->diag, DIAG_PROBE_ARGS, loc,
				     "the arguments of BPF programs cannot be read"),
			  "fentry of the function that runs them has some");
		return -EINVAL;
	}
	if (probe_function_types(c, p, loc, &args, &result))
		return -EINVAL;
	if (!args->record->field_count) {
		diag_error(c->diag, DIAG_PROBE_ARGS, loc, "%s has no arguments", p->name);
		return -EINVAL;
	}
	*out = args;
	return 0;
}

static int report_void(struct probe_context *c, const struct probe *p, struct loc loc)
{
	diag_error(c->diag, DIAG_PROBE_ARGS, loc, "%s returns nothing", p->name);
	return -EINVAL;
}

static int program_result(struct probe_context *c, const struct probe *p, struct loc loc,
			  const struct type **type, uint32_t *word)
{
	struct host_bpf_function f;

	if (host_find_bpf_function(p->program, p->event, &f) || !f.result_size)
		return report_void(c, p, loc);
	*type = type_int(c->types, f.result_size, f.is_result_signed);
	*word = PROBE_RETVAL_HELPER; /* the kernel may not believe the BTF and save five arguments */
	return 0;
}

/* Behind the arguments. */
static int function_result(struct probe_context *c, struct probe *p, struct loc loc,
			   const struct type **type, uint32_t *word)
{
	const struct type *args, *result;

	if (is_bpf(p))
		return program_result(c, p, loc, type, word);
	if (probe_function_types(c, p, loc, &args, &result))
		return -EINVAL;
	if (result->kind == TYPE_VOID)
		return report_void(c, p, loc);
	*type = result;
	*word = type_size(args) / 8;
	return 0;
}

/* --- attaching -------------------------------------------------------------------------------- */

static uint32_t plan(const struct probe *p, enum program_attach attach, struct program *program,
		     struct program_probe *out)
{
	out->attach = attach;
	out->target = program_add_string(program, p->target);
	out->event = program_add_string(program, p->event);
	out->is_optional = p->is_match;
	out->is_substitute = p->is_substitute;
	out->why = p->why ? program_add_string(program, p->why) : 0;
	out->number = is_bpf(p) ? (int32_t)p->program : -1;
	return BPF_PROG_TYPE_TRACING;
}

static uint32_t fentry_plan(const struct probe *p, bool uses_context, struct program *program,
			    struct program_probe *out)
{
	(void)uses_context;
	return plan(p, ATTACH_FENTRY, program, out);
}

static uint32_t fexit_plan(const struct probe *p, bool uses_context, struct program *program,
			   struct program_probe *out)
{
	(void)uses_context;
	return plan(p, ATTACH_FEXIT, program, out);
}

/* --- list ------------------------------------------------------------------------------------- */

struct listing {
	struct probe_context *c;
	const char *type;
	bool is_verbose, with_result;
	const char *pattern; /* BPF programs: of their functions' names */
	uint32_t program;    /* 0: any */
	void (*fn)(const char *name, const char *details, void *context);
	void *context;
};

static void add_argument(const char *c_type, const char *name, void *context)
{
	strbuf_printf(context, "    %s %s\n", c_type, name);
}

static int list_function(const struct btf_ref *f, const char *name, void *context)
{
	struct listing *l = context;
	auto_strbuf struct strbuf full = STRBUF_INIT;
	auto_strbuf struct strbuf details = STRBUF_INIT;

	if (host_function_obstacle(l->c->host, f))
		return 0;
	strbuf_printf(&full, "%s:%s:%s", l->type, f->module, name);
	if (l->is_verbose)
		host_each_function_arg(l->c->host, f, l->with_result, add_argument, &details);
	l->fn(full.text, strbuf_text(&details), l->context);
	return 0;
}

static int list_program(const struct host_bpf_function *f, void *context)
{
	struct listing *l = context;
	auto_strbuf struct strbuf full = STRBUF_INIT;

	if ((l->program && l->program != f->program) || !text_glob(l->pattern, f->name))
		return 0;
	strbuf_printf(&full, "%s:" BPF ":%u:%s", l->type, f->program, f->name);
	l->fn(full.text, NULL, l->context);
	return 0;
}

static int list_functions(struct listing *l, const struct probe_spec *pattern)
{
	uint32_t count = pattern ? pattern->count : 1;
	const char *module = count > 2 ? pattern->parts[1] : "*";
	uint64_t id = 0;

	l->pattern = count > 1 ? pattern->parts[count - 1] : "*";
	if (!strcmp(module, BPF)) {
		if (count > 3 && strcmp(pattern->parts[2], "*") &&
		    probe_spec_number(l->c, pattern, 2, 1, &id))
			return -EINVAL;
		l->program = (uint32_t)id;
		return host_each_bpf_function(list_program, l);
	}
	if (count > 3)
		return 0;
	if (!host_has_btf(l->c->host)) {
		diag_error(l->c->diag, DIAG_PROBE_NEEDS_BTF,
			   pattern ? pattern->loc : (struct loc){ 0 },
			   "%s probes cannot be listed: the kernel's BTF is not there", l->type);
		return -ENOENT;
	}
	return host_each_traceable_btf(l->c->host, module, l->pattern, list_function, l);
}

static int fentry_list(struct probe_context *c, const struct probe_spec *pattern, bool is_verbose,
		       void (*fn)(const char *name, const char *details, void *context),
		       void *context)
{
	struct listing l = { .c = c, .type = "fentry", .is_verbose = is_verbose, .fn = fn,
			     .context = context };

	return list_functions(&l, pattern);
}

static int fexit_list(struct probe_context *c, const struct probe_spec *pattern, bool is_verbose,
		      void (*fn)(const char *name, const char *details, void *context),
		      void *context)
{
	struct listing l = { .c = c, .type = "fexit", .is_verbose = is_verbose,
			     .with_result = true, .fn = fn, .context = context };

	return list_functions(&l, pattern);
}

const struct probe_ops probe_fentry = {
	.name = "fentry",
	.aliases = "f kfunc",
	.type_word = "fentry",
	.syntax = "fentry:[module:]function",
	.help = "Fires when a function of the kernel, or of a BPF program, is called; args is typed.",
	.min_parts = 1,
	.max_parts = 3,
	.flags = PROBE_WILDCARD | PROBE_LISTED | PROBE_PID_FILTER | PROBE_FUNC_HELPER,
	.bpf_prog_type = BPF_PROG_TYPE_TRACING,
	.space = SPACE_KERNEL,
	.parse = function_parse,
	.expand = function_expand,
	.args = function_args,
	.plan = fentry_plan,
	.list = fentry_list,
};

const struct probe_ops probe_fexit = {
	.name = "fexit",
	.aliases = "fr kretfunc",
	.type_word = "fexit",
	.syntax = "fexit:[module:]function",
	.help = "Fires when such a function returns; args and retval are typed.",
	.min_parts = 1,
	.max_parts = 3,
	.flags = PROBE_WILDCARD | PROBE_LISTED_EXPLICIT | PROBE_PID_FILTER | PROBE_FUNC_HELPER,
	.bpf_prog_type = BPF_PROG_TYPE_TRACING,
	.space = SPACE_KERNEL,
	.parse = function_parse,
	.expand = function_expand,
	.args = function_args,
	.retval = function_result,
	.plan = fexit_plan,
	.list = fexit_list,
};

/* --- kprobes by trampolines (mechanism.c) ----------------------------------------------------- */

/* The register's 64 bits lie in the word. */
static int word_argument(struct probe_context *c, struct probe *p, uint64_t n, uint64_t *limit)
{
	(void)c;
	(void)p;
	*limit = arch_native.argument_count;
	return n < *limit ? (int)n : -1;
}

static int register_result(struct probe_context *c, struct probe *p, struct loc loc,
			   const struct type **type, uint32_t *word)
{
	int err = function_result(c, p, loc, type, word);

	if (!err)
		*type = type_int(c->types, 8, false);
	return err;
}

const struct probe_ops probe_kprobe_by_fentry = {
	.name = "kprobe",
	.type_word = "kprobe",
	.flags = PROBE_WILDCARD | PROBE_LISTED | PROBE_PID_FILTER | PROBE_FUNC_HELPER,
	.bpf_prog_type = BPF_PROG_TYPE_TRACING,
	.space = SPACE_KERNEL,
	.args = function_args,
	.argument = word_argument,
	.plan = fentry_plan,
};

const struct probe_ops probe_kretprobe_by_fexit = {
	.name = "kretprobe",
	.type_word = "kretprobe",
	.flags = PROBE_WILDCARD | PROBE_LISTED_EXPLICIT | PROBE_PID_FILTER | PROBE_FUNC_HELPER,
	.bpf_prog_type = BPF_PROG_TYPE_TRACING,
	.space = SPACE_KERNEL,
	.retval = register_result,
	.plan = fexit_plan,
};
