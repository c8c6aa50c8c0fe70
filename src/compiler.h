/* SPDX-License-Identifier: Apache-2.0 */
/* Text + options → struct program + BPF object: the only entry for the command line and for tests. */
#ifndef BITTERN_COMPILER_H
#define BITTERN_COMPILER_H

#include "codegen/codegen.h"
#include "diag/diag.h"
#include "host/host.h"
#include "program/program.h"
#include "sema/sema.h"

/* Stages that -d shows, in order; the names are those of the option. */
enum compiler_stage { STAGE_AST, STAGE_TYPES, STAGE_PLAN, STAGE_LLVM, STAGE_BPF, STAGE_COUNT };
const char *compiler_stage_name(enum compiler_stage stage);
const char *compiler_stage_help(enum compiler_stage stage);

struct compiler_options {
	struct sema_options sema;
	unsigned int show;    /* bit per enum compiler_stage */
	struct places *places; /* of codegen_options; NULL: none */
	FILE *show_to;	      /* where shown stages are printed */
	const char *stop_after; /* "parse", a sema pass's name, "codegen"; NULL: everything */
};

/*
 * Compiles source. d collects messages (the caller prints them); on success *program is filled (free
 * with program_free()) and object->bytes is owned by the caller (NULL if stopped before codegen).
 * 0, or -EINVAL if d has errors.
 */
int compile(struct arena *a, struct diag *d, struct host *host, struct source *source,
	    const struct compiler_options *options, struct program *program,
	    struct bpf_object_bytes *object);

#endif
