/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the event brings along: arguments, return value, context, and the probe's own name.
 *
 * Which probe types have what is known by their hooks and flags (struct probe_ops): args, argN, retval
 * and ctx exist where the hook does. func is an address that user space names: that of the function's
 * beginning, or, of a kprobe in the middle of a function, of the instruction.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "arch/arch.h"
#include "builtins/hooks.h"
#include "sema/hints.h"
#include "util/text.h"

#define ARGUMENT_TYPES "kprobe, uprobe, usdt, rawtracepoint"
#define ARGS_TYPES     "tracepoint, rawtracepoint, kprobe, fentry, fexit, uprobe"
#define RETVAL_TYPES   "kretprobe, uretprobe, fexit"
#define FUNC_TYPES     "kprobe, kretprobe, uprobe, uretprobe, fentry, fexit"
#define CONTEXT_TYPES                                                                              \
	"kprobe, kretprobe, uprobe, uretprobe, usdt, profile, interval, software, hardware, "      \
	"watchpoint, iter"

static bool is_tracepoint(const struct probe *p)
{
	return !strcmp(p->ops->name, "tracepoint");
}

/* --- argN ------------------------------------------------------------------------------------- */

/* Which arguments there are by name. */
static const char *names_hint(struct sema *s)
{
	const char *names = hint_fields(s, hint_args_type(s));

	return names ? arena_printf(s->arena, "write args.NAME; the names are: %s", names) :
		       arena_printf(s->arena, "this %s has no arguments",
				    is_tracepoint(sema_first_probe(s)) ? "tracepoint" : "function");
}

/* Where there is a result, or what there is instead. */
static const char *exit_hint(struct sema *s)
{
	const struct probe *p = sema_first_probe(s);

	if (p->event && text_starts_with(p->event, "sys_enter"))
		return arena_printf(s->arena, "the result is args.ret in tracepoint:%s:sys_exit%s",
				    p->target, p->event + strlen("sys_enter"));
	return names_hint(s);
}

static int check_argument(struct sema *s, struct expr **slot)
{
	struct probe_context context = probe_context_of(s);
	struct expr *e = *slot;

	for (size_t i = 0; i < s->body->probes.count; i++) {
		struct probe *p = s->body->probes.items[i];
		uint64_t limit = 0;
		int word;

		if (!p->ops->argument)
			return not_in_this_probe(s, e, ARGUMENT_TYPES,
						 p->ops->args ? names_hint(s) : NULL);
		word = p->ops->argument(&context, p, strtoull(e->call.name + 3, NULL, 10), &limit);
		if (word < 0) {
			diag_error(s->diag, DIAG_ARGUMENT_NUMBER, e->loc,
				   p->ops->flags & PROBE_REGISTERS ?
				   "%s doesn't support %s: the first %llu arguments are in registers"
				   : "%s doesn't support %s: it has %llu arguments", p->name,
				   e->call.name, (unsigned long long)limit);
			return -EINVAL;
		}
		e->call.data = (void *)(uintptr_t)word;
	}
	return 0;
}

static int emit_argument(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			 struct cg_value *out)
{
	(void)into;
	cg_set(out, e->type, cg_context_word(cg, (uint32_t)(uintptr_t)e->call.data));
	return 0;
}

/* --- args ------------------------------------------------------------------------------------- */

/* At the function's return its arguments are gone. */
static const char *args_hint(struct sema *s, const struct probe *p)
{
	if (!strcmp(p->ops->name, "iter"))
		return "what an iterator shows is in ctx";
	if (strcmp(p->ops->name, "kretprobe") || !p->event)
		return NULL;
	return arena_printf(s->arena, "keep them in a map: kprobe:%s { @arg[tid] = args.NAME; }",
			    p->event);
}

static const struct type *type_args(struct sema *s, struct expr *e)
{
	struct probe_context context = probe_context_of(s);
	struct probe *p = s->body->probes.items[0];
	const struct type *type = NULL;

	if (!p->ops->args) {
		not_in_this_probe(s, e, ARGS_TYPES, args_hint(s, p));
		return s->types.none;
	}
	if (!p->args) {
		if (p->ops->args(&context, p, e->loc, &type))
			return s->types.none;
		p->args = type;
	}
	return p->args;
}

static int emit_args(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	(void)into;
	cg_set_address(out, e->type, cg_context(cg), (enum type_space)e->type->space);
	return 0;
}

/* --- retval ----------------------------------------------------------------------------------- */

static const char *result_hint(struct sema *s)
{
	if (!is_tracepoint(sema_first_probe(s)))
		return NULL;
	return hint_has_field(hint_args_type(s), "ret") ? "write: args.ret" : exit_hint(s);
}

/* All probes of a body have one type of result (pass "probes"). Where there is none, it passes for a
 * number until check_retval() says so. */
static const struct type *type_retval(struct sema *s, struct expr *e)
{
	struct probe_context context = probe_context_of(s);
	struct probe *p = s->body->probes.count ? s->body->probes.items[0] : NULL;
	const struct type *type;
	uint32_t word = 0;

	if (!p || !p->ops->retval)
		return type_int(&s->types, 8, false);
	if (p->ops->retval(&context, p, e->loc, &type, &word))
		return s->types.none;
	e->call.data = (void *)(uintptr_t)word;
	return type;
}

static int check_retval(struct sema *s, struct expr **slot)
{
	for (size_t i = 0; i < s->body->probes.count; i++) {
		if (!s->body->probes.items[i]->ops->retval)
			return not_in_this_probe(s, *slot, RETVAL_TYPES, result_hint(s));
	}
	return 0;
}

static LLVMValueRef helper_result(struct codegen *cg)
{
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef cell = cg_temp(cg, 8, "result"), args[] = { cg_context(cg), cell };

	cg_zero(cg, cell, 8);
	cg_helper(cg, BPF_FUNC_get_func_ret, args, 2);
	LLVMValueRef v = cg_load(cg, unsigned_type(cg, 8), cell);
	cg_temp_release(cg, mark);
	return v;
}

static int emit_retval(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		       struct cg_value *out)
{
	uint32_t word = (uint32_t)(uintptr_t)e->call.data;

	(void)into;
	set_integer(cg, e, word == PROBE_RETVAL_HELPER ? helper_result(cg) :
							 cg_context_word(cg, word), out);
	return 0;
}

/* --- func ------------------------------------------------------------------------------------- */

static int check_func(struct sema *s, struct expr **slot)
{
	unsigned int ways = PROBE_FUNC_REGISTER | PROBE_FUNC_HELPER;

	for (size_t i = 0; i < s->body->probes.count; i++) {
		if (!(s->body->probes.items[i]->ops->flags & ways))
			return not_in_this_probe(s, *slot, FUNC_TYPES, NULL);
	}
	return 0;
}

/* All probes are at the beginning, or the end, of a function, and the kernel says of which. */
static bool knows_function(struct codegen *cg)
{
	for (size_t i = 0; i < cg->body->probes.count; i++) {
		const struct probe *p = cg->body->probes.items[i];

		if (!(p->ops->flags & PROBE_FUNC_HELPER) || !p->event || p->offset)
			return false;
	}
	return cg_has_helper(cg, BPF_FUNC_get_func_ip);
}

/* Where no helper tells, each function of the kernel has a program of its own (pass "probes"). */
static bool find_by_name(struct codegen *cg, uint64_t *address)
{
	const struct probe_list *probes = &cg->body->probes;

	return probes->count == 1 && probes->items[0]->event &&
	       !host_kernel_symbol(probes->items[0]->event, address);
}

static LLVMValueRef instruction_pointer(struct codegen *cg, unsigned int ways)
{
	LLVMValueRef ip = cg_context_word(cg, arch_native.instruction_pointer / sizeof(uint64_t));

	return ways & PROBE_FUNC_HELPER ?
	       ir_sub(cg, ip, cg_const(cg, arch_native.breakpoint_bytes)) : ip;
}

static int emit_func(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	const struct probe_list *probes = &cg->body->probes;
	unsigned int ways = probes->count ? probes->items[0]->ops->flags : PROBE_FUNC_HELPER;
	LLVMValueRef context = cg_context(cg), ip;
	uint64_t address;

	(void)into;
	if (knows_function(cg))
		ip = cg_helper(cg, BPF_FUNC_get_func_ip, &context, 1);
	else if (ways & PROBE_FUNC_REGISTER)
		ip = instruction_pointer(cg, ways);
	else if (find_by_name(cg, &address))
		ip = cg_const(cg, address);
	else /* says what is missing */
		ip = cg_helper(cg, BPF_FUNC_get_func_ip, &context, 1);
	cg_set(out, e->type, ip);
	return 0;
}

/* --- ctx -------------------------------------------------------------------------------------- */

static const char *context_name(const struct probe *p)
{
	return p->ops->context ? p->ops->context(p) : NULL;
}

static const struct type *type_ctx(struct sema *s, struct expr *e)
{
	const char *name = context_name(sema_first_probe(s)) ?: "pt_regs"; /* check_ctx() tells */
	struct type_struct *context = type_struct_find(&s->types, name, false);

	(void)e;
	return type_pointer(&s->types, type_struct(&s->types, context, SPACE_CONTEXT),
			    SPACE_CONTEXT);
}

static int check_ctx(struct sema *s, struct expr **slot)
{
	for (size_t i = 0; i < s->body->probes.count; i++) {
		const struct probe *p = s->body->probes.items[i];

		if (!context_name(p))
			return not_in_this_probe(s, *slot, CONTEXT_TYPES,
						 p->ops->args ? "use args" : NULL);
	}
	return 0;
}

static int emit_ctx(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		    struct cg_value *out)
{
	(void)into;
	cg_set(out, e->type, LLVMBuildPtrToInt(cg->builder, cg_context(cg), cg->i64, "ctx"));
	return 0;
}

/* --- names of the probe ----------------------------------------------------------------------- */

static const char *name_of_probe(const struct sema *s)
{
	return sema_first_probe(s)->name;
}

static const char *word_of_probe(const struct sema *s)
{
	return sema_first_probe(s)->ops->type_word;
}

/* Literals from the start; a function has no probe. */
static void replace_by_literal(struct sema *s, struct expr **slot, const char *text)
{
	*slot = expr_string(s->arena, (*slot)->loc, text, strlen(text));
}

static void fold_probe(struct sema *s, struct expr **slot)
{
	if (s->body->probes.count)
		replace_by_literal(s, slot, name_of_probe(s));
}

static void fold_probetype(struct sema *s, struct expr **slot)
{
	if (s->body->probes.count)
		replace_by_literal(s, slot, word_of_probe(s));
}

const struct builtin builtins_args[] = {
	{ .name = "arg0", .signature = "uint64",
	  .flags = BUILTIN_VARIABLE | BUILTIN_ARGS | BUILTIN_CONTEXT,
	  .help = "Argument of the event by its number.",
	  .check = check_argument, .emit = emit_argument },
	{ .name = "args", .signature = "?",
	  .flags = BUILTIN_VARIABLE | BUILTIN_ARGS | BUILTIN_CONTEXT,
	  .help = "The event's arguments by name: args.filename.",
	  .type = type_args, .emit = emit_args },
	{ .name = "retval", .signature = "?", .flags = BUILTIN_VARIABLE | BUILTIN_CONTEXT,
	  .help = "Return value of the traced function.", .type = type_retval,
	  .check = check_retval, .emit = emit_retval },
	{ .name = "func", .signature = "ksym_t", .flags = BUILTIN_VARIABLE | BUILTIN_CONTEXT,
	  .help = "The traced function, printed as its name.", .check = check_func,
	  .emit = emit_func },
	{ .name = "ctx", .signature = "?",
	  .flags = BUILTIN_VARIABLE | BUILTIN_CONTEXT | BUILTIN_NO_LINKS,
	  .help = "The BPF program's context, as a pointer.",
	  .type = type_ctx, .check = check_ctx, .emit = emit_ctx },
	{ .name = "probe", .signature = "?", .flags = BUILTIN_VARIABLE | BUILTIN_PROBE,
	  .help = "Full name of the probe.", .fold = fold_probe },
	{ .name = "probetype", .signature = "?", .flags = BUILTIN_VARIABLE | BUILTIN_PROBE,
	  .help = "Type of the probe, such as tracepoint.", .fold = fold_probetype },
	{ 0 },
};
