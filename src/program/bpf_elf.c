/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See bpf_elf.h. Headers are copied out with memcpy: a file in memory promises no alignment, and a
 * damaged one no sense at all.
 */
#include "program/bpf_elf.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#ifndef EM_BPF
#define EM_BPF 247
#endif

struct file {
	const uint8_t *bytes;
	size_t size;
	struct arena *arena;
	Elf64_Ehdr header;
	Elf64_Shdr *headers;
};

static bool is_within(const struct file *f, uint64_t offset, uint64_t size)
{
	return offset <= f->size && size <= f->size - offset;
}

/* A NUL-terminated name out of a string section, or NULL. */
static const char *name_at(const struct file *f, const Elf64_Shdr *strings, uint32_t offset)
{
	if (strings->sh_type != SHT_STRTAB || offset >= strings->sh_size)
		return NULL;
	const char *name = (const char *)f->bytes + strings->sh_offset + offset;
	return memchr(name, 0, strings->sh_size - offset) ? name : NULL;
}

static const char *read_header(struct file *f)
{
	if (f->size < sizeof(f->header))
		return "it is shorter than an ELF header";
	memcpy(&f->header, f->bytes, sizeof(f->header));
	if (memcmp(f->header.e_ident, ELFMAG, SELFMAG) || f->header.e_ident[EI_CLASS] != ELFCLASS64)
		return "it is no 64-bit ELF file";
	if (f->header.e_machine != EM_BPF || f->header.e_type != ET_REL)
		return "it is no relocatable BPF object";
	if (f->header.e_shentsize != sizeof(Elf64_Shdr) || !f->header.e_shnum ||
	    !is_within(f, f->header.e_shoff, (uint64_t)f->header.e_shnum * sizeof(Elf64_Shdr)))
		return "its section headers lie outside the file";
	if (f->header.e_shstrndx >= f->header.e_shnum)
		return "its section names are missing";
	f->headers = arena_memdup(f->arena, f->bytes + f->header.e_shoff,
				  f->header.e_shnum * sizeof(Elf64_Shdr));
	return NULL;
}

static const char *read_sections(const struct file *f, struct bpf_elf *out)
{
	out->section_count = f->header.e_shnum;
	out->sections = ARENA_ARRAY(f->arena, struct bpf_elf_section, out->section_count);
	for (size_t i = 0; i < out->section_count; i++)
		if (f->headers[i].sh_type != SHT_NOBITS && f->headers[i].sh_type != SHT_NULL &&
		    !is_within(f, f->headers[i].sh_offset, f->headers[i].sh_size))
			return "a section lies outside the file";
	for (size_t i = 0; i < out->section_count; i++) {
		const Elf64_Shdr *h = &f->headers[i];
		struct bpf_elf_section *s = &out->sections[i];

		s->name = i ? name_at(f, &f->headers[f->header.e_shstrndx], h->sh_name) : "";
		if (!s->name)
			return "a section has no valid name";
		if (h->sh_type == SHT_NOBITS || h->sh_type == SHT_NULL)
			continue;
		s->bytes = f->bytes + h->sh_offset;
		s->size = h->sh_size;
		s->is_code = h->sh_type == SHT_PROGBITS && h->sh_flags & SHF_EXECINSTR;
		if (s->is_code && s->size % 8)
			return "a code section is no whole number of instructions";
	}
	return NULL;
}

static const char *read_symbol(const struct file *f, const struct bpf_elf *elf,
			       const Elf64_Shdr *table, const Elf64_Sym *raw,
			       struct bpf_elf_symbol *out)
{
	bool is_here = raw->st_shndx != SHN_UNDEF && raw->st_shndx < elf->section_count;

	out->name = name_at(f, &f->headers[table->sh_link], raw->st_name);
	if (!out->name)
		return "a symbol has no valid name";
	out->section = is_here ? raw->st_shndx : 0;
	out->value = raw->st_value;
	out->size = raw->st_size;
	out->is_section = ELF64_ST_TYPE(raw->st_info) == STT_SECTION;
	if (ELF64_ST_TYPE(raw->st_info) != STT_FUNC || !is_here)
		return NULL;
	const struct bpf_elf_section *s = &elf->sections[out->section];
	if (!s->is_code || out->value > s->size || out->size > s->size - out->value ||
	    out->value % 8 || out->size % 8 || !out->size)
		return "a function lies outside its section";
	out->is_function = true;
	return NULL;
}

static const char *read_symbols(const struct file *f, struct bpf_elf *out)
{
	const Elf64_Shdr *table = NULL;

	for (size_t i = 0; i < out->section_count; i++)
		if (f->headers[i].sh_type == SHT_SYMTAB)
			table = &f->headers[i];
	if (!table || table->sh_entsize != sizeof(Elf64_Sym) ||
	    table->sh_link >= out->section_count)
		return "it has no symbol table";
	out->symbol_count = table->sh_size / sizeof(Elf64_Sym);
	out->symbols = ARENA_ARRAY(f->arena, struct bpf_elf_symbol, out->symbol_count);
	for (size_t i = 0; i < out->symbol_count; i++) {
		Elf64_Sym raw;
		const char *why;

		memcpy(&raw, f->bytes + table->sh_offset + i * sizeof(raw), sizeof(raw));
		why = read_symbol(f, out, table, &raw, &out->symbols[i]);
		if (why)
			return why;
	}
	return NULL;
}

static const char *read_relocs(const struct file *f, const Elf64_Shdr *h, struct bpf_elf *out)
{
	struct bpf_elf_section *target;
	size_t count = h->sh_size / sizeof(Elf64_Rel);

	if (h->sh_entsize != sizeof(Elf64_Rel) || h->sh_info >= out->section_count)
		return "a relocation section is malformed";
	target = &out->sections[h->sh_info];
	target->relocs = ARENA_ARRAY(f->arena, struct bpf_elf_reloc, count);
	for (size_t i = 0; i < count; i++) {
		struct bpf_elf_reloc *r = &target->relocs[i];
		Elf64_Rel raw;

		memcpy(&raw, f->bytes + h->sh_offset + i * sizeof(raw), sizeof(raw));
		*r = (struct bpf_elf_reloc){ .offset = raw.r_offset,
					     .type = (uint32_t)ELF64_R_TYPE(raw.r_info),
					     .symbol = (uint32_t)ELF64_R_SYM(raw.r_info) };
		if (r->symbol >= out->symbol_count)
			return "a relocation names a symbol that does not exist";
		if (r->offset >= target->size || (target->is_code && r->offset % 8))
			return "a relocation lies outside its section";
	}
	target->reloc_count = count;
	return NULL;
}

int bpf_elf_parse(struct arena *a, const void *bytes, size_t size, struct bpf_elf *out,
		  const char **why)
{
	struct file f = { .bytes = bytes, .size = size, .arena = a };

	*out = (struct bpf_elf){ 0 };
	*why = read_header(&f);
	if (!*why)
		*why = read_sections(&f, out);
	if (!*why)
		*why = read_symbols(&f, out);
	for (size_t i = 0; !*why && i < out->section_count; i++)
		if (f.headers[i].sh_type == SHT_REL)
			*why = read_relocs(&f, &f.headers[i], out);
	return *why ? -EINVAL : 0;
}

const struct bpf_elf_section *bpf_elf_section(const struct bpf_elf *elf, const char *name)
{
	for (size_t i = 0; i < elf->section_count; i++)
		if (!strcmp(elf->sections[i].name, name) && elf->sections[i].bytes)
			return &elf->sections[i];
	return NULL;
}
