/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A time series as a picture: one row per interval from the first that has a value up to the newest
 * of the whole map, a point in each between the smallest and the largest value.
 *
 * Positions are computed in 128 bits: differences of 64-bit values times the width fit.
 */
#include "runtime/output/series.h"

#include <time.h>

#define WIDTH	   53 /* with both borders */
#define MIN_COLUMNS 21
#define MAX_COLUMNS 32

struct unit {
	int64_t at_least; /* ns */
	const char *name;
	unsigned int digits; /* of fractions of a second */
};

static const struct unit *unit_of(const struct value_series *s)
{
	static const struct unit units[] = {
		{ 1000000000, "", 0 }, { 1000000, "ms", 3 }, { 1000, "μs", 6 }, { 0, "ns", 9 },
	};
	const struct unit *unit = units;

	while (s->interval_ns < unit->at_least)
		unit++;
	return unit;
}

void series_align(struct value_entry *entries, size_t count)
{
	uint64_t newest = 0;

	for (size_t i = 0; i < count; i++)
		newest = MAX(newest, entries[i].value.series.newest);
	for (size_t i = 0; i < count; i++) {
		struct value_series *s = &entries[i].value.series;

		s->newest = newest;
		while (s->count && newest - s->points[0].interval >= s->intervals) {
			s->points++;
			s->count--;
		}
	}
}

int64_t series_start_ns(const struct value_series *s, uint64_t interval)
{
	return (int64_t)(interval * (uint64_t)s->interval_ns) + s->boot_to_wall_ns;
}

/* --- the scale -------------------------------------------------------------------------------- */

struct scale {
	__int128 min, max;
};

static __int128 number(const struct value_series *s, uint64_t value)
{
	return s->is_signed ? (__int128)(int64_t)value : (__int128)value;
}

static struct scale scale_of(const struct value_series *s)
{
	__int128 lowest = s->is_signed ? INT64_MIN : 0;
	__int128 highest = s->is_signed ? (__int128)INT64_MAX : (__int128)UINT64_MAX;
	struct scale scale = { highest, lowest };

	for (size_t i = 0; i < s->count; i++) {
		scale.min = MIN(scale.min, number(s, s->points[i].value));
		scale.max = MAX(scale.max, number(s, s->points[i].value));
	}
	if (scale.min == scale.max) {
		scale.min -= scale.min > lowest;
		scale.max += scale.max < highest;
	}
	return scale;
}

static void add_number(struct strbuf *b, __int128 n)
{
	if (n < 0)
		strbuf_add_i64(b, (int64_t)n);
	else
		strbuf_add_u64(b, (uint64_t)n);
}

static void add_limits(struct strbuf *b, const struct scale *scale, size_t indent)
{
	char text[24];
	size_t start;

	strbuf_add_repeat(b, ' ', indent);
	start = b->len;
	add_number(b, scale->min);
	if (b->len - start < MIN_COLUMNS)
		strbuf_add_repeat(b, ' ', MIN_COLUMNS - (b->len - start));
	snprintf(text, sizeof(text), scale->max < 0 ? "%lld" : "%llu", (long long)scale->max);
	strbuf_printf(b, "%*s\n", MAX_COLUMNS, text);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void add_time(struct strbuf *b, const struct value_series *s, uint64_t interval,
		     unsigned int digits)
{
	int64_t ns = series_start_ns(s, interval);
	time_t seconds = (time_t)(ns / 1000000000);
	char text[16] = "--:--:--", fraction[10];
	struct tm local;

	if (localtime_r(&seconds, &local))
		strftime(text, sizeof(text), "%H:%M:%S", &local);
	strbuf_add_text(b, text);
	snprintf(fraction, sizeof(fraction), "%09u", (unsigned int)(ns % 1000000000));
	if (digits)
		strbuf_printf(b, ".%.*s", (int)digits, fraction);
}

/* The line of a row; value NULL: there is none. */
static void add_line(struct strbuf *b, const struct scale *scale, const __int128 *value)
{
	__int128 range = scale->max - scale->min;
	char line[WIDTH + 1];

	memset(line, ' ', WIDTH);
	line[0] = line[WIDTH - 1] = '|';
	line[WIDTH] = '\0';
	if (scale->min < 0 && scale->max > 0)
		line[MIN(WIDTH * -scale->min / range, (__int128)WIDTH - 1)] = '.';
	if (value)
		line[(WIDTH - 1) * (*value - scale->min) / range] = '*';
	strbuf_append(b, line, WIDTH);
}

static void add_border(struct strbuf *b, char corner)
{
	strbuf_add_char(b, corner);
	strbuf_add_repeat(b, '_', WIDTH - 2);
	strbuf_add_char(b, corner);
	strbuf_add_char(b, '\n');
}

static void add_rows(struct strbuf *b, const struct value_series *s, const struct scale *scale,
		     unsigned int digits)
{
	size_t next = 0;

	for (uint64_t i = s->points[0].interval; i <= s->newest; i++) {
		bool has_value = next < s->count && s->points[next].interval == i;
		__int128 value = has_value ? number(s, s->points[next].value) : 0;

		next += has_value;
		add_time(b, s, i, digits);
		strbuf_add_char(b, ' ');
		add_line(b, scale, has_value ? &value : NULL);
		strbuf_add_char(b, ' ');
		if (has_value)
			add_number(b, value);
		else
			strbuf_add_char(b, '-');
		strbuf_add_char(b, '\n');
	}
}

void series_draw(struct strbuf *b, const struct value_series *s)
{
	const struct unit *unit = unit_of(s);
	size_t time_width = unit->digits ? 9 + unit->digits : 8;
	struct scale scale;

	if (!s->count) {
		strbuf_add_text(b, "<no data>\n");
		return;
	}
	scale = scale_of(s);
	add_limits(b, &scale, time_width + 1);
	strbuf_add_text(b, "hh:mm:ss");
	if (unit->digits)
		strbuf_printf(b, ".%s", unit->name);
	/* Names of units are two columns wide, also that of two letters and three bytes. */
	strbuf_add_repeat(b, ' ', time_width + 1 - (unit->digits ? 11 : 8));
	add_border(b, '|');
	add_rows(b, s, &scale, unit->digits);
	strbuf_add_repeat(b, ' ', time_width + 1);
	add_border(b, 'v');
	add_limits(b, &scale, time_width + 1);
	strbuf_add_char(b, '\n');
}
