/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The object reader and linker on a small hand-made ELF file, on every truncation of it and on
 * thousands of damaged ones: errors, never a crash. Also ring sizes.
 */
#include <elf.h>
#include <errno.h>
#include <linux/bpf.h>
#include "runtime/bpf_link.h"
#include "runtime/loader.h"
#include "unit/harness.h"

/* Sections: 1 .text (sub: exit), 2 s_0 (probe_0), 3 .rel of 2, 4 .symtab, 5 .strtab. */
#define NAMES "\0.text\0s_0\0.rels_0\0.symtab\0.strtab\0probe_0\0sub\0map_0\0map_1\0kernel_v\0bpf_f"
enum {
	NAME_TEXT = 1,
	NAME_S0 = 7,
	NAME_REL = 11,
	NAME_SYMTAB = 19,
	NAME_STRTAB = 27,
	NAME_PROBE = 35,
	NAME_SUB = 43,
	NAME_MAP0 = 47,
	NAME_MAP1 = 53,
	NAME_VARIABLE = 59,
	NAME_KFUNC = 68
};

struct image {
	Elf64_Ehdr header;
	Elf64_Shdr sections[6];
	struct bpf_insn text[1], probe[9];
	Elf64_Rel relocs[4];
	Elf64_Sym symbols[6];
	char names[sizeof(NAMES)];
};

static Elf64_Shdr section(uint32_t name, uint32_t type, uint64_t flags, size_t offset, size_t size,
			  size_t entry)
{
	return (Elf64_Shdr){.sh_name = name,
			    .sh_type = type,
			    .sh_flags = flags,
			    .sh_offset = offset,
			    .sh_size = size,
			    .sh_entsize = entry};
}

#define AT(member) offsetof(struct image, member), sizeof(((struct image *)0)->member)
#define LOAD       (BPF_LD | BPF_IMM | BPF_DW)
#define CALL       (BPF_JMP | BPF_CALL)
#define EXIT       (BPF_JMP | BPF_EXIT)
#define FUNCTION   ELF64_ST_INFO(STB_GLOBAL, STT_FUNC)
#define EXTERN     ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE)

static struct image make_image(void)
{
	struct image i = {
		.header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB},
			   .e_type = ET_REL,
			   .e_machine = 247,
			   .e_shentsize = sizeof(Elf64_Shdr),
			   .e_shnum = 6,
			   .e_shstrndx = 5,
			   .e_shoff = offsetof(struct image, sections)},
		.text = {{.code = EXIT}},
		.probe = {{.code = LOAD},
			  {0}, /* map_0 */
			  {.code = LOAD, .imm = 24},
			  {0}, /* map_1 + 24 */
			  {.code = LOAD, .imm = 0},
			  {0}, /* address of sub */
			  {.code = CALL, .src_reg = BPF_PSEUDO_CALL, .imm = -1},
			  {.code = CALL, .imm = 5}, /* a helper */
			  {.code = EXIT}},
		.relocs = {{0, ELF64_R_INFO(4, 1)},
			   {16, ELF64_R_INFO(5, 1)},
			   {32, ELF64_R_INFO(1, 1)},
			   {48, ELF64_R_INFO(2, 10)}},
		.symbols = {[1] = {.st_info = ELF64_ST_INFO(STB_LOCAL, STT_SECTION), .st_shndx = 1},
			    [2] = {NAME_SUB, FUNCTION, 0, 1, 0, 8},
			    [3] = {NAME_PROBE, FUNCTION, 0, 2, 0, 72},
			    [4] = {NAME_MAP0, EXTERN, 0, 0, 0, 0},
			    [5] = {NAME_MAP1, EXTERN, 0, 0, 0, 0}},
		.names = NAMES,
	};

	i.sections[1] = section(NAME_TEXT, SHT_PROGBITS, SHF_EXECINSTR, AT(text), 0);
	i.sections[2] = section(NAME_S0, SHT_PROGBITS, SHF_EXECINSTR, AT(probe), 0);
	i.sections[3] = section(NAME_REL, SHT_REL, 0, AT(relocs), sizeof(Elf64_Rel));
	i.sections[3].sh_info = 2;
	i.sections[4] = section(NAME_SYMTAB, SHT_SYMTAB, 0, AT(symbols), sizeof(Elf64_Sym));
	i.sections[4].sh_link = 5;
	i.sections[5] = section(NAME_STRTAB, SHT_STRTAB, 0, AT(names), 0);
	return i;
}

/* Parses and links; NULL or what is wrong. */
static int find_kernel(void *context, const char *name, bool is_function, uint32_t *btf_id)
{
	*btf_id = is_function ? 1234 : 567;
	return strcmp(name, is_function ? "bpf_f" : "v") || context ? -ENOENT : 0;
}

static const char *try_link(struct arena *a, const void *bytes, size_t size, const char *name,
			    struct bpf_linked *out)
{
	static const struct bpf_link_kernel kernel = { .find = find_kernel };
	static const struct bpf_link_map maps[] = {{7, false}, {8, true}};
	const char *why = NULL;
	struct bpf_elf elf;

	if (!bpf_elf_parse(a, bytes, size, &elf, &why))
		bpf_link(a, &elf, name, maps, ARRAY_SIZE(maps), &kernel, out, &why);
	return why;
}

TEST(loader_links)
{
	struct image image = make_image();
	struct bpf_linked l = {0};
	struct arena a;

	arena_init(&a);
	CHECK_EQ_STR(try_link(&a, &image, sizeof(image), "probe_0", &l), NULL);
	CHECK_EQ(l.insn_count, 10);
	CHECK_EQ(l.insns[0].src_reg, BPF_PSEUDO_MAP_FD);
	CHECK_EQ(l.insns[0].imm, 7);
	CHECK_EQ(l.insns[2].src_reg, BPF_PSEUDO_MAP_VALUE);
	CHECK_EQ(l.insns[2].imm, 8);
	CHECK_EQ(l.insns[3].imm, 24);
	CHECK_EQ(l.insns[4].src_reg, BPF_PSEUDO_FUNC);
	CHECK_EQ(l.insns[4].imm, 9 - 4 - 1);
	CHECK_EQ(l.insns[6].imm, 9 - 6 - 1);
	CHECK_EQ(l.insns[7].imm, 5);
	CHECK_EQ(l.insns[9].code, EXIT);
	CHECK_EQ(l.functions.count, 0);
	CHECK_EQ_STR(try_link(&a, &image, sizeof(image), "probe_1", &l),
		     "the object has no function of that name");
	arena_free(&a);
}

TEST(loader_links_the_kernel)
{
	struct image image = make_image();
	struct bpf_linked l = {0};
	struct arena a;

	image.symbols[4].st_name = NAME_KFUNC;
	image.symbols[5].st_name = NAME_VARIABLE;
	image.relocs[0].r_info = ELF64_R_INFO(5, 1);
	image.relocs[3].r_info = ELF64_R_INFO(4, 10);
	arena_init(&a);
	CHECK_EQ_STR(try_link(&a, &image, sizeof(image), "probe_0", &l), NULL);
	CHECK_EQ(l.insns[0].src_reg, BPF_PSEUDO_BTF_ID);
	CHECK_EQ(l.insns[0].imm, 567);
	CHECK_EQ(l.insns[1].imm, 0);
	CHECK_EQ(l.insns[6].src_reg, BPF_PSEUDO_KFUNC_CALL);
	CHECK_EQ(l.insns[6].imm, 1234);
	image.names[NAME_KFUNC] = 'x';
	CHECK_EQ_STR(try_link(&a, &image, sizeof(image), "probe_0", &l),
		     "the kernel's BTF has no function xpf_f");
	arena_free(&a);
}

static const char *try_damaged(const struct image *image)
{
	static char text[128];
	struct bpf_linked l;
	struct arena a;

	arena_init(&a);
	const char *why = try_link(&a, image, sizeof(*image), "probe_0", &l);
	snprintf(text, sizeof(text), "%s", why ? why : "nothing");
	arena_free(&a);
	return text;
}

TEST(loader_says_what_is_wrong)
{
	struct image i = make_image();

	i.header.e_machine = 62;
	CHECK_EQ_STR(try_damaged(&i), "it is no relocatable BPF object");
	i = make_image();
	i.header.e_shoff = UINT64_MAX - 8;
	CHECK_EQ_STR(try_damaged(&i), "its section headers lie outside the file");
	i = make_image();
	i.sections[2].sh_offset = UINT64_MAX;
	CHECK_EQ_STR(try_damaged(&i), "a section lies outside the file");
	i = make_image();
	i.symbols[3].st_size = 80;
	CHECK_EQ_STR(try_damaged(&i), "a function lies outside its section");
	i = make_image();
	i.relocs[1].r_offset = 72;
	CHECK_EQ_STR(try_damaged(&i), "a relocation lies outside its section");
	i = make_image();
	i.relocs[1].r_info = ELF64_R_INFO(6, 1);
	CHECK_EQ_STR(try_damaged(&i), "a relocation names a symbol that does not exist");
	i = make_image();
	i.relocs[1].r_info = ELF64_R_INFO(5, 3);
	CHECK_EQ_STR(try_damaged(&i), "it has a relocation of an unknown kind");
	i = make_image();
	i.names[NAME_MAP1 + 4] = '2';
	CHECK_EQ_STR(try_damaged(&i), "it uses a map that is not in the program");
	i = make_image();
	i.probe[6].imm = 77;
	CHECK_EQ_STR(try_damaged(&i), "a call leads to no function");
	i = make_image();
	i.probe[4].imm = 4;
	CHECK_EQ_STR(try_damaged(&i), "a callback leads to no function");
	i = make_image();
	i.symbols[2].st_shndx = 0;
	i.relocs[2].r_info = ELF64_R_INFO(4, 1);
	CHECK_EQ_STR(try_damaged(&i), "the kernel's BTF has no function sub");
}

TEST(loader_survives_truncation_and_damage)
{
	struct image image = make_image();
	uint64_t random = 88172645463325252u;

	for (size_t size = 0; size < offsetof(struct image, names) + sizeof(NAMES); size++) {
		struct bpf_linked l;
		struct arena a;
		auto_free uint8_t *copy = xmalloc(size + !size); /* exact, for the sanitizer */

		memcpy(copy, &image, size);
		arena_init(&a);
		CHECK(try_link(&a, copy, size, "probe_0", &l));
		arena_free(&a);
	}
	for (int round = 0; round < 20000; round++) {
		struct image damaged = image;

		for (int n = 0; n < 2; n++) {
			random ^= random << 13, random ^= random >> 7, random ^= random << 17;
			((uint8_t *)&damaged)[random % sizeof(damaged)] = (uint8_t)(random >> 32);
		}
		try_damaged(&damaged);
	}
	count_check(true); /* got here */
}

TEST(loader_ring_sizes)
{
	size_t kb = 1024, mb = 1024 * kb;

	CHECK_EQ(loader_ring_size(0, 2, 8000000, 48, 4096), 4 * mb);
	CHECK_EQ(loader_ring_size(0, 16, 8000000, 48, 4096), mb);
	CHECK_EQ(loader_ring_size(0, 1, 100, 48, 4096), 256 * kb);
	CHECK_EQ(loader_ring_size(0, 128, 100, 48, 4096), 4096);
	CHECK_EQ(loader_ring_size(64, 2, 100, 48, 4096), 32 * 4096);
	CHECK_EQ(loader_ring_size(1, 4, 100, 48, 4096), 4096);
	CHECK_EQ(loader_ring_size(1, 4, 100, 16408, 4096), 128 * kb);
}
