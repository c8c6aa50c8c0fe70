/* SPDX-License-Identifier: Apache-2.0 */
/* See loss.h. */
#include "runtime/loss.h"

#include "util/vec.h"

#define REPORT_INTERVAL_NS 100000000

void loss_init(struct loss *l, const struct program *p, const void *globals, bool is_hidden)
{
	*l = (struct loss){ .program = p, .is_hidden = is_hidden };
	l->ledger = (const uint64_t *)((const char *)globals + GLOBALS_LEDGER_OFFSET);
}

static uint64_t lost(const struct loss *l, size_t function, enum program_loss cause)
{
	return __atomic_load_n(&l->ledger[function * LOSS_COUNT + cause], __ATOMIC_RELAXED);
}

static uint64_t lost_events(const struct loss *l)
{
	uint64_t total = 0;

	for (size_t f = 0; f < l->program->functions.count; f++)
		for (int cause = 0; cause < LOSS_COUNT; cause++)
			if (program_loss_is_event((enum program_loss)cause))
				total += lost(l, f, (enum program_loss)cause);
	return total;
}

static void tell_growth(struct loss *l, struct output *o)
{
	uint64_t total = lost_events(l), growth = total - l->reported;

	if (!growth)
		return;
	l->reported = total;
	if (o->ops->lost)
		o->ops->lost(o, growth);
	else
		fprintf(stderr, "Lost %llu events\n", (unsigned long long)growth);
}

void loss_poll(struct loss *l, struct output *o, uint64_t now_ns)
{
	if (now_ns < l->next_ns)
		return;
	tell_growth(l, o);
	l->next_ns = now_ns + REPORT_INTERVAL_NS;
}

struct rows VEC_OF(struct output_loss);

/* Sum over all functions that go by the same probe name. */
static uint64_t lost_by_name(const struct loss *l, uint32_t name, enum program_loss cause,
			     const uint64_t *misses)
{
	uint64_t total = 0;

	for (size_t f = 0; f < l->program->functions.count; f++) {
		if (l->program->functions.items[f].probe_name != name)
			continue;
		total += lost(l, f, cause);
		if (cause == LOSS_RECURSION)
			total += misses[f];
	}
	return total;
}

static bool is_first_of_name(const struct program *p, size_t function)
{
	for (size_t f = 0; f < function; f++)
		if (p->functions.items[f].probe_name == p->functions.items[function].probe_name)
			return false;
	return true;
}

static void collect(const struct loss *l, const uint64_t *misses, struct rows *out)
{
	const struct program *p = l->program;

	for (size_t f = 0; f < p->functions.count; f++) {
		uint32_t name = p->functions.items[f].probe_name;

		for (int i = 0; is_first_of_name(p, f) && i < LOSS_COUNT; i++) {
			enum program_loss cause = (enum program_loss)i;
			struct output_loss row = {
				.probe = program_string(p, name),
				.cause = program_loss_json(cause),
				.text = program_loss_text(cause),
				.count = lost_by_name(l, name, cause, misses),
			};

			if (row.count)
				vec_push(out, row);
		}
	}
}

/* "PROBE: events lost to a full data ring: 5" */
static void print_account(const struct rows *rows, uint64_t events)
{
	if (events)
		fprintf(stderr, "WARNING: Lost %llu events in all\n", (unsigned long long)events);
	else
		fprintf(stderr, "WARNING: Some data is missing\n");
	for (size_t i = 0; i < rows->count; i++)
		fprintf(stderr, "  %s: %s: %llu\n", rows->items[i].probe, rows->items[i].text,
			(unsigned long long)rows->items[i].count);
}

void loss_report(struct loss *l, struct output *o, const uint64_t *misses)
{
	struct rows rows = { 0 };

	tell_growth(l, o);
	collect(l, misses, &rows);
	if (rows.count && o->ops->losses)
		o->ops->losses(o, rows.items, rows.count);
	else if (rows.count && !l->is_hidden)
		print_account(&rows, l->reported);
	vec_free(&rows);
}
