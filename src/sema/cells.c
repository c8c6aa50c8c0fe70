/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cells: what inference knows of the types of variables, map keys and map values.
 *
 * A cell's type is the promotion of all types put into it. In the first phase cells only grow, and
 * rounds follow until none does. What a cell was while it grew may have left its mark in others (an
 * int8 that later turned out to be uint8), so a second phase joins all cells anew, reading the
 * outcome of the first, until they come out as they were: the result does not depend on the order
 * of the script.
 */
#include "sema/pass.h"

static bool is_known(const struct type *t)
{
	return t && t->kind != TYPE_NONE && t->kind != TYPE_VOID;
}

/* What cannot be joined at all is a mismatch like any other. */
static void join_locked(struct sema *s, struct cell *cell, const struct type *t, struct loc at)
{
	const struct type *both = type_promote(&s->types, cell->raw, t);

	if (!both || cell->denied || !strcmp(both->spelling, cell->raw->spelling))
		return;
	cell->denied = both;
	cell->denied_loc = at;
}

void cells_join(struct sema *s, struct cell *cell, const struct type **settled,
		const struct type *t, struct loc at)
{
	const struct type **into = s->is_joining ? &cell->joined : &cell->raw;
	const struct type *both;

	if (s->is_final || !is_known(t))
		return;
	if (cell->is_locked) {
		join_locked(s, cell, t, at);
		return;
	}
	both = type_promote(&s->types, *into, t);
	if (!both || both == *into)
		return;
	*into = both;
	if (s->is_joining)
		return;
	*settled = type_settle(&s->types, both);
	cell->loc = at;
	s->is_changed = true;
}

void sema_join_variable(struct sema *s, struct symbol *v, const struct type *t, struct loc at)
{
	if (!v->is_fixed)
		cells_join(s, &v->cell, &v->type, t, at);
}

const struct type *sema_least_sized(struct sema *s, const struct type *t)
{
	return t->kind == TYPE_STRING ? type_string(&s->types, 1) : t;
}

const struct type *sema_stored_form(struct sema *s, const struct type *t)
{
	if (t->kind == TYPE_STRUCT)
		return type_struct(&s->types, t->record, SPACE_BPF);
	if (t->kind == TYPE_ARRAY)
		return type_array(&s->types, sema_stored_form(s, t->element), t->count);
	return t;
}

/* A difference only in where structs were read from. */
static bool is_same_stored(struct sema *s, const struct type *a, const struct type *b)
{
	return sema_stored_form(s, a) == sema_stored_form(s, b);
}

static void note_origin(struct diag_msg *m, const struct cell *cell, const char *sigil,
			const char *name)
{
	if (cell->loc.source)
		diag_note(m, cell->loc, "'%s%s' got its type here", sigil, name);
}

void sema_join_map_value(struct sema *s, struct map_symbol *m, const struct type *t, struct loc at)
{
	struct diag_msg *msg;

	if (!is_known(t))
		return;
	t = sema_stored_form(s, t);
	cells_join(s, &m->value_cell, &m->value_type, t, at);
	if (!s->is_final || !m->value_type || m->value_cell.denied ||
	    type_assignable(t, m->value_type) != CONVERSION_INVALID)
		return;
	if (type_is_aggregation(t) && t->kind == m->value_type->kind)
		msg = diag_error(s->diag, DIAG_MAP_VALUE_MISMATCH, at,
				 "'@%s' has other parameters here: all uses of '%s' must agree",
				 m->name, t->spelling);
	else
		msg = diag_error(s->diag, DIAG_MAP_VALUE_MISMATCH, at,
				 "type mismatch: '@%s' holds '%s', this is '%s'", m->name,
				 m->value_type->spelling, t->spelling);
	note_origin(msg, &m->value_cell, "@", m->name);
}

bool sema_has_context(const struct type *t)
{
	if (t->kind == TYPE_POINTER || t->kind == TYPE_STRUCT)
		return t->space == SPACE_CONTEXT || t->space == SPACE_SYSCALL;
	if (t->kind != TYPE_TUPLE && t->kind != TYPE_RECORD)
		return false;
	for (uint32_t i = 0; i < t->count; i++) {
		if (sema_has_context(t->fields[i].type))
			return true;
	}
	return false;
}

void sema_join_map_key(struct sema *s, struct map_symbol *m, const struct type *t, struct loc at)
{
	struct diag_msg *msg;

	if (!is_known(t) || type_is_aggregation(t)) /* "names" says where calls of those belong */
		return;
	if (sema_has_context(t) || t->kind == TYPE_TIMESTAMP_MODE || !type_size(t)) {
		if (s->is_final)
			diag_error(s->diag, DIAG_BAD_KEY, at, "'%s' cannot be a map key%s",
				   t->spelling, sema_has_context(t) ? ": it refers to the context" : "");
		return;
	}
	t = sema_stored_form(s, t);
	cells_join(s, &m->key_cell, &m->key_type, t, at);
	if (!s->is_final || !m->key_type || type_assignable(t, m->key_type) != CONVERSION_INVALID)
		return;
	msg = diag_error(s->diag, DIAG_MAP_KEY_MISMATCH, at,
			 "argument mismatch: the keys of '@%s' are '%s', this is '%s'", m->name,
			 m->key_type->spelling, t->spelling);
	note_origin(msg, &m->key_cell, "@", m->name);
}

/* --- storing ---------------------------------------------------------------------------------- */

/* A literal whose type is given by something else than its value: an enumerator, a cast. */
static bool is_fitting(const struct expr *value, const struct type *to)
{
	uint32_t bits = type_size(to) * 8 - to->is_signed;

	return !value->integer.is_negative && to->kind == TYPE_INT &&
	       (bits >= 64 || !(value->integer.value >> bits));
}

static void report_literal(struct sema *s, const struct expr *value, const struct type *to)
{
	const char *format = value->integer.is_negative ? "%lld" : "%llu";
	char text[24];

	snprintf(text, sizeof(text), format, (long long)value->integer.value);
	diag_error(s->diag, DIAG_LITERAL_RANGE, value->loc, "the literal %s does not fit '%s'",
		   text, to->spelling);
}

bool sema_check_store(struct sema *s, const struct expr *value, const struct type *from,
		      const struct type *to)
{
	struct diag_msg *m;

	if (is_same_stored(s, from, to))
		return true;
	if (value->kind == EXPR_TUPLE && to->kind == TYPE_TUPLE &&
	    value->tuple.items.count == to->count) {
		for (uint32_t i = 0; i < to->count; i++) {
			const struct expr *item = value->tuple.items.items[i];

			if (!sema_check_store(s, item, from->fields[i].type, to->fields[i].type))
				return false;
		}
		return true;
	}
	switch (type_assignable(from, to)) {
	case CONVERSION_NONE:
	case CONVERSION_SILENT:
		return true;
	case CONVERSION_INVALID:
		return false;
	case CONVERSION_LOSSY:
		break;
	}
	if (value->kind == EXPR_INTEGER) {
		if (!is_fitting(value, to))
			report_literal(s, value, to);
		return true;
	}
	m = diag_warning(s->diag, DIAG_LOSSY_CONVERSION, value->loc,
			 "implicit conversion from '%s' to '%s' may change the value",
			 from->spelling, to->spelling);
	if (to->kind == TYPE_INT)
		diag_hint(m, "if it is meant, write a cast: (%s)", to->spelling);
	return true;
}

/* --- the second phase ------------------------------------------------------------------------- */

static void each_variable(struct sema *s, struct body *b,
			  bool (*fn)(struct sema *s, struct cell *c, const struct type **settled),
			  bool *any)
{
	for (size_t i = 0; i < b->variables.count; i++) {
		struct symbol *v = b->variables.items[i];

		if (!v->is_fixed)
			*any |= fn(s, &v->cell, &v->type);
	}
}

static void each_cell(struct sema *s, bool (*fn)(struct sema *s, struct cell *c,
						 const struct type **settled), bool *any)
{
	for (size_t i = 0; i < s->maps.count; i++) {
		struct map_symbol *m = s->maps.items[i];

		*any |= fn(s, &m->key_cell, &m->key_type);
		*any |= fn(s, &m->value_cell, &m->value_type);
	}
	for (size_t i = 0; i < s->bodies.count; i++)
		each_variable(s, s->bodies.items[i], fn, any);
	for (size_t i = 0; i < s->fns.count; i++) {
		struct fn_symbol *f = s->fns.items[i];

		each_variable(s, f->body, fn, any);
		if (f->result_cell.raw)
			*any |= fn(s, &f->result_cell, &f->result);
	}
}

static bool begin_cell(struct sema *s, struct cell *c, const struct type **settled)
{
	(void)s;
	(void)settled;
	c->joined = c->seed;
	return false;
}

static bool end_cell(struct sema *s, struct cell *c, const struct type **settled)
{
	if (!c->joined || c->joined == c->raw || c->is_locked)
		return false;
	c->raw = c->joined;
	*settled = type_settle(&s->types, c->raw);
	return true;
}

void cells_begin_join(struct sema *s)
{
	bool any = false;

	each_cell(s, begin_cell, &any);
}

bool cells_end_join(struct sema *s)
{
	bool any = false;

	each_cell(s, end_cell, &any);
	return any;
}

static void report_locked(struct sema *s, const struct cell *c, const char *sigil, const char *name)
{
	struct diag_msg *m;

	if (!c->denied)
		return;
	m = diag_error(s->diag, DIAG_LOCKED_TYPE, c->denied_loc,
		       "'%s%s' cannot become '%s' here: its type '%s' has been asked for", sigil,
		       name, c->denied->spelling, c->raw->spelling);
	diag_note(m, c->lock_loc, "asked for here");
	if (*sigil == '$')
		diag_hint(m, "give it the type it needs before: with a cast, or let $%s : %s", name,
			  c->denied->spelling);
	else
		diag_hint(m, "give it the type it needs before, with a cast: (%s)…",
			  c->denied->spelling);
}

void cells_report_locked(struct sema *s)
{
	for (size_t i = 0; i < s->maps.count; i++)
		report_locked(s, &s->maps.items[i]->value_cell, "@", s->maps.items[i]->name);
	for (size_t i = 0; i < s->bodies.count; i++) {
		const struct symbols *variables = &s->bodies.items[i]->variables;

		for (size_t j = 0; j < variables->count; j++)
			report_locked(s, &variables->items[j]->cell, "$",
				      variables->items[j]->name);
	}
}

static void seed(struct sema *s, struct cell *c, const struct type **settled, const struct type *t,
		 struct loc at)
{
	c->raw = c->seed = t;
	c->loc = at;
	*settled = type_settle(&s->types, t);
}

/* What starts as the integer 0: counting needs 64 bits, an update takes the type of what it adds. */
static const struct type *zero_type(struct sema *s, bool is_updated)
{
	return is_updated ? type_flexible(&s->types, 1) : type_int(&s->types, 8, true);
}

static bool seed_variables(struct sema *s, struct body *b)
{
	bool any = false;

	for (size_t i = 0; i < b->variables.count; i++) {
		struct symbol *v = b->variables.items[i];

		if (v->type || (v->is_assigned && !v->is_counted && !v->is_updated))
			continue;
		seed(s, &v->cell, &v->type, zero_type(s, v->is_updated), v->loc);
		any = true;
	}
	return any;
}

/* Maps whose value follows from themselves: @m = @m + 1, or $n = @m; @m = $n + 1. */
static bool seed_computed_maps(struct sema *s)
{
	bool any = false;

	for (size_t i = 0; i < s->maps.count; i++) {
		struct map_symbol *m = s->maps.items[i];

		if (m->value_cell.raw || !m->is_computed)
			continue;
		seed(s, &m->value_cell, &m->value_type, zero_type(s, true), m->loc);
		any = true;
	}
	return any;
}

/* Maps and variables that are only counted or updated, and variables without any value. */
bool cells_seed(struct sema *s)
{
	bool any = false;

	for (size_t i = 0; i < s->maps.count; i++) {
		struct map_symbol *m = s->maps.items[i];

		if (m->value_cell.raw || (!m->is_counted && !m->is_updated))
			continue;
		seed(s, &m->value_cell, &m->value_type, zero_type(s, m->is_updated), m->loc);
		any = true;
	}
	if (any)
		return true;
	for (size_t i = 0; i < s->bodies.count; i++)
		any |= seed_variables(s, s->bodies.items[i]);
	for (size_t i = 0; i < s->fns.count; i++)
		any |= seed_variables(s, s->fns.items[i]->body);
	return any || seed_computed_maps(s);
}
