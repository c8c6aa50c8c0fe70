/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See mechanism.h.
 *
 * kprobe → fentry: always, if the kernel has no kprobes; else if it is cheaper and means the same.
 * fentry → kprobe: only if the kernel has no trampolines. The conditions are tables of questions with
 * what is said when the answer is no; a question further down may rely on those above.
 */
#include <errno.h>
#include <string.h>
#include <linux/bpf.h>
#include "arch/arch.h"
#include "probes/mechanism.h"
#include "probes/types.h"
#include "util/log.h"

struct question {
	struct probe_context *c;
	const struct probe *p;
	const struct probe_uses *uses;
	struct btf_ref function;
	const struct type *args, *result; /* of the function */
	bool is_return;
};

static bool is_beginning(struct question *q)
{
	return q->p->event && !q->p->offset;
}

static bool is_single(struct question *q)
{
	return !q->p->is_match;
}

static bool leaves_registers(struct question *q)
{
	return !(q->uses->bits & (USE_REGISTERS | USE_STACK));
}

static bool has_trampolines(struct question *q)
{
	return host_has_trampolines(q->c->host);
}

static bool has_kprobes(struct question *q)
{
	uint64_t config;
	uint32_t type;

	return !host_kprobe_event(q->c->host, &type, &config);
}

/* The kernel skips a program that is running already, as it does with those of kprobes, since 5.12
 * (ca06f55b9002). It cannot be asked; the helper came with 5.15. */
static bool skips_recursion(struct question *q)
{
	return host_has_helper(q->c->host, BPF_FUNC_get_func_ip, BPF_PROG_TYPE_TRACING) ==
	       SUPPORT_YES;
}

static bool is_in_btf(struct question *q)
{
	return !host_function_btf(q->c->host, q->p->target, q->p->event, &q->function) &&
	       !host_function_types(q->c->host, q->c->types, &q->function, &q->args, &q->result);
}

/* Each argument in a register and a word of its own, so that argN is the same. */
static bool has_plain_arguments(struct question *q)
{
	const struct type_struct *args = q->args->record;

	for (uint32_t i = 0; i < args->field_count; i++) {
		if (args->fields[i].offset != i * 8)
			return false;
	}
	return args->size == args->field_count * 8 &&
	       args->field_count <= arch_native.argument_count &&
	       !host_function_obstacle(q->c->host, &q->function);
}

static bool has_these_arguments(struct question *q)
{
	return !(q->uses->bits & USE_ARGUMENTS) ||
	       q->uses->last_argument < q->args->record->field_count;
}

static bool has_result(struct question *q)
{
	return !(q->uses->bits & USE_RETVAL) || q->result->kind != TYPE_VOID;
}

static bool is_untyped(struct question *q)
{
	return !(q->uses->bits & USE_TYPED);
}

static bool is_of_kernel(struct question *q)
{
	return !q->p->target || strcmp(q->p->target, "bpf");
}

/* When a function returns, registers no longer have its arguments. */
static bool has_arguments(struct question *q)
{
	return !q->is_return || !(q->uses->bits & USE_ARGS);
}

struct condition {
	bool (*holds)(struct question *q);
	const char *otherwise;
};

/* What a kprobe must be to be had as fentry. */
static const struct condition fentry_can[] = {
	{ has_trampolines, "this kernel allows no fentry programs" },
	{ is_beginning, "it is not at the beginning of a function" },
	{ leaves_registers, "the script asks for registers" },
	{ is_in_btf, "the function is in no BTF" },
	{ has_plain_arguments, "trampolines cannot pass on its arguments" },
	{ has_these_arguments, "the script reads more arguments than the function has" },
	{ has_result, "the function returns nothing" },
	{ NULL, NULL },
};
/* … to be had so although there are kprobes. */
static const struct condition fentry_should[] = {
	{ is_single, "many functions may match, which one link can serve" },
	{ skips_recursion, "this kernel does not keep fentry programs from running within themselves" },
	{ NULL, NULL },
};
/* What fentry must be to be had as a kprobe. */
static const struct condition kprobe_can[] = {
	{ has_kprobes, "this kernel has no kprobes" },
	{ is_of_kernel, "it is a BPF program" },
	{ is_untyped, "the script needs a context with types" },
	{ has_arguments, "the script reads the arguments of a function that returns" },
	{ NULL, NULL },
};

/* What is in the way, or NULL. */
static const char *obstacle(const struct condition *conditions, struct question *q)
{
	for (; conditions->holds; conditions++) {
		if (!conditions->holds(q))
			return conditions->otherwise;
	}
	return NULL;
}

static void set(struct mechanism *out, enum program_attach attach, const char *why,
		const struct probe_ops *ops)
{
	out->name = program_attach_name(attach);
	out->cost = program_attach_facts(attach)->cost;
	out->why = why;
	out->ops = ops;
}

static void choose_for_kprobe(struct question *q, struct mechanism *out)
{
	const struct probe_ops *other = q->is_return ? &probe_kretprobe_by_fexit :
						       &probe_kprobe_by_fentry;
	enum program_attach way = q->is_return ? ATTACH_FEXIT : ATTACH_FENTRY;
	enum program_attach own = q->is_return ? ATTACH_KRETPROBE : ATTACH_KPROBE;
	const char *against = obstacle(fentry_can, q);

	out->module = q->function.module;
	if (!against && !has_kprobes(q)) {
		set(out, way, "the kernel has no kprobes", other);
		return;
	}
	if (!has_kprobes(q)) {
		set(out, own, "there is no other way, but this kernel has no kprobes: it cannot be "
			      "attached here", q->p->ops);
		return;
	}
	against = against ?: obstacle(fentry_should, q);
	out->is_preferred = !against;
	if (against)
		set(out, own, against, q->p->ops);
	else
		set(out, way, q->is_return ? "it costs less than a kretprobe, and misses nothing" :
					     "it costs less than a kprobe", other);
}

static void choose_for_fentry(struct question *q, struct mechanism *out)
{
	enum program_attach own = q->is_return ? ATTACH_FEXIT : ATTACH_FENTRY;
	enum program_attach way = q->is_return ? ATTACH_KRETPROBE : ATTACH_KPROBE;

	if (!has_trampolines(q) && !obstacle(kprobe_can, q))
		set(out, way, "the kernel allows no fentry programs",
		    q->is_return ? &probe_fexit_by_kretprobe : &probe_fentry_by_kprobe);
	else if (!has_trampolines(q))
		set(out, own, "there is no other way, but this kernel allows no fentry programs: it "
			      "cannot be attached here", q->p->ops);
	else
		set(out, own, NULL, q->p->ops);
}

static const struct {
	const struct probe_ops *type;
	void (*choose)(struct question *q, struct mechanism *out);
	bool is_return;
} choices[] = {
	{ &probe_kprobe, choose_for_kprobe, false },
	{ &probe_kretprobe, choose_for_kprobe, true },
	{ &probe_fentry, choose_for_fentry, false },
	{ &probe_fexit, choose_for_fentry, true },
};

void mechanism_choose(struct probe_context *c, const struct probe *p,
		      const struct probe_uses *uses, struct mechanism *out)
{
	struct question q = { .c = c, .p = p, .uses = uses };

	*out = (struct mechanism){ .ops = p->ops };
	for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
		if (choices[i].type != p->ops)
			continue;
		q.is_return = choices[i].is_return;
		choices[i].choose(&q, out);
	}
	if (out->ops != p->ops)
		log_verbose("%s is attached by %s: %s", p->name, out->name, out->why);
}
