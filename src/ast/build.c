/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making nodes and copying them.
 *
 * A copy has every node new, so that passes may change it alone; texts, types, symbols and places
 * are shared. Left operands and else-ifs are copied in a loop, like everywhere in this directory,
 * because generated scripts chain thousands of them.
 */
#include "ast/ast.h"

struct expr *expr_new(struct arena *a, enum expr_kind kind, struct loc loc)
{
	struct expr *e = ARENA_NEW(a, struct expr);

	e->kind = kind;
	e->loc = loc;
	return e;
}

struct expr *expr_integer(struct arena *a, struct loc loc, uint64_t value)
{
	struct expr *e = expr_new(a, EXPR_INTEGER, loc);

	e->integer.value = value;
	return e;
}

struct expr *expr_string(struct arena *a, struct loc loc, const char *bytes, size_t len)
{
	struct expr *e = expr_new(a, EXPR_STRING, loc);

	e->string.bytes = arena_strndup(a, bytes, len);
	e->string.len = len;
	return e;
}

struct expr *expr_boolean(struct arena *a, struct loc loc, bool value)
{
	struct expr *e = expr_new(a, EXPR_BOOLEAN, loc);

	e->boolean.value = value;
	return e;
}

struct expr *expr_unary(struct arena *a, struct loc loc, enum ast_op op, struct expr *operand)
{
	struct expr *e = expr_new(a, EXPR_UNARY, loc);

	e->unary.op = op;
	e->unary.operand = operand;
	return e;
}

struct expr *expr_binary(struct arena *a, enum ast_op op, struct loc op_loc, struct expr *left,
			 struct expr *right)
{
	struct expr *e = expr_new(a, EXPR_BINARY, loc_join(left->loc, right->loc));

	e->binary.op = op;
	e->binary.op_loc = op_loc;
	e->binary.left = left;
	e->binary.right = right;
	return e;
}

struct expr *expr_call(struct arena *a, struct loc loc, const char *name)
{
	struct expr *e = expr_new(a, EXPR_CALL, loc);

	e->call.name = name;
	e->call.name_loc = loc;
	return e;
}

struct expr *expr_convert(struct arena *a, struct expr *operand, const struct type *to)
{
	struct expr *e = expr_new(a, EXPR_CAST, operand->loc);

	e->type = to;
	e->cast.operand = operand;
	e->cast.is_implicit = true;
	return e;
}

struct stmt *stmt_new(struct arena *a, enum stmt_kind kind, struct loc loc)
{
	struct stmt *s = ARENA_NEW(a, struct stmt);

	s->kind = kind;
	s->loc = loc;
	return s;
}

struct stmt *stmt_expr(struct arena *a, struct expr *value)
{
	struct stmt *s = stmt_new(a, STMT_EXPR, value->loc);

	s->expr.value = value;
	return s;
}

struct block *block_new(struct arena *a, struct loc loc)
{
	struct block *b = ARENA_NEW(a, struct block);

	b->loc = loc;
	return b;
}

/* --- copies ----------------------------------------------------------------------------------- */

static void clone_list(struct arena *a, struct expr_list *list)
{
	struct expr_list copy = { 0 };

	for (size_t i = 0; i < list->count; i++)
		arena_vec_push(a, &copy, expr_clone(a, list->items[i]));
	*list = copy;
}

static void clone_expr(struct arena *a, struct expr **slot)
{
	if (*slot)
		*slot = expr_clone(a, *slot);
}

static void clone_type_ref(struct arena *a, struct type_ref **slot)
{
	struct type_ref *copy;

	if (!*slot)
		return;
	copy = arena_memdup(a, *slot, sizeof(*copy));
	copy->suffixes.capacity = copy->suffixes.count; /* a push must not write to the original */
	clone_expr(a, &copy->typeof_expr);
	clone_type_ref(a, &copy->typeof_type);
	*slot = copy;
}

static void clone_operand(struct arena *a, struct type_or_expr *of)
{
	clone_type_ref(a, &of->type);
	clone_expr(a, &of->expr);
}

static void clone_block(struct arena *a, struct block **slot)
{
	if (*slot)
		*slot = block_clone(a, *slot);
}

/* Copies what e, itself a fresh copy, points to; returns the child left to the caller's loop. */
static struct expr **clone_children(struct arena *a, struct expr *e)
{
	switch (e->kind) {
	case EXPR_INTEGER:
	case EXPR_STRING:
	case EXPR_BOOLEAN:
	case EXPR_NAME:
	case EXPR_PARAMETER:
	case EXPR_VARIABLE:
		break;
	case EXPR_MAP:
		return &e->map.key;
	case EXPR_UNARY:
		return &e->unary.operand;
	case EXPR_BINARY:
		clone_expr(a, &e->binary.right);
		return &e->binary.left;
	case EXPR_INCREMENT:
		return &e->increment.target;
	case EXPR_TERNARY:
		clone_expr(a, &e->ternary.condition);
		clone_expr(a, &e->ternary.then);
		return &e->ternary.otherwise;
	case EXPR_IF:
		clone_expr(a, &e->branch.condition);
		clone_expr(a, &e->branch.then);
		return &e->branch.otherwise;
	case EXPR_BLOCK:
		clone_block(a, &e->block.block);
		break;
	case EXPR_MEMBER:
		return &e->member.object;
	case EXPR_ELEMENT:
		return &e->element.object;
	case EXPR_INDEX:
		clone_expr(a, &e->index.index);
		return &e->index.object;
	case EXPR_CALL:
		clone_list(a, &e->call.args);
		clone_list(a, &e->call.options);
		break;
	case EXPR_CAST:
		clone_type_ref(a, &e->cast.to);
		return &e->cast.operand;
	case EXPR_TUPLE:
		clone_list(a, &e->tuple.items);
		break;
	case EXPR_RECORD:
		clone_list(a, &e->record.items);
		break;
	case EXPR_SIZEOF:
		clone_operand(a, &e->size_of.of);
		break;
	case EXPR_OFFSETOF:
		clone_operand(a, &e->offset_of.of);
		break;
	case EXPR_TYPEINFO:
		clone_operand(a, &e->typeinfo.of);
		break;
	case EXPR_TYPE:
		clone_operand(a, &e->type_operand.of);
		break;
	case EXPR_COMPTIME:
		return &e->comptime.operand;
	case EXPR_ADDRESS_OF:
		return &e->address_of.operand;
	case EXPR_KIND_COUNT:
		bug("no such expression");
	}
	return NULL;
}

struct expr *expr_clone(struct arena *a, const struct expr *e)
{
	struct expr *root = arena_memdup(a, e, sizeof(*e));
	struct expr **child = clone_children(a, root);

	while (child && *child) {
		*child = arena_memdup(a, *child, sizeof(**child));
		child = clone_children(a, *child);
	}
	return root;
}

static struct stmt *stmt_clone(struct arena *a, const struct stmt *original)
{
	struct stmt *s = arena_memdup(a, original, sizeof(*original));

	switch (s->kind) {
	case STMT_EXPR:
		clone_expr(a, &s->expr.value);
		break;
	case STMT_DISCARD:
		clone_expr(a, &s->discard.value);
		break;
	case STMT_ASSIGN:
		clone_expr(a, &s->assign.target);
		clone_expr(a, &s->assign.value);
		break;
	case STMT_LET:
		clone_expr(a, &s->let.variable);
		clone_type_ref(a, &s->let.type);
		clone_expr(a, &s->let.value);
		break;
	case STMT_WHILE:
		clone_expr(a, &s->loop.condition);
		clone_block(a, &s->loop.body);
		break;
	case STMT_UNROLL:
		clone_expr(a, &s->unroll.count);
		clone_block(a, &s->unroll.body);
		break;
	case STMT_FOR_RANGE:
		clone_expr(a, &s->for_range.variable);
		clone_expr(a, &s->for_range.start);
		clone_expr(a, &s->for_range.end);
		clone_block(a, &s->for_range.body);
		break;
	case STMT_FOR_MAP:
		clone_expr(a, &s->for_map.variable);
		clone_expr(a, &s->for_map.map);
		clone_block(a, &s->for_map.body);
		break;
	case STMT_RETURN:
		clone_expr(a, &s->result.value);
		break;
	case STMT_BREAK:
	case STMT_CONTINUE:
	case STMT_IMPORT:
	case STMT_KIND_COUNT:
		break;
	}
	return s;
}

struct block *block_clone(struct arena *a, const struct block *b)
{
	struct block *copy = block_new(a, b->loc);

	for (size_t i = 0; i < b->statements.count; i++)
		arena_vec_push(a, &copy->statements, stmt_clone(a, b->statements.items[i]));
	copy->value = b->value;
	clone_expr(a, &copy->value);
	return copy;
}

/* --- names ------------------------------------------------------------------------------------ */

const char *ast_op_text(enum ast_op op)
{
	static const char *const texts[] = {
		[OP_NONE] = "",
		[OP_LOGICAL_OR] = "||", [OP_LOGICAL_AND] = "&&",
		[OP_OR] = "|", [OP_XOR] = "^", [OP_AND] = "&",
		[OP_EQ] = "==", [OP_NE] = "!=",
		[OP_LT] = "<", [OP_GT] = ">", [OP_LE] = "<=", [OP_GE] = ">=",
		[OP_SHIFT_LEFT] = "<<", [OP_SHIFT_RIGHT] = ">>",
		[OP_ADD] = "+", [OP_SUB] = "-",
		[OP_MUL] = "*", [OP_DIV] = "/", [OP_MOD] = "%",
		[OP_NEGATE] = "-", [OP_NOT] = "!", [OP_COMPLEMENT] = "~", [OP_DEREFERENCE] = "*",
	};

	return texts[op];
}

const char *expr_kind_name(enum expr_kind kind)
{
	static const char *const names[] = {
#define EXPR(ID, member) #ID,
#include "ast/ast_kinds.def"
#undef EXPR
	};

	return names[kind];
}

const char *stmt_kind_name(enum stmt_kind kind)
{
	static const char *const names[] = {
#define STMT(ID, member) #ID,
#define STMT_PLAIN(ID)	 #ID,
#include "ast/ast_kinds.def"
#undef STMT
#undef STMT_PLAIN
	};

	return names[kind];
}
