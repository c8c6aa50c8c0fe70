/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the run time, which has no compiler, asks for the program once more: made differently after the
 * kernel refused it, or for explaining why it did. For explaining, the object has the same functions and
 * maps, and its line information holds numbers of places instead of lines. NULL where there is no
 * compiler.
 */
#ifndef BITTERN_PROGRAM_RECOMPILER_H
#define BITTERN_PROGRAM_RECOMPILER_H

#include "program/program.h"

struct program_place {
	const char *file, *text; /* text: of the line; borrowed from the recompiler */
	uint32_t line, column, column_end;
};

struct recompiler {
	void *context;
	/* The object is the caller's (free out->bytes). 0 or -errno. */
	int (*compile)(void *context, struct bpf_object_bytes *out);
	/* The program made so that the verifier has less to bear (bits PROGRAM_RELIEF_*). *program
	 * belongs to the recompiler, and what it compiles from then on is this program. 0 or -errno. */
	int (*relieve)(void *context, unsigned int relief, const struct program **program,
		       struct bpf_object_bytes *out);
	/* Place of a number in the last object; false: there is none. */
	bool (*place)(void *context, uint32_t number, struct program_place *out);
};

#endif
