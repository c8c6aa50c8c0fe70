/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel BTF and the C types of format files → types of the language (spec language.md §2.1).
 *
 * A struct becomes a type without fields. They are read when somebody asks for one
 * (type_complete()), because a pointer to a struct leads to most of the kernel's types within a few
 * steps. What its completion hook needs is a struct source: which BTF id it is, 0 for "the first of
 * that name".
 *
 * Names are not unique in BTF. The first struct asked for owns the name; another id of the same
 * name gets an entry "name#id" in the table and keeps the name in messages.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include "host/host_private.h"
#include "util/text.h"

#define MAX_DEPTH 32

struct source {
	struct host *host;
	struct type_table *types;
	uint32_t id;
};

static int complete_from_btf(struct type_struct *s, void *context);

static struct source *make_source(struct host *h, struct type_table *t, uint32_t id)
{
	struct source *source = ARENA_NEW(t->arena, struct source);

	*source = (struct source){ h, t, id };
	return source;
}

void host_provide_structs(struct host *h, struct type_table *t)
{
	t->complete_struct = complete_from_btf;
	t->complete_context = make_source(h, t, 0);
}

/* --- structs ---------------------------------------------------------------------------------- */

/* True if s is the struct of this id, or can become it. */
static bool claim(struct host *h, struct type_table *t, struct type_struct *s, uint32_t id)
{
	struct source *source = s->context;

	if (s->is_complete && s->complete != complete_from_btf)
		return true; /* the script's own definition wins */
	if (s->complete == complete_from_btf && source->id)
		return source->id == id;
	s->complete = complete_from_btf;
	s->context = make_source(h, t, id);
	s->is_failed = false;
	return true;
}

static struct type_struct *struct_of_id(struct host *h, struct type_table *t, uint32_t id,
					const struct btf_type *record)
{
	const char *name = btf_text(h, record->name_off);
	bool is_union = btf_kind(record) == BTF_KIND_UNION;
	auto_strbuf struct strbuf key = STRBUF_INIT;
	struct type_struct *s;

	if (*name) {
		s = type_struct_find(t, name, is_union);
		if (claim(h, t, s, id))
			return s;
	}
	strbuf_printf(&key, "%s#%u", name, id);
	s = type_struct_find(t, key.text, is_union);
	s->name = arena_strdup(t->arena, name);
	claim(h, t, s, id);
	return s;
}

static uint32_t align_of(struct host *h, uint32_t id, int depth)
{
	const struct btf_type *t = btf_by_id(h, btf_skip_modifiers(h, id));
	const struct btf_member *m;
	uint32_t align = 1;

	if (!t || depth > MAX_DEPTH)
		return 1;
	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
		return sizeof(void *);
	case BTF_KIND_ARRAY:
		return align_of(h, ((const struct btf_array *)(t + 1))->type, depth + 1);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		m = (const struct btf_member *)(t + 1);
		for (uint32_t i = 0; i < btf_vlen(t) && align < 8; i++)
			align = MAX(align, align_of(h, m[i].type, depth + 1));
		/* Packed: a struct's size is a multiple of its alignment. */
		return t->size % align ? 1 : align;
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FLOAT:
		return t->size >= 8 ? 8 : t->size ? t->size : 1;
	}
	return 1;
}

/* Splits a bit-field's place into a unit of its type and bits above it. */
static void place_bits(struct field *f, uint32_t bit_offset, uint32_t bit_size)
{
	uint32_t unit = f->type->size * 8;

	if (unit)
		f->offset = bit_offset / unit * f->type->size;
	if (!unit || bit_offset - f->offset * 8 + bit_size > unit)
		f->offset = bit_offset / 8; /* packed: crosses its unit */
	f->bit_offset = (uint8_t)(bit_offset - f->offset * 8);
	f->bit_size = (uint8_t)bit_size;
}

static void fill_field(struct source *source, const struct btf_type *record,
		       const struct btf_member *m, struct field *f)
{
	bool has_bits = BTF_INFO_KFLAG(record->info);
	uint32_t bits = has_bits ? BTF_MEMBER_BIT_OFFSET(m->offset) : m->offset;
	uint32_t bit_size = has_bits ? BTF_MEMBER_BITFIELD_SIZE(m->offset) : 0;
	const char *name = btf_text(source->host, m->name_off);

	f->name = *name ? arena_strdup(source->types->arena, name) : NULL;
	f->type = host_type_from_btf(source->host, source->types, m->type, SPACE_KERNEL);
	f->offset = bits / 8;
	if (bit_size)
		place_bits(f, bits, bit_size);
}

static int complete_from_btf(struct type_struct *s, void *context)
{
	struct source *source = context;
	uint32_t id = source->id;
	const struct btf_type *record;
	const struct btf_member *m;

	if (!id && host_btf_find(source->host, s->name,
				 s->is_union ? BTF_KIND_UNION : BTF_KIND_STRUCT, &id))
		return -ENOENT;
	record = btf_by_id(source->host, id);
	if (!record || !record->size)
		return -ENOENT;
	s->context = make_source(source->host, source->types, id);
	s->size = record->size;
	s->align = align_of(source->host, id, 0);
	s->field_count = btf_vlen(record);
	s->fields = ARENA_ARRAY(source->types->arena, struct field, s->field_count);
	s->is_complete = true; /* before the members: a member may lead back here */
	m = (const struct btf_member *)(record + 1);
	for (uint32_t i = 0; i < s->field_count; i++)
		fill_field(context, record, &m[i], &s->fields[i]);
	return 0;
}

/* --- enums ------------------------------------------------------------------------------------ */

/* Value of enumerator i, sign-extended. */
static uint64_t enumerator_value(const struct btf_type *t, uint32_t i)
{
	if (btf_kind(t) == BTF_KIND_ENUM64) {
		const struct btf_enum64 *e = (const struct btf_enum64 *)(t + 1);

		return (uint64_t)e[i].val_hi32 << 32 | e[i].val_lo32;
	}

	const struct btf_enum *e = (const struct btf_enum *)(t + 1);

	return BTF_INFO_KFLAG(t->info) ? (uint64_t)(int64_t)e[i].val : (uint32_t)e[i].val;
}

static uint32_t enumerator_name(const struct btf_type *t, uint32_t i)
{
	if (btf_kind(t) == BTF_KIND_ENUM64)
		return ((const struct btf_enum64 *)(t + 1))[i].name_off;
	return ((const struct btf_enum *)(t + 1))[i].name_off;
}

static const struct type *enum_of_id(struct host *h, struct type_table *t, uint32_t id,
				     const struct btf_type *record)
{
	const char *name = btf_text(h, record->name_off);
	auto_strbuf struct strbuf key = STRBUF_INIT;
	struct type_enum *e;

	strbuf_printf(&key, "enum %s#%u", name, id);
	e = strmap_get(&t->enums, key.text);
	if (e)
		return type_enum(t, e);
	e = ARENA_NEW(t->arena, struct type_enum);
	e->name = arena_strdup(t->arena, name);
	e->size = (uint8_t)record->size;
	e->is_signed = BTF_INFO_KFLAG(record->info);
	e->count = btf_vlen(record);
	e->values = ARENA_ARRAY(t->arena, struct type_enumerator, e->count);
	for (uint32_t i = 0; i < e->count; i++) {
		e->values[i].name = arena_strdup(t->arena,
						 btf_text(h, enumerator_name(record, i)));
		e->values[i].value = enumerator_value(record, i);
	}
	strmap_set(&t->enums, key.text, e);
	return type_enum(t, e);
}

struct enumerator_search {
	uint32_t name;
	uint32_t id, index;
};

static int compare_enumerators(struct host *h, uint32_t id, const struct btf_type *t,
			       void *context)
{
	struct enumerator_search *s = context;

	(void)h;
	if (btf_kind(t) != BTF_KIND_ENUM && btf_kind(t) != BTF_KIND_ENUM64)
		return 0;
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		if (enumerator_name(t, i) != s->name)
			continue;
		s->id = id;
		s->index = i;
		return 1;
	}
	return 0;
}

int host_enumerator(struct host *h, struct type_table *t, const char *name, uint64_t *value,
		    const struct type **type)
{
	struct enumerator_search s = { .name = btf_find_text(h, name) };
	const struct btf_type *record;

	if (!s.name || btf_each(h, compare_enumerators, &s) <= 0)
		return -ENOENT;
	record = btf_by_id(h, s.id);
	*type = enum_of_id(h, t, s.id, record);
	*value = enumerator_value(record, s.index);
	return 0;
}

static int offer_enumerators(struct host *h, uint32_t id, const struct btf_type *t, void *context)
{
	(void)id;
	if (btf_kind(t) != BTF_KIND_ENUM && btf_kind(t) != BTF_KIND_ENUM64)
		return 0;
	for (uint32_t i = 0; i < btf_vlen(t); i++)
		text_nearest_offer(context, btf_text(h, enumerator_name(t, i)));
	return 0;
}

const char *host_enumerator_nearest(struct host *h, const char *name)
{
	struct text_nearest nearest;

	text_nearest_init(&nearest, name);
	if (strlen(name) > 3 && host_has_btf(h))
		btf_each(h, offer_enumerators, &nearest);
	return nearest.best;
}

/* --- BTF → type ------------------------------------------------------------------------------- */

static const struct type *convert(struct host *h, struct type_table *t, uint32_t id,
				  enum type_space space, int depth);

static const struct type *convert_int(struct type_table *t, const struct btf_type *record)
{
	uint32_t encoding = BTF_INT_ENCODING(*(const uint32_t *)(record + 1));

	if (encoding & BTF_INT_BOOL)
		return t->bool_type;
	if (record->size == 16)
		return type_array(t, type_int(t, 8, false), 2);
	if (record->size > 8 || !record->size || record->size & (record->size - 1))
		return type_array(t, type_int(t, 1, false), record->size);
	return type_int(t, record->size, encoding & BTF_INT_SIGNED);
}

/* char, whatever its sign: kernels since 6.2 (3bc753c06dd0) have it unsigned. */
static bool is_char(struct host *h, uint32_t id)
{
	const struct btf_type *t = btf_by_id(h, btf_skip_modifiers(h, id));

	return t && btf_kind(t) == BTF_KIND_INT && !strcmp(btf_text(h, t->name_off), "char");
}

static const struct type *convert_array(struct host *h, struct type_table *t,
					const struct btf_type *record, enum type_space space,
					int depth)
{
	const struct btf_array *array = (const struct btf_array *)(record + 1);

	if (array->nelems && is_char(h, array->type))
		return type_string(t, array->nelems);
	return type_array(t, convert(h, t, array->type, space, depth + 1), array->nelems);
}

static const struct type *convert_pointer(struct host *h, struct type_table *t,
					  const struct btf_type *record, enum type_space space,
					  int depth)
{
	const struct btf_type *to = btf_by_id(h, record->type);

	/* __user, where the compiler of the kernel records it. */
	if (to && btf_kind(to) == BTF_KIND_TYPE_TAG && !strcmp(btf_text(h, to->name_off), "user"))
		space = SPACE_USER;
	return type_pointer(t, convert(h, t, record->type, space, depth + 1), space);
}

static const struct type *convert(struct host *h, struct type_table *t, uint32_t id,
				  enum type_space space, int depth)
{
	const struct btf_type *record;

	id = btf_skip_modifiers(h, id);
	record = btf_by_id(h, id);
	if (!record || depth > MAX_DEPTH)
		return t->void_type;
	switch (btf_kind(record)) {
	case BTF_KIND_INT:
		return convert_int(t, record);
	case BTF_KIND_PTR:
		return convert_pointer(h, t, record, space, depth);
	case BTF_KIND_ARRAY:
		return convert_array(h, t, record, space, depth);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return type_struct(t, struct_of_id(h, t, id, record), space);
	case BTF_KIND_FWD:
		return type_struct(t, type_struct_find(t, btf_text(h, record->name_off),
						       BTF_INFO_KFLAG(record->info)), space);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return enum_of_id(h, t, id, record);
	case BTF_KIND_VAR:
		return convert(h, t, record->type, space, depth + 1);
	case BTF_KIND_FLOAT:
		return type_array(t, type_int(t, 1, false), record->size);
	}
	return t->void_type; /* functions and sections have no value */
}

const struct type *host_type_from_btf(struct host *h, struct type_table *t, uint32_t id,
				      enum type_space space)
{
	return convert(h, t, id, space, 0);
}

/* --- C text → type ---------------------------------------------------------------------------- */

struct c_words {
	char base[128];		/* the words of the base type, one blank between */
	const char *tag;	/* "struct", "union", "enum" or NULL */
	uint32_t stars;
	bool is_array, is_function;
	uint32_t count;		/* of the array, 0: not a number */
};

static bool is_qualifier(const char *word, size_t len)
{
	static const char *const words[] = { "const", "volatile", "__user", "__rcu", "__percpu",
					     "__iomem", "restrict", "__restrict" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i]) == len && !memcmp(words[i], word, len))
			return true;
	}
	return false;
}

static void add_word(struct c_words *w, const char *word, size_t len)
{
	static const char *const tags[] = { "struct", "union", "enum" };
	size_t have = strlen(w->base);

	if (is_qualifier(word, len))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		if (strlen(tags[i]) == len && !memcmp(tags[i], word, len)) {
			w->tag = tags[i];
			return;
		}
	}
	if (have + len + 2 > sizeof(w->base))
		return;
	if (have)
		w->base[have++] = ' ';
	memcpy(w->base + have, word, len);
	w->base[have + len] = '\0';
}

static void split_words(const char *text, struct c_words *w)
{
	*w = (struct c_words){ 0 };
	while (*text) {
		const char *start = text;

		while (isalnum((unsigned char)*text) || *text == '_')
			text++;
		if (text != start) {
			add_word(w, start, (size_t)(text - start));
			continue;
		}
		if (*text == '[') {
			w->is_array = true;
			w->count = (uint32_t)strtoul(text + 1, NULL, 0);
			return;
		}
		w->stars += *text == '*';
		w->is_function |= *text == '(';
		text++;
	}
}

/* Integer types of several words: the words in any order decide. */
static const struct type *type_of_words(struct type_table *t, const char *base)
{
	unsigned int longs = 0, size = 4;
	bool is_signed = true;
	char copy[128], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", base);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (!strcmp(word, "unsigned"))
			is_signed = false;
		else if (!strcmp(word, "long"))
			longs++;
		else if (!strcmp(word, "short"))
			size = 2;
		else if (!strcmp(word, "char"))
			size = 1;
		else if (strcmp(word, "int") && strcmp(word, "signed"))
			return NULL;
	}
	return type_int(t, longs ? 8 : size, is_signed);
}

static const struct type *tagged_type(struct host *h, struct type_table *t,
				      const struct c_words *w, enum type_space space)
{
	uint32_t id;

	if (!strcmp(w->tag, "enum")) {
		if (host_btf_find(h, w->base, BTF_KIND_ENUM, &id))
			return NULL;
		return host_type_from_btf(h, t, id, space);
	}
	return type_struct(t, type_struct_find(t, w->base, !strcmp(w->tag, "union")), space);
}

static bool is_integer_size(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static const struct type *base_type(struct host *h, struct type_table *t,
				    const struct c_words *w, uint32_t size, bool is_signed,
				    enum type_space space)
{
	const struct type *type = NULL;
	uint32_t id;

	if (w->tag)
		type = tagged_type(h, t, w, space);
	else if (strchr(w->base, ' '))
		type = type_of_words(t, w->base);
	else
		type = type_builtin(t, w->base);
	if (type)
		return type;
	/* A name whose size and sign are known needs no search in BTF. */
	if (!w->stars && !w->is_array && is_integer_size(size))
		return type_int(t, size, is_signed);
	if (!w->tag && !host_btf_find(h, w->base, BTF_KIND_TYPEDEF, &id))
		return host_type_from_btf(h, t, id, space);
	return NULL;
}

static const struct type *array_type(struct type_table *t, const struct c_words *w,
				     const struct type *element, uint32_t size)
{
	uint32_t bytes = type_size(element), count = w->count;

	if (!count && bytes)
		count = size / bytes;
	if (!w->stars && !strcmp(w->base, "char") && count)
		return type_string(t, count);
	return type_array(t, element, count);
}

const struct type *host_type_from_c(struct host *h, struct type_table *t, const char *c_type,
				    uint32_t size_bytes, bool is_signed, enum type_space space)
{
	struct c_words w;
	const struct type *type;

	split_words(c_type, &w);
	if (w.is_function)
		return type_pointer(t, t->void_type, space);
	type = base_type(h, t, &w, size_bytes, is_signed, space);
	if (!type && w.stars)
		type = t->void_type;
	for (uint32_t i = 0; type && i < w.stars; i++)
		type = type_pointer(t, type, space);
	if (!type)
		return NULL;
	if (w.is_array)
		return array_type(t, &w, type, size_bytes);
	/* The file's size and sign say more than a name: args of system calls are 8 bytes each. */
	if (type->kind == TYPE_INT && is_integer_size(size_bytes))
		return type_int(t, size_bytes, is_signed);
	return type;
}

/* --- raw tracepoints -------------------------------------------------------------------------- */

/* The function type of the tracepoint's iterator, whose parameters have names (since 5.10,
 * d25e37d89dd2), or NULL. */
static const struct btf_type *named_prototype(struct host *h, const char *event)
{
	auto_strbuf struct strbuf name = STRBUF_INIT;
	const struct btf_type *t;
	uint32_t id;

	strbuf_printf(&name, "__traceiter_%s", event);
	if (host_btf_find(h, name.text, BTF_KIND_FUNC, &id))
		return NULL;
	t = btf_by_id(h, id);
	t = t ? btf_by_id(h, t->type) : NULL;
	return t && btf_kind(t) == BTF_KIND_FUNC_PROTO ? t : NULL;
}

/* The function type of a raw tracepoint, its first parameter the context; or NULL. The type behind
 * typedef btf_trace_EVENT always exists, but being a pointer's target it has no names. */
static const struct btf_type *trace_prototype(struct host *h, const char *event)
{
	auto_strbuf struct strbuf name = STRBUF_INIT;
	const struct btf_type *t = named_prototype(h, event);
	uint32_t id;

	if (t)
		return t;
	strbuf_printf(&name, "btf_trace_%s", event);
	if (host_btf_find(h, name.text, BTF_KIND_TYPEDEF, &id))
		return NULL;
	t = btf_by_id(h, btf_skip_modifiers(h, id));
	if (!t || btf_kind(t) != BTF_KIND_PTR)
		return NULL;
	t = btf_by_id(h, btf_skip_modifiers(h, t->type));
	return t && btf_kind(t) == BTF_KIND_FUNC_PROTO ? t : NULL;
}

/* Bytes a field's value takes in its own type, at least; arguments fill whole words. */
static uint32_t argument_bytes(struct host *h, uint32_t id)
{
	return MAX(ROUND_UP(btf_type_bytes(h, id), 8u), 8u);
}

int host_raw_tracepoint_args(struct host *h, struct type_table *t, const char *event,
			     const struct type **out)
{
	const struct btf_type *proto = trace_prototype(h, event);
	const struct btf_param *params;
	auto_strbuf struct strbuf name = STRBUF_INIT;
	struct type_struct *s;
	uint32_t at = 0;

	if (!proto || !btf_vlen(proto))
		return -ENOENT;
	params = (const struct btf_param *)(proto + 1);
	strbuf_printf(&name, "rawtracepoint_%s", event);
	s = type_struct_find(t, name.text, false);
	*out = type_struct(t, s, SPACE_CONTEXT);
	if (s->is_complete)
		return 0;
	s->field_count = btf_vlen(proto) - 1; /* the first is void *__data */
	s->fields = ARENA_ARRAY(t->arena, struct field, s->field_count);
	for (uint32_t i = 0; i < s->field_count; i++) {
		const struct btf_param *param = &params[i + 1];
		struct field *f = &s->fields[i];

		f->name = arena_strdup(t->arena, btf_text(h, param->name_off));
		f->type = host_type_from_btf(h, t, param->type, SPACE_KERNEL);
		f->offset = at;
		at += argument_bytes(h, param->type);
	}
	s->size = at;
	s->align = 8;
	s->complete = NULL;
	s->is_complete = true;
	return 0;
}

/* A BTF type as C writes it, names of typedefs kept: "const struct sock *". */
static void spell_c(struct host *h, struct strbuf *b, uint32_t id, int depth)
{
	static const char *const prefixes[] = {
		[BTF_KIND_STRUCT] = "struct ", [BTF_KIND_UNION] = "union ",
		[BTF_KIND_ENUM] = "enum ",     [BTF_KIND_ENUM64] = "enum ",
		[BTF_KIND_FWD] = "struct ",    [BTF_KIND_CONST] = "const ",
		[BTF_KIND_VOLATILE] = "volatile ",
	};
	const struct btf_type *t = btf_by_id(h, id);
	uint32_t kind = t ? btf_kind(t) : BTF_KIND_UNKN;

	if (!t || depth > MAX_DEPTH || kind == BTF_KIND_FUNC_PROTO) {
		strbuf_add_text(b, "void");
		return;
	}
	if (kind < ARRAY_SIZE(prefixes) && prefixes[kind])
		strbuf_add_text(b, prefixes[kind]);
	switch (kind) {
	case BTF_KIND_PTR:
		spell_c(h, b, t->type, depth + 1);
		strbuf_add_text(b, " *");
		break;
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		spell_c(h, b, t->type, depth + 1);
		break;
	default: /* the kernel's enum: everything else has a name */
		strbuf_add_text(b, btf_text(h, t->name_off));
	}
}

int host_each_raw_tracepoint_arg(struct host *h, const char *event,
				 void (*fn)(const char *c_type, const char *name, void *context),
				 void *context)
{
	const struct btf_type *proto = trace_prototype(h, event);
	const struct btf_param *params;

	if (!proto)
		return -ENOENT;
	params = (const struct btf_param *)(proto + 1);
	for (uint32_t i = 1; i < btf_vlen(proto); i++) {
		auto_strbuf struct strbuf text = STRBUF_INIT;

		spell_c(h, &text, params[i].type, 0);
		fn(strbuf_text(&text), btf_text(h, params[i].name_off), context);
	}
	return 0;
}

struct trace_search {
	const char *pattern;
	int (*fn)(const char *event, void *context);
	void *context;
};

static int offer_trace_typedef(struct host *h, uint32_t id, const struct btf_type *t,
			       void *context)
{
	static const char prefix[] = "btf_trace_";
	struct trace_search *s = context;
	const char *name;

	(void)id;
	if (btf_kind(t) != BTF_KIND_TYPEDEF)
		return 0;
	name = btf_text(h, t->name_off);
	if (strncmp(name, prefix, sizeof(prefix) - 1))
		return 0;
	name += sizeof(prefix) - 1;
	return text_glob(s->pattern, name) ? s->fn(name, s->context) : 0;
}

int host_each_raw_tracepoint(struct host *h, const char *pattern,
			     int (*fn)(const char *event, void *context), void *context)
{
	struct trace_search s = { pattern, fn, context };

	if (!text_has_glob(pattern))
		return trace_prototype(h, pattern) ? fn(pattern, context) : 0;
	return btf_each(h, offer_trace_typedef, &s);
}
