/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making types, and asking about their layout and members.
 *
 * Every type is made once: what tells two types apart is copied into a struct key (plus the names
 * and types of a tuple's fields) and looked up in the table by its bytes. Size and alignment are no
 * part of the key where they follow from the parts, because those of a C struct become known only
 * when somebody asks (type_complete()).
 *
 * Not here: which type two values have in common and what converts to what (type_rules.c).
 */
#include <errno.h>
#include <string.h>
#include "types/type.h"

/* Sizes of the kinds that have only one; also those whose alignment is 1 (spec §6.2). */
static const struct {
	uint8_t size;
	bool is_bytes; /* a byte array: aligned to 1 whatever its size */
} kind_layout[TYPE_KIND_COUNT] = {
	[TYPE_BOOL] = { .size = 1 },
	[TYPE_POINTER] = { .size = 8 },
	[TYPE_STRING] = { .is_bytes = true },
	[TYPE_BUFFER] = { .is_bytes = true },
	[TYPE_USERNAME] = { .size = 8 },
	[TYPE_TIMESTAMP] = { .size = 16, .is_bytes = true },
	[TYPE_INET] = { .size = 24, .is_bytes = true },
	[TYPE_MAC] = { .size = 6, .is_bytes = true },
	[TYPE_CGROUP_PATH] = { .size = 16, .is_bytes = true },
	[TYPE_KSYM] = { .size = 8 },
	[TYPE_USYM] = { .size = 16, .is_bytes = true },
	[TYPE_COUNT] = { .size = 8 },
	[TYPE_SUM] = { .size = 8 },
	[TYPE_MIN] = { .size = 8 },
	[TYPE_MAX] = { .size = 8 },
	[TYPE_AVG] = { .size = 8 },
	[TYPE_STATS] = { .size = 8 },
	[TYPE_QUANTILE] = { .size = 8 },
	[TYPE_HIST] = { .size = 8 },
	[TYPE_LHIST] = { .size = 8 },
	[TYPE_TSERIES] = { .size = 8 },
};

static const char *const kind_words[TYPE_KIND_COUNT] = {
#define TYPE_KIND(ID, word) [TYPE_##ID] = word,
#include "types/type_kinds.def"
#undef TYPE_KIND
};

const char *type_kind_word(enum type_kind kind)
{
	return kind_words[kind];
}

/* --- spelling --------------------------------------------------------------------------------- */

static void spell_fields(struct strbuf *b, const struct type *type)
{
	bool is_record = type->kind == TYPE_RECORD;

	strbuf_add_text(b, is_record ? "record { " : "(");
	for (uint32_t i = 0; i < type->count; i++) {
		if (i)
			strbuf_add_text(b, is_record ? ", " : ",");
		if (is_record)
			strbuf_printf(b, ".%s = ", type->fields[i].name);
		strbuf_add_text(b, type->fields[i].type->spelling);
	}
	strbuf_add_text(b, is_record ? " }" : ")");
}

static void spell_aggregation(struct strbuf *b, const struct type *type)
{
	strbuf_printf(b, "%s%s", type->kind == TYPE_COUNT || type->is_signed ? "" : "u",
		      kind_words[type->kind]);
}

static void spell_tagged(struct strbuf *b, const char *tag, const char *name, const char *alias)
{
	if (!*name && alias)
		strbuf_add_text(b, alias);
	else
		strbuf_printf(b, "%s %s", tag, *name ? name : "(anonymous)");
}

static void spell(struct strbuf *b, const struct type *type)
{
	switch (type->kind) {
	case TYPE_INT:
		strbuf_printf(b, "%sint%u", type->is_signed ? "" : "u", type->size * 8);
		break;
	case TYPE_POINTER:
		strbuf_printf(b, "%s *", type->element->spelling);
		break;
	case TYPE_STRING:
		strbuf_printf(b, "string[%u]", type->size);
		break;
	case TYPE_BUFFER:
		strbuf_printf(b, "buffer[%u]", type->size - 4);
		break;
	case TYPE_INET:
		strbuf_printf(b, "inet[%u]", type->size);
		break;
	case TYPE_ARRAY:
		strbuf_printf(b, type->count ? "%s[%u]" : "%s[]", type->element->spelling,
			      type->count);
		break;
	case TYPE_TUPLE:
	case TYPE_RECORD:
		spell_fields(b, type);
		break;
	case TYPE_STRUCT:
		spell_tagged(b, type->record->is_union ? "union" : "struct", type->record->name,
			     type->record->alias);
		break;
	case TYPE_ENUM:
		spell_tagged(b, "enum", type->enumeration->name, type->enumeration->alias);
		break;
	case TYPE_KSTACK:
	case TYPE_USTACK:
		strbuf_printf(b, "%s_%s_%u", kind_words[type->kind],
			      type_stack_mode_name((enum type_stack_mode)type->bits),
			      type->count);
		break;
	case TYPE_COUNT:
	case TYPE_SUM:
	case TYPE_MIN:
	case TYPE_MAX:
	case TYPE_AVG:
	case TYPE_STATS:
	case TYPE_QUANTILE:
		spell_aggregation(b, type);
		break;
	case TYPE_VOID:
		strbuf_add_text(b, type->bits ? "function" : kind_words[type->kind]);
		break;
	case TYPE_NONE:
	case TYPE_BOOL:
	case TYPE_USERNAME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMP_MODE:
	case TYPE_MAC:
	case TYPE_CGROUP_PATH:
	case TYPE_KSYM:
	case TYPE_USYM:
	case TYPE_QUANTILE_MEMBER:
	case TYPE_HIST:
	case TYPE_LHIST:
	case TYPE_TSERIES:
		strbuf_add_text(b, kind_words[type->kind]);
		break;
	case TYPE_KIND_COUNT:
		bug("no such kind of type");
	}
}

/* --- interning -------------------------------------------------------------------------------- */

struct key {
	uint32_t kind, size, count;
	uint8_t is_signed, is_flexible, space, bits;
	const void *element, *record, *enumeration;
	int64_t min, max, step;
};

static void append_key(struct strbuf *b, const struct type *model)
{
	struct key key;

	memset(&key, 0, sizeof(key));
	key.kind = model->kind;
	key.size = model->kind == TYPE_ARRAY ? 0 : model->size;
	key.count = model->count;
	key.is_signed = model->is_signed;
	key.is_flexible = model->is_flexible;
	key.space = model->space;
	key.bits = model->bits;
	key.element = model->element;
	key.record = model->record;
	key.enumeration = model->enumeration;
	key.min = model->min;
	key.max = model->max;
	key.step = model->step;
	strbuf_append(b, &key, sizeof(key));
	for (uint32_t i = 0; model->fields && i < model->count; i++) {
		const struct field *f = &model->fields[i];

		strbuf_append(b, &f->type, sizeof(f->type));
		if (f->name)
			strbuf_append(b, f->name, strlen(f->name) + 1);
	}
}

/* The table's type equal to the model; a model that is new is copied with its fields. */
static const struct type *intern(struct type_table *t, const struct type *model)
{
	auto_strbuf struct strbuf key = STRBUF_INIT;
	auto_strbuf struct strbuf text = STRBUF_INIT;
	struct type *type;

	append_key(&key, model);
	type = strmap_get_len(&t->interned, key.text, key.len);
	if (type)
		return type;
	type = arena_memdup(t->arena, model, sizeof(*model));
	if (model->fields) {
		struct field *fields = arena_memdup(t->arena, model->fields,
						    model->count * sizeof(*fields));
		for (uint32_t i = 0; i < model->count; i++) {
			if (fields[i].name)
				fields[i].name = arena_strdup(t->arena, fields[i].name);
		}
		type->fields = fields;
	}
	spell(&text, type);
	type->spelling = arena_strdup(t->arena, strbuf_text(&text));
	strmap_set_len(&t->interned, key.text, key.len, type);
	return type;
}

/* Alignment inside a tuple of a scalar or byte array. */
static uint32_t natural_align(enum type_kind kind, uint32_t size)
{
	if (kind_layout[kind].is_bytes || size <= 1)
		return 1;
	return size <= 2 ? 2 : size <= 4 ? 4 : 8;
}

static const struct type *simple(struct type_table *t, enum type_kind kind)
{
	uint32_t size = kind_layout[kind].size;

	return intern(t, &(struct type){ .kind = kind, .size = size,
					 .align = natural_align(kind, size) });
}

void type_table_init(struct type_table *t, struct arena *a)
{
	*t = (struct type_table){ .arena = a };
	t->none = simple(t, TYPE_NONE);
	t->void_type = simple(t, TYPE_VOID);
	t->function_type = intern(t, &(struct type){ .kind = TYPE_VOID, .bits = 1,
						     .size = t->void_type->size,
						     .align = t->void_type->align });
	t->bool_type = simple(t, TYPE_BOOL);
	for (unsigned int i = 0; i < 4; i++) {
		uint32_t size = 1u << i;

		for (int is_signed = 0; is_signed < 2; is_signed++)
			t->ints[is_signed][i] = intern(t, &(struct type){
				.kind = TYPE_INT, .is_signed = is_signed, .size = size,
				.align = size });
		t->flexible[i] = intern(t, &(struct type){
			.kind = TYPE_INT, .is_signed = true, .is_flexible = true, .size = size,
			.align = size, .bits = size });
	}
	t->username = simple(t, TYPE_USERNAME);
	t->timestamp = simple(t, TYPE_TIMESTAMP);
	t->timestamp_mode = simple(t, TYPE_TIMESTAMP_MODE);
	t->mac = simple(t, TYPE_MAC);
	t->cgroup_path = simple(t, TYPE_CGROUP_PATH);
	t->ksym = simple(t, TYPE_KSYM);
	t->usym = simple(t, TYPE_USYM);
	t->inet = simple(t, TYPE_INET);
}

void type_table_free(struct type_table *t)
{
	strmap_free(&t->interned);
	strmap_free(&t->structs);
	strmap_free(&t->enums);
}

/* --- construction ----------------------------------------------------------------------------- */

static unsigned int log2_bytes(unsigned int size_bytes)
{
	switch (size_bytes) {
	case 1:
		return 0;
	case 2:
		return 1;
	case 4:
		return 2;
	case 8:
		return 3;
	}
	bug("no integer has %u bytes", size_bytes);
}

const struct type *type_int(struct type_table *t, unsigned int size_bytes, bool is_signed)
{
	return t->ints[is_signed][log2_bytes(size_bytes)];
}

const struct type *type_flexible(struct type_table *t, unsigned int size_bytes)
{
	return t->flexible[log2_bytes(size_bytes)];
}

static unsigned int signed_bytes(int64_t value)
{
	if (value == (int8_t)value)
		return 1;
	if (value == (int16_t)value)
		return 2;
	return value == (int32_t)value ? 4 : 8;
}

static unsigned int unsigned_bytes(uint64_t value)
{
	if (value == (uint8_t)value)
		return 1;
	if (value == (uint16_t)value)
		return 2;
	return value == (uint32_t)value ? 4 : 8;
}

const struct type *type_of_literal(struct type_table *t, uint64_t value, bool is_negative)
{
	if (is_negative)
		return type_int(t, signed_bytes((int64_t)value), true);
	if (value > INT64_MAX)
		return type_int(t, 8, false);

	uint32_t size = signed_bytes((int64_t)value);

	return intern(t, &(struct type){ .kind = TYPE_INT, .is_signed = true, .is_flexible = true,
					 .size = size, .align = size,
					 .bits = (uint8_t)unsigned_bytes(value) });
}

const struct type *type_string(struct type_table *t, uint32_t size)
{
	return intern(t, &(struct type){ .kind = TYPE_STRING, .size = size, .align = 1 });
}

const struct type *type_buffer(struct type_table *t, uint32_t capacity)
{
	return intern(t, &(struct type){ .kind = TYPE_BUFFER, .size = capacity + 4, .align = 1 });
}

const struct type *type_pointer(struct type_table *t, const struct type *to, enum type_space s)
{
	return intern(t, &(struct type){ .kind = TYPE_POINTER, .size = 8, .align = 8,
					 .element = to, .space = (uint8_t)s });
}

/* Size and alignment depend on C structs whose fields may still be unknown. */
static bool has_struct_layout(const struct type *type)
{
	while (type->kind == TYPE_ARRAY)
		type = type->element;
	return type->kind == TYPE_STRUCT;
}

const struct type *type_array(struct type_table *t, const struct type *of, uint32_t count)
{
	struct type model = { .kind = TYPE_ARRAY, .element = of, .count = count };

	if (!has_struct_layout(of)) {
		model.size = type_size(of) * count;
		model.align = type_align(of);
	}
	return intern(t, &model);
}

/* Gives the fields their offsets one after another, and the type its size. */
static void lay_out(struct type *type, struct field *fields)
{
	uint32_t at = 0, align = 1;

	for (uint32_t i = 0; i < type->count; i++) {
		uint32_t own = type_align(fields[i].type);

		at = ROUND_UP(at, own);
		fields[i].offset = at;
		at += type_size(fields[i].type);
		align = MAX(align, own);
	}
	type->fields = fields;
	type->size = ROUND_UP(at, align);
	type->align = align;
}

static const struct type *make_fields(struct type_table *t, enum type_kind kind,
				      const char *const *names, const struct type *const *items,
				      uint32_t n)
{
	auto_free struct field *fields = xcalloc(n + 1, sizeof(*fields));
	struct type model = { .kind = kind, .count = n };

	for (uint32_t i = 0; i < n; i++) {
		fields[i].type = items[i];
		fields[i].name = names ? names[i] : NULL;
	}
	lay_out(&model, fields);
	return intern(t, &model);
}

const struct type *type_tuple(struct type_table *t, const struct type *const *items, uint32_t n)
{
	return make_fields(t, TYPE_TUPLE, NULL, items, n);
}

const struct type *type_record(struct type_table *t, const char *const *names,
			       const struct type *const *items, uint32_t n)
{
	return make_fields(t, TYPE_RECORD, names, items, n);
}

struct type_struct *type_struct_find(struct type_table *t, const char *name, bool is_union)
{
	auto_strbuf struct strbuf key = STRBUF_INIT;
	struct type_struct *s;

	strbuf_printf(&key, "%s %s", is_union ? "union" : "struct", name);
	s = strmap_get(&t->structs, key.text);
	if (s)
		return s;
	s = ARENA_NEW(t->arena, struct type_struct);
	s->name = arena_strdup(t->arena, name);
	s->is_union = is_union;
	s->complete = t->complete_struct;
	s->context = t->complete_context;
	strmap_set(&t->structs, key.text, s);
	return s;
}

const struct type *type_struct(struct type_table *t, struct type_struct *s, enum type_space space)
{
	return intern(t, &(struct type){ .kind = TYPE_STRUCT, .record = s,
					 .space = (uint8_t)space });
}

static const struct type *sized_enum(struct type_table *t, const struct type_enum *e, uint32_t size)
{
	return intern(t, &(struct type){ .kind = TYPE_ENUM, .size = size, .align = size,
					 .is_signed = e->is_signed, .enumeration = e });
}

const struct type *type_enum(struct type_table *t, const struct type_enum *e)
{
	return sized_enum(t, e, e->size ? e->size : 8);
}

const struct type *type_enum_value(struct type_table *t, const struct type_enum *e)
{
	return sized_enum(t, e, 8);
}

const struct type *type_aggregation(struct type_table *t, enum type_kind kind, bool is_signed)
{
	return intern(t, &(struct type){ .kind = kind, .size = 8, .align = 8,
					 .is_signed = is_signed });
}

const struct type *type_quantile_member(struct type_table *t, bool is_signed, uint32_t key_size)
{
	return intern(t, &(struct type){ .kind = TYPE_QUANTILE_MEMBER, .align = 8,
					 .size = 8 + ROUND_UP(key_size, 8u),
					 .is_signed = is_signed });
}

const struct type *type_hist(struct type_table *t, unsigned int bits)
{
	return intern(t, &(struct type){ .kind = TYPE_HIST, .size = 8, .align = 8,
					 .bits = (uint8_t)bits });
}

const struct type *type_lhist(struct type_table *t, int64_t min, int64_t max, int64_t step)
{
	return intern(t, &(struct type){ .kind = TYPE_LHIST, .size = 8, .align = 8,
					 .min = min, .max = max, .step = step });
}

static const char *const stack_modes[STACK_MODE_COUNT] = {
	[STACK_BPFTRACE] = "bpftrace",
	[STACK_PERF] = "perf",
	[STACK_RAW] = "raw",
	[STACK_BUILD_ID] = "build_id",
};

const char *type_stack_mode_name(enum type_stack_mode mode)
{
	return mode < STACK_MODE_COUNT ? stack_modes[mode] : NULL;
}

const struct type *type_stack(struct type_table *t, enum type_kind kind, enum type_stack_mode mode,
			      uint32_t limit)
{
	uint32_t frame = mode == STACK_BUILD_ID ? 32 : 8, head = kind == TYPE_USTACK ? 16 : 8;

	return intern(t, &(struct type){ .kind = kind, .size = head + frame * limit, .align = 8,
					 .bits = mode, .count = limit });
}

const struct type *type_series(struct type_table *t, enum series_kind kind, int64_t interval_ns,
			       uint32_t intervals, bool is_signed)
{
	return intern(t, &(struct type){ .kind = TYPE_TSERIES, .size = 8, .align = 8,
					 .bits = (uint8_t)kind, .step = interval_ns,
					 .count = intervals, .is_signed = is_signed });
}

const struct type *type_settle(struct type_table *t, const struct type *type)
{
	if (type->kind == TYPE_INT && type->is_flexible)
		return type_int(t, type->size, true);
	if (type->kind != TYPE_TUPLE && type->kind != TYPE_RECORD)
		return type;

	auto_free const struct type **items = xcalloc(type->count + 1, sizeof(*items));
	auto_free const char **names = xcalloc(type->count + 1, sizeof(*names));

	for (uint32_t i = 0; i < type->count; i++) {
		items[i] = type_settle(t, type->fields[i].type);
		names[i] = type->fields[i].name;
	}
	return make_fields(t, type->kind, type->kind == TYPE_RECORD ? names : NULL, items,
			   type->count);
}

/* --- built-in names --------------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint8_t size;
	bool is_signed;
} integer_names[] = {
	{ "int8", 1, true },	   { "int16", 2, true },      { "int32", 4, true },
	{ "int64", 8, true },	   { "uint8", 1, false },     { "uint16", 2, false },
	{ "uint32", 4, false },	   { "uint64", 8, false },    { "char", 1, true },
	{ "short", 2, true },	   { "int", 4, true },	      { "long", 8, true },
	{ "signed", 4, true },	   { "unsigned", 4, false },  { "int8_t", 1, true },
	{ "int16_t", 2, true },	   { "int32_t", 4, true },    { "int64_t", 8, true },
	{ "uint8_t", 1, false },   { "uint16_t", 2, false },  { "uint32_t", 4, false },
	{ "uint64_t", 8, false },  { "s8", 1, true },	      { "s16", 2, true },
	{ "s32", 4, true },	   { "s64", 8, true },	      { "u8", 1, false },
	{ "u16", 2, false },	   { "u32", 4, false },	      { "u64", 8, false },
	{ "__s8", 1, true },	   { "__s16", 2, true },      { "__s32", 4, true },
	{ "__s64", 8, true },	   { "__u8", 1, false },      { "__u16", 2, false },
	{ "__u32", 4, false },	   { "__u64", 8, false },     { "size_t", 8, false },
	{ "ssize_t", 8, true },	   { "intptr_t", 8, true },   { "uintptr_t", 8, false },
	{ "ptrdiff_t", 8, true },
};

/* count_t, sum_t, usum_t, …: no value of a script has such a type, but sizes can be asked for. */
static const struct type *aggregation_named(struct type_table *t, const char *name)
{
	bool is_unsigned = name[0] == 'u';

	for (int kind = TYPE_COUNT; kind <= TYPE_STATS; kind++) {
		if (!strcmp(kind_words[kind], name) && kind != TYPE_COUNT)
			return type_aggregation(t, (enum type_kind)kind, true);
		if (!strcmp(kind_words[kind], name))
			return type_aggregation(t, TYPE_COUNT, false);
		if (is_unsigned && kind != TYPE_COUNT && !strcmp(kind_words[kind], name + 1))
			return type_aggregation(t, (enum type_kind)kind, false);
	}
	return NULL;
}

const struct type *type_builtin(struct type_table *t, const char *name)
{
	const struct {
		const char *name;
		const struct type *type;
	} others[] = {
		{ "bool", t->bool_type },	 { "void", t->void_type },
		{ "_Bool", t->bool_type },	 { "username_t", t->username },
		{ "timestamp", t->timestamp },	 { "macaddr_t", t->mac },
		{ "inet", t->inet },		 { "cgroup_path_t", t->cgroup_path },
		{ "ksym_t", t->ksym },		 { "usym_t", t->usym },
	};

	for (size_t i = 0; i < ARRAY_SIZE(integer_names); i++) {
		if (!strcmp(integer_names[i].name, name))
			return type_int(t, integer_names[i].size, integer_names[i].is_signed);
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (!strcmp(others[i].name, name))
			return others[i].type;
	}
	if (!strcmp(name, "string"))
		return type_string(t, 0);
	return strcmp(name, "buffer") ? aggregation_named(t, name) : type_buffer(t, 0);
}

/* --- questions -------------------------------------------------------------------------------- */

bool type_is_integer(const struct type *t)
{
	return t->kind == TYPE_INT || t->kind == TYPE_ENUM;
}

bool type_is_function_pointer(const struct type *t)
{
	return t->kind == TYPE_POINTER && t->element->kind == TYPE_VOID && t->element->bits;
}

bool type_is_aggregation(const struct type *t)
{
	return t->kind >= TYPE_COUNT && t->kind <= TYPE_TSERIES;
}

bool type_is_readable(const struct type *t)
{
	return t->kind >= TYPE_COUNT && t->kind <= TYPE_AVG;
}

bool type_is_condition(const struct type *t)
{
	return type_is_integer(t) || t->kind == TYPE_BOOL || t->kind == TYPE_POINTER ||
	       type_is_readable(t);
}

bool type_is_unsized(const struct type *t)
{
	return (t->kind == TYPE_STRING && !t->size) || (t->kind == TYPE_BUFFER && t->size == 4);
}

bool type_is_memory(const struct type *t)
{
	switch (t->kind) {
	case TYPE_STRING:
	case TYPE_BUFFER:
	case TYPE_ARRAY:
	case TYPE_TUPLE:
	case TYPE_RECORD:
	case TYPE_STRUCT:
	case TYPE_INET:
	case TYPE_MAC:
	case TYPE_TIMESTAMP:
	case TYPE_CGROUP_PATH:
	case TYPE_USYM:
	case TYPE_KSTACK:
	case TYPE_USTACK:
	case TYPE_QUANTILE_MEMBER:
		return true;
	case TYPE_NONE:
	case TYPE_VOID:
	case TYPE_BOOL:
	case TYPE_INT:
	case TYPE_POINTER:
	case TYPE_ENUM:
	case TYPE_USERNAME:
	case TYPE_TIMESTAMP_MODE:
	case TYPE_KSYM:
	case TYPE_COUNT:
	case TYPE_SUM:
	case TYPE_MIN:
	case TYPE_MAX:
	case TYPE_AVG:
	case TYPE_STATS:
	case TYPE_QUANTILE:
	case TYPE_HIST:
	case TYPE_LHIST:
	case TYPE_TSERIES:
	case TYPE_KIND_COUNT:
		return false;
	}
	return false;
}

static bool complete_struct(struct type_struct *s)
{
	if (s->is_complete)
		return true;
	if (s->is_failed || !s->complete || s->complete(s, s->context)) {
		s->is_failed = true;
		return false;
	}
	s->is_complete = true;
	return true;
}

bool type_complete(const struct type *t)
{
	while (t->kind == TYPE_ARRAY)
		t = t->element;
	return t->kind != TYPE_STRUCT || complete_struct(t->record);
}

uint32_t type_size(const struct type *t)
{
	if (t->kind == TYPE_ARRAY && !t->size)
		return t->count * type_size(t->element);
	if (t->kind != TYPE_STRUCT)
		return t->size;
	return complete_struct(t->record) ? t->record->size : 0;
}

uint32_t type_align(const struct type *t)
{
	if (t->kind == TYPE_ARRAY)
		return type_align(t->element);
	if (t->kind == TYPE_STRUCT)
		return complete_struct(t->record) ? MAX(t->record->align, 1u) : 1;
	return MAX(t->align, 1u);
}

static bool find_member(const struct field *fields, uint32_t count, const char *name,
			struct field *out)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct field *f = &fields[i];

		if (f->name && !strcmp(f->name, name)) {
			*out = *f;
			return true;
		}
		if (f->name || f->type->kind != TYPE_STRUCT)
			continue;
		if (type_find_field(f->type, name, out)) {
			out->offset += f->offset;
			return true;
		}
	}
	return false;
}

bool type_find_field(const struct type *t, const char *name, struct field *out)
{
	if (t->kind == TYPE_RECORD)
		return find_member(t->fields, t->count, name, out);
	if (t->kind != TYPE_STRUCT || !complete_struct(t->record))
		return false;
	return find_member(t->record->fields, t->record->field_count, name, out);
}
