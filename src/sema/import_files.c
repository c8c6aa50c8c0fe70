/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and directories that imports name. A file is opened once and everything is asked of the
 * descriptor, so that what was checked is what is read.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sema/import.h"

#define IMPORT_MAX (64u << 20) /* bytes, as for scripts */

static void take_status(struct import_file *f, const struct stat *st)
{
	f->dev = st->st_dev;
	f->ino = st->st_ino;
	f->is_directory = S_ISDIR(st->st_mode);
	f->is_regular = S_ISREG(st->st_mode);
	f->is_writable = (st->st_mode & S_IWOTH) != 0;
}

static int cannot_read(struct importer *im, struct loc at, const struct import_file *f, int err)
{
	diag_error(im->s->diag, DIAG_IMPORT_MISSING, at, "cannot import '%s': %s", f->path,
		   strerror(err));
	return -EINVAL;
}

int import_open(struct importer *im, struct loc at, struct import_file *f)
{
	char absolute[PATH_MAX];
	struct stat st;

	f->fd = -1;
	if (stat(f->path, &st))
		return cannot_read(im, at, f, errno);
	take_status(f, &st);
	if (!f->is_directory && !f->is_regular) /* merely opening a device may do something */
		return 0;
	f->fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (f->fd < 0 || fstat(f->fd, &st))
		return cannot_read(im, at, f, errno);
	take_status(f, &st);
	f->absolute_path = arena_strdup(im->s->arena,
					realpath(f->path, absolute) ? absolute : f->path);
	return 0;
}

void import_close(struct import_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

int import_check(struct importer *im, struct loc at, const struct import_file *f)
{
	if (!f->is_directory && !f->is_regular) {
		diag_error(im->s->diag, DIAG_IMPORT_KIND, at,
			   "'%s' is neither a file nor a directory", f->path);
		return -EINVAL;
	}
	if (!f->is_writable)
		return 0;
	diag_hint(diag_error(im->s->diag, DIAG_IMPORT_WRITABLE, at,
			     "'%s' can be changed by everybody, so it is not imported", f->path),
		  "chmod o-w %s, or copy it to a place of your own", f->path);
	return -EINVAL;
}

int import_read_text(struct importer *im, struct loc at, struct import_file *f)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	char part[16384];
	ssize_t n;

	while ((n = read(f->fd, part, sizeof(part))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cannot_read(im, at, f, errno);
		strbuf_append(&text, part, (size_t)n);
		if (text.len > IMPORT_MAX)
			return cannot_read(im, at, f, EFBIG);
	}
	f->len = text.len;
	f->text = arena_strndup(im->s->arena, strbuf_text(&text), text.len);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int import_list(struct importer *im, struct loc at, const struct import_file *directory,
		struct import_names *out)
{
	int fd = fcntl(directory->fd, F_DUPFD_CLOEXEC, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return cannot_read(im, at, directory, errno);
	}
	while ((entry = readdir(d))) {
		if (*entry->d_name != '.')
			arena_vec_push(im->s->arena, out,
				       arena_strdup(im->s->arena, entry->d_name));
	}
	closedir(d);
	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), compare_names);
	return 0;
}

int import_identify(struct import_file *f)
{
	struct stat st;

	if (stat(f->path, &st))
		return -errno;
	take_status(f, &st);
	return 0;
}
