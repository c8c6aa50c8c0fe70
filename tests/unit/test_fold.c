/* SPDX-License-Identifier: Apache-2.0 */
/* Literal folding: what expressions of literals become, and which are refused. */
#include "unit/compile.h"

static const struct {
	const char *expression, *literal;
} folded[] = {
	{ "1 + 2", "integer 3 : int8" },
	{ "100 + 100", "integer 200 : int16" },
	{ "1 - 2", "integer -1 : int8" },
	{ "-5 / 2", "integer -2 : int8" },
	{ "-5 % 2", "integer -1 : int8" },
	{ "-8 >> 1", "integer -4 : int8" },
	{ "1 << 63", "integer 9223372036854775808 : uint64" },
	{ "0xffffffffffffffff", "integer 18446744073709551615 : uint64" },
	{ "18446744073709551615 - 1", "integer 18446744073709551614 : uint64" },
	{ "-9223372036854775808", "integer -9223372036854775808 : int64" },
	{ "-(-5)", "integer 5 : int8" },
	{ "-0", "integer 0 : int8" },
	{ "~0", "integer -1 : int8" },
	{ "~0xffffffffffffffff", "integer 0 : int8" },
	{ "6 & 3", "integer 2 : int8" },
	{ "6 | 3", "integer 7 : int8" },
	{ "6 ^ 3", "integer 5 : int8" },
	{ "2 * 3 + 4", "integer 10 : int8" },
	{ "1 == 1", "boolean true" },
	{ "-1 < 18446744073709551615", "boolean true" },
	{ "3 >= 4", "boolean false" },
	{ "1 && 0", "boolean false" },
	{ "1 || 0", "boolean true" },
	{ "!5", "boolean false" },
	{ "!0", "boolean true" },
	{ "!true", "boolean false" },
	{ "true && 1", "boolean true" },
	{ "true | false", "boolean true" },
	{ "true ^ true", "boolean false" },
	{ "true != false", "boolean true" },
	{ "5 ?: 7", "integer 5 : int8" },
	{ "0 ?: 7", "integer 7 : int8" },
	{ "1 ? 2 : \"x\"", "integer 2 : int8" },
	{ "if (0) { 1 } else { 2 }", "integer 2 : int8" },
	{ "\"ab\" + \"cd\"", "string \"abcd\" : string[5]" },
	{ "\"abc\" + 1", "string \"bc\" : string[3]" },
	{ "\"abc\"[1]", "integer 98 : int8" },
	{ "\"abc\"[3]", "integer 0 : int8" },
	{ "\"a\" < \"b\"", "boolean true" },
	{ "\"a\" == \"ab\"", "boolean false" },
	{ "str(\"abcdef\", 3)", "string \"abc\" : string[4]" },
	{ "str(\"abc\")", "string \"abc\" : string[4]" },
	{ "(1, \"a\").1", "string \"a\" : string[2]" },
	{ "sizeof(int32)", "integer 4 : int8" },
	{ "sizeof((1, 2000))", "integer 4 : int8" },
};

TEST(literals_fold)
{
	for (size_t i = 0; i < ARRAY_SIZE(folded); i++) {
		auto_free char *text = NULL;

		CHECK(asprintf(&text, "begin { print(%s); }", folded[i].expression) > 0);
		expect_types(text, folded[i].literal);
	}
}

static const struct {
	const char *expression, *id;
} refused[] = {
	{ "18446744073709551615 + 1", "overflow" },
	{ "-9223372036854775808 - 1", "overflow" },
	{ "18446744073709551615 * 18446744073709551615", "overflow" },
	{ "2 << 63", "overflow" },
	{ "-9223372036854775809", "overflow" },
	{ "1 / 0", "division-by-zero" },
	{ "1 % 0", "division-by-zero" },
	{ "1 << 64", "shift-range" },
	{ "1 >> -1", "shift-range" },
	{ "\"a\" - \"b\"", "string-operator" },
	{ "\"a\" * 2", "string-operator" },
	{ "\"a\" == 1", "type-mismatch" },
	{ "\"abc\"[4]", "index-range" },
};

TEST(impossible_literals_are_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		auto_free char *text = NULL;

		CHECK(asprintf(&text, "begin { print(%s); }", refused[i].expression) > 0);
		expect_message(text, refused[i].id, true);
	}
}

TEST(an_empty_rest_is_warned_of)
{
	expect_message("begin { print(\"abc\" + 3); }", "empty-literal", false);
}

TEST(positional_parameters_are_literals)
{
	static const char *const parameters[] = { "5", "text", "-7", "1s" };
	const struct sema_options options = { .parameters = parameters, .parameter_count = 4 };
	struct compiled c;

	compile_text(&c, "begin { $a = $1; $b = $2; $c = $3; $d = $4; $e = str($1); $f = $#; "
			 "$g = str($2 + 1); }", "check", &options);
	CHECK(!c.err);
	CHECK(strstr(c.types, "integer 5 : int8"));
	CHECK(strstr(c.types, "string \"text\" : string[5]"));
	CHECK(strstr(c.types, "integer -7 : int8"));
	CHECK(strstr(c.types, "integer 1000000000 : int32"));
	CHECK(strstr(c.types, "string \"5\" : string[2]"));
	CHECK(strstr(c.types, "variable $f : int8"));
	CHECK(strstr(c.types, "string \"ext\" : string[4]"));
	CHECK_EQ_STR(c.messages, "");
	compiled_free(&c);
	compile_text(&c, "begin { $a = $9; $b = str($9); }", "check", &options);
	CHECK(!c.err && strstr(c.messages, "missing-parameter"));
	compiled_free(&c);
}
