/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass "infer": a type for every expression, variable, map key and map value.
 *
 * The tree of all bodies is typed in rounds until no cell (cells.c) changes. While rounds last, a
 * type may still be unknown (NULL) and nothing is reported; the last round, with s->is_final,
 * reports what is wrong, and an expression with a mistake in it gets the type none, about which
 * everybody else keeps silent.
 */
#include <errno.h>
#include "sema/pass.h"
#include "util/text.h"

#define ROUNDS_MAX 1000 /* of the first phase: each round at least one cell grows, a few times */
#define JOINS_MAX  8	/* of the second */

const struct type *infer_failed(struct sema *s)
{
	return s->is_final ? s->types.none : NULL;
}

const struct type *integer_view(struct sema *s, const struct type *t)
{
	if (t->kind == TYPE_INT)
		return t;
	if (t->kind == TYPE_BOOL)
		return type_int(&s->types, 1, false);
	if (t->kind == TYPE_ENUM)
		return type_int(&s->types, 8, t->is_signed);
	return type_is_readable(t) ? type_int(&s->types, 8, t->is_signed) : NULL;
}

enum type_space sema_default_space(const struct sema *s)
{
	const struct probe *p = sema_first_probe(s);

	if (s->body->fn)
		return SPACE_UNKNOWN;
	return probe_space(p);
}

/* --- leaves and collections ------------------------------------------------------------------- */

static const struct type *infer_integer(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot;

	if (e->type)
		return e->type; /* from an earlier round, or the enum of an enumerator */
	return type_of_literal(&s->types, e->integer.value, e->integer.is_negative);
}

static const struct type *infer_string(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot;

	if (s->is_final && e->string.len + 1 > s->program->config.max_strlen)
		diag_error(s->diag, DIAG_STRING_TOO_LONG, e->loc,
			   "string is too long: %zu bytes, the limit is %u", e->string.len,
			   s->program->config.max_strlen - 1);
	return e->type ? e->type : type_string(&s->types, (uint32_t)e->string.len + 1);
}

static const struct type *infer_boolean(struct sema *s, struct expr **slot)
{
	(void)slot;
	return s->types.bool_type;
}

/* A mode word; what else has no meaning was reported by "names". */
static const struct type *infer_name(struct sema *s, struct expr **slot)
{
	(void)slot;
	return s->types.none;
}

static const struct type *infer_variable(struct sema *s, struct expr **slot)
{
	const struct symbol *v = (*slot)->variable.symbol;

	return v && v->type ? v->type : infer_failed(s);
}

static const struct type *infer_map(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	struct map_symbol *m = e->map.symbol;

	if (e->map.key)
		sema_join_map_key(s, m, infer_value(s, &e->map.key), e->map.key->loc);
	/* The 0 that `op=` starts from adapts to the operand like any literal. */
	if (m->value_cell.seed && m->value_cell.raw == m->value_cell.seed)
		return m->value_cell.raw;
	return m->value_type ? m->value_type : infer_failed(s);
}

static const struct type *infer_block_expr(struct sema *s, struct expr **slot)
{
	struct block *b = (*slot)->block.block;
	const struct type *t;

	infer_block(s, b);
	if (!b->value)
		return s->types.none;
	t = b->value->type;
	return t && type_is_readable(t) ? integer_view(s, t) : t;
}

/* Elements are kept by value. */
static const struct type *item_type(struct sema *s, struct expr **slot)
{
	const struct type *t = infer_value(s, slot);

	if (t && t->kind == TYPE_STRUCT) {
		if (t->space == SPACE_SYSCALL || !type_complete(t)) {
			if (s->is_final)
				diag_error(s->diag, DIAG_BAD_VALUE, (*slot)->loc,
					   "'%s' cannot be stored", t->spelling);
			return NULL;
		}
		return type_struct(&s->types, t->record, SPACE_BPF);
	}
	return t;
}

static const struct type *infer_items(struct sema *s, struct expr_list *list,
				      const char *const *names)
{
	auto_free const struct type **types = xcalloc(list->count + 1, sizeof(*types));
	bool is_complete = true;

	for (size_t i = 0; i < list->count; i++) {
		types[i] = item_type(s, &list->items[i]);
		is_complete &= types[i] != NULL;
	}
	if (!is_complete)
		return infer_failed(s);
	return names ? type_record(&s->types, names, types, (uint32_t)list->count)
		     : type_tuple(&s->types, types, (uint32_t)list->count);
}

static const struct type *infer_tuple(struct sema *s, struct expr **slot)
{
	return infer_items(s, &(*slot)->tuple.items, NULL);
}

static const struct type *infer_record(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;

	return infer_items(s, &e->record.items, e->record.names);
}

/* What "supported" lets nobody see. */
static const struct type *infer_nothing(struct sema *s, struct expr **slot)
{
	(void)slot;
	return s->types.none;
}

static const struct type *infer_type_operand(struct sema *s, struct expr **slot)
{
	if (s->is_final)
		diag_error(s->diag, DIAG_ARGUMENT_TYPE, (*slot)->loc,
			   "only macros take a type as an argument");
	return infer_failed(s);
}

static const struct type *(*const infer_kind[EXPR_KIND_COUNT])(struct sema *s,
							       struct expr **slot) = {
	[EXPR_INTEGER] = infer_integer,
	[EXPR_STRING] = infer_string,
	[EXPR_BOOLEAN] = infer_boolean,
	[EXPR_NAME] = infer_name,
	[EXPR_PARAMETER] = infer_nothing,
	[EXPR_VARIABLE] = infer_variable,
	[EXPR_MAP] = infer_map,
	[EXPR_UNARY] = infer_unary,
	[EXPR_BINARY] = infer_binary,
	[EXPR_INCREMENT] = infer_increment,
	[EXPR_TERNARY] = infer_ternary,
	[EXPR_IF] = infer_if,
	[EXPR_BLOCK] = infer_block_expr,
	[EXPR_MEMBER] = infer_member,
	[EXPR_ELEMENT] = infer_element,
	[EXPR_INDEX] = infer_index,
	[EXPR_CALL] = infer_call,
	[EXPR_CAST] = infer_cast,
	[EXPR_TUPLE] = infer_tuple,
	[EXPR_RECORD] = infer_record,
	[EXPR_SIZEOF] = infer_size_of,
	[EXPR_OFFSETOF] = infer_offset_of,
	[EXPR_TYPEINFO] = infer_typeinfo,
	[EXPR_TYPE] = infer_type_operand,
	[EXPR_COMPTIME] = infer_comptime,
	[EXPR_ADDRESS_OF] = infer_address_of,
};

void sema_infer_expr(struct sema *s, struct expr **slot)
{
	const struct type *t = infer_kind[(*slot)->kind](s, slot);

	(*slot)->type = t ? t : infer_failed(s);
}

const struct type *infer_value(struct sema *s, struct expr **slot)
{
	const struct type *t;
	const struct expr *e;

	sema_infer_expr(s, slot);
	e = *slot;
	t = e->type;
	if (!t)
		return NULL;
	if (type_is_aggregation(t) && e->kind != EXPR_CALL) {
		if (!type_is_readable(t) && s->is_final)
			diag_error(s->diag, DIAG_AGGREGATION_READ, e->loc,
				   "a value of type '%s' cannot be read in a program", t->spelling);
		return integer_view(s, t);
	}
	if (t->kind != TYPE_NONE && t->kind != TYPE_VOID)
		return t;
	if (s->is_final && (t->kind == TYPE_VOID || expr_is_valueless(e)) &&
	    e->kind != EXPR_NAME)
		diag_error(s->diag, DIAG_NO_VALUE, e->loc, "this has no value");
	return NULL;
}

void sema_infer_value(struct sema *s, struct expr **slot)
{
	infer_value(s, slot);
}

void infer_block(struct sema *s, struct block *b)
{
	size_t count = b->statements.count;

	for (size_t i = 0; i < count; i++)
		infer_stmt(s, b->statements.items[s->is_backward ? count - 1 - i : i]);
	if (b->value)
		sema_infer_expr(s, &b->value);
}

/* --- rounds ----------------------------------------------------------------------------------- */

static void infer_body(struct sema *s, struct body *b)
{
	if (b->fn)
		infer_signature(s, b->fn);
	infer_block(s, b->block);
}

static void run_round(struct sema *s)
{
	s->is_changed = false;
	s->undecided.count = 0;
	sema_each_body(s, infer_body);
}

static void grow_to_rest(struct sema *s)
{
	for (int i = 0; i < ROUNDS_MAX; i++) {
		/* Every other round goes backward: a chain of assignments is resolved by the round
		 * that runs along it, whichever way it lies. */
		s->is_backward = i % 2;
		run_round(s);
		if (!s->is_changed)
			break;
	}
	s->is_backward = false;
}

static void grow(struct sema *s)
{
	do {
		grow_to_rest(s);
	} while (comptime_decide(s) || cells_seed(s));
}

static bool join_anew(struct sema *s)
{
	for (int i = 0; i < JOINS_MAX; i++) {
		bool is_different;

		cells_begin_join(s);
		s->is_joining = true;
		run_round(s);
		s->is_joining = false;
		is_different = cells_end_join(s);
		if (!is_different)
			return true;
	}
	return false;
}

static void report_undefined(struct sema *s)
{
	for (size_t i = 0; i < s->maps.count; i++) {
		const struct map_symbol *m = s->maps.items[i];
		struct text_nearest nearest;
		struct diag_msg *msg;

		if (m->is_written || !m->is_used || m->is_dropped)
			continue;
		text_nearest_init(&nearest, m->name);
		for (size_t j = 0; j < s->maps.count; j++)
			if (s->maps.items[j]->is_written)
				text_nearest_offer(&nearest, s->maps.items[j]->name);
		msg = diag_error(s->diag, DIAG_UNDEFINED_MAP, m->loc,
				 "undefined map: @%s gets a value nowhere", m->name);
		if (nearest.best)
			diag_did_you_mean(msg, arena_printf(s->arena, "@%s", nearest.best));
	}
}

static void report_unresolved(struct sema *s, struct body *b)
{
	if (b->fn)
		report_unresolved_function(s, b->fn);
	for (size_t i = 0; i < b->variables.count; i++) {
		const struct symbol *v = b->variables.items[i];

		if (!v->type && !v->is_dropped && !v->is_parameter)
			diag_error(s->diag, DIAG_UNRESOLVED_TYPE, v->loc,
				   "the type of $%s follows from nothing", v->name);
	}
}

int pass_infer(struct sema *s)
{
	grow(s);
	if (!join_anew(s))
		grow(s);
	cells_report_locked(s);
	s->is_final = true;
	run_round(s);
	if (s->decision_rounds)
		comptime_find_dropped(s);
	report_undefined(s);
	if (s->diag->error_count)
		return -EINVAL;
	for (size_t i = 0; i < s->maps.count; i++) {
		const struct map_symbol *m = s->maps.items[i];

		if (m->is_written && !m->is_dropped && !m->value_type)
			diag_error(s->diag, DIAG_UNRESOLVED_TYPE, m->loc,
				   "the type of @%s follows from nothing", m->name);
	}
	sema_each_body(s, report_unresolved);
	return s->diag->error_count ? -EINVAL : 0;
}
