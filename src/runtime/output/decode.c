/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One small function per kind of type, in a table by kind. Nested types come back through decode(),
 * which checks that the bytes are there before a kind's function looks at them; so these may read
 * type->size bytes without asking again. Aggregations are the exception: their type has the size of
 * the integer they are read as, their state in a map is larger; the number of bytes given tells
 * which it is. Void is null.
 */
#include "runtime/output/stack.h"
#include "runtime/output/decode.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include "runtime/output/quantile.h"

/* The bytes of one value and what follows them. */
struct span {
	const uint8_t *bytes;
	size_t size; /* at least that of the type */
};

typedef int decode_fn(const struct decoder *d, const struct program_type *t, struct span s,
		      struct value *out);

uint64_t decode_integer(const void *bytes, size_t size, bool is_signed)
{
	union {
		int8_t i8;
		uint8_t u8;
		int16_t i16;
		uint16_t u16;
		int32_t i32;
		uint32_t u32;
		uint64_t u64;
	} v = { .u64 = 0 };

	switch (size) {
	case 1:
		memcpy(&v, bytes, 1);
		return is_signed ? (uint64_t)(int64_t)v.i8 : v.u8;
	case 2:
		memcpy(&v, bytes, 2);
		return is_signed ? (uint64_t)(int64_t)v.i16 : v.u16;
	case 4:
		memcpy(&v, bytes, 4);
		return is_signed ? (uint64_t)(int64_t)v.i32 : v.u32;
	case 8:
		memcpy(&v, bytes, 8);
		return v.u64;
	}
	return 0;
}

static void set_number(struct value *out, uint64_t number, bool is_signed)
{
	out->kind = is_signed ? VALUE_SIGNED : VALUE_UNSIGNED;
	out->integer = number;
}

/* Text made by bittern or read from this machine's own files. */
static void set_text(struct value *out, const char *text, bool is_own)
{
	out->kind = VALUE_STRING;
	out->is_own = is_own;
	out->text.bytes = text;
	out->text.len = strlen(text);
}

static int decode_null(const struct decoder *d, const struct program_type *t, struct span s,
		       struct value *out)
{
	(void)d, (void)t, (void)s;
	out->kind = VALUE_NULL;
	return 0;
}

static int decode_bool(const struct decoder *d, const struct program_type *t, struct span s,
		       struct value *out)
{
	(void)d;
	out->kind = VALUE_BOOL;
	out->integer = decode_integer(s.bytes, t->size, false) != 0;
	return 0;
}

static int decode_int(const struct decoder *d, const struct program_type *t, struct span s,
		      struct value *out)
{
	(void)d;
	set_number(out, decode_integer(s.bytes, t->size, t->is_signed), t->is_signed);
	return 0;
}

/* That to a function of the kernel is shown by the function's name. */
static int decode_pointer(const struct decoder *d, const struct program_type *t, struct span s,
			  struct value *out)
{
	uint64_t address = decode_integer(s.bytes, t->size, false);
	const struct resolver *r = d->resolver;
	struct symbol_name symbol;

	if (t->bits && address && r->kernel_symbol &&
	    r->kernel_symbol(r->context, address, &symbol)) {
		set_text(out, arena_strdup(d->arena, symbol.name), false);
		return 0;
	}
	out->kind = VALUE_POINTER;
	out->integer = address;
	return 0;
}

static int decode_string(const struct decoder *d, const struct program_type *t, struct span s,
			 struct value *out)
{
	(void)d;
	const uint8_t *end = memchr(s.bytes, 0, t->size);

	out->kind = VALUE_STRING;
	out->is_cut = !end && t->size && !t->is_full;
	out->text.bytes = (const char *)s.bytes;
	out->text.len = end ? (size_t)(end - s.bytes) : t->size;
	return 0;
}

static int decode_buffer(const struct decoder *d, const struct program_type *t, struct span s,
			 struct value *out)
{
	(void)d;
	if (t->size < sizeof(struct value_buffer))
		return -EINVAL;
	out->kind = VALUE_BUFFER;
	out->text.bytes = (const char *)s.bytes + offsetof(struct value_buffer, bytes);
	out->text.len = MIN(decode_integer(s.bytes, 4, false),
			    t->size - offsetof(struct value_buffer, bytes));
	return 0;
}

static int decode_array(const struct decoder *d, const struct program_type *t, struct span s,
			struct value *out)
{
	size_t element_size = t->count ? t->size / t->count : 0;

	out->kind = VALUE_ARRAY;
	out->list.items = ARENA_ARRAY(d->arena, struct value, t->count);
	out->list.count = t->count;
	for (uint32_t i = 0; i < t->count; i++) {
		int err = decode(d, t->element, s.bytes + i * element_size, element_size,
				 &out->list.items[i]);
		if (err)
			return err;
	}
	return 0;
}

static int name_enum(const struct decoder *d, const struct program_type *t, uint64_t number,
		     struct value *out);

/* A bit-field of up to 64 bits; its bytes may end before an aligned word would. */
static int decode_bits(const struct decoder *d, const struct program_type *t,
		       const struct program_field *f, const uint8_t *bytes, struct value *out)
{
	const struct program_type *type = &d->program->types.items[f->type];
	uint32_t first = f->offset + f->bit_offset / 8, shift = f->bit_offset % 8;
	uint32_t width = f->bit_size, end = first + (shift + width + 7) / 8;
	unsigned __int128 word = 0;

	if (end > t->size || width > 64)
		return -EINVAL;
	memcpy(&word, bytes + first, end - first);
	uint64_t number = (uint64_t)(word >> shift);
	if (width < 64)
		number &= (1ull << width) - 1;
	if (type->is_signed && width < 64 && number >> (width - 1))
		number |= ~0ull << width;
	if (type->kind == TYPE_ENUM)
		return name_enum(d, type, number, out);
	if (type->kind == TYPE_BOOL)
		out->kind = VALUE_BOOL, out->integer = number != 0;
	else
		set_number(out, number, type->is_signed);
	return 0;
}

static int decode_field(const struct decoder *d, const struct program_type *t,
			const struct program_field *f, const uint8_t *bytes, struct value *out)
{
	uint32_t size = d->program->types.items[f->type].size;

	if ((uint64_t)f->offset + size > t->size)
		return -EINVAL;
	return decode(d, f->type, bytes + f->offset, size, out);
}

static int decode_members(const struct decoder *d, const struct program_type *t, struct span s,
			  struct value *out)
{
	const struct program *p = d->program;

	if ((uint64_t)t->first + t->field_count > p->fields.count)
		return -EINVAL;
	out->kind = t->kind == TYPE_TUPLE ? VALUE_TUPLE : VALUE_RECORD;
	out->list.count = t->field_count;
	out->list.items = ARENA_ARRAY(d->arena, struct value, t->field_count);
	out->list.names = ARENA_ARRAY(d->arena, const char *, t->field_count);
	for (uint32_t i = 0; i < t->field_count; i++) {
		const struct program_field *f = &p->fields.items[t->first + i];
		int err = -EINVAL;

		if (f->type < p->types.count)
			err = f->bit_size ? decode_bits(d, t, f, s.bytes, &out->list.items[i])
					  : decode_field(d, t, f, s.bytes, &out->list.items[i]);
		if (err)
			return err;
		out->list.names[i] = program_string(p, f->name);
	}
	return 0;
}

static int name_enum(const struct decoder *d, const struct program_type *t, uint64_t number,
		     struct value *out)
{
	const struct program *p = d->program;
	uint64_t mask = t->size < 8 ? (1ull << 8 * t->size) - 1 : ~0ull;

	if ((uint64_t)t->first + t->field_count > p->enumerators.count)
		return -EINVAL;
	set_number(out, number, t->is_signed);
	for (uint32_t i = 0; i < t->field_count; i++) {
		const struct program_enumerator *e = &p->enumerators.items[t->first + i];

		if ((e->value ^ number) & mask)
			continue;
		out->kind = VALUE_ENUM;
		out->enumerator.number = number;
		out->enumerator.name = program_string(p, e->name);
		break;
	}
	return 0;
}

static int decode_enum(const struct decoder *d, const struct program_type *t, struct span s,
		       struct value *out)
{
	return name_enum(d, t, decode_integer(s.bytes, t->size, t->is_signed), out);
}

static int decode_username(const struct decoder *d, const struct program_type *t, struct span s,
			   struct value *out)
{
	uint64_t uid = decode_integer(s.bytes, t->size, false);

	if (d->resolver->user_name)
		set_text(out,
			 arena_strdup(d->arena, d->resolver->user_name(d->resolver->context, uid)),
			 false);
	else
		set_number(out, uid, false);
	return 0;
}

static int decode_timestamp(const struct decoder *d, const struct program_type *t, struct span s,
			    struct value *out)
{
	struct value_timestamp stamp;

	if (t->size < sizeof(stamp))
		return -EINVAL;
	memcpy(&stamp, s.bytes, sizeof(stamp));
	if (stamp.format >= d->program->strings.len)
		return -EINVAL;
	if (d->resolver->timestamp)
		set_text(out,
			 arena_strdup(d->arena, d->resolver->timestamp(
							d->resolver->context, &stamp,
							program_string(d->program, stamp.format))),
			 true);
	else
		set_number(out, stamp.time_ns, false);
	return 0;
}

static int decode_inet(const struct decoder *d, const struct program_type *t, struct span s,
		       struct value *out)
{
	struct value_inet inet;
	char *text = arena_alloc(d->arena, INET6_ADDRSTRLEN);

	if (t->size < sizeof(inet))
		return -EINVAL;
	memcpy(&inet, s.bytes, sizeof(inet));
	if (!inet_ntop((int)inet.family, inet.address, text, INET6_ADDRSTRLEN))
		text[0] = '\0';
	set_text(out, text, true);
	return 0;
}

static int decode_mac(const struct decoder *d, const struct program_type *t, struct span s,
		      struct value *out)
{
	if (t->size < 6)
		return -EINVAL;
	set_text(out,
		 arena_printf(d->arena, "%02X:%02X:%02X:%02X:%02X:%02X", s.bytes[0], s.bytes[1],
			      s.bytes[2], s.bytes[3], s.bytes[4], s.bytes[5]),
		 true);
	return 0;
}

/* A name for the address, or the address as text. */
static void set_symbol(struct arena *a, struct value *out, const char *name, uint64_t address)
{
	if (name)
		set_text(out, arena_strdup(a, name), false);
	else
		set_text(out, arena_printf(a, "0x%llx", (unsigned long long)address), true);
}

static int decode_ksym(const struct decoder *d, const struct program_type *t, struct span s,
		       struct value *out)
{
	uint64_t address = decode_integer(s.bytes, MIN(t->size, 8u), false);
	const struct resolver *r = d->resolver;
	struct symbol_name symbol;
	bool is_known = r->kernel_symbol && r->kernel_symbol(r->context, address, &symbol);

	set_symbol(d->arena, out, is_known ? symbol.name : NULL, address);
	return 0;
}

static int decode_usym(const struct decoder *d, const struct program_type *t, struct span s,
		       struct value *out)
{
	const struct resolver *r = d->resolver;
	struct value_user_symbol u;
	struct symbol_name symbol;
	bool is_known;

	if (t->size < sizeof(u))
		return -EINVAL;
	memcpy(&u, s.bytes, sizeof(u));
	is_known = r->user_symbol && r->user_symbol(r->context, u.address, u.pid, &symbol);
	set_symbol(d->arena, out, is_known ? symbol.name : NULL, u.address);
	return 0;
}

static int decode_stack(const struct decoder *d, const struct program_type *t, struct span s,
			struct value *out)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;

	stack_render(&text, d->resolver, t, s.bytes);
	set_text(out, arena_strdup(d->arena, strbuf_text(&text)), true);
	return 0;
}

static int decode_cgroup(const struct decoder *d, const struct program_type *t, struct span s,
			 struct value *out)
{
	const struct resolver *r = d->resolver;
	struct value_cgroup_path v;

	if (t->size < sizeof(v))
		return -EINVAL;
	memcpy(&v, s.bytes, sizeof(v));
	if (v.filter >= d->program->strings.len)
		return -EINVAL;
	if (r->cgroup_path)
		set_text(out,
			 arena_strdup(d->arena,
				      r->cgroup_path(r->context, v.id,
						     program_string(d->program, v.filter))),
			 false);
	else
		set_number(out, v.id, false);
	return 0;
}

/* min, max: a state, or the plain number it was read as. */
static int decode_extreme(const struct decoder *d, const struct program_type *t, struct span s,
			  struct value *out)
{
	struct state_extreme state;

	(void)d;
	if (s.size < sizeof(state)) {
		set_number(out, decode_integer(s.bytes, t->size, t->is_signed), t->is_signed);
		return 0;
	}
	memcpy(&state, s.bytes, sizeof(state));
	set_number(out,
		   state.is_set ? extreme_decode(state.encoded, t->is_signed, t->kind == TYPE_MIN)
				: 0,
		   t->is_signed);
	return 0;
}

static uint64_t average(const struct state_average *s, bool is_signed)
{
	if (!s->count)
		return 0;
	return is_signed ? (uint64_t)((int64_t)s->total / (int64_t)s->count) : s->total / s->count;
}

static int decode_average(const struct decoder *d, const struct program_type *t, struct span s,
			  struct value *out)
{
	struct state_average state;

	(void)d;
	if (s.size < sizeof(state)) {
		set_number(out, decode_integer(s.bytes, t->size, t->is_signed), t->is_signed);
		return 0;
	}
	memcpy(&state, s.bytes, sizeof(state));
	set_number(out, average(&state, t->is_signed), t->is_signed);
	return 0;
}

static int decode_stats(const struct decoder *d, const struct program_type *t, struct span s,
			struct value *out)
{
	struct state_average state;

	(void)d;
	if (s.size < sizeof(state))
		return -EINVAL;
	memcpy(&state, s.bytes, sizeof(state));
	out->kind = VALUE_STATS;
	out->stats = (struct value_stats){ .count = state.count,
					   .average = average(&state, t->is_signed),
					   .total = state.total,
					   .is_signed = t->is_signed };
	return 0;
}

static int decode_quantile(const struct decoder *d, const struct program_type *t, struct span s,
			   struct value *out)
{
	const struct state_quantile *state;

	if (s.size < sizeof(*state))
		return -EINVAL;
	state = arena_memdup(d->arena, s.bytes, sizeof(*state)); /* aligned */
	out->kind = VALUE_QUANTILE;
	quantile_compute(state, t->is_signed, &out->quantile);
	return 0;
}

/* The record only says what to read; null where it cannot be. */
static int decode_quantile_member(const struct decoder *d, const struct program_type *t,
				  struct span s, struct value *out)
{
	const struct resolver *r = d->resolver;
	struct value_quantile_member which;
	struct value_quantile values;
	const struct program_map *m;

	if (t->size < sizeof(which))
		return -EINVAL;
	memcpy(&which, s.bytes, sizeof(which));
	if (which.map >= d->program->maps.count || which.member >= QUANTILE_MEMBER_COUNT)
		return -EINVAL;
	m = &d->program->maps.items[which.map];
	if (!m->is_scalar && t->size < sizeof(which) + m->key_size)
		return -EINVAL;
	if (!r->quantile || r->quantile(r->map_context, which.map,
					m->is_scalar ? NULL : s.bytes + sizeof(which), &values))
		return 0;
	set_number(out, values.members[which.member],
		   values.is_signed && which.member != QUANTILE_COUNT);
	return 0;
}

static int decode_histogram(const struct decoder *d, const struct program_type *t, struct span s,
			    struct value *out)
{
	struct value_histogram *h = &out->histogram;

	out->kind = VALUE_HISTOGRAM;
	*h = (struct value_histogram){ .is_linear = t->kind == TYPE_LHIST,
				       .bits = t->bits,
				       .min = t->min,
				       .max = t->max,
				       .step = t->step };
	if (t->bits > 5 || (h->is_linear && (t->step <= 0 || t->max < t->min)))
		return -EINVAL;
	h->count = h->is_linear ? lhist_bucket_count(t->min, t->max, t->step)
				: hist_bucket_count(t->bits);
	if (s.size / sizeof(uint64_t) < h->count)
		return -EINVAL;
	h->counts = arena_memdup(d->arena, s.bytes, h->count * sizeof(uint64_t));
	return 0;
}

static uint64_t series_value(const struct state_interval *i, const struct program_type *t)
{
	struct state_average average_state = { i->value, i->count };

	switch ((enum series_kind)t->bits) {
	case SERIES_MIN:
	case SERIES_MAX:
		return extreme_decode(i->value, t->is_signed, t->bits == SERIES_MIN);
	case SERIES_AVG:
		return average(&average_state, t->is_signed);
	case SERIES_LAST:
	case SERIES_SUM:
	case SERIES_KIND_COUNT:
		break;
	}
	return i->value;
}

static int compare_points(const void *left, const void *right)
{
	const struct value_point *a = left, *b = right;

	return (a->interval > b->interval) - (a->interval < b->interval);
}

static int decode_series(const struct decoder *d, const struct program_type *t, struct span s,
			 struct value *out)
{
	const struct state_interval *intervals = (const void *)s.bytes;
	struct value_point *points;
	size_t count = 0;

	if (t->step <= 0 || s.size / sizeof(*intervals) < t->count)
		return -EINVAL;
	points = ARENA_ARRAY(d->arena, struct value_point, t->count);
	for (uint32_t i = 0; i < t->count; i++) {
		struct state_interval one;

		memcpy(&one, &intervals[i], sizeof(one));
		if (!one.epoch || one.epoch == INTERVAL_BUSY || !one.count)
			continue;
		points[count].interval = one.epoch - 1;
		points[count++].value = series_value(&one, t);
	}
	qsort(points, count, sizeof(*points), compare_points);
	out->kind = VALUE_SERIES;
	out->series = (struct value_series){
		.points = points,
		.count = count,
		.newest = count ? points[count - 1].interval : 0,
		.intervals = t->count,
		.interval_ns = t->step,
		.boot_to_wall_ns = d->resolver->boot_to_wall_ns,
		.is_signed = t->is_signed,
	};
	return 0;
}

static decode_fn *const decoders[TYPE_KIND_COUNT] = {
	[TYPE_NONE] = decode_null,
	[TYPE_VOID] = decode_null,
	[TYPE_BOOL] = decode_bool,
	[TYPE_INT] = decode_int,
	[TYPE_POINTER] = decode_pointer,
	[TYPE_STRING] = decode_string,
	[TYPE_BUFFER] = decode_buffer,
	[TYPE_ARRAY] = decode_array,
	[TYPE_TUPLE] = decode_members,
	[TYPE_RECORD] = decode_members,
	[TYPE_STRUCT] = decode_members,
	[TYPE_ENUM] = decode_enum,
	[TYPE_USERNAME] = decode_username,
	[TYPE_TIMESTAMP] = decode_timestamp,
	[TYPE_TIMESTAMP_MODE] = decode_null,
	[TYPE_INET] = decode_inet,
	[TYPE_MAC] = decode_mac,
	[TYPE_CGROUP_PATH] = decode_cgroup,
	[TYPE_KSYM] = decode_ksym,
	[TYPE_USYM] = decode_usym,
	[TYPE_KSTACK] = decode_stack,
	[TYPE_USTACK] = decode_stack,
	[TYPE_COUNT] = decode_int,
	[TYPE_SUM] = decode_int,
	[TYPE_MIN] = decode_extreme,
	[TYPE_MAX] = decode_extreme,
	[TYPE_AVG] = decode_average,
	[TYPE_STATS] = decode_stats,
	[TYPE_QUANTILE] = decode_quantile,
	[TYPE_QUANTILE_MEMBER] = decode_quantile_member,
	[TYPE_HIST] = decode_histogram,
	[TYPE_LHIST] = decode_histogram,
	[TYPE_TSERIES] = decode_series,
};

int decode(const struct decoder *d, uint32_t type, const void *bytes, size_t size,
	   struct value *out)
{
	const struct program_type *t;

	*out = (struct value){ .kind = VALUE_NULL };
	if (type >= d->program->types.count)
		return -EINVAL;
	t = &d->program->types.items[type];
	if (t->kind >= TYPE_KIND_COUNT || size < t->size)
		return -EINVAL;
	return decoders[t->kind](d, t, (struct span){ bytes, size }, out);
}
