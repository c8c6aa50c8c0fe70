/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of pass "imports" share. */
#ifndef BITTERN_SEMA_IMPORT_H
#define BITTERN_SEMA_IMPORT_H

#include "sema/pass.h"

struct import_file {
	const char *path;	   /* as messages show it */
	const char *absolute_path; /* set by import_open() */
	int fd;			   /* after import_open(); -1: not open */
	bool is_directory, is_writable; /* by everybody */
	bool is_regular;
	uint64_t dev, ino;
	const char *text; /* set by import_read_text() */
	size_t len;
};

struct import_identity {
	uint64_t dev, ino;
};

struct importer {
	struct sema *s;
	struct import_identities VEC_OF(struct import_identity) seen;
	struct ast_program merged;
};

struct import_names VEC_OF(const char *);

/* --- import_files.c: all report at `at` what goes wrong; 0 or -EINVAL ------------------------- */
int import_open(struct importer *im, struct loc at, struct import_file *f);
void import_close(struct import_file *f);
/* Refuses what everybody may write to, and what is neither a file nor a directory. */
int import_check(struct importer *im, struct loc at, const struct import_file *f);
int import_read_text(struct importer *im, struct loc at, struct import_file *f);
/* The names in a directory, sorted. */
int import_list(struct importer *im, struct loc at, const struct import_file *directory,
		struct import_names *out);
/* Device and inode of f->path, in silence. */
int import_identify(struct import_file *f);

#endif
