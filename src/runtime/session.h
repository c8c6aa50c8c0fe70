/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of a compiled program: open, load, attach, loop, stop, print, detach.
 *
 * Needs struct program and the BPF object only: no compiler, no tree, no LLVM.
 */
#ifndef BITTERN_RUNTIME_SESSION_H
#define BITTERN_RUNTIME_SESSION_H

#include <sys/types.h>
#include "host/host.h"
#include "program/recompiler.h"
#include "runtime/output/output.h"

struct session_options {
	const char *output_path;   /* -o; NULL: stdout */
	const char *output_format; /* "text", "json" */
	enum output_buffering buffering;
	bool is_quiet;         /* -q */
	bool is_dry_run;       /* --dry-run */
	bool hide_warnings;    /* --no-warnings */
	bool show_quiet_sites; /* -k */
	bool is_raw;           /* --raw: traced strings reach the terminal unescaped */
	bool use_color;        /* for warnings on stderr */
	const char *command;   /* -c; NULL: none */
	pid_t pid;             /* -p; 0: none */
	const struct recompiler *recompiler; /* for explaining refusals; NULL: none */
};

/* Runs the program to its end. Returns the exit status of spec output.md §1.1 (0, n of exit(n), 1,
 * 255); every failure has been reported on stderr with one clear message, and nothing stays
 * attached. */
int session_run(const struct program *p, const struct bpf_object_bytes *object, struct host *host,
		const struct session_options *options);

/* 0 if options->output_format exists, else -EINVAL; names (static, space separated) for a message.
 */
int session_check_format(const char *format, const char **names);

#endif
