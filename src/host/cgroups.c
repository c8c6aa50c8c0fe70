/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups: ids for directories and directories for ids.
 *
 * An id is the file handle of the group's directory, which is also its inode number on 64-bit
 * machines. Version 2 has one hierarchy, called "unified" wherever it is mounted; those of version
 * 1 are called like their mount points ("cpu", "memory"). A directory is found by its handle
 * (kernfs handles are numbers since 5.5, fe0f726c9f1c), which costs no walk through the hierarchy.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include "host/host_private.h"

#define CGROUP2_MAGIC 0x63677270 /* CGROUP2_SUPER_MAGIC, linux/magic.h */
#define KERNFS_HANDLE 0xfe	 /* FILEID_KERNFS, include/linux/exportfs.h */

struct id_handle {
	struct file_handle handle;
	uint64_t id; /* the handle's bytes */
};
_Static_assert(offsetof(struct id_handle, id) == sizeof(struct file_handle), "id is f_handle");

int host_cgroup_id(const char *path, uint64_t *id)
{
	struct id_handle h = { .handle = { .handle_bytes = sizeof(h.id) } };
	struct statfs fs;
	int mount;

	if (statfs(path, &fs))
		return -errno;
	if (fs.f_type != CGROUP2_MAGIC)
		return -EMEDIUMTYPE;
	if (name_to_handle_at(AT_FDCWD, path, &h.handle, &mount, 0))
		return -errno;
	*id = h.id;
	return 0;
}

/* --- hierarchies ------------------------------------------------------------------------------ */

/* mountinfo writes blanks and the like as \040. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *c = text; *c; to++) {
		unsigned int byte;
		int len = 0;

		if (*c == '\\' && sscanf(c, "\\%3o%n", &byte, &len) == 1 && len == 4) {
			*to = (char)byte;
			c += 4;
		} else {
			*to = *c++;
		}
	}
	*to = '\0';
}

static const char *name_of(const char *mount, bool is_v2)
{
	const char *slash = strrchr(mount, '/');

	if (is_v2)
		return "unified";
	return slash && slash[1] ? slash + 1 : mount;
}

static void add_hierarchy(struct host *h, char *line)
{
	struct cgroup_hierarchy new;
	char mount[4096], *type = strstr(line, " - ");
	bool is_v2;

	if (!type || strncmp(type, " - cgroup", 9) ||
	    sscanf(line, "%*s %*s %*s %*s %4095s", mount) != 1)
		return;
	unescape(mount);
	is_v2 = type[9] == '2';
	new.name = arena_strdup(&h->arena, name_of(mount, is_v2));
	new.mount = arena_strdup(&h->arena, mount);
	for (size_t i = 0; i < h->hierarchies.count; i++) {
		if (!strcmp(h->hierarchies.items[i].name, new.name)) /* mounted twice */
			return;
	}
	vec_push(&h->hierarchies, new);
}

static void read_hierarchies(struct host *h)
{
	auto_fclose FILE *file = fopen("/proc/self/mountinfo", "re");
	auto_free char *line = NULL;
	size_t capacity = 0;

	while (file && getline(&line, &capacity, file) > 0)
		add_hierarchy(h, line);
}

/* --- a directory by its id -------------------------------------------------------------------- */

/* By handle: needs CAP_DAC_READ_SEARCH. 0 or -errno. */
static int open_by_id(const struct cgroup_hierarchy *c, uint64_t id, struct strbuf *out)
{
	auto_close int mount = open(c->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct id_handle h = { .handle = { .handle_bytes = sizeof(id),
					   .handle_type = KERNFS_HANDLE }, .id = id };
	char link[64], path[4096];
	ssize_t len;

	auto_close int fd = open_by_handle_at(mount, &h.handle, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path));
	if (len < 0 || len == sizeof(path))
		return -ENAMETOOLONG;
	strbuf_append(out, path, (size_t)len);
	return 0;
}

static uint64_t wanted_inode; /* nftw() passes nothing on */
static struct strbuf *found_path;

static int compare_inode(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)where;
	if (kind != FTW_D || st->st_ino != wanted_inode)
		return 0;
	strbuf_add_text(found_path, path);
	return 1;
}

static bool find_directory(const struct cgroup_hierarchy *c, uint64_t id, struct strbuf *out)
{
	int err = open_by_id(c, id, out);

	if (err != -EPERM && err != -EOPNOTSUPP)
		return !err;
	wanted_inode = id;
	found_path = out;
	return nftw(c->mount, compare_inode, 16, FTW_PHYS | FTW_MOUNT) == 1;
}

int host_each_cgroup_path(struct host *h, uint64_t id,
			  void (*fn)(const char *hierarchy, const char *path, void *context),
			  void *context)
{
	if (!h->hierarchies.count)
		read_hierarchies(h);
	for (size_t i = 0; i < h->hierarchies.count; i++) {
		const struct cgroup_hierarchy *c = &h->hierarchies.items[i];
		auto_strbuf struct strbuf path = STRBUF_INIT;
		size_t prefix = strlen(c->mount);

		if (!find_directory(c, id, &path) || path.len < prefix)
			continue;
		fn(c->name, path.len > prefix ? path.text + prefix : "/", context);
	}
	return h->hierarchies.count ? 0 : -ENOENT;
}
