/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel switches the event of bpf_trace_printk() on when a program that calls it is loaded. Since "bpf: Fix
 * deadlock between rcu_tasks_trace and event_mutex" (February 2025, and in stable releases since) it does so from
 * a work queue, after the load, and what a `begin` probe writes at once is lost without an error. The state of
 * the event can be read; where it cannot, nothing is waited for.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "program/program.h"
#include "runtime/trace_event.h"

#define WAIT_STEP_US 1000
#define WAIT_STEPS   100

static bool uses_trace_printk(const struct program *p)
{
	for (size_t i = 0; i < p->sites.count; i++)
		if (!strcmp(program_string(p, p->sites.items[i].helper), "trace_printk"))
			return true;
	return false;
}

/* '1': the event is on; 0: that cannot be told. */
static char event_state(void)
{
	static const char *const paths[] = {
		"/sys/kernel/tracing/events/bpf_trace/bpf_trace_printk/enable",
		"/sys/kernel/debug/tracing/events/bpf_trace/bpf_trace_printk/enable",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char state = 0;
		int fd = open(paths[i], O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			continue;
		if (read(fd, &state, 1) != 1)
			state = 0;
		close(fd);
		return state;
	}
	return 0;
}

void trace_event_wait(const struct program *p)
{
	if (!uses_trace_printk(p))
		return;
	for (int i = 0; i < WAIT_STEPS && event_state() == '0'; i++)
		usleep(WAIT_STEP_US);
}
