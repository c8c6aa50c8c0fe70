/* SPDX-License-Identifier: Apache-2.0 */
/* Quantiles of random data against the exact ones: never more than 1 % away, however the data lies and
 * however many CPUs counted it. */
#include <math.h>
#include <stdlib.h>
#include "runtime/aggregate.h"
#include "runtime/output/quantile.h"
#include "unit/harness.h"

#define CPUS   4
#define VALUES 20000

static struct state_quantile cpus[CPUS];
static uint64_t values[VALUES];
static const uint32_t per_mille[] = { [QUANTILE_P50] = 500, [QUANTILE_P90] = 900,
				      [QUANTILE_P99] = 990, [QUANTILE_P999] = 999 };

/* The bucket by its definition: which power of two, which 64th of it. */
static uint32_t bucket_of(uint64_t v, bool is_signed)
{
	unsigned int power;

	if (is_signed && (int64_t)v < 0)
		return 0;
	if (v < 64)
		return (uint32_t)v + 1;
	power = 63 - (unsigned int)__builtin_clzll(v);
	return (power - 5) * 64 + (uint32_t)((v >> (power - 6)) & 63) + 1;
}

static void add(struct state_quantile *s, uint64_t v, bool is_signed)
{
	s->min = MAX(s->min, extreme_encode(v, is_signed, true));
	s->max = MAX(s->max, extreme_encode(v, is_signed, false));
	s->buckets[bucket_of(v, is_signed)]++;
}

static int compare_unsigned(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int compare_signed(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Counts the values on several CPUs, merges. */
static struct value_quantile quantiles_of(size_t count, bool is_signed)
{
	struct program_type type = { .kind = TYPE_QUANTILE, .is_signed = is_signed };
	struct value_quantile q;

	memset(cpus, 0, sizeof(cpus));
	for (size_t i = 0; i < count; i++)
		add(&cpus[i % CPUS], values[i], is_signed);
	for (uint32_t cpu = 1; cpu < CPUS; cpu++)
		aggregate_merge(&type, &cpus[0], &cpus[cpu], sizeof(cpus[0]));
	quantile_compute(&cpus[0], is_signed, &q);
	qsort(values, count, sizeof(values[0]), is_signed ? compare_signed : compare_unsigned);
	return q;
}

static void check_all(size_t count, bool is_signed)
{
	struct value_quantile q = quantiles_of(count, is_signed);

	CHECK_EQ(q.members[QUANTILE_COUNT], count);
	CHECK_EQ(q.members[QUANTILE_MIN], values[0]);
	CHECK_EQ(q.members[QUANTILE_MAX], values[count - 1]);
	for (uint32_t m = QUANTILE_P50; m <= QUANTILE_P999; m++) {
		uint64_t exact = values[(count * per_mille[m] + 999) / 1000 - 1];
		uint64_t found = q.members[m], error;

		if (is_signed && (int64_t)exact < 0) {
			CHECK_EQ(found, values[0]);
			continue;
		}
		error = found > exact ? found - exact : exact - found;
		CHECK(error <= exact / 100);
	}
}

TEST(error_is_below_one_percent)
{
	for (int round = 0; round < 60; round++) {
		size_t count = round < 20 ? (size_t)round + 1 : (size_t)(1 + random() % VALUES);
		unsigned int bits = 1 + (unsigned int)(random() % 64);

		for (size_t i = 0; i < count; i++) {
			uint64_t v = (uint64_t)random() << 33 ^ (uint64_t)random() << 11 ^
				     (uint64_t)random();

			/* of one size; of all sizes; exponential; the same again and again */
			values[i] = round % 4 == 0 ? v >> (64 - bits) :
				    round % 4 == 1 ? v >> (random() % 64) :
				    round % 4 == 2 ? (uint64_t)(-log((double)(v >> 12) /
						     (double)(1ull << 52) + 1e-12) * 1e6) :
						     (v & 1) + bits;
		}
		check_all(count, false);
		for (size_t i = 0; i < count; i++)
			values[i] -= round % 3 ? 0 : values[0];
		check_all(count, true);
	}
}

TEST(extremes)
{
	struct value_quantile q;

	values[0] = UINT64_MAX;
	check_all(1, false);
	values[0] = 0;
	values[1] = UINT64_MAX;
	check_all(2, false);
	values[0] = (uint64_t)INT64_MIN;
	values[1] = INT64_MAX;
	check_all(2, true);
	memset(cpus, 0, sizeof(cpus));
	quantile_compute(&cpus[0], true, &q);
	CHECK_EQ(q.members[QUANTILE_COUNT], 0);
	CHECK_EQ(q.members[QUANTILE_MIN], 0);
	CHECK_EQ(q.members[QUANTILE_P99], 0);
}

TEST(last_bucket_is_inside)
{
	CHECK(bucket_of(UINT64_MAX, false) < QUANTILE_BUCKETS);
	CHECK_EQ(bucket_of(63, false), 64);
	CHECK_EQ(bucket_of(64, false), 65);
	CHECK_EQ(bucket_of((uint64_t)-1, true), 0);
}
