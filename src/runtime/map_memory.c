/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Estimates from the kernel's own arithmetic (kernel/bpf/hashtab.c, arraymap.c, ringbuf.c): what
 * bpf_map_memory_usage would tell afterwards. Per-CPU values count for each possible CPU.
 */
#include "runtime/map_memory.h"

#include <linux/bpf.h>
#include <unistd.h>
#include "runtime/loader.h"
#include "runtime/packets.h"

#define HASH_ELEMENT_HEAD 48 /* sizeof(struct htab_elem) */
#define HASH_BUCKET_SIZE  16 /* sizeof(struct bucket) */
#define RING_HEAD_PAGES	  3  /* struct bpf_ringbuf, consumer and producer position: a page each */

static uint64_t next_power(uint64_t n)
{
	uint64_t power = 1;

	while (power < n)
		power *= 2;
	return power;
}

static uint64_t hash_bytes(const struct program_map *m, uint32_t cpu_count)
{
	uint64_t value = ROUND_UP((uint64_t)m->value_size, 8u);
	uint64_t element = HASH_ELEMENT_HEAD + ROUND_UP(m->key_size, 8u) +
			   (m->is_per_cpu ? sizeof(void *) + value * cpu_count : value);

	return next_power(m->max_entries) * HASH_BUCKET_SIZE + element * m->max_entries;
}

static uint64_t array_bytes(const struct program_map *m, uint32_t cpu_count)
{
	uint64_t value = ROUND_UP((uint64_t)m->value_size, 8u);
	uint32_t entries = m->max_entries ? m->max_entries : cpu_count;

	return entries * (m->is_per_cpu ? sizeof(void *) + value * cpu_count : value);
}

static uint64_t ring_bytes(size_t size)
{
	return size + RING_HEAD_PAGES * (uint64_t)sysconf(_SC_PAGESIZE);
}

struct map_memory map_memory(const struct program *p, uint32_t map, uint32_t cpu_count,
			     size_t ring_size)
{
	const struct program_map *m = &p->maps.items[map];

	switch ((enum program_map_role)m->role) {
	case MAP_ROLE_RINGS:
		if (!p->data_record_max)
			return (struct map_memory){ 0, false };
		return (struct map_memory){ cpu_count * ring_bytes(ring_size), false };
	case MAP_ROLE_CONTROL:
		return (struct map_memory){ ring_bytes(LOADER_CONTROL_RING_SIZE), false };
	case MAP_ROLE_PACKETS:
		return (struct map_memory){ (uint64_t)cpu_count * PACKET_RING_SIZE, false };
	case MAP_ROLE_USER:
	case MAP_ROLE_GLOBALS:
	case MAP_ROLE_SCRATCH:
		break;
	}
	if (m->bpf_type == BPF_MAP_TYPE_HASH || m->bpf_type == BPF_MAP_TYPE_PERCPU_HASH ||
	    m->bpf_type == BPF_MAP_TYPE_LRU_HASH || m->bpf_type == BPF_MAP_TYPE_LRU_PERCPU_HASH)
		return (struct map_memory){ hash_bytes(m, cpu_count),
					    !loader_is_preallocated(m, cpu_count) };
	return (struct map_memory){ array_bytes(m, cpu_count), false };
}
