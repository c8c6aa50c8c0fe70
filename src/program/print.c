/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Struct program as text (-d plan, golden tests), and the names its enumerations have.
 *
 * One block per table, one line per row, numbers as the other tables refer to them. Nothing here
 * depends on the machine beyond what the plan itself says.
 */
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include "program/program.h"
#include "util/text.h"

static const struct {
	const char *name;
	enum program_ring ring;
} actions[] = {
#define ACTION(ID, handler, ring, meaning) [ACTION_##ID] = { #handler, ACTION_RING_##ring },
#include "program/actions.def"
#undef ACTION
};

static const struct {
	const char *json, *text;
	bool is_event;
} losses[] = {
#define LOSS(ID, json, is_event, text) [LOSS_##ID] = { json, text, is_event },
#include "program/losses.def"
#undef LOSS
};

static const struct program_attach_facts attach_facts[ATTACH_COUNT] = {
#define ATTACH(ID, name, cost, event_ns, detach, needs)                                            \
	[ATTACH_##ID] = { name, COST_##cost, event_ns, detach, needs },
#include "program/attach.def"
#undef ATTACH
};

static const char *const role_names[] = {
	[MAP_ROLE_USER] = "user",	  [MAP_ROLE_GLOBALS] = "globals",
	[MAP_ROLE_RINGS] = "rings",	  [MAP_ROLE_CONTROL] = "control ring",
	[MAP_ROLE_PACKETS] = "packets",	  [MAP_ROLE_SCRATCH] = "scratch",
};

const char *program_action_name(enum program_action_kind kind)
{
	return kind < ARRAY_SIZE(actions) ? actions[kind].name : "unknown";
}

enum program_ring program_action_ring(enum program_action_kind kind)
{
	return actions[kind].ring;
}

const char *program_attach_name(enum program_attach attach)
{
	return attach < ATTACH_COUNT ? attach_facts[attach].name : "unknown";
}

const struct program_attach_facts *program_attach_facts(enum program_attach attach)
{
	return &attach_facts[attach];
}

static const char *const quantile_names[QUANTILE_MEMBER_COUNT] = {
#define QUANTILE(ID, name, per_mille, is_printed) [QUANTILE_##ID] = name,
#include "program/quantile_members.def"
#undef QUANTILE
};

const char *program_quantile_name(enum quantile_member member)
{
	return quantile_names[member];
}

int program_quantile_member(const char *name)
{
	for (int i = 0; i < QUANTILE_MEMBER_COUNT; i++) {
		if (!strcmp(quantile_names[i], name))
			return i;
	}
	return -1;
}

const char *program_quantile_names(void)
{
	return ""
#define QUANTILE(ID, name, per_mille, is_printed) " " name
#include "program/quantile_members.def"
#undef QUANTILE
		;
}

static const char *by_name(uint8_t by)
{
	if (by >= PRINT_BY_MEMBER && by < PRINT_BY_MEMBER + QUANTILE_MEMBER_COUNT)
		return quantile_names[by - PRINT_BY_MEMBER];
	return by == PRINT_BY_KEY ? "key" : "value";
}

const char *program_loss_json(enum program_loss loss)
{
	return losses[loss].json;
}

const char *program_loss_text(enum program_loss loss)
{
	return losses[loss].text;
}

bool program_loss_is_event(enum program_loss loss)
{
	return losses[loss].is_event;
}

/* --- types ------------------------------------------------------------------------------------ */

static void add_type(struct strbuf *b, const struct program *p, uint32_t number);

static void add_fields(struct strbuf *b, const struct program *p, const struct program_type *t)
{
	strbuf_add_text(b, t->kind == TYPE_TUPLE ? "(" : "{ ");
	for (uint32_t i = 0; i < t->field_count; i++) {
		const struct program_field *f = &p->fields.items[t->first + i];

		strbuf_add_text(b, i ? ", " : "");
		if (f->name)
			strbuf_printf(b, ".%s ", program_string(p, f->name));
		add_type(b, p, f->type);
		strbuf_printf(b, "@%u", f->offset);
		if (f->bit_size)
			strbuf_printf(b, ":%u+%u", f->bit_offset, f->bit_size);
	}
	strbuf_add_text(b, t->kind == TYPE_TUPLE ? ")" : " }");
}

static const char *kind_word(const struct program_type *t)
{
	static const char *const words[] = {
#define TYPE_KIND(ID, word) [TYPE_##ID] = word,
#include "types/type_kinds.def"
#undef TYPE_KIND
	};

	return t->kind < ARRAY_SIZE(words) ? words[t->kind] : "unknown";
}

static void add_type(struct strbuf *b, const struct program *p, uint32_t number)
{
	const struct program_type *t = &p->types.items[number];

	switch ((enum type_kind)t->kind) {
	case TYPE_INT:
		strbuf_printf(b, "%sint%u", t->is_signed ? "" : "u", t->size * 8);
		break;
	case TYPE_STRING:
	case TYPE_INET:
		strbuf_printf(b, "%s[%u]", kind_word(t), t->size);
		break;
	case TYPE_BUFFER:
		strbuf_printf(b, "buffer[%u]", t->size - 4);
		break;
	case TYPE_POINTER:
		if (t->element)
			add_type(b, p, t->element);
		else
			strbuf_add_text(b, t->bits ? "function" : "void");
		strbuf_add_text(b, " *");
		break;
	case TYPE_ARRAY:
		add_type(b, p, t->element);
		strbuf_printf(b, "[%u]", t->count);
		break;
	case TYPE_TUPLE:
	case TYPE_RECORD:
		add_fields(b, p, t);
		break;
	case TYPE_STRUCT:
		strbuf_printf(b, "struct %s[%u bytes]", program_string(p, t->name), t->size);
		break;
	case TYPE_ENUM:
		strbuf_printf(b, "enum %s", program_string(p, t->name));
		break;
	case TYPE_HIST:
		strbuf_printf(b, "hist_t(bits %u)", t->bits);
		break;
	case TYPE_LHIST:
		strbuf_printf(b, "lhist_t(%lld, %lld, %lld)", (long long)t->min,
			      (long long)t->max, (long long)t->step);
		break;
	case TYPE_SUM:
	case TYPE_MIN:
	case TYPE_MAX:
	case TYPE_AVG:
	case TYPE_STATS:
	case TYPE_QUANTILE:
		strbuf_printf(b, "%s%s", t->is_signed ? "" : "u", kind_word(t));
		break;
	case TYPE_NONE:
	case TYPE_VOID:
	case TYPE_BOOL:
	case TYPE_USERNAME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMP_MODE:
	case TYPE_MAC:
	case TYPE_CGROUP_PATH:
	case TYPE_KSYM:
	case TYPE_USYM:
	case TYPE_KSTACK:
	case TYPE_USTACK:
	case TYPE_QUANTILE_MEMBER:
	case TYPE_COUNT:
	case TYPE_TSERIES:
	case TYPE_KIND_COUNT:
		strbuf_add_text(b, kind_word(t));
		break;
	}
}

/* --- the tables ------------------------------------------------------------------------------- */

static const char *prog_type_name(uint32_t type)
{
	static const struct {
		uint32_t type;
		const char *name;
	} names[] = {
		{ BPF_PROG_TYPE_KPROBE, "kprobe" },
		{ BPF_PROG_TYPE_TRACEPOINT, "tracepoint" },
		{ BPF_PROG_TYPE_PERF_EVENT, "perf_event" },
		{ BPF_PROG_TYPE_RAW_TRACEPOINT, "raw_tracepoint" },
		{ BPF_PROG_TYPE_TRACING, "tracing" },
		{ BPF_PROG_TYPE_XDP, "xdp" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].type == type)
			return names[i].name;
	}
	return "other";
}

static const char *map_type_name(uint32_t type)
{
	static const struct {
		uint32_t type;
		const char *name;
	} names[] = {
		{ BPF_MAP_TYPE_HASH, "hash" },
		{ BPF_MAP_TYPE_ARRAY, "array" },
		{ BPF_MAP_TYPE_PERCPU_HASH, "percpu_hash" },
		{ BPF_MAP_TYPE_PERCPU_ARRAY, "percpu_array" },
		{ BPF_MAP_TYPE_LRU_HASH, "lru_hash" },
		{ BPF_MAP_TYPE_LRU_PERCPU_HASH, "lru_percpu_hash" },
		{ BPF_MAP_TYPE_ARRAY_OF_MAPS, "array_of_maps" },
		{ BPF_MAP_TYPE_RINGBUF, "ringbuf" },
		{ BPF_MAP_TYPE_PERF_EVENT_ARRAY, "perf_event_array" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].type == type)
			return names[i].name;
	}
	return "other";
}

static void add_site(struct strbuf *b, const struct program *p, uint32_t site)
{
	const struct program_site *s = &p->sites.items[site];

	if (site)
		strbuf_printf(b, " at %s:%u:%u-%u", program_string(p, s->file), s->line, s->column,
			      s->column_end);
}

static void add_function(struct strbuf *b, const struct program *p, uint32_t i)
{
	const struct program_function *f = &p->functions.items[i];

	strbuf_printf(b, "function %u %s: %s for %s", i, program_string(p, f->name),
		      prog_type_name(f->bpf_prog_type), program_string(p, f->probe_name));
	add_site(b, p, f->site);
	strbuf_add_char(b, '\n');
}

static void add_probe(struct strbuf *b, const struct program *p, uint32_t i)
{
	const struct program_probe *r = &p->probes.items[i];

	strbuf_printf(b, "probe %u %s: function %u, %s", i, program_string(p, r->name),
		      r->function, program_attach_name(r->attach));
	if (r->target)
		strbuf_printf(b, " %s:%s", program_string(p, r->target),
			      program_string(p, r->event));
	else if (r->event)
		strbuf_printf(b, " %s", program_string(p, r->event));
	if (r->offset)
		strbuf_printf(b, "+%llu", (unsigned long long)r->offset);
	if (r->attach == ATTACH_SYSCALL_ENTER || r->attach == ATTACH_SYSCALL_EXIT ||
	    r->attach == ATTACH_SIGNAL)
		strbuf_printf(b, ", number %d%s", r->number, r->is_guarded ? " (guarded)" : "");
	if (r->attach == ATTACH_PERF_EACH_CPU || r->attach == ATTACH_PERF_ONE_CPU)
		strbuf_printf(b, ", type %u config %llu, %s %llu", r->perf_type,
			      (unsigned long long)r->perf_config,
			      r->is_frequency ? "frequency" : "period",
			      (unsigned long long)r->sample);
	strbuf_add_char(b, '\n');
}

static void add_map(struct strbuf *b, const struct program *p, uint32_t i)
{
	const struct program_map *m = &p->maps.items[i];

	strbuf_printf(b, "map %u %s: %s, %s", i, program_string(p, m->name), role_names[m->role],
		      map_type_name(m->bpf_type));
	/* How large the globals are says nothing about the script. */
	if (m->role != MAP_ROLE_GLOBALS)
		strbuf_printf(b, "%s, key %u bytes, value %u bytes, %u entries",
			      m->is_scalar ? " (scalar)" : "", m->key_size, m->value_size,
			      m->max_entries);
	if (m->role == MAP_ROLE_USER) {
		strbuf_add_text(b, ", [");
		if (m->key_type)
			add_type(b, p, m->key_type);
		strbuf_add_text(b, "] = ");
		add_type(b, p, m->value_type);
	}
	strbuf_add_char(b, '\n');
}

static void add_action(struct strbuf *b, const struct program *p, uint32_t i)
{
	const struct program_action *a = &p->actions.items[i];

	strbuf_printf(b, "action %u %s", i, program_action_name(a->kind));
	if (a->format) {
		const char *text = program_string(p, a->format);

		strbuf_add_text(b, " \"");
		text_escape_json(b, text, strlen(text));
		strbuf_add_char(b, '"');
	}
	if (a->payload) {
		strbuf_add_text(b, ", payload ");
		add_type(b, p, a->payload);
		strbuf_printf(b, " %u bytes", p->types.items[a->payload].size);
	}
	if (a->kind == ACTION_PRINT_MAP || a->kind == ACTION_CLEAR || a->kind == ACTION_ZERO)
		strbuf_printf(b, ", map %u", a->map);
	if (a->top || a->div)
		strbuf_printf(b, ", top %lld, div %lld", (long long)a->top, (long long)a->div);
	if (a->by)
		strbuf_printf(b, ", by %s", by_name(a->by));
	if (a->is_descending)
		strbuf_add_text(b, ", descending");
	add_site(b, p, a->site);
	strbuf_add_char(b, '\n');
}

void program_print(FILE *f, const struct program *p)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;

	for (uint32_t i = 0; i < p->functions.count; i++)
		add_function(&b, p, i);
	for (uint32_t i = 0; i < p->probes.count; i++)
		add_probe(&b, p, i);
	for (uint32_t i = 0; i < p->maps.count; i++)
		add_map(&b, p, i);
	for (uint32_t i = 0; i < p->actions.count; i++)
		add_action(&b, p, i);
	strbuf_printf(&b, "sites: %zu, largest data record: %u bytes, scratch slot: %u bytes\n",
		      p->sites.count - 1, p->data_record_max, p->scratch_slot_size);
	fwrite(b.text, 1, b.len, f);
}
