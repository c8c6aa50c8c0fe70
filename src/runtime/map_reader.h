/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a map of the script from the kernel as it is to be printed: all entries, states of the CPUs
 * merged, sorted, cut to the largest, divided (spec output.md §4.2, §4.3). Also empties maps, which
 * clear() and zero() leave to user space.
 */
#ifndef BITTERN_RUNTIME_MAP_READER_H
#define BITTERN_RUNTIME_MAP_READER_H

#include "runtime/output/decode.h"

struct map_reader {
	const struct decoder *decoder; /* its arena holds what is read */
	const int *map_fds;            /* of every map of the program */
	uint32_t cpu_count;            /* possible CPUs */
};

struct map_print {
	int64_t top, div; /* 0: not given */
	uint8_t by;	  /* enum program_print_by */
	bool is_descending;
	bool is_explicit; /* print(@m): a scalar that was never set shows its zero value */
};

/* Reads map number `map` into *out. 0 or -errno. */
int map_read(const struct map_reader *r, uint32_t map, const struct map_print *how,
	     struct value_map *out);
/* The quantiles of one element of a map of them; key NULL: scalar. */
int map_read_quantile(const struct map_reader *r, uint32_t map, const void *key,
		      struct value_quantile *out);
int map_clear(const struct map_reader *r, uint32_t map);
int map_zero(const struct map_reader *r, uint32_t map);

/* --- for tests: raw entries already fetched ------------------------------------------------- */
struct map_raw_entry {
	const uint8_t *key, *value; /* value: merged state, without scalar_header */
};
/* Sorts, decodes and cuts. value_size: bytes of each value. */
int map_shape(const struct decoder *d, const struct program_map *m, struct map_raw_entry *entries,
	      size_t count, size_t value_size, const struct map_print *how, struct value_map *out);

#endif
