/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small pieces of text: globs, integers, escapes, nearest word.
 *
 * The number parser is the single place that knows spec language.md §1.3; program text, attach
 * points, positional parameters and option values all come here. The escapes are the single place
 * that decides what may reach a terminal or a JSON reader.
 */
#include <ctype.h>
#include <errno.h>
#include <strings.h>
#include "util/text.h"

bool text_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			resume = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool text_has_glob(const char *text)
{
	return strchr(text, '*') != NULL;
}

bool text_starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

bool text_equal_nocase(const char *a, const char *b)
{
	return !strcasecmp(a, b);
}

/* --- integers --------------------------------------------------------------------------------- */

static const char too_large[] = "the value does not fit 64 bits";

static const struct number_suffix {
	const char *text;
	bool any_case;
	uint64_t factor; /* the value is multiplied by this */
	uint64_t max;	 /* and may be at most this */
} suffixes[] = {
	{ "u", true, 1, UINT32_MAX },
	{ "ul", true, 1, UINT64_MAX },
	{ "ull", true, 1, UINT64_MAX },
	{ "l", true, 1, INT64_MAX },
	{ "ll", true, 1, INT64_MAX },
	{ "ns", false, 1, UINT64_MAX },
	{ "us", false, 1000, UINT64_MAX },
	{ "ms", false, 1000 * 1000, UINT64_MAX },
	{ "s", false, 1000 * 1000 * 1000, UINT64_MAX },
	{ "m", false, 60000000000, UINT64_MAX },
	{ "h", false, 3600000000000, UINT64_MAX },
	{ "d", false, 86400000000000, UINT64_MAX },
};

struct number {
	const char *at, *end; /* what is still to be read */
	uint64_t value;
	const char *why;
};

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static int invalid(struct number *n, const char *why)
{
	n->why = why;
	return -EINVAL;
}

/* Digits of one base with `_` between them. */
static int read_digits(struct number *n, unsigned int base)
{
	bool is_too_large = false;

	if (n->at == n->end || digit_value(*n->at) >= (int)base)
		return invalid(n, "a digit is missing");
	for (; n->at < n->end; n->at++) {
		int digit = digit_value(*n->at);

		if (*n->at == '_')
			continue;
		if (digit >= (int)base)
			break;
		is_too_large |= __builtin_mul_overflow(n->value, base, &n->value);
		is_too_large |= __builtin_add_overflow(n->value, (uint64_t)digit, &n->value);
	}
	if (n->at[-1] == '_')
		return invalid(n, "'_' must stand between digits");
	if (is_too_large) {
		n->why = too_large;
		return -ERANGE;
	}
	return 0;
}

/* The part after the `e` of NeM. */
static int read_exponent(struct number *n)
{
	uint64_t exponent = 0;

	if (n->at == n->end || *n->at < '1' || *n->at > '9')
		return invalid(n, "the exponent must start with 1-9");
	for (; n->at < n->end && isdigit((unsigned char)*n->at); n->at++)
		exponent = MIN(exponent * 10 + (uint64_t)(*n->at - '0'), (uint64_t)100);
	if (n->at < n->end)
		return invalid(n, "nothing may follow the exponent");
	while (exponent--) {
		if (__builtin_mul_overflow(n->value, (uint64_t)10, &n->value)) {
			n->why = too_large;
			return -ERANGE;
		}
	}
	return 0;
}

static int read_suffix(struct number *n)
{
	size_t len = (size_t)(n->end - n->at);

	if (!len)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		const struct number_suffix *s = &suffixes[i];

		if (strlen(s->text) != len ||
		    (s->any_case ? strncasecmp : strncmp)(n->at, s->text, len))
			continue;
		if (__builtin_mul_overflow(n->value, s->factor, &n->value)) {
			n->why = too_large;
			return -ERANGE;
		}
		if (n->value > s->max) {
			n->why = "the value does not fit its suffix";
			return -ERANGE;
		}
		return 0;
	}
	return invalid(n, "invalid suffix");
}

/* What is left must be empty. */
static int read_end(struct number *n, const char *why)
{
	return n->at == n->end ? 0 : invalid(n, why);
}

static int read_octal(struct number *n)
{
	for (const char *p = n->at; p < n->end && (isdigit((unsigned char)*p) || *p == '_'); p++)
		if (*p > '7' && *p != '_')
			return invalid(n, "an octal number has digits 0-7 only");
	return read_digits(n, 8);
}

static int read_number(struct number *n)
{
	const char *start = n->at;
	size_t len = (size_t)(n->end - start);
	int err;

	if (!len || !isdigit((unsigned char)*start))
		return invalid(n, "a number must start with a digit");
	if (len > 1 && start[0] == '0' && tolower((unsigned char)start[1]) == 'x') {
		n->at += 2;
		err = read_digits(n, 16);
		return err ? err : read_end(n, "invalid hexadecimal digit");
	}
	if (len > 1 && start[0] == '0' && tolower((unsigned char)start[1]) == 'b') {
		n->at += 2;
		err = read_digits(n, 2);
		return err ? err : read_end(n, "invalid binary digit");
	}
	if (len > 1 && start[0] == '0' && isdigit((unsigned char)start[1])) {
		n->at++;
		err = read_octal(n);
		return err ? err : read_suffix(n);
	}
	err = read_digits(n, 10);
	if (err)
		return err;
	if (n->at == n->end || tolower((unsigned char)*n->at) != 'e')
		return read_suffix(n);
	if (n->at != start + 1 || *start == '0')
		return invalid(n, "the coefficient must be a single digit 1-9");
	n->at++;
	return read_exponent(n);
}

int text_parse_u64(const char *text, size_t len, uint64_t *out, const char **why)
{
	struct number n = { .at = text, .end = text + len };
	int err = read_number(&n);

	if (err) {
		if (why)
			*why = n.why;
		return err;
	}
	*out = n.value;
	return 0;
}

int text_parse_i64(const char *text, size_t len, uint64_t *out, bool *is_negative,
		   const char **why)
{
	bool has_minus = len && *text == '-';
	uint64_t value;
	int err = text_parse_u64(text + has_minus, len - has_minus, &value, why);

	if (err)
		return err;
	if (has_minus && value > (uint64_t)INT64_MAX + 1) {
		if (why)
			*why = "the value is below the smallest 64-bit integer";
		return -ERANGE;
	}
	*out = has_minus ? 0 - value : value;
	*is_negative = has_minus;
	return 0;
}

/* --- escapes ---------------------------------------------------------------------------------- */

/* Bytes of the valid UTF-8 sequence at p, or 0; *code is its character. */
static size_t decode_utf8(const unsigned char *p, size_t len, uint32_t *code)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t need = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 :
		      *p < 0xf5 ? 4 : 0;

	if (!need || need > len)
		return 0;
	*code = need == 1 ? *p : *p & (0x7fu >> need);
	for (size_t i = 1; i < need; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	if (*code < smallest[need] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return need;
}

static bool is_direction_mark(uint32_t code)
{
	return code == 0x61c || code == 0x200e || code == 0x200f ||
	       (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

static bool is_plain_ascii(unsigned char c)
{
	return c >= 32 && c < 127;
}

void text_escape_terminal(struct strbuf *b, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes, *end = p + len;

	strbuf_reserve(b, len);
	while (p < end) {
		const unsigned char *run = p;
		uint32_t code = 0;
		size_t used;

		while (p < end && (is_plain_ascii(*p) || *p == '\t' || *p == '\n'))
			p++;
		strbuf_append(b, run, (size_t)(p - run));
		if (p == end)
			return;
		used = decode_utf8(p, (size_t)(end - p), &code);
		if (!used || code < 0xa0)
			strbuf_printf(b, "\\x%02x", used ? code : *p);
		else if (is_direction_mark(code))
			strbuf_printf(b, "\\u%04x", code);
		else
			strbuf_append(b, p, used);
		p += used ? used : 1;
	}
}

static void add_json_control(struct strbuf *b, unsigned char c)
{
	static const char letters[32] = {
		['\t'] = 't', ['\n'] = 'n', ['\r'] = 'r',
	};

	if (c < 32 && letters[c]) {
		strbuf_add_char(b, '\\');
		strbuf_add_char(b, letters[c]);
	} else {
		strbuf_printf(b, "\\u%04x", c);
	}
}

void text_escape_json(struct strbuf *b, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes, *end = p + len;

	strbuf_reserve(b, len);
	while (p < end) {
		const unsigned char *run = p;
		uint32_t code;
		size_t used;

		while (p < end && is_plain_ascii(*p) && *p != '"' && *p != '\\')
			p++;
		strbuf_append(b, run, (size_t)(p - run));
		if (p == end)
			return;
		used = decode_utf8(p, (size_t)(end - p), &code);
		if (!used) {
			strbuf_add_text(b, "\xef\xbf\xbd");
		} else if (*p == '"' || *p == '\\') {
			strbuf_add_char(b, '\\');
			strbuf_add_char(b, (char)*p);
		} else if (*p < 32 || *p == 127) {
			add_json_control(b, *p);
		} else {
			strbuf_append(b, p, used);
		}
		p += used ? used : 1;
	}
}

void text_escape_hex(struct strbuf *b, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++) {
		if (is_plain_ascii(p[i])) {
			strbuf_add_char(b, (char)p[i]);
			continue;
		}
		strbuf_add_text(b, "\\x");
		strbuf_add_char(b, "0123456789abcdef"[p[i] >> 4]);
		strbuf_add_char(b, "0123456789abcdef"[p[i] & 15]);
	}
}

/* --- nearest word ----------------------------------------------------------------------------- */

#define NEAREST_MAX_LEN 64

/* Edits (insert, delete, replace, swap neighbours) from a to b, or limit + 1 if there are more. */
static unsigned int edit_distance(const char *a, size_t a_len, const char *b, size_t b_len,
				  unsigned int limit)
{
	unsigned int rows[3][NEAREST_MAX_LEN + 1];
	unsigned int *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		above[j] = (unsigned int)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned int best = row[0] = (unsigned int)i;
		unsigned int *reuse = before;

		for (size_t j = 1; j <= b_len; j++) {
			unsigned int cost = above[j - 1] + (a[i - 1] != b[j - 1]);

			cost = MIN(cost, MIN(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				cost = MIN(cost, before[j - 2] + 1);
			row[j] = cost;
			best = MIN(best, cost);
		}
		if (best > limit)
			return limit + 1;
		before = above;
		above = row;
		row = reuse;
	}
	return above[b_len];
}

void text_nearest_init(struct text_nearest *n, const char *wanted)
{
	size_t len = strlen(wanted);

	*n = (struct text_nearest){ .wanted = wanted };
	/* One more than what is still near enough: a third of the word, at most three edits; a
	 * single letter is near to nothing but itself. */
	n->distance = len < 2 ? 1 : (unsigned int)MIN(MAX(len / 3, (size_t)1), (size_t)3) + 1;
}

static size_t common_start(const char *a, const char *b)
{
	size_t len = 0;

	while (a[len] && a[len] == b[len])
		len++;
	return len;
}

/* Of two that are as near, that with the longer common start: people seldom miss the first letter. */
static bool is_nearer(const struct text_nearest *n, const char *candidate, unsigned int distance)
{
	if (distance != n->distance)
		return distance < n->distance;
	return n->best && common_start(n->wanted, candidate) > common_start(n->wanted, n->best);
}

void text_nearest_offer(struct text_nearest *n, const char *candidate)
{
	size_t a = strlen(n->wanted), b = strlen(candidate);
	size_t gap = a > b ? a - b : b - a;
	unsigned int distance, limit = n->best ? n->distance : n->distance - 1;

	if (a > NEAREST_MAX_LEN || b > NEAREST_MAX_LEN || !n->distance || gap > limit)
		return;
	distance = edit_distance(n->wanted, a, candidate, b, limit);
	if (is_nearer(n, candidate, distance)) {
		n->distance = distance;
		n->best = candidate;
	}
}
