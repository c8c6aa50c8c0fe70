/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The standard library: macros in the language itself, in the .bt files of this directory.
 *
 * Text and index are made at build time (library.awk). A script that uses no name of the index costs
 * one search a name; the others read the parts they need (sema/macro_library.c).
 */
#ifndef BITTERN_STDLIB_STDLIB_H
#define BITTERN_STDLIB_STDLIB_H

#include "util/base.h"

struct stdlib_part {
	const char *name; /* of the file */
	const char *text; /* NUL-terminated */
	size_t len;
};

struct stdlib_macro {
	const char *name;
	const char *signature; /* as the list of built-ins shows it */
	const char *help;      /* one line */
	uint32_t part;	       /* into stdlib_parts */
};

extern const struct stdlib_part stdlib_parts[];
extern const struct stdlib_macro stdlib_macros[]; /* by name; one row for each form */
extern const size_t stdlib_part_count, stdlib_macro_count;

/* A row of that name, or NULL. */
const struct stdlib_macro *stdlib_find(const char *name);

#endif
