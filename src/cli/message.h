/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the command line itself, on stderr in the form of spec output.md §2 without a place. */
#ifndef BITTERN_CLI_MESSAGE_H
#define BITTERN_CLI_MESSAGE_H

#include "util/base.h"

PRINTF_LIKE(1, 2) void cli_error(const char *format, ...);
PRINTF_LIKE(1, 2) void cli_warning(const char *format, ...);
PRINTF_LIKE(1, 2) void cli_hint(const char *format, ...);

/* True if messages on stderr are to be coloured: BPFTRACE_COLOR is always, or auto (the default) and
 * both stdout and stderr are terminals. Another value gives one warning and counts as auto. */
bool cli_use_color(void);

#endif
