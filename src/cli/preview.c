/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See preview.h. Everything said here is read off the plan and the table of the ways of attaching
 * (program/attach.def): probes that come from one attach point and are attached in one way are told
 * as one.
 */
#include "cli/preview.h"

#include <string.h>
#include "runtime/loader.h"
#include "runtime/map_memory.h"

#define NAMES_SHOWN 4 /* of the matches of a pattern */

static const char *const cost_names[] = {
	[COST_NONE] = "none",	  [COST_SAMPLED] = "as often as the script says",
	[COST_LOW] = "low",	  [COST_MEDIUM] = "medium",
	[COST_HIGH] = "high",
};

static void row(FILE *f, const char *title)
{
	fprintf(f, "  %-12s ", title);
}

/* What stands at a place of the script, without what follows it on its line. */
static void print_source(FILE *f, const struct program *p, uint32_t site)
{
	const struct program_site *s = &p->sites.items[site];
	const char *line = program_string(p, s->text);
	size_t len = strlen(line), from = MIN(len, (size_t)s->column - !!s->column);

	len = s->column_end > s->column ? s->column_end - s->column : len;
	fprintf(f, "%.*s", (int)MIN(len, strlen(line + from)), line + from);
}

/* --- probes ----------------------------------------------------------------------------------- */

/* The same attach point in the same way: told once. */
static bool belong_together(const struct program_probe *a, const struct program_probe *b)
{
	return a->site == b->site && a->attach == b->attach && a->why == b->why;
}

static bool is_told(const struct program *p, uint32_t probe)
{
	for (uint32_t i = 0; i < probe; i++) {
		if (belong_together(&p->probes.items[i], &p->probes.items[probe]))
			return true;
	}
	return false;
}

static void print_matches(FILE *f, const struct program *p, const struct program_probe *first)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < p->probes.count; i++)
		count += belong_together(first, &p->probes.items[i]);
	if (count == 1)
		return;
	row(f, "matches");
	fprintf(f, "%u:", count);
	for (uint32_t i = 0, shown = 0; i < p->probes.count && shown < NAMES_SHOWN; i++) {
		const struct program_probe *other = &p->probes.items[i];

		if (!belong_together(first, other))
			continue;
		fprintf(f, "%s %s", shown++ ? "," : "", program_string(p, other->name));
	}
	fputs(count > NAMES_SHOWN ? ", …\n" : "\n", f);
}

static void print_cost(FILE *f, const struct program_attach_facts *facts)
{
	row(f, "cost");
	fputs(cost_names[facts->cost], f);
	if (facts->event_ns)
		fprintf(f, ": some %u ns for each event and what the script does", facts->event_ns);
	if (facts->detach)
		fprintf(f, "; detaching takes %s", facts->detach);
	fputc('\n', f);
}

static void print_user_reads(FILE *f, const struct program *p, uint32_t function)
{
	for (size_t i = 0; i < p->user_reads.count; i++) {
		const struct program_user_read *r = &p->user_reads.items[i];

		if (r->function != function)
			continue;
		row(f, "may change");
		print_source(f, p, r->site);
		fprintf(f, " (%u:%u) is read before the kernel reads it: another thread may "
			   "change it in between\n",
			p->sites.items[r->site].line, p->sites.items[r->site].column);
	}
}

static void print_probe(FILE *f, const struct program *p, uint32_t i)
{
	const struct program_probe *probe = &p->probes.items[i];
	const struct program_attach_facts *facts = program_attach_facts(probe->attach);

	fputs(i ? "\n" : "", f);
	print_source(f, p, probe->site);
	fputc('\n', f);
	row(f, "mechanism");
	fprintf(f, "%s\n", facts->name);
	if (probe->why) {
		row(f, "because");
		fprintf(f, "%s\n", program_string(p, probe->why));
	}
	print_matches(f, p, probe);
	print_cost(f, facts);
	row(f, "needs");
	fprintf(f, "root, or CAP_BPF and CAP_PERFMON%s%s\n", facts->needs ? " and " : "",
		facts->needs ? facts->needs : "");
	print_user_reads(f, p, probe->function);
}

/* --- maps ------------------------------------------------------------------------------------- */

static void print_size(FILE *f, uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double size = (double)bytes;
	size_t unit = 0;

	for (; size >= 1024 && unit + 1 < ARRAY_SIZE(units); unit++)
		size /= 1024;
	fprintf(f, unit ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

static const char *map_title(const struct program *p, const struct program_map *m)
{
	switch ((enum program_map_role)m->role) {
	case MAP_ROLE_USER:
		return program_string(p, m->name);
	case MAP_ROLE_GLOBALS:
		return "counters";
	case MAP_ROLE_RINGS:
		return "output";
	case MAP_ROLE_CONTROL:
		return "control";
	case MAP_ROLE_PACKETS:
		return "packets";
	case MAP_ROLE_SCRATCH:
		return "scratch";
	}
	return "";
}

static void print_maps(FILE *f, const struct program *p, struct host *host)
{
	uint32_t cpu_count = host_cpu_count(host);
	size_t ring_size = loader_choose_ring_size(p, host);
	uint64_t total = 0;

	fputs("\nmemory of the maps\n", f);
	for (uint32_t i = 0; i < p->maps.count; i++) {
		const struct program_map *m = &p->maps.items[i];
		struct map_memory memory = map_memory(p, i, cpu_count, ring_size);

		if (!memory.bytes)
			continue;
		total += memory.bytes;
		row(f, map_title(p, m));
		print_size(f, memory.bytes);
		if (m->role == MAP_ROLE_USER && !m->is_scalar)
			fprintf(f, " for %u keys%s%s", m->max_entries,
				m->is_per_cpu ? ", values on each CPU" : "",
				memory.grows ? ", allocated as they come" : "");
		if (m->role == MAP_ROLE_RINGS)
			fprintf(f, " in %u buffers, one for each CPU", cpu_count);
		fputc('\n', f);
	}
	row(f, "in all");
	print_size(f, total);
	fputc('\n', f);
}

void preview_print(FILE *f, const struct program *p, struct host *host)
{
	for (uint32_t i = 0; i < p->probes.count; i++) {
		if (!is_told(p, i))
			print_probe(f, p, i);
	}
	print_maps(f, p, host);
}
