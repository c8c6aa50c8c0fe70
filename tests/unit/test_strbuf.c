/* SPDX-License-Identifier: Apache-2.0 */
/* layer: util */
#include "unit/harness.h"
#include "util/strbuf.h"

static const char *u64_text(struct strbuf *b, uint64_t value)
{
	strbuf_clear(b);
	strbuf_add_u64(b, value);
	return b->text;
}

static const char *i64_text(struct strbuf *b, int64_t value)
{
	strbuf_clear(b);
	strbuf_add_i64(b, value);
	return b->text;
}

static const char *hex_text(struct strbuf *b, uint64_t value)
{
	strbuf_clear(b);
	strbuf_add_hex(b, value);
	return b->text;
}

TEST(empty_text_is_never_null)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;

	CHECK_EQ_STR(strbuf_text(&b), "");
	strbuf_clear(&b);
	strbuf_append(&b, NULL, 0);
	CHECK_EQ_STR(b.text, "");
}

TEST(numbers)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;

	CHECK_EQ_STR(u64_text(&b, 0), "0");
	CHECK_EQ_STR(u64_text(&b, 9), "9");
	CHECK_EQ_STR(u64_text(&b, 10), "10");
	CHECK_EQ_STR(u64_text(&b, 100), "100");
	CHECK_EQ_STR(u64_text(&b, 12345), "12345");
	CHECK_EQ_STR(u64_text(&b, UINT64_MAX), "18446744073709551615");
	CHECK_EQ_STR(i64_text(&b, -1), "-1");
	CHECK_EQ_STR(i64_text(&b, INT64_MIN), "-9223372036854775808");
	CHECK_EQ_STR(i64_text(&b, INT64_MAX), "9223372036854775807");
	CHECK_EQ_STR(hex_text(&b, 0), "0");
	CHECK_EQ_STR(hex_text(&b, 0xdeadbeef), "deadbeef");
	CHECK_EQ_STR(hex_text(&b, UINT64_MAX), "ffffffffffffffff");
}

TEST(growth)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;

	for (int i = 0; i < 1000; i++)
		strbuf_add_char(&b, 'a');
	strbuf_add_repeat(&b, 'b', 500);
	strbuf_printf(&b, "%0300d", 7);
	CHECK_EQ(b.len, 1800);
	CHECK_EQ(strlen(b.text), 1800);
	CHECK_EQ(b.text[1799], '7');
	strbuf_append(&b, "\0x", 2);
	CHECK_EQ(b.len, 1802);
}
