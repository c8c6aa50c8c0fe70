/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members, elements, indexes: from an address to a value.
 *
 * Addresses are followed lazily: `p->a.b.c` reads only c. How memory is read depends on its space:
 * BPF memory by plain loads; the context by volatile loads of exactly the member's size, because
 * the verifier rewrites them one by one; everything else by bpf_probe_read.
 */
#include <errno.h>
#include <linux/bpf.h>
#include "arch/arch.h"
#include "codegen/function.h"

/* --- reading at an address -------------------------------------------------------------------- */

static LLVMValueRef plain_load(struct codegen *cg, const struct type *t, const struct cg_value *at)
{
	if (at->space != SPACE_CONTEXT)
		return cg_load(cg, t, at->llvm);
	LLVMTypeRef lt = t->kind == TYPE_BOOL ? cg->i8 : cg_register_type(cg, t);
	LLVMValueRef v = value_load_raw(cg, lt, at->llvm);
	LLVMSetVolatile(v, true);
	if (t->kind == TYPE_POINTER && cg->body->bpf_prog_type == BPF_PROG_TYPE_TRACING)
		return direct_forget(cg, v); /* as cg_context_word() */
	return t->kind == TYPE_BOOL ? condition_of(cg, v) : v;
}

void member_read(struct codegen *cg, const struct type *t, const struct cg_value *at,
		 const struct expr *e, struct cg_value *out)
{
	if (type_is_memory(t)) {
		cg_set_address(out, t, at->llvm, at->space);
		return;
	}
	if (value_is_plain(at->space)) {
		cg_set(out, t, plain_load(cg, t, at));
		return;
	}
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef copy = cg_temp(cg, 8, "member");
	cg_probe_read(cg, copy, type_size(t), value_address_int(cg, at), at->space, e);
	cg_set(out, t, cg_load(cg, t, copy));
	cg_temp_release(cg, mark);
}

static LLVMValueRef address_plus(struct codegen *cg, const struct cg_value *at, LLVMValueRef bytes)
{
	if (LLVMGetTypeKind(LLVMTypeOf(at->llvm)) == LLVMPointerTypeKind)
		return LLVMBuildGEP2(cg->builder, cg->i8, at->llvm, &bytes, 1, "");
	return LLVMBuildAdd(cg->builder, at->llvm, bytes, "");
}

static struct cg_value part_at(struct codegen *cg, const struct cg_value *whole,
			       const struct type *t, uint64_t offset)
{
	struct cg_value part;

	cg_set_address(&part, t, offset ? address_plus(cg, whole, cg_const(cg, offset)) :
					  whole->llvm, whole->space);
	return part;
}

/* The address that a pointer's value stands for. */
static void follow(struct codegen *cg, const struct type *pointer, LLVMValueRef v,
		   struct cg_value *out)
{
	value_set_pointee(cg, out, pointer->element, v, (enum type_space)pointer->space);
}

/* The struct or record that an expression means: pointers to it, at any depth, are followed. */
static int emit_object(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	if (cg_emit(cg, e, out))
		return -EINVAL;
	while (out->type->kind == TYPE_POINTER) {
		const struct type *pointer = out->type;
		LLVMValueRef v = out->llvm;
		follow(cg, pointer, v, out);
		if (out->type->kind == TYPE_POINTER) {
			struct cg_value at = *out;
			member_read(cg, at.type, &at, e, out);
		}
	}
	return 0;
}

/* --- members ---------------------------------------------------------------------------------- */

static LLVMValueRef read_word(struct codegen *cg, LLVMValueRef address, const struct expr *e)
{
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef copy = cg_temp(cg, 8, "word");

	cg_probe_read(cg, copy, 8, address, SPACE_KERNEL, e);
	cg_temp_release(cg, mark);
	return value_load_raw(cg, cg->i64, copy);
}

static LLVMValueRef read_register(struct codegen *cg, uint16_t offset, const struct expr *e)
{
	LLVMValueRef registers = helper_context_word(cg, 0);

	return read_word(cg, LLVMBuildAdd(cg->builder, registers, cg_const(cg, offset), ""), e);
}

/* args of syscalls:sys_{enter,exit}_X, served from the raw tracepoint (registers, number or
 * result). */
static void syscall_member(struct codegen *cg, const struct expr *e, const struct field *f,
			   struct cg_value *out)
{
	bool is_exit = cg->body->probes.items[0]->is_syscall_exit;
	const struct type *word = cg->sema->types.ints[0][3];
	LLVMValueRef v = NULL;

	switch ((enum field_source)f->source) {
	case FIELD_SYSCALL_ARG:
		v = read_register(cg, arch_native.syscall_arguments[f->offset % ARCH_SYSCALL_ARGS],
				  e);
		break;
	case FIELD_SYSCALL_NUMBER:
		v = is_exit ? read_register(cg, arch_native.syscall_number, e) :
			      helper_context_word(cg, 1);
		break;
	case FIELD_OFFSET:
	case FIELD_SYSCALL_RETURN:
		v = helper_context_word(cg, 1);
		break;
	}
	cg_set(out, f->type, cast_register(cg, v, word, f->type));
}

LLVMValueRef member_extract_bits(struct codegen *cg, const struct field *f, LLVMValueRef bytes)
{
	uint32_t left = 64 - MIN(64u, f->bit_offset + (uint32_t)f->bit_size);
	LLVMValueRef right = cg_const(cg, 64u - f->bit_size);
	LLVMValueRef bits = LLVMBuildShl(cg->builder, bytes, cg_const(cg, left), "");

	bits = type_is_integer(f->type) && f->type->is_signed ?
		       LLVMBuildAShr(cg->builder, bits, right, "") :
		       LLVMBuildLShr(cg->builder, bits, right, "");
	return cast_register(cg, bits, cg->sema->types.ints[0][3], f->type);
}

/* Reads the bytes that hold the bits. */
static void bit_field(struct codegen *cg, const struct expr *e, const struct cg_value *object,
		      const struct field *f, struct cg_value *out)
{
	struct type_table *types = &cg->sema->types;
	uint32_t bytes = (f->bit_offset + f->bit_size + 7u) / 8;
	const struct type *word = types->ints[0][3];
	struct cg_value at = part_at(cg, object, word, f->offset), v;
	LLVMValueRef bits;

	if (value_is_plain(at.space)) {
		uint32_t size = bytes > 4 ? 8 : bytes > 2 ? 4 : bytes;
		const struct type *holder = type_int(types, size, false);
		member_read(cg, holder, &at, e, &v);
		bits = cg_to_i64(cg, v.llvm, holder);
	} else {
		uint64_t mark = cg_temp_mark(cg);
		LLVMValueRef copy = cg_temp(cg, 8, "bits");
		cg_zero(cg, copy, 8);
		cg_probe_read(cg, copy, MIN(bytes, 8u), value_address_int(cg, &at), at.space, e);
		bits = value_load_raw(cg, cg->i64, copy);
		cg_temp_release(cg, mark);
	}
	cg_set(out, f->type, member_extract_bits(cg, f, bits));
}

/* __data_loc, __rel_loc: the member holds offset (low half) and length; the value is where the data
 * lies. */
static void data_location(struct codegen *cg, const struct expr *e, const struct cg_value *object,
			  const struct field *f, struct cg_value *out)
{
	const struct type *u32 = cg->sema->types.ints[0][2], *u64 = cg->sema->types.ints[0][3];
	struct cg_value at = part_at(cg, object, u32, f->offset), v;

	member_read(cg, u32, &at, e, &v);
	LLVMValueRef offset = LLVMBuildAnd(cg->builder, cg_to_i64(cg, v.llvm, u32),
					   cg_const(cg, 0xffff), "");
	if (f->is_rel_loc)
		offset = LLVMBuildAdd(cg->builder, offset,
				      cg_const(cg, f->offset + sizeof(uint32_t)), "");
	LLVMValueRef address = value_pointer_to_int(cg, address_plus(cg, object, offset));
	if (type_is_memory(f->type))
		cg_set_address(out, f->type, address, SPACE_KERNEL);
	else
		cg_set(out, f->type, cast_register(cg, address, u64, f->type));
}

/* The string of a copied struct may have anything behind its NUL, as in C; as a value it has zeros there,
 * so that it is equal to itself wherever it was read. */
static void end_at_nul(struct codegen *cg, const struct cg_value *object, struct cg_value *part)
{
	if (object->space != SPACE_BPF || object->type->kind != TYPE_STRUCT ||
	    part->type->kind != TYPE_STRING)
		return;
	part->llvm = value_forget_stack(cg, value_address_int(cg, part));
	part->space = SPACE_KERNEL;
}

int member_emit(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	const struct field *f = &e->member.field;
	struct cg_value object, at;

	if (emit_object(cg, e->member.object, &object))
		return -EINVAL;
	if (object.space == SPACE_SYSCALL)
		syscall_member(cg, e, f, out);
	else if (f->is_data_loc)
		data_location(cg, e, &object, f, out);
	else if (f->bit_size)
		bit_field(cg, e, &object, f, out);
	else {
		at = part_at(cg, &object, f->type, f->offset);
		end_at_nul(cg, &object, &at);
		member_read(cg, f->type, &at, e, out);
	}
	return 0;
}

int member_element(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	const struct field *f = &e->element.object->type->fields[e->element.index];
	struct cg_value object, at;

	if (cg_emit(cg, e->element.object, &object))
		return -EINVAL;
	at = part_at(cg, &object, f->type, f->offset);
	member_read(cg, f->type, &at, e, out);
	return 0;
}

/* --- indexes ---------------------------------------------------------------------------------- */

static struct cg_value element_at(struct codegen *cg, const struct cg_value *base,
				  const struct type *t, LLVMValueRef index)
{
	LLVMValueRef bytes = LLVMBuildMul(cg->builder, index, cg_const(cg, type_size(t)), "");
	struct cg_value at;

	cg_set_address(&at, t, address_plus(cg, base, bytes), base->space);
	return at;
}

/* At a run-time index into context memory no plain load is possible: it becomes an address. */
static void leave_context(struct codegen *cg, struct cg_value *base, LLVMValueRef index)
{
	if (base->space == SPACE_CONTEXT && !LLVMIsAConstantInt(index)) {
		base->llvm = value_address_int(cg, base);
		base->space = SPACE_KERNEL;
	}
}

/* With the index checked at run time: out of range gives zero, or an address that reads as
 * zeros. */
static void checked_element(struct codegen *cg, const struct expr *e, const struct cg_value *base,
			    uint32_t count, LLVMValueRef index, struct cg_value *out)
{
	LLVMBasicBlockRef inside = cg_block(cg, "inside"), outside = cg_block(cg, "outside");
	LLVMBasicBlockRef join = cg_block(cg, "indexed"), from[2];
	LLVMValueRef values[2];
	struct cg_value at;

	index = cg_opaque(cg, index);
	cg_branch(cg, LLVMBuildICmp(cg->builder, LLVMIntULT, index, cg_const(cg, count), ""),
		  inside, outside, inside);
	at = element_at(cg, base, e->type, index);
	member_read(cg, e->type, &at, e, out);
	values[0] = out->llvm;
	from[0] = LLVMGetInsertBlock(cg->builder);
	cg_jump(cg, join, outside);
	cg_runtime_error(cg, e, ERROR_INDEX_RANGE, index);
	values[1] = LLVMConstNull(LLVMTypeOf(values[0]));
	if (out->is_address && out->space == SPACE_BPF)
		values[1] = helper_zeros(cg, type_size(e->type));
	from[1] = LLVMGetInsertBlock(cg->builder);
	cg_jump(cg, join, join);
	out->llvm = LLVMBuildPhi(cg->builder, LLVMTypeOf(values[0]), "");
	LLVMAddIncoming(out->llvm, values, from, 2);
}

/* t[N] for tuples: the index is a literal. */
static int tuple_index(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	const struct type *t = e->index.object->type;
	const struct field *f = &t->fields[e->index.index->integer.value % t->count];
	struct cg_value object, at;

	if (cg_emit(cg, e->index.object, &object))
		return -EINVAL;
	at = part_at(cg, &object, f->type, f->offset);
	member_read(cg, f->type, &at, e, out);
	return 0;
}

int member_index(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	const struct type *t = e->index.object->type;
	struct cg_value object, base, at;
	LLVMValueRef index;

	if (t->kind == TYPE_TUPLE || t->kind == TYPE_RECORD)
		return tuple_index(cg, e, out);
	if (cg_emit(cg, e->index.object, &object) || cg_emit_i64(cg, e->index.index, &index))
		return -EINVAL;
	base = object;
	if (t->kind == TYPE_POINTER)
		follow(cg, t, object.llvm, &base);
	leave_context(cg, &base, index);
	uint32_t count = t->kind == TYPE_ARRAY ? t->count : type_size(t);
	bool is_known = LLVMIsAConstantInt(index) != NULL;
	if (t->kind != TYPE_POINTER && !sema_is_flexible_array(e->index.object) &&
	    (!is_known || LLVMConstIntGetZExtValue(index) >= count)) {
		checked_element(cg, e, &base, count, index, out);
		return 0;
	}
	at = element_at(cg, &base, e->type, index);
	member_read(cg, e->type, &at, e, out);
	return 0;
}
