/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records → actions. The table of handlers is actions.def; here are the dispatch and the handlers
 * that print nothing or messages, action_print.c has those that print.
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

/* --- messages ------------------------------------------------------------------------------- */

/* Says it as a record where the format has such, else on stderr after what was printed before it.
 */
static bool send_message(struct session *s, const char *type, const struct strbuf *text,
			 uint32_t site, const char *helper, int64_t retcode)
{
	const struct program_site *place = report_site(s->program, site);
	struct output_message m = {
		.type = type,
		.text = strbuf_text(text),
		.len = text->len,
		.helper = helper,
		.retcode = retcode,
		.file = program_string(s->program, place->file),
		.line = place->line,
		.column = place->column,
	};

	if (s->output->ops->message) {
		s->output->ops->message(s->output, &m);
		return true;
	}
	output_flush(s->output);
	return false;
}

static void format_message(struct session *s, const struct event *e)
{
	const struct printer *printer = s->printers[e->header->action];

	strbuf_clear(&s->text);
	printer_run(printer, &s->decoder, e->payload, &s->output->style, &s->text);
}

void action_errorf(struct session *s, const struct event *e)
{
	format_message(s, e);
	if (!send_message(s, "errorf", &s->text, e->action->site, NULL, 0))
		report_text(&s->reporter, "ERROR", e->action->site, &s->text);
}

void action_warnf(struct session *s, const struct event *e)
{
	if (s->options->hide_warnings)
		return;
	format_message(s, e);
	if (!send_message(s, "warnf", &s->text, e->action->site, NULL, 0))
		report_text(&s->reporter, "WARNING", e->action->site, &s->text);
}

/* What is better said than strerror() does: by helper and error. */
static const char *explain_helper(const char *helper, int64_t value)
{
	static const struct {
		const char *helper;
		int64_t value;
		const char *text;
	} rows[] = {
		{ "map_update", -E2BIG,
		  "Map full: the entry was not stored; raise BPFTRACE_MAX_MAP_KEYS, or "
		  "declare the map with more entries" },
		{ "map_update", -ENOMEM,
		  "The entry was not stored: the kernel had no memory at hand; a smaller "
		  "BPFTRACE_MAX_MAP_KEYS lets it be set aside at the start" },
		{ "map_delete", -ENOENT, "Cannot delete: the element does not exist" },
		{ "map_lookup", 0, "The element does not exist" },
		{ "loop", -E2BIG,
		  "The loop did not run: the kernel allows a range of 8388608 at most" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (value == rows[i].value && text_starts_with(helper, rows[i].helper))
			return rows[i].text;
	return strerror(value < 0 && value > -4096 ? (int)-value : (int)(value & 4095));
}

void action_runtime_error(struct session *s, const struct event *e)
{
	struct event_runtime_error error;
	const char *helper = NULL;

	if (e->size < sizeof(error) - sizeof(error.header))
		return;
	memcpy(&error, e->header, sizeof(error));
	const struct program_site *site = report_site(s->program, error.site);
	if ((s->options->hide_warnings && error.error != ERROR_SIGNAL_RANGE) ||
	    (site->is_quiet && !s->options->show_quiet_sites))
		return;
	strbuf_clear(&s->text);
	switch ((enum program_error)error.error) {
	case ERROR_HELPER:
		helper = program_string(s->program, site->helper);
		strbuf_add_text(&s->text, explain_helper(helper, error.value));
		break;
	case ERROR_DIVISION_BY_ZERO:
		strbuf_add_text(&s->text, "Divide or modulo by 0: 1 is used as the result");
		break;
	case ERROR_LOOP_LIMIT:
		strbuf_printf(&s->text, "The loop was ended after %lld turns: does its condition "
			      "ever become false?", (long long)error.value);
		break;
	case ERROR_INDEX_RANGE:
		strbuf_printf(&s->text, "Array index %lld is out of bounds",
			      (long long)error.value);
		break;
	case ERROR_SIGNAL_RANGE:
		strbuf_printf(&s->text, "There is no signal %lld: none was sent",
			      (long long)error.value);
		break;
	case ERROR_NO_CHILD:
		strbuf_add_text(&s->text, "There is no child process (-c): cpid is 0");
		break;
	}
	if (send_message(s, helper ? "helper_error" : "runtime_error", &s->text, error.site, helper,
			 error.value))
		return;
	if (helper)
		strbuf_printf(&s->text, "\nAdditional Info - helper: %s, retcode: %lld", helper,
			      (long long)error.value);
	if (error.error == ERROR_SIGNAL_RANGE)
		report_error(&s->reporter, error.site, "%s", strbuf_text(&s->text));
	else
		report_warning(&s->reporter, error.site, "%s", strbuf_text(&s->text));
}
