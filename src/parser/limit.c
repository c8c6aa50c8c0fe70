/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits on depth and size.
 *
 * Bison's stack is on the heap, so a tree of any depth can be built; every pass after it recurses.
 * This one cuts off, with a message, what lies deeper than a person could have meant. Chains of
 * operators and of else-ifs are not depth (the walk goes along them in a loop), but not endless.
 * Brackets were counted by the lexer already.
 */
#include "ast/walk.h"
#include "parser/context.h"

struct level {
	const struct expr *node; /* NULL: a block */
	uint32_t depth;		 /* nodes above it in its statement */
	uint32_t total;		 /* nodes and blocks above it in its probe */
	uint32_t chain;		 /* links of its chain so far */
};

struct limiter {
	struct parser *p;
	struct level_list VEC_OF(struct level) levels; /* from the probe to the node at hand */
	size_t statements;
	bool is_reported; /* for the body at hand: one message is enough */
};

static bool is_chain_link(const struct expr *parent, struct expr **slot)
{
	return (parent->kind == EXPR_BINARY && slot == &parent->binary.left) ||
	       (parent->kind == EXPR_IF && slot == &parent->branch.otherwise);
}

static struct level level_below(const struct limiter *l, struct expr **slot)
{
	struct level parent = { 0 };

	if (l->levels.count)
		parent = l->levels.items[l->levels.count - 1];
	if (slot && parent.node && is_chain_link(parent.node, slot))
		return (struct level){ *slot, parent.depth, parent.total, parent.chain + 1 };
	return (struct level){ slot ? *slot : NULL, slot ? parent.depth + 1 : 0, parent.total + 1,
			       0 };
}

static void report(struct limiter *l, const struct level *level, struct loc loc)
{
	if (l->is_reported)
		return;
	l->is_reported = true;
	if (level->chain > PARSE_MAX_CHAIN)
		diag_error(l->p->d, DIAG_TOO_DEEP, loc,
			   "more than %d operators or branches in a row", PARSE_MAX_CHAIN);
	else
		diag_error(l->p->d, DIAG_TOO_DEEP, loc,
			   "this is nested more than %d levels deep",
			   level->depth > PARSE_MAX_DEPTH ? PARSE_MAX_DEPTH : PARSE_MAX_TOTAL);
}

static void report_size(struct limiter *l, int limit, const char *what, struct loc loc)
{
	if (l->is_reported)
		return;
	l->is_reported = true;
	diag_hint(diag_error(l->p->d, DIAG_TOO_DEEP, loc, "more than %d %s", limit, what),
		  "the kernel refuses BPF programs of such a size; use a loop or several scripts");
}

static bool enter_expr(struct expr **slot, void *context)
{
	struct limiter *l = context;
	struct level level = level_below(l, slot);
	bool is_too_deep = level.depth > PARSE_MAX_DEPTH || level.total > PARSE_MAX_TOTAL ||
			   level.chain > PARSE_MAX_CHAIN;

	vec_push(&l->levels, level);
	l->p->node_count++;
	if (!is_too_deep && l->p->node_count <= PARSE_MAX_NODES)
		return true;
	if (is_too_deep)
		report(l, &level, (*slot)->loc);
	else if (l->p->node_count == PARSE_MAX_NODES + 1) /* once in a program */
		report_size(l, PARSE_MAX_NODES, "expressions in a program", (*slot)->loc);
	*slot = expr_integer(l->p->arena, (*slot)->loc, 0);
	return false;
}

static void leave_expr(struct expr **slot, void *context)
{
	struct limiter *l = context;

	(void)slot;
	l->levels.count--;
}

static void enter_block(struct block *b, void *context)
{
	struct limiter *l = context;
	struct level level = level_below(l, NULL);

	vec_push(&l->levels, level);
	l->statements += b->statements.count;
	if (l->statements > PARSE_MAX_STATEMENTS) {
		size_t surplus = MIN(l->statements - PARSE_MAX_STATEMENTS, b->statements.count);
		size_t first = b->statements.count - surplus;

		report_size(l, PARSE_MAX_STATEMENTS, "statements in a probe",
			    surplus ? b->statements.items[first]->loc : b->loc);
		b->statements.count = 0;
	}
}

static void leave_block(struct block *b, void *context)
{
	struct limiter *l = context;

	(void)b;
	l->levels.count--;
}

static void limit_body(struct parser *p, struct expr **predicate, struct block *body)
{
	struct limiter l = { .p = p };
	const struct ast_visitor visitor = {
		.enter_expr = enter_expr, .leave_expr = leave_expr,
		.enter_block = enter_block, .leave_block = leave_block,
		.context = &l,
	};

	if (*predicate)
		ast_walk_expr(predicate, &visitor);
	if (body)
		ast_walk_block(body, &visitor);
	vec_free(&l.levels);
}

void limit_depth(struct parser *p)
{
	struct ast_program *program = p->program;
	struct expr *none = NULL;

	for (size_t i = 0; i < program->macros.count; i++)
		limit_body(p, &none, program->macros.items[i]->body);
	for (size_t i = 0; i < program->fns.count; i++)
		limit_body(p, &none, program->fns.items[i]->body);
	for (size_t i = 0; i < program->probes.count; i++)
		limit_body(p, &program->probes.items[i]->predicate, program->probes.items[i]->body);
}

void limit_expression(struct parser *p)
{
	limit_body(p, &p->expression, NULL);
}
