/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `-d bpf` shows: the object's programs, instruction by instruction, as LLVM spells them, with
 * the symbol behind every relocation.
 */
#include <elf.h>
#include <inttypes.h>
#include <llvm-c/Disassembler.h>
#include <llvm-c/Target.h>
#include <string.h>
#include "codegen/function.h"

struct object {
	const uint8_t *bytes;
	const Elf64_Ehdr *header;
	const Elf64_Shdr *sections;
};

static const char *section_name(const struct object *o, const Elf64_Shdr *s)
{
	const Elf64_Shdr *names = &o->sections[o->header->e_shstrndx];

	return (const char *)o->bytes + names->sh_offset + s->sh_name;
}

/* The symbol that the relocation at `offset` of section `index` refers to, or NULL. */
static const char *symbol_at(const struct object *o, uint32_t index, uint64_t offset)
{
	for (uint32_t i = 0; i < o->header->e_shnum; i++) {
		const Elf64_Shdr *s = &o->sections[i];
		if (s->sh_type != SHT_REL || s->sh_info != index)
			continue;
		const Elf64_Rel *relocations = (const void *)(o->bytes + s->sh_offset);
		const Elf64_Shdr *symbols = &o->sections[s->sh_link];
		const Elf64_Shdr *names = &o->sections[symbols->sh_link];
		for (uint64_t j = 0; j < s->sh_size / sizeof(*relocations); j++) {
			if (relocations[j].r_offset != offset)
				continue;
			const Elf64_Sym *symbol = (const void *)(o->bytes + symbols->sh_offset);
			symbol += ELF64_R_SYM(relocations[j].r_info);
			const char *name = (const char *)o->bytes + names->sh_offset;
			name += symbol->st_name;
			return *name ? name : section_name(o, &o->sections[symbol->st_shndx]);
		}
	}
	return NULL;
}

static void print_section(FILE *f, const struct object *o, uint32_t index, LLVMDisasmContextRef d)
{
	const Elf64_Shdr *s = &o->sections[index];
	uint8_t *code = (uint8_t *)o->bytes + s->sh_offset;
	char text[128];

	fprintf(f, "%s:\n", section_name(o, s));
	for (uint64_t at = 0; at < s->sh_size;) {
		size_t size = LLVMDisasmInstruction(d, code + at, s->sh_size - at, at, text,
						    sizeof(text));
		const char *symbol = symbol_at(o, index, at);
		fprintf(f, "%8" PRIu64 ":%s%s%s\n", at / 8, size ? text : "\t?",
			symbol ? "\t; " : "", symbol ? symbol : "");
		at += size ? size : 8;
	}
	fprintf(f, "\n");
}

void disassembly_print(FILE *f, const struct bpf_object_bytes *object)
{
	struct object o = { .bytes = object->bytes, .header = object->bytes };

	o.sections = (const void *)(o.bytes + o.header->e_shoff);
	LLVMInitializeBPFDisassembler();
	LLVMDisasmContextRef d = LLVMCreateDisasmCPU("bpf", "v3", NULL, 0, NULL, NULL);
	if (!d)
		return;
	for (uint32_t i = 0; i < o.header->e_shnum; i++)
		if (o.sections[i].sh_flags & SHF_EXECINSTR && o.sections[i].sh_size)
			print_section(f, &o, i, d);
	LLVMDisasmDispose(d);
}
