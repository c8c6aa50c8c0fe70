/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kprobe or fentry: the kernel has two ways to run a program at a function's beginning or return, and
 * most scripts could use either. Which one serves a probe is decided here, from what its body asks for,
 * what the function is, and what this kernel has.
 *
 * A probe that goes the other way keeps its name and type: only its probe_ops are other ones, which
 * say how arguments, result and registers are found there, or that they are not.
 */
#ifndef BITTERN_PROBES_MECHANISM_H
#define BITTERN_PROBES_MECHANISM_H

#include "probes/probe.h"

/* What a body asks of its probe. */
enum probe_use {
	USE_ARGS = 1 << 0,	/* args.NAME */
	USE_RETVAL = 1 << 1,
	USE_REGISTERS = 1 << 2, /* reg(), ctx, usermode, override() */
	USE_STACK = 1 << 3,	/* kstack, which would show the trampoline */
	USE_TYPED = 1 << 4,	/* path(), skboutput(), …: a context whose types the verifier knows */
	USE_ARGUMENTS = 1 << 5, /* argN, up to last_argument */
};
struct probe_uses {
	unsigned int bits;
	uint64_t last_argument;
};

struct mechanism {
	const char *name;      /* of how it is attached: "fentry"; NULL: as its type is, without a choice */
	const char *why;       /* a phrase; NULL with name */
	enum program_cost cost;
	const struct probe_ops *ops; /* that serve the probe: its own, mostly */
	bool is_preferred;     /* its own could do as well */
	const char *module;    /* of the function, for fentry */
};

/* Never fails: what cannot be had either way is told by those that attach it. */
void mechanism_choose(struct probe_context *c, const struct probe *p,
		      const struct probe_uses *uses, struct mechanism *out);

#endif
