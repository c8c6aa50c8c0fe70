/* SPDX-License-Identifier: Apache-2.0 */
/* Everything a run waits for, in one epoll: rings, signals, the end of processes. */
#ifndef BITTERN_RUNTIME_EVENT_LOOP_H
#define BITTERN_RUNTIME_EVENT_LOOP_H

#include "runtime/ring.h"

enum loop_source {
	LOOP_RING = 1 << 0,        /* a ring has something new */
	LOOP_INTERRUPT = 1 << 1,   /* SIGINT or SIGTERM */
	LOOP_USER_SIGNAL = 1 << 2, /* SIGUSR1 */
	LOOP_CHILD = 1 << 3,       /* the command of -c has ended */
	LOOP_TARGET = 1 << 4,      /* the process of -p has ended */
};

struct event_loop {
	int epoll_fd, signal_fd;
};

#define EVENT_LOOP_INIT                                                                            \
	{                                                                                          \
		-1, -1                                                                             \
	}

/* Blocks the signals (for the rest of the process: a run is the last thing it does, and a second
 * Ctrl-C must not kill it halfway) and opens the descriptors. 0 or -errno. */
int event_loop_init(struct event_loop *l);
/* Whether SIGINT and SIGTERM end the process at once, as they do by default. */
void event_loop_let_signals_end(bool let);
void event_loop_free(struct event_loop *l);
/* fd stays the caller's. */
int event_loop_add(struct event_loop *l, int fd, enum loop_source source);
/* Waits at most timeout_ms (-1: for ever); returns the set of sources that have something. */
unsigned int event_loop_wait(struct event_loop *l, int timeout_ms);
/* Signals that have come since the last look, without waiting. */
unsigned int event_loop_signals(struct event_loop *l);

#endif
