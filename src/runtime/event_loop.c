/* SPDX-License-Identifier: Apache-2.0 */
/* See event_loop.h. Rings are edge-triggered: one record is kept back while data flows (ring.h), so
 * they are always readable, and only the kernel's wake-up says that there is something new. */
#include "runtime/event_loop.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include "util/base.h"

int event_loop_init(struct event_loop *l)
{
	static const int handled[] = { SIGINT, SIGTERM, SIGUSR1 };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(handled); i++) {
		/* Inherited as ignored (a job of a script), a signal would never be seen. */
		signal(handled[i], SIG_DFL);
		sigaddset(&set, handled[i]);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN); /* writes answer EPIPE instead */
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (l->epoll_fd < 0 || l->signal_fd < 0)
		return -errno;
	return event_loop_add(l, l->signal_fd, LOOP_INTERRUPT);
}

void event_loop_let_signals_end(bool let)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(let ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}

void event_loop_free(struct event_loop *l)
{
	if (l->epoll_fd >= 0)
		close(l->epoll_fd);
	if (l->signal_fd >= 0)
		close(l->signal_fd);
	*l = (struct event_loop)EVENT_LOOP_INIT;
}

int event_loop_add(struct event_loop *l, int fd, enum loop_source source)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = source };

	if (source == LOOP_RING)
		event.events |= EPOLLET;
	return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

unsigned int event_loop_signals(struct event_loop *l)
{
	struct signalfd_siginfo info;
	unsigned int happened = 0;

	while (read(l->signal_fd, &info, sizeof(info)) == sizeof(info))
		happened |= info.ssi_signo == SIGUSR1 ? LOOP_USER_SIGNAL : LOOP_INTERRUPT;
	return happened;
}

unsigned int event_loop_wait(struct event_loop *l, int timeout_ms)
{
	struct epoll_event events[16];
	unsigned int happened = 0;
	int count = epoll_wait(l->epoll_fd, events, ARRAY_SIZE(events), timeout_ms);

	for (int i = 0; i < count; i++)
		happened |= events[i].data.u32 == LOOP_INTERRUPT ? event_loop_signals(l)
								 : events[i].data.u32;
	return happened;
}
