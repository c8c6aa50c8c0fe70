/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constants that are macros in the C headers, hence in no BTF: AF_INET, S_IFMT, EAGAIN, SIGTERM, …
 *
 * cmake/constants.cmake makes the two tables from the headers installed where bittern is built: what
 * `cc -dM -E` lists, as far as the text of a macro is an integer constant expression of numbers and other such
 * macros. The compiler works out the values. Two tables, because the headers of the C library and of the kernel
 * do not like each other in one file; for names that both have, the kernel's goes first.
 */
#include <string.h>
#include "cdef/cdef.h"
#include "util/text.h"

#define TABLES 2
extern const struct cdef_constant cdef_constants_uapi[], cdef_constants_libc[];
extern const size_t cdef_constants_uapi_count, cdef_constants_libc_count;

static void tables(const struct cdef_constant *rows[TABLES], size_t counts[TABLES])
{
	rows[0] = cdef_constants_uapi;
	rows[1] = cdef_constants_libc;
	counts[0] = cdef_constants_uapi_count;
	counts[1] = cdef_constants_libc_count;
}

static int compare(const void *name, const void *row)
{
	return strcmp(name, ((const struct cdef_constant *)row)->name);
}

const struct cdef_constant *cdef_constant(const char *name)
{
	const struct cdef_constant *rows[TABLES], *found = NULL;
	size_t counts[TABLES];

	tables(rows, counts);
	for (size_t i = 0; i < TABLES && !found; i++)
		found = bsearch(name, rows[i], counts[i], sizeof(*found), compare);
	return found;
}

const char *cdef_nearest_constant(const char *name)
{
	const struct cdef_constant *rows[TABLES];
	size_t counts[TABLES];
	struct text_nearest near;

	if (strlen(name) < 5 || name[0] < 'A' || name[0] > 'Z')
		return NULL;
	tables(rows, counts);
	text_nearest_init(&near, name);
	for (size_t i = 0; i < TABLES; i++)
		for (size_t j = 0; j < counts[i]; j++)
			text_nearest_offer(&near, rows[i][j].name);
	return near.best;
}
