/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile: a process with a name, and a file with a name, that try to drive the terminal of whoever
 * prints them: escape sequences, a newline, bytes that are no UTF-8, a right-to-left override, quotes.
 */
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	prctl(PR_SET_NAME, "\033[31mX\n\"\\\377");
	for (int i = 0; i < 3; i++)
		syscall(SYS_getppid);
	open("/nonexistent/\033]0;title\007\n\342\200\256\377\302\233\"end", O_RDONLY);
	return 0;
}
