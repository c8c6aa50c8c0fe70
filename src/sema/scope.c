/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scopes of scratch variables. Most blocks have a handful of variables and are searched in order; a
 * generated script may have thousands in one block, which then gets a hash table.
 */
#include "sema/scope.h"
#include "util/text.h"

static struct symbol *find_here(const struct scope *s, const char *name)
{
	if (s->symbols.count >= SCOPE_HASH_FROM)
		return strmap_get(&s->by_name, name);
	for (size_t i = 0; i < s->symbols.count; i++) {
		if (!strcmp(s->symbols.items[i]->name, name))
			return s->symbols.items[i];
	}
	return NULL;
}

struct symbol *scope_find(const struct scope *s, const char *name)
{
	for (; s; s = s->outer) {
		struct symbol *found = find_here(s, name);

		if (found)
			return found;
	}
	return NULL;
}

struct symbol *scope_add(struct arena *a, struct scope *s, const char *name, struct loc loc)
{
	struct symbol *v = ARENA_NEW(a, struct symbol);

	v->name = name;
	v->loc = loc;
	v->loop_depth = s->loop_depth;
	arena_vec_push(a, &s->symbols, v);
	if (s->symbols.count == SCOPE_HASH_FROM) {
		for (size_t i = 0; i < s->symbols.count; i++)
			strmap_set(&s->by_name, s->symbols.items[i]->name, s->symbols.items[i]);
	} else if (s->symbols.count > SCOPE_HASH_FROM) {
		strmap_set(&s->by_name, name, v);
	}
	return v;
}

const char *scope_nearest(const struct scope *s, const char *name)
{
	struct text_nearest nearest;

	text_nearest_init(&nearest, name);
	for (; s; s = s->outer) {
		for (size_t i = 0; i < s->symbols.count; i++) {
			if (!s->symbols.items[i]->is_unknown)
				text_nearest_offer(&nearest, s->symbols.items[i]->name);
		}
	}
	return nearest.best;
}

void scope_close(struct scope *s)
{
	strmap_free(&s->by_name);
}
