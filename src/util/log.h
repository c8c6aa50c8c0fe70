/* SPDX-License-Identifier: Apache-2.0 */
/* Verbose lines on stderr, without prefix (spec output.md §1.3). Silent unless -v. */
#ifndef BITTERN_UTIL_LOG_H
#define BITTERN_UTIL_LOG_H

#include "util/base.h"

void log_set_verbose(bool is_verbose);
bool log_is_verbose(void);
PRINTF_LIKE(1, 2) void log_verbose(const char *format, ...);

#endif
