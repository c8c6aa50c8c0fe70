/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass "check": rules that need final types. What inference found on its way it has reported
 * itself; left are the built-ins' own checks, which may replace a call by a literal, and map
 * declarations.
 */
#include <errno.h>
#include <string.h>
#include "sema/pass.h"

bool sema_is_ruled_out(struct sema *s)
{
	bool truth;

	for (size_t i = 0; i < s->branches.count; i++) {
		const struct branch_taken *b = &s->branches.items[i];
		struct expr **condition = &b->choice->branch.condition;

		sema_evaluate(s, condition);
		sema_infer_value(s, condition); /* what was folded just now has no type yet */
		if (expr_literal_truth(*condition, &truth) && truth == b->is_otherwise)
			return true;
	}
	return false;
}

static bool enter_expr(struct expr **slot, void *context)
{
	struct sema *s = context;
	struct branch_taken *last = s->branches.count
						? &s->branches.items[s->branches.count - 1]
						: NULL;

	if (last && slot == &last->choice->branch.otherwise)
		last->is_otherwise = true;
	if ((*slot)->kind == EXPR_IF)
		vec_push(&s->branches, ((struct branch_taken){ *slot, false }));
	return true;
}

bool sema_is_pinned(const struct sema *s)
{
	const struct probe_list *probes = &s->body->probes;

	return probes->count && probes->items[0]->ops->flags & PROBE_ALONE &&
	       probes->items[0]->target;
}

static bool sends_records(const struct builtin *b)
{
	return (b->action && strcmp(b->name, "printf")) || !strcmp(b->name, "print");
}

/* Nobody is there for records when a pinned iterator is read. */
static void check_pinned(struct sema *s, const struct expr *e)
{
	struct diag_msg *m;

	if (!sends_records(e->call.builtin) || !sema_is_pinned(s))
		return;
	m = diag_error(s->diag, DIAG_PINNED_OUTPUT, e->loc,
		       "%s() has no effect in a pinned iterator: bittern is gone when it is read",
		       e->call.name);
	diag_hint(m, !strcmp(e->call.name, "exit") ? "'return' ends the work on an object" :
						     "printf() writes to the file");
}

static void leave_expr(struct expr **slot, void *context)
{
	struct sema *s = context;
	const struct expr *e = *slot;

	if (e->kind == EXPR_IF)
		s->branches.count--;
	if (e->kind != EXPR_CALL || !e->call.builtin)
		return;
	sema_fold_call(s, slot);
	e = *slot;
	if (e->kind == EXPR_CALL)
		check_pinned(s, e);
	if (e->kind == EXPR_CALL && e->call.builtin->check)
		e->call.builtin->check(s, slot);
}

static void check_body(struct sema *s, struct body *b)
{
	struct ast_visitor v = { .enter_expr = enter_expr, .leave_expr = leave_expr,
				 .context = s };

	ast_walk_block(b->block, &v);
}

int pass_check(struct sema *s)
{
	sema_each_body(s, check_body);
	check_map_declarations(s);
	return s->diag->error_count ? -EINVAL : 0;
}
