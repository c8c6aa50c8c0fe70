/* SPDX-License-Identifier: Apache-2.0 */
/* Names that this machine knows for numbers in events: the session's half of decode.h. */
#ifndef BITTERN_RUNTIME_RESOLVER_H
#define BITTERN_RUNTIME_RESOLVER_H

#include "host/host.h"
#include "runtime/kernel_symbols.h"
#include "runtime/output/decode.h"
#include "runtime/user_symbols.h"

struct user_cache;

struct names {
	struct resolver resolver;             /* what decode() gets; context is this struct */
	struct user_cache *users;             /* owned */
	struct strbuf time_text, time_format; /* of the last time stamp */
	size_t time_max;                      /* longest text of a time stamp */
	int64_t tai_to_wall_ns;
	struct kernel_symbols kernel_symbols;
	struct user_symbols *user_symbols; /* owned; NULL: nobody has asked */
	const struct mappings *mappings; /* borrowed; NULL: none are kept */
	struct host *host;         /* borrowed */
	struct strbuf cgroup_text; /* of the last control group */
};

void names_init(struct names *n, struct host *host, size_t max_strlen);
void names_free(struct names *n);

/* strftime with %f %k %l for fractions of nanoseconds (spec output.md §7.5). Appends at most max
 * bytes; false if that does not do. */
bool names_format_time(struct strbuf *scratch, const char *format, int64_t seconds,
		       uint32_t nanoseconds, size_t max, struct strbuf *out);

#endif
