/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify PATH COMMAND...: listens on the socket PATH as a service manager does, runs COMMAND with
 * NOTIFY_SOCKET=PATH and prints every message that arrives until it ends. Status: the command's.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void print_messages(int fd, int timeout_ms)
{
	struct pollfd p = { fd, POLLIN, 0 };
	char text[512];

	while (poll(&p, 1, timeout_ms) > 0) {
		ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

		if (n <= 0)
			return;
		text[n] = '\0';
		printf("notify: %s%s", text, text[n - 1] == '\n' ? "" : "\n");
		fflush(stdout);
		timeout_ms = 0;
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), status = 0;
	pid_t pid;

	if (argc < 3 || fd < 0 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 1;
	strcpy(address.sun_path, argv[1]);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return 1;
	setenv("NOTIFY_SOCKET", argv[1], 1);
	pid = fork();
	if (!pid) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		print_messages(fd, 20);
	print_messages(fd, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
