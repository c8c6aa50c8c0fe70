/* SPDX-License-Identifier: Apache-2.0 */
/* Where control goes: which statements do not come back, and which ifs and blocks have a value. */
#include "sema/pass.h"

bool block_leaves(const struct block *b)
{
	for (size_t i = 0; i < b->statements.count; i++) {
		if (stmt_leaves(b->statements.items[i]))
			return true;
	}
	return false;
}

static bool expr_leaves(const struct expr *e)
{
	if (e->kind == EXPR_CALL)
		return e->call.builtin && (e->call.builtin->flags & BUILTIN_NO_RETURN) &&
		       !e->call.is_in_macro;
	if (e->kind == EXPR_BLOCK)
		return block_leaves(e->block.block);
	if (e->kind != EXPR_IF)
		return false;
	for (; e->kind == EXPR_IF; e = e->branch.otherwise) {
		if (!e->branch.otherwise || !expr_leaves(e->branch.then))
			return false;
	}
	return expr_leaves(e);
}

bool stmt_leaves(const struct stmt *st)
{
	switch (st->kind) {
	case STMT_RETURN:
	case STMT_BREAK:
	case STMT_CONTINUE:
		return true;
	case STMT_EXPR:
		return expr_leaves(st->expr.value);
	case STMT_DISCARD:
	case STMT_ASSIGN:
	case STMT_LET:
	case STMT_WHILE:
	case STMT_UNROLL:
	case STMT_FOR_RANGE:
	case STMT_FOR_MAP:
	case STMT_IMPORT:
	case STMT_KIND_COUNT:
		return false;
	}
	return false;
}

bool expr_is_valueless(const struct expr *e)
{
	if (e->kind == EXPR_BLOCK)
		return !e->block.block->value || expr_is_valueless(e->block.block->value);
	if (e->kind == EXPR_TERNARY)
		return (e->ternary.then && expr_is_valueless(e->ternary.then)) ||
		       expr_is_valueless(e->ternary.otherwise);
	for (; e && e->kind == EXPR_IF; e = e->branch.otherwise) {
		if (expr_is_valueless(e->branch.then))
			return true;
	}
	return !e || (e->kind == EXPR_BLOCK && expr_is_valueless(e));
}
