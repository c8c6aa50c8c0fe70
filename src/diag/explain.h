/* SPDX-License-Identifier: Apache-2.0 */
/* What a diagnostic means, at length: `bittern --explain`. */
#ifndef BITTERN_DIAG_EXPLAIN_H
#define BITTERN_DIAG_EXPLAIN_H

#include <stdio.h>
#include "diag/diag.h"

/* The id of a name as messages show it ("unknown-function", "[unknown-function]", in any case and with
 * `_` for `-`); DIAG_COUNT if there is none. */
enum diag_id diag_id_find(const char *name);
/* The name of an id that is spelled nearly like this, or NULL. */
const char *diag_id_nearest(const char *name);
/* One sentence, static. */
const char *diag_id_meaning(enum diag_id id);
/* The meaning with a wrong and a right example. */
void diag_explain(FILE *f, enum diag_id id);

#endif
