/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes and their program_type → struct value. Knows the stored form of every type (events.h) and
 * checks bounds; what needs this machine (names of users, symbols, the clock) it asks the resolver.
 */
#ifndef BITTERN_RUNTIME_OUTPUT_DECODE_H
#define BITTERN_RUNTIME_OUTPUT_DECODE_H

#include "program/program.h"
#include "runtime/output/value.h"

/* What an address lies in. Borrowed until the next question. */
struct symbol_name {
	const char *name;
	uint64_t offset;    /* of the address behind its beginning */
	const char *module; /* path of the file that it is in, NULL: unknown */
};

/* Names for numbers. Results are borrowed until the next call. A NULL hook: the number is shown. */
struct resolver {
	void *context;
	int64_t boot_to_wall_ns; /* time of day - time since boot */
	/* Login name of a user id; "" if there is none. */
	const char *(*user_name)(void *context, uint64_t uid);
	/* Text of a time stamp in local time (§7.5); format is strftime's with %f %k %l. */
	const char *(*timestamp)(void *context, const struct value_timestamp *stamp,
				 const char *format);
	/* True if the address has a name; module is set where it is known even if it has none. */
	bool (*kernel_symbol)(void *context, uint64_t address, struct symbol_name *out);
	bool (*user_symbol)(void *context, uint64_t address, uint32_t pid,
			    struct symbol_name *out);
	/* filter: pattern of names of hierarchies. */
	const char *(*cgroup_path)(void *context, uint64_t id, const char *filter);
	/* The quantiles of an element of a map (key NULL: scalar), as they are now. 0 or -errno. */
	int (*quantile)(void *map_context, uint32_t map, const void *key,
			struct value_quantile *out);
	void *map_context;
};

struct decoder {
	const struct program *program;
	const struct resolver *resolver;
	struct arena *arena; /* of the event */
};

/* 0, or -EINVAL: fewer bytes than the type needs, or a type that is not in the program.
 * Aggregations are decoded from one (merged) state. */
int decode(const struct decoder *d, uint32_t type, const void *bytes, size_t size,
	   struct value *out);

/* An integer of 1, 2, 4 or 8 bytes at any address, extended to 64 bits; other sizes give 0. */
uint64_t decode_integer(const void *bytes, size_t size, bool is_signed);

#endif
