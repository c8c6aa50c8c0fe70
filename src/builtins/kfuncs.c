/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this kernel has of its own functions for programs: kfunc_exist() kfunc_allowed(). Both are
 * known while compiling, so one script can serve several kernels.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <string.h>
#include "builtins/hooks.h"

/* The name in the call, or NULL: it is no literal, which the signature complains of. */
static const char *name_of(const struct expr *e)
{
	const struct expr *name = call_arg(e, 0);
	size_t len;

	return name && name->kind == EXPR_STRING ? sema_literal_string(name, &len) : NULL;
}

static void fold_kfunc_exist(struct sema *s, struct expr **slot)
{
	const char *name = name_of(*slot);

	if (name && s->host)
		fold_boolean(s, slot, host_is_kfunc(s->host, name) &&
				      host_has_kfunc(s->host, name, BPF_PROG_TYPE_TRACING) !=
					      SUPPORT_NONE);
}

/* The type of program that the body becomes if it calls such a function: raw tracepoints become
 * typed ones, except those that begin, end and self are made of. */
static uint32_t program_type_of(const struct probe *p)
{
	bool is_special = !strcmp(p->ops->type_word, "special");

	if (p->ops->bpf_prog_type == BPF_PROG_TYPE_RAW_TRACEPOINT && !is_special)
		return BPF_PROG_TYPE_TRACING;
	return p->ops->bpf_prog_type;
}

static void fold_kfunc_allowed(struct sema *s, struct expr **slot)
{
	const char *name = name_of(*slot);
	bool is_allowed = true;

	if (!name || !s->host || !s->body->probes.count)
		return;
	for (size_t i = 0; i < s->body->probes.count; i++) {
		uint32_t type = program_type_of(s->body->probes.items[i]);

		is_allowed &= host_has_kfunc(s->host, name, type) == SUPPORT_YES;
	}
	fold_boolean(s, slot, is_allowed);
}

const struct builtin builtins_kfuncs[] = {
	{ .name = "kfunc_exist", .signature = "kfunc_exist(#string) -> bool",
	  .help = "Whether the kernel has that function for BPF programs.", .fold = fold_kfunc_exist },
	{ .name = "kfunc_allowed", .signature = "kfunc_allowed(#string) -> bool",
	  .help = "Whether this probe may call the kernel's function of that name.",
	  .fold = fold_kfunc_allowed },
	{ 0 },
};
