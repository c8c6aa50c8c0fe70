/* SPDX-License-Identifier: Apache-2.0 */
/* The verbose switch is the one piece of global state: every layer may want to explain itself, and
 * none should have to be handed a logger for it. */
#include <stdarg.h>
#include "util/log.h"

static bool verbose;

void log_set_verbose(bool is_verbose)
{
	verbose = is_verbose;
}

bool log_is_verbose(void)
{
	return verbose;
}

void log_verbose(const char *format, ...)
{
	va_list args;

	if (!verbose)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}
