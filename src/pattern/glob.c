/* SPDX-License-Identifier: Apache-2.0 */
/* Globs: `*` any characters, `?` one, `[a-z]` and `[!a-z]` one of a set, `\` makes the next
 * literal. */
#include <errno.h>
#include <string.h>
#include "pattern/pattern.h"

static int glob_escape(struct reader *r, struct byte_set *set)
{
	if (r->at == r->len)
		return pattern_mistake_at(r, r->at - 1, "nothing follows the backslash");
	byte_set_add(set, (uint8_t)r->text[r->at++]);
	return 0;
}

static int read_one(struct reader *r, struct node **out)
{
	char c = r->text[r->at++];
	struct node *set = node_new(r->arena, NODE_SET);

	*out = set;
	if (c == '[')
		return pattern_read_brackets(r, "!^", glob_escape, &set->set);
	if (c == '\\')
		return glob_escape(r, &set->set);
	if (c == '?' || c == '*')
		byte_set_invert(&set->set);
	else
		byte_set_add(&set->set, (uint8_t)c);
	if (c != '*')
		return 0;
	*out = node_new(r->arena, NODE_REPEAT);
	(*out)->max = UINT32_MAX;
	arena_vec_push(r->arena, &(*out)->parts, set);
	return 0;
}

int pattern_glob(struct arena *a, const char *text, size_t len, struct pattern *out,
		 struct pattern_mistake *mistake)
{
	struct reader r = { .arena = a, .text = text, .len = len, .mistake = mistake };
	struct node *all = node_new(a, NODE_ALL);

	if (memchr(text, 0, len))
		return pattern_mistake_at(&r, 0, "no string has a NUL inside");
	while (r.at < r.len) {
		struct node *one;

		if (read_one(&r, &one))
			return -EINVAL;
		arena_vec_push(a, &all->parts, one);
	}
	arena_vec_push(a, &all->parts, node_new(a, NODE_END));
	return pattern_build(&r, all, false, out);
}
