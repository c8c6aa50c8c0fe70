/* SPDX-License-Identifier: Apache-2.0 */
/* Types through statements: what assignments put into cells, and what they must not. */
#include "sema/pass.h"

#define UNROLL_MAX 100

/* --- assignments ------------------------------------------------------------------------------ */

bool infer_is_storable(struct sema *s, const struct expr *value, const struct type *t)
{
	bool is_bad = t->kind == TYPE_VOID || t->kind == TYPE_NONE ||
		      t->kind == TYPE_TIMESTAMP_MODE ||
		      (t->kind == TYPE_STRUCT && t->space == SPACE_SYSCALL) ||
		      (t->kind == TYPE_STRUCT && !type_complete(t));

	if (is_bad && s->is_final)
		diag_error(s->diag, DIAG_BAD_VALUE, value->loc, "'%s' cannot be stored",
			   t->spelling);
	return !is_bad;
}

static void assign_variable(struct sema *s, struct symbol *v, struct expr **slot)
{
	const struct type *t = infer_value(s, slot);
	struct diag_msg *m;

	if (!t || !v || v->is_unknown || !infer_is_storable(s, *slot, t))
		return;
	sema_join_variable(s, v, t, (*slot)->loc);
	if (!s->is_final || !v->type || v->cell.denied || sema_check_store(s, *slot, t, v->type))
		return;
	m = diag_error(s->diag, DIAG_VARIABLE_MISMATCH, (*slot)->loc,
		       "type mismatch: '$%s' is '%s', this is '%s'", v->name, v->type->spelling,
		       t->spelling);
	if (v->cell.loc.source)
		diag_note(m, v->cell.loc, "'$%s' got its type here", v->name);
}

static void assign_aggregation(struct sema *s, struct map_symbol *m, struct expr **slot)
{
	struct diag_msg *msg;

	sema_infer_expr(s, slot);
	if (!s->is_final || !m->value_type || type_is_aggregation(m->value_type)) {
		sema_join_map_value(s, m, (*slot)->type, (*slot)->loc);
		return;
	}
	msg = diag_error(s->diag, DIAG_MAP_VALUE_MISMATCH, (*slot)->loc,
			 "type mismatch: '@%s' holds '%s', this is '%s'", m->name,
			 m->value_type->spelling, (*slot)->type->spelling);
	if (m->value_cell.loc.source)
		diag_note(msg, m->value_cell.loc, "'@%s' got its type here", m->name);
}

/* The value of another aggregation goes into a map of integers, but makes no map one. */
static void copy_aggregation(struct sema *s, struct map_symbol *m, const struct expr *value,
			     const struct type *t)
{
	if (m->value_type && type_is_integer(m->value_type)) {
		sema_join_map_value(s, m, t, value->loc);
		if (s->is_final)
			sema_check_store(s, value, t, m->value_type);
		return;
	}
	if (!s->is_final)
		return;
	diag_hint(diag_error(s->diag, DIAG_AGGREGATION_COPY, value->loc,
			     "an aggregation of type '%s' cannot be copied to '@%s'",
			     value->type->spelling, m->name),
		  "store its present value with a cast: (int64)…");
}

static void assign_map(struct sema *s, struct expr *target, struct expr **slot)
{
	struct map_symbol *m = target->map.symbol;
	const struct type *t;

	if ((*slot)->kind == EXPR_CALL && (*slot)->call.builtin &&
	    ((*slot)->call.builtin->flags & BUILTIN_AGGREGATE)) {
		assign_aggregation(s, m, slot);
		return;
	}
	t = infer_value(s, slot);
	if (!t || !infer_is_storable(s, *slot, t))
		return;
	if (type_is_aggregation((*slot)->type)) {
		copy_aggregation(s, m, *slot, t);
		return;
	}
	sema_join_map_value(s, m, t, (*slot)->loc);
	/* What does not fit at all was reported by the join. */
	if (s->is_final && m->value_type && !m->value_cell.denied)
		sema_check_store(s, *slot, t, m->value_type);
}

static void infer_assignment(struct sema *s, struct stmt_assign *a)
{
	if (a->target->kind == EXPR_MAP)
		assign_map(s, a->target, &a->value);
	else if (a->target->kind == EXPR_VARIABLE)
		assign_variable(s, a->target->variable.symbol, &a->value);
	else
		sema_infer_expr(s, &a->value);
	sema_infer_expr(s, &a->target);
}

static void fix_type(struct sema *s, struct symbol *v, const struct type_ref *ref)
{
	const struct type *t = sema_resolve_type(s, ref, sema_default_space(s));

	if (!t)
		return;
	if (type_is_unsized(t)) {
		sema_join_variable(s, v, sema_least_sized(s, t), ref->loc);
		return;
	}
	if (t->kind == TYPE_VOID || !type_size(t) || type_is_aggregation(t)) {
		if (s->is_final)
			diag_error(s->diag, DIAG_BAD_TYPE, ref->loc,
				   "a variable cannot have the type '%s'", t->spelling);
		return;
	}
	v->type = t;
	v->is_fixed = true;
	v->cell.loc = ref->loc;
}

static void infer_let(struct sema *s, struct stmt_let *let)
{
	struct symbol *v = let->variable->kind == EXPR_VARIABLE ? let->variable->variable.symbol
								: NULL;

	if (let->type && v)
		fix_type(s, v, let->type);
	if (let->value)
		assign_variable(s, v, &let->value);
	sema_infer_expr(s, &let->variable);
}

/* --- loops ------------------------------------------------------------------------------------ */

static const struct type *infer_bound(struct sema *s, struct expr **slot)
{
	const struct type *t = infer_value(s, slot);

	if (!t)
		return NULL;
	if (type_is_integer(t))
		return integer_view(s, t);
	if (s->is_final)
		diag_error(s->diag, DIAG_LOOP_BOUND, (*slot)->loc,
			   "a loop bound must be an integer, not '%s'", t->spelling);
	return NULL;
}

static void infer_for_range(struct sema *s, struct stmt_for_range *loop)
{
	const struct type *start = infer_bound(s, &loop->start);
	const struct type *end = infer_bound(s, &loop->end);
	struct symbol *v = loop->variable->kind == EXPR_VARIABLE ? loop->variable->variable.symbol
								 : NULL;

	if (start && end && v)
		sema_join_variable(s, v, type_promote(&s->types, start, end), loop->start->loc);
	sema_infer_expr(s, &loop->variable);
	infer_block(s, loop->body);
}

/* An element as a loop over its map sees it, or NULL: (key, value), aggregations as numbers. */
static const struct type *element_type(struct sema *s, const struct map_symbol *m)
{
	const struct type *t = m->value_type, *items[2] = { m->key_type };

	if (!m->key_type || !t)
		return NULL;
	items[1] = type_is_readable(t) ? integer_view(s, t) : t;
	return type_is_aggregation(items[1]) ? NULL : type_tuple(&s->types, items, 2);
}

static void check_iterable(struct sema *s, const struct expr *map)
{
	const struct map_symbol *m = map->map.symbol;
	const struct type *t = m->value_type;
	struct diag_msg *msg;

	if (m->is_scalar) {
		msg = diag_error(s->diag, DIAG_MAP_SHAPE, map->loc,
				 "a loop needs a map with keys; @%s has none", m->name);
		diag_note(msg, m->scalar_loc, "used without a key here");
	} else if (t && type_is_aggregation(t) && !type_is_readable(t)) {
		msg = diag_error(s->diag, DIAG_LOOP_VALUE, map->loc,
				 "a loop cannot visit @%s: values of type '%s' cannot be read in a "
				 "program", m->name, t->spelling);
		diag_hint(msg, "print(@%s) shows it as a whole", m->name);
	}
}

static void infer_for_map(struct sema *s, struct stmt_for_map *loop)
{
	const struct type *element = element_type(s, loop->map->map.symbol);
	struct symbol *v = loop->variable->kind == EXPR_VARIABLE ? loop->variable->variable.symbol
								 : NULL;

	loop->map->type = s->types.none;
	if (s->is_final)
		check_iterable(s, loop->map);
	if (element && v)
		sema_join_variable(s, v, element, loop->map->loc);
	sema_infer_expr(s, &loop->variable);
	infer_block(s, loop->body);
}

static void infer_unroll(struct sema *s, struct stmt_unroll *unroll)
{
	const struct expr *count;

	sema_infer_expr(s, &unroll->count);
	infer_block(s, unroll->body);
	if (!s->is_final)
		return;
	count = unroll->count;
	if (count->kind != EXPR_INTEGER) {
		diag_error(s->diag, DIAG_UNROLL_COUNT, count->loc,
			   "unroll needs a literal count from 1 to %d", UNROLL_MAX);
		return;
	}
	if (count->integer.is_negative || !count->integer.value ||
	    count->integer.value > UNROLL_MAX) {
		diag_error(s->diag, DIAG_UNROLL_COUNT, count->loc,
			   "unroll count must be from 1 to %d", UNROLL_MAX);
		return;
	}
	unroll->times = count->integer.value;
}

/* --- the rest --------------------------------------------------------------------------------- */

static void infer_return(struct sema *s, struct stmt_result *result)
{
	const struct type *t;

	if (!result->value)
		return;
	t = infer_value(s, &result->value);
	if (t && !type_is_integer(t) && s->is_final)
		diag_error(s->diag, DIAG_RETURN_VALUE, result->value->loc,
			   "a probe returns an integer, not '%s'", t->spelling);
}

static bool may_be_dropped(const struct expr *e)
{
	if (e->kind == EXPR_INCREMENT || e->kind == EXPR_IF || e->kind == EXPR_BLOCK)
		return true;
	return e->kind == EXPR_CALL && e->call.builtin &&
	       (e->call.builtin->flags & (BUILTIN_NO_DISCARD_WARNING | BUILTIN_AGGREGATE));
}

static void infer_expr_stmt(struct sema *s, struct stmt_expr *st)
{
	const struct type *t;

	sema_infer_expr(s, &st->value);
	t = st->value->type;
	if (!s->is_final || t->kind == TYPE_NONE || t->kind == TYPE_VOID ||
	    may_be_dropped(st->value))
		return;
	diag_hint(diag_warning(s->diag, DIAG_DISCARDED_VALUE,
			       st->dropped_at.source ? st->dropped_at : st->value->loc,
			       "return value discarded"),
		  "write `_ = …;` if this is meant");
}

void infer_stmt(struct sema *s, struct stmt *st)
{
	switch (st->kind) {
	case STMT_EXPR:
		infer_expr_stmt(s, &st->expr);
		break;
	case STMT_DISCARD:
		sema_infer_expr(s, &st->discard.value);
		break;
	case STMT_ASSIGN:
		infer_assignment(s, &st->assign);
		break;
	case STMT_LET:
		infer_let(s, &st->let);
		break;
	case STMT_WHILE:
		infer_condition(s, &st->loop.condition);
		infer_block(s, st->loop.body);
		if (s->is_final)
			check_endless(s, &st->loop);
		break;
	case STMT_UNROLL:
		infer_unroll(s, &st->unroll);
		break;
	case STMT_FOR_RANGE:
		infer_for_range(s, &st->for_range);
		break;
	case STMT_FOR_MAP:
		infer_for_map(s, &st->for_map);
		break;
	case STMT_RETURN:
		if (s->body->fn)
			infer_function_return(s, st);
		else
			infer_return(s, &st->result);
		break;
	case STMT_BREAK:
	case STMT_CONTINUE:
	case STMT_IMPORT:
	case STMT_KIND_COUNT:
		break;
	}
}
