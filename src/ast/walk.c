/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk over slots.
 *
 * Two kinds of node may form chains as long as the script: BINARY through its left operand and IF
 * through its else. Those are entered in a loop that remembers the slots, and left in reverse;
 * everything else recurses.
 */
#include "ast/walk.h"

static void walk_optional(struct expr **slot, const struct ast_visitor *v)
{
	if (*slot)
		ast_walk_expr(slot, v);
}

static void walk_list(struct expr_list *list, const struct ast_visitor *v)
{
	for (size_t i = 0; i < list->count; i++)
		ast_walk_expr(&list->items[i], v);
}

void ast_walk_type(struct type_ref *t, const struct ast_visitor *v)
{
	for (; t; t = t->typeof_type) {
		if (v->enter_type)
			v->enter_type(t, v->context);
		walk_optional(&t->typeof_expr, v);
	}
}

static void walk_operand(struct type_or_expr *of, const struct ast_visitor *v)
{
	ast_walk_type(of->type, v);
	walk_optional(&of->expr, v);
}

static void walk_children(struct expr *e, const struct ast_visitor *v)
{
	switch (e->kind) {
	case EXPR_INTEGER:
	case EXPR_STRING:
	case EXPR_BOOLEAN:
	case EXPR_NAME:
	case EXPR_PARAMETER:
	case EXPR_VARIABLE:
	case EXPR_BINARY: /* walked by the loop of ast_walk_expr() */
	case EXPR_IF:
	case EXPR_KIND_COUNT:
		break;
	case EXPR_MAP:
		walk_optional(&e->map.key, v);
		break;
	case EXPR_UNARY:
		ast_walk_expr(&e->unary.operand, v);
		break;
	case EXPR_INCREMENT:
		ast_walk_expr(&e->increment.target, v);
		break;
	case EXPR_TERNARY:
		ast_walk_expr(&e->ternary.condition, v);
		walk_optional(&e->ternary.then, v);
		ast_walk_expr(&e->ternary.otherwise, v);
		break;
	case EXPR_BLOCK:
		ast_walk_block(e->block.block, v);
		break;
	case EXPR_MEMBER:
		ast_walk_expr(&e->member.object, v);
		break;
	case EXPR_ELEMENT:
		ast_walk_expr(&e->element.object, v);
		break;
	case EXPR_INDEX:
		ast_walk_expr(&e->index.object, v);
		ast_walk_expr(&e->index.index, v);
		break;
	case EXPR_CALL:
		walk_list(&e->call.args, v);
		walk_list(&e->call.options, v);
		break;
	case EXPR_CAST:
		ast_walk_type(e->cast.to, v);
		ast_walk_expr(&e->cast.operand, v);
		break;
	case EXPR_TUPLE:
		walk_list(&e->tuple.items, v);
		break;
	case EXPR_RECORD:
		walk_list(&e->record.items, v);
		break;
	case EXPR_SIZEOF:
		walk_operand(&e->size_of.of, v);
		break;
	case EXPR_OFFSETOF:
		walk_operand(&e->offset_of.of, v);
		break;
	case EXPR_TYPEINFO:
		walk_operand(&e->typeinfo.of, v);
		break;
	case EXPR_TYPE:
		walk_operand(&e->type_operand.of, v);
		break;
	case EXPR_COMPTIME:
		ast_walk_expr(&e->comptime.operand, v);
		break;
	case EXPR_ADDRESS_OF:
		ast_walk_expr(&e->address_of.operand, v);
		break;
	}
}

static bool enter_expr(struct expr **slot, const struct ast_visitor *v)
{
	return !v->enter_expr || v->enter_expr(slot, v->context);
}

static void leave_expr(struct expr **slot, const struct ast_visitor *v)
{
	if (v->leave_expr)
		v->leave_expr(slot, v->context);
}

/* Enters *slot. Returns the slot to go on with if it is part of a chain; else it is finished. */
static struct expr **enter_chain(struct expr **slot, const struct ast_visitor *v)
{
	struct expr *e;

	if (enter_expr(slot, v)) {
		e = *slot;
		if (e->kind == EXPR_BINARY)
			return &e->binary.left;
		if (e->kind == EXPR_IF) {
			ast_walk_expr(&e->branch.condition, v);
			ast_walk_expr(&e->branch.then, v);
			if (e->branch.otherwise)
				return &e->branch.otherwise;
		}
		walk_children(e, v);
	}
	leave_expr(slot, v);
	return NULL;
}

void ast_walk_expr(struct expr **slot, const struct ast_visitor *v)
{
	struct slots VEC_OF(struct expr **) chain = { 0 };
	struct expr **next;

	while ((next = enter_chain(slot, v))) {
		vec_push(&chain, slot);
		slot = next;
	}
	while (chain.count) {
		slot = chain.items[--chain.count];
		if ((*slot)->kind == EXPR_BINARY)
			ast_walk_expr(&(*slot)->binary.right, v);
		leave_expr(slot, v);
	}
	vec_free(&chain);
}

static void walk_stmt_children(struct stmt *s, const struct ast_visitor *v)
{
	switch (s->kind) {
	case STMT_EXPR:
		ast_walk_expr(&s->expr.value, v);
		break;
	case STMT_DISCARD:
		ast_walk_expr(&s->discard.value, v);
		break;
	case STMT_ASSIGN:
		ast_walk_expr(&s->assign.value, v);
		ast_walk_expr(&s->assign.target, v);
		break;
	case STMT_LET:
		ast_walk_type(s->let.type, v);
		walk_optional(&s->let.value, v);
		ast_walk_expr(&s->let.variable, v);
		break;
	case STMT_WHILE:
		ast_walk_expr(&s->loop.condition, v);
		ast_walk_block(s->loop.body, v);
		break;
	case STMT_UNROLL:
		ast_walk_expr(&s->unroll.count, v);
		ast_walk_block(s->unroll.body, v);
		break;
	case STMT_FOR_RANGE:
		ast_walk_expr(&s->for_range.start, v);
		ast_walk_expr(&s->for_range.end, v);
		ast_walk_expr(&s->for_range.variable, v);
		ast_walk_block(s->for_range.body, v);
		break;
	case STMT_FOR_MAP:
		ast_walk_expr(&s->for_map.map, v);
		ast_walk_expr(&s->for_map.variable, v);
		ast_walk_block(s->for_map.body, v);
		break;
	case STMT_RETURN:
		walk_optional(&s->result.value, v);
		break;
	case STMT_BREAK:
	case STMT_CONTINUE:
	case STMT_IMPORT:
	case STMT_KIND_COUNT:
		break;
	}
}

void ast_walk_stmt(struct stmt **slot, const struct ast_visitor *v)
{
	if (!v->enter_stmt || v->enter_stmt(slot, v->context))
		walk_stmt_children(*slot, v);
	if (v->leave_stmt)
		v->leave_stmt(slot, v->context);
}

void ast_walk_block(struct block *b, const struct ast_visitor *v)
{
	if (v->enter_block)
		v->enter_block(b, v->context);
	for (size_t i = 0; i < b->statements.count; i++)
		ast_walk_stmt(&b->statements.items[i], v);
	walk_optional(&b->value, v);
	if (v->leave_block)
		v->leave_block(b, v->context);
}
