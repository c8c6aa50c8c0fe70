/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random programs of the language, and random pieces of programs.
 *
 * The generator knows kinds of values (integers, truth values, strings, tuples), which variables are
 * in scope and what may stand in a loop, so that most of what it makes compiles and reaches the
 * verifier. What does not is as welcome: messages are code, too.
 */
#ifndef BITTERN_FUZZ_GRAMMAR_H
#define BITTERN_FUZZ_GRAMMAR_H

#include "util/strbuf.h"

enum grammar_kind { GRAMMAR_INT, GRAMMAR_BOOL, GRAMMAR_STRING, GRAMMAR_TUPLE, GRAMMAR_KINDS };

struct grammar_variable {
	uint32_t name; /* $v<name> */
	enum grammar_kind kind;
};

#define GRAMMAR_VARIABLES_MAX 24

struct grammar {
	uint64_t state;		/* of the pseudo-random numbers; never 0 */
	struct strbuf *out;	/* text is appended */
	uint32_t depth;		/* of nesting so far */
	uint32_t budget;	/* statements still to come */
	uint32_t loops, callbacks; /* around: break and continue; no exit() */
	uint32_t next_variable;
	struct grammar_variable variables[GRAMMAR_VARIABLES_MAX]; /* in scope */
	uint32_t variable_count;
	uint32_t macros, functions; /* defined so far: m<i>(x), f<i>(x, y) */
	bool is_tame; /* nothing that depends on the machine or on time, nothing unsafe */
};

void grammar_init(struct grammar *g, uint64_t seed, struct strbuf *out);
uint32_t grammar_random(struct grammar *g, uint32_t below);
/* A whole program. */
void grammar_program(struct grammar *g);
/* One statement; one expression of a kind. */
void grammar_statement(struct grammar *g);
void grammar_expr(struct grammar *g, enum grammar_kind kind);
/* Whatever piece may replace a piece of a program. */
void grammar_piece(struct grammar *g);

#endif
