/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass "check": rules that need final types. What inference found on its way it has reported
 * itself; left are the built-ins' own checks, which may replace a call by a literal, and map
 * declarations.
 */
#include <errno.h>
#include "sema/pass.h"

static void leave_expr(struct expr **slot, void *context)
{
	struct sema *s = context;
	const struct expr *e = *slot;

	if (e->kind != EXPR_CALL || !e->call.builtin)
		return;
	sema_fold_call(s, slot);
	e = *slot;
	if (e->kind == EXPR_CALL && e->call.builtin->check)
		e->call.builtin->check(s, slot);
}

static void check_body(struct sema *s, struct body *b)
{
	struct ast_visitor v = { .leave_expr = leave_expr, .context = s };

	ast_walk_block(b->block, &v);
}

int pass_check(struct sema *s)
{
	sema_each_body(s, check_body);
	check_map_declarations(s);
	return s->diag->error_count ? -EINVAL : 0;
}
