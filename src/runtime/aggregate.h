/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic on the states of aggregations (events.h): merging CPUs and ranking entries. */
#ifndef BITTERN_RUNTIME_AGGREGATE_H
#define BITTERN_RUNTIME_AGGREGATE_H

#include "program/program.h"
#include "runtime/output/value.h"

/* Adds one CPU's state of size bytes to another. Both 8-aligned. */
void aggregate_merge(const struct program_type *type, void *into, const void *from, size_t size);

/* What entries of a map are sorted by (spec output.md §4.2): by a number of the value, compared
 * with or without sign, by key, or by the bytes of the key. */
enum aggregate_order { ORDER_KEY, ORDER_SIGNED, ORDER_UNSIGNED, ORDER_KEY_BYTES };
enum aggregate_order aggregate_order(const struct program_type *value_type);
/* The number an entry of that type is sorted by. */
uint64_t aggregate_rank(const struct program_type *type, const struct value *value);

#endif
