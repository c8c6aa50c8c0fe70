/* SPDX-License-Identifier: Apache-2.0 */
/* Where the script comes from. */
#ifndef BITTERN_CLI_INPUT_H
#define BITTERN_CLI_INPUT_H

#include "diag/source.h"

/* Reads the file (or stdin for "-", pipes welcome) into the arena. NULL after one message on stderr. */
struct source *input_read(struct arena *a, const char *path);

#endif
