/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The data rings: one ring buffer per possible CPU, in an array of maps by CPU number.
 *
 * After an update of such an array the kernel lets a grace period pass (12–16 ms) before the call
 * returns, although programs see the new element at once. So a forked process fills the array, in
 * one call where the kernel can, and nobody waits for that call to return: a thread would hold up
 * the end of a short run.
 */
#ifndef BITTERN_RUNTIME_RING_ARRAY_H
#define BITTERN_RUNTIME_RING_ARRAY_H

#include <sys/types.h>
#include "util/arena.h"

struct ring_array {
	int *ring_fds;  /* owned; of each CPU */
	uint32_t *cpus; /* keys */
	uint32_t count; /* rings created */
	int array_fd;   /* borrowed from whoever got it from ring_array_create() */
	pid_t filler;   /* 0: none, or reaped */
};

/* Creates rings of ring_size bytes and their array and begins to fill it. The array's fd, which is
 * the caller's; or -errno. */
int ring_array_create(struct ring_array *r, struct arena *a, const char *name, uint32_t cpu_count,
		      size_t ring_size);
/* Waits until programs see all rings: a moment. 0 or -errno. */
int ring_array_ready(struct ring_array *r);
/* Closes the rings. */
void ring_array_free(struct ring_array *r);

#endif
