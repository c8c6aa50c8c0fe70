/* SPDX-License-Identifier: Apache-2.0 */
/* printf formats: the grammar and the table of flags of spec output.md §7. */
#include "program/format.h"
#include "unit/harness.h"

static struct arena arena;

/* Formats one integer with the first conversion of the format. */
static const char *integer(const char *text, uint64_t value)
{
	static struct strbuf b;
	struct format f;

	strbuf_clear(&b);
	format_parse(&arena, text, &f);
	format_integer(&b, &f.pieces.items[0], value);
	return strbuf_text(&b);
}

static const char *padded(const char *text, const char *value)
{
	static struct strbuf b;
	struct format f;

	strbuf_clear(&b);
	format_parse(&arena, text, &f);
	format_text(&b, &f.pieces.items[0], value, strlen(value));
	return strbuf_text(&b);
}

TEST(takes_apart)
{
	struct format f;

	format_parse(&arena, "a%d%%b %-5s %rh%", &f);
	CHECK_EQ(f.pieces.count, 8);
	CHECK_EQ(f.conversion_count, 3);
	CHECK_EQ_STR(f.pieces.items[0].text, "a");
	CHECK_EQ(f.pieces.items[1].conversion, FORMAT_SIGNED);
	CHECK_EQ(f.pieces.items[1].offset, 1);
	CHECK_EQ_STR(f.pieces.items[2].text, "%");
	CHECK_EQ_STR(f.pieces.items[3].text, "b ");
	CHECK_EQ(f.pieces.items[4].conversion, FORMAT_STRING);
	CHECK(f.pieces.items[4].is_left);
	CHECK_EQ(f.pieces.items[4].width, 5);
	CHECK_EQ_STR(f.pieces.items[4].text, "%-5s");
	CHECK_EQ_STR(f.pieces.items[5].text, " ");
	CHECK_EQ(f.pieces.items[6].buffer_form, 'h');
	CHECK_EQ_STR(f.pieces.items[7].text, "%");
}

TEST(text_that_is_no_conversion)
{
	struct format f;

	format_parse(&arena, "100% yes %y %", &f);
	CHECK_EQ(f.conversion_count, 0);
	CHECK_EQ_STR(f.pieces.items[0].text, "100% yes %y %");
	format_parse(&arena, "", &f);
	CHECK_EQ(f.pieces.count, 0);
}

TEST(buffer_and_rejected_conversions)
{
	struct format f;

	format_parse(&arena, "%r%rx%gr%g%n", &f);
	CHECK_EQ(f.pieces.items[0].buffer_form, 'r');
	CHECK_EQ(f.pieces.items[1].buffer_form, 'x');
	CHECK_EQ(f.pieces.items[2].conversion, FORMAT_GFP);
	CHECK_EQ(f.pieces.items[3].conversion, FORMAT_OTHER);
	CHECK_EQ(f.pieces.items[4].conversion, FORMAT_OTHER);
}

TEST(integers)
{
	CHECK_EQ_STR(integer("%d", (uint64_t)-5), "-5");
	CHECK_EQ_STR(integer("%d", 0x100000005), "5");
	CHECK_EQ_STR(integer("%ld", 0x100000005), "4294967301");
	CHECK_EQ_STR(integer("%hhd", 0xff), "-1");
	CHECK_EQ_STR(integer("%hu", 0x12345), "9029");
	CHECK_EQ_STR(integer("%u", (uint64_t)-1), "4294967295");
	CHECK_EQ_STR(integer("%llu", (uint64_t)-1), "18446744073709551615");
	CHECK_EQ_STR(integer("%x", 0xabc), "abc");
	CHECK_EQ_STR(integer("%#X", 0xabc), "0XABC");
	CHECK_EQ_STR(integer("%#x", 0), "0");
	CHECK_EQ_STR(integer("%#o", 8), "010");
	CHECK_EQ_STR(integer("%lo", (uint64_t)-1), "1777777777777777777777");
	CHECK_EQ_STR(integer("%p", 0), "0");
	CHECK_EQ_STR(integer("%p", 0xffff888000000000), "0xffff888000000000");
	CHECK_EQ_STR(integer("%c", 'A'), "A");
	CHECK_EQ_STR(integer("%zd", (uint64_t)INT64_MIN), "-9223372036854775808");
}

TEST(flags)
{
	CHECK_EQ_STR(integer("%5d|", 42), "   42");
	CHECK_EQ_STR(integer("%-5d", 42), "42   ");
	CHECK_EQ_STR(integer("%05d", (uint64_t)-5), "000-5");
	CHECK_EQ_STR(integer("%+d", 5), "+5");
	CHECK_EQ_STR(integer("%+d", (uint64_t)-5), "-5");
	CHECK_EQ_STR(integer("% d", 5), "5");
	CHECK_EQ_STR(integer("%0-5d", 7), "7    ");
	CHECK_EQ_STR(integer("%.3d", 7), "7");
	CHECK_EQ_STR(integer("%*d", 7), "7");
	CHECK_EQ_STR(padded("%6s", "abc"), "   abc");
	CHECK_EQ_STR(padded("%-6s", "abc"), "abc   ");
	CHECK_EQ_STR(padded("%.1s", "abc"), "abc");
	CHECK_EQ_STR(padded("%2s", "abc"), "abc");
}

TEST(accepted_types)
{
	struct type_table t;

	type_table_init(&t, &arena);
	CHECK(format_accepts(FORMAT_SIGNED, t.bool_type));
	CHECK(format_accepts(FORMAT_HEX, type_pointer(&t, t.void_type, SPACE_USER)));
	CHECK(format_accepts(FORMAT_SIGNED, type_aggregation(&t, TYPE_COUNT, false)));
	CHECK(!format_accepts(FORMAT_SIGNED, type_string(&t, 4)));
	CHECK(format_accepts(FORMAT_STRING, type_int(&t, 4, true)));
	CHECK(!format_accepts(FORMAT_STRING, t.none));
	CHECK(format_accepts(FORMAT_BUFFER, type_buffer(&t, 4)));
	CHECK(!format_accepts(FORMAT_BUFFER, type_int(&t, 4, true)));
	CHECK(!format_accepts(FORMAT_OTHER, type_int(&t, 4, true)));
	type_table_free(&t);
}

static const char *gfp(uint64_t flags)
{
	static struct strbuf b;

	strbuf_clear(&b);
	format_gfp_flags(&b, flags);
	return strbuf_text(&b);
}

TEST(gfp_flags)
{
	CHECK_EQ_STR(gfp(0), "0");
	CHECK_EQ_STR(gfp(1), "GFP_DMA");
	CHECK_EQ_STR(gfp(0xcc0), "GFP_KERNEL");
	CHECK_EQ_STR(gfp(0xdc0), "GFP_KERNEL|__GFP_ZERO");
	CHECK_EQ_STR(gfp(0x820), "GFP_ATOMIC");
	CHECK_EQ_STR(gfp(0x200), "0x200");
	CHECK_EQ_STR(gfp(1ull << 40 | 0x40), "__GFP_IO|0x10000000000");
}
