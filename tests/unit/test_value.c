/* SPDX-License-Identifier: Apache-2.0 */
/* Rendering, keys, division (spec output.md §3, §4). */
#include "runtime/output/value.h"
#include "unit/harness.h"

static const struct value_style escaped = {true, ".."}, raw = {false, "~"};

static const char *render(const struct value *v, const struct value_style *style)
{
	static struct strbuf b;

	strbuf_clear(&b);
	value_render(&b, v, style);
	return strbuf_text(&b);
}

static const char *render_key(const struct value *v)
{
	static struct strbuf b;

	strbuf_clear(&b);
	strbuf_add_text(&b, "@x[");
	value_render_key(&b, v, &escaped);
	return strbuf_text(&b);
}

#define SIGNED(n)   ((struct value){ .kind = VALUE_SIGNED, .integer = (uint64_t)(int64_t)(n) })
#define UNSIGNED(n) ((struct value){ .kind = VALUE_UNSIGNED, .integer = (n) })
#define STRING(s)   ((struct value){ .kind = VALUE_STRING, .text = { (s), sizeof(s) - 1 } })
#define LIST(k, array, n, members)                                                                 \
	((struct value){ .kind = (k), .list = { (array), (members), (n) } })

TEST(value_numbers)
{
	CHECK_EQ_STR(render(&SIGNED(-5), &escaped), "-5");
	CHECK_EQ_STR(render(&SIGNED(INT64_MIN), &escaped), "-9223372036854775808");
	CHECK_EQ_STR(render(&UNSIGNED(UINT64_MAX), &escaped), "18446744073709551615");
	struct value pointer = {.kind = VALUE_POINTER, .integer = 0x7FFD1000};
	CHECK_EQ_STR(render(&pointer, &escaped), "0x7ffd1000");
	pointer.integer = 0;
	CHECK_EQ_STR(render(&pointer, &escaped), "0x0");
	struct value truth = {.kind = VALUE_BOOL, .integer = 1};
	CHECK_EQ_STR(render(&truth, &escaped), "true");
	truth.integer = 0;
	CHECK_EQ_STR(render(&truth, &escaped), "false");
	struct value nothing = {.kind = VALUE_NULL};
	CHECK_EQ_STR(render(&nothing, &escaped), "null");
	struct value named = {.kind = VALUE_ENUM, .enumerator = {3, "FIRST"}};
	CHECK_EQ_STR(render(&named, &escaped), "FIRST");
}

TEST(value_strings_cannot_drive_a_terminal)
{
	CHECK_EQ_STR(render(&STRING("a b\tc\nd"), &escaped), "a b\tc\nd");
	CHECK_EQ_STR(render(&STRING("\033[31mred\r"), &escaped), "\\x1b[31mred\\x0d");
	CHECK_EQ_STR(render(&STRING("\033[31m"), &raw), "\033[31m");
	CHECK_EQ_STR(render(&STRING("gr\xc3\xbc\xc3\x9f"), &escaped), "gr\xc3\xbc\xc3\x9f");
	CHECK_EQ_STR(render(&STRING("\xe2\x80\xae"
				    "x"),
			    &escaped),
		     "\\u202ex");
	struct value own = STRING("\033[1m");
	own.is_own = true;
	CHECK_EQ_STR(render(&own, &escaped), "\033[1m");
	struct value cut = STRING("abc");
	cut.is_cut = true;
	CHECK_EQ_STR(render(&cut, &escaped), "abc..");
	CHECK_EQ_STR(render(&cut, &raw), "abc~");
	struct value buffer = {.kind = VALUE_BUFFER, .text = {"h\xff\0~", 4}};
	CHECK_EQ_STR(render(&buffer, &escaped), "h\\xff\\x00~");
}

TEST(value_composites)
{
	struct value pair[] = {SIGNED(1), SIGNED(2)}, other[] = {SIGNED(3)};
	struct value rows[] = {LIST(VALUE_ARRAY, pair, 2, NULL), LIST(VALUE_ARRAY, other, 1, NULL)};
	struct value truth[] = {{.kind = VALUE_BOOL, .integer = 1}, SIGNED(31)};
	struct value mixed[] = {SIGNED(1), STRING("ab"), LIST(VALUE_TUPLE, truth, 2, NULL)};
	const char *names[] = {"fd", "p"};
	struct value members[] = {SIGNED(3), {.kind = VALUE_POINTER, .integer = 0x7ffd1000}};

	CHECK_EQ_STR(render(&LIST(VALUE_ARRAY, rows, 2, NULL), &escaped), "[[1,2],[3]]");
	CHECK_EQ_STR(render(&LIST(VALUE_ARRAY, rows, 0, NULL), &escaped), "[]");
	CHECK_EQ_STR(render(&LIST(VALUE_TUPLE, mixed, 3, NULL), &escaped), "(1, ab, (true, 31))");
	CHECK_EQ_STR(render(&LIST(VALUE_TUPLE, mixed, 1, NULL), &escaped), "(1)");
	CHECK_EQ_STR(render(&LIST(VALUE_TUPLE, mixed, 0, NULL), &escaped), "()");
	CHECK_EQ_STR(render(&LIST(VALUE_RECORD, members, 2, names), &escaped),
		     "{ .fd = 3, .p = 0x7ffd1000 }");
	CHECK_EQ_STR(render(&LIST(VALUE_RECORD, members, 0, names), &escaped), "{}");
	struct value stats = {.kind = VALUE_STATS, .stats = {3, 20, 60, true}};
	CHECK_EQ_STR(render(&stats, &escaped), "{ .count = 3, .average = 20, .total = 60 }");
}

TEST(value_keys_lose_outer_parentheses)
{
	struct value inner[] = {SIGNED(2), SIGNED(3)};
	struct value key[] = {SIGNED(1), LIST(VALUE_TUPLE, inner, 2, NULL)};

	CHECK_EQ_STR(render_key(&LIST(VALUE_TUPLE, key, 2, NULL)), "@x[1, (2, 3)");
	CHECK_EQ_STR(render_key(&STRING("(z)")), "@x[z");
	CHECK_EQ_STR(render_key(&STRING("(z")), "@x[(z");
	CHECK_EQ_STR(render_key(&STRING("(")), "@x[(");
	CHECK_EQ_STR(render_key(&STRING("()")), "@x[");
}

TEST(value_division)
{
	uint64_t counts[] = {7, 0, 3}, linear[] = {7};
	struct value v = SIGNED(-7);

	value_divide(&v, 2);
	CHECK_EQ(v.integer, -3);
	v = UNSIGNED(UINT64_MAX);
	value_divide(&v, 2);
	CHECK_EQ(v.integer, INT64_MAX);
	v = SIGNED(5);
	value_divide(&v, 0);
	CHECK_EQ(v.integer, 5);
	v = SIGNED(INT64_MIN);
	value_divide(&v, -1);
	CHECK_EQ(v.integer, INT64_MIN);
	v = (struct value){.kind = VALUE_STATS, .stats = {4, 9, 36, false}};
	value_divide(&v, 3);
	CHECK_EQ(v.stats.count, 4);
	CHECK_EQ(v.stats.average, 3);
	CHECK_EQ(v.stats.total, 36);
	v = (struct value){.kind = VALUE_HISTOGRAM, .histogram = {.counts = counts, .count = 3}};
	value_divide(&v, 2);
	CHECK_EQ(counts[0], 3);
	CHECK_EQ(counts[2], 1);
	v = (struct value){.kind = VALUE_HISTOGRAM,
			   .histogram = {.counts = linear, .count = 1, .is_linear = true}};
	value_divide(&v, 2);
	CHECK_EQ(linear[0], 7);
}
