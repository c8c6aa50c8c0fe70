/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing, at most three quarters full. Nothing is ever removed, so
 * there are no tombstones. */
#include <string.h>
#include "util/strmap.h"

static uint64_t hash(const char *key, size_t len)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)key[i]) * 0x100000001b3;
	return h ^ h >> 32;
}

void strmap_free(struct strmap *m)
{
	for (size_t i = 0; i < m->capacity; i++)
		free(m->entries[i].key);
	free(m->entries);
	*m = (struct strmap)STRMAP_INIT;
}

/* The entry of key, or the free one where it would go. */
static struct strmap_entry *find(const struct strmap *m, const char *key, size_t len)
{
	size_t at = hash(key, len) & (m->capacity - 1);

	for (;; at = (at + 1) & (m->capacity - 1)) {
		struct strmap_entry *e = &m->entries[at];

		if (!e->key || (e->len == len && !memcmp(e->key, key, len)))
			return e;
	}
}

static void grow(struct strmap *m)
{
	struct strmap old = *m;

	m->capacity = old.capacity ? old.capacity * 2 : 16;
	m->entries = xcalloc(m->capacity, sizeof(*m->entries));
	for (size_t i = 0; i < old.capacity; i++) {
		struct strmap_entry *e = &old.entries[i];

		if (e->key)
			*find(m, e->key, e->len) = *e;
	}
	free(old.entries);
}

void *strmap_get_len(const struct strmap *m, const char *key, size_t len)
{
	return m->capacity ? find(m, key, len)->value : NULL;
}

void *strmap_get(const struct strmap *m, const char *key)
{
	return strmap_get_len(m, key, strlen(key));
}

void strmap_set_len(struct strmap *m, const char *key, size_t len, void *value)
{
	struct strmap_entry *e;

	if (m->count >= m->capacity / 4 * 3)
		grow(m);
	e = find(m, key, len);
	if (!e->key) {
		e->key = xmalloc(len + 1);
		memcpy(e->key, key, len);
		e->key[len] = '\0';
		e->len = len;
		m->count++;
	}
	e->value = value;
}

void strmap_set(struct strmap *m, const char *key, void *value)
{
	strmap_set_len(m, key, strlen(key), value);
}

const struct strmap_entry *strmap_next(const struct strmap *m, size_t *cursor)
{
	while (*cursor < m->capacity) {
		const struct strmap_entry *e = &m->entries[(*cursor)++];

		if (e->key)
			return e;
	}
	return NULL;
}
