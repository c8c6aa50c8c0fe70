/* SPDX-License-Identifier: Apache-2.0 */
/* How much of the kernel's memory the maps of a program take; nothing is created. */
#ifndef BITTERN_RUNTIME_MAP_MEMORY_H
#define BITTERN_RUNTIME_MAP_MEMORY_H

#include "host/host.h"
#include "program/program.h"

struct map_memory {
	uint64_t bytes;	 /* of a map that grows: when it is full */
	bool grows;	 /* elements are allocated as keys come */
};

/* Of map i; ring_size as loader_choose_ring_size() gives it. */
struct map_memory map_memory(const struct program *p, uint32_t map, uint32_t cpu_count,
			     size_t ring_size);

#endif
