/* SPDX-License-Identifier: Apache-2.0 */
/* See report.h. The form of located messages is diag's. */
#include "runtime/report.h"

#include "diag/diag.h"

const struct program_site *report_site(const struct program *p, uint32_t site)
{
	return &p->sites.items[site < p->sites.count ? site : 0];
}

static void print_at(const struct reporter *r, const char *severity, const struct program_site *s,
		     const char *text, bool quotes_source)
{
	diag_print_at(stderr, r->use_color, severity, program_string(r->program, s->file), s->line,
		      s->column, s->column_end, text,
		      quotes_source ? program_string(r->program, s->text) : NULL);
}

static void print(const struct reporter *r, const char *severity, uint32_t site, const char *text,
		  bool quotes_source)
{
	const struct program_site *s = report_site(r->program, site);

	if (!s->line) {
		fprintf(stderr, "%s: %s\n", severity, text);
		return;
	}
	print_at(r, severity, s, text, quotes_source);
	for (unsigned int level = 0; s->expanded_from && level < DIAG_EXPANSIONS_MAX; level++) {
		s = report_site(r->program, s->expanded_from);
		print_at(r, severity, s, "expanded from", true);
	}
}

void report_error(const struct reporter *r, uint32_t site, const char *format, ...)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	va_list args;

	va_start(args, format);
	strbuf_vprintf(&text, format, args);
	va_end(args);
	print(r, "ERROR", site, strbuf_text(&text), true);
}

void report_warning(const struct reporter *r, uint32_t site, const char *format, ...)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	va_list args;

	if (r->hide_warnings)
		return;
	va_start(args, format);
	strbuf_vprintf(&text, format, args);
	va_end(args);
	print(r, "WARNING", site, strbuf_text(&text), true);
}

void report_text(const struct reporter *r, const char *severity, uint32_t site, struct strbuf *text)
{
	if (text->len && text->text[text->len - 1] == '\n')
		text->text[--text->len] = '\0';
	print(r, severity, site, strbuf_text(text), false);
}
