/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loss ledger: what could not be recorded, per function and cause. The kernel half counts
 * (globals page), this formats: a line while it happens, the whole account at the end, nothing if
 * nothing was lost.
 */
#ifndef BITTERN_RUNTIME_LOSS_H
#define BITTERN_RUNTIME_LOSS_H

#include "program/program.h"
#include "runtime/output/output.h"

struct loss {
	const struct program *program;
	const uint64_t *ledger; /* [function][LOSS_COUNT], in the globals page */
	uint64_t reported;      /* lost events told so far */
	uint64_t next_ns;       /* not before that is more told */
	bool is_hidden;         /* --no-warnings: no account on stderr */
};

void loss_init(struct loss *l, const struct program *p, const void *globals, bool is_hidden);
/* Tells how many events were lost since the last time, at most ten times a second. */
void loss_poll(struct loss *l, struct output *o, uint64_t now_ns);
/* The rest of the events and the account; misses: recursion_misses of each function. */
void loss_report(struct loss *l, struct output *o, const uint64_t *misses);

#endif
