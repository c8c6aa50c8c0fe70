/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door: typed tree in, BPF object out.
 *
 * One module per compilation in a context of its own, one function per body. LLVM reports what it cannot
 * do through the context's diagnostics handler and through a process-wide fatal error handler;
 * object.c turns both into messages.
 */
#include <errno.h>
#include "codegen/function.h"

int cg_fail(struct codegen *cg, struct loc at, const char *message)
{
	diag_error(cg->sema->diag, DIAG_CODE_LIMIT, at, "%s", message);
	cg->has_failed = true;
	return -EINVAL;
}

static bool needs_debug_info(const struct sema *s, const struct codegen_options *options)
{
	bool has_callbacks = false;

	for (size_t i = 0; i < s->bodies.count; i++)
		has_callbacks |= s->bodies.items[i]->needs_loop_helper;
	return has_callbacks || options->debug_info;
}

static void codegen_begin(struct codegen *cg, struct sema *s, const struct codegen_options *options)
{
	*cg = (struct codegen){ .sema = s, .program = s->program };
	cg->context = LLVMContextCreate();
	LLVMContextSetDiscardValueNames(cg->context, !options->dump_llvm);
	cg->module = LLVMModuleCreateWithNameInContext("bittern", cg->context);
	cg->builder = LLVMCreateBuilderInContext(cg->context);
	cg->i1 = LLVMInt1TypeInContext(cg->context);
	cg->i8 = LLVMInt8TypeInContext(cg->context);
	cg->i16 = LLVMInt16TypeInContext(cg->context);
	cg->i32 = LLVMInt32TypeInContext(cg->context);
	cg->i64 = LLVMInt64TypeInContext(cg->context);
	cg->ptr = LLVMPointerTypeInContext(cg->context, 0);
	cg->void_type = LLVMVoidTypeInContext(cg->context);
	if (needs_debug_info(s, options))
		debug_info_begin(cg);
}

static void codegen_end(struct codegen *cg)
{
	if (cg->di)
		LLVMDisposeDIBuilder(cg->di);
	LLVMDisposeBuilder(cg->builder);
	LLVMDisposeModule(cg->module);
	LLVMContextDispose(cg->context);
}

int codegen_run(struct sema *s, const struct codegen_options *options,
		struct bpf_object_bytes *out)
{
	struct codegen cg;

	codegen_begin(&cg, s, options);
	int err = functions_emit(&cg);
	if (!err)
		err = object_emit(&cg, options, out);
	/* After a fatal error LLVM's objects are in no state to be taken apart. */
	if (!cg.is_broken)
		codegen_end(&cg);
	if (!err && options->dump_bpf)
		disassembly_print(options->dump_bpf, out);
	return err;
}
