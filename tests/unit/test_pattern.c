/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of strmatch() and strglob() against the C library's regexec() and fnmatch(), on random patterns
 * and strings; what is no pattern; sizes. */
#include <errno.h>
#include <fnmatch.h>
#include <regex.h>
#include <stdlib.h>
#include "pattern/pattern.h"
#include "unit/harness.h"
#include "util/strbuf.h"

static struct arena arena;
static struct pattern pattern;
static struct pattern_mistake mistake;

static int regex(const char *text)
{
	mistake = (struct pattern_mistake){ 0 };
	return pattern_regex(&arena, text, strlen(text), &pattern, &mistake);
}

static int glob(const char *text)
{
	mistake = (struct pattern_mistake){ 0 };
	return pattern_glob(&arena, text, strlen(text), &pattern, &mistake);
}

static bool matches(const char *string)
{
	return pattern_matches(&pattern, string, strlen(string) + 1);
}

/* --- random patterns -------------------------------------------------------------------------- */

static struct strbuf text;

static uint32_t below(uint32_t n)
{
	return (uint32_t)random() % n;
}

static void add_brackets(const char *negation)
{
	static const char *const items[] = { "a", "b", "c", "a-b", "b-c", "[:alpha:]", "[:digit:]",
					     "1-3", ".", "*" };

	strbuf_add_char(&text, '[');
	if (!below(4))
		strbuf_add_text(&text, negation);
	if (!below(8))
		strbuf_add_char(&text, ']');
	for (uint32_t i = 1 + below(3); i; i--)
		strbuf_add_text(&text, items[below(ARRAY_SIZE(items))]);
	if (!below(8))
		strbuf_add_char(&text, '-');
	strbuf_add_char(&text, ']');
}

static void add_regex(int depth);

static void add_atom(int depth)
{
	static const char *const atoms[] = { "a", "b", "c", "ab", ".", "1", "\\.", "\\*" };
	uint32_t kind = below(10);

	if (kind == 0) {
		add_brackets("^");
	} else if (kind == 1 && depth < 4) {
		strbuf_add_char(&text, '(');
		add_regex(depth + 1);
		strbuf_add_char(&text, ')');
	} else {
		strbuf_add_text(&text, atoms[below(ARRAY_SIZE(atoms))]);
	}
}

static void add_regex(int depth)
{
	static const char *const repeats[] = { "*", "+", "?", "{2}", "{1,2}", "{0,1}", "{2,}",
					       "{0,3}" };

	for (uint32_t branches = 1 + !below(4); branches; branches--) {
		/* Deeper down the library's anchors do not hold with repetitions around. */
		if (!depth && !below(8))
			strbuf_add_char(&text, '^');
		for (uint32_t i = 1 + below(4); i; i--) {
			add_atom(depth);
			if (!below(3))
				strbuf_add_text(&text, repeats[below(ARRAY_SIZE(repeats))]);
		}
		if (!depth && !below(8))
			strbuf_add_char(&text, '$');
		if (branches > 1)
			strbuf_add_char(&text, '|');
	}
}

static void add_glob(void)
{
	static const char *const pieces[] = { "*", "*", "?", "a", "b", "c", "ab", "\\*", "\\a", ".",
					      "1" };

	for (uint32_t i = below(7); i; i--) {
		if (!below(6))
			add_brackets("!");
		else
			strbuf_add_text(&text, pieces[below(ARRAY_SIZE(pieces))]);
	}
}

static const char *random_string(void)
{
	static const char letters[] = "aaabbbcc12.*]-\n/\x80\xff";
	static char string[16];
	uint32_t len = below(sizeof(string));

	for (uint32_t i = 0; i < len; i++)
		string[i] = letters[below(sizeof(letters) - 1)];
	string[len] = '\0';
	return string;
}

TEST(regex_is_that_of_the_library)
{
	int refused = 0;

	arena_init(&arena);
	for (int i = 0; i < 3000; i++) {
		regex_t library;

		strbuf_clear(&text);
		add_regex(0);
		if (regcomp(&library, text.text, REG_EXTENDED | REG_NOSUB))
			continue;
		if (regex(text.text)) { /* a few need too many states */
			CHECK(strstr(mistake.text, "1000 states") != NULL);
			refused++;
			regfree(&library);
			continue;
		}
		for (int j = 0; j < 60; j++) {
			const char *string = random_string();
			bool expected = !regexec(&library, string, 0, NULL, 0);

			if (matches(string) != expected)
				fprintf(stderr, "'%s' on '%s': %d\n", text.text, string, expected);
			CHECK_EQ(matches(string), expected);
		}
		regfree(&library);
		arena_reset(&arena);
	}
	CHECK(refused < 30);
	strbuf_free(&text);
	arena_free(&arena);
}

TEST(glob_is_that_of_the_library)
{
	arena_init(&arena);
	for (int i = 0; i < 3000; i++) {
		strbuf_clear(&text);
		strbuf_add_text(&text, "");
		add_glob();
		CHECK_EQ(glob(strbuf_text(&text)), 0);
		for (int j = 0; j < 60; j++) {
			const char *string = random_string();
			bool expected = !fnmatch(strbuf_text(&text), string, 0);

			if (matches(string) != expected)
				fprintf(stderr, "'%s' on '%s': %d\n", strbuf_text(&text), string,
					expected);
			CHECK_EQ(matches(string), expected);
		}
		arena_reset(&arena);
	}
	strbuf_free(&text);
	arena_free(&arena);
}

TEST(classes_and_escapes)
{
	arena_init(&arena);
	CHECK_EQ(regex("^\\d+\\s\\w*$"), 0);
	CHECK(matches("12 ab_9"));
	CHECK(matches("1\t"));
	CHECK(!matches("x 1"));
	CHECK_EQ(regex("^[\\d.]+\\D$"), 0);
	CHECK(matches("1.5x"));
	CHECK(!matches("1.5"));
	CHECK_EQ(regex("[\\]x]\\n"), 0);
	CHECK(matches("a]\n"));
	CHECK_EQ(regex(""), 0);
	CHECK(matches("anything"));
	CHECK_EQ(pattern.start, PATTERN_YES);
	CHECK_EQ(regex("^$"), 0);
	CHECK(matches(""));
	CHECK(!matches("a"));
	CHECK_EQ(regex("a$b"), 0);
	CHECK_EQ(pattern.start, PATTERN_NO);
	CHECK_EQ(glob("[\\]x]?"), 0);
	CHECK(matches("]a"));
	arena_free(&arena);
}

TEST(strings_without_end)
{
	arena_init(&arena);
	CHECK_EQ(regex("c$"), 0);
	CHECK(pattern_matches(&pattern, "abcdef", 3));
	CHECK(!pattern_matches(&pattern, "abcdef", 4));
	CHECK_EQ(glob("abc"), 0);
	CHECK(pattern_matches(&pattern, "abcdef", 3));
	CHECK(!pattern_matches(&pattern, "abc", 2));
	arena_free(&arena);
}

TEST(tables_are_small)
{
	arena_init(&arena);
	CHECK_EQ(glob("abc*"), 0);
	CHECK_EQ(pattern.state_count, 5); /* no, yes, three letters to go */
	CHECK_EQ(pattern.class_count, 5); /* NUL, a, b, c, all others */
	CHECK_EQ(regex("(a|b|c)+x"), 0);
	CHECK_EQ(pattern.class_count, 4);
	CHECK_EQ(regex("[0-9]{200}"), 0);
	CHECK_EQ(pattern.state_count, 202);
	arena_free(&arena);
}

TEST(mistakes)
{
	static const struct {
		const char *text;
		size_t at;
	} bad[] = {
		{ "a(b", 1 }, { "ab)", 2 }, { "*a", 0 }, { "a|+", 2 }, { "a[bc", 1 }, { "a\\", 1 },
		{ "\\b", 0 }, { "a{2", 1 }, { "a{x}", 1 }, { "a{3,2}", 1 }, { "a{256}", 1 },
		{ "[b-a]", 1 }, { "[[:no:]]", 1 }, { "\\1", 0 },
		{ "((a{255}){255}){255}", 0 }, { "(.*a.{12})", 0 },
	};

	arena_init(&arena);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK_EQ(regex(bad[i].text), -EINVAL);
		CHECK_EQ(mistake.at, bad[i].at);
		CHECK(mistake.text != NULL);
	}
	CHECK_EQ(glob("a\\"), -EINVAL);
	CHECK_EQ(glob("[a"), -EINVAL);
	arena_free(&arena);
}
