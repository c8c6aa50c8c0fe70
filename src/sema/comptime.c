/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compile-time evaluation: `comptime e`, and `if comptime (c) { A } else { B }`, of which only the
 * chosen branch is typed (spec language.md §4.2).
 *
 * What needs no types is decided in pass "names", before the other branch is even looked at. What
 * does waits: inference passes over it, comes to rest, and then decides what can be decided from
 * the types so far; the chosen branches take part from then on, and the next rest may decide more.
 * Types that were asked about are locked (type_queries.c), so no decision turns out wrong later.
 */
#include "sema/pass.h"

#define DECISIONS_MAX 50 /* rounds */

/* --- evaluation ------------------------------------------------------------------------------- */

static void evaluate_one(struct expr **slot, void *context)
{
	struct sema *s = context;

	if ((*slot)->kind == EXPR_SIZEOF)
		infer_size_of(s, slot);
	else if ((*slot)->kind == EXPR_OFFSETOF)
		infer_offset_of(s, slot);
	else if ((*slot)->kind == EXPR_TYPEINFO)
		infer_typeinfo(s, slot);
	else
		sema_fold(s, slot);
}

/* Operands of queries are not evaluated. */
static bool is_no_query(struct expr **slot, void *context)
{
	enum expr_kind kind = (*slot)->kind;

	(void)context;
	return kind != EXPR_SIZEOF && kind != EXPR_OFFSETOF && kind != EXPR_TYPEINFO;
}

void sema_evaluate(struct sema *s, struct expr **slot)
{
	const struct ast_visitor v = { .enter_expr = is_no_query, .leave_expr = evaluate_one,
				       .context = s };

	s->is_evaluating = true;
	ast_walk_expr(slot, &v);
	s->is_evaluating = false;
}

/* --- choices ---------------------------------------------------------------------------------- */

struct expr *comptime_branch(struct sema *s, const struct expr *e, bool truth)
{
	struct expr *none;

	if (truth) {
		e->branch.then->block.is_chosen = true;
		return e->branch.then;
	}
	if (e->branch.otherwise) {
		if (e->branch.otherwise->kind == EXPR_BLOCK)
			e->branch.otherwise->block.is_chosen = true;
		return e->branch.otherwise;
	}
	none = expr_new(s->arena, EXPR_BLOCK, e->loc);
	none->block.block = block_new(s->arena, e->loc);
	return none;
}

static const struct type *wait_for_decision(struct sema *s, struct expr **slot)
{
	if (!s->is_joining)
		arena_vec_push(s->arena, &s->undecided,
			       ((struct undecided_expr){ slot, s->body }));
	return NULL;
}

static void report_undecided(struct sema *s, const struct expr *e)
{
	struct diag_msg *m;

	if (s->decision_rounds > DECISIONS_MAX) /* which has been said */
		return;
	m = diag_error(s->diag, DIAG_COMPTIME, e->loc,
		       "this cannot be told when the script is compiled");
	diag_hint(m, "literals, parameters, sizeof(), typeinfo() and functions such as is_str() or "
		  "has_func() can be");
}

const struct type *infer_comptime(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	const struct type *t = infer_value(s, &e->comptime.operand);

	if (!s->is_final)
		return wait_for_decision(s, slot) ?: t;
	if (t)
		report_undecided(s, e);
	return s->types.none;
}

const struct type *infer_comptime_if(struct sema *s, struct expr **slot)
{
	struct expr *condition = (*slot)->branch.condition;

	infer_value(s, &condition->comptime.operand);
	if (!s->is_final)
		return wait_for_decision(s, slot);
	if (condition->comptime.operand->type->kind != TYPE_NONE)
		report_undecided(s, condition);
	return s->types.none;
}

/* True if the expression in slot was replaced by what it comes to. */
static bool decide(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot, **operand;
	bool truth;

	if (e->kind != EXPR_COMPTIME && e->kind != EXPR_IF)
		return false; /* inside of something that was replaced */
	operand = e->kind == EXPR_IF ? &e->branch.condition->comptime.operand
				     : &e->comptime.operand;
	sema_evaluate(s, operand);
	if (e->kind == EXPR_COMPTIME) {
		if (!expr_is_constant(*operand))
			return false;
		*slot = *operand;
		return true;
	}
	if (!expr_literal_truth(*operand, &truth))
		return false;
	*slot = comptime_branch(s, e, truth);
	return true;
}

bool comptime_decide(struct sema *s)
{
	struct undecided list = s->undecided;
	bool any = false;

	s->undecided = (struct undecided){ 0 };
	if (s->decision_rounds > DECISIONS_MAX)
		return false;
	for (size_t i = 0; i < list.count; i++) {
		const struct expr *e = *list.items[i].slot;

		s->body = list.items[i].body;
		any |= decide(s, list.items[i].slot);
		if (any && s->decision_rounds == DECISIONS_MAX) {
			diag_error(s->diag, DIAG_COMPTIME, e->loc,
				   "compile-time choices depend on each other in more than %d "
				   "rounds", DECISIONS_MAX);
			s->decision_rounds++;
			return false;
		}
	}
	s->body = NULL;
	s->decision_rounds += any;
	return any;
}

/* --- what is left ----------------------------------------------------------------------------- */

static void mark_mentioned(struct expr **slot, void *context)
{
	const struct expr *e = *slot;

	(void)context;
	if (e->kind == EXPR_VARIABLE && e->variable.symbol)
		e->variable.symbol->is_dropped = false;
	else if (e->kind == EXPR_MAP && e->map.symbol)
		e->map.symbol->is_dropped = false;
}

static void drop_all(struct sema *s, struct body *b)
{
	(void)s;
	for (size_t i = 0; i < b->variables.count; i++)
		b->variables.items[i]->is_dropped = true;
}

static void keep_mentioned(struct sema *s, struct body *b)
{
	const struct ast_visitor v = { .leave_expr = mark_mentioned, .context = s };

	ast_walk_block(b->block, &v);
}

void comptime_find_dropped(struct sema *s)
{
	for (size_t i = 0; i < s->maps.count; i++)
		s->maps.items[i]->is_dropped = !s->maps.items[i]->declaration;
	sema_each_body(s, drop_all);
	sema_each_body(s, keep_mentioned);
}
