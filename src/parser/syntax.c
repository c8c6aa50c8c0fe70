/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wording of syntax errors, and what the lexer must know to go on after one.
 *
 * Bison hands over the token that does not fit and the tokens that would. Nearly always that list
 * is one of four: the start of a definition, of a statement, of an expression, or the many
 * operators that may follow an operand together with the one or two marks that were forgotten. Only
 * those marks are named.
 */
#include <ctype.h>
#include <string.h>
#include "parser/context.h"
#include "parser/grammar.h"

#define MAX_NAMED 4 /* more alternatives than this are not listed */

static bool expects(const struct syntax_mistake *m, const char *name)
{
	for (size_t i = 0; i < m->expected_count; i++)
		if (!strcmp(m->expected[i], name))
			return true;
	return false;
}

/* Marks that close or separate, in the order in which they are named. */
static const char *const marks[] = {
	"';'", "')'", "']'", "'}'", "'{'", "':'", "'='", "','", "the closing '/'",
};

static void add_alternative(struct strbuf *b, const char *name, size_t index, size_t count)
{
	if (index)
		strbuf_add_text(b, index + 1 == count ? " or " : ", ");
	strbuf_add_text(b, name);
}

static void add_marks(struct strbuf *b, const struct syntax_mistake *m)
{
	const char *found[ARRAY_SIZE(marks)];
	size_t count = 0, last = expects(m, marks[0]) ? 1 : ARRAY_SIZE(marks);

	for (size_t i = 0; i < last; i++) /* where ';' fits, it is what was forgotten */
		if (expects(m, marks[i]))
			found[count++] = marks[i];
	for (size_t i = 0; i < count; i++)
		add_alternative(b, found[i], i, count);
}

/* What would fit, in words; empty if there is too much to say. */
static void describe_expected(struct strbuf *b, const struct syntax_mistake *m)
{
	if (expects(m, "a C definition")) {
		strbuf_add_text(b, "a probe or a definition");
	} else if (expects(m, "while") && !expects(m, "a variable")) { /* words of any kind */
		strbuf_add_text(b, "a name");
	} else if (expects(m, "while") && expects(m, "'}'")) {
		strbuf_add_text(b, "a statement or '}'");
	} else if (expects(m, "offsetof") && expects(m, "=")) {
		strbuf_add_text(b, "a name");
	} else if (expects(m, "a positional parameter")) {
		strbuf_add_text(b, "an expression");
	} else if (expects(m, "for")) {
		strbuf_add_text(b, "a name");
	} else if (m->expected_count <= MAX_NAMED) {
		for (size_t i = 0; i < m->expected_count; i++)
			add_alternative(b, m->expected[i], i, m->expected_count);
	} else {
		add_marks(b, m);
	}
}

/* The token as written, shortened. */
static const char *quote(const struct parser *p, struct loc loc)
{
	const char *text = p->source->text + loc.start;
	size_t len = loc.end - loc.start;
	const char *newline = memchr(text, '\n', len);

	if (newline)
		len = (size_t)(newline - text);
	if (len > 40)
		return arena_printf(p->arena, "%.37s...", text);
	return arena_strndup(p->arena, text, len);
}

static void report_end(struct parser *p, const struct syntax_mistake *m, const char *expected)
{
	struct loc loc = p->before_previous ? p->before_previous_loc : m->loc;
	struct bracket *open = p->bracket_count ? &p->brackets[p->bracket_count - 1] : NULL;
	struct diag_msg *msg;

	if (!open) {
		diag_error(p->d, p->item == ITEM_PREDICATE && p->part == PART_CODE ?
			   DIAG_UNTERMINATED_PREDICATE : DIAG_SYNTAX, loc,
			   "syntax error, unexpected end of the text%s%s",
			   *expected ? ", expecting " : "", expected);
		return;
	}
	msg = diag_error(p->d, DIAG_SYNTAX, loc,
			 "syntax error, the text ends without the closing '%c'",
			 open->open == '(' ? ')' : open->open == '[' ? ']' : '}');
	diag_note(msg, open->loc, "opened here");
	if (p->suspect.open)
		diag_note(msg, p->suspect.loc, "this one is closed by a '}' of another indentation");
}

/* Mistakes that the token before tells most about. */
static const char *special_wording(const struct parser *p, const struct syntax_mistake *m)
{
	bool wants_variable = expects(m, "a variable") && m->expected_count <= 2;

	bool is_for = !strncmp(p->source->text + p->statement, "for", 3);

	if (wants_variable && !is_for && (p->before_previous == '(' || p->before_previous == ','))
		return "the parameters of a function start with '$': fn name($x: int64)";
	if (p->before_previous == FOR || (wants_variable && p->before_previous == '('))
		return "'for' needs a variable: for ($i : 0..10) { ... }";
	if (p->before_previous == LET && expects(m, "a map"))
		return "only maps can be declared outside of probes: let @m = hash(100);";
	if (p->before_previous == LET)
		return arena_printf(p->arena, "'let' needs a variable: let $%s = …;",
				    m->is_end || !isalpha(p->source->text[m->loc.start]) ? "x" :
				    quote(p, m->loc));
	if (p->previous == ELSE)
		return "this 'else' follows no 'if'";
	if (p->before_previous == ELSE)
		return "'else' is followed by '{' or 'if'";
	if (expects(m, "a C definition") && (p->previous == '{' || p->previous == PREDICATE_OPEN))
		return "an attach point is missing here";
	if (p->previous == TYPEOF)
		return "typeof() stands where a type is needed or as the argument of a macro";
	if ((p->previous == INCREMENT || p->previous == DECREMENT) && expects(m, "'}'"))
		return "only a variable or a map can be incremented or decremented";
	return NULL;
}

static void report_mistake(struct parser *p, const struct syntax_mistake *m)
{
	struct loc before = p->before_previous_loc;
	const char *text = p->source->text, *special = special_wording(p, m);
	auto_strbuf struct strbuf expected = STRBUF_INIT;

	if ((p->has_bare_body && p->previous == ELSE) || (p->has_do && p->previous == ';'))
		return; /* the end of what was reported: else, or while (…); behind a do */
	if (habit_report(p, m))
		return;
	describe_expected(&expected, m);
	if (m->is_end) {
		report_end(p, m, strbuf_text(&expected));
	} else if (special) {
		diag_error(p->d, DIAG_SYNTAX, m->loc, "syntax error, %s", special);
	} else if (p->item == ITEM_PREDICATE && expects(m, "the closing '/'") &&
		   text[m->loc.start] == '{') {
		diag_error(p->d, DIAG_UNTERMINATED_PREDICATE, before,
			   "syntax error, the predicate has no closing '/' before '{'");
	} else if (!expected.len) {
		diag_error(p->d, DIAG_SYNTAX, m->loc, "syntax error, unexpected '%s'",
			   quote(p, m->loc));
	} else if (before.source && m->loc.start > before.end &&
		   memchr(text + before.end, '\n', m->loc.start - before.end)) {
		diag_error(p->d, DIAG_SYNTAX, before, "syntax error, expecting %s after '%s'",
			   expected.text, quote(p, before));
	} else {
		diag_error(p->d, DIAG_SYNTAX, m->loc, "syntax error, unexpected '%s', expecting %s",
			   quote(p, m->loc), expected.text);
	}
}

void syntax_report(struct parser *p, const struct syntax_mistake *m)
{
	if (p->is_stopped)
		return;
	if (!p->is_broken)
		report_mistake(p, m);
	p->is_broken = false;
	p->is_recovering = true;
	if (p->previous != '{' || p->is_skipping)
		return;
	if (p->item == ITEM_PREDICATE && p->brace_count == 1) { /* the body */
		p->item = ITEM_BRACED;
		p->is_recovering = false;
	} else {
		p->is_skipping = true;
		p->skip_to = p->brace_count - 1;
	}
}

void syntax_recovered(struct parser *p)
{
	p->is_recovering = false;
}
