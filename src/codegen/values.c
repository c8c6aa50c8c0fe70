/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values between registers and memory: LLVM types, loads and stores with the alignment that can be
 * proven, integer conversion, copying and zeroing.
 *
 * BPF loads must be aligned where they touch the stack, and the backend takes loads apart that are
 * marked as less aligned than their size. All bases (stack area, scratch slot, record, map value)
 * are 8-aligned, so constant offsets tell.
 *
 * Blocks above INLINE_BYTES are copied and zeroed by bpf_probe_read_kernel(): one call instead of
 * hundreds of instructions. It zeroes its target when the source is NULL, without taking a fault.
 */
#include <linux/bpf.h>
#include "codegen/function.h"

#define INLINE_BYTES 64

LLVMValueRef cg_const(struct codegen *cg, uint64_t value)
{
	return LLVMConstInt(cg->i64, value, false);
}

LLVMValueRef cg_const32(struct codegen *cg, uint32_t value)
{
	return LLVMConstInt(cg->i32, value, false);
}

static LLVMTypeRef integer_type(struct codegen *cg, uint32_t bytes)
{
	switch (bytes) {
	case 1: return cg->i8;
	case 2: return cg->i16;
	case 4: return cg->i32;
	}
	return cg->i64;
}

LLVMTypeRef cg_register_type(struct codegen *cg, const struct type *t)
{
	if (t->kind == TYPE_BOOL)
		return cg->i1;
	if (type_is_integer(t))
		return integer_type(cg, t->size);
	return cg->i64;
}

LLVMValueRef value_zero(struct codegen *cg, const struct type *t)
{
	return LLVMConstNull(cg_register_type(cg, t));
}

/* The offset of a GEP whose indexes are constants over bytes; false if it is not one. */
static bool constant_offset(LLVMValueRef gep, uint64_t *offset)
{
	if (LLVMGetNumOperands(gep) != 2)
		return false;
	LLVMValueRef index = LLVMGetOperand(gep, 1);
	if (!LLVMIsAConstantInt(index) || LLVMGetTypeKind(LLVMGetGEPSourceElementType(gep)) !=
						  LLVMIntegerTypeKind)
		return false;
	uint64_t width = LLVMGetIntTypeWidth(LLVMGetGEPSourceElementType(gep)) / 8;
	*offset = (uint64_t)LLVMConstIntGetSExtValue(index) * width;
	return true;
}

static bool is_gep(LLVMValueRef v)
{
	return LLVMIsAGetElementPtrInst(v) ||
	       (LLVMIsAConstantExpr(v) && LLVMGetConstOpcode(v) == LLVMGetElementPtr);
}

/* The largest power of two up to `natural` that provably divides the address (natural if nothing
 * is known). */
unsigned int value_alignment(LLVMValueRef ptr, unsigned int natural)
{
	uint64_t sum = 0, offset;

	while (is_gep(ptr)) {
		if (constant_offset(ptr, &offset))
			sum += offset;
		else
			break;
		ptr = LLVMGetOperand(ptr, 0);
	}
	while (natural > 1 && sum % natural)
		natural /= 2;
	return natural;
}

LLVMValueRef value_load_raw(struct codegen *cg, LLVMTypeRef t, LLVMValueRef ptr)
{
	LLVMValueRef v = LLVMBuildLoad2(cg->builder, t, ptr, "");
	unsigned int natural = LLVMGetTypeKind(t) == LLVMIntegerTypeKind ?
				       MAX(LLVMGetIntTypeWidth(t) / 8, 1u) : 8;

	LLVMSetAlignment(v, value_alignment(ptr, natural));
	return v;
}

void value_store_raw(struct codegen *cg, LLVMValueRef value, LLVMValueRef ptr)
{
	LLVMTypeRef t = LLVMTypeOf(value);
	LLVMValueRef store = LLVMBuildStore(cg->builder, value, ptr);
	unsigned int natural = LLVMGetTypeKind(t) == LLVMIntegerTypeKind ?
				       MAX(LLVMGetIntTypeWidth(t) / 8, 1u) : 8;

	LLVMSetAlignment(store, value_alignment(ptr, natural));
}

LLVMValueRef cg_load(struct codegen *cg, const struct type *t, LLVMValueRef ptr)
{
	if (t->kind == TYPE_BOOL) {
		LLVMValueRef byte = value_load_raw(cg, cg->i8, ptr);
		return LLVMBuildICmp(cg->builder, LLVMIntNE, byte, LLVMConstNull(cg->i8), "");
	}
	return value_load_raw(cg, cg_register_type(cg, t), ptr);
}

void cg_store(struct codegen *cg, const struct type *t, LLVMValueRef value, LLVMValueRef ptr)
{
	if (t->kind == TYPE_BOOL)
		value = LLVMBuildZExt(cg->builder, value, cg->i8, "");
	value_store_raw(cg, value, ptr);
}

LLVMValueRef cg_offset(struct codegen *cg, LLVMValueRef ptr, uint64_t bytes)
{
	LLVMValueRef index = cg_const(cg, bytes);

	return bytes ? LLVMBuildGEP2(cg->builder, cg->i8, ptr, &index, 1, "") : ptr;
}

LLVMValueRef cg_int_cast(struct codegen *cg, LLVMValueRef v, const struct type *from,
			 const struct type *to)
{
	LLVMTypeRef target = cg_register_type(cg, to);
	unsigned int have = LLVMGetIntTypeWidth(LLVMTypeOf(v));
	unsigned int want = LLVMGetIntTypeWidth(target);

	if (have == want)
		return v;
	if (have > want)
		return LLVMBuildTrunc(cg->builder, v, target, "");
	if (type_is_integer(from) && from->is_signed)
		return LLVMBuildSExt(cg->builder, v, target, "");
	return LLVMBuildZExt(cg->builder, v, target, "");
}

LLVMValueRef cg_to_i64(struct codegen *cg, LLVMValueRef v, const struct type *from)
{
	return cg_int_cast(cg, v, from, cg->sema->types.ints[0][3]);
}

void cg_set(struct cg_value *out, const struct type *t, LLVMValueRef v)
{
	*out = (struct cg_value){ .type = t, .llvm = v, .space = SPACE_BPF };
}

void cg_set_address(struct cg_value *out, const struct type *t, LLVMValueRef address,
		    enum type_space space)
{
	*out = (struct cg_value){ .type = t, .llvm = address, .is_address = true, .space = space };
}

LLVMValueRef value_pointer_to_int(struct codegen *cg, LLVMValueRef v)
{
	if (LLVMGetTypeKind(LLVMTypeOf(v)) != LLVMPointerTypeKind)
		return v;
	return LLVMBuildPtrToInt(cg->builder, v, cg->i64, "");
}

LLVMValueRef value_int_to_pointer(struct codegen *cg, LLVMValueRef v)
{
	if (LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMPointerTypeKind)
		return v;
	return LLVMBuildIntToPtr(cg->builder, v, cg->ptr, "");
}

bool value_is_plain(enum type_space space)
{
	return space == SPACE_BPF || space == SPACE_CONTEXT;
}

LLVMValueRef value_address_int(struct codegen *cg, const struct cg_value *v)
{
	return value_pointer_to_int(cg, v->llvm);
}

/*
 * An address as a mere number. As long as the verifier knows it for one of the stack it refuses what
 * is done to numbers: arithmetic, storing it in the frame that a callback was given, passing it by
 * halves. It does not follow what is in the slot.
 */
LLVMValueRef value_forget_stack(struct codegen *cg, LLVMValueRef address)
{
	LLVMValueRef at = cg_offset(cg, memory_slot(cg), memory_take_slot(cg, sizeof(uint64_t)));
	LLVMValueRef store = LLVMBuildStore(cg->builder, address, at);
	LLVMValueRef number = LLVMBuildLoad2(cg->builder, cg->i64, at, "address");

	LLVMSetVolatile(store, true);
	LLVMSetAlignment(store, 8);
	LLVMSetVolatile(number, true);
	LLVMSetAlignment(number, 8);
	return number;
}

/* bpf_probe_read_kernel(to, size, from); what it returns does not matter here. */
static void read_kernel(struct codegen *cg, LLVMValueRef to, uint64_t size, LLVMValueRef from)
{
	LLVMValueRef args[] = { to, cg_const32(cg, (uint32_t)size), from };

	cg_helper(cg, BPF_FUNC_probe_read_kernel, args, 3);
}

/* The widest aligned access at an address that is not wider than what is left. */
static uint32_t piece_at(LLVMValueRef ptr, uint64_t left)
{
	uint32_t width = value_alignment(ptr, 8);

	while (width > left)
		width /= 2;
	return width;
}

/* Copies, or zeroes (from is NULL), piece by piece. */
static void each_piece(struct codegen *cg, LLVMValueRef to, LLVMValueRef from, uint64_t size)
{
	for (uint64_t at = 0; at < size;) {
		LLVMValueRef target = cg_offset(cg, to, at), source = from;
		uint32_t width = piece_at(target, size - at);

		if (from) {
			source = cg_offset(cg, from, at);
			width = MIN(width, piece_at(source, size - at));
		}
		LLVMTypeRef t = integer_type(cg, width);
		LLVMValueRef v = from ? value_load_raw(cg, t, source) : LLVMConstNull(t);
		value_store_raw(cg, v, target);
		at += width;
	}
}

void cg_copy(struct codegen *cg, LLVMValueRef to, LLVMValueRef from, uint64_t size)
{
	bool is_alike = value_alignment(to, 8) == value_alignment(from, 8);

	if (size <= INLINE_BYTES && (is_alike || size < 8))
		each_piece(cg, to, from, size);
	else
		read_kernel(cg, to, size, from);
}

void cg_zero(struct codegen *cg, LLVMValueRef at, uint64_t size)
{
	if (size <= INLINE_BYTES)
		each_piece(cg, at, NULL, size);
	else
		read_kernel(cg, at, size, LLVMConstNull(cg->ptr));
}

LLVMValueRef cg_opaque(struct codegen *cg, LLVMValueRef v)
{
	LLVMTypeRef t = LLVMTypeOf(v);
	LLVMTypeRef ft = LLVMFunctionType(t, &t, 1, false);
	LLVMValueRef nothing = LLVMGetInlineAsm(ft, "", 0, "=r,0", 4, true, false,
						LLVMInlineAsmDialectATT, false);

	return LLVMBuildCall2(cg->builder, ft, nothing, &v, 1, "");
}

void value_set_pointee(struct codegen *cg, struct cg_value *out, const struct type *t,
		       LLVMValueRef address, enum type_space space)
{
	bool is_pointer = value_is_plain(space) || space == SPACE_SYSCALL;

	cg_set_address(out, t, is_pointer ? value_int_to_pointer(cg, address) : address, space);
}

void value_set_reference(struct codegen *cg, struct cg_value *out, const struct type *t,
			 LLVMValueRef address)
{
	value_set_pointee(cg, out, t, address, (enum type_space)t->space);
}

void value_materialize(struct codegen *cg, const struct cg_value *v, LLVMValueRef into,
		       const struct expr *at)
{
	uint32_t size = type_size(v->type);

	if (v->llvm == into || !size)
		return;
	if (v->space == SPACE_BPF)
		cg_copy(cg, into, v->llvm, size);
	else if (v->type->kind == TYPE_STRING)
		helper_read_string(cg, into, cg_const32(cg, size), size, value_address_int(cg, v),
				   v->space, true, false, at);
	else
		cg_probe_read(cg, into, size, value_address_int(cg, v), v->space, at);
}
