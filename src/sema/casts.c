/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass "casts": every conversion that types imply becomes an EXPR_CAST, as sema.h promises to code
 * generation. Literals change their type instead, and tuples that are written out convert their
 * items.
 *
 * The walk is from the leaves up: when a node is converted, its children have their final types.
 */
#include <errno.h>
#include "sema/pass.h"

static bool is_only_space(const struct type *a, const struct type *b)
{
	if (a->kind == TYPE_STRUCT && b->kind == TYPE_STRUCT)
		return a->record == b->record;
	return a->kind == TYPE_ARRAY && b->kind == TYPE_ARRAY && a->count == b->count &&
	       is_only_space(a->element, b->element);
}

static void convert_items(struct sema *s, struct expr *e, const struct type *to)
{
	for (uint32_t i = 0; i < to->count; i++)
		sema_convert(s, &e->tuple.items.items[i], to->fields[i].type);
	e->type = to;
}

void sema_convert(struct sema *s, struct expr **slot, const struct type *to)
{
	struct expr *e = *slot;
	const struct type *from = e->type;

	if (!from || !to || from == to || is_only_space(from, to))
		return;
	if (e->kind == EXPR_INTEGER && to->kind == TYPE_INT) {
		e->type = to;
		return;
	}
	if (e->kind == EXPR_STRING && to->kind == TYPE_STRING && to->size >= from->size) {
		e->type = to;
		return;
	}
	if (e->kind == EXPR_TUPLE && to->kind == TYPE_TUPLE &&
	    e->tuple.items.count == to->count) {
		convert_items(s, e, to);
		return;
	}
	*slot = expr_convert(s->arena, e, to);
}

/* An aggregation used as a value is read as an integer. */
static void read_aggregation(struct sema *s, struct expr **slot)
{
	if ((*slot)->type && type_is_readable((*slot)->type) && (*slot)->kind != EXPR_CALL)
		*slot = expr_convert(s->arena, *slot, integer_view(s, (*slot)->type));
}

/* --- expressions ------------------------------------------------------------------------------ */

static bool is_integer(struct sema *s, const struct expr *e)
{
	return integer_view(s, e->type) != NULL;
}

static void cast_pointer_arithmetic(struct sema *s, struct expr *e)
{
	struct expr **number = e->binary.left->type->kind == TYPE_POINTER ? &e->binary.right
									  : &e->binary.left;
	const struct type *view = type_settle(&s->types, integer_view(s, (*number)->type));

	sema_convert(s, number, type_int(&s->types, 8, view->is_signed));
}

/* A literal adapts, though its node is settled already. */
static const struct type *operand_type(struct sema *s, const struct expr *e)
{
	if (e->kind == EXPR_INTEGER && e->type->kind == TYPE_INT)
		return type_of_literal(&s->types, e->integer.value, e->integer.is_negative);
	return e->type;
}

static void cast_comparison(struct sema *s, struct expr *e)
{
	const struct type *common = comparison_type(s, operand_type(s, e->binary.left),
						    operand_type(s, e->binary.right));

	if (!common)
		return;
	sema_convert(s, &e->binary.left, common);
	sema_convert(s, &e->binary.right, common);
}

static void cast_binary(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	const struct type *word = e->type;

	read_aggregation(s, &e->binary.left);
	read_aggregation(s, &e->binary.right);
	if (e->binary.op == OP_LOGICAL_OR || e->binary.op == OP_LOGICAL_AND)
		return;
	if (e->binary.op >= OP_EQ && e->binary.op <= OP_GE) {
		cast_comparison(s, e);
		return;
	}
	if (e->type->kind == TYPE_POINTER) {
		cast_pointer_arithmetic(s, e);
		return;
	}
	if (!is_integer(s, e->binary.left) || !is_integer(s, e->binary.right))
		return;
	if (e->type->kind == TYPE_BOOL) { /* bits of truth values, in 64 bits */
		word = type_int(&s->types, 8, false);
		e->type = word;
		*slot = expr_convert(s->arena, e, s->types.bool_type);
	}
	sema_convert(s, &e->binary.left, word);
	sema_convert(s, &e->binary.right, word);
}

static void cast_unary(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;

	read_aggregation(s, &e->unary.operand);
	if (e->unary.op == OP_NEGATE || e->unary.op == OP_COMPLEMENT)
		sema_convert(s, &e->unary.operand, e->type);
}

/* A branch with a value delivers it in the type of the whole. */
static void cast_branch(struct sema *s, struct expr **slot, const struct type *to)
{
	if (!*slot || to->kind == TYPE_NONE || to->kind == TYPE_VOID)
		return;
	if ((*slot)->kind == EXPR_BLOCK) {
		struct block *b = (*slot)->block.block;

		if (b->value) {
			read_aggregation(s, &b->value);
			cast_branch(s, &b->value, to);
		}
		(*slot)->type = b->value ? to : s->types.none;
		return;
	}
	if ((*slot)->kind == EXPR_IF) {
		cast_branch(s, &(*slot)->branch.then, to);
		cast_branch(s, &(*slot)->branch.otherwise, to);
		(*slot)->type = to;
		return;
	}
	read_aggregation(s, slot);
	sema_convert(s, slot, to);
}

static void cast_ternary(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;

	read_aggregation(s, &e->ternary.condition);
	if (e->ternary.then)
		cast_branch(s, &e->ternary.then, e->type);
	else
		cast_branch(s, &e->ternary.condition, e->type);
	cast_branch(s, &e->ternary.otherwise, e->type);
}

static void cast_list(struct sema *s, struct expr_list *list, const struct type *t)
{
	for (size_t i = 0; i < list->count; i++) {
		read_aggregation(s, &list->items[i]);
		if (i < t->count)
			sema_convert(s, &list->items[i], t->fields[i].type);
	}
}

static void cast_key(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;

	if (!e->map.key)
		return;
	read_aggregation(s, &e->map.key);
	if (e->map.symbol->key_type)
		sema_convert(s, &e->map.key, e->map.symbol->key_type);
}

static void store(struct sema *s, struct expr **value, const struct type *to)
{
	read_aggregation(s, value);
	cast_branch(s, value, to);
}

static void cast_arguments(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	const struct signature *sig;

	if (e->call.fn) {
		for (size_t i = 0; i < e->call.args.count; i++)
			store(s, &e->call.args.items[i], e->call.fn->params.items[i]->type);
		return;
	}
	if (e->call.builtin->flags & BUILTIN_OWN_TYPING)
		return;
	sig = sema_signature(s, e->call.builtin);
	for (size_t i = 0; i < e->call.args.count; i++) {
		unsigned int class = sig->arg_count
			? sig->args[MIN(i, (size_t)sig->arg_count - 1)] : SIGNATURE_ANY;

		if (!(class & (SIGNATURE_MAP | SIGNATURE_ELEMENT)))
			read_aggregation(s, &e->call.args.items[i]);
	}
}

static void cast_if(struct sema *s, struct expr **slot)
{
	read_aggregation(s, &(*slot)->branch.condition);
	cast_branch(s, slot, (*slot)->type);
}

static void cast_block(struct sema *s, struct expr **slot)
{
	cast_branch(s, slot, (*slot)->type);
}

static void cast_tuple(struct sema *s, struct expr **slot)
{
	cast_list(s, &(*slot)->tuple.items, (*slot)->type);
}

static void cast_record(struct sema *s, struct expr **slot)
{
	cast_list(s, &(*slot)->record.items, (*slot)->type);
}

static void cast_index(struct sema *s, struct expr **slot)
{
	read_aggregation(s, &(*slot)->index.index);
}

static void cast_cast(struct sema *s, struct expr **slot)
{
	if (!(*slot)->cast.is_implicit)
		read_aggregation(s, &(*slot)->cast.operand);
}

/* Kinds that are not listed have no parts to convert. */
static void (*const cast_kind[EXPR_KIND_COUNT])(struct sema *s, struct expr **slot) = {
	[EXPR_MAP] = cast_key,
	[EXPR_UNARY] = cast_unary,
	[EXPR_BINARY] = cast_binary,
	[EXPR_TERNARY] = cast_ternary,
	[EXPR_IF] = cast_if,
	[EXPR_BLOCK] = cast_block,
	[EXPR_INDEX] = cast_index,
	[EXPR_CALL] = cast_arguments,
	[EXPR_CAST] = cast_cast,
	[EXPR_TUPLE] = cast_tuple,
	[EXPR_RECORD] = cast_record,
};

/* Types are resolved: the operand of a typeof() is no code. */
static void drop_typeof(struct type_ref **ref)
{
	if (*ref && !(*ref)->name)
		*ref = NULL;
}

static bool enter_expr(struct expr **slot, void *context)
{
	(void)context;
	if ((*slot)->kind == EXPR_CAST)
		drop_typeof(&(*slot)->cast.to);
	return true;
}

static bool enter_stmt(struct stmt **slot, void *context)
{
	(void)context;
	if ((*slot)->kind == STMT_LET)
		drop_typeof(&(*slot)->let.type);
	return true;
}

static void leave_expr(struct expr **slot, void *context)
{
	struct sema *s = context;
	struct expr *e = *slot;

	if (!e->type)
		return; /* a mode word */
	e->type = type_settle(&s->types, e->type);
	if (cast_kind[e->kind])
		cast_kind[e->kind](s, slot);
}

/* --- statements ------------------------------------------------------------------------------- */

static void cast_assignment(struct sema *s, struct stmt_assign *a)
{
	const struct type *to = a->target->type;

	if (a->value->kind == EXPR_CALL && type_is_aggregation(a->value->type))
		a->value->type = to; /* of one kind; the map's may be signed, the call's not */
	else
		store(s, &a->value, to);
}

static void leave_stmt(struct stmt **slot, void *context)
{
	struct sema *s = context;
	struct stmt *st = *slot;

	switch (st->kind) {
	case STMT_ASSIGN:
		cast_assignment(s, &st->assign);
		break;
	case STMT_LET:
		if (st->let.value)
			store(s, &st->let.value, st->let.variable->type);
		break;
	case STMT_WHILE:
		read_aggregation(s, &st->loop.condition);
		break;
	case STMT_FOR_RANGE:
		store(s, &st->for_range.start, st->for_range.variable->type);
		store(s, &st->for_range.end, st->for_range.variable->type);
		break;
	case STMT_RETURN:
		if (st->result.value)
			store(s, &st->result.value, s->body->fn ? s->body->fn->result
							       : type_int(&s->types, 8, true));
		break;
	case STMT_EXPR:
	case STMT_DISCARD:
	case STMT_UNROLL:
	case STMT_FOR_MAP:
	case STMT_BREAK:
	case STMT_CONTINUE:
	case STMT_IMPORT:
	case STMT_KIND_COUNT:
		break;
	}
}

static void cast_body(struct sema *s, struct body *b)
{
	struct ast_visitor v = { .enter_expr = enter_expr, .leave_expr = leave_expr,
				 .enter_stmt = enter_stmt, .leave_stmt = leave_stmt,
				 .context = s };

	ast_walk_block(b->block, &v);
}

int pass_casts(struct sema *s)
{
	sema_each_body(s, cast_body);
	return s->diag->error_count ? -EINVAL : 0;
}
