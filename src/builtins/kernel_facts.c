/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel has, as literals: fields of its types, functions, probes, its version. With
 * `if comptime` one script serves many kernels.
 *
 * has_field() has_func() has_probe() kernel_version kver() are bittern's own.
 */
#include <linux/btf.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include "builtins/hooks.h"

/* --- has_field -------------------------------------------------------------------------------- */

static bool is_type(const struct expr *e)
{
	return e->kind == EXPR_TYPE || e->kind == EXPR_NAME;
}

static const struct type *type_has_field(struct sema *s, struct expr *e)
{
	if (!is_type(call_arg(e, 0)))
		sema_infer_value(s, &e->call.args.items[0]);
	return s->types.bool_type;
}

/* A type that does not exist has no fields: no mistake. */
static const struct type *quiet_type(struct sema *s, const struct expr *e)
{
	struct type_ref name = { .loc = e->loc };
	bool is_final = s->is_final;
	const struct type *t;

	s->is_final = false;
	if (e->kind == EXPR_TYPE && !e->type_operand.of.type) {
		sema_infer_value(s, &((struct expr *)e)->type_operand.of.expr);
		t = e->type_operand.of.expr->type;
	} else {
		name.name = e->kind == EXPR_NAME ? e->name.name : NULL;
		t = sema_type_of_ref(s, name.name ? &name : e->type_operand.of.type);
	}
	s->is_final = is_final;
	return t;
}

/* "se.avg.load_avg": pointers are followed. */
static bool has_path(struct sema *s, const struct type *t, const char *path)
{
	struct field f;

	while (*path) {
		size_t len = strcspn(path, ".");
		const char *name = arena_strndup(s->arena, path, len);

		while (t->kind == TYPE_POINTER)
			t = t->element;
		if ((t->kind != TYPE_STRUCT && t->kind != TYPE_RECORD) ||
		    !type_find_field(t, name, &f))
			return false;
		t = f.type;
		path += len + (path[len] == '.');
	}
	return true;
}

static void fold_has_field(struct sema *s, struct expr **slot)
{
	const struct expr *of = call_arg(*slot, 0), *member = call_arg(*slot, 1);
	const char *path = member->kind == EXPR_NAME ? member->name.name
			 : member->kind == EXPR_STRING ? member->string.bytes : NULL;
	const struct type *t = is_type(of) ? quiet_type(s, of) : of->type;
	bool waits = of->kind == EXPR_TYPE && !of->type_operand.of.type;

	if (!path || (!is_type(of) && (!t || t->kind == TYPE_NONE)))
		return;
	if (!t && waits && !s->is_evaluating && !s->is_final)
		return;
	fold_boolean(s, slot, t && t->kind != TYPE_NONE && has_path(s, t, path));
}

/* --- functions -------------------------------------------------------------------------------- */

static const char *text_argument(const struct expr *e)
{
	size_t len;

	return sema_literal_string(call_arg(e, 0), &len);
}

static void fold_has_func(struct sema *s, struct expr **slot)
{
	const char *name = text_argument(*slot);
	uint32_t id;

	if (name)
		fold_boolean(s, slot, s->host &&
			     !host_btf_find(s->host, name, BTF_KIND_FUNC, &id));
}

/* --- probes ----------------------------------------------------------------------------------- */

static void fold_has_probe(struct sema *s, struct expr **slot)
{
	struct probe_context c = probe_context_of(s);
	const char *text = text_argument(*slot);
	struct probe_list found = { 0 };
	struct diag quiet;

	if (!text)
		return;
	diag_init(&quiet, s->arena);
	c.diag = &quiet;
	fold_boolean(s, slot, !probes_resolve(&c, text, NULL, (*slot)->loc, &found) &&
			      found.count);
}

/* --- version ---------------------------------------------------------------------------------- */

#define LEVEL_MAX 255 /* as LINUX_VERSION_CODE has it */

static uint64_t encode(uint64_t major, uint64_t minor, uint64_t level)
{
	return (major << 16) + (minor << 8) + MIN(level, (uint64_t)LEVEL_MAX);
}

static void fold_kernel_version(struct sema *s, struct expr **slot)
{
	unsigned int major = 0, minor = 0, level = 0;
	struct utsname system;

	uname(&system);
	if (sscanf(system.release, "%u.%u.%u", &major, &minor, &level) < 2)
		level = 0;
	*slot = expr_integer(s->arena, (*slot)->loc, encode(major, minor, level));
}

static void fold_kver(struct sema *s, struct expr **slot)
{
	uint64_t parts[3] = { 0 };

	for (size_t i = 0; i < call_arg_count(*slot); i++) {
		bool is_negative;

		if (!sema_literal_int(call_arg(*slot, i), &parts[i], &is_negative))
			return;
		if (is_negative || (i < 2 && parts[i] > LEVEL_MAX)) {
			diag_error(s->diag, DIAG_LITERAL_RANGE, call_arg(*slot, i)->loc,
				   "parts of a kernel version are 0 to %d", LEVEL_MAX);
			parts[i] = 0;
		}
	}
	*slot = expr_integer(s->arena, (*slot)->loc, encode(parts[0], parts[1], parts[2]));
}

const struct builtin builtins_kernel_facts[] = {
	{ .name = "has_field", .signature = "has_field(type, word|#string) -> bool",
	  .flags = BUILTIN_OWN_TYPING, .type = type_has_field,
	  .help = "Whether a type or value has a member: has_field(struct task_struct, \"se.avg\").",
	  .fold = fold_has_field },
	{ .name = "has_func", .signature = "has_func(#string) -> bool",
	  .help = "Whether the kernel has a function of that name.", .fold = fold_has_func },
	{ .name = "has_probe", .signature = "has_probe(#string) -> bool",
	  .help = "Whether something matches an attach point: has_probe(\"tracepoint:sched:*\").",
	  .fold = fold_has_probe },
	{ .name = "kernel_version", .signature = "uint32", .flags = BUILTIN_VARIABLE,
	  .help = "Version of the running kernel, for comparison with kver().",
	  .fold = fold_kernel_version },
	{ .name = "kver", .signature = "kver(#int, #int, [#int]) -> uint32",
	  .help = "A kernel version: kver(5, 10) or kver(5, 10, 3).", .fold = fold_kver },
	{ 0 },
};
