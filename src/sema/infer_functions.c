/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types of functions of the script.
 *
 * What is written is fixed. What is not is a cell like that of a variable: a parameter gets the
 * promotion of what all calls give, a result that of all returned values. Pointers written
 * `struct x *` say nothing about where they lead: that is what all calls, or returns, agree on.
 */
#include "sema/pass.h"

static void meet(struct sema *s, struct pointer_space *p, const struct type *t)
{
	uint8_t space = !p->is_given || p->space == t->space ? t->space : SPACE_UNKNOWN;

	if (t->kind != TYPE_POINTER || (p->is_given && p->space == space))
		return;
	p->is_given = true;
	p->space = space;
	s->is_changed = true;
}

static enum type_space space_of(const struct pointer_space *p)
{
	return p->is_given ? (enum type_space)p->space : SPACE_UNKNOWN;
}

/* The written type of a parameter or result, or NULL; structs are passed by value. */
static const struct type *written_type(struct sema *s, const struct type_ref *ref,
				       const struct pointer_space *p, const char *what)
{
	const struct type *t = sema_resolve_type(s, ref, space_of(p));

	if (!t)
		return NULL;
	t = sema_stored_form(s, t);
	if (t->kind == TYPE_VOID || type_is_unsized(t))
		return t;
	if (t->kind != TYPE_NONE && t->kind != TYPE_TIMESTAMP_MODE && !type_is_aggregation(t) &&
	    type_size(t))
		return t;
	if (s->is_final)
		diag_error(s->diag, DIAG_BAD_TYPE, ref->loc, "a %s cannot have the type '%s'", what,
			   t->spelling);
	return NULL;
}

static void fix_parameter(struct sema *s, struct symbol *v, const struct type_ref *ref)
{
	const struct type *t = written_type(s, ref, &v->from, "parameter");

	if (!t)
		return;
	if (t->kind == TYPE_VOID) {
		if (s->is_final)
			diag_error(s->diag, DIAG_BAD_TYPE, ref->loc,
				   "a parameter cannot have the type 'void'");
		return;
	}
	if (type_is_unsized(t)) {
		sema_join_variable(s, v, sema_least_sized(s, t), ref->loc);
		return;
	}
	s->is_changed |= v->type != t;
	v->type = t;
	v->is_fixed = true;
	v->cell.loc = ref->loc;
}

static void fix_result(struct sema *s, struct fn_symbol *fn)
{
	const struct type *t;

	if (!fn->ast->result) {
		if (!fn->has_value)
			fn->result = s->types.void_type;
		return;
	}
	t = written_type(s, fn->ast->result, &fn->from, "result");
	if (t && type_is_unsized(t)) {
		cells_join(s, &fn->result_cell, &fn->result, sema_least_sized(s, t),
			   fn->ast->result->loc);
		return;
	}
	s->is_changed |= t && fn->result != t;
	fn->result = t;
}

void infer_signature(struct sema *s, struct fn_symbol *fn)
{
	if (fn->is_linked)
		return;
	for (size_t i = 0; i < fn->params.count; i++)
		if (fn->ast->params.items[i].type)
			fix_parameter(s, fn->params.items[i], fn->ast->params.items[i].type);
	fix_result(s, fn);
}

/* --- calls ------------------------------------------------------------------------------------ */

static void mismatch(struct sema *s, const struct expr *e, const struct symbol *p,
		     const struct expr *arg, const struct type *t)
{
	struct diag_msg *m = diag_error(s->diag, DIAG_ARGUMENT_TYPE, arg->loc,
					"$%s of %s() is '%s', this is '%s'", p->name, e->call.name,
					p->type->spelling, t->spelling);

	diag_note(m, p->loc, "$%s is declared here", p->name);
	if (!p->is_fixed && p->cell.loc.source)
		diag_note(m, p->cell.loc, "its type comes from this call");
}

static void give_argument(struct sema *s, struct expr *e, struct symbol *p, struct expr **slot)
{
	const struct type *t = infer_value(s, slot);

	if (!t || !infer_is_storable(s, *slot, t))
		return;
	if (sema_has_context(t)) {
		if (s->is_final)
			diag_hint(diag_error(s->diag, DIAG_ARGUMENT_TYPE, (*slot)->loc,
					     "a function cannot have the context of a probe: %s() "
					     "would not know what it is", e->call.name),
				  "give the values that are needed");
		return;
	}
	t = sema_stored_form(s, t);
	meet(s, &p->from, t);
	sema_join_variable(s, p, t, (*slot)->loc);
	if (s->is_final && p->type && !sema_check_store(s, *slot, t, p->type))
		mismatch(s, e, p, *slot, t);
}

const struct type *infer_function_call(struct sema *s, struct expr *e)
{
	struct fn_symbol *fn = e->call.fn;

	for (size_t i = 0; i < e->call.args.count; i++) {
		if (i < fn->params.count)
			give_argument(s, e, fn->params.items[i], &e->call.args.items[i]);
		else
			sema_infer_expr(s, &e->call.args.items[i]);
	}
	return fn->result ? fn->result : infer_failed(s);
}

/* --- returns ---------------------------------------------------------------------------------- */

static void report_return(struct sema *s, const struct fn_symbol *fn, struct loc at,
			  const char *what)
{
	struct diag_msg *m = diag_error(s->diag, DIAG_RETURN_VALUE, at, "the result of %s() is "
					"'%s', this return has %s", fn->name, fn->result->spelling,
					what);

	if (fn->ast->result)
		diag_note(m, fn->ast->result->loc, "declared here");
	else if (fn->result_cell.loc.source)
		diag_note(m, fn->result_cell.loc, "because of this return");
}

static void check_return(struct sema *s, const struct fn_symbol *fn, const struct expr *value,
			 const struct type *t)
{
	if (fn->result->kind == TYPE_VOID)
		report_return(s, fn, value->loc, "a value");
	else if (!sema_check_store(s, value, t, fn->result))
		report_return(s, fn, value->loc, arena_printf(s->arena, "'%s'", t->spelling));
}

void infer_function_return(struct sema *s, struct stmt *st)
{
	struct fn_symbol *fn = s->body->fn;
	const struct type *t;

	if (!st->result.value) {
		if (s->is_final && fn->result && fn->result->kind != TYPE_VOID)
			report_return(s, fn, st->loc, "no value");
		return;
	}
	t = infer_value(s, &st->result.value);
	if (!t || !infer_is_storable(s, st->result.value, t))
		return;
	if (sema_has_context(t)) {
		if (s->is_final)
			diag_error(s->diag, DIAG_RETURN_VALUE, st->result.value->loc,
				   "a function cannot return the context of a probe");
		return;
	}
	t = sema_stored_form(s, t);
	meet(s, &fn->from, t);
	if (!fn->ast->result ||
	    (fn->result && !fn->ast->result->suffixes.count &&
	     (fn->result->kind == TYPE_STRING || fn->result->kind == TYPE_BUFFER)))
		cells_join(s, &fn->result_cell, &fn->result, t, st->result.value->loc);
	if (s->is_final && fn->result)
		check_return(s, fn, st->result.value, t);
}

void report_unresolved_function(struct sema *s, const struct fn_symbol *fn)
{
	bool is_told = false;

	for (size_t i = 0; i < fn->params.count; i++) {
		const struct symbol *p = fn->params.items[i];

		if (p->type)
			continue;
		is_told = true;
		diag_hint(diag_error(s->diag, DIAG_UNRESOLVED_TYPE, p->loc,
				     "the type of $%s follows from nothing: nobody calls %s()",
				     p->name, fn->name),
			  "write it: $%s : int64", p->name);
	}
	if (!fn->result && !is_told)
		diag_error(s->diag, DIAG_UNRESOLVED_TYPE, fn->ast->name_loc,
			   "the type of the result of %s() follows from nothing", fn->name);
}
