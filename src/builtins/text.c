/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings and bytes out of memory: str() buf() strncmp() join().
 *
 * Where an address points decides with which helper it is read: its pointer type knows, else the
 * probe's type does. Lengths known only at run time are limited to the size of the result, which
 * the verifier has to see.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "builtins/hooks.h"
#include "program/events.h"

/* The literal length in argument i; false if there is none. */
static bool literal_length(const struct expr *e, size_t i, uint64_t *length)
{
	bool is_negative;

	return call_arg(e, i) && sema_literal_int(call_arg(e, i), length, &is_negative) &&
	       !is_negative;
}

static void warn_limit(struct sema *s, const struct expr *at, uint64_t limit)
{
	struct diag_msg *m = diag_warning(s->diag, DIAG_LENGTH_LIMIT, at->loc,
					  "the length is limited to %llu bytes",
					  (unsigned long long)limit);

	diag_hint(m, "the setting max_strlen raises the limit");
}

/* --- str -------------------------------------------------------------------------------------- */

static const struct type *type_str(struct sema *s, struct expr *e)
{
	const struct type *from = call_arg(e, 0)->type;
	uint64_t max = s->program->config.max_strlen, length;

	if (!from)
		return NULL;
	if (from->kind == TYPE_STRING)
		max = from->size;
	if (literal_length(e, 1, &length) && length < max)
		return type_string(&s->types, (uint32_t)length + 1);
	return type_string(&s->types, (uint32_t)max);
}

static int check_str(struct sema *s, struct expr **slot)
{
	uint64_t max = s->program->config.max_strlen, length;

	if (literal_length(*slot, 1, &length) && length > max)
		warn_limit(s, call_arg(*slot, 1), max);
	return check_length(s, *slot, 1);
}

/* A string value: itself, or as much of it as a helper reads with a size of n: n - 1 characters. */
static int str_of_string(struct codegen *cg, const struct expr *e, LLVMValueRef into)
{
	const struct expr *from = call_arg(e, 0);
	uint32_t size = type_size(e->type), max = type_size(from->type);
	LLVMValueRef source, length;
	uint64_t literal = 0;
	bool is_literal = literal_length(e, 1, &literal);
	int err = cg_emit_address(cg, from, &source);

	if (err)
		return err;
	if (!call_arg(e, 1) || (is_literal && literal > max)) {
		cg_copy(cg, into, source, size);
		return 0;
	}
	err = cg_emit_i64(cg, call_arg(e, 1), &length);
	if (err)
		return err;
	cg_zero(cg, into, size);
	if (is_literal && !literal)
		return 0;
	cg_probe_read_str(cg, into, clamp(cg, length, size), size,
			  LLVMBuildPtrToInt(cg->builder, source, cg->i64, ""), SPACE_KERNEL, false,
			  e);
	return 0;
}

static int str_of_address(struct codegen *cg, const struct expr *e, LLVMValueRef into)
{
	const struct expr *from = call_arg(e, 0);
	uint32_t max = type_size(e->type);
	LLVMValueRef address, size = cg_const(cg, max);
	bool mark_cut = true;
	uint64_t literal;
	int err = cg_emit_i64(cg, from, &address);

	if (!err && literal_length(e, 1, &literal)) {
		mark_cut = literal >= max;
		/* string[n + 1] is read with size n: n - 1 characters and a NUL. */
		max = mark_cut ? max : (uint32_t)literal;
		size = cg_const(cg, max);
		cg_zero(cg, cg_offset(cg, into, type_size(e->type) - 1), 1);
	} else if (!err && call_arg(e, 1)) {
		mark_cut = false;
		err = cg_emit_i64(cg, call_arg(e, 1), &size);
		if (!err)
			size = clamp(cg, size, max);
		cg_zero(cg, into, 1);
	}
	if (err)
		return err;
	if (max)
		cg_probe_read_str(cg, into, size, max, address, address_space(cg, from), mark_cut,
				  e);
	return 0;
}

static int emit_str(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		    struct cg_value *out)
{
	bool is_string = call_arg(e, 0)->type->kind == TYPE_STRING;
	int err = is_string ? str_of_string(cg, e, into) : str_of_address(cg, e, into);

	cg_set_address(out, e->type, into, SPACE_BPF);
	return err;
}

/* --- buf -------------------------------------------------------------------------------------- */

static uint32_t buffer_limit(const struct sema *s)
{
	return s->program->config.max_strlen - (uint32_t)sizeof(struct value_buffer);
}

static const struct type *type_buf(struct sema *s, struct expr *e)
{
	const struct type *from = call_arg(e, 0)->type;
	uint64_t capacity = buffer_limit(s), length;

	if (!from)
		return NULL;
	if (literal_length(e, 1, &length))
		capacity = MIN(capacity, length);
	if (type_is_memory(from))
		capacity = MIN(capacity, type_size(from));
	return type_buffer(&s->types, (uint32_t)capacity);
}

static int check_buf(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot, *from = call_arg(e, 0);
	uint64_t length;

	if (!call_arg(e, 1) && from->type->kind != TYPE_ARRAY) {
		struct diag_msg *m = diag_error(s->diag, DIAG_LENGTH_MISSING, e->loc,
						"buf() needs a length for a value of type %s",
						from->type->spelling);

		diag_hint(m, "write buf(address, length)");
		return -EINVAL;
	}
	if (literal_length(e, 1, &length) && length > buffer_limit(s))
		warn_limit(s, call_arg(e, 1), buffer_limit(s));
	return check_length(s, e, 1);
}

/* The bytes of a value in memory, which has at least that many. */
static int buf_of_value(struct codegen *cg, const struct expr *from, LLVMValueRef to,
			LLVMValueRef size)
{
	LLVMValueRef source;
	int err = cg_emit_address(cg, from, &source);

	if (err)
		return err;
	if (LLVMIsAConstantInt(size)) {
		cg_copy(cg, to, source, LLVMConstIntGetZExtValue(size));
		return 0;
	}
	cg_probe_read_bounded(cg, to, size, LLVMBuildPtrToInt(cg->builder, source, cg->i64, ""),
			      SPACE_KERNEL, from);
	return 0;
}

static int buf_of_address(struct codegen *cg, const struct expr *e, LLVMValueRef to,
			  LLVMValueRef size)
{
	const struct expr *from = call_arg(e, 0);
	enum type_space space = address_space(cg, from);
	LLVMValueRef address;
	int err = cg_emit_i64(cg, from, &address);

	if (err)
		return err;
	if (LLVMIsAConstantInt(size))
		cg_probe_read(cg, to, LLVMConstIntGetZExtValue(size), address, space, e);
	else
		cg_probe_read_bounded(cg, to, size, address, space, e);
	return 0;
}

static int emit_buf(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		    struct cg_value *out)
{
	const struct expr *from = call_arg(e, 0);
	uint32_t capacity = type_size(e->type) - (uint32_t)sizeof(struct value_buffer);
	LLVMValueRef to = cg_offset(cg, into, offsetof(struct value_buffer, bytes));
	LLVMValueRef length = cg_const(cg, capacity);
	uint64_t literal;
	int err = 0;

	if (call_arg(e, 1) && !literal_length(e, 1, &literal)) {
		err = cg_emit_i64(cg, call_arg(e, 1), &length);
		if (err)
			return err;
		length = clamp(cg, length, capacity);
	}
	if (!LLVMIsAConstantInt(length))
		cg_zero(cg, to, capacity);
	cg_store(cg, unsigned_type(cg, 4), LLVMBuildTrunc(cg->builder, length, cg->i32, ""),
		 cg_offset(cg, into, offsetof(struct value_buffer, len)));
	if (capacity)
		err = type_is_memory(from->type) ? buf_of_value(cg, from, to, length) :
						   buf_of_address(cg, e, to, length);
	cg_set_address(out, e->type, into, SPACE_BPF);
	return err;
}

/* --- strncmp ---------------------------------------------------------------------------------- */

static int check_strncmp(struct sema *s, struct expr **slot)
{
	return check_length(s, *slot, 2);
}

static int emit_strncmp(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			struct cg_value *out)
{
	const struct expr *a = call_arg(e, 0), *b = call_arg(e, 1);
	LLVMValueRef left, right, differs = cg_const(cg, 0);
	uint64_t mark = cg_temp_mark(cg), length = 0;
	int err = cg_emit_address(cg, a, &left) ?: cg_emit_address(cg, b, &right);

	(void)into;
	if (err)
		return err;
	literal_length(e, 2, &length);
	if (length) {
		LLVMValueRef equal = cg_string_equal(cg, left, type_size(a->type), right,
						     type_size(b->type), length);

		differs = LLVMBuildZExt(cg->builder, LLVMBuildNot(cg->builder, equal, ""), cg->i64,
					"");
	}
	cg_temp_release(cg, mark);
	cg_set(out, e->type, differs);
	return 0;
}

/* --- join ------------------------------------------------------------------------------------- */

static void plan_join(struct sema *s, struct expr *e, struct program_action *action)
{
	size_t len;

	action->format = program_add_string(
		s->program, call_arg(e, 1) ? sema_literal_string(call_arg(e, 1), &len) : " ");
}

/* Pointer i of the array, read into the cell `pointer`. */
static LLVMValueRef join_pointer(struct codegen *cg, const struct expr *e, LLVMValueRef array,
				 enum type_space space, uint64_t i, LLVMValueRef cell)
{
	cg_probe_read(cg, cell, sizeof(uint64_t), ir_add(cg, array, cg_const(cg, i * 8)), space, e);
	return cg_load(cg, unsigned_type(cg, 8), cell);
}

static void join_strings(struct codegen *cg, const struct expr *e, LLVMValueRef record,
			 LLVMValueRef array, LLVMValueRef cell)
{
	enum type_space space = address_space(cg, call_arg(e, 0));
	LLVMBasicBlockRef done = cg_block(cg, "joined");
	LLVMValueRef count_at = cg_offset(cg, record, offsetof(struct event_join, count));

	cg_store(cg, unsigned_type(cg, 8), cg_const(cg, 0), count_at);
	for (uint64_t i = 0; i < EVENT_JOIN_STRINGS; i++) {
		LLVMBasicBlockRef next = cg_block(cg, "string");
		LLVMValueRef p = join_pointer(cg, e, array, space, i, cell);
		LLVMValueRef to = cg_offset(cg, record, offsetof(struct event_join, strings) +
								i * EVENT_JOIN_SIZE);

		cg_branch(cg, ir_compare(cg, LLVMIntEQ, p, cg_const(cg, 0)), done, next, next);
		cg_store(cg, unsigned_type(cg, 1), LLVMConstInt(cg->i8, 0, false), to);
		cg_probe_read_str(cg, to, cg_const(cg, EVENT_JOIN_SIZE), EVENT_JOIN_SIZE, p, space,
				  false, e);
		cg_store(cg, unsigned_type(cg, 8), cg_const(cg, i + 1), count_at);
	}
	cg_jump(cg, done, done);
}

static int emit_join(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef array, cell = cg_temp(cg, sizeof(uint64_t), "pointer");
	int err = cg_emit_i64(cg, call_arg(e, 0), &array);

	(void)into;
	if (err)
		return err;
	join_strings(cg, e, cg_event_begin(cg, e, sizeof(struct event_join)), array, cell);
	cg_event_submit(cg);
	cg_temp_release(cg, mark);
	set_void(e, out);
	return 0;
}

const struct builtin builtins_text[] = {
	{ .name = "str", .signature = "str(string|int|ptr, [int]) -> ?",
	  .help = "The string at an address, at most n - 1 characters of it.",
	  .type = type_str, .check = check_str, .emit = emit_str },
	{ .name = "buf", .signature = "buf(string|int|ptr|array, [int]) -> ?",
	  .help = "Raw bytes at an address, or of an array.",
	  .type = type_buf, .check = check_buf, .emit = emit_buf },
	{ .name = "strncmp", .signature = "strncmp(string, string, #int) -> uint64",
	  .help = "0 if the first n characters of two strings are equal, else 1.",
	  .check = check_strncmp, .emit = emit_strncmp },
	{ .name = "join", .signature = "join(int|ptr, [#string]) -> void",
	  .action = ACTION_JOIN + 1, .first_payload = 2,
	  .help = "Prints the strings of a NULL-terminated array, joined.",
	  .plan = plan_join, .emit = emit_join },
	{ 0 },
};
