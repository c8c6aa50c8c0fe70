/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Imported objects (x.bpf.o): their global functions become functions that the script can call, with
 * the types of the object's own BTF. The object itself travels in struct program; the loader takes
 * its instructions.
 *
 * Only code is linked. Maps, global variables and CO-RE relocations of an object would need what a
 * whole loader does; an object with them is refused here, where the import can be named.
 */
#include <errno.h>
#include <string.h>
#include "program/bpf_elf.h"
#include "sema/pass.h"

struct taking {
	struct sema *s;
	const struct ast_object *object;
	uint32_t number; /* into program.objects */
};

/* struct btf_ext_header: hdr_len at 4; since CO-RE, offset and length of its records at 24 and 28. */
static bool has_core_records(const struct bpf_elf_section *ext)
{
	uint32_t header_len, len;

	if (!ext || ext->size < 32)
		return false;
	memcpy(&header_len, ext->bytes + 4, sizeof(header_len));
	memcpy(&len, ext->bytes + 28, sizeof(len));
	return header_len >= 32 && len;
}

/* Something other than a function of the object or of the kernel. */
static const char *foreign_reference(const struct bpf_elf *elf)
{
	for (size_t i = 0; i < elf->section_count; i++) {
		const struct bpf_elf_section *section = &elf->sections[i];

		for (size_t r = 0; section->is_code && r < section->reloc_count; r++) {
			const struct bpf_elf_symbol *symbol =
				&elf->symbols[section->relocs[r].symbol];

			if (symbol->section && !elf->sections[symbol->section].is_code)
				return *symbol->name ? symbol->name :
						       elf->sections[symbol->section].name;
		}
	}
	return NULL;
}

static int refuse(struct taking *t, const char *why)
{
	diag_error(t->s->diag, DIAG_IMPORT_OBJECT, t->object->loc, "'%s' cannot be linked: %s",
		   t->object->path, why);
	return -EINVAL;
}

static int check_object(struct taking *t, const struct bpf_elf *elf)
{
	const char *name = foreign_reference(elf);

	if (!bpf_elf_section(elf, ".BTF"))
		return refuse(t, "it has no BTF; compile it with clang -g");
	if (has_core_records(bpf_elf_section(elf, ".BTF.ext")))
		return refuse(t, "it has CO-RE relocations, which are not supported in imported "
				 "objects yet");
	if (name)
		return refuse(t, arena_printf(t->s->arena, "it uses '%s': maps and variables of "
							   "objects are not supported yet", name));
	return 0;
}

static void add_parameter(struct sema *s, struct fn_symbol *fn,
			  const struct host_object_function *f, uint32_t i)
{
	struct symbol *v = ARENA_NEW(s->arena, struct symbol);

	v->name = arena_strdup(s->arena, *f->names[i] ? f->names[i] : "argument");
	v->loc = fn->ast->loc;
	v->type = f->parameters[i];
	v->is_fixed = v->is_parameter = v->is_declared = v->is_assigned = true;
	arena_vec_push(s->arena, &fn->params, v);
	arena_vec_push(s->arena, &fn->ast->params, (struct ast_fn_param){ .name = v->name });
}

/* What no script could call is left out: then its name is unknown. */
static bool is_callable(const struct host_object_function *f)
{
	if (!f->result || f->count > HOST_OBJECT_PARAMETERS)
		return false;
	for (uint32_t i = 0; i < f->count; i++)
		if (!f->parameters[i] || f->parameters[i]->kind == TYPE_VOID)
			return false;
	return true;
}

static void take_function(const struct host_object_function *f, void *context)
{
	struct taking *t = context;
	struct sema *s = t->s;
	struct ast_fn *ast;

	if (!is_callable(f))
		return;
	ast = ARENA_NEW(s->arena, struct ast_fn);
	ast->loc = ast->name_loc = t->object->loc;
	ast->name = arena_strdup(s->arena, f->name);
	ast->body = block_new(s->arena, t->object->loc);
	struct fn_symbol *fn = declare_function(s, ast);
	fn->is_linked = true;
	fn->object = t->number;
	fn->result = f->result;
	for (uint32_t i = 0; i < f->count; i++)
		add_parameter(s, fn, f, i);
}

void declare_objects(struct sema *s)
{
	for (size_t i = 0; i < s->tree->objects.count; i++) {
		const struct ast_object *object = s->tree->objects.items[i];
		struct taking t = { s, object, (uint32_t)s->program->objects.count };
		const char *why;
		struct bpf_elf elf;

		if (bpf_elf_parse(s->arena, object->bytes, object->size, &elf, &why)) {
			refuse(&t, why);
			continue;
		}
		if (check_object(&t, &elf))
			continue;
		program_add_object(s->program, object->bytes, object->size);
		const struct bpf_elf_section *btf = bpf_elf_section(&elf, ".BTF");
		if (host_each_object_function(&s->types, btf->bytes, btf->size, take_function, &t))
			refuse(&t, "its BTF is damaged");
	}
}
