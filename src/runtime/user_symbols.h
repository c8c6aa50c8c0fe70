/* SPDX-License-Identifier: Apache-2.0 */
/* Names for addresses in processes. */
#ifndef BITTERN_RUNTIME_USER_SYMBOLS_H
#define BITTERN_RUNTIME_USER_SYMBOLS_H

#include <sys/types.h>
#include "runtime/mappings.h"
#include "runtime/output/decode.h"

struct user_symbols;

/* mappings (borrowed, may be NULL) is asked about processes that have ended. */
struct user_symbols *user_symbols_create(const struct mappings *mappings);
void user_symbols_destroy(struct user_symbols *u);

/* What the address is in the memory of a process (pid in bittern's PID namespace). True if it has a name;
 * out->module is set if it lies in a file, whatever comes of the name. What a process maps is read at
 * the first question about it, and again when an address is in none of its files. */
bool user_symbols_find(struct user_symbols *u, pid_t pid, uint64_t address,
		       struct symbol_name *out);

#endif
