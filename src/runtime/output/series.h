/* SPDX-License-Identifier: Apache-2.0 */
/* Time series (spec output.md §5.3): which intervals are shown, and their picture. */
#ifndef BITTERN_RUNTIME_OUTPUT_SERIES_H
#define BITTERN_RUNTIME_OUTPUT_SERIES_H

#include "runtime/output/value.h"

/* All series of a map show the time up to the newest interval of any of them. */
void series_align(struct value_entry *entries, size_t count);
/* When an interval begins, on the clock of the day. */
int64_t series_start_ns(const struct value_series *s, uint64_t interval);
void series_draw(struct strbuf *b, const struct value_series *s);

#endif
