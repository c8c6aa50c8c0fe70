/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks as text (spec output.md §6). */
#ifndef BITTERN_RUNTIME_OUTPUT_STACK_H
#define BITTERN_RUNTIME_OUTPUT_STACK_H

#include "runtime/output/decode.h"

/* Appends the frames of a value of that type, t->size bytes, a line each, a newline in front. Names are
 * escaped: a symbol table is as hostile as any other traced text. */
void stack_render(struct strbuf *b, const struct resolver *r, const struct program_type *t,
		  const void *bytes);

#endif
