/* SPDX-License-Identifier: Apache-2.0 */
/* getppid THREADS COUNT: each thread calls getppid() COUNT times. Prints the total. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned long count;

static void *work(void *unused)
{
	for (unsigned long i = 0; i < count; i++)
		syscall(SYS_getppid);
	return unused;
}

int main(int argc, char **argv)
{
	unsigned int threads = argc > 1 ? atoi(argv[1]) : 1;
	pthread_t ids[64];

	count = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	if (threads > 64)
		return 1;
	for (unsigned int i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, work, NULL))
			return 1;
	for (unsigned int i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	printf("%lu\n", threads * count);
	return 0;
}
