/* SPDX-License-Identifier: Apache-2.0 */
/* Compiling a script again, for explanations: see program/recompiler.h. */
#ifndef BITTERN_CLI_RECOMPILE_H
#define BITTERN_CLI_RECOMPILE_H

#include "cli/job.h"
#include "program/recompiler.h"

struct recompilation {
	const struct job *job; /* borrowed, as are the options */
	const struct options *options;
	struct arena arena;
	struct places places;
	unsigned int relief;	/* what it is compiled with now */
	struct program program; /* so compiled, owned, if is_relieved */
	bool is_relieved;
};

void recompilation_init(struct recompilation *r, const struct job *j, const struct options *o);
void recompilation_free(struct recompilation *r);
/* The interface for the run time; context is the recompilation. */
struct recompiler recompilation_recompiler(struct recompilation *r);

#endif
