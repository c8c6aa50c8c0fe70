/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program and collects what it prints. */
#ifndef BITTERN_FUZZ_RUN_PROGRAM_H
#define BITTERN_FUZZ_RUN_PROGRAM_H

#include "util/strbuf.h"

/* arguments[0] is the program's path, NULL ends them. What it prints on both streams is appended to
 * said, up to a megabyte. Its wait status; ends this process if it cannot be started. */
int run_program(const char *const *arguments, struct strbuf *said);

#endif
