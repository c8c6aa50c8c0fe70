/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constants that are macros in the C headers, hence in no BTF: AF_INET, S_IFMT, EAGAIN, SIGTERM, …
 *
 * cmake/constants.cmake makes the two tables from the headers installed where bittern is built: what
 * `cc -dM -E` lists, as far as the text of a macro is an integer constant expression of numbers and other such
 * macros. The compiler works out the values. Two tables, because the headers of the C library and of the kernel
 * do not like each other in one file; for names that both have, the kernel's goes first.
 *
 * The headers that only the kernel itself is built with are not installed: what people need of those is written
 * out in kernel_constants.def.
 */
#include <string.h>
#include "cdef/cdef.h"
#include "util/text.h"

#define TABLES 2

static const struct cdef_constant of_kernel[] = {
#define CONSTANT(NAME, VALUE) { #NAME, (uint64_t)(VALUE), #VALUE[0] == '-', false },
#include "cdef/kernel_constants.def"
#undef CONSTANT
};

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
	for (size_t i = 0; i < ARRAY_SIZE(of_kernel) && !found; i++)
		if (!strcmp(name, of_kernel[i].name))
			found = &of_kernel[i];
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
	for (size_t i = 0; i < ARRAY_SIZE(of_kernel); i++)
		text_nearest_offer(&near, of_kernel[i].name);
	return near.best;
}
