/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records → actions. The table of handlers is actions.def; here are the dispatch and the handlers
 * that print nothing. action_print.c has those that print, action_message.c the messages.
 *
 * A record comes from our own program in the kernel, yet its lengths are checked: a handler never
 * reads behind the record it got.
 */
#include <errno.h>
#include <string.h>
#include "runtime/session_private.h"
#include "util/text.h"

typedef void action_fn(struct session *s, const struct event *e);

static action_fn *const handlers[ACTION_KIND_COUNT] = {
#define ACTION(ID, handler, ring, meaning) [ACTION_##ID] = action_##handler,
#include "program/actions.def"
#undef ACTION
};

static bool has_printer(enum program_action_kind kind)
{
	return kind == ACTION_PRINTF || kind == ACTION_ERRORF || kind == ACTION_WARNF ||
	       kind == ACTION_CAT || kind == ACTION_SYSTEM;
}

int session_prepare_actions(struct session *s)
{
	const struct program *p = s->program;

	s->printers = ARENA_ARRAY(&s->arena, struct printer *, p->actions.count);
	for (size_t i = 0; i < p->actions.count; i++) {
		const struct program_action *a = &p->actions.items[i];

		if (!has_printer((enum program_action_kind)a->kind))
			continue;
		if (printer_create(&s->arena, p, program_string(p, a->format), a->payload,
				   &s->printers[i])) {
			report_error(&s->reporter, a->site,
				     "the compiled program is damaged: a format does not match "
				     "its arguments");
			return -EINVAL;
		}
	}
	return 0;
}

/* After exit() only `end` still speaks; what else is in the rings came too late. */
static bool is_too_late(const struct session *s, const struct event_header *record)
{
	if (!s->exit_time_ns || record->time_ns <= s->exit_time_ns)
		return false;
	return record->probe >= s->program->functions.count || !s->is_end[record->probe];
}

void session_run_action(struct session *s, const struct event_header *record, size_t len)
{
	const struct program *p = s->program;

	if (record->action >= p->actions.count || is_too_late(s, record))
		return;
	const struct program_action *a = &p->actions.items[record->action];
	struct event e = { .action = a,
			   .header = record,
			   .payload = (const uint8_t *)(record + 1),
			   .size = len - sizeof(*record) };
	if (a->kind >= ACTION_KIND_COUNT || a->payload >= p->types.count ||
	    e.size < p->types.items[a->payload].size)
		return;
	handlers[a->kind](s, &e);
	output_record_done(s->output);
	if (s->event_arena.used)
		arena_reset(&s->event_arena);
}

void action_exit(struct session *s, const struct event *e)
{
	/* The first exit() counts; its code is also in the globals page, which cannot be lost. */
	if (!s->exit_time_ns)
		s->exit_time_ns = e->header->time_ns;
	s->is_stopping = true;
}

static void report_map_failure(struct session *s, const struct event *e, const char *what, int err)
{
	const struct program *p = s->program;
	const char *name = e->action->map < p->maps.count
				   ? program_string(p, p->maps.items[e->action->map].name)
				   : "@";

	report_error(&s->reporter, e->action->site, "cannot %s %s: %s", what, name, strerror(-err));
}

void action_clear(struct session *s, const struct event *e)
{
	int err = map_clear(&s->maps, e->action->map);

	if (err)
		report_map_failure(s, e, "clear", err);
}

void action_zero(struct session *s, const struct event *e)
{
	int err = map_zero(&s->maps, e->action->map);

	if (err)
		report_map_failure(s, e, "zero", err);
}

void action_packet(struct session *s, const struct event *e)
{
	struct event_packet packet;
	size_t size = sizeof(packet) - sizeof(packet.header);

	if (e->size < size)
		return;
	memcpy(&packet, e->header, sizeof(packet));
	packets_write(&s->packets, e->header->action, &packet, e->payload + size, e->size - size);
}
