/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass "supported": bounds how deep the tree is, chains of operators included; everything behind it
 * may recurse. What the grammar has and the passes behind this one cannot handle would be named here,
 * too; there is nothing of that kind.
 */
#include <errno.h>
#include "sema/pass.h"

#define DEPTH_MAX 1000

struct context {
	struct sema *s;
	uint32_t depth;
	bool is_too_deep;
};

static bool enter_expr(struct expr **slot, void *context)
{
	struct context *c = context;
	struct expr *e = *slot;

	if (++c->depth > DEPTH_MAX) {
		if (!c->is_too_deep)
			diag_error(c->s->diag, DIAG_TOO_DEEP, e->loc,
				   "expression is nested too deeply (more than %d levels)",
				   DEPTH_MAX);
		c->is_too_deep = true;
		return false;
	}
	return true;
}

static void leave_expr(struct expr **slot, void *context)
{
	(void)slot;
	((struct context *)context)->depth--;
}

static bool enter_stmt(struct stmt **slot, void *context)
{
	(void)slot;
	((struct context *)context)->depth++;
	return true;
}

static void leave_stmt(struct stmt **slot, void *context)
{
	(void)slot;
	((struct context *)context)->depth--;
}

int pass_supported(struct sema *s)
{
	struct context c = { .s = s };
	struct ast_visitor v = { .enter_expr = enter_expr, .leave_expr = leave_expr,
				 .enter_stmt = enter_stmt, .leave_stmt = leave_stmt,
				 .context = &c };

	for (size_t i = 0; i < s->tree->probes.count; i++) {
		struct ast_probe *p = s->tree->probes.items[i];

		if (p->predicate)
			ast_walk_expr(&p->predicate, &v);
		ast_walk_block(p->body, &v);
	}
	for (size_t i = 0; i < s->tree->fns.count; i++)
		ast_walk_block(s->tree->fns.items[i]->body, &v);
	return s->diag->error_count ? -EINVAL : 0;
}
