/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking into strings: strlen() strstr() strcontains().
 *
 * One loop over the characters with one branch a turn: the verifier follows every turn and keeps a
 * state for each branch. A turn compares all of the needle at once: the differences of its
 * characters are or-ed together, and the loop ends where their product with the present character
 * is zero, which is at a match and at the end of the text.
 *
 * Of a needle that is no literal, characters from its NUL on do not count. The text is then copied
 * to memory with as many zeros behind it as the needle may be long.
 */
#include <errno.h>
#include <string.h>
#include "builtins/hooks.h"

#define SEARCH_NEEDLE_MAX 64	 /* bytes of a needle that is no literal */
#define SEARCH_STEPS_MAX  100000 /* characters compared, as the verifier counts */

struct search {
	const struct expr *text, *needle;
	uint64_t text_size, needle_size;
	const char *literal; /* the needle if it is a literal; needle_size is then its length */
};

static void search_of(const struct expr *e, struct search *out)
{
	size_t len;

	out->text = call_arg(e, 0);
	out->needle = call_arg(e, 1);
	out->text_size = type_size(out->text->type);
	out->literal = sema_literal_string(out->needle, &len);
	out->needle_size = out->literal ? strlen(out->literal) : type_size(out->needle->type);
}

static int check_search(struct sema *s, struct expr **slot)
{
	struct search search;
	struct diag_msg *m;

	search_of(*slot, &search);
	if (search.text_size * search.needle_size <= SEARCH_STEPS_MAX &&
	    (search.literal || search.needle_size <= SEARCH_NEEDLE_MAX))
		return 0;
	m = diag_error(s->diag, DIAG_SEARCH_SIZE, (*slot)->loc,
		       "%s(): the search for %llu bytes in %llu is too long for the kernel",
		       (*slot)->call.name, (unsigned long long)search.needle_size,
		       (unsigned long long)search.text_size);
	diag_hint(m, "limit the strings: str(address, 32)");
	return -EINVAL;
}

/* The byte at base + index + offset, as i64. */
static LLVMValueRef byte_at(struct codegen *cg, LLVMValueRef base, LLVMValueRef index,
			    uint64_t offset)
{
	LLVMValueRef ptr = LLVMBuildGEP2(cg->builder, cg->i8, base, &index, 1, "");
	LLVMValueRef byte = cg_load(cg, unsigned_type(cg, 1), cg_offset(cg, ptr, offset));

	return LLVMBuildZExt(cg->builder, byte, cg->i64, "");
}

static LLVMValueRef literal_difference(struct codegen *cg, const struct search *search,
				       LLVMValueRef text, LLVMValueRef at)
{
	LLVMValueRef all = cg_const(cg, 0);

	for (uint64_t j = 0; j < search->needle_size; j++)
		all = ir_or(cg, all, ir_xor(cg, byte_at(cg, text, at, j),
					    cg_const(cg, (uint8_t)search->literal[j])));
	return all;
}

static LLVMValueRef value_difference(struct codegen *cg, const struct search *search,
				     LLVMValueRef text, LLVMValueRef at, LLVMValueRef needle)
{
	LLVMValueRef all = cg_const(cg, 0), counts = cg_const(cg, 1), zero = cg_const(cg, 0);

	for (uint64_t j = 0; j < search->needle_size; j++) {
		LLVMValueRef wanted = byte_at(cg, needle, zero, j);
		LLVMValueRef is_text = ir_shr(cg, ir_add(cg, wanted, cg_const(cg, 255)),
					      cg_const(cg, 8));

		counts = ir_and(cg, counts, is_text);
		all = ir_or(cg, all, ir_mul(cg, ir_xor(cg, byte_at(cg, text, at, j), wanted),
					    counts));
	}
	return all;
}

/* The text, followed by zeros that a needle may be compared with. */
static LLVMValueRef padded_text(struct codegen *cg, const struct search *search, LLVMValueRef text)
{
	LLVMValueRef copy = cg_temp(cg, search->text_size + search->needle_size, "text");

	cg_copy(cg, copy, text, search->text_size);
	cg_zero(cg, cg_offset(cg, copy, search->text_size), search->needle_size);
	return copy;
}

/* index of the first match, or -1. */
static int emit_search(struct codegen *cg, const struct expr *e, LLVMValueRef *index)
{
	LLVMValueRef text, needle = NULL, difference, found;
	struct counted_loop loop;
	struct search search;
	int err;

	search_of(e, &search);
	if (search.literal && search.needle_size > search.text_size) {
		*index = cg_const(cg, UINT64_MAX);
		return 0;
	}
	err = cg_emit_address(cg, search.text, &text);
	if (!err && !search.literal)
		err = cg_emit_address(cg, search.needle, &needle);
	if (err)
		return err;
	if (!search.literal)
		text = padded_text(cg, &search, text);
	loop_begin(cg, &loop,
		   search.literal ? search.text_size - search.needle_size + 1 : search.text_size);
	difference = search.literal ?
			     literal_difference(cg, &search, text, loop.index) :
			     value_difference(cg, &search, text, loop.index, needle);
	loop_break_if(cg, &loop,
		      ir_compare(cg, LLVMIntEQ,
				 ir_mul(cg, difference, byte_at(cg, text, loop.index, 0)),
				 cg_const(cg, 0)));
	loop_end(cg, &loop);
	difference = loop_value(cg, &loop, difference, cg_const(cg, 1));
	found = loop_value(cg, &loop, loop.index, cg_const(cg, 0));
	*index = LLVMBuildSelect(cg->builder,
				 ir_compare(cg, LLVMIntEQ, difference, cg_const(cg, 0)), found,
				 cg_const(cg, UINT64_MAX), "");
	return 0;
}

static int emit_strstr(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		       struct cg_value *out)
{
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef index = NULL;
	int err = emit_search(cg, e, &index);

	(void)into;
	cg_temp_release(cg, mark);
	cg_set(out, e->type, index);
	return err;
}

static int emit_strcontains(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			    struct cg_value *out)
{
	int err = emit_strstr(cg, e, into, out);

	if (!err)
		cg_set(out, e->type, ir_compare(cg, LLVMIntSGE, out->llvm, cg_const(cg, 0)));
	return err;
}

static int emit_strlen(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		       struct cg_value *out)
{
	uint64_t mark = cg_temp_mark(cg), size = type_size(call_arg(e, 0)->type);
	struct counted_loop loop;
	LLVMValueRef text;
	int err = cg_emit_address(cg, call_arg(e, 0), &text);

	(void)into;
	if (err)
		return err;
	loop_begin(cg, &loop, size);
	loop_break_if(cg, &loop, ir_compare(cg, LLVMIntEQ, byte_at(cg, text, loop.index, 0),
					    cg_const(cg, 0)));
	loop_end(cg, &loop);
	cg_temp_release(cg, mark);
	cg_set(out, e->type, loop_value(cg, &loop, loop.index, cg_const(cg, size)));
	return 0;
}

const struct builtin builtins_search[] = {
	{ .name = "strlen", .signature = "strlen(string) -> uint64",
	  .help = "Number of characters of a string.", .emit = emit_strlen },
	{ .name = "strstr", .signature = "strstr(string, string) -> int64",
	  .help = "Where the second string first occurs in the first, or -1.",
	  .check = check_search, .emit = emit_strstr },
	{ .name = "strcontains", .signature = "strcontains(string, string) -> bool",
	  .help = "Whether the second string occurs in the first.",
	  .check = check_search, .emit = emit_strcontains },
	{ 0 },
};
