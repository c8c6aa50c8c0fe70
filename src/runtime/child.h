/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command of -c: forked early, so that its pid is known to the programs, but started only when
 * all probes are attached.
 */
#ifndef BITTERN_RUNTIME_CHILD_H
#define BITTERN_RUNTIME_CHILD_H

#include <sys/types.h>
#include "runtime/report.h"

struct child {
	pid_t pid;      /* 0: none, or ended and reaped */
	int pid_fd;     /* readable when it has ended; -1: none */
	int release_fd; /* a byte lets it go on; closing ends it */
	int error_fd;   /* errno of a failed exec */
};

#define CHILD_INIT                                                                                 \
	{                                                                                          \
		0, -1, -1, -1                                                                      \
	}

/* Splits the command at blanks, finds it in PATH and forks. 0 or -errno, reported. */
int child_start(struct child *c, const char *command, const struct reporter *r);
/* Lets it run. 0, or -errno if it could not be executed, reported. */
int child_release(struct child *c, const char *command, const struct reporter *r);
/* Asks it to end, if it has not; does not wait. */
void child_stop(struct child *c);

#endif
