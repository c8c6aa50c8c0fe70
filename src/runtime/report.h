/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of a run on stderr, at the place in the script they are about (spec output.md §2, §9).
 */
#ifndef BITTERN_RUNTIME_REPORT_H
#define BITTERN_RUNTIME_REPORT_H

#include "program/program.h"

struct reporter {
	const struct program *program;
	bool use_color;
	bool hide_warnings;
};

/* site 0: a message without a place. A message of several lines continues below the first. */
PRINTF_LIKE(3, 4)
void report_error(const struct reporter *r, uint32_t site, const char *format, ...);
PRINTF_LIKE(3, 4)
void report_warning(const struct reporter *r, uint32_t site, const char *format, ...);
/* The same without quoting the source line: errorf() and warnf(). Takes one final newline off. */
void report_text(const struct reporter *r, const char *severity, uint32_t site,
		 struct strbuf *text);
/* The site, number 0 if there is none of that number. */
const struct program_site *report_site(const struct program *p, uint32_t site);

#endif
