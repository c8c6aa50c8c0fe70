/* SPDX-License-Identifier: Apache-2.0 */
/* The library's text and index, and the search in it. */
#include <stdlib.h>
#include <string.h>
#include "stdlib/stdlib.h"
#include "stdlib/library.h" /* generated */

const size_t stdlib_part_count = ARRAY_SIZE(stdlib_parts);
const size_t stdlib_macro_count = ARRAY_SIZE(stdlib_macros);

static int compare_name(const void *name, const void *row)
{
	return strcmp(name, ((const struct stdlib_macro *)row)->name);
}

const struct stdlib_macro *stdlib_find(const char *name)
{
	return bsearch(name, stdlib_macros, stdlib_macro_count, sizeof(*stdlib_macros),
		       compare_name);
}
