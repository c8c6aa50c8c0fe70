/* SPDX-License-Identifier: Apache-2.0 */
/* C tokens of a text. Nothing is expanded here and no line is special. */
#ifndef BITTERN_CDEF_TOKEN_H
#define BITTERN_CDEF_TOKEN_H

#include "diag/source.h"

enum c_token_kind {
	C_END,
	C_NAME,
	C_NUMBER,
	C_STRING,
	C_CHARACTER,
	C_PUNCTUATOR,
	C_TRUTH, /* `defined X` in an #if: op is 0 or 1; made by preprocess.c */
};

/* Punctuators are numbers: their bytes, the last lowest. */
#define C_OP2(a, b)    ((uint32_t)(a) << 8 | (uint32_t)(b))
#define C_OP3(a, b, c) (C_OP2(a, b) << 8 | (uint32_t)(c))

struct c_token {
	enum c_token_kind kind;
	struct loc loc;
	uint32_t op;	   /* PUNCTUATOR; other bytes that mean nothing in C are one too */
	bool starts_line;  /* nothing but layout before it on its line */
};

/* A text that is read from `at` to `end`. */
struct c_text {
	struct source *source;
	uint32_t at, end;
	bool at_line_start;
};

/* The next token; C_END at the end, for ever. */
struct c_token c_token_next(struct c_text *t);
/* The end of the line at t->at, continuations and comments over several lines included. */
uint32_t c_token_line_end(const struct c_text *t);
/* True if the token's bytes are `word`. */
bool c_token_is(const struct c_token *token, const char *word);
/* An integer as C spells it. False: it is none. */
bool c_token_integer(const struct c_token *token, uint64_t *value, bool *is_unsigned,
		     bool *is_long);
/* The value of 'c'. */
bool c_token_character(const struct c_token *token, int64_t *value);

static inline size_t c_token_len(const struct c_token *t)
{
	return t->loc.end - t->loc.start;
}

static inline const char *c_token_text(const struct c_token *t)
{
	return t->loc.source->text + t->loc.start;
}

#endif
