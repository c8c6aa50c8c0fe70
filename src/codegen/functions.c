/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BPF functions around their bodies: blocks and jumps, ways out, loop callbacks, frames.
 *
 * A program is emitted in this order: guards (prologue.c) that need nothing, the first statement (a
 * predicate, mostly), the rest of the body. Ring and scratch slot are claimed as late as possible:
 * before the rest if the first statement does not need them, so that a false predicate costs
 * nothing else.
 *
 * BPF jumps reach 32,767 instructions. Therefore every way out is emitted where it is taken, and
 * failures join right after the statement they belong to.
 */
#include <errno.h>
#include <linux/bpf.h>
#include "codegen/prologue.h"

/* Bytes of stack for temporaries: of programs without loops; with loops, whose callbacks share
 * the 512 bytes; of callbacks. And variables that may become registers. The second row is tried
 * when the first turns out to be too much, because LLVM needs more than usual for itself. */
static const struct {
	uint32_t plain, with_frame, callback, cells;
} budgets[] = {
	{ 304, 160, 48, 24 },
	{ 96, 64, 16, 8 },
};

LLVMBasicBlockRef cg_block(struct codegen *cg, const char *name)
{
	return LLVMAppendBasicBlockInContext(cg->context, cg->function->llvm, name);
}

/* Blocks stand in the order in which they are filled. */
void function_start_block(struct codegen *cg, LLVMBasicBlockRef block)
{
	LLVMBasicBlockRef here = LLVMGetInsertBlock(cg->builder);

	if (here != block)
		LLVMMoveBasicBlockAfter(block, here);
	LLVMPositionBuilderAtEnd(cg->builder, block);
}

void cg_branch(struct codegen *cg, LLVMValueRef condition, LLVMBasicBlockRef then,
	       LLVMBasicBlockRef otherwise, LLVMBasicBlockRef next)
{
	LLVMBuildCondBr(cg->builder, condition, then, otherwise);
	function_start_block(cg, next);
}

void cg_jump(struct codegen *cg, LLVMBasicBlockRef to, LLVMBasicBlockRef next)
{
	LLVMBuildBr(cg->builder, to);
	function_start_block(cg, next);
}

/* Nothing, but an instruction: keeps a block that would be folded away. */
static void emit_nothing(struct codegen *cg)
{
	LLVMTypeRef ft = LLVMFunctionType(cg->void_type, NULL, 0, false);
	LLVMValueRef nothing = LLVMGetInlineAsm(ft, "", 0, "", 0, true, false,
						LLVMInlineAsmDialectATT, false);

	LLVMBuildCall2(cg->builder, ft, nothing, NULL, 0, "");
}

void function_begin_cold(struct codegen *cg, LLVMValueRef condition, struct cg_cold *cold)
{
	LLVMBasicBlockRef common = cg_block(cg, "common"), rare = cg_block(cg, "rare");

	cold->next = cg_block(cg, "next");
	cg_branch(cg, condition, rare, common, common);
	emit_nothing(cg);
	cg_jump(cg, cold->next, rare);
}

void function_end_cold(struct codegen *cg, const struct cg_cold *cold)
{
	cg_jump(cg, cold->next, cold->next);
}

/* Without a value: by a way out that is not a `return` of the script. */
static LLVMValueRef default_result(struct codegen *cg)
{
	struct cg_function *root = cg->function->root;

	if (root->fn && root->out) {
		LLVMValueRef out = root->out;
		if (cg->function->outer)
			out = value_load_raw(cg, cg->ptr, function_frame_word(cg, FRAME_OUT * 8));
		cg_zero(cg, out, type_size(root->fn->result));
	}
	return root->fn ? cg_const(cg, 0) :
	 cg_const(cg, cg->body->bpf_prog_type == BPF_PROG_TYPE_TRACEPOINT);
}

LLVMValueRef function_frame_word(struct codegen *cg, uint64_t offset)
{
	return cg_offset(cg, cg->function->frame, offset);
}

uint32_t function_frame_size(struct codegen *cg)
{
	uint32_t words = cg->body->needs_loop_helper ? FRAME_LOOP_WORDS : 0;

	if (cg->body->calls.count || cg->body->fn)
		words = body_has_frame(cg->body) ? FRAME_ARGUMENTS + cg->stacked_arguments : 0;
	if (words && cg_in_sequence(cg))
		words++;
	return words * (uint32_t)sizeof(uint64_t);
}

LLVMValueRef function_call_frame(struct codegen *cg)
{
	struct cg_function *f = cg->function;

	return f->root->fn && !f->outer ? f->caller_frame : f->frame;
}

LLVMValueRef function_header_word(struct codegen *cg, uint32_t action)
{
	LLVMValueRef at;

	if (!cg->function->root->fn)
		return cg_const(cg, (uint64_t)cg->body->function << 32 | action);
	at = cg_offset(cg, function_call_frame(cg), FRAME_HEADER * 8);
	return LLVMBuildOr(cg->builder, value_load_raw(cg, cg->i64, at), cg_const(cg, action), "");
}

LLVMValueRef function_loss_counter(struct codegen *cg, enum program_loss loss)
{
	LLVMValueRef at;

	if (!cg->function->root->fn)
		return cg_globals(cg, GLOBALS_LOSS(cg->body->function, loss));
	at = cg_offset(cg, function_call_frame(cg), FRAME_LEDGER * 8);
	return cg_offset(cg, value_load_raw(cg, cg->ptr, at), loss * sizeof(uint64_t));
}

static void return_from_callback(struct codegen *cg, LLVMValueRef value)
{
	cg->function->has_return = true;
	value_store_raw(cg, value, function_frame_word(cg, FRAME_RESULT * 8));
	value_store_raw(cg, cg_const(cg, 1), function_frame_word(cg, FRAME_STATE * 8));
	LLVMBuildRet(cg->builder, cg_const(cg, 1));
}

void cg_return(struct codegen *cg, LLVMValueRef value)
{
	struct cg_function *f = cg->function;

	value = value ? value : default_result(cg);
	if (f->record && !f->sequence_record) {
		LLVMValueRef args[] = { f->record, cg_const(cg, 0) };
		cg_helper(cg, BPF_FUNC_ringbuf_discard, args, 2);
	}
	if (f->outer) {
		return_from_callback(cg, value);
	} else {
		LLVMValueRef way_out = LLVMBuildRet(cg->builder, value);
		if (!f->is_prologue)
			vec_push(&f->returns, way_out);
	}
	function_start_block(cg, cg_block(cg, "dead"));
}

/* --- beginning and end of functions ----------------------------------------------------------- */

static void add_attribute(struct codegen *cg, LLVMValueRef fn, const char *name, size_t len)
{
	unsigned int kind = LLVMGetEnumAttributeKindForName(name, len);

	LLVMAddAttributeAtIndex(fn, (LLVMAttributeIndex)LLVMAttributeFunctionIndex,
				LLVMCreateEnumAttribute(cg->context, kind, 0));
}

/* No library calls exist in BPF: LLVM must not recognise memset() in a loop. */
void function_set_attributes(struct codegen *cg, LLVMValueRef fn, bool is_noinline)
{
	static const char name[] = "no-builtins";

	LLVMAddAttributeAtIndex(fn, (LLVMAttributeIndex)LLVMAttributeFunctionIndex,
				LLVMCreateStringAttribute(cg->context, name, sizeof(name) - 1, "",
							  0));
	add_attribute(cg, fn, "nounwind", 8);
	if (is_noinline)
		add_attribute(cg, fn, "noinline", 8);
}

static LLVMTypeRef function_type(struct codegen *cg, enum debug_function kind)
{
	LLVMTypeRef params[] = { kind == DEBUG_CALLBACK ? cg->i64 : cg->ptr, cg->ptr, cg->ptr,
				 cg->ptr };
	static const unsigned int counts[] = { [DEBUG_PROGRAM] = 1, [DEBUG_CALLBACK] = 2,
					       [DEBUG_MAP_CALLBACK] = 4 };

	return LLVMFunctionType(cg->i64, params, counts[kind], false);
}

struct cg_function *function_new(struct codegen *cg, const char *name, enum debug_function kind,
				 LLVMTypeRef type)
{
	struct cg_function *f = ARENA_NEW(cg->sema->arena, struct cg_function);
	bool is_callback = kind == DEBUG_CALLBACK || kind == DEBUG_MAP_CALLBACK;

	f->llvm = LLVMAddFunction(cg->module, name, type);
	f->outer = is_callback ? cg->function : NULL;
	f->root = is_callback ? cg->function->root : f;
	f->body = cg->body;
	cg->function = f;
	if (cg->di)
		LLVMSetCurrentDebugLocation2(cg->builder, NULL);
	function_set_attributes(cg, f->llvm, false);
	LLVMSetLinkage(f->llvm, kind == DEBUG_PROGRAM ? LLVMExternalLinkage : LLVMInternalLinkage);
	f->allocas = cg_block(cg, "entry");
	LLVMPositionBuilderAtEnd(cg->builder, f->allocas);
	f->area = LLVMBuildAlloca(cg->builder, cg->i64, "area");
	return f;
}

static struct loc place_of(const struct body *body)
{
	if (body->fn)
		return body->fn->ast->loc;
	return body->ast ? body->ast->loc : (struct loc){ 0 };
}

static struct cg_function *begin_callback(struct codegen *cg, enum debug_function kind)
{
	struct cg_function *root = cg->function->root;
	char name[64];

	snprintf(name, sizeof(name), "%s_%u_%u", root->fn ? "fn_loop" : "loop",
		 root->fn ? root->fn->index : cg->body->function, root->loop_count++);
	struct cg_function *f = function_new(cg, name, kind, function_type(cg, kind));
	debug_info_function(cg, name, kind, place_of(cg->body));
	f->frame = LLVMGetParam(f->llvm, LLVMCountParams(f->llvm) - 1);
	f->area_limit = budgets[cg->is_tight].callback;
	function_start_block(cg, cg_block(cg, "body"));
	f->first_anchor = LLVMGetInsertBlock(cg->builder);
	return f;
}

struct cg_function *function_begin_callback(struct codegen *cg)
{
	return begin_callback(cg, DEBUG_CALLBACK);
}

struct cg_function *function_begin_map_callback(struct codegen *cg)
{
	return begin_callback(cg, DEBUG_MAP_CALLBACK);
}

void function_end_callback(struct codegen *cg, LLVMBasicBlockRef resume)
{
	struct cg_function *f = cg->function;

	LLVMBuildRet(cg->builder, cg_const(cg, 0));
	LLVMPositionBuilderAtEnd(cg->builder, f->allocas);
	LLVMBuildBr(cg->builder, f->first_anchor);
	memory_finish_area(cg);
	cg->function = f->outer;
	LLVMPositionBuilderAtEnd(cg->builder, resume);
}

static void begin_program(struct codegen *cg, struct body *body)
{
	const struct program_function *pf = &cg->program->functions.items[body->function];
	const char *name = arena_strdup(cg->sema->arena, program_string(cg->program, pf->name));

	cg->body = body;
	cg->place = body->ast ? body->ast->head_loc : (struct loc){ 0 };
	cg->function = NULL;
	struct cg_function *f = function_new(cg, name, DEBUG_PROGRAM,
					     function_type(cg, DEBUG_PROGRAM));
	LLVMSetSection(f->llvm, arena_printf(cg->sema->arena, "bpf/%s", name));
	debug_info_function(cg, name, DEBUG_PROGRAM, place_of(body));
	f->context = LLVMGetParam(f->llvm, 0);
	f->frame = f->area;
	f->area_limit = body_has_frame(body) ? budgets[cg->is_tight].with_frame :
					       budgets[cg->is_tight].plain;
	f->cell_limit = budgets[cg->is_tight].cells;
	f->slot_used = body->calls.count ? cg->slot_of_functions : 0;
	f->area_used = f->area_max = function_frame_size(cg);
	f->slot = memory_cell(cg, cg->ptr, "slot_cell");
	f->slot_users = memory_cell(cg, cg->ptr, "slot_users_cell");
	f->ring = memory_cell(cg, cg->ptr, "ring_cell");
	f->uses_slot = body->is_guarded; /* the claim is the guard */
	variables_begin(cg);
}

/* Statements up to `to`, then the program's end. */
static int emit_statements(struct codegen *cg, struct cg_function *f)
{
	const struct block *b = f->body->block;
	size_t first = MIN((size_t)1, b->statements.count);

	f->first_anchor = LLVMGetInsertBlock(cg->builder);
	function_start_block(cg, cg_block(cg, "first"));
	int err = statements_emit(cg, b, 0, first);
	f->is_second_free = !f->uses_slot && !f->uses_ring;
	f->early_returns = f->returns.count;
	f->second_anchor = LLVMGetInsertBlock(cg->builder);
	function_start_block(cg, cg_block(cg, "rest"));
	err = statements_emit(cg, b, first, b->statements.count) ?: err;
	if (b->value && !err) {
		struct cg_value ignored;
		err = cg_emit(cg, b->value, &ignored);
	}
	cg_return(cg, NULL);
	return err;
}

/* What functions and callbacks find in the frame, but for what is claimed. */
static void start_frame(struct codegen *cg)
{
	uint64_t header = (uint64_t)cg->body->function << 32;

	if (cg->body->needs_loop_helper)
		value_store_raw(cg, cg_const(cg, 0), function_frame_word(cg, FRAME_STATE * 8));
	if (body_has_frame(cg->body) && cg_in_sequence(cg))
		value_store_raw(cg, cg_sequence(cg),
				function_frame_word(cg, event_sequence_offset(cg)));
	if (!cg->body->calls.count)
		return;
	value_store_raw(cg, cg_const(cg, header), function_frame_word(cg, FRAME_HEADER * 8));
	value_store_raw(cg, cg_globals(cg, GLOBALS_LOSS(cg->body->function, 0)),
			function_frame_word(cg, FRAME_LEDGER * 8));
}

static int emit_program(struct codegen *cg, struct body *body, struct cg_functions *all)
{
	begin_program(cg, body);
	struct cg_function *f = cg->function;
	LLVMBasicBlockRef guards = cg_block(cg, "guards");

	vec_push(all, f);
	function_start_block(cg, guards);
	f->is_prologue = true;
	start_frame(cg);
	prologue_guards(cg);
	f->is_prologue = false;
	int err = emit_statements(cg, f);
	LLVMBuildUnreachable(cg->builder); /* the block after the last return */
	return err;
}

/* Claims at the right anchor, and gives back on every way out behind it. */
static void finish_program(struct codegen *cg, struct cg_function *f)
{
	LLVMBasicBlockRef early = LLVMGetNextBasicBlock(f->first_anchor);
	LLVMBasicBlockRef late = LLVMGetNextBasicBlock(f->second_anchor);
	size_t from = f->is_second_free ? f->early_returns : 0;

	f->is_prologue = true;
	debug_info_place(cg, place_of(f->body));
	LLVMPositionBuilderAtEnd(cg->builder, f->first_anchor);
	if (!f->is_second_free)
		prologue_claim(cg);
	LLVMBuildBr(cg->builder, early);
	LLVMPositionBuilderAtEnd(cg->builder, f->second_anchor);
	if (f->is_second_free)
		prologue_claim(cg);
	LLVMBuildBr(cg->builder, late);
	for (size_t i = from; i < f->returns.count && f->uses_slot; i++)
		prologue_release(cg, f->returns.items[i]);
	LLVMPositionBuilderAtEnd(cg->builder, f->allocas);
	LLVMBuildBr(cg->builder, LLVMGetNextBasicBlock(f->allocas));
	memory_finish_area(cg);
	vec_free(&f->returns);
}

int functions_emit(struct codegen *cg)
{
	struct cg_functions all = { 0 };
	uint32_t slot_size = 0;
	int err = 0;

	err = subprograms_emit(cg, &all);
	for (size_t i = 0; i < cg->sema->bodies.count; i++)
		err = emit_program(cg, cg->sema->bodies.items[i], &all) ?: err;
	for (size_t i = 0; i < all.count; i++)
		if (all.items[i]->uses_slot)
			slot_size = MAX(slot_size, MAX(all.items[i]->slot_max, 8u));
	prologue_set_slot_size(cg, ROUND_UP(slot_size, 8u));
	for (size_t i = 0; i < all.count; i++) {
		cg->function = all.items[i];
		cg->body = all.items[i]->body;
		if (cg->function->fn)
			subprogram_finish(cg, cg->function);
		else
			finish_program(cg, cg->function);
	}
	vec_free(&all);
	return err || cg->has_failed ? -EINVAL : 0;
}
