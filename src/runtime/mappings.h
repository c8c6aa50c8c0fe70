/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What processes had mapped as code, kept beyond their end: a stack may be printed long after its process
 * is gone.
 */
#ifndef BITTERN_RUNTIME_MAPPINGS_H
#define BITTERN_RUNTIME_MAPPINGS_H

#include <sys/types.h>
#include "host/host.h"
#include "runtime/event_loop.h"
#include "runtime/perf_ring.h"

#define MAPPED_BUILD_ID_SIZE 20

struct mapped_file {
	char *path;
	uint64_t inode; /* 0: unknown */
	uint8_t build_id[MAPPED_BUILD_ID_SIZE];
	uint8_t build_id_size; /* 0: unknown */
};

struct mapping {
	uint64_t start, end, offset; /* addresses; offset in the file */
	uint32_t file;		     /* for mappings_file() */
};

struct mappings;

/* Begins to listen to what processes map, on all CPUs. 0, or -errno with *out = NULL. */
int mappings_create(struct mappings **out, struct host *host, struct event_loop *loop);
void mappings_destroy(struct mappings *m);
/* Reads what the processes that are there have mapped by now; pid > 0: only that one. */
void mappings_scan(struct mappings *m, pid_t pid);
/* Takes in what has been heard. */
void mappings_drain(struct mappings *m);
/* Of a process, running or ended: NULL if nothing is known of it. Borrowed until the next call of the two
 * above. */
const struct mapping *mappings_of(const struct mappings *m, pid_t pid, size_t *count);
const struct mapped_file *mappings_file(const struct mappings *m, uint32_t file);
/* Reports of the kernel that did not fit into its buffers. */
uint64_t mappings_lost(const struct mappings *m);

/* For tests, and used by the above: what the reports say. */
struct mappings *mappings_create_empty(void);
void mappings_add(struct mappings *m, pid_t pid, const struct mapping *at,
		  const struct mapped_file *file);
void mappings_fork(struct mappings *m, pid_t pid, pid_t parent);
void mappings_exec(struct mappings *m, pid_t pid);
void mappings_exit(struct mappings *m, pid_t pid);
/* One record of the kernel: PERF_RECORD_MMAP2, COMM, FORK, EXIT or LOST, with a time of 8 bytes at its end.
 * What does not fit its own size is ignored. */
void mappings_take(struct mappings *m, const struct perf_event_header *record);

#endif
