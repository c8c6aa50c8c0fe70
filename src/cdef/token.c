/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text → C tokens. A backslash at the end of a line is layout, and so are comments; what no C
 * program may contain becomes a punctuator that nobody expects.
 */
#include <ctype.h>
#include <string.h>
#include "cdef/token.h"

static bool is_name_start(char c)
{
	return isalpha((unsigned char)c) || c == '_' || c == '$';
}

static bool is_name_part(char c)
{
	return is_name_start(c) || isdigit((unsigned char)c);
}

/* Bytes of a line continuation at p, 0: there is none. */
static uint32_t continuation(const char *p, const char *end)
{
	if (*p != '\\' || p + 1 >= end)
		return 0;
	if (p[1] == '\n')
		return 2;
	return p[1] == '\r' && p + 2 < end && p[2] == '\n' ? 3 : 0;
}

/* The end of the comment at p, or p. */
static const char *comment_end(const char *p, const char *end)
{
	const char *found;

	if (end - p < 2 || p[0] != '/' || (p[1] != '/' && p[1] != '*'))
		return p;
	if (p[1] == '*') {
		found = memmem(p + 2, (size_t)(end - p - 2), "*/", 2);
		return found ? found + 2 : end;
	}
	for (p += 2; p < end && *p != '\n'; p++)
		p += continuation(p, end) ? continuation(p, end) - 1 : 0;
	return MIN(p, end);
}

/* The end of the string or character at p, which is its quote. It ends with its line at the latest. */
static const char *quoted_end(const char *p, const char *end)
{
	char quote = *p++;

	while (p < end && *p != quote && *p != '\n')
		p += *p == '\\' && p + 1 < end ? 2 : 1;
	return p < end && *p == quote ? p + 1 : MIN(p, end);
}

static void skip_layout(struct c_text *t)
{
	const char *text = t->source->text, *end = text + t->end, *p = text + t->at;

	for (;;) {
		const char *next = comment_end(p, end);

		if (next > p) {
			p = next;
		} else if (p < end && *p == '\n') {
			t->at_line_start = true;
			p++;
		} else if (p < end && isspace((unsigned char)*p)) {
			p++;
		} else if (p < end && continuation(p, end)) {
			p += continuation(p, end);
		} else {
			break;
		}
	}
	t->at = (uint32_t)(p - text);
}

uint32_t c_token_line_end(const struct c_text *t)
{
	const char *text = t->source->text, *end = text + t->end, *p = text + t->at;

	while (p < end && *p != '\n') {
		const char *next = comment_end(p, end);

		if (next > p)
			p = next;
		else if (continuation(p, end))
			p += continuation(p, end);
		else if (*p == '"' || *p == '\'')
			p = quoted_end(p, end);
		else
			p++;
	}
	return (uint32_t)(p - text);
}

/* The bytes of the punctuator at p. */
static uint32_t punctuator(const char *p, const char *end, uint32_t *op)
{
	static const char *const longer[] = {
		"...", "<<=", ">>=", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&",
		"||", "*=", "/=", "%=", "+=", "-=", "&=", "^=", "|=", "##",
	};

	for (size_t i = 0; i < ARRAY_SIZE(longer); i++) {
		uint32_t len = (uint32_t)strlen(longer[i]);

		if ((size_t)(end - p) < len || memcmp(p, longer[i], len))
			continue;
		*op = len == 3 ? C_OP3(p[0], p[1], p[2]) : C_OP2(p[0], p[1]);
		return len;
	}
	*op = (unsigned char)*p;
	return 1;
}

/* A preprocessing number: digits, letters, dots, and signs behind an exponent. */
static const char *number_end(const char *p, const char *end)
{
	bool is_hex = end - p > 1 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X');

	while (p < end && (is_name_part(*p) || *p == '.')) {
		bool is_exponent = is_hex ? *p == 'p' || *p == 'P' : *p == 'e' || *p == 'E';

		p++;
		if (is_exponent && p < end && (*p == '+' || *p == '-'))
			p++;
	}
	return p;
}

struct c_token c_token_next(struct c_text *t)
{
	struct c_token token = { .kind = C_END };
	const char *text, *p, *end;

	skip_layout(t);
	text = t->source->text;
	p = text + t->at;
	end = text + t->end;
	token.loc = (struct loc){ t->source, t->at, t->at };
	token.starts_line = t->at_line_start;
	t->at_line_start = false;
	if (p >= end)
		return token;
	if (is_name_start(*p)) {
		token.kind = C_NAME;
		while (p < end && is_name_part(*p))
			p++;
		if (p - text - t->at == 1 && p < end && (*p == '"' || *p == '\'') && p[-1] == 'L') {
			token.kind = *p == '"' ? C_STRING : C_CHARACTER; /* wide */
			p = quoted_end(p, end);
		}
	} else if (isdigit((unsigned char)*p) ||
		   (*p == '.' && p + 1 < end && isdigit((unsigned char)p[1]))) {
		token.kind = C_NUMBER;
		p = number_end(p, end);
	} else if (*p == '"' || *p == '\'') {
		token.kind = *p == '"' ? C_STRING : C_CHARACTER;
		p = quoted_end(p, end);
	} else {
		token.kind = C_PUNCTUATOR;
		p += punctuator(p, end, &token.op);
	}
	token.loc.end = t->at = (uint32_t)(p - text);
	return token;
}

bool c_token_is(const struct c_token *token, const char *word)
{
	return strlen(word) == c_token_len(token) &&
	       !memcmp(c_token_text(token), word, c_token_len(token));
}

/* --- values ----------------------------------------------------------------------------------- */

static bool read_suffix(const char *p, const char *end, bool *is_unsigned, bool *is_long)
{
	uint32_t longs = 0, unsigneds = 0;

	for (; p < end; p++) {
		if (*p == 'u' || *p == 'U')
			unsigneds++;
		else if (*p == 'l' || *p == 'L')
			longs++;
		else
			return false;
	}
	*is_unsigned = unsigneds;
	*is_long = longs;
	return longs <= 2 && unsigneds <= 1;
}

static int digit_value(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : 99;
}

bool c_token_integer(const struct c_token *token, uint64_t *value, bool *is_unsigned,
		     bool *is_long)
{
	const char *p = c_token_text(token), *end = p + c_token_len(token), *first;
	unsigned int base = 10;
	uint64_t v = 0;

	if (end - p > 2 && *p == '0' && strchr("xXbB", p[1])) {
		base = p[1] == 'x' || p[1] == 'X' ? 16 : 2;
		p += 2;
	} else if (*p == '0') {
		base = 8;
	}
	for (first = p; p < end && digit_value(*p) < (int)base; p++)
		if (__builtin_mul_overflow(v, (uint64_t)base, &v) ||
		    __builtin_add_overflow(v, (uint64_t)digit_value(*p), &v))
			return false;
	if (p == first || !read_suffix(p, end, is_unsigned, is_long))
		return false;
	*value = v;
	if (v > INT64_MAX || (base != 10 && !*is_long && v > INT32_MAX && v <= UINT32_MAX))
		*is_unsigned = true;
	if (v > (*is_unsigned ? UINT32_MAX : INT32_MAX))
		*is_long = true;
	return true;
}

bool c_token_character(const struct c_token *token, int64_t *value)
{
	static const char escapes[] = "n\nt\tr\ra\ab\bf\fv\v\\\\''\"\"e\033";
	const char *p = c_token_text(token), *end = p + c_token_len(token);
	int64_t v = 0;

	if (*p == 'L')
		p++;
	if (end - p < 3 || end[-1] != '\'')
		return false;
	p++, end--;
	if (*p != '\\') {
		*value = (signed char)*p;
		return end - p == 1;
	}
	p++;
	for (size_t i = 0; escapes[i] && end - p == 1; i += 2) {
		if (*p == escapes[i]) {
			*value = escapes[i + 1];
			return true;
		}
	}
	unsigned int base = *p == 'x' ? 16 : 8, digits = 0;

	p += *p == 'x';
	for (; p < end && digit_value(*p) < (int)base && digits < 3; p++, digits++)
		v = v * base + digit_value(*p);
	*value = (signed char)v;
	return p == end && digits;
}
