/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of time series to the letter of spec output.md §5.3. covers: B:tseries */
#include <stdlib.h>
#include <time.h>
#include "runtime/output/series.h"
#include "unit/harness.h"

#define SECOND 1000000000ll

static const char *draw(const struct value_series *s)
{
	static struct strbuf b;

	setenv("TZ", "UTC", 1);
	tzset();
	strbuf_clear(&b);
	series_draw(&b, s);
	return strbuf_text(&b);
}

/* The example of the specification. */
TEST(series_of_one_value)
{
	struct value_point points[] = { { 5, 9 }, { 6, 9 } };
	struct value_series s = { points, 2, 6, 10, SECOND / 10, 34200 * SECOND, false };

	CHECK_EQ_STR(draw(&s),
"             8                                                  10\n"
"hh:mm:ss.ms  |___________________________________________________|\n"
"09:30:00.500 |                         *                         | 9\n"
"09:30:00.600 |                         *                         | 9\n"
"             v___________________________________________________v\n"
"             8                                                  10\n"
"\n");
}

TEST(series_with_gaps_and_signs)
{
	struct value_point points[] = { { 0, (uint64_t)-10 }, { 2, 10 }, { 3, 0 } };
	struct value_series s = { points, 3, 4, 10, SECOND, 0, true };

	CHECK_EQ_STR(draw(&s),
"         -10                                                10\n"
"hh:mm:ss |___________________________________________________|\n"
"00:00:00 *                         .                         | -10\n"
"00:00:01 |                         .                         | -\n"
"00:00:02 |                         .                         * 10\n"
"00:00:03 |                         *                         | 0\n"
"00:00:04 |                         .                         | -\n"
"         v___________________________________________________v\n"
"         -10                                                10\n"
"\n");
}

TEST(series_units)
{
	struct value_point points[] = { { 1, 0 } };
	struct value_series s = { points, 1, 1, 1, 1000, 0, false };

	/* 0 has no smaller neighbour without a sign. */
	CHECK_EQ_STR(draw(&s),
"                0                                                   1\n"
"hh:mm:ss.μs     |___________________________________________________|\n"
"00:00:00.000001 *                                                   | 0\n"
"                v___________________________________________________v\n"
"                0                                                   1\n"
"\n");
	s.interval_ns = 10;
	CHECK(strstr(draw(&s), "hh:mm:ss.ns        |_"));
	CHECK(strstr(draw(&s), "00:00:00.000000010 *"));
	s.interval_ns = 60 * SECOND;
	CHECK(strstr(draw(&s), "00:01:00 *"));
}

TEST(series_limits_of_the_types)
{
	struct value_point points[] = { { 1, (uint64_t)INT64_MIN }, { 2, INT64_MAX } };
	struct value_series s = { points, 2, 2, 2, SECOND, 0, true };

	CHECK(strstr(draw(&s), "         -9223372036854775808              9223372036854775807\n"));
	s.count = 1;
	CHECK(strstr(draw(&s), "         -9223372036854775808             -9223372036854775807\n"));
	points[0].value = UINT64_MAX;
	s.is_signed = false;
	CHECK(strstr(draw(&s), "         18446744073709551614             18446744073709551615\n"));
}

TEST(series_without_data)
{
	struct value_series s = { .interval_ns = SECOND, .intervals = 5 };

	CHECK_EQ_STR(draw(&s), "<no data>\n");
}

TEST(series_of_a_map_end_together)
{
	struct value_point old[] = { { 1, 1 }, { 4, 2 } }, recent[] = { { 6, 3 } };
	struct value_entry entries[2] = { 0 };

	entries[0].value = (struct value){ .kind = VALUE_SERIES,
					   .series = { old, 2, 4, 3, SECOND, 0, false } };
	entries[1].value = (struct value){ .kind = VALUE_SERIES,
					   .series = { recent, 1, 6, 3, SECOND, 0, false } };
	series_align(entries, 2);
	CHECK_EQ(entries[0].value.series.newest, 6u);
	CHECK_EQ(entries[0].value.series.count, 1u);
	CHECK_EQ(entries[0].value.series.points[0].interval, 4u);
	CHECK_EQ(entries[1].value.series.count, 1u);
	entries[0].value.series.newest = 4;
	entries[1].value.series.newest = 7;
	series_align(entries, 2);
	CHECK_EQ(entries[0].value.series.count, 0u);
}
