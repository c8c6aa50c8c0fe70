/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading goes in three steps: fetch raw keys and values (in batches where the kernel can), merge
 * the CPUs' states of each entry into one, then sort and decode. Batches are limited in bytes,
 * because the histograms of many CPUs are large; a batch too small for one hash bucket is answered
 * with ENOSPC and doubled.
 *
 * Entries with equal rank are in key order, so that two runs with the same data print the same.
 */
#include "runtime/map_reader.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include "runtime/aggregate.h"
#include "runtime/output/series.h"
#include "runtime/output/quantile.h"

#define BATCH_BYTES (1 << 20)

/* Sizes of one map, and what has been fetched of it. */
struct fetch {
	const struct map_reader *reader;
	const struct program_map *map;
	const struct program_type *value_type;
	int fd;
	uint32_t cpus;      /* states per entry: 1 unless per-CPU */
	size_t cpu_stride;  /* bytes from one CPU's value to the next */
	size_t header_size; /* of scalar_header, or 0 */
	size_t state_size;  /* value without header */
	bool is_set;        /* scalar: some CPU's header says so */
	struct map_raw_entries VEC_OF(struct map_raw_entry) entries; /* arena */
};

static int fetch_init(struct fetch *f, const struct map_reader *r, uint32_t map)
{
	const struct program *p = r->decoder->program;

	if (map >= p->maps.count)
		return -EINVAL;
	*f = (struct fetch){ .reader = r, .map = &p->maps.items[map], .fd = r->map_fds[map] };
	if (f->map->value_type >= p->types.count)
		return -EINVAL;
	f->value_type = &p->types.items[f->map->value_type];
	f->cpus = f->map->is_per_cpu ? r->cpu_count : 1;
	f->cpu_stride = f->map->is_per_cpu ? ROUND_UP(f->map->value_size, 8u) : f->map->value_size;
	f->header_size = f->map->is_scalar ? sizeof(struct scalar_header) : 0;
	if (f->map->value_size < f->header_size)
		return -EINVAL;
	f->state_size = f->map->value_size - f->header_size;
	return 0;
}

/* Adds one entry: copies the key, merges the values of the CPUs. */
static void add_entry(struct fetch *f, const void *key, const uint8_t *values)
{
	struct arena *a = f->reader->decoder->arena;
	uint8_t *state = arena_memdup(a, values + f->header_size, f->state_size);

	for (uint32_t cpu = 0; cpu < f->cpus; cpu++) {
		const uint8_t *value = values + cpu * f->cpu_stride;

		if (f->header_size && ((const struct scalar_header *)value)->is_set)
			f->is_set = true;
		if (cpu)
			aggregate_merge(f->value_type, state, value + f->header_size,
					f->state_size);
	}
	struct map_raw_entry entry = { .value = state };
	if (!f->map->is_scalar)
		entry.key = arena_memdup(a, key, f->map->key_size);
	arena_vec_push(a, &f->entries, entry);
}

static int fetch_scalar(struct fetch *f)
{
	auto_free uint8_t *values = xcalloc(f->cpus, f->cpu_stride);
	uint32_t key = 0;

	if (bpf_map_lookup_elem(f->fd, &key, values))
		return -errno;
	add_entry(f, NULL, values);
	return 0;
}

/* Key after key: for kernels and map types without batches. */
static int fetch_one_by_one(struct fetch *f)
{
	auto_free uint8_t *values = xcalloc(f->cpus, f->cpu_stride);
	auto_free uint8_t *key = xcalloc(1, f->map->key_size);
	bool is_first = true;

	f->entries.count = 0;
	while (!bpf_map_get_next_key(f->fd, is_first ? NULL : key, key)) {
		is_first = false;
		if (!bpf_map_lookup_elem(f->fd, key, values))
			add_entry(f, key, values);
		else if (errno != ENOENT) /* deleted meanwhile */
			return -errno;
	}
	return errno == ENOENT ? 0 : -errno;
}

static int fetch_batches(struct fetch *f)
{
	size_t value_size = f->cpus * f->cpu_stride, key_size = f->map->key_size;
	uint32_t capacity = (uint32_t)MAX(BATCH_BYTES / (value_size + key_size), 16u);
	auto_free uint8_t *cursor = xcalloc(1, MAX(key_size, 8u));
	auto_free uint8_t *values = NULL, *keys = NULL;
	bool is_first = true, is_last = false;

	capacity = MIN(capacity, f->map->max_entries + 1);
	while (!is_last) {
		uint32_t count = capacity;

		if (!values) {
			values = xmalloc(capacity * value_size);
			keys = xmalloc(capacity * key_size);
		}
		if (bpf_map_lookup_batch(f->fd, is_first ? NULL : cursor, cursor, keys, values,
					 &count, NULL)) {
			if (errno == ENOSPC && !count && capacity <= f->map->max_entries) {
				capacity *= 2;
				free(take(values));
				free(take(keys));
				continue;
			}
			if (errno != ENOENT) /* ENOENT: these are the last */
				return -errno;
			is_last = true;
		}
		is_first = false;
		for (uint32_t i = 0; i < count; i++)
			add_entry(f, keys + i * key_size, values + i * value_size);
	}
	return 0;
}

static int fetch_all(struct fetch *f)
{
	if (f->map->is_scalar)
		return fetch_scalar(f);
	return fetch_batches(f) ? fetch_one_by_one(f) : 0;
}

/* --- order ---------------------------------------------------------------------------------------
 */
struct sorted {
	struct value_entry entry;
	const uint8_t *key;
	uint64_t rank;
};

struct order {
	const struct program *program;
	const struct program_map *map;
	enum aggregate_order by;
};

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_key(const struct program *p, uint32_t type, const uint8_t *a, const uint8_t *b)
{
	const struct program_type *t = &p->types.items[type];
	int order = 0;

	if (t->kind == TYPE_INT || t->kind == TYPE_ENUM)
		return compare_i64((int64_t)decode_integer(a, t->size, true),
				   (int64_t)decode_integer(b, t->size, true));
	if (t->kind == TYPE_POINTER || t->kind == TYPE_USERNAME)
		return compare_u64(decode_integer(a, t->size, false),
				   decode_integer(b, t->size, false));
	if (t->kind != TYPE_TUPLE)
		return memcmp(a, b, t->size);
	for (uint32_t i = 0; !order && i < t->field_count; i++) {
		const struct program_field *f = &p->fields.items[t->first + i];

		order = compare_key(p, f->type, a + f->offset, b + f->offset);
	}
	return order;
}

static int compare_entries(const void *left, const void *right, void *context)
{
	const struct sorted *a = left, *b = right;
	const struct order *o = context;
	int order = 0;

	if (o->by == ORDER_SIGNED)
		order = compare_i64((int64_t)a->rank, (int64_t)b->rank);
	else if (o->by == ORDER_UNSIGNED)
		order = compare_u64(a->rank, b->rank);
	if (order || !a->key)
		return order;
	if (o->by == ORDER_KEY_BYTES)
		return memcmp(a->key, b->key, o->map->key_size);
	return compare_key(o->program, o->map->key_type, a->key, b->key);
}

static enum value_map_shape shape_of(const struct program_type *t)
{
	if (t->kind == TYPE_HIST || t->kind == TYPE_LHIST)
		return VALUE_MAP_HISTOGRAM;
	if (t->kind == TYPE_TSERIES)
		return VALUE_MAP_SERIES;
	if (t->kind == TYPE_QUANTILE)
		return VALUE_MAP_QUANTILE;
	if (t->kind == TYPE_AVG || t->kind == TYPE_STATS)
		return VALUE_MAP_STATS;
	return VALUE_MAP_PLAIN;
}

/* The largest are always those at the end; how they are printed is another matter. */
static enum aggregate_order order_of(const struct program_type *value_type,
				     const struct map_print *how)
{
	if (how->by >= PRINT_BY_MEMBER)
		return value_type->is_signed && how->by != PRINT_BY_MEMBER + QUANTILE_COUNT
			       ? ORDER_SIGNED : ORDER_UNSIGNED;
	return how->by == PRINT_BY_KEY ? ORDER_KEY : aggregate_order(value_type);
}

static uint64_t rank_of(const struct program_type *value_type, const struct value *v,
			const struct map_print *how)
{
	if (v->kind == VALUE_QUANTILE && how->by >= PRINT_BY_MEMBER &&
	    how->by < PRINT_BY_MEMBER + QUANTILE_MEMBER_COUNT)
		return v->quantile.members[how->by - PRINT_BY_MEMBER];
	return aggregate_rank(value_type, v);
}

int map_shape(const struct decoder *d, const struct program_map *m, struct map_raw_entry *entries,
	      size_t count, size_t value_size, const struct map_print *how, struct value_map *out)
{
	const struct program *p = d->program;
	const struct program_type *value_type = &p->types.items[m->value_type];
	struct order order = { p, m, order_of(value_type, how) };
	struct sorted *sorted = ARENA_ARRAY(d->arena, struct sorted, count);

	for (size_t i = 0; i < count; i++) {
		struct value_entry *e = &sorted[i].entry;
		int err = decode(d, m->value_type, entries[i].value, value_size, &e->value);

		if (!err && !m->is_scalar)
			err = decode(d, m->key_type, entries[i].key, m->key_size, &e->key);
		if (err)
			return err;
		sorted[i].key = entries[i].key;
		sorted[i].rank = rank_of(value_type, &e->value, how);
	}
	if (count > 1)
		qsort_r(sorted, count, sizeof(*sorted), compare_entries, &order);
	size_t first = how->top > 0 && (uint64_t)how->top < count ? count - (size_t)how->top : 0;
	*out = (struct value_map){ .name = program_string(p, m->name),
				   .shape = shape_of(value_type),
				   .is_scalar = m->is_scalar,
				   .count = count - first };
	out->entries = ARENA_ARRAY(d->arena, struct value_entry, out->count);
	for (size_t i = 0; i < out->count; i++) {
		out->entries[i] = sorted[how->is_descending ? count - 1 - i : first + i].entry;
		value_divide(&out->entries[i].value, how->div);
	}
	if (out->shape == VALUE_MAP_SERIES)
		series_align(out->entries, out->count);
	return 0;
}

int map_read(const struct map_reader *r, uint32_t map, const struct map_print *how,
	     struct value_map *out)
{
	struct fetch f;
	int err = fetch_init(&f, r, map);

	if (!err)
		err = fetch_all(&f);
	if (err)
		return err;
	/* A scalar that was never written is no entry; only print(@m) of a value shows its zero. */
	bool is_picture = shape_of(f.value_type) == VALUE_MAP_HISTOGRAM ||
			  shape_of(f.value_type) == VALUE_MAP_SERIES;
	if (f.map->is_scalar && !f.is_set && (!how->is_explicit || is_picture))
		f.entries.count = 0;
	return map_shape(r->decoder, f.map, f.entries.items, f.entries.count, f.state_size, how,
			 out);
}

int map_read_quantile(const struct map_reader *r, uint32_t map, const void *key,
		      struct value_quantile *out)
{
	uint32_t only = 0;
	struct fetch f;
	int err = fetch_init(&f, r, map);

	if (err)
		return err;
	if (f.value_type->kind != TYPE_QUANTILE || f.state_size < sizeof(struct state_quantile))
		return -EINVAL;
	auto_free uint8_t *values = xcalloc(f.cpus, f.cpu_stride);
	/* A missing element reads as zero, as everywhere. */
	if (bpf_map_lookup_elem(f.fd, key ? key : &only, values) && errno != ENOENT)
		return -errno;
	add_entry(&f, key, values);
	quantile_compute((const struct state_quantile *)(const void *)f.entries.items[0].value,
			 f.value_type->is_signed, out);
	return 0;
}

/* --- clear and zero ------------------------------------------------------------------------- */

/* Zeroes a scalar on all CPUs; keeps_set: it still counts as written. */
static int reset_scalar(const struct fetch *f, bool keeps_set)
{
	auto_free uint8_t *values = xcalloc(f->cpus, f->cpu_stride);
	uint32_t key = 0;

	if (keeps_set && bpf_map_lookup_elem(f->fd, &key, values))
		return -errno;
	for (uint32_t cpu = 0; cpu < f->cpus; cpu++)
		memset(values + cpu * f->cpu_stride + f->header_size, 0, f->state_size);
	return bpf_map_update_elem(f->fd, &key, values, BPF_ANY) ? -errno : 0;
}

int map_clear(const struct map_reader *r, uint32_t map)
{
	struct fetch f;
	int err = fetch_init(&f, r, map);

	if (err)
		return err;
	if (f.map->is_scalar)
		return reset_scalar(&f, false);
	err = fetch_all(&f);
	for (size_t i = 0; !err && i < f.entries.count; i++)
		if (bpf_map_delete_elem(f.fd, f.entries.items[i].key) && errno != ENOENT)
			err = -errno;
	return err;
}

int map_zero(const struct map_reader *r, uint32_t map)
{
	struct fetch f;
	int err = fetch_init(&f, r, map);

	if (err)
		return err;
	if (f.map->is_scalar)
		return reset_scalar(&f, true);
	auto_free uint8_t *zeros = xcalloc(f.cpus, f.cpu_stride);
	err = fetch_all(&f);
	for (size_t i = 0; !err && i < f.entries.count; i++)
		if (bpf_map_update_elem(f.fd, f.entries.items[i].key, zeros, BPF_EXIST) &&
		    errno != ENOENT)
			err = -errno;
	return err;
}
