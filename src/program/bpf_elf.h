/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a BPF ELF relocatable that loading needs: sections, symbols, relocations. Everything
 * is bounds-checked against the file once, here; what comes out can be used without further checks.
 */
#ifndef BITTERN_PROGRAM_BPF_ELF_H
#define BITTERN_PROGRAM_BPF_ELF_H

#include "util/arena.h"

struct bpf_elf_reloc {
	uint64_t offset; /* bytes into the section; within it, a multiple of 8 in code */
	uint32_t type;   /* R_BPF_* */
	uint32_t symbol; /* into symbols */
};

struct bpf_elf_section {
	const char *name;     /* borrowed from the file, as are bytes */
	const uint8_t *bytes; /* NULL for sections without contents */
	size_t size;
	bool is_code; /* size is a multiple of 8 */
	struct bpf_elf_reloc *relocs;
	size_t reloc_count;
};

struct bpf_elf_symbol {
	const char *name;
	uint32_t section; /* into sections; 0: undefined */
	uint64_t value, size;
	bool is_function; /* value and size lie within a code section, multiples of 8 */
	bool is_section;  /* stands for its section */
};

struct bpf_elf {
	struct bpf_elf_section *sections;
	size_t section_count;
	struct bpf_elf_symbol *symbols;
	size_t symbol_count;
};

/* Arrays in arena memory. 0, or -EINVAL with a phrase about what is wrong (static). */
int bpf_elf_parse(struct arena *a, const void *bytes, size_t size, struct bpf_elf *out,
		  const char **why);
/* Section by name, or NULL. */
const struct bpf_elf_section *bpf_elf_section(const struct bpf_elf *elf, const char *name);

#endif
