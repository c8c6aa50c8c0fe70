/* SPDX-License-Identifier: Apache-2.0 */
/* Order, top and div of printed maps (spec output.md §4.2, §4.3) and the merging of CPUs. */
#include "runtime/aggregate.h"
#include "runtime/map_reader.h"
#include "unit/fake_program.h"
#include "unit/harness.h"

static struct program p;
static struct arena arena;
static const struct resolver resolver;
static const struct decoder decoder = {&p, &resolver, &arena};
static const struct map_print all;

static void set_up(void)
{
	program_init(&p);
	arena_init(&arena);
}

static void tear_down(void)
{
	arena_free(&arena);
	program_free(&p);
}

/* The entries of a map with 8-byte keys and values of value_size bytes, as "key=value ". */
static const char *shaped(uint32_t key_type, uint32_t value_type, const int64_t *keys,
			  const void *values, size_t value_size, size_t count,
			  const struct map_print *how)
{
	static const struct value_style style = {true, ".."};
	static struct strbuf b;
	struct program_map m = {.key_size = 8, .key_type = key_type, .value_type = value_type};
	struct map_raw_entry entries[8];
	struct value_map out;

	for (size_t i = 0; i < count; i++)
		entries[i] = (struct map_raw_entry){(const uint8_t *)&keys[i],
						    (const uint8_t *)values + i * value_size};
	strbuf_clear(&b);
	if (map_shape(&decoder, &m, entries, count, value_size, how, &out))
		return "refused";
	for (size_t i = 0; i < out.count; i++) {
		value_render_key(&b, &out.entries[i].key, &style);
		strbuf_add_char(&b, '=');
		value_render(&b, &out.entries[i].value, &style);
		strbuf_add_char(&b, ' ');
	}
	return strbuf_text(&b);
}

TEST(map_order_by_value)
{
	set_up();
	uint32_t key = int_type(&p, 8, true), value = int_type(&p, 8, true);
	uint32_t unsigned_value = int_type(&p, 8, false), count = plain_type(&p, TYPE_COUNT, 8);
	static const int64_t keys[] = {3, 1, 2, -1}, values[] = {5, -2, 5, 0};

	CHECK_EQ_STR(shaped(key, value, keys, values, 8, 4, &all), "1=-2 -1=0 2=5 3=5 ");
	CHECK_EQ_STR(shaped(key, unsigned_value, keys, values, 8, 4, &all),
		     "-1=0 2=5 3=5 1=18446744073709551614 ");
	CHECK_EQ_STR(shaped(key, count, keys, values, 8, 1, &all), "3=5 ");
	CHECK_EQ_STR(shaped(key, value, keys, values, 8, 4, &(struct map_print){.top = 2}),
		     "2=5 3=5 ");
	CHECK_EQ_STR(
		shaped(key, value, keys, values, 8, 4, &(struct map_print){.top = 9, .div = 2}),
		"1=-1 -1=0 2=2 3=2 ");
	tear_down();
}

TEST(map_order_as_asked)
{
	set_up();
	uint32_t key = int_type(&p, 8, true), value = int_type(&p, 8, true);
	uint32_t string = plain_type(&p, TYPE_STRING, 8);
	static const int64_t keys[] = {3, 1, 2, -1}, values[] = {5, -2, 5, 0};

	CHECK_EQ_STR(shaped(key, value, keys, values, 8, 4,
			    &(struct map_print){.is_descending = true}), "3=5 2=5 -1=0 1=-2 ");
	CHECK_EQ_STR(shaped(key, value, keys, values, 8, 4,
			    &(struct map_print){.is_descending = true, .top = 3}), "3=5 2=5 -1=0 ");
	CHECK_EQ_STR(shaped(key, value, keys, values, 8, 4,
			    &(struct map_print){.by = PRINT_BY_KEY, .top = 2, .div = 2}),
		     "2=2 3=2 ");
	CHECK_EQ_STR(shaped(key, value, keys, values, 8, 4,
			    &(struct map_print){.by = PRINT_BY_KEY, .is_descending = true}),
		     "3=5 2=5 1=-2 -1=0 ");
	CHECK_EQ_STR(shaped(key, string, keys, "b\0\0\0\0\0\0\0a\0\0\0\0\0\0", 8, 2,
			    &(struct map_print){.is_descending = true}), "3=b 1=a ");
	tear_down();
}

TEST(map_order_of_extremes_is_unsigned)
{
	set_up();
	uint32_t key = int_type(&p, 8, true);
	uint32_t max =
		add_type(&p, (struct program_type){.kind = TYPE_MAX, .size = 8, .is_signed = true});
	static const int64_t keys[] = {1, 2, 3};
	struct state_extreme states[] = {
		{extreme_encode((uint64_t)-1, true, false), 1},
		{extreme_encode(7, true, false), 1},
		{0, 0},
	};

	CHECK_EQ_STR(shaped(key, max, keys, states, sizeof(states[0]), 3, &all), "3=0 2=7 1=-1 ");
	tear_down();
}

TEST(map_order_by_average)
{
	set_up();
	uint32_t key = int_type(&p, 8, true);
	uint32_t avg =
		add_type(&p, (struct program_type){.kind = TYPE_AVG, .size = 8, .is_signed = true});
	static const int64_t keys[] = {1, 2};
	struct state_average states[] = {{100, 2}, {(uint64_t)-30, 10}};

	CHECK_EQ_STR(shaped(key, avg, keys, states, sizeof(states[0]), 2, &all), "2=-3 1=50 ");
	tear_down();
}

TEST(map_order_by_key)
{
	set_up();
	uint32_t value = plain_type(&p, TYPE_STRING, 8), i64 = int_type(&p, 8, true);
	uint32_t u64 = int_type(&p, 8, false), string = plain_type(&p, TYPE_STRING, 8);
	uint32_t tuple = plain_type(&p, TYPE_TUPLE, 8);
	uint32_t i32 = int_type(&p, 4, true);
	add_field(&p, tuple, "", i32, 4);
	add_field(&p, tuple, "", i32, 0);
	static const int64_t keys[] = {2, -1, 1};
	static const char values[] = "x\0\0\0\0\0\0\0y\0\0\0\0\0\0\0z\0\0\0\0\0\0";

	CHECK_EQ_STR(shaped(i64, value, keys, values, 8, 3, &all), "-1=y 1=z 2=x ");
	CHECK_EQ_STR(shaped(u64, value, keys, values, 8, 3, &all),
		     "18446744073709551615=y 1=z 2=x ");
	int64_t words[3] = {0};
	memcpy(&words[0], "b", 1);
	memcpy(&words[1], "ab", 2);
	memcpy(&words[2], "a", 1);
	CHECK_EQ_STR(shaped(string, value, words, values, 8, 3, &all), "a=z ab=y b=x ");
	static const int32_t pairs[3][2] = {{5, 2}, {9, 1}, {4, 2}};
	memcpy(words, pairs, sizeof(words));
	CHECK_EQ_STR(shaped(tuple, value, words, values, 8, 3, &all), "1, 9=y 2, 4=z 2, 5=x ");
	tear_down();
}

TEST(map_order_of_histograms_by_samples)
{
	set_up();
	uint32_t hist = plain_type(&p, TYPE_HIST, 8);
	uint64_t buckets[2 * 67] = {[3] = 2, [4] = 2, [67 + 9] = 3};
	struct program_map m = {
		.key_size = 8, .key_type = int_type(&p, 8, true), .value_type = hist};
	static const int64_t keys[] = {1, 2};
	struct map_raw_entry entries[] = {
		{(const uint8_t *)&keys[0], (const uint8_t *)&buckets[0]},
		{(const uint8_t *)&keys[1], (const uint8_t *)&buckets[67]},
	};
	struct value_map out;

	CHECK_EQ(hist_bucket_count(0), 67);
	CHECK_EQ(map_shape(&decoder, &m, entries, 2, 67 * 8, &(struct map_print){.div = 2}, &out),
		 0);
	CHECK_EQ(out.shape, VALUE_MAP_HISTOGRAM);
	CHECK_EQ(out.entries[0].key.integer, 2);
	CHECK_EQ(out.entries[0].value.histogram.counts[9], 1);
	CHECK_EQ(map_shape(&decoder, &m, entries, 2, 66 * 8, &all, &out), -22);
	tear_down();
}

TEST(aggregate_merges_cpus)
{
	struct program_type min = {.kind = TYPE_MIN, .is_signed = true};
	struct program_type sum = {.kind = TYPE_SUM};
	struct state_extreme a = {0, 0}, b = {extreme_encode((uint64_t)-3, true, true), 1};
	struct state_extreme c = {extreme_encode(8, true, true), 1};
	uint64_t x[] = {1, UINT64_MAX}, y[] = {2, 2};

	aggregate_merge(&min, &a, &b, sizeof(a));
	aggregate_merge(&min, &a, &c, sizeof(a));
	CHECK_EQ(a.is_set, 1);
	CHECK_EQ(extreme_decode(a.encoded, true, true), -3);
	aggregate_merge(&sum, x, y, sizeof(x));
	CHECK_EQ(x[0], 3);
	CHECK_EQ(x[1], 1);
}
