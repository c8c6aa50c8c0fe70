/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbols of the kernel: kaddr() ksym() percpu_kaddr().
 *
 * kaddr() is looked up while compiling and then a number; ksym() is an address that user space
 * names when it prints it. Both read /proc/kallsyms, at the first use and not before.
 * percpu_kaddr() asks the kernel: it knows where a CPU's copy of a variable is.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "builtins/hooks.h"

#define HIDDEN_HINT "they show with CAP_SYSLOG and sysctl kernel.kptr_restrict=0 or 1"

static int replace_by_number(struct sema *s, struct expr **slot, uint64_t value)
{
	struct expr *literal = expr_integer(s->arena, (*slot)->loc, value);

	literal->type = (*slot)->type;
	*slot = literal;
	return 0;
}

/* --- kaddr ------------------------------------------------------------------------------------ */

static void report_unknown(struct sema *s, const struct expr *e, const char *name)
{
	bool has_variables;
	const char *near = host_kernel_symbol_near(s->host, name, &has_variables);
	struct diag_msg *m = diag_error(s->diag, DIAG_KERNEL_SYMBOL, call_arg(e, 0)->loc,
					"the kernel has no symbol '%s'", name);

	diag_did_you_mean(m, near);
	if (!near && !has_variables)
		diag_hint(m, "this kernel lists its functions only: it is built without "
			  "CONFIG_KALLSYMS_ALL");
}

static int report_unreadable(struct sema *s, const struct expr *e, int err)
{
	struct diag_msg *m;

	if (err == -EACCES)
		m = diag_error(s->diag, DIAG_KERNEL_SYMBOL, e->loc,
			       "the kernel hides its addresses from this process");
	else
		m = diag_error(s->diag, DIAG_KERNEL_SYMBOL, e->loc,
			       "/proc/kallsyms cannot be read: %s", strerror(-err));
	if (err == -EACCES)
		diag_hint(m, HIDDEN_HINT);
	return -EINVAL;
}

static int check_kaddr(struct sema *s, struct expr **slot)
{
	size_t len;
	const char *name = sema_literal_string(call_arg(*slot, 0), &len);
	uint64_t address;
	int err = host_kernel_symbol(name, &address);

	if (!err)
		return replace_by_number(s, slot, address);
	if (err != -ENOENT)
		return report_unreadable(s, *slot, err);
	report_unknown(s, *slot, name);
	return -EINVAL;
}

/* --- ksym ------------------------------------------------------------------------------------- */

static int check_ksym(struct sema *s, struct expr **slot)
{
	if (host_hides_kernel_symbols())
		diag_hint(diag_warning(s->diag, DIAG_KERNEL_SYMBOL, (*slot)->loc,
				       "the kernel hides its addresses from this process: ksym() will "
				       "print numbers"), HIDDEN_HINT);
	return 0;
}

static int emit_ksym(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	LLVMValueRef address;
	int err = cg_emit_i64(cg, call_arg(e, 0), &address);

	(void)into;
	if (!err)
		cg_set(out, e->type, address);
	return err;
}

/* --- percpu_kaddr ----------------------------------------------------------------------------- */

static int check_percpu_kaddr(struct sema *s, struct expr **slot)
{
	size_t len;
	const struct expr *e = *slot, *arg = call_arg(e, 0);
	const char *name = sema_literal_string(arg, &len);

	switch (host_per_cpu_variable(s->host, name)) {
	case 0:
		return 0;
	case -ENOTSUP:
		diag_error(s->diag, DIAG_KERNEL_SYMBOL, e->loc,
			   "percpu_kaddr() needs the kernel's BTF, %s", host_btf_absence(s->host));
		return -EINVAL;
	case -EADDRNOTAVAIL:
		diag_hint(diag_error(s->diag, DIAG_KERNEL_SYMBOL, arg->loc,
				     "the kernel does not say where its variable '%s' is", name),
			  "its symbol table lists functions only: it is built without "
			  "CONFIG_KALLSYMS_ALL");
		return -EINVAL;
	}
	diag_did_you_mean(diag_error(s->diag, DIAG_KERNEL_SYMBOL, arg->loc,
				     "the kernel's BTF has no per-CPU variable '%s'", name),
			  host_per_cpu_variable_near(s->host, name));
	return -EINVAL;
}

/* The verifier knows the address as a pointer, or as one that may be NULL; the language wants a
 * number. Copied by a helper it is one. */
static LLVMValueRef forget_type(struct codegen *cg, LLVMValueRef pointer)
{
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef from = cg_temp(cg, 8, "pointer"), to = cg_temp(cg, 8, "number");
	const struct type *word = unsigned_type(cg, 8);
	LLVMValueRef args[] = { to, cg_const32(cg, 8), from };

	cg_store(cg, word, pointer, from);
	cg_helper(cg, BPF_FUNC_probe_read_kernel, args, ARRAY_SIZE(args));
	LLVMValueRef number = cg_load(cg, word, to);
	cg_temp_release(cg, mark);
	return number;
}

static int emit_percpu_kaddr(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			     struct cg_value *out)
{
	size_t len;
	const char *name = sema_literal_string(call_arg(e, 0), &len);
	LLVMValueRef args[2] = { cg_kernel_variable(cg, name) };
	bool has_cpu = call_arg(e, 1) != NULL;
	int err = has_cpu ? cg_emit_i64(cg, call_arg(e, 1), &args[1]) : 0;

	(void)into;
	if (err)
		return err;
	if (has_cpu)
		args[1] = LLVMBuildTrunc(cg->builder, args[1], cg->i32, "");
	cg_set(out, e->type,
	       forget_type(cg, cg_helper(cg, has_cpu ? BPF_FUNC_per_cpu_ptr : BPF_FUNC_this_cpu_ptr,
					 args, has_cpu ? 2 : 1)));
	return 0;
}

const struct builtin builtins_symbols[] = {
	{ .name = "kaddr", .signature = "kaddr(#string) -> uint64",
	  .help = "Address of a symbol of the kernel.", .check = check_kaddr },
	{ .name = "ksym", .signature = "ksym(int|ptr) -> ksym_t",
	  .help = "Name of the kernel's function at an address, looked up when printed.",
	  .check = check_ksym, .emit = emit_ksym },
	{ .name = "percpu_kaddr", .signature = "percpu_kaddr(#string, [int]) -> uint64",
	  .help = "Address of a per-CPU variable of the kernel, of this CPU or of another.",
	  .check = check_percpu_kaddr, .emit = emit_percpu_kaddr },
	{ 0 },
};
