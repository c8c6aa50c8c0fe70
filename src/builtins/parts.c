/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of strings: substr() split(). bittern's own.
 *
 * What the verifier must not see is where a part begins: it would follow a path for each place. So
 * split() goes over the text once without a branch but that at its end. Each turn copies a
 * character, separators as NULs, and notes in a table, for the part that the character belongs to,
 * where the next one begins. Entries of parts that there are not lead to a NUL.
 */
#include <errno.h>
#include <string.h>
#include "builtins/hooks.h"

#define SPLIT_MAX_PARTS 16 /* a power of two */

/* The literal in argument i, if it is one and not negative. */
static bool literal_number(const struct expr *e, size_t i, uint64_t *number)
{
	bool is_negative;

	return call_arg(e, i) && sema_literal_int(call_arg(e, i), number, &is_negative) &&
	       !is_negative;
}

/* --- substr ----------------------------------------------------------------------------------- */

/* As small as what is known of start and length allows. */
static const struct type *type_substr(struct sema *s, struct expr *e)
{
	const struct expr *text = call_arg(e, 0);
	uint64_t size, start, length;

	if (!text->type || text->type->kind == TYPE_NONE)
		return text->type;
	size = MAX(string_capacity(s->program, text), (uint64_t)1);
	if (literal_number(e, 1, &start))
		size -= MIN(start, size - 1);
	if (literal_number(e, 2, &length))
		size = MIN(size - 1, length) + 1;
	return type_string(&s->types, (uint32_t)size);
}

static int check_substr(struct sema *s, struct expr **slot)
{
	return check_string(s, *slot, call_arg(*slot, 0)) ?: check_length(s, *slot, 1) ?:
	       check_length(s, *slot, 2);
}

static LLVMValueRef smaller(struct codegen *cg, LLVMValueRef a, LLVMValueRef b)
{
	return LLVMBuildSelect(cg->builder, ir_compare(cg, LLVMIntULT, a, b), a, b, "");
}

static LLVMValueRef byte_at(struct codegen *cg, LLVMValueRef base, LLVMValueRef index)
{
	return LLVMBuildGEP2(cg->builder, cg->i8, base, &index, 1, "");
}

/* The index is opaque: of one that is small LLVM would `or` the bits to an aligned address, which
 * the verifier does not allow. */
static LLVMValueRef address_of(struct codegen *cg, LLVMValueRef base, LLVMValueRef index)
{
	return LLVMBuildPtrToInt(cg->builder, byte_at(cg, base, cg_opaque(cg, index)), cg->i64, "");
}

/* How many characters, of so many that there are behind the start. */
static int emit_length(struct codegen *cg, const struct expr *e, LLVMValueRef *count)
{
	const struct expr *wanted = call_arg(e, 2);
	LLVMValueRef length;
	int err;

	if (!wanted)
		return 0;
	err = cg_emit_i64(cg, wanted, &length);
	if (err)
		return err;
	if (wanted->type->is_signed) /* a negative length gives nothing */
		length = LLVMBuildSelect(cg->builder,
					 ir_compare(cg, LLVMIntSLT, length, cg_const(cg, 0)),
					 cg_const(cg, 0), length, "");
	*count = smaller(cg, *count, length);
	return 0;
}

static int emit_substr(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		       struct cg_value *out)
{
	uint64_t mark = cg_temp_mark(cg), size = string_capacity(cg->program, call_arg(e, 0));
	LLVMValueRef text, start, count;
	int err = cg_emit_i64(cg, call_arg(e, 1), &start) ?:
		  emit_characters(cg, call_arg(e, 0), &text);

	if (err)
		return err;
	count = count_characters(cg, text, size);
	/* A negative start is a large one: behind the end. */
	start = clamp(cg, smaller(cg, start, count), size);
	count = ir_sub(cg, count, start);
	err = emit_length(cg, e, &count);
	if (err)
		return err;
	cg_zero(cg, into, type_size(e->type));
	cg_probe_read_bounded(cg, into, clamp(cg, count, type_size(e->type)),
			      address_of(cg, text, start), SPACE_KERNEL, e);
	cg_temp_release(cg, mark);
	cg_set_address(out, e->type, into, SPACE_BPF);
	return 0;
}

/* --- split ------------------------------------------------------------------------------------ */

static void report_split(struct sema *s, const struct expr *e)
{
	const struct expr *separator = call_arg(e, 1), *count = call_arg(e, 2);
	struct diag_msg *m;
	uint64_t parts;
	size_t len;

	if (sema_literal_string(separator, &len) && (len != 1 || !separator->string.bytes[0]))
		diag_error(s->diag, DIAG_SPLIT_ARGUMENT, separator->loc,
			   "split() parts a string at one character, not at %zu", len);
	if (count->kind != EXPR_INTEGER ||
	    (literal_number(e, 2, &parts) && parts && parts <= SPLIT_MAX_PARTS))
		return;
	m = diag_error(s->diag, DIAG_SPLIT_ARGUMENT, count->loc,
		       "split() makes 1 to %d parts", SPLIT_MAX_PARTS);
	diag_hint(m, "the last part has all that is left: it can be split again");
}

static const struct type *type_split(struct sema *s, struct expr *e)
{
	const struct type *parts[SPLIT_MAX_PARTS];
	const struct expr *text = call_arg(e, 0);
	uint64_t count;

	if (!text->type || text->type->kind == TYPE_NONE)
		return text->type;
	if (s->is_final)
		report_split(s, e);
	if (!literal_number(e, 2, &count) || !count || count > SPLIT_MAX_PARTS)
		return s->types.none;
	for (uint64_t i = 0; i < count; i++)
		parts[i] = type_string(&s->types, (uint32_t)MAX(string_capacity(s->program, text),
								(uint64_t)1));
	return type_tuple(&s->types, parts, (uint32_t)count);
}

static int check_split(struct sema *s, struct expr **slot)
{
	return check_string(s, *slot, call_arg(*slot, 0));
}

/* The table lies in front of the copy: both are reached with offsets known only at run time. */
struct split {
	LLVMValueRef ends, copy;
	uint64_t size, parts;
	uint8_t separator;
};

static LLVMValueRef end_at(struct codegen *cg, const struct split *sp, LLVMValueRef part)
{
	return LLVMBuildGEP2(cg->builder, cg->i32, sp->ends, &part, 1, "");
}

static void init_ends(struct codegen *cg, const struct split *sp)
{
	for (uint64_t i = 0; i < SPLIT_MAX_PARTS; i++)
		LLVMBuildStore(cg->builder, cg_const32(cg, (uint32_t)sp->size),
			       end_at(cg, sp, cg_const(cg, i)));
	cg_zero(cg, cg_offset(cg, sp->copy, sp->size), 1);
}

/* 1 if v is below limit, else 0; both are small. In a form that nobody turns into a branch. */
static LLVMValueRef is_below(struct codegen *cg, LLVMValueRef v, uint64_t limit)
{
	return ir_shr(cg, ir_sub(cg, cg_opaque(cg, v), cg_const(cg, limit)), cg_const(cg, 63));
}

static void split_characters(struct codegen *cg, const struct split *sp, LLVMValueRef text)
{
	const struct type *byte = unsigned_type(cg, 1);
	LLVMValueRef part_phi, part, c, is_separator, kept;
	struct counted_loop loop;

	loop_begin(cg, &loop, sp->size);
	part_phi = LLVMBuildPhi(cg->builder, cg->i64, "part");
	LLVMAddIncoming(part_phi, (LLVMValueRef[]){ cg_const(cg, 0) }, &loop.before, 1);
	part = part_phi;
	c = LLVMBuildZExt(cg->builder, cg_load(cg, byte, byte_at(cg, text, loop.index)), cg->i64, "");
	is_separator = ir_and(cg, is_below(cg, ir_xor(cg, c, cg_const(cg, sp->separator)), 1),
			      is_below(cg, part, sp->parts - 1));
	kept = ir_mul(cg, c, ir_xor(cg, is_separator, cg_const(cg, 1)));
	cg_store(cg, byte, LLVMBuildTrunc(cg->builder, kept, cg->i8, ""),
		 byte_at(cg, sp->copy, loop.index));
	loop_break_if(cg, &loop, ir_compare(cg, LLVMIntEQ, c, cg_const(cg, 0)));
	LLVMBuildStore(cg->builder,
		       LLVMBuildTrunc(cg->builder, ir_add(cg, loop.index, cg_const(cg, 1)), cg->i32,
				      ""),
		       end_at(cg, sp, ir_and(cg, cg_opaque(cg, part),
					     cg_const(cg, SPLIT_MAX_PARTS - 1))));
	part = ir_add(cg, part, is_separator);
	LLVMBasicBlockRef last = LLVMGetInsertBlock(cg->builder);
	LLVMAddIncoming(part_phi, &part, &last, 1);
	loop_end(cg, &loop);
}

/* Where part i begins in the copy. The mask is for the verifier, which does not know the table. */
static LLVMValueRef part_address(struct codegen *cg, const struct split *sp, uint64_t i)
{
	LLVMValueRef start;

	if (!i)
		return address_of(cg, sp->copy, cg_const(cg, 0));
	start = LLVMBuildLoad2(cg->builder, cg->i32, end_at(cg, sp, cg_const(cg, i - 1)), "");
	LLVMSetVolatile(start, true);
	start = LLVMBuildZExt(cg->builder, start, cg->i64, "");
	return address_of(cg, sp->copy, ir_and(cg, start, cg_const(cg, (1u << 28) - 1)));
}

static int emit_split(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		      struct cg_value *out)
{
	struct split sp = { .size = string_capacity(cg->program, call_arg(e, 0)),
			    .parts = e->type->count };
	uint64_t mark = cg_temp_mark(cg), table = SPLIT_MAX_PARTS * sizeof(uint32_t);
	LLVMValueRef text;
	size_t len;
	int err = emit_characters(cg, call_arg(e, 0), &text);

	if (err)
		return err;
	sp.separator = (uint8_t)*sema_literal_string(call_arg(e, 1), &len);
	sp.ends = cg_temp(cg, table + sp.size + 1 + 8, "parts"); /* never on the stack */
	sp.copy = cg_offset(cg, sp.ends, table);
	init_ends(cg, &sp);
	split_characters(cg, &sp, text);
	for (uint64_t i = 0; i < sp.parts; i++)
		cg_probe_read_str(cg, cg_offset(cg, into, e->type->fields[i].offset),
				  cg_const(cg, sp.size), sp.size, part_address(cg, &sp, i),
				  SPACE_KERNEL, true, e);
	cg_temp_release(cg, mark);
	cg_set_address(out, e->type, into, SPACE_BPF);
	return 0;
}

const struct builtin builtins_parts[] = {
	{ .name = "substr", .signature = "substr(string|array|ptr, int, [int]) -> ?",
	  .help = "The characters from a place (0 is the first) on, or so many of them.",
	  .type = type_substr, .check = check_substr, .emit = emit_substr },
	{ .name = "split", .signature = "split(string|array|ptr, #string, #int) -> ?",
	  .help = "A tuple of so many strings: the parts between a character, the last with the rest.",
	  .type = type_split, .check = check_split, .emit = emit_split },
	{ 0 },
};
