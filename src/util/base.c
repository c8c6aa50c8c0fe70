/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that cannot fail, and the end of the road for broken invariants.
 *
 * Running out of memory has no sensible recovery in a tracer that is still compiling, so the x*
 * functions end the process; the event path allocates nothing in steady state.
 */
#include <stdarg.h>
#include <string.h>
#include "util/base.h"

void bug_at(const char *file, int line, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "BUG: %s:%d: ", file, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

static void *checked(void *p)
{
	if (!p) {
		fputs("ERROR: out of memory\n", stderr);
		_exit(1);
	}
	return p;
}

void *xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return checked(count && size ? calloc(count, size) : calloc(1, 1));
}

void *xrealloc(void *p, size_t size)
{
	return checked(realloc(p, size ? size : 1));
}

char *xstrdup(const char *text)
{
	return checked(strdup(text));
}
