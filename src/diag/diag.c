/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collecting messages and printing them in the form of spec output.md §2.
 *
 * Messages are kept in order of report and sorted into errors and warnings only when printed. What
 * is quoted may come from a hostile or binary file, so every quoted byte passes the terminal
 * escape; the marker line is measured in what is shown, not in bytes of the source. Very long lines
 * are cut around the marker.
 */
#include <string.h>
#include "diag/diag.h"
#include "util/text.h"

#define QUOTE_MAX_BYTES 300 /* longer lines are cut */
#define QUOTE_BEFORE	100 /* bytes kept before the marker of a cut line */
#define QUOTE_MAX_LINES 50  /* of a range of several lines */

struct diag_note {
	struct diag_note *next;
	struct loc loc;
	const char *text;
};

struct diag_msg {
	struct diag_msg *next, *next_seen;
	struct arena *arena; /* NULL: swallowed, keeps nothing */
	enum diag_severity severity;
	enum diag_id id;
	struct loc loc;
	const char *text;
	struct diag_note *notes, **last_note;
	struct diag_note *hints, **last_hint; /* their loc is not used */
};

static struct diag_msg swallowed;

static const char *const id_names[] = {
#define DIAG(ID, meaning) #ID,
#include "diag/diag_ids.def"
#undef DIAG
};

void diag_init(struct diag *d, struct arena *a)
{
	*d = (struct diag){ .arena = a, .max_errors = 20 };
	d->last = &d->first;
}

static struct diag_msg **seen_bucket(struct diag *d, struct loc loc)
{
	uint64_t h = (0xcbf29ce484222325 ^ loc.start) * 0x100000001b3;

	return &d->seen[(h ^ h >> 32) % ARRAY_SIZE(d->seen)];
}

static bool has_place(struct loc loc)
{
	return loc.source && loc.end > loc.start;
}

/* A mistake in a macro is found again in every expansion of it; one in the arguments of the library's
 * is not the library's. */
static bool is_same_mistake(const struct diag_msg *m, struct loc loc, const char *text)
{
	if (m->loc.source == loc.source)
		return has_place(loc) || !strcmp(m->text, text);
	return loc.source && m->loc.source && !loc.source->is_library &&
	       source_viewed(loc.source) == source_viewed(m->loc.source) &&
	       !strcmp(m->text, text);
}

/* A body is gone through once for each kind of probe it serves, and says the same of each, but for the
 * name of a type: one message at one place is enough. */
static struct diag_msg *find_seen(struct diag_msg *m, enum diag_severity severity, enum diag_id id,
				  struct loc loc, const char *text)
{
	for (; m; m = m->next_seen)
		if (m->severity == severity && m->id == id && m->loc.start == loc.start &&
		    m->loc.end == loc.end && is_same_mistake(m, loc, text))
			return m;
	return NULL;
}

/* One trailing newline is not part of a message. */
static const char *format_text(struct arena *a, const char *format, va_list args)
{
	char *text = arena_vprintf(a, format, args);
	size_t len = strlen(text);

	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	return text;
}

PRINTF_LIKE(5, 0)
static struct diag_msg *report(struct diag *d, enum diag_severity severity, enum diag_id id,
			       struct loc loc, const char *format, va_list args)
{
	const char *text = format_text(d->arena, format, args);
	struct diag_msg **bucket;
	struct diag_msg *m;

	loc = loc_shown(loc);
	bucket = seen_bucket(d, loc);
	if (severity == DIAG_SEVERITY_WARNING && loc.source && loc.source->is_library)
		return &swallowed;
	if (find_seen(*bucket, severity, id, loc, text))
		return &swallowed;
	if (severity == DIAG_SEVERITY_WARNING)
		d->warning_count++;
	else if (d->error_count++ >= d->max_errors)
		return &swallowed;
	m = ARENA_NEW(d->arena, struct diag_msg);
	m->arena = d->arena;
	m->severity = severity;
	m->id = id;
	m->loc = loc;
	m->text = text;
	m->last_note = &m->notes;
	m->last_hint = &m->hints;
	m->next_seen = *bucket;
	*bucket = m;
	*d->last = m;
	d->last = &m->next;
	return m;
}

struct diag_msg *diag_error(struct diag *d, enum diag_id id, struct loc loc, const char *format,
			    ...)
{
	struct diag_msg *m;
	va_list args;

	va_start(args, format);
	m = report(d, DIAG_SEVERITY_ERROR, id, loc, format, args);
	va_end(args);
	return m;
}

struct diag_msg *diag_warning(struct diag *d, enum diag_id id, struct loc loc, const char *format,
			      ...)
{
	struct diag_msg *m;
	va_list args;

	va_start(args, format);
	m = report(d, DIAG_SEVERITY_WARNING, id, loc, format, args);
	va_end(args);
	return m;
}

PRINTF_LIKE(4, 0)
static void append_note(struct diag_msg *m, struct diag_note ***last, struct loc loc,
			const char *format, va_list args)
{
	struct diag_note *n = ARENA_NEW(m->arena, struct diag_note);

	n->loc = loc_shown(loc);
	n->text = format_text(m->arena, format, args);
	**last = n;
	*last = &n->next;
}

void diag_note(struct diag_msg *m, struct loc loc, const char *format, ...)
{
	va_list args;

	if (!m->arena)
		return;
	va_start(args, format);
	append_note(m, &m->last_note, loc, format, args);
	va_end(args);
}

void diag_hint(struct diag_msg *m, const char *format, ...)
{
	va_list args;

	if (!m->arena)
		return;
	va_start(args, format);
	append_note(m, &m->last_hint, (struct loc){ 0 }, format, args);
	va_end(args);
}

void diag_did_you_mean(struct diag_msg *m, const char *near)
{
	if (near)
		diag_hint(m, "did you mean '%s'?", near);
}

const char *diag_id_name(enum diag_id id)
{
	static char names[DIAG_COUNT][40];
	char *name = names[id];

	if (*name)
		return name;
	for (size_t i = 0; id_names[id][i] && i < sizeof(names[0]) - 1; i++) {
		char c = id_names[id][i];

		name[i] = c == '_' ? '-' : (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	return name;
}

/* --- printing --------------------------------------------------------------------------------- */

/* One message being written: what differs between lines of the same message. */
struct printer {
	struct strbuf *out;
	bool use_color;
	const char *severity; /* "ERROR" */
};

/* Columns of text on a terminal, as good as counting characters gets. */
static size_t width(const char *text, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len; i++)
		columns += (text[i] & 0xc0) != 0x80;
	return columns;
}

static bool is_utf8_tail(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Shows len bytes of a source line: escaped, each TAB as 4 spaces. */
static void add_quoted(struct strbuf *out, const char *bytes, size_t len)
{
	const char *end = bytes + len;

	while (bytes < end) {
		const char *tab = memchr(bytes, '\t', (size_t)(end - bytes));
		const char *stop = tab ? tab : end;

		text_escape_terminal(out, bytes, (size_t)(stop - bytes));
		if (tab)
			strbuf_add_text(out, "    ");
		bytes = tab ? tab + 1 : end;
	}
}

/* Columns that bytes take once quoted. */
static size_t quoted_width(const char *bytes, size_t len)
{
	auto_strbuf struct strbuf shown = STRBUF_INIT;

	add_quoted(&shown, bytes, len);
	return width(strbuf_text(&shown), shown.len);
}

/* A line, or its first part. */
static void add_quote(struct strbuf *out, const char *line, size_t len)
{
	size_t shown = MIN(len, (size_t)QUOTE_MAX_BYTES);

	while (shown && shown < len && is_utf8_tail(line[shown]))
		shown--;
	add_quoted(out, line, shown);
	if (shown < len)
		strbuf_add_text(out, "...");
	strbuf_add_char(out, '\n');
}

/* A line and below it `~` under its bytes [from, to). */
static void add_marked_quote(struct strbuf *out, const char *line, size_t len, size_t from,
			     size_t to)
{
	size_t first = 0, margin;

	from = MIN(from, len);
	to = MIN(to, len);
	if (len > QUOTE_MAX_BYTES && from > QUOTE_BEFORE) {
		first = from - QUOTE_BEFORE;
		while (first < from && is_utf8_tail(line[first]))
			first++;
		strbuf_add_text(out, "...");
	}
	margin = (first ? 3 : 0) + quoted_width(line + first, from - first);
	add_quote(out, line + first, len - first);
	to = MAX(from, MIN(to, first + QUOTE_MAX_BYTES));
	strbuf_add_repeat(out, ' ', margin);
	strbuf_add_repeat(out, '~', quoted_width(line + from, to - from));
	strbuf_add_char(out, '\n');
}

static const char *color_of(const char *severity)
{
	return !strcmp(severity, "WARNING") ? "\033[33m" : "\033[31m";
}

/* "LOCATION: ERROR: text" in colour, without the quote. */
static void add_headline(const struct printer *p, const char *location, const char *text,
			 const char *id)
{
	if (p->use_color)
		strbuf_add_text(p->out, color_of(p->severity));
	text_escape_terminal(p->out, location, strlen(location));
	strbuf_printf(p->out, "%s%s: ", *location ? ": " : "", p->severity);
	text_escape_terminal(p->out, text, strlen(text));
	if (id)
		strbuf_printf(p->out, " [%s]", id);
	if (p->use_color)
		strbuf_add_text(p->out, "\033[0m");
	strbuf_add_char(p->out, '\n');
}

static void add_lines(struct strbuf *out, struct source *s, uint32_t first, uint32_t last)
{
	uint32_t shown_last = MIN(last, first + QUOTE_MAX_LINES - 1);

	for (uint32_t line = first; line <= shown_last; line++) {
		size_t len;
		const char *text = source_line(s, line, &len);

		add_quote(out, text, len);
	}
	if (shown_last < last)
		strbuf_add_text(out, "...\n");
}

static void add_located(const struct printer *p, struct loc loc, const char *text, const char *id)
{
	struct loc_lines at = loc_lines(loc);
	auto_strbuf struct strbuf location = STRBUF_INIT;
	const char *line;
	size_t len;

	if (!loc.source) {
		add_headline(p, "", text, id);
		return;
	}
	if (at.line != at.line_end) {
		strbuf_printf(&location, "%s:%u-%u", loc.source->name, at.line, at.line_end);
		add_headline(p, location.text, text, id);
		add_lines(p->out, loc.source, at.line, at.line_end);
		return;
	}
	at.column_end = MAX(at.column_end, at.column + 1);
	strbuf_printf(&location, "%s:%u:%u-%u", loc.source->name, at.line, at.column,
		      at.column_end);
	add_headline(p, location.text, text, id);
	line = source_line(loc.source, at.line, &len);
	add_marked_quote(p->out, line, len, at.column - 1, at.column_end - 1);
}

/* The calls of macros that led to loc, the innermost first. */
static void add_expansions(const struct printer *p, struct loc loc)
{
	unsigned int level = 0, hidden = 0;

	for (; loc.source && loc.source->expanded_from.source; level++) {
		loc = loc.source->expanded_from;
		if (level < DIAG_EXPANSIONS_MAX)
			add_located(p, loc, "expanded from", NULL);
		else
			hidden++;
	}
	if (hidden)
		strbuf_printf(p->out, "... %u more level%s of macros\n", hidden,
			      hidden == 1 ? "" : "s");
}

static void add_message(struct strbuf *out, const struct diag_msg *m,
			const struct diag_print_options *options)
{
	bool is_error = m->severity == DIAG_SEVERITY_ERROR;
	struct printer p = { out, options->use_color, is_error ? "ERROR" : "WARNING" };

	add_located(&p, m->loc, m->text, options->show_ids ? diag_id_name(m->id) : NULL);
	for (const struct diag_note *n = m->notes; n; n = n->next)
		add_located(&p, n->loc, n->text, NULL);
	for (const struct diag_note *h = m->hints; h; h = h->next) {
		strbuf_add_text(out, "HINT: ");
		text_escape_terminal(out, h->text, strlen(h->text));
		strbuf_add_char(out, '\n');
	}
	add_expansions(&p, m->loc);
}

/* What is wrong inside of a place is the reason for what a warning would say of that place. */
static bool is_noise(const struct diag *d, const struct diag_msg *warning)
{
	const struct loc *place = &warning->loc;

	if (!has_place(*place))
		return false;
	for (const struct diag_msg *m = d->first; m; m = m->next)
		if (m->severity == DIAG_SEVERITY_ERROR && m->loc.source == place->source &&
		    m->loc.start >= place->start && m->loc.end <= place->end)
			return true;
	return false;
}

void diag_print(const struct diag *d, FILE *f, const struct diag_print_options *options)
{
	auto_strbuf struct strbuf out = STRBUF_INIT;
	struct printer p = { &out, options->use_color, "ERROR" };

	for (const struct diag_msg *m = d->first; m; m = m->next)
		if (m->severity == DIAG_SEVERITY_ERROR)
			add_message(&out, m, options);
	if (d->error_count > d->max_errors) {
		unsigned int hidden = d->error_count - d->max_errors;
		auto_strbuf struct strbuf text = STRBUF_INIT;

		strbuf_printf(&text, "%u more error%s not shown", hidden,
			      hidden == 1 ? " is" : "s are");
		add_headline(&p, "", text.text, NULL);
	}
	for (const struct diag_msg *m = d->first; m && !options->hide_warnings; m = m->next)
		if (m->severity == DIAG_SEVERITY_WARNING && !is_noise(d, m))
			add_message(&out, m, options);
	fwrite(strbuf_text(&out), 1, out.len, f);
}

void diag_print_at(FILE *f, bool use_color, const char *severity, const char *file, uint32_t line,
		   uint32_t column, uint32_t column_end, const char *message,
		   const char *source_line)
{
	auto_strbuf struct strbuf out = STRBUF_INIT, location = STRBUF_INIT;
	struct printer p = { &out, use_color, severity };

	if (file)
		strbuf_printf(&location, "%s:%u:%u-%u", file, line, column, column_end);
	add_headline(&p, strbuf_text(&location), message, NULL);
	if (file && source_line && column)
		add_marked_quote(&out, source_line, strlen(source_line), column - 1,
				 MAX(column_end, column) - 1);
	fwrite(strbuf_text(&out), 1, out.len, f);
}
