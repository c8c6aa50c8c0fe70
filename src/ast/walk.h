/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Children of every kind of node, in order of evaluation, and a walk over replaceable slots.
 *
 * Long chains of binary operators and of else-ifs are walked in a loop: the depth of recursion is
 * bounded by the parser's limit on nesting, not by the length of the script.
 */
#ifndef BITTERN_AST_WALK_H
#define BITTERN_AST_WALK_H

#include "ast/ast.h"

struct ast_visitor {
	/* Called before the children; false skips them. May replace *slot. NULL: none. */
	bool (*enter_expr)(struct expr **slot, void *context);
	/* Called after the children, also if they were skipped; may replace *slot. */
	void (*leave_expr)(struct expr **slot, void *context);
	bool (*enter_stmt)(struct stmt **slot, void *context);
	void (*leave_stmt)(struct stmt **slot, void *context);
	/* Around every block (scopes). */
	void (*enter_block)(struct block *b, void *context);
	void (*leave_block)(struct block *b, void *context);
	/* Every type as written. */
	void (*enter_type)(struct type_ref *t, void *context);
	void *context;
};

void ast_walk_expr(struct expr **slot, const struct ast_visitor *v);
/* The expressions in a type: operands of typeof(). t may be NULL. */
void ast_walk_type(struct type_ref *t, const struct ast_visitor *v);
void ast_walk_stmt(struct stmt **slot, const struct ast_visitor *v);
void ast_walk_block(struct block *b, const struct ast_visitor *v);

#endif
