/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's BTF: opened without copying, searched without an index.
 *
 * /sys/kernel/btf/vmlinux can be mapped since 6.16 (a539e2a6d51d); before, it is read. A name is
 * first looked for in the string section, which holds each text once, and then types are walked
 * comparing numbers, so a search touches neither other names nor the members behind them: some
 * 0.5 ms at most, and no memory of ours beyond one offset per BTF_STRIDE types.
 *
 * The file is trusted as little as any other (BPFTRACE_BTF may name one): every record is checked
 * to lie within the type section before it is looked at.
 *
 * Not here: what a type means (btf_types.c). Module BTF is not read.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "host/host_private.h"
#include "util/text.h"

/* Bytes behind struct btf_type: fixed, and per element of vlen. */
static const struct {
	uint8_t fixed, per_item;
} kind_tail[] = {
	[BTF_KIND_INT] = { 4, 0 },
	[BTF_KIND_ARRAY] = { sizeof(struct btf_array), 0 },
	[BTF_KIND_STRUCT] = { 0, sizeof(struct btf_member) },
	[BTF_KIND_UNION] = { 0, sizeof(struct btf_member) },
	[BTF_KIND_ENUM] = { 0, sizeof(struct btf_enum) },
	[BTF_KIND_FUNC_PROTO] = { 0, sizeof(struct btf_param) },
	[BTF_KIND_VAR] = { sizeof(struct btf_var), 0 },
	[BTF_KIND_DATASEC] = { 0, sizeof(struct btf_var_secinfo) },
	[BTF_KIND_DECL_TAG] = { sizeof(struct btf_decl_tag), 0 },
	[BTF_KIND_ENUM64] = { 0, sizeof(struct btf_enum64) },
};

/* --- opening ---------------------------------------------------------------------------------- */

static void *read_all(int fd, size_t size)
{
	auto_free char *bytes = xmalloc(size + 1);
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, bytes + have, size - have);

		if (n <= 0)
			return NULL;
		have += (size_t)n;
	}
	return take(bytes);
}

/* Sets up the sections; false if the bytes are no BTF of this byte order. */
static bool find_sections(struct btf_image *b)
{
	const struct btf_header *header = b->bytes;
	const char *data;
	size_t room;

	if (b->size < sizeof(*header) || header->magic != BTF_MAGIC ||
	    header->hdr_len < sizeof(*header) || header->hdr_len > b->size)
		return false;
	data = (const char *)b->bytes + header->hdr_len;
	room = b->size - header->hdr_len;
	if ((uint64_t)header->type_off + header->type_len > room ||
	    (uint64_t)header->str_off + header->str_len > room || !header->str_len)
		return false;
	b->types = data + header->type_off;
	b->types_end = b->types + header->type_len;
	b->strings = data + header->str_off;
	b->strings_len = header->str_len;
	return !b->strings[0] && !b->strings[b->strings_len - 1];
}

void btf_close(struct btf_image *b)
{
	if (b->is_mapped)
		munmap(b->bytes, b->size);
	else
		free(b->bytes);
	b->bytes = NULL;
	b->is_mapped = false;
	vec_free(&b->marks);
	strmap_free(&b->ids);
}

static void open_btf(struct btf_image *b)
{
	const char *named = getenv("BPFTRACE_BTF");
	const char *path = named && *named ? named : "/sys/kernel/btf/vmlinux";
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map;

	if (fd < 0 || fstat(fd, &st) || st.st_size <= 0)
		return;
	b->size = (size_t)st.st_size;
	map = mmap(NULL, b->size, PROT_READ, MAP_PRIVATE, fd, 0);
	b->is_mapped = map != MAP_FAILED;
	b->bytes = b->is_mapped ? map : read_all(fd, b->size);
	if (b->bytes && !find_sections(b))
		btf_close(b);
}

bool host_has_btf(struct host *h)
{
	if (!h->btf.was_tried) {
		h->btf.was_tried = true;
		open_btf(&h->btf);
	}
	return h->btf.bytes;
}

/* --- walking ---------------------------------------------------------------------------------- */

/* Bytes of the record at p, 0 if it does not fit into the section. */
static size_t record_size(const struct btf_image *b, const char *p)
{
	const struct btf_type *t = (const struct btf_type *)p;
	size_t size = sizeof(*t), room = (size_t)(b->types_end - p);
	uint32_t kind;

	if (room < size)
		return 0;
	kind = btf_kind(t);
	if (kind < ARRAY_SIZE(kind_tail))
		size += kind_tail[kind].fixed + (size_t)kind_tail[kind].per_item * btf_vlen(t);
	return size <= room ? size : 0;
}

struct walk {
	const char *at;
	uint32_t id; /* of the record at `at` */
};

static void remember(struct btf_image *b, const struct walk *w)
{
	if ((w->id - 1) % BTF_STRIDE == 0 && (w->id - 1) / BTF_STRIDE == b->marks.count)
		vec_push(&b->marks, (uint32_t)(w->at - b->types));
}

/* The record the walk stands at, after which it steps on; NULL at the end. */
static const struct btf_type *step(struct btf_image *b, struct walk *w)
{
	const char *at = w->at;
	size_t size = record_size(b, at);

	if (!size)
		return NULL;
	remember(b, w);
	w->at += size;
	w->id++;
	return (const struct btf_type *)at;
}

const struct btf_type *btf_by_id(struct host *h, uint32_t id)
{
	struct btf_image *b = &h->btf;
	struct walk w;
	size_t mark;

	if (!btf_ready(h) || !id)
		return NULL;
	w = (struct walk){ b->types, 1 };
	if (b->marks.count) {
		mark = MIN((size_t)(id - 1) / BTF_STRIDE, b->marks.count - 1);
		w = (struct walk){ b->types + b->marks.items[mark],
				   (uint32_t)mark * BTF_STRIDE + 1 };
	}
	for (;;) {
		uint32_t at = w.id;
		const struct btf_type *t = step(b, &w);

		if (!t || at == id)
			return t;
	}
}

int btf_each(struct host *h, int (*fn)(struct host *h, uint32_t id, const struct btf_type *t,
				       void *context),
	     void *context)
{
	struct walk w;

	if (!btf_ready(h))
		return -ENOENT;
	w = (struct walk){ h->btf.types, 1 };
	for (;;) {
		uint32_t id = w.id;
		const struct btf_type *t = step(&h->btf, &w);
		int stop;

		if (!t)
			return 0;
		stop = fn(h, id, t, context);
		if (stop)
			return stop;
	}
}

const char *btf_text(struct host *h, uint32_t offset)
{
	return offset < h->btf.strings_len ? h->btf.strings + offset : "";
}

uint32_t btf_find_text(struct host *h, const char *text)
{
	size_t len = strlen(text);
	const char *hit;

	if (!btf_ready(h) || !len)
		return 0;

	/* With the NUL before it, which every string but the first has. */
	auto_free char *pattern = xmalloc(len + 2);

	pattern[0] = '\0';
	memcpy(pattern + 1, text, len + 1);
	hit = memmem(h->btf.strings, h->btf.strings_len, pattern, len + 2);
	return hit ? (uint32_t)(hit + 1 - h->btf.strings) : 0;
}

uint32_t btf_skip_modifiers(struct host *h, uint32_t id)
{
	for (int depth = 0; depth < 64; depth++) {
		const struct btf_type *t = btf_by_id(h, id);

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

uint32_t btf_type_bytes(struct host *h, uint32_t id)
{
	uint64_t count = 1;

	for (int depth = 0; depth < 64; depth++) {
		const struct btf_type *t = btf_by_id(h, btf_skip_modifiers(h, id));
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

static int compare_name(struct host *h, uint32_t id, const struct btf_type *t, void *context)
{
	struct wanted *w = context;

	(void)h;
	if (t->name_off != w->name || !is_kind(btf_kind(t), w->kind))
		return 0;
	w->id = id;
	return 1;
}

int host_btf_find(struct host *h, const char *name, uint32_t kind, uint32_t *id)
{
	auto_strbuf struct strbuf key = STRBUF_INIT;
	struct btf_found *found;
	struct wanted w = { .kind = kind };

	if (!btf_ready(h))
		return -ENOENT;
	strbuf_printf(&key, "%u %s", kind, name);
	found = strmap_get(&h->btf.ids, key.text);
	if (!found) {
		w.name = btf_find_text(h, name);
		if (w.name)
			btf_each(h, compare_name, &w);
		found = ARENA_NEW(&h->arena, struct btf_found);
		found->id = w.id;
		strmap_set(&h->btf.ids, key.text, found);
	}
	if (!found->id)
		return -ENOENT;
	*id = found->id;
	return 0;
}

struct similar {
	struct text_nearest nearest;
	uint32_t kind;
};

static int offer_name(struct host *h, uint32_t id, const struct btf_type *t, void *context)
{
	struct similar *s = context;

	(void)id;
	if (is_kind(btf_kind(t), s->kind) && t->name_off)
		text_nearest_offer(&s->nearest, btf_text(h, t->name_off));
	return 0;
}

const char *host_btf_nearest(struct host *h, uint32_t kind, const char *name)
{
	struct similar s = { .kind = kind };

	text_nearest_init(&s.nearest, name);
	if (btf_ready(h))
		btf_each(h, offer_name, &s);
	return s.nearest.best;
}

/* Looks through anonymous members too. */
static int find_member(struct host *h, uint32_t id, const char *name, uint32_t *offset,
		       uint32_t *size)
{
	const struct btf_type *t = btf_by_id(h, id);
	const struct btf_member *m;

	if (!t || (btf_kind(t) != BTF_KIND_STRUCT && btf_kind(t) != BTF_KIND_UNION))
		return -ENOENT;
	m = (const struct btf_member *)(t + 1);
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		uint32_t bits = BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m[i].offset)
							: m[i].offset;

		if (!m[i].name_off) {
			if (find_member(h, m[i].type, name, offset, size))
				continue;
			*offset += bits / 8;
			return 0;
		}
		if (strcmp(btf_text(h, m[i].name_off), name))
			continue;
		*offset = bits / 8;
		*size = btf_type_bytes(h, m[i].type);
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
	return find_member(h, id, member, offset, size);
}

/* --- kfuncs ----------------------------------------------------------------------------------- */

struct tag {
	uint32_t name, of;
};

static int is_tag(struct host *h, uint32_t id, const struct btf_type *t, void *context)
{
	const struct tag *tag = context;

	(void)h;
	(void)id;
	return btf_kind(t) == BTF_KIND_DECL_TAG && t->name_off == tag->name && t->type == tag->of;
}

/* Marked "bpf_kfunc" since 6.10, when pahole was told to. */
bool host_is_kfunc(struct host *h, const char *name)
{
	struct tag tag;

	if (host_btf_find(h, name, BTF_KIND_FUNC, &tag.of))
		return false;
	tag.name = btf_find_text(h, "bpf_kfunc");
	return !tag.name || btf_each(h, is_tag, &tag);
}
