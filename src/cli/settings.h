/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration variables from the environment (spec cli-config.md §5). */
#ifndef BITTERN_CLI_SETTINGS_H
#define BITTERN_CLI_SETTINGS_H

#include <stdio.h>
#include "program/config.h"

/* Reads BITTERN_X and BPFTRACE_X, the former first. 0, or -EINVAL after one message on stderr. */
int settings_read(struct config_values *out);
void settings_print_help(FILE *f);
void settings_print_man(FILE *f);
/* The same under the names of the config block. */
void settings_print_man_config(FILE *f);

#endif
