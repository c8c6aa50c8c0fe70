/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building struct program: strings and types get their numbers here.
 *
 * A type is flattened into plain rows, its fields into a run of the fields table. Equal rows are
 * found by comparison: a program has a few dozen types, so nothing else is worth its lines. What a
 * pointer points to is not followed into structs, which would drag the kernel's types in one after
 * the other: printing a pointer needs its value only.
 *
 * Not here: the text of -d plan (print.c), format strings (format.c).
 */
#include <string.h>
#include "program/config.h"

void program_init(struct program *p)
{
	struct config_values defaults;

	*p = (struct program){ 0 };
	program_add_string(p, "");
	vec_push(&p->types, ((struct program_type){ .kind = TYPE_NONE }));
	vec_push(&p->sites, (struct program_site){ 0 });
	config_values_init(&defaults);
	config_apply(&defaults, p);
}

void program_free(struct program *p)
{
	vec_free(&p->types);
	vec_free(&p->fields);
	vec_free(&p->enumerators);
	vec_free(&p->maps);
	vec_free(&p->functions);
	vec_free(&p->probes);
	vec_free(&p->actions);
	vec_free(&p->sites);
	vec_free(&p->user_reads);
	for (size_t i = 0; i < p->objects.count; i++)
		free(p->objects.items[i].bytes);
	vec_free(&p->objects);
	strbuf_free(&p->strings);
	strmap_free(&p->string_index);
	strbuf_free(&p->constants);
}

void program_add_object(struct program *p, const void *bytes, size_t size)
{
	struct bpf_object_bytes copy = { .bytes = xmalloc(size), .size = size };

	memcpy(copy.bytes, bytes, size);
	vec_push(&p->objects, copy);
}

uint32_t program_add_string(struct program *p, const char *text)
{
	uintptr_t known = (uintptr_t)strmap_get(&p->string_index, text);

	if (known)
		return (uint32_t)(known - 1);
	uint32_t at = (uint32_t)p->strings.len;

	strbuf_append(&p->strings, text, strlen(text) + 1);
	strmap_set(&p->string_index, text, (void *)((uintptr_t)at + 1));
	return at;
}

const char *program_string(const struct program *p, uint32_t string)
{
	return string < p->strings.len ? p->strings.text + string : "";
}

uint32_t program_add_constants(struct program *p, const void *bytes, size_t len)
{
	const char *all = p->constants.text;
	const char *known = all ? memmem(all, p->constants.len, bytes, len) : NULL;
	uint32_t at = (uint32_t)p->constants.len;

	if (known && (known - all) % 8 == 0)
		return (uint32_t)(known - all);
	strbuf_append(&p->constants, bytes, len);
	strbuf_add_repeat(&p->constants, '\0', ROUND_UP(len, (size_t)8) - len);
	return at;
}

void program_add_user_read(struct program *p, uint32_t function, uint32_t site)
{
	for (size_t i = 0; i < p->user_reads.count; i++) {
		const struct program_user_read *r = &p->user_reads.items[i];

		if (r->function == function && r->site == site)
			return;
	}
	vec_push(&p->user_reads, ((struct program_user_read){ function, site }));
}

size_t program_globals_size(const struct program *p)
{
	return GLOBALS_SIZE(p->functions.count) + p->constants.len;
}

int program_find_role(const struct program *p, enum program_map_role role)
{
	for (size_t i = 0; i < p->maps.count; i++) {
		if (p->maps.items[i].role == role)
			return (int)i;
	}
	return -1;
}

/* --- types ------------------------------------------------------------------------------------ */

/* Pointees worth a row: those that lead nowhere. */
static bool is_leaf(const struct type *type)
{
	return type->kind == TYPE_INT || type->kind == TYPE_BOOL || type->kind == TYPE_STRING ||
	       type->kind == TYPE_ENUM;
}

struct field_rows VEC_OF(struct program_field);

static bool is_anonymous(const struct field *f)
{
	return f->type->kind == TYPE_STRUCT && (!f->name || !*f->name) && type_complete(f->type);
}

static bool same_row(const struct program *p, const struct program_type *a,
		     const struct program_type *b)
{
	struct program_type x = *a, y = *b;

	x.first = y.first = 0;
	if (memcmp(&x, &y, sizeof(x)))
		return false;
	for (uint32_t i = 0; i < a->field_count; i++) {
		const struct program_field *f, *g;

		if (a->kind == TYPE_ENUM) {
			const struct program_enumerator *e = &p->enumerators.items[a->first + i];
			const struct program_enumerator *d = &p->enumerators.items[b->first + i];

			if (e->value != d->value || e->name != d->name)
				return false;
			continue;
		}
		f = &p->fields.items[a->first + i];
		g = &p->fields.items[b->first + i];
		if (f->name != g->name || f->type != g->type || f->offset != g->offset ||
		    f->bit_offset != g->bit_offset || f->bit_size != g->bit_size)
			return false;
	}
	return true;
}

/* Takes back the fields or enumerators that belong to a row found to be there already. */
static void drop_parts(struct program *p, const struct program_type *row)
{
	if (!row->field_count)
		return;
	if (row->kind == TYPE_ENUM)
		p->enumerators.count = row->first;
	else
		p->fields.count = row->first;
}

static uint32_t add_row(struct program *p, struct program_type *row)
{
	for (size_t i = 0; i < p->types.count; i++) {
		if (same_row(p, &p->types.items[i], row)) {
			drop_parts(p, row);
			return (uint32_t)i;
		}
	}
	vec_push(&p->types, *row);
	return (uint32_t)p->types.count - 1;
}

/* A string that may fill its bytes to the last is not cut if it does. */
static uint32_t add_field_type(struct program *p, const struct field *f)
{
	struct program_type row;

	if (!f->is_unterminated)
		return program_add_type(p, f->type);
	memset(&row, 0, sizeof(row));
	row.kind = TYPE_STRING;
	row.is_full = true;
	row.size = type_size(f->type);
	return add_row(p, &row);
}

/* Members of a struct's anonymous member are its own, as in the script; elements of a tuple have no
 * names either. */
static void collect_fields(struct program *p, const struct field *fields, uint32_t count,
			   bool is_struct, uint32_t offset, struct field_rows *rows)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct field *f = &fields[i];

		if (is_struct && f->is_hidden)
			continue; /* what a script cannot read is not shown either */
		if (is_struct && is_anonymous(f)) {
			collect_fields(p, f->type->record->fields, f->type->record->field_count,
				       true, offset + f->offset, rows);
			continue;
		}
		struct program_field row = {
			.name = program_add_string(p, f->name ? f->name : ""),
			.type = add_field_type(p, f),
			.offset = offset + f->offset,
			.bit_offset = f->bit_offset,
			.bit_size = f->bit_size,
		};
		vec_push(rows, row);
	}
}

/* The fields of a row of the types table: one run, behind those of the types they have. */
static void add_fields(struct program *p, const struct field *fields, uint32_t count,
		       struct program_type *row)
{
	struct field_rows rows = { 0 };

	collect_fields(p, fields, count, row->kind == TYPE_STRUCT, 0, &rows);
	row->first = (uint32_t)p->fields.count;
	row->field_count = (uint32_t)rows.count;
	for (size_t i = 0; i < rows.count; i++)
		vec_push(&p->fields, rows.items[i]);
	vec_free(&rows);
}

static uint32_t add_enumerators(struct program *p, const struct type_enum *e)
{
	uint32_t first = (uint32_t)p->enumerators.count;

	for (uint32_t i = 0; i < e->count; i++) {
		struct program_enumerator row = {
			.value = e->values[i].value,
			.name = program_add_string(p, e->values[i].name),
		};
		vec_push(&p->enumerators, row);
	}
	return first;
}

static void fill_parts(struct program *p, const struct type *type, struct program_type *row)
{
	switch (type->kind) {
	case TYPE_POINTER:
		row->element = is_leaf(type->element) ? program_add_type(p, type->element) : 0;
		break;
	case TYPE_ARRAY:
		row->element = program_add_type(p, type->element);
		break;
	case TYPE_TUPLE:
	case TYPE_RECORD:
		add_fields(p, type->fields, type->count, row);
		break;
	case TYPE_STRUCT:
		row->name = program_add_string(p, type->record->name);
		if (!type_complete(type))
			break;
		add_fields(p, type->record->fields, type->record->field_count, row);
		break;
	case TYPE_ENUM:
		row->name = program_add_string(p, type->enumeration->name);
		row->first = add_enumerators(p, type->enumeration);
		row->field_count = type->enumeration->count;
		break;
	case TYPE_NONE:
	case TYPE_VOID:
	case TYPE_BOOL:
	case TYPE_INT:
	case TYPE_STRING:
	case TYPE_BUFFER:
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
		break;
	}
}

uint32_t program_add_type(struct program *p, const struct type *type)
{
	struct program_type row;

	if (!type)
		return 0;
	memset(&row, 0, sizeof(row)); /* rows are compared as bytes */
	row.kind = (uint8_t)type->kind;
	row.is_signed = type->is_signed;
	if (type_is_aggregation(type) || type->kind == TYPE_KSTACK || type->kind == TYPE_USTACK)
		row.bits = type->bits;
	else if (type_is_function_pointer(type) && type->space != SPACE_USER)
		row.bits = 1;
	row.size = type_size(type);
	row.count = type->count;
	row.min = type->min;
	row.max = type->max;
	row.step = type->step;
	fill_parts(p, type, &row);
	return add_row(p, &row);
}
