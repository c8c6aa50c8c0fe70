/* SPDX-License-Identifier: Apache-2.0 */
/* layer: util */
#include "unit/harness.h"
#include "util/strmap.h"

TEST(empty_map)
{
	struct strmap m = STRMAP_INIT;
	size_t cursor = 0;

	CHECK(strmap_get(&m, "x") == NULL);
	CHECK(strmap_next(&m, &cursor) == NULL);
	strmap_free(&m);
}

TEST(many_keys)
{
	static int values[5000];
	struct strmap m = STRMAP_INIT;
	size_t cursor = 0, seen = 0;
	char key[32];

	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "key%d", i);
		strmap_set(&m, key, &values[i]);
	}
	CHECK_EQ(m.count, 5000);
	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "key%d", i);
		CHECK(strmap_get(&m, key) == &values[i]);
	}
	CHECK(strmap_get(&m, "key5000") == NULL);
	while (strmap_next(&m, &cursor))
		seen++;
	CHECK_EQ(seen, 5000);
	strmap_free(&m);
}

TEST(replacing_and_keys_with_nul)
{
	struct strmap m = STRMAP_INIT;
	int a, b;

	strmap_set(&m, "k", &a);
	strmap_set(&m, "k", &b);
	CHECK(strmap_get(&m, "k") == &b);
	CHECK_EQ(m.count, 1);
	strmap_set_len(&m, "k\0z", 3, &a);
	CHECK(strmap_get_len(&m, "k\0z", 3) == &a);
	CHECK(strmap_get(&m, "k") == &b);
	strmap_set_len(&m, "", 0, &a);
	CHECK(strmap_get(&m, "") == &a);
	strmap_free(&m);
}
