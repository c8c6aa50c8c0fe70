/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments in place of types: `typeof(T)` passed to a parameter that stands where a type is
 * needed, and an expression passed to one in sizeof() and its like. A member's name for offsetof()
 * is the third thing that is no value.
 */
#include "sema/macro.h"

static void bad_type_argument(struct expander *x, const struct macro_argument *argument,
			      const char *name, struct loc at)
{
	struct diag_msg *m = diag_error(x->s->diag, DIAG_TYPE_ARGUMENT, at,
					"'%s' stands for a type here, but the argument is a value",
					name);

	diag_note(m, argument->loc, "this is passed for '%s'", name);
	diag_hint(m, "pass typeof(…); if '%s' is meant as a value, leave out the parentheses, which "
		     "make it a cast", name);
}

/* struct t: only a name can stand for t. */
static void expand_tag(struct expander *x, const struct macro_argument *argument,
		       struct type_ref *t)
{
	const struct type_ref *named = argument->kind == ARGUMENT_TYPE ?
					       argument->expr->type_operand.of.type : NULL;
	struct diag_msg *m;

	if (named && named->name && named->keyword == TYPE_REF_PLAIN && !named->suffixes.count) {
		t->name = named->name;
		return;
	}
	m = diag_error(x->s->diag, DIAG_TYPE_ARGUMENT, t->loc,
		       "after 'struct', 'union' or 'enum' the argument must be a plain name");
	diag_note(m, argument->loc, "this is passed for '%s'", t->name);
	diag_hint(m, "write typeof(name), or leave out the keyword in the macro");
}

static void append_suffixes(struct arena *a, struct type_ref *to, const struct type_ref *from)
{
	for (size_t i = 0; i < from->suffixes.count; i++)
		arena_vec_push(a, &to->suffixes, from->suffixes.items[i]);
}

/* The operand of the typeof(…) that was passed, expanded where it was written. */
static struct type_or_expr passed_operand(struct expander *x, const struct macro_argument *argument)
{
	struct expr *copy = expr_clone(x->s->arena, argument->expr);

	macro_expand_operand(x, argument->frame, &copy->type_operand.of);
	return copy->type_operand.of;
}

struct expr *macro_use_type(struct expander *x, const struct macro_argument *argument,
			    struct loc at)
{
	struct expr *e = expr_new(x->s->arena, EXPR_TYPE, at);

	e->type_operand.of = passed_operand(x, argument);
	return e;
}

/* Puts the passed type in place of the name of t, whose `*` and `[n]` stay behind it. */
static void splice(struct expander *x, const struct macro_argument *argument, struct type_ref *t)
{
	struct type_or_expr of = passed_operand(x, argument);
	struct type_ref spliced = { .loc = t->loc, .typeof_expr = of.expr };

	if (of.type) {
		spliced = *of.type;
		spliced.loc = t->loc;
		spliced.suffixes = (struct type_suffixes){ 0 };
		append_suffixes(x->s->arena, &spliced, of.type);
	}
	append_suffixes(x->s->arena, &spliced, t);
	*t = spliced;
}

void macro_expand_type(struct expander *x, const struct frame *frame, struct type_ref *t)
{
	const struct macro_argument *argument;

	if (!t)
		return;
	if (frame->view)
		t->loc.source = frame->view;
	if (!t->name) {
		struct type_or_expr of = { .type = t->typeof_type, .expr = t->typeof_expr };

		macro_expand_operand(x, frame, &of);
		t->typeof_type = of.type;
		t->typeof_expr = of.expr;
		return;
	}
	argument = macro_argument_named(frame, t->name);
	if (!argument)
		return;
	if (t->keyword != TYPE_REF_PLAIN)
		expand_tag(x, argument, t);
	else if (argument->kind == ARGUMENT_TYPE)
		splice(x, argument, t);
	else
		bad_type_argument(x, argument, t->name, t->loc);
}

void macro_expand_operand(struct expander *x, const struct frame *frame, struct type_or_expr *of)
{
	const struct macro_argument *argument = NULL;
	struct type_ref *t = of->type;

	if (of->expr) {
		macro_expand(x, frame, &of->expr);
		return;
	}
	if (t && t->name && t->keyword == TYPE_REF_PLAIN && !t->suffixes.count)
		argument = macro_argument_named(frame, t->name);
	if (!argument || argument->kind == ARGUMENT_TYPE) {
		macro_expand_type(x, frame, t);
		return;
	}
	of->expr = macro_use_argument(x, argument, t->name, t->loc);
	of->type = NULL;
}

/* --- offsetof(t, member) ---------------------------------------------------------------------- */

struct path VEC_OF(const char *);

/* a.b.c as names; false if it is something else. */
static bool add_path(struct arena *a, const struct expr *e, struct path *path)
{
	if (e->kind == EXPR_NAME) {
		arena_vec_push(a, path, e->name.name);
		return true;
	}
	if (e->kind != EXPR_MEMBER || !add_path(a, e->member.object, path))
		return false;
	arena_vec_push(a, path, e->member.name);
	return true;
}

static void add_argument_path(struct expander *x, const struct macro_argument *argument,
			      const char *name, struct loc at, struct path *path)
{
	if (argument->kind == ARGUMENT_EXPR && add_path(x->s->arena, argument->expr, path))
		return;
	diag_note(diag_error(x->s->diag, DIAG_MEMBER_ARGUMENT, argument->loc,
			     "the name of a member, such as a or a.b, is needed here"),
		  at, "'%s' is a member in this offsetof()", name);
	arena_vec_push(x->s->arena, path, name);
}

void macro_expand_path(struct expander *x, const struct frame *frame, struct expr *e)
{
	struct path path = { 0 };

	for (uint32_t i = 0; i < e->offset_of.path_count; i++) {
		const char *name = e->offset_of.path[i];
		const struct macro_argument *argument = macro_argument_named(frame, name);

		if (argument)
			add_argument_path(x, argument, name, e->loc, &path);
		else
			arena_vec_push(x->s->arena, &path, name);
	}
	e->offset_of.path = path.items;
	e->offset_of.path_count = (uint32_t)path.count;
}
