/* SPDX-License-Identifier: Apache-2.0 */
/* nested N [SECONDS [fork]]: calls getppid() N times below three functions, with frame pointers all the way,
 * and goes on living for a while; with a child that does the same. The system call is made right here: libc's wrapper has no frame. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#pragma GCC optimize("O0") /* leaf functions, too, have frames */

__attribute__((noinline)) static long innermost(void)
{
	long result;

#if defined(__x86_64__)
	__asm__ volatile("syscall" : "=a"(result) : "a"(SYS_getppid) : "rcx", "r11", "memory");
#else
	result = syscall(SYS_getppid);
#endif
	return result;
}

__attribute__((noinline)) static long middle(int depth)
{
	return innermost() + depth;
}

__attribute__((noinline)) long outer(int depth)
{
	return middle(depth + 1) + 1;
}

int main(int argc, char **argv)
{
	long sum = 0;

	if (argc > 3 && fork() < 0)
		return 2;
	for (int i = 0; i < (argc > 1 ? atoi(argv[1]) : 1); i++)
		sum += outer(i);
	if (argc > 2)
		sleep((unsigned int)atoi(argv[2]));
	if (argc > 3)
		wait(NULL);
	return sum == 0;
}
