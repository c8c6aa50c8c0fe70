/* SPDX-License-Identifier: Apache-2.0 */
/* What the buckets of hist and lhist stand for (spec output.md §5.1, §5.2): bounds and labels. */
#ifndef BITTERN_RUNTIME_OUTPUT_HISTOGRAM_H
#define BITTERN_RUNTIME_OUTPUT_HISTOGRAM_H

#include "runtime/output/value.h"

/* A closed interval; an end that has no bound is not given. */
struct histogram_interval {
	bool has_min, has_max;
	int64_t min, max;
};

/* First and last bucket that are not zero; false if all are. */
bool histogram_range(const struct value_histogram *h, uint32_t *first, uint32_t *last);
struct histogram_interval histogram_interval(const struct value_histogram *h, uint32_t bucket);
/* Appends the row header: "[2, 4)", "[1]", "(..., 0)", "[1M, ...)". */
void histogram_label(struct strbuf *b, const struct value_histogram *h, uint32_t bucket);

#endif
