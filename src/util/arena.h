/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bump allocator: memory comes zeroed, is never NULL, and is freed all at once.
 *
 * One arena holds a compilation (sources, tree, types, plan); another holds the values of one
 * event and is reset, not freed, after each. Address sanitizer sees the unused part as poisoned.
 */
#ifndef BITTERN_UTIL_ARENA_H
#define BITTERN_UTIL_ARENA_H

#include <stdarg.h>
#include "util/base.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first; owned */
	char *next, *end;	    /* free bytes of the newest block */
	size_t used;		    /* bytes handed out since creation or reset */
};

void arena_init(struct arena *a);
/* Frees everything; the arena is as after arena_init(). */
void arena_free(struct arena *a);
/* Takes back everything handed out but keeps the largest block for reuse. */
void arena_reset(struct arena *a);

/* size zeroed bytes aligned to 16. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_memdup(struct arena *a, const void *bytes, size_t size);
char *arena_strdup(struct arena *a, const char *text);
char *arena_strndup(struct arena *a, const char *text, size_t len);
PRINTF_LIKE(2, 3) char *arena_printf(struct arena *a, const char *format, ...);
PRINTF_LIKE(2, 0) char *arena_vprintf(struct arena *a, const char *format, va_list args);

#define ARENA_NEW(a, type)	    ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, count) ((type *)arena_alloc((a), sizeof(type) * (count)))

#endif
