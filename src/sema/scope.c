/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scopes of scratch variables. Most blocks have a handful of variables and are searched in order; a
 * generated script may have thousands in one block, which then gets a hash table.
 */
#include "sema/scope.h"
#include "util/text.h"

static struct symbol *find_here(const struct scope *s, const char *name, uint32_t expansion)
{
	if (s->symbols.count >= SCOPE_HASH_FROM) {
		struct symbol *v = strmap_get(&s->by_name, name);

		while (v && v->expansion != expansion)
			v = v->same_name;
		return v;
	}
	for (size_t i = 0; i < s->symbols.count; i++) {
		struct symbol *v = s->symbols.items[i];

		if (v->expansion == expansion && !strcmp(v->name, name))
			return v;
	}
	return NULL;
}

struct symbol *scope_find(const struct scope *s, const char *name, uint32_t expansion)
{
	for (; s; s = s->outer) {
		struct symbol *found = find_here(s, name, expansion);

		if (found)
			return found;
	}
	return NULL;
}

static void add_to_hash(struct scope *s, struct symbol *v)
{
	v->same_name = strmap_get(&s->by_name, v->name);
	strmap_set(&s->by_name, v->name, v);
}

struct symbol *scope_add(struct arena *a, struct scope *s, const char *name, uint32_t expansion,
			 struct loc loc)
{
	struct symbol *v = ARENA_NEW(a, struct symbol);

	v->name = name;
	v->expansion = expansion;
	v->loc = loc;
	v->loop_depth = s->loop_depth;
	arena_vec_push(a, &s->symbols, v);
	if (s->symbols.count == SCOPE_HASH_FROM) {
		for (size_t i = 0; i < s->symbols.count; i++)
			add_to_hash(s, s->symbols.items[i]);
	} else if (s->symbols.count > SCOPE_HASH_FROM) {
		add_to_hash(s, v);
	}
	return v;
}

const char *scope_nearest(const struct scope *s, const char *name, uint32_t expansion)
{
	struct text_nearest nearest;

	text_nearest_init(&nearest, name);
	for (; s; s = s->outer) {
		for (size_t i = 0; i < s->symbols.count; i++) {
			const struct symbol *v = s->symbols.items[i];

			if (!v->is_unknown && v->expansion == expansion)
				text_nearest_offer(&nearest, v->name);
		}
	}
	return nearest.best;
}

void scope_close(struct scope *s)
{
	strmap_free(&s->by_name);
}
