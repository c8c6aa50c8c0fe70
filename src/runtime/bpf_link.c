/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program is a list of pieces, one per function, in the order they are found to be needed. Pieces
 * are copied one behind the other; then each is gone through for its relocations and its calls
 * within the section, which may add pieces at the end of the list.
 *
 * How LLVM encodes targets: a call has its target in instructions, as the immediate relative to
 * the next instruction (-1 against a function symbol); an address (callback, map value) has it in
 * bytes, as the immediate of the first half of the 16-byte load.
 */
#include "runtime/bpf_link.h"

#include <errno.h>
#include <string.h>

#define R_BPF_64_64 1
#define R_BPF_64_32 10

#define LOAD_ADDRESS (BPF_LD | BPF_IMM | BPF_DW) /* two instructions */
#define CALL         (BPF_JMP | BPF_CALL)
#define STAND_IN     "object_"
#define VARIABLE     "kernel_" /* before the names of the kernel's variables */

struct piece {
	const struct bpf_elf *elf; /* the program's object, or an imported one */
	uint32_t section;
	uint32_t start, count; /* instructions in the section */
	uint32_t at;           /* where they are in the program */
	/* Where the object says what function it is: itself, or a stand-in's, for what is imported. */
	uint32_t info_section, info_start;
};

struct linker {
	struct arena *arena;
	const struct bpf_elf *elf;
	const struct bpf_link_map *maps;
	size_t map_count;
	const struct bpf_link_kernel *kernel; /* NULL: nothing of it is known */
	struct pieces VEC_OF(struct piece) pieces;  /* arena */
	struct insns VEC_OF(struct bpf_insn) insns; /* arena */
	const char *why;
};

static int fail(struct linker *l, const char *why)
{
	l->why = why;
	return -EINVAL;
}

static void copy_code(struct linker *l, const struct piece *p)
{
	const uint8_t *code = p->elf->sections[p->section].bytes +
			      p->start * sizeof(struct bpf_insn);

	for (uint32_t n = 0; n < p->count; n++) {
		struct bpf_insn insn;

		memcpy(&insn, code + n * sizeof(insn), sizeof(insn));
		arena_vec_push(l->arena, &l->insns, insn);
	}
}

/* The function of an imported object that a stand-in is for; NULL if it is none. */
static const struct bpf_elf_symbol *find_imported(struct linker *l, const char *name,
						  const struct bpf_elf **elf)
{
	char *end;

	if (strncmp(name, STAND_IN, strlen(STAND_IN)) || !l->kernel)
		return NULL;
	unsigned long object = strtoul(name + strlen(STAND_IN), &end, 10);
	if (*end != '_' || object >= l->kernel->object_count)
		return NULL;
	*elf = &l->kernel->objects[object];
	for (size_t i = 0; i < (*elf)->symbol_count; i++) {
		const struct bpf_elf_symbol *s = &(*elf)->symbols[i];

		if (s->is_function && !strcmp(s->name, end + 1))
			return s;
	}
	return NULL;
}

static const struct bpf_elf_symbol *find_function(const struct bpf_elf *elf, uint32_t section,
						  uint64_t start)
{
	for (size_t i = 0; i < elf->symbol_count; i++) {
		const struct bpf_elf_symbol *s = &elf->symbols[i];

		if (s->is_function && s->section == section && s->value == start * 8)
			return s;
	}
	return NULL;
}

/* Appends a function that `from` uses, unless it is there already; *at is where it starts. */
static int place(struct linker *l, const struct piece *from, uint32_t section, uint64_t start,
		 uint32_t *at)
{
	const struct bpf_elf *elf = from->elf;
	const struct bpf_elf_symbol *s = find_function(elf, section, start), *imported;
	struct piece p = { .info_section = section, .info_start = (uint32_t)start };

	if (!s)
		return fail(l, "a call leads to no function");
	if (elf != l->elf) {
		p.info_section = from->info_section;
		p.info_start = from->info_start;
	}
	imported = elf == l->elf ? find_imported(l, s->name, &elf) : NULL;
	s = imported ? imported : s;
	p.elf = elf;
	p.section = s->section;
	p.start = (uint32_t)(s->value / 8);
	p.count = (uint32_t)(s->size / 8);
	p.at = (uint32_t)l->insns.count;
	for (size_t i = 0; i < l->pieces.count; i++) {
		const struct piece *known = &l->pieces.items[i];

		if (known->elf == elf && known->section == p.section && known->start == p.start) {
			*at = known->at;
			return 0;
		}
	}
	copy_code(l, &p);
	arena_vec_push(l->arena, &l->pieces, p);
	*at = p.at;
	return 0;
}

static int link_map(struct linker *l, uint32_t index, const char *name)
{
	struct bpf_insn *load = &l->insns.items[index];
	char *end;
	unsigned long map = strtoul(name + strlen("map_"), &end, 10);

	if (!name[strlen("map_")] || *end || map >= l->map_count)
		return fail(l, "it uses a map that is not in the program");
	if (l->maps[map].is_value) {
		load[0].src_reg = BPF_PSEUDO_MAP_VALUE;
		load[1].imm = load[0].imm;
	} else {
		load[0].src_reg = BPF_PSEUDO_MAP_FD;
		load[1].imm = 0;
	}
	load[0].imm = l->maps[map].fd;
	return 0;
}

static int link_callback(struct linker *l, const struct piece *from, uint32_t index,
			 const struct bpf_elf_symbol *s)
{
	uint32_t at;
	int64_t target = (int64_t)s->value + l->insns.items[index].imm;

	if (target < 0 || target % 8)
		return fail(l, "a callback leads to no function");
	int err = place(l, from, s->section, (uint64_t)target / 8, &at);
	if (err)
		return err;
	l->insns.items[index].src_reg = BPF_PSEUDO_FUNC;
	l->insns.items[index].imm = (int32_t)(at - index - 1);
	l->insns.items[index + 1].imm = 0;
	return 0;
}

static int link_call(struct linker *l, const struct piece *from, uint32_t index, uint32_t section,
		     int64_t target)
{
	uint32_t at;

	if (target < 0)
		return fail(l, "a call leads to no function");
	int err = place(l, from, section, (uint64_t)target, &at);
	if (err)
		return err;
	l->insns.items[index].src_reg = BPF_PSEUDO_CALL;
	l->insns.items[index].imm = (int32_t)(at - index - 1);
	return 0;
}

static int find_kernel(struct linker *l, const char *name, bool is_function, uint32_t *id)
{
	if (l->kernel && !l->kernel->find(l->kernel->context, name, is_function, id))
		return 0;
	return fail(l, arena_printf(l->arena, "the kernel's BTF has no %s %s",
				    is_function ? "function" : "variable", name));
}

/* Since 5.13 (e6ac2450d6de). */
static int link_kernel_call(struct linker *l, uint32_t index, const char *name)
{
	uint32_t id;
	int err = find_kernel(l, name, true, &id);

	if (err)
		return err;
	l->insns.items[index].src_reg = BPF_PSEUDO_KFUNC_CALL;
	l->insns.items[index].imm = (int32_t)id;
	return 0;
}

/* Since 5.10 (4976b718c355). */
static int link_kernel_variable(struct linker *l, uint32_t index, const char *name)
{
	uint32_t id;
	int err = find_kernel(l, name, false, &id);

	if (err)
		return err;
	l->insns.items[index].src_reg = BPF_PSEUDO_BTF_ID;
	l->insns.items[index].imm = (int32_t)id;
	l->insns.items[index + 1].imm = 0; /* vmlinux */
	return 0;
}

static int link_reloc(struct linker *l, const struct piece *p, const struct bpf_elf_reloc *r)
{
	uint32_t index = p->at + (uint32_t)(r->offset / 8) - p->start;
	const struct bpf_elf_symbol *s = &p->elf->symbols[r->symbol];
	const struct bpf_insn *insn = &l->insns.items[index];

	if (r->type == R_BPF_64_32) {
		if (insn->code != CALL)
			return fail(l, "it calls a function that is not in the object");
		if (!s->section)
			return link_kernel_call(l, index, s->name);
		return link_call(l, p, index, s->section,
				 (int64_t)(s->value / 8) + insn->imm + 1);
	}
	if (r->type != R_BPF_64_64 || insn->code != LOAD_ADDRESS || index + 1 >= p->at + p->count)
		return fail(l, "it has a relocation of an unknown kind");
	if (p->elf == l->elf && !strncmp(s->name, "map_", 4) && !s->is_function)
		return link_map(l, index, s->name);
	if (!s->section && !strncmp(s->name, VARIABLE, strlen(VARIABLE)))
		return link_kernel_variable(l, index, s->name + strlen(VARIABLE));
	if (!s->section || !p->elf->sections[s->section].is_code)
		return fail(l, "it uses data that is not in the program");
	return link_callback(l, p, index, s);
}

/* Resolves everything one piece refers to. */
static int link_piece(struct linker *l, size_t number)
{
	struct piece p = l->pieces.items[number];
	const struct bpf_elf_section *s = &p.elf->sections[p.section];
	auto_free bool *is_done = xcalloc(p.count, sizeof(*is_done));

	for (size_t i = 0; i < s->reloc_count; i++) {
		const struct bpf_elf_reloc *r = &s->relocs[i];

		if (r->offset / 8 < p.start || r->offset / 8 >= p.start + p.count)
			continue;
		is_done[r->offset / 8 - p.start] = true;
		int err = link_reloc(l, &p, r);
		if (err)
			return err;
	}
	for (uint32_t i = 0; i < p.count; i++) {
		const struct bpf_insn *insn = &l->insns.items[p.at + i];

		if (insn->code != CALL || insn->src_reg != BPF_PSEUDO_CALL || is_done[i])
			continue;
		int err = link_call(l, &p, p.at + i, p.section,
				    (int64_t)p.start + i + insn->imm + 1);
		if (err)
			return err;
	}
	return 0;
}

/* --- .BTF.ext ------------------------------------------------------------------------------- */
static uint32_t read_u32(const uint8_t *bytes, size_t offset)
{
	uint32_t value;

	memcpy(&value, bytes + offset, sizeof(value));
	return value;
}

/* One of the two tables of .BTF.ext that we use: a record size, then blocks of one section each. */
struct info_table {
	const uint8_t *bytes;
	size_t size;
	const uint8_t *names; /* string section of .BTF */
	size_t names_size;
};

static bool is_named(const struct info_table *t, uint32_t offset, const char *name)
{
	size_t len = strlen(name) + 1;

	return offset < t->names_size && len <= t->names_size - offset &&
	       !memcmp(t->names + offset, name, len);
}

/* Appends the records about one piece with offsets made indexes; keeps them ascending. */
static void take_infos(struct linker *l, const struct info_table *t, const struct piece *p,
		       struct bpf_link_infos *out)
{
	const char *section = l->elf->sections[p->info_section].name;
	bool is_own = p->elf == l->elf;
	uint32_t start = p->info_start, end = start + (is_own ? p->count : 1);
	uint32_t record_size = read_u32(t->bytes, 0), taken = out->count;

	for (size_t at = 4; at + 8 <= t->size;) {
		uint32_t name = read_u32(t->bytes, at), count = read_u32(t->bytes, at + 4);

		at += 8;
		if (count > (t->size - at) / record_size)
			return;
		for (uint32_t i = 0; is_named(t, name, section) && i < count; i++) {
			const uint8_t *record = t->bytes + at + (size_t)i * record_size;
			uint32_t offset = read_u32(record, 0) / 8;

			if (offset < start || offset >= end)
				continue;
			uint32_t index = p->at + offset - start;
			uint8_t *copy = out->records + (size_t)out->count * record_size;
			if (out->count > taken && index <= read_u32(copy - record_size, 0))
				continue;
			memcpy(copy, record, record_size);
			memcpy(copy, &index, sizeof(index));
			out->count++;
		}
		at += (size_t)count * record_size;
	}
}

/* The kernel wants a record at the first instruction of every function, or none at all. */
static struct bpf_link_infos collect_infos(struct linker *l, const struct info_table *t,
					   uint32_t min_size)
{
	struct bpf_link_infos infos = { 0 };

	if (t->size < 4)
		return infos;
	infos.size = read_u32(t->bytes, 0);
	if (infos.size < min_size || infos.size > 256)
		return (struct bpf_link_infos){ 0 };
	infos.records = arena_alloc(l->arena,
				    (t->size / infos.size + l->pieces.count + 1) * infos.size);
	for (size_t i = 0; i < l->pieces.count; i++) {
		const struct piece *p = &l->pieces.items[i];
		uint32_t first = infos.count;

		take_infos(l, t, p, &infos);
		if (first == infos.count ||
		    read_u32(infos.records, (size_t)first * infos.size) != p->at)
			return (struct bpf_link_infos){ 0 };
	}
	return infos;
}

/* Finds the tables of functions and lines; false if there are none or they make no sense. */
static bool find_tables(const struct bpf_elf *elf, struct info_table *functions,
			struct info_table *lines)
{
	const struct bpf_elf_section *btf = bpf_elf_section(elf, ".BTF");
	const struct bpf_elf_section *ext = bpf_elf_section(elf, ".BTF.ext");
	struct info_table *tables[] = { functions, lines };

	if (!btf || !ext || btf->size < 24 || ext->size < 24)
		return false;
	/* struct btf_header: hdr_len at 4, str_off at 16, str_len at 20; struct btf_ext_header:
	 * hdr_len at 4, then offset and length of functions (8, 12) and lines (16, 20). */
	uint64_t names = (uint64_t)read_u32(btf->bytes, 4) + read_u32(btf->bytes, 16);
	if (names > btf->size || read_u32(btf->bytes, 20) > btf->size - names)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		uint64_t start =
			(uint64_t)read_u32(ext->bytes, 4) + read_u32(ext->bytes, 8 + 8 * i);
		uint32_t size = read_u32(ext->bytes, 12 + 8 * i);

		if (start > ext->size || size > ext->size - start)
			return false;
		*tables[i] = (struct info_table){ ext->bytes + start, size, btf->bytes + names,
						  read_u32(btf->bytes, 20) };
	}
	return true;
}

int bpf_link(struct arena *a, const struct bpf_elf *elf, const char *name,
	     const struct bpf_link_map *maps, size_t map_count,
	     const struct bpf_link_kernel *kernel, struct bpf_linked *out, const char **why)
{
	struct linker l = { .arena = a, .elf = elf, .maps = maps, .map_count = map_count,
			    .kernel = kernel };
	struct info_table functions, lines;
	struct piece none = { .elf = elf };
	int err = fail(&l, "the object has no function of that name");
	uint32_t at;

	for (size_t i = 0; err && i < elf->symbol_count; i++) {
		const struct bpf_elf_symbol *s = &elf->symbols[i];

		if (s->is_function && !strcmp(s->name, name))
			err = place(&l, &none, s->section, s->value / 8, &at);
	}
	for (size_t i = 0; !err && i < l.pieces.count; i++)
		err = link_piece(&l, i);
	if (err) {
		*why = l.why;
		return err;
	}
	*out = (struct bpf_linked){ .insns = l.insns.items, .insn_count = (uint32_t)l.insns.count };
	if (find_tables(elf, &functions, &lines)) {
		out->functions = collect_infos(&l, &functions, sizeof(struct bpf_func_info));
		out->lines = collect_infos(&l, &lines, sizeof(struct bpf_line_info));
	}
	return 0;
}
