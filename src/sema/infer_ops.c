/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types of operators (spec language.md §4.3-§4.5), of ++ and --, of ternaries and ifs, and of
 * casts (§6.6), with the mistakes and warnings that belong to them.
 */
#include "sema/hints.h"
#include "sema/pass.h"

/* --- unary ------------------------------------------------------------------------------------ */

static const struct type *bad_operand(struct sema *s, const struct expr *e, const char *op,
				      const struct type *t)
{
	const struct expr *target = e->kind == EXPR_INCREMENT ? e->increment.target : NULL;
	struct diag_msg *m;

	if (!s->is_final)
		return infer_failed(s);
	m = diag_error(s->diag, DIAG_BAD_OPERAND, e->loc,
		       "operator '%s' does not work on type '%s'", op, t->spelling);
	if (target && target->kind == EXPR_MAP && t->kind == TYPE_COUNT)
		diag_hint(m, "write: %s = count()", hint_source(s, target->loc));
	else if (t->kind == TYPE_STRING && !strcmp(op, "!"))
		diag_hint(m, "write: %s == \"\"", hint_source(s, e->unary.operand->loc));
	else if (t->kind == TYPE_STRING && !strcmp(op, "~")) /* text =~ "pattern" */
		diag_hint(m, "to match a pattern, write: strmatch(text, %s)",
			  hint_source(s, e->unary.operand->loc));
	return infer_failed(s);
}

const struct type *infer_unary(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	const struct type *t, *view;

	if (e->unary.op == OP_DEREFERENCE)
		return infer_dereference(s, slot);
	t = infer_value(s, &e->unary.operand);
	if (!t)
		return e->unary.op == OP_NOT ? s->types.bool_type : infer_failed(s);
	view = integer_view(s, t);
	if (!view || (t->kind == TYPE_BOOL && e->unary.op != OP_NOT))
		return bad_operand(s, e, ast_op_text(e->unary.op), t);
	if (e->unary.op == OP_NOT)
		return s->types.bool_type;
	return type_int(&s->types, 8, view->is_signed);
}

/* --- binary ----------------------------------------------------------------------------------- */

static bool is_logical(enum ast_op op)
{
	return op == OP_LOGICAL_OR || op == OP_LOGICAL_AND;
}

static bool is_equality(enum ast_op op)
{
	return op == OP_EQ || op == OP_NE;
}

static bool is_comparison(enum ast_op op)
{
	return op >= OP_EQ && op <= OP_GE;
}

static bool is_bitwise(enum ast_op op)
{
	return op == OP_OR || op == OP_XOR || op == OP_AND;
}

/* How a pointer or string is made a truth value; false for others. */
static bool hint_truth(struct sema *s, const struct expr *e, const struct type *t,
		       struct diag_msg *m)
{
	if (t->kind != TYPE_POINTER && t->kind != TYPE_STRING)
		return false;
	diag_hint(m, "write: %s != %s", hint_source(s, e->loc),
		  t->kind == TYPE_POINTER ? "0" : "\"\"");
	return true;
}

/* The address of characters is compared with text: how to read them; false for others. */
static bool hint_characters(struct sema *s, const struct expr *e, const struct type *a,
			    const struct type *b, struct diag_msg *m)
{
	bool is_left = a->kind == TYPE_POINTER;
	const struct type *address = is_left ? a : b, *other = is_left ? b : a;
	const char *left = hint_source(s, e->binary.left->loc);
	const char *right = hint_source(s, e->binary.right->loc);

	if (address->kind != TYPE_POINTER || other->kind != TYPE_STRING ||
	    !type_is_integer(address->element) || type_size(address->element) != 1 ||
	    !is_comparison(e->binary.op))
		return false;
	diag_hint(m, is_left ? "the left side is an address, str() reads the text there: "
			       "write str(%s) %s %s" :
			       "the right side is an address, str() reads the text there: "
			       "write %s %s str(%s)", left, ast_op_text(e->binary.op), right);
	return true;
}

/* The kernel wraps numbers that must not be mixed up: kuid_t, atomic_t. */
static void hint_only_member(struct diag_msg *m, const struct type *t)
{
	if (t->kind == TYPE_STRUCT && type_complete(t) && t->record->field_count == 1 &&
	    t->record->fields[0].name)
		diag_hint(m, "'%s' is a struct: its value is the member .%s", t->spelling,
			  t->record->fields[0].name);
}

static const struct type *mismatch(struct sema *s, const struct expr *e, const struct type *a,
				   const struct type *b)
{
	struct diag_msg *m;

	if (!s->is_final)
		return NULL;
	m = diag_error(s->diag, DIAG_TYPE_MISMATCH, e->loc,
		       "type mismatch for '%s': '%s' and '%s'", ast_op_text(e->binary.op),
		       a->spelling, b->spelling);
	diag_note(m, e->binary.left->loc, "left (%s)", a->spelling);
	diag_note(m, e->binary.right->loc, "right (%s)", b->spelling);
	hint_only_member(m, a);
	hint_only_member(m, b);
	if (hint_characters(s, e, a, b, m))
		return s->types.none;
	if (is_logical(e->binary.op) && a->kind != b->kind && !hint_truth(s, e->binary.left, a, m))
		hint_truth(s, e->binary.right, b, m);
	return s->types.none;
}

static bool are_spaces_mixed(const struct type *a, const struct type *b)
{
	return (a->space == SPACE_KERNEL && b->space == SPACE_USER) ||
	       (a->space == SPACE_USER && b->space == SPACE_KERNEL);
}

static const struct type *infer_pointers(struct sema *s, const struct expr *e,
					 const struct type *a, const struct type *b)
{
	if (!is_comparison(e->binary.op) && !is_logical(e->binary.op))
		return mismatch(s, e, a, b);
	if (s->is_final && is_comparison(e->binary.op) &&
	    strcmp(a->element->spelling, b->element->spelling) &&
	    (a->element->kind != TYPE_VOID || b->element->kind != TYPE_VOID))
		diag_warning(s->diag, DIAG_POINTER_COMPARISON, e->loc,
			     "comparison of distinct pointer types '%s' and '%s'", a->spelling,
			     b->spelling);
	if (s->is_final && are_spaces_mixed(a, b))
		diag_warning(s->diag, DIAG_ADDRESS_SPACE, e->loc,
			     "a kernel pointer and a user pointer meet in '%s'",
			     ast_op_text(e->binary.op));
	return s->types.bool_type;
}

/* One pointer, one number. */
static const struct type *infer_pointer(struct sema *s, const struct expr *e,
					const struct type *a, const struct type *b)
{
	bool is_left = a->kind == TYPE_POINTER;

	if (!integer_view(s, is_left ? b : a))
		return mismatch(s, e, a, b);
	if (is_comparison(e->binary.op))
		return s->types.bool_type;
	if (e->binary.op == OP_ADD || (e->binary.op == OP_SUB && is_left))
		return is_left ? a : b;
	return mismatch(s, e, a, b);
}

static void check_division(struct sema *s, const struct expr *e, const struct type *a,
			   const struct type *b)
{
	const struct expr *divisor = e->binary.right;

	if (e->binary.op != OP_DIV && e->binary.op != OP_MOD)
		return;
	if (divisor->kind == EXPR_INTEGER && !divisor->integer.value)
		diag_error(s->diag, DIAG_DIVISION_BY_ZERO, divisor->loc, "%s by zero",
			   e->binary.op == OP_DIV ? "division" : "modulo");
	else if ((a->is_signed || b->is_signed) &&
		 (a->is_signed != b->is_signed || type_size(a) != type_size(b)) &&
		 !a->is_flexible && !b->is_flexible)
		diag_hint(diag_warning(s->diag, DIAG_SIGNED_DIVISION, e->loc,
				       "signed operand of '%s': the operation is unsigned",
				       ast_op_text(e->binary.op)),
			  "make the types equal with a cast if this is meant");
}

static void check_shift(struct sema *s, const struct expr *e)
{
	const struct expr *count = e->binary.right;
	bool is_shift = e->binary.op == OP_SHIFT_LEFT || e->binary.op == OP_SHIFT_RIGHT;

	if (is_shift && count->kind == EXPR_INTEGER &&
	    (count->integer.is_negative || count->integer.value > 63))
		diag_error(s->diag, DIAG_SHIFT_RANGE, count->loc,
			   "shift count must be between 0 and 63");
}

static const struct type *infer_integers(struct sema *s, const struct expr *e,
					 const struct type *a, const struct type *b)
{
	const struct type *x = integer_view(s, a), *y = integer_view(s, b);

	if (is_comparison(e->binary.op) || is_logical(e->binary.op))
		return s->types.bool_type;
	if (a->kind == TYPE_BOOL && b->kind == TYPE_BOOL && is_bitwise(e->binary.op))
		return s->types.bool_type;
	if (s->is_final) {
		check_division(s, e, x, y);
		check_shift(s, e);
	}
	return type_arithmetic(&s->types, x, y, e->binary.op == OP_SUB);
}

/* Values in memory: only `==` and `!=`, only between what is alike. */
static const struct type *infer_memory(struct sema *s, const struct expr *e,
				       const struct type *a, const struct type *b)
{
	bool is_alike = a->kind == b->kind;

	if (is_alike && a->kind == TYPE_ARRAY)
		is_alike = a->count == b->count && type_is_integer(a->element) &&
			   type_is_integer(b->element) &&
			   type_settle(&s->types, a->element) == type_settle(&s->types, b->element);
	else if (is_alike && (a->kind == TYPE_TUPLE || a->kind == TYPE_RECORD))
		is_alike = type_promote(&s->types, a, b) != NULL;
	else if (is_alike && (a->kind == TYPE_KSTACK || a->kind == TYPE_USTACK))
		is_alike = a == b;
	else
		is_alike = is_alike && (a->kind == TYPE_STRING || a->kind == TYPE_BUFFER);
	if (!is_alike || !is_equality(e->binary.op))
		return mismatch(s, e, a, b);
	return s->types.bool_type;
}

const struct type *infer_binary(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot;
	const struct type *a, *b;

	a = infer_value(s, &(*slot)->binary.left);
	b = infer_value(s, &(*slot)->binary.right);
	if (!a || !b)
		return is_comparison(e->binary.op) || is_logical(e->binary.op)
			       ? s->types.bool_type : infer_failed(s);
	if (a->kind == TYPE_POINTER && b->kind == TYPE_POINTER)
		return infer_pointers(s, e, a, b);
	if (a->kind == TYPE_POINTER || b->kind == TYPE_POINTER)
		return infer_pointer(s, e, a, b);
	if (integer_view(s, a) && integer_view(s, b))
		return infer_integers(s, e, a, b);
	return infer_memory(s, e, a, b);
}

const struct type *comparison_type(struct sema *s, const struct type *a, const struct type *b)
{
	if (a->kind == TYPE_POINTER || b->kind == TYPE_POINTER)
		return type_int(&s->types, 8, false);
	if (a->kind == TYPE_BOOL && b->kind == TYPE_BOOL)
		return a;
	if (integer_view(s, a) && integer_view(s, b))
		return type_settle(&s->types, type_promote(&s->types, integer_view(s, a),
							   integer_view(s, b)));
	if (a->kind == TYPE_STRING || a->kind == TYPE_BUFFER)
		return NULL;
	a = type_promote(&s->types, a, b);
	return a ? type_settle(&s->types, a) : NULL;
}

/* --- ++ and -- -------------------------------------------------------------------------------- */

static void join_increment(struct sema *s, struct expr *target, const struct type *t)
{
	if (target->kind == EXPR_VARIABLE && target->variable.symbol)
		sema_join_variable(s, target->variable.symbol, t, target->loc);
	else if (target->kind == EXPR_MAP)
		sema_join_map_value(s, target->map.symbol, t, target->loc);
}

const struct type *infer_increment(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	const char *op = e->increment.is_decrement ? "--" : "++";
	const struct type *t;

	sema_infer_expr(s, &e->increment.target);
	t = e->increment.target->type;
	if (!t || t->kind == TYPE_NONE)
		return infer_failed(s);
	if (t->kind == TYPE_POINTER)
		return t;
	if (!type_is_integer(t))
		return bad_operand(s, e, op, t);
	/* Counting must not wrap where a literal started it: the place gets 64 bits. */
	join_increment(s, e->increment.target, type_int(&s->types, 8, t->is_signed));
	return type_int(&s->types, 8, t->is_signed || e->increment.is_decrement);
}

/* --- address-of ------------------------------------------------------------------------------- */

/* A map's address is a handle that only library functions can use. */
const struct type *infer_address_of(struct sema *s, struct expr **slot)
{
	struct expr *of = (*slot)->address_of.operand;
	const struct type *t = s->types.void_type;

	if (of->kind == EXPR_VARIABLE) {
		t = infer_value(s, &(*slot)->address_of.operand);
		if (!t)
			return infer_failed(s);
		t = type_settle(&s->types, t);
	}
	return type_pointer(&s->types, t, SPACE_KERNEL);
}

/* --- choices ---------------------------------------------------------------------------------- */

void infer_condition(struct sema *s, struct expr **slot)
{
	const struct type *t = infer_value(s, slot);
	struct diag_msg *m;

	if (!t || type_is_condition(t) || !s->is_final)
		return;
	m = diag_error(s->diag, DIAG_BAD_CONDITION, (*slot)->loc,
		       "a condition must be an integer, a pointer or a boolean, not '%s'",
		       t->spelling);
	if (t->kind == TYPE_STRING)
		diag_hint(m, "compare it: … != \"\"");
	if (t->kind == TYPE_RECORD)
		diag_hint(m, "(name = value) makes a record; to compare, write '=='");
}

/* What a branch is worth: NULL if nothing, or unknown. */
static const struct type *branch_type(struct sema *s, struct expr **slot)
{
	const struct type *t;

	sema_infer_expr(s, slot);
	t = (*slot)->type;
	if (!t || t->kind == TYPE_NONE)
		return NULL;
	return type_is_readable(t) ? integer_view(s, t) : t;
}

static const struct type *join_branches(struct sema *s, const struct expr *e,
					const struct type *a, const struct type *b)
{
	const struct type *both;
	struct diag_msg *m;

	if (!a && !b)
		return s->types.none;
	both = type_promote(&s->types, a, b);
	if (both || !s->is_final)
		return both;
	m = diag_error(s->diag, DIAG_BRANCH_MISMATCH, e->loc,
		       "branches have incompatible types: '%s' and '%s'", a->spelling, b->spelling);
	if (e->kind == EXPR_TERNARY && e->ternary.then && e->ternary.otherwise) {
		diag_note(m, e->ternary.then->loc, "'%s'", a->spelling);
		diag_note(m, e->ternary.otherwise->loc, "'%s'", b->spelling);
	}
	return s->types.none;
}

const struct type *infer_ternary(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	const struct type *then;

	infer_condition(s, &e->ternary.condition);
	if (e->ternary.then) {
		then = branch_type(s, &e->ternary.then);
	} else {
		then = e->ternary.condition->type;
		if (then && (then->kind == TYPE_NONE || type_is_readable(then)))
			then = integer_view(s, then);
	}
	return join_branches(s, e, then, branch_type(s, &e->ternary.otherwise));
}

const struct type *infer_if(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	const struct type *then, *otherwise = NULL;

	if (e->branch.condition->kind == EXPR_COMPTIME)
		return infer_comptime_if(s, slot);
	infer_condition(s, &e->branch.condition);
	then = branch_type(s, &e->branch.then);
	if (e->branch.otherwise)
		otherwise = branch_type(s, &e->branch.otherwise);
	return join_branches(s, e, then, otherwise);
}

/* --- casts ------------------------------------------------------------------------------------ */

static const struct type *bad_cast(struct sema *s, const struct expr *e, const struct type *from,
				   const struct type *to)
{
	if (s->is_final)
		diag_error(s->diag, DIAG_BAD_CAST, e->loc, "cannot cast from '%s' to '%s'",
			   from->spelling, to->spelling);
	return infer_failed(s);
}

/* `T[]`: as many elements as the operand holds. */
static const struct type *complete_array(struct sema *s, const struct type *to,
					 const struct type *from)
{
	if (to->kind != TYPE_ARRAY || to->count)
		return to;
	return type_array(&s->types, to->element, type_size(from) / type_size(to->element));
}

static void check_enumerator(struct sema *s, const struct expr *e, const struct type *to)
{
	const struct expr *value = e->cast.operand;

	if (to->kind != TYPE_ENUM || value->kind != EXPR_INTEGER)
		return;
	for (uint32_t i = 0; i < to->enumeration->count; i++) {
		if (to->enumeration->values[i].value == value->integer.value)
			return;
	}
	diag_error(s->diag, DIAG_UNKNOWN_ENUMERATOR, value->loc, "%llu is no value of '%s'",
		   (unsigned long long)value->integer.value, to->spelling);
}

/* What a macro does to arguments of any type need not be needed for all. */
static bool is_in_macro(const struct expr *e)
{
	return e->loc.source && e->loc.source->viewed;
}

static void check_cast(struct sema *s, const struct expr *e, const struct type *to)
{
	const struct expr *operand = e->cast.operand;

	check_enumerator(s, e, to);
	if (operand->type == to && to->kind != TYPE_ENUM && !expr_is_literal(operand) &&
	    !is_in_macro(e))
		diag_warning(s->diag, DIAG_UNNECESSARY_CAST, e->loc,
			     "unnecessary cast: the value already is '%s'", to->spelling);
}

/* An integer has no space of its own, unless it was given one. */
static enum type_space space_of_call(const struct expr_call *call, enum type_space otherwise)
{
	if (!strcmp(call->name, "kptr"))
		return SPACE_KERNEL;
	return strcmp(call->name, "uptr") ? otherwise : SPACE_USER;
}

const struct type *infer_cast(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	const struct type *from = infer_value(s, &e->cast.operand), *to;
	enum type_space space = sema_default_space(s);

	if (from && from->kind == TYPE_POINTER && from->space != SPACE_CONTEXT)
		space = (enum type_space)from->space;
	else if (e->cast.operand->kind == EXPR_CALL)
		space = space_of_call(&e->cast.operand->call, space);
	to = e->cast.to ? sema_resolve_type(s, e->cast.to, space) : e->type;
	if (!to)
		return infer_failed(s);
	if (!from) /* helps others on, unless the target depends on the operand */
		return to->kind == TYPE_ARRAY || s->is_final ? infer_failed(s) : to;
	if (!type_castable(from, to))
		return bad_cast(s, e, from, to);
	to = complete_array(s, to, from);
	if (to->kind == TYPE_STRING && !to->size)
		to = type_settle(&s->types, from);
	if (s->is_final)
		check_cast(s, e, to);
	return to;
}
