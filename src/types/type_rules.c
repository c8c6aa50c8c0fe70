/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What types do to each other (spec language.md §4.4, §6.4-§6.6): the common type of two values,
 * the type of an arithmetic result, and which conversions exist.
 *
 * All rules are pure functions of two types. A literal is a flexible integer: where it meets an
 * unsigned type it counts as unsigned, with the smaller size that may give it (200 is int16 but
 * also uint8; struct type .bits holds the latter size).
 */
#include <string.h>
#include "types/type.h"

/* What the integer rules need to know of a type; enums, booleans and readable aggregations count as
 * the integers they are stored as. */
struct integer {
	uint32_t size, unsigned_size;
	bool is_signed, is_flexible;
};

static bool as_integer(const struct type *type, struct integer *out)
{
	if (type->kind == TYPE_INT) {
		*out = (struct integer){ type->size, type->is_flexible ? type->bits : type->size,
					 type->is_signed, type->is_flexible };
		return true;
	}
	if (type->kind == TYPE_ENUM) { /* a uint64 in arithmetic, whatever its size in memory */
		*out = (struct integer){ 8, 8, false, false };
		return true;
	}
	if (type_is_readable(type)) {
		*out = (struct integer){ 8, 8, type->is_signed, false };
		return true;
	}
	if (type->kind == TYPE_BOOL) {
		*out = (struct integer){ 1, 1, false, false };
		return true;
	}
	return false;
}

/* --- promotion -------------------------------------------------------------------------------- */

/* Of two literals: the larger holds both, since the unsigned size of one is never below half of its
 * signed size. */
static const struct type *promote_flexible(const struct type *a, const struct type *b)
{
	if (a->size != b->size)
		return a->size > b->size ? a : b;
	return a->bits >= b->bits ? a : b;
}

static const struct type *promote_integers(struct type_table *t, const struct type *a,
					   const struct type *b)
{
	struct integer x = { 0 }, y = { 0 };

	if (a->kind == TYPE_INT && b->kind == TYPE_INT && a->is_flexible && b->is_flexible)
		return promote_flexible(a, b);
	as_integer(a, &x);
	as_integer(b, &y);
	if (x.is_flexible || y.is_flexible) {
		struct integer literal = x.is_flexible ? x : y, fixed = x.is_flexible ? y : x;
		uint32_t size = fixed.is_signed ? literal.size : literal.unsigned_size;

		return type_int(t, MAX(size, fixed.size), fixed.is_signed);
	}
	if (x.is_signed == y.is_signed)
		return type_int(t, MAX(x.size, y.size), x.is_signed);

	struct integer s = x.is_signed ? x : y, u = x.is_signed ? y : x;

	if (s.size > u.size)
		return type_int(t, s.size, true);
	return type_int(t, MIN(u.size * 2, 8u), true);
}

/* Pointees that may stand for each other: the same, integers of one size, and void. */
static bool are_compatible_pointees(const struct type *a, const struct type *b)
{
	if (a == b || a->kind == TYPE_VOID || b->kind == TYPE_VOID)
		return true;
	if (a->kind == TYPE_STRUCT && b->kind == TYPE_STRUCT)
		return a->record == b->record;
	if (a->kind == TYPE_POINTER && b->kind == TYPE_POINTER)
		return are_compatible_pointees(a->element, b->element);
	return a->kind == TYPE_INT && b->kind == TYPE_INT && a->size == b->size;
}

static const struct type *promote_pointers(struct type_table *t, const struct type *a,
					   const struct type *b)
{
	const struct type *to = a->element->kind == TYPE_VOID ? b->element : a->element;

	if (!are_compatible_pointees(a->element, b->element))
		return NULL;
	if (a->space == b->space || b->space == SPACE_UNKNOWN)
		return type_pointer(t, to, a->space);
	return type_pointer(t, to, a->space == SPACE_UNKNOWN ? b->space : SPACE_UNKNOWN);
}

/* The field of b that belongs to field i of a: by place in tuples, by name in records. */
static const struct field *partner(const struct type *a, const struct type *b, uint32_t i)
{
	if (a->kind == TYPE_TUPLE)
		return &b->fields[i];
	for (uint32_t j = 0; j < b->count; j++) {
		if (!strcmp(b->fields[j].name, a->fields[i].name))
			return &b->fields[j];
	}
	return NULL;
}

static const struct type *promote_fields(struct type_table *t, const struct type *a,
					 const struct type *b)
{
	if (a->count != b->count)
		return NULL;

	auto_free const struct type **items = xcalloc(a->count + 1, sizeof(*items));
	auto_free const char **names = xcalloc(a->count + 1, sizeof(*names));

	for (uint32_t i = 0; i < a->count; i++) {
		const struct field *f = partner(a, b, i);

		items[i] = f ? type_promote(t, a->fields[i].type, f->type) : NULL;
		if (!items[i])
			return NULL;
		names[i] = a->fields[i].name;
	}
	return a->kind == TYPE_TUPLE ? type_tuple(t, items, a->count)
				     : type_record(t, names, items, a->count);
}

static const struct type *promote_arrays(struct type_table *t, const struct type *a,
					 const struct type *b)
{
	const struct type *element = type_promote(t, a->element, b->element);

	if (a->count != b->count || !element || type_size(element) != type_size(a->element) ||
	    type_size(element) != type_size(b->element))
		return NULL;
	return type_array(t, element, a->count);
}

/* But for the sign of their values. */
static bool is_same_series(const struct type *a, const struct type *b)
{
	return a->bits == b->bits && a->step == b->step && a->count == b->count;
}

static const struct type *promote_series(struct type_table *t, const struct type *a,
					 const struct type *b)
{
	if (!is_same_series(a, b))
		return NULL;
	return type_series(t, (enum series_kind)a->bits, a->step, a->count, true);
}

const struct type *type_promote(struct type_table *t, const struct type *a, const struct type *b)
{
	if (a == b || !b || b->kind == TYPE_NONE)
		return a;
	if (!a || a->kind == TYPE_NONE)
		return b;
	if (a->kind == TYPE_ENUM && b->kind == TYPE_ENUM && a->enumeration == b->enumeration)
		return a->size >= b->size ? a : b;
	if (type_is_integer(a) && type_is_integer(b))
		return promote_integers(t, a, b);
	if (a->kind != b->kind)
		return NULL;
	switch (a->kind) {
	case TYPE_STRING:
	case TYPE_BUFFER:
		return a->size >= b->size ? a : b;
	case TYPE_POINTER:
		return promote_pointers(t, a, b);
	case TYPE_TUPLE:
	case TYPE_RECORD:
		return promote_fields(t, a, b);
	case TYPE_ARRAY:
		return promote_arrays(t, a, b);
	case TYPE_STRUCT:
		/* Values read from different places can only be kept as copies. */
		return a->record == b->record ? type_struct(t, a->record, SPACE_BPF) : NULL;
	case TYPE_COUNT:
	case TYPE_SUM:
	case TYPE_MIN:
	case TYPE_MAX:
	case TYPE_AVG:
	case TYPE_STATS:
	case TYPE_QUANTILE:
		return type_aggregation(t, a->kind, true);
	case TYPE_TSERIES:
		return promote_series(t, a, b);
	case TYPE_NONE:
	case TYPE_VOID:
	case TYPE_BOOL:
	case TYPE_INT:
	case TYPE_ENUM:
	case TYPE_USERNAME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMP_MODE:
	case TYPE_INET:
	case TYPE_MAC:
	case TYPE_CGROUP_PATH:
	case TYPE_KSYM:
	case TYPE_USYM:
	case TYPE_KSTACK:
	case TYPE_USTACK:
	case TYPE_QUANTILE_MEMBER:
	case TYPE_HIST:
	case TYPE_LHIST:
	case TYPE_KIND_COUNT:
		return NULL;
	}
	return NULL;
}

const struct type *type_arithmetic(struct type_table *t, const struct type *a,
				   const struct type *b, bool is_subtraction)
{
	struct integer x, y;

	if (!as_integer(a, &x) || !as_integer(b, &y))
		return NULL;
	if (x.is_flexible && !y.is_flexible)
		x.is_signed = y.is_signed;
	if (y.is_flexible && !x.is_flexible)
		y.is_signed = x.is_signed;
	return type_int(t, 8, is_subtraction || x.is_signed || y.is_signed);
}

/* --- conversion ------------------------------------------------------------------------------- */

static enum type_conversion convert_integers(const struct type *from, const struct type *to)
{
	struct integer x = { 0 }, y = { 0 };

	as_integer(from, &x);
	as_integer(to, &y);
	if (x.is_flexible)
		return (y.is_signed ? x.size : x.unsigned_size) <= y.size ? CONVERSION_SILENT
									  : CONVERSION_LOSSY;
	if (x.is_signed == y.is_signed)
		return x.size <= y.size ? CONVERSION_SILENT : CONVERSION_LOSSY;
	return y.is_signed && x.size < y.size ? CONVERSION_SILENT : CONVERSION_LOSSY;
}

static enum type_conversion convert_fields(const struct type *from, const struct type *to)
{
	enum type_conversion worst = CONVERSION_SILENT;

	if (from->count != to->count)
		return CONVERSION_INVALID;
	for (uint32_t i = 0; i < to->count; i++) {
		const struct field *f = partner(to, from, i);
		enum type_conversion one = CONVERSION_INVALID;

		if (f)
			one = type_assignable(f->type, to->fields[i].type);
		worst = MAX(worst, one);
	}
	return worst;
}

static enum type_conversion silent_if(bool is_allowed)
{
	return is_allowed ? CONVERSION_SILENT : CONVERSION_INVALID;
}

enum type_conversion type_assignable(const struct type *from, const struct type *to)
{
	if (from == to)
		return CONVERSION_NONE;
	if (from->kind == TYPE_NONE || to->kind == TYPE_NONE)
		return CONVERSION_SILENT;
	if (to->kind == TYPE_ENUM && from->kind == TYPE_ENUM && from->enumeration == to->enumeration)
		return CONVERSION_SILENT; /* in memory or as a value */
	if (type_is_integer(to) && (type_is_integer(from) || type_is_readable(from)))
		return convert_integers(from, to);
	if (from->kind != to->kind)
		return CONVERSION_INVALID;
	switch (to->kind) {
	case TYPE_STRING:
		return silent_if(!to->size || from->size <= to->size);
	case TYPE_BUFFER:
		return silent_if(to->size == 4 || from->size <= to->size);
	case TYPE_POINTER:
		return silent_if(are_compatible_pointees(from->element, to->element));
	case TYPE_TUPLE:
	case TYPE_RECORD:
		return convert_fields(from, to);
	case TYPE_STRUCT:
		return silent_if(from->record == to->record);
	case TYPE_ARRAY:
		return silent_if(from->count == to->count &&
				 type_size(from) == type_size(to) &&
				 type_assignable(from->element, to->element) != CONVERSION_INVALID);
	case TYPE_COUNT:
	case TYPE_SUM:
	case TYPE_MIN:
	case TYPE_MAX:
	case TYPE_AVG:
	case TYPE_STATS:
	case TYPE_QUANTILE:
		return CONVERSION_SILENT; /* only the sign differs */
	case TYPE_TSERIES:
		return silent_if(is_same_series(from, to));
	case TYPE_NONE:
	case TYPE_VOID:
	case TYPE_BOOL:
	case TYPE_INT:
	case TYPE_ENUM:
	case TYPE_USERNAME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMP_MODE:
	case TYPE_INET:
	case TYPE_MAC:
	case TYPE_CGROUP_PATH:
	case TYPE_KSYM:
	case TYPE_USYM:
	case TYPE_KSTACK:
	case TYPE_USTACK:
	case TYPE_QUANTILE_MEMBER:
	case TYPE_HIST:
	case TYPE_LHIST:
	case TYPE_KIND_COUNT:
		return CONVERSION_INVALID;
	}
	return CONVERSION_INVALID;
}

/* --- casts ------------------------------------------------------------------------------------ */

static bool is_context(const struct type *type)
{
	return type->kind == TYPE_STRUCT && type->space == SPACE_CONTEXT;
}

/* Integers and what is stored as one. */
static bool is_number(const struct type *type)
{
	return type_is_integer(type) || type->kind == TYPE_BOOL || type_is_readable(type);
}

static bool castable_to_word(const struct type *from, const struct type *to)
{
	if (is_number(from) || from->kind == TYPE_POINTER || is_context(from))
		return true;
	return from->kind == TYPE_ARRAY && type_size(from) == type_size(to);
}

static bool castable_to_array(const struct type *from, const struct type *to)
{
	uint32_t element = type_size(to->element), size = type_size(from);

	if (to->element->kind != TYPE_INT && to->element->kind != TYPE_BOOL)
		return false;
	if (!is_number(from) && from->kind != TYPE_STRING && from->kind != TYPE_ARRAY)
		return false;
	if (!to->count) /* T[]: as many as the operand holds */
		return size % element == 0;
	if (size == type_size(to))
		return true;
	return is_number(from) && size < type_size(to) && type_size(to) <= 8;
}

bool type_castable(const struct type *from, const struct type *to)
{
	switch (to->kind) {
	case TYPE_INT:
	case TYPE_POINTER:
		return castable_to_word(from, to);
	case TYPE_BOOL:
		return is_number(from) || from->kind == TYPE_POINTER || from->kind == TYPE_STRING;
	case TYPE_STRING:
		return from->kind == TYPE_STRING && (!to->size || from->size <= to->size);
	case TYPE_ARRAY:
		return castable_to_array(from, to);
	case TYPE_ENUM:
	case TYPE_USERNAME:
		return is_number(from) || from == to;
	case TYPE_BUFFER:
	case TYPE_TUPLE:
	case TYPE_RECORD:
	case TYPE_TIMESTAMP:
	case TYPE_INET:
	case TYPE_MAC:
	case TYPE_CGROUP_PATH:
	case TYPE_KSYM:
	case TYPE_USYM:
	case TYPE_KSTACK:
	case TYPE_USTACK:
	case TYPE_QUANTILE_MEMBER:
		return from == to;
	case TYPE_NONE:
	case TYPE_VOID:
	case TYPE_STRUCT:
	case TYPE_TIMESTAMP_MODE:
	case TYPE_COUNT:
	case TYPE_SUM:
	case TYPE_MIN:
	case TYPE_MAX:
	case TYPE_AVG:
	case TYPE_STATS:
	case TYPE_QUANTILE:
	case TYPE_HIST:
	case TYPE_LHIST:
	case TYPE_TSERIES:
	case TYPE_KIND_COUNT:
		return false;
	}
	return false;
}
