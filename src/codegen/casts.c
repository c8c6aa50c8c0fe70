/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversions (EXPR_CAST; spec language.md §6.5, §6.6).
 *
 *	register → register	by the source's signedness; to bool: is it not zero
 *	register → array	its bytes, zero extended
 *	memory → register	its bytes as a little-endian number; to bool: is the first byte not zero
 *	string → string		padded with zeros
 *	tuple, record		element by element, records by name
 *	other memory		the same bytes under another type
 */
#include <errno.h>
#include <string.h>
#include "codegen/function.h"

LLVMValueRef cast_register(struct codegen *cg, LLVMValueRef v, const struct type *from,
			   const struct type *to)
{
	if (to->kind == TYPE_BOOL)
		return condition_of(cg, v);
	return cg_int_cast(cg, v, from, to);
}

static void convert(struct codegen *cg, const struct expr *e, const struct cg_value *v,
		    const struct type *to, LLVMValueRef into, struct cg_value *out);

static void register_from_memory(struct codegen *cg, const struct expr *e,
				 const struct cg_value *v, const struct type *to,
				 struct cg_value *out)
{
	struct type_table *types = &cg->sema->types;
	struct cg_value at = *v;
	uint32_t size = type_size(v->type);

	if (v->type->kind == TYPE_STRUCT) { /* the context or args as a number */
		cg_set(out, to, cast_register(cg, value_address_int(cg, v), types->ints[0][3], to));
		return;
	}
	size = to->kind == TYPE_BOOL ? 1 : size >= 8 ? 8 : size >= 4 ? 4 : size >= 2 ? 2 : 1;
	at.type = type_int(types, size, false);
	member_read(cg, at.type, &at, e, out);
	cg_set(out, to, cast_register(cg, out->llvm, at.type, to));
}

static void memory_from_register(struct codegen *cg, const struct cg_value *v,
				 const struct type *to, LLVMValueRef into, struct cg_value *out)
{
	uint32_t size = type_size(to), have = type_size(v->type);
	LLVMValueRef at = into ? into : cg_temp(cg, MAX(size, have), "cast");

	if (size > have)
		cg_zero(cg, at, size);
	if (size >= have) {
		cg_store(cg, v->type, v->llvm, at);
	} else {
		const struct type *part = type_int(&cg->sema->types, size, false);
		cg_store(cg, part, cg_int_cast(cg, v->llvm, v->type, part), at);
	}
	cg_set_address(out, to, at, SPACE_BPF);
}

/* Copies and pads with zeros. */
static void widen(struct codegen *cg, const struct expr *e, const struct cg_value *v,
		  const struct type *to, LLVMValueRef into, struct cg_value *out)
{
	uint32_t have = type_size(v->type), size = type_size(to);
	LLVMValueRef at = into ? into : cg_temp(cg, size, "cast");

	value_materialize(cg, v, at, e);
	if (size > have)
		cg_zero(cg, cg_offset(cg, at, have), size - have);
	cg_set_address(out, to, at, SPACE_BPF);
}

static const struct field *field_for(const struct type *from, const struct type *to, uint32_t i)
{
	const struct field *wanted = &to->fields[i];

	for (uint32_t j = 0; wanted->name && j < from->count; j++)
		if (from->fields[j].name && !strcmp(from->fields[j].name, wanted->name))
			return &from->fields[j];
	return &from->fields[i];
}

static void convert_fields(struct codegen *cg, const struct expr *e, const struct cg_value *v,
			   const struct type *to, LLVMValueRef into, struct cg_value *out)
{
	LLVMValueRef at = into ? into : cg_temp(cg, type_size(to), "cast");

	cg_zero(cg, at, type_size(to));
	for (uint32_t i = 0; i < to->count; i++) {
		const struct field *f = field_for(v->type, to, i);
		LLVMValueRef target = cg_offset(cg, at, to->fields[i].offset);
		struct cg_value from, item, done;
		cg_set_address(&from, f->type, cg_offset(cg, v->llvm, f->offset), SPACE_BPF);
		member_read(cg, f->type, &from, e, &item);
		bool is_memory = type_is_memory(to->fields[i].type);
		convert(cg, e, &item, to->fields[i].type, is_memory ? target : NULL, &done);
		if (!is_memory)
			cg_store(cg, done.type, done.llvm, target);
		else
			value_materialize(cg, &done, target, e);
	}
	cg_set_address(out, to, at, SPACE_BPF);
}

static void convert(struct codegen *cg, const struct expr *e, const struct cg_value *v,
		    const struct type *to, LLVMValueRef into, struct cg_value *out)
{
	const struct type *from = v->type;
	bool is_memory = type_is_memory(to);

	if (!v->is_address && !is_memory) {
		cg_set(out, to, cast_register(cg, v->llvm, from, to));
	} else if (!v->is_address) {
		memory_from_register(cg, v, to, into, out);
	} else if (!is_memory) {
		register_from_memory(cg, e, v, to, out);
	} else if (from != to && (to->kind == TYPE_TUPLE || to->kind == TYPE_RECORD)) {
		convert_fields(cg, e, v, to, into, out);
	} else if (to->kind != TYPE_STRUCT && type_size(to) > type_size(from)) {
		widen(cg, e, v, to, into, out);
	} else {
		cg_set_address(out, to, v->llvm, v->space);
	}
}

void cast_value(struct codegen *cg, const struct expr *e, const struct cg_value *v,
		const struct type *to, LLVMValueRef into, struct cg_value *out)
{
	convert(cg, e, v, to, into, out);
}

int cast_emit(struct codegen *cg, const struct expr *e, LLVMValueRef into, struct cg_value *out)
{
	const struct expr *operand = e->cast.operand;
	const struct type *from = operand->type;
	struct cg_value v;

	if (type_is_aggregation(from)) {
		LLVMValueRef number;
		if (aggregate_read(cg, operand, &number))
			return -EINVAL;
		from = cg->sema->types.ints[from->is_signed][3];
		cg_set(out, e->type, cast_register(cg, number, from, e->type));
		return 0;
	}
	if (operand->kind == EXPR_STRING && e->type->kind == TYPE_STRING) {
		LLVMValueRef at = into ? into : cg_temp(cg, type_size(e->type), "literal");
		cg_store_literal(cg, at, operand->string.bytes, operand->string.len,
				 type_size(e->type));
		cg_set_address(out, e->type, at, SPACE_BPF);
		return 0;
	}
	/* A string may be read straight to where its wider form belongs. */
	bool is_string = from->kind == TYPE_STRING && e->type->kind == TYPE_STRING;
	if (expr_emit(cg, operand, is_string ? into : NULL, &v))
		return -EINVAL;
	convert(cg, e, &v, e->type, into, out);
	return 0;
}
