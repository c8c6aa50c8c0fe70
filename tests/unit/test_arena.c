/* SPDX-License-Identifier: Apache-2.0 */
/* layer: util */
#include "unit/harness.h"
#include "util/arena.h"

static bool is_zero(const char *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (p[i])
			return false;
	return true;
}

TEST(memory_is_zero_and_aligned)
{
	struct arena a;

	arena_init(&a);
	for (size_t size = 0; size < 3000; size += 7) {
		char *p = arena_alloc(&a, size);

		CHECK(p != NULL);
		CHECK_EQ((uintptr_t)p % 16, 0);
		CHECK(is_zero(p, size));
		memset(p, 0xff, size);
	}
	arena_free(&a);
	CHECK(a.blocks == NULL);
}

TEST(large_requests_get_their_own_block)
{
	struct arena a;
	char *small, *large;

	arena_init(&a);
	small = arena_strdup(&a, "small");
	large = arena_alloc(&a, 5 * 1024 * 1024);
	memset(large, 1, 5 * 1024 * 1024);
	CHECK_EQ_STR(small, "small");
	arena_free(&a);
}

TEST(reset_keeps_a_block_and_zeroes_again)
{
	struct arena a;
	char *first, *again;

	arena_init(&a);
	first = arena_alloc(&a, 100);
	memset(first, 0xff, 100);
	arena_reset(&a);
	CHECK_EQ(a.used, 0);
	again = arena_alloc(&a, 100);
	CHECK(again == first);
	CHECK(is_zero(again, 100));
	for (int i = 0; i < 1000; i++)
		arena_alloc(&a, 1000);
	arena_reset(&a);
	CHECK(a.blocks != NULL);
	arena_free(&a);
	arena_reset(&a);
	CHECK(a.blocks == NULL);
}

TEST(texts)
{
	struct arena a;

	arena_init(&a);
	CHECK_EQ_STR(arena_printf(&a, "%d %s", 5, "x"), "5 x");
	CHECK_EQ_STR(arena_strndup(&a, "abcdef", 3), "abc");
	CHECK_EQ_STR(arena_memdup(&a, "ab", 3), "ab");
	arena_free(&a);
}
