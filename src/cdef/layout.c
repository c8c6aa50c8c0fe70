/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the members of a struct lie: the rules of the System V ABIs of x86-64 and arm64 as gcc and clang
 * apply them, with packed, aligned and #pragma pack.
 *
 * A bit-field goes behind the one before it unless it would cross a boundary of its own type; packed ones
 * cross. Width 0 goes to the next boundary. tests/unit/test_cdef_layout.c compares with the compiler.
 */
#include "cdef/private.h"

/* Whether unnamed bit-fields count for the struct's alignment. */
#if defined(__aarch64__)
#define UNNAMED_BITS_ALIGN true
#else
#define UNNAMED_BITS_ALIGN false
#endif

struct layout {
	bool is_union, is_packed;
	uint32_t pack;	/* #pragma pack, 0: none */
	uint64_t at;	/* first free bit */
	uint64_t size;	/* bytes so far: the largest member of a union */
	uint32_t align; /* bytes */
};

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

static void note_align(struct layout *l, uint32_t align)
{
	l->align = MAX(l->align, align);
}

static uint32_t member_align(const struct layout *l, const struct c_member *m)
{
	bool is_packed = l->is_packed || m->attributes.is_packed;
	uint32_t align = is_packed ? 1 : m->type.align;

	if (m->attributes.align)
		align = MAX(align, m->attributes.align);
	return l->pack ? MIN(align, l->pack) : align;
}

static bool crosses(uint64_t at, const struct c_member *m)
{
	uint64_t unit = m->type.align * 8ull, in_unit = at % unit;

	return (in_unit + (uint32_t)m->bits + unit - 1) / unit > m->type.size * 8 / unit;
}

void c_place_bits(struct field *f, uint64_t bit_offset, uint32_t bits)
{
	uint32_t unit = type_size(f->type) * 8;

	if (unit)
		f->offset = (uint32_t)(bit_offset / unit * (unit / 8));
	if (!unit || bit_offset - f->offset * 8ull + bits > unit)
		f->offset = (uint32_t)(bit_offset / 8); /* packed: crosses its unit */
	f->bit_offset = (uint8_t)(bit_offset - f->offset * 8ull);
	f->bit_size = (uint8_t)bits;
}

static void place_bit_field(struct layout *l, const struct c_member *m, struct field *f)
{
	bool is_packed = l->is_packed || m->attributes.is_packed;
	uint32_t align = member_align(l, m), natural = m->type.align;

	if (l->is_union)
		l->at = 0;
	if (!m->bits) {
		l->at = round_up(l->at, (l->pack ? MIN(natural, l->pack) : natural) * 8ull);
		if (UNNAMED_BITS_ALIGN)
			note_align(l, natural);
		return;
	}
	if (m->attributes.align)
		l->at = round_up(l->at, m->attributes.align * 8ull);
	if (!is_packed && !l->pack && crosses(l->at, m))
		l->at = round_up(l->at, natural * 8ull);
	if (m->name || UNNAMED_BITS_ALIGN)
		note_align(l, align);
	c_place_bits(f, l->at, (uint32_t)m->bits);
	l->at += (uint32_t)m->bits;
}

static void place_member(struct layout *l, const struct c_member *m, struct field *f)
{
	uint32_t align = member_align(l, m);

	if (l->is_union)
		l->at = 0;
	l->at = round_up(l->at, align * 8ull);
	f->offset = (uint32_t)(l->at / 8);
	l->at += m->type.size * 8;
	note_align(l, align);
}

bool c_lay_out(struct cdef *c, struct type_struct *s, const struct c_members *members,
	       struct c_attributes attributes)
{
	struct layout l = { .is_union = s->is_union, .is_packed = attributes.is_packed,
			    .pack = c->pack, .align = 1 };

	s->fields = ARENA_ARRAY(c->arena, struct field, members->count + 1);
	for (size_t i = 0; i < members->count; i++) {
		const struct c_member *m = &members->items[i];
		struct field *f = &s->fields[s->field_count];

		f->name = m->name;
		f->type = m->type.type;
		if (m->bits >= 0)
			place_bit_field(&l, m, f);
		else
			place_member(&l, m, f);
		/* In memory N bytes, in the language a string with room for a NUL. */
		f->is_unterminated = f->type->kind == TYPE_STRING;
		l.size = MAX(l.size, (l.at + 7) / 8);
		if (l.size > C_MAX_BYTES) {
			c_error(c, DIAG_C_LIMIT, m->loc, "the type is too large");
			return false;
		}
		if (m->bits < 0 || m->name)
			s->field_count++;
		else
			*f = (struct field){ 0 };
	}
	if (attributes.align)
		note_align(&l, attributes.align);
	s->align = l.align;
	s->size = (uint32_t)round_up(l.size, l.align);
	return true;
}
