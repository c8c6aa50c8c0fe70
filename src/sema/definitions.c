/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass "definitions": the C part of the script (spec language.md §2.1).
 *
 * Preprocessor lines and definitions go to cdef/ in the order of the script. What they define is found by
 * later passes; what is settled here are the #defines: a bare name is replaced by what its text is as one
 * expression, parsed anew at each use. A text that only C understands ('a', sizeof(struct x)) is taken
 * as the number it is.
 *
 * Names also count as sizes of arrays, `string[LEN]`, and as parts of attach points, `interval:hz:RATE`.
 */
#include <ctype.h>
#include <errno.h>
#include "sema/pass.h"
#include "util/text.h"

#define EXPANSIONS_MAX 20000 /* of all macros: they can be made to grow without bounds */
#define NESTED_MAX     100
#define SIZE_MAX_KNOWN (1u << 20)

struct expansion {
	const struct cdef_macro *macro;
	const struct expansion *outer;
	uint32_t depth;
};

struct context {
	struct sema *s;
	const struct ast_visitor *visitor;
	const struct expansion *expansion; /* the innermost, or NULL */
	const struct ast_macro *macro;	   /* whose body is walked: its parameters are no #defines */
	struct strmap texts;		   /* by macro: its text as a source */
	struct loc use;			   /* of the outermost expansion, in the script */
	uint32_t count;
};

/* --- reading the C part ----------------------------------------------------------------------- */

/* The first part of the script proper between two places, or NULL. */
static const struct loc *item_between(const struct ast_program *tree, struct loc from, uint32_t to)
{
	const struct loc *found = NULL;
#define OFFER(list, member)                                                                        \
	for (size_t i = 0; i < tree->list.count && !found; i++) {                                  \
		const struct loc *at = &tree->list.items[i]->member;                               \
		if (at->source == from.source && at->start >= from.end && at->start < to)          \
			found = at;                                                                \
	}
	OFFER(probes, head_loc);
	OFFER(macros, name_loc);
	OFFER(fns, name_loc);
	OFFER(map_decls, loc);
#undef OFFER
	return found;
}

/* An #if around a probe would promise what it does not do. */
static void check_conditions(struct sema *s, size_t i)
{
	const struct ast_c_texts *texts = &s->tree->c_texts;
	struct loc piece = texts->items[i]->loc, condition;
	uint32_t end = UINT32_MAX;
	const struct loc *item;

	if (!cdef_is_open(s->c, &condition) || i + 1 == texts->count)
		return; /* at the end: the #endif is missing, which is reported */
	if (texts->items[i + 1]->loc.source == piece.source)
		end = texts->items[i + 1]->loc.start;
	item = item_between(s->tree, piece, end);
	if (!item)
		return;
	diag_note(diag_error(s->diag, DIAG_C_CONDITIONAL, *item,
			     "preprocessor conditions are for C definitions: this is not one"),
		  condition, "the condition around it starts here");
}

static void read_definitions(struct sema *s)
{
	const struct cdef_options *options = &s->options->c;
	const struct ast_c_texts *texts = &s->tree->c_texts;

	s->c = cdef_create(s->arena, s->diag, s->host, &s->types, options);
	for (uint32_t i = 0; i < options->include_file_count; i++)
		cdef_add_header(s->c, options->include_files[i]);
	for (size_t i = 0; i < texts->count; i++) {
		cdef_add(s->c, texts->items[i]->loc);
		check_conditions(s, i);
	}
	cdef_finish(s->c);
}

/* --- macros in expressions -------------------------------------------------------------------- */

static bool is_parameter(const struct context *c, const char *name)
{
	for (size_t i = 0; c->macro && i < c->macro->params.count; i++)
		if (!strcmp(c->macro->params.items[i].name, name))
			return true;
	return false;
}

/* Names that the language keeps for itself (spec language.md §1.2). */
static bool is_reserved(const char *name)
{
	static const char *const names[] = { "args", "ctx", "kstack", "nsecs", "pid", "tid", "ustack" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return true;
	if (text_starts_with(name, "__builtin_"))
		return true;
	return text_starts_with(name, "arg") && isdigit((unsigned char)name[3]);
}

/* The macro's text as the end of a source, so that places in it are right. */
static struct source *text_of(struct context *c, const struct cdef_macro *m)
{
	struct source *source = strmap_get(&c->texts, m->name);
	char *text;

	if (source)
		return source;
	source = source_create(c->s->arena, m->body.source->name, m->body.source->text, m->body.end);
	text = (char *)source->text;
	for (uint32_t i = m->body.start; i + 1 < m->body.end; i++) /* continued lines of headers */
		if (text[i] == '\\' && (text[i + 1] == '\n' || text[i + 1] == '\r'))
			text[i] = ' ';
	strmap_set(&c->texts, m->name, source);
	return source;
}

/* What the text is as an expression, or as a number of C; NULL: neither. */
static struct expr *parse_text(struct context *c, const struct cdef_macro *m, struct loc use)
{
	struct sema *s = c->s;
	struct source *view;
	struct diag unheard;
	struct expr *e;
	uint64_t value;
	bool is_negative;

	if (m->body.start == m->body.end)
		return NULL;
	diag_init(&unheard, s->arena);
	view = source_view(s->arena, text_of(c, m), use);
	e = s->parse_expression(s->arena, &unheard, view, m->body.start);
	view->text = m->body.source->text; /* messages show the whole line */
	view->len = m->body.source->len;
	view->line_starts = NULL;
	if (e || !cdef_macro_value(s->c, m, &value, &is_negative))
		return e;
	e = expr_integer(s->arena, use, value);
	e->integer.is_negative = is_negative;
	return e;
}

static bool report_recursion(struct context *c, const struct cdef_macro *m, struct loc use)
{
	const struct expansion *x = c->expansion;
	struct diag_msg *msg;

	while (x && strcmp(x->macro->name, m->name))
		x = x->outer;
	if (!x)
		return false;
	msg = diag_error(c->s->diag, DIAG_DEFINE_RECURSION, use,
			 "unable to expand '%s': its text leads back to it", m->name);
	diag_note(msg, m->name_loc, "defined here");
	return true;
}

static bool report_unusable(struct context *c, const struct cdef_macro *m, struct loc use)
{
	struct sema *s = c->s;
	struct diag_msg *msg;

	if (m->is_function_like) {
		msg = diag_error(s->diag, DIAG_DEFINE_FUNCTION, use, "'%s' has parameters: only a "
				 "#define without can be used in a script", m->name);
		diag_note(msg, m->name_loc, "defined here");
		diag_hint(msg, "the language has macros of its own: macro %s(…) { … }", m->name);
		return true;
	}
	if (report_recursion(c, m, use))
		return true;
	if (++c->count > EXPANSIONS_MAX || (c->expansion && c->expansion->depth > NESTED_MAX)) {
		if (!c->s->diag->error_count)
			diag_error(s->diag, DIAG_C_LIMIT, c->use,
				   "the #defines of this program expand to too much");
		return true;
	}
	return false;
}

static void expand(struct context *c, struct expr **slot)
{
	struct loc use = (*slot)->loc;
	const struct cdef_macro *m = cdef_find_macro(c->s->c, (*slot)->name.name);
	struct expansion x = { m, c->expansion, c->expansion ? c->expansion->depth + 1 : 0 };
	struct expr *e;

	if (!m || is_reserved(m->name) || is_parameter(c, m->name))
		return;
	if (!c->expansion)
		c->use = use;
	if (report_unusable(c, m, use)) {
		*slot = expr_integer(c->s->arena, use, 0);
		return;
	}
	e = parse_text(c, m, use);
	if (!e) {
		diag_note(diag_error(c->s->diag, DIAG_DEFINE_EXPANSION, use,
				     "unable to expand '%s': its text is %s", m->name,
				     m->body.start == m->body.end ? "empty" : "not an expression"),
			  m->name_loc, "defined here");
		e = expr_integer(c->s->arena, use, 0);
	}
	*slot = e;
	c->expansion = &x;
	ast_walk_expr(slot, c->visitor);
	c->expansion = x.outer;
}

/* F(x) where F is a function-like macro. */
static void check_call(struct context *c, const struct expr *e)
{
	const struct cdef_macro *m = cdef_find_macro(c->s->c, e->call.name);

	if (m && m->is_function_like && !c->s->builtin_find(m->name))
		report_unusable(c, m, e->call.name_loc);
}

static bool enter_expr(struct expr **slot, void *context)
{
	struct context *c = context;

	if ((*slot)->kind == EXPR_CALL)
		check_call(c, *slot);
	if ((*slot)->kind != EXPR_NAME)
		return true;
	expand(c, slot);
	return false;
}

/* --- sizes ------------------------------------------------------------------------------------ */

static void enter_type(struct type_ref *t, void *context)
{
	struct context *c = context;
	struct sema *s = c->s;

	for (size_t i = 0; i < t->sizes.count; i++) {
		const struct named_size *size = &t->sizes.items[i];
		bool is_negative;
		uint64_t value;

		if (!cdef_named_value(s->c, size->name, &value, &is_negative)) {
			diag_did_you_mean(diag_error(s->diag, DIAG_UNKNOWN_NAME, size->loc,
						     "'%s' is no constant: the size of an array is "
						     "a number or a #define", size->name),
					  cdef_nearest_macro(s->c, size->name));
			value = 1;
		} else if (is_negative || !value || value > SIZE_MAX_KNOWN) {
			diag_error(s->diag, DIAG_BAD_NUMBER, size->loc,
				   "no array has the size that '%s' stands for", size->name);
			value = 1;
		}
		t->suffixes.items[size->suffix] = (int64_t)value;
	}
	t->sizes.count = 0;
}

/* --- attach points ---------------------------------------------------------------------------- */

/* The text that a part of an attach point is replaced by, or NULL. */
static const char *part_text(struct context *c, const char *part, size_t len)
{
	const char *name = arena_strndup(c->s->arena, part, len), *text = NULL;

	for (uint32_t i = 0; i < NESTED_MAX; i++) {
		const struct cdef_macro *m = cdef_find_macro(c->s->c, name);

		if (!m || m->is_function_like || m->name_loc.source != c->s->tree->source)
			break;
		name = text = arena_strndup(c->s->arena, m->body.source->text + m->body.start,
					    m->body.end - m->body.start);
	}
	return text && *text && !strpbrk(text, " \t,{:") ? text : NULL;
}

static void expand_point(struct context *c, struct ast_attach_point *point)
{
	const char *at = strchr(point->text, ':');
	auto_strbuf struct strbuf text = STRBUF_INIT;
	bool is_changed = false;

	if (!at)
		return;
	strbuf_append(&text, point->text, (size_t)(at - point->text));
	while (*at) {
		size_t len = strcspn(at + 1, ":");
		const char *new = part_text(c, at + 1, len);

		strbuf_add_char(&text, ':');
		if (new)
			strbuf_add_text(&text, new);
		else
			strbuf_append(&text, at + 1, len);
		is_changed |= new != NULL;
		at += 1 + len;
	}
	if (is_changed)
		point->text = arena_strdup(c->s->arena, text.text);
}

static void expand_points(struct context *c, struct ast_attach_points *points)
{
	for (size_t i = 0; i < points->count; i++) {
		expand_point(c, points->items[i]);
		expand_points(c, &points->items[i]->others);
	}
}

/* --- the pass --------------------------------------------------------------------------------- */

static void walk_program(struct context *c)
{
	struct ast_program *tree = c->s->tree;

	for (size_t i = 0; i < tree->macros.count; i++) {
		c->macro = tree->macros.items[i];
		ast_walk_block(tree->macros.items[i]->body, c->visitor);
	}
	c->macro = NULL;
	for (size_t i = 0; i < tree->fns.count; i++) {
		struct ast_fn *fn = tree->fns.items[i];

		for (size_t j = 0; j < fn->params.count; j++)
			if (fn->params.items[j].type)
				enter_type(fn->params.items[j].type, c);
		if (fn->result)
			enter_type(fn->result, c);
		ast_walk_block(fn->body, c->visitor);
	}
	for (size_t i = 0; i < tree->probes.count; i++) {
		struct ast_probe *p = tree->probes.items[i];

		expand_points(c, &p->points);
		if (p->predicate)
			ast_walk_expr(&p->predicate, c->visitor);
		ast_walk_block(p->body, c->visitor);
	}
}

int pass_definitions(struct sema *s)
{
	struct context c = { .s = s };
	struct ast_visitor v = { .enter_expr = enter_expr, .enter_type = enter_type, .context = &c };

	read_definitions(s);
	c.visitor = &v;
	if (!s->diag->error_count && (cdef_has_macros(s->c) || s->tree->has_named_sizes))
		walk_program(&c);
	strmap_free(&c.texts);
	return s->diag->error_count ? -EINVAL : 0;
}
