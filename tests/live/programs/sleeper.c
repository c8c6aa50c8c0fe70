/* SPDX-License-Identifier: Apache-2.0 */
/* sleeper COUNT MILLISECONDS: that many nanosleep() calls. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1;
	long ms = argc > 2 ? atol(argv[2]) : 10;
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	for (int i = 0; i < count; i++)
		syscall(SYS_nanosleep, &t, NULL);
	return 0;
}
