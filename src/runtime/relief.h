/* SPDX-License-Identifier: Apache-2.0 */
/* What could be done for a program that the verifier refused; see enum program_relief. */
#ifndef BITTERN_RUNTIME_RELIEF_H
#define BITTERN_RUNTIME_RELIEF_H

#include "program/program.h"

/* Bits PROGRAM_RELIEF_* that may help against what the verifier's log ends with, err (-errno) being how
 * loading failed; 0: nothing does. */
unsigned int relief_for(int err, const char *log);
/* "with less on the stack" etc., for a message; the lowest bit counts. */
const char *relief_text(unsigned int relief);

#endif
