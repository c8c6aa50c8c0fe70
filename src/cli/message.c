/* SPDX-License-Identifier: Apache-2.0 */
/* The three kinds of line the command line prints about itself, and whether lines are coloured. */
#include "cli/message.h"

#include <stdarg.h>
#include <string.h>

static PRINTF_LIKE(3, 0) void print_line(const char *prefix, const char *color, const char *format,
					 va_list args)
{
	fputs(color, stderr);
	fputs(prefix, stderr);
	vfprintf(stderr, format, args);
	fputs(*color ? "\033[0m\n" : "\n", stderr);
}

void cli_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line("ERROR: ", cli_use_color() ? "\033[31m" : "", format, args);
	va_end(args);
}

void cli_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line("WARNING: ", cli_use_color() ? "\033[33m" : "", format, args);
	va_end(args);
}

void cli_hint(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line("HINT: ", "", format, args);
	va_end(args);
}

/* BITTERN_COLOR goes before BPFTRACE_COLOR, as with all settings. */
static const char *color_setting(void)
{
	const char *own = getenv("BITTERN_COLOR");

	return own ? own : getenv("BPFTRACE_COLOR");
}

bool cli_use_color(void)
{
	enum { UNKNOWN, YES, NO };
	static int answer = UNKNOWN;
	const char *setting;

	if (answer != UNKNOWN)
		return answer == YES;
	answer = NO;
	setting = color_setting();
	if (setting && !strcmp(setting, "always"))
		answer = YES;
	else if (!setting || strcmp(setting, "never"))
		answer = isatty(STDOUT_FILENO) && isatty(STDERR_FILENO) ? YES : NO;
	if (setting && strcmp(setting, "always") && strcmp(setting, "never") &&
	    strcmp(setting, "auto"))
		cli_warning("BPFTRACE_COLOR is '%s', expected auto, always or never; using auto",
			    setting);
	return answer == YES;
}
