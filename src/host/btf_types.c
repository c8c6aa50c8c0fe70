/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel BTF → types of the language (spec language.md §2.1).
 *
 * A struct becomes a type without fields. They are read when somebody asks for one
 * (type_complete()), because a pointer to a struct leads to most of the kernel's types within a few
 * steps. What its completion hook needs is a struct source: whose BTF id it is, 0 for "the first of
 * that name, of the kernel's or else of a module's".
 *
 * Names are not unique in BTF. The first struct asked for owns the name; another id of the same
 * name gets an entry "name#id" in the table and keeps the name in messages.
 */
#include <errno.h>
#include <string.h>
#include "host/host_private.h"
#include "util/text.h"

#define MAX_DEPTH 32
#define MAX_BYTES (1u << 30) /* of an array, in a sane file */

struct source {
	struct host *host;
	struct type_table *types;
	struct btf_image *image; /* NULL: wherever the name is found */
	uint32_t id;
};

static int complete_from_btf(struct type_struct *s, void *context);

static struct source *make_source(struct host *h, struct type_table *t, struct btf_image *b,
				  uint32_t id)
{
	struct source *source = ARENA_NEW(t->arena, struct source);

	*source = (struct source){ h, t, b, id };
	return source;
}

void host_provide_structs(struct host *h, struct type_table *t)
{
	t->complete_struct = complete_from_btf;
	t->complete_context = make_source(h, t, NULL, 0);
}

bool host_describes_struct(const struct type_struct *s)
{
	return s->is_complete && s->complete == complete_from_btf;
}

/* --- structs ---------------------------------------------------------------------------------- */

/* True if s is the struct of this id, or can become it. Where the script has a definition of its own,
 * that is what pointers lead to; a part of a struct stays what the kernel has there. */
static bool claim(struct btf_image *b, struct type_table *t, struct type_struct *s, uint32_t id,
		  bool is_pointee)
{
	struct source *source = s->context;

	/* Also while it is being defined. */
	if (s->complete != complete_from_btf && (s->is_complete || t->complete_struct))
		return is_pointee;
	if (s->complete == complete_from_btf && source->id)
		return source->id == id && source->image == b;
	s->complete = complete_from_btf;
	s->context = make_source(b->host, t, b, id);
	s->is_failed = false;
	return true;
}

static struct type_struct *struct_of_id(struct btf_image *b, struct type_table *t, uint32_t id,
					const struct btf_type *record, const char *alias,
					bool is_pointee)
{
	const char *name = btf_text(b, record->name_off);
	bool is_union = btf_kind(record) == BTF_KIND_UNION;
	auto_strbuf struct strbuf key = STRBUF_INIT;
	struct type_struct *s;

	b = btf_home(b, id);
	if (*name) {
		s = type_struct_find(t, name, is_union);
		if (claim(b, t, s, id, is_pointee))
			return s;
	}
	strbuf_printf(&key, "%s#%u", name, id);
	if (b->base)
		strbuf_printf(&key, " %s", b->module);
	s = type_struct_find(t, key.text, is_union);
	s->name = arena_strdup(t->arena, name);
	s->alias = alias ? arena_strdup(t->arena, alias) : NULL;
	claim(b, t, s, id, is_pointee);
	return s;
}

/* Splits a bit-field's place into a unit of its type and bits above it. */
static void place_bits(struct field *f, uint32_t bit_offset, uint32_t bit_size)
{
	uint32_t unit = f->type->size * 8;

	if (unit)
		f->offset = bit_offset / unit * f->type->size;
	if (!unit || bit_offset - f->offset * 8 + bit_size > unit)
		f->offset = bit_offset / 8; /* packed: crosses its unit */
	f->bit_offset = (uint8_t)(bit_offset - f->offset * 8);
	f->bit_size = (uint8_t)bit_size;
}

static void fill_field(struct source *source, const struct btf_type *record,
		       const struct btf_member *m, struct field *f)
{
	bool has_bits = BTF_INFO_KFLAG(record->info);
	uint32_t bits = has_bits ? BTF_MEMBER_BIT_OFFSET(m->offset) : m->offset;
	uint32_t bit_size = has_bits ? BTF_MEMBER_BITFIELD_SIZE(m->offset) : 0;
	const char *name = btf_text(source->image, m->name_off);

	f->name = *name ? arena_strdup(source->types->arena, name) : NULL;
	f->type = btf_to_type(source->image, source->types, m->type, SPACE_KERNEL);
	f->offset = bits / 8;
	if (bit_size)
		place_bits(f, bits, bit_size);
}

static int complete_from_btf(struct type_struct *s, void *context)
{
	struct source source = *(struct source *)context;
	const struct btf_type *record;
	const struct btf_member *m;

	if (!source.id &&
	    btf_find_anywhere(source.host, s->name, s->is_union ? BTF_KIND_UNION : BTF_KIND_STRUCT,
			      &source.image, &source.id))
		return -ENOENT;
	record = btf_by_id(source.image, source.id);
	if (!record || !record->size || !btf_struct_ends(source.image, record))
		return -ENOENT;
	s->context = make_source(source.host, source.types, source.image, source.id);
	s->size = record->size;
	s->align = btf_record_align(source.image, record);
	s->align = MIN(s->align, 8u); /* what the language's own types are aligned to at most */
	s->field_count = btf_vlen(record);
	s->fields = ARENA_ARRAY(source.types->arena, struct field, s->field_count);
	s->is_complete = true; /* before the members: a member may lead back here */
	m = (const struct btf_member *)(record + 1);
	for (uint32_t i = 0; i < s->field_count; i++)
		fill_field(&source, record, &m[i], &s->fields[i]);
	return 0;
}

/* --- enums ------------------------------------------------------------------------------------ */

static const struct type *enum_of_id(struct btf_image *b, struct type_table *t,
				     uint32_t id, const struct btf_type *record,
				     const char *alias)
{
	const char *name = btf_text(b, record->name_off);
	auto_strbuf struct strbuf key = STRBUF_INIT;
	struct type_enum *e;

	strbuf_printf(&key, "enum %s#%u %s", name, id, btf_home(b, id)->module);
	e = strmap_get(&t->enums, key.text);
	if (e)
		return type_enum(t, e);
	e = ARENA_NEW(t->arena, struct type_enum);
	e->name = arena_strdup(t->arena, name);
	e->alias = alias ? arena_strdup(t->arena, alias) : NULL;
	e->size = (uint8_t)record->size;
	e->is_signed = BTF_INFO_KFLAG(record->info);
	e->count = btf_vlen(record);
	e->values = ARENA_ARRAY(t->arena, struct type_enumerator, e->count);
	for (uint32_t i = 0; i < e->count; i++) {
		e->values[i].name = arena_strdup(t->arena,
						 btf_text(b, btf_enumerator_name(record, i)));
		e->values[i].value = btf_enumerator_value(record, i);
	}
	strmap_set(&t->enums, key.text, e);
	return type_enum(t, e);
}

struct enumerator_search {
	uint32_t name;
	uint32_t id, index;
};

static int compare_enumerators(struct btf_image *b, uint32_t id, const struct btf_type *t,
			       void *context)
{
	struct enumerator_search *s = context;

	(void)b;
	if (btf_kind(t) != BTF_KIND_ENUM && btf_kind(t) != BTF_KIND_ENUM64)
		return 0;
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		if (btf_enumerator_name(t, i) != s->name)
			continue;
		s->id = id;
		s->index = i;
		return 1;
	}
	return 0;
}

int host_enumerator(struct host *h, struct type_table *t, const char *name, uint64_t *value,
		    const struct type **type)
{
	struct btf_image *b = btf_kernel(h);
	struct enumerator_search s = { .name = b ? btf_find_text(b, name) : 0 };
	const struct btf_type *record;

	if (!s.name || btf_each(b, compare_enumerators, &s) <= 0)
		return -ENOENT;
	record = btf_by_id(b, s.id);
	*type = enum_of_id(b, t, s.id, record, NULL);
	*value = btf_enumerator_value(record, s.index);
	return 0;
}

static int offer_enumerators(struct btf_image *b, uint32_t id, const struct btf_type *t,
			     void *context)
{
	(void)id;
	if (btf_kind(t) != BTF_KIND_ENUM && btf_kind(t) != BTF_KIND_ENUM64)
		return 0;
	for (uint32_t i = 0; i < btf_vlen(t); i++)
		text_nearest_offer(context, btf_text(b, btf_enumerator_name(t, i)));
	return 0;
}

const char *host_enumerator_nearest(struct host *h, const char *name)
{
	struct btf_image *b = strlen(name) > 3 ? btf_kernel(h) : NULL;
	struct text_nearest nearest;

	text_nearest_init(&nearest, name);
	if (b)
		btf_each(b, offer_enumerators, &nearest);
	return nearest.best;
}

/* --- BTF → type ------------------------------------------------------------------------------- */

static const struct type *convert(struct btf_image *b, struct type_table *t, uint32_t id,
				  enum type_space space, int depth);

static const struct type *convert_int(struct type_table *t, const struct btf_type *record)
{
	uint32_t encoding = BTF_INT_ENCODING(*(const uint32_t *)(record + 1));

	if (encoding & BTF_INT_BOOL)
		return t->bool_type;
	if (record->size == 16)
		return type_array(t, type_int(t, 8, false), 2);
	if (record->size > 8 || !record->size || record->size & (record->size - 1))
		return type_array(t, type_int(t, 1, false), record->size);
	return type_int(t, record->size, encoding & BTF_INT_SIGNED);
}

/* char, whatever its sign: kernels since 6.2 (3bc753c06dd0) have it unsigned. */
static bool is_char(struct btf_image *b, uint32_t id)
{
	const struct btf_type *t = btf_by_id(b, btf_skip_modifiers(b, id));

	return t && btf_kind(t) == BTF_KIND_INT && !strcmp(btf_text(b, t->name_off), "char");
}

static const struct type *convert_array(struct btf_image *b, struct type_table *t,
					const struct btf_type *record, enum type_space space,
					int depth)
{
	const struct btf_array *array = (const struct btf_array *)(record + 1);
	const struct type *element;
	uint32_t bytes;

	if (array->nelems && array->nelems < MAX_BYTES && is_char(b, array->type))
		return type_string(t, array->nelems);
	element = convert(b, t, array->type, space, depth + 1);
	bytes = btf_type_bytes(b, array->type);
	if ((uint64_t)array->nelems * MAX(bytes, 1u) >= MAX_BYTES) {
		btf_problem(b, "an array of its has %u elements", array->nelems);
		return type_array(t, element, 0);
	}
	return type_array(t, element, array->nelems);
}

/* __user and its like, where the compiler of the kernel records them; those with the flag (6.14,
 * 53ee0d66d7a6) are other attributes. */
static bool has_tag(struct btf_image *b, uint32_t id, const char *tag)
{
	for (int i = 0; i < MAX_DEPTH; i++) {
		const struct btf_type *t = btf_by_id(b, id);

		if (!t || btf_kind(t) != BTF_KIND_TYPE_TAG)
			return false;
		if (!BTF_INFO_KFLAG(t->info) && !strcmp(btf_text(b, t->name_off), tag))
			return true;
		id = t->type;
	}
	return false;
}

/* A struct that is defined elsewhere, in a module or the script, or nowhere. */
static const struct type *declared_struct(struct btf_image *b, struct type_table *t,
					  const struct btf_type *record, enum type_space space)
{
	return type_struct(t, type_struct_find(t, btf_text(b, record->name_off),
					       BTF_INFO_KFLAG(record->info)), space);
}

/* The name of the typedef nearest to what is behind it, or NULL. */
static const char *alias_of(struct btf_image *b, uint32_t id)
{
	const struct btf_type *t = btf_by_id(b, id);
	const char *name = NULL;

	for (int i = 0; t && i < MAX_DEPTH; i++) {
		if (btf_kind(t) == BTF_KIND_TYPEDEF)
			name = btf_text(b, t->name_off);
		else if (btf_kind(t) != BTF_KIND_CONST && btf_kind(t) != BTF_KIND_VOLATILE)
			break;
		t = btf_by_id(b, t->type);
	}
	return name && *name ? name : NULL;
}

static const struct type *pointed_struct(struct btf_image *b, struct type_table *t, uint32_t id,
					 enum type_space space)
{
	uint32_t behind = btf_skip_modifiers(b, id);

	return type_struct(t, struct_of_id(b, t, behind, btf_by_id(b, behind), alias_of(b, id),
					   true), space);
}

static const struct type *convert_pointer(struct btf_image *b, struct type_table *t,
					  const struct btf_type *record, enum type_space space,
					  int depth)
{
	const struct btf_type *to = btf_by_id(b, btf_skip_modifiers(b, record->type));

	if (has_tag(b, record->type, "user"))
		space = SPACE_USER;
	if (to && btf_kind(to) == BTF_KIND_FUNC_PROTO)
		return type_pointer(t, t->function_type, space);
	if (to && (btf_kind(to) == BTF_KIND_STRUCT || btf_kind(to) == BTF_KIND_UNION))
		return type_pointer(t, pointed_struct(b, t, record->type, space), space);
	if (to && btf_kind(to) == BTF_KIND_FWD)
		return type_pointer(t, declared_struct(b, t, to, space), space);
	return type_pointer(t, convert(b, t, record->type, space, depth + 1), space);
}

static const struct type *convert(struct btf_image *b, struct type_table *t, uint32_t id,
				  enum type_space space, int depth)
{
	const char *alias = alias_of(b, id);
	const struct btf_type *record;

	id = btf_skip_modifiers(b, id);
	record = btf_by_id(b, id);
	if (!record || depth > MAX_DEPTH)
		return t->void_type;
	switch (btf_kind(record)) {
	case BTF_KIND_INT:
		return convert_int(t, record);
	case BTF_KIND_PTR:
		return convert_pointer(b, t, record, space, depth);
	case BTF_KIND_ARRAY:
		return convert_array(b, t, record, space, depth);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return type_struct(t, struct_of_id(b, t, id, record, alias, false), space);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return enum_of_id(b, t, id, record, alias);
	case BTF_KIND_FLOAT:
		return type_array(t, type_int(t, 1, false), record->size);
	}
	return t->void_type; /* functions, sections and what is only declared have no value */
}

const struct type *btf_to_type(struct btf_image *b, struct type_table *t, uint32_t id,
			       enum type_space space)
{
	return convert(b, t, id, space, 0);
}

const struct type *host_type_from_btf(struct host *h, struct type_table *t, uint32_t id,
				      enum type_space space)
{
	struct btf_image *b = btf_kernel(h);
	const struct btf_type *record = b ? btf_by_id(b, id) : NULL;

	if (!record)
		return t->void_type;
	/* No member or parameter is a variable, in a file that is in order. */
	return btf_to_type(b, t, btf_kind(record) == BTF_KIND_VAR ? record->type : id, space);
}
