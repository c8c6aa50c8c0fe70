/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BTF types as C writes them: a declarator grows around the name from the inside out while the type
 * is followed to the specifier that goes in front of it all.
 *
 * Hostile BTF can make types of types without end, so a spelling may look at so many and no more.
 */
#include <string.h>
#include "host/host_private.h"
#include "util/strbuf.h"

#define MAX_RECORDS 2048 /* looked at for one spelling */
#define MAX_TEXT    (64 * 1024)

struct speller {
	struct btf_image *image;
	uint32_t left; /* records it may still look at */
};

static void declare(struct speller *s, uint32_t id, const char *name, struct strbuf *out);

static void put_front(struct strbuf *b, const char *text)
{
	auto_strbuf struct strbuf old = *b;

	*b = (struct strbuf)STRBUF_INIT;
	strbuf_printf(b, "%s%s", text, strbuf_text(&old));
}

static bool is_behind_name(const struct btf_type *t)
{
	return t && (btf_kind(t) == BTF_KIND_ARRAY || btf_kind(t) == BTF_KIND_FUNC_PROTO);
}

static void add_parameters(struct speller *s, const struct btf_type *proto, struct strbuf *out)
{
	const struct btf_param *params = (const struct btf_param *)(proto + 1);
	uint32_t count = btf_vlen(proto);

	strbuf_add_text(out, "(");
	for (uint32_t i = 0; i < count && s->left; i++) {
		strbuf_add_text(out, i ? ", " : "");
		if (params[i].type)
			declare(s, params[i].type, btf_text(s->image, params[i].name_off), out);
		else
			strbuf_add_text(out, "...");
	}
	strbuf_add_text(out, count ? ")" : "void)");
}

/* Qualifiers follow the star that they belong to and lead any other type. */
static const struct {
	const char *word;
	const char *keyword; /* before the name of a type that has one */
	bool is_qualifier;
} words[] = {
	[BTF_KIND_CONST] = { "const ", NULL, true },
	[BTF_KIND_VOLATILE] = { "volatile ", NULL, true },
	[BTF_KIND_RESTRICT] = { "restrict ", NULL, true },
	[BTF_KIND_TYPE_TAG] = { "", NULL, true },
	[BTF_KIND_STRUCT] = { NULL, "struct ", false },
	[BTF_KIND_UNION] = { NULL, "union ", false },
	[BTF_KIND_ENUM] = { NULL, "enum ", false },
	[BTF_KIND_ENUM64] = { NULL, "enum ", false },
	[BTF_KIND_INT] = { NULL, "", false },
	[BTF_KIND_FLOAT] = { NULL, "", false },
	[BTF_KIND_TYPEDEF] = { NULL, "", false },
};

/* The name of a type with its keyword; an anonymous one shows that it has a body. */
static void add_specifier(struct btf_image *b, const struct btf_type *t, struct strbuf *out)
{
	uint32_t kind = t ? btf_kind(t) : BTF_KIND_UNKN;
	const char *name = t ? btf_text(b, t->name_off) : "";
	const char *keyword = "void";

	if (kind == BTF_KIND_FWD)
		keyword = BTF_INFO_KFLAG(t->info) ? "union " : "struct ";
	else if (kind < ARRAY_SIZE(words) && words[kind].keyword)
		keyword = words[kind].keyword;
	else
		name = NULL;
	strbuf_printf(out, "%s%s", keyword, !name ? "" : *name ? name : "{...}");
}

/* Whether qualifiers from `id` on end at a pointer, whose star they follow. */
static bool qualifies_pointer(struct speller *s, const struct btf_type *t)
{
	for (int depth = 0; t && depth < 16; depth++) {
		uint32_t kind = btf_kind(t);

		if (kind >= ARRAY_SIZE(words) || !words[kind].is_qualifier)
			return kind == BTF_KIND_PTR;
		t = btf_by_id(s->image, t->type);
	}
	return false;
}

/* Follows a type from the name outwards; what is left is the record for the specifier. */
static const struct btf_type *wrap(struct speller *s, uint32_t id, struct strbuf *front,
				   struct strbuf *declarator)
{
	while (s->left) {
		const struct btf_type *t = id ? btf_by_id(s->image, id) : NULL;
		uint32_t kind = t ? btf_kind(t) : BTF_KIND_UNKN;

		s->left--;
		if (kind == BTF_KIND_PTR) {
			put_front(declarator, "*");
			if (is_behind_name(btf_by_id(s->image, t->type))) {
				put_front(declarator, "(");
				strbuf_add_text(declarator, ")");
			}
		} else if (kind == BTF_KIND_ARRAY) {
			const struct btf_array *array = (const struct btf_array *)(t + 1);

			strbuf_printf(declarator, array->nelems ? "[%u]" : "[]", array->nelems);
			id = array->type;
			continue;
		} else if (kind == BTF_KIND_FUNC_PROTO) {
			add_parameters(s, t, declarator);
		} else if (kind < ARRAY_SIZE(words) && words[kind].is_qualifier) {
			if (qualifies_pointer(s, t))
				put_front(declarator, words[kind].word);
			else
				strbuf_add_text(front, words[kind].word);
		} else {
			return t;
		}
		id = t->type;
	}
	return NULL;
}

static void declare(struct speller *s, uint32_t id, const char *name, struct strbuf *out)
{
	auto_strbuf struct strbuf declarator = STRBUF_INIT;
	auto_strbuf struct strbuf front = STRBUF_INIT;
	const struct btf_type *last;

	strbuf_add_text(&declarator, name);
	last = wrap(s, id, &front, &declarator);
	strbuf_add_text(out, strbuf_text(&front));
	add_specifier(s->image, last, out);
	if (declarator.len)
		strbuf_printf(out, declarator.text[0] == '[' ? "%s" : " %s", declarator.text);
	if (out->len > MAX_TEXT)
		s->left = 0;
	/* "*const " where no name follows */
	while (out->len && out->text[out->len - 1] == ' ')
		out->text[--out->len] = '\0';
}

void btf_spell(struct btf_image *b, uint32_t id, struct strbuf *out)
{
	struct speller s = { b, MAX_RECORDS };

	declare(&s, id, "", out);
}
