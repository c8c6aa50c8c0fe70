/* SPDX-License-Identifier: Apache-2.0 */
/* What else to say of a name that means nothing: what it may stand for. */
#ifndef BITTERN_SEMA_HINTS_H
#define BITTERN_SEMA_HINTS_H

#include "sema/sema.h"

/* The word in this language for one of another, as a hint; NULL if it is not known. */
const char *hint_foreign(const char *name);
/* Adds the best hint there is about a name, used as a value or called; near is the most similar callable
 * name, or NULL. */
void hint_unknown_name(struct sema *s, const struct scope *scope, const char *name, bool is_call,
		       const char *near, struct diag_msg *m);
/* The type of `args` in the present body, without a word if there is none (NULL). */
const struct type *hint_args_type(struct sema *s);
bool hint_has_field(const struct type *args, const char *name);
/* The text at a place, shortened. */
const char *hint_source(struct sema *s, struct loc loc);
/* "fd, buf, count"; NULL if there are none. */
const char *hint_fields(struct sema *s, const struct type *t);

#endif
