/* SPDX-License-Identifier: Apache-2.0 */
#include "run_program.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#define SAID_MAX (1u << 20)

extern char **environ;

int run_program(const char *const *arguments, struct strbuf *said)
{
	posix_spawn_file_actions_t actions;
	int ends[2], status = 0;
	char buffer[4096];
	ssize_t got;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC)) {
		perror("pipe");
		exit(2);
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	errno = posix_spawn(&pid, arguments[0], &actions, NULL, (char **)arguments, environ);
	if (errno) {
		perror(arguments[0]);
		exit(2);
	}
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	while ((got = read(ends[0], buffer, sizeof(buffer))) > 0)
		if (said->len < SAID_MAX)
			strbuf_append(said, buffer, (size_t)got);
	close(ends[0]);
	waitpid(pid, &status, 0);
	return status;
}
