/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass "simplify": what the rest of the compiler need not know about.
 *
 *	literal operations		→ literals (fold.c)
 *	t op= e				→ t = t op e
 *	/p/ { … }			→ { if (p) { } else { return; } … }
 *	values nobody can use		→ statements: the last expression of a block that is a
 *					  statement itself, or a loop's or probe's body
 */
#include <errno.h>
#include "sema/pass.h"

static void leave_expr(struct expr **slot, void *context)
{
	sema_fold(context, slot);
}

static void drop_value(struct sema *s, struct expr *e, struct loc at);

static void drop_block_value(struct sema *s, struct block *b, struct loc at)
{
	struct stmt *st;

	if (!b->value)
		return;
	st = stmt_expr(s->arena, b->value);
	st->expr.dropped_at = at;
	b->value = NULL;
	arena_vec_push(s->arena, &b->statements, st);
	drop_value(s, st->expr.value, at);
}

/* The value of e is not used; at: the outermost macro it is the value of. */
static void drop_value(struct sema *s, struct expr *e, struct loc at)
{
	for (; e && e->kind == EXPR_IF; e = e->branch.otherwise)
		drop_value(s, e->branch.then, at);
	if (e && e->kind == EXPR_BLOCK)
		drop_block_value(s, e->block.block,
				 !at.source && e->block.is_expansion ? e->loc : at);
	if (e && e->kind == EXPR_CALL)
		e->call.is_discarded = true;
}

static void expand_assignment(struct sema *s, struct stmt *st)
{
	struct stmt_assign *a = &st->assign;

	a->value = expr_binary(s->arena, a->op, st->loc, expr_clone(s->arena, a->target), a->value);
	a->op = OP_NONE;
}

/* Values are dropped before the walk, so that it knows which ifs are mere statements. */
static bool enter_stmt(struct stmt **slot, void *context)
{
	static const struct loc nowhere;
	struct stmt *st = *slot;

	if (st->kind == STMT_EXPR)
		drop_value(context, st->expr.value, st->expr.dropped_at);
	else if (st->kind == STMT_WHILE)
		drop_block_value(context, st->loop.body, nowhere);
	else if (st->kind == STMT_UNROLL)
		drop_block_value(context, st->unroll.body, nowhere);
	else if (st->kind == STMT_FOR_RANGE)
		drop_block_value(context, st->for_range.body, nowhere);
	else if (st->kind == STMT_FOR_MAP)
		drop_block_value(context, st->for_map.body, nowhere);
	return true;
}

static void leave_stmt(struct stmt **slot, void *context)
{
	struct sema *s = context;
	struct stmt *st = *slot;

	switch (st->kind) {
	case STMT_EXPR:
		drop_value(s, st->expr.value, st->expr.dropped_at); /* of what it was folded to */
		break;
	case STMT_DISCARD:
		if (st->discard.value->kind == EXPR_CALL)
			st->discard.value->call.is_discarded = true;
		break;
	case STMT_ASSIGN:
		if (st->assign.op != OP_NONE)
			expand_assignment(s, st);
		break;
	case STMT_WHILE:
	case STMT_UNROLL:
	case STMT_FOR_RANGE:
	case STMT_LET:
	case STMT_FOR_MAP:
	case STMT_BREAK:
	case STMT_CONTINUE:
	case STMT_RETURN:
	case STMT_IMPORT:
	case STMT_KIND_COUNT:
		break;
	}
}

static struct expr *block_expr(struct sema *s, struct loc loc)
{
	struct expr *e = expr_new(s->arena, EXPR_BLOCK, loc);

	e->block.block = block_new(s->arena, loc);
	return e;
}

/* Puts a statement that leaves unless the predicate holds in front of the others. */
static void fold_in_predicate(struct sema *s, struct body *b)
{
	struct stmt_list old = b->block->statements, new = { 0 };
	struct expr *test;
	bool truth;

	if (expr_literal_truth(b->predicate, &truth) && truth)
		return;
	test = expr_new(s->arena, EXPR_IF, b->predicate->loc);
	test->branch.condition = b->predicate;
	test->branch.then = block_expr(s, b->predicate->loc);
	test->branch.otherwise = block_expr(s, b->predicate->loc);
	arena_vec_push(s->arena, &test->branch.otherwise->block.block->statements,
		       stmt_new(s->arena, STMT_RETURN, b->predicate->loc));
	arena_vec_push(s->arena, &new, stmt_expr(s->arena, test));
	for (size_t i = 0; i < old.count; i++)
		arena_vec_push(s->arena, &new, old.items[i]);
	b->block->statements = new;
}

static void simplify_body(struct sema *s, struct body *b)
{
	struct ast_visitor v = { .leave_expr = leave_expr, .enter_stmt = enter_stmt,
				 .leave_stmt = leave_stmt, .context = s };

	drop_block_value(s, b->block, (struct loc){ 0 });
	ast_walk_block(b->block, &v);
	if (!b->predicate)
		return;
	ast_walk_expr(&b->predicate, &v);
	fold_in_predicate(s, b);
	b->predicate = NULL;
}

int pass_simplify(struct sema *s)
{
	sema_each_body(s, simplify_body);
	return s->diag->error_count ? -EINVAL : 0;
}
