/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the running script: errorf() and warnf(), and what goes wrong at run time.
 *
 * A run-time error comes with every event that meets it. Of one place the first few are shown, the
 * others counted and told at the end: a full map in a busy probe would drown everything else.
 */
#include <errno.h>
#include <string.h>
#include "runtime/session_private.h"
#include "util/text.h"

#define REPEATS_SHOWN 10

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
		{ "trace_printk", -EINVAL,
		  "Nothing was written: this kernel's trace buffer takes %d %u %x %ld %lu %lx "
		  "%p without flags or widths, and one %s" },
		{ "loop", -E2BIG,
		  "The loop did not run: the kernel allows a range of 8388608 at most" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (value == rows[i].value && text_starts_with(helper, rows[i].helper))
			return rows[i].text;
	return strerror(value < 0 && value > -4096 ? (int)-value : (int)(value & 4095));
}

/* How often the place has told of an error. */
static uint64_t *repeats_of(struct session *s, uint32_t site)
{
	size_t count = s->program->sites.count;

	if (!s->repeats)
		s->repeats = ARENA_ARRAY(&s->arena, uint64_t, count + 1);
	return &s->repeats[site < count ? site : 0];
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
	if (++*repeats_of(s, error.site) > REPEATS_SHOWN)
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
	case ERROR_TURN_LIMIT:
		strbuf_printf(&s->text, "The loop was ended after %lld turns: this kernel has no "
			      "bpf_loop(), without which its verifier bears no more",
			      (long long)error.value);
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

void session_report_repeats(struct session *s)
{
	for (uint32_t i = 0; s->repeats && i < s->program->sites.count; i++) {
		if (s->repeats[i] <= REPEATS_SHOWN)
			continue;
		strbuf_clear(&s->text);
		strbuf_printf(&s->text, "This happened %llu times; the first %d were shown",
			      (unsigned long long)s->repeats[i], REPEATS_SHOWN);
		if (!send_message(s, "runtime_error", &s->text, i, NULL, 0))
			report_warning(&s->reporter, i, "%s", strbuf_text(&s->text));
	}
}
