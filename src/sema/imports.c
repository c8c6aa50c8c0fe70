/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass "imports": what imports name becomes part of the tree (spec language.md §2.3).
 *
 * A script's definitions come behind those of what it imports, in the order of its imports, so an
 * imported `begin` runs before the importer's. A file counts once, whatever path leads to it. The
 * library needs no import, so importing a part of it does nothing.
 */
#include <errno.h>
#include <string.h>
#include "sema/import.h"
#include "stdlib/stdlib.h"
#include "util/text.h"

static void import_path(struct importer *im, struct loc at, const char *path);

/* --- what has been imported ------------------------------------------------------------------- */

static bool take_identity(struct importer *im, const struct import_file *f)
{
	struct import_identity id = { f->dev, f->ino };

	for (size_t i = 0; i < im->seen.count; i++) {
		if (im->seen.items[i].dev == id.dev && im->seen.items[i].ino == id.ino)
			return false;
	}
	arena_vec_push(im->s->arena, &im->seen, id);
	return true;
}

/* --- .bt -------------------------------------------------------------------------------------- */

#define APPEND_ALL(a, to, from)                                                                    \
	do {                                                                                       \
		for (size_t i_ = 0; i_ < (from)->count; i_++)                                      \
			arena_vec_push((a), (to), (from)->items[i_]);                              \
	} while (0)

static void append_tree(struct importer *im, const struct ast_program *from)
{
	struct arena *a = im->s->arena;
	struct ast_program *to = &im->merged;

	APPEND_ALL(a, &to->c_texts, &from->c_texts);
	APPEND_ALL(a, &to->map_decls, &from->map_decls);
	APPEND_ALL(a, &to->macros, &from->macros);
	APPEND_ALL(a, &to->fns, &from->fns);
	APPEND_ALL(a, &to->probes, &from->probes);
	to->has_named_sizes |= from->has_named_sizes;
}

/* What tree imports, then what it defines itself. */
static void merge(struct importer *im, const struct ast_program *tree)
{
	for (size_t i = 0; i < tree->imports.count; i++)
		import_path(im, tree->imports.items[i]->loc, tree->imports.items[i]->path);
	append_tree(im, tree);
}

static void import_script(struct importer *im, struct loc at, const struct import_file *f)
{
	struct sema *s = im->s;
	struct source *source = source_create(s->arena, f->path, f->text, f->len);
	struct ast_program *tree = s->parse_source(s->arena, s->diag, source);

	if (tree->config.count)
		diag_note(diag_error(s->diag, DIAG_IMPORT_CONFIG, tree->config_loc,
				     "an imported file cannot have a config block"),
			  at, "it is imported here");
	merge(im, tree);
}

/* --- headers and objects ---------------------------------------------------------------------- */

/* An include line like one of the script's, in a text of its own. */
static void import_header(struct importer *im, struct loc at, const struct import_file *f)
{
	struct arena *a = im->s->arena;
	const char *line = arena_printf(a, "#include \"%s\"", f->absolute_path);
	struct ast_c_text *text = ARENA_NEW(a, struct ast_c_text);

	text->loc.source = source_create(a, f->path, line, strlen(line));
	text->loc.source->expanded_from = at;
	text->loc.source->is_generated = true;
	text->loc.end = (uint32_t)strlen(line);
	arena_vec_push(a, &im->merged.c_texts, text);
}

static void import_object(struct importer *im, struct loc at, const struct import_file *f)
{
	struct ast_object *object = ARENA_NEW(im->s->arena, struct ast_object);

	object->loc = at;
	object->path = f->path;
	object->bytes = f->text;
	object->size = f->len;
	arena_vec_push(im->s->arena, &im->merged.objects, object);
}

static void refuse_bpf_c(struct importer *im, struct loc at, const struct import_file *f)
{
	size_t stem = strlen(f->path) - 1;

	diag_hint(diag_error(im->s->diag, DIAG_NOT_SUPPORTED, at,
			     "compiling BPF C (%s) is not supported yet", f->path),
		  "clang-19 -O2 -g -target bpf -c %s -o %.*so, and import the object", f->path,
		  (int)stem, f->path);
}

static const struct import_kind {
	const char *suffix;
	void (*import)(struct importer *im, struct loc at, const struct import_file *f);
	bool needs_text;
} kinds[] = {
	{ ".bt", import_script, true },
	{ ".h", import_header, false },
	{ ".bpf.c", refuse_bpf_c, false },
	{ ".bpf.o", import_object, true },
};

static const struct import_kind *kind_of(const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t suffix = strlen(kinds[i].suffix);

		if (len > suffix && !strcmp(path + len - suffix, kinds[i].suffix))
			return &kinds[i];
	}
	return NULL;
}

/* --- paths ------------------------------------------------------------------------------------ */

static void import_file(struct importer *im, struct loc at, struct import_file *f)
{
	const struct import_kind *kind = kind_of(f->path);

	if (!kind) {
		diag_hint(diag_error(im->s->diag, DIAG_IMPORT_KIND, at,
				     "'%s' is of no kind that can be imported", f->path),
			  "a name ends in .bt, .h, .bpf.c or .bpf.o, or is that of a directory");
		return;
	}
	if (kind->needs_text && import_read_text(im, at, f))
		return;
	kind->import(im, at, f);
}

static void import_opened(struct importer *im, struct loc at, struct import_file *f);

/* Every file of a kind that can be imported, by name. */
static void import_directory(struct importer *im, struct loc at, struct import_file *directory)
{
	struct import_names names = { 0 };

	if (import_list(im, at, directory, &names))
		return;
	for (size_t i = 0; i < names.count; i++) {
		struct import_file f = { 0 };

		if (!kind_of(names.items[i]))
			continue;
		f.path = arena_printf(im->s->arena, "%s/%s", directory->path, names.items[i]);
		if (!import_open(im, at, &f) && !f.is_directory)
			import_opened(im, at, &f);
		import_close(&f);
	}
}

static void import_opened(struct importer *im, struct loc at, struct import_file *f)
{
	if (import_check(im, at, f) || !take_identity(im, f))
		return;
	if (f->is_directory)
		import_directory(im, at, f);
	else
		import_file(im, at, f);
}

static bool is_library_path(const char *path)
{
	return !strcmp(path, "stdlib") || text_starts_with(path, "stdlib/");
}

static void check_library_part(struct sema *s, struct loc at, const char *path)
{
	const char *part = strchr(path, '/');
	struct diag_msg *m;

	if (!part || !part[1])
		return;
	for (size_t i = 0; i < stdlib_part_count; i++) {
		size_t len = strlen(stdlib_parts[i].name);

		if (!strcmp(part + 1, stdlib_parts[i].name) ||
		    (strlen(part + 1) == len - 3 && !strncmp(part + 1, stdlib_parts[i].name, len - 3)))
			return;
	}
	m = diag_error(s->diag, DIAG_IMPORT_MISSING, at, "the library has no part '%s'", part + 1);
	diag_hint(m, "what is in the library can be used without an import");
}

/* Relative to the directory of the file that imports. */
static const char *resolve(struct sema *s, struct loc at, const char *path)
{
	const char *slash = strrchr(at.source->name, '/');

	if (*path == '/' || !slash)
		return path;
	return arena_printf(s->arena, "%.*s/%s", (int)(slash - at.source->name), at.source->name,
			    path);
}

static void import_path(struct importer *im, struct loc at, const char *path)
{
	struct import_file f = { .path = resolve(im->s, at, path) };

	if (is_library_path(path)) {
		check_library_part(im->s, at, path);
		return;
	}
	if (!import_open(im, at, &f))
		import_opened(im, at, &f);
	import_close(&f);
}

/* --- statements ------------------------------------------------------------------------------- */

static bool enter_stmt(struct stmt **slot, void *context)
{
	struct sema *s = context;
	const struct stmt *st = *slot;

	if (st->kind != STMT_IMPORT)
		return true;
	if (!is_library_path(st->import.path))
		diag_hint(diag_error(s->diag, DIAG_IMPORT_STATEMENT, st->loc,
				     "only the library can be imported inside of a block"),
			  "put the import in front of the first probe");
	else if (sema_allow_unstable(s, CONFIG_UNSTABLE_IMPORT_STATEMENT,
				     "an import inside of a block", st->loc))
		check_library_part(s, st->loc, st->import.path);
	return true;
}

static void check_statements(struct sema *s)
{
	struct ast_visitor v = { .enter_stmt = enter_stmt, .context = s };
	const struct ast_program *tree = s->tree;

	for (size_t i = 0; i < tree->macros.count; i++)
		ast_walk_block(tree->macros.items[i]->body, &v);
	for (size_t i = 0; i < tree->fns.count; i++)
		ast_walk_block(tree->fns.items[i]->body, &v);
	for (size_t i = 0; i < tree->probes.count; i++)
		ast_walk_block(tree->probes.items[i]->body, &v);
}

/* --- the pass --------------------------------------------------------------------------------- */

/* The script itself may be what an import leads back to. */
static void take_script(struct importer *im)
{
	struct import_file f = { .path = im->s->tree->source->name };

	if (!import_identify(&f))
		take_identity(im, &f);
}

static void import_all(struct sema *s)
{
	struct importer im = { .s = s };
	struct ast_program *tree = s->tree;

	take_script(&im);
	merge(&im, tree);
	tree->c_texts = im.merged.c_texts;
	tree->objects = im.merged.objects;
	tree->map_decls = im.merged.map_decls;
	tree->macros = im.merged.macros;
	tree->fns = im.merged.fns;
	tree->probes = im.merged.probes;
	tree->has_named_sizes = im.merged.has_named_sizes;
	tree->imports.count = 0;
}

int pass_imports(struct sema *s)
{
	if (s->tree->imports.count)
		import_all(s);
	check_statements(s);
	return s->diag->error_count ? -EINVAL : 0;
}
