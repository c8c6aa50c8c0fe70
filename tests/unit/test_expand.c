/* SPDX-License-Identifier: Apache-2.0 */
/* Attach points → probes: what each type makes of its parts, and every way to get it wrong. */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <sys/syscall.h>
#include "probes/probe.h"
#include "probes/syscalls.h"
#include "unit/harness.h"

static struct arena arena;
static struct diag diag;
static struct type_table types;
static struct host *host;
static struct probe_list list;
static uint8_t missing_probes;

static struct probe_context context(void)
{
	return (struct probe_context){ .arena = &arena, .diag = &diag, .host = host,
				       .types = &types, .missing_probes = missing_probes };
}

static int resolve(const char *text)
{
	struct source *source = source_create(&arena, "test", text, strlen(text));
	struct loc loc = { source, 0, (uint32_t)strlen(text) };
	struct probe_context c = context();

	list = (struct probe_list){ 0 };
	diag_init(&diag, &arena);
	return probes_resolve(&c, text, NULL, loc, &list);
}

static void setup(void)
{
	arena_init(&arena);
	type_table_init(&types, &arena);
	host = host_create();
	host_provide_structs(host, &types);
	missing_probes = 0;
}

static void teardown(void)
{
	host_destroy(host);
	type_table_free(&types);
	arena_free(&arena);
}

static struct program_probe plan(const struct probe *p, bool uses_context, uint32_t *prog_type)
{
	struct program_probe row = { 0 };
	struct program program;

	program_init(&program);
	*prog_type = p->ops->plan(p, uses_context, &program, &row);
	program_free(&program);
	return row;
}

TEST(special_probes)
{
	uint32_t type;

	setup();
	CHECK_EQ(resolve("BEGIN"), 0);
	CHECK_EQ_STR(list.items[0]->name, "begin");
	CHECK_EQ(plan(list.items[0], false, &type).attach, ATTACH_BEGIN);
	CHECK_EQ(type, BPF_PROG_TYPE_RAW_TRACEPOINT);
	CHECK_EQ(resolve("end:*"), 0);
	CHECK_EQ_STR(list.items[0]->name, "end");
	CHECK_EQ(resolve("self:signal:SIGUSR1"), 0);
	CHECK_EQ(plan(list.items[0], false, &type).number, SIGUSR1);
	CHECK_EQ(resolve(""), 0);
	CHECK_EQ(list.count, 0);
	teardown();
}

static int resolve_first(const char *a, const char *b, const char *user_name)
{
	struct source *source = source_create(&arena, "test", "a | b", 5);
	struct probe_choice choices[] = {
		{ a, user_name, { source, 0, 1 } },
		{ b, user_name, { source, 4, 5 } },
	};
	struct probe_context c = context();

	list = (struct probe_list){ 0 };
	diag_init(&diag, &arena);
	return probes_resolve_first(&c, choices, 2, &list);
}

TEST(alternatives)
{
	setup();
	CHECK_EQ(resolve_first("begin", "end", NULL), 0);
	CHECK_EQ(list.count, 1);
	CHECK_EQ_STR(list.items[0]->name, "begin");
	/* The first is missing. */
	CHECK_EQ(resolve_first("tracepoint:no:such", "end", "mine"), 0);
	CHECK_EQ(list.count, 1);
	CHECK_EQ_STR(list.items[0]->name, "mine");
	CHECK_EQ(resolve_first("rawtracepoint:no_such_*", "interval:s:1", NULL), 0);
	CHECK_EQ(list.count, 1);
	CHECK_EQ(diag.error_count, 0);
	/* All are: one message. */
	CHECK_EQ(resolve_first("tracepoint:no:such", "*:no_such:*", NULL), -EINVAL);
	CHECK_EQ(diag.error_count, 1);
	CHECK_EQ(list.count, 0);
	/* A mistake is one even where it is not needed. */
	CHECK_EQ(resolve_first("begin", "ent", NULL), -EINVAL);
	CHECK_EQ(resolve_first("begin", "interval:s:0", NULL), -EINVAL);
	CHECK_EQ(resolve_first("interval:weeks:1", "begin", NULL), -EINVAL);
	CHECK_EQ(diag.error_count, 1);
	missing_probes = 2;
	CHECK_EQ(resolve_first("tracepoint:no:such", "tracepoint:no:more", NULL), 0);
	CHECK_EQ(diag.error_count, 0);
	CHECK_EQ(list.count, 0);
	teardown();
}

TEST(timers)
{
	uint32_t type;

	setup();
	CHECK_EQ(resolve("profile:hz:99"), 0);
	CHECK_EQ_STR(list.items[0]->name, "profile:hz:99");
	CHECK_EQ(plan(list.items[0], false, &type).attach, ATTACH_PERF_EACH_CPU);
	CHECK_EQ(type, BPF_PROG_TYPE_PERF_EVENT);
	CHECK(list.items[0]->is_frequency);
	CHECK_EQ(list.items[0]->count, 99);
	CHECK_EQ(resolve("i:s:2"), 0);
	CHECK_EQ_STR(list.items[0]->name, "interval:s:2");
	CHECK_EQ(plan(list.items[0], false, &type).attach, ATTACH_PERF_ONE_CPU);
	CHECK_EQ(list.items[0]->count, 2000000000);
	CHECK_EQ(resolve("interval:100ms"), 0);
	CHECK_EQ_STR(list.items[0]->name, "interval:us:100000");
	CHECK_EQ(list.items[0]->count, 100000000);
	CHECK_EQ(resolve("interval:us:0x10"), 0);
	CHECK_EQ(list.items[0]->count, 16000);
	teardown();
}

TEST(software_events)
{
	setup();
	CHECK_EQ(resolve("software:faults"), 0);
	CHECK_EQ(list.items[0]->perf_config, PERF_COUNT_SW_PAGE_FAULTS);
	CHECK_EQ(list.items[0]->count, 100);
	CHECK_EQ_STR(list.items[0]->name, "software:faults");
	CHECK_EQ(resolve("s:cs:5"), 0);
	CHECK_EQ(list.items[0]->count, 5);
	CHECK_EQ_STR(list.items[0]->name, "software:cs:5");
	CHECK_EQ(resolve("software:cpu-clock:*"), 0);
	CHECK_EQ(list.items[0]->count, 1000000);
	CHECK_EQ(resolve("software:dummy:"), 0);
	CHECK_EQ(list.items[0]->count, 1);
	teardown();
}

TEST(mistakes)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{ "begin:x", "begin requires 0 arguments, found 1" },
		{ "tracepoint:x", "tracepoint requires 2 arguments, found 1" },
		{ "profile:hz:1:2", "profile requires 1 or 2 arguments, found 3" },
		{ "interval:day:1", "'day' is not an accepted unit of time" },
		{ "interval:s:0", "0 must be at least 1" },
		{ "interval:s:x", "'x' is not a number" },
		{ "interval:999", "the minimum is 1000 or 1us" },
		{ "interval:s:10000000000", "too long a period" },
		{ "software:c*:1", "software events have no wildcards" },
		{ "software:cpu-clok:1", "did you mean 'cpu-clock'" },
		{ "self:signal:SIGHUP", "'SIGHUP' is not a supported signal" },
		{ "self:event:SIGUSR1", "'event' is not a supported trigger" },
		{ "uprobe:x:y", "uprobe probes are not supported yet" },
		{ "u:/bin/sh:main", "not supported yet" },
		{ "tracepont:a:b", "did you mean 'tracepoint'" },
		{ "tracepoint::x", "tracepoint needs a category" },
	};

	setup();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_free char *text = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);

		CHECK(resolve(rows[i].text) < 0);
		CHECK_EQ(diag.error_count, 1);
		diag_print(&diag, out, &(struct diag_print_options){ 0 });
		fclose(out);
		if (!strstr(text, rows[i].message))
			CHECK_EQ_STR(text, rows[i].message);
	}
	teardown();
}

/* --- with tracefs ----------------------------------------------------------------------------- */

static bool has_tracefs(void)
{
	const char *why = NULL;

	if (host_tracefs(host, &why))
		return true;
	printf("skipped: %s\n", why);
	return false;
}

TEST(tracepoints)
{
	uint32_t type;

	setup();
	if (has_tracefs()) {
		CHECK_EQ(resolve("tracepoint:sched:sched_switch"), 0);
		CHECK_EQ(list.count, 1);
		CHECK_EQ(plan(list.items[0], false, &type).attach, ATTACH_RAW_TRACEPOINT);
		CHECK_EQ(plan(list.items[0], true, &type).attach, ATTACH_TRACEPOINT);
		CHECK_EQ(type, BPF_PROG_TYPE_TRACEPOINT);
		CHECK_EQ(resolve("t:sched:sched_process_*"), 0);
		CHECK(list.count > 3);
		CHECK_EQ_STR(list.items[0]->name, "tracepoint:sched:sched_process_exec");
		CHECK(resolve("t:sched:sched_swich") < 0);
		missing_probes = 1;
		CHECK_EQ(resolve("t:sched:sched_swich"), 0);
		CHECK_EQ(diag.warning_count, 1);
		missing_probes = 2;
		CHECK_EQ(resolve("t:sched:sched_swich"), 0);
		CHECK_EQ(diag.warning_count, 0);
	}
	teardown();
}

TEST(tracepoint_suggestions)
{
	setup();
	if (has_tracefs()) {
		auto_free char *text = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);

		CHECK(resolve("tracepoint:syscall:sys_enter_openat") < 0);
		diag_print(&diag, out, &(struct diag_print_options){ 0 });
		CHECK(resolve("tracepoint:sched:sched_swich") < 0);
		diag_print(&diag, out, &(struct diag_print_options){ 0 });
		fclose(out);
		CHECK(strstr(text, "did you mean 'tracepoint:syscalls:sys_enter_openat'"));
		CHECK(strstr(text, "did you mean 'tracepoint:sched:sched_switch'"));
	}
	teardown();
}

TEST(wildcard_providers)
{
	setup();
	if (has_tracefs() && host_has_btf(host)) {
		CHECK_EQ(resolve("*:sched_switch"), 0);
		CHECK_EQ(list.count, 1);
		CHECK_EQ_STR(list.items[0]->name, "rawtracepoint:vmlinux:sched_switch");
		CHECK_EQ(resolve("trace*:sched:sched_switch"), 0);
		CHECK_EQ(list.count, 1);
		CHECK(resolve("*:nothing_like_this") < 0);
	}
	teardown();
}

TEST(syscall_arguments_come_from_registers)
{
	const struct type *args = NULL;
	struct field f;
	uint32_t type;

	setup();
	if (has_tracefs()) {
		struct probe_context c = context();

		CHECK_EQ(resolve("tracepoint:syscalls:sys_enter_openat"), 0);
		CHECK_EQ(list.items[0]->syscall_number, SYS_openat);
		CHECK_EQ(plan(list.items[0], true, &type).attach, ATTACH_SYSCALL_ENTER);
		CHECK_EQ(list.items[0]->ops->args(&c, list.items[0], list.items[0]->loc, &args), 0);
		CHECK_EQ(args->space, SPACE_SYSCALL);
		CHECK(type_find_field(args, "filename", &f));
		CHECK_EQ(f.source, FIELD_SYSCALL_ARG);
		CHECK_EQ(f.offset, 1);
		CHECK_EQ(f.type->kind, TYPE_POINTER);
		CHECK_EQ(f.type->space, SPACE_USER);
		CHECK(type_find_field(args, "common_pid", &f) && f.is_hidden);
		CHECK(type_find_field(args, "__syscall_nr", &f));
		CHECK_EQ(f.source, FIELD_SYSCALL_NUMBER);

		CHECK_EQ(resolve("tracepoint:syscalls:sys_exit_openat"), 0);
		CHECK_EQ(plan(list.items[0], true, &type).attach, ATTACH_SYSCALL_EXIT);
		CHECK_EQ(list.items[0]->ops->args(&c, list.items[0], list.items[0]->loc, &args), 0);
		CHECK(type_find_field(args, "ret", &f));
		CHECK_EQ(f.source, FIELD_SYSCALL_RETURN);
		CHECK_EQ_STR(f.type->spelling, "int64");
	}
	teardown();
}

TEST(record_arguments)
{
	const struct type *args = NULL;
	struct field f;

	setup();
	if (has_tracefs()) {
		struct probe_context c = context();

		CHECK_EQ(resolve("tracepoint:sched:sched_switch"), 0);
		CHECK_EQ(list.items[0]->ops->args(&c, list.items[0], list.items[0]->loc, &args), 0);
		CHECK_EQ(args->space, SPACE_CONTEXT);
		CHECK(type_find_field(args, "prev_comm", &f));
		CHECK_EQ_STR(f.type->spelling, "string[16]");
		CHECK_EQ(f.offset, 8);
		CHECK(type_find_field(args, "prev_pid", &f));
		CHECK_EQ_STR(f.type->spelling, "int32");
		CHECK_EQ(resolve("tracepoint:sched:sched_process_exec"), 0);
		CHECK_EQ(list.items[0]->ops->args(&c, list.items[0], list.items[0]->loc, &args), 0);
		CHECK(type_find_field(args, "filename", &f));
		CHECK(f.is_data_loc);
		CHECK_EQ_STR(f.type->spelling, "uint64");
	}
	teardown();
}

/* Every member of every event gets a type as large as the file says. */
TEST(all_events_have_types)
{
	setup();
	if (has_tracefs()) {
		struct probe_context c = context();

		CHECK_EQ(resolve("tracepoint:*:*"), 0);
		for (size_t i = 0; i < list.count; i++) {
			struct probe *p = list.items[i];
			const struct type *args = NULL;

			CHECK_EQ(p->ops->args(&c, p, p->loc, &args), 0);
			for (uint32_t j = 0; args && j < args->record->field_count; j++) {
				const struct field *f = &args->record->fields[j];

				if (!f->type || !type_size(f->type))
					printf("%s.%s has no size\n", p->name, f->name);
			}
		}
		CHECK(list.count > 500);
	}
	teardown();
}

/* Events of system calls that no number is known for, on this machine: none. */
TEST(all_syscall_events_have_numbers)
{
	setup();
	if (has_tracefs()) {
		CHECK_EQ(resolve("tracepoint:syscalls:*"), 0);
		for (size_t i = 0; i < list.count; i++) {
			if (list.items[i]->syscall_number < 0)
				printf("no number: %s\n", list.items[i]->name);
		}
		CHECK(list.count > 400);
	}
	CHECK_EQ(probes_syscall_number("newuname"), SYS_uname);
	CHECK_EQ(probes_syscall_number("nonsense"), -1);
	teardown();
}

TEST(raw_tracepoints)
{
	uint64_t limit = 0;
	uint32_t type;

	setup();
	if (host_has_btf(host)) {
		struct probe_context c = context();
		struct probe *p;

		CHECK_EQ(resolve("rt:sched_switch"), 0);
		p = list.items[0];
		CHECK_EQ_STR(p->name, "rawtracepoint:vmlinux:sched_switch");
		CHECK_EQ(plan(p, true, &type).attach, ATTACH_RAW_TRACEPOINT);
		CHECK_EQ(type, BPF_PROG_TYPE_RAW_TRACEPOINT);
		CHECK_EQ(p->ops->argument(&c, p, 1, &limit), 1);
		CHECK_EQ(p->ops->argument(&c, p, limit, &limit), -1);
		CHECK(limit >= 3);
		CHECK_EQ(resolve("rawtracepoint:vmlinux:sys_*"), 0);
		CHECK_EQ(list.count, 2);
		CHECK(resolve("rawtracepoint:nomodule:sys_enter") < 0);
		CHECK(resolve("rawtracepoint:sys_entr") < 0);
	} else {
		CHECK(resolve("rt:sched_switch") < 0);
	}
	teardown();
}

/* --- lists ------------------------------------------------------------------------------------ */

static struct strbuf listed;

static void take_listed(const char *name, const char *details, void *unused)
{
	(void)unused;
	strbuf_printf(&listed, "%s\n%s", name, details ? details : "");
}

static const char *list_of(const char *type, const char *pattern, bool is_verbose)
{
	struct probe_context c = context();
	struct probe_spec spec;
	const struct probe_ops *ops = probe_type_find(type);

	strbuf_clear(&listed);
	diag_init(&diag, &arena);
	CHECK_EQ(probe_spec_parse(&c, pattern, NULL, (struct loc){ 0 }, &spec), 0);
	CHECK_EQ(ops->list(&c, &spec, is_verbose, take_listed, NULL), 0);
	return strbuf_text(&listed);
}

TEST(lists)
{
	setup();
	CHECK_EQ_STR(list_of("software", "software:c*", false),
		     "software:context-switches:\nsoftware:cs:\nsoftware:cpu-clock:\n"
		     "software:cpu:\nsoftware:cpu-migrations:\n");
	CHECK_EQ_STR(list_of("interval", "interval:*", false),
		     "interval:hz:\ninterval:ms:\ninterval:s:\ninterval:us:\n");
	CHECK_EQ_STR(list_of("self", "self:*", false), "self:signal:SIGUSR1\n");
	CHECK_EQ_STR(list_of("self", "self:x", false), "");
	if (has_tracefs()) {
		CHECK_EQ_STR(list_of("t", "t:sched_switch", false),
			     "tracepoint:sched:sched_switch\n");
		CHECK_EQ_STR(list_of("t", "t:syscalls:sys_exit_read", true),
			     "tracepoint:syscalls:sys_exit_read\n    int __syscall_nr\n"
			     "    long ret\n");
	}
	if (host_has_btf(host))
		CHECK(strstr(list_of("rt", "rt:sys_exit", true),
			     "rawtracepoint:vmlinux:sys_exit\n    struct pt_regs * regs\n"
			     "    long "));
	teardown();
}
