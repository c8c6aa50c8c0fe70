/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where headers are.
 *
 * Kernel headers are recognised by their directory and never opened, unless a directory given with -I has
 * one of that name. Others are looked for beside the including file ("x.h"), in the directories of -I, of
 * CPATH and C_INCLUDE_PATH, and in those of the system's C compiler.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "cdef/private.h"
#include "util/text.h"

#define MAX_PATH_LENGTH 4096

/* First parts of the names of kernel headers. */
static const char *const kernel_dirs[] = {
	"linux/", "net/", "uapi/", "asm/", "asm-generic/", "generated/", "trace/", "scsi/", "sound/",
	"rdma/", "drm/", "video/", "xen/", "kvm/", "crypto/", "acpi/", "misc/", "mtd/", "media/",
	"soc/", "target/", "pcmcia/", "ras/", "vdso/", "clocksource/", "keys/", "math-emu/", "memory/",
	"fs/", "kernel/", "mm/", "block/", "drivers/", "security/", "bpf/", "kunit/", "hyperv/", "cxl/",
};

/* Headers of the C language that only name what every script knows anyway. */
static const char *const built_in[] = {
	"stdint.h", "stddef.h", "stdbool.h", "stdarg.h", "inttypes.h", "vmlinux.h",
	"vmlinux/vmlinux.h",
};

static const char *const system_dirs[] = {
	"/usr/local/include",
#if defined(__x86_64__)
	"/usr/include/x86_64-linux-gnu",
#elif defined(__aarch64__)
	"/usr/include/aarch64-linux-gnu",
#endif
	"/usr/include",
};

static bool is_kernel_header(const char *name)
{
	while (text_starts_with(name, "../"))
		name += 3;
	for (size_t i = 0; i < ARRAY_SIZE(kernel_dirs); i++)
		if (text_starts_with(name, kernel_dirs[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(built_in); i++)
		if (!strcmp(name, built_in[i]))
			return true;
	return false;
}

/* --- reading ---------------------------------------------------------------------------------- */

static int read_bytes(int fd, char *to, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, to + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO;
		have += (size_t)n;
	}
	return 0;
}

struct source *c_read_file(struct cdef *c, const char *path)
{
	auto_close int fd = -1;
	struct stat st;

	if (c->options->has_no_files)
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > C_MAX_HEADER)
		return NULL;

	auto_free char *bytes = xmalloc((size_t)st.st_size + 1);

	if (read_bytes(fd, bytes, (size_t)st.st_size) ||
	    memchr(bytes, '\0', (size_t)st.st_size))
		return NULL;
	return source_create(c->arena, path, bytes, (size_t)st.st_size);
}

static struct source *in_dir(struct cdef *c, const char *dir, size_t len, const char *name)
{
	char path[MAX_PATH_LENGTH];
	int n = snprintf(path, sizeof(path), "%.*s%s%s", (int)len, dir, len ? "/" : "", name);

	return n > 0 && (size_t)n < sizeof(path) ? c_read_file(c, path) : NULL;
}

/* Beside the file that the directive stands in. */
static struct source *beside(struct cdef *c, struct loc loc, const char *name)
{
	const char *file = loc.source->name, *slash = strrchr(file, '/');

	return in_dir(c, file, slash ? (size_t)(slash - file) : 0, name);
}

/* In the directories of a list separated by colons. */
static struct source *in_list(struct cdef *c, const char *list, const char *name)
{
	struct source *found = NULL;

	while (list && *list && !found) {
		size_t len = strcspn(list, ":");

		if (len)
			found = in_dir(c, list, len, name);
		list += len + (list[len] == ':');
	}
	return found;
}

static struct source *in_given_dirs(struct cdef *c, const char *name)
{
	struct source *found = NULL;

	for (uint32_t i = 0; i < c->options->include_dir_count && !found; i++)
		found = in_dir(c, c->options->include_dirs[i],
			       strlen(c->options->include_dirs[i]), name);
	return found;
}

static struct source *in_other_dirs(struct cdef *c, const char *name)
{
	struct source *found = in_list(c, getenv("CPATH"), name);

	if (!found)
		found = in_list(c, getenv("C_INCLUDE_PATH"), name);
	for (size_t i = 0; i < ARRAY_SIZE(system_dirs) && !found; i++)
		found = in_dir(c, system_dirs[i], strlen(system_dirs[i]), name);
	return found;
}

struct source *c_find_header(struct cdef *c, const char *name, bool is_angled, struct loc loc,
			     bool *is_kernel)
{
	struct source *found = NULL;
	struct diag_msg *m;

	*is_kernel = false;
	if (*name == '/')
		found = c_read_file(c, name);
	else if (!is_angled)
		found = beside(c, loc, name);
	if (!found && *name != '/')
		found = in_given_dirs(c, name);
	*is_kernel = !found && is_kernel_header(name);
	if (!found && !*is_kernel && *name != '/')
		found = in_other_dirs(c, name);
	if (found || *is_kernel)
		return found;
	m = c_error(c, DIAG_C_INCLUDE, loc, "the header '%s' cannot be found or read", name);
	if (c->options->include_dir_count)
		diag_hint(m, "it is in none of the directories given with -I");
	else
		diag_hint(m, "say with -I DIR where it is; kernel headers (linux/…, net/…, asm/…) "
			     "need no file");
	return NULL;
}
