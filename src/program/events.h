/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that kernel half and user half share: ring records, the globals page, aggregation states
 * and the stored form of values. Code generation takes offsets from here with offsetof(), the run time
 * reads the same structs; layout is written nowhere else.
 */
#ifndef BITTERN_PROGRAM_EVENTS_H
#define BITTERN_PROGRAM_EVENTS_H

#include <stdint.h>
#include "util/base.h"

/* --- ring records: header, then the payload (a tuple of the action's argument types) -------------- */
struct event_header {
	uint64_t time_ns; /* bpf_ktime_get_ns(): the order in which records are printed */
	uint32_t action;  /* index into program.actions */
	uint32_t probe;	  /* index into program.functions: whose record this is */
};
_Static_assert(sizeof(struct event_header) == 16, "payload starts 8-aligned");

struct event_exit {
	struct event_header header;
	uint64_t code; /* truncated to 8 bits by the reader */
};

struct event_runtime_error {
	struct event_header header;
	uint32_t site;	 /* index into program.sites */
	uint32_t error;	 /* enum program_error */
	int64_t value;	 /* return value of the helper */
};

/* skboutput(): `length` bytes of the packet follow. */
struct event_packet {
	struct event_header header;
	uint32_t length;
	uint32_t offset; /* bytes that the file leaves out */
};

/* join(): pointers are followed in the kernel, strings land in fixed cells. */
#define EVENT_JOIN_STRINGS 16
#define EVENT_JOIN_SIZE	   1024
struct event_join {
	struct event_header header;
	uint64_t count; /* cells in use */
	char strings[EVENT_JOIN_STRINGS][EVENT_JOIN_SIZE];
};

/* What an iterator writes to its sequence: records as in the rings. */
struct sequence_record {
	uint64_t size; /* bytes of the record that follows, a multiple of 8 */
};

/* A power of two. By CPU or by map: sharing one with others is harmless. */
#define GLOBAL_LOCKS 32

/* --- the globals: value of the map with role MAP_ROLE_GLOBALS, mmapped by the run time ------------ */
struct program_globals {
	uint32_t stop;		 /* set by exit() and by user space: programs other than `end` and
				    `begin` return at once */
	uint32_t exit_requested; /* exit() was called: survives a full control ring */
	uint64_t exit_code;	 /* of the first exit() */
	uint64_t exit_time_ns;	 /* bpf_ktime_get_ns() of the first exit() */
	uint64_t start_boot_ns;	 /* written by user space before anything runs: `elapsed` */
	uint64_t boot_to_tai_ns; /* CLOCK_TAI - CLOCK_BOOTTIME at the start: nsecs(sw_tai) */
	uint64_t pid_ns_dev, pid_ns_ino; /* of bittern's PID namespace; 0: the initial one */
	uint32_t cpu_count;	 /* possible CPUs: `ncpus` */
	uint32_t child_pid;	 /* of -c: `cpid`; 0: none */
	uint32_t target_pid;	 /* of -p: implicit filter; 0: none */
	uint32_t reserved;
	uint32_t locks[GLOBAL_LOCKS]; /* of updates, where the kernel has no compare-and-swap */
	/* Then the ledger: uint64_t lost[function_count][LOSS_COUNT], updated with atomic adds. Then
	 * the constants of the program (struct program.constants), which nobody writes after the
	 * start. Then zeros, which nobody writes at all. */
};

enum program_loss {
#define LOSS(ID, json, is_event, text) LOSS_##ID,
#include "program/losses.def"
#undef LOSS
	LOSS_COUNT
};

#define GLOBALS_LEDGER_OFFSET	       sizeof(struct program_globals)
#define GLOBALS_SIZE(function_count)                                                               \
	(GLOBALS_LEDGER_OFFSET + (size_t)(function_count) * LOSS_COUNT * sizeof(uint64_t))
#define GLOBALS_LOSS(function, loss)                                                               \
	(GLOBALS_LEDGER_OFFSET + ((size_t)(function) * LOSS_COUNT + (loss)) * sizeof(uint64_t))

/* Run-time errors that become records (spec output.md §9). */
enum program_error {
	ERROR_HELPER,		/* a helper returned .value; the site names it */
	ERROR_DIVISION_BY_ZERO,
	ERROR_LOOP_LIMIT,	/* a while loop was ended after .value turns */
	ERROR_TURN_LIMIT,	/* the same, because the kernel has no bpf_loop() */
	ERROR_INDEX_RANGE,	/* array index out of bounds; .value is the index */
	ERROR_SIGNAL_RANGE,	/* no signal has that number, .value */
	ERROR_NO_CHILD,		/* cpid without -c */
};

/* --- scratch memory: value of the per-CPU array with role MAP_ROLE_SCRATCH ------------------------ */
/* A slot is claimed by adding one to its counter and finding one there, and given back by taking it
 * off again: a program may be preempted or interrupted by another on the same CPU, so a nesting counter
 * would not do. */
#define SCRATCH_SLOTS 4
struct scratch_header {
	uint32_t users[SCRATCH_SLOTS]; /* programs that have the slot or try to get it */
	uint64_t zero;		       /* stays it: what is added to it is unknown to the verifier */
	/* SCRATCH_SLOTS slots follow. */
};

/* --- map values ----------------------------------------------------------------------------------- */
/* Scalar maps are arrays with one entry: this header, then the value or state (8-aligned). */
struct scalar_header {
	uint64_t is_set; /* 0: never written, or cleared: not printed at exit */
};

/* States of aggregations, one per CPU. count, sum: a uint64_t. hist, lhist: uint64_t buckets[]. */
struct state_extreme {	 /* min, max */
	uint64_t encoded; /* max over CPUs of extreme_encode(); 0 is the identity */
	uint64_t is_set;
};
struct state_average {	 /* avg, stats */
	uint64_t total, count;
};
/* tseries: a struct state_interval for each interval, not per CPU. An interval is number
 * (boot time / its length) and lies at that number modulo their count. */
struct state_interval {
	uint64_t epoch; /* 1 + number; 0: nothing yet; INTERVAL_BUSY: being emptied for a new one */
	uint64_t value; /* last value, sum, total, or extreme_encode() */
	uint64_t count; /* of values, if that matters; min, max: not 0 once there is one */
};
#define INTERVAL_BUSY (~0ull)

/* The encoding under which both min and max, signed or not, are an unsigned maximum that starts at 0. */
static inline uint64_t extreme_encode(uint64_t value, bool is_signed, bool is_min)
{
	uint64_t ordered = is_signed ? value ^ (1ull << 63) : value;
	return is_min ? ~ordered : ordered;
}
static inline uint64_t extreme_decode(uint64_t encoded, bool is_signed, bool is_min)
{
	uint64_t ordered = is_min ? ~encoded : encoded;
	return is_signed ? ordered ^ (1ull << 63) : ordered;
}

/* hist(n, bits): number of buckets (spec output.md §5.1). Highest index: 63 - bits full powers. */
static inline uint32_t hist_bucket_count(unsigned int bits)
{
	return ((64 - bits + 1) << bits) + 2;
}
/* lhist: underflow, (max - min) / step, overflow. */
static inline uint32_t lhist_bucket_count(int64_t min, int64_t max, int64_t step)
{
	return (uint32_t)((max - min) / step) + 2;
}


/*
 * quantile(): buckets as those of hist() with 6 bits, each 1/64 as wide as where it begins or narrower,
 * so that the middle of a bucket is less than 0.8 % away from all of its values. Negative values share
 * bucket 0.
 */
#define QUANTILE_BITS	 6
#define QUANTILE_BUCKETS (((64 - QUANTILE_BITS + 1) << QUANTILE_BITS) + 2)
struct state_quantile {
	uint64_t min, max; /* extreme_encode(); of what the buckets count */
	uint64_t buckets[QUANTILE_BUCKETS];
};
_Static_assert(sizeof(struct state_quantile) + sizeof(struct scalar_header) <= 32768,
	       "PCPU_MIN_UNIT_SIZE: what the kernel allows as a per-CPU value");
enum quantile_member {
#define QUANTILE(ID, name, per_mille, is_printed) QUANTILE_##ID,
#include "program/quantile_members.def"
#undef QUANTILE
	QUANTILE_MEMBER_COUNT
};

/* --- stored form of values that are not plain integers or bytes ------------------------------------- */
struct value_buffer {	 /* TYPE_BUFFER: size = 4 + capacity */
	uint32_t len;
	uint8_t bytes[];
};
struct value_user_symbol { /* TYPE_USYM */
	uint64_t address;
	uint32_t pid;	/* whose memory it lies in */
	uint32_t probe; /* index into program.functions */
};
struct value_kernel_stack { /* TYPE_KSTACK: instruction pointers, the innermost first */
	uint64_t count;
	uint64_t frames[]; /* as many as the type has; zeros behind the last */
};
struct value_user_stack { /* TYPE_USTACK */
	uint64_t count;
	uint32_t pid, probe;
	uint64_t frames[]; /* mode build_id: struct bpf_stack_build_id */
};
#define STACK_FRAME_SIZE	  8u
#define STACK_BUILD_ID_FRAME_SIZE 32u /* sizeof(struct bpf_stack_build_id) */
#define STACK_FRAMES_MAX	  1024

struct value_timestamp { /* TYPE_TIMESTAMP */
	uint64_t time_ns;
	uint32_t format; /* program string */
	uint32_t clock;	 /* enum value_clock */
};
enum value_clock { CLOCK_KIND_BOOT, CLOCK_KIND_TAI, CLOCK_KIND_SW_TAI };
struct value_cgroup_path { /* TYPE_CGROUP_PATH */
	uint64_t id;
	uint32_t filter; /* program string: pattern of names of hierarchies */
	uint32_t reserved;
};
struct value_quantile_member { /* TYPE_QUANTILE_MEMBER: read from the map when it is printed */
	uint32_t map;	 /* index into program.maps */
	uint32_t member; /* enum quantile_member */
	uint8_t key[];	 /* of keyed maps */
};
struct value_inet {	 /* TYPE_INET, 24 bytes */
	uint32_t family; /* AF_INET, AF_INET6 */
	uint32_t reserved;
	uint8_t address[16]; /* network byte order; IPv4 uses the first four */
};
_Static_assert(sizeof(struct value_timestamp) == 16 && sizeof(struct value_cgroup_path) == 16 && sizeof(struct value_inet) == 24,
	       "sizes the language promises");

#endif
