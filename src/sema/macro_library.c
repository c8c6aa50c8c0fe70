/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library's macros: parts of src/stdlib are read when a script uses a name that is in them, and
 * only then.
 */
#include "sema/macro.h"
#include "stdlib/stdlib.h"

static void read_part(struct expander *x, const struct stdlib_part *part)
{
	struct sema *s = x->s;
	const char *name = arena_printf(s->arena, "stdlib/%s", part->name);
	struct source *source = source_create(s->arena, name, part->text, part->len);
	struct ast_program *tree;

	source->is_library = true;
	tree = s->parse_source(s->arena, s->diag, source);
	for (size_t i = 0; i < tree->macros.count; i++)
		macro_define(s, &x->library, tree->macros.items[i]);
}

const struct macro_list *macro_library(struct expander *x, const char *name)
{
	const struct macro_list *known = strmap_get(&x->library.by_name, name);
	const struct stdlib_macro *row = known ? NULL : stdlib_find(name);

	if (!row)
		return known;
	read_part(x, &stdlib_parts[row->part]);
	return strmap_get(&x->library.by_name, name);
}
