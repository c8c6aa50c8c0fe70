/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and writing small pieces of text: globs, integers as the language spells them
 * (spec language.md §1.3), escapes for terminals and JSON, and "did you mean".
 */
#ifndef BITTERN_UTIL_TEXT_H
#define BITTERN_UTIL_TEXT_H

#include "util/strbuf.h"

/* True if text matches pattern; `*` stands for any run of characters, nothing else is special. */
bool text_glob(const char *pattern, const char *text);
bool text_has_glob(const char *text);
bool text_starts_with(const char *text, const char *prefix);
bool text_equal_nocase(const char *a, const char *b);

/*
 * An unsigned integer as the language writes it: decimal, 0octal, 0x, 0b, `_` between digits,
 * NeM, type suffixes (u ul ull l ll, any case) and durations (ns us ms s m h d, to nanoseconds).
 * All of text[0..len) must be used. Returns 0, or -EINVAL with *why (static, a phrase such as
 * "the exponent must start with 1-9") or -ERANGE when it does not fit 64 bits (or its suffix).
 */
int text_parse_u64(const char *text, size_t len, uint64_t *out, const char **why);
/* The same with an optional leading `-`; *is_negative tells whether there was one. The result is
 * the two's complement value. */
int text_parse_i64(const char *text, size_t len, uint64_t *out, bool *is_negative,
		   const char **why);

/*
 * Appends bytes for a terminal: C0 other than tab and newline, DEL, C1 (as UTF-8 or as raw
 * bytes that are not valid UTF-8) become \xNN; bidirectional controls and invisible
 * direction marks (U+061C, U+200E/F, U+202A-E, U+2066-9) become \uNNNN. Valid UTF-8 passes.
 */
void text_escape_terminal(struct strbuf *b, const char *bytes, size_t len);
/* Appends bytes as the inside of a JSON string (no quotes). Bytes that are not valid UTF-8 become
 * U+FFFD, so that the result is always valid JSON. */
void text_escape_json(struct strbuf *b, const char *bytes, size_t len);
/* Appends bytes 32..126 as they are (a backslash too), others as \xNN: the form of buf(). */
void text_escape_hex(struct strbuf *b, const void *bytes, size_t len);

/* Remembers the candidate nearest to a wanted word: feed names, then read best. */
struct text_nearest {
	const char *wanted;
	const char *best;      /* borrowed candidate, NULL if none is near enough */
	unsigned int distance; /* edits between wanted and best */
};
void text_nearest_init(struct text_nearest *n, const char *wanted);
void text_nearest_offer(struct text_nearest *n, const char *candidate);

#endif
