/* SPDX-License-Identifier: Apache-2.0 */
/* Growable text; numbers are written two digits at a time, because the event path prints little
 * else. */
#include "util/strbuf.h"

static const char digit_pairs[] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839"
	"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
	"8081828384858687888990919293949596979899";

void strbuf_free(struct strbuf *b)
{
	free(b->text);
	*b = (struct strbuf)STRBUF_INIT;
}

void strbuf_reserve(struct strbuf *b, size_t extra)
{
	size_t need = b->len + extra + 1;

	if (need <= b->capacity)
		return;
	b->capacity = MAX(need, MAX(b->capacity * 2, (size_t)64));
	b->text = xrealloc(b->text, b->capacity);
	b->text[b->len] = '\0';
}

void strbuf_append(struct strbuf *b, const void *bytes, size_t len)
{
	strbuf_reserve(b, len);
	if (len)
		memcpy(b->text + b->len, bytes, len);
	b->len += len;
	b->text[b->len] = '\0';
}

void strbuf_add_text(struct strbuf *b, const char *text)
{
	strbuf_append(b, text, strlen(text));
}

void strbuf_add_repeat(struct strbuf *b, char c, size_t count)
{
	strbuf_reserve(b, count);
	memset(b->text + b->len, c, count);
	b->len += count;
	b->text[b->len] = '\0';
}

void strbuf_vprintf(struct strbuf *b, const char *format, va_list args)
{
	va_list again;
	int len;

	strbuf_reserve(b, 64);
	va_copy(again, args);
	len = vsnprintf(b->text + b->len, b->capacity - b->len, format, again);
	va_end(again);
	if (len < 0)
		bug("bad format '%s'", format);
	if ((size_t)len >= b->capacity - b->len) {
		strbuf_reserve(b, (size_t)len);
		vsnprintf(b->text + b->len, b->capacity - b->len, format, args);
	}
	b->len += (size_t)len;
}

void strbuf_printf(struct strbuf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strbuf_vprintf(b, format, args);
	va_end(args);
}

void strbuf_add_u64(struct strbuf *b, uint64_t value)
{
	char text[20];
	char *p = text + sizeof(text);

	while (value >= 100) {
		p -= 2;
		memcpy(p, digit_pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10) {
		p -= 2;
		memcpy(p, digit_pairs + value * 2, 2);
	} else {
		*--p = (char)('0' + value);
	}
	strbuf_append(b, p, (size_t)(text + sizeof(text) - p));
}

void strbuf_add_i64(struct strbuf *b, int64_t value)
{
	if (value < 0)
		strbuf_add_char(b, '-');
	strbuf_add_u64(b, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void strbuf_add_hex(struct strbuf *b, uint64_t value)
{
	char text[16];
	char *p = text + sizeof(text);

	do {
		*--p = "0123456789abcdef"[value & 15];
		value >>= 4;
	} while (value);
	strbuf_append(b, p, (size_t)(text + sizeof(text) - p));
}
