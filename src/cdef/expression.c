/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integer constant expressions: the size of an array, the width of a bit-field, the value of an
 * enumerator, the condition of an #if.
 *
 * Values have the widths and signs of C (int and unsigned are 32 bits, long and unsigned long 64), because
 * `1 << 31` and `~0U` depend on it. In an #if everything has 64 bits and unknown names are 0.
 */
#include <string.h>
#include <sys/utsname.h>
#include "cdef/private.h"

static bool binary(struct cdef *c, int min_level, struct c_value *out);

static struct c_value make(uint64_t bits, bool is_unsigned, bool is_wide)
{
	if (!is_wide)
		bits = is_unsigned ? (uint32_t)bits : (uint64_t)(int64_t)(int32_t)bits;
	return (struct c_value){ bits, is_unsigned, is_wide };
}

static bool not_constant(struct cdef *c, struct loc loc, const char *what)
{
	c_error(c, DIAG_C_CONSTANT, loc, "%s", what);
	return false;
}

/* --- primaries -------------------------------------------------------------------------------- */

static bool kernel_version(struct cdef *c, struct c_value *out)
{
	struct utsname names;
	unsigned int major = 0, minor = 0, patch = 0;

	c_advance(c);
	uname(&names);
	sscanf(names.release, "%u.%u.%u", &major, &minor, &patch);
	*out = make(major << 16 | minor << 8 | MIN(patch, 255u), false, true);
	return true;
}

/* KERNEL_VERSION(a, b, c), the one function-like macro that conditions are full of. */
static bool version_number(struct cdef *c, struct c_value *out)
{
	uint64_t parts[3];

	c_advance(c);
	if (!c_expect(c, '(', "behind KERNEL_VERSION"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (i && !c_expect(c, ',', "in KERNEL_VERSION"))
			return false;
		if (!binary(c, 0, out))
			return false;
		parts[i] = out->bits;
	}
	*out = make(parts[0] << 16 | parts[1] << 8 | MIN(parts[2], (uint64_t)255), false, true);
	return c_expect(c, ')', "in KERNEL_VERSION");
}

static bool number(struct cdef *c, struct c_value *out)
{
	bool is_unsigned = false, is_wide = false;
	uint64_t value = 0;

	if (!c_token_integer(&c->token, &value, &is_unsigned, &is_wide))
		return not_constant(c, c->token.loc, "this is no integer");
	*out = make(value, is_unsigned, is_wide || c->is_condition);
	c_advance(c);
	return true;
}

static bool size_of(struct cdef *c, struct c_value *out)
{
	struct c_type type;
	struct loc loc;
	bool is_alignment = !c_at_word(c, "sizeof");

	c_advance(c);
	if (!c_expect(c, '(', "behind 'sizeof'"))
		return false;
	loc = c->token.loc;
	if (!c_starts_type(c))
		return not_constant(c, loc, "only the sizes of types are known here");
	if (!c_type_name(c, &type))
		return false;
	if (type.is_incomplete || type.is_function)
		return not_constant(c, loc, "the size of this type is not known here");
	*out = make(is_alignment ? type.align : type.size, true, true);
	return c_expect(c, ')', "behind the type");
}

static bool offset_of(struct cdef *c, struct c_value *out)
{
	uint64_t offset = 0;
	struct c_type type;
	struct field f;

	c_advance(c);
	if (!c_expect(c, '(', "behind 'offsetof'") || !c_type_name(c, &type) ||
	    !c_expect(c, ',', "behind the type"))
		return false;
	do {
		const char *name = c->token.kind == C_NAME ? c_text_of(c, &c->token) : "";

		if (type.type->kind != TYPE_STRUCT || !type_find_field(type.type, name, &f))
			return not_constant(c, c->token.loc, "there is no such member");
		offset += f.offset;
		type.type = f.type;
		c_advance(c);
	} while (c_accept(c, '.'));
	*out = make(offset, true, true);
	return c_expect(c, ')', "behind the member");
}

static bool named_constant(struct cdef *c, struct c_value *out)
{
	const char *name = c_text_of(c, &c->token);
	struct c_enumerator *e = strmap_get(&c->enumerators, name);
	const struct cdef_constant *k;
	const struct type *type;
	uint64_t value;

	if (e) {
		bool fits = e->is_negative ? (int64_t)e->value >= INT32_MIN : e->value <= INT32_MAX;
		bool is_unsigned = !e->is_negative && !fits;

		*out = make(e->value, is_unsigned, !fits && e->value > UINT32_MAX);
	} else if (c->host && !host_enumerator(c->host, c->types, name, &value, &type)) {
		*out = make(value, !type->is_signed && value > INT32_MAX, value > UINT32_MAX);
	} else if ((k = cdef_constant(name))) {
		*out = make(k->value, !k->is_negative && k->value > INT32_MAX,
			    k->is_negative ? (int64_t)k->value < INT32_MIN
					   : k->value > UINT32_MAX);
	} else {
		const char *near = cdef_nearest_macro(c, name);

		diag_did_you_mean(c_error(c, DIAG_C_CONSTANT, c->token.loc,
					  "'%s' is no constant that is known here", name),
				  near ? near : cdef_nearest_constant(name));
		return false;
	}
	c_advance(c);
	return true;
}

static bool name(struct cdef *c, struct c_value *out)
{
	uint32_t value = 0; /* of unknown names in an #if */

	if (c_at_word(c, "LINUX_VERSION_CODE"))
		return kernel_version(c, out);
	if (c_at_word(c, "KERNEL_VERSION"))
		return version_number(c, out);
	if (c_predefined(c, &c->token, &value) || c->is_condition) {
		*out = make(c_at_word(c, "true") ? 1 : value, false, true);
		c_advance(c);
		return true;
	}
	if (c_at_word(c, "true") || c_at_word(c, "false")) {
		*out = make(c_at_word(c, "true"), false, false);
		c_advance(c);
		return true;
	}
	if (c_at_word(c, "sizeof") || c_at_word(c, "_Alignof") || c_at_word(c, "__alignof__"))
		return size_of(c, out);
	if (c_at_word(c, "offsetof") || c_at_word(c, "__builtin_offsetof"))
		return offset_of(c, out);
	return named_constant(c, out);
}

static bool primary(struct cdef *c, struct c_value *out)
{
	int64_t value;

	switch (c->token.kind) {
	case C_NUMBER:
		return number(c, out);
	case C_TRUTH:
		*out = make(c->token.op, false, true);
		c_advance(c);
		return true;
	case C_CHARACTER:
		if (!c_token_character(&c->token, &value))
			return not_constant(c, c->token.loc, "this is no character");
		*out = make((uint64_t)value, false, c->is_condition);
		c_advance(c);
		return true;
	case C_NAME:
		return name(c, out);
	case C_STRING:
	case C_END:
	case C_PUNCTUATOR:
		break;
	}
	if (c_accept(c, '('))
		return binary(c, 0, out) && c_expect(c, ')', "behind an expression");
	return not_constant(c, c->token.loc, "an integer constant is missing here");
}

/* --- operators -------------------------------------------------------------------------------- */

/* (T)e for integer types. */
static bool cast(struct cdef *c, struct c_value *out);

static bool enter(struct cdef *c)
{
	if (++c->nesting <= C_MAX_NESTING)
		return true;
	c_error(c, DIAG_C_LIMIT, c->token.loc, "this is nested too deeply");
	return false;
}

static bool unary(struct cdef *c, struct c_value *out);

static bool operand(struct cdef *c, struct c_value *out)
{
	uint32_t op = c->token.kind == C_PUNCTUATOR ? c->token.op : 0;

	if (op == '(' && !c->is_condition) {
		c_advance(c);
		if (c_starts_type(c))
			return cast(c, out);
		return binary(c, 0, out) && c_expect(c, ')', "behind an expression");
	}
	if (op != '-' && op != '+' && op != '~' && op != '!')
		return primary(c, out);
	c_advance(c);
	if (!unary(c, out))
		return false;
	if (op == '-')
		*out = make(-out->bits, out->is_unsigned, out->is_wide);
	else if (op == '~')
		*out = make(~out->bits, out->is_unsigned, out->is_wide);
	else if (op == '!')
		*out = make(!out->bits, false, c->is_condition);
	return true;
}

static bool unary(struct cdef *c, struct c_value *out)
{
	bool is_good = enter(c) && operand(c, out);

	c->nesting--;
	return is_good;
}

static bool cast(struct cdef *c, struct c_value *out)
{
	struct loc loc = c->token.loc;
	struct c_type to;
	uint32_t unused;

	if (!c_type_name(c, &to) || !c_expect(c, ')', "behind the type"))
		return false;
	if (!unary(c, out))
		return false;
	if (to.type->kind == TYPE_BOOL) {
		*out = make(out->bits != 0, false, false);
		return true;
	}
	if (!type_is_integer(to.type) && to.type->kind != TYPE_POINTER)
		return not_constant(c, loc, "a constant has an integer type");
	unused = 64 - 8 * (uint32_t)MIN(to.size, (uint64_t)8);
	out->bits <<= unused;
	out->bits = to.type->is_signed ? (uint64_t)((int64_t)out->bits >> unused)
				       : out->bits >> unused;
	*out = make(out->bits, !to.type->is_signed && to.size >= 4, to.size > 4);
	return true;
}

static const struct {
	uint32_t op;
	int level;
} levels[] = {
	{ C_OP2('|', '|'), 1 }, { C_OP2('&', '&'), 2 }, { '|', 3 },	 { '^', 4 },
	{ '&', 5 },		{ C_OP2('=', '='), 6 }, { C_OP2('!', '='), 6 },
	{ '<', 7 },		{ '>', 7 },		{ C_OP2('<', '='), 7 },
	{ C_OP2('>', '='), 7 }, { C_OP2('<', '<'), 8 }, { C_OP2('>', '>'), 8 },
	{ '+', 9 },		{ '-', 9 },		{ '*', 10 },
	{ '/', 10 },		{ '%', 10 },
};

static int level_of(const struct cdef *c)
{
	for (size_t i = 0; c->token.kind == C_PUNCTUATOR && i < ARRAY_SIZE(levels); i++)
		if (levels[i].op == c->token.op)
			return levels[i].level;
	return 0;
}

static uint64_t divide(const struct c_value *a, const struct c_value *b, bool wants_rest)
{
	int64_t x = (int64_t)a->bits, y = (int64_t)b->bits;

	if (a->is_unsigned)
		return wants_rest ? a->bits % b->bits : a->bits / b->bits;
	if (y == -1) /* the smallest number has no opposite */
		return wants_rest ? 0 : -a->bits;
	return (uint64_t)(wants_rest ? x % y : x / y);
}

static uint64_t shift(const struct c_value *a, uint64_t by, bool is_left)
{
	uint32_t width = a->is_wide ? 64 : 32;

	if (by >= width)
		return !is_left && !a->is_unsigned && (int64_t)a->bits < 0 ? ~0ull : 0;
	if (is_left)
		return a->bits << by;
	return a->is_unsigned ? a->bits >> by : (uint64_t)((int64_t)a->bits >> by);
}

static bool less(const struct c_value *a, const struct c_value *b)
{
	return a->is_unsigned ? a->bits < b->bits : (int64_t)a->bits < (int64_t)b->bits;
}

static bool apply(struct cdef *c, uint32_t op, struct loc loc, struct c_value a, struct c_value b,
		  struct c_value *out)
{
	bool is_truth = false;
	uint64_t r = 0;

	if (op == C_OP2('<', '<') || op == C_OP2('>', '>')) {
		*out = make(shift(&a, b.bits, op == C_OP2('<', '<')), a.is_unsigned, a.is_wide);
		return true;
	}
	if (op == C_OP2('|', '|') || op == C_OP2('&', '&')) {
		r = op == C_OP2('|', '|') ? a.bits || b.bits : a.bits && b.bits;
		*out = make(r, false, c->is_condition);
		return true;
	}

	/* The usual arithmetic conversions. */
	bool is_wide = a.is_wide || b.is_wide;
	bool is_unsigned = (a.is_unsigned && a.is_wide == is_wide) ||
			   (b.is_unsigned && b.is_wide == is_wide);

	a = make(a.bits, is_unsigned, is_wide);
	b = make(b.bits, is_unsigned, is_wide);
	switch (op) {
	case '|': r = a.bits | b.bits; break;
	case '^': r = a.bits ^ b.bits; break;
	case '&': r = a.bits & b.bits; break;
	case '+': r = a.bits + b.bits; break;
	case '-': r = a.bits - b.bits; break;
	case '*': r = a.bits * b.bits; break;
	case '/':
	case '%':
		if (!b.bits && !c->skipped)
			return not_constant(c, loc, "a division by zero has no value");
		r = !b.bits ? 0 : divide(&a, &b, op == '%');
		break;
	case '<': is_truth = true; r = less(&a, &b); break;
	case '>': is_truth = true; r = less(&b, &a); break;
	case C_OP2('<', '='): is_truth = true; r = !less(&b, &a); break;
	case C_OP2('>', '='): is_truth = true; r = !less(&a, &b); break;
	case C_OP2('=', '='): is_truth = true; r = a.bits == b.bits; break;
	case C_OP2('!', '='): is_truth = true; r = a.bits != b.bits; break;
	}
	*out = is_truth ? make(r, false, c->is_condition) : make(r, is_unsigned, is_wide);
	return true;
}

static bool ternary(struct cdef *c, struct c_value *out)
{
	struct c_value then, otherwise;
	bool is_good;

	c_advance(c);
	c->skipped += !out->bits;
	is_good = enter(c) && binary(c, 0, &then) && c_expect(c, ':', "in a condition");
	c->skipped += out->bits ? 1 : -1;
	is_good = is_good && binary(c, 0, &otherwise);
	c->skipped -= out->bits != 0;
	c->nesting--;
	if (is_good)
		*out = out->bits ? then : otherwise;
	return is_good;
}

/* && and || do not look at the side that does not count: 0 && 1/0. */
static bool is_decided(uint32_t op, const struct c_value *left)
{
	return (op == C_OP2('|', '|') && left->bits) || (op == C_OP2('&', '&') && !left->bits);
}

static bool binary(struct cdef *c, int min_level, struct c_value *out)
{
	int level;

	if (!unary(c, out))
		return false;
	while ((level = level_of(c)) > min_level) {
		uint32_t op = c->token.op;
		struct loc loc = c->token.loc;
		struct c_value right;
		bool is_decided_now = is_decided(op, out), is_good;

		c_advance(c);
		c->skipped += is_decided_now;
		is_good = binary(c, level, &right);
		c->skipped -= is_decided_now;
		if (!is_good)
			return false;
		if (is_decided_now)
			*out = make(op == C_OP2('|', '|'), false, c->is_condition);
		else if (!apply(c, op, loc, *out, right, out))
			return false;
	}
	return min_level || !c_at(c, '?') || ternary(c, out);
}

bool c_constant(struct cdef *c, struct c_value *out)
{
	return binary(c, 0, out) && !c->is_failed;
}
