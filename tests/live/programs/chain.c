/* SPDX-License-Identifier: Apache-2.0 */
/* chain N: executes itself N times, then ends. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1;
	char text[16];

	if (n <= 0)
		return 0;
	snprintf(text, sizeof(text), "%d", n - 1);
	execl("/proc/self/exe", argv[0], text, "second argument", (char *)NULL);
	return 1;
}
