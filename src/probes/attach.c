/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attaching and detaching: one function per mechanism, and the order of things.
 *
 * Programs are attached in the order of the script, those whose newest handler the kernel calls first
 * afterwards and from the last to the first, so that handlers of one event fire in the order of the
 * script (probes.md §5). System call probes are attached together when the first of their direction
 * comes up (dispatch.c), and so are the functions of one program that share a link
 * (kprobe_attach.c). What a mechanism opened is a probe_link, a list of descriptors whose closing
 * detaches.
 *
 * Raw tracepoints that the kernel does not have (events that exist in tracefs only, such as those
 * people define there) fall back to the perf event of the same name.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <bpf/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include "probes/types.h"
#include "util/log.h"

void probe_link_add(struct probe_link *link, int fd)
{
	link->fds = xrealloc(link->fds, (link->fd_count + 1) * sizeof(*link->fds));
	link->fds[link->fd_count++] = fd;
}

static void link_close(struct probe_link *link)
{
	for (uint32_t i = 0; i < link->fd_count; i++)
		close(link->fds[i]);
	free(link->fds);
	*link = (struct probe_link){ 0 };
}

int attach_error(struct attach_context *c, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->error, sizeof(c->error), format, args);
	va_end(args);
	return err;
}

/* --- perf events ------------------------------------------------------------------------------ */

int attach_open_event(struct perf_event_attr *attr, int pid, int cpu)
{
	long fd;

	attr->size = sizeof(*attr);
	attr->disabled = 1;
	fd = syscall(SYS_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : (int)fd;
}

int attach_start_event(struct probe_link *link, int event_fd, int program_fd)
{
	int link_fd = bpf_link_create(program_fd, event_fd, BPF_PERF_EVENT, NULL);

	/* BPF links on perf events exist since 5.15 (b89fbfbb854c). */
	if (link_fd >= 0)
		probe_link_add(link, link_fd);
	else if (ioctl(event_fd, PERF_EVENT_IOC_SET_BPF, program_fd)) {
		int err = -errno;

		close(event_fd);
		return err;
	}
	probe_link_add(link, event_fd);
	return ioctl(event_fd, PERF_EVENT_IOC_ENABLE, 0) ? -errno : 0;
}

static struct perf_event_attr event_attr(const struct program_probe *p)
{
	struct perf_event_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.type = p->perf_type;
	attr.config = p->perf_config;
	attr.freq = p->is_frequency;
	if (p->is_frequency)
		attr.sample_freq = p->sample;
	else
		attr.sample_period = p->sample;
	return attr;
}

static int explain_perf(struct attach_context *c, const struct program_probe *p, int err)
{
	if (err == -EINVAL && p->is_frequency)
		return attach_error(c, err, "%llu Hz is more than "
				    "/proc/sys/kernel/perf_event_max_sample_rate allows",
				    (unsigned long long)p->sample);
	if (err == -ESRCH)
		return attach_error(c, err, "process %d does not exist", c->target_pid);
	return attach_error(c, err, "the perf event cannot be opened: %s", strerror(-err));
}

static int attach_one_event(struct attach_context *c, const struct program_probe *p, int pid,
			    int cpu, struct probe_link *link)
{
	struct perf_event_attr attr = event_attr(p);
	int fd;

	attr.inherit = pid > 0;
	fd = attach_open_event(&attr, pid, cpu);
	return fd < 0 ? fd : attach_start_event(link, fd, c->function_fds[p->function]);
}

/*
 * Events of a process belong to its threads; new ones inherit them. On any CPU: an event that
 * follows its thread counts the same as one for each CPU it may run on.
 */
static int attach_to_threads(struct attach_context *c, const struct program_probe *p,
			     struct probe_link *link)
{
	char path[32];
	DIR *dir;
	struct dirent *entry;
	int err = -ESRCH;

	snprintf(path, sizeof(path), "/proc/%d/task", c->target_pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		int thread = atoi(entry->d_name), one;

		if (thread <= 0)
			continue;
		one = attach_one_event(c, p, thread, -1, link);
		if (one && one != -ESRCH) { /* a thread may have ended */
			err = one;
			break;
		}
		err = one && err ? err : 0;
	}
	if (dir)
		closedir(dir);
	return err ? explain_perf(c, p, err) : 0;
}

static int attach_perf_each_cpu(struct attach_context *c, const struct program_probe *p,
				struct probe_link *link)
{
	const unsigned int *cpus;
	unsigned int count;

	if (c->target_pid > 0)
		return attach_to_threads(c, p, link);
	cpus = host_online_cpus(c->host, &count);
	for (unsigned int i = 0; i < count; i++) {
		int err = attach_one_event(c, p, -1, (int)cpus[i], link);

		if (err)
			return explain_perf(c, p, err);
	}
	return 0;
}

static int attach_perf_one_cpu(struct attach_context *c, const struct program_probe *p,
			       struct probe_link *link)
{
	unsigned int count;
	const unsigned int *cpus = host_online_cpus(c->host, &count);
	int err = attach_one_event(c, p, -1, (int)cpus[0], link);

	return err ? explain_perf(c, p, err) : 0;
}

/* --- tracepoints ------------------------------------------------------------------------------ */

static int read_event_id(struct attach_context *c, const char *category, const char *event,
			 uint64_t *id)
{
	const char *why = NULL, *tracefs = host_tracefs(c->host, &why);
	char path[512], text[32];
	ssize_t len;

	if (!tracefs)
		return attach_error(c, -ENOENT, "%s", why);
	snprintf(path, sizeof(path), "%s/events/%s/%s/id", tracefs, category, event);
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (len <= 0)
		return attach_error(c, -ENOENT, "there is no tracepoint %s:%s", category, event);
	text[len] = '\0';
	*id = strtoull(text, NULL, 10);
	return 0;
}

static int attach_perf_tracepoint(struct attach_context *c, const struct program_probe *p,
				  int program_fd, struct probe_link *link)
{
	struct perf_event_attr attr;
	unsigned int count;
	uint64_t id = 0;
	int fd, err = read_event_id(c, program_string(c->program, p->target),
				    program_string(c->program, p->event), &id);

	if (err)
		return err;
	memset(&attr, 0, sizeof(attr));
	attr.type = PERF_TYPE_TRACEPOINT;
	attr.config = id;
	attr.sample_period = 1;
	/* The program hangs on the tracepoint itself: the event's CPU does not limit it. */
	fd = attach_open_event(&attr, -1, (int)host_online_cpus(c->host, &count)[0]);
	err = fd < 0 ? fd : attach_start_event(link, fd, program_fd);
	if (err == -EINVAL)
		return attach_error(c, err, "the kernel gives its record to no BPF program, as of all "
				    "events that are defined in uprobe_events and kprobe_events");
	return err ? attach_error(c, err, "the perf event cannot be opened: %s", strerror(-err))
		   : 0;
}

static int attach_tracepoint(struct attach_context *c, const struct program_probe *p,
			     struct probe_link *link)
{
	return attach_perf_tracepoint(c, p, c->function_fds[p->function], link);
}

/* The program looks at no context, so it can be of any type. Events that people define on functions
 * take the type of kprobes, all others that of tracepoints. */
static int fall_back(struct attach_context *c, const struct program_probe *p,
		     struct probe_link *link)
{
	static const uint32_t types[] = { BPF_PROG_TYPE_TRACEPOINT, BPF_PROG_TYPE_KPROBE };
	int err = -EINVAL;

	for (size_t i = 0; i < ARRAY_SIZE(types) && err == -EINVAL; i++) {
		auto_close int fd = c->reload(c->reload_context, p->function, types[i]);

		link_close(link);
		*link = (struct probe_link){ .attach = p->attach };
		if (fd < 0)
			return attach_error(c, fd, "the program cannot be loaded for it: %s",
					    strerror(-fd));
		err = attach_perf_tracepoint(c, p, fd, link); /* the event keeps the program */
	}
	return err;
}

static int attach_raw_tracepoint(struct attach_context *c, const struct program_probe *p,
				 struct probe_link *link)
{
	const char *event = program_string(c->program, p->event);
	int fd = bpf_raw_tracepoint_open(event, c->function_fds[p->function]);

	if (fd == -ENOENT && p->target && c->reload)
		return fall_back(c, p, link);
	if (fd == -ENOENT)
		return attach_error(c, fd, "the kernel has no raw tracepoint %s", event);
	if (fd == -EINVAL)
		return attach_error(c, fd, "the raw tracepoint %s has fewer arguments than the "
				    "program reads", event);
	if (fd < 0)
		return attach_error(c, fd, "the raw tracepoint %s cannot be opened: %s", event,
				    strerror(-fd));
	probe_link_add(link, fd);
	return 0;
}

/* The program names the tracepoint itself. */
static int attach_typed_tracepoint(struct attach_context *c, const struct program_probe *p,
				   struct probe_link *link)
{
	int fd = bpf_raw_tracepoint_open(NULL, c->function_fds[p->function]);

	if (fd < 0)
		return attach_error(c, fd, "the raw tracepoint cannot be opened: %s",
				    strerror(-fd));
	probe_link_add(link, fd);
	return 0;
}

/* --- iterators -------------------------------------------------------------------------------- */

/* What the iterator walks. */
static void choose_objects(struct attach_context *c, const struct program_probe *p,
			   union bpf_iter_link_info *info)
{
	const char *name = program_string(c->program, p->event);

	if (!strcmp(name, "cgroup")) /* all, from the root */
		info->cgroup.order = BPF_CGROUP_ITER_DESCENDANTS_PRE;
	else if (c->target_pid > 0 && probe_iterator_filter(c->host, name) == ITERATOR_OF_PROCESS)
		info->task.pid = (uint32_t)c->target_pid;
}

/* A link, and unless it will be pinned the file that runs the program when it is read. */
static int attach_iterator(struct attach_context *c, const struct program_probe *p,
			   struct probe_link *link)
{
	union bpf_iter_link_info info, none;
	DECLARE_LIBBPF_OPTS(bpf_link_create_opts, opts);
	int fd;

	memset(&info, 0, sizeof(info));
	memset(&none, 0, sizeof(none));
	choose_objects(c, p, &info);
	if (memcmp(&info, &none, sizeof(info))) {
		opts.iter_info = &info;
		opts.iter_info_len = sizeof(info);
	}
	fd = bpf_link_create(c->function_fds[p->function], 0, BPF_TRACE_ITER, &opts);
	if (fd == -ESRCH)
		return attach_error(c, fd, "process %d does not exist", c->target_pid);
	if (fd < 0)
		return attach_error(c, fd, "the iterator cannot be made: %s", strerror(-fd));
	probe_link_add(link, fd);
	if (p->target)
		return 0;
	fd = bpf_iter_create(fd);
	if (fd < 0)
		return attach_error(c, fd, "the iterator cannot be opened: %s", strerror(-fd));
	probe_link_add(link, fd);
	return 0;
}

/* --- trampolines ------------------------------------------------------------------------------ */

/* What bpf_trampoline_link_prog() and below it say, in Linux 5.10 to 7.2. */
static int explain_trampoline(struct attach_context *c, const struct program_probe *p, int err)
{
	const char *module = program_string(c->program, p->target);
	const char *name = program_string(c->program, p->event);

	if (strcmp(module, "bpf") && host_traceable(c->host, module, name) == TRACEABLE_NOT_LISTED)
		return attach_error(c, err, "the function cannot be traced: the kernel was built "
				    "without a place for it there (notrace)");
	if (err == -E2BIG)
		return attach_error(c, err, "as many programs as there can be are attached to %s "
				    "already", name);
	if (err == -EBUSY)
		return attach_error(c, err, "its code is being changed by somebody else "
				    "(a live patch, or ftrace)");
	if (err == -ENOTSUP || err == -524) /* ENOTSUPP */
		return attach_error(c, err, "it has more arguments than this kernel's trampolines "
				    "can pass on");
	return attach_error(c, err, "the trampoline cannot be made: %s", strerror(-err));
}

/* The program names the function itself. */
static int attach_trampoline(struct attach_context *c, const struct program_probe *p,
			     struct probe_link *link)
{
	uint32_t probe = (uint32_t)(p - c->program->probes.items);
	int fd = c->take_link(c->reload_context, probe), program_fd;

	if (fd >= 0) {
		probe_link_add(link, fd);
		return 0;
	}
	program_fd = c->load_for(c->reload_context, probe, c->error, sizeof(c->error));

	if (program_fd < 0)
		return program_fd;
	fd = bpf_raw_tracepoint_open(NULL, program_fd);
	if (fd < 0)
		return explain_trampoline(c, p, fd);
	probe_link_add(link, fd);
	return 0;
}

static int attach_syscall_enter(struct attach_context *c, const struct program_probe *p,
				struct probe_link *link)
{
	(void)p;
	return attach_syscalls(c, ATTACH_SYSCALL_ENTER, link);
}

static int attach_syscall_exit(struct attach_context *c, const struct program_probe *p,
			       struct probe_link *link)
{
	(void)p;
	return attach_syscalls(c, ATTACH_SYSCALL_EXIT, link);
}

/* --- order ------------------------------------------------------------------------------------ */

enum sharing {
	SHARED_NOT,
	SHARED_KIND,	 /* the first probe attaches all that attach in this way */
	SHARED_FUNCTION, /* … and belong to the same program */
};

static const struct {
	/* NULL: the run time calls the program itself. */
	int (*attach)(struct attach_context *c, const struct program_probe *p,
		      struct probe_link *link);
	enum sharing sharing;
	bool is_late; /* in the second pass, backward */
} mechanisms[ATTACH_COUNT] = {
	[ATTACH_RAW_TRACEPOINT] = { attach_raw_tracepoint, SHARED_NOT, false },
	[ATTACH_TYPED_TRACEPOINT] = { attach_typed_tracepoint, SHARED_NOT, false },
	[ATTACH_TRACEPOINT] = { attach_tracepoint, SHARED_NOT, false },
	[ATTACH_SYSCALL_ENTER] = { attach_syscall_enter, SHARED_KIND, false },
	[ATTACH_SYSCALL_EXIT] = { attach_syscall_exit, SHARED_KIND, false },
	[ATTACH_PERF_EACH_CPU] = { attach_perf_each_cpu, SHARED_NOT, false },
	[ATTACH_PERF_ONE_CPU] = { attach_perf_one_cpu, SHARED_NOT, false },
	[ATTACH_FENTRY] = { attach_trampoline, SHARED_NOT, true },
	[ATTACH_FEXIT] = { attach_trampoline, SHARED_NOT, true },
	[ATTACH_ITERATOR] = { attach_iterator, SHARED_NOT, true },
	[ATTACH_KPROBE] = { attach_kprobe, SHARED_NOT, true },
	[ATTACH_KRETPROBE] = { attach_kretprobe, SHARED_NOT, false },
	[ATTACH_KPROBE_MULTI] = { attach_kprobe_multi, SHARED_FUNCTION, true },
	[ATTACH_KRETPROBE_MULTI] = { attach_kprobe_multi, SHARED_FUNCTION, false },
	[ATTACH_KPROBE_SESSION] = { attach_kprobe_multi, SHARED_FUNCTION, true },
	[ATTACH_KRETPROBE_SESSION] = { attach_session_return, SHARED_FUNCTION, false },
};

static bool are_shared(const struct program_probe *a, const struct program_probe *b)
{
	return a->attach == b->attach && (mechanisms[a->attach].sharing == SHARED_KIND ||
					  a->function == b->function);
}

/* Among those that are attached together, in the order in which they come up. */
static bool is_first(const struct program *program, uint32_t probe)
{
	const struct program_probe *p = &program->probes.items[probe];
	bool is_late = mechanisms[p->attach].is_late;
	uint32_t from = is_late ? probe + 1 : 0;
	uint32_t to = is_late ? (uint32_t)program->probes.count : probe;

	for (uint32_t i = from; i < to; i++) {
		if (are_shared(&program->probes.items[i], p))
			return false;
	}
	return true;
}

void attach_note_failure(struct attach_context *c, const struct program_probe *p, int err)
{
	struct attach_failure failure = { (uint32_t)(p - c->program->probes.items), err };

	vec_push(&c->failures, failure);
}

/* What came of a probe that was attached together with others. */
static int shared_result(struct attach_context *c, uint32_t probe)
{
	for (size_t i = 0; i < c->failures.count; i++) {
		if (c->failures.items[i].probe == probe)
			return attach_explain_function(c, &c->program->probes.items[probe],
						       c->failures.items[i].err);
	}
	return 0;
}

static int attach_first(struct attach_context *c, const struct program_probe *p,
			struct probe_links *links)
{
	struct probe_link link = { .attach = p->attach };
	int err = mechanisms[p->attach].attach(c, p, &link);

	if (err) {
		link_close(&link);
		return err;
	}
	vec_push(links, link);
	return 0;
}

static int attach_probe(struct attach_context *c, uint32_t i, struct probe_links *links)
{
	const struct program_probe *p = &c->program->probes.items[i];
	enum sharing sharing = mechanisms[p->attach].sharing;
	int err = 0;

	if (!mechanisms[p->attach].attach)
		return 0;
	log_verbose("attaching %s", program_string(c->program, p->name));
	if (sharing == SHARED_NOT || is_first(c->program, i))
		err = attach_first(c, p, links);
	return err || sharing != SHARED_FUNCTION ? err : shared_result(c, i);
}

int probes_attach(struct attach_context *c, uint32_t *next, uint32_t *failed,
		  struct probe_links *links)
{
	uint32_t count = (uint32_t)c->program->probes.count;

	while (*next < 2 * count) {
		uint32_t step = (*next)++, i = step < count ? step : 2 * count - 1 - step;
		int err;

		if (mechanisms[c->program->probes.items[i].attach].is_late != (step >= count))
			continue;
		err = c->is_interrupted && c->is_interrupted(c->interrupt_context) ?
		      -EINTR : attach_probe(c, i, links);
		if (err) {
			*failed = i;
			return err;
		}
	}
	return 0;
}

void probes_attach_end(struct attach_context *c)
{
	vec_free(&c->failures);
}

void probes_detach(struct probe_links *links)
{
	for (size_t i = links->count; i-- > 0;)
		link_close(&links->items[i]);
	vec_free(links);
}
