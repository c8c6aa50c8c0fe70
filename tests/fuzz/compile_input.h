/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzzers of the compiler share: the machine, opened once, and one compilation. */
#ifndef BITTERN_FUZZ_COMPILE_INPUT_H
#define BITTERN_FUZZ_COMPILE_INPUT_H

#include "compiler.h"

/* /dev/null, for what -d shows. */
FILE *compile_input_nowhere(void);
/* Compiles the text, prints its messages nowhere and frees everything. Traps on a refusal without a
 * reason. False: no input that could be a script. The host (tracefs, BTF) is kept from one to the
 * next: it is a cache, not state. */
bool compile_input(const uint8_t *bytes, size_t len, const struct compiler_options *options);

#endif
