/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds and labels of hist and lhist (spec output.md §5), as text rows and as JSON intervals. */
#include "program/events.h"
#include "runtime/output/histogram.h"
#include "unit/harness.h"

static const char *label(const struct value_histogram *h, uint32_t bucket)
{
	static struct strbuf b;

	strbuf_clear(&b);
	histogram_label(&b, h, bucket);
	return strbuf_text(&b);
}

/* The specification's way from a value to its bucket. */
static uint32_t bucket_of(int64_t v, unsigned int k)
{
	if (v < 0)
		return 0;
	if (v < 1ll << k)
		return (uint32_t)v + 1;
	unsigned int p = 63 - (unsigned int)__builtin_clzll((uint64_t)v) - k;
	uint32_t x = (uint32_t)((uint64_t)v >> p) & ((1u << k) - 1);
	return ((p + 1) << k) + x + 1;
}

TEST(histogram_log2_labels)
{
	struct value_histogram h = {.count = hist_bucket_count(0)};

	CHECK_EQ_STR(label(&h, 0), "(..., 0)");
	CHECK_EQ_STR(label(&h, 1), "[0]");
	CHECK_EQ_STR(label(&h, 2), "[1]");
	CHECK_EQ_STR(label(&h, 3), "[2, 4)");
	CHECK_EQ_STR(label(&h, bucket_of(1023, 0)), "[512, 1K)");
	CHECK_EQ_STR(label(&h, bucket_of(1024, 0)), "[1K, 2K)");
	CHECK_EQ_STR(label(&h, bucket_of(1 << 20, 0)), "[1M, 2M)");
	CHECK_EQ_STR(label(&h, bucket_of(INT64_MAX, 0)), "[4E, 8E)");
	h.bits = 2;
	CHECK_EQ_STR(label(&h, bucket_of(1024, 2)), "[1024, 1280)");
	CHECK_EQ_STR(label(&h, bucket_of(3584, 2)), "[3584, 4K)");
	CHECK_EQ_STR(label(&h, bucket_of(7, 2)), "[7]");
	CHECK_EQ_STR(label(&h, bucket_of(8, 2)), "[8, 10)");
}

TEST(histogram_log2_intervals_hold_their_values)
{
	static const int64_t values[] = {0,
					 1,
					 2,
					 3,
					 5,
					 31,
					 32,
					 33,
					 1000,
					 1024,
					 123456789,
					 1ll << 40,
					 (1ll << 62) - 1,
					 1ll << 62,
					 INT64_MAX};

	for (unsigned int k = 0; k <= 5; k++) {
		struct value_histogram h = {.bits = (uint8_t)k, .count = hist_bucket_count(k)};

		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			uint32_t bucket = bucket_of(values[i], k);
			struct histogram_interval in = histogram_interval(&h, bucket);

			CHECK(bucket < h.count);
			CHECK(in.has_min && in.has_max);
			CHECK(in.min <= values[i] && values[i] <= in.max);
		}
		CHECK_EQ(histogram_interval(&h, 0).max, -1);
		CHECK(!histogram_interval(&h, 0).has_min);
	}
}

TEST(histogram_linear)
{
	struct value_histogram h = {.is_linear = true,
				    .min = 0,
				    .max = 100,
				    .step = 10,
				    .count = lhist_bucket_count(0, 100, 10)};

	CHECK_EQ_STR(label(&h, 0), "(..., 0)");
	CHECK_EQ_STR(label(&h, 1), "[0, 10)");
	CHECK_EQ_STR(label(&h, 10), "[90, 100)");
	CHECK_EQ_STR(label(&h, 11), "[100, ...)");
	CHECK_EQ(histogram_interval(&h, 1).min, 0);
	CHECK_EQ(histogram_interval(&h, 1).max, 9);
	CHECK_EQ(histogram_interval(&h, 0).max, -1);
	CHECK_EQ(histogram_interval(&h, 11).min, 100);
	CHECK(!histogram_interval(&h, 11).has_max);
	h = (struct value_histogram){.is_linear = true,
				     .min = 3,
				     .max = 6,
				     .step = 1,
				     .count = lhist_bucket_count(3, 6, 1)};
	CHECK_EQ_STR(label(&h, 1), "[3]");
	CHECK_EQ_STR(label(&h, 4), "[6, ...)");
	h = (struct value_histogram){.is_linear = true,
				     .min = 0,
				     .max = 2 << 20,
				     .step = 1 << 20,
				     .count = lhist_bucket_count(0, 2 << 20, 1 << 20)};
	CHECK_EQ_STR(label(&h, 1), "[0, 1M)");
	CHECK_EQ_STR(label(&h, 3), "[2M, ...)");
	h.step = 1024;
	CHECK_EQ_STR(label(&h, 2), "[1K, 2K)");
	h.min = 512;
	CHECK_EQ_STR(label(&h, 1), "[512, 1536)");
}

TEST(histogram_range_of_non_zero_buckets)
{
	uint64_t counts[] = {0, 3, 0, 1, 0}, none[2] = {0};
	struct value_histogram h = {.counts = counts, .count = 5};
	uint32_t first, last;

	CHECK(histogram_range(&h, &first, &last));
	CHECK_EQ(first, 1);
	CHECK_EQ(last, 3);
	h = (struct value_histogram){.counts = none, .count = 2};
	CHECK(!histogram_range(&h, &first, &last));
}
