/* SPDX-License-Identifier: Apache-2.0 */
/* See notify.h. The socket is a path, or an abstract name written with `@` for its first NUL. */
#include "runtime/notify.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "util/base.h"

void notify_send(const char *state)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *name = getenv("NOTIFY_SOCKET");

	if (!name || (*name != '/' && *name != '@') || strlen(name) >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, name, strlen(name));
	if (*name == '@')
		to.sun_path[0] = '\0';
	auto_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name)));
}
