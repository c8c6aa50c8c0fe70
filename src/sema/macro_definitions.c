/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Definitions of macros: a table by name, and what is wrong in a body wherever it is called
 * (spec language.md §2.5): jumps out of it, maps that are no parameters, variables that hide one.
 */
#include "sema/macro.h"

static bool have_same_form(const struct ast_macro *a, const struct ast_macro *b)
{
	if (a->params.count != b->params.count)
		return false;
	for (size_t i = 0; i < a->params.count; i++) {
		if (a->params.items[i].kind != b->params.items[i].kind)
			return false;
	}
	return true;
}

void macro_define(struct sema *s, struct macro_table *t, struct ast_macro *m)
{
	struct macro_list *list = strmap_get(&t->by_name, m->name);

	if (!list) {
		list = ARENA_NEW(s->arena, struct macro_list);
		strmap_set(&t->by_name, m->name, list);
	}
	for (size_t i = 0; i < list->count; i++) {
		struct diag_msg *msg;

		if (!have_same_form(list->items[i], m))
			continue;
		msg = diag_error(s->diag, DIAG_MACRO_REDEFINED, m->name_loc,
				 "macro %s is defined twice", macro_form(s->arena, m));
		diag_note(msg, list->items[i]->name_loc, "first defined here");
		diag_hint(msg, "macros of one name differ in the number of their parameters or in "
			       "where those are '$' or '@'");
		return;
	}
	arena_vec_push(s->arena, list, m);
}

void macro_table_free(struct macro_table *t)
{
	strmap_free(&t->by_name);
}

bool macro_has_param(const struct ast_macro *m, int kind, const char *name, size_t *index)
{
	for (size_t i = 0; i < m->params.count; i++) {
		const struct ast_macro_param *p = &m->params.items[i];

		if ((int)p->kind == kind && !strcmp(p->name, name)) {
			*index = i;
			return true;
		}
	}
	return false;
}

const char *macro_form(struct arena *a, const struct ast_macro *m)
{
	static const char *const marks[] = {
		[MACRO_PARAM_EXPR] = "", [MACRO_PARAM_VARIABLE] = "$", [MACRO_PARAM_MAP] = "@",
	};
	auto_strbuf struct strbuf b = STRBUF_INIT;

	strbuf_printf(&b, "%s(", m->name);
	for (size_t i = 0; i < m->params.count; i++)
		strbuf_printf(&b, "%s%s%s", i ? ", " : "", marks[m->params.items[i].kind],
			      m->params.items[i].name);
	strbuf_add_char(&b, ')');
	return arena_strdup(a, b.text);
}

/* --- bodies ----------------------------------------------------------------------------------- */

struct body_check {
	struct sema *s;
	const struct ast_macro *macro;
	uint32_t loops;
};

static bool enter_expr(struct expr **slot, void *context)
{
	struct body_check *c = context;
	const struct expr *e = *slot;
	struct diag_msg *m;
	size_t index;

	if (e->kind != EXPR_MAP || macro_has_param(c->macro, MACRO_PARAM_MAP, e->map.name, &index))
		return true;
	m = diag_error(c->s->diag, DIAG_MACRO_MAP, e->loc,
		       "@%s is not a parameter of the macro '%s': a macro uses no other maps",
		       e->map.name, c->macro->name);
	diag_hint(m, "let the caller pass it: macro %s(%s@%s)", c->macro->name,
		  c->macro->params.count ? "…, " : "", e->map.name);
	return true;
}

static void check_declaration(const struct body_check *c, const struct expr *variable)
{
	size_t index;

	if (variable->kind != EXPR_VARIABLE ||
	    !macro_has_param(c->macro, MACRO_PARAM_VARIABLE, variable->variable.name, &index))
		return;
	diag_note(diag_error(c->s->diag, DIAG_REDECLARED, variable->loc,
			     "$%s is a parameter of the macro and cannot be declared in it",
			     variable->variable.name),
		  c->macro->params.items[index].loc, "the parameter is here");
}

static void refuse_jump(const struct body_check *c, const struct stmt *st, const char *word)
{
	struct diag_msg *m = diag_error(c->s->diag, DIAG_MACRO_JUMP, st->loc,
					"'%s' cannot leave the macro '%s'", word, c->macro->name);

	if (st->kind == STMT_RETURN)
		diag_hint(m, "the value of a macro is its last expression, without a ';'");
	else
		diag_hint(m, "it may stand in a loop that is part of the macro");
}

static bool enter_stmt(struct stmt **slot, void *context)
{
	struct body_check *c = context;
	const struct stmt *st = *slot;

	switch (st->kind) {
	case STMT_WHILE:
		c->loops++;
		break;
	case STMT_FOR_RANGE:
		c->loops++;
		check_declaration(c, st->for_range.variable);
		break;
	case STMT_FOR_MAP:
		c->loops++;
		check_declaration(c, st->for_map.variable);
		break;
	case STMT_LET:
		check_declaration(c, st->let.variable);
		break;
	case STMT_RETURN:
		refuse_jump(c, st, "return");
		break;
	case STMT_BREAK:
		if (!c->loops)
			refuse_jump(c, st, "break");
		break;
	case STMT_CONTINUE:
		if (!c->loops)
			refuse_jump(c, st, "continue");
		break;
	case STMT_EXPR:
	case STMT_DISCARD:
	case STMT_ASSIGN:
	case STMT_UNROLL:
	case STMT_IMPORT:
	case STMT_KIND_COUNT:
		break;
	}
	return true;
}

static void leave_stmt(struct stmt **slot, void *context)
{
	struct body_check *c = context;
	enum stmt_kind kind = (*slot)->kind;

	c->loops -= kind == STMT_WHILE || kind == STMT_FOR_RANGE || kind == STMT_FOR_MAP;
}

void macro_check_body(struct sema *s, const struct ast_macro *m)
{
	struct body_check c = { .s = s, .macro = m };
	struct ast_visitor v = { .enter_expr = enter_expr, .enter_stmt = enter_stmt,
				 .leave_stmt = leave_stmt, .context = &c };

	ast_walk_block(m->body, &v);
}
