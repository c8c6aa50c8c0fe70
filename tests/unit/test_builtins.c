/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of all groups: well-formed, complete, found by name, and together with the planned names
 * all of spec builtins.md. */
#include "builtins/builtin.h"
#include "stdlib/stdlib.h"
#include "unit/harness.h"

#define HELP_MAX 90

/* Names in spec builtins.md §1 to §8. */
static const char *const specified[] = {
	"arg0", "arg1", "args", "retval", "ctx", "pid", "tid", "uid", "gid", "username", "comm",
	"cpu", "ncpus", "cgroup", "curtask", "func", "probe", "probetype", "elapsed", "nsecs",
	"rand", "jiffies", "numaid", "usermode", "cpid", "has_cpid", "ppid", "pcomm", "leader_tid",
	"leader_comm", "config", "kstack", "ustack", "printf", "errorf", "warnf", "debugf", "fail",
	"print", "clear", "zero", "time", "cat", "system", "join", "exit", "assert",
	"static_assert", "skboutput", "unwatch", "strftime", "dw_ustack", "len", "ksym", "usym",
	"kaddr", "percpu_kaddr", "uaddr", "reg", "elf_is_exe", "elf_info", "str", "buf", "kptr",
	"uptr", "path", "strncmp", "strlen", "strcap", "strstr", "strcontains", "str_concat",
	"memcmp", "strerror", "signal_name", "syscall_name", "is_err", "bswap", "macaddr", "ntop",
	"pton", "write_user", "container_of", "default_str_length", "count", "sum", "min", "max",
	"avg", "stats", "hist", "lhist", "tseries", "delete", "has_key", "find", "is_scalar",
	"signal", "signal_thread", "override", "cgroupid", "cgroup_path", "socket_cookie",
	"is_str", "is_ptr", "is_array", "is_integer", "is_unsigned_integer", "is_literal",
	"kfunc_exist", "kfunc_allowed", "getopt",
};

static void check_row(const struct builtin *b, const char *group, void *context)
{
	unsigned int *count = context;
	struct signature s;

	(*count)++;
	CHECK(group && *group);
	CHECK(b->help && strlen(b->help) <= HELP_MAX && b->help[strlen(b->help) - 1] == '.');
	signature_parse(b->signature, &s);
	CHECK(!strchr(b->signature, '(') ||
	      !strncmp(b->signature, b->name, strlen(b->name)));
	CHECK(strcmp(s.result, "?") || b->type || b->fold);
	CHECK(b->emit || b->check || b->fold);
	CHECK(s.min_args == 0 || !(b->flags & BUILTIN_VARIABLE));
	/* Found under its name: no earlier row has it. */
	CHECK(builtin_find(b->name) == b);
	CHECK(!builtin_is_planned(b->name));
}

TEST(rows_are_complete)
{
	unsigned int count = 0;

	builtin_each(check_row, &count);
	CHECK(count > 50);
}

TEST(every_specified_name_is_there_or_planned)
{
	for (size_t i = 0; i < ARRAY_SIZE(specified); i++) {
		bool is_there = builtin_find(specified[i]) || stdlib_find(specified[i]) ||
				builtin_is_planned(specified[i]);

		if (!is_there)
			fprintf(stderr, "%s\n", specified[i]);
		CHECK(is_there);
	}
}

TEST(library_rows_are_complete)
{
	for (size_t i = 0; i < stdlib_macro_count; i++) {
		const struct stdlib_macro *m = &stdlib_macros[i];

		CHECK(m->part < stdlib_part_count);
		CHECK(!strncmp(m->signature, m->name, strlen(m->name)));
		CHECK(m->help[strlen(m->help) - 1] == '.');
		CHECK(strstr(stdlib_parts[m->part].text, m->signature) != NULL);
		CHECK(i == 0 || strcmp(stdlib_macros[i - 1].name, m->name) <= 0);
		CHECK(stdlib_find(m->name) && !strcmp(stdlib_find(m->name)->name, m->name));
		CHECK(!builtin_is_planned(m->name));
	}
	CHECK(stdlib_find("") == NULL && stdlib_find("zzz") == NULL);
	CHECK_EQ_STR(builtin_nearest("leeder_tid"), "leader_tid");
}

TEST(names_behind_a_prefix)
{
	CHECK(builtin_find("__builtin_comm") == builtin_find("comm"));
	CHECK(builtin_find("__builtin_printf") == NULL);
}

TEST(arguments_by_number)
{
	CHECK(builtin_find("arg0") != NULL);
	CHECK(builtin_find("arg17") == builtin_find("arg0"));
	CHECK(builtin_find("arg") == NULL);
	CHECK(builtin_find("argc") == NULL);
	CHECK(builtin_find("arg1x") == NULL);
}

TEST(unknown_names)
{
	CHECK(builtin_find("prinft") == NULL);
	CHECK(!builtin_is_planned("prinft"));
	CHECK_EQ_STR(builtin_nearest("prinft"), "printf");
	CHECK_EQ_STR(builtin_nearest("strcontain"), "strcontains");
	CHECK(builtin_nearest("zzzzzzzzzzzz") == NULL);
}

TEST(flags)
{
	CHECK(builtin_find("system")->flags & BUILTIN_UNSAFE);
	CHECK(builtin_find("exit")->flags & BUILTIN_NO_RETURN);
	CHECK(builtin_find("count")->flags & BUILTIN_AGGREGATE);
	CHECK(builtin_find("pid")->flags & BUILTIN_VARIABLE);
	CHECK(!(builtin_find("printf")->flags & BUILTIN_VARIABLE));
}
