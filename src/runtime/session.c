/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run is a list of steps: set up, attach, loop, finish. The first failure stops the set-up;
 * session_free() is the one way back, whatever has been reached.
 *
 * The end of a run, in this order: the stop flag ends work in every program at once; what is in the
 * rings is printed; `end` programs run; maps and losses are printed and flushed; only then are
 * probes detached, which can take the kernel long.
 */
#include "runtime/session_private.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include "runtime/notify.h"
#include "runtime/relief.h"
#include "runtime/sequence.h"
#include "runtime/trace_event.h"
#include "util/log.h"

#define STATUS_USAGE      1 /* spec output.md §1.1 */
#define STATUS_SETUP      255
#define POLL_MS           1        /* between rounds while data flows */
#define QUIET_LIMIT_NS    50000000 /* how long the end waits for records that are not committed */
#define HURRY_CHECK_ROUND 4096     /* records between looks for a second Ctrl-C */

static uint64_t clock_now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* --- steps of the set-up: 0 or the exit status, reported ------------------------------------ */
static int open_output(struct session *s)
{
	const struct session_options *o = s->options;
	const char *names;
	const struct output_ops *ops = output_find(o->output_format, &names);

	if (!ops) {
		report_error(&s->reporter, 0, "-f: there is no format '%s'; there are: %s",
			     o->output_format, names);
		return STATUS_USAGE;
	}
	int err = output_open(o->output_path, ops, o->buffering, o->is_raw,
			      program_string(s->program, s->program->config.str_trunc_trailer),
			      &s->output);
	if (err)
		report_error(&s->reporter, 0, "-o: cannot open '%s': %s", o->output_path,
			     strerror(-err));
	else
		err = sequence_open(s);
	return err ? STATUS_USAGE : 0;
}

static int read_quantile(void *map_context, uint32_t map, const void *key,
			 struct value_quantile *out)
{
	return map_read_quantile(map_context, map, key, out);
}

static int prepare(struct session *s)
{
	const struct program *p = s->program;

	names_init(&s->names, s->host, p->config.max_strlen);
	s->names.resolver.quantile = read_quantile;
	s->names.resolver.map_context = &s->maps;
	s->decoder = (struct decoder){ p, &s->names.resolver, &s->event_arena };
	s->is_end = ARENA_ARRAY(&s->arena, bool, p->functions.count);
	for (size_t i = 0; i < p->probes.count; i++)
		if (p->probes.items[i].attach == ATTACH_END &&
		    p->probes.items[i].function < p->functions.count)
			s->is_end[p->probes.items[i].function] = true;
	return session_prepare_actions(s) ? STATUS_SETUP : 0;
}

static int open_loop(struct session *s)
{
	int err = event_loop_init(&s->loop);

	if (err)
		report_error(&s->reporter, 0, "cannot wait for events: %s", strerror(-err));
	return err ? STATUS_SETUP : 0;
}

/* -c: the child exists from here on; -p: the process must. */
static int open_target(struct session *s)
{
	const struct session_options *o = s->options;

	if (o->command) {
		if (child_start(&s->child, o->command, &s->reporter))
			return STATUS_USAGE;
		event_loop_add(&s->loop, s->child.pid_fd, LOOP_CHILD);
	}
	if (!o->pid)
		return 0;
	s->target_fd = (int)syscall(SYS_pidfd_open, o->pid, 0);
	if (s->target_fd < 0) {
		report_error(&s->reporter, 0, "-p: there is no process %d%s%s", (int)o->pid,
			     errno == ESRCH ? "" : ": ", errno == ESRCH ? "" : strerror(errno));
		return STATUS_USAGE;
	}
	event_loop_add(&s->loop, s->target_fd, LOOP_TARGET);
	return 0;
}

/* The program once more, made differently; without success it stays what it is. */
static unsigned int relieve(struct session *s, unsigned int relief)
{
	const struct recompiler *r = s->options->recompiler;
	struct bpf_object_bytes object = { 0 };

	log_verbose("the kernel refuses the program; it is made again %s",
		    relief_text(s->loader.relief_wanted));
	relief |= s->loader.relief_wanted;
	loader_free(&s->loader);
	if (r->relieve(r->context, relief, &s->program, &object)) {
		log_verbose("it cannot be made like that");
		return ~0u;
	}
	free(s->relieved.bytes);
	s->relieved = object;
	s->reporter.program = s->program;
	return relief;
}

static int load_program(struct session *s, const struct bpf_object_bytes *object)
{
	unsigned int relief = 0;
	int err;

	while ((err = loader_init(&s->loader, s->program, object, s->host, &s->reporter,
				  s->options->recompiler, relief)) == -EAGAIN) {
		relief = relieve(s, relief);
		if (s->relieved.bytes)
			object = &s->relieved;
	}
	return err;
}

static int load(struct session *s, const struct bpf_object_bytes *object)
{
	/* The verifier may take long and stops for signals only: nothing is attached yet, a command
	 * of -c ends with its pipe. */
	event_loop_let_signals_end(true);
	int refused = load_program(s, object);
	event_loop_let_signals_end(false);
	if (refused)
		return STATUS_SETUP;
	s->maps = (struct map_reader){ &s->decoder, s->loader.map_fds, s->loader.cpu_count };
	int err = loader_open_rings(&s->loader, &s->rings);
	for (uint32_t i = 0; !err && i < s->rings.count; i++)
		err = event_loop_add(&s->loop, s->rings.items[i].fd, LOOP_RING);
	if (err)
		report_error(&s->reporter, 0, "cannot map the ring buffers: %s", strerror(-err));
	return err ? STATUS_SETUP : 0;
}

static int open_packets(struct session *s)
{
	int map = program_find_role(s->program, MAP_ROLE_PACKETS);

	if (map < 0 || s->options->is_dry_run)
		return 0;
	return packets_open(&s->packets, s->program, s->loader.map_fds[map], s->loader.cpu_count,
			    &s->loop, &s->reporter) ? STATUS_SETUP : 0;
}

static bool names_processes(const struct program *p)
{
	for (size_t i = 0; i < p->types.count; i++) {
		if (p->types.items[i].kind == TYPE_USTACK || p->types.items[i].kind == TYPE_USYM)
			return true;
	}
	return false;
}

/* Before anything is attached: what the command of -c maps is heard from its first instruction on. */
static int open_mappings(struct session *s)
{
	int err;

	if (!names_processes(s->program) || s->options->is_dry_run)
		return 0;
	err = mappings_create(&s->mappings, s->host, &s->loop);
	if (err)
		report_warning(&s->reporter, 0,
			       "addresses in processes that have ended will have no names: what they "
			       "map cannot be followed: %s", strerror(-err));
	s->names.mappings = s->mappings;
	return 0;
}

static int map_globals(struct session *s)
{
	int map = program_find_role(s->program, MAP_ROLE_GLOBALS);
	size_t size = program_globals_size(s->program);

	if (map < 0) { /* a program that uses none */
		s->globals = xcalloc(1, size);
		return 0;
	}
	void *page =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, s->loader.map_fds[map], 0);
	if (page == MAP_FAILED || s->program->maps.items[map].value_size < size) {
		report_error(&s->reporter, 0, "cannot map the program's globals: %s",
			     page == MAP_FAILED ? strerror(errno) : "they are too small");
		return STATUS_SETUP;
	}
	s->globals = page;
	s->globals_mapped = size;
	return 0;
}

static int write_globals(struct session *s)
{
	struct program_globals *g;
	int status = map_globals(s);

	if (status)
		return status;
	g = s->globals;
	if (s->program->constants.len)
		memcpy((char *)g + GLOBALS_SIZE(s->program->functions.count),
		       s->program->constants.text, s->program->constants.len);
	g->start_boot_ns = clock_now(CLOCK_BOOTTIME);
	g->boot_to_tai_ns = clock_now(CLOCK_TAI) - g->start_boot_ns;
	g->cpu_count = s->loader.cpu_count;
	g->child_pid = (uint32_t)s->child.pid;
	g->target_pid = (uint32_t)s->options->pid;
	if (!host_in_initial_pid_namespace(s->host, &g->pid_ns_dev, &g->pid_ns_ino))
		log_verbose("running in a PID namespace of its own");
	else
		g->pid_ns_dev = g->pid_ns_ino = 0;
	loss_init(&s->loss, s->program, g, s->options->hide_warnings);
	return 0;
}

/* Runs all programs of a kind, in source order; number: of the signal. */
static int run_programs(struct session *s, enum program_attach kind, int number)
{
	const struct program *p = s->program;

	for (size_t i = 0; i < p->probes.count; i++) {
		const struct program_probe *probe = &p->probes.items[i];
		struct bpf_test_run_opts options = { .sz = sizeof(options) };

		if (probe->attach != kind || probe->function >= p->functions.count ||
		    (kind == ATTACH_SIGNAL && probe->number != number))
			continue;
		log_verbose("running %s", program_string(p, probe->name));
		if (bpf_prog_test_run_opts(s->loader.function_fds[probe->function], &options)) {
			report_error(&s->reporter, probe->site, "unable to run %s: %s",
				     program_string(p, probe->name), strerror(errno));
			return STATUS_SETUP;
		}
	}
	return 0;
}

static int run_begin(struct session *s)
{
	if (s->options->is_dry_run)
		return 0;
	trace_event_wait(s->program);
	return run_programs(s, ATTACH_BEGIN, 0);
}

static void tell_attached(struct session *s, uint64_t count)
{
	if (s->options->is_quiet)
		return;
	if (s->output->ops->attached)
		s->output->ops->attached(s->output, count);
	else
		fprintf(stderr, "Attached %llu probe%s\n", (unsigned long long)count,
			count == 1 ? "" : "s");
	output_flush(s->output);
}

/* Another probe of the function, behind this one or attached. */
static bool has_others(const struct session *s, uint32_t probe, size_t attached)
{
	const struct program_probes *probes = &s->program->probes;

	for (size_t i = 0; i < probes->count; i++)
		if (probes->items[i].function == probes->items[probe].function &&
		    (i > probe || (i < probe && attached)))
			return true;
	return false;
}

/* One probe did not attach: an error, a warning or nothing. True: go on. */
static bool accept_failure(struct session *s, uint32_t failed, const char *error)
{
	const struct program_probe *probe = &s->program->probes.items[failed];
	const char *name = program_string(s->program, probe->name);

	if (probe->is_optional && has_others(s, failed, s->links.count)) {
		log_verbose("%s is left out: %s", name, error);
		return true;
	}
	if (s->program->config.missing_probes == 1)
		report_warning(&s->reporter, probe->site, "unable to attach %s: %s", name, error);
	else if (!s->program->config.missing_probes)
		report_error(&s->reporter, probe->site, "unable to attach %s: %s", name, error);
	return s->program->config.missing_probes;
}

static bool is_interrupted(void *context)
{
	struct session *s = context;

	return event_loop_signals(&s->loop) & LOOP_INTERRUPT;
}

/* 0, or -errno: an error was reported or it was interrupted. */
static int attach_each(struct session *s, struct attach_context *c, uint32_t *failures)
{
	uint32_t next = 0, failed = 0;
	int err;

	while ((err = probes_attach(c, &next, &failed, &s->links))) {
		if (err == -EINTR || !accept_failure(s, failed, c->error))
			return err;
		++*failures;
	}
	return 0;
}

/* What is attached already waited for this. */
static void let_programs_run(struct session *s)
{
	if (!__atomic_load_n(&s->globals->exit_requested, __ATOMIC_ACQUIRE))
		__atomic_store_n(&s->globals->stop, 0, __ATOMIC_SEQ_CST);
}

/* A function whose call and return fire one program is one probe. */
static uint32_t count_session_returns(const struct session *s)
{
	uint32_t count = 0;

	for (size_t i = 0; i < s->program->probes.count; i++) {
		const struct program_probe *p = &s->program->probes.items[i];

		count += p->attach == ATTACH_KRETPROBE_SESSION && s->loader.is_session[p->function];
	}
	return count;
}

/* What a user waits for with many probes. */
static void tell_time(const char *what, uint64_t start_ns)
{
	log_verbose("%s took %.1f ms", what,
		    (double)(clock_now(CLOCK_MONOTONIC) - start_ns) / 1000000);
}

static int attach(struct session *s)
{
	struct attach_context c = {
		.host = s->host,
		.program = s->program,
		.function_fds = s->loader.function_fds,
		.is_session = s->loader.is_session,
		.map_fds = s->loader.map_fds,
		.target_pid = s->options->pid ? s->options->pid
			      : s->child.pid  ? s->child.pid
					      : -1,
		.reload = loader_reload,
		.load_for = loader_load_for,
		.take_link = loader_take_link,
		.reload_context = &s->loader,
		.is_interrupted = is_interrupted,
		.interrupt_context = s,
	};
	uint32_t failures = 0;
	uint64_t start_ns = clock_now(CLOCK_MONOTONIC);

	let_programs_run(s);
	int err = attach_each(s, &c, &failures);

	probes_attach_end(&c);
	tell_time("attaching", start_ns);
	if (err)
		return STATUS_SETUP;
	if (failures == s->program->probes.count) {
		report_error(&s->reporter, 0, "no probe could be attached");
		return STATUS_SETUP;
	}
	if (event_loop_signals(&s->loop) & LOOP_INTERRUPT)
		return STATUS_SETUP;
	if (s->options->is_dry_run)
		return 0;
	if (child_release(&s->child, s->options->command, &s->reporter))
		return STATUS_USAGE;
	if (!sequence_is_left(s))
		tell_attached(s, s->program->probes.count - failures - count_session_returns(s));
	notify_send("READY=1");
	return 0;
}

/* --- the loop ------------------------------------------------------------------------------- */

/* Tells the programs that it is over and where the line is: exit() has written it itself. */
static void note_exit(struct session *s)
{
	if (!__atomic_load_n(&s->globals->exit_requested, __ATOMIC_ACQUIRE))
		return;
	s->is_stopping = true;
	if (!s->exit_time_ns)
		s->exit_time_ns = __atomic_load_n(&s->globals->exit_time_ns, __ATOMIC_ACQUIRE);
}

struct round {
	struct session *session;
	size_t count;
	bool is_final; /* a Ctrl-C now is the second one, or as good as */
};

static bool handle_record(void *context, const struct event_header *record, size_t len)
{
	struct round *round = context;
	struct session *s = round->session;

	session_run_action(s, record, len);
	if (++round->count % HURRY_CHECK_ROUND == 0 && round->is_final &&
	    event_loop_signals(&s->loop) & LOOP_INTERRUPT)
		s->is_hurried = true;
	return !s->is_hurried;
}

static size_t drain_round(struct session *s, uint64_t slack_ns, bool is_final)
{
	struct round round = { .session = s, .is_final = is_final };
	uint64_t now = clock_now(CLOCK_MONOTONIC);

	note_exit(s);
	if (s->mappings)
		mappings_drain(s->mappings);
	rings_drain(&s->rings, now, now - slack_ns, handle_record, &round);
	packets_drain(&s->packets, handle_record, &round);
	loss_poll(&s->loss, s->output, now);
	output_batch_done(s->output);
	return round.count;
}

static void handle_sources(struct session *s, unsigned int happened)
{
	happened |= s->deferred;
	s->deferred = 0;
	if (happened & (LOOP_INTERRUPT | LOOP_CHILD | LOOP_TARGET))
		s->is_stopping = true;
	if (happened & LOOP_USER_SIGNAL)
		run_programs(s, ATTACH_SIGNAL, SIGUSR1);
}

/* How long to wait: not at all if there is something to do, a moment while data flows (the rings
 * then send no wake-ups, ring.h), else for ever. */
static int wait_time(struct session *s, size_t handled)
{
	if (handled)
		return POLL_MS;
	if (!rings_rest(&s->rings))
		return POLL_MS; /* too new to be told apart from what is still to come */
	/* From here on a program that submits wakes us; one that called exit() before may not. */
	note_exit(s);
	output_idle(s->output);
	packets_flush(&s->packets);
	return s->is_stopping ? 0 : -1;
}

/* Begin and end probes only: nothing will ever come. */
static bool has_sources(const struct session *s)
{
	const struct program *p = s->program;

	for (size_t i = 0; i < p->probes.count; i++)
		if (p->probes.items[i].attach != ATTACH_BEGIN &&
		    p->probes.items[i].attach != ATTACH_END)
			return true;
	return s->options->command || s->options->pid;
}

static void loop(struct session *s)
{
	s->is_stopping = !has_sources(s);
	note_exit(s);
	while (!s->is_stopping) {
		size_t handled = drain_round(s, RING_SLACK_NS, false);

		if (output_error(s->output))
			s->is_stopping = true;
		if (!s->is_stopping)
			handle_sources(s, event_loop_wait(&s->loop, wait_time(s, handled)));
		note_exit(s);
	}
}

/* Between two reads of an iterator. */
static void look_around(struct session *s)
{
	drain_round(s, 0, false);
	if (output_error(s->output))
		s->is_stopping = true;
	handle_sources(s, event_loop_wait(&s->loop, 0));
}

/* --- the end -------------------------------------------------------------------------------- */

/* Prints what is in the rings until nothing is, not even a record still being written. */
static void drain_all(struct session *s)
{
	uint64_t limit = clock_now(CLOCK_MONOTONIC) + QUIET_LIMIT_NS;

	while (!s->is_hurried) {
		if (drain_round(s, 0, true)) {
			limit = clock_now(CLOCK_MONOTONIC) + QUIET_LIMIT_NS;
			continue;
		}
		if (!rings_pending(&s->rings) || clock_now(CLOCK_MONOTONIC) > limit)
			break;
		sched_yield();
	}
}

static int compare_map_names(const void *a, const void *b, void *context)
{
	const struct program *p = context;
	const uint32_t *left = a, *right = b;

	return strcmp(program_string(p, p->maps.items[*left].name),
		      program_string(p, p->maps.items[*right].name));
}

static void print_maps(struct session *s)
{
	const struct program *p = s->program;
	uint32_t *order = ARENA_ARRAY(&s->arena, uint32_t, p->maps.count + 1);
	size_t count = 0;

	if (!p->config.print_maps_on_exit)
		return;
	for (uint32_t i = 0; i < p->maps.count; i++)
		if (p->maps.items[i].role == MAP_ROLE_USER)
			order[count++] = i;
	qsort_r(order, count, sizeof(*order), compare_map_names, (void *)p);
	for (size_t i = 0; i < count; i++)
		session_print_map(s, order[i], &(struct map_print){ 0 });
}

static void report_losses(struct session *s)
{
	size_t count = s->program->functions.count;
	uint64_t *misses = ARENA_ARRAY(&s->arena, uint64_t, count + 1);

	for (size_t i = 0; i < count; i++)
		misses[i] = loader_recursion_misses(&s->loader, (uint32_t)i);
	loss_report(&s->loss, s->output, misses);
}

static void finish(struct session *s)
{
	__atomic_store_n(&s->globals->stop, 1, __ATOMIC_SEQ_CST);
	notify_send("STOPPING=1");
	child_stop(&s->child);
	drain_all(s);
	run_programs(s, ATTACH_END, 0);
	drain_all(s);
	if (s->output->ops->end)
		s->output->ops->end(s->output);
	print_maps(s);
	output_flush(s->output);
	session_report_repeats(s);
	report_losses(s);
	output_flush(s->output);
}

/* exit()'s code, or 1 if the output could not be written; a closed pipe is a way to end. */
static int exit_status(struct session *s)
{
	int err = output_error(s->output);

	if (err && err != EPIPE) {
		report_error(&s->reporter, 0, "cannot write the output: %s", strerror(err));
		return STATUS_USAGE;
	}
	return s->globals->exit_requested ? (int)(s->globals->exit_code & 0xff) : 0;
}

static void session_init(struct session *s, const struct program *p, struct host *host,
			 const struct session_options *options)
{
	*s = (struct session){
		.program = p,
		.options = options,
		.host = host,
		.reporter = { p, options->use_color, options->hide_warnings },
		.loop = EVENT_LOOP_INIT,
		.child = CHILD_INIT,
		.target_fd = -1,
	};
	arena_init(&s->arena);
	arena_init(&s->event_arena);
}

static void session_free(struct session *s)
{
	uint64_t start_ns = clock_now(CLOCK_MONOTONIC);
	bool is_attached = s->links.count;

	child_stop(&s->child);
	probes_detach(&s->links);
	if (is_attached)
		tell_time("detaching", start_ns);
	rings_close(&s->rings);
	packets_close(&s->packets);
	if (s->globals_mapped)
		munmap(s->globals, s->globals_mapped);
	else
		free(s->globals);
	loader_free(&s->loader);
	free(s->relieved.bytes);
	output_close(s->output);
	output_close(s->plain);
	event_loop_free(&s->loop);
	if (s->target_fd >= 0)
		close(s->target_fd);
	names_free(&s->names);
	mappings_destroy(s->mappings);
	strbuf_free(&s->text);
	arena_free(&s->event_arena);
	arena_free(&s->arena);
}

/* 0 or the exit status. */
static int run(struct session *s)
{
	int failed = 0;

	if (s->mappings)
		mappings_scan(s->mappings, s->options->pid);
	if (sequence_is_used(s))
		failed = sequence_run(s, look_around);
	else
		loop(s);
	if (failed)
		return STATUS_SETUP;
	if (sequence_is_left(s)) /* it goes on without us */
		return 0;
	finish(s);
	return exit_status(s);
}

int session_run(const struct program *p, const struct bpf_object_bytes *object, struct host *host,
		const struct session_options *options)
{
	struct session s;

	session_init(&s, p, host, options);
	int status = open_output(&s);
	status = status ?: open_loop(&s);
	status = status ?: open_target(&s);
	status = status ?: load(&s, object);
	status = status ?: prepare(&s);
	status = status ?: open_packets(&s);
	status = status ?: open_mappings(&s);
	status = status ?: write_globals(&s);
	status = status ?: run_begin(&s);
	status = status ?: attach(&s);
	if (!status && !options->is_dry_run)
		status = run(&s);
	session_free(&s);
	return status;
}

int session_check_format(const char *format, const char **names)
{
	return output_find(format, names) ? 0 : -EINVAL;
}
