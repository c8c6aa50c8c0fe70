/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door: typed tree in, BPF object out.
 *
 * One module per compilation in a context of its own, one function per body. LLVM reports what it
 * cannot do through the context's diagnostics handler and through a process-wide fatal error
 * handler; object.c turns both into messages.
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
		has_callbacks |= body_has_frame(s->bodies.items[i]);
	return has_callbacks || options->debug_info || options->places;
}

static void codegen_begin(struct codegen *cg, struct sema *s, const struct codegen_options *options)
{
	*cg = (struct codegen){ .sema = s, .program = s->program, .places = options->places };
	if (cg->places)
		cg->places->count = 0;
	cg->context = LLVMContextCreate();
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
	/* Last: what debug info reads as text needs names. */
	LLVMContextSetDiscardValueNames(cg->context, !options->dump_llvm);
}

static void codegen_end(struct codegen *cg)
{
	if (cg->di)
		LLVMDisposeDIBuilder(cg->di);
	LLVMDisposeBuilder(cg->builder);
	LLVMDisposeModule(cg->module);
	LLVMContextDispose(cg->context);
}

/* After a fatal error LLVM's objects are in no state to be taken apart. They stay reachable, so
 * that it is plain that they were not forgotten. */
static void abandon(const struct codegen *cg)
{
	static struct abandoned VEC_OF(struct codegen) abandoned;

	vec_push(&abandoned, *cg);
}

static int emit_all(struct codegen *cg, struct sema *s, const struct codegen_options *options,
		    bool is_tight)
{
	codegen_begin(cg, s, options);
	cg->is_tight = is_tight;
	int err = functions_emit(cg);
	if (err || !cg->is_outdated)
		return err;
	codegen_end(cg);
	codegen_begin(cg, s, options);
	cg->is_tight = is_tight;
	return functions_emit(cg);
}

static int try_once(struct sema *s, const struct codegen_options *options, bool is_tight,
		    bool *is_stack_full, struct bpf_object_bytes *out)
{
	struct codegen cg;
	int err = emit_all(&cg, s, options, is_tight);

	if (!err)
		err = object_emit(&cg, options, out);
	*is_stack_full = cg.is_stack_full;
	if (cg.is_broken)
		abandon(&cg);
	else
		codegen_end(&cg);
	return err;
}

int codegen_run(struct sema *s, const struct codegen_options *options,
		struct bpf_object_bytes *out)
{
	bool is_stack_full;

	bool is_tight = s->options->relief & PROGRAM_RELIEF_STACK;
	int err = try_once(s, options, is_tight, &is_stack_full, out);
	if (err && is_stack_full && !is_tight)
		err = try_once(s, options, true, &is_stack_full, out);
	if (!err && options->dump_bpf)
		disassembly_print(options->dump_bpf, out);
	return err;
}
