/* SPDX-License-Identifier: Apache-2.0 */
/* layer: util */
#include <errno.h>
#include "unit/harness.h"
#include "util/text.h"

TEST(globs)
{
	CHECK(text_glob("", ""));
	CHECK(!text_glob("", "a"));
	CHECK(text_glob("*", ""));
	CHECK(text_glob("vfs_*", "vfs_read"));
	CHECK(text_glob("*_*d", "vfs_read"));
	CHECK(!text_glob("*_*x", "vfs_read"));
	CHECK(text_glob("a*b*c", "aXbXbYc"));
	CHECK(!text_glob("a?c", "abc"));
	CHECK(text_has_glob("a*") && !text_has_glob("a?"));
	CHECK(text_starts_with("abc", "ab") && !text_starts_with("a", "ab"));
	CHECK(text_equal_nocase("BEGIN", "begin"));
}

struct number_case {
	const char *text;
	int err;
	uint64_t value;
};

static const struct number_case numbers[] = {
	{ "0", 0, 0 },
	{ "123", 0, 123 },
	{ "1_000_000", 0, 1000000 },
	{ "1__0", 0, 10 },
	{ "1_", -EINVAL, 0 },
	{ "_1", -EINVAL, 0 },
	{ "", -EINVAL, 0 },
	{ "x", -EINVAL, 0 },
	{ "0644", 0, 420 },
	{ "08", -EINVAL, 0 },
	{ "09", -EINVAL, 0 },
	{ "0678", -EINVAL, 0 },
	{ "0x1F", 0, 31 },
	{ "0Xff_ff", 0, 65535 },
	{ "0x", -EINVAL, 0 },
	{ "0xg", -EINVAL, 0 },
	{ "0x1u", -EINVAL, 0 },
	{ "0x1_", -EINVAL, 0 },
	{ "0b101", 0, 5 },
	{ "0b2", -EINVAL, 0 },
	{ "1e3", 0, 1000 },
	{ "9E18", 0, 9000000000000000000 },
	{ "1e0", -EINVAL, 0 },
	{ "0e1", -EINVAL, 0 },
	{ "10e3", -EINVAL, 0 },
	{ "1e20", -ERANGE, 0 },
	{ "1e99999999999999999999", -ERANGE, 0 },
	{ "1e3u", -EINVAL, 0 },
	{ "5u", 0, 5 },
	{ "5UL", 0, 5 },
	{ "5ull", 0, 5 },
	{ "5Ll", 0, 5 },
	{ "4294967295u", 0, 4294967295 },
	{ "4294967296u", -ERANGE, 0 },
	{ "9223372036854775807l", 0, 9223372036854775807 },
	{ "9223372036854775808l", -ERANGE, 0 },
	{ "18446744073709551615", 0, UINT64_MAX },
	{ "18446744073709551616", -ERANGE, 0 },
	{ "0x1ffffffffffffffff", -ERANGE, 0 },
	{ "7ns", 0, 7 },
	{ "7us", 0, 7000 },
	{ "7ms", 0, 7000000 },
	{ "7s", 0, 7000000000 },
	{ "2m", 0, 120000000000 },
	{ "2h", 0, 7200000000000 },
	{ "1d", 0, 86400000000000 },
	{ "7S", -EINVAL, 0 },
	{ "999999999d", -ERANGE, 0 },
	{ "5x", -EINVAL, 0 },
	{ "5 ", -EINVAL, 0 },
};

TEST(unsigned_numbers)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const struct number_case *c = &numbers[i];
		const char *why = NULL;
		uint64_t value = 0;
		int err = text_parse_u64(c->text, strlen(c->text), &value, &why);

		CHECK_EQ(err, c->err);
		CHECK_EQ(value, c->value);
		CHECK((why != NULL) == (err != 0));
		if (err != c->err || value != c->value)
			fprintf(stderr, "\tfor '%s' (%s)\n", c->text, why ? why : "");
	}
}

TEST(signed_numbers)
{
	uint64_t value;
	bool is_negative;

	CHECK_EQ(text_parse_i64("-5", 2, &value, &is_negative, NULL), 0);
	CHECK_EQ(value, -5);
	CHECK(is_negative);
	CHECK_EQ(text_parse_i64("5", 1, &value, &is_negative, NULL), 0);
	CHECK(!is_negative);
	CHECK_EQ(text_parse_i64("-9223372036854775808", 20, &value, &is_negative, NULL), 0);
	CHECK_EQ(value, INT64_MIN);
	CHECK_EQ(text_parse_i64("-9223372036854775809", 20, &value, &is_negative, NULL), -ERANGE);
	CHECK_EQ(text_parse_i64("--5", 3, &value, &is_negative, NULL), -EINVAL);
	CHECK_EQ(text_parse_i64("-", 1, &value, &is_negative, NULL), -EINVAL);
}

static const char *terminal(struct strbuf *b, const char *text)
{
	strbuf_clear(b);
	text_escape_terminal(b, text, strlen(text));
	return strbuf_text(b);
}

static const char *json(struct strbuf *b, const char *text)
{
	strbuf_clear(b);
	text_escape_json(b, text, strlen(text));
	return strbuf_text(b);
}

TEST(terminal_escapes)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;

	CHECK_EQ_STR(terminal(&b, "a\tb\n"), "a\tb\n");
	CHECK_EQ_STR(terminal(&b, "\033[31m\r\177"), "\\x1b[31m\\x0d\\x7f");
	CHECK_EQ_STR(terminal(&b, "caf\303\251"), "caf\303\251");
	CHECK_EQ_STR(terminal(&b, "\302\205"), "\\x85");
	CHECK_EQ_STR(terminal(&b, "\205\377"), "\\x85\\xff");
	CHECK_EQ_STR(terminal(&b, "\342\200\256x"), "\\u202ex");
	CHECK_EQ_STR(terminal(&b, "\330\234"), "\\u061c");
	CHECK_EQ_STR(terminal(&b, "\360\237\230\200"), "\360\237\230\200");
	CHECK_EQ_STR(terminal(&b, "\303"), "\\xc3");
	CHECK_EQ_STR(terminal(&b, "\355\240\200"), "\\xed\\xa0\\x80");
}

TEST(json_escapes)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;

	CHECK_EQ_STR(json(&b, "a\"b\\c"), "a\\\"b\\\\c");
	CHECK_EQ_STR(json(&b, "\n\t\001"), "\\n\\t\\u0001");
	CHECK_EQ_STR(json(&b, "\303\251\377"), "\303\251\357\277\275");
}

TEST(hex_escapes)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;

	text_escape_hex(&b, "a\\\0\xff~", 5);
	CHECK_EQ_STR(b.text, "a\\\\x00\\xff~");
}

static const char *nearest(const char *wanted, const char *const *names)
{
	struct text_nearest n;

	text_nearest_init(&n, wanted);
	for (; *names; names++)
		text_nearest_offer(&n, *names);
	return n.best;
}

TEST(nearest_words)
{
	static const char *const names[] = { "vfs_write", "vfs_read", "printf", "pid", "x", NULL };

	CHECK_EQ_STR(nearest("vfs_raed", names), "vfs_read");
	CHECK_EQ_STR(nearest("prinft", names), "printf");
	CHECK_EQ_STR(nearest("pidd", names), "pid");
	CHECK_EQ_STR(nearest("pid", names), "pid");
	CHECK_EQ_STR(nearest("something_else", names), NULL);
	CHECK_EQ_STR(nearest("y", names), NULL);
	CHECK_EQ_STR(nearest("", names), NULL);
}
