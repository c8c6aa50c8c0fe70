/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buckets of histograms. A log2 bucket i ≥ 1 covers [bound(i - 1), bound(i)), bucket 0 the negative
 * numbers; a bound is 2^power * mantissa and is spelled with the suffix of the largest 2^10 in the
 * power, which is why 1024 is "1K" with one bucket per power but "1024" with four.
 */
#include "runtime/output/histogram.h"

struct bound {
	uint64_t value;    /* what the label shows, before the suffix */
	unsigned int tens; /* suffix: factor 1024^tens */
};

bool histogram_range(const struct value_histogram *h, uint32_t *first, uint32_t *last)
{
	bool found = false;

	for (uint32_t i = 0; i < h->count; i++) {
		if (!h->counts[i])
			continue;
		if (!found)
			*first = i;
		*last = i;
		found = true;
	}
	return found;
}

static struct bound log2_bound(const struct value_histogram *h, uint32_t i)
{
	uint64_t per_power = 1ull << h->bits;

	if (i <= 2 * per_power)
		return (struct bound){ i, 0 };
	unsigned int power = (i >> h->bits) - 1;
	return (struct bound){ (per_power + (i & (per_power - 1))) << (power % 10), power / 10 };
}

/* The number a bound stands for; the largest bound, 2^63, is one above what int64 holds. */
static uint64_t bound_number(struct bound b)
{
	unsigned int shift = 10 * b.tens;

	return b.value > (1ull << 63) >> shift ? 1ull << 63 : b.value << shift;
}

static struct histogram_interval log2_interval(const struct value_histogram *h, uint32_t bucket)
{
	if (!bucket)
		return (struct histogram_interval){ .has_max = true, .max = -1 };
	return (struct histogram_interval){
		.has_min = true,
		.min = (int64_t)bound_number(log2_bound(h, bucket - 1)),
		.has_max = true,
		.max = (int64_t)(bound_number(log2_bound(h, bucket)) - 1),
	};
}

struct histogram_interval histogram_interval(const struct value_histogram *h, uint32_t bucket)
{
	struct histogram_interval all = { 0 };

	if (!h->is_linear)
		return log2_interval(h, bucket);
	all.has_min = bucket > 0;
	all.has_max = bucket + 1 < h->count;
	if (all.has_min)
		all.min = all.has_max ? h->min + (bucket - 1) * h->step : h->max;
	if (all.has_max)
		all.max = h->min + bucket * h->step - 1;
	return all;
}

static void add_bound(struct strbuf *b, struct bound bound)
{
	strbuf_add_u64(b, bound.value);
	if (bound.tens)
		strbuf_add_char(b, "KMGTPE"[bound.tens - 1]);
}

static void log2_label(struct strbuf *b, const struct value_histogram *h, uint32_t bucket)
{
	if (!bucket) {
		strbuf_add_text(b, "(..., 0)");
		return;
	}
	struct bound lower = log2_bound(h, bucket - 1), upper = log2_bound(h, bucket);

	strbuf_add_char(b, '[');
	add_bound(b, lower);
	if (lower.tens || upper.tens || upper.value != lower.value + 1) {
		strbuf_add_text(b, ", ");
		add_bound(b, upper);
		strbuf_add_char(b, ')');
	} else {
		strbuf_add_char(b, ']');
	}
}

/* With a step of whole K, labels are written in K and M (§5.2). Returns true for a plain number. */
static bool add_linear(struct strbuf *b, const struct value_histogram *h, int64_t n)
{
	static const struct {
		int64_t unit;
		char suffix;
	} units[] = {
		{ 1 << 20, 'M' },
		{ 1 << 10, 'K' },
	};

	for (size_t i = 0; h->step % 1024 == 0 && n && i < ARRAY_SIZE(units); i++) {
		if (n % units[i].unit)
			continue;
		strbuf_add_i64(b, n / units[i].unit);
		strbuf_add_char(b, units[i].suffix);
		return false;
	}
	strbuf_add_i64(b, n);
	return true;
}

static void linear_label(struct strbuf *b, const struct value_histogram *h, uint32_t bucket)
{
	if (!bucket) {
		strbuf_add_text(b, "(..., ");
		add_linear(b, h, h->min);
		strbuf_add_char(b, ')');
		return;
	}
	strbuf_add_char(b, '[');
	if (bucket + 1 == h->count) {
		add_linear(b, h, h->max);
		strbuf_add_text(b, ", ...)");
		return;
	}
	int64_t lower = h->min + (bucket - 1) * h->step;
	bool is_plain = add_linear(b, h, lower);
	if (is_plain && h->step == 1) {
		strbuf_add_char(b, ']');
		return;
	}
	strbuf_add_text(b, ", ");
	add_linear(b, h, lower + h->step);
	strbuf_add_char(b, ')');
}

void histogram_label(struct strbuf *b, const struct value_histogram *h, uint32_t bucket)
{
	if (h->is_linear)
		linear_label(b, h, bucket);
	else
		log2_label(b, h, bucket);
}
