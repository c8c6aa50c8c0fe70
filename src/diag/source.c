/* SPDX-License-Identifier: Apache-2.0 */
/* Lines are found once per source, on the first message, with one pass over the text; after that a
 * place is a binary search away. */
#include <string.h>
#include "diag/source.h"

struct source *source_create(struct arena *a, const char *name, const char *text, size_t len)
{
	struct source *s = ARENA_NEW(a, struct source);

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) { /* a byte order mark */
		text += 3;
		len -= 3;
	}
	s->name = arena_strdup(a, name);
	s->text = arena_strndup(a, text, len);
	s->len = len;
	s->arena = a;
	return s;
}

struct source *source_view(struct arena *a, struct source *of, struct loc call)
{
	struct source *s = ARENA_NEW(a, struct source);

	*s = *source_viewed(of);
	s->viewed = source_viewed(of);
	s->expanded_from = call;
	return s;
}

struct source *source_viewed(struct source *s)
{
	return s && s->viewed ? s->viewed : s;
}

struct loc loc_shown(struct loc loc)
{
	while (loc.source && loc.source->is_generated)
		loc = loc.source->expanded_from;
	return loc;
}

struct loc loc_in_script(struct loc loc)
{
	while (loc.source && loc.source->is_library && loc.source->expanded_from.source)
		loc = loc.source->expanded_from;
	return loc;
}

static void find_lines(struct source *s)
{
	const char *end = s->text + s->len;
	uint32_t count = 1;

	if (s->line_starts)
		return;
	for (const char *p = s->text; (p = memchr(p, '\n', (size_t)(end - p))); p++)
		count++;
	s->line_starts = ARENA_ARRAY(s->arena, uint32_t, count);
	s->line_count = 1;
	for (const char *p = s->text; (p = memchr(p, '\n', (size_t)(end - p)));)
		s->line_starts[s->line_count++] = (uint32_t)(++p - s->text);
}

static uint32_t line_of(struct source *s, uint32_t offset)
{
	uint32_t low = 0, high;

	find_lines(s);
	high = s->line_count;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (s->line_starts[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low + 1;
}

struct loc_lines loc_lines(struct loc loc)
{
	struct loc_lines at = { 0 };
	uint32_t len, last;

	if (!loc.source)
		return at;
	len = (uint32_t)loc.source->len;
	loc.start = MIN(loc.start, len);
	loc.end = MAX(loc.start, MIN(loc.end, len));
	last = loc.end > loc.start ? loc.end - 1 : loc.start;
	loc.source = source_viewed(loc.source);
	at.line = line_of(loc.source, loc.start);
	at.column = loc.start - loc.source->line_starts[at.line - 1] + 1;
	at.line_end = line_of(loc.source, last);
	at.column_end = loc.end - loc.source->line_starts[at.line_end - 1] + 1;
	return at;
}

const char *source_line(struct source *s, uint32_t line, size_t *len)
{
	uint32_t start, end;

	s = source_viewed(s);
	find_lines(s);
	if (!line || line > s->line_count) {
		*len = 0;
		return "";
	}
	start = s->line_starts[line - 1];
	end = line < s->line_count ? s->line_starts[line] - 1 : (uint32_t)s->len;
	if (end > start && s->text[end - 1] == '\r')
		end--;
	*len = end - start;
	return s->text + start;
}

struct loc loc_join(struct loc a, struct loc b)
{
	if (!a.source)
		return b;
	if (b.source != a.source)
		return a;
	a.start = MIN(a.start, b.start);
	a.end = MAX(a.end, b.end);
	return a;
}
