/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text → tree: the entry to this directory.
 *
 * scan.c and lexer.l make tokens, grammar.y finds productions, actions.c builds nodes, syntax.c
 * words mistakes, limit.c bounds the depth. All state is in struct parser on the stack here, so any
 * number of scripts can be read at once.
 */
#include <string.h>
#include "parser/context.h"
#include "parser/parser.h"
#include "parser/grammar.h"
#define YYSTYPE GRAMMAR_STYPE
#define YYLTYPE GRAMMAR_LTYPE
#include "parser/lexer.h"

#define MAX_SCRIPT_BYTES (1u << 30) /* places are 32 bits wide, flex counts in int */

/* What is certainly no script is refused before a token is read. */
static bool is_readable(struct parser *p)
{
	const char *nul = memchr(p->source->text, '\0', p->source->len);
	uint32_t at;

	if (p->source->len > MAX_SCRIPT_BYTES) {
		diag_error(p->d, DIAG_BAD_CHARACTER, (struct loc){ 0 },
			   "%s is too large for a script", p->source->name);
		return false;
	}
	if (nul) {
		at = (uint32_t)(nul - p->source->text);
		diag_error(p->d, DIAG_BAD_CHARACTER, (struct loc){ p->source, at, at + 1 },
			   "no program may contain a NUL byte: is %s a script?", p->source->name);
		return false;
	}
	return true;
}

static void parse_text(struct parser *p)
{
	uint32_t start = p->at;
	YY_BUFFER_STATE buffer;

	p->first = (uint32_t)strspn(p->source->text, " \t\r\n\f\v");
	if (lexer_lex_init_extra(p, (yyscan_t *)&p->scanner))
		bug("flex has no memory");
	buffer = lexer__scan_bytes(p->source->text + start, (int)(p->source->len - start),
				    p->scanner);
	grammar_parse(p);
	lexer__delete_buffer(buffer, p->scanner);
	lexer_lex_destroy(p->scanner);
}

struct ast_program *parse_program(struct arena *a, struct diag *d, struct source *source)
{
	struct ast_program *program = ARENA_NEW(a, struct ast_program);
	struct parser p = { .arena = a, .d = d, .source = source, .program = program };

	program->source = source;
	program->arena = a;
	if (!is_readable(&p))
		return program;
	parse_text(&p);
	limit_depth(&p);
	return program;
}

struct expr *parse_expression(struct arena *a, struct diag *d, struct source *source, uint32_t start)
{
	struct ast_program *program = ARENA_NEW(a, struct ast_program);
	struct parser p = { .arena = a, .d = d, .source = source, .program = program, .at = start,
			    .is_expression = true, .part = PART_CODE };
	unsigned int errors = d->error_count;

	parse_text(&p);
	if (!p.expression || d->error_count > errors)
		return NULL;
	limit_expression(&p);
	return d->error_count > errors ? NULL : p.expression;
}
