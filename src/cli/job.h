/* SPDX-License-Identifier: Apache-2.0 */
/* One script on its way from the command line to a compiled program. */
#ifndef BITTERN_CLI_JOB_H
#define BITTERN_CLI_JOB_H

#include "cli/options.h"
#include "cli/settings.h"
#include "compiler.h"

struct job {
	struct arena arena; /* owned: source, tree, messages */
	struct diag diag;
	struct host *host;  /* owned */
	struct config_values settings;
	struct source *source;
	struct program program;		/* owned, valid if is_compiled */
	struct bpf_object_bytes object; /* owned */
	bool is_compiled;
};

/* This machine, as options show it; NULL after one message. */
struct host *job_host(const struct options *o);
/* Reads settings and the script. Returns 0 or the exit status, after one message. */
int job_open(struct job *j, const struct options *o);
void job_close(struct job *j);
/* What the command line and the settings say to the compiler. */
struct compiler_options job_compiler_options(const struct job *j, const struct options *o,
					     const char *stop_after);
/* Compiles up to and including stop_after (NULL: all) and prints the messages: warnings alone on stdout,
 * errors and what came with them on stderr. Returns 0 or the exit status. */
int job_compile(struct job *j, const struct options *o, const char *stop_after);

#endif
