/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program of type BPF_PROG_TYPE_TRACING is loaded for: the kernel wants to know before it
 * verifies the program, because the target decides what is in its context.
 */
#ifndef BITTERN_RUNTIME_LOAD_TARGET_H
#define BITTERN_RUNTIME_LOAD_TARGET_H

#include "host/host.h"
#include "program/program.h"

struct load_target {
	uint32_t attach_type; /* BPF_TRACE_* */
	uint32_t btf_id;      /* of the target's type; 0: the program has no target */
	int fd;		      /* whose BTF that is, a module's or a BPF program; owned; 0: the kernel's */
};

/* Whether programs of such probes are loaded once for each probe. */
bool load_target_is_own(enum program_attach attach);
/* 0, or -errno with a phrase in why. */
int load_target_find(struct host *h, const struct program *p, const struct program_probe *probe,
		     struct load_target *out, char *why, size_t why_size);
void load_target_close(struct load_target *t);

/* What the kernel has against the target of a program that it refused with err and log; false: its
 * complaint is about the program. The phrase is written to why. */
bool load_target_refused(const struct program *p, const struct program_probe *probe, int err,
			 const char *log, char *why, size_t why_size);

#endif
