/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Literal folding (spec language.md §5): operators on literals become literals.
 *
 * Integers are computed in 128 bits, so that every result that fits neither uint64 nor int64 is
 * seen. A literal below zero is signed and stays so; others adapt to what they meet. A mistake is
 * reported and the expression becomes 0, so that nothing else is said about it.
 */
#include "sema/pass.h"

bool expr_is_literal(const struct expr *e)
{
	return e->kind == EXPR_INTEGER || e->kind == EXPR_STRING || e->kind == EXPR_BOOLEAN;
}

bool expr_literal_truth(const struct expr *e, bool *truth)
{
	if (e->kind == EXPR_INTEGER)
		*truth = e->integer.value != 0;
	else if (e->kind == EXPR_BOOLEAN)
		*truth = e->boolean.value;
	else
		return false;
	return true;
}

bool sema_literal_int(const struct expr *e, uint64_t *value, bool *is_negative)
{
	while (e->kind == EXPR_CAST && e->cast.is_implicit)
		e = e->cast.operand;
	if (e->kind != EXPR_INTEGER)
		return false;
	*value = e->integer.value;
	*is_negative = e->integer.is_negative;
	return true;
}

const char *sema_literal_string(const struct expr *e, size_t *len)
{
	while (e->kind == EXPR_CAST && e->cast.is_implicit)
		e = e->cast.operand;
	if (e->kind != EXPR_STRING)
		return NULL;
	*len = e->string.len;
	return e->string.bytes;
}

/* --- results ---------------------------------------------------------------------------------- */

static __int128 wide(const struct expr *e)
{
	return e->integer.is_negative ? (__int128)(int64_t)e->integer.value
				      : (__int128)e->integer.value;
}

static void set_integer(struct sema *s, struct expr **slot, __int128 value)
{
	struct loc loc = (*slot)->loc;

	if (value > UINT64_MAX || value < INT64_MIN) {
		diag_error(s->diag, DIAG_OVERFLOW, loc,
			   "overflow or underflow: the result fits neither int64 nor uint64");
		value = 0;
	}
	*slot = expr_integer(s->arena, loc, (uint64_t)value);
	(*slot)->integer.is_negative = value < 0;
}

static void set_boolean(struct sema *s, struct expr **slot, bool value)
{
	*slot = expr_boolean(s->arena, (*slot)->loc, value);
}

static void set_string(struct sema *s, struct expr **slot, const char *bytes, size_t len)
{
	struct expr *e = expr_new(s->arena, EXPR_STRING, (*slot)->loc);
	char *copy = arena_alloc(s->arena, len + 1);

	memcpy(copy, bytes, len);
	e->string.bytes = copy;
	e->string.len = len;
	*slot = e;
}

static bool compare(enum ast_op op, int order)
{
	if (order < 0)
		return op == OP_NE || op == OP_LT || op == OP_LE;
	if (order > 0)
		return op == OP_NE || op == OP_GT || op == OP_GE;
	return op == OP_EQ || op == OP_LE || op == OP_GE;
}

static bool is_comparison(enum ast_op op)
{
	return op >= OP_EQ && op <= OP_GE;
}

/* --- operators on integers -------------------------------------------------------------------- */

static void fold_shift(struct sema *s, struct expr **slot, __int128 a, __int128 b)
{
	const struct expr *e = *slot;

	if (b < 0 || b > 63) {
		diag_error(s->diag, DIAG_SHIFT_RANGE, e->binary.right->loc,
			   "shift count must be between 0 and 63");
		set_integer(s, slot, 0);
	} else if (e->binary.op == OP_SHIFT_LEFT) {
		set_integer(s, slot, a * ((__int128)1 << b));
	} else {
		set_integer(s, slot, a >> b);
	}
}

static void fold_division(struct sema *s, struct expr **slot, __int128 a, __int128 b)
{
	const struct expr *e = *slot;

	if (!b) {
		diag_error(s->diag, DIAG_DIVISION_BY_ZERO, e->binary.right->loc, "%s by zero",
			   e->binary.op == OP_DIV ? "division" : "modulo");
		set_integer(s, slot, 0);
		return;
	}
	set_integer(s, slot, e->binary.op == OP_DIV ? a / b : a % b);
}

static void fold_product(struct sema *s, struct expr **slot, __int128 a, __int128 b)
{
	__int128 product;

	if (__builtin_mul_overflow(a, b, &product))
		product = (__int128)UINT64_MAX + 1;
	set_integer(s, slot, product);
}

static void fold_integers(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot;
	__int128 a = wide(e->binary.left), b = wide(e->binary.right);

	switch (e->binary.op) {
	case OP_ADD:
		set_integer(s, slot, a + b);
		break;
	case OP_SUB:
		set_integer(s, slot, a - b);
		break;
	case OP_MUL:
		fold_product(s, slot, a, b);
		break;
	case OP_DIV:
	case OP_MOD:
		fold_division(s, slot, a, b);
		break;
	case OP_OR:
		set_integer(s, slot, a | b);
		break;
	case OP_XOR:
		set_integer(s, slot, a ^ b);
		break;
	case OP_AND:
		set_integer(s, slot, a & b);
		break;
	case OP_SHIFT_LEFT:
	case OP_SHIFT_RIGHT:
		fold_shift(s, slot, a, b);
		break;
	case OP_EQ:
	case OP_NE:
	case OP_LT:
	case OP_GT:
	case OP_LE:
	case OP_GE:
		set_boolean(s, slot, compare(e->binary.op, a < b ? -1 : a > b));
		break;
	case OP_LOGICAL_OR:
		set_boolean(s, slot, a || b);
		break;
	case OP_LOGICAL_AND:
		set_boolean(s, slot, a && b);
		break;
	case OP_NONE:
	case OP_NEGATE:
	case OP_NOT:
	case OP_COMPLEMENT:
	case OP_DEREFERENCE:
		break;
	}
}

/* --- on booleans and strings ------------------------------------------------------------------ */

static void fold_booleans(struct sema *s, struct expr **slot, bool a, bool b)
{
	enum ast_op op = (*slot)->binary.op;

	if (op == OP_LOGICAL_OR || op == OP_OR)
		set_boolean(s, slot, a || b);
	else if (op == OP_LOGICAL_AND || op == OP_AND)
		set_boolean(s, slot, a && b);
	else if (op == OP_XOR)
		set_boolean(s, slot, a != b);
	else if (is_comparison(op))
		set_boolean(s, slot, compare(op, (int)a - (int)b));
}

static int string_order(const struct expr_string *a, const struct expr_string *b)
{
	int order = memcmp(a->bytes, b->bytes, MIN(a->len, b->len));

	return order ? order : a->len < b->len ? -1 : a->len > b->len;
}

static void fold_strings(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot;
	const struct expr_string *a = &e->binary.left->string, *b = &e->binary.right->string;
	auto_strbuf struct strbuf joined = STRBUF_INIT;

	if (is_comparison(e->binary.op)) {
		set_boolean(s, slot, compare(e->binary.op, string_order(a, b)));
		return;
	}
	if (e->binary.op != OP_ADD) {
		diag_error(s->diag, DIAG_STRING_OPERATOR, e->loc,
			   "operator '%s' does not work on strings", ast_op_text(e->binary.op));
		set_integer(s, slot, 0);
		return;
	}
	strbuf_append(&joined, a->bytes, a->len);
	strbuf_append(&joined, b->bytes, b->len);
	set_string(s, slot, strbuf_text(&joined), joined.len);
}

/* "abc" + 1 */
static void fold_offset(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot;
	const struct expr_string *text = &e->binary.left->string;
	uint64_t offset = e->binary.right->integer.value;

	if (is_comparison(e->binary.op) || e->binary.op < OP_OR)
		return; /* a type mismatch like any other */
	if (e->binary.op != OP_ADD || e->binary.right->integer.is_negative) {
		diag_error(s->diag, DIAG_STRING_OPERATOR, e->loc,
			   "only '+' and a number that is not negative work on a string");
		set_integer(s, slot, 0);
		return;
	}
	if (offset >= text->len && offset)
		diag_warning(s->diag, DIAG_EMPTY_LITERAL, e->loc,
			     "nothing is left of the string: it is always empty");
	offset = MIN(offset, text->len);
	set_string(s, slot, text->bytes + offset, text->len - offset);
	(*slot)->string.from_parameter = text->from_parameter;
}

static void fold_binary(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot, *left = e->binary.left, *right = e->binary.right;
	bool a, b;

	if (left->kind == EXPR_INTEGER && right->kind == EXPR_INTEGER)
		fold_integers(s, slot);
	else if (left->kind == EXPR_STRING && right->kind == EXPR_STRING)
		fold_strings(s, slot);
	else if (left->kind == EXPR_STRING && right->kind == EXPR_INTEGER)
		fold_offset(s, slot);
	else if (left->kind == EXPR_BOOLEAN && right->kind == EXPR_BOOLEAN)
		fold_booleans(s, slot, left->boolean.value, right->boolean.value);
	else if ((e->binary.op == OP_LOGICAL_AND || e->binary.op == OP_LOGICAL_OR) &&
		 expr_literal_truth(left, &a) && expr_literal_truth(right, &b))
		fold_booleans(s, slot, a, b);
}

/* --- everything else -------------------------------------------------------------------------- */

static void fold_unary(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot, *operand = e->unary.operand;
	bool truth;

	if (e->unary.op == OP_NOT && expr_literal_truth(operand, &truth)) {
		set_boolean(s, slot, !truth);
		return;
	}
	if (operand->kind != EXPR_INTEGER)
		return;
	if (e->unary.op == OP_NEGATE)
		set_integer(s, slot, -wide(operand));
	else if (e->unary.op == OP_COMPLEMENT && wide(operand) <= INT64_MAX)
		set_integer(s, slot, ~wide(operand));
	else if (e->unary.op == OP_COMPLEMENT)
		set_integer(s, slot, (__int128)~operand->integer.value);
}

static void fold_ternary(struct expr **slot)
{
	const struct expr *e = *slot;
	bool truth;

	if (!expr_literal_truth(e->ternary.condition, &truth))
		return;
	if (!truth)
		*slot = e->ternary.otherwise;
	else
		*slot = e->ternary.then ? e->ternary.then : e->ternary.condition;
}

/* Only where the value counts: what a statement's branches do says what variables and maps are,
 * executed or not. */
static void fold_if(struct expr **slot)
{
	const struct expr *e = *slot;
	bool truth;

	if (!expr_is_valueless(e) && expr_literal_truth(e->branch.condition, &truth))
		*slot = truth ? e->branch.then : e->branch.otherwise;
}

/* "abc"[1] */
static void fold_index(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot, *text = e->index.object, *index = e->index.index;

	if (text->kind != EXPR_STRING || index->kind != EXPR_INTEGER)
		return;
	if (index->integer.is_negative || index->integer.value > text->string.len) {
		diag_error(s->diag, DIAG_INDEX_RANGE, index->loc,
			   "index out of range: the string has %zu bytes", text->string.len + 1);
		set_integer(s, slot, 0);
		return;
	}
	set_integer(s, slot, (signed char)text->string.bytes[index->integer.value]);
}

bool expr_is_constant(const struct expr *e)
{
	const struct expr_list *items = e->kind == EXPR_TUPLE ? &e->tuple.items
				      : e->kind == EXPR_RECORD ? &e->record.items : NULL;

	if (!items)
		return expr_is_literal(e);
	for (size_t i = 0; i < items->count; i++) {
		if (!expr_is_constant(items->items[i]))
			return false;
	}
	return true;
}

/* (1, "a").0 */
static void fold_element(struct expr **slot)
{
	const struct expr *e = *slot, *tuple = e->element.object;

	if (tuple->kind != EXPR_TUPLE || e->element.index >= tuple->tuple.items.count ||
	    !expr_is_constant(tuple))
		return;
	*slot = tuple->tuple.items.items[e->element.index];
}

/* (a = 1, b = "x").a */
static void fold_member(struct expr **slot)
{
	const struct expr *e = *slot, *record = e->member.object;

	if (record->kind != EXPR_RECORD || !expr_is_constant(record))
		return;
	for (size_t i = 0; i < record->record.items.count; i++) {
		if (!strcmp(record->record.names[i], e->member.name)) {
			*slot = record->record.items.items[i];
			return;
		}
	}
}

/* str("text") and str("text", 3): the first n characters. */
static void fold_str(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot;
	const struct expr_list *args = &e->call.args;
	size_t len;

	if (strcmp(e->call.name, "str") || !args->count || args->count > 2 ||
	    args->items[0]->kind != EXPR_STRING)
		return;
	len = args->items[0]->string.len;
	if (args->count == 2) {
		const struct expr *n = args->items[1];

		if (n->kind != EXPR_INTEGER || n->integer.is_negative)
			return;
		len = MIN(len, n->integer.value);
	}
	set_string(s, slot, args->items[0]->string.bytes, len);
}

/* A macro that is a literal. (Branches of an if stay blocks.) */
static void fold_block(struct expr **slot)
{
	const struct block *b = (*slot)->block.block;

	if ((*slot)->block.is_expansion && !b->statements.count && b->value && expr_is_literal(b->value))
		*slot = b->value;
}

void sema_fold_call(struct sema *s, struct expr **slot)
{
	const struct builtin *b = (*slot)->call.builtin;
	const struct signature *sig;

	fold_str(s, slot);
	if ((*slot)->kind != EXPR_CALL || !b->fold)
		return;
	sig = sema_signature(s, b); /* a wrong number was reported by "names" */
	if ((*slot)->call.args.count >= sig->min_args &&
	    (*slot)->call.args.count <= sig->max_args)
		b->fold(s, slot);
}

void sema_fold(struct sema *s, struct expr **slot)
{
	switch ((*slot)->kind) {
	case EXPR_UNARY:
		fold_unary(s, slot);
		break;
	case EXPR_BINARY:
		fold_binary(s, slot);
		break;
	case EXPR_TERNARY:
		fold_ternary(slot);
		break;
	case EXPR_IF:
		fold_if(slot);
		break;
	case EXPR_INDEX:
		fold_index(s, slot);
		break;
	case EXPR_ELEMENT:
		fold_element(slot);
		break;
	case EXPR_MEMBER:
		fold_member(slot);
		break;
	case EXPR_COMPTIME:
		if (expr_is_constant((*slot)->comptime.operand))
			*slot = (*slot)->comptime.operand;
		break;
	case EXPR_CALL:
		if ((*slot)->call.builtin)
			sema_fold_call(s, slot);
		else
			fold_str(s, slot);
		break;
	case EXPR_BLOCK:
		fold_block(slot);
		break;
	case EXPR_INTEGER:
	case EXPR_STRING:
	case EXPR_BOOLEAN:
	case EXPR_NAME:
	case EXPR_PARAMETER:
	case EXPR_VARIABLE:
	case EXPR_MAP:
	case EXPR_INCREMENT:
	case EXPR_CAST:
	case EXPR_TUPLE:
	case EXPR_RECORD:
	case EXPR_SIZEOF:
	case EXPR_OFFSETOF:
	case EXPR_TYPEINFO:
	case EXPR_TYPE:
	case EXPR_ADDRESS_OF:
	case EXPR_KIND_COUNT:
		break;
	}
}

static void leave_expr(struct expr **slot, void *context)
{
	sema_fold(context, slot);
}

void sema_fold_deep(struct sema *s, struct expr **slot)
{
	const struct ast_visitor v = { .leave_expr = leave_expr, .context = s };

	ast_walk_expr(slot, &v);
}
