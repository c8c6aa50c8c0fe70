/* SPDX-License-Identifier: Apache-2.0 */
/* Text → tree. Syntax errors are reported to d; statements recover at `;` and `}` so that one run
 * shows several. */
#ifndef BITTERN_PARSER_PARSER_H
#define BITTERN_PARSER_PARSER_H

#include "ast/ast.h"
#include "diag/diag.h"

/*
 * Parses source (which outlives the tree). Returns the tree, owned by the arena, also after errors
 * (then incomplete, good only for printing); the caller looks at d->error_count. Never NULL.
 * Bounded: nesting deeper than 200 levels is DIAG_TOO_DEEP, not a stack overflow.
 */
struct ast_program *parse_program(struct arena *a, struct diag *d, struct source *source);
/* One expression, from byte `start` of source to its end. NULL after errors. */
struct expr *parse_expression(struct arena *a, struct diag *d, struct source *source,
			      uint32_t start);

#endif
