/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run-time errors and failed map updates: the cold paths.
 *
 * They are calls of one small function of the object, which looks up the ring itself, so that
 * programs that only might fail pay nothing for it: neither code at every place nor a ring looked
 * up on the way in. The function has no branch but the one behind the reservation, because the
 * verifier walks it once per place that calls it.
 */
#include <errno.h>
#include <linux/bpf.h>
#include "codegen/function.h"

/* The action of run-time error records, made on first use. */
static uint32_t error_action(struct program *p)
{
	for (size_t i = 0; i < p->actions.count; i++)
		if (p->actions.items[i].kind == ACTION_RUNTIME_ERROR)
			return (uint32_t)i;
	struct program_action a = { .kind = ACTION_RUNTIME_ERROR };
	vec_push(&p->actions, a);
	return (uint32_t)(p->actions.count - 1);
}

/* i64 runtime_error(i64 header word, i64 site and error, i64 value, ptr loss counter) */
enum parameter { HEADER, SITE, VALUE, COUNTER, PARAMETER_COUNT };

static LLVMTypeRef function_type(struct codegen *cg)
{
	LLVMTypeRef types[] = { cg->i64, cg->i64, cg->i64, cg->ptr };

	return LLVMFunctionType(cg->i64, types, PARAMETER_COUNT, false);
}

static LLVMValueRef look_up_ring(struct codegen *cg)
{
	LLVMValueRef key = LLVMBuildAlloca(cg->builder, cg->i64, "cpu");
	LLVMValueRef cpu = cg_helper(cg, BPF_FUNC_get_smp_processor_id, NULL, 0);

	value_store_raw(cg, LLVMBuildTrunc(cg->builder, cpu, cg->i32, ""), key);
	LLVMValueRef args[] = { cg_map(cg, event_role_map(cg, MAP_ROLE_RINGS)), key };
	return cg_helper_ptr(cg, BPF_FUNC_map_lookup_elem, args, 2);
}

static void emit_body(struct codegen *cg, LLVMValueRef fn)
{
	LLVMBasicBlockRef found = cg_block(cg, "found"), filled = cg_block(cg, "filled");
	LLVMBasicBlockRef full = cg_block(cg, "full");
	uint32_t size = sizeof(struct event_runtime_error);
	LLVMValueRef ring = look_up_ring(cg), none = LLVMConstNull(cg->ptr);

	cg_branch(cg, LLVMBuildICmp(cg->builder, LLVMIntNE, ring, none, ""), found, full, found);
	LLVMValueRef now = cg_helper(cg, BPF_FUNC_ktime_get_ns, NULL, 0);
	LLVMValueRef args[] = { ring, cg_const(cg, size), cg_const(cg, 0) };
	LLVMValueRef record = cg_helper_ptr(cg, BPF_FUNC_ringbuf_reserve, args, 3);
	cg_branch(cg, LLVMBuildICmp(cg->builder, LLVMIntNE, record, none, ""), filled, full,
		  filled);
	value_store_raw(cg, now, cg_offset(cg, record, offsetof(struct event_header, time_ns)));
	value_store_raw(cg, LLVMGetParam(fn, HEADER),
			cg_offset(cg, record, offsetof(struct event_header, action)));
	value_store_raw(cg, LLVMGetParam(fn, SITE),
			cg_offset(cg, record, offsetof(struct event_runtime_error, site)));
	value_store_raw(cg, LLVMGetParam(fn, VALUE),
			cg_offset(cg, record, offsetof(struct event_runtime_error, value)));
	LLVMValueRef done[] = { record, cg_const(cg, 0) };
	cg_helper(cg, BPF_FUNC_ringbuf_submit, done, 2);
	LLVMBuildRet(cg->builder, cg_const(cg, 0));
	LLVMPositionBuilderAtEnd(cg->builder, full);
	cg_atomic_add(cg, LLVMGetParam(fn, COUNTER), cg_const(cg, 1));
	LLVMBuildRet(cg->builder, cg_const(cg, 0));
}

static LLVMValueRef error_function(struct codegen *cg)
{
	static const char name[] = "runtime_error";
	LLVMValueRef fn = LLVMGetNamedFunction(cg->module, name);
	LLVMBasicBlockRef here = LLVMGetInsertBlock(cg->builder);
	struct cg_function *outer = cg->function;
	struct cg_function own = { .root = &own };

	if (fn)
		return fn;
	fn = LLVMAddFunction(cg->module, name, function_type(cg));
	LLVMSetLinkage(fn, LLVMInternalLinkage);
	function_set_attributes(cg, fn, true);
	LLVMMetadataRef place = LLVMGetCurrentDebugLocation2(cg->builder);
	own.llvm = fn;
	cg->function = &own;
	LLVMPositionBuilderAtEnd(cg->builder, cg_block(cg, "entry"));
	debug_info_function(cg, name, DEBUG_ERROR_FUNCTION, (struct loc){ 0 });
	emit_body(cg, fn);
	cg->function = outer;
	LLVMPositionBuilderAtEnd(cg->builder, here);
	LLVMSetCurrentDebugLocation2(cg->builder, place);
	return fn;
}

static void emit_call(struct codegen *cg, uint32_t site, enum program_error error,
		      LLVMValueRef value)
{
	if (cg_is_pinned(cg))
		return;
	uint32_t action = error_action(cg->program);
	LLVMValueRef fn = error_function(cg);
	uint32_t size = sizeof(struct event_runtime_error);
	LLVMValueRef args[PARAMETER_COUNT] = {
		[HEADER] = function_header_word(cg, action),
		[SITE] = cg_const(cg, (uint64_t)error << 32 | site),
		[VALUE] = value ? value : cg_const(cg, 0),
		[COUNTER] = function_loss_counter(cg, LOSS_RING_FULL),
	};

	cg->program->data_record_max = MAX(cg->program->data_record_max, size);
	LLVMBuildCall2(cg->builder, function_type(cg), fn, args, PARAMETER_COUNT, "");
}

void error_at_site(struct codegen *cg, uint32_t site, enum program_error error, LLVMValueRef value)
{
	emit_call(cg, site, error, value);
}

void cg_runtime_error(struct codegen *cg, const struct expr *e, enum program_error error,
		      LLVMValueRef value)
{
	emit_call(cg, e->site, error, value);
}

/* Not in every program: failed reads are common, and nobody looks at them without -k. */
void error_quiet(struct codegen *cg, const struct expr *e, const char *helper, LLVMValueRef result)
{
	if (!cg->sema->options->reports_quiet)
		return;
	emit_call(cg, sema_add_site(cg->sema, e->loc, helper, true), ERROR_HELPER, result);
}

/* -E2BIG is a full map, anything else a locked one or no memory. Without branches: their number is
 * limited. */
void error_failed_update(struct codegen *cg, const struct expr *map, LLVMValueRef result)
{
	LLVMBuilderRef b = cg->builder;
	_Static_assert(LOSS_UPDATE_BUSY == LOSS_MAP_FULL + 1, "the second counter is the next one");

	LLVMValueRef difference = LLVMBuildAdd(b, result, cg_const(cg, E2BIG), "");
	LLVMValueRef minus = LLVMBuildNeg(b, cg_opaque(cg, difference), "");
	LLVMValueRef is_other = LLVMBuildLShr(b, LLVMBuildOr(b, difference, minus, ""),
					      cg_const(cg, 63), "");
	LLVMValueRef counter = function_loss_counter(cg, LOSS_MAP_FULL);
	counter = LLVMBuildGEP2(b, cg->i64, counter, &is_other, 1, "");
	cg_atomic_add(cg, counter, cg_const(cg, 1));
	cg_runtime_error(cg, map, ERROR_HELPER, result);
}
