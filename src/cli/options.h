/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: one row per option says its names, its argument, how it is read and where the value
 * goes, and what --help and the man page say of it.
 */
#ifndef BITTERN_CLI_OPTIONS_H
#define BITTERN_CLI_OPTIONS_H

#include "runtime/session.h"

enum cli_mode {
	CLI_RUN,	   /* compile and run a script */
	CLI_LIST,	   /* -l */
	CLI_HELP,
	CLI_VERSION,
	CLI_INFO,
	CLI_LIST_BUILTINS,
	CLI_EXPLAIN,	   /* --explain */
	CLI_MAN,	   /* --man-table: chapters of the man pages, for the build */
};

struct path_list {
	const char *items[64];
	uint32_t count;
};

struct options {
	enum cli_mode mode;
	const char *text;	       /* -e; NULL: a file */
	const char *file;	       /* first argument without -e, "-" is stdin; NULL with -e */
	const char *search;	       /* -l, --explain: what to look for; NULL: everything */
	const char *const *parameters; /* positional */
	uint32_t parameter_count;
	const char *const *named; /* --name[=value] behind `--` */
	uint32_t named_count;
	const char *man_table;	       /* --man-table */
	unsigned int verbosity;	       /* number of -v */
	unsigned int show;	       /* -d: bit per enum compiler_stage */
	const char *stop_after;	       /* --stop-after */
	bool is_preview;	       /* --preview */
	bool allow_unsafe;	       /* --unsafe */
	const char *traceable_functions; /* --traceable-functions; NULL: the kernel's list */
	struct path_list include_dirs;	/* -I */
	struct path_list include_files; /* --include */
	struct session_options session;
};

/* Fills out, which borrows from argv. 0, or -EINVAL after one message on stderr. */
int options_parse(struct options *out, int argc, char **argv);
void options_print_usage(FILE *f);
void options_print_help(FILE *f);
/* The OPTIONS chapter of the man page, as roff. */
void options_print_man(FILE *f);

#endif
