/* SPDX-License-Identifier: Apache-2.0 */
/* files COUNT PATH: opens PATH (made if missing), writes 100 bytes, reads them, COUNT times. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1;
	const char *path = argc > 2 ? argv[2] : "/tmp/bittern-files";
	char buffer[256] = { 0 };

	for (int i = 0; i < count; i++) {
		int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

		if (fd < 0 || write(fd, buffer, 100) != 100 || lseek(fd, 0, SEEK_SET) ||
		    read(fd, buffer, sizeof(buffer)) != 100)
			return 1;
		close(fd);
	}
	unlink(path);
	return 0;
}
