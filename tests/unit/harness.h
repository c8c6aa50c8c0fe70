/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unit test harness.
 *
 *	#include "unit/harness.h"
 *	TEST(text_glob_matches_everything) { CHECK(text_glob("*", "x")); CHECK_EQ(1 + 1, 2); }
 *
 * Including it makes the file a program: tests register themselves, main() runs those whose name
 * contains the first argument (all, without one), prints every check that fails and a summary, and
 * exits with 1 if there was any. A failing check does not end its test.
 */
#ifndef BITTERN_TESTS_UNIT_HARNESS_H
#define BITTERN_TESTS_UNIT_HARNESS_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "util/base.h"

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

static struct test *tests, **tests_end = &tests;
static unsigned int failed_checks, passed_checks;

#define TEST(name_)                                                                                \
	static void name_(void);                                                                   \
	__attribute__((constructor)) static void register_##name_(void)                            \
	{                                                                                          \
		static struct test test = { #name_, name_, NULL };                                 \
		*tests_end = &test;                                                                \
		tests_end = &test.next;                                                            \
	}                                                                                          \
	static void name_(void)

__attribute__((unused)) static void count_check(bool is_good)
{
	failed_checks += !is_good;
	passed_checks += is_good;
}

__attribute__((unused)) static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		bool is_good_ = (condition);                                                       \
		count_check(is_good_);                                                             \
		if (!is_good_)                                                                     \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);  \
	} while (0)

#define CHECK_EQ(actual, wanted)                                                                   \
	do {                                                                                       \
		int64_t actual_ = (int64_t)(actual), wanted_ = (int64_t)(wanted);                  \
		count_check(actual_ == wanted_);                                                   \
		if (actual_ != wanted_)                                                            \
			fprintf(stderr, "%s:%d: %s is %" PRId64 ", not %" PRId64 "\n", __FILE__,   \
				__LINE__, #actual, actual_, wanted_);                              \
	} while (0)

#define CHECK_EQ_STR(actual, wanted)                                                               \
	do {                                                                                       \
		const char *actual_ = (actual), *wanted_ = (wanted);                               \
		count_check(same_text(actual_, wanted_));                                          \
		if (!same_text(actual_, wanted_))                                                  \
			fprintf(stderr, "%s:%d: %s is\n\t%s\nnot\n\t%s\n", __FILE__, __LINE__,     \
				#actual, actual_ ? actual_ : "(null)",                             \
				wanted_ ? wanted_ : "(null)");                                     \
	} while (0)

int main(int argc, char **argv)
{
	unsigned int run = 0;

	for (struct test *t = tests; t; t = t->next) {
		unsigned int before = failed_checks;

		if (argc > 1 && !strstr(t->name, argv[1]))
			continue;
		t->run();
		run++;
		if (failed_checks > before)
			fprintf(stderr, "FAILED %s\n", t->name);
	}
	printf("%u tests, %u checks, %u failed\n", run, passed_checks + failed_checks,
	       failed_checks);
	return failed_checks != 0;
}

#endif
