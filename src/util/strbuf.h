/* SPDX-License-Identifier: Apache-2.0 */
/* Growable text. Always NUL-terminated once something was appended; may hold NUL bytes. */
#ifndef BITTERN_UTIL_STRBUF_H
#define BITTERN_UTIL_STRBUF_H

#include <stdarg.h>
#include <string.h>
#include "util/base.h"

struct strbuf {
	char *text;	 /* owned; NULL while nothing was ever appended */
	size_t len;	 /* bytes without the final NUL */
	size_t capacity; /* bytes allocated */
};

#define STRBUF_INIT { NULL, 0, 0 }
#define auto_strbuf __attribute__((cleanup(strbuf_free)))

void strbuf_free(struct strbuf *b);
/* Makes room for `extra` more bytes and a NUL. */
void strbuf_reserve(struct strbuf *b, size_t extra);
void strbuf_append(struct strbuf *b, const void *bytes, size_t len);
void strbuf_add_text(struct strbuf *b, const char *text);
void strbuf_add_repeat(struct strbuf *b, char c, size_t count);
PRINTF_LIKE(2, 3) void strbuf_printf(struct strbuf *b, const char *format, ...);
PRINTF_LIKE(2, 0) void strbuf_vprintf(struct strbuf *b, const char *format, va_list args);
/* Decimal and hexadecimal without printf: the event path uses these. */
void strbuf_add_u64(struct strbuf *b, uint64_t value);
void strbuf_add_i64(struct strbuf *b, int64_t value);
void strbuf_add_hex(struct strbuf *b, uint64_t value);

static inline void strbuf_add_char(struct strbuf *b, char c)
{
	if (b->len + 1 >= b->capacity)
		strbuf_reserve(b, 1);
	b->text[b->len++] = c;
	b->text[b->len] = '\0';
}

/* Empties, keeps the memory. */
static inline void strbuf_clear(struct strbuf *b)
{
	b->len = 0;
	if (b->text)
		b->text[0] = '\0';
}

/* The text, never NULL. Borrowed until the next change. */
static inline const char *strbuf_text(const struct strbuf *b)
{
	return b->text ? b->text : "";
}

#endif
