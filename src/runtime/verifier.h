/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why the kernel did not take a program, in the terms of the script: the place, the rule that is broken and
 * what to do. The rules are in verifier_rules.def.
 */
#ifndef BITTERN_RUNTIME_VERIFIER_H
#define BITTERN_RUNTIME_VERIFIER_H

#include "diag/diag.h"
#include "program/recompiler.h"
#include "runtime/bpf_link.h"
#include "runtime/report.h"

/* What a -errno of bpf(2) means, and the way out where there is one. Static or strerror()'s. */
const char *verifier_error_text(int err);

/* What the log says in the end. */
struct verdict {
	enum diag_id id;
	char text[400], hint[400]; /* hint: "" for none */
	char words[300];	   /* the verifier's own; "" without a log */
	uint32_t insn;		   /* number of the instruction that is to blame */
	bool has_insn;
};
/* err: -errno of the call that log (NULL or "": none) is of. */
void verifier_judge(int err, const char *log, struct verdict *out);

struct refusal {
	const struct reporter *reporter;
	uint32_t site; /* of the probe */
	const char *probe;
	int err;
	const char *log;
	/* For places within the probe: numbers in line records, and who knows them. NULL: unknown. */
	const struct bpf_link_infos *places;
	const struct recompiler *recompiler;
};
/* One message; with -v all of the log. */
void verifier_explain(const struct refusal *r);

#endif
