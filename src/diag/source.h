/* SPDX-License-Identifier: Apache-2.0 */
/* One input text and places in it. Places are byte offsets; lines and columns are found when a
 * message is printed. */
#ifndef BITTERN_DIAG_SOURCE_H
#define BITTERN_DIAG_SOURCE_H

#include "util/arena.h"

struct source {
	const char *name; /* as messages show it: the path as given, or "stdin" */
	const char *text; /* NUL-terminated; borrowed from the compilation arena */
	size_t len;
	uint32_t *line_starts; /* offset of each line's first byte; built on first use */
	uint32_t line_count;
	struct arena *arena;
};

/* A range of bytes [start, end) of a source. A zeroed loc means "no place". */
struct loc {
	struct source *source;
	uint32_t start, end;
};

/* 1-based line and column of both ends; column_end is just after the last character. */
struct loc_lines {
	uint32_t line, column;
	uint32_t line_end, column_end;
};

/* A source that copies name and text into the arena. */
struct source *source_create(struct arena *a, const char *name, const char *text, size_t len);
struct loc_lines loc_lines(struct loc loc);
/* The line (1-based) without its newline; *len its length. Borrowed. */
const char *source_line(struct source *s, uint32_t line, size_t *len);
/* The smallest range holding both, which must be of one source (b is ignored if it is not). */
struct loc loc_join(struct loc a, struct loc b);

#endif
