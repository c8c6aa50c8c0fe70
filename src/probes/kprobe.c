/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kprobe and kretprobe: any function of the kernel, at its beginning, inside, and at its return.
 *
 *	kprobe:[MODULE:]FUNCTION	kretprobe:[MODULE:]FUNCTION	both may be patterns
 *	kprobe:[MODULE:]FUNCTION+OFFSET	kprobe:ADDRESS			--unsafe
 *
 * Many functions of one program share a kprobe_multi link where the kernel has these: it attaches
 * and detaches thousands in the time of one. Anything else is a perf event for each. Which functions
 * there are, and which must be left alone, is in kernel_functions.c; attaching in kprobe_attach.c.
 *
 * Arguments are those of the calling convention, from the registers at the function's beginning; by
 * name as far as BTF describes the function.
 */
#include <errno.h>
#include <string.h>
#include <linux/bpf.h>
#include "arch/arch.h"
#include "probes/types.h"
#include "util/text.h"

/* --- syntax ----------------------------------------------------------------------------------- */

static bool is_return(const struct probe *p)
{
	return p->ops == &probe_kretprobe || p->ops == &probe_fexit_by_kretprobe;
}

static struct loc loc_of_offset(const struct probe_spec *spec, uint32_t at, const char *plus)
{
	struct loc loc = spec->part_locs[at];
	uint32_t before = (uint32_t)(plus - spec->parts[at]);

	if (loc.end - loc.start == strlen(spec->parts[at])) /* written as it is */
		loc.start += before;
	return loc;
}

static int parse_address(struct probe_context *c, const struct probe_spec *spec,
			 struct probe *out)
{
	if (probe_spec_number(c, spec, spec->count - 1, 1, &out->offset))
		return -EINVAL;
	if (out->target) {
		diag_hint(diag_error(c->diag, DIAG_PROBE_PARTS, spec->part_locs[1],
				     "an address has no module in front"),
			  "write %s:%s", out->ops->name, spec->parts[2]);
		return -EINVAL;
	}
	if (!c->allow_unsafe) {
		diag_hint(diag_error(c->diag, DIAG_PROBE_ADDRESS, spec->part_locs[1],
				     "a %s at an address needs --unsafe", out->ops->name),
			  "one inside an instruction damages the kernel; write FUNCTION+OFFSET");
		return -EINVAL;
	}
	out->event = NULL;
	if (!spec->user_name)
		out->name = arena_printf(c->arena, "%s:%llu", out->ops->name,
					 (unsigned long long)out->offset);
	return 0;
}

/* `+N` behind the function, which is cut off. */
static int parse_offset(struct probe_context *c, const struct probe_spec *spec,
			struct probe *out, const char *plus)
{
	struct loc loc = loc_of_offset(spec, spec->count - 1, plus);
	const char *digits = plus + 1, *why = NULL;

	if (is_return(out)) {
		diag_hint(diag_error(c->diag, DIAG_PROBE_OFFSET, loc, "a kretprobe has no offset"),
			  "it fires when the function returns, wherever that is; kprobe has one");
		return -EINVAL;
	}
	if (strchr(digits, '+')) {
		diag_error(c->diag, DIAG_PROBE_OFFSET, loc, "there can be one offset only");
		return -EINVAL;
	}
	if (text_has_glob(out->event)) {
		diag_error(c->diag, DIAG_PROBE_OFFSET, loc,
			   "a pattern of functions cannot have an offset");
		return -EINVAL;
	}
	if (text_parse_u64(digits, strlen(digits), &out->offset, &why)) {
		diag_error(c->diag, DIAG_PROBE_OFFSET, loc, "the offset '%s' is not a number%s%s",
			   digits, why ? ": " : "", why ? why : "");
		return -EINVAL;
	}
	return 0;
}

static int report_empty(struct probe_context *c, const struct probe_spec *spec, uint32_t at,
			const char *what)
{
	diag_hint(diag_error(c->diag, DIAG_PROBE_PARTS, spec->part_locs[at],
			     "the name of a %s is missing", what),
		  "write %s", probe_type_find(spec->parts[0])->syntax);
	return -EINVAL;
}

static const char *canonical_name(struct probe_context *c, const struct probe *p)
{
	const char *module = p->target ?: "", *colon = p->target ? ":" : "";

	if (!p->offset)
		return arena_printf(c->arena, "%s:%s%s%s", p->ops->name, module, colon, p->event);
	return arena_printf(c->arena, "%s:%s%s%s+%llu", p->ops->name, module, colon, p->event,
			    (unsigned long long)p->offset);
}

static int kprobe_parse(struct probe_context *c, const struct probe_spec *spec, struct probe *out)
{
	uint32_t last = spec->count - 1;
	const char *plus = strchr(spec->parts[last], '+');

	out->target = spec->count > 2 ? spec->parts[1] : NULL;
	out->event = spec->parts[last];
	if (out->target && !*out->target)
		return report_empty(c, spec, 1, "module");
	if (*out->event >= '0' && *out->event <= '9')
		return parse_address(c, spec, out);
	if (plus)
		out->event = arena_strndup(c->arena, out->event, (size_t)(plus - out->event));
	if (!*out->event)
		return report_empty(c, spec, last, "function");
	if (plus && parse_offset(c, spec, out, plus))
		return -EINVAL;
	if (!spec->user_name)
		out->name = canonical_name(c, out);
	return 0;
}

/* --- which there are -------------------------------------------------------------------------- */

/* A function of the kernel, from its beginning: what kprobe_multi links take by name. */
static bool can_be_one_of_many(const struct probe *p)
{
	return p->event && !p->offset && (!p->target || !strcmp(p->target, "vmlinux"));
}

static int kprobe_expand(struct probe_context *c, const struct probe *pattern,
			 struct probe_list *out)
{
	bool has_links = host_has_kprobe_links(c->host, BPF_TRACE_KPROBE_MULTI), is_usable;
	struct probe *p = arena_memdup(c->arena, pattern, sizeof(*p));
	int err;

	p->is_multi = has_links && can_be_one_of_many(p);
	if (p->event && (text_has_glob(p->event) || (p->target && text_has_glob(p->target))))
		return probe_expand_functions(c, p, !p->is_multi, out);
	err = p->event ? probe_check_function(c, p, &is_usable) : 0;
	if (!err && (!p->event || is_usable))
		arena_vec_push(c->arena, out, p);
	return err;
}

/* --- arguments -------------------------------------------------------------------------------- */

static int kprobe_argument(struct probe_context *c, struct probe *p, uint64_t n, uint64_t *limit)
{
	(void)c;
	(void)p;
	*limit = arch_native.argument_count;
	return n < *limit ? arch_native.arguments[n] / 8 : -1;
}

/* Registers that a parameter takes; more than one cannot be read as one value, 0 are on the stack. */
static uint32_t registers_of(const struct field *f)
{
	uint32_t size = f->type ? type_size(f->type) : 0;

	if (f->type && f->type->kind == TYPE_STRUCT && size > 16)
		return 0;
	return size > 8 ? 2 : 1;
}

/* Where the calling convention has the parameters; what is not in a register of its own is hidden. */
static void place_arguments(struct probe_context *c, const struct type_struct *from,
			    struct type_struct *to)
{
	uint32_t next = 0;

	to->field_count = from->field_count;
	to->fields = arena_memdup(c->types->arena, from->fields,
				  from->field_count * sizeof(*from->fields));
	to->size = (uint32_t)sizeof(uint64_t) * 64; /* of no use but as a bound */
	to->align = 8;
	to->complete = NULL;
	to->is_complete = true;
	for (uint32_t i = 0; i < to->field_count; i++) {
		struct field *f = &to->fields[i];
		uint32_t count = registers_of(f);

		f->is_hidden = count != 1 || next >= arch_native.argument_count;
		f->offset = f->is_hidden ? 0 : arch_native.arguments[next];
		if (next + count <= arch_native.argument_count)
			next += count;
	}
}

static int report_args(struct probe_context *c, const struct probe *p, struct loc loc,
		       const char *why, const char *hint)
{
	diag_hint(diag_error(c->diag, DIAG_PROBE_ARGS, loc,
			     "the arguments of %s are not known by name: %s", p->name, why),
		  "%s", hint);
	return -EINVAL;
}

static int kprobe_args(struct probe_context *c, struct probe *p, struct loc loc,
		       const struct type **out)
{
	const struct type *args, *result;
	struct type_struct *s;
	struct btf_ref ref;
	int err;

	if (!p->event || p->offset)
		return report_args(c, p, loc, "inside of a function they are no longer where they "
				   "were at its beginning", "reg(\"NAME\") reads a register");
	err = host_function_btf(c->host, p->target, p->event, &ref);
	err = err == -ENOTUNIQ ? 0 : err;
	err = err ?: host_function_types(c->host, c->types, &ref, &args, &result);
	if (err)
		return report_args(c, p, loc, err == -ENODATA ? "the kernel has no BTF" :
				   "BTF does not describe the function",
				   "arg0, arg1, … read the registers that they are passed in");
	s = type_struct_find(c->types, arena_printf(c->arena, "kprobe_%s_%s", ref.module, p->event),
			     false);
	if (!s->is_complete)
		place_arguments(c, args->record, s);
	*out = type_struct(c->types, s, SPACE_CONTEXT);
	return 0;
}

static int kretprobe_retval(struct probe_context *c, struct probe *p, struct loc loc,
			    const struct type **type, uint32_t *word)
{
	(void)p;
	(void)loc;
	*type = type_int(c->types, 8, false);
	*word = arch_native.return_value / 8;
	return 0;
}

static const char *registers_context(const struct probe *p)
{
	(void)p;
	return "pt_regs";
}

/* --- plan ------------------------------------------------------------------------------------- */

static uint32_t kprobe_plan(const struct probe *p, bool uses_context, struct program *program,
			    struct program_probe *out)
{
	bool is_module = p->target && strcmp(p->target, "vmlinux") != 0;

	(void)uses_context;
	out->attach = is_return(p) ? ATTACH_KRETPROBE : ATTACH_KPROBE;
	out->target = is_module ? program_add_string(program, p->target) : 0;
	out->event = p->event ? program_add_string(program, p->event) : 0;
	out->offset = p->offset;
	out->why = p->why ? program_add_string(program, p->why) : 0;
	out->number = -1;
	return BPF_PROG_TYPE_KPROBE;
}

/* --- list ------------------------------------------------------------------------------------- */

struct listing {
	struct probe_context *c;
	const char *type;
	bool has_module, is_verbose, is_return;
	void (*fn)(const char *name, const char *details, void *context);
	void *context;
};

static void add_argument(const char *c_type, const char *name, void *context)
{
	strbuf_printf(context, "    %s %s\n", c_type, name);
}

static int list_function(const char *module, const char *function, void *context)
{
	struct listing *l = context;
	auto_strbuf struct strbuf name = STRBUF_INIT;
	auto_strbuf struct strbuf details = STRBUF_INIT;
	struct btf_ref ref;

	strbuf_printf(&name, "%s:%s%s%s", l->type, l->has_module ? module : "",
		      l->has_module ? ":" : "", function);
	if (l->is_verbose && !host_function_btf(l->c->host, module, function, &ref))
		host_each_function_arg(l->c->host, &ref, l->is_return, add_argument, &details);
	l->fn(name.text, strbuf_text(&details), l->context);
	return 0;
}

static int list_functions(struct probe_context *c, const struct probe_spec *pattern,
			  bool is_verbose, const char *type,
			  void (*fn)(const char *name, const char *details, void *context),
			  void *context)
{
	uint32_t count = pattern ? pattern->count : 1;
	struct listing l = { c, type, count > 2, is_verbose, !strcmp(type, "kretprobe"), fn,
			     context };

	if (count > 3)
		return 0;
	return host_each_traceable(c->host, count > 2 ? pattern->parts[1] : NULL,
				   count > 1 ? pattern->parts[count - 1] : "*", list_function, &l);
}

static int kprobe_list(struct probe_context *c, const struct probe_spec *pattern, bool is_verbose,
		       void (*fn)(const char *name, const char *details, void *context),
		       void *context)
{
	return list_functions(c, pattern, is_verbose, "kprobe", fn, context);
}

static int kretprobe_list(struct probe_context *c, const struct probe_spec *pattern,
			  bool is_verbose,
			  void (*fn)(const char *name, const char *details, void *context),
			  void *context)
{
	return list_functions(c, pattern, is_verbose, "kretprobe", fn, context);
}

const struct probe_ops probe_kprobe = {
	.name = "kprobe",
	.aliases = "k",
	.type_word = "kprobe",
	.syntax = "kprobe:[module:]function[+offset]",
	.help = "Fires when a function of the kernel is called, or at an instruction of it.",
	.min_parts = 1,
	.max_parts = 2,
	.flags = PROBE_WILDCARD | PROBE_LISTED | PROBE_PID_FILTER | PROBE_REGISTERS |
		 PROBE_FUNC_REGISTER | PROBE_FUNC_HELPER,
	.bpf_prog_type = BPF_PROG_TYPE_KPROBE,
	.space = SPACE_KERNEL,
	.parse = kprobe_parse,
	.expand = kprobe_expand,
	.args = kprobe_args,
	.argument = kprobe_argument,
	.context = registers_context,
	.plan = kprobe_plan,
	.list = kprobe_list,
};

const struct probe_ops probe_kretprobe = {
	.name = "kretprobe",
	.aliases = "kr",
	.type_word = "kretprobe",
	.syntax = "kretprobe:[module:]function",
	.help = "Fires when a function of the kernel returns; retval is its result.",
	.min_parts = 1,
	.max_parts = 2,
	.flags = PROBE_WILDCARD | PROBE_LISTED_EXPLICIT | PROBE_PID_FILTER | PROBE_REGISTERS |
		 PROBE_FUNC_HELPER,
	.bpf_prog_type = BPF_PROG_TYPE_KPROBE,
	.space = SPACE_KERNEL,
	.parse = kprobe_parse,
	.expand = kprobe_expand,
	.retval = kretprobe_retval,
	.context = registers_context,
	.plan = kprobe_plan,
	.list = kretprobe_list,
};

/* --- fentry and fexit by kprobes (mechanism.c) ------------------------------------------------ */

/* The register holds the result in its lowest bytes. */
static int typed_result(struct probe_context *c, struct probe *p, struct loc loc,
			const struct type **type, uint32_t *word)
{
	int err = probe_fexit.retval(c, p, loc, type, word);

	*word = arch_native.return_value / 8;
	return err;
}

const struct probe_ops probe_fentry_by_kprobe = {
	.name = "fentry",
	.type_word = "fentry",
	.flags = PROBE_WILDCARD | PROBE_LISTED | PROBE_PID_FILTER | PROBE_FUNC_REGISTER |
		 PROBE_FUNC_HELPER,
	.bpf_prog_type = BPF_PROG_TYPE_KPROBE,
	.space = SPACE_KERNEL,
	.args = kprobe_args,
	.plan = kprobe_plan,
};

const struct probe_ops probe_fexit_by_kretprobe = {
	.name = "fexit",
	.type_word = "fexit",
	.flags = PROBE_WILDCARD | PROBE_LISTED_EXPLICIT | PROBE_PID_FILTER | PROBE_FUNC_HELPER,
	.bpf_prog_type = BPF_PROG_TYPE_KPROBE,
	.space = SPACE_KERNEL,
	.retval = typed_result,
	.plan = kprobe_plan,
};
