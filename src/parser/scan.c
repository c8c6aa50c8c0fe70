/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lexer's decisions that need more than a pattern, and the step between flex and bison.
 *
 * All of them look forward in the text from the token at hand, over layout and a few bytes more,
 * never backward, so that reading a script takes time proportional to its length.
 */
#include <ctype.h>
#include <string.h>
#include "parser/context.h"
#include "parser/grammar.h"
#include "util/text.h"
#define YYSTYPE GRAMMAR_STYPE
#define YYLTYPE GRAMMAR_LTYPE
#include "parser/lexer.h"

static const char *text_at(const struct parser *p, uint32_t at)
{
	return p->source->text + at; /* a NUL stands behind the last byte */
}

const char *scan_text(const struct parser *p, struct loc loc)
{
	return arena_strndup(p->arena, text_at(p, loc.start), loc.end - loc.start);
}

static bool is_name_start(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

static uint32_t scan_name(const struct parser *p, uint32_t at)
{
	const char *text = text_at(p, at);
	const char *end = text;

	if (is_name_start(*end))
		while (isalnum((unsigned char)*end) || *end == '_')
			end++;
	return at + (uint32_t)(end - text);
}

/* The end of the comment at `at`; `at` itself if there is none. */
static uint32_t scan_comment(const struct parser *p, uint32_t at)
{
	const char *text = text_at(p, at), *end;

	if (text[0] != '/' || (text[1] != '/' && text[1] != '*'))
		return at;
	end = text[1] == '/' ? strchr(text, '\n') : strstr(text + 2, "*/");
	if (!end)
		return (uint32_t)p->source->len;
	return at + (uint32_t)(end - text) + (text[1] == '*' ? 2 : 0);
}

uint32_t scan_layout(const struct parser *p, uint32_t at)
{
	for (;;) {
		uint32_t next;

		at += (uint32_t)strspn(text_at(p, at), " \t\r\n\f\v");
		next = scan_comment(p, at);
		if (next == at)
			return at;
		at = next;
	}
}

void scan_stop(struct parser *p, enum diag_id id, struct loc loc, const char *format, ...)
{
	va_list args;
	const char *text;

	if (p->is_stopped)
		return;
	va_start(args, format);
	text = arena_vprintf(p->arena, format, args);
	va_end(args);
	diag_error(p->d, id, loc, "%s", text);
	p->is_stopped = true;
}

void scan_unterminated(struct parser *p, struct loc loc, const char *what)
{
	/* Behind an odd number of quotes all others are taken for the wrong ones. */
	if (!p->has_open_quote)
		diag_error(p->d, DIAG_UNTERMINATED_STRING, loc,
			   "%s has no closing quote on its line", what);
	p->has_open_quote = p->is_broken = true;
}

static void hint_character(struct parser *p, struct loc loc, struct diag_msg *m)
{
	static const struct {
		const char *written, *hint;
	} rows[] = {
		{ "#", "a comment starts with //" },
		{ "`", "text stands in double quotes: \"…\"" },
		{ "\\", "a line needs nothing at its end to go on in the next" },
		{ "“", "text stands in plain double quotes: \"…\"" },
		{ "”", "text stands in plain double quotes: \"…\"" },
		{ "„", "text stands in plain double quotes: \"…\"" },
		{ "‘", "text stands in plain double quotes: \"…\"" },
		{ "’", "text stands in plain double quotes: \"…\"" },
		{ "«", "text stands in plain double quotes: \"…\"" },
		{ "–", "write a plain '-'" },
		{ "—", "write a plain '-'" },
		{ "−", "write a plain '-'" },
		{ "×", "write '*'" },
		{ "≠", "write '!='" },
		{ "≤", "write '<='" },
		{ "≥", "write '>='" },
		{ "…", "write '..' for a range" },
		{ "\u00a0", "this is a blank that does not break lines; write a plain one" },
		{ "\u200b", "this is a blank without width; delete it" },
		{ "\ufeff", "this is a byte order mark; delete it" },
	};
	const char *text = scan_text(p, loc), *rest = p->source->text + loc.end;
	size_t len = strcspn(rest, "'\n");

	if (*text == '\'' && rest[len] == '\'' && len < 60)
		diag_hint(m, "text stands in double quotes: \"%.*s\"", (int)len, rest);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].written, text))
			diag_hint(m, "%s", rows[i].hint);
}

void scan_bad_character(struct parser *p, struct loc loc)
{
	if (p->has_bad_character)
		return;
	p->has_bad_character = p->is_broken = true;
	hint_character(p, loc,
		       diag_error(p->d, DIAG_BAD_CHARACTER, loc, "no program may contain '%s' here",
				  scan_text(p, loc)));
}

/* --- words ------------------------------------------------------------------------------------ */

struct word {
	const char *text;
	int token;
};

static const struct word code_words[] = {
	{ "if", IF }, { "else", ELSE }, { "while", WHILE }, { "unroll", UNROLL }, { "for", FOR },
	{ "break", BREAK }, { "continue", CONTINUE }, { "return", RETURN }, { "let", LET },
	{ "import", IMPORT }, { "sizeof", SIZEOF }, { "offsetof", OFFSETOF },
	{ "typeof", TYPEOF }, { "typeinfo", TYPEINFO }, { "comptime", COMPTIME },
	{ "true", TRUE }, { "false", FALSE }, { "struct", STRUCT }, { "union", UNION },
	{ "enum", ENUM },
};

static const struct word top_words[] = {
	{ "config", CONFIG }, { "import", IMPORT }, { "macro", MACRO }, { "fn", FN },
	{ "let", LET }, { "struct", C_TEXT }, { "union", C_TEXT }, { "enum", C_TEXT },
	{ "typedef", C_TEXT },
};

static int find_word(const struct word *words, size_t count, const char *text, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (!strncmp(words[i].text, text, len) && !words[i].text[len])
			return words[i].token;
	return 0;
}

int scan_word(const struct parser *p, struct loc loc)
{
	int token = find_word(code_words, ARRAY_SIZE(code_words), text_at(p, loc.start),
			      loc.end - loc.start);

	if (token == IMPORT && *text_at(p, scan_layout(p, loc.end)) != '"')
		token = 0;
	return token ? token : IDENT;
}

/* Whether a word that may start a definition does so here, rather than an attach point. */
static bool starts_definition(const struct parser *p, int token, struct loc word, uint32_t end)
{
	uint32_t next = scan_layout(p, word.end);

	switch (token) {
	case CONFIG: /* config=kprobe:f names a probe */
		if (*text_at(p, next) == '=')
			return *text_at(p, scan_layout(p, next + 1)) == '{';
		return end == word.end;
	case IMPORT:
		return *text_at(p, next) == '"' || end == word.end;
	case LET:
		return end == word.end || *text_at(p, word.end) == '@' ||
		       *text_at(p, word.end) == '$';
	default:
		return end == word.end;
	}
}

int scan_top(struct parser *p, struct loc loc, uint32_t *taken)
{
	struct loc word = { loc.source, loc.start, scan_name(p, loc.start) };
	int token = p->part == PART_HEAD ? 0 :
		    find_word(top_words, ARRAY_SIZE(top_words), text_at(p, loc.start),
			      word.end - word.start);

	if (!token || !starts_definition(p, token, word, loc.end)) {
		p->part = PART_HEAD;
		return ATTACH_POINT;
	}
	*taken = word.end - word.start;
	if (token == C_TEXT)
		return token;
	p->part = PART_CODE;
	p->item = token == IMPORT ? ITEM_IMPORT : token == LET ? ITEM_MAP_DECL : ITEM_BRACED;
	return token;
}

struct ast_attach_point *scan_attach_point(struct parser *p, struct loc loc)
{
	struct ast_attach_point *point = ARENA_NEW(p->arena, struct ast_attach_point);
	uint32_t name_end = scan_name(p, loc.start);

	point->loc = loc;
	if (name_end > loc.start && name_end < loc.end && *text_at(p, name_end) == '=') {
		point->user_name = scan_text(p, (struct loc){ loc.source, loc.start, name_end });
		point->loc.start = name_end + 1;
		if (point->loc.start == loc.end)
			diag_error(p->d, DIAG_SYNTAX, loc,
				   "syntax error, an attach point is missing after '%s='",
				   point->user_name);
	}
	point->text = scan_text(p, point->loc);
	return point;
}

/* --- C definitions ---------------------------------------------------------------------------- */

/* The end of the string, character or comment at `at`; `at` itself if there is none. */
static uint32_t scan_c_opaque(const struct parser *p, uint32_t at)
{
	const char *text = text_at(p, at);
	const char *end = text + 1;

	if (*text == '/')
		return scan_comment(p, at);
	if (*text == '\'' && (text[1] == '\\' ? text[2] && text[3] == '\'' :
				text[1] && text[2] == '\''))
		return at + (text[1] == '\\' ? 4 : 3);
	if (*text != '"')
		return at;
	while (*end && *end != '"' && *end != '\n')
		end += *end == '\\' && end[1] ? 2 : 1;
	return at + (uint32_t)(end - text) + (*end == '"');
}

/* The end of what stands in brackets at `at`, which is the opening one; 0 if it is not closed. */
static uint32_t scan_c_brackets(const struct parser *p, uint32_t at, char open, char close)
{
	uint32_t depth = 0;

	while (at < p->source->len) {
		char c = *text_at(p, at);
		uint32_t next = scan_c_opaque(p, at);

		if (next > at) {
			at = next;
			continue;
		}
		at++;
		depth += c == open;
		if (c == close && !--depth)
			return at;
	}
	return 0;
}

/* Any number of __attribute__((…)), or of macros for them such as __packed, and a `;` after a
 * definition. */
static uint32_t scan_c_tail(const struct parser *p, uint32_t end)
{
	for (;;) {
		uint32_t at = scan_layout(p, end);
		uint32_t name_end = scan_name(p, at);

		if (*text_at(p, at) == ';')
			return at + 1;
		if (name_end - at < 3 || strncmp(text_at(p, at), "__", 2) != 0)
			return end;
		at = scan_layout(p, name_end);
		if (*text_at(p, at) == ':') /* a probe after all */
			return end;
		end = *text_at(p, at) == '(' ? scan_c_brackets(p, at, '(', ')') : name_end;
		if (!end)
			return name_end;
	}
}

/* The `;` of a typedef: the first one outside of brackets. */
static uint32_t scan_c_typedef(struct parser *p, struct loc loc)
{
	uint32_t at = loc.end;

	while (at < p->source->len) {
		uint32_t next = scan_c_opaque(p, at);
		char c = *text_at(p, at);

		if (next == at && c == ';')
			return at + 1;
		if (next == at && (c == '{' || c == '('))
			next = scan_c_brackets(p, at, c, c == '{' ? '}' : ')');
		if (!next)
			break;
		at = next > at ? next : at + 1;
	}
	scan_stop(p, DIAG_SYNTAX, loc, "this typedef has no ';'");
	return 0;
}

uint32_t scan_c_definition(struct parser *p, struct loc loc)
{
	uint32_t at = loc.end;

	if (*text_at(p, loc.start) == 't')
		return scan_c_typedef(p, loc);
	while (at < p->source->len && !strchr("{;}", *text_at(p, at))) {
		uint32_t next = scan_c_opaque(p, at);

		at = next > at ? next : at + 1;
	}
	if (at < p->source->len && *text_at(p, at) == ';')
		return at + 1;
	at = at < p->source->len && *text_at(p, at) == '{' ? scan_c_brackets(p, at, '{', '}') : 0;
	if (!at) {
		scan_stop(p, DIAG_SYNTAX, loc, "this C definition has no closing '}'");
		return 0;
	}
	return scan_c_tail(p, at);
}

/* --- literals --------------------------------------------------------------------------------- */

static bool is_all_digits(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isdigit((unsigned char)text[i]))
			return false;
	return true;
}

uint64_t scan_number(struct parser *p, struct loc loc)
{
	const char *text = text_at(p, loc.start), *why;
	size_t len = loc.end - loc.start;
	uint64_t value = 0;

	if (p->previous == '.' && !is_all_digits(text, len))
		diag_error(p->d, DIAG_BAD_NUMBER, loc,
			   "a tuple element is selected by a plain decimal number");
	else if (text_parse_u64(text, len, &value, &why))
		diag_error(p->d, DIAG_BAD_NUMBER, loc, "invalid number '%s': %s",
			   scan_text(p, loc), why);
	return value;
}

uint64_t scan_parameter(struct parser *p, struct loc loc)
{
	const char *text = text_at(p, loc.start + 1);
	size_t len = loc.end - loc.start - 1;
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]) ||
		    __builtin_mul_overflow(value, (uint64_t)10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value)) {
			value = 0;
			break;
		}
	}
	if (!value || value > INT64_MAX) {
		diag_error(p->d, DIAG_BAD_NUMBER, loc,
			   "'%s' is no positional parameter: they are $1, $2, ...",
			   scan_text(p, loc));
		value = 1;
	}
	return value;
}

struct escape {
	const char *why; /* NULL: fine */
	size_t used;	 /* bytes after the backslash */
	unsigned int value;
};

static struct escape read_octal(const char *text)
{
	struct escape e = { 0 };

	while (e.used < 3 && text[e.used] >= '0' && text[e.used] <= '7')
		e.value = e.value * 8 + (unsigned int)(text[e.used++] - '0');
	if (e.value > 255)
		e.why = "an octal escape ends at \\377";
	return e;
}

static struct escape read_hex(const char *text)
{
	struct escape e = { .used = 1 };

	while (e.used < 3 && isxdigit((unsigned char)text[e.used])) {
		char c = (char)tolower((unsigned char)text[e.used++]);

		e.value = e.value * 16 + (unsigned int)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	if (e.used == 1)
		e.why = "\\x needs one or two hexadecimal digits";
	return e;
}

static struct escape read_escape(const char *text)
{
	static const char plain[] = "n\nt\tr\r\"\"\\\\";

	for (size_t i = 0; plain[i]; i += 2)
		if (*text == plain[i])
			return (struct escape){ NULL, 1, (unsigned char)plain[i + 1] };
	if (*text >= '0' && *text <= '7')
		return read_octal(text);
	if (*text == 'x' || *text == 'X')
		return read_hex(text);
	return (struct escape){ "known are \\n \\t \\r \\\" \\\\ \\x41 \\101", 1, 0 };
}

const char *scan_string(struct parser *p, struct loc loc, size_t *len)
{
	const char *text = text_at(p, loc.start + 1), *end = text_at(p, loc.end - 1);
	char *bytes = arena_alloc(p->arena, loc.end - loc.start);
	char *out = bytes;

	while (text < end) {
		struct diag_msg *m;
		struct escape e;

		if (*text != '\\') {
			*out++ = *text++;
			continue;
		}
		e = read_escape(text + 1);
		if (e.why) {
			uint32_t at = (uint32_t)(text - p->source->text);

			m = diag_error(p->d, DIAG_BAD_ESCAPE,
				       (struct loc){ loc.source, at, at + 1 + (uint32_t)e.used },
				       "invalid escape in a string: %s", e.why);
			if (strchr("dDwWsSb.*+?()[]{}|^$", text[1]))
				diag_hint(m, "in a pattern of strmatch() or strglob() write the "
					  "backslash twice: \\\\%c", text[1]);
		}
		*out++ = (char)e.value;
		text += 1 + e.used;
	}
	*len = (size_t)(out - bytes);
	return bytes;
}

/* --- brackets --------------------------------------------------------------------------------- */

/* Words that are values wherever they stand, never types (spec language.md §1.2). */
bool scan_is_builtin(const char *text, size_t len)
{
	static const char *const names[] = {
		"args", "ctx", "kstack", "nsecs", "pid", "tid", "ustack", "__builtin_comm",
		"__builtin_cpid", "__builtin_cpu", "__builtin_dw_ustack", "__builtin_elapsed",
		"__builtin_func", "__builtin_ncpus", "__builtin_probe", "__builtin_retval",
		"__builtin_usermode",
	};
	size_t prefix = len && *text == 's' ? 4 : 3;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strncmp(names[i], text, len) && !names[i][len])
			return true;
	return len > prefix && !strncmp(text, prefix == 4 ? "sarg" : "arg", prefix) &&
	       is_all_digits(text + prefix, len - prefix);
}

/* Whether a cast may be followed by text. With may_be_binary, operators that are unary and binary
 * count as binary. */
static bool starts_operand(const char *text, bool may_be_binary)
{
	if (isalnum((unsigned char)*text) || (*text && strchr("_$@\"(~", *text)))
		return true;
	if (*text == '!')
		return text[1] != '=';
	if (may_be_binary)
		return false;
	return (*text == '-' && text[1] != '>') || *text == '*' ||
	       (*text == '&' && text[1] != '&');
}

/* The end of `*` and `[N]` after a type name. */
static uint32_t scan_type_suffixes(const struct parser *p, uint32_t at, bool *has_index)
{
	for (;;) {
		uint32_t next = scan_layout(p, at);

		if (*text_at(p, next) == '*') {
			at = next + 1;
		} else if (*text_at(p, next) == '[') {
			next = scan_layout(p, next + 1);
			while (isalnum((unsigned char)*text_at(p, next)) ||
			       *text_at(p, next) == '_')
				next++;
			next = scan_layout(p, next);
			if (*text_at(p, next) != ']')
				return next;
			*has_index = true;
			at = next + 1;
		} else {
			return next;
		}
	}
}

/* Whether the parenthesis that ends before `at` holds a type. */
static bool holds_type(const struct parser *p, uint32_t at)
{
	bool is_query = p->previous == SIZEOF || p->previous == OFFSETOF ||
			p->previous == TYPEINFO || p->previous == TYPEOF;
	uint32_t start = scan_layout(p, at), end = scan_name(p, start), next;
	const char *name = text_at(p, start);
	bool has_index = false;
	int word;

	if (end == start || p->previous == IDENT || p->previous == FOR)
		return false;
	word = find_word(code_words, ARRAY_SIZE(code_words), name, end - start);
	if (word == STRUCT || word == UNION || word == ENUM)
		return true;
	if (word == TYPEOF)
		return true;
	if (word || scan_is_builtin(name, end - start))
		return false;
	next = scan_type_suffixes(p, end, &has_index);
	if (is_query)
		return *text_at(p, next) == ')' || *text_at(p, next) == ',';
	return *text_at(p, next) == ')' &&
	       starts_operand(text_at(p, scan_layout(p, next + 1)), has_index);
}

int scan_open(struct parser *p, struct loc loc, char open)
{
	if (p->bracket_count == PARSE_MAX_BRACKETS) {
		scan_stop(p, DIAG_TOO_DEEP, loc, "more than %d brackets are open here",
			  PARSE_MAX_BRACKETS);
		return END;
	}
	p->brackets[p->bracket_count++] = (struct bracket){ open, loc };
	if (open == '{') {
		p->brace_count++;
		if (p->part != PART_CODE) {
			p->part = PART_CODE;
			p->item = ITEM_BRACED;
		}
	}
	return open == '(' && holds_type(p, loc.end) ? TYPE_OPEN : open;
}

/* Forgets brackets that were never closed, up to the innermost brace. */
static void drop_brackets(struct parser *p)
{
	while (p->bracket_count && p->brackets[p->bracket_count - 1].open != '{')
		p->last_dropped = p->brackets[--p->bracket_count];
}

static bool is_blank_at(const struct parser *p, uint32_t at)
{
	return *text_at(p, at) == ' ' || *text_at(p, at) == '\t';
}

/* Only blanks stand between the start of the line and `at`. */
static bool is_first_of_line(const struct parser *p, uint32_t at)
{
	while (at && is_blank_at(p, at - 1))
		at--;
	return !at || *text_at(p, at - 1) == '\n';
}

/* Blanks at the start of the line that offset `at` is on. */
static uint32_t indentation(const struct parser *p, uint32_t at)
{
	uint32_t blanks = 0;

	while (at && *text_at(p, at - 1) != '\n')
		at--;
	while (is_blank_at(p, at + blanks))
		blanks++;
	return blanks;
}

/* Where a brace is closed by one that is indented in another way, one in between is likely missing. */
static void check_indentation(struct parser *p, const struct bracket *open)
{
	uint32_t closing = p->at - 1;

	if (!p->suspect.open && is_first_of_line(p, closing) &&
	    indentation(p, closing) != indentation(p, open->loc.start))
		p->suspect = *open;
}

int scan_close(struct parser *p, char close)
{
	char open = close == ')' ? '(' : close == ']' ? '[' : '{';

	if (close == '}')
		drop_brackets(p);
	if (p->bracket_count && p->brackets[p->bracket_count - 1].open == open) {
		p->bracket_count--;
		p->brace_count -= close == '}';
		if (close == '}')
			check_indentation(p, &p->brackets[p->bracket_count]);
	}
	if (close == '}' && !p->brace_count && p->item != ITEM_PREDICATE)
		p->part = PART_TOP;
	if (close == ')' && !p->bracket_count && p->item == ITEM_MAP_DECL)
		p->part = PART_TOP;
	return close;
}

int scan_semicolon(struct parser *p)
{
	drop_brackets(p);
	if (p->part == PART_HEAD || (!p->brace_count && p->item != ITEM_PREDICATE))
		p->part = PART_TOP;
	return ';';
}

int scan_slash(struct parser *p)
{
	if (p->item != ITEM_PREDICATE || p->brace_count ||
	    *text_at(p, scan_layout(p, p->at)) != '{')
		return '/';
	p->item = ITEM_BRACED;
	p->bracket_count = 0;
	return PREDICATE_CLOSE;
}

void scan_end_import(struct parser *p)
{
	if (p->part == PART_CODE && p->item == ITEM_IMPORT && !p->brace_count)
		p->part = PART_TOP;
}

/* --- the step between flex and bison ---------------------------------------------------------- */

/* Reads on to the end of a block that belongs to a mistake, so that its `;` and `}` are not taken
 * for those of the code around it. An else belongs to it too. */
static int skip_block(struct parser *p, YYSTYPE *value, YYLTYPE *loc, int token)
{
	uint32_t next;

	while (token != END && p->brace_count > p->skip_to)
		token = lexer_lex(value, loc, p->scanner);
	p->is_skipping = false;
	if (token == END)
		return END;
	next = scan_layout(p, p->at);
	if (p->brace_count && scan_name(p, next) - next == 4 &&
	    !strncmp(text_at(p, next), "else", 4))
		return ',';
	return ';';
}

int grammar_lex(YYSTYPE *value, YYLTYPE *loc, struct parser *p)
{
	enum scan_part part = p->part;
	int token;

	if (p->is_stopped) {
		*loc = (struct loc){ p->source, p->at, p->at };
		return END;
	}
	if (p->is_expression && !p->has_started) {
		p->has_started = true;
		*loc = (struct loc){ p->source, p->at, p->at };
		return EXPRESSION_ONLY;
	}
	token = lexer_lex(value, loc, p->scanner);
	while (p->skips_head && token != END && token != '{' && token != '}')
		token = lexer_lex(value, loc, p->scanner);
	p->skips_head = false;
	if (!p->is_skipping &&
	    (p->previous == ';' || p->previous == '{' || p->previous == '}')) {
		p->statement = loc->start;
		if (p->previous == '}' && token != ELSE && token != WHILE)
			p->has_bare_body = false;
		p->has_do = p->has_do && token == WHILE;
	}
	if (p->is_recovering && !p->is_skipping && token == '{') {
		p->is_skipping = true;
		p->skip_to = p->brace_count - 1;
	}
	if (token == ';' || token == '}')
		p->is_broken = p->is_broken && p->previous == STRING;
	if (p->is_skipping)
		token = skip_block(p, value, loc, token);
	else if (part == PART_TOP && token != ';' && token != '}' && token != ',')
		p->is_recovering = false;
	if (token == PREDICATE_CLOSE)
		p->is_recovering = false;
	p->before_previous = p->previous;
	p->before_previous_loc = p->previous_loc;
	p->previous = token;
	p->previous_loc = *loc;
	return token;
}
