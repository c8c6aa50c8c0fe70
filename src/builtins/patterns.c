/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns: strmatch() strglob(). bittern's own.
 *
 * A pattern is a literal and becomes a table at compile time (pattern/pattern.h), which lies among
 * the program's constants: 256 classes of bytes, then a state for each state and class. A program
 * goes over the string with two loads a character. The only branch of a turn is that out of the
 * loop, and nothing behind it depends on where that was: the verifier walks the loop once, for
 * strings of any usual length, and needs no bpf_loop().
 *
 * States in the table are multiplied by the number of classes, so that a sum is the next index.
 */
#include <errno.h>
#include <string.h>
#include "builtins/hooks.h"
#include "pattern/pattern.h"

#define MATCH_TURNS_MAX 16384 /* characters, as the verifier counts */

/* A call's data, from check to emit. */
struct matcher {
	struct pattern pattern;
	uint32_t offset; /* of the classes, among the constants */
	uint32_t mask;	 /* of indexes: there are as many entries as a power of two */
};

static bool is_glob(const struct expr *e)
{
	return !strcmp(e->call.builtin->name, "strglob");
}

static int compile(struct sema *s, const struct expr *e, struct pattern *out)
{
	struct pattern_mistake mistake = { 0 };
	const struct expr *literal = call_arg(e, 1);
	size_t len;
	const char *text = sema_literal_string(literal, &len);
	int err = is_glob(e) ? pattern_glob(s->arena, text, len, out, &mistake) :
			       pattern_regex(s->arena, text, len, out, &mistake);

	if (err)
		diag_error(s->diag, DIAG_PATTERN, literal_part(literal, mistake.at, 1),
			   "this is no pattern of %s(): %s", e->call.name, mistake.text);
	return err;
}

static int check_size(struct sema *s, const struct expr *e)
{
	uint64_t size = string_capacity(s->program, call_arg(e, 0));
	struct diag_msg *m;

	if (size <= MATCH_TURNS_MAX)
		return 0;
	m = diag_error(s->diag, DIAG_SEARCH_SIZE, e->loc,
		       "%s(): a string of %llu bytes is too long for the kernel", e->call.name,
		       (unsigned long long)size);
	diag_hint(m, "limit it: str(address, 1024)");
	return -EINVAL;
}

static int check_match(struct sema *s, struct expr **slot)
{
	struct matcher *m = ARENA_NEW(s->arena, struct matcher);
	struct expr *e = *slot, *folded;
	size_t len;
	const char *text = sema_literal_string(call_arg(e, 0), &len);

	if (check_string(s, e, call_arg(e, 0)) || compile(s, e, &m->pattern) || check_size(s, e))
		return -EINVAL;
	e->call.data = m;
	if (!text)
		return 0;
	folded = expr_boolean(s->arena, e->loc, pattern_matches(&m->pattern, text, len));
	folded->type = e->type;
	*slot = folded;
	return 0;
}

static void plan_match(struct sema *s, struct expr *e, struct program_action *action)
{
	struct matcher *m = e->call.data;
	const struct pattern *p = &m->pattern;
	uint32_t entries = 1, used = p->state_count * p->class_count;
	struct {
		uint8_t classes[256];
		uint16_t next[];
	} *table;

	(void)action;
	while (entries < used)
		entries *= 2;
	table = arena_alloc(s->arena, sizeof(*table) + entries * sizeof(uint16_t));
	memcpy(table->classes, p->classes, sizeof(table->classes));
	for (uint32_t i = 0; i < used; i++)
		table->next[i] = (uint16_t)(p->next[i] * p->class_count);
	m->mask = entries - 1;
	m->offset = program_add_constants(s->program, table,
					  sizeof(*table) + entries * sizeof(uint16_t));
}

/* The state that an index leads to; the verifier learns from the mask that it is one. */
static LLVMValueRef next_state(struct codegen *cg, const struct matcher *m, LLVMValueRef index)
{
	LLVMValueRef table = cg_constants(cg, m->offset + 256), at;

	index = ir_and(cg, cg_opaque(cg, index), cg_const(cg, m->mask));
	at = LLVMBuildGEP2(cg->builder, LLVMInt16TypeInContext(cg->context), table, &index, 1, "");
	return LLVMBuildZExt(cg->builder, cg_load(cg, unsigned_type(cg, 2), at), cg->i64, "");
}

static LLVMValueRef load_byte(struct codegen *cg, LLVMValueRef base, LLVMValueRef index)
{
	LLVMValueRef at = LLVMBuildGEP2(cg->builder, cg->i8, base, &index, 1, "");

	return LLVMBuildZExt(cg->builder, cg_load(cg, unsigned_type(cg, 1), at), cg->i64, "");
}

/* The state behind the last character, or the final one that came earlier. */
static LLVMValueRef walk(struct codegen *cg, const struct matcher *m, LLVMValueRef text,
			 uint64_t size)
{
	const struct pattern *p = &m->pattern;
	LLVMValueRef start = cg_const(cg, p->start * p->class_count), phi, class, state;
	struct counted_loop loop;

	loop_begin(cg, &loop, size);
	phi = LLVMBuildPhi(cg->builder, cg->i64, "state");
	LLVMAddIncoming(phi, &start, &loop.before, 1);
	class = load_byte(cg, cg_constants(cg, m->offset), load_byte(cg, text, loop.index));
	state = next_state(cg, m, ir_add(cg, phi, class));
	loop_break_if(cg, &loop, ir_compare(cg, LLVMIntULE, state,
					    cg_const(cg, PATTERN_YES * p->class_count)));
	LLVMBasicBlockRef last = LLVMGetInsertBlock(cg->builder);
	LLVMAddIncoming(phi, &state, &last, 1);
	loop_end(cg, &loop);
	return state;
}

static int emit_match(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		      struct cg_value *out)
{
	const struct matcher *m = e->call.data;
	const struct pattern *p = &m->pattern;
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef text, state;
	int err;

	(void)into;
	if (p->start <= PATTERN_YES) {
		cg_set(out, e->type, LLVMConstInt(cg->i1, p->start == PATTERN_YES, false));
		return 0;
	}
	err = emit_characters(cg, call_arg(e, 0), &text);
	if (err)
		return err;
	state = walk(cg, m, text, string_capacity(cg->program, call_arg(e, 0)));
	/* A string without a NUL ends here; from a final state a NUL leads to itself. */
	state = next_state(cg, m, state);
	cg_temp_release(cg, mark);
	cg_set(out, e->type, ir_compare(cg, LLVMIntEQ, state,
					cg_const(cg, PATTERN_YES * p->class_count)));
	return 0;
}

#define MATCH_ROW(NAME, HELP)                                                                      \
	{ .name = NAME, .signature = NAME "(string|array|ptr, #string) -> bool", .help = HELP,     \
	  .check = check_match, .plan = plan_match, .emit = emit_match }

const struct builtin builtins_patterns[] = {
	MATCH_ROW("strmatch", "Whether a regular expression matches anywhere in a string."),
	MATCH_ROW("strglob", "Whether a pattern of * ? [a-z] matches a whole string."),
	{ 0 },
};
