/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass "macros": calls of macros become blocks (spec language.md §2.5).
 *
 * A call is replaced by a copy of the macro's body, in which parameters are replaced by copies of
 * the arguments as often as they stand there. An argument is expanded where it is put in, but in
 * the frame of its call: its names are the caller's. Variables of the body get the number of the
 * expansion, so that they are nobody else's; places get a view of the macro's text that knows the
 * call. `$x` and `@m` become the caller's variable and map.
 *
 * Expansion ends: a macro that is already open is not opened again, and depth and size are bounded.
 */
#include <errno.h>
#include "sema/macro.h"

#define LEVELS_MAX 100	  /* macros inside one another */
#define DEPTH_MAX  1000	  /* nodes below one another, as in pass "supported" */
#define NODES_MAX  500000 /* of all expansions: as many as a script may have */

struct walk {
	struct expander *x;
	const struct frame *frame;
	const struct ast_visitor *visitor;
};

const struct macro_argument *macro_argument_named(const struct frame *frame, const char *name)
{
	size_t i;

	if (!frame->macro || !macro_has_param(frame->macro, MACRO_PARAM_EXPR, name, &i))
		return NULL;
	return &frame->arguments[i];
}

static const struct macro_argument *argument_by_reference(const struct frame *frame, int kind,
							  const char *name)
{
	size_t i;

	if (!frame->macro || !macro_has_param(frame->macro, kind, name, &i))
		return NULL;
	return &frame->arguments[i];
}

/* --- limits ----------------------------------------------------------------------------------- */

static void report_limit(struct expander *x, struct loc at, const char *what, int limit)
{
	if (!x->is_full)
		diag_error(x->s->diag, DIAG_MACRO_LIMIT, at, "macros expand to %s %d %s here",
			   "more than", limit, what);
	x->is_full = true;
}

/* The macros from the first use of m to the one at hand: "a → b → a". */
static void add_chain(struct strbuf *b, const struct frame *f, const struct ast_macro *m)
{
	if (f->macro != m)
		add_chain(b, f->caller, m);
	strbuf_printf(b, "%s → ", f->macro->name);
}

/* Whether m is being expanded already; if so, reports it. */
static bool is_recursion(struct expander *x, const struct frame *frame, const struct ast_macro *m,
			 struct loc at)
{
	auto_strbuf struct strbuf chain = STRBUF_INIT;
	const struct frame *f = frame;
	struct diag_msg *msg;

	while (f && f->macro != m)
		f = f->caller;
	if (!f)
		return false;
	add_chain(&chain, frame, m);
	msg = diag_error(x->s->diag, DIAG_MACRO_RECURSION, at, "macro '%s' calls itself: %s%s",
			 m->name, chain.text, m->name);
	diag_note(msg, m->name_loc, "defined here");
	diag_hint(msg, "a macro is put in where it is called, so it cannot end: use a loop");
	return true;
}

/* --- one call --------------------------------------------------------------------------------- */

static bool can_open(struct expander *x, const struct frame *frame, const struct ast_macro *m,
		     struct loc at)
{
	if (is_recursion(x, frame, m, at))
		return false;
	if (frame->level >= LEVELS_MAX)
		report_limit(x, at, "levels", LEVELS_MAX);
	return !x->is_full;
}

static struct expr *expand_macro(struct expander *x, const struct frame *caller,
				 struct ast_macro *m, const struct macro_arguments *args,
				 struct loc at)
{
	struct sema *s = x->s;
	struct frame frame = {
		.caller = caller, .macro = m, .arguments = args->items,
		.view = source_view(s->arena, m->loc.source, at),
		.expansion = ++x->expansions, .level = caller->level + 1,
	};
	struct expr *e = expr_new(s->arena, EXPR_BLOCK, at);

	e->block.block = block_clone(s->arena, m->body);
	e->block.is_expansion = true;
	macro_expand(x, &frame, &e);
	e->loc = at;
	return e;
}

/* Replaces a call of a macro. False: it is none. */
static bool expand_call(struct walk *w, struct expr **slot)
{
	struct expander *x = w->x;
	struct macro_candidates candidates;
	struct macro_arguments args;
	struct expr *e = *slot;
	struct ast_macro *m;
	bool is_wrong;

	if (!macro_candidates(x, w->frame, e, &candidates))
		return false;
	args = macro_arguments_of(x, w->frame, e);
	m = macro_choose(x, e, &candidates, &args, &is_wrong);
	if (!m && !is_wrong)
		return false;
	if (m && can_open(x, w->frame, m, e->loc))
		*slot = expand_macro(x, w->frame, m, &args, e->loc);
	else
		*slot = expr_integer(x->s->arena, e->loc, 0);
	return true;
}

/* --- arguments -------------------------------------------------------------------------------- */

/* What is passed by expression cannot be assigned to. */
static struct expr *wrap(struct arena *a, struct expr *e)
{
	struct expr *wrapped;

	if (e->kind != EXPR_VARIABLE && e->kind != EXPR_MAP)
		return e;
	wrapped = expr_new(a, EXPR_BLOCK, e->loc);
	wrapped->block.block = block_new(a, e->loc);
	wrapped->block.block->value = e;
	return wrapped;
}

struct expr *macro_use_argument(struct expander *x, const struct macro_argument *argument,
				const char *name, struct loc at)
{
	struct expr *e;

	if (argument->kind == ARGUMENT_TYPE) {
		struct diag_msg *m = diag_error(x->s->diag, DIAG_TYPE_ARGUMENT, at,
						"'%s' is a type here, not a value", name);

		diag_note(m, argument->loc, "typeof(…) is passed for '%s'", name);
		return expr_integer(x->s->arena, at, 0);
	}
	e = expr_clone(x->s->arena, argument->expr);
	if (argument->frame)
		macro_expand(x, argument->frame, &e);
	return wrap(x->s->arena, e);
}

/* --- the walk --------------------------------------------------------------------------------- */

static void relocate_options(struct arena *a, const struct frame *frame, struct expr_call *call)
{
	size_t count = call->options.count;

	if (!count)
		return;
	call->option_locs = arena_memdup(a, call->option_locs, count * sizeof(*call->option_locs));
	for (size_t i = 0; i < count; i++)
		call->option_locs[i].source = frame->view;
}

static void relocate(struct arena *a, const struct frame *frame, struct expr *e)
{
	if (!frame->view)
		return;
	e->loc.source = frame->view;
	if (e->kind == EXPR_BINARY)
		e->binary.op_loc.source = frame->view;
	else if (e->kind == EXPR_MEMBER)
		e->member.name_loc.source = frame->view;
	if (e->kind != EXPR_CALL)
		return;
	e->call.name_loc.source = frame->view;
	relocate_options(a, frame, &e->call);
}

/* A built-in that asks for a type. */
static bool takes_type(struct sema *s, const struct expr *call, size_t i)
{
	const struct builtin *b = s->builtin_find(call->call.name);
	const struct signature *sig = b ? sema_signature(s, b) : NULL;

	return sig && i < sig->arg_count && (sig->args[i] & SIGNATURE_TYPE);
}

static void refuse_type_arguments(struct expander *x, const struct expr *call)
{
	for (size_t i = 0; i < call->call.args.count; i++) {
		const struct expr *arg = call->call.args.items[i];

		if (arg->kind == EXPR_TYPE && !takes_type(x->s, call, i))
			diag_hint(diag_error(x->s->diag, DIAG_TYPE_ARGUMENT, arg->loc,
					     "typeof() can be passed to macros only, and '%s' is "
					     "none", call->call.name),
				  "did you mean sizeof() or typeinfo()?");
	}
}

static void expand_variable(const struct frame *frame, struct expr *e)
{
	const struct macro_argument *argument;

	if (!frame->macro)
		return;
	argument = argument_by_reference(frame, MACRO_PARAM_VARIABLE, e->variable.name);
	if (argument)
		e->variable = argument->expr->variable;
	else
		e->variable.expansion = frame->expansion;
}

static void expand_map(const struct frame *frame, struct expr *e)
{
	const struct macro_argument *argument =
		argument_by_reference(frame, MACRO_PARAM_MAP, e->map.name);

	if (argument)
		e->map.name = argument->expr->map.name;
}

static bool expand_name(struct walk *w, struct expr **slot)
{
	const struct macro_argument *argument =
		macro_argument_named(w->frame, (*slot)->name.name);

	if (argument)
		*slot = macro_use_argument(w->x, argument, (*slot)->name.name, (*slot)->loc);
	else
		expand_call(w, slot);
	return false;
}

/* The parameter of a type in place of a type, in a call of a built-in that asks for one. */
static bool expand_type_argument(struct walk *w, const struct expr *call, size_t i)
{
	struct expr **arg = &call->call.args.items[i];
	const struct macro_argument *argument;

	if ((*arg)->kind != EXPR_NAME || !takes_type(w->x->s, call, i))
		return false;
	argument = macro_argument_named(w->frame, (*arg)->name.name);
	if (!argument || argument->kind != ARGUMENT_TYPE)
		return false;
	*arg = macro_use_type(w->x, argument, (*arg)->loc);
	return true;
}

static bool expand_function(struct walk *w, struct expr **slot)
{
	struct expr *e = *slot;

	if (expand_call(w, slot))
		return false;
	refuse_type_arguments(w->x, e);
	e->call.is_in_macro = w->frame->macro != NULL;
	for (size_t i = 0; i < e->call.args.count; i++) {
		if (!expand_type_argument(w, e, i))
			ast_walk_expr(&e->call.args.items[i], w->visitor);
	}
	for (size_t i = 0; i < e->call.options.count; i++)
		ast_walk_expr(&e->call.options.items[i], w->visitor);
	return false;
}

static bool is_within_limits(struct expander *x, const struct expr *e)
{
	if (x->depth > DEPTH_MAX)
		report_limit(x, e->loc, "levels of expressions", DEPTH_MAX);
	if (x->nodes > NODES_MAX)
		report_limit(x, e->loc, "expressions", NODES_MAX);
	return !x->is_full;
}

static bool enter_expr(struct expr **slot, void *context)
{
	struct walk *w = context;
	const struct frame *frame = w->frame;
	struct expr *e = *slot;

	w->x->depth++;
	w->x->nodes += frame->macro != NULL;
	if (!is_within_limits(w->x, e))
		return false;
	relocate(w->x->s->arena, frame, e);
	switch (e->kind) {
	case EXPR_NAME:
		return expand_name(w, slot);
	case EXPR_CALL:
		return expand_function(w, slot);
	case EXPR_VARIABLE:
		expand_variable(frame, e);
		return false;
	case EXPR_MAP:
		expand_map(frame, e);
		return true;
	case EXPR_CAST:
		macro_expand_type(w->x, frame, e->cast.to);
		ast_walk_expr(&e->cast.operand, w->visitor);
		return false;
	case EXPR_SIZEOF:
		macro_expand_operand(w->x, frame, &e->size_of.of);
		return false;
	case EXPR_OFFSETOF:
		macro_expand_operand(w->x, frame, &e->offset_of.of);
		macro_expand_path(w->x, frame, e);
		return false;
	case EXPR_TYPEINFO:
		macro_expand_operand(w->x, frame, &e->typeinfo.of);
		return false;
	case EXPR_TYPE:
		macro_expand_operand(w->x, frame, &e->type_operand.of);
		return false;
	case EXPR_INTEGER:
	case EXPR_STRING:
	case EXPR_BOOLEAN:
	case EXPR_PARAMETER:
	case EXPR_UNARY:
	case EXPR_BINARY:
	case EXPR_INCREMENT:
	case EXPR_TERNARY:
	case EXPR_IF:
	case EXPR_BLOCK:
	case EXPR_MEMBER:
	case EXPR_ELEMENT:
	case EXPR_INDEX:
	case EXPR_TUPLE:
	case EXPR_RECORD:
	case EXPR_COMPTIME:
	case EXPR_ADDRESS_OF:
	case EXPR_KIND_COUNT:
		break;
	}
	return true;
}

static void leave_expr(struct expr **slot, void *context)
{
	(void)slot;
	((struct walk *)context)->x->depth--;
}

static bool enter_stmt(struct stmt **slot, void *context)
{
	struct walk *w = context;
	struct stmt *st = *slot;

	w->x->depth++;
	if (w->frame->view)
		st->loc.source = w->frame->view;
	if (st->kind == STMT_LET)
		macro_expand_type(w->x, w->frame, st->let.type);
	else
		return true;
	if (st->let.value)
		ast_walk_expr(&st->let.value, w->visitor);
	ast_walk_expr(&st->let.variable, w->visitor);
	return false;
}

static void leave_stmt(struct stmt **slot, void *context)
{
	(void)slot;
	((struct walk *)context)->x->depth--;
}

static void enter_block(struct block *b, void *context)
{
	const struct walk *w = context;

	if (w->frame->view)
		b->loc.source = w->frame->view;
}

static struct ast_visitor visitor_of(struct walk *w)
{
	return (struct ast_visitor){ .enter_expr = enter_expr, .leave_expr = leave_expr,
				     .enter_stmt = enter_stmt, .leave_stmt = leave_stmt,
				     .enter_block = enter_block, .context = w };
}

void macro_expand(struct expander *x, const struct frame *frame, struct expr **slot)
{
	struct walk w = { .x = x, .frame = frame };
	struct ast_visitor v = visitor_of(&w);

	w.visitor = &v;
	ast_walk_expr(slot, &v);
}

static void expand_body(struct expander *x, struct expr **predicate, struct block *b)
{
	static const struct frame script;
	struct walk w = { .x = x, .frame = &script };
	struct ast_visitor v = visitor_of(&w);

	w.visitor = &v;
	if (predicate && *predicate)
		ast_walk_expr(predicate, &v);
	ast_walk_block(b, &v);
}

/* --- the pass --------------------------------------------------------------------------------- */

static void define_all(struct expander *x)
{
	struct sema *s = x->s;

	for (size_t i = 0; i < s->tree->macros.count; i++) {
		macro_define(s, &x->script, s->tree->macros.items[i]);
		macro_check_body(s, s->tree->macros.items[i]);
		strmap_set(&s->macros, s->tree->macros.items[i]->name, s->tree->macros.items[i]);
	}
}

static void expand_all(struct expander *x)
{
	const struct ast_program *tree = x->s->tree;

	for (size_t i = 0; i < tree->fns.count; i++)
		expand_body(x, NULL, tree->fns.items[i]->body);
	for (size_t i = 0; i < tree->probes.count; i++)
		expand_body(x, &tree->probes.items[i]->predicate, tree->probes.items[i]->body);
}

int pass_macros(struct sema *s)
{
	struct expander x = { .s = s };

	define_all(&x);
	if (!s->diag->error_count)
		expand_all(&x);
	macro_table_free(&x.script);
	macro_table_free(&x.library);
	return s->diag->error_count ? -EINVAL : 0;
}
