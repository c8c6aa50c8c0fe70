/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces of a script's C part, one after another, and the questions asked about them afterwards.
 *
 * A mistake ends its piece: c_error() makes all further tokens the end. Mistakes in headers are kept, because
 * libclang may understand what the reader here does not; then the macros the header had defined up to
 * there are taken back (its include guard is among them).
 */
#include <string.h>
#include "cdef/private.h"
#include "util/text.h"

struct cdef *cdef_create(struct arena *a, struct diag *d, struct host *host,
			 struct type_table *types, const struct cdef_options *options)
{
	struct cdef *c = ARENA_NEW(a, struct cdef);

	c->arena = a;
	c->d = d;
	c->host = host;
	c->types = types;
	c->options = options;
	diag_init(&c->unheard, a);
	return c;
}

void cdef_destroy(struct cdef *c)
{
	if (!c)
		return;
	strmap_free(&c->macros);
	strmap_free(&c->typedefs);
	strmap_free(&c->enumerators);
	strmap_free(&c->tags);
	strmap_free(&c->once);
	vec_free(&c->inputs);
	vec_free(&c->conditionals);
	vec_free(&c->packs);
}

/* --- mistakes --------------------------------------------------------------------------------- */

struct diag_msg *c_error(struct cdef *c, enum diag_id id, struct loc loc, const char *format, ...)
{
	struct diag *to = c->is_failed || c->is_header ? &c->unheard : c->d;
	va_list args;
	const char *text;

	va_start(args, format);
	text = arena_vprintf(c->arena, format, args);
	va_end(args);
	if (!c->is_failed)
		c->failure = (struct c_failure){ .loc = loc, .id = id, .text = text };
	c->is_failed = true;
	c->token.kind = C_END;
	return diag_error(to, id, loc, "%s", text);
}

/* --- pieces ----------------------------------------------------------------------------------- */

static void read_piece(struct cdef *c, struct loc loc)
{
	struct c_text text = { loc.source, loc.start, loc.end, true };
	struct c_saved saved = c_enter(c, (struct c_input){ .text = text });

	c->is_failed = false;
	c->depth = c->nesting = c->skipped = 0;
	c->token = (struct c_token){ .loc = loc };
	c->previous = loc;
	c_advance(c);
	c_declarations(c);
	c_leave(c, saved);
}

void cdef_add(struct cdef *c, struct loc loc)
{
	if (c_is_active(c) || loc.source->text[loc.start] == '#')
		read_piece(c, loc);
}

/* The reader here on a header; false: it is not up to it, see c->failure. */
static bool read_header_text(struct cdef *c, struct source *source)
{
	struct c_input input = { .text = { source, 0, (uint32_t)source->len, true },
				 .is_file = true };
	size_t changes = c->changes.count, conditionals = c->conditionals.count;
	bool was_failed = c->is_failed, is_good;
	struct c_saved saved;
	uint32_t pack = c->pack;

	input.conditionals = conditionals;
	c->is_header = true;
	c->is_failed = false;
	saved = c_enter(c, input);
	c->is_condition = false;
	c_advance(c);
	c_declarations(c);
	is_good = !c->is_failed;
	c_leave(c, saved);
	c->is_header = false;
	c->is_failed = was_failed;
	c->pack = pack;
	c->conditionals.count = MIN(c->conditionals.count, conditionals);
	if (!is_good)
		c_restore_macros(c, changes);
	return is_good;
}

void c_read_header(struct cdef *c, struct source *source, struct loc at)
{
	struct c_failure failure;

	if (!read_header_text(c, source)) {
		failure = c->failure;
		if (!c_read_with_libclang(c, source, &failure, at))
			c->is_failed = true;
	}
	arena_vec_push(c->arena, &c->headers, source->name);
}

void cdef_add_header(struct cdef *c, const char *path)
{
	const struct loc nowhere = { 0 };
	struct source *source = c_read_file(c, path);
	bool is_kernel = false;

	c->is_failed = false;
	if (!source)
		source = c_find_header(c, path, true, nowhere, &is_kernel);
	if (source)
		c_read_header(c, source, nowhere);
}

bool cdef_is_open(const struct cdef *c, struct loc *at)
{
	if (c->conditionals.count)
		*at = c->conditionals.items[c->conditionals.count - 1].loc;
	return c->conditionals.count;
}

void cdef_finish(struct cdef *c)
{
	c->is_failed = false;
	c_close_conditionals(c, 0);
}

/* --- macros as values ------------------------------------------------------------------------- */

bool cdef_has_macros(const struct cdef *c)
{
	return c && c->macro_count;
}

const struct cdef_macro *cdef_find_macro(const struct cdef *c, const char *name)
{
	struct cdef_macro *m = c ? strmap_get(&c->macros, name) : NULL;

	return m && !m->is_undefined ? m : NULL;
}

const char *cdef_nearest_macro(const struct cdef *c, const char *name)
{
	struct text_nearest near;
	const struct strmap_entry *e;
	size_t cursor = 0;

	text_nearest_init(&near, name);
	while (c && (e = strmap_next(&c->macros, &cursor)))
		if (!((struct cdef_macro *)e->value)->is_undefined)
			text_nearest_offer(&near, e->key);
	return near.best;
}

/* Reads a text on its own; what goes wrong is nobody's business. */
static struct c_saved enter_text(struct cdef *c, struct loc text, const struct cdef_macro *m)
{
	struct c_input input = {
		.text = { text.source, text.start, text.end, false },
		.macro = m,
		.is_line = true,
	};
	struct c_saved saved;

	c->is_failed = false;
	c->is_header = true;
	c->depth = c->nesting = c->skipped = 0;
	saved = c_enter(c, input);
	c->is_condition = false;
	c_advance(c);
	return saved;
}

static bool leave_text(struct cdef *c, struct c_saved saved)
{
	bool is_good = !c->is_failed && c->token.kind == C_END;

	c_leave(c, saved);
	c->is_failed = c->is_header = false;
	return is_good;
}

static bool text_value(struct cdef *c, struct loc text, const struct cdef_macro *m,
		       uint64_t *value, bool *is_negative)
{
	struct c_saved saved = enter_text(c, text, m);
	struct c_value v = { 0 };
	bool is_good = c_constant(c, &v);

	if (!leave_text(c, saved) || !is_good)
		return false;
	*value = v.bits;
	*is_negative = c_is_negative(&v);
	return true;
}

bool cdef_macro_value(struct cdef *c, const struct cdef_macro *m, uint64_t *value,
		      bool *is_negative)
{
	if (m->is_function_like || m->body.start == m->body.end)
		return false;
	return text_value(c, m->body, m, value, is_negative);
}

bool cdef_named_value(struct cdef *c, const char *name, uint64_t *value, bool *is_negative)
{
	struct source *source = source_create(c->arena, "", name, strlen(name));

	return text_value(c, (struct loc){ source, 0, (uint32_t)source->len }, NULL, value,
			  is_negative);
}

const struct type *cdef_macro_type(struct cdef *c, const struct cdef_macro *m)
{
	struct c_saved saved;
	struct c_type t = { 0 };
	bool is_good;

	if (m->is_function_like || m->body.start == m->body.end)
		return NULL;
	saved = enter_text(c, m->body, m);
	is_good = c_starts_type(c) && c_type_name(c, &t);
	return leave_text(c, saved) && is_good && !t.is_function ? t.type : NULL;
}
