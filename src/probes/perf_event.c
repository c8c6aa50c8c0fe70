/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile, interval and software: perf events of the kernel's software PMU.
 *
 *	profile:UNIT:COUNT	interval:UNIT:COUNT	UNIT: s ms us hz
 *	profile:DURATION	interval:DURATION	100ms, 10us, … (at least 1us)
 *	software:EVENT[:COUNT]
 *
 * profile fires on every online CPU, interval on the first; both are the cpu-clock event, an
 * hrtimer that also fires while a CPU idles. software counts events and fires at every COUNTth,
 * with a default for each event. -p restricts profile and software, not interval.
 */
#include <errno.h>
#include <string.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include "probes/types.h"
#include "util/text.h"

static const struct unit {
	const char *name;
	uint64_t ns;	/* a period's multiple; 0: a frequency */
} units[] = {
	{ "hz", 0 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "us", 1000 },
};

static const struct software_event {
	const char *name, *alias; /* alias: NULL if there is none */
	uint64_t config;
	uint64_t default_period;
} software_events[] = {
	{ "alignment-faults", NULL, PERF_COUNT_SW_ALIGNMENT_FAULTS, 1 },
	{ "bpf-output", NULL, PERF_COUNT_SW_BPF_OUTPUT, 1 },
	{ "context-switches", "cs", PERF_COUNT_SW_CONTEXT_SWITCHES, 1000 },
	{ "cpu-clock", "cpu", PERF_COUNT_SW_CPU_CLOCK, 1000000 },
	{ "cpu-migrations", NULL, PERF_COUNT_SW_CPU_MIGRATIONS, 1 },
	{ "dummy", NULL, PERF_COUNT_SW_DUMMY, 1 },
	{ "emulation-faults", NULL, PERF_COUNT_SW_EMULATION_FAULTS, 1 },
	{ "major-faults", NULL, PERF_COUNT_SW_PAGE_FAULTS_MAJ, 1 },
	{ "minor-faults", NULL, PERF_COUNT_SW_PAGE_FAULTS_MIN, 100 },
	{ "page-faults", "faults", PERF_COUNT_SW_PAGE_FAULTS, 100 },
	{ "task-clock", NULL, PERF_COUNT_SW_TASK_CLOCK, 1 },
};

/* The registers of what was interrupted, and what was counted. */
static const char *perf_context(const struct probe *p)
{
	(void)p;
	return "bpf_perf_event_data";
}

/* --- profile, interval ------------------------------------------------------------------------ */

static const struct unit *find_unit(struct probe_context *c, const struct probe_spec *spec)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (!strcmp(units[i].name, spec->parts[1]))
			return &units[i];
	}
	static const struct {
		const char *written, *unit;
	} others[] = {
		{ "sec", "s" },	   { "secs", "s" },  { "second", "s" },	  { "seconds", "s" },
		{ "msec", "ms" },  { "msecs", "ms" }, { "millis", "ms" }, { "usec", "us" },
		{ "usecs", "us" }, { "Hz", "hz" },   { "HZ", "hz" },
	};
	struct diag_msg *m = diag_error(c->diag, DIAG_PROBE_UNIT, spec->part_locs[1],
					"'%s' is not an accepted unit of time", spec->parts[1]);

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (strcmp(others[i].written, spec->parts[1]))
			continue;
		diag_did_you_mean(m, others[i].unit);
		return NULL;
	}
	diag_hint(m, "accepted units are s, ms, us and hz");
	return NULL;
}

/* `interval:100ms`: nanoseconds, shown as microseconds. */
static int parse_duration(struct probe_context *c, const struct probe_spec *spec,
			  struct probe *out)
{
	uint64_t ns;

	if (probe_spec_number(c, spec, 1, 0, &ns))
		return -EINVAL;
	if (ns < 1000) {
		diag_hint(diag_error(c->diag, DIAG_PROBE_COUNT, spec->part_locs[1],
				     "the minimum is 1000 or 1us"),
			  "a plain number means nanoseconds; write %s:hz:%llu or %s:s:%llu",
			  out->ops->name, (unsigned long long)ns, out->ops->name,
			  (unsigned long long)ns);
		return -EINVAL;
	}
	out->event = "us";
	out->count = ns / 1000 * 1000;
	if (!spec->user_name)
		out->name = arena_printf(c->arena, "%s:us:%llu", out->ops->name,
					 (unsigned long long)ns / 1000);
	return 0;
}

static int timer_parse(struct probe_context *c, const struct probe_spec *spec, struct probe *out)
{
	const struct unit *unit;
	uint64_t count;

	out->perf_type = PERF_TYPE_SOFTWARE;
	out->perf_config = PERF_COUNT_SW_CPU_CLOCK;
	if (spec->count == 2)
		return parse_duration(c, spec, out);
	unit = find_unit(c, spec);
	if (!unit || probe_spec_number(c, spec, 2, 1, &count))
		return -EINVAL;
	out->event = unit->name;
	out->is_frequency = !unit->ns;
	if (!__builtin_mul_overflow(count, unit->ns ? unit->ns : 1, &out->count) &&
	    out->count <= INT64_MAX) /* the kernel takes sample periods of 63 bits */
		return 0;
	diag_error(c->diag, DIAG_PROBE_COUNT, spec->part_locs[2], "%s %s are too long a period",
		   spec->parts[2], unit->name);
	return -EINVAL;
}

static uint32_t plan_perf(const struct probe *p, enum program_attach attach,
			  struct program *program, struct program_probe *out)
{
	out->attach = attach;
	out->event = program_add_string(program, p->event);
	out->number = -1;
	out->perf_type = p->perf_type;
	out->perf_config = p->perf_config;
	out->sample = p->count;
	out->is_frequency = p->is_frequency;
	return BPF_PROG_TYPE_PERF_EVENT;
}

static uint32_t each_cpu_plan(const struct probe *p, bool uses_context, struct program *program,
			      struct program_probe *out)
{
	(void)uses_context;
	return plan_perf(p, ATTACH_PERF_EACH_CPU, program, out);
}

static uint32_t interval_plan(const struct probe *p, bool uses_context, struct program *program,
			      struct program_probe *out)
{
	(void)uses_context;
	return plan_perf(p, ATTACH_PERF_ONE_CPU, program, out);
}

/* One line, `provider:event:`, if the pattern's second part matches. */
static void list_event(struct probe_context *c, const char *type, const struct probe_spec *pattern,
		       const char *event,
		       void (*fn)(const char *name, const char *details, void *context),
		       void *context)
{
	if (pattern && pattern->count > 1 && !text_glob(pattern->parts[1], event))
		return;
	/* The third part is a number, of which a listing shows none. */
	if (pattern && pattern->count > 2 && !text_glob(pattern->parts[2], "") &&
	    !strspn(pattern->parts[2], "0123456789"))
		return;
	fn(arena_printf(c->arena, "%s:%s:", type, event), NULL, context);
}

static int list_units(struct probe_context *c, const char *type, const struct probe_spec *pattern,
		      void (*fn)(const char *name, const char *details, void *context),
		      void *context)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		list_event(c, type, pattern, units[i].name, fn, context);
	return 0;
}

static int profile_list(struct probe_context *c, const struct probe_spec *pattern,
			bool is_verbose,
			void (*fn)(const char *name, const char *details, void *context),
			void *context)
{
	(void)is_verbose;
	return list_units(c, "profile", pattern, fn, context);
}

static int interval_list(struct probe_context *c, const struct probe_spec *pattern,
			 bool is_verbose,
			 void (*fn)(const char *name, const char *details, void *context),
			 void *context)
{
	(void)is_verbose;
	return list_units(c, "interval", pattern, fn, context);
}

/* --- software --------------------------------------------------------------------------------- */

static const struct software_event *find_software(struct probe_context *c,
						  const struct probe_spec *spec)
{
	const char *name = spec->parts[1];
	struct text_nearest nearest;

	if (text_has_glob(name)) {
		diag_hint(diag_error(c->diag, DIAG_PROBE_WILDCARD, spec->part_locs[1],
				     "software events have no wildcards"),
			  "name one; -l 'software:%s' lists them", name);
		return NULL;
	}
	text_nearest_init(&nearest, name);
	for (size_t i = 0; i < ARRAY_SIZE(software_events); i++) {
		const struct software_event *e = &software_events[i];

		if (!strcmp(e->name, name) || (e->alias && !strcmp(e->alias, name)))
			return e;
		text_nearest_offer(&nearest, e->name);
		if (e->alias)
			text_nearest_offer(&nearest, e->alias);
	}
	diag_did_you_mean(diag_error(c->diag, DIAG_PROBE_EVENT, spec->part_locs[1],
				     "there is no software event '%s'", name),
			  nearest.best);
	return NULL;
}

static int software_parse(struct probe_context *c, const struct probe_spec *spec,
			  struct probe *out)
{
	const struct software_event *e = find_software(c, spec);

	if (!e)
		return -EINVAL;
	out->event = spec->parts[1];
	out->perf_type = PERF_TYPE_SOFTWARE;
	out->perf_config = e->config;
	out->count = e->default_period;
	/* Listings end in a colon; people paste them. */
	if (spec->count == 2 || !*spec->parts[2] || !strcmp(spec->parts[2], "*"))
		return 0;
	return probe_spec_number(c, spec, 2, 1, &out->count);
}

static int software_list(struct probe_context *c, const struct probe_spec *pattern,
			 bool is_verbose,
			 void (*fn)(const char *name, const char *details, void *context),
			 void *context)
{
	(void)is_verbose;
	for (size_t i = 0; i < ARRAY_SIZE(software_events); i++) {
		const struct software_event *e = &software_events[i];

		list_event(c, "software", pattern, e->name, fn, context);
		if (e->alias)
			list_event(c, "software", pattern, e->alias, fn, context);
	}
	return 0;
}

const struct probe_ops probe_profile = {
	.name = "profile",
	.aliases = "p",
	.type_word = "profile",
	.syntax = "profile:unit:count",
	.help = "Fires on every CPU, COUNT times a second (hz) or every COUNT s, ms, us.",
	.min_parts = 1,
	.max_parts = 2,
	.flags = PROBE_LISTED_EXPLICIT | PROBE_REGISTERS,
	.bpf_prog_type = BPF_PROG_TYPE_PERF_EVENT,
	.space = SPACE_UNKNOWN,
	.parse = timer_parse,
	.context = perf_context,
	.plan = each_cpu_plan,
	.list = profile_list,
};

const struct probe_ops probe_interval = {
	.name = "interval",
	.aliases = "i",
	.type_word = "interval",
	.syntax = "interval:unit:count",
	.help = "Fires on one CPU, COUNT times a second (hz) or every COUNT s, ms, us.",
	.min_parts = 1,
	.max_parts = 2,
	.flags = PROBE_LISTED_EXPLICIT | PROBE_REGISTERS,
	.bpf_prog_type = BPF_PROG_TYPE_PERF_EVENT,
	.space = SPACE_UNKNOWN,
	.parse = timer_parse,
	.context = perf_context,
	.plan = interval_plan,
	.list = interval_list,
};

const struct probe_ops probe_software = {
	.name = "software",
	.aliases = "s",
	.type_word = "software",
	.syntax = "software:event[:count]",
	.help = "Fires at every COUNTth event that the kernel counts itself.",
	.min_parts = 1,
	.max_parts = 2,
	.flags = PROBE_LISTED | PROBE_REGISTERS,
	.bpf_prog_type = BPF_PROG_TYPE_PERF_EVENT,
	.space = SPACE_UNKNOWN,
	.parse = software_parse,
	.context = perf_context,
	.plan = each_cpu_plan,
	.list = software_list,
};
