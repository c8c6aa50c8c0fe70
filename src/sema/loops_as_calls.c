/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For programs that the verifier refused because it follows `while` and `unroll` turn by turn: loops
 * that can become callbacks of bpf_loop(), whose body it checks once, are marked as such. After the
 * pass "plan"; code generation does the rest. Where there is no bpf_loop() the verifier follows what code
 * generation has instead (turns.c) as well, but has less code to look at; a `while` gains nothing.
 *
 * A callback has no context. A loop that reads it stays what it is.
 */
#include <linux/bpf.h>
#include "sema/pass.h"

static bool is_of_context(const struct type *t)
{
	return t && (t->kind == TYPE_POINTER || t->kind == TYPE_STRUCT) && sema_has_context(t);
}

static bool find_context(struct expr **slot, void *context)
{
	const struct expr *e = *slot;
	bool is_found = is_of_context(e->type);

	if (e->kind == EXPR_CALL && e->call.builtin)
		is_found |= (e->call.builtin->flags &
			     (BUILTIN_CONTEXT | BUILTIN_ARGS | BUILTIN_STACK)) != 0;
	*(bool *)context |= is_found;
	return true;
}

static bool needs_context(struct stmt *st)
{
	bool found = false;
	struct ast_visitor v = { .enter_expr = find_context, .context = &found };

	ast_walk_stmt(&st, &v);
	return found;
}

static bool has_helper(const struct sema *s)
{
	return !s->host ||
	       host_has_helper(s->host, BPF_FUNC_loop, s->body->bpf_prog_type) == SUPPORT_YES;
}

static void leave_stmt(struct stmt **slot, void *context)
{
	struct sema *s = context;
	struct stmt *st = *slot;

	if ((st->kind != STMT_WHILE && st->kind != STMT_UNROLL) || needs_context(st))
		return;
	if (st->kind == STMT_WHILE && !has_helper(s))
		return;
	s->body->needs_loop_helper = true;
	if (st->kind == STMT_UNROLL) {
		st->unroll.is_call = true;
		return;
	}
	st->loop.is_call = true;
	st->loop.site = sema_add_site(s, st->loop.condition->loc, NULL, false);
}

static void mark_body(struct sema *s, struct body *b)
{
	struct ast_visitor v = { .leave_stmt = leave_stmt, .context = s };

	ast_walk_block(b->block, &v);
}

void sema_loops_as_calls(struct sema *s)
{
	sema_each_body(s, mark_body);
}
