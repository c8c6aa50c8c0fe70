/* SPDX-License-Identifier: Apache-2.0 */
/* String-keyed hash map (open addressing, FNV-1a). Keys are copied into the map and owned by it;
 * values are borrowed pointers. */
#ifndef BITTERN_UTIL_STRMAP_H
#define BITTERN_UTIL_STRMAP_H

#include "util/base.h"

struct strmap_entry {
	char *key; /* owned; NULL: free slot */
	size_t len;
	void *value;
};

struct strmap {
	struct strmap_entry *entries;
	size_t count, capacity; /* capacity is a power of two, or 0 */
};

#define STRMAP_INIT { NULL, 0, 0 }

void strmap_free(struct strmap *m);
/* The value stored under key, or NULL. */
void *strmap_get(const struct strmap *m, const char *key);
void *strmap_get_len(const struct strmap *m, const char *key, size_t len);
/* Stores value (not NULL) under key, replacing what was there. */
void strmap_set(struct strmap *m, const char *key, void *value);
void strmap_set_len(struct strmap *m, const char *key, size_t len, void *value);
/* Walks in slot order: start with *cursor = 0; NULL at the end. */
const struct strmap_entry *strmap_next(const struct strmap *m, size_t *cursor);

#endif
