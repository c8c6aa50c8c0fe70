/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct, union and enum: their names, and their definitions between braces. layout.c places the members.
 */
#include <string.h>
#include "cdef/private.h"

/* --- members ---------------------------------------------------------------------------------- */

static uint32_t type_bits(const struct c_type *t)
{
	return t->type->kind == TYPE_BOOL ? 1 : (uint32_t)(t->size * 8);
}

static bool bit_width(struct cdef *c, struct c_member *m)
{
	struct loc loc = c->token.loc;
	struct c_value value;

	if (!type_is_integer(m->type.type) && m->type.type->kind != TYPE_BOOL) {
		c_error(c, DIAG_C_TYPE, loc, "a bit-field is an integer, not '%s'",
			m->type.type->spelling);
		return false;
	}
	if (!c_constant(c, &value))
		return false;
	if (c_is_negative(&value) || value.bits > type_bits(&m->type)) {
		c_error(c, DIAG_C_CONSTANT, loc, "a bit-field of '%s' has 0 to %u bits",
			m->type.type->spelling, type_bits(&m->type));
		return false;
	}
	if (!value.bits && m->name) {
		c_error(c, DIAG_C_CONSTANT, loc, "only a bit-field without a name has no bits");
		return false;
	}
	m->bits = (int32_t)value.bits;
	return true;
}

static const struct c_member *find_member(const struct c_members *members, const char *name)
{
	struct field unused;

	for (size_t i = 0; i < members->count; i++) {
		const struct c_member *m = &members->items[i];

		if (m->name ? !strcmp(m->name, name)
			    : m->bits < 0 && type_find_field(m->type.type, name, &unused))
			return m;
	}
	return NULL;
}

static bool add_member(struct cdef *c, struct c_members *members, const struct c_member *m)
{
	const struct c_member *known = NULL;

	if (m->name && members->count < 1000) /* beyond it would take long */
		known = find_member(members, m->name);
	if (known) {
		diag_note(c_error(c, DIAG_C_REDEFINED, m->loc, "there is a member '%s' already",
				  m->name), known->loc, "the first one is here");
		return false;
	}
	arena_vec_push(c->arena, members, *m);
	return true;
}

static bool check_member(struct cdef *c, struct c_member *m)
{
	struct diag_msg *msg;

	if (m->type.is_function) {
		c_error(c, DIAG_C_TYPE, m->loc, "a member cannot be a function; a pointer to one can");
		return false;
	}
	if (c_complete(&m->type))
		return true;
	msg = c_error(c, DIAG_C_TYPE, m->loc, "the size of '%s' is not known: it is defined nowhere "
		      "before this", m->type.type->spelling);
	if (c->host && host_btf_missing(c->host))
		diag_hint(msg, "%s", host_btf_missing(c->host));
	return false;
}

/* `int a, *b, c : 3;` behind its specifiers. */
static bool declared_members(struct cdef *c, const struct c_type *base, struct c_members *members)
{
	struct c_declarator d;

	do {
		struct c_member m = { .bits = -1 };

		if (!c_declarator(c, base, &d))
			return false;
		m.name = d.name;
		m.loc = d.loc;
		m.type = d.type;
		if (!check_member(c, &m))
			return false;
		if (c_accept(c, ':')) {
			if (!bit_width(c, &m))
				return false;
		} else if (!m.name) {
			c_error(c, DIAG_C_SYNTAX, c->token.loc, "the name of a member is missing here");
			return false;
		}
		if (!c_attributes(c, &m.attributes) || !add_member(c, members, &m))
			return false;
	} while (c_accept(c, ','));
	return true;
}

static bool member_declaration(struct cdef *c, struct c_members *members)
{
	struct loc loc = c->token.loc;
	struct c_type base;
	bool is_typedef;

	if (!c_specifiers(c, &base, &is_typedef))
		return false;
	if (!c_at(c, ';')) {
		if (!declared_members(c, &base, members))
			return false;
	} else if (base.type->kind == TYPE_STRUCT) { /* an anonymous member */
		struct c_member m = { .bits = -1, .loc = loc, .type = base };

		if (!*base.type->record->name &&
		    (!check_member(c, &m) || !add_member(c, members, &m)))
			return false;
	}
	return c_expect(c, ';', "behind a member");
}

static bool struct_body(struct cdef *c, bool is_union, const char *name, struct loc loc,
			struct c_attributes attributes, struct c_type *out)
{
	struct type_struct *s = c_define_struct(c, is_union, name, loc);
	struct c_members members = { 0 };

	if (!s)
		return false;
	c_advance(c);
	while (!c_at(c, '}')) {
		if (c_accept(c, ';'))
			continue;
		if (c->token.kind == C_END) {
			c_error(c, DIAG_C_SYNTAX, loc, "this definition has no closing '}'");
			return false;
		}
		if (!member_declaration(c, &members))
			return false;
	}
	c_advance(c);
	if (!c_attributes(c, &attributes) || !c_lay_out(c, s, &members, attributes))
		return false;
	s->is_complete = true;
	*out = c_type_of(type_struct(c->types, s, SPACE_UNKNOWN));
	return true;
}

/* --- enums ------------------------------------------------------------------------------------ */

struct enum_values {
	struct enumerator_list VEC_OF(struct type_enumerator) list;
	uint64_t next;
	bool next_is_negative;
	bool has_negative, is_wide;
};

static bool enumerator(struct cdef *c, struct enum_values *v)
{
	struct type_enumerator e;
	struct loc loc = c->token.loc;
	struct c_attributes unused = { 0 };
	struct c_value value = { v->next, !v->next_is_negative, true };

	if (c->token.kind != C_NAME) {
		c_error(c, DIAG_C_SYNTAX, loc, "the name of an enumerator is missing here");
		return false;
	}
	e.name = c_text_of(c, &c->token);
	c_advance(c);
	if (!c_attributes(c, &unused) || (c_accept(c, '=') && !c_constant(c, &value)))
		return false;
	e.value = value.bits;
	if (!c_define_enumerator(c, e.name, loc, e.value, c_is_negative(&value)))
		return false;
	v->has_negative |= c_is_negative(&value);
	v->is_wide |= c_is_negative(&value) ? (int64_t)value.bits < INT32_MIN
					    : value.bits > UINT32_MAX;
	v->next = e.value + 1;
	v->next_is_negative = c_is_negative(&value) && v->next;
	arena_vec_push(c->arena, &v->list, e);
	return true;
}

/* Bytes of the smallest type that holds all values. */
static uint8_t packed_size(const struct enum_values *v)
{
	for (uint32_t size = 1; size < 4; size *= 2) {
		int64_t max = v->has_negative ? (1ll << (8 * size - 1)) - 1 : (1ll << 8 * size) - 1;
		bool fits = true;

		for (size_t i = 0; i < v->list.count; i++) {
			int64_t value = (int64_t)v->list.items[i].value;

			fits &= value <= max && value >= (v->has_negative ? -max - 1 : 0);
		}
		if (fits)
			return (uint8_t)size;
	}
	return 4;
}

/* int holds negative values; what it cannot hold beside them makes the enum long. */
static bool exceeds_int(const struct enum_values *v)
{
	for (size_t i = 0; v->has_negative && i < v->list.count; i++)
		if ((int64_t)v->list.items[i].value > INT32_MAX)
			return true;
	return false;
}

static bool enum_body(struct cdef *c, const char *name, struct loc loc,
		      struct c_attributes attributes, struct c_type *out)
{
	struct enum_values values = { 0 };
	struct type_enum *e = ARENA_NEW(c->arena, struct type_enum);

	c_advance(c);
	while (!c_at(c, '}')) {
		if (!enumerator(c, &values))
			return false;
		if (!c_at(c, '}') && !c_expect(c, ',', "or '}' behind an enumerator"))
			return false;
	}
	c_advance(c);
	if (!c_attributes(c, &attributes))
		return false;
	e->name = name ? name : "";
	e->is_signed = values.has_negative;
	e->values = values.list.items;
	e->count = (uint32_t)values.list.count;
	e->size = values.is_wide || exceeds_int(&values) ? 8 :
		  attributes.is_packed ? packed_size(&values) : 4;
	c_define_enum(c, e->name, loc, e);
	c_type_enumerators(c, e);
	*out = c_type_of(type_enum(c->types, e));
	return !c->is_failed;
}

/* --- both ------------------------------------------------------------------------------------- */

static bool tagged_type(struct cdef *c, struct c_type *out)
{
	enum cdef_tag tag = c_at_word(c, "struct") ? CDEF_STRUCT :
			    c_at_word(c, "union") ? CDEF_UNION : CDEF_ENUM;
	struct c_attributes attributes = { 0 };
	const char *name = NULL;
	struct loc loc;

	c_advance(c);
	if (!c_attributes(c, &attributes))
		return false;
	loc = c->token.loc;
	if (c->token.kind == C_NAME) {
		name = c_text_of(c, &c->token);
		c_advance(c);
	}
	if (c_at(c, '{'))
		return tag == CDEF_ENUM
			       ? enum_body(c, name, loc, attributes, out)
			       : struct_body(c, tag == CDEF_UNION, name, loc, attributes, out);
	if (!name) {
		c_error(c, DIAG_C_SYNTAX, loc, "a name or '{' is missing here");
		return false;
	}
	*out = c_tag_type(c, tag, name);
	return true;
}

bool c_tagged_type(struct cdef *c, struct c_type *out)
{
	bool is_good;

	if (c->depth >= C_MAX_DEPTH) {
		c_error(c, DIAG_C_LIMIT, c->token.loc, "definitions are nested more than %d levels deep",
			C_MAX_DEPTH);
		return false;
	}
	c->depth++;
	is_good = tagged_type(c, out);
	c->depth--;
	return is_good;
}
