/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preprocessor lines: conditions, macros, headers.
 *
 * A condition that is never closed, or a line that means nothing, is an error, as in C. What only
 * speaks to other compilers (#pragma, #ident, #line) is left alone.
 */
#include <sys/utsname.h>
#include "cdef/private.h"
#include "util/text.h"

/* --- conditions ------------------------------------------------------------------------------- */

static struct c_conditional *innermost(struct cdef *c)
{
	size_t count = c->conditionals.count;

	return count ? &c->conditionals.items[count - 1] : NULL;
}

static void open_condition(struct cdef *c, struct loc loc, bool is_true)
{
	bool is_outer_active = c_is_active(c);
	struct c_conditional new = {
		.loc = loc,
		.is_outer_active = is_outer_active,
		.is_active = is_outer_active && is_true,
		.was_taken = is_true,
	};

	vec_push(&c->conditionals, new);
}

void c_close_conditionals(struct cdef *c, size_t count)
{
	if (c->conditionals.count > count && !c->is_failed)
		c_error(c, DIAG_C_CONDITIONAL, innermost(c)->loc, "this condition has no #endif");
	c->conditionals.count = MIN(c->conditionals.count, count);
}

/* The value of the expression behind #if. */
static bool evaluate(struct cdef *c, struct c_text line, struct loc at)
{
	struct c_saved saved = c_enter(c, (struct c_input){ .text = line, .is_line = true });
	struct c_value value = { 0 };

	c->is_condition = true;
	c_advance(c);
	if (c->token.kind == C_END)
		c_error(c, DIAG_C_DIRECTIVE, at, "a condition is missing behind this");
	else if (c_constant(c, &value) && c->token.kind != C_END)
		c_error(c, DIAG_C_DIRECTIVE, c->token.loc,
			"this does not belong to the condition before it");
	c_leave(c, saved);
	return value.bits != 0;
}

static void do_if(struct cdef *c, struct c_text line, struct loc at)
{
	open_condition(c, at, c_is_active(c) && evaluate(c, line, at));
}

static void if_defined(struct cdef *c, struct c_text line, struct loc at, bool wanted)
{
	struct c_token name = c_token_next(&line);

	if (name.kind != C_NAME) {
		c_error(c, DIAG_C_DIRECTIVE, at, "a name is missing behind this");
		return;
	}
	open_condition(c, at, c_is_active(c) && c_is_defined(c, &name) == wanted);
}

static void do_ifdef(struct cdef *c, struct c_text line, struct loc at)
{
	if_defined(c, line, at, true);
}

static void do_ifndef(struct cdef *c, struct c_text line, struct loc at)
{
	if_defined(c, line, at, false);
}

/* The condition that an #else, #elif or #endif belongs to, in this file. */
static struct c_conditional *belonging(struct cdef *c, struct loc at)
{
	size_t floor = 0;
	struct c_conditional *k = innermost(c);

	for (size_t i = c->inputs.count; i-- > c->base && !floor;)
		floor = c->inputs.items[i].is_file ? c->inputs.items[i].conditionals : 0;
	if (!k || c->conditionals.count <= floor) {
		c_error(c, DIAG_C_CONDITIONAL, at, "there is no #if that this belongs to");
		return NULL;
	}
	return k;
}

static struct c_conditional *next_branch(struct cdef *c, struct loc at)
{
	struct c_conditional *k = belonging(c, at);

	if (k && k->has_else) {
		diag_note(c_error(c, DIAG_C_CONDITIONAL, at, "#else is the last branch"), k->loc,
			  "of this condition");
		return NULL;
	}
	return k;
}

static void do_elif(struct cdef *c, struct c_text line, struct loc at)
{
	struct c_conditional *k = next_branch(c, at);
	bool is_true;

	if (!k)
		return;
	is_true = k->is_outer_active && !k->was_taken && evaluate(c, line, at);
	k = innermost(c);
	k->is_active = is_true;
	k->was_taken |= is_true;
}

static void do_else(struct cdef *c, struct c_text line, struct loc at)
{
	struct c_conditional *k = next_branch(c, at);

	(void)line;
	if (!k)
		return;
	k->is_active = k->is_outer_active && !k->was_taken;
	k->was_taken = k->has_else = true;
}

static void do_endif(struct cdef *c, struct c_text line, struct loc at)
{
	(void)line;
	if (belonging(c, at))
		c->conditionals.count--;
}

/* --- macros ----------------------------------------------------------------------------------- */

/* The text from the present place to the last token of the line. */
static struct loc rest_of(struct c_text line)
{
	struct c_token token = c_token_next(&line);
	struct loc rest = { line.source, token.loc.start, token.loc.start };

	for (; token.kind != C_END; token = c_token_next(&line))
		rest.end = token.loc.end;
	return rest;
}

static bool same_body(struct loc a, struct loc b)
{
	struct c_text x = { a.source, a.start, a.end, false }, y = { b.source, b.start, b.end, false };

	for (;;) {
		struct c_token s = c_token_next(&x), t = c_token_next(&y);

		if (s.kind != t.kind || c_token_len(&s) != c_token_len(&t) ||
		    memcmp(c_token_text(&s), c_token_text(&t), c_token_len(&s)))
			return false;
		if (s.kind == C_END)
			return true;
	}
}

static void warn_of_redefinition(struct cdef *c, const struct cdef_macro *m)
{
	struct cdef_macro *before = strmap_get(&c->macros, m->name);
	struct diag_msg *w;

	if (!before || before->is_undefined || c->is_header || same_body(before->body, m->body))
		return;
	w = diag_warning(c->d, DIAG_C_REDEFINED, m->name_loc, "'%s' is defined anew with another "
			 "value", m->name);
	diag_note(w, before->name_loc, "it was defined here; '#undef %s' in between says that this "
		  "is meant", m->name);
}

static void do_define(struct cdef *c, struct c_text line, struct loc at)
{
	struct c_token name = c_token_next(&line);
	struct cdef_macro *m;

	if (name.kind != C_NAME) {
		c_error(c, DIAG_C_DIRECTIVE, name.kind == C_END ? at : name.loc,
			"#define needs a name");
		return;
	}
	m = ARENA_NEW(c->arena, struct cdef_macro);
	m->name = c_text_of(c, &name);
	m->name_loc = name.loc;
	m->is_of_header = c->is_header;
	m->is_function_like = line.at < line.end && line.source->text[line.at] == '(';
	m->body = rest_of(line);
	warn_of_redefinition(c, m);
	c_define(c, m);
}

static void do_undef(struct cdef *c, struct c_text line, struct loc at)
{
	struct c_token name = c_token_next(&line);

	if (name.kind == C_NAME)
		c_undefine(c, c_text_of(c, &name));
	else
		c_error(c, DIAG_C_DIRECTIVE, at, "#undef needs a name");
}

/* --- headers ---------------------------------------------------------------------------------- */

/* The name in <…> or "…" behind #include; NULL: reported. */
static const char *header_name(struct cdef *c, struct c_text line, struct loc at, bool *is_angled,
			       struct loc *loc)
{
	const char *text = line.source->text;
	struct c_token first = c_token_next(&line);
	struct cdef_macro *m = first.kind == C_NAME ? c_macro(c, &first) : NULL;
	const char *end;

	if (m && !m->is_function_like && m->body.end > m->body.start &&
	    strchr("<\"", m->body.source->text[m->body.start]))
		return header_name(c, (struct c_text){ m->body.source, m->body.start, m->body.end,
						       false }, at, is_angled, loc);
	*is_angled = first.kind == C_PUNCTUATOR && first.op == '<';
	*loc = first.loc;
	if (*is_angled) {
		end = memchr(text + first.loc.start, '>', line.end - first.loc.start);
		loc->end = end ? (uint32_t)(end + 1 - text) : first.loc.end;
	}
	if ((*is_angled || first.kind == C_STRING) && loc->end - loc->start > 2)
		return arena_strndup(c->arena, text + loc->start + 1, loc->end - loc->start - 2);
	diag_hint(c_error(c, DIAG_C_DIRECTIVE, at, "#include needs the name of a header"),
		  "#include <linux/sched.h> or #include \"mine.h\"");
	return NULL;
}

static void do_include(struct cdef *c, struct c_text line, struct loc at)
{
	bool is_angled, is_kernel;
	struct loc loc;
	const char *name = header_name(c, line, at, &is_angled, &loc);
	struct source *source;

	if (!name)
		return;
	source = c_find_header(c, name, is_angled, loc, &is_kernel);
	if (!source || strmap_get(&c->once, source->name))
		return;
	if (c->is_header)
		c_push_input(c, (struct c_input){
				.text = { source, 0, (uint32_t)source->len, true },
				.is_file = true }, at);
	else
		c_read_header(c, source, loc);
}

static uint32_t pack_number(struct cdef *c, struct c_text *line)
{
	struct c_token token = c_token_next(line);
	bool is_unsigned, is_long;
	uint64_t value = 0;

	if (token.kind == C_PUNCTUATOR && token.op == ',')
		return pack_number(c, line);
	if (token.kind == C_NUMBER && c_token_integer(&token, &value, &is_unsigned, &is_long) &&
	    value <= 16 && !(value & (value - 1)))
		return (uint32_t)value;
	if (token.kind == C_NUMBER)
		c_error(c, DIAG_C_DIRECTIVE, token.loc, "#pragma pack takes 1, 2, 4, 8 or 16");
	return token.kind == C_PUNCTUATOR && token.op == ')' ? 0 : c->pack;
}

static void pragma_pack(struct cdef *c, struct c_text line)
{
	struct c_text rest;
	struct c_token token;

	c_token_next(&line); /* ( */
	rest = line;
	token = c_token_next(&line);
	if (token.kind == C_NAME && c_token_is(&token, "push")) {
		if (c->packs.count < C_MAX_DEPTH)
			vec_push(&c->packs, c->pack);
		token = c_token_next(&line);
		if (token.kind == C_PUNCTUATOR && token.op == ',')
			c->pack = pack_number(c, &line);
	} else if (token.kind == C_NAME && c_token_is(&token, "pop")) {
		c->pack = c->packs.count ? c->packs.items[--c->packs.count] : 0;
	} else {
		c->pack = pack_number(c, &rest);
	}
}

static void do_pragma(struct cdef *c, struct c_text line, struct loc at)
{
	struct c_token word = c_token_next(&line);

	(void)at;
	if (word.kind != C_NAME)
		return;
	if (c_token_is(&word, "once"))
		strmap_set(&c->once, line.source->name, line.source);
	else if (c_token_is(&word, "pack"))
		pragma_pack(c, line);
}

static void do_error(struct cdef *c, struct c_text line, struct loc at)
{
	struct loc text = rest_of(line);

	c_error(c, DIAG_C_DIRECTIVE, at, "#error %.*s", (int)(text.end - text.start),
		line.source->text + text.start);
}

static void do_warning(struct cdef *c, struct c_text line, struct loc at)
{
	struct loc text = rest_of(line);

	diag_warning(c->d, DIAG_C_WARNING, at, "#warning %.*s", (int)(text.end - text.start),
		     line.source->text + text.start);
}

static void do_nothing(struct cdef *c, struct c_text line, struct loc at)
{
	(void)c, (void)line, (void)at;
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct directive {
	const char *name;
	void (*run)(struct cdef *c, struct c_text line, struct loc at);
	bool is_condition; /* counts where a false #if leaves everything else out */
} directives[] = {
	{ "if", do_if, true },		{ "ifdef", do_ifdef, true },
	{ "ifndef", do_ifndef, true },	{ "elif", do_elif, true },
	{ "else", do_else, true },	{ "endif", do_endif, true },
	{ "define", do_define, false }, { "undef", do_undef, false },
	{ "include", do_include, false }, { "include_next", do_include, false },
	{ "pragma", do_pragma, false }, { "error", do_error, false },
	{ "warning", do_warning, false }, { "line", do_nothing, false },
	{ "ident", do_nothing, false },
};

static void unknown_directive(struct cdef *c, const struct c_token *word)
{
	const char *name = c_text_of(c, word);
	struct text_nearest near;

	text_nearest_init(&near, name);
	for (size_t i = 0; i < ARRAY_SIZE(directives); i++)
		text_nearest_offer(&near, directives[i].name);
	diag_did_you_mean(c_error(c, DIAG_C_DIRECTIVE, word->loc,
				  "unknown preprocessor directive: '#%s'", name), near.best);
}

/* In a script a line ends where it ends. */
static void refuse_continuation(struct cdef *c, struct c_text line, struct loc at)
{
	const char *text = line.source->text, *end = text + line.end;

	while (end > text + line.at && (end[-1] == ' ' || end[-1] == '\r' || end[-1] == '\t'))
		end--;
	if (end > text + line.at && end[-1] == '\\')
		diag_hint(c_error(c, DIAG_C_DIRECTIVE, at,
				  "a preprocessor line of a script cannot be continued with '\\'"),
			  "write it as one line, or into a header");
}

void c_directive(struct cdef *c, struct c_text line)
{
	struct c_token word = c_token_next(&line);
	struct loc at = { line.source, word.loc.start, word.loc.end };

	if (word.kind == C_END || (word.kind != C_NAME && !c_is_active(c)))
		return;
	if (at.start && line.source->text[at.start - 1] == '#')
		at.start--;
	if (!c->is_header && c_is_active(c))
		refuse_continuation(c, line, at);
	for (size_t i = 0; i < ARRAY_SIZE(directives) && word.kind == C_NAME; i++) {
		const struct directive *d = &directives[i];

		if (!c_token_is(&word, d->name))
			continue;
		if (c_is_active(c) || d->is_condition)
			d->run(c, line, at);
		return;
	}
	if (c_is_active(c))
		unknown_directive(c, &word);
}
