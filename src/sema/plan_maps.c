/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storage of maps (layouts: program/events.h).
 *
 *	scalar			array of one entry: scalar_header, then the value
 *	scalar aggregation	per-CPU array of one entry: scalar_header, then the state
 *	keyed			hash; whether it is preallocated is the loader's decision
 *	keyed aggregation	per-CPU hash of states
 *
 * A declaration chooses among kinds of hashes; a scalar map stays an array whatever it says.
 */
#include <linux/bpf.h>
#include "sema/pass.h"
#include "util/text.h"

static const struct map_kind {
	const char *word;
	uint32_t bpf_type;
	bool is_per_cpu;
} map_kinds[] = {
	{ "hash", BPF_MAP_TYPE_HASH, false },
	{ "lruhash", BPF_MAP_TYPE_LRU_HASH, false },
	{ "percpuhash", BPF_MAP_TYPE_PERCPU_HASH, true },
	{ "percpulruhash", BPF_MAP_TYPE_LRU_PERCPU_HASH, true },
};

static const struct map_kind *find_kind(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(map_kinds); i++) {
		if (!strcmp(map_kinds[i].word, word))
			return &map_kinds[i];
	}
	return NULL;
}

static void report_kind(struct sema *s, const struct ast_map_decl *d)
{
	static const char *const names[] = { "hash", "lruhash", "percpuhash", "percpulruhash" };
	struct diag_msg *m = diag_error(s->diag, DIAG_MAP_DECLARATION, d->type_loc,
					"'%s' is no type of map", d->type);
	struct text_nearest nearest;

	text_nearest_init(&nearest, d->type);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		text_nearest_offer(&nearest, names[i]);
	if (nearest.best)
		diag_did_you_mean(m, nearest.best);
	else
		diag_hint(m, "types are: hash, lruhash, percpuhash, percpulruhash");
}

static void check_declaration(struct sema *s, const struct map_symbol *m)
{
	const struct ast_map_decl *d = m->declaration;
	const struct map_kind *kind = find_kind(d->type);
	bool is_aggregation = m->value_type && type_is_aggregation(m->value_type);

	if (!kind)
		report_kind(s, d);
	else if (!d->capacity || d->capacity > UINT32_MAX)
		diag_error(s->diag, DIAG_MAP_DECLARATION, d->loc,
			   "the size of a map must be from 1 to %u", UINT32_MAX);
	else if (m->value_type && kind->is_per_cpu != is_aggregation)
		diag_hint(diag_error(s->diag, DIAG_MAP_DECLARATION, d->type_loc,
				     "@%s is declared as '%s', but holds '%s'", m->name, d->type,
				     m->value_type->spelling),
			  is_aggregation ? "aggregations need percpuhash or percpulruhash"
					 : "ordinary values need hash or lruhash");
}

/* The kernel's limit for an element of a hash is 4 MB, with its key and header (KMALLOC_MAX_SIZE). */
#define KEYED_INTERVALS_MAX (((4u << 20) - 4096) / (uint32_t)sizeof(struct state_interval))

static void check_series(struct sema *s, const struct map_symbol *m)
{
	struct diag_msg *msg;

	if (!m->value_type || m->value_type->kind != TYPE_TSERIES || !m->is_keyed ||
	    m->value_type->count <= KEYED_INTERVALS_MAX)
		return;
	msg = diag_error(s->diag, DIAG_SERIES_RANGE, m->loc,
			 "@%s: a map with keys can have %u intervals at most", m->name,
			 KEYED_INTERVALS_MAX);
	diag_hint(msg, "without keys there may be 1000000");
}

void check_map_declarations(struct sema *s)
{
	for (size_t i = 0; i < s->maps.count; i++) {
		check_series(s, s->maps.items[i]);
		if (s->maps.items[i]->declaration)
			check_declaration(s, s->maps.items[i]);
	}
}

static uint32_t state_size(const struct type *t)
{
	static const uint16_t sizes[TYPE_KIND_COUNT] = {
		[TYPE_COUNT] = sizeof(uint64_t),
		[TYPE_SUM] = sizeof(uint64_t),
		[TYPE_MIN] = sizeof(struct state_extreme),
		[TYPE_MAX] = sizeof(struct state_extreme),
		[TYPE_AVG] = sizeof(struct state_average),
		[TYPE_STATS] = sizeof(struct state_average),
		[TYPE_QUANTILE] = sizeof(struct state_quantile),
	};

	if (t->kind == TYPE_HIST)
		return hist_bucket_count(t->bits) * (uint32_t)sizeof(uint64_t);
	if (t->kind == TYPE_TSERIES)
		return t->count * (uint32_t)sizeof(struct state_interval);
	if (t->kind == TYPE_LHIST)
		return lhist_bucket_count(t->min, t->max, t->step) * (uint32_t)sizeof(uint64_t);
	return sizes[t->kind];
}

/* Time series are too large for per-CPU values. */
static bool is_per_cpu(const struct type *t)
{
	return type_is_aggregation(t) && t->kind != TYPE_TSERIES;
}

static uint32_t bpf_type_of(const struct map_kind *kind, const struct type *value)
{
	bool is_lru = kind->bpf_type == BPF_MAP_TYPE_LRU_PERCPU_HASH;

	if (kind->is_per_cpu && !is_per_cpu(value))
		return is_lru ? BPF_MAP_TYPE_LRU_HASH : BPF_MAP_TYPE_HASH;
	return kind->bpf_type;
}

/* Quantiles are so large that their elements must be there before they are needed: the kernel has no memory
 * of that size at hand when a key comes up. So there are fewer of them. */
#define QUANTILE_KEYS	 256
#define QUANTILE_KEY_MAX (128u << 20) /* bytes of all: what the loader allocates at the start */

static uint32_t default_keys(struct sema *s, const struct type *value, uint32_t size)
{
	uint32_t keys = s->program->config.max_map_keys;
	uint32_t cpus = s->host ? host_cpu_count(s->host) : 1;

	if (value->kind != TYPE_QUANTILE)
		return keys;
	keys = MIN(keys, (uint32_t)QUANTILE_KEYS);
	return MIN(keys, MAX(QUANTILE_KEY_MAX / (ROUND_UP(size, 1024u) * cpus), 1u));
}

static struct program_map plan_map(struct sema *s, const struct map_symbol *m)
{
	bool is_aggregation = type_is_aggregation(m->value_type);
	bool is_scalar = !m->is_keyed;
	uint32_t size = is_aggregation ? state_size(m->value_type) : type_size(m->value_type);
	struct program_map out = {
		.role = MAP_ROLE_USER,
		.is_scalar = is_scalar,
		.is_per_cpu = is_per_cpu(m->value_type),
		.value_size = size,
		.max_entries = default_keys(s, m->value_type, size),
		.value_type = program_add_type(s->program, m->value_type),
		.site = sema_add_site(s, m->loc, NULL, false),
	};

	out.name = program_add_string(s->program, arena_printf(s->arena, "@%s", m->name));
	if (is_scalar) {
		out.bpf_type = out.is_per_cpu ? BPF_MAP_TYPE_PERCPU_ARRAY : BPF_MAP_TYPE_ARRAY;
		out.key_size = sizeof(uint32_t);
		out.value_size = ROUND_UP((uint32_t)sizeof(struct scalar_header) + size, 8u);
		out.max_entries = 1;
		return out;
	}
	out.bpf_type = out.is_per_cpu ? BPF_MAP_TYPE_PERCPU_HASH : BPF_MAP_TYPE_HASH;
	out.key_size = type_size(m->key_type);
	out.key_type = program_add_type(s->program, m->key_type);
	if (m->declaration) {
		out.bpf_type = bpf_type_of(find_kind(m->declaration->type), m->value_type);
		out.max_entries = (uint32_t)m->declaration->capacity;
	}
	return out;
}

void plan_maps(struct sema *s)
{
	for (size_t i = 0; i < s->maps.count; i++) {
		struct map_symbol *m = s->maps.items[i];

		if (!m->value_type || m->is_dropped) /* declared, never used */
			continue;
		m->index = (uint32_t)s->program->maps.count;
		struct program_map planned = plan_map(s, m);
		vec_push(&s->program->maps, planned);
	}
}

static void add_internal(struct sema *s, enum program_map_role role, const char *name,
			 struct program_map m)
{
	m.role = (uint8_t)role;
	m.name = program_add_string(s->program, name);
	vec_push(&s->program->maps, m);
}

void plan_internal_maps(struct sema *s)
{
	struct program *p = s->program;
	bool has[ACTION_RING_COUNT] = { false };

	for (size_t i = 0; i < p->actions.count && !plan_is_iterator(s); i++)
		has[program_action_ring(p->actions.items[i].kind)] = true;
	add_internal(s, MAP_ROLE_GLOBALS, "globals", (struct program_map){
		.bpf_type = BPF_MAP_TYPE_ARRAY, .bpf_flags = BPF_F_MMAPABLE, .key_size = 4,
		.value_size = (uint32_t)program_globals_size(p), .max_entries = 1 });
	if (has[ACTION_RING_DATA])
		add_internal(s, MAP_ROLE_RINGS, "rings", (struct program_map){
			.bpf_type = BPF_MAP_TYPE_ARRAY_OF_MAPS, .key_size = 4, .value_size = 4 });
	if (has[ACTION_RING_PACKETS])
		add_internal(s, MAP_ROLE_PACKETS, "packets", (struct program_map){
			.bpf_type = BPF_MAP_TYPE_PERF_EVENT_ARRAY, .key_size = 4, .value_size = 4 });
	if (has[ACTION_RING_CONTROL])
		add_internal(s, MAP_ROLE_CONTROL, "control", (struct program_map){
			.bpf_type = BPF_MAP_TYPE_RINGBUF });
}
