/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by mappings.c (the table) and mappings_source.c (where it comes from). */
#ifndef BITTERN_RUNTIME_MAPPINGS_PRIVATE_H
#define BITTERN_RUNTIME_MAPPINGS_PRIVATE_H

#include "runtime/mappings.h"

#define MAPPINGS_BUCKETS 4096

struct mapped_process {
	struct mapped_process *next; /* of the same bucket */
	pid_t pid;
	bool has_ended;
	struct process_mappings VEC_OF(struct mapping) mappings;
};

/* A record that waits for its turn. */
struct waiting_record {
	uint64_t time_ns;
	size_t at; /* in batch */
};

struct mappings {
	struct mapped_process *buckets[MAPPINGS_BUCKETS]; /* owned */
	struct mapped_files VEC_OF(struct mapped_file) files; /* paths owned */
	pid_t *ended; /* the last that ended, a ring */
	uint64_t ended_count;

	struct perf_ring *rings; /* owned; one for each online CPU */
	size_t ring_count;
	struct strbuf batch; /* records of all CPUs, each 8-aligned */
	struct waiting_records VEC_OF(struct waiting_record) waiting;
	uint64_t lost;
};

/* Frees all but the rings. */
void mappings_free_table(struct mappings *m);

#endif
