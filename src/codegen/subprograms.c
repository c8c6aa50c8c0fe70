/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of the script: real BPF functions, which the loader places behind each program that calls
 * them, so that the verifier checks them with what each call gives.
 *
 *	i64 fn_NAME(caller's frame, [where the result goes], arguments …)
 *
 * Values that fit a register are passed as i64, others as the address of 8-aligned BPF memory that
 * nobody changes during the call; results likewise. BPF has five argument registers: what does not
 * fit them is put into the caller's frame.
 *
 * Ring and scratch slot are the program's, which claims them if any function below needs them. Each
 * function has a part of the slot for itself, in front of what programs use: there is no recursion.
 */
#include <errno.h>
#include "ast/walk.h"
#include "codegen/function.h"

#define REGISTERS 5
#define SLOT_MIN  72 /* temporaries of this size never lie on the stack */

static const struct {
	uint32_t area, cells;
} budgets[] = { { 64, 8 }, { 24, 4 } };

static bool is_void(const struct fn_symbol *fn)
{
	return fn->result->kind == TYPE_VOID;
}

static bool has_out(const struct fn_symbol *fn)
{
	return !is_void(fn) && type_is_memory(fn->result);
}

/* Parameters of the BPF function in front of the script's. */
static unsigned int first_parameter(const struct fn_symbol *fn)
{
	return fn->is_linked ? 0 : 1 + has_out(fn);
}

static unsigned int in_registers(const struct fn_symbol *fn)
{
	return MIN((unsigned int)fn->params.count, REGISTERS - first_parameter(fn));
}

static LLVMTypeRef type_of(struct codegen *cg, const struct fn_symbol *fn)
{
	LLVMTypeRef types[REGISTERS] = { cg->ptr, cg->ptr };
	unsigned int first = first_parameter(fn), count = in_registers(fn);

	for (unsigned int i = 0; i < count; i++)
		types[first + i] = type_is_memory(fn->params.items[i]->type) ? cg->ptr : cg->i64;
	return LLVMFunctionType(cg->i64, types, first + count, false);
}

/* The word of the frame for a parameter that has no register. */
static LLVMValueRef stacked(struct codegen *cg, const struct fn_symbol *fn, LLVMValueRef frame,
			    unsigned int i)
{
	return cg_offset(cg, frame, (FRAME_ARGUMENTS + i - in_registers(fn)) * sizeof(uint64_t));
}

/* --- functions -------------------------------------------------------------------------------- */

static void describe(struct codegen *cg, const struct fn_symbol *fn, const char *name)
{
	const char *names[REGISTERS] = { "frame", "result" };
	bool is_pointer[REGISTERS] = { true, true };
	unsigned int first = first_parameter(fn), count = in_registers(fn);

	for (unsigned int i = 0; i < count; i++) {
		names[first + i] = fn->params.items[i]->name;
		is_pointer[first + i] = type_is_memory(fn->params.items[i]->type);
	}
	debug_info_subprogram(cg, name, names, is_pointer, first + count, fn->ast->name_loc);
}

static void begin(struct codegen *cg, struct fn_symbol *fn)
{
	const char *name = arena_printf(cg->sema->arena, "fn_%s", fn->name);

	cg->body = fn->body;
	cg->function = NULL;
	struct cg_function *f = function_new(cg, name, DEBUG_SUBPROGRAM, type_of(cg, fn));
	function_set_attributes(cg, f->llvm, true);
	describe(cg, fn, name);
	fn->code = f;
	f->fn = fn;
	f->caller_frame = LLVMGetParam(f->llvm, 0);
	f->out = has_out(fn) ? LLVMGetParam(f->llvm, 1) : NULL;
	f->frame = f->area;
	f->area_used = f->area_max = function_frame_size(cg);
	f->area_limit = f->area_used + budgets[cg->is_tight].area;
	f->cell_limit = budgets[cg->is_tight].cells;
	f->slot_used = cg->slot_of_functions;
	f->slot = memory_cell(cg, cg->ptr, "slot_cell");
	f->ring = memory_cell(cg, cg->ptr, "ring_cell");
	variables_begin(cg);
}

static LLVMValueRef parameter(struct codegen *cg, const struct fn_symbol *fn, unsigned int i)
{
	struct cg_function *f = cg->function;
	LLVMTypeRef type = type_is_memory(fn->params.items[i]->type) ? cg->ptr : cg->i64;

	if (i < in_registers(fn))
		return LLVMGetParam(f->llvm, first_parameter(fn) + i);
	return value_load_raw(cg, type, stacked(cg, fn, f->caller_frame, i));
}

static void take_parameter(struct codegen *cg, const struct symbol *symbol, LLVMValueRef v)
{
	const struct type *t = symbol->type, *word = cg->sema->types.ints[0][3];

	if (type_is_memory(t)) {
		if (variable_is_reference(cg, symbol))
			variable_set_reference(symbol, v);
		else
			cg_copy(cg, variable_address(cg, symbol), v, type_size(t));
		return;
	}
	if (t->kind == TYPE_BOOL)
		v = LLVMBuildTrunc(cg->builder, v, cg->i1, "");
	else
		v = cast_register(cg, v, word, t);
	cg_store(cg, t, v, variable_address(cg, symbol));
}

/* For callbacks, which know the function's frame only. */
static void fill_frame(struct codegen *cg)
{
	struct cg_function *f = cg->function;
	static const enum cg_frame_word copied[] = { FRAME_HEADER, FRAME_LEDGER };

	if (!f->body->needs_loop_helper)
		return;
	value_store_raw(cg, cg_const(cg, 0), function_frame_word(cg, FRAME_STATE * 8));
	if (cg_in_sequence(cg))
		value_store_raw(cg, cg_sequence(cg),
				function_frame_word(cg, event_sequence_offset(cg)));
	if (f->out)
		value_store_raw(cg, f->out, function_frame_word(cg, FRAME_OUT * 8));
	for (size_t i = 0; i < ARRAY_SIZE(copied); i++) {
		LLVMValueRef from = cg_offset(cg, f->caller_frame, copied[i] * 8);
		LLVMTypeRef type = copied[i] == FRAME_LEDGER ? cg->ptr : cg->i64;
		value_store_raw(cg, value_load_raw(cg, type, from),
				function_frame_word(cg, copied[i] * 8));
	}
}

/* Stands for a function of an imported object: gives it its place in the BTF, and the linker puts the
 * object's instructions in its place. */
static void emit_stand_in(struct codegen *cg, struct fn_symbol *fn)
{
	struct cg_function *f = ARENA_NEW(cg->sema->arena, struct cg_function);
	const char *name = arena_printf(cg->sema->arena, "object_%u_%s", fn->object, fn->name);
	struct cg_function *outer = cg->function;

	f->llvm = LLVMAddFunction(cg->module, name, type_of(cg, fn));
	f->root = f;
	fn->code = cg->function = f;
	LLVMSetLinkage(f->llvm, LLVMInternalLinkage);
	function_set_attributes(cg, f->llvm, true);
	if (cg->di)
		LLVMSetCurrentDebugLocation2(cg->builder, NULL);
	LLVMPositionBuilderAtEnd(cg->builder, cg_block(cg, "entry"));
	describe(cg, fn, name);
	LLVMBuildRet(cg->builder, cg_const(cg, 0));
	cg->function = outer;
}

static int emit(struct codegen *cg, struct fn_symbol *fn, struct cg_functions *all)
{
	const struct block *b = fn->body->block;

	begin(cg, fn);
	struct cg_function *f = cg->function;
	vec_push(all, f);
	LLVMBasicBlockRef guards = cg_block(cg, "guards"), first = cg_block(cg, "first");
	function_start_block(cg, guards);
	f->first_anchor = guards;
	function_start_block(cg, first);
	fill_frame(cg);
	for (unsigned int i = 0; i < fn->params.count; i++)
		take_parameter(cg, fn->params.items[i], parameter(cg, fn, i));
	int err = statements_emit(cg, b, 0, b->statements.count);
	cg_return(cg, is_void(fn) ? cg_const(cg, 0) : NULL);
	LLVMBuildUnreachable(cg->builder);
	cg->slot_of_functions = MAX(cg->slot_of_functions, f->slot_max);
	return err;
}

static void take_over(struct codegen *cg, enum cg_frame_word word, LLVMValueRef cell)
{
	struct cg_function *f = cg->function;
	LLVMValueRef at = cg_offset(cg, f->caller_frame, word * sizeof(uint64_t));
	LLVMValueRef v = value_load_raw(cg, cg->ptr, at);

	LLVMBuildStore(cg->builder, v, cell);
	if (f->body->needs_loop_helper)
		value_store_raw(cg, v, function_frame_word(cg, word * sizeof(uint64_t)));
}

/* Like a program's, but what is claimed there is taken from the caller here. */
void subprogram_finish(struct codegen *cg, struct cg_function *f)
{
	LLVMBasicBlockRef first = LLVMGetNextBasicBlock(f->first_anchor);

	debug_info_place(cg, f->fn->ast->name_loc);
	LLVMPositionBuilderAtEnd(cg->builder, f->first_anchor);
	if (f->uses_ring)
		take_over(cg, FRAME_RING, f->ring);
	if (f->uses_slot)
		take_over(cg, FRAME_SLOT, f->slot);
	LLVMBuildBr(cg->builder, first);
	LLVMPositionBuilderAtEnd(cg->builder, f->allocas);
	LLVMBuildBr(cg->builder, f->first_anchor);
	memory_finish_area(cg);
	vec_free(&f->returns);
}

int subprograms_emit(struct codegen *cg, struct cg_functions *all)
{
	const struct fn_symbols *fns = &cg->sema->fns;
	int err = 0;

	for (size_t i = 0; i < fns->count; i++) {
		const struct fn_symbol *fn = fns->items[i];
		if (!fn->is_called)
			continue;
		cg->stacked_arguments = MAX(cg->stacked_arguments,
					    (uint32_t)fn->params.count - in_registers(fn));
	}
	for (size_t i = 0; i < fns->count && !cg->has_failed; i++)
		if (fns->items[i]->is_called && fns->items[i]->is_linked)
			emit_stand_in(cg, fns->items[i]);
		else if (fns->items[i]->is_called)
			err = emit(cg, fns->items[i], all) ?: err;
	return err;
}

/* --- calls ------------------------------------------------------------------------------------ */

static bool find_map(struct expr **slot, void *context)
{
	*(bool *)context |= (*slot)->kind == EXPR_MAP;
	return true;
}

/* The value may lie in a map, where the function could change it. */
static bool is_in_map(const struct expr *e)
{
	bool found = false;
	struct ast_visitor v = { .enter_expr = find_map, .context = &found };
	struct expr *slot = (struct expr *)e;

	ast_walk_expr(&slot, &v);
	return found;
}

/* The verifier does not let addresses of the stack be stored in the frame of somebody else. */
static bool must_move(const struct fn_symbol *fn, unsigned int i)
{
	return i >= in_registers(fn);
}

static int emit_argument(struct codegen *cg, const struct expr *arg, bool is_moved,
			 LLVMValueRef *out)
{
	struct cg_value v;

	if (!type_is_memory(arg->type)) {
		if (cg_emit(cg, arg, &v))
			return -EINVAL;
		*out = cg_to_i64(cg, v.llvm, v.type);
		return 0;
	}
	if (cg_emit_address(cg, arg, out))
		return -EINVAL;
	if (!is_moved && value_alignment(*out, 8) == 8 && !is_in_map(arg))
		return 0;
	uint64_t size = is_moved ? MAX(type_size(arg->type), (uint32_t)SLOT_MIN) :
				   type_size(arg->type);
	LLVMValueRef copy = cg_temp(cg, size, "argument");
	cg_copy(cg, copy, *out, type_size(arg->type));
	*out = copy;
	return 0;
}

static void use_what_it_uses(struct codegen *cg, const struct cg_function *called)
{
	struct cg_function *root = cg->function->root;

	root->uses_slot |= called->uses_slot;
	root->uses_ring |= called->uses_ring;
}

static LLVMValueRef call(struct codegen *cg, const struct fn_symbol *fn, LLVMValueRef out,
			 LLVMValueRef *values)
{
	const struct cg_function *called = fn->code;
	unsigned int first = first_parameter(fn), count = in_registers(fn);
	LLVMValueRef frame = function_call_frame(cg), args[REGISTERS] = { frame, out };

	for (unsigned int i = 0; i < fn->params.count; i++) {
		if (i < count)
			args[first + i] = values[i];
		else
			value_store_raw(cg, values[i], stacked(cg, fn, frame, i));
	}
	use_what_it_uses(cg, called);
	return LLVMBuildCall2(cg->builder, type_of(cg, fn), called->llvm, args, first + count, "");
}

int subprogram_call(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	const struct fn_symbol *fn = e->call.fn;
	const struct type *t = fn->result;
	LLVMValueRef *values = ARENA_ARRAY(cg->sema->arena, LLVMValueRef, fn->params.count + 1);
	LLVMValueRef memory = NULL;

	if (has_out(fn))
		memory = cg_temp(cg, type_size(t), "result");
	for (unsigned int i = 0; i < fn->params.count; i++)
		if (emit_argument(cg, e->call.args.items[i], must_move(fn, i), &values[i]))
			return -EINVAL;
	LLVMValueRef result = call(cg, fn, memory, values);
	if (memory)
		cg_set_address(out, t, memory, SPACE_BPF);
	else if (!is_void(fn) && t->kind == TYPE_BOOL)
		cg_set(out, t, LLVMBuildTrunc(cg->builder, result, cg->i1, ""));
	else if (!is_void(fn))
		cg_set(out, t, cast_register(cg, result, cg->sema->types.ints[0][3], t));
	return 0;
}

/* --- return ----------------------------------------------------------------------------------- */

/* Where the result goes, in the function and in the callbacks of its loops. */
static LLVMValueRef result_memory(struct codegen *cg)
{
	if (cg->function->outer)
		return value_load_raw(cg, cg->ptr, function_frame_word(cg, FRAME_OUT * 8));
	return cg->function->out;
}

int subprogram_return(struct codegen *cg, const struct stmt *s)
{
	const struct fn_symbol *fn = cg->body->fn;
	LLVMValueRef value = cg_const(cg, 0);
	struct cg_value v;

	if (has_out(fn)) {
		if (cg_emit_into(cg, s->result.value, result_memory(cg)))
			return -EINVAL;
	} else if (s->result.value) {
		if (cg_emit(cg, s->result.value, &v))
			return -EINVAL;
		value = cg_to_i64(cg, cast_register(cg, v.llvm, v.type, fn->result), fn->result);
	}
	cg_return(cg, value);
	return 0;
}
