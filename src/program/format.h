/* SPDX-License-Identifier: Apache-2.0 */
/*
 * printf formats (spec output.md §7): taken apart once, by the compiler to check them and by the run
 * time when it starts; walked for every record.
 */
#ifndef BITTERN_PROGRAM_FORMAT_H
#define BITTERN_PROGRAM_FORMAT_H

#include "types/type.h"
#include "util/strbuf.h"
#include "util/vec.h"

enum format_conversion {
	FORMAT_TEXT,	 /* literal bytes; `%%` already reduced */
	FORMAT_SIGNED,	 /* d i */
	FORMAT_UNSIGNED, /* u */
	FORMAT_OCTAL,	 /* o */
	FORMAT_HEX,	 /* x X */
	FORMAT_CHAR,	 /* c */
	FORMAT_POINTER,	 /* p */
	FORMAT_STRING,	 /* s: any printable value */
	FORMAT_BUFFER,	 /* r rx rh */
	FORMAT_GFP,	 /* gr */
	FORMAT_OTHER,	 /* recognised and rejected: e E f F g G a A n */
};

struct format_piece {
	enum format_conversion conversion;
	const char *text; /* FORMAT_TEXT: bytes; else the specifier as written; arena */
	uint32_t len;
	uint8_t size;	  /* bytes an integer is cut to: 1 2 4 8 (no length letter: 4) */
	bool is_left, has_plus, has_hash, has_zero;
	bool is_upper;	  /* X */
	char buffer_form; /* FORMAT_BUFFER: 'r' printable, 'x' \xNN, 'h' hex digits with blanks */
	uint32_t width;
	uint32_t offset;  /* where the specifier starts in the format string */
};

struct format {
	struct format_pieces VEC_OF(struct format_piece) pieces;
	uint32_t conversion_count; /* pieces that take an argument */
};

/* Takes a format apart into arena memory. Never fails: what is no specifier is text. */
void format_parse(struct arena *a, const char *text, struct format *out);
/* True if the conversion accepts values of this kind (§7.1). */
bool format_accepts(enum format_conversion c, const struct type *type);
/* Appends an integer under SIGNED UNSIGNED OCTAL HEX CHAR POINTER with the piece's flags, width and
 * size. The value is the argument extended to 64 bits by its own signedness. */
void format_integer(struct strbuf *b, const struct format_piece *piece, uint64_t value);
/* Appends text padded to the piece's width. */
void format_text(struct strbuf *b, const struct format_piece *piece, const char *text, size_t len);
/* Appends kernel page-allocation flag names (§7.3). */
void format_gfp_flags(struct strbuf *b, uint64_t flags);

#endif
