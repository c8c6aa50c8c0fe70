/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types as the script writes them → types. What its C part defines comes first, then built-in names,
 * then what the kernel's BTF knows: typedefs, structs, unions and enums, with or without their
 * keyword. BTF is read only for names that are nothing else.
 */
#include <linux/btf.h>
#include "sema/pass.h"
#include "util/text.h"

#define TYPE_SIZE_MAX (1 << 20)

static const struct type *of_struct(struct sema *s, const char *name, bool is_union)
{
	const struct type *t = type_struct(&s->types, type_struct_find(&s->types, name, is_union),
					   SPACE_BPF);

	return type_complete(t) ? t : NULL;
}

static const struct type *from_kernel(struct sema *s, const char *name, enum type_space space)
{
	return s->host ? host_type_from_c(s->host, &s->types, name, 0, false, space) : NULL;
}

/* A type of the C part, which knows of no memory, as the script uses it. */
static const struct type *placed(struct sema *s, const struct type *t, enum type_space space)
{
	if (t && t->kind == TYPE_STRUCT)
		return type_struct(&s->types, t->record, SPACE_BPF);
	if (t && t->kind == TYPE_POINTER && t->space == SPACE_UNKNOWN)
		return type_pointer(&s->types, t->element, space);
	return t;
}

static const struct type *from_script(struct sema *s, const char *name, enum type_space space)
{
	const struct cdef_macro *m = cdef_find_macro(s->c, name);
	const struct type *t = m ? cdef_macro_type(s->c, m) : NULL;

	for (enum cdef_tag tag = CDEF_TYPEDEF; !t && tag <= CDEF_ENUM; tag++)
		t = cdef_find_type(s->c, tag, name);
	return placed(s, t, space);
}

static const struct type *plain(struct sema *s, const char *name, enum type_space space)
{
	const struct type *t = from_script(s, name, space);

	if (!t)
		t = type_builtin(&s->types, name);
	if (!t)
		t = from_kernel(s, name, space);
	if (!t)
		t = of_struct(s, name, false);
	if (!t)
		t = of_struct(s, name, true);
	if (!t)
		t = from_kernel(s, arena_printf(s->arena, "enum %s", name), space);
	return t && t->kind != TYPE_NONE ? t : NULL;
}

static const struct type *named(struct sema *s, const struct type_ref *ref, enum type_space space)
{
	const struct type *t;

	switch (ref->keyword) {
	case TYPE_REF_PLAIN:
		return plain(s, ref->name, space);
	case TYPE_REF_STRUCT:
		return of_struct(s, ref->name, false);
	case TYPE_REF_UNION:
		return of_struct(s, ref->name, true);
	case TYPE_REF_ENUM:
		t = cdef_find_type(s->c, CDEF_ENUM, ref->name);
		return t ? t : from_kernel(s, arena_printf(s->arena, "enum %s", ref->name), space);
	}
	return NULL;
}

/* A type with a similar name. */
static const char *near_type(struct sema *s, const struct type_ref *ref)
{
	static const uint32_t kinds[] = {
		[TYPE_REF_STRUCT] = BTF_KIND_STRUCT, [TYPE_REF_UNION] = BTF_KIND_UNION,
		[TYPE_REF_ENUM] = BTF_KIND_ENUM, [TYPE_REF_PLAIN] = BTF_KIND_TYPEDEF,
	};
	static const char *const plain_names[] = {
		"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool",
		"string", "void",
	};
	struct text_nearest nearest;

	text_nearest_init(&nearest, ref->name);
	for (size_t i = 0; ref->keyword == TYPE_REF_PLAIN && i < ARRAY_SIZE(plain_names); i++)
		text_nearest_offer(&nearest, plain_names[i]);
	if (nearest.best || !s->host)
		return nearest.best;
	return host_btf_nearest(s->host, kinds[ref->keyword], ref->name);
}

/* How the value is written that a name stands for; NULL: it stands for none. */
static const char *value_of_name(struct sema *s, const char *name)
{
	const struct type *type;
	uint64_t value;

	if (s->builtin_find(name) || strmap_get(&s->macros, name))
		return arena_printf(s->arena, "%s()", name);
	if (cdef_find_macro(s->c, name) || cdef_find_enumerator(s->c, name, &value, &type))
		return arena_printf(s->arena, "(%s)", name);
	return NULL;
}

static const struct type *unknown_type(struct sema *s, const struct type_ref *ref)
{
	static const char *const words[] = {
		[TYPE_REF_PLAIN] = "type", [TYPE_REF_STRUCT] = "struct",
		[TYPE_REF_UNION] = "union", [TYPE_REF_ENUM] = "enum",
	};
	struct diag_msg *m;

	if (!s->is_final)
		return NULL;
	m = diag_error(s->diag, DIAG_UNKNOWN_TYPE, ref->loc, "unknown %s: '%s'",
		       words[ref->keyword], ref->name);
	if (ref->keyword == TYPE_REF_PLAIN && value_of_name(s, ref->name))
		diag_hint(m, "a name alone is a type here; for the value write %s",
			  value_of_name(s, ref->name));
	else if (s->host && host_btf_missing(s->host))
		diag_hint(m, "%s", host_btf_missing(s->host));
	else if (near_type(s, ref))
		diag_did_you_mean(m, near_type(s, ref));
	return NULL;
}

static const struct type *bad_type(struct sema *s, const struct type_ref *ref, const char *why)
{
	if (s->is_final)
		diag_error(s->diag, DIAG_BAD_TYPE, ref->loc, "%s", why);
	return NULL;
}

/* string[N], buffer[N], inet[N]: the first suffix is no array. */
static const struct type *sized(struct sema *s, const struct type *t, int64_t n)
{
	if (n < 0 || n > TYPE_SIZE_MAX)
		return NULL;
	if (t->kind == TYPE_STRING)
		return type_string(&s->types, (uint32_t)n);
	if (t->kind == TYPE_BUFFER)
		return type_buffer(&s->types, (uint32_t)n);
	return t->kind == TYPE_INET ? t : NULL;
}

/* typeof(type), typeof(value) */
static const struct type *of_operand(struct sema *s, const struct type_ref *ref,
				     enum type_space space)
{
	if (ref->typeof_type)
		return sema_resolve_type(s, ref->typeof_type, space);
	return infer_queried(s, &((struct type_ref *)ref)->typeof_expr);
}

const struct type *sema_resolve_type(struct sema *s, const struct type_ref *ref,
				     enum type_space space)
{
	const struct type *t = ref->name ? named(s, ref, space) : of_operand(s, ref, space);
	size_t i = 0;

	if (!t)
		return ref->name ? unknown_type(s, ref) : NULL;
	if (ref->suffixes.count && sized(s, t, ref->suffixes.items[0]))
		t = sized(s, t, ref->suffixes.items[i++]);
	if (t->kind == TYPE_ENUM && !ref->suffixes.count)
		return type_enum_value(&s->types, t->enumeration);
	for (; i < ref->suffixes.count; i++) {
		int64_t n = ref->suffixes.items[i];

		if (n < 0) {
			if (t->kind == TYPE_STRUCT)
				t = type_struct(&s->types, t->record, space);
			t = type_pointer(&s->types, t, space);
			continue;
		}
		if (t->kind == TYPE_VOID || !type_size(t))
			return bad_type(s, ref, "an array needs elements of a known size");
		if (n > TYPE_SIZE_MAX || (uint64_t)n * type_size(t) > TYPE_SIZE_MAX)
			return bad_type(s, ref, "the type is too large");
		if (!n && i + 1 < ref->suffixes.count)
			return bad_type(s, ref, "only the last dimension may be left out");
		t = type_array(&s->types, t, (uint32_t)n);
	}
	return t;
}

const struct type *sema_type_of_ref(struct sema *s, const struct type_ref *ref)
{
	return sema_resolve_type(s, ref, SPACE_UNKNOWN);
}
