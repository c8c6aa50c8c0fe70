/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration variables from the environment (spec cli-config.md §5): one row each. */
#ifndef BITTERN_CLI_SETTINGS_H
#define BITTERN_CLI_SETTINGS_H

#include "program/program.h"

struct settings {
	struct program_config config;	/* defaults, overridden by the environment */
	const char *str_trunc_trailer;	/* borrowed from the environment; NULL: the default */
};

/* Reads BITTERN_X and BPFTRACE_X, the former first. 0, or -EINVAL after one message on stderr. */
int settings_read(struct settings *out);
void settings_print_help(FILE *f);
void settings_print_man(FILE *f);

#endif
