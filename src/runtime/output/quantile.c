/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantiles are found by counting buckets up to a rank. A bucket stands for the middle of what it
 * covers, kept between the exact smallest and largest value.
 */
#include "runtime/output/quantile.h"

static const uint16_t per_mille[QUANTILE_MEMBER_COUNT] = {
#define QUANTILE(ID, name, part, is_printed) [QUANTILE_##ID] = (part),
#include "program/quantile_members.def"
#undef QUANTILE
};

/* Smallest value of bucket i ≥ 1, the inverse of hist_index(). */
static uint64_t lower_bound(uint32_t i)
{
	uint64_t per_power = 1ull << QUANTILE_BITS;

	i--;
	if (i < per_power)
		return i;
	return (per_power + i % per_power) << (i / per_power - 1);
}

static uint64_t width(uint32_t i)
{
	uint32_t power = (i - 1) >> QUANTILE_BITS;

	return power ? 1ull << (power - 1) : 1;
}

static uint64_t clamp(uint64_t v, uint64_t min, uint64_t max, bool is_signed)
{
	if (is_signed)
		return (int64_t)v < (int64_t)min ? min : (int64_t)v > (int64_t)max ? max : v;
	return v < min ? min : v > max ? max : v;
}

/* The bucket with the value of that rank, the smallest having rank 1. */
static uint32_t find_bucket(const struct state_quantile *state, uint64_t rank)
{
	uint32_t i = 0;

	for (uint64_t seen = state->buckets[0]; seen < rank && i + 1 < QUANTILE_BUCKETS;)
		seen += state->buckets[++i];
	return i;
}

void quantile_compute(const struct state_quantile *state, bool is_signed,
		      struct value_quantile *out)
{
	uint64_t count = 0, min, max;

	*out = (struct value_quantile){ .is_signed = is_signed };
	for (uint32_t i = 0; i < QUANTILE_BUCKETS; i++)
		count += state->buckets[i];
	if (!count)
		return;
	min = extreme_decode(state->min, is_signed, true);
	max = extreme_decode(state->max, is_signed, false);
	for (uint32_t m = 0; m < QUANTILE_MEMBER_COUNT; m++) {
		uint64_t rank = (uint64_t)(((unsigned __int128)count * per_mille[m] + 999) / 1000);
		uint32_t i = find_bucket(state, rank);

		out->members[m] = i ? clamp(lower_bound(i) + (width(i) - 1) / 2, min, max,
					    is_signed) : min;
	}
	out->members[QUANTILE_COUNT] = count;
	out->members[QUANTILE_MIN] = min;
	out->members[QUANTILE_MAX] = max;
}
