/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --info, --list-builtins, --explain and the tables of the manual. All of it is read off the tables of the code,
 * so nothing here needs a change when a built-in, an option or a probe type is added.
 *
 * Features of the kernel are tried, not guessed from its version: a map is created, a program loaded.
 */
#include "cli/inspect.h"

#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/utsname.h>
#include "builtins/builtin.h"
#include "cli/message.h"
#include "cli/settings.h"
#include "diag/explain.h"
#include "probes/probe.h"
#include "stdlib/stdlib.h"
#include "util/text.h"

/* --- --info ---------------------------------------------------------------------------------------- */
enum feature_kind { FEATURE_HELPER, FEATURE_MAP, FEATURE_PROGRAM, FEATURE_CHECK };

struct feature {
	const char *name;
	enum feature_kind kind;
	int id;		   /* BPF_FUNC_*, BPF_MAP_TYPE_*, BPF_PROG_TYPE_* */
	int (*check)(struct host *h); /* FEATURE_CHECK: 1 yes, 0 no */
};

static int check_btf(struct host *h)
{
	return host_has_btf(h);
}

static int check_tracefs(struct host *h)
{
	const char *why;

	return host_tracefs(h, &why) != NULL;
}

static const struct feature helper_features[] = {
	{ "probe_read_kernel", FEATURE_HELPER, BPF_FUNC_probe_read_kernel, NULL },
	{ "probe_read_user_str", FEATURE_HELPER, BPF_FUNC_probe_read_user_str, NULL },
	{ "ktime_get_boot_ns", FEATURE_HELPER, BPF_FUNC_ktime_get_boot_ns, NULL },
	{ "ktime_get_tai_ns", FEATURE_HELPER, BPF_FUNC_ktime_get_tai_ns, NULL },
	{ "get_ns_current_pid_tgid", FEATURE_HELPER, BPF_FUNC_get_ns_current_pid_tgid, NULL },
	{ "get_current_cgroup_id", FEATURE_HELPER, BPF_FUNC_get_current_cgroup_id, NULL },
	{ "send_signal", FEATURE_HELPER, BPF_FUNC_send_signal, NULL },
	{ "ringbuf_reserve", FEATURE_HELPER, BPF_FUNC_ringbuf_reserve, NULL },
	{ "for_each_map_elem", FEATURE_HELPER, BPF_FUNC_for_each_map_elem, NULL },
	{ "loop", FEATURE_HELPER, BPF_FUNC_loop, NULL },
	{ "map_lookup_percpu_elem", FEATURE_HELPER, BPF_FUNC_map_lookup_percpu_elem, NULL },
};

static const struct feature kernel_features[] = {
	{ "BTF of the kernel", FEATURE_CHECK, 0, check_btf },
	{ "tracefs", FEATURE_CHECK, 0, check_tracefs },
	{ "hash map", FEATURE_MAP, BPF_MAP_TYPE_HASH, NULL },
	{ "per-CPU hash map", FEATURE_MAP, BPF_MAP_TYPE_PERCPU_HASH, NULL },
	{ "per-CPU array", FEATURE_MAP, BPF_MAP_TYPE_PERCPU_ARRAY, NULL },
	{ "ring buffer", FEATURE_MAP, BPF_MAP_TYPE_RINGBUF, NULL },
	{ "stack trace map", FEATURE_MAP, BPF_MAP_TYPE_STACK_TRACE, NULL },
};

static const struct feature probe_features[] = {
	{ "tracepoint", FEATURE_PROGRAM, BPF_PROG_TYPE_TRACEPOINT, NULL },
	{ "raw_tracepoint", FEATURE_PROGRAM, BPF_PROG_TYPE_RAW_TRACEPOINT, NULL },
	{ "perf_event", FEATURE_PROGRAM, BPF_PROG_TYPE_PERF_EVENT, NULL },
};

static bool has_feature(const struct feature *f, struct host *h)
{
	switch (f->kind) {
	case FEATURE_HELPER:
		return libbpf_probe_bpf_helper(BPF_PROG_TYPE_KPROBE, f->id, NULL) == 1;
	case FEATURE_MAP:
		return libbpf_probe_bpf_map_type(f->id, NULL) == 1;
	case FEATURE_PROGRAM:
		return libbpf_probe_bpf_prog_type(f->id, NULL) == 1;
	case FEATURE_CHECK:
		return f->check(h);
	}
	return false;
}

/* Two columns of width 35, as "  name: yes". */
static void print_features(const char *title, const struct feature *features, size_t count,
			   struct host *h)
{
	printf("\n%s\n", title);
	for (size_t i = 0; i < count; i++) {
		char cell[64];
		bool is_last = i % 2 || i + 1 == count;

		snprintf(cell, sizeof(cell), "  %s: %s", features[i].name,
			 has_feature(&features[i], h) ? "yes" : "no");
		printf(is_last ? "%s\n" : "%-35s", cell);
	}
}

/* PRETTY_NAME of os-release(5), or "Linux". */
static void print_os(void)
{
	auto_fclose FILE *f = fopen("/etc/os-release", "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		char *value = line + strlen("PRETTY_NAME=");

		if (!text_starts_with(line, "PRETTY_NAME="))
			continue;
		value += *value == '"';
		value[strcspn(value, "\"\n")] = '\0';
		printf("  OS: %s\n", value);
		return;
	}
	puts("  OS: Linux");
}

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int inspect_info(void)
{
	const char *missing = host_missing_privilege();
	struct utsname system;
	struct host *h;

	if (missing) {
		cli_error("missing privilege: --info tries what the kernel can do and needs %s",
			  missing);
		cli_hint("run it as root, or with CAP_BPF and CAP_PERFMON");
		return EXIT_FAILURE;
	}
	uname(&system);
	puts("System");
	print_os();
	printf("  Arch: %s\n  Kernel: %s %s\n", system.machine, system.release, system.version);
	puts("\nBuild");
	printf("  version: v%s\n  LLVM: %s (%s)\n  libbpf: %s\n", BITTERN_VERSION,
	       BITTERN_LLVM_VERSION, BITTERN_LLVM_LINK, libbpf_version_string());
	libbpf_set_print(silent);
	h = host_create();
	print_features("Kernel helpers", helper_features, ARRAY_SIZE(helper_features), h);
	print_features("Kernel features", kernel_features, ARRAY_SIZE(kernel_features), h);
	print_features("Probe types", probe_features, ARRAY_SIZE(probe_features), h);
	host_destroy(h);
	return EXIT_SUCCESS;
}

/* --- --list-builtins ------------------------------------------------------------------------------- */
/* `name(args)` and, of functions with a fixed result, ` -> result`. */
static void print_signature(const struct builtin *b)
{
	const char *arrow = strstr(b->signature, "->");

	if (b->flags & BUILTIN_VARIABLE && b->signature[0] != '(' && !arrow)
		printf("%s : %s", b->name, b->signature);
	else if (text_starts_with(b->signature, b->name))
		fputs(b->signature, stdout);
	else
		printf("%s%s%s", b->name, b->signature[0] == '(' ? "" : " : ", b->signature);
}

static void list_builtin(const struct builtin *b, const char *group, void *context)
{
	const char **last_group = context;

	if (*last_group != group)
		printf("%s%s:\n", *last_group ? "\n" : "", group);
	*last_group = group;
	fputs("    ", stdout);
	print_signature(b);
	printf("%s\n        %s\n", b->flags & BUILTIN_UNSAFE ? "   (needs --unsafe)" : "", b->help);
}

int inspect_list_builtins(void)
{
	const char *group = NULL;

	builtin_each(list_builtin, &group);
	puts("\nlibrary:");
	for (size_t i = 0; i < stdlib_macro_count; i++)
		printf("    %s\n        %s\n", stdlib_macros[i].signature, stdlib_macros[i].help);
	return EXIT_SUCCESS;
}

/* --- --explain ------------------------------------------------------------------------------------- */
int inspect_explain(const char *name)
{
	enum diag_id id = name ? diag_id_find(name) : DIAG_COUNT;
	const char *near;

	if (id < DIAG_COUNT) {
		diag_explain(stdout, id);
		return EXIT_SUCCESS;
	}
	if (!name) {
		for (id = 0; id < DIAG_COUNT; id++)
			printf("    %-24s %s\n", diag_id_name(id), diag_id_meaning(id));
		return EXIT_SUCCESS;
	}
	cli_error("there is no diagnostic '%s'", name);
	near = diag_id_nearest(name);
	if (near)
		cli_hint("did you mean '%s'?", near);
	else
		cli_hint("--explain without an id lists all");
	return EXIT_FAILURE;
}

/* --- tables of the manual -------------------------------------------------------------------------- */
static void man_builtin(const struct builtin *b, const char *group, void *context)
{
	const char **last_group = context;

	if (*last_group != group)
		printf(".SS %s\n", group);
	*last_group = group;
	fputs(".TP\n.B \\&", stdout);
	print_signature(b);
	printf("\n\\&%s\n", b->help);
	if (b->flags & BUILTIN_UNSAFE)
		puts("Needs \\fB\\-\\-unsafe\\fR.");
}

static void man_builtins(FILE *f)
{
	const char *group = NULL;

	builtin_each(man_builtin, &group);
	fputs(".SS library\n", f);
	for (size_t i = 0; i < stdlib_macro_count; i++)
		fprintf(f, ".TP\n.B \\&%s\n\\&%s\n", stdlib_macros[i].signature,
			stdlib_macros[i].help);
}

static void man_probes(FILE *f)
{
	for (size_t i = 0; probe_types[i]; i++) {
		const struct probe_ops *type = probe_types[i];

		fprintf(f, ".TP\n.B \\&%s\n\\&%s\n", type->syntax, type->help);
		if (type->aliases && *type->aliases)
			fprintf(f, "Short: \\fB%s\\fR.\n", type->aliases);
	}
}

static void man_diagnostics(FILE *f)
{
	for (int i = 0; i < DIAG_COUNT; i++)
		fprintf(f, ".TP\n.B %s\n\\&%s\n", diag_id_name(i), diag_id_meaning(i));
}

static void print_function(const struct host_function *f, void *file)
{
	/* For all others the language has a way of its own. */
	if (f->instead)
		fprintf(file, "\\fB%s\\fR\t%s\t%s\n", f->name, f->since, f->instead);
}

static void man_functions(FILE *f)
{
	host_each_function(print_function, f);
}

int inspect_man_table(const char *table)
{
	static const struct {
		const char *name;
		void (*print)(FILE *f);
	} tables[] = {
		{ "options", options_print_man },     { "environment", settings_print_man },
		{ "config", settings_print_man_config },
		{ "builtins", man_builtins },	      { "probes", man_probes },
		{ "diagnostics", man_diagnostics },   { "functions", man_functions },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		if (!strcmp(table, tables[i].name)) {
			tables[i].print(stdout);
			return EXIT_SUCCESS;
		}
	}
	cli_error("there is no table '%s' for the manual", table);
	return EXIT_FAILURE;
}
