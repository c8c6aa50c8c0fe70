/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between fork and exec the child waits on a pipe: a byte releases it, its end (bittern gave up)
 * ends it. A second pipe, closed by a successful exec, brings back why exec failed.
 */
#include "runtime/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "util/log.h"
#include "util/vec.h"

struct words VEC_OF(char *);

static void split(struct arena *a, const char *command, struct words *out)
{
	while (*command) {
		size_t len = strcspn(command, " ");

		if (len)
			arena_vec_push(a, out, arena_strndup(a, command, len));
		command += len + (command[len] == ' ');
	}
}

static bool is_program(const char *path)
{
	struct stat s;

	return !stat(path, &s) && S_ISREG(s.st_mode) && !access(path, X_OK);
}

/* The file to execute, or NULL. */
static const char *find_program(struct arena *a, const char *name)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/'))
		return is_program(name) ? name : NULL;
	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	while (*path) {
		size_t len = strcspn(path, ":");
		const char *file =
			arena_printf(a, "%.*s%s%s", (int)len, path, len ? "/" : "", name);

		if (is_program(file))
			return file;
		path += len + (path[len] == ':');
	}
	return NULL;
}

/* In the child: everything back to what a command expects, then wait for the release. */
static void run_child(const char *file, char **argv, int release_fd, int error_fd)
{
	static const int reset[] = { SIGINT, SIGTERM, SIGUSR1, SIGPIPE, SIGCHLD };
	sigset_t none;
	char go;

	/* A parent that died before this line is noticed by the end of file below. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (size_t i = 0; i < ARRAY_SIZE(reset); i++)
		signal(reset[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (read(release_fd, &go, 1) != 1)
		_exit(127);
	execv(file, argv);
	int err = errno;
	if (write(error_fd, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

static int fork_child(struct child *c, const char *file, char **argv)
{
	int release[2], error[2];

	if (pipe2(release, O_CLOEXEC))
		return -errno;
	if (pipe2(error, O_CLOEXEC)) {
		int err = -errno;

		close(release[0]);
		close(release[1]);
		return err;
	}
	pid_t pid = fork();
	if (!pid) {
		close(release[1]);
		close(error[0]);
		run_child(file, argv, release[0], error[1]);
	}
	int err = pid < 0 ? -errno : 0;
	close(release[0]);
	close(error[1]);
	c->pid = pid < 0 ? 0 : pid;
	c->release_fd = release[1];
	c->error_fd = error[0];
	if (!err) {
		c->pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
		err = c->pid_fd < 0 ? -errno : 0;
	}
	return err;
}

static void report_not_found(const char *name, const struct reporter *r)
{
	struct stat s;

	if (!strchr(name, '/'))
		report_error(r, 0, "-c: there is no executable file '%s' in PATH", name);
	else if (stat(name, &s))
		report_error(r, 0, "-c: cannot execute '%s': %s", name, strerror(errno));
	else
		report_error(r, 0, "-c: cannot execute '%s': it is %s", name,
			     S_ISREG(s.st_mode) ? "not executable" : "not a file");
}

int child_start(struct child *c, const char *command, const struct reporter *r)
{
	struct words words = { 0 };
	struct arena a;
	int err = 0;

	arena_init(&a);
	split(&a, command, &words);
	const char *file = words.count ? find_program(&a, words.items[0]) : NULL;
	if (!words.count) {
		report_error(r, 0, "-c: the command is empty");
		err = -EINVAL;
	} else if (!file) {
		report_not_found(words.items[0], r);
		err = -ENOENT;
	} else {
		arena_vec_push(&a, &words, NULL);
		err = fork_child(c, file, words.items);
		if (err)
			report_error(r, 0, "-c: cannot start '%s': %s", words.items[0],
				     strerror(-err));
	}
	arena_free(&a);
	return err;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int child_release(struct child *c, const char *command, const struct reporter *r)
{
	int err = 0;

	if (!c->pid)
		return 0;
	if (write(c->release_fd, "", 1) != 1)
		err = errno;
	close_fd(&c->release_fd);
	/* Ends at once: exec closes the other side. */
	while (!err && read(c->error_fd, &err, sizeof(err)) < 0 && errno == EINTR)
		;
	close_fd(&c->error_fd);
	if (err) /* the file was there: it is the interpreter in its first line that is not */
		report_error(r, 0, "-c: cannot execute '%s': %s", command,
			     err == ENOENT ? "its interpreter does not exist" : strerror(err));
	return -err;
}

void child_stop(struct child *c)
{
	int status = 0;

	if (c->pid && waitpid(c->pid, &status, WNOHANG) == c->pid) {
		if (WIFEXITED(status))
			log_verbose("the command ended with status %d", WEXITSTATUS(status));
		else
			log_verbose("the command was ended by signal %d", WTERMSIG(status));
	} else if (c->pid) {
		kill(c->pid, SIGTERM);
	}
	c->pid = 0;
	close_fd(&c->pid_fd);
	close_fd(&c->release_fd);
	close_fd(&c->error_fd);
}
