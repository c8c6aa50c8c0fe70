/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens with macros expanded: a stack of texts (pieces of the script, headers, bodies of macros),
 * of which the innermost is read.
 *
 * Macros are expanded as C says: a macro is not expanded inside itself. Arguments are put in by
 * arguments.c.
 */
#include <string.h>
#include "cdef/private.h"

/* --- macros ----------------------------------------------------------------------------------- */

struct cdef_macro *c_macro(const struct cdef *c, const struct c_token *name)
{
	struct cdef_macro *m = strmap_get_len(&c->macros, c_token_text(name), c_token_len(name));

	return m && !m->is_undefined ? m : NULL;
}

static void set_macro(struct cdef *c, const char *name, struct cdef_macro *m)
{
	struct cdef_macro *before = strmap_get(&c->macros, name);
	struct c_macro_change change = { m->name, before };

	arena_vec_push(c->arena, &c->changes, change);
	c->macro_count -= before && !before->is_undefined;
	c->macro_count += !m->is_undefined;
	strmap_set(&c->macros, name, m);
}

void c_define(struct cdef *c, struct cdef_macro *m)
{
	set_macro(c, m->name, m);
}

void c_undefine(struct cdef *c, const char *name)
{
	struct cdef_macro *m = ARENA_NEW(c->arena, struct cdef_macro);

	m->name = arena_strdup(c->arena, name);
	m->is_undefined = true;
	set_macro(c, m->name, m);
}

void c_restore_macros(struct cdef *c, size_t count)
{
	while (c->changes.count > count) {
		struct c_macro_change change = c->changes.items[c->changes.count - 1];

		if (change.before)
			set_macro(c, change.name, change.before);
		else
			c_undefine(c, change.name);
		c->changes.count -= 2; /* the change, and its reversal */
	}
}

/* Macros that compilers and the reference implementation define. */
static const struct {
	const char *name;
	uint32_t value;
	bool needs_btf;
} predefined[] = {
	{ "__linux__", 1, false },
	{ "__STDC__", 1, false },
	{ "__STDC_VERSION__", 201112, false },
	{ "__GNUC__", 4, false },
	{ "__GNUC_MINOR__", 2, false },
	{ "__LP64__", 1, false },
	{ "__SIZEOF_INT__", 4, false },
	{ "__SIZEOF_LONG__", 8, false },
	{ "__SIZEOF_POINTER__", 8, false },
	{ "__CHAR_BIT__", 8, false },
	{ "__BYTE_ORDER__", 1234, false },
	{ "__ORDER_LITTLE_ENDIAN__", 1234, false },
	{ "__ORDER_BIG_ENDIAN__", 4321, false },
#if defined(__x86_64__)
	{ "__x86_64__", 1, false },
#elif defined(__aarch64__)
	{ "__aarch64__", 1, false },
#endif
	{ "BPFTRACE_HAVE_BTF", 1, true },
	{ "_LINUX_TYPES_H", 1, true },
};

bool c_predefined(struct cdef *c, const struct c_token *name, uint32_t *value)
{
	if (strmap_get_len(&c->macros, c_token_text(name), c_token_len(name)))
		return false; /* defined or undefined by the script */
	for (size_t i = 0; i < ARRAY_SIZE(predefined); i++) {
		if (!c_token_is(name, predefined[i].name))
			continue;
		*value = predefined[i].value;
		return !predefined[i].needs_btf || (c->host && host_has_btf(c->host));
	}
	return false;
}

bool c_is_defined(struct cdef *c, const struct c_token *name)
{
	uint32_t value;

	return c_macro(c, name) || c_predefined(c, name, &value) ||
	       c_token_is(name, "LINUX_VERSION_CODE") || c_token_is(name, "KERNEL_VERSION");
}

/* --- the stack of texts ------------------------------------------------------------------------ */

bool c_push_input(struct cdef *c, struct c_input input, struct loc at)
{
	if (c->inputs.count >= C_MAX_INPUTS) {
		c_error(c, DIAG_C_LIMIT, at,
			"more than %d headers and macros are open at one place", C_MAX_INPUTS);
		return false;
	}
	input.conditionals = c->conditionals.count;
	vec_push(&c->inputs, input);
	return true;
}

struct c_saved c_enter(struct cdef *c, struct c_input input)
{
	struct c_saved saved = { c->token, c->base, c->is_condition };

	c->base = c->inputs.count;
	c_push_input(c, input, (struct loc){ input.text.source, input.text.at, input.text.at });
	return saved;
}

void c_leave(struct cdef *c, struct c_saved saved)
{
	c->inputs.count = c->base;
	c->base = saved.base;
	c->token = saved.token;
	c->is_condition = saved.is_condition;
}

static struct c_input *innermost(struct cdef *c)
{
	return c->inputs.count > c->base ? &c->inputs.items[c->inputs.count - 1] : NULL;
}

/* What a false #if leaves out, up to the next directive. */
static void skip_inactive(struct c_text *t)
{
	while (t->at < t->end) {
		const char *p = t->source->text + t->at, *end = t->source->text + t->end;

		p += strspn(p, " \t\r\f\v");
		if (p < end && *p == '#') {
			t->at_line_start = true;
			return;
		}
		t->at = c_token_line_end(t);
		if (t->at < t->end)
			t->at++;
	}
}

struct c_token c_next_raw(struct cdef *c)
{
	struct c_token token = { .kind = C_END, .loc = c->token.loc };

	while (!c->is_failed) {
		struct c_input *in = innermost(c);

		if (!in)
			return token;
		if (!in->is_line && !in->macro && !c_is_active(c))
			skip_inactive(&in->text);
		token = c_token_next(&in->text);
		if (token.kind == C_END) {
			if (in->is_file)
				c_close_conditionals(c, in->conditionals);
			if (c->inputs.count - 1 == c->base)
				return token; /* stays: the end is read again and again */
			c->inputs.count--;
			continue;
		}
		if (++c->tokens > C_MAX_TOKENS) {
			c_error(c, DIAG_C_LIMIT, token.loc, "the C part of the program is too large");
			break;
		}
		if (in->is_line || in->macro || !token.starts_line || token.kind != C_PUNCTUATOR ||
		    token.op != '#')
			return token;

		struct c_text line = in->text;

		line.end = in->text.at = c_token_line_end(&line);
		line.at_line_start = false;
		c_directive(c, line); /* may push a header */
	}
	token.kind = C_END;
	return token;
}

static bool is_open(const struct cdef *c, const struct cdef_macro *m)
{
	for (size_t i = c->base; i < c->inputs.count; i++)
		if (c->inputs.items[i].macro == m)
			return true;
	return false;
}

/* `defined X`, `defined(X)`: a number. */
static struct c_token read_defined(struct cdef *c, struct c_token token)
{
	struct c_token name = c_next_raw(c);
	bool has_parenthesis = name.kind == C_PUNCTUATOR && name.op == '(';

	if (has_parenthesis)
		name = c_next_raw(c);
	if (name.kind != C_NAME)
		c_error(c, DIAG_C_DIRECTIVE, token.loc, "'defined' needs a name");
	token.kind = C_TRUTH;
	token.op = name.kind == C_NAME && c_is_defined(c, &name);
	if (has_parenthesis) {
		name = c_next_raw(c);
		if (name.kind != C_PUNCTUATOR || name.op != ')')
			c_error(c, DIAG_C_DIRECTIVE, token.loc, "')' is missing behind 'defined('");
	}
	return token;
}

static bool has_arguments(struct cdef *c)
{
	struct c_token next = c_peek(c);

	return next.kind == C_PUNCTUATOR && next.op == '(';
}

void c_advance(struct cdef *c)
{
	if (c->token.kind != C_END)
		c->previous = c->token.loc;
	for (;;) {
		struct c_token token = c_next_raw(c);
		struct cdef_macro *m;
		struct c_input body;

		c->token = token;
		if (c->is_failed)
			c->token.kind = C_END;
		if (c->token.kind != C_NAME)
			return;
		if (c->is_condition && c_token_is(&token, "defined")) {
			c->token = read_defined(c, token);
			return;
		}
		m = c_macro(c, &token);
		if (!m || is_open(c, m))
			return;
		if (m->is_function_like) {
			if (!has_arguments(c))
				return;
			c_expand_function(c, m, token.loc);
			continue;
		}
		body = (struct c_input){
			.text = { m->body.source, m->body.start, m->body.end, false },
			.macro = m,
		};
		if (m->body.source)
			c_push_input(c, body, token.loc);
	}
}

struct c_token c_peek(const struct cdef *c)
{
	struct c_token token = { .kind = C_END };

	for (size_t i = c->inputs.count; i > c->base && token.kind == C_END; i--) {
		struct c_text text = c->inputs.items[i - 1].text;

		token = c_token_next(&text);
	}
	return token;
}

bool c_accept(struct cdef *c, uint32_t op)
{
	if (!c_at(c, op))
		return false;
	c_advance(c);
	return true;
}

bool c_expect(struct cdef *c, uint32_t op, const char *after)
{
	struct loc at = c->token.loc;

	if (c_accept(c, op))
		return true;
	if (c->token.kind == C_END || c->token.starts_line)
		at = c->previous.source ? c->previous : at;
	c_error(c, DIAG_C_SYNTAX, at, "'%c' is missing %s", (int)op, after);
	return false;
}

const char *c_text_of(struct cdef *c, const struct c_token *t)
{
	return arena_strndup(c->arena, c_token_text(t), c_token_len(t));
}

void c_skip_brackets(struct cdef *c)
{
	uint32_t depth = 0;
	struct loc first = c->token.loc;

	for (;;) {
		if (c->token.kind == C_END) {
			c_error(c, DIAG_C_SYNTAX, first, "this bracket is never closed");
			return;
		}
		if (c->token.kind == C_PUNCTUATOR) {
			depth += c->token.op == '(' || c->token.op == '[' || c->token.op == '{';
			depth -= c->token.op == ')' || c->token.op == ']' || c->token.op == '}';
		}
		if (!depth)
			break;
		c->token = c_next_raw(c);
	}
	c_advance(c);
}
