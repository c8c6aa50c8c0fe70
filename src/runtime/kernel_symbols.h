/* SPDX-License-Identifier: Apache-2.0 */
/* Names for addresses of the kernel. */
#ifndef BITTERN_RUNTIME_KERNEL_SYMBOLS_H
#define BITTERN_RUNTIME_KERNEL_SYMBOLS_H

#include "util/strbuf.h"
#include "util/vec.h"

struct kernel_symbol_entry {
	uint64_t address;
	uint32_t name; /* offset in names */
};

struct kernel_symbols {
	bool was_read;
	struct kernel_symbol_entries VEC_OF(struct kernel_symbol_entry) entries; /* by address */
	struct strbuf names; /* NUL-terminated, one after another */
};

/* The symbol that the address lies in, which is *offset bytes behind its beginning (offset may be NULL); or
 * NULL. The table is read by the first call; borrowed. */
const char *kernel_symbols_find(struct kernel_symbols *k, uint64_t address, uint64_t *offset);
/* For tests: adds a symbol by hand, in order of addresses, and reads no table. */
void kernel_symbols_add(struct kernel_symbols *k, uint64_t address, const char *name);
void kernel_symbols_free(struct kernel_symbols *k);

#endif
