/* SPDX-License-Identifier: Apache-2.0 */
/* --preview: what a script would do to this machine, without doing it. */
#ifndef BITTERN_CLI_PREVIEW_H
#define BITTERN_CLI_PREVIEW_H

#include "host/host.h"
#include "program/program.h"

/* Prints, for each attach point: how it is attached and why so, how many events it matches, what it
 * costs them, what privileges it needs, what user memory it reads before the kernel does; then the
 * memory of the maps. The program has been compiled, nothing is loaded. */
void preview_print(FILE *f, const struct program *p, struct host *host);

#endif
