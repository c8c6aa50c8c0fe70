/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attaching, live: programs of three instructions count hits in a map, and system calls of this
 * process make them. Skipped where BPF is not allowed. The call used, personality(2), is one that
 * nobody else makes while the tests run.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "probes/probe.h"
#include "unit/harness.h"

#define COUNTERS 8

static struct host *host;
static struct program program;
static int function_fds[COUNTERS], map_fds[1], counters_fd;
static uint64_t *counters;
static struct program_globals *globals;
static struct attach_context context;
static struct probe_links links;

static int create_page_map(void **page)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bt_test", 4, 4096, 1, &options);

	*page = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return fd;
}

/* A program that adds one to counter `index`. */
static int load_counter(uint32_t type, int index)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_VALUE,
		  .imm = counters_fd },
		{ .imm = index * 8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 1 },
		{ .code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = 1, .src_reg = 2,
		  .imm = BPF_ADD },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(type, "bt_test", "GPL", insns, ARRAY_SIZE(insns), NULL);
}

static int reload(void *unused, uint32_t function, uint32_t type)
{
	(void)unused;
	return load_counter(type, (int)function);
}

static bool setup(void)
{
	void *page;

	host = host_create();
	program_init(&program);
	links = (struct probe_links){ 0 };
	memset(function_fds, -1, sizeof(function_fds));
	counters_fd = create_page_map(&page);
	counters = page;
	map_fds[0] = create_page_map(&page);
	globals = page;
	vec_push(&program.maps, ((struct program_map){ .role = MAP_ROLE_GLOBALS }));
	context = (struct attach_context){ .host = host, .program = &program,
					   .function_fds = function_fds, .map_fds = map_fds,
					   .target_pid = -1, .reload = reload };
	if (counters_fd >= 0 && map_fds[0] >= 0)
		return true;
	printf("skipped: no BPF: %s\n", strerror(errno));
	return false;
}

static void teardown(void)
{
	probes_detach(&links);
	for (int i = 0; i < COUNTERS; i++)
		if (function_fds[i] >= 0)
			close(function_fds[i]);
	if (counters_fd >= 0) {
		munmap(counters, 4096);
		munmap(globals, 4096);
		close(counters_fd);
		close(map_fds[0]);
	}
	program_free(&program);
	host_destroy(host);
}

/* A probe served by function `function`, which is loaded if it is not there. */
static struct program_probe *add_probe(uint32_t function, uint32_t type, enum program_attach attach,
				       const char *target, const char *event, int number)
{
	struct program_probe p = { .name = program_add_string(&program, event),
				   .function = function, .attach = attach,
				   .target = program_add_string(&program, target),
				   .event = program_add_string(&program, event),
				   .number = number };

	if (function_fds[function] < 0)
		function_fds[function] = load_counter(type, (int)function);
	vec_push(&program.probes, p);
	return &program.probes.items[program.probes.count - 1];
}

static void add_call(uint32_t function, enum program_attach direction, int number)
{
	add_probe(function, BPF_PROG_TYPE_RAW_TRACEPOINT, direction, "syscalls", "test", number);
}

static void attach_all(void)
{
	uint32_t next = 0, failed = 0;
	int err = probes_attach(&context, &next, &failed, &links);

	CHECK_EQ(err, 0);
	if (err)
		printf("probe %u: %s\n", failed, context.error);
}

static void call(int times)
{
	for (int i = 0; i < times; i++)
		personality(0xffffffff);
}

TEST(dispatches_system_calls)
{
	if (setup()) {
		add_call(0, ATTACH_SYSCALL_ENTER, SYS_personality);
		add_call(1, ATTACH_SYSCALL_EXIT, SYS_personality);
		add_call(2, ATTACH_SYSCALL_ENTER, SYS_swapoff);
		attach_all();
		CHECK_EQ(links.count, 2);
		call(100);
		CHECK_EQ(counters[0], 100);
		CHECK_EQ(counters[1], 100);
		CHECK_EQ(counters[2], 0);
		probes_detach(&links);
		call(10);
		CHECK_EQ(counters[0], 100);
	}
	teardown();
}

TEST(several_functions_of_one_call)
{
	if (setup()) {
		add_call(0, ATTACH_SYSCALL_ENTER, SYS_personality);
		add_call(1, ATTACH_SYSCALL_ENTER, SYS_personality);
		add_call(1, ATTACH_SYSCALL_ENTER, SYS_swapoff);
		add_call(2, ATTACH_SYSCALL_ENTER, SYS_personality);
		attach_all();
		CHECK_EQ(links.count, 1);
		call(5);
		swapoff("");
		CHECK_EQ(counters[0], 5);
		CHECK_EQ(counters[1], 6);
		CHECK_EQ(counters[2], 5);
	}
	teardown();
}

TEST(stop_flag_silences_the_dispatcher)
{
	if (setup()) {
		add_call(0, ATTACH_SYSCALL_ENTER, SYS_personality);
		attach_all();
		globals->stop = 1;
		call(5);
		CHECK_EQ(counters[0], 0);
		globals->stop = 0;
		call(5);
		CHECK_EQ(counters[0], 5);
	}
	teardown();
}

TEST(a_guarded_function_is_attached_itself)
{
	if (setup()) {
		add_call(0, ATTACH_SYSCALL_ENTER, SYS_personality);
		program.probes.items[0].is_guarded = true;
		attach_all();
		CHECK_EQ(links.items[0].fd_count, 1);
		call(5);
		getppid();
		CHECK(counters[0] >= 6); /* this one tests nothing: it sees all calls */
	}
	teardown();
}

#ifdef __x86_64__
/* Call 136 (personality) of the 32-bit table is not 135, the native one; 135 there is sysfs. */
static void call_32_bit(void)
{
	long result = SYS_personality;

	__asm__ volatile("int $0x80" : "+a"(result) : "b"(99L), "c"(0L), "d"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
}

TEST(calls_of_32_bit_tasks_are_left_out)
{
	if (setup()) {
		int status = -1;
		pid_t child;

		add_call(0, ATTACH_SYSCALL_ENTER, SYS_personality);
		add_call(1, ATTACH_SYSCALL_EXIT, SYS_personality);
		attach_all();
		child = fork();
		if (!child) {
			signal(SIGSEGV, SIG_DFL);
			call_32_bit();
			_exit(0);
		}
		waitpid(child, &status, 0);
		if (status)
			printf("skipped: this kernel has no 32-bit calls\n");
		CHECK_EQ(counters[0], 0);
		CHECK_EQ(counters[1], 0);
		call(1);
		CHECK_EQ(counters[0], 1);
	}
	teardown();
}
#endif

TEST(all_system_calls_attach_quickly)
{
	if (setup()) {
		struct timespec a, b;
		double ms;

		for (int i = 0; i < 360; i++) {
			add_call(0, ATTACH_SYSCALL_ENTER, i);
			add_call(1, ATTACH_SYSCALL_EXIT, i);
		}
		clock_gettime(CLOCK_MONOTONIC, &a);
		attach_all();
		clock_gettime(CLOCK_MONOTONIC, &b);
		ms = (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
		printf("720 system call probes attached in %.1f ms\n", ms);
		CHECK(ms < 500);
		call(3);
		CHECK(counters[0] >= 3);
		CHECK(counters[1] >= 3);
	}
	teardown();
}

TEST(raw_tracepoint_and_its_fall_back)
{
	const char *why = NULL;

	if (setup() && host_tracefs(host, &why)) {
		add_probe(0, BPF_PROG_TYPE_RAW_TRACEPOINT, ATTACH_RAW_TRACEPOINT, "raw_syscalls",
			  "sys_enter", -1);
		/* There is no raw tracepoint of that name, but an event. */
		add_probe(1, BPF_PROG_TYPE_RAW_TRACEPOINT, ATTACH_RAW_TRACEPOINT, "syscalls",
			  "sys_enter_personality", -1);
		attach_all();
		call(5);
		CHECK(counters[0] >= 5);
		CHECK_EQ(counters[1], 5);
	}
	teardown();
}

TEST(failures_name_the_probe_and_the_rest_goes_on)
{
	if (setup()) {
		uint32_t next = 0, failed = 99;

		add_call(0, ATTACH_SYSCALL_ENTER, SYS_personality);
		add_probe(1, BPF_PROG_TYPE_RAW_TRACEPOINT, ATTACH_RAW_TRACEPOINT, "",
			  "no_such_event", -1);
		add_call(2, ATTACH_SYSCALL_EXIT, SYS_personality);
		CHECK_EQ(probes_attach(&context, &next, &failed, &links), -ENOENT);
		CHECK_EQ(failed, 1);
		CHECK(strstr(context.error, "no_such_event"));
		CHECK_EQ(probes_attach(&context, &next, &failed, &links), 0);
		call(2);
		CHECK_EQ(counters[0], 2);
		CHECK_EQ(counters[2], 2);
	}
	teardown();
}

static void add_clock(uint32_t function, enum program_attach attach, uint64_t sample)
{
	struct program_probe *p = add_probe(function, BPF_PROG_TYPE_PERF_EVENT, attach, "", "ms",
					    -1);

	p->perf_type = PERF_TYPE_SOFTWARE;
	p->perf_config = PERF_COUNT_SW_CPU_CLOCK;
	p->sample = sample;
}

static bool interrupted_at_second(void *asked)
{
	return ++*(int *)asked == 2;
}

TEST(an_interrupt_stops_attaching)
{
	uint32_t next = 0, failed = 0;
	int asked = 0;

	if (setup()) {
		add_probe(0, BPF_PROG_TYPE_RAW_TRACEPOINT, ATTACH_RAW_TRACEPOINT, "sched",
			  "sched_process_fork", -1);
		add_probe(1, BPF_PROG_TYPE_RAW_TRACEPOINT, ATTACH_RAW_TRACEPOINT, "sched",
			  "sched_process_exit", -1);
	context.is_interrupted = interrupted_at_second;
		context.interrupt_context = &asked;
		CHECK_EQ(probes_attach(&context, &next, &failed, &links), -EINTR);
		CHECK_EQ(links.count, 1);
	}
	teardown();
}

/* On virtual machines a CPU that idles may miss most of its ticks, so that only the first CPU's
 * number, and the number of events, are exact. */
TEST(clocks)
{
	if (setup()) {
		struct timespec start, end;
		unsigned int cpus;
		uint64_t most;

		host_online_cpus(host, &cpus);
		add_clock(0, ATTACH_PERF_ONE_CPU, 10000000);
		add_clock(1, ATTACH_PERF_EACH_CPU, 10000000);
		clock_gettime(CLOCK_MONOTONIC, &start);
		attach_all();
		CHECK_EQ(links.items[1].fd_count, 2 * cpus);
		usleep(205000);
		probes_detach(&links);
		clock_gettime(CLOCK_MONOTONIC, &end);
		most = (uint64_t)(end.tv_sec - start.tv_sec) * 100 + 105; /* ticks of 10 ms */
		CHECK(counters[0] >= 5 && counters[0] <= most);
		CHECK(counters[1] >= 5 && counters[1] <= most * cpus);
	}
	teardown();
}

TEST(events_of_one_process)
{
	if (setup()) {
		struct program_probe *p;

		context.target_pid = getpid();
		p = add_probe(0, BPF_PROG_TYPE_PERF_EVENT, ATTACH_PERF_EACH_CPU, "", "cs", -1);
		p->perf_type = PERF_TYPE_SOFTWARE;
		p->perf_config = PERF_COUNT_SW_CONTEXT_SWITCHES;
		p->sample = 1;
		attach_all();
		for (int i = 0; i < 20; i++)
			usleep(1000);
		CHECK(counters[0] >= 20 && counters[0] < 2000);
		probes_detach(&links);
		program.probes.count = 0;
		context.target_pid = 0x3ffffff;
		add_clock(0, ATTACH_PERF_EACH_CPU, 1000000);
		CHECK_EQ(probes_attach(&context, &(uint32_t){ 0 }, &(uint32_t){ 0 }, &links),
			 -ESRCH);
		CHECK(strstr(context.error, "does not exist"));
	}
	teardown();
}
