/* SPDX-License-Identifier: Apache-2.0 */
/* Taking attach points apart: quotes, parameters, places. */
#include "probes/probe.h"
#include "unit/harness.h"

static struct arena arena;
static struct diag diag;
static const char *const parameters[] = { "sched", "a:b", "\"x:y\"" };

static int parse(const char *text, struct probe_spec *out)
{
	struct probe_context c = { .arena = &arena, .diag = &diag, .parameters = parameters,
				   .parameter_count = ARRAY_SIZE(parameters) };
	char *script = arena_printf(&arena, "  %s { }", text);
	struct source *source = source_create(&arena, "test", script, strlen(script));
	struct loc loc = { source, 2, 2 + (uint32_t)strlen(text) };

	diag_init(&diag, &arena);
	return probe_spec_parse(&c, text, NULL, loc, out);
}

TEST(splits_at_colons)
{
	struct probe_spec s;

	CHECK_EQ(parse("tracepoint:sched:sched_*", &s), 0);
	CHECK_EQ(s.count, 3);
	CHECK_EQ_STR(s.parts[0], "tracepoint");
	CHECK_EQ_STR(s.parts[2], "sched_*");
	CHECK_EQ(s.part_locs[1].start, 13);
	CHECK_EQ(s.part_locs[1].end, 18);
	CHECK_EQ(parse("software:cs:", &s), 0);
	CHECK_EQ(s.count, 3);
	CHECK_EQ_STR(s.parts[2], "");
	CHECK_EQ(parse("", &s), 0);
	CHECK_EQ(s.count, 1);
	CHECK_EQ_STR(s.parts[0], "");
}

TEST(quotes_protect)
{
	struct probe_spec s;

	CHECK_EQ(parse("uprobe:\"/a:b\\\"c $1\":f", &s), 0);
	CHECK_EQ(s.count, 3);
	CHECK_EQ_STR(s.parts[1], "/a:b\"c $1");
	CHECK(parse("a:\"b", &s) < 0);
	CHECK_EQ(diag.error_count, 1);
}

TEST(parameters_are_scanned_again)
{
	struct probe_spec s;

	CHECK_EQ(parse("t:$1:$2", &s), 0);
	CHECK_EQ(s.count, 4);
	CHECK_EQ_STR(s.parts[1], "sched");
	CHECK_EQ_STR(s.parts[3], "b");
	CHECK_EQ(s.part_locs[3].start, 7);
	CHECK_EQ(parse("t:$3", &s), 0);
	CHECK_EQ_STR(s.parts[1], "x:y");
	CHECK_EQ(parse("t:a$9b", &s), 0);
	CHECK_EQ_STR(s.parts[1], "ab");
	CHECK(parse("t:$x", &s) < 0);
}

TEST(too_many_parts)
{
	struct probe_spec s;

	CHECK(parse("a:b:c:d:e:f:g:h:i", &s) < 0);
}

TEST(expects_a_number_of_parts)
{
	struct probe_context c = { .arena = &arena, .diag = &diag };
	struct probe_spec s;

	CHECK_EQ(parse("a:b", &s), 0);
	CHECK_EQ(probe_spec_expect(&c, &s, 1, 1), 0);
	CHECK_EQ(probe_spec_expect(&c, &s, 0, 2), 0);
	CHECK(probe_spec_expect(&c, &s, 2, 3) < 0);
	CHECK_EQ(diag.error_count, 1);
}
