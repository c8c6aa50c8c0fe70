/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few macros every file uses: sizes, scope guards, printf checking, broken invariants.
 *
 * Guards are for locals only. `return take(p);` hands a guarded pointer over to the caller.
 */
#ifndef BITTERN_UTIL_BASE_H
#define BITTERN_UTIL_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)     ((a) < (b) ? (a) : (b))
#define MAX(a, b)     ((a) > (b) ? (a) : (b))
/* n rounded up to a multiple of `to`, a power of two. */
#define ROUND_UP(n, to) (((n) + (to) - 1) & ~((__typeof__(n))(to) - 1))

#define PRINTF_LIKE(at, first) __attribute__((__format__(printf, at, first)))

static inline void guard_free(void *p)
{
	free(*(void **)p);
}

static inline void guard_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void guard_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define auto_free   __attribute__((cleanup(guard_free)))
#define auto_close  __attribute__((cleanup(guard_close)))
#define auto_fclose __attribute__((cleanup(guard_fclose)))

/* The value of a guarded pointer, which the guard then leaves alone. */
#define take(p)                                                                                    \
	({                                                                                         \
		__typeof__(p) taken_ = (p);                                                        \
		(p) = NULL;                                                                        \
		taken_;                                                                            \
	})

/* The same for a guarded file descriptor. */
#define take_fd(fd)                                                                                \
	({                                                                                         \
		int taken_ = (fd);                                                                 \
		(fd) = -1;                                                                         \
		taken_;                                                                            \
	})

/* A broken invariant of ours: prints file, line and text on stderr, then aborts. Never reachable
 * from input; the fuzzers look for it. */
#define bug(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
__attribute__((noreturn)) PRINTF_LIKE(3, 4) void bug_at(const char *file, int line,
							  const char *format, ...);

/* malloc, realloc, strdup that cannot fail: they end the process with status 1 and one message. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *text);

#endif
