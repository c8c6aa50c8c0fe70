/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bittern: the command.
 *
 * Dispatch by mode; running a script is: open, check, compile, run. The only place that ends the
 * process. Nothing is looked at before it is needed: starting counts.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "cli/inspect.h"
#include "cli/job.h"
#include "cli/message.h"
#include "cli/preview.h"
#include "cli/recompile.h"
#include "util/log.h"

/* In confidentiality mode the kernel refuses programs that read its memory. */
static bool is_locked_down(void)
{
	char state[128];
	auto_close int fd = open("/sys/kernel/security/lockdown", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, state, sizeof(state) - 1);

	if (n <= 0)
		return false;
	state[n] = '\0';
	return strstr(state, "[confidentiality]") != NULL;
}

/* What a run needs and a compilation does not. Returns 0 or the exit status. */
static int check_machine(const struct options *o)
{
	const char *missing;

	if (o->stop_after || o->is_preview)
		return 0;
	missing = host_missing_privilege();
	if (missing) {
		cli_error("missing privilege: bittern needs %s to load BPF programs", missing);
		cli_hint("run it as root, or with CAP_BPF and CAP_PERFMON");
		return EXIT_FAILURE;
	}
	if (is_locked_down()) {
		cli_error("the kernel is locked down (confidentiality mode): it refuses BPF "
			  "programs that read kernel memory");
		cli_hint("boot with lockdown=integrity or without lockdown; see kernel_lockdown(7)");
		return EXIT_FAILURE;
	}
	return 0;
}

static int check_probes(const struct job *j, const struct options *o)
{
	if (j->program.probes.count)
		return 0;
	if (!o->session.is_quiet)
		puts("No probes to attach");
	return EXIT_FAILURE;
}

static int run_session(const struct job *j, const struct options *o)
{
	struct session_options session = o->session;
	struct recompilation recompilation;
	struct recompiler recompiler;
	int status = check_probes(j, o);

	if (status)
		return status;
	recompilation_init(&recompilation, j, o);
	recompiler = recompilation_recompiler(&recompilation);
	session.recompiler = &recompiler;
	session.use_color = cli_use_color();
	fflush(stdout);
	status = session_run(&j->program, &j->object, j->host, &session);
	recompilation_free(&recompilation);
	return status;
}

/* SIGUSR1 is for probes of the script, which may not be there yet: it waits for the run. */
static void defer_user_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static int show_preview(const struct job *j, const struct options *o)
{
	int status = check_probes(j, o);

	if (!status)
		preview_print(stdout, &j->program, j->host);
	return status;
}

static int run_script(const struct options *o)
{
	struct job j;
	int status = check_machine(o);

	if (status)
		return status;
	defer_user_signal();
	status = job_open(&j, o);
	status = status ?: job_compile(&j, o, o->stop_after);
	if (!status && !o->stop_after)
		status = o->is_preview ? show_preview(&j, o) : run_session(&j, o);
	job_close(&j);
	return status;
}

static int dispatch(const struct options *o)
{
	switch (o->mode) {
	case CLI_RUN:
		return run_script(o);
	case CLI_LIST:
		return inspect_list(o);
	case CLI_HELP:
		options_print_help(stdout);
		return EXIT_SUCCESS;
	case CLI_VERSION:
		puts("bittern v" BITTERN_VERSION);
		return EXIT_SUCCESS;
	case CLI_INFO:
		return inspect_info();
	case CLI_LIST_BUILTINS:
		return inspect_list_builtins();
	case CLI_EXPLAIN:
		return inspect_explain(o->search);
	case CLI_MAN:
		return inspect_man_table(o->man_table);
	}
	return EXIT_FAILURE;
}

/* A closed standard stream is a number the next open() gets: what is printed would go there. A
 * read-only one in its place makes the first write fail. */
static void occupy_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
			return;
}

int main(int argc, char **argv)
{
	struct options o;

	occupy_standard_streams();
	if (options_parse(&o, argc, argv))
		return EXIT_FAILURE;
	log_set_verbose(o.verbosity > 0);
	return dispatch(&o);
}
