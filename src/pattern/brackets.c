/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bracket expressions, which both languages have: [abc] [a-z] [^0-9] [[:alpha:]_].
 *
 * A `]` directly behind the opening is literal, a `-` at either end too. A backslash escapes, as
 * everywhere in the pattern.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include "pattern/pattern.h"

void byte_set_invert(struct byte_set *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->bits); i++)
		s->bits[i] = ~s->bits[i];
	s->bits[0] &= ~1ull;
}

struct node *node_new(struct arena *a, enum node_kind kind)
{
	struct node *n = ARENA_NEW(a, struct node);

	n->kind = kind;
	return n;
}

int pattern_mistake_at(struct reader *r, size_t at, const char *text)
{
	if (!r->mistake->text)
		*r->mistake = (struct pattern_mistake){ text, at };
	return -EINVAL;
}

static const struct {
	const char *name;
	int (*has)(int c);
} classes[] = {
	{ "alpha", isalpha }, { "digit", isdigit }, { "alnum", isalnum }, { "upper", isupper },
	{ "lower", islower }, { "space", isspace }, { "blank", isblank }, { "punct", ispunct },
	{ "print", isprint }, { "graph", isgraph }, { "cntrl", iscntrl }, { "xdigit", isxdigit },
};

/* [:alpha:], the reader being at the `[`. */
static int read_class(struct reader *r, struct byte_set *set)
{
	const char *name = r->text + r->at + 2;
	const char *end = memmem(name, r->len - r->at - 2, ":]", 2);

	for (size_t i = 0; end && i < ARRAY_SIZE(classes); i++) {
		if (strlen(classes[i].name) != (size_t)(end - name) ||
		    memcmp(classes[i].name, name, (size_t)(end - name)))
			continue;
		for (int c = 1; c < 128; c++)
			if (classes[i].has(c))
				byte_set_add(set, (uint8_t)c);
		r->at = (size_t)(end - r->text) + 2;
		return 0;
	}
	return pattern_mistake_at(r, r->at, "there is no such class of characters");
}

/* The set has exactly one byte. */
static bool single(const struct byte_set *s, uint8_t *byte)
{
	int count = 0;

	for (int c = 1; c < 256; c++) {
		if (byte_set_has(s, (uint8_t)c)) {
			*byte = (uint8_t)c;
			count++;
		}
	}
	return count == 1;
}

static int read_item(struct reader *r, int (*escape)(struct reader *r, struct byte_set *set),
		     struct byte_set *item)
{
	char c = r->text[r->at];

	if (c == '[' && r->at + 1 < r->len && r->text[r->at + 1] == ':')
		return read_class(r, item);
	r->at++;
	if (c == '\\')
		return escape(r, item);
	byte_set_add(item, (uint8_t)c);
	return 0;
}

static bool is_range(const struct reader *r)
{
	return r->at + 1 < r->len && r->text[r->at] == '-' && r->text[r->at + 1] != ']';
}

int pattern_read_brackets(struct reader *r, const char *negation,
			  int (*escape)(struct reader *r, struct byte_set *set),
			  struct byte_set *out)
{
	size_t open = r->at - 1;
	bool is_negated = r->at < r->len && r->text[r->at] && strchr(negation, r->text[r->at]);

	*out = (struct byte_set){ 0 };
	r->at += is_negated;
	for (bool is_first = true; r->at < r->len; is_first = false) {
		struct byte_set item = { 0 }, end = { 0 };
		size_t start = r->at;
		uint8_t low, high;

		if (r->text[r->at] == ']' && !is_first) {
			r->at++;
			if (is_negated)
				byte_set_invert(out);
			return 0;
		}
		if (read_item(r, escape, &item))
			return -EINVAL;
		if (is_range(r)) {
			r->at++;
			if (read_item(r, escape, &end))
				return -EINVAL;
			if (!single(&item, &low) || !single(&end, &high) || low > high)
				return pattern_mistake_at(r, start, "this range has no characters");
			for (int c = low; c <= high; c++)
				byte_set_add(&item, (uint8_t)c);
		}
		for (size_t i = 0; i < ARRAY_SIZE(item.bits); i++)
			out->bits[i] |= item.bits[i];
	}
	return pattern_mistake_at(r, open, "the bracket '[' is not closed");
}
