/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions about single BTF types that lead through others: what is behind their names, how large
 * they are, how they are aligned.
 *
 * Types of a damaged file can lead in circles and branch without end, so every question follows a
 * limited number of them.
 */
#include "host/host_private.h"

#define MAX_STEPS 64	/* along one chain */
#define MAX_ALIGN  16u
#define MAX_VISITS 1024 /* of records for one alignment */
#define MAX_MEMBERS 20000 /* of a struct and all that it contains */

uint32_t btf_skip_modifiers(struct btf_image *b, uint32_t id)
{
	for (int i = 0; i < MAX_STEPS; i++) {
		const struct btf_type *t = btf_by_id(b, id);

		if (!t)
			return 0;
		switch (btf_kind(t)) {
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_CONST:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
			id = t->type;
			continue;
		}
		return id;
	}
	return 0;
}

uint32_t btf_type_bytes(struct btf_image *b, uint32_t id)
{
	uint64_t count = 1;

	for (int i = 0; i < MAX_STEPS; i++) {
		const struct btf_type *t = btf_by_id(b, btf_skip_modifiers(b, id));
		const struct btf_array *array;

		if (!t)
			return 0;
		switch (btf_kind(t)) {
		case BTF_KIND_INT:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
		case BTF_KIND_FLOAT:
			return (uint32_t)(count * t->size);
		case BTF_KIND_PTR:
			return (uint32_t)(count * sizeof(void *));
		case BTF_KIND_ARRAY:
			array = (const struct btf_array *)(t + 1);
			count *= array->nelems;
			id = array->type;
			continue;
		}
		return 0;
	}
	return 0;
}

static uint32_t align_of(struct btf_image *b, const struct btf_type *t, uint32_t *left);

static uint32_t align_of_id(struct btf_image *b, uint32_t id, uint32_t *left)
{
	return align_of(b, btf_by_id(b, btf_skip_modifiers(b, id)), left);
}

/* The strictest of the members', unless some member or the struct's end is not where that wants it:
 * then it is packed. */
static uint32_t align_of_members(struct btf_image *b, const struct btf_type *t, uint32_t *left)
{
	const struct btf_member *m = (const struct btf_member *)(t + 1);
	uint32_t align = 1;

	for (uint32_t i = 0; i < btf_vlen(t) && align < MAX_ALIGN && *left; i++) {
		uint32_t other = align_of_id(b, m[i].type, left);

		align = MAX(align, other);
	}
	return t->size % align ? 1 : align;
}

static uint32_t align_of(struct btf_image *b, const struct btf_type *t, uint32_t *left)
{
	if (!t || !*left)
		return 1;
	--*left;
	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
		return sizeof(void *);
	case BTF_KIND_ARRAY:
		return align_of_id(b, ((const struct btf_array *)(t + 1))->type, left);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return align_of_members(b, t, left);
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FLOAT:
		return t->size ? MIN(t->size, MAX_ALIGN) : 1;
	}
	return 1;
}

uint32_t btf_align(struct btf_image *b, uint32_t id)
{
	uint32_t left = MAX_VISITS;

	return align_of_id(b, id, &left);
}

uint32_t btf_record_align(struct btf_image *b, const struct btf_type *t)
{
	uint32_t left = MAX_VISITS;

	return align_of(b, t, &left);
}

/* --- containment ----------------------------------------------------------------------------- */

/* The struct or union that a value of this type consists of, through arrays; or NULL. */
static const struct btf_type *contained(struct btf_image *b, uint32_t id)
{
	for (int i = 0; i < MAX_STEPS; i++) {
		const struct btf_type *t = btf_by_id(b, btf_skip_modifiers(b, id));

		if (!t)
			return NULL;
		if (btf_kind(t) == BTF_KIND_STRUCT || btf_kind(t) == BTF_KIND_UNION)
			return t;
		if (btf_kind(t) != BTF_KIND_ARRAY)
			return NULL;
		id = ((const struct btf_array *)(t + 1))->type;
	}
	return NULL;
}

static bool ends(struct btf_image *b, const struct btf_type *t, int depth, uint32_t *left)
{
	const struct btf_member *m = (const struct btf_member *)(t + 1);

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const struct btf_type *inner = contained(b, m[i].type);

		if (!*left || depth > MAX_STEPS)
			return false;
		--*left;
		if (inner && !ends(b, inner, depth + 1, left))
			return false;
	}
	return true;
}

bool btf_struct_ends(struct btf_image *b, const struct btf_type *t)
{
	uint32_t left = MAX_MEMBERS;

	if (ends(b, t, 0, &left))
		return true;
	btf_problem(b, "its %s contains itself, or more than can be", btf_text(b, t->name_off));
	return false;
}

/* --- enumerators ----------------------------------------------------------------------------- */

uint64_t btf_enumerator_value(const struct btf_type *t, uint32_t i)
{
	if (btf_kind(t) == BTF_KIND_ENUM64) {
		const struct btf_enum64 *e = (const struct btf_enum64 *)(t + 1);

		return (uint64_t)e[i].val_hi32 << 32 | e[i].val_lo32;
	}

	const struct btf_enum *e = (const struct btf_enum *)(t + 1);

	return BTF_INFO_KFLAG(t->info) ? (uint64_t)(int64_t)e[i].val : (uint32_t)e[i].val;
}

uint32_t btf_enumerator_name(const struct btf_type *t, uint32_t i)
{
	if (btf_kind(t) == BTF_KIND_ENUM64)
		return ((const struct btf_enum64 *)(t + 1))[i].name_off;
	return ((const struct btf_enum *)(t + 1))[i].name_off;
}
