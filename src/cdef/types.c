/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of types: what the C part of the program defined, then what every script knows, then BTF, of
 * which nothing is read before a type's size or members are needed.
 *
 * A struct or enum defined in C hides BTF's of that name, for the kernel's own members of that type too:
 * claim() in host/btf_types.c leaves what is complete as it is.
 */
#include <string.h>
#include "cdef/private.h"
#include "util/text.h"

static const char *const tag_words[] = {
	[CDEF_TYPEDEF] = "", [CDEF_STRUCT] = "struct ", [CDEF_UNION] = "union ",
	[CDEF_ENUM] = "enum ",
};

static const char *tag_key(struct cdef *c, enum cdef_tag tag, const char *name)
{
	return arena_printf(c->arena, "%s%s", tag_words[tag], name);
}

struct c_tag *c_find_tag(const struct cdef *c, enum cdef_tag tag, const char *name)
{
	auto_strbuf struct strbuf key = STRBUF_INIT;

	strbuf_printf(&key, "%s%s", tag_words[tag], name);
	return strmap_get(&c->tags, key.text);
}

/* --- what is known of a type -------------------------------------------------------------------- */

struct c_type c_type_of(const struct type *t)
{
	struct c_type out = { .type = t, .is_void = t->kind == TYPE_VOID };

	if (t->kind == TYPE_STRUCT) {
		out.is_incomplete = !t->record->is_complete;
		if (out.is_incomplete)
			return out;
	}
	out.is_incomplete |= out.is_void;
	out.size = type_size(t);
	out.align = type_align(t);
	if (t->kind == TYPE_ARRAY && t->count && type_size(t) / t->count < type_align(t))
		out.align = 1;
	return out;
}

bool c_complete(struct c_type *t)
{
	if (!t->is_incomplete)
		return true;
	if (t->type->kind != TYPE_STRUCT || !type_complete(t->type))
		return false;
	*t = c_type_of(t->type);
	return true;
}

/* --- names → types ----------------------------------------------------------------------------- */

static const struct type *from_kernel(struct cdef *c, const char *text)
{
	return c->host ? host_type_from_c(c->host, c->types, text, 0, false, SPACE_UNKNOWN) : NULL;
}

bool c_named_type(struct cdef *c, const char *name, struct c_type *out)
{
	struct c_typedef *definition = strmap_get(&c->typedefs, name);
	const struct type *t;

	if (definition) {
		*out = definition->type;
		return true;
	}
	if (!strcmp(name, "__builtin_va_list") || !strcmp(name, "__gnuc_va_list")) {
		*out = c_type_of(type_array(c->types, type_int(c->types, 8, false), 3));
		return true;
	}
	t = type_builtin(c->types, name);
	if (t && t->kind != TYPE_INT && t->kind != TYPE_BOOL && t->kind != TYPE_VOID)
		return false; /* a type of the language, not of C */
	if (!t)
		t = from_kernel(c, name);
	if (!t)
		return false;
	*out = c_type_of(t);
	out->is_char = !strcmp(name, "char");
	return true;
}

struct c_type c_tag_type(struct cdef *c, enum cdef_tag tag, const char *name)
{
	struct c_tag *known;
	const struct type *t;

	if (tag != CDEF_ENUM) {
		struct type_struct *s = type_struct_find(c->types, name, tag == CDEF_UNION);

		return c_type_of(type_struct(c->types, s, SPACE_UNKNOWN));
	}
	known = c_find_tag(c, tag, name);
	if (known && known->enumeration)
		return c_type_of(type_enum(c->types, known->enumeration));
	t = from_kernel(c, tag_key(c, tag, name));
	return c_type_of(t ? t : type_int(c->types, 4, false));
}

const struct type *cdef_find_type(struct cdef *c, enum cdef_tag tag, const char *name)
{
	struct c_typedef *definition;
	struct c_tag *known;

	if (tag == CDEF_TYPEDEF) {
		definition = strmap_get(&c->typedefs, name);
		return definition && !definition->type.is_function ? definition->type.type : NULL;
	}
	known = c_find_tag(c, tag, name);
	if (!known)
		return NULL;
	return c_tag_type(c, tag, name).type;
}

bool cdef_find_enumerator(struct cdef *c, const char *name, uint64_t *value,
			  const struct type **type)
{
	struct c_enumerator *e = strmap_get(&c->enumerators, name);

	if (!e || !e->type)
		return false;
	*value = e->value;
	*type = e->type;
	return true;
}

const char *cdef_nearest_enumerator(const struct cdef *c, const char *name)
{
	const struct strmap_entry *e;
	struct text_nearest near;
	size_t cursor = 0;

	text_nearest_init(&near, name);
	while (c && (e = strmap_next(&c->enumerators, &cursor)))
		text_nearest_offer(&near, e->key);
	return near.best;
}

/* --- definitions ------------------------------------------------------------------------------ */

static void redefined(struct cdef *c, struct loc loc, const char *what, const char *name,
		      struct loc first)
{
	struct diag_msg *m = c_error(c, DIAG_C_REDEFINED, loc, "%s%s is defined twice", what, name);

	if (first.source)
		diag_note(m, first, "the first definition is here");
}

static void add_tag(struct cdef *c, const char *key, struct loc loc, const struct type_enum *e)
{
	struct c_tag *tag = ARENA_NEW(c->arena, struct c_tag);

	tag->loc = loc;
	tag->enumeration = e;
	strmap_set(&c->tags, key, tag);
}

struct type_struct *c_define_struct(struct cdef *c, bool is_union, const char *name, struct loc loc)
{
	enum cdef_tag tag = is_union ? CDEF_UNION : CDEF_STRUCT;
	struct c_tag *known = name ? c_find_tag(c, tag, name) : NULL;
	struct type_struct *s;

	if (!name) {
		/* A name that no source can spell. */
		s = type_struct_find(c->types,
				     arena_printf(c->arena, "c#%u", ++c->anonymous_count), is_union);
		s->name = "";
		s->complete = NULL;
		return s;
	}
	if (known) {
		redefined(c, loc, tag_words[tag], name, known->loc);
		return NULL;
	}
	s = type_struct_find(c->types, name, is_union);
	if (s->is_complete) {
		c_error(c, DIAG_C_REDEFINED, loc, "%s%s was taken from the kernel's BTF before: "
			"define it before it is used", tag_words[tag], name);
		return NULL;
	}
	s->complete = NULL;
	s->is_failed = false;
	add_tag(c, tag_key(c, tag, name), loc, NULL);
	return s;
}

void c_define_enum(struct cdef *c, const char *name, struct loc loc, struct type_enum *e)
{
	struct c_tag *known = *name ? c_find_tag(c, CDEF_ENUM, name) : NULL;

	if (known)
		redefined(c, loc, "enum ", name, known->loc);
	else if (*name)
		add_tag(c, tag_key(c, CDEF_ENUM, name), loc, e);
}

bool c_define_enumerator(struct cdef *c, const char *name, struct loc loc, uint64_t value,
			 bool is_negative)
{
	struct c_enumerator *e = strmap_get(&c->enumerators, name);

	if (e) {
		redefined(c, loc, "", name, e->loc);
		return false;
	}
	e = ARENA_NEW(c->arena, struct c_enumerator);
	*e = (struct c_enumerator){ .value = value, .is_negative = is_negative, .loc = loc };
	strmap_set(&c->enumerators, name, e);
	return true;
}

void c_type_enumerators(struct cdef *c, const struct type_enum *e)
{
	for (uint32_t i = 0; i < e->count; i++) {
		struct c_enumerator *known = strmap_get(&c->enumerators, e->values[i].name);

		if (known && !known->type)
			known->type = type_enum_value(c->types, e);
	}
}

void c_define_typedef(struct cdef *c, const char *name, struct loc loc, const struct c_type *t)
{
	struct c_typedef *known = strmap_get(&c->typedefs, name);

	if (known && known->type.type != t->type) {
		redefined(c, loc, "typedef ", name, known->loc);
		return;
	}
	known = ARENA_NEW(c->arena, struct c_typedef);
	*known = (struct c_typedef){ *t, loc };
	strmap_set(&c->typedefs, name, known);
}
