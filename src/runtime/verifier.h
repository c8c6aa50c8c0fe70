/* SPDX-License-Identifier: Apache-2.0 */
/* Explains why the kernel did not take a program. */
#ifndef BITTERN_RUNTIME_VERIFIER_H
#define BITTERN_RUNTIME_VERIFIER_H

#include "runtime/report.h"

/* What a -errno of bpf(2) means, and the way out where there is one. Static or strerror()'s. */
const char *verifier_error_text(int err);
/* The verifier's conclusion: its last message lines, with the last source line it quoted before
 * them; "" if the log has none. */
void verifier_summary(const char *log, struct strbuf *out);
/* One message at the probe's place; all of the log with -v. */
void verifier_report(const struct reporter *r, uint32_t site, const char *probe, int err,
		     const char *log);

#endif
