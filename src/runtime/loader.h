/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings a compiled program into the kernel: maps from the plan, programs from the object.
 * Directly, through bpf(2): libbpf's object loader would read all of the kernel's BTF (7 ms, 11
 * MB).
 */
#ifndef BITTERN_RUNTIME_LOADER_H
#define BITTERN_RUNTIME_LOADER_H

#include "host/host.h"
#include "program/recompiler.h"
#include "runtime/report.h"
#include "runtime/ring.h"
#include "runtime/ring_array.h"

#define LOADER_CONTROL_RING_SIZE (256 * 1024) /* bytes */

/* A program loaded from a function of the object beside the first one. */
struct loader_extra {
	uint32_t function;
	int fd; /* owned */
};

struct loader {
	const struct program *program; /* borrowed, as are the next four */
	struct host *host;
	const struct reporter *reporter;
	const struct recompiler *recompiler; /* or NULL */
	const void *object_bytes;
	struct arena arena;           /* of the parsed object and all arrays below */
	int *map_fds;                 /* of each map; -1: not created */
	int *function_fds;            /* of each function; -1: not loaded */
	bool *is_session;             /* of each function: it is part of a session's program */
	struct ring_array data_rings; /* none if the program has no data records */
	uint32_t cpu_count;
	size_t ring_size, control_size; /* bytes; 0: none */
	int btf_fd;
	struct loader_extras VEC_OF(struct loader_extra) extras;
	const struct program_probe **first_probes; /* of each function; NULL: it has none */
	int *held; /* of each probe: the link of a substitute, not yet taken; -1 */
	uint32_t *loaded_for; /* of each function that has a target: the probe its fd is for */
	struct bpf_elf *elf;
	struct bpf_elf *objects; /* imported: those of the program, parsed */
	struct bpf_link_map *link_maps;
	unsigned int relief;	    /* bits PROGRAM_RELIEF_*: was done, or cannot be */
	unsigned int relief_wanted; /* what may help instead; see loader_init() */
};

/* Creates the maps and loads all functions. 0, or -errno; then the failure has been reported and
 * the loader must still be destroyed. -EAGAIN: nothing was reported, the program may be taken if it is
 * made with relief_wanted, which is not in `relief`, too. */
int loader_init(struct loader *l, const struct program *p, const struct bpf_object_bytes *object,
		struct host *host, const struct reporter *reporter,
		const struct recompiler *recompiler, unsigned int relief);
void loader_free(struct loader *l);

/* Function i as another program type: for struct attach_context. The loader owns the new fd. */
int loader_reload(void *loader, uint32_t function, uint32_t bpf_prog_type);
/* The program of a probe, which is loaded now if it belongs to a target of its own: for struct
 * attach_context. The loader owns the fd. -errno: why has a phrase. */
int loader_load_for(void *loader, uint32_t probe, char *why, size_t why_size);
/* The link of a probe that is attached already, the caller's from now on; -1: it is not. */
int loader_take_link(void *loader, uint32_t probe);
/* How often the kernel skipped programs of a function because they were running already. */
uint64_t loader_recursion_misses(const struct loader *l, uint32_t function);
/* Maps all data rings and the control ring. */
int loader_open_rings(const struct loader *l, struct rings *out);
/* Bytes of one data ring: perf_rb_pages pages in total (0: by available memory, spec cli-config.md
 * §5), at least room for some of the largest records. */
size_t loader_ring_size(uint32_t perf_rb_pages, uint32_t cpu_count, uint64_t available_kb,
			size_t record_max, size_t page_size);

/* The same of a program on this machine; 0: it has no data records. */
size_t loader_choose_ring_size(const struct program *p, struct host *host);
/* A hash whose elements are made with it, not as keys come. */
bool loader_is_preallocated(const struct program_map *m, uint32_t cpu_count);

#endif
