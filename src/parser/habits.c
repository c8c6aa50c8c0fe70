/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Habits from C, awk, DTrace and shell: mistakes that many people make, told as such.
 *
 * A syntax error is known by the token that does not fit and the one before it; together with the first
 * word of the statement and the text around, that is mostly enough to know what was meant, and to write
 * it out. Each habit looks, and reports if it is the one; the first that does ends the search. What is
 * looked at is text: a habit that guesses wrong still points at a real mistake.
 */
#include <ctype.h>
#include <string.h>
#include "parser/context.h"
#include "parser/grammar.h"
#include "util/text.h"

/* What a habit sees. */
struct habit {
	struct parser *p;
	const struct syntax_mistake *m;
	const char *here, *before; /* the token that does not fit, and the one before it */
	const char *first;	   /* first word of the statement, behind "else" */
	const char *after_first;   /* the text behind it; borrowed, as is statement */
	const char *statement;
};

static bool expects(const struct habit *h, const char *name)
{
	for (size_t i = 0; i < h->m->expected_count; i++)
		if (!strcmp(h->m->expected[i], name))
			return true;
	return false;
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(word, *words))
			return true;
	return false;
}

static bool is_word(const char *text)
{
	return isalpha((unsigned char)*text) || *text == '_';
}

/* The text from `at` to the first of `ends`, or the end of the line; without blanks at its ends. */
static const char *text_until(const struct habit *h, const char *at, const char *ends)
{
	size_t len = 0;

	while (isblank((unsigned char)*at))
		at++;
	while (at[len] && at[len] != '\n' && !strchr(ends, at[len]))
		len++;
	while (len && isspace((unsigned char)at[len - 1]))
		len--;
	return arena_strndup(h->p->arena, at, MIN(len, (size_t)200));
}

static PRINTF_LIKE(2, 3) struct diag_msg *report(const struct habit *h, const char *format, ...)
{
	va_list args;
	const char *text;

	va_start(args, format);
	text = arena_vprintf(h->p->arena, format, args);
	va_end(args);
	return diag_error(h->p->d, DIAG_SYNTAX, h->m->loc, "syntax error, %s", text);
}

/* --- operators -------------------------------------------------------------------------------- */

static bool habit_operator(struct habit *h)
{
	static const struct {
		const char *before, *here, *instead; /* NULL: any */
	} rows[] = {
		{ "==", "=", "==" },  { "!=", "=", "!=" }, { "=", "+", "+=" },	 { "=", ">", "=" },
		{ "<", ">", "!=" },   { "=", "/", "/=" },  { NULL, "and", "&&" }, { NULL, "or", "||" },
		{ NULL, "eq", "==" }, { NULL, "ne", "!=" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if ((rows[i].before && strcmp(rows[i].before, h->before)) ||
		    strcmp(rows[i].here, h->here))
			continue;
		diag_hint(report(h, "there is no operator '%s%s'", rows[i].before ?: "", h->here),
			  "write '%s'", rows[i].instead);
		return true;
	}
	if (!strcmp(h->here, ":") && h->p->source->text[h->m->loc.end] == '=') {
		diag_hint(report(h, "there is no operator ':='"), "write '='");
		return true;
	}
	if (strcmp(h->before, "not") || !expects(h, "'='"))
		return false;
	diag_hint(report(h, "there is no operator 'not'"), "write '!%s'", h->here);
	return true;
}

/* comm =~ "x", comm ~ "x" */
static bool habit_match(struct habit *h)
{
	const char *behind = h->p->source->text + h->m->loc.end;

	if (strcmp(h->here, "~") && (strcmp(h->here, "=") || *behind != '~'))
		return false;
	diag_hint(report(h, "there is no operator '%s'", *h->here == '=' ? "=~" : "~"),
		  "write: strmatch(%s, \"…\")", is_word(h->before) || strchr("$@", *h->before) ?
						       h->before : "text");
	return true;
}

static bool habit_assignment(struct habit *h)
{
	static const char *const conditions[] = { "if", "while", NULL };

	if (strcmp(h->here, "=") ||
	    (h->p->item != ITEM_PREDICATE && !is_one_of(h->first, conditions)))
		return false;
	diag_hint(report(h, "'=' assigns, which a condition cannot"), "to compare, write '=='");
	return true;
}

static bool habit_joined_strings(struct habit *h)
{
	if (*h->here != '"' || (strcmp(h->before, ".") && *h->before != '"'))
		return false;
	diag_hint(report(h, "strings are not joined like this"),
		  "write printf(\"%%s%%s\", a, b), or make a tuple: (a, b)");
	return true;
}

/* --- loops and conditions --------------------------------------------------------------------- */

/* for ($i = 0; $i < 10; $i++): the variable and both bounds, if it has this form. */
static const char *range_of(const struct habit *h)
{
	char variable[64], start[64], tested[64], less[3], end[64];
	int n = sscanf(h->after_first, " ( %63[^=;(){}\n] = %63[^;(){}\n] ; %63[^<>;(){}=! \n] %2[<=] %63[^;{}\n] ;",
		       variable, start, tested, less, end);
	const char *name = variable;

	if (n != 5)
		return NULL;
	for (size_t len = strlen(variable); len && isspace((unsigned char)variable[len - 1]);)
		variable[--len] = '\0';
	for (const char *blank = strpbrk(name, " \t*"); blank; blank = strpbrk(name, " \t*"))
		name = blank + 1; /* int i */
	for (size_t len = strlen(end); len && isspace((unsigned char)end[len - 1]);)
		end[--len] = '\0';
	return arena_printf(h->p->arena, less[1] ? "for ($%s : %s..(%s + 1)) { … }" :
					 strpbrk(end, "+-*/%&|<> ") ? "for ($%s : %s..(%s)) { … }" :
								      "for ($%s : %s..%s) { … }",
			    name + (*name == '$'), start, end);
}

static bool habit_for(struct habit *h)
{
	struct diag_msg *msg;
	const char *range;

	if (strcmp(h->first, "for"))
		return false;
	if (!strcmp(h->here, "in") || !strcmp(h->here, "of") || !strcmp(h->here, ",")) {
		diag_hint(report(h, "a loop has ':' between its variable and what it goes over"),
			  "write: for (%s : %s) { … }", h->before,
			  *h->here == ',' ? "@map" :
					    text_until(h, h->p->source->text + h->m->loc.end, "){"));
		h->p->skips_head = true;
		return true;
	}
	if ((*h->here != '=' && *h->here != ';' && !is_word(h->here)) || *h->before == ')')
		return false; /* behind ')' it is about the body */
	if (is_word(h->here) && !strchr(text_until(h, h->after_first, "{"), ';')) {
		diag_hint(report(h, "the variable of a loop starts with '$'"), "write: for ($%s : …",
			  h->here);
		h->p->skips_head = true;
		return true;
	}
	msg = report(h, "'for' goes over a range or over a map, not like in C");
	range = range_of(h);
	diag_hint(msg, "write: %s", range ?: "for ($i : 0..10) { … }, or for ($kv : @map) { … }");
	h->p->skips_head = true;
	return true;
}

/* if pid == 1 { …: the text of the condition. */
static bool habit_bare_condition(struct habit *h)
{
	static const char *const words[] = { "if", "while", NULL };
	const char *condition;

	if (!is_one_of(h->first, words) || !expects(h, "'{'") || *h->here == '{' || *h->here == ';' ||
	    !strchr("=!<>&|+-*/%^.?", *h->here))
		return false;
	condition = text_until(h, h->after_first, "{;");
	diag_hint(report(h, "a condition stands in parentheses"), "write: %s (%s) { … }", h->first,
		  condition);
	return true;
}

static bool habit_bare_body(struct habit *h)
{
	static const char *const words[] = { "if", "while", "unroll", "for", "else", NULL };

	if (!is_one_of(h->first, words) || !expects(h, "'{'") || h->m->is_end ||
	    (!is_word(h->here) && !strchr("$@", *h->here)) || h->m->loc.start == h->p->statement)
		return false;
	diag_hint(report(h, "the body of '%s' stands in braces", h->first), "write: { %s; }",
		  text_until(h, h->p->source->text + h->m->loc.start, ";}"));
	h->p->has_bare_body = true;
	return true;
}

/* --- statements ------------------------------------------------------------------------------- */

static bool habit_foreign_word(struct habit *h)
{
	static const struct {
		const char *word, *text, *hint;
	} rows[] = {
		{ "elif", "there is no 'elif'", "write: else if (…) { … }" },
		{ "elsif", "there is no 'elsif'", "write: else if (…) { … }" },
		{ "elseif", "there is no 'elseif'", "write: else if (…) { … }" },
		{ "do", "there is no 'do' loop", "write: for ($i : 0..N) { … }, or while (…) { … }" },
		{ "foreach", "there is no 'foreach'", "write: for ($kv : @map) { … }" },
		{ "loop", "there is no 'loop'", "write: for ($i : 0..N) { … }" },
		{ "switch", "there is no 'switch'", "write: if (…) { … } else if (…) { … }" },
		{ "case", "there is no 'case'", "write: if (…) { … } else if (…) { … }" },
		{ "goto", "there is no 'goto'", "use return, or break in a loop" },
		{ "try", "there are no exceptions", "failed reads give 0 and are counted" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].word, h->first))
			continue;
		diag_hint(diag_error(h->p->d, DIAG_SYNTAX,
				     (struct loc){ h->p->source, h->p->statement,
						   h->p->statement + (uint32_t)strlen(h->first) },
				     "syntax error, %s", rows[i].text),
			  "%s", rows[i].hint);
		h->p->has_bare_body = true;
		h->p->has_do = !strcmp(h->first, "do");
		return true;
	}
	return false;
}

/* int x = 5; */
static bool habit_declaration(struct habit *h)
{
	static const struct {
		const char *word, *type; /* "": follows from the value */
	} rows[] = {
		{ "int", "int32" },	 { "long", "int64" },	 { "short", "int16" },
		{ "char", "int8" },	 { "unsigned", "uint32" }, { "signed", "int32" },
		{ "int8_t", "int8" },	 { "int16_t", "int16" }, { "int32_t", "int32" },
		{ "int64_t", "int64" },	 { "uint8_t", "uint8" }, { "uint16_t", "uint16" },
		{ "uint32_t", "uint32" }, { "uint64_t", "uint64" }, { "size_t", "uint64" },
		{ "u8", "uint8" },	 { "u16", "uint16" },	 { "u32", "uint32" },
		{ "u64", "uint64" },	 { "s32", "int32" },	 { "s64", "int64" },
		{ "int8", "int8" },	 { "int16", "int16" },	 { "int32", "int32" },
		{ "int64", "int64" },	 { "uint8", "uint8" },	 { "uint16", "uint16" },
		{ "uint32", "uint32" },	 { "uint64", "uint64" }, { "bool", "bool" },
		{ "string", "string" },	 { "auto", "" },	 { "var", "" },
		{ "const", "" },	 { "static", "" },	 { "local", "" },
		{ "my", "" },		 { "float", "" },	 { "double", "" },
	};

	if (!is_word(h->here) && *h->here != '$')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *type = rows[i].type;

		if (strcmp(rows[i].word, h->before) || strcmp(h->first, h->before))
			continue;
		if (!strcmp(h->here, "int") || !strcmp(h->here, "long"))
			diag_hint(report(h, "variables are declared with 'let'"),
				  "write: let $x: uint64 = …;");
		else
			diag_hint(report(h, "variables are declared with 'let'"),
				  "write: let $%s%s%s = …;", h->here + (*h->here == '$'),
				  *type ? ": " : "", type);
		return true;
	}
	return false;
}

static bool habit_let_type(struct habit *h)
{
	if (!strcmp(h->here, ":") && *h->before == '$' && *h->first == '\0' &&
	    h->p->before_previous_loc.start == h->p->statement) {
		diag_hint(report(h, "variables with a type are declared with 'let'"),
			  "write: let %s: %s", h->before,
			  text_until(h, h->p->source->text + h->m->loc.end, ";}"));
		return true;
	}
	if (strcmp(h->first, "let") || !expects(h, "':'") || !is_word(h->here))
		return false;
	diag_hint(report(h, "there is a ':' before a type"), "write: let %s: %s", h->before, h->here);
	return true;
}

/* print "x"; */
static bool habit_bare_call(struct habit *h)
{
	static const char *const names[] = { "print", "printf", "exit",	 "clear", "zero", "delete",
					     "time",  "join",	"system", "cat",  "str",  NULL };

	if (!is_word(h->before) || (*h->here != '"' && !is_one_of(h->before, names)) ||
	    !expects(h, "';'") || (!is_word(h->here) && !strchr("\"$@(0123456789", *h->here)))
		return false;
	diag_hint(report(h, "the arguments of a function stand in parentheses"), "write: %s(%s)",
		  h->before, text_until(h, h->p->source->text + h->m->loc.start, ";}"));
	return true;
}

/* --- probes ----------------------------------------------------------------------------------- */

static bool habit_function(struct habit *h)
{
	static const char *const words[] = { "function", "func", "def", "sub", "void", "int", NULL };

	if (!is_one_of(h->before, words) || !expects(h, "'{'"))
		return false;
	diag_hint(report(h, "a function starts with 'fn'"),
		  "write: fn name($x: int64): int64 { … }");
	return true;
}

static bool habit_bare_probe(struct habit *h)
{
	const char *line = h->p->source->text + h->m->loc.start;

	if (!expects(h, "a predicate") || !expects(h, "'{'"))
		return false;
	if (h->m->is_end)
		diag_hint(diag_error(h->p->d, DIAG_SYNTAX, h->p->before_previous_loc,
				     "syntax error, the probe has no body"),
			  "write: %s { … }", h->before);
	else if (strpbrk(h->here, "(;\"") && !strchr(text_until(h, line, ""), '{'))
		diag_hint(report(h, "the statements of a probe stand in braces"), "write: %s { %s }",
			  h->before, text_until(h, line, ""));
	else if (is_word(h->here) && strchr(text_until(h, line, ""), '{'))
		diag_hint(report(h, "a condition of a probe stands between slashes"),
			  "write: %s /%s/ { … }", h->before, text_until(h, line, "{"));
	else
		return false;
	return true;
}

/* Attach points that follow one another, and what other languages have for patterns. */
static bool habit_points(struct habit *h)
{
	if (expects(h, "an attach point") && !strcmp(h->here, "|") && !strcmp(h->before, "|")) {
		diag_hint(report(h, "there is no '||' between attach points"),
			  "the first that exists: a | b; all of them: a, b");
		return true;
	}
	if (!expects(h, "a predicate") || !is_word(h->here) || !strchr(h->here, ':'))
		return false;
	diag_hint(report(h, "there is a ',' between attach points"), "write: %s, %s { … }",
		  h->before, h->here);
	return true;
}

static bool habit_config(struct habit *h)
{
	if (!expects(h, "'='") || (strcmp(h->here, "{") && strcmp(h->here, ":")))
		return false;
	if (!strcmp(h->before, "config"))
		diag_hint(report(h, "a '=' belongs before the settings"), "write: config = { … }");
	else if (h->m->expected_count == 1)
		diag_hint(report(h, "settings are written with '='"), "write: %s = %s", h->before,
			  text_until(h, h->p->source->text + h->m->loc.end, ";}"));
	else
		return false;
	return true;
}

static bool habit_extra_closing(struct habit *h)
{
	if (!expects(h, "a C definition"))
		return false;
	if (!strcmp(h->here, "}"))
		report(h, "this '}' closes nothing");
	else if (!strcmp(h->here, ";"))
		diag_hint(report(h, "there is no ';' behind a definition"), "leave it out");
	else
		return false;
	return true;
}

/* A statement that starts at the margin like a probe: the block before it is not closed. */
static bool habit_unclosed_block(struct habit *h)
{
	struct parser *p = h->p;
	const struct bracket *open = NULL;
	struct diag_msg *m;

	for (uint32_t i = p->bracket_count; i-- > 0 && !open;)
		if (p->brackets[i].open == '{' && p->brackets[i].loc.start < p->statement)
			open = &p->brackets[i];
	if (!open || !p->statement || h->statement[-1] != '\n' || !*h->first ||
	    (*h->here != '{' && *h->here != ':' && *h->here != '/' && *h->here != ','))
		return false;
	m = diag_error(p->d, DIAG_SYNTAX,
		       (struct loc){ p->source, p->statement,
				     p->statement + (uint32_t)strlen(h->first) },
		       "syntax error, '}' is missing before this, if '%s' is a probe", h->first);
	diag_note(m, open->loc, "opened here");
	if (p->suspect.open)
		diag_note(m, p->suspect.loc, "this one is closed by a '}' of another indentation");
	p->is_stopped = true;
	return true;
}

/* A bracket that is still open where the statement ends. */
static bool habit_open_bracket(struct habit *h)
{
	const struct bracket *open = &h->p->last_dropped;
	char close = open->open == '(' ? ')' : ']';

	if (!open->open || open->loc.start < h->p->statement || !strchr(";}{", *h->here) ||
	    h->m->is_end || !expects(h, open->open == '(' ? "')'" : "']'"))
		return false;
	diag_note(report(h, "'%c' is missing before '%s'", close, h->here), open->loc, "opened here");
	return true;
}

/* ---------------------------------------------------------------------------------------------- */

static const char *token_text(const struct parser *p, struct loc loc)
{
	return loc.source ? arena_strndup(p->arena, p->source->text + loc.start,
					  MIN(loc.end - loc.start, 200u)) : "";
}

static const char *word_at(const struct parser *p, const char *text)
{
	size_t len = 0;

	while (isalnum((unsigned char)text[len]) || text[len] == '_')
		len++;
	return arena_strndup(p->arena, text, len);
}

bool habit_report(struct parser *p, const struct syntax_mistake *m)
{
	static bool (*const habits[])(struct habit *h) = {
		habit_foreign_word, habit_for,		 habit_match,
		habit_operator,	    habit_assignment,	 habit_points,
		habit_joined_strings, habit_bare_condition, habit_bare_body,  habit_declaration,
		habit_let_type,	    habit_bare_call,	 habit_function,      habit_bare_probe,
		habit_config,	    habit_extra_closing, habit_open_bracket, habit_unclosed_block,
	};
	struct habit h = {
		.p = p,
		.m = m,
		.here = m->is_end ? "" : token_text(p, m->loc),
		.before = token_text(p, p->before_previous_loc),
		.statement = p->source->text + p->statement,
	};

	h.first = p->part == PART_CODE ? word_at(p, h.statement) : "";
	h.after_first = h.statement + strlen(h.first);
	if (!strcmp(h.first, "else")) {
		const char *next = h.after_first + strspn(h.after_first, " \t\r\n");

		if (!strcmp(word_at(p, next), "if")) {
			h.first = "if";
			h.after_first = next + 2;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(habits); i++)
		if (habits[i](&h))
			return true;
	return false;
}
