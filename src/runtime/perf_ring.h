/* SPDX-License-Identifier: Apache-2.0 */
/* The ring of a perf event, as user space reads it (struct perf_event_mmap_page). */
#ifndef BITTERN_RUNTIME_PERF_RING_H
#define BITTERN_RUNTIME_PERF_RING_H

#include <linux/perf_event.h>
#include "util/strbuf.h"

struct perf_ring {
	int fd;	      /* owned */
	void *pages;  /* struct perf_event_mmap_page, then the data */
	size_t size;  /* bytes of data, a power of two */
	struct strbuf record; /* one that lies around the end */
};

/* Opens an event of all processes on a CPU and maps its ring. 0, -ENODEV: the CPU is offline, or
 * -errno; r is closed then. */
int perf_ring_open(struct perf_ring *r, struct perf_event_attr *attr, int cpu, size_t size);
/* Calls fn with each record until it returns false. What it gets is valid until it returns. Returns the
 * number of records. */
size_t perf_ring_drain(struct perf_ring *r,
		       bool (*fn)(void *context, const struct perf_event_header *record),
		       void *context);
void perf_ring_close(struct perf_ring *r);

#endif
