/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option table and its reader.
 *
 * Options of the language's reference implementation that bittern does not have yet are rows too: they
 * are recognised and refused with one message, so that no wrapper takes them for a file name.
 */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include "cli/message.h"
#include "cli/settings.h"
#include "compiler.h"
#include "util/text.h"

#define PID_MAX 0x400000 /* the kernel's largest possible pid_max */

enum option_group { GROUP_SCRIPT, GROUP_OUTPUT, GROUP_INSPECT, GROUP_DEBUG, GROUP_HIDDEN,
		    GROUP_COUNT };

static const char *const group_titles[GROUP_COUNT] = {
	[GROUP_SCRIPT] = "Running",
	[GROUP_OUTPUT] = "Output",
	[GROUP_INSPECT] = "Looking around",
	[GROUP_DEBUG] = "Looking inside",
};

struct option_row {
	char short_name;       /* or 0 */
	const char *long_name; /* or NULL */
	const char *argument;  /* its name in help; NULL or "[...]": the option takes none itself */
	enum option_group group;
	/* Reads the argument into target; 0 or -EINVAL, reported. */
	int (*parse)(const struct option_row *row, void *target, const char *argument);
	size_t target; /* offset in struct options */
	int value;     /* for parse */
	const char *help;
	const char *man; /* more for the man page, or NULL */
};

/* "--long", or "-x" if there is no long name. */
static const char *row_name(const struct option_row *row)
{
	static char name[48];

	if (row->long_name)
		snprintf(name, sizeof(name), "--%s", row->long_name);
	else
		snprintf(name, sizeof(name), "-%c", row->short_name);
	return name;
}

static int parse_flag(const struct option_row *row, void *target, const char *argument)
{
	(void)row;
	(void)argument;
	*(bool *)target = true;
	return 0;
}

static int parse_once(const struct option_row *row, void *target, const char *argument)
{
	if (*(bool *)target) {
		cli_error("%s may be given once", row_name(row));
		return -EINVAL;
	}
	return parse_flag(row, target, argument);
}

static int parse_count(const struct option_row *row, void *target, const char *argument)
{
	(void)row;
	(void)argument;
	++*(unsigned int *)target;
	return 0;
}

static int parse_text(const struct option_row *row, void *target, const char *argument)
{
	(void)row;
	*(const char **)target = argument;
	return 0;
}

/* The first of several modes wins. */
static int parse_mode(const struct option_row *row, void *target, const char *argument)
{
	enum cli_mode *mode = target;

	(void)argument;
	if (*mode == CLI_RUN)
		*mode = row->value;
	return 0;
}

static int parse_man_table(const struct option_row *row, void *target, const char *argument)
{
	struct options *o = (struct options *)((char *)target - row->target);

	o->mode = CLI_MAN;
	return parse_text(row, target, argument);
}

static int parse_pid(const struct option_row *row, void *target, const char *argument)
{
	const char *why = "not a number";
	uint64_t pid;

	if (text_parse_u64(argument, strlen(argument), &pid, &why)) {
		cli_error("%s needs a process id, '%s' is none: %s", row_name(row), argument, why);
		return -EINVAL;
	}
	if (!pid || pid > PID_MAX) {
		cli_error("%s: %s is out of range, a process id is 1 to %d", row_name(row),
			  argument, PID_MAX);
		return -EINVAL;
	}
	if (!host_process_exists(pid)) {
		cli_error("%s: there is no process %llu", row_name(row), (unsigned long long)pid);
		return -EINVAL;
	}
	*(pid_t *)target = pid;
	return 0;
}

static int parse_format(const struct option_row *row, void *target, const char *argument)
{
	const char *names;

	if (session_check_format(argument, &names)) {
		cli_error("%s: there is no output format '%s'", row_name(row), argument);
		cli_hint("the formats are: %s", names);
		return -EINVAL;
	}
	return parse_text(row, target, argument);
}

static int parse_buffering(const struct option_row *row, void *target, const char *argument)
{
	static const struct {
		const char *name;
		enum output_buffering buffering;
	} modes[] = {
		{ "line", OUTPUT_LINE },
		{ "full", OUTPUT_FULL },
		{ "none", OUTPUT_NONE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!strcmp(argument, modes[i].name)) {
			*(enum output_buffering *)target = modes[i].buffering;
			return 0;
		}
	}
	cli_error("%s: there is no buffer mode '%s'", row_name(row), argument);
	cli_hint("the modes are: line full none");
	return -EINVAL;
}

static int find_stage(const char *name, size_t len)
{
	for (int i = 0; i < STAGE_COUNT; i++) {
		const char *stage = compiler_stage_name(i);

		if (strlen(stage) == len && !memcmp(stage, name, len))
			return i;
	}
	return -1;
}

static int parse_stages(const struct option_row *row, void *target, const char *argument)
{
	for (const char *at = argument;; at++) {
		size_t len = strcspn(at, ",");
		int stage = find_stage(at, len);

		if (stage < 0) {
			cli_error("%s: there is no stage '%.*s'", row_name(row), (int)len, at);
			fputs("HINT: the stages are:", stderr);
			for (int i = 0; i < STAGE_COUNT; i++)
				fprintf(stderr, " %s", compiler_stage_name(i));
			fputc('\n', stderr);
			return -EINVAL;
		}
		*(unsigned int *)target |= 1u << stage;
		at += len;
		if (!*at)
			return 0;
	}
}

static int parse_pass(const struct option_row *row, void *target, const char *argument)
{
	if (!strcmp(argument, "parse") || !strcmp(argument, "codegen"))
		return parse_text(row, target, argument);
	for (const struct sema_pass *pass = sema_passes; pass->name; pass++)
		if (!strcmp(argument, pass->name))
			return parse_text(row, target, argument);
	cli_error("%s: there is no pass '%s'", row_name(row), argument);
	fputs("HINT: the passes are: parse", stderr);
	for (const struct sema_pass *pass = sema_passes; pass->name; pass++)
		fprintf(stderr, " %s", pass->name);
	fputs(" codegen\n", stderr);
	return -EINVAL;
}

static int parse_ignored(const struct option_row *row, void *target, const char *argument)
{
	(void)row;
	(void)target;
	(void)argument;
	return 0;
}

static int parse_path(const struct option_row *row, void *target, const char *argument)
{
	struct path_list *list = target;

	if (list->count == ARRAY_SIZE(list->items)) {
		cli_error("%s may be given %zu times", row_name(row), ARRAY_SIZE(list->items));
		return -EINVAL;
	}
	list->items[list->count++] = argument;
	return 0;
}

static int parse_later(const struct option_row *row, void *target, const char *argument)
{
	(void)target;
	(void)argument;
	cli_error("%s is not supported yet", row_name(row));
	return -EINVAL;
}

#define AT(member) offsetof(struct options, member)
#define LATER(name, argument)                                                                      \
	{ 0, name, argument, GROUP_HIDDEN, parse_later, 0, 0, NULL, NULL }

static const struct option_row option_rows[] = {
	{ 'e', NULL, "PROGRAM", GROUP_SCRIPT, parse_text, AT(text), 0,
	  "run this text instead of a file",
	  "The last one wins. What follows the options are then parameters." },
	{ 'c', "cmd", "COMMAND", GROUP_SCRIPT, parse_text, AT(session.command), 0,
	  "run COMMAND and trace until it ends",
	  "COMMAND is split at blanks, without a shell. It starts when all probes are attached; its "
	  "process id is \\fBcpid\\fR." },
	{ 'p', "pid", "PID", GROUP_SCRIPT, parse_pid, AT(session.pid), 0,
	  "trace only this process, until it ends", NULL },
	{ 'I', NULL, "DIR", GROUP_SCRIPT, parse_path, AT(include_dirs), 0,
	  "look for C headers in DIR (may be repeated)",
	  "Before the system's directories. A kernel header (\\fIlinux/sched.h\\fR) is only read if it is "
	  "found in such a directory; its types are known without." },
	{ 0, "include", "FILE", GROUP_SCRIPT, parse_path, AT(include_files), 0,
	  "read the C header FILE before the script (may be repeated)", NULL },
	{ 0, "unsafe", NULL, GROUP_SCRIPT, parse_flag, AT(allow_unsafe), 0,
	  "allow functions that act on the system: system()", NULL },
	{ 0, "traceable-functions", "FILE", GROUP_SCRIPT, parse_text, AT(traceable_functions), 0,
	  "take the functions that can be traced from FILE",
	  "It replaces \\fIavailable_filter_functions\\fR and looks the same: a name on each line, "
	  "of a module's function with \\fI[module]\\fR behind it." },
	{ 0, "dry-run", NULL, GROUP_SCRIPT, parse_flag, AT(session.is_dry_run), 0,
	  "attach, then stop at once without output", NULL },

	{ 'o', "output", "FILE", GROUP_OUTPUT, parse_text, AT(session.output_path), 0,
	  "write the script's output to FILE", NULL },
	{ 'f', NULL, "FORMAT", GROUP_OUTPUT, parse_format, AT(session.output_format), 0,
	  "output format: text (default) or json", NULL },
	{ 'B', NULL, "MODE", GROUP_OUTPUT, parse_buffering, AT(session.buffering), 0,
	  "flush output after each line (default), when full, or none",
	  "\\fBline\\fR, \\fBfull\\fR or \\fBnone\\fR (no buffering: flush after every write)." },
	{ 'q', "quiet", NULL, GROUP_OUTPUT, parse_flag, AT(session.is_quiet), 0,
	  "leave out the line about attached probes", NULL },
	{ 'k', "warnings", NULL, GROUP_OUTPUT, parse_once, AT(session.show_quiet_sites), 0,
	  "report failed reads and look-ups of missing keys too",
	  "May be given once and not with \\fB--no-warnings\\fR." },
	{ 0, "no-warnings", NULL, GROUP_OUTPUT, parse_flag, AT(session.hide_warnings), 0,
	  "leave out all warnings", NULL },
	{ 0, "raw", NULL, GROUP_OUTPUT, parse_flag, AT(session.is_raw), 0,
	  "let strings of traced programs reach the terminal as they are",
	  "Without it, control characters and bidirectional marks in text output are shown as "
	  "\\exNN and \\euNNNN." },

	{ 'l', "list", NULL, GROUP_INSPECT, parse_mode, AT(mode), CLI_LIST,
	  "list probes that match a pattern, or those of a script",
	  "The argument is a comma separated list of patterns such as "
	  "\\fItracepoint:sched:*\\fR, or a script. With \\fB-v\\fR the arguments of each." },
	{ 0, "preview", NULL, GROUP_INSPECT, parse_flag, AT(is_preview), 0,
	  "say what the script would do to this machine, and do nothing",
	  "For each attach point: how it is attached and why so, how many events match, what it costs "
	  "them, the privileges it needs, and which arguments another thread may still change; then "
	  "the memory of the maps. Nothing is attached and no program of the script is loaded." },
	{ 0, "list-builtins", NULL, GROUP_INSPECT, parse_mode, AT(mode), CLI_LIST_BUILTINS,
	  "list the built-in variables and functions", NULL },
	{ 0, "info", NULL, GROUP_INSPECT, parse_mode, AT(mode), CLI_INFO,
	  "what this machine and this build can do", NULL },
	{ 0, "explain", "[ID]", GROUP_INSPECT, parse_mode, AT(mode), CLI_EXPLAIN,
	  "what a diagnostic means, with a wrong and a right example",
	  "\\fB\\-v\\fR shows the ids with the messages. Without one, all are listed." },
	{ 'h', "help", NULL, GROUP_INSPECT, parse_mode, AT(mode), CLI_HELP, "this text", NULL },
	{ 'V', "version", NULL, GROUP_INSPECT, parse_mode, AT(mode), CLI_VERSION, "the version",
	  NULL },
	{ 'v', "verbose", NULL, GROUP_INSPECT, parse_count, AT(verbosity), 0,
	  "say what is done, and the names of diagnostics", NULL },

	{ 'd', "debug", "STAGE[,...]", GROUP_DEBUG, parse_stages, AT(show), 0,
	  "show stages: ast types plan llvm bpf", NULL },
	{ 0, "stop-after", "PASS", GROUP_DEBUG, parse_pass, AT(stop_after), 0,
	  "stop compiling after a pass, run nothing",
	  "\\fBparse\\fR, \\fBcodegen\\fR or a pass between; a wrong name lists them. Needs no "
	  "privileges." },

	{ 'b', "btf", NULL, GROUP_HIDDEN, parse_ignored, 0, 0, NULL, NULL },
	{ 0, "man-table", "TABLE", GROUP_HIDDEN, parse_man_table, AT(man_table), 0, NULL, NULL },
	LATER("dwarf-pid", "PID"),
	LATER("usdt-file-activation", NULL),
	LATER("debuginfo", "DIR"),
	LATER("no-feature", "FEATURE"),
	LATER("probe-filter", "REGEX"),
	LATER("mode", "MODE"),
	LATER("test", NULL),
	LATER("bench", NULL),
	LATER("fmt", NULL),
	LATER("aot", "FILE"),
	LATER("emit-elf", "FILE"),
	LATER("emit-llvm", "FILE"),
	LATER("verify-llvm-ir", NULL),
};

/* --- help ------------------------------------------------------------------------------------------ */
void options_print_usage(FILE *f)
{
	fputs("Usage:\n"
	      "    bittern [options] FILE [parameter...]\n"
	      "    bittern [options] -e 'PROGRAM' [parameter...]\n"
	      "    bittern -l [PATTERN[,...] | FILE]\n"
	      "Try 'bittern --help'.\n",
	      f);
}

static void print_help_row(FILE *f, const struct option_row *row)
{
	char names[64];
	int n = 0;

	if (row->short_name)
		n = snprintf(names, sizeof(names), "-%c%s", row->short_name,
			     row->long_name ? ", " : "");
	if (row->long_name)
		n += snprintf(names + n, sizeof(names) - n, "--%s", row->long_name);
	if (row->argument)
		snprintf(names + n, sizeof(names) - n, " %s", row->argument);
	fprintf(f, "    %-26s %s\n", names, row->help);
}

void options_print_help(FILE *f)
{
	fputs("bittern: a tracing language for Linux\n\n"
	      "    bittern [options] FILE [parameter...]          run a script (- is stdin)\n"
	      "    bittern [options] -e 'PROGRAM' [parameter...]  run a text\n"
	      "    bittern -l [PATTERN[,...] | FILE]              list probes\n",
	      f);
	for (int group = 0; group < GROUP_HIDDEN; group++) {
		fprintf(f, "\n%s:\n", group_titles[group]);
		for (size_t i = 0; i < ARRAY_SIZE(option_rows); i++)
			if (option_rows[i].group == (enum option_group)group)
				print_help_row(f, &option_rows[i]);
	}
	fputs("\nEnvironment:\n", f);
	settings_print_help(f);
	fputs("\nExamples:\n"
	      "    bittern -e 'tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }'\n"
	      "    bittern -l 'tracepoint:sched:*'\n",
	      f);
}

void options_print_man(FILE *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(option_rows); i++) {
		const struct option_row *row = &option_rows[i];

		if (row->group == GROUP_HIDDEN)
			continue;
		fputs(".TP\n.B ", f);
		if (row->short_name)
			fprintf(f, "\\-%c%s", row->short_name, row->long_name ? ", " : "");
		if (row->long_name)
			fprintf(f, "\\-\\-%s", row->long_name);
		if (row->argument)
			fprintf(f, " \\fI%s\\fR", row->argument);
		fprintf(f, "\n%c%s.\n", row->help[0] >= 'a' ? row->help[0] - 'a' + 'A' : row->help[0],
			row->help + 1);
		if (row->man)
			fprintf(f, "%s\n", row->man);
	}
}

/* --- reading --------------------------------------------------------------------------------------- */
#define LONG_VALUE 256 /* what getopt_long() returns for row i: i + LONG_VALUE */

static bool takes_argument(const struct option_row *row)
{
	return row->argument && row->argument[0] != '[';
}

static const struct option_row *row_of_short(int c)
{
	for (size_t i = 0; i < ARRAY_SIZE(option_rows); i++)
		if (option_rows[i].short_name == c)
			return &option_rows[i];
	return NULL;
}

static void make_getopt_tables(char *shorts, struct option *longs)
{
	*shorts++ = ':'; /* a missing argument is told apart from an unknown option */
	for (size_t i = 0; i < ARRAY_SIZE(option_rows); i++) {
		const struct option_row *row = &option_rows[i];

		if (row->short_name) {
			*shorts++ = row->short_name;
			if (takes_argument(row))
				*shorts++ = ':';
		}
		if (row->long_name)
			*longs++ = (struct option){ row->long_name,
						    takes_argument(row) ? required_argument :
									  no_argument,
						    NULL, LONG_VALUE + (int)i };
	}
	*shorts = '\0';
	memset(longs, 0, sizeof(*longs));
}

static void report_unknown(const char *word)
{
	struct text_nearest near;

	if (optopt && optopt < LONG_VALUE) {
		cli_error("unknown option '-%c'", optopt);
	} else if (optopt) {
		cli_error("%s takes no argument", row_name(&option_rows[optopt - LONG_VALUE]));
	} else {
		auto_free char *name = strndup(word + 2, strcspn(word + 2, "="));

		cli_error("unknown or ambiguous option '%s'", word);
		text_nearest_init(&near, name);
		for (size_t i = 0; i < ARRAY_SIZE(option_rows); i++)
			if (option_rows[i].long_name && option_rows[i].help)
				text_nearest_offer(&near, option_rows[i].long_name);
		if (near.best)
			cli_hint("did you mean '--%s'?", near.best);
	}
}

static int parse_words(struct options *o, int argc, char **argv)
{
	char shorts[2 * ARRAY_SIZE(option_rows) + 2];
	struct option longs[ARRAY_SIZE(option_rows) + 1];
	int c;

	make_getopt_tables(shorts, longs);
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_row *row;
		int err;

		if (c == '?') {
			report_unknown(argv[optind - 1]);
			options_print_usage(stderr);
			return -EINVAL;
		}
		if (c == ':') {
			row = optopt >= LONG_VALUE ? &option_rows[optopt - LONG_VALUE] :
						     row_of_short(optopt);
			cli_error("%s needs an argument: %s", row_name(row), row->argument);
			options_print_usage(stderr);
			return -EINVAL;
		}
		row = c >= LONG_VALUE ? &option_rows[c - LONG_VALUE] : row_of_short(c);
		err = row->parse(row, (char *)o + row->target, optarg);
		if (err)
			return err;
	}
	return 0;
}

static bool is_named(const char *argument)
{
	return text_starts_with(argument, "--") && argument[2];
}

/* Arguments behind `--` that look like options are named parameters. Those before it that did were
 * options, so any here came behind it. They are sorted behind the positional ones. */
static void take_parameters(struct options *o, uint32_t count, char **arguments)
{
	auto_free char **named = xcalloc(count + 1, sizeof(*named));

	for (uint32_t i = 0; i < count; i++) {
		if (is_named(arguments[i]))
			named[o->named_count++] = arguments[i];
		else
			arguments[o->parameter_count++] = arguments[i];
	}
	for (uint32_t i = 0; i < o->named_count; i++)
		arguments[o->parameter_count + i] = named[i];
	o->parameters = (const char *const *)arguments;
	o->named = o->parameters + o->parameter_count;
}

static int take_arguments(struct options *o, int count, char **arguments)
{
	if (o->mode == CLI_LIST || o->mode == CLI_EXPLAIN) {
		if (count > 1 || (count && o->text)) {
			cli_error("%s takes one argument", o->mode == CLI_LIST ? "-l" : "--explain");
			options_print_usage(stderr);
			return -EINVAL;
		}
		o->search = count ? arguments[0] : NULL;
		return 0;
	}
	if (o->mode != CLI_RUN)
		return 0;
	if (!o->text) {
		if (!count) {
			options_print_usage(stderr);
			return -EINVAL;
		}
		o->file = *arguments++;
		count--;
	}
	take_parameters(o, (uint32_t)count, arguments);
	return 0;
}

static int check_conflicts(const struct options *o)
{
	if (o->session.pid && o->session.command) {
		cli_error("-c and -p exclude each other");
		return -EINVAL;
	}
	if (o->session.show_quiet_sites && o->session.hide_warnings) {
		cli_error("-k and --no-warnings exclude each other");
		return -EINVAL;
	}
	return 0;
}

int options_parse(struct options *out, int argc, char **argv)
{
	int err;

	memset(out, 0, sizeof(*out));
	out->session.output_format = "text";
	err = parse_words(out, argc, argv);
	if (err)
		return err;
	err = check_conflicts(out);
	if (err)
		return err;
	return take_arguments(out, argc - optind, argv + optind);
}
