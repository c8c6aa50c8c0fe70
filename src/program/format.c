/* SPDX-License-Identifier: Apache-2.0 */
/*
 * printf formats: taking them apart, and writing integers and texts under one conversion.
 *
 *	% flags width precision length conversion		(spec output.md §7.1)
 *
 * Flags are taken in any order. Precision is read and has no effect, `*` takes no argument. What
 * does not end in a known conversion is text. Composite values are put together by whoever prints;
 * a piece only says how wide and in which form.
 */
#include <string.h>
#include "program/format.h"

/* --- taking apart ----------------------------------------------------------------------------- */

/* Longest first: `rx` before `r`. */
static const struct {
	const char *letters;
	enum format_conversion conversion;
	char buffer_form;
} conversions[] = {
	{ "gr", FORMAT_GFP, 0 },    { "rx", FORMAT_BUFFER, 'x' }, { "rh", FORMAT_BUFFER, 'h' },
	{ "r", FORMAT_BUFFER, 'r' }, { "d", FORMAT_SIGNED, 0 },	  { "i", FORMAT_SIGNED, 0 },
	{ "u", FORMAT_UNSIGNED, 0 }, { "o", FORMAT_OCTAL, 0 },	  { "x", FORMAT_HEX, 0 },
	{ "X", FORMAT_HEX, 0 },	    { "c", FORMAT_CHAR, 0 },	  { "p", FORMAT_POINTER, 0 },
	{ "s", FORMAT_STRING, 0 },  { "e", FORMAT_OTHER, 0 },	  { "E", FORMAT_OTHER, 0 },
	{ "f", FORMAT_OTHER, 0 },   { "F", FORMAT_OTHER, 0 },	  { "g", FORMAT_OTHER, 0 },
	{ "G", FORMAT_OTHER, 0 },   { "a", FORMAT_OTHER, 0 },	  { "A", FORMAT_OTHER, 0 },
	{ "n", FORMAT_OTHER, 0 },
};

static const char *parse_flags(const char *p, struct format_piece *piece)
{
	for (;; p++) {
		switch (*p) {
		case '-':
			piece->is_left = true;
			continue;
		case '+':
			piece->has_plus = true;
			continue;
		case '#':
			piece->has_hash = true;
			continue;
		case '0':
			piece->has_zero = true;
			continue;
		case ' ':
			continue;
		}
		return p;
	}
}

/* A width that a person can mean; larger ones are cut. */
#define WIDTH_MAX 65536

static const char *parse_width(const char *p, uint32_t *out)
{
	if (*p == '*')
		return p + 1;
	for (; *p >= '0' && *p <= '9'; p++)
		*out = MIN(*out * 10 + (uint32_t)(*p - '0'), (uint32_t)WIDTH_MAX);
	return p;
}

/* Bytes of a run of length letters: the widest meaning wins; `h` and `hh` count. */
static const char *parse_length(const char *p, uint8_t *size)
{
	unsigned int h = 0;

	*size = 4;
	for (; *p && strchr("hlLjzt", *p); p++) {
		if (*p == 'h')
			h++;
		else
			*size = 8;
	}
	if (h && *size != 8)
		*size = h == 1 ? 2 : 1;
	return p;
}

/* A specifier at p, which is just after the `%`; NULL if there is none. */
static const char *parse_specifier(const char *p, struct format_piece *piece)
{
	uint32_t precision = 0;

	p = parse_flags(p, piece);
	p = parse_width(p, &piece->width);
	if (*p == '.')
		p = parse_width(p + 1, &precision);
	p = parse_length(p, &piece->size);
	for (size_t i = 0; i < ARRAY_SIZE(conversions); i++) {
		size_t len = strlen(conversions[i].letters);

		if (strncmp(p, conversions[i].letters, len))
			continue;
		piece->conversion = conversions[i].conversion;
		piece->buffer_form = conversions[i].buffer_form;
		piece->is_upper = *p == 'X';
		if (piece->conversion == FORMAT_POINTER || piece->conversion == FORMAT_GFP)
			piece->size = 8;
		return p + len;
	}
	return NULL;
}

static void add_text_piece(struct arena *a, struct format *out, const char *text, size_t len,
			   size_t offset)
{
	struct format_piece piece = { .conversion = FORMAT_TEXT, .len = (uint32_t)len,
				      .offset = (uint32_t)offset };

	if (!len)
		return;
	piece.text = arena_strndup(a, text, len);
	arena_vec_push(a, &out->pieces, piece);
}

void format_parse(struct arena *a, const char *text, struct format *out)
{
	const char *start = text, *p = text;

	*out = (struct format){ 0 };
	while (*p) {
		struct format_piece piece = { .conversion = FORMAT_TEXT };
		const char *end;

		if (*p != '%') {
			p++;
			continue;
		}
		if (p[1] == '%') {
			add_text_piece(a, out, start, (size_t)(p + 1 - start),
				       (size_t)(start - text));
			p += 2;
			start = p;
			continue;
		}
		end = parse_specifier(p + 1, &piece);
		if (!end) {
			p++;
			continue;
		}
		add_text_piece(a, out, start, (size_t)(p - start), (size_t)(start - text));
		piece.len = (uint32_t)(end - p);
		piece.text = arena_strndup(a, p, piece.len);
		piece.offset = (uint32_t)(p - text);
		arena_vec_push(a, &out->pieces, piece);
		out->conversion_count++;
		start = p = end;
	}
	add_text_piece(a, out, start, (size_t)(p - start), (size_t)(start - text));
}

bool format_accepts(enum format_conversion c, const struct type *type)
{
	switch (c) {
	case FORMAT_SIGNED:
	case FORMAT_UNSIGNED:
	case FORMAT_OCTAL:
	case FORMAT_HEX:
	case FORMAT_CHAR:
	case FORMAT_POINTER:
		return type_is_condition(type) || type->kind == TYPE_QUANTILE_MEMBER;
	case FORMAT_GFP:
		return type_is_condition(type);
	case FORMAT_STRING:
		return type->kind != TYPE_NONE && type->kind != TYPE_VOID;
	case FORMAT_BUFFER:
		return type->kind == TYPE_BUFFER;
	case FORMAT_TEXT:
	case FORMAT_OTHER:
		return false;
	}
	return false;
}

/* --- writing ---------------------------------------------------------------------------------- */

void format_text(struct strbuf *b, const struct format_piece *piece, const char *text, size_t len)
{
	size_t pad = len < piece->width ? piece->width - len : 0;

	if (!piece->is_left)
		strbuf_add_repeat(b, piece->has_zero ? '0' : ' ', pad);
	strbuf_append(b, text, len);
	if (piece->is_left)
		strbuf_add_repeat(b, ' ', pad);
}

static uint64_t cut_unsigned(uint64_t value, unsigned int size)
{
	return size >= 8 ? value : value & ((1ull << size * 8) - 1);
}

static int64_t cut_signed(uint64_t value, unsigned int size)
{
	unsigned int shift = 64 - 8 * MIN(size, 8u);

	return (int64_t)(value << shift) >> shift;
}

/* Digits of a value in base 1 << shift, written backwards into the end of out[24]. */
static const char *digits(uint64_t value, unsigned int shift, bool is_upper, char out[24])
{
	const char *set = is_upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char *p = out + 23;

	*p = '\0';
	do {
		*--p = set[value & ((1u << shift) - 1)];
		value >>= shift;
	} while (value);
	return p;
}

void format_integer(struct strbuf *b, const struct format_piece *piece, uint64_t value)
{
	char text[40], digit[24];
	uint64_t cut = cut_unsigned(value, piece->size);
	int len = 0;

	switch (piece->conversion) {
	case FORMAT_SIGNED:
		len = snprintf(text, sizeof(text), piece->has_plus ? "%+lld" : "%lld",
			       (long long)cut_signed(value, piece->size));
		break;
	case FORMAT_UNSIGNED:
		len = snprintf(text, sizeof(text), "%llu", (unsigned long long)cut);
		break;
	case FORMAT_OCTAL:
		len = snprintf(text, sizeof(text), "%s%s", piece->has_hash && cut ? "0" : "",
			       digits(cut, 3, false, digit));
		break;
	case FORMAT_HEX:
		len = snprintf(text, sizeof(text), "%s%s",
			       !piece->has_hash || !cut ? "" : piece->is_upper ? "0X" : "0x",
			       digits(cut, 4, piece->is_upper, digit));
		break;
	case FORMAT_POINTER:
		len = snprintf(text, sizeof(text), "%s%s", value ? "0x" : "",
			       digits(value, 4, false, digit));
		break;
	case FORMAT_CHAR:
		text[0] = (char)value;
		len = 1;
		break;
	case FORMAT_TEXT:
	case FORMAT_STRING:
	case FORMAT_BUFFER:
	case FORMAT_GFP:
	case FORMAT_OTHER:
		bug("%%%s is no integer conversion", piece->text);
	}
	format_text(b, piece, text, (size_t)len);
}
