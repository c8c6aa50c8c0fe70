/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass "supported": the grammar knows the whole language, the passes behind this one do not yet.
 * What they cannot handle is named here, at its place; a part that gets implemented loses its row.
 *
 * The pass also bounds how deep the tree is, chains of operators included: everything behind it may
 * recurse.
 */
#include <errno.h>
#include "sema/pass.h"

#define DEPTH_MAX 1000

struct context {
	struct sema *s;
	uint32_t depth;
	bool is_too_deep;
};

static void not_supported(struct sema *s, struct loc loc, const char *what)
{
	diag_error(s->diag, DIAG_NOT_SUPPORTED, loc, "%s is not supported yet", what);
}

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

static void check_top_level(struct sema *s)
{
	struct ast_program *tree = s->tree;

	for (size_t i = 0; i < tree->objects.count; i++)
		not_supported(s, tree->objects.items[i]->loc, "linking an object file");
}

int pass_supported(struct sema *s)
{
	struct context c = { .s = s };
	struct ast_visitor v = { .enter_expr = enter_expr, .leave_expr = leave_expr,
				 .enter_stmt = enter_stmt, .leave_stmt = leave_stmt,
				 .context = &c };

	check_top_level(s);
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
