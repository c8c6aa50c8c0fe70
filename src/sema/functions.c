/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of the script, as far as types do not matter: what they are called, who calls whom, and
 * whether they come to an end without a value.
 *
 * A function is one body, whoever calls it. What belongs to probes (args, ctx, the probe's name) it
 * cannot see; what a built-in asks of probes must hold for all from which the function is reached.
 */
#include "sema/pass.h"
#include "stdlib/stdlib.h"

struct fn_symbol *find_function(const struct sema *s, const char *name)
{
	return strmap_get(&s->fn_names, name);
}

static void check_head(struct sema *s, const struct ast_fn *ast)
{
	const struct fn_symbol *other = find_function(s, ast->name);
	const struct ast_macro *macro = strmap_get(&s->macros, ast->name);

	if (s->builtin_find(ast->name) || stdlib_find(ast->name))
		diag_hint(diag_error(s->diag, DIAG_FUNCTION_NAME, ast->name_loc,
				     "'%s' is built in; a function needs a name of its own",
				     ast->name), "for example my_%s", ast->name);
	else if (macro)
		diag_note(diag_error(s->diag, DIAG_FUNCTION_NAME, ast->name_loc,
				     "'%s' is a macro as well", ast->name),
			  macro->name_loc, "the macro");
	else if (other)
		diag_note(diag_error(s->diag, DIAG_FUNCTION_NAME, ast->name_loc,
				     "there are two functions %s()", ast->name),
			  other->ast->name_loc, "the first one");
	if (ast->params.count > FN_PARAMETERS_MAX)
		diag_hint(diag_error(s->diag, DIAG_CODE_LIMIT,
				     ast->params.items[FN_PARAMETERS_MAX].loc,
				     "a function has %d parameters at most", FN_PARAMETERS_MAX),
			  "put some of them into a tuple");
}

struct fn_symbol *declare_function(struct sema *s, struct ast_fn *ast)
{
	struct fn_symbol *fn = ARENA_NEW(s->arena, struct fn_symbol);

	check_head(s, ast);
	fn->name = ast->name;
	fn->ast = ast;
	fn->body = ARENA_NEW(s->arena, struct body);
	fn->body->fn = fn;
	fn->body->block = ast->body;
	arena_vec_push(s->arena, &s->fns, fn);
	strmap_set(&s->fn_names, fn->name, fn);
	return fn;
}

void declare_functions(struct sema *s)
{
	for (size_t i = 0; i < s->tree->fns.count; i++)
		declare_function(s, s->tree->fns.items[i]);
	declare_objects(s);
}

bool is_beyond_function(struct sema *s, const struct expr *call, const struct builtin *b)
{
	if (!s->body->fn || !(b->flags & (BUILTIN_ARGS | BUILTIN_CONTEXT | BUILTIN_PROBE |
					    BUILTIN_STACK)))
		return false;
	diag_hint(diag_error(s->diag, DIAG_IN_FUNCTION, call->loc,
			     "'%s' belongs to a probe and cannot be used in a function",
			     call->call.name),
		  "give what is needed of it to %s() as an argument", s->body->fn->name);
	return true;
}

/* --- who calls whom --------------------------------------------------------------------------- */

enum visit { NOT_VISITED, VISITING, VISITED };

/* The calls that led to where the search is. */
struct chain {
	const struct chain *outer;
	const struct fn_call *call;
};

static void note_chain(struct diag_msg *m, const struct chain *c, const struct fn_symbol *top)
{
	if (c->call->fn != top)
		note_chain(m, c->outer, top);
	else
		return;
	diag_note(m, c->call->loc, "… which calls %s() here", c->call->fn->name);
}

/* c ends with the function whose call leads back. */
static void report_recursion(struct sema *s, const struct chain *c, const struct fn_call *back)
{
	struct diag_msg *m;

	if (c->call->fn == back->fn)
		m = diag_error(s->diag, DIAG_RECURSION, back->loc, "%s() calls itself",
			       back->fn->name);
	else
		m = diag_error(s->diag, DIAG_RECURSION, back->loc,
			       "%s() calls %s(), which is where the call came from",
			       c->call->fn->name, back->fn->name);
	diag_note(m, back->fn->ast->name_loc, "%s() is defined here", back->fn->name);
	note_chain(m, c, back->fn);
	diag_hint(m, "the kernel has no room for recursion; use a loop");
}

/* Puts fn into `order` behind all it calls. */
static void visit(struct sema *s, const struct chain *c, struct fn_symbols *order)
{
	struct fn_symbol *fn = c->call->fn;

	fn->visit = VISITING;
	for (size_t i = 0; i < fn->body->calls.count; i++) {
		const struct fn_call *call = &fn->body->calls.items[i];

		if (call->fn->visit == VISITING)
			report_recursion(s, c, call);
		else if (call->fn->visit == NOT_VISITED)
			visit(s, &(struct chain){ c, call }, order);
	}
	fn->visit = VISITED;
	fn->index = (uint32_t)order->count;
	arena_vec_push(s->arena, order, fn);
}

static void sort_functions(struct sema *s)
{
	struct fn_symbols order = { 0 };

	for (size_t i = 0; i < s->fns.count; i++) {
		struct fn_call first = { s->fns.items[i], s->fns.items[i]->ast->name_loc };

		if (s->fns.items[i]->visit == NOT_VISITED)
			visit(s, &(struct chain){ NULL, &first }, &order);
	}
	s->fns = order;
}

/* All functions that b reaches may be run by its probes. Callers come first: backward. */
static void spread_probes(struct sema *s, const struct body *from)
{
	auto_free bool *is_reached = xcalloc(s->fns.count + 1, sizeof(*is_reached));

	for (size_t i = 0; i < from->calls.count; i++)
		is_reached[from->calls.items[i].fn->index] = true;
	for (size_t i = s->fns.count; i-- > 0;) {
		struct fn_symbol *fn = s->fns.items[i];

		if (!is_reached[i])
			continue;
		fn->is_called = true;
		for (size_t n = 0; n < from->probes.count; n++)
			arena_vec_push(s->arena, &fn->body->probes, from->probes.items[n]);
		for (size_t n = 0; n < fn->body->calls.count; n++)
			is_reached[fn->body->calls.items[n].fn->index] = true;
	}
}

/* --- the end of a function -------------------------------------------------------------------- */

static bool is_void(const struct type_ref *ref)
{
	return ref->name && !strcmp(ref->name, "void") && !ref->suffixes.count;
}

static void check_end(struct sema *s, const struct fn_symbol *fn)
{
	struct block *b = fn->body->block;
	bool has_result = fn->ast->result ? !is_void(fn->ast->result) : fn->has_value;
	struct diag_msg *m;

	if (!has_result || block_leaves(b))
		return;
	m = diag_error(s->diag, DIAG_MISSING_RETURN, fn->ast->name_loc,
		       "%s() has a result, but can come to its end without a return", fn->name);
	if (b->value) {
		diag_hint(m, "the last expression is no result by itself: write `return …;`");
		b->value = NULL; /* nothing more about it */
	} else if (fn->ast->result) {
		diag_note(m, fn->ast->result->loc, "the result is '%s'", fn->ast->result->name);
	}
}

/* A library may have functions that this script does not call: nobody says what their types are. */
static bool is_unused_import(const struct sema *s, const struct fn_symbol *fn)
{
	if (fn->is_called || fn->is_linked || fn->ast->loc.source == s->tree->source)
		return false;
	for (size_t i = 0; i < fn->ast->params.count; i++)
		if (!fn->ast->params.items[i].type)
			return true;
	return false;
}

static void ignore_unused_imports(struct sema *s)
{
	auto_free bool *is_typed = xcalloc(s->fns.count + 1, sizeof(*is_typed));

	for (size_t i = s->fns.count; i-- > 0;) { /* callers before who is called */
		struct fn_symbol *fn = s->fns.items[i];

		fn->is_ignored = !is_typed[i] && is_unused_import(s, fn);
		for (size_t n = 0; n < fn->body->calls.count && !fn->is_ignored; n++)
			is_typed[fn->body->calls.items[n].fn->index] = true;
	}
}

void check_functions(struct sema *s)
{
	for (size_t i = 0; i < s->fns.count; i++)
		check_end(s, s->fns.items[i]);
	sort_functions(s);
	for (size_t i = 0; i < s->bodies.count; i++)
		if (s->bodies.items[i]->calls.count)
			spread_probes(s, s->bodies.items[i]);
	ignore_unused_imports(s);
}
