/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One input text and places in it. Places are byte offsets; lines and columns are found when a
 * message is printed.
 *
 * What a macro expands to has places in a view of the macro's text: the same text and lines, and
 * the place of the call. So every place knows by itself how it came to be where it is.
 */
#ifndef BITTERN_DIAG_SOURCE_H
#define BITTERN_DIAG_SOURCE_H

#include "util/arena.h"

struct source;

/* A range of bytes [start, end) of a source. A zeroed loc means "no place". */
struct loc {
	struct source *source;
	uint32_t start, end;
};

struct source {
	const char *name; /* as messages show it: the path as given, or "stdin" */
	const char *text; /* NUL-terminated; borrowed from the compilation arena */
	size_t len;
	uint32_t *line_starts; /* offset of each line's first byte; built on first use */
	uint32_t line_count;
	struct arena *arena;
	struct source *viewed;	  /* the source whose text this is; NULL: its own */
	struct loc expanded_from; /* of a view: the call of the macro */
	bool is_generated;	  /* nobody wrote the text: messages show expanded_from instead */
	bool is_library;	  /* part of bittern's own library: no warnings about it */
};

/* 1-based line and column of both ends; column_end is just after the last character. */
struct loc_lines {
	uint32_t line, column;
	uint32_t line_end, column_end;
};

/* A source that copies name and text into the arena. */
struct source *source_create(struct arena *a, const char *name, const char *text, size_t len);
/* A view of a source for what is expanded there for `call`. */
struct source *source_view(struct arena *a, struct source *of, struct loc call);
/* The source itself, if s is a view of it. */
struct source *source_viewed(struct source *s);
/* The place that a message shows: not one in a generated text. */
struct loc loc_shown(struct loc loc);
/* The place, or, inside of the library, the nearest call of it in a script. */
struct loc loc_in_script(struct loc loc);
struct loc_lines loc_lines(struct loc loc);
/* The line (1-based) without its newline; *len its length. Borrowed. */
const char *source_line(struct source *s, uint32_t line, size_t *len);
/* The smallest range holding both, which must be of one source (b is ignored if it is not). */
struct loc loc_join(struct loc a, struct loc b);

#endif
