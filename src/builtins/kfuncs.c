/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this kernel has of its own functions for programs: kfunc_exist() kfunc_allowed(). Both are
 * known while compiling, so one script can serve several kernels.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <string.h>
#include "builtins/hooks.h"

static int replace_by_truth(struct sema *s, struct expr **slot, bool is_true)
{
	struct expr *literal = expr_boolean(s->arena, (*slot)->loc, is_true);

	literal->type = s->types.bool_type;
	*slot = literal;
	return 0;
}

static const char *name_of(const struct expr *e)
{
	size_t len;

	return sema_literal_string(call_arg(e, 0), &len);
}

static int check_kfunc_exist(struct sema *s, struct expr **slot)
{
	return replace_by_truth(s, slot,
				host_has_kfunc(s->host, name_of(*slot), BPF_PROG_TYPE_TRACING) !=
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

static int check_kfunc_allowed(struct sema *s, struct expr **slot)
{
	bool is_allowed = true;

	for (size_t i = 0; i < s->body->probes.count; i++) {
		uint32_t type = program_type_of(s->body->probes.items[i]);

		is_allowed &= host_has_kfunc(s->host, name_of(*slot), type) == SUPPORT_YES;
	}
	return replace_by_truth(s, slot, is_allowed);
}

const struct builtin builtins_kfuncs[] = {
	{ .name = "kfunc_exist", .signature = "kfunc_exist(#string) -> bool",
	  .help = "Whether the kernel has a function of that name.", .check = check_kfunc_exist },
	{ .name = "kfunc_allowed", .signature = "kfunc_allowed(#string) -> bool",
	  .help = "Whether this probe may call the kernel's function of that name.",
	  .check = check_kfunc_allowed },
	{ 0 },
};
