/* SPDX-License-Identifier: Apache-2.0 */
/*
 * differential BITTERN FIRST COUNT: the same expressions folded by the compiler, computed by the kernel,
 * and computed here.
 *
 * Each program prints a line of expressions of literals, which are folded, and the same expressions with
 * every literal replaced by a map that holds it, so that neither the compiler nor LLVM knows it. Both
 * lines must be what this program expects. Values stay within int64 at every step, and no negative
 * operand meets / % >>: there the language itself says that literals and variables differ
 * (spec language.md, Appendix B).
 */
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>
#include "grammar.h"
#include "run_program.h"

#define LEAVES_MAX	40 /* the kernel takes 64 maps in a program */
#define EXPRESSIONS_MAX 8
#define DEPTH_MAX	4

struct program {
	struct grammar random;
	struct strbuf literal, variable; /* the expression at hand, in both forms */
	int64_t leaves[LEAVES_MAX];	 /* map @k<i> */
	uint32_t leaf_count;
};

static uint32_t below(struct program *p, uint32_t n)
{
	return grammar_random(&p->random, n);
}

static void put(struct program *p, const char *text)
{
	strbuf_add_text(&p->literal, text);
	strbuf_add_text(&p->variable, text);
}

/* --- leaves ----------------------------------------------------------------------------------- */

static int64_t random_value(struct program *p)
{
	static const int64_t edges[] = { 0, 1, 2, 127, 128, 255, 256, 32767, 32768, 65535, 65536,
					 INT32_MAX, INT32_MAX + 1ll, UINT32_MAX, INT64_MAX };
	int64_t value = edges[below(p, ARRAY_SIZE(edges))];

	if (below(p, 2))
		value = below(p, 1000);
	return below(p, 4) ? value : -value;
}

static int64_t leaf(struct program *p)
{
	int64_t value = random_value(p);

	if (p->leaf_count == LEAVES_MAX)
		value = 1;
	else
		p->leaves[p->leaf_count++] = value;
	strbuf_printf(&p->literal, value < 0 ? "(%" PRId64 ")" : "%" PRId64, value);
	if (value == 1 && p->leaf_count == LEAVES_MAX)
		strbuf_add_text(&p->variable, "1");
	else
		strbuf_printf(&p->variable, "@k%u", p->leaf_count - 1);
	return value;
}

/* --- operators: exact results, or false where the language leaves the range of int64 ------------- */

static bool apply(const char *op, int64_t a, int64_t b, int64_t *out)
{
	switch (*op) {
	case '+':
		return !__builtin_add_overflow(a, b, out);
	case '-':
		return !__builtin_sub_overflow(a, b, out);
	case '*':
		return !__builtin_mul_overflow(a, b, out);
	case '/':
	case '%':
		if (a < 0 || b <= 0)
			return false;
		*out = *op == '/' ? a / b : a % b;
		return true;
	case '&':
		*out = a & b;
		return true;
	case '|':
		*out = a | b;
		return true;
	case '^':
		*out = a ^ b;
		return true;
	case '<':
		if (a < 0 || b < 0 || b > 62 || a > INT64_MAX >> b)
			return false;
		*out = a << b;
		return true;
	case '>':
		if (a < 0 || b < 0 || b > 62)
			return false;
		*out = a >> b;
		return true;
	}
	return false;
}

static bool compare(const char *op, int64_t a, int64_t b)
{
	if (op[1] == '=')
		return *op == '=' ? a == b : *op == '!' ? a != b : *op == '<' ? a <= b : a >= b;
	return *op == '<' ? a < b : a > b;
}

static int64_t number(struct program *p, uint32_t depth);

static bool truth(struct program *p, uint32_t depth)
{
	static const char *const comparisons[] = { "==", "!=", "<", ">", "<=", ">=" };
	const char *op = comparisons[below(p, ARRAY_SIZE(comparisons))];
	int64_t a, b;

	put(p, "(");
	a = number(p, depth + 1);
	put(p, " ");
	put(p, op);
	put(p, " ");
	b = number(p, depth + 1);
	put(p, ")");
	return compare(op, a, b);
}

static int64_t cast(struct program *p, uint32_t depth)
{
	static const char *const types[] = { "int8", "int16", "int32", "int64",
					     "uint8", "uint16", "uint32" };
	uint32_t which = below(p, ARRAY_SIZE(types));
	int64_t value;

	strbuf_printf(&p->literal, "((%s)", types[which]);
	strbuf_printf(&p->variable, "((%s)", types[which]);
	value = number(p, depth + 1);
	put(p, ")");
	switch (which) {
	case 0:
		return (int8_t)value;
	case 1:
		return (int16_t)value;
	case 2:
		return (int32_t)value;
	case 4:
		return (uint8_t)value;
	case 5:
		return (uint16_t)value;
	case 6:
		return (uint32_t)value;
	}
	return value;
}

static int64_t choice(struct program *p, uint32_t depth)
{
	int64_t a, b;
	bool which;

	put(p, "(");
	which = truth(p, depth + 1);
	put(p, " ? ");
	a = number(p, depth + 1);
	put(p, " : ");
	b = number(p, depth + 1);
	put(p, ")");
	return which ? a : b;
}

/* An operator whose result would not do is replaced by one that always does. */
static int64_t operation(struct program *p, uint32_t depth)
{
	static const char *const operators[] = { "+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>" };
	const char *op = operators[below(p, ARRAY_SIZE(operators))];
	size_t literal_at, variable_at;
	int64_t a, b, result;

	put(p, "(");
	a = number(p, depth + 1);
	literal_at = p->literal.len;
	variable_at = p->variable.len;
	put(p, "   ");
	b = number(p, depth + 1);
	put(p, ")");
	if (!apply(op, a, b, &result)) {
		op = "^";
		result = a ^ b;
	}
	memcpy(p->literal.text + literal_at + 1, op, strlen(op));
	memcpy(p->variable.text + variable_at + 1, op, strlen(op));
	return result;
}

static int64_t number(struct program *p, uint32_t depth)
{
	int64_t value;

	if (depth > DEPTH_MAX)
		return leaf(p);
	switch (below(p, 8)) {
	case 0:
	case 1:
		return leaf(p);
	case 2:
		return cast(p, depth);
	case 3:
		return choice(p, depth);
	case 4: /* of an unsigned value it would be unsigned, and leave the range */
		if (below(p, 2)) {
			put(p, "(~");
			value = leaf(p);
		} else {
			put(p, "(~(int64)");
			value = number(p, depth + 1);
		}
		put(p, ")");
		return ~value;
	}
	return operation(p, depth);
}

/* --- programs --------------------------------------------------------------------------------- */

struct texts {
	struct strbuf format, folded, computed, expected;
};

static void add_expression(struct program *p, struct texts *t)
{
	static const char *const conversions[] = { "%ld", "%5ld", "%-20ld", "%lx", "%016lx", "%lu",
						   "%lo", "%+ld", "%#lx", "%d",
						   "%u", "%x", "%hd", "%hhu", "%llx" };
	const char *conversion = conversions[below(p, ARRAY_SIZE(conversions))];
	int64_t value;

	strbuf_clear(&p->literal);
	strbuf_clear(&p->variable);
	value = below(p, 5) ? number(p, 0) : truth(p, 0);
	strbuf_printf(&t->format, "%s|", conversion);
	strbuf_printf(&t->folded, ", %s", strbuf_text(&p->literal));
	strbuf_printf(&t->computed, ", %s", strbuf_text(&p->variable));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	strbuf_printf(&t->expected, conversion, value);
#pragma GCC diagnostic pop
	strbuf_add_text(&t->expected, "|");
}

static void make_program(struct program *p, struct texts *t, struct strbuf *out)
{
	uint32_t count = 1 + below(p, EXPRESSIONS_MAX);

	while (count-- && p->leaf_count < LEAVES_MAX / 2)
		add_expression(p, t);
	strbuf_add_text(out, "begin { ");
	for (uint32_t i = 0; i < p->leaf_count; i++)
		strbuf_printf(out, "@k%u = %" PRId64 "; ", i, p->leaves[i]);
	strbuf_printf(out, "}\nbegin { printf(\"%s\\n\"%s); }\nbegin { printf(\"%s\\n\"%s); }\n",
		      strbuf_text(&t->format), strbuf_text(&t->folded), strbuf_text(&t->format),
		      strbuf_text(&t->computed));
}

/* The output: two equal lines, then what every run ends with. */
static bool is_right(const char *said, const char *expected)
{
	size_t len = strlen(expected);

	return !strncmp(said, expected, len) && said[len] == '\n' &&
	       !strncmp(said + len + 1, expected, len) && said[2 * len + 1] == '\n';
}

static bool check(const char *bittern, uint64_t seed)
{
	auto_strbuf struct strbuf program = STRBUF_INIT, said = STRBUF_INIT;
	struct program p = { .literal = STRBUF_INIT };
	struct texts t = { .format = STRBUF_INIT };
	bool is_good;

	grammar_init(&p.random, seed, NULL);
	make_program(&p, &t, &program);
	const char *arguments[] = { bittern, "-q", "--no-warnings", "-e", strbuf_text(&program),
				    NULL };
	int status = run_program(arguments, &said);
	is_good = WIFEXITED(status) && !WEXITSTATUS(status) &&
		  is_right(strbuf_text(&said), strbuf_text(&t.expected));
	if (!is_good)
		printf("program %" PRIu64 ":\n%sexpected twice:\n%s\ngot:\n%s\n", seed,
		       strbuf_text(&program), strbuf_text(&t.expected), strbuf_text(&said));
	strbuf_free(&p.literal);
	strbuf_free(&p.variable);
	strbuf_free(&t.format);
	strbuf_free(&t.folded);
	strbuf_free(&t.computed);
	strbuf_free(&t.expected);
	return is_good;
}

int main(int argc, char **argv)
{
	uint64_t first, count, bad = 0;

	if (argc != 4) {
		fprintf(stderr, "usage: differential BITTERN FIRST COUNT\n");
		return 2;
	}
	first = strtoull(argv[2], NULL, 0);
	count = strtoull(argv[3], NULL, 0);
	for (uint64_t i = first; i < first + count; i++)
		bad += !check(argv[1], i);
	printf("%" PRIu64 " programs, %" PRIu64 " with a difference\n", count, bad);
	return bad != 0;
}
