/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract between compiler and run time: what was compiled, as plain data.
 *
 * No pointer into the tree, to LLVM or to probe types: strings, types, sites are numbers into this
 * struct's own arrays, so it can be written to a file as it is. With the BPF object it is all the
 * run time ever sees.
 */
#ifndef BITTERN_PROGRAM_PROGRAM_H
#define BITTERN_PROGRAM_PROGRAM_H

#include "program/events.h"
#include "types/type.h"
#include "util/vec.h"

/* Number 0 of strings is "", of types is none, of sites is "no place". */

struct program_field {
	uint32_t name; /* string; 0: unnamed */
	uint32_t type;
	uint32_t offset;
	uint8_t bit_offset, bit_size;
};

struct program_enumerator {
	uint64_t value;
	uint32_t name;
};

/* A type, enough to decode and print a value. */
struct program_type {
	uint8_t kind; /* enum type_kind */
	uint8_t is_signed;
	uint8_t bits;	/* HIST; KSTACK, USTACK: enum type_stack_mode; POINTER: 1 if to a function of
			   the kernel */
	uint8_t is_full; /* STRING: without a NUL it is not cut, but fills its bytes */
	uint32_t size;	/* bytes in memory */
	uint32_t count; /* ARRAY: elements; KSTACK, USTACK: frames */
	uint32_t element;     /* POINTER, ARRAY: type */
	uint32_t first, field_count; /* TUPLE RECORD STRUCT: into fields; ENUM: into enumerators */
	uint32_t name;	/* STRUCT, ENUM: string */
	int64_t min, max, step; /* LHIST */
};

enum program_map_role {
	MAP_ROLE_USER,	  /* a map of the script */
	MAP_ROLE_GLOBALS, /* struct program_globals, array of one, mmapable */
	MAP_ROLE_RINGS,	  /* array of per-CPU ring buffers for DATA records */
	MAP_ROLE_CONTROL, /* one ring buffer for CONTROL records */
	MAP_ROLE_PACKETS, /* perf buffers for PACKETS records, by CPU */
	MAP_ROLE_SCRATCH, /* scratch_header and slots: per-CPU array of one, or array by CPU */
};

/* Map i is the ELF symbol "map_<i>" in the object. */
struct program_map {
	uint32_t name;	   /* string with its `@`; internal maps: without */
	uint8_t role;	   /* enum program_map_role */
	uint8_t is_scalar; /* value starts with struct scalar_header */
	uint8_t is_per_cpu;
	uint8_t reserved;
	uint32_t bpf_type; /* BPF_MAP_TYPE_* */
	uint32_t bpf_flags;
	uint32_t key_size, value_size; /* bytes, per CPU; rings: 0, chosen by the run time */
	uint32_t max_entries;	       /* rings: 0, chosen by the run time */
	uint32_t key_type, value_type; /* types; key of a scalar map: 0 */
	uint32_t site;	   /* first use */
};

/* A BPF program in the object: ELF function `name`, alone in section "bpf/" + name (an ELF writer knows
 * a section's name as a symbol, so the two must differ). */
struct program_function {
	uint32_t name;		/* "probe_<i>" */
	uint32_t bpf_prog_type; /* BPF_PROG_TYPE_* */
	uint32_t probe_name;	/* string: how messages and the ledger call it */
	uint32_t session_return; /* in a kprobe session: the function for the return, + 1; 0: none */
	uint32_t btf_target;	/* BPF_PROG_TYPE_TRACING: string, the kernel BTF's typedef of the
				   tracepoint it belongs to, "btf_trace_sched_switch"; else 0 */
	uint32_t site;
};

/* How a probe is attached. */
enum program_attach {
#define ATTACH(ID, name, cost, event_ns, detach, needs) ATTACH_##ID,
#include "program/attach.def"
#undef ATTACH
	ATTACH_COUNT
};

/* What it costs the events' own processes. */
enum program_cost {
	COST_NONE,    /* at most a few times in a run */
	COST_SAMPLED, /* as often as the script says */
	COST_LOW,     /* tens of nanoseconds an event */
	COST_MEDIUM,  /* a hundred or two: seen in events that come a million times a second */
	COST_HIGH,    /* a microsecond and more */
};
struct program_attach_facts {
	const char *name; /* "raw tracepoint" */
	enum program_cost cost;
	unsigned int event_ns; /* of an empty program */
	const char *detach, *needs; /* or NULL */
};

struct program_probe {
	uint32_t name;	   /* string: full name or the user's */
	uint32_t function; /* into functions */
	uint32_t attach;   /* enum program_attach */
	uint32_t target;   /* string: tracepoint category; module of a function */
	uint32_t event;	   /* string: event or function name */
	uint32_t why;	   /* string: why it is attached in this way, for --preview; 0: there is no other */
	int32_t number;	   /* syscall number, signal, id of a BPF program, or -1 */
	uint32_t perf_type;  /* PERF_TYPE_* */
	uint64_t perf_config;
	uint64_t offset;     /* KPROBE: bytes into the function; without one: the address */
	uint64_t sample;     /* period (ns for clocks, count for events) or frequency in Hz */
	uint8_t is_frequency;
	uint8_t is_guarded;  /* SYSCALL_*: the function itself tests the number */
	uint8_t is_optional; /* one of the matches of a pattern: left out if it cannot be attached */
	uint8_t is_substitute; /* the compiler knows another way: PROGRAM_RELIEF_OWN_WAYS */
	uint32_t site;
};

struct program_action {
	uint32_t kind;	 /* enum program_action_kind */
	uint32_t format; /* string: printf family, time, join separator, path of packets */
	uint32_t payload; /* type: TUPLE of the arguments behind the header; 0: none */
	uint32_t map;	 /* PRINT_MAP CLEAR ZERO */
	int64_t top, div; /* PRINT_MAP; 0: not given */
	uint8_t by;	  /* PRINT_MAP: enum program_print_by */
	uint8_t is_descending;
	uint8_t reserved[2];
	uint32_t site;
};

/* What a printed map is sorted by. */
enum program_print_by {
	PRINT_BY_TYPE, /* as its values ask for: spec output.md §4.2 */
	PRINT_BY_KEY,
	PRINT_BY_VALUE,
	PRINT_BY_MEMBER, /* and on: of quantiles, plus enum quantile_member */
};

enum program_action_kind {
#define ACTION(ID, handler, ring, meaning) ACTION_##ID,
#include "program/actions.def"
#undef ACTION
	ACTION_KIND_COUNT
};
enum program_ring {
	ACTION_RING_DATA,
	ACTION_RING_CONTROL,
	ACTION_RING_PACKETS,
	ACTION_RING_COUNT
};

/* A place in the script and what stands there, for messages while running. */
struct program_site {
	uint32_t file, text; /* strings: source name, the whole source line */
	uint32_t line, column, column_end;
	uint32_t helper; /* string: BPF helper or function the site's errors are about; 0 */
	uint32_t expanded_from; /* site: the call of the macro that this is in; 0 */
	uint8_t is_quiet; /* shown only with -k: failed reads, look-up misses */
	uint8_t reserved[3];
};

/* A place that reads memory of the traced process which the kernel itself reads later. */
struct program_user_read {
	uint32_t function, site;
};

/* One member per row of config.def. */
struct program_config {
	uint32_t max_strlen, max_map_keys, max_probes, max_bpf_progs;
	uint32_t on_stack_limit; /* bytes */
	uint32_t perf_rb_pages;	 /* 0: automatic */
	uint32_t max_cat_bytes, log_size;
	uint8_t print_maps_on_exit, cpp_demangle, lazy_symbolication, show_debug_info;
	uint8_t use_blazesym;
	uint8_t missing_probes;	    /* 0 error, 1 warn, 2 ignore */
	uint8_t cache_user_symbols; /* 0 per process, 1 per program, 2 none */
	uint8_t stack_mode;	    /* 0 bpftrace, 1 perf, 2 raw, 3 build_id */
	uint8_t license;	    /* config_license() */
	uint8_t unstable_tseries, unstable_dw_ustack, unstable_typeinfo; /* enum config_unstable */
	uint8_t unstable_import_statement;
	uint8_t reserved[3];
	uint32_t str_trunc_trailer; /* string */
};

/* The compiled object: ELF relocatable for BPF. Owned by the holder. */
struct bpf_object_bytes {
	void *bytes;
	size_t size;
};

struct program {
	struct program_types VEC_OF(struct program_type) types;
	struct program_fields VEC_OF(struct program_field) fields;
	struct program_enumerators VEC_OF(struct program_enumerator) enumerators;
	struct program_maps VEC_OF(struct program_map) maps;
	struct program_functions VEC_OF(struct program_function) functions;
	struct program_probes VEC_OF(struct program_probe) probes;
	struct program_actions VEC_OF(struct program_action) actions;
	struct program_sites VEC_OF(struct program_site) sites;
	struct program_user_reads VEC_OF(struct program_user_read) user_reads;
	struct program_objects VEC_OF(struct bpf_object_bytes) objects; /* imported, owned; functions
			      "object_<i>_<name>" stand for theirs */
	struct strbuf strings; /* NUL-terminated texts one after another; a string is its offset */
	struct strmap string_index; /* text → offset + 1: while strings are added, not part of what
				       is saved */
	struct strbuf constants; /* bytes that BPF programs read: they follow the ledger in the globals
				    page */
	struct program_config config;
	uint32_t data_record_max; /* bytes of the largest DATA record, 0: no data ring is needed */
	uint32_t scratch_slot_size; /* bytes of one scratch slot, 0: no scratch map */
};

/* What the compiler can do for a program that the verifier refused, at some cost. */
enum program_relief {
	PROGRAM_RELIEF_STACK = 1 << 0, /* values wait in scratch memory rather than on the stack */
	PROGRAM_RELIEF_LOOPS = 1 << 1, /* loops that it follows turn by turn become bpf_loop() */
	PROGRAM_RELIEF_ORDER = 1 << 2, /* blocks stay in the order of the script */
	PROGRAM_RELIEF_OWN_WAYS = 1 << 3, /* kprobes are kprobes, though fentry seemed better */
	PROGRAM_RELIEF_READS = 1 << 4, /* pointers of BTF types are followed by helpers, too */
	/* Not the verifier: hashes have keys of 512 bytes at most before 5.11. Strings are shorter, if
	 * nobody has said how long they are. */
	PROGRAM_RELIEF_KEYS = 1 << 8,
	PROGRAM_RELIEF_KEYS_OF_TWO = 1 << 9,
};

/* Sets up entry 0 of every table and the default configuration. */
void program_init(struct program *p);
void program_free(struct program *p);

/* Adds a copy of an imported object. */
void program_add_object(struct program *p, const void *bytes, size_t size);
/* Equal texts share one number. */
uint32_t program_add_string(struct program *p, const char *text);
/* Borrowed until the next string is added. */
const char *program_string(const struct program *p, uint32_t string);
/* The number of a settled, complete type; equal types share one. */
uint32_t program_add_type(struct program *p, const struct type *type);
/* Bytes for BPF programs to read, to be added in pass "plan"; their offset among the constants, a
 * multiple of 8. Equal bytes share one place. */
uint32_t program_add_constants(struct program *p, const void *bytes, size_t len);
/* Notes a read of user memory that comes before the kernel's own; each place once. */
void program_add_user_read(struct program *p, uint32_t function, uint32_t site);
/* Bytes of the globals page up to the end of the constants, a multiple of 8. */
size_t program_globals_size(const struct program *p);
/* Index of the first map of a role, or -1. */
int program_find_role(const struct program *p, enum program_map_role role);

/* "p99", …; the member of that name, or -1. */
const char *program_quantile_name(enum quantile_member member);
int program_quantile_member(const char *name);
/* All of them, a blank in front of each. */
const char *program_quantile_names(void);
const char *program_action_name(enum program_action_kind kind);
enum program_ring program_action_ring(enum program_action_kind kind);
const char *program_attach_name(enum program_attach attach); /* "raw tracepoint", … */
const struct program_attach_facts *program_attach_facts(enum program_attach attach);
const char *program_loss_json(enum program_loss loss);
const char *program_loss_text(enum program_loss loss);
bool program_loss_is_event(enum program_loss loss);

/* The plan as text: what `-d plan` shows. */
void program_print(FILE *f, const struct program *p);

#endif
