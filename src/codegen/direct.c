/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members read by plain loads, without a helper, in programs of type BPF_PROG_TYPE_TRACING.
 *
 * There the verifier follows pointers by their BTF types, from the context (`ctx.task`, `args.next`)
 * through members that are pointers to structs. A load at a constant offset from such a pointer is
 * allowed if it stays within one member; the kernel catches its faults, and a load that faulted gives 0.
 * So a chain `args.next.mm.pgd` is three loads. What does not qualify (pointers out of variables and
 * maps, casts to another struct, indexes, pieces of unions that the verifier sees as something else) is
 * read by bpf_probe_read_kernel(), as in all other programs: direct_emit() says so.
 *
 * A fault must not pass for a 0 of the kernel's: each pointer is tested before it is followed. NULL,
 * error codes and addresses of user space, which is all that a pointer of the kernel's is besides an address,
 * are counted like reads that a helper failed at.
 *
 * To the verifier a loaded pointer is no number, and most operators refuse it. Negated, it is one.
 */
#include <linux/bpf.h>
#include "codegen/function.h"

#define STRING_MAX 64 /* bytes: longer ones are for the helper */

/* --- what the verifier allows ----------------------------------------------------------------- */

struct access {
	uint32_t offset, size;
	const struct type_struct *pointee; /* a pointer to that is wanted; NULL: a number */
};

static bool is_allowed(const struct type_struct *s, struct access a);

static const struct type *innermost(const struct type *t)
{
	while (t->kind == TYPE_ARRAY)
		t = t->element;
	return t;
}

static bool is_to_struct(const struct type *pointer)
{
	return pointer->element->kind == TYPE_STRUCT;
}

static bool is_pointer_to(const struct type *pointer, const struct type_struct *s)
{
	return is_to_struct(pointer) && pointer->element->record == s;
}

/* Within a member that begins at or before the access. */
static bool is_allowed_in(const struct field *f, struct access a)
{
	const struct type *t = innermost(f->type);
	uint32_t size = type_size(t), end = f->offset + type_size(f->type);

	if (!size)
		return false;
	if (t->kind == TYPE_STRUCT) {
		a.offset = (a.offset - f->offset) % size;
		return is_allowed(t->record, a);
	}
	if (t->kind == TYPE_POINTER)
		return a.size == size && (a.offset - f->offset) % size == 0 &&
		       (a.pointee ? is_pointer_to(t, a.pointee) : !is_to_struct(t));
	return !a.pointee && a.offset + a.size <= end;
}

/* As btf_struct_walk() of the kernel: the first member that covers the place decides. */
static bool is_allowed(const struct type_struct *s, struct access a)
{
	if (a.offset + a.size > s->size)
		return false;
	for (uint32_t i = 0; i < s->field_count; i++) {
		const struct field *f = &s->fields[i];
		uint32_t first_bit = f->offset * 8 + f->bit_offset;

		if (f->bit_size) {
			if (first_bit / 8 >= a.offset + a.size)
				return false;
			if (!a.pointee && a.offset <= first_bit / 8 &&
			    (first_bit + f->bit_size + 7) / 8 <= a.offset + a.size)
				return true;
			continue;
		}
		if (f->offset > a.offset)
			return false;
		if (!type_complete(f->type)) /* an empty struct */
			continue;
		if (a.offset < f->offset + type_size(f->type))
			return is_allowed_in(f, a);
	}
	return false;
}

/* --- chains ----------------------------------------------------------------------------------- */

static bool is_context(const struct expr *e)
{
	return e->kind == EXPR_CALL &&
	       (!strcmp(e->call.name, "args") || !strcmp(e->call.name, "ctx"));
}

/* Casts that change nothing for the verifier. */
static const struct expr *without_casts(const struct expr *e)
{
	while (e->kind == EXPR_CAST && e->type->kind == TYPE_POINTER &&
	       e->cast.operand->type->kind == TYPE_POINTER &&
	       e->type->element == e->cast.operand->type->element)
		e = e->cast.operand;
	return e;
}

/* The pointer that a chain of members starts from, and the bytes from what it points to. */
static const struct expr *find_base(const struct expr *e, uint32_t *offset)
{
	*offset = 0;
	while (e->kind == EXPR_MEMBER) {
		*offset += e->member.field.offset;
		e = e->member.object;
		if (e->type->kind != TYPE_STRUCT)
			break;
	}
	return without_casts(e);
}

static bool is_known_pointer(struct codegen *cg, const struct expr *e);

/* Members of the context are words. */
static bool is_context_word(const struct expr *e)
{
	return e->kind == EXPR_MEMBER && is_context(e->member.object) &&
	       !e->member.field.bit_size && !e->member.field.is_data_loc &&
	       e->member.field.offset % sizeof(uint64_t) == 0;
}

/* Whether `size` bytes at a member can be loaded. */
static bool is_loadable(struct codegen *cg, const struct expr *e, uint32_t size,
			const struct type_struct *pointee)
{
	struct access a = { .size = size, .pointee = pointee };
	const struct expr *base;

	if (e->kind != EXPR_MEMBER || e->member.field.is_data_loc || e->member.field.is_unterminated)
		return false;
	base = find_base(e, &a.offset);
	return base->type->kind == TYPE_POINTER && base->type->element->kind == TYPE_STRUCT &&
	       is_known_pointer(cg, base) && is_allowed(base->type->element->record, a);
}

/* A pointer to a struct of the kernel's BTF that the verifier knows as one. */
static bool is_known_pointer(struct codegen *cg, const struct expr *e)
{
	const struct type *t = e->type;

	e = without_casts(e);
	if (t->kind != TYPE_POINTER || t->space != SPACE_KERNEL || t->element->kind != TYPE_STRUCT ||
	    !type_complete(t->element) || !host_describes_struct(t->element->record))
		return false;
	return is_context_word(e) || is_loadable(cg, e, 8, t->element->record);
}

/* --- loads ------------------------------------------------------------------------------------ */

/* NULL and errors. The first comparison is the one that the verifier learns from; the second must be
 * another to LLVM. */
static void check_pointer(struct codegen *cg, LLVMValueRef pointer, LLVMBasicBlockRef fault)
{
	LLVMBasicBlockRef some = cg_block(cg, "some"), good = cg_block(cg, "good");
	LLVMValueRef again, is_bad;

	cg_branch(cg, condition_of(cg, pointer), some, fault, some);
	/* The kernel's addresses are negative on all CPUs that bittern is for, errors the last of them. */
	again = cg_opaque(cg, pointer);
	is_bad = LLVMBuildICmp(cg->builder, LLVMIntSGT, again, cg_const(cg, (uint64_t)-4096), "");
	cg_branch(cg, is_bad, fault, good, good);
}

static LLVMValueRef load_at(struct codegen *cg, LLVMValueRef pointer, uint32_t offset,
			    uint32_t bytes)
{
	LLVMTypeRef t = LLVMIntTypeInContext(cg->context, bytes * 8);
	LLVMValueRef v = LLVMBuildLoad2(cg->builder, t,
					cg_offset(cg, value_int_to_pointer(cg, pointer), offset), "");

	LLVMSetAlignment(v, bytes);
	LLVMSetVolatile(v, true);
	return v;
}

/* The pointer, which is then good. */
static LLVMValueRef emit_pointer(struct codegen *cg, const struct expr *e, LLVMBasicBlockRef fault)
{
	LLVMValueRef pointer;
	uint32_t offset;

	e = without_casts(e);
	if (is_context_word(e)) {
		pointer = helper_context_word(cg, e->member.field.offset / 8);
	} else {
		const struct expr *base = find_base(e, &offset);
		LLVMValueRef from = emit_pointer(cg, base, fault);
		pointer = load_at(cg, from, offset, 8);
	}
	check_pointer(cg, pointer, fault);
	return pointer;
}

LLVMValueRef direct_forget(struct codegen *cg, LLVMValueRef pointer)
{
	LLVMValueRef negative = cg_opaque(cg, LLVMBuildNeg(cg->builder, pointer, ""));

	return cg_opaque(cg, LLVMBuildNeg(cg->builder, negative, ""));
}

struct load {
	const struct expr *e;
	LLVMValueRef base; /* good */
	uint32_t offset;
	LLVMBasicBlockRef fault, join;
};

static void begin(struct codegen *cg, const struct expr *e, struct load *l)
{
	*l = (struct load){ .e = e, .fault = cg_block(cg, "fault"), .join = cg_block(cg, "loaded") };
	const struct expr *base = find_base(e, &l->offset);
	l->base = emit_pointer(cg, base, l->fault);
}

/* Goes on in `fault`. */
static LLVMBasicBlockRef end_good(struct codegen *cg, struct load *l)
{
	LLVMBasicBlockRef from = LLVMGetInsertBlock(cg->builder);

	cg_jump(cg, l->join, l->fault);
	helper_note_fault(cg, l->e);
	return from;
}

static void end(struct codegen *cg, struct load *l, LLVMBasicBlockRef good, LLVMValueRef v,
		struct cg_value *out)
{
	LLVMBasicBlockRef blocks[] = { good, LLVMGetInsertBlock(cg->builder) };
	LLVMValueRef values[] = { v, LLVMConstNull(LLVMTypeOf(v)) };

	cg_jump(cg, l->join, l->join);
	LLVMValueRef phi = LLVMBuildPhi(cg->builder, LLVMTypeOf(v), "");
	LLVMAddIncoming(phi, values, blocks, 2);
	cg_set(out, l->e->member.field.type, phi);
}

static void emit_number(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	const struct type *t = e->member.field.type;
	struct load l;

	begin(cg, e, &l);
	LLVMValueRef v = load_at(cg, l.base, l.offset, type_size(t));
	if (t->kind == TYPE_BOOL)
		v = condition_of(cg, v);
	if (t->kind == TYPE_POINTER)
		v = direct_forget(cg, v);
	LLVMBasicBlockRef good = end_good(cg, &l);
	end(cg, &l, good, v, out);
}

static uint32_t bits_holder(const struct field *f)
{
	uint32_t bytes = (f->bit_offset + f->bit_size + 7u) / 8;

	return bytes > 4 ? 8 : bytes > 2 ? 4 : bytes;
}

static void emit_bits(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	const struct field *f = &e->member.field;
	struct load l;

	begin(cg, e, &l);
	LLVMValueRef v = load_at(cg, l.base, l.offset, bits_holder(f));
	v = member_extract_bits(cg, f, LLVMBuildZExt(cg->builder, v, cg->i64, ""));
	LLVMBasicBlockRef good = end_good(cg, &l);
	end(cg, &l, good, v, out);
}

/* --- strings ---------------------------------------------------------------------------------- */

/* Bytes of a word up to its first NUL stay, the others become 0. *alive: all ones, until a NUL was seen. */
static LLVMValueRef keep_text(struct codegen *cg, LLVMValueRef word, uint32_t bytes,
			      LLVMValueRef *alive)
{
	uint64_t all = bytes == 8 ? ~0ull : (1ull << bytes * 8) - 1;
	LLVMBuilderRef b = cg->builder;
	LLVMValueRef one = cg_const(cg, 1);
	LLVMValueRef less = LLVMBuildSub(b, word, cg_const(cg, 0x0101010101010101ull & all), "");
	LLVMValueRef zeros = LLVMBuildAnd(b, less, LLVMBuildNot(b, word, ""), "");

	zeros = LLVMBuildAnd(b, zeros, cg_const(cg, 0x8080808080808080ull & all), "");
	LLVMValueRef minus = LLVMBuildNeg(b, zeros, "");
	LLVMValueRef first = LLVMBuildAnd(b, zeros, minus, "");
	LLVMValueRef before = LLVMBuildSub(b, LLVMBuildLShr(b, first, cg_const(cg, 7), ""), one, "");
	LLVMValueRef has_nul = LLVMBuildLShr(b, LLVMBuildOr(b, zeros, minus, ""), cg_const(cg, 63),
					     "");
	word = LLVMBuildAnd(b, LLVMBuildAnd(b, word, before, ""), *alive, "");
	*alive = LLVMBuildAnd(b, *alive, LLVMBuildSub(b, has_nul, one, ""), "");
	return word;
}

static void emit_string(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			struct cg_value *out)
{
	const struct type *t = e->member.field.type;
	uint32_t size = type_size(t), width;
	LLVMValueRef alive = cg_const(cg, ~0ull);
	LLVMValueRef to = into ? into : cg_temp(cg, size, "text");
	struct load l;

	begin(cg, e, &l);
	for (uint32_t at = 0; at < size; at += width) {
		width = MIN(8u, value_alignment(cg_offset(cg, to, at), 8));
		while (width > size - at)
			width /= 2;
		LLVMValueRef word = load_at(cg, l.base, l.offset + at, width);
		if (width < 8)
			word = LLVMBuildZExt(cg->builder, word, cg->i64, "");
		word = keep_text(cg, word, width, &alive);
		if (width < 8)
			word = LLVMBuildTrunc(cg->builder, word,
					      LLVMIntTypeInContext(cg->context, width * 8), "");
		value_store_raw(cg, word, cg_offset(cg, to, at));
	}
	end_good(cg, &l);
	cg_zero(cg, to, size);
	cg_jump(cg, l.join, l.join);
	cg_set_address(out, t, to, SPACE_BPF);
}

/* --- which way -------------------------------------------------------------------------------- */

static bool is_possible(const struct codegen *cg)
{
	return cg->body->bpf_prog_type == BPF_PROG_TYPE_TRACING && cg->function->context &&
	       !(cg->sema->options->relief & PROGRAM_RELIEF_READS);
}

bool direct_emit(struct codegen *cg, const struct expr *e, LLVMValueRef into, struct cg_value *out)
{
	const struct field *f = &e->member.field;
	const struct type *t = f->type;

	if (!is_possible(cg))
		return false;
	if (f->bit_size) {
		if (!is_loadable(cg, e, bits_holder(f), NULL))
			return false;
		emit_bits(cg, e, out);
		return true;
	}
	if (t->kind == TYPE_STRING && type_size(t) && type_size(t) <= STRING_MAX &&
	    is_loadable(cg, e, type_size(t), NULL)) {
		emit_string(cg, e, into, out);
		return true;
	}
	if (type_is_memory(t))
		return false;
	bool is_struct = t->kind == TYPE_POINTER && is_to_struct(t);
	if (!is_loadable(cg, e, type_size(t), is_struct ? t->element->record : NULL))
		return false;
	emit_number(cg, e, out);
	return true;
}
