/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls into the kernel that may not be there: helpers newer than the oldest kernel bittern runs
 * on, and kernel functions (kfuncs).
 *
 * Every helper goes through feature_require(), so that no emitter can forget to ask. Who has
 * another way asks first (cg_has_helper(), cg_has_kfunc()); for all others a missing function is a
 * mistake of the script at the place that is being emitted, with the first kernel that has it and
 * what the script could use instead.
 *
 * A kfunc is called as an external function of the object; the loader finds it in the kernel's BTF.
 */
#include "codegen/function.h"

static uint32_t program_type(const struct codegen *cg)
{
	return cg->body->bpf_prog_type;
}

static void report_missing(struct codegen *cg, const char *name, const char *kind,
			   const struct host_function *f, enum host_support support)
{
	const struct probe_list *probes = &cg->body->probes;
	struct diag_msg *m;

	cg->has_failed = true;
	if (support == SUPPORT_NOT_HERE)
		m = diag_error(cg->sema->diag, DIAG_MISSING_HELPER, cg->place,
			       "probes of type '%s' cannot call the %s %s on this kernel",
			       probes->count ? probes->items[0]->ops->name : "any", kind, name);
	else if (f)
		m = diag_error(cg->sema->diag, DIAG_MISSING_HELPER, cg->place,
			       "this kernel lacks the %s %s, which this needs: Linux has it "
			       "since %s", kind, name, f->since);
	else
		m = diag_error(cg->sema->diag, DIAG_MISSING_HELPER, cg->place,
			       "this kernel lacks the %s %s, which this needs", kind, name);
	if (f && f->instead)
		diag_hint(m, "without it: %s", f->instead);
}

void feature_require(struct codegen *cg, int id)
{
	enum host_support support = SUPPORT_YES;

	if (cg->sema->host)
		support = host_has_helper(cg->sema->host, id, program_type(cg));
	if (support != SUPPORT_YES)
		report_missing(cg, host_helper(id)->name, "BPF helper", host_helper(id), support);
}

bool cg_has_helper(struct codegen *cg, int id)
{
	return !cg->sema->host ||
	       host_has_helper(cg->sema->host, id, program_type(cg)) == SUPPORT_YES;
}

bool cg_has_fetch(struct codegen *cg)
{
	return !cg->sema->host || host_has_instruction(cg->sema->host, INSTRUCTION_FETCH);
}

bool cg_has_kfunc(struct codegen *cg, const char *name)
{
	return cg->sema->host &&
	       host_has_kfunc(cg->sema->host, name, program_type(cg)) == SUPPORT_YES;
}

bool cg_lacks_kfunc(struct codegen *cg, const char *name)
{
	return !cg->sema->host ||
	       host_has_kfunc(cg->sema->host, name, program_type(cg)) == SUPPORT_NONE;
}

LLVMValueRef cg_kfunc(struct codegen *cg, const char *name, LLVMTypeRef result,
		      LLVMValueRef *args, unsigned int count)
{
	enum host_support support = cg->sema->host ?
		host_has_kfunc(cg->sema->host, name, program_type(cg)) : SUPPORT_NONE;
	LLVMValueRef fn = LLVMGetNamedFunction(cg->module, name);
	LLVMTypeRef types[5], type;

	if (support != SUPPORT_YES)
		report_missing(cg, name, "function", host_kfunc(name), support);
	if (count > ARRAY_SIZE(types))
		bug("kernel function %s with %u arguments", name, count);
	for (unsigned int i = 0; i < count; i++)
		types[i] = LLVMTypeOf(args[i]);
	type = LLVMFunctionType(result, types, count, false);
	if (!fn) {
		fn = LLVMAddFunction(cg->module, name, type);
		LLVMSetLinkage(fn, LLVMExternalLinkage);
	}
	return LLVMBuildCall2(cg->builder, type, fn, args, count, "");
}

LLVMValueRef cg_kernel_variable(struct codegen *cg, const char *name)
{
	const char *symbol = arena_printf(cg->sema->arena, "kernel_%s", name);
	LLVMValueRef variable = LLVMGetNamedGlobal(cg->module, symbol);

	if (!variable) {
		variable = LLVMAddGlobal(cg->module, cg->i64, symbol);
		LLVMSetLinkage(variable, LLVMExternalLinkage);
	}
	return variable;
}
