/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed tree → BPF object, through the LLVM C API. This is the door; cg.h is the inside.
 */
#ifndef BITTERN_CODEGEN_CODEGEN_H
#define BITTERN_CODEGEN_CODEGEN_H

#include <stdio.h>
#include "diag/source.h"
#include "program/program.h"
#include "util/vec.h"

struct sema;

/* Places of a script by number. */
struct places VEC_OF(struct loc);

struct codegen_options {
	bool debug_info; /* .BTF, .BTF.ext with line info; forced where loops need callbacks */
	/* Or NULL. For explaining what the verifier refuses: debug info whose "line" is a number in this
	 * list, which is filled, so that an instruction leads to the exact expression in its file. */
	struct places *places;
	FILE *dump_llvm; /* -d llvm: the module before and after the passes, or NULL */
	FILE *dump_bpf;	 /* -d bpf: disassembly, or NULL */
};

/* Compiles all bodies of s (after pass "plan"). Fills in what only code generation knows
 * (program.scratch_slot_size). The object is owned by the caller (free out->bytes).
 * 0 or -EINVAL (reported to s->diag). */
int codegen_run(struct sema *s, const struct codegen_options *options,
		struct bpf_object_bytes *out);

#endif
