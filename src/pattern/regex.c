/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: text → tree, by recursive descent. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include "pattern/pattern.h"

#define MAX_DEPTH  50  /* of parentheses */
#define MAX_REPEAT 255 /* RE_DUP_MAX of POSIX */

static int read_choice(struct reader *r, struct node **out);

/* The sets of \d, \w, \s; their capitals are the inverse. */
static bool add_named(char name, struct byte_set *set)
{
	for (int c = 1; c < 128; c++) {
		if (name == 'd' ? isdigit(c) : name == 'w' ? isalnum(c) || c == '_' : isspace(c))
			byte_set_add(set, (uint8_t)c);
	}
	return true;
}

static int regex_escape(struct reader *r, struct byte_set *set)
{
	static const char names[] = "dws", controls[] = "ntr", bytes[] = "\n\t\r";
	const char *found;
	char c;

	if (r->at == r->len)
		return pattern_mistake_at(r, r->at - 1, "nothing follows the backslash");
	c = r->text[r->at++];
	if (strchr(names, tolower((unsigned char)c))) {
		struct byte_set named = { 0 };

		add_named((char)tolower((unsigned char)c), &named);
		if (isupper((unsigned char)c))
			byte_set_invert(&named);
		for (size_t i = 0; i < ARRAY_SIZE(named.bits); i++)
			set->bits[i] |= named.bits[i];
		return 0;
	}
	found = strchr(controls, c);
	if (!found && isalnum((unsigned char)c))
		return pattern_mistake_at(r, r->at - 2, "there is no such escape");
	byte_set_add(set, (uint8_t)(found ? bytes[found - controls] : c));
	return 0;
}

static int read_group(struct reader *r, struct node **out)
{
	size_t open = r->at - 1;

	if (++r->depth > MAX_DEPTH)
		return pattern_mistake_at(r, open, "too many parentheses in one another");
	if (read_choice(r, out))
		return -EINVAL;
	r->depth--;
	if (r->at == r->len)
		return pattern_mistake_at(r, open, "the parenthesis '(' is not closed");
	r->at++;
	return 0;
}

static int read_atom(struct reader *r, struct node **out)
{
	size_t at = r->at;
	char c = r->text[r->at++];

	if (c == '(')
		return read_group(r, out);
	if (strchr("*+?{", c))
		return pattern_mistake_at(r, at, "there is nothing to repeat");
	if (c == '^' || c == '$') {
		*out = node_new(r->arena, c == '^' ? NODE_START : NODE_END);
		return 0;
	}
	*out = node_new(r->arena, NODE_SET);
	if (c == '[')
		return pattern_read_brackets(r, "^", regex_escape, &(*out)->set);
	if (c == '\\')
		return regex_escape(r, &(*out)->set);
	if (c == '.')
		byte_set_invert(&(*out)->set);
	else
		byte_set_add(&(*out)->set, (uint8_t)c);
	return 0;
}

static bool read_number(struct reader *r, uint32_t *out)
{
	size_t start = r->at;

	for (*out = 0; r->at < r->len && isdigit((unsigned char)r->text[r->at]); r->at++)
		*out = MIN(*out * 10 + (uint32_t)(r->text[r->at] - '0'), MAX_REPEAT + 1u);
	return r->at > start;
}

/* {m} {m,} {m,n}, the reader being behind the `{`. */
static int read_interval(struct reader *r, uint32_t *min, uint32_t *max)
{
	size_t open = r->at - 1;

	if (!read_number(r, min))
		return pattern_mistake_at(r, open, "'{' must be followed by a number");
	*max = *min;
	if (r->at < r->len && r->text[r->at] == ',') {
		r->at++;
		if (!read_number(r, max))
			*max = UINT32_MAX;
	}
	if (r->at == r->len || r->text[r->at] != '}')
		return pattern_mistake_at(r, open, "the brace '{' is not closed");
	r->at++;
	if (*min > MAX_REPEAT || (*max != UINT32_MAX && *max > MAX_REPEAT))
		return pattern_mistake_at(r, open, "at most 255 repetitions can be counted");
	return *min <= *max ? 0 : pattern_mistake_at(r, open, "the smaller number comes first");
}

static int read_repeated(struct reader *r, struct node **out)
{
	if (read_atom(r, out))
		return -EINVAL;
	while (r->at < r->len && strchr("*+?{", r->text[r->at])) {
		struct node *repeat = node_new(r->arena, NODE_REPEAT);
		char c = r->text[r->at++];

		repeat->min = c == '+';
		repeat->max = c == '?' ? 1 : UINT32_MAX;
		if (c == '{' && read_interval(r, &repeat->min, &repeat->max))
			return -EINVAL;
		arena_vec_push(r->arena, &repeat->parts, *out);
		*out = repeat;
	}
	return 0;
}

static int read_choice(struct reader *r, struct node **out)
{
	struct node *choice = node_new(r->arena, NODE_ANY), *all = node_new(r->arena, NODE_ALL);

	arena_vec_push(r->arena, &choice->parts, all);
	while (r->at < r->len && r->text[r->at] != ')') {
		struct node *one;

		if (r->text[r->at] == '|') {
			r->at++;
			all = node_new(r->arena, NODE_ALL);
			arena_vec_push(r->arena, &choice->parts, all);
			continue;
		}
		if (read_repeated(r, &one))
			return -EINVAL;
		arena_vec_push(r->arena, &all->parts, one);
	}
	*out = choice;
	return 0;
}

int pattern_regex(struct arena *a, const char *text, size_t len, struct pattern *out,
		  struct pattern_mistake *mistake)
{
	struct reader r = { .arena = a, .text = text, .len = len, .mistake = mistake };
	struct node *tree;

	if (memchr(text, 0, len))
		return pattern_mistake_at(&r, 0, "no string has a NUL inside");
	if (read_choice(&r, &tree))
		return -EINVAL;
	if (r.at < r.len)
		return pattern_mistake_at(&r, r.at, "this parenthesis closes nothing");
	return pattern_build(&r, tree, true, out);
}
