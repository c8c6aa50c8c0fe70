/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may stand where (spec language.md §7, §8): jumps only in loops, no context and no exit()
 * in loop bodies that are callbacks, nothing behind a statement that does not come back. Needs
 * names, not types; called at the end of pass "names" so that these mistakes show together with
 * unknown names.
 */
#include "sema/pass.h"

struct place {
	struct sema *s;
	uint32_t callbacks;  /* `for` loops around: their bodies are functions of their own */
	uint32_t loops;	     /* loops of any kind */
	bool can_jump;	     /* break and continue mean something */
	struct loc valued, unvalued; /* returns seen inside loops */
	const struct ast_visitor *visitor;
};

static void check_callback(const struct place *p, const struct expr *e)
{
	unsigned int flags = e->call.builtin->flags;
	struct sema *s = p->s;

	if ((flags & BUILTIN_NO_RETURN) && !e->call.is_in_macro)
		diag_hint(diag_error(s->diag, DIAG_IN_LOOP, e->loc,
				     "%s() cannot be called in a 'for' loop", e->call.name),
			  "note it in a variable, leave the loop by break, and call %s() behind it",
			  e->call.name);
	else if (flags & (BUILTIN_CONTEXT | BUILTIN_ARGS | BUILTIN_STACK))
		diag_hint(diag_error(s->diag, DIAG_IN_LOOP, e->loc,
				     "'%s' cannot be used in a 'for' loop", e->call.name),
			  "assign it to a variable before the loop");
}

static bool enter_expr(struct expr **slot, void *context)
{
	const struct place *p = context;
	const struct expr *e = *slot;

	if (e->kind != EXPR_CALL || !e->call.builtin)
		return true;
	if (p->callbacks)
		check_callback(p, e);
	if (p->loops && !strcmp(e->call.name, "print") && e->call.args.count &&
	    e->call.args.items[0]->kind == EXPR_MAP && !e->call.args.items[0]->map.key &&
	    e->call.args.items[0]->map.symbol && e->call.args.items[0]->map.symbol->is_keyed)
		diag_warning(p->s->diag, DIAG_PRINT_IN_LOOP, e->loc,
			     "print() of a map in a loop: the map is printed later, with what it "
			     "contains then");
	return true;
}

static void check_return(struct place *p, const struct stmt *st)
{
	bool has_value = st->result.value != NULL;
	struct loc *same = has_value ? &p->valued : &p->unvalued;
	struct loc *other = has_value ? &p->unvalued : &p->valued;

	if (!p->callbacks)
		return;
	if (other->source)
		diag_note(diag_error(p->s->diag, DIAG_MIXED_RETURNS, st->loc,
				     "this return has %s value, others in loops have %s",
				     has_value ? "a" : "no", has_value ? "none" : "one"),
			  *other, "one of the others");
	if (!same->source)
		*same = st->loc;
}

static void check_jump(const struct place *p, const struct stmt *st)
{
	if (!p->can_jump)
		diag_error(p->s->diag, DIAG_OUTSIDE_LOOP, st->loc, "'%s' outside of a loop",
			   st->kind == STMT_BREAK ? "break" : "continue");
}

static void walk_loop(struct place *p, struct block *body, bool is_callback, bool can_jump)
{
	bool outer = p->can_jump;

	p->callbacks += is_callback;
	p->loops++;
	p->can_jump = can_jump;
	ast_walk_block(body, p->visitor);
	p->can_jump = outer;
	p->loops--;
	p->callbacks -= is_callback;
}

static struct loc first_word(struct loc loc, const char *word)
{
	loc.end = MIN(loc.end, loc.start + (uint32_t)strlen(word));
	return loc;
}

static bool enter_stmt(struct stmt **slot, void *context)
{
	struct place *p = context;
	struct stmt *st = *slot;

	switch (st->kind) {
	case STMT_WHILE:
		diag_hint(diag_warning(p->s->diag, DIAG_WHILE_DEPRECATED,
				       first_word(st->loc, "while"), "'while' is deprecated"),
			  "use a range loop: for ($i : 0..N) { … }");
		ast_walk_expr(&st->loop.condition, p->visitor);
		walk_loop(p, st->loop.body, false, true);
		return false;
	case STMT_UNROLL:
		ast_walk_expr(&st->unroll.count, p->visitor);
		walk_loop(p, st->unroll.body, false, false);
		return false;
	case STMT_FOR_RANGE:
		ast_walk_expr(&st->for_range.start, p->visitor);
		ast_walk_expr(&st->for_range.end, p->visitor);
		walk_loop(p, st->for_range.body, true, true);
		return false;
	case STMT_FOR_MAP:
		walk_loop(p, st->for_map.body, true, true);
		return false;
	case STMT_BREAK:
	case STMT_CONTINUE:
		check_jump(p, st);
		return true;
	case STMT_RETURN:
		check_return(p, st);
		return true;
	case STMT_EXPR:
	case STMT_DISCARD:
	case STMT_ASSIGN:
	case STMT_LET:
	case STMT_IMPORT:
	case STMT_KIND_COUNT:
		return true;
	}
	return true;
}

/* What stands behind it is for other kernels, or other parameters. */
static bool is_chosen(const struct stmt *st)
{
	return st->kind == STMT_EXPR && st->expr.value->kind == EXPR_BLOCK &&
	       st->expr.value->block.is_chosen;
}

static void enter_block(struct block *b, void *context)
{
	const struct place *p = context;

	for (size_t i = 0; i < b->statements.count; i++) {
		if (!stmt_leaves(b->statements.items[i]))
			continue;
		if (is_chosen(b->statements.items[i]))
			break;
		if (i + 1 < b->statements.count)
			diag_warning(p->s->diag, DIAG_UNREACHABLE, b->statements.items[i + 1]->loc,
				     "unreachable code");
		else if (b->value)
			diag_warning(p->s->diag, DIAG_UNREACHABLE, b->value->loc,
				     "unreachable code");
		break;
	}
}

void check_placement(struct sema *s, struct body *b)
{
	struct place p = { .s = s };
	struct ast_visitor v = { .enter_expr = enter_expr, .enter_stmt = enter_stmt,
				 .enter_block = enter_block, .context = &p };

	p.visitor = &v;
	if (b->predicate)
		ast_walk_expr(&b->predicate, &v);
	ast_walk_block(b->block, &v);
}
