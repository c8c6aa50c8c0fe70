/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of what was interrupted: reg(), and usermode, which is read from one of them.
 *
 * Probe types with PROBE_REGISTERS find them at the beginning of their context, laid out as struct
 * pt_regs.
 */
#include <errno.h>
#include <string.h>
#include "arch/arch.h"
#include "builtins/hooks.h"
#include "util/text.h"

#define REGISTER_TYPES                                                                             \
	"kprobe, kretprobe, uprobe, uretprobe, usdt, profile, interval, software, hardware, "      \
	"watchpoint"

static bool has_registers(const struct probe *p)
{
	return p->ops->flags & PROBE_REGISTERS;
}

/* --- reg -------------------------------------------------------------------------------------- */

static int check_reg(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	struct text_nearest nearest;
	size_t len;
	const char *name = sema_literal_string(call_arg(e, 0), &len);

	for (size_t i = 0; i < s->body->probes.count; i++) {
		if (!has_registers(s->body->probes.items[i]))
			return not_in_this_probe(s, e, REGISTER_TYPES, NULL);
	}
	if (arch_register_offset(name) >= 0) {
		e->call.data = (void *)(uintptr_t)arch_register_offset(name);
		return 0;
	}
	text_nearest_init(&nearest, name);
	for (const struct arch_register *r = arch_native.registers; r->name; r++)
		text_nearest_offer(&nearest, r->name);
	diag_did_you_mean(diag_error(s->diag, DIAG_REGISTER_NAME, call_arg(e, 0)->loc,
				     "%s has no register '%s'", arch_native.name, name),
			  nearest.best);
	return -EINVAL;
}

static int emit_reg(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		    struct cg_value *out)
{
	(void)into;
	cg_set(out, e->type,
	       cg_context_word(cg, (uint32_t)(uintptr_t)e->call.data / sizeof(uint64_t)));
	return 0;
}

/* --- usermode --------------------------------------------------------------------------------- */

/* Probes without registers see the kernel at work; begin, end and self run for bittern itself. */
static int check_usermode(struct sema *s, struct expr **slot)
{
	const struct probe *p = sema_first_probe(s);
	struct expr *literal;

	if (!arch_native.user_mask) {
		diag_error(s->diag, DIAG_REGISTER_NAME, (*slot)->loc,
			   "usermode is not available on %s", arch_native.name);
		return -EINVAL;
	}
	if (has_registers(p))
		return 0;
	literal = expr_integer(s->arena, (*slot)->loc, !strcmp(p->ops->type_word, "special"));
	literal->type = (*slot)->type;
	*slot = literal;
	return 0;
}

static int emit_usermode(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			 struct cg_value *out)
{
	LLVMValueRef word = cg_context_word(cg, arch_native.user_register / sizeof(uint64_t));
	LLVMValueRef mask = cg_const(cg, arch_native.user_mask);
	LLVMValueRef is_user = ir_compare(cg, LLVMIntEQ, ir_and(cg, word, mask), mask);

	(void)into;
	cg_set(out, e->type, LLVMBuildZExt(cg->builder, is_user, cg->i8, ""));
	return 0;
}

const struct builtin builtins_registers[] = {
	{ .name = "reg", .signature = "reg(#string) -> uint64",
	  .flags = BUILTIN_CONTEXT | BUILTIN_NO_LINKS,
	  .help = "A register, by the name it has in the kernel: reg(\"ip\").",
	  .check = check_reg, .emit = emit_reg },
	{ .name = "usermode", .signature = "uint8", .flags = BUILTIN_VARIABLE | BUILTIN_CONTEXT,
	  .help = "1 if the CPU was executing user code, else 0.",
	  .check = check_usermode, .emit = emit_usermode },
	{ 0 },
};
