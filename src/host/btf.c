/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BTF searched without an index: the kernel's, or a module's, which continues it.
 *
 * A name is first looked for in the string section, which holds each text once, and then types are
 * walked comparing numbers, so a search touches neither other names nor the members behind them:
 * some 0.5 ms at most, and no memory of ours beyond one offset per BTF_STRIDE types.
 *
 * The file is trusted as little as any other (BPFTRACE_BTF may name one): every record is checked
 * to lie within the type section before it is looked at.
 *
 * Not here: where the bytes come from (btf_file.c), what a type means (btf_types.c).
 */
#include <errno.h>
#include <string.h>
#include "host/host_private.h"
#include "util/text.h"

#define MAX_DEPTH 32

/* The kinds of Linux 6.18. Bytes behind struct btf_type: fixed, and per element of vlen. */
static const struct {
	bool is_known;
	uint8_t fixed, per_item;
} kinds[] = {
	[BTF_KIND_INT] = { true, 4, 0 },
	[BTF_KIND_ARRAY] = { true, sizeof(struct btf_array), 0 },
	[BTF_KIND_STRUCT] = { true, 0, sizeof(struct btf_member) },
	[BTF_KIND_UNION] = { true, 0, sizeof(struct btf_member) },
	[BTF_KIND_ENUM] = { true, 0, sizeof(struct btf_enum) },
	[BTF_KIND_FUNC_PROTO] = { true, 0, sizeof(struct btf_param) },
	[BTF_KIND_VAR] = { true, sizeof(struct btf_var), 0 },
	[BTF_KIND_DATASEC] = { true, 0, sizeof(struct btf_var_secinfo) },
	[BTF_KIND_DECL_TAG] = { true, sizeof(struct btf_decl_tag), 0 },
	[BTF_KIND_ENUM64] = { true, 0, sizeof(struct btf_enum64) },
	[BTF_KIND_FWD] = { true, 0, 0 },
	[BTF_KIND_TYPEDEF] = { true, 0, 0 },
	[BTF_KIND_VOLATILE] = { true, 0, 0 },
	[BTF_KIND_CONST] = { true, 0, 0 },
	[BTF_KIND_RESTRICT] = { true, 0, 0 },
	[BTF_KIND_PTR] = { true, 0, 0 },
	[BTF_KIND_FUNC] = { true, 0, 0 },
	[BTF_KIND_FLOAT] = { true, 0, 0 },
	[BTF_KIND_TYPE_TAG] = { true, 0, 0 },
};

/* --- walking ---------------------------------------------------------------------------------- */

static bool is_known(uint32_t kind)
{
	return kind < ARRAY_SIZE(kinds) && kinds[kind].is_known;
}

/* Bytes of the record at p, 0 if it does not fit into the section or is of a kind that did not exist
 * when this was written: what is behind it cannot be found then. */
static size_t record_size(const struct btf_image *b, const char *p)
{
	const struct btf_type *t = (const struct btf_type *)p;
	size_t size = sizeof(*t), room = (size_t)(b->types_end - p);
	uint32_t kind;

	if (room < size)
		return 0;
	kind = btf_kind(t);
	if (!is_known(kind))
		return 0;
	size += kinds[kind].fixed + (size_t)kinds[kind].per_item * btf_vlen(t);
	return size <= room ? size : 0;
}

struct walk {
	const char *at;
	uint32_t id; /* of the record at `at` */
};

static struct walk walk_from_start(const struct btf_image *b)
{
	return (struct walk){ b->types, b->first_id };
}

static void remember(struct btf_image *b, const struct walk *w)
{
	uint32_t index = w->id - b->first_id;

	if (index % BTF_STRIDE == 0 && index / BTF_STRIDE == b->marks.count)
		vec_push(&b->marks, (uint32_t)(w->at - b->types));
}

static void end_walk(struct btf_image *b, const struct walk *w)
{
	const struct btf_type *t = (const struct btf_type *)w->at;

	b->end_id = w->id;
	if (w->at == b->types_end)
		return;
	if (b->types_end - w->at >= (ptrdiff_t)sizeof(*t) && !is_known(btf_kind(t)))
		btf_problem(b, "its type %u is of kind %u, which is not known", w->id, btf_kind(t));
	else
		btf_problem(b, "its type %u does not fit into it", w->id);
}

/* The record the walk stands at, after which it steps on; NULL at the end. */
static const struct btf_type *step(struct btf_image *b, struct walk *w)
{
	const char *at = w->at;
	size_t size = record_size(b, at);

	if (!size) {
		end_walk(b, w);
		return NULL;
	}
	remember(b, w);
	w->at += size;
	w->id++;
	return (const struct btf_type *)at;
}

const struct btf_type *btf_by_id(struct btf_image *b, uint32_t id)
{
	struct walk w;
	size_t mark;

	b = btf_home(b, id);
	if (id < b->first_id || (b->end_id && id >= b->end_id))
		return NULL;
	w = walk_from_start(b);
	if (b->marks.count) {
		mark = MIN((size_t)(id - b->first_id) / BTF_STRIDE, b->marks.count - 1);
		w = (struct walk){ b->types + b->marks.items[mark],
				   b->first_id + (uint32_t)mark * BTF_STRIDE };
	}
	for (;;) {
		uint32_t at = w.id;
		const struct btf_type *t = step(b, &w);

		if (!t || at == id)
			return t;
	}
}

uint32_t btf_end_id(struct btf_image *b)
{
	if (!b->end_id)
		btf_by_id(b, UINT32_MAX);
	return b->end_id;
}

int btf_each(struct btf_image *b, int (*fn)(struct btf_image *b, uint32_t id,
					    const struct btf_type *t, void *context),
	     void *context)
{
	struct walk w = walk_from_start(b);

	for (;;) {
		uint32_t id = w.id;
		const struct btf_type *t = step(b, &w);
		int stop;

		if (!t)
			return 0;
		stop = fn(b, id, t, context);
		if (stop)
			return stop;
	}
}

const char *btf_text(const struct btf_image *b, uint32_t offset)
{
	if (offset < b->first_text)
		return btf_text(b->base, offset);
	offset -= b->first_text;
	return offset < b->strings_len ? b->strings + offset : "";
}

uint32_t btf_find_text(struct btf_image *b, const char *text)
{
	size_t len = strlen(text);
	const char *hit;
	uint32_t found;

	if (!len)
		return 0;
	found = b->base ? btf_find_text(b->base, text) : 0;
	if (found)
		return found;
	/* A module's section need not begin with an empty string. */
	if (b->base && b->strings_len > len && !memcmp(b->strings, text, len + 1))
		return b->first_text;

	/* With the NUL before it, which every other string has. */
	auto_free char *pattern = xmalloc(len + 2);

	pattern[0] = '\0';
	memcpy(pattern + 1, text, len + 1);
	hit = memmem(b->strings, b->strings_len, pattern, len + 2);
	return hit ? b->first_text + (uint32_t)(hit + 1 - b->strings) : 0;
}

/* --- names ------------------------------------------------------------------------------------ */

struct btf_found {
	uint32_t id; /* 0: there is no such type */
};

struct wanted {
	uint32_t name, kind, id;
};

static bool is_kind(uint32_t kind, uint32_t wanted)
{
	return kind == wanted || (kind == BTF_KIND_ENUM64 && wanted == BTF_KIND_ENUM);
}

static int compare_name(struct btf_image *b, uint32_t id, const struct btf_type *t, void *context)
{
	struct wanted *w = context;

	(void)b;
	if (t->name_off != w->name || !is_kind(btf_kind(t), w->kind))
		return 0;
	w->id = id;
	return 1;
}

int btf_find(struct btf_image *b, const char *name, uint32_t kind, uint32_t *id)
{
	auto_strbuf struct strbuf key = STRBUF_INIT;
	struct btf_found *found;
	struct wanted w = { .kind = kind };

	strbuf_printf(&key, "%u %s", kind, name);
	found = strmap_get(&b->ids, key.text);
	if (!found) {
		w.name = btf_find_text(b, name);
		if (w.name)
			btf_each(b, compare_name, &w);
		found = ARENA_NEW(&b->host->arena, struct btf_found);
		found->id = w.id;
		strmap_set(&b->ids, key.text, found);
	}
	if (!found->id)
		return -ENOENT;
	*id = found->id;
	return 0;
}

void btf_remember(struct btf_image *b, const char *name, uint32_t kind, uint32_t id)
{
	auto_strbuf struct strbuf key = STRBUF_INIT;
	struct btf_found *found;

	strbuf_printf(&key, "%u %s", kind, name);
	if (strmap_get(&b->ids, key.text))
		return;
	found = ARENA_NEW(&b->host->arena, struct btf_found);
	found->id = id;
	strmap_set(&b->ids, key.text, found);
}

int host_btf_find(struct host *h, const char *name, uint32_t kind, uint32_t *id)
{
	struct btf_image *b = btf_kernel(h);

	return b ? btf_find(b, name, kind, id) : -ENOENT;
}

struct similar {
	struct text_nearest nearest;
	uint32_t kind;
};

static int offer_name(struct btf_image *b, uint32_t id, const struct btf_type *t, void *context)
{
	struct similar *s = context;

	(void)id;
	if (is_kind(btf_kind(t), s->kind) && t->name_off)
		text_nearest_offer(&s->nearest, btf_text(b, t->name_off));
	return 0;
}

static int offer_names(struct btf_image *b, void *context)
{
	return btf_each(b, offer_name, context);
}

const char *host_btf_nearest(struct host *h, uint32_t kind, const char *name)
{
	struct btf_image *b = btf_kernel(h);
	struct similar s = { .kind = kind };

	text_nearest_init(&s.nearest, name);
	if (b)
		btf_each(b, offer_name, &s);
	if (!s.nearest.best)
		btf_each_module(h, offer_names, &s);
	return s.nearest.best;
}

/* Looks through anonymous members too. */
static int find_member(struct btf_image *b, uint32_t id, const char *name, int depth,
		       uint32_t *offset, uint32_t *size)
{
	const struct btf_type *t = btf_by_id(b, id);
	const struct btf_member *m;

	if (!t || depth > MAX_DEPTH ||
	    (btf_kind(t) != BTF_KIND_STRUCT && btf_kind(t) != BTF_KIND_UNION))
		return -ENOENT;
	m = (const struct btf_member *)(t + 1);
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		uint32_t bits = BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m[i].offset)
							: m[i].offset;

		if (!m[i].name_off) {
			if (find_member(b, m[i].type, name, depth + 1, offset, size))
				continue;
			*offset += bits / 8;
			return 0;
		}
		if (strcmp(btf_text(b, m[i].name_off), name))
			continue;
		*offset = bits / 8;
		*size = btf_type_bytes(b, m[i].type);
		return 0;
	}
	return -ENOENT;
}

int host_btf_member(struct host *h, const char *struct_name, const char *member,
		    uint32_t *offset, uint32_t *size)
{
	uint32_t id;

	if (host_btf_find(h, struct_name, BTF_KIND_STRUCT, &id))
		return -ENOENT;
	return find_member(&h->btf, id, member, 0, offset, size);
}

/* --- kfuncs ----------------------------------------------------------------------------------- */

struct tag {
	uint32_t name, of;
};

static int is_tag(struct btf_image *b, uint32_t id, const struct btf_type *t, void *context)
{
	const struct tag *tag = context;

	(void)b;
	(void)id;
	return btf_kind(t) == BTF_KIND_DECL_TAG && t->name_off == tag->name && t->type == tag->of;
}

/* Marked "bpf_kfunc" since 6.10, when pahole was told to. */
bool host_is_kfunc(struct host *h, const char *name)
{
	struct tag tag;

	if (host_btf_find(h, name, BTF_KIND_FUNC, &tag.of))
		return false;
	tag.name = btf_find_text(&h->btf, "bpf_kfunc");
	return !tag.name || btf_each(&h->btf, is_tag, &tag);
}
