/* SPDX-License-Identifier: Apache-2.0 */
/* layer: ast */
#include "ast/walk.h"
#include "unit/harness.h"

static const struct loc nowhere;

static char *printed(const struct expr *e)
{
	static const struct ast_print_options options;
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	ast_print_expr(file, e, 0, &options);
	fclose(file);
	return text;
}

static struct expr *sum(struct arena *a, uint64_t terms)
{
	struct expr *e = expr_integer(a, nowhere, 0);

	for (uint64_t i = 1; i < terms; i++)
		e = expr_binary(a, OP_ADD, nowhere, e, expr_integer(a, nowhere, i));
	return e;
}

TEST(names)
{
	CHECK_EQ_STR(ast_op_text(OP_SHIFT_LEFT), "<<");
	CHECK_EQ_STR(ast_op_text(OP_NONE), "");
	CHECK_EQ_STR(expr_kind_name(EXPR_TUPLE), "TUPLE");
	CHECK_EQ_STR(stmt_kind_name(STMT_BREAK), "BREAK");
}

TEST(clone_is_deep)
{
	struct arena a;
	struct expr *e, *copy;
	auto_free char *before = NULL, *after = NULL;

	arena_init(&a);
	e = sum(&a, 3);
	before = printed(e);
	copy = expr_clone(&a, e);
	copy->binary.left->binary.right->integer.value = 77;
	copy->binary.op = OP_SUB;
	after = printed(e);
	CHECK_EQ_STR(after, before);
	arena_free(&a);
}

TEST(block_clone_is_deep)
{
	struct arena a;
	struct block *b, *copy;

	arena_init(&a);
	b = block_new(&a, nowhere);
	arena_vec_push(&a, &b->statements, stmt_expr(&a, sum(&a, 2)));
	b->value = expr_string(&a, nowhere, "x\0y", 3);
	copy = block_clone(&a, b);
	CHECK_EQ(copy->statements.count, 1);
	CHECK(copy->statements.items[0] != b->statements.items[0]);
	CHECK(copy->statements.items[0]->expr.value != b->statements.items[0]->expr.value);
	CHECK(copy->value != b->value);
	CHECK_EQ(copy->value->string.len, 3);
	arena_vec_push(&a, &copy->statements, stmt_new(&a, STMT_BREAK, nowhere));
	CHECK_EQ(b->statements.count, 1);
	arena_free(&a);
}

struct count {
	unsigned int entered, left;
	uint64_t last;
	bool is_ordered;
};

static bool count_enter(struct expr **slot, void *context)
{
	struct count *c = context;

	c->entered++;
	if ((*slot)->kind == EXPR_INTEGER) {
		c->is_ordered &= (*slot)->integer.value >= c->last;
		c->last = (*slot)->integer.value;
	}
	return true;
}

static void count_leave(struct expr **slot, void *context)
{
	struct count *c = context;

	c->left++;
	if ((*slot)->kind == EXPR_INTEGER)
		(*slot)->integer.value *= 2;
}

TEST(long_chains)
{
	struct count c = { .is_ordered = true };
	const struct ast_visitor v = { .enter_expr = count_enter, .leave_expr = count_leave,
				       .context = &c };
	struct arena a;
	struct expr *e;
	auto_free char *text = NULL;

	arena_init(&a);
	e = expr_clone(&a, sum(&a, 200000));
	ast_walk_expr(&e, &v);
	CHECK_EQ(c.entered, 399999);
	CHECK_EQ(c.left, 399999);
	CHECK(c.is_ordered);
	CHECK_EQ(e->binary.right->integer.value, 399998);
	e = sum(&a, 3000);
	text = printed(e);
	CHECK(strlen(text) > 3000);
	arena_free(&a);
}

static bool replace_sum(struct expr **slot, void *context)
{
	struct arena *a = context;

	if ((*slot)->kind != EXPR_BINARY)
		return true;
	*slot = expr_unary(a, (*slot)->loc, OP_NEGATE, (*slot)->binary.right);
	return true;
}

TEST(enter_may_replace)
{
	struct arena a;
	struct ast_visitor v = { .enter_expr = replace_sum, .context = &a };
	struct expr *e;
	auto_free char *text = NULL;

	arena_init(&a);
	e = sum(&a, 3);
	ast_walk_expr(&e, &v);
	text = printed(e);
	CHECK_EQ_STR(text, "unary -\n  integer 2\n");
	arena_free(&a);
}

TEST(conversion)
{
	struct arena a;
	struct expr *e;
	auto_free char *text = NULL;

	arena_init(&a);
	e = expr_convert(&a, expr_boolean(&a, nowhere, true), NULL);
	CHECK(e->cast.is_implicit);
	text = printed(e);
	CHECK_EQ_STR(text, "cast implicit\n  boolean true\n");
	arena_free(&a);
}
