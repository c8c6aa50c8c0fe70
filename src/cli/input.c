/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a script from a file, pipe or stdin, and says in one line why it cannot. */
#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "cli/message.h"

#define INPUT_MAX (64u << 20) /* bytes: far more than any script, less than what hurts */

/* A word that cannot be a path but looks like the program itself. */
static bool looks_like_program(const char *path)
{
	return strchr(path, '{') != NULL;
}

static int open_input(const char *path)
{
	struct stat st;
	int fd;

	if (!strcmp(path, "-")) {
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
		if (fd < 0)
			cli_error("cannot read stdin: %s", strerror(errno));
		return fd;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		cli_error("cannot open '%s': %s", path, strerror(errno));
		if (looks_like_program(path))
			cli_hint("a program on the command line goes behind -e");
		return -1;
	}
	if (!fstat(fd, &st) && S_ISDIR(st.st_mode)) {
		cli_error("'%s' is a directory, not a script", path);
		close(fd);
		return -1;
	}
	return fd;
}

struct source *input_read(struct arena *a, const char *path)
{
	const char *name = strcmp(path, "-") ? path : "stdin";
	auto_close int fd = open_input(path);
	size_t len = 0, capacity = 1 << 14;
	auto_free char *text = NULL;

	if (fd < 0)
		return NULL;
	text = xmalloc(capacity);
	for (;;) {
		ssize_t n = read(fd, text + len, capacity - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			cli_error("cannot read '%s': %s", name, strerror(errno));
			return NULL;
		}
		if (!n)
			break;
		if (memchr(text + len, '\0', n)) {
			cli_error("'%s' is a binary file, not a script", name);
			return NULL;
		}
		len += n;
		if (len > INPUT_MAX) {
			cli_error("'%s' is larger than %u MB", name, INPUT_MAX >> 20);
			return NULL;
		}
		if (len == capacity)
			text = xrealloc(text, capacity *= 2);
	}
	return source_create(a, name, text, len);
}
