/* SPDX-License-Identifier: Apache-2.0 */
/* See ring_array.h. */
#include "runtime/ring_array.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sched.h>
#include <sys/wait.h>
#include "runtime/bpf_call.h"

/* Batches on arrays of maps exist since 5.13; before, one element after the other. */
static int fill(const struct ring_array *r)
{
	uint32_t count = r->count;

	if (!bpf_map_update_batch(r->array_fd, r->cpus, r->ring_fds, &count, NULL))
		return 0;
	for (uint32_t cpu = 0; cpu < r->count; cpu++)
		if (bpf_map_update_elem(r->array_fd, &r->cpus[cpu], &r->ring_fds[cpu], BPF_ANY))
			return -errno;
	return 0;
}

static int start_filler(struct ring_array *r)
{
	r->filler = fork();
	if (r->filler < 0) {
		r->filler = 0;
		return fill(r);
	}
	if (r->filler)
		return 0;
	/* Whoever reads our output must see its end when we end, not when this process does. */
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	_exit(-fill(r));
}

static int create_rings(struct ring_array *r, struct arena *a, uint32_t cpu_count, size_t size)
{
	r->ring_fds = ARENA_ARRAY(a, int, cpu_count);
	r->cpus = ARENA_ARRAY(a, uint32_t, cpu_count);
	for (r->count = 0; r->count < cpu_count; r->count++) {
		int fd = bpf_call_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, (uint32_t)size, 0,
					     -1);
		if (fd < 0)
			return fd;
		r->ring_fds[r->count] = fd;
		r->cpus[r->count] = r->count;
	}
	return 0;
}

int ring_array_create(struct ring_array *r, struct arena *a, const char *name, uint32_t cpu_count,
		      size_t ring_size)
{
	int err = create_rings(r, a, cpu_count, ring_size);

	if (err)
		return err;
	int fd = bpf_call_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, name, 4, 4, cpu_count, 0,
				     r->ring_fds[0]);
	if (fd < 0)
		return fd;
	r->array_fd = fd;
	err = start_filler(r);
	if (err)
		close(fd);
	return err ? err : fd;
}

/* -errno of a filler that has failed, 0 while there is hope. */
static int filler_error(struct ring_array *r)
{
	int status = 0;

	if (!r->filler || waitpid(r->filler, &status, WNOHANG) != r->filler)
		return 0;
	r->filler = 0;
	if (!WIFEXITED(status))
		return -EINTR;
	return -WEXITSTATUS(status);
}

int ring_array_ready(struct ring_array *r)
{
	uint32_t last = r->count - 1, ring_id;

	/* Elements are set in order: when the last is there, all are. */
	while (r->count && bpf_map_lookup_elem(r->array_fd, &last, &ring_id)) {
		int err = filler_error(r);

		if (err)
			return err;
		sched_yield();
	}
	return 0;
}

void ring_array_free(struct ring_array *r)
{
	filler_error(r); /* reaped if it has ended; else init will */
	for (uint32_t i = 0; i < r->count; i++)
		close(r->ring_fds[i]);
	*r = (struct ring_array){ 0 };
}
