/* SPDX-License-Identifier: Apache-2.0 */
/* Making and ending a struct host; what it knows is filled in by the other files on demand. */
#include "host/host_private.h"

struct host *host_create(void)
{
	struct host *h = xcalloc(1, sizeof(*h));

	arena_init(&h->arena);
	h->traceable.fd = -1;
	return h;
}

void host_destroy(struct host *h)
{
	if (!h)
		return;
	btf_close(&h->btf);
	for (size_t i = 0; i < h->modules.count; i++)
		btf_close(h->modules.items[i]);
	vec_free(&h->modules);
	traceable_free(&h->traceable);
	strmap_free(&h->blacklist);
	strmap_free(&h->formats);
	strmap_free(&h->functions);
	vec_free(&h->hierarchies);
	vec_free(&h->categories);
	vec_free(&h->online);
	arena_free(&h->arena);
	free(h);
}
