/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every state is an array of 64-bit words that add up, but for min and max (also those of quantiles),
 * whose encoding (events.h) makes merging a maximum.
 */
#include "runtime/aggregate.h"

void aggregate_merge(const struct program_type *type, void *into, const void *from, size_t size)
{
	const uint64_t *source = from;
	uint64_t *sum = into;
	size_t first = 0;

	if (type->kind == TYPE_MIN || type->kind == TYPE_MAX) {
		struct state_extreme *all = into;
		const struct state_extreme *one = from;

		all->encoded = MAX(all->encoded, one->encoded);
		all->is_set |= one->is_set;
		return;
	}
	if (type->kind == TYPE_QUANTILE && size >= sizeof(struct state_quantile)) {
		struct state_quantile *all = into;
		const struct state_quantile *one = from;

		all->min = MAX(all->min, one->min);
		all->max = MAX(all->max, one->max);
		first = offsetof(struct state_quantile, buckets) / sizeof(uint64_t);
	}
	for (size_t i = first; i < size / sizeof(uint64_t); i++)
		sum[i] += source[i];
}

enum aggregate_order aggregate_order(const struct program_type *type)
{
	static const struct {
		bool has_rank, is_always_unsigned;
	} rows[TYPE_KIND_COUNT] = {
		[TYPE_INT] = { true, false },   [TYPE_ENUM] = { true, false },
		[TYPE_COUNT] = { true, false }, [TYPE_SUM] = { true, false },
		[TYPE_MIN] = { true, true },    [TYPE_MAX] = { true, true },
		[TYPE_AVG] = { true, false },   [TYPE_STATS] = { true, false },
		[TYPE_QUANTILE] = { true, true },
		[TYPE_HIST] = { true, true },   [TYPE_LHIST] = { true, true },
	};

	if (type->kind == TYPE_TSERIES)
		return ORDER_KEY_BYTES;
	if (type->kind >= TYPE_KIND_COUNT || !rows[type->kind].has_rank)
		return ORDER_KEY;
	if (rows[type->kind].is_always_unsigned || !type->is_signed)
		return ORDER_UNSIGNED;
	return ORDER_SIGNED;
}

uint64_t aggregate_rank(const struct program_type *type, const struct value *value)
{
	uint64_t total = 0;

	if (value->kind == VALUE_STATS)
		return value->stats.average;
	if (value->kind == VALUE_QUANTILE)
		return value->quantile.members[QUANTILE_COUNT];
	if (value->kind != VALUE_HISTOGRAM)
		return aggregate_order(type) == ORDER_KEY ? 0 : value_number(value);
	for (uint32_t i = 0; i < value->histogram.count; i++)
		total += value->histogram.counts[i];
	return total;
}
