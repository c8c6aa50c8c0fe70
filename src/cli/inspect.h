/* SPDX-License-Identifier: Apache-2.0 */
/* What bittern tells of itself and of the machine: -l, --list-builtins, --info, tables of the manual. */
#ifndef BITTERN_CLI_INSPECT_H
#define BITTERN_CLI_INSPECT_H

#include "cli/options.h"

/* Each prints to stdout and returns the exit status. */
int inspect_list(const struct options *o);
int inspect_list_builtins(void);
/* --explain: the diagnostic of this name; NULL: all names. */
int inspect_explain(const char *name);
int inspect_info(void);
/* One chapter of the man pages as roff: options, environment, builtins, probes, diagnostics. */
int inspect_man_table(const char *table);

#endif
