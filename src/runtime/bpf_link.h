/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From sections of a BPF object to one instruction array per program: the main function, behind it
 * the subprograms and callbacks it uses, calls and map references resolved, and the BTF records
 * about functions and lines moved to where the instructions went.
 */
#ifndef BITTERN_RUNTIME_BPF_LINK_H
#define BITTERN_RUNTIME_BPF_LINK_H

#include <linux/bpf.h>
#include "program/program.h"
#include "program/bpf_elf.h"

/* What a relocation against "map_<i>" becomes. */
struct bpf_link_map {
	int fd;
	bool is_value; /* the address of the map's value, not the map */
};

/* What the object names but does not have: functions ("bpf_strnlen") and variables of the kernel, for
 * which find() fills in their ids in the kernel's BTF (0 or -ENOENT); and functions of imported objects,
 * in whose place it has stand-ins called object_<i>_<name>. */
struct bpf_link_kernel {
	int (*find)(void *context, const char *name, bool is_function, uint32_t *btf_id);
	void *context;
	const struct bpf_elf *objects;
	size_t object_count;
};

struct bpf_link_infos {
	uint8_t *records; /* arena; the first 4 bytes of each are an instruction index */
	uint32_t count, size;
};

struct bpf_linked {
	struct bpf_insn *insns; /* arena */
	uint32_t insn_count;
	struct bpf_link_infos functions, lines; /* count 0: none */
};

/* Links the function that section and symbol call `name`. Arena memory. 0, or -EINVAL with a phrase
 * about what is wrong. */
int bpf_link(struct arena *a, const struct bpf_elf *elf, const char *name,
	     const struct bpf_link_map *maps, size_t map_count,
	     const struct bpf_link_kernel *kernel, struct bpf_linked *out, const char **why);

#endif
