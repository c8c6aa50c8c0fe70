/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BTF types as C writes them: a declarator grows around the name from the inside out while the type
 * is followed to the specifier that goes in front of it all.
 */
#include "host/spell.h"

#include <string.h>
#include "util/strbuf.h"

#define MAX_TEXT  (4 * 1024 * 1024)
#define MAX_CHAIN 64 /* from a name to the specifier */
#define MAX_NESTING 16 /* of functions that are passed to functions */

static void put_front(struct strbuf *b, const char *text)
{
	auto_strbuf struct strbuf old = *b;

	*b = (struct strbuf)STRBUF_INIT;
	strbuf_add_text(b, text);
	strbuf_append(b, strbuf_text(&old), old.len);
}

static bool is_behind_name(const struct btf_type *t)
{
	return t && (btf_kind(t) == BTF_KIND_ARRAY || btf_kind(t) == BTF_KIND_FUNC_PROTO);
}

static void add_parameters(struct speller *s, const struct btf_type *proto, struct strbuf *out)
{
	const struct btf_param *params = (const struct btf_param *)(proto + 1);
	uint32_t count = btf_vlen(proto);
	struct speller inner = *s;

	inner.body = NULL;
	if (inner.nesting++ > MAX_NESTING) {
		strbuf_add_text(out, "(...)");
		return;
	}
	strbuf_add_text(out, "(");
	for (uint32_t i = 0; i < count && inner.left; i++) {
		strbuf_add_text(out, i ? ", " : "");
		if (params[i].type)
			spell_declaration(&inner, params[i].type,
					  btf_text(s->image, params[i].name_off), out);
		else
			strbuf_add_text(out, "...");
	}
	strbuf_add_text(out, count ? ")" : "void)");
	s->left = inner.left;
}

static const char *const qualifiers[] = {
	[BTF_KIND_CONST] = "const ",
	[BTF_KIND_VOLATILE] = "volatile ",
	[BTF_KIND_RESTRICT] = "restrict ",
	[BTF_KIND_TYPE_TAG] = "",
};

static bool is_qualifier(uint32_t kind)
{
	return kind < ARRAY_SIZE(qualifiers) && qualifiers[kind];
}

/* Tags as the kernel's sources write them: `__user`. Those with the flag (6.14, 53ee0d66d7a6) are
 * other attributes of the compiler. */
static void add_tag(const struct btf_image *b, const struct btf_type *t, struct strbuf *out)
{
	strbuf_printf(out, BTF_INFO_KFLAG(t->info) ? "__attribute__((%s)) " : "__%s ",
		      btf_text(b, t->name_off));
}

static const char *const keywords[] = {
	[BTF_KIND_STRUCT] = "struct ", [BTF_KIND_UNION] = "union ", [BTF_KIND_ENUM] = "enum ",
	[BTF_KIND_ENUM64] = "enum ",   [BTF_KIND_INT] = "",	    [BTF_KIND_FLOAT] = "",
	[BTF_KIND_TYPEDEF] = "",
};

static bool has_body(uint32_t kind)
{
	return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION || kind == BTF_KIND_ENUM ||
	       kind == BTF_KIND_ENUM64;
}

void spell_specifier(struct speller *s, const struct btf_type *t, struct strbuf *out)
{
	uint32_t kind = t ? btf_kind(t) : BTF_KIND_UNKN;
	const char *name = t ? btf_text(s->image, t->name_off) : "";

	if (kind == BTF_KIND_FWD)
		strbuf_printf(out, "%s%s", BTF_INFO_KFLAG(t->info) ? "union " : "struct ", name);
	else if (kind >= ARRAY_SIZE(keywords) || !keywords[kind])
		strbuf_add_text(out, "void");
	else if (*name || !has_body(kind))
		strbuf_printf(out, "%s%s", keywords[kind], name);
	else if (s->body)
		s->body(s, t, out);
	else
		strbuf_printf(out, "%s{...}", keywords[kind]);
}

/* Whether qualifiers from here on end at a pointer, whose star they follow. */
static bool qualifies_pointer(struct speller *s, const struct btf_type *t)
{
	for (int depth = 0; t && depth < 16; depth++) {
		if (!is_qualifier(btf_kind(t)))
			return btf_kind(t) == BTF_KIND_PTR;
		t = btf_by_id(s->image, t->type);
	}
	return false;
}

struct declaration {
	struct strbuf front; /* qualifiers before the specifier */
	struct strbuf tags;  /* behind it */
	struct strbuf declarator;
};

static void wrap_pointer(struct speller *s, const struct btf_type *t, struct declaration *d)
{
	put_front(&d->declarator, "*");
	if (!is_behind_name(btf_by_id(s->image, t->type)))
		return;
	put_front(&d->declarator, "(");
	strbuf_add_text(&d->declarator, ")");
}

static void wrap_qualifier(struct speller *s, const struct btf_type *t, struct declaration *d)
{
	auto_strbuf struct strbuf word = STRBUF_INIT;
	bool is_tag = btf_kind(t) == BTF_KIND_TYPE_TAG;

	if (is_tag)
		add_tag(s->image, t, &word);
	else
		strbuf_add_text(&word, qualifiers[btf_kind(t)]);
	if (qualifies_pointer(s, t))
		put_front(&d->declarator, word.text);
	else
		strbuf_add_text(is_tag ? &d->tags : &d->front, word.text);
}

/* Follows a type from the name outwards; returns the record for the specifier. */
static const struct btf_type *wrap(struct speller *s, uint32_t id, struct declaration *d)
{
	for (int depth = 0; s->left && depth < MAX_CHAIN; depth++) {
		const struct btf_type *t = id ? btf_by_id(s->image, id) : NULL;
		uint32_t kind = t ? btf_kind(t) : BTF_KIND_UNKN;

		s->left--;
		if (kind == BTF_KIND_PTR)
			wrap_pointer(s, t, d);
		else if (kind == BTF_KIND_FUNC_PROTO)
			add_parameters(s, t, &d->declarator);
		else if (is_qualifier(kind))
			wrap_qualifier(s, t, d);
		else if (kind != BTF_KIND_ARRAY)
			return t;
		if (kind != BTF_KIND_ARRAY) {
			id = t->type;
			continue;
		}

		const struct btf_array *array = (const struct btf_array *)(t + 1);

		/* Empty brackets may only stand at a struct's end. */
		strbuf_printf(&d->declarator, array->nelems || s->body ? "[%u]" : "[]",
			      array->nelems);
		id = array->type;
	}
	return NULL;
}

static void trim(struct strbuf *b)
{
	while (b->len && b->text[b->len - 1] == ' ')
		b->text[--b->len] = '\0';
}

void spell_declaration(struct speller *s, uint32_t id, const char *name, struct strbuf *out)
{
	struct declaration d = { STRBUF_INIT, STRBUF_INIT, STRBUF_INIT };
	const struct btf_type *last;

	strbuf_add_text(&d.declarator, name);
	last = wrap(s, id, &d);
	strbuf_add_text(out, strbuf_text(&d.front));
	spell_specifier(s, last, out);
	trim(&d.tags);
	trim(&d.declarator); /* "*const " where no name follows */
	if (d.tags.len)
		strbuf_printf(out, " %s", d.tags.text);
	if (d.declarator.len)
		strbuf_printf(out, d.declarator.text[0] == '[' ? "%s" : " %s", d.declarator.text);
	if (out->len > MAX_TEXT)
		s->left = 0;
	strbuf_free(&d.front);
	strbuf_free(&d.tags);
	strbuf_free(&d.declarator);
}

void btf_spell(struct btf_image *b, uint32_t id, struct strbuf *out)
{
	struct speller s = { .image = b, .left = SPELL_MAX_RECORDS };

	spell_declaration(&s, id, "", out);
}
