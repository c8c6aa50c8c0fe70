/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure N COMMAND...: runs COMMAND N times with its output thrown away and prints the medians of wall
 * time and CPU time (user + system) in ms, and the peak resident set in MB: `WALL CPU RSS`.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 1000

static double seconds(const struct timeval *t)
{
	return t->tv_sec + t->tv_usec / 1e6;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}

static void run(char **command, double *wall, double *cpu, double *rss)
{
	struct timespec start, end;
	struct rusage usage;
	int status;
	pid_t pid;

	clock_gettime(CLOCK_MONOTONIC, &start);
	pid = vfork();
	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execvp(command[0], command);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0 || !WIFEXITED(status) ||
	    WEXITSTATUS(status)) {
		fprintf(stderr, "measure: %s failed\n", command[0]);
		exit(1);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	*wall = (end.tv_sec - start.tv_sec) * 1e3 + (end.tv_nsec - start.tv_nsec) / 1e6;
	*cpu = (seconds(&usage.ru_utime) + seconds(&usage.ru_stime)) * 1e3;
	*rss = usage.ru_maxrss / 1024.0;
}

int main(int argc, char **argv)
{
	static double wall[RUNS_MAX], cpu[RUNS_MAX], rss[RUNS_MAX];
	int n = argc > 1 ? atoi(argv[1]) : 0;

	if (n < 1 || n > RUNS_MAX || argc < 3) {
		fprintf(stderr, "usage: measure N COMMAND...\n");
		return 2;
	}
	for (int i = 0; i < n; i++)
		run(argv + 2, &wall[i], &cpu[i], &rss[i]);
	printf("%.1f %.1f %.1f\n", median(wall, n), median(cpu, n), median(rss, n));
	return 0;
}
