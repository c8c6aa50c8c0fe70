/* SPDX-License-Identifier: Apache-2.0 */
/* The list of probe types: no two rows answer to one name, and what people write finds its row. */
#include "probes/probe.h"
#include "unit/harness.h"

/* Calls fn for every word of a blank-separated list. */
static void each_word(const char *list, void (*fn)(const char *word))
{
	while (*list) {
		char word[32];
		size_t len = strcspn(list, " ");

		snprintf(word, sizeof(word), "%.*s", (int)len, list);
		fn(word);
		list += len + (list[len] == ' ');
	}
}

static const struct probe_ops *owner;

static void check_alias(const char *word)
{
	CHECK(probe_type_find(word) == owner);
	CHECK(!probe_type_is_planned(word));
}

TEST(names_are_unique_and_sorted)
{
	for (size_t i = 0; probe_types[i]; i++) {
		owner = probe_types[i];
		CHECK(probe_type_find(owner->name) == owner);
		CHECK(!probe_type_is_planned(owner->name));
		each_word(owner->aliases, check_alias);
		if (i)
			CHECK(strcmp(probe_types[i - 1]->name, owner->name) < 0);
	}
}

TEST(rows_are_complete)
{
	for (size_t i = 0; probe_types[i]; i++) {
		const struct probe_ops *ops = probe_types[i];

		CHECK(ops->syntax && ops->help && ops->type_word && ops->aliases);
		CHECK(ops->parse && ops->plan);
		CHECK(ops->min_parts <= ops->max_parts);
		CHECK(!(ops->flags & PROBE_LISTED) || ops->list);
	}
}

TEST(names_in_any_case_aliases_exactly)
{
	CHECK(probe_type_find("BEGIN") && probe_type_find("BEGIN") == probe_type_find("begin"));
	CHECK(probe_type_find("Tracepoint") == probe_type_find("t"));
	CHECK(!probe_type_find("T"));
	CHECK(!probe_type_find("uprobe"));
	CHECK(!probe_type_find(""));
}

TEST(planned_types)
{
	static const char *const names[] = {
		"uprobe", "u", "uretprobe", "ur", "usdt", "U",
		"hardware", "h", "watchpoint", "w", "test", "bench", "Uprobe",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		CHECK(probe_type_is_planned(names[i]));
	CHECK(!probe_type_is_planned("nonsense"));
	CHECK(!probe_type_is_planned(""));
}

TEST(nearest_type)
{
	CHECK_EQ_STR(probe_type_nearest("tracepont"), "tracepoint");
	CHECK_EQ_STR(probe_type_nearest("intervall"), "interval");
	CHECK(!probe_type_nearest("zzzzzzzzzzz"));
}
