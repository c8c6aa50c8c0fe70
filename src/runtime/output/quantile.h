/* SPDX-License-Identifier: Apache-2.0 */
/* The merged state of quantile() (program/events.h) → its quantiles. */
#ifndef BITTERN_RUNTIME_OUTPUT_QUANTILE_H
#define BITTERN_RUNTIME_OUTPUT_QUANTILE_H

#include "program/events.h"
#include "runtime/output/value.h"

/*
 * The nearest-rank quantiles: q is at least as large as that part of the values, up to the width of
 * a bucket (less than 0.8 %). What falls among negative values is shown as the smallest of all.
 * Without values all are 0.
 */
void quantile_compute(const struct state_quantile *state, bool is_signed,
		      struct value_quantile *out);

#endif
