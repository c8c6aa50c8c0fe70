/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Function-like macros: their arguments are put into a copy of their text, which is then read like any other.
 *
 * Arguments are put in as they are written and expanded when the copy is read. A macro used in an argument of itself
 * is therefore not expanded, unlike in C: what cannot be read then is left to libclang.
 */
#include <string.h>
#include "cdef/private.h"

#define MAX_PARAMETERS 32
#define MAX_BYTES      (16u << 20) /* of all copies */

struct parameters {
	struct c_token names[MAX_PARAMETERS];
	uint32_t count;
	bool is_variadic; /* the last one takes the rest; it is called __VA_ARGS__ unless it has a name */
	struct c_text body;
};

struct arguments {
	const char *texts[MAX_PARAMETERS];
	uint32_t count;
};

/* Takes the list in parentheses off the macro's text. */
static bool read_parameters(const struct cdef_macro *m, struct parameters *p)
{
	struct c_token t;

	*p = (struct parameters){
		.body = { m->body.source, m->body.start, m->body.end, false },
	};
	c_token_next(&p->body); /* ( */
	for (bool is_named = false;;) {
		t = c_token_next(&p->body);
		if (t.kind == C_PUNCTUATOR && t.op == ')')
			return true;
		if (t.kind == C_PUNCTUATOR && t.op == ',') {
			is_named = false;
			continue;
		}
		p->is_variadic |= t.kind == C_PUNCTUATOR && t.op == C_OP3('.', '.', '.');
		if ((t.kind != C_NAME && !p->is_variadic) || p->count == MAX_PARAMETERS)
			return false;
		if (!is_named) /* `...` alone stands for __VA_ARGS__ */
			p->names[p->count++] = t;
		is_named = true;
	}
}

static void add_token(struct strbuf *b, const struct c_token *t)
{
	if (b->len)
		strbuf_add_char(b, ' ');
	strbuf_append(b, c_token_text(t), c_token_len(t));
}

/* What stands in the parentheses behind the macro's name. */
static bool read_arguments(struct cdef *c, const struct parameters *p, struct loc use,
			   struct arguments *out)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	uint32_t depth = 1;

	*out = (struct arguments){ .count = 0 };
	c_next_raw(c); /* ( */
	while (depth) {
		struct c_token t = c_next_raw(c);
		bool is_punctuator = t.kind == C_PUNCTUATOR;
		bool is_rest = p->is_variadic && out->count + 1 >= p->count;

		if (t.kind == C_END || text.len > MAX_BYTES) {
			c_error(c, DIAG_C_SYNTAX, use, "the arguments of this macro have no ')'");
			return false;
		}
		depth += is_punctuator && t.op == '(';
		depth -= is_punctuator && t.op == ')';
		if (depth && !(depth == 1 && is_punctuator && t.op == ',' && !is_rest)) {
			add_token(&text, &t);
			continue;
		}
		if (out->count < MAX_PARAMETERS)
			out->texts[out->count++] = arena_strdup(c->arena, strbuf_text(&text));
		strbuf_clear(&text);
	}
	return true;
}

/* The argument that a word of the body stands for, or NULL. */
static const char *argument_of(const struct parameters *p, const struct arguments *a,
			       const struct c_token *word)
{
	for (uint32_t i = 0; word->kind == C_NAME && i < p->count; i++) {
		const struct c_token *name = &p->names[i];
		bool is_rest = name->kind == C_PUNCTUATOR && c_token_is(word, "__VA_ARGS__");

		if (is_rest || (c_token_len(name) == c_token_len(word) &&
				!memcmp(c_token_text(name), c_token_text(word), c_token_len(word))))
			return i < a->count ? a->texts[i] : "";
	}
	return NULL;
}

static void add_quoted(struct strbuf *b, const char *text)
{
	strbuf_add_text(b, " \"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			strbuf_add_char(b, '\\');
		strbuf_add_char(b, *text);
	}
	strbuf_add_char(b, '"');
}

static void substitute(const struct parameters *p, const struct arguments *a, struct strbuf *out)
{
	struct c_text body = p->body;
	bool is_quoted = false, is_pasted = false;

	for (struct c_token t = c_token_next(&body); t.kind != C_END; t = c_token_next(&body)) {
		const char *text = argument_of(p, a, &t);

		if (t.kind == C_PUNCTUATOR && t.op == '#') {
			is_quoted = true;
			continue;
		}
		if (t.kind == C_PUNCTUATOR && t.op == C_OP2('#', '#')) {
			is_pasted = true;
			continue;
		}
		if (is_quoted && text) {
			add_quoted(out, text);
		} else {
			if (out->len && !is_pasted)
				strbuf_add_char(out, ' ');
			if (text)
				strbuf_add_text(out, text);
			else
				strbuf_append(out, c_token_text(&t), c_token_len(&t));
		}
		is_quoted = is_pasted = false;
	}
}

bool c_expand_function(struct cdef *c, const struct cdef_macro *m, struct loc use)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	struct c_input input = { .macro = m };
	struct parameters parameters;
	struct arguments arguments;
	struct source *source;

	if (!read_parameters(m, &parameters)) {
		c_error(c, DIAG_C_SYNTAX, use, "the parameters of the macro '%s' cannot be read", m->name);
		return false;
	}
	if (!read_arguments(c, &parameters, use, &arguments))
		return false;
	if (arguments.count < parameters.count && !(parameters.is_variadic || parameters.count == 1)) {
		diag_note(c_error(c, DIAG_C_SYNTAX, use, "the macro '%s' has %u parameters", m->name,
				  parameters.count), m->name_loc, "defined here");
		return false;
	}
	substitute(&parameters, &arguments, &text);
	c->copied += (uint32_t)MIN(text.len, (size_t)MAX_BYTES);
	if (c->copied > MAX_BYTES) {
		c_error(c, DIAG_C_LIMIT, use, "macros expand to too much");
		return false;
	}
	source = source_create(c->arena, m->body.source->name, strbuf_text(&text), text.len);
	source->expanded_from = use;
	input.text = (struct c_text){ source, 0, (uint32_t)text.len, false };
	return c_push_input(c, input, use);
}
