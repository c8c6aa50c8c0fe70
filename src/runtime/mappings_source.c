/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the table of mappings comes from: a dummy perf event on each CPU reports every mmap of code,
 * fork, exec and exit, as it does for perf(1); processes that were there before are read from /proc.
 *
 * A process moves between CPUs, so the records of all rings are sorted by their time before they are
 * taken in.
 */
#include "runtime/mappings_private.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define RING_SIZE (64 * 1024) /* bytes of each CPU: some 500 reports */

/* --- records ---------------------------------------------------------------------------------- */

struct mmap_record { /* PERF_RECORD_MMAP2, include/uapi/linux/perf_event.h */
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t address, length, offset;
	union {
		struct {
			uint32_t major, minor;
			uint64_t inode, generation;
		};
		struct {
			uint8_t build_id_size, reserved1;
			uint16_t reserved2;
			uint8_t build_id[MAPPED_BUILD_ID_SIZE];
		};
	};
	uint32_t protection, flags;
	char path[];
};

struct task_record { /* PERF_RECORD_FORK, EXIT; COMM begins alike */
	struct perf_event_header header;
	uint32_t pid, parent; /* COMM: thread instead of parent */
	uint32_t tid, parent_tid;
};

struct lost_record {
	struct perf_event_header header;
	uint64_t id, count;
};

/* The path is a file's: neither [vdso] nor //anon nor what lies in memory only. */
static bool is_file(const char *path)
{
	return path[0] == '/' && path[1] != '/' && strncmp(path, "/memfd:", 7) &&
	       strncmp(path, "/dev/zero", 9) && strncmp(path, "/SYSV", 5);
}

static void take_mmap(struct mappings *m, const struct mmap_record *r)
{
	size_t room = r->header.size - sizeof(*r) - sizeof(uint64_t);
	struct mapping at = { r->address, r->address + r->length, r->offset, 0 };
	struct mapped_file file = { .path = (char *)r->path };

	if (strnlen(r->path, room) == room || !is_file(r->path) || at.end <= at.start)
		return;
	if (r->header.misc & PERF_RECORD_MISC_MMAP_BUILD_ID) {
		file.build_id_size = MIN(r->build_id_size, (uint8_t)MAPPED_BUILD_ID_SIZE);
		memcpy(file.build_id, r->build_id, file.build_id_size);
	} else {
		file.inode = r->inode;
	}
	mappings_add(m, (pid_t)r->pid, &at, &file);
}

void mappings_take(struct mappings *m, const struct perf_event_header *record)
{
	const struct task_record *task = (const void *)record;
	size_t size = record->size;

	switch (record->type) {
	case PERF_RECORD_MMAP2:
		if (size > sizeof(struct mmap_record) + sizeof(uint64_t))
			take_mmap(m, (const void *)record);
		return;
	case PERF_RECORD_COMM:
		if (size >= sizeof(*task) && record->misc & PERF_RECORD_MISC_COMM_EXEC)
			mappings_exec(m, (pid_t)task->pid);
		return;
	case PERF_RECORD_FORK:
		if (size >= sizeof(*task))
			mappings_fork(m, (pid_t)task->pid, (pid_t)task->parent);
		return;
	case PERF_RECORD_EXIT:
		if (size >= sizeof(*task) && task->pid == task->tid)
			mappings_exit(m, (pid_t)task->pid);
		return;
	case PERF_RECORD_LOST:
		if (size >= sizeof(struct lost_record))
			m->lost += ((const struct lost_record *)record)->count;
		return;
	}
}

/* --- rings ------------------------------------------------------------------------------------ */

static bool put_off(void *context, const struct perf_event_header *record)
{
	struct mappings *m = context;
	struct waiting_record waiting = { 0, m->batch.len };

	if (record->size < sizeof(*record) + sizeof(uint64_t))
		return true;
	strbuf_append(&m->batch, (const char *)record, record->size);
	memcpy(&waiting.time_ns, (const char *)record + record->size - sizeof(uint64_t),
	       sizeof(uint64_t));
	vec_push(&m->waiting, waiting);
	return true;
}

static int compare_times(const void *a, const void *b)
{
	const struct waiting_record *left = a, *right = b;

	if (left->time_ns != right->time_ns)
		return left->time_ns < right->time_ns ? -1 : 1;
	return left->at < right->at ? -1 : left->at > right->at;
}

void mappings_drain(struct mappings *m)
{
	for (size_t i = 0; i < m->ring_count; i++)
		perf_ring_drain(&m->rings[i], put_off, m);
	if (!m->waiting.count)
		return;
	qsort(m->waiting.items, m->waiting.count, sizeof(*m->waiting.items), compare_times);
	for (size_t i = 0; i < m->waiting.count; i++)
		mappings_take(m, (const void *)(m->batch.text + m->waiting.items[i].at));
	m->waiting.count = 0;
	strbuf_clear(&m->batch);
}

static int open_ring(struct mappings *m, int cpu, bool with_build_ids, struct event_loop *loop)
{
	struct perf_ring *r = &m->rings[m->ring_count];
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TIME,
		.sample_id_all = 1,
		.mmap = 1,
		.mmap2 = 1,
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.build_id = with_build_ids, /* since 5.12 (88a16a130933) */
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.watermark = 1,
		.wakeup_watermark = RING_SIZE / 4,
	};
	int err = perf_ring_open(r, &attr, cpu, RING_SIZE);

	if (err == -EINVAL && with_build_ids)
		return open_ring(m, cpu, false, loop);
	if (err)
		return err == -ENODEV ? 0 : err;
	m->ring_count++;
	return event_loop_add(loop, r->fd, LOOP_RING);
}

int mappings_create(struct mappings **out, struct host *host, struct event_loop *loop)
{
	struct mappings *m = mappings_create_empty();
	unsigned int count;
	const unsigned int *cpus = host_online_cpus(host, &count);

	m->rings = xcalloc(count, sizeof(*m->rings));
	for (unsigned int i = 0; i < count; i++) {
		int err = open_ring(m, (int)cpus[i], true, loop);

		if (err) {
			mappings_destroy(m);
			*out = NULL;
			return err;
		}
	}
	*out = m;
	return 0;
}

void mappings_destroy(struct mappings *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->ring_count; i++)
		perf_ring_close(&m->rings[i]);
	free(m->rings);
	strbuf_free(&m->batch);
	vec_free(&m->waiting);
	mappings_free_table(m);
	free(m);
}

uint64_t mappings_lost(const struct mappings *m)
{
	return m->lost;
}

/* --- processes that were there before --------------------------------------------------------- */

/* A line of /proc/PID/maps (proc(5)). */
static void take_line(struct mappings *m, pid_t pid, char *line)
{
	unsigned long long start, end, offset, inode;
	struct mapped_file file = { 0 };
	struct mapping at;
	char mode[8];
	int path = 0;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%llx-%llx %4s %llx %*x:%*x %llu %n", &start, &end, mode, &offset, &inode,
		   &path) != 5 || mode[2] != 'x' || !path || !is_file(line + path))
		return;
	file.path = line + path;
	file.inode = inode;
	at = (struct mapping){ start, end, offset, 0 };
	mappings_add(m, pid, &at, &file);
}

static void scan_process(struct mappings *m, pid_t pid)
{
	auto_free char *line = NULL;
	size_t room = 0, known;
	char path[32];

	if (mappings_of(m, pid, &known)) /* it reported itself: that is newer */
		return;
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	auto_fclose FILE *f = fopen(path, "re");
	while (f && getline(&line, &room, f) > 0)
		take_line(m, pid, line);
}

void mappings_scan(struct mappings *m, pid_t pid)
{
	DIR *dir;
	struct dirent *entry;

	if (pid > 0) {
		scan_process(m, pid);
		return;
	}
	dir = opendir("/proc");
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			scan_process(m, atoi(entry->d_name));
	}
	if (dir)
		closedir(dir);
}
