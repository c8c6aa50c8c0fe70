/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which macro a call means (spec language.md §2.5).
 *
 * Macros of one name differ in the number and the kinds of their parameters. Of those that accept
 * the arguments the one wins that takes them most exactly, looked at from the left; of two that
 * are equal in this, the script's. In the library only the library's count.
 */
#include "sema/macro.h"

/* --- arguments -------------------------------------------------------------------------------- */

/* A variable or a whole map: what it finally is, whatever frame it is written in. */
static struct macro_argument final_argument(struct expander *x, const struct frame *frame,
					    const struct expr *e, enum argument_kind kind)
{
	struct macro_argument a = { .expr = expr_clone(x->s->arena, e), .kind = kind };

	macro_expand(x, frame, &a.expr);
	a.loc = a.expr->loc;
	return a;
}

static struct macro_argument argument_of(struct expander *x, const struct frame *frame,
					 struct expr *e)
{
	const struct macro_argument *outer;
	struct macro_argument a;

	if (e->kind == EXPR_VARIABLE)
		return final_argument(x, frame, e, ARGUMENT_VARIABLE);
	if (e->kind == EXPR_MAP && !e->map.key)
		return final_argument(x, frame, e, ARGUMENT_MAP);
	outer = e->kind == EXPR_NAME ? macro_argument_named(frame, e->name.name) : NULL;
	if (outer) { /* handed on: an expression for good, whatever was passed */
		a = *outer;
		a.kind = a.kind == ARGUMENT_TYPE ? ARGUMENT_TYPE : ARGUMENT_EXPR;
	} else {
		a = (struct macro_argument){ .expr = e, .frame = frame, .kind = ARGUMENT_EXPR };
		if (e->kind == EXPR_TYPE)
			a.kind = ARGUMENT_TYPE;
	}
	a.loc = e->loc;
	if (frame->view)
		a.loc.source = frame->view;
	return a;
}

struct macro_arguments macro_arguments_of(struct expander *x, const struct frame *frame,
					  const struct expr *call)
{
	struct macro_arguments args = { 0 };

	for (size_t i = 0; call->kind == EXPR_CALL && i < call->call.args.count; i++)
		arena_vec_push(x->s->arena, &args,
			       argument_of(x, frame, call->call.args.items[i]));
	return args;
}

/* --- choosing --------------------------------------------------------------------------------- */

enum fit { FIT_NONE, FIT_ANY, FIT_EXACT };

static enum fit argument_fit(const struct ast_macro_param *p, const struct macro_argument *a)
{
	switch (p->kind) {
	case MACRO_PARAM_VARIABLE:
		return a->kind == ARGUMENT_VARIABLE ? FIT_EXACT : FIT_NONE;
	case MACRO_PARAM_MAP:
		return a->kind == ARGUMENT_MAP ? FIT_EXACT : FIT_NONE;
	case MACRO_PARAM_EXPR:
		return FIT_ANY;
	}
	return FIT_NONE;
}

/* The first argument that does not fit, or the number of arguments. */
static size_t first_misfit(const struct ast_macro *m, const struct macro_arguments *args)
{
	size_t i = 0;

	while (i < args->count && i < m->params.count &&
	       argument_fit(&m->params.items[i], &args->items[i]) != FIT_NONE)
		i++;
	return i;
}

static bool accepts(const struct ast_macro *m, const struct macro_arguments *args)
{
	return m->params.count == args->count && first_misfit(m, args) == args->count;
}

static bool is_more_exact(const struct ast_macro *a, const struct ast_macro *b,
			  const struct macro_arguments *args)
{
	for (size_t i = 0; i < args->count; i++) {
		enum fit fit_a = argument_fit(&a->params.items[i], &args->items[i]);
		enum fit fit_b = argument_fit(&b->params.items[i], &args->items[i]);

		if (fit_a != fit_b)
			return fit_a > fit_b;
	}
	return false;
}

static void choose(const struct macro_list *list, const struct macro_arguments *args,
		   struct ast_macro **best)
{
	for (size_t i = 0; list && i < list->count; i++) {
		struct ast_macro *m = list->items[i];

		if (accepts(m, args) && (!*best || is_more_exact(m, *best, args)))
			*best = m;
	}
}

/* --- messages --------------------------------------------------------------------------------- */

static size_t distance(const struct ast_macro *m, const struct macro_arguments *args)
{
	size_t a = m->params.count, b = args->count;

	if (a == b)
		return args->count - first_misfit(m, args);
	return 1000 * (a > b ? a - b : b - a);
}

static const struct ast_macro *closest(const struct macro_list *list,
				       const struct macro_arguments *args,
				       const struct ast_macro *best)
{
	for (size_t i = 0; list && i < list->count; i++) {
		if (!best || distance(list->items[i], args) < distance(best, args))
			best = list->items[i];
	}
	return best;
}

static void hint_forms(struct sema *s, struct diag_msg *m, const struct macro_candidates *c)
{
	const struct macro_list *lists[] = { c->script, c->library };
	auto_strbuf struct strbuf b = STRBUF_INIT;

	for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
		for (size_t i = 0; lists[l] && i < lists[l]->count; i++)
			strbuf_printf(&b, "%s%s", b.len ? ", " : "",
				      macro_form(s->arena, lists[l]->items[i]));
	}
	diag_hint(m, "it can be called as %s", b.text);
}

static void report_count(struct sema *s, const struct expr *call, const struct ast_macro *m,
			 size_t given, struct diag_msg **msg)
{
	size_t wanted = m->params.count;

	if (call->kind == EXPR_NAME)
		*msg = diag_error(s->diag, DIAG_MACRO_ARGUMENTS, call->loc,
				  "macro '%s' needs %zu argument%s", m->name, wanted,
				  wanted == 1 ? "" : "s");
	else
		*msg = diag_error(s->diag, DIAG_MACRO_ARGUMENTS, call->loc,
				  "macro '%s' takes %zu argument%s (%zu provided)", m->name, wanted,
				  wanted == 1 ? "" : "s", given);
	diag_note(*msg, m->name_loc, "defined here");
}

static void report_kind(struct sema *s, const struct ast_macro *m,
			const struct macro_argument *arg, const struct ast_macro_param *param,
			struct diag_msg **msg)
{
	bool is_map = param->kind == MACRO_PARAM_MAP;

	*msg = diag_error(s->diag, DIAG_MACRO_ARGUMENTS, arg->loc,
			  "macro '%s' needs a %s here", m->name,
			  is_map ? "map without a key" : "variable");
	diag_note(*msg, param->loc, "%s%s is used by reference", is_map ? "@" : "$", param->name);
}

static void report_misfit(struct sema *s, const struct expr *call,
			  const struct macro_arguments *args, const struct macro_candidates *c)
{
	const struct ast_macro *m = closest(c->library, args, closest(c->script, args, NULL));
	size_t forms = (c->script ? c->script->count : 0) + (c->library ? c->library->count : 0);
	size_t misfit = first_misfit(m, args);
	struct diag_msg *msg;

	if (m->params.count != args->count)
		report_count(s, call, m, args->count, &msg);
	else
		report_kind(s, m, &args->items[misfit], &m->params.items[misfit], &msg);
	if (forms > 1)
		hint_forms(s, msg, c);
}

bool macro_candidates(struct expander *x, const struct frame *frame, const struct expr *call,
		      struct macro_candidates *out)
{
	const char *name = call->kind == EXPR_CALL ? call->call.name : call->name.name;
	bool in_library = frame->macro && frame->macro->loc.source->is_library;

	out->name = name;
	out->script = in_library ? NULL : strmap_get(&x->script.by_name, name);
	out->library = macro_library(x, name);
	return out->script || out->library;
}

struct ast_macro *macro_choose(struct expander *x, const struct expr *call,
			       const struct macro_candidates *c,
			       const struct macro_arguments *args, bool *is_wrong)
{
	bool has_options = call->kind == EXPR_CALL && call->call.options.count;
	struct ast_macro *found = NULL;

	if (!has_options) {
		choose(c->script, args, &found);
		choose(c->library, args, &found);
	}
	*is_wrong = !found && !x->s->builtin_find(c->name); /* a built-in says what it takes */
	if (*is_wrong && has_options)
		diag_error(x->s->diag, DIAG_MACRO_ARGUMENTS, call->call.option_locs[0],
			   "%s() is a macro: its arguments have no names", c->name);
	else if (*is_wrong)
		report_misfit(x->s, call, args, c);
	return found;
}
