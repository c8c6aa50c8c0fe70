/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures: counts, classes and results; malformed rows are found by test_builtins, which parses
 * every row there is. */
#include "builtins/builtin.h"
#include "unit/harness.h"

static struct signature parse(const char *text)
{
	struct signature s;

	signature_parse(text, &s);
	return s;
}

TEST(variable_takes_no_arguments)
{
	struct signature s = parse("uint64");

	CHECK_EQ(s.arg_count, 0);
	CHECK_EQ(s.max_args, 0);
	CHECK_EQ_STR(s.result, "uint64");
}

TEST(result_may_have_brackets)
{
	CHECK_EQ_STR(parse("string[16]").result, "string[16]");
	CHECK_EQ_STR(parse("comm([int]) -> string[16]").result, "string[16]");
}

TEST(empty_list)
{
	struct signature s = parse("count() -> ?");

	CHECK_EQ(s.min_args, 0);
	CHECK_EQ(s.max_args, 0);
	CHECK_EQ_STR(s.result, "?");
}

TEST(classes_are_sets)
{
	struct signature s = parse("str(string|int|ptr, [int]) -> ?");

	CHECK_EQ(s.args[0], SIGNATURE_STRING | SIGNATURE_INT | SIGNATURE_PTR);
	CHECK_EQ(s.args[1], SIGNATURE_INT);
}

TEST(optional_arguments_are_not_required)
{
	struct signature s = parse("hist(int, [#int]) -> ?");

	CHECK_EQ(s.min_args, 1);
	CHECK_EQ(s.max_args, 2);
	CHECK_EQ(s.args[1], SIGNATURE_INT_LITERAL);
}

TEST(options_are_given_by_name)
{
	struct signature s = parse("print(any|map, [#int], top=#int, by=#string) -> ?");

	CHECK_EQ(s.max_args, 2);
	CHECK_EQ(s.option_count, 2);
	CHECK_EQ_STR(s.option_names[1], "by");
	CHECK_EQ(s.options[1], SIGNATURE_STRING_LITERAL);
	CHECK_EQ_STR(s.result, "?");
	CHECK_EQ(parse("f(x=int) -> void").max_args, 0);
	CHECK_EQ(parse("f(x=int) -> void").option_count, 1);
}

TEST(repetition_allows_128_arguments)
{
	struct signature s = parse("printf(#format, [any], ...) -> void");

	CHECK_EQ(s.arg_count, 2);
	CHECK_EQ(s.min_args, 1);
	CHECK_EQ(s.max_args, 128);
	CHECK_EQ(s.args[0], SIGNATURE_FORMAT);
	CHECK_EQ(s.args[1], SIGNATURE_ANY);
	CHECK_EQ_STR(s.result, "void");
}

TEST(words_and_maps)
{
	CHECK_EQ(parse("pid([word]) -> uint32").args[0], SIGNATURE_WORD);
	CHECK_EQ(parse("delete(map|element, [any], ...) -> bool").args[0],
		 SIGNATURE_MAP | SIGNATURE_ELEMENT);
}
