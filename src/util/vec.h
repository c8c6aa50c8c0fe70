/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed growable array.
 *
 *	struct probe_list VEC_OF(struct probe *);     declares { items, count, capacity }
 *	vec_push(&list, p);  vec_free(&list);         memory from malloc, owned by the holder
 *	arena_vec_push(arena, &list, p);              memory from an arena; never vec_free() it
 */
#ifndef BITTERN_UTIL_VEC_H
#define BITTERN_UTIL_VEC_H

#include <string.h>
#include "util/arena.h"

#define VEC_OF(type)                                                                               \
	{                                                                                          \
		type *items;                                                                       \
		size_t count, capacity;                                                            \
	}

#define vec_grow_(v) ((v)->capacity ? (v)->capacity * 2 : 8)

#define vec_push(v, item)                                                                          \
	do {                                                                                       \
		if ((v)->count == (v)->capacity) {                                                 \
			(v)->capacity = vec_grow_(v);                                              \
			(v)->items = xrealloc((v)->items, (v)->capacity * sizeof(*(v)->items));    \
		}                                                                                  \
		(v)->items[(v)->count++] = (item);                                                 \
	} while (0)

#define vec_free(v)                                                                                \
	do {                                                                                       \
		free((v)->items);                                                                  \
		(v)->items = NULL;                                                                 \
		(v)->count = (v)->capacity = 0;                                                    \
	} while (0)

#define arena_vec_push(arena, v, item)                                                             \
	do {                                                                                       \
		if ((v)->count == (v)->capacity) {                                                 \
			size_t new_ = vec_grow_(v);                                                \
			void *moved_ = arena_alloc((arena), new_ * sizeof(*(v)->items));           \
			if ((v)->count)                                                            \
				memcpy(moved_, (v)->items, (v)->count * sizeof(*(v)->items));      \
			(v)->items = moved_;                                                       \
			(v)->capacity = new_;                                                      \
		}                                                                                  \
		(v)->items[(v)->count++] = (item);                                                 \
	} while (0)

#endif
