/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of a BPF function: its stack area and, through the program, a scratch slot.
 *
 * Both are used like a stack of temporaries: cg_temp() takes, cg_temp_release() gives back what was
 * taken since the mark. The area starts out as a placeholder that is replaced by an alloca of the
 * final size. The kernel gives a program and its callbacks 512 bytes of stack together, from which
 * LLVM takes what it spills, so the limits here are well below.
 */
#include "codegen/function.h"

#define STACK_PIECE 64	/* larger temporaries go to the slot at once */
#define SLOT_LIMIT  (256 * 1024)

static LLVMValueRef area_at(struct codegen *cg, struct cg_function *f, uint32_t offset)
{
	return cg_offset(cg, f->area, offset);
}

/* size bytes of the present function's own area; false if they do not fit. */
static bool area_take(struct cg_function *f, uint64_t size, uint32_t *offset)
{
	if (f->area_used + size > f->area_limit)
		return false;
	*offset = f->area_used;
	f->area_used += (uint32_t)size;
	f->area_max = MAX(f->area_max, f->area_used);
	return true;
}

static uint64_t slot_take(struct codegen *cg, struct cg_function *root, uint64_t size)
{
	uint64_t offset = root->slot_used;

	if (root->slot_used + size > SLOT_LIMIT && !cg->has_failed)
		cg_fail(cg, root->body->block->loc, "the program needs too much scratch memory");
	root->slot_used += (uint32_t)size;
	root->slot_max = MAX(root->slot_max, root->slot_used);
	root->uses_slot = true;
	return offset;
}

LLVMValueRef memory_slot(struct codegen *cg)
{
	struct cg_function *f = cg->function;

	f->root->uses_slot = true;
	if (f->outer)
		return value_load_raw(cg, cg->ptr,
				      cg_offset(cg, f->frame, FRAME_SLOT * sizeof(uint64_t)));
	return LLVMBuildLoad2(cg->builder, cg->ptr, f->slot, "slot");
}

LLVMValueRef cg_temp(struct codegen *cg, uint64_t size, const char *name)
{
	struct cg_function *f = cg->function;
	uint32_t offset;

	(void)name; /* areas have no names; kept for readers of the callers */
	size = ROUND_UP(MAX(size, (uint64_t)1), 8);
	if (size <= STACK_PIECE && area_take(f, size, &offset))
		return area_at(cg, f, offset);
	uint64_t at = slot_take(cg, f->root, size);
	return cg_offset(cg, memory_slot(cg), at);
}

uint64_t cg_temp_mark(struct codegen *cg)
{
	struct cg_function *f = cg->function;

	return (uint64_t)f->root->slot_used << 32 | f->area_used;
}

void cg_temp_release(struct codegen *cg, uint64_t mark)
{
	struct cg_function *f = cg->function;

	f->area_used = (uint32_t)mark;
	f->root->slot_used = (uint32_t)(mark >> 32);
}

void memory_take_shared(struct codegen *cg, uint64_t size, bool *is_slot, uint64_t *offset)
{
	struct cg_function *root = cg->function->root;
	uint32_t at = 0;

	size = ROUND_UP(MAX(size, (uint64_t)1), 8);
	*is_slot = !(size <= STACK_PIECE && area_take(root, size, &at));
	*offset = *is_slot ? slot_take(cg, root, size) : at;
}

uint64_t memory_take_slot(struct codegen *cg, uint64_t size)
{
	return slot_take(cg, cg->function->root, ROUND_UP(MAX(size, (uint64_t)1), 8));
}

LLVMValueRef memory_shared(struct codegen *cg, bool is_slot, uint64_t offset)
{
	return cg_offset(cg, is_slot ? memory_slot(cg) : cg->function->frame, offset);
}

LLVMValueRef memory_cell(struct codegen *cg, LLVMTypeRef type, const char *name)
{
	LLVMBasicBlockRef here = LLVMGetInsertBlock(cg->builder);

	LLVMPositionBuilderAtEnd(cg->builder, cg->function->allocas);
	LLVMValueRef cell = LLVMBuildAlloca(cg->builder, type, name);
	LLVMBuildStore(cg->builder, LLVMConstNull(type), cell);
	LLVMPositionBuilderAtEnd(cg->builder, here);
	return cell;
}

void memory_finish_area(struct codegen *cg)
{
	struct cg_function *f = cg->function;

	if (f->area_max) {
		LLVMPositionBuilderBefore(cg->builder, f->area);
		LLVMTypeRef words = LLVMArrayType2(cg->i64, (f->area_max + 7) / 8);
		LLVMValueRef area = LLVMBuildAlloca(cg->builder, words, "area");
		LLVMSetAlignment(area, 8);
		LLVMReplaceAllUsesWith(f->area, area);
	}
	LLVMInstructionEraseFromParent(f->area);
}
