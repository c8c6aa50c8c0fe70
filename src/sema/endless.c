/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A `while` that cannot end, found before the kernel's verifier finds it: nothing in it changes what its
 * condition is made of, and nothing leaves it.
 */
#include "sema/pass.h"

struct look {
	struct sema *s;
	struct symbols compared; /* variables of the condition */
	bool may_change;	 /* the condition reads what may change by itself */
	bool is_changed;	 /* the loop assigns one of the variables */
	bool is_left;		 /* break, return or exit() */
	uint32_t inner;		 /* loops inside, which a break leaves */
};

/* --- the condition ---------------------------------------------------------------------------- */

static bool enter_condition(struct expr **slot, void *context)
{
	struct look *l = context;
	const struct expr *e = *slot;

	switch (e->kind) {
	case EXPR_VARIABLE:
		arena_vec_push(l->s->arena, &l->compared, e->variable.symbol);
		return true;
	case EXPR_INTEGER:
	case EXPR_STRING:
	case EXPR_BOOLEAN:
	case EXPR_BINARY:
	case EXPR_UNARY:
	case EXPR_CAST:
	case EXPR_TERNARY:
	case EXPR_TUPLE:
	case EXPR_ELEMENT:
		return true;
	case EXPR_NAME:
	case EXPR_PARAMETER:
	case EXPR_MAP:
	case EXPR_INCREMENT:
	case EXPR_IF:
	case EXPR_BLOCK:
	case EXPR_MEMBER:
	case EXPR_INDEX:
	case EXPR_CALL:
	case EXPR_RECORD:
	case EXPR_SIZEOF:
	case EXPR_OFFSETOF:
	case EXPR_TYPEINFO:
	case EXPR_TYPE:
	case EXPR_COMPTIME:
	case EXPR_ADDRESS_OF:
	case EXPR_KIND_COUNT:
		break;
	}
	l->may_change = true;
	return false;
}

/* --- the body --------------------------------------------------------------------------------- */

static void note_change(struct look *l, const struct expr *target)
{
	for (size_t i = 0; i < l->compared.count; i++)
		if (target->kind == EXPR_VARIABLE &&
		    target->variable.symbol == l->compared.items[i])
			l->is_changed = true;
}

static void note_call(struct look *l, const struct expr *e)
{
	const struct signature *sig = sema_signature(l->s, e->call.builtin);

	l->is_left |= (e->call.builtin->flags & BUILTIN_NO_RETURN) != 0;
	for (size_t i = 0; i < e->call.args.count && i < sig->arg_count; i++)
		if (sig->args[i] & SIGNATURE_VARIABLE)
			note_change(l, e->call.args.items[i]);
}

static bool enter_expr(struct expr **slot, void *context)
{
	struct look *l = context;
	const struct expr *e = *slot;

	if (e->kind == EXPR_INCREMENT)
		note_change(l, e->increment.target);
	if (e->kind == EXPR_CALL && e->call.builtin)
		note_call(l, e);
	return true;
}

static bool is_loop(const struct stmt *st)
{
	return st->kind == STMT_WHILE || st->kind == STMT_FOR_RANGE || st->kind == STMT_FOR_MAP;
}

static bool enter_stmt(struct stmt **slot, void *context)
{
	struct look *l = context;
	const struct stmt *st = *slot;

	l->inner += is_loop(st);
	if (st->kind == STMT_ASSIGN)
		note_change(l, st->assign.target);
	l->is_left |= st->kind == STMT_RETURN || (st->kind == STMT_BREAK && !l->inner);
	return true;
}

static void leave_stmt(struct stmt **slot, void *context)
{
	struct look *l = context;

	l->inner -= is_loop(*slot);
}

void check_endless(struct sema *s, struct stmt_loop *loop)
{
	struct look l = { .s = s };
	const struct ast_visitor condition = { .enter_expr = enter_condition, .context = &l };
	const struct ast_visitor body = { .enter_expr = enter_expr, .enter_stmt = enter_stmt,
					  .leave_stmt = leave_stmt, .context = &l };
	struct diag_msg *m;
	bool truth;

	if (!loop->condition->type || !type_is_condition(loop->condition->type))
		return; /* that was told */
	if (expr_literal_truth(loop->condition, &truth) && !truth)
		return;
	ast_walk_expr(&loop->condition, &condition);
	if (l.may_change)
		return;
	ast_walk_block(loop->body, &body);
	if (l.is_changed || l.is_left)
		return;
	m = diag_error(s->diag, DIAG_ENDLESS_LOOP, loop->condition->loc,
		       "this loop never ends: nothing in it changes %s",
		       l.compared.count ? "what its condition compares" : "its condition");
	if (l.compared.count)
		diag_hint(m, "change $%s in the loop, or write a range: for ($i : 0..10) { … }",
			  l.compared.items[0]->name);
	else
		diag_hint(m, "leave it by break or return, or write a range: "
			     "for ($i : 0..10) { … }");
}
