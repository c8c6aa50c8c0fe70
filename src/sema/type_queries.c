/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions about types: sizeof, offsetof, typeinfo, typeof (spec language.md §4.2, §6.3).
 *
 * Whoever asks may have used the answer, so the type of a variable or map that was asked about is
 * locked: nothing that is found later may widen it (cells.c). In the first round of inference,
 * which goes along the script, a type is locked as it is known so far.
 */
#include "sema/pass.h"

#define ENUM_SIZE 8 /* as a value; in C structs it may be smaller */

/* --- locking ---------------------------------------------------------------------------------- */

static void lock(struct sema *s, struct cell *c, const struct type **settled, struct loc at)
{
	if (c->is_locked || !c->raw || s->is_joining || s->is_final)
		return;
	c->is_locked = true;
	c->lock_loc = at;
	c->raw = *settled = type_settle(&s->types, c->raw);
}

/* Locks the variable or map that the value is, or is a part of. */
static void lock_root(struct sema *s, const struct expr *e, struct loc at)
{
	for (;;) {
		if (e->kind == EXPR_MEMBER)
			e = e->member.object;
		else if (e->kind == EXPR_ELEMENT)
			e = e->element.object;
		else if (e->kind == EXPR_INDEX)
			e = e->index.object;
		else
			break;
	}
	if (e->kind == EXPR_VARIABLE && e->variable.symbol && !e->variable.symbol->is_fixed)
		lock(s, &e->variable.symbol->cell, &e->variable.symbol->type, at);
	else if (e->kind == EXPR_MAP && e->map.symbol)
		lock(s, &e->map.symbol->value_cell, &e->map.symbol->value_type, at);
}

const struct type *infer_queried(struct sema *s, struct expr **slot)
{
	const struct type *t = infer_value(s, slot);

	if (!t)
		return NULL;
	lock_root(s, *slot, (*slot)->loc);
	return type_settle(&s->types, t);
}

static const struct type *operand_type(struct sema *s, struct type_or_expr *of)
{
	if (of->type)
		return sema_resolve_type(s, of->type, sema_default_space(s));
	return infer_queried(s, &of->expr);
}

/* --- sizeof ----------------------------------------------------------------------------------- */

static const struct type *known_number(struct sema *s, struct expr **slot, uint64_t value)
{
	const struct type *t = type_of_literal(&s->types, value, false);

	if (s->is_final || s->is_evaluating) {
		*slot = expr_integer(s->arena, (*slot)->loc, value);
		(*slot)->type = t;
	}
	return t;
}

const struct type *infer_size_of(struct sema *s, struct expr **slot)
{
	const struct type *t = operand_type(s, &(*slot)->size_of.of);

	if (!t)
		return infer_failed(s);
	return known_number(s, slot, t->kind == TYPE_ENUM ? ENUM_SIZE : type_size(t));
}

/* --- offsetof --------------------------------------------------------------------------------- */

static void report_path(struct sema *s, const struct expr *e, const struct type *t,
			const char *member)
{
	struct diag_msg *m;

	if (t->kind == TYPE_POINTER && t->element->kind == TYPE_STRUCT) {
		m = diag_error(s->diag, DIAG_UNKNOWN_FIELD, e->loc,
			       "an offset cannot lead through the pointer '%s' to its member '%s'",
			       t->spelling, member);
		diag_hint(m, "ask for the offset in what it points to: offsetof(%s, %s)",
			  t->element->spelling, member);
		return;
	}
	if (t->kind == TYPE_STRUCT || t->kind == TYPE_RECORD)
		report_unknown_field(s, e->loc, member, t);
	else
		diag_error(s->diag, DIAG_UNKNOWN_FIELD, e->loc, "'%s' has no member '%s'",
			   t->spelling, member);
}

const struct type *infer_offset_of(struct sema *s, struct expr **slot)
{
	struct expr_offset_of *o = &(*slot)->offset_of;
	const struct type *t = operand_type(s, &o->of);
	uint64_t offset = 0;
	struct field f;

	for (uint32_t i = 0; t && i < o->path_count; i++) {
		if ((t->kind != TYPE_STRUCT && t->kind != TYPE_RECORD) ||
		    !type_find_field(t, o->path[i], &f)) {
			if (s->is_final)
				report_path(s, *slot, t, o->path[i]);
			return infer_failed(s);
		}
		offset += f.offset;
		t = f.type;
	}
	return t ? known_number(s, slot, offset) : infer_failed(s);
}

/* --- typeinfo --------------------------------------------------------------------------------- */

static struct expr *text_literal(struct sema *s, struct loc loc, const char *text)
{
	struct expr *e = expr_string(s->arena, loc, text, strlen(text));

	e->type = type_string(&s->types, (uint32_t)e->string.len + 1);
	return e;
}

/* (btf_id = 0, base_type = "int", full_type = "int32") */
static struct expr *typeinfo_record(struct sema *s, struct loc loc, const struct type *t)
{
	static const char *const names[] = { "btf_id", "base_type", "full_type" };
	struct expr *e = expr_new(s->arena, EXPR_RECORD, loc), *id = expr_integer(s->arena, loc, 0);
	const struct type *types[ARRAY_SIZE(names)];

	id->type = type_of_literal(&s->types, 0, false);
	arena_vec_push(s->arena, &e->record.items, id);
	arena_vec_push(s->arena, &e->record.items, text_literal(s, loc, type_kind_word(t->kind)));
	arena_vec_push(s->arena, &e->record.items, text_literal(s, loc, t->spelling));
	e->record.names = arena_memdup(s->arena, names, sizeof(names));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		types[i] = e->record.items.items[i]->type;
	e->type = type_record(&s->types, names, types, ARRAY_SIZE(names));
	return e;
}

const struct type *infer_typeinfo(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot, *record;
	struct type_or_expr *of = &e->typeinfo.of;
	const struct type *t;

	if (s->is_final &&
	    !sema_allow_unstable(s, CONFIG_UNSTABLE_TYPEINFO, "typeinfo()", e->loc))
		return s->types.none;
	if (of->type) {
		t = sema_resolve_type(s, of->type, sema_default_space(s));
	} else { /* an aggregation is told as what it is */
		sema_infer_expr(s, &of->expr);
		t = of->expr->type;
		if (t && t->kind != TYPE_NONE)
			lock_root(s, of->expr, of->expr->loc);
	}
	if (!t)
		return infer_failed(s);
	record = typeinfo_record(s, e->loc, type_settle(&s->types, t));
	if (s->is_final || s->is_evaluating)
		*slot = record;
	return record->type;
}
