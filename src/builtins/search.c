/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking into strings: strlen() strcap() strstr() strcontains().
 *
 * A string is a string value, an array of characters, or a pointer to characters, of which at most
 * max_strlen bytes count.
 *
 * Lengths come from the helper that copies strings, which counts them. A search for a short needle
 * is one loop over the characters with one branch a turn: the verifier follows every turn and keeps
 * a state for each branch. A turn compares all of the needle at once: the differences of its
 * characters are or-ed together, and the loop ends where their product with the present character
 * is zero, which is at a match and at the end of the text. Of a needle that is no literal,
 * characters from its NUL on do not count. The text is then copied to memory with as many zeros
 * behind it as the needle may be long. What would be too many steps for the verifier is left to
 * bpf_loop() (cg_string_find()).
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "builtins/hooks.h"

#define SEARCH_NEEDLE_MAX 64	/* bytes of a needle that is no literal */
#define SEARCH_STEPS_MAX  4096 /* characters compared, as the verifier counts: a millisecond */

/* --- strings of all forms --------------------------------------------------------------------- */

static bool is_character(const struct type *t)
{
	return t->kind == TYPE_INT && t->size == 1;
}

int check_string(struct sema *s, const struct expr *call, const struct expr *arg)
{
	const struct type *t = arg->type;
	struct diag_msg *m;

	if (t->kind == TYPE_STRING || is_character(t->element))
		return 0;
	m = diag_error(s->diag, DIAG_ARGUMENT_TYPE, arg->loc,
		       "%s() only supports strings, arrays of int8 and pointers to int8 here "
		       "('%s' provided)", call->call.name, t->spelling);
	if (t->kind == TYPE_POINTER)
		diag_hint(m, "cast it: %s((int8*)...)", call->call.name);
	return -EINVAL;
}

uint64_t string_capacity(const struct program *p, const struct expr *e)
{
	return e->type->kind == TYPE_POINTER ? p->config.max_strlen : type_size(e->type);
}

int emit_characters(struct codegen *cg, const struct expr *e, LLVMValueRef *out)
{
	uint64_t max = cg->program->config.max_strlen;
	LLVMValueRef address;

	if (e->type->kind != TYPE_POINTER)
		return cg_emit_address(cg, e, out);
	int err = cg_emit_i64(cg, e, &address);
	if (err)
		return err;
	*out = cg_temp(cg, max, "characters");
	cg_probe_read_str(cg, *out, cg_const(cg, max), max, address, address_space(cg, e), false,
			  e);
	return 0;
}

/* --- strlen, strcap --------------------------------------------------------------------------- */

static int check_strlen(struct sema *s, struct expr **slot)
{
	return check_string(s, *slot, call_arg(*slot, 0));
}

static int check_strcap(struct sema *s, struct expr **slot)
{
	const struct expr *text = call_arg(*slot, 0);
	struct expr *literal;
	int err = check_string(s, *slot, text);

	if (err || text->type->kind == TYPE_POINTER)
		return err;
	literal = expr_integer(s->arena, (*slot)->loc, type_size(text->type));
	literal->type = (*slot)->type;
	*slot = literal;
	return 0;
}

/* A string in BPF memory is read like any other, with room for one byte more than it can have: the
 * count of the helper, which includes a NUL, then tells a string without one, too. */
LLVMValueRef count_characters(struct codegen *cg, LLVMValueRef text, uint64_t size)
{
	LLVMValueRef copy = cg_temp(cg, size + 1, "copy");
	LLVMValueRef args[] = { copy, cg_const32(cg, (uint32_t)size + 1),
				LLVMBuildPtrToInt(cg->builder, text, cg->i64, "") };
	LLVMValueRef count = cg_helper(cg, BPF_FUNC_probe_read_kernel_str, args, 3);

	/* An error can only mean the byte behind: the string has all its bytes. */
	count = ir_sub(cg, count, cg_const(cg, 1));
	return LLVMBuildSelect(cg->builder,
			       ir_compare(cg, LLVMIntUGT, count, cg_const(cg, size)),
			       cg_const(cg, size), count, "");
}

static LLVMValueRef count_pointee(struct codegen *cg, LLVMValueRef address, const struct expr *at)
{
	uint64_t max = cg->program->config.max_strlen;
	LLVMValueRef copy = cg_temp(cg, max, "copy"), count;

	count = cg_read_str(cg, copy, max, address, address_space(cg, at), at);
	count = ir_sub(cg, count, cg_const(cg, 1));
	/* A failed read gives the empty string. */
	return LLVMBuildSelect(cg->builder, ir_compare(cg, LLVMIntSLT, count, cg_const(cg, 0)),
			       cg_const(cg, 0), count, "");
}

static int emit_strlen(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		       struct cg_value *out)
{
	const struct expr *text = call_arg(e, 0);
	bool is_pointer = text->type->kind == TYPE_POINTER;
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef from, length;
	size_t literal_length;
	int err;

	(void)into;
	if (sema_literal_string(text, &literal_length)) {
		cg_set(out, e->type, cg_const(cg, strlen(text->string.bytes)));
		return 0;
	}
	err = is_pointer ? cg_emit_i64(cg, text, &from) : cg_emit_address(cg, text, &from);
	if (err)
		return err;
	length = is_pointer ? count_pointee(cg, from, text) :
			      count_characters(cg, from, type_size(text->type));
	cg_temp_release(cg, mark);
	cg_set(out, e->type, length);
	return 0;
}

/* --- strstr, strcontains ---------------------------------------------------------------------- */

struct search {
	const struct expr *text, *needle;
	uint64_t text_size, needle_size;
	const char *literal; /* the needle if it is a literal; needle_size is then its length */
};

static void search_of(const struct program *p, const struct expr *e, struct search *out)
{
	size_t len;

	out->text = call_arg(e, 0);
	out->needle = call_arg(e, 1);
	out->text_size = string_capacity(p, out->text);
	out->literal = sema_literal_string(out->needle, &len);
	out->needle_size = out->literal ? strlen(out->literal) : string_capacity(p, out->needle);
}

/* The verifier can follow it turn by turn, and has not refused to. */
static bool is_short(const struct sema *s, const struct search *search)
{
	return !(s->options->relief & PROGRAM_RELIEF_LOOPS) &&
	       search->text_size * MAX(search->needle_size, (uint64_t)4) <= SEARCH_STEPS_MAX &&
	       (search->literal || search->needle_size <= SEARCH_NEEDLE_MAX);
}

static int check_search(struct sema *s, struct expr **slot)
{
	struct search search;
	struct diag_msg *m;

	if (check_string(s, *slot, call_arg(*slot, 0)) || check_string(s, *slot, call_arg(*slot, 1)))
		return -EINVAL;
	search_of(s->program, *slot, &search);
	if (is_short(s, &search))
		return 0;
	s->body->needs_loop_helper = true;
	if (search.text_size * search.needle_size < CG_SEARCH_TURNS)
		return 0;
	m = diag_error(s->diag, DIAG_SEARCH_SIZE, (*slot)->loc,
		       "%s(): the search for %llu bytes in %llu is too long for the kernel",
		       (*slot)->call.name, (unsigned long long)search.needle_size,
		       (unsigned long long)search.text_size);
	diag_hint(m, "limit the strings: str(address, 1024)");
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

static LLVMValueRef search_short(struct codegen *cg, const struct search *search,
				 LLVMValueRef text, LLVMValueRef needle)
{
	LLVMValueRef difference, found;
	struct counted_loop loop;

	if (!search->literal)
		text = padded_text(cg, search, text);
	loop_begin(cg, &loop, search->literal ? search->text_size - search->needle_size + 1 :
						search->text_size);
	difference = search->literal ?
			     literal_difference(cg, search, text, loop.index) :
			     value_difference(cg, search, text, loop.index, needle);
	loop_break_if(cg, &loop,
		      ir_compare(cg, LLVMIntEQ,
				 ir_mul(cg, difference, byte_at(cg, text, loop.index, 0)),
				 cg_const(cg, 0)));
	loop_end(cg, &loop);
	difference = loop_value(cg, &loop, difference, cg_const(cg, 1));
	found = loop_value(cg, &loop, loop.index, cg_const(cg, 0));
	return LLVMBuildSelect(cg->builder,
			       ir_compare(cg, LLVMIntEQ, difference, cg_const(cg, 0)), found,
			       cg_const(cg, UINT64_MAX), "");
}

/* index of the first match, or -1. */
static int emit_search(struct codegen *cg, const struct expr *e, LLVMValueRef *index)
{
	LLVMValueRef text, needle = NULL;
	struct search search;
	int err;

	search_of(cg->program, e, &search);
	if (search.literal && search.needle_size > search.text_size) {
		*index = cg_const(cg, UINT64_MAX);
		return 0;
	}
	err = emit_characters(cg, search.text, &text);
	if (!err && (!search.literal || !is_short(cg->sema, &search)))
		err = emit_characters(cg, search.needle, &needle);
	if (err)
		return err;
	*index = is_short(cg->sema, &search) ?
			 search_short(cg, &search, text, needle) :
			 cg_string_find(cg, text, search.text_size, needle, search.needle_size,
					e->loc);
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

const struct builtin builtins_search[] = {
	{ .name = "strlen", .signature = "strlen(string|array|ptr) -> uint64",
	  .help = "Number of characters of a string.", .check = check_strlen, .emit = emit_strlen },
	{ .name = "strcap", .signature = "strcap(string|array|ptr) -> uint64",
	  .help = "How many bytes a string can have; of a pointer, how many it has.",
	  .check = check_strcap, .emit = emit_strlen },
	{ .name = "strstr", .signature = "strstr(string|array|ptr, string|array|ptr) -> int64",
	  .help = "Where the second string first occurs in the first, or -1.",
	  .check = check_search, .emit = emit_strstr },
	{ .name = "strcontains",
	  .signature = "strcontains(string|array|ptr, string|array|ptr) -> bool",
	  .help = "Whether the second string occurs in the first.",
	  .check = check_search, .emit = emit_strcontains },
	{ 0 },
};
