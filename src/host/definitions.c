/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Definitions of structs, unions and enums as C text, which compiles to the same layout: gaps that
 * the members' own alignment does not explain are shown as unnamed bit-fields, and a struct whose
 * members lie closer than that is packed.
 */
#include <errno.h>
#include <string.h>
#include "host/spell.h"
#include "util/text.h"

#define MAX_INDENT 32
#define LARGE_GAP  (128 * 8) /* bits */

/* --- layout ---------------------------------------------------------------------------------- */

static uint32_t member_bits(const struct btf_type *t, const struct btf_member *m, uint32_t *width)
{
	bool has_widths = BTF_INFO_KFLAG(t->info);

	*width = has_widths ? BTF_MEMBER_BITFIELD_SIZE(m->offset) : 0;
	return has_widths ? BTF_MEMBER_BIT_OFFSET(m->offset) : m->offset;
}

/* Some member does not lie where its alignment wants it, or the struct ends where an array of them
 * could not go on. */
static bool is_packed(struct btf_image *b, const struct btf_type *t)
{
	const struct btf_member *m = (const struct btf_member *)(t + 1);
	uint32_t align, width, most = 1;

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		uint32_t at = member_bits(t, &m[i], &width);

		align = btf_align(b, m[i].type);
		most = MAX(most, align);
		if (!width && at % (8 * align))
			return true;
	}
	return t->size % most;
}

struct layout {
	uint64_t at;	/* bits that are taken so far */
	bool is_packed;
};

/* As an array, which needs a name. */
static void add_large_gap(struct speller *s, struct layout *l, uint64_t to, struct strbuf *out)
{
	strbuf_add_repeat(out, '\t', s->indent + 1);
	strbuf_printf(out, "char __gap_at_%llu[%llu];\n", (unsigned long long)l->at / 8,
		      (unsigned long long)(to - l->at) / 8);
	l->at += (to - l->at) / 8 * 8;
}

/* Unnamed bit-fields from l->at up to bit `to`, each as large as it can be. */
static void add_padding(struct speller *s, struct layout *l, uint64_t to, struct strbuf *out)
{
	static const struct {
		const char *type;
		uint32_t bits;
	} units[] = { { "long", 64 }, { "int", 32 }, { "short", 16 }, { "char", 8 } };

	while (l->at < to && s->left) {
		size_t u = 0;
		uint64_t end;

		if (l->at % 8 == 0 && to - l->at >= LARGE_GAP) {
			add_large_gap(s, l, to, out);
			continue;
		}
		/* The largest that begins and ends where it may. */
		while (u + 1 < ARRAY_SIZE(units) &&
		       (l->at % units[u].bits || l->at + units[u].bits > to))
			u++;
		end = MIN(to, l->at - l->at % units[u].bits + units[u].bits);
		strbuf_add_repeat(out, '\t', s->indent + 1);
		strbuf_printf(out, "%s: %llu;\n", units[u].type, (unsigned long long)(end - l->at));
		l->at = end;
		s->left--;
	}
}

/* Where the compiler would put the member if nothing was known but its type. */
static uint64_t natural_place(struct btf_image *b, const struct layout *l,
			      const struct btf_member *m, uint32_t width)
{
	uint64_t align = l->is_packed ? 8 : 8 * (uint64_t)btf_align(b, m->type);
	uint64_t unit = 8 * (uint64_t)btf_type_bytes(b, m->type);

	if (!width)
		return (l->at + align - 1) / align * align;
	/* A bit-field does not cross a unit of its type. */
	if (!l->is_packed && unit && l->at % unit + width > unit)
		return (l->at + unit - 1) / unit * unit;
	return l->at;
}

/* --- bodies ---------------------------------------------------------------------------------- */

static void add_member(struct speller *s, const struct btf_type *t, const struct btf_member *m,
		       struct layout *l, struct strbuf *out)
{
	uint32_t width, at = member_bits(t, m, &width);
	bool is_union = btf_kind(t) == BTF_KIND_UNION;

	if (!is_union && natural_place(s->image, l, m, width) < at)
		add_padding(s, l, at, out);
	strbuf_add_repeat(out, '\t', s->indent + 1);
	s->indent++;
	spell_declaration(s, m->type, btf_text(s->image, m->name_off), out);
	s->indent--;
	if (width)
		strbuf_printf(out, ": %u", width);
	strbuf_add_text(out, ";\n");
	l->at = at + (width ? width : 8ull * btf_type_bytes(s->image, m->type));
}

static void add_members(struct speller *s, const struct btf_type *t, struct strbuf *out)
{
	const struct btf_member *m = (const struct btf_member *)(t + 1);
	struct layout l = { 0, is_packed(s->image, t) };
	uint64_t end = 8ull * t->size;
	uint64_t align = 8ull * (l.is_packed ? 1 : btf_record_align(s->image, t));

	for (uint32_t i = 0; i < btf_vlen(t) && s->left; i++)
		add_member(s, t, &m[i], &l, out);
	if (btf_kind(t) == BTF_KIND_STRUCT && (l.at + align - 1) / align * align < end)
		add_padding(s, &l, end, out);
	strbuf_add_repeat(out, '\t', s->indent);
	strbuf_add_text(out, l.is_packed ? "} __attribute__((packed))" : "}");
}

static void add_enumerators(struct speller *s, const struct btf_type *t, struct strbuf *out)
{
	bool is_signed = BTF_INFO_KFLAG(t->info), is_wide = btf_kind(t) == BTF_KIND_ENUM64;

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		uint64_t value = btf_enumerator_value(t, i);

		strbuf_add_repeat(out, '\t', s->indent + 1);
		strbuf_printf(out, is_signed ? "%s = %lld%s,\n" : "%s = %llu%s,\n",
			      btf_text(s->image, btf_enumerator_name(t, i)),
			      (unsigned long long)value,
			      !is_wide ? "" : is_signed ? "LL" : "ULL");
	}
	strbuf_add_repeat(out, '\t', s->indent);
	strbuf_add_text(out, t->size == 1 ? "} __attribute__((mode(byte)))" :
			     t->size == 2 ? "} __attribute__((mode(HI)))" : "}");
}

static void add_body(struct speller *s, const struct btf_type *t, struct strbuf *out)
{
	static const char *const openings[] = {
		[BTF_KIND_STRUCT] = "struct", [BTF_KIND_UNION] = "union",
		[BTF_KIND_ENUM] = "enum",     [BTF_KIND_ENUM64] = "enum",
	};
	const char *name = btf_text(s->image, t->name_off);
	uint32_t kind = btf_kind(t);

	if (s->indent > MAX_INDENT) { /* an anonymous struct that leads back to itself */
		strbuf_printf(out, "%s {...}", openings[kind]);
		s->left = 0;
		return;
	}
	strbuf_printf(out, *name ? "%s %s {\n" : "%s%s {\n", openings[kind], name);
	if (kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64)
		add_enumerators(s, t, out);
	else if (btf_struct_ends(s->image, t))
		add_members(s, t, out);
	else
		strbuf_add_text(out, "/* contains itself */ }");
}

/* --- searching ------------------------------------------------------------------------------- */

struct search {
	uint32_t kind;
	const char *pattern;
	bool with_body;
	host_definition_fn *fn;
	void *context;
	struct strmap seen; /* names or definitions that were already told */
};

static bool is_wanted_kind(const struct search *s, uint32_t kind)
{
	return kind == s->kind || (kind == BTF_KIND_ENUM64 && s->kind == BTF_KIND_ENUM);
}

static int offer(struct btf_image *b, uint32_t id, const struct btf_type *t, void *context)
{
	struct speller speller = { .image = b, .left = SPELL_MAX_RECORDS, .body = add_body };
	auto_strbuf struct strbuf text = STRBUF_INIT;
	struct search *s = context;
	size_t before = s->seen.count;
	const char *name;

	(void)id;
	if (!is_wanted_kind(s, btf_kind(t)) || !t->name_off)
		return 0;
	name = btf_text(b, t->name_off);
	if (!text_glob(s->pattern, name))
		return 0;
	if (s->with_body) {
		add_body(&speller, t, &text);
		strbuf_add_text(&text, ";\n");
	}
	strmap_set(&s->seen, s->with_body ? text.text : name, s);
	if (s->seen.count > before)
		s->fn(b->module, name, strbuf_text(&text), s->context);
	return 0;
}

static int offer_module(struct btf_image *b, void *context)
{
	return btf_each(b, offer, context);
}

int host_each_definition(struct host *h, enum host_definition what, const char *pattern,
			 bool with_body, host_definition_fn *fn, void *context)
{
	static const uint32_t kinds[] = {
		[DEFINITION_STRUCT] = BTF_KIND_STRUCT,
		[DEFINITION_UNION] = BTF_KIND_UNION,
		[DEFINITION_ENUM] = BTF_KIND_ENUM,
	};
	struct search s = { kinds[what], pattern, with_body, fn, context, STRMAP_INIT };
	struct btf_image *b = btf_kernel(h);

	if (!b)
		return -ENOENT;
	btf_each(b, offer, &s);
	btf_each_module(h, offer_module, &s);
	strmap_free(&s.seen);
	return 0;
}
