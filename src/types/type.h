/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language's types (spec language.md §6): interned and immutable, so equality is `==`.
 *
 * A struct type_table belongs to one compilation and makes every type in it. C structs are the
 * exception to immutability: a struct is made by name and its fields are filled in when somebody
 * first asks for them (struct type_struct below), because they come from BTF or a tracepoint's
 * format file, which nothing reads before it is needed.
 *
 * Integer literals have flexible types (§6.3): int8/16/32/64 whose sign gives way to that of the
 * other operand. Flexibility lives only during inference; type_settle() drops it.
 */
#ifndef BITTERN_TYPES_TYPE_H
#define BITTERN_TYPES_TYPE_H

#include "util/arena.h"
#include "util/strbuf.h"
#include "util/strmap.h"

enum type_kind {
#define TYPE_KIND(ID, word) TYPE_##ID,
#include "types/type_kinds.def"
#undef TYPE_KIND
	TYPE_KIND_COUNT
};

/* Where the memory behind a pointer or a struct lies, hence how it is read. */
enum type_space {
	SPACE_UNKNOWN, /* read with the generic helper */
	SPACE_KERNEL,
	SPACE_USER,
	SPACE_BPF,     /* stack, map value, ring record: plain loads */
	SPACE_CONTEXT, /* the program's context: plain loads at constant offsets */
	SPACE_SYSCALL, /* arguments of sys_enter/sys_exit taken from the raw tracepoint's registers */
};

/* What a time series keeps of the values of one interval. */
enum series_kind { SERIES_LAST, SERIES_AVG, SERIES_SUM, SERIES_MIN, SERIES_MAX, SERIES_KIND_COUNT };

/* How a stack is printed, and for build ids taken. */
enum type_stack_mode {
	STACK_BPFTRACE,
	STACK_PERF,
	STACK_RAW,
	STACK_BUILD_ID,
	STACK_MODE_COUNT
};

struct type;

/* How a field of a SPACE_SYSCALL struct is found. */
enum field_source {
	FIELD_OFFSET,	      /* at .offset bytes */
	FIELD_SYSCALL_ARG,    /* .offset = number of the syscall argument, 0..5 */
	FIELD_SYSCALL_NUMBER, /* the syscall's number */
	FIELD_SYSCALL_RETURN, /* the return value (sys_exit) */
};

/* Element of a tuple (name NULL), record, struct or union. */
struct field {
	const char *name; /* NULL in tuples and for anonymous members */
	const struct type *type;
	uint32_t offset; /* bytes */
	uint8_t bit_offset, bit_size; /* bit-field: bits above `offset`, width; size 0: none */
	uint8_t source;	 /* enum field_source */
	bool is_data_loc; /* tracepoint __data_loc: the field holds offset and length, its value is
			     the address context + (field & 0xffff) */
	bool is_rel_loc; /* … __rel_loc: is_data_loc, and counted from the end of the field */
	bool is_hidden;	 /* common tracepoint header: exists but may not be read */
	bool is_unterminated; /* char[N] defined in C, here string[N]: as a value string[N+1] */
};

/* A C struct or union. Filled by complete() on first use. */
struct type_struct {
	const char *name; /* without "struct"; "" if anonymous */
	const char *alias; /* the typedef that an anonymous one is known by; or NULL */
	bool is_union;
	bool is_complete; /* fields, size and align are valid */
	bool is_failed;	  /* complete() was tried and found nothing */
	uint32_t size, align;
	struct field *fields;
	uint32_t field_count;
	/* Finds the fields; 0 or -errno. NULL: nothing can be found. */
	int (*complete)(struct type_struct *s, void *context);
	void *context;
};

struct type_enumerator {
	const char *name;
	uint64_t value;
};

struct type_enum {
	const char *name; /* without "enum"; "" if anonymous */
	const char *alias; /* as of structs */
	uint8_t size;	  /* bytes in memory: 4, 8, …; 0 counts as 8 */
	bool is_signed;	  /* has negative enumerators (values are sign-extended) */
	struct type_enumerator *values;
	uint32_t count;
};

struct type {
	enum type_kind kind;
	bool is_signed;	  /* INT; ENUM: how its bytes extend; aggregations: of the aggregated value */
	bool is_flexible; /* INT: literal whose sign adapts */
	uint8_t space;	  /* POINTER, STRUCT: enum type_space of what is pointed to / of it */
	uint8_t bits;	  /* HIST: sub-bucket bits 0..5; TSERIES: enum series_kind; flexible INT:
			     bytes it needs as unsigned; VOID: code, see function_type; KSTACK,
			     USTACK: enum type_stack_mode */
	uint32_t size;	  /* bytes in memory; struct, array of structs: see type_size() */
	uint32_t align;
	uint32_t count;	  /* ARRAY: elements; TUPLE, RECORD: fields; KSTACK, USTACK: frames; TSERIES:
			     intervals */
	const struct type *element;  /* POINTER: pointee; ARRAY: element; else NULL */
	const struct field *fields;  /* TUPLE, RECORD */
	struct type_struct *record;  /* STRUCT */
	const struct type_enum *enumeration; /* ENUM */
	int64_t min, max, step;	     /* LHIST; TSERIES: step is the interval in ns */
	const char *spelling;	     /* as diagnostics show it; made on construction */
};

struct type_table {
	struct arena *arena; /* borrowed */
	struct strmap interned;
	struct strmap structs; /* "struct x" / "union x" → struct type_struct */
	struct strmap enums;   /* "enum x" → struct type_enum, for who imports C types */
	const struct type *none, *void_type, *bool_type;
	const struct type *function_type; /* void, of what pointers to functions lead to */
	const struct type *ints[2][4];	   /* [is_signed][log2 bytes] */
	const struct type *flexible[4];	   /* int8 … int64, flexible */
	const struct type *username, *timestamp, *timestamp_mode, *mac, *cgroup_path, *ksym, *usym;
	const struct type *inet; /* inet[24] */
	/* Given to every struct made by name: how its fields are found (host_provide_structs()). */
	int (*complete_struct)(struct type_struct *s, void *context);
	void *complete_context;
};

void type_table_init(struct type_table *t, struct arena *a);
void type_table_free(struct type_table *t);

/* --- construction; size_bytes one of 1, 2, 4, 8 ---------------------------------------------- */
const struct type *type_int(struct type_table *t, unsigned int size_bytes, bool is_signed);
const struct type *type_flexible(struct type_table *t, unsigned int size_bytes);
/* The type of a literal: smallest signed size, flexible if not negative; uint64 above INT64_MAX. */
const struct type *type_of_literal(struct type_table *t, uint64_t value, bool is_negative);
const struct type *type_string(struct type_table *t, uint32_t size);	/* size includes the NUL */
const struct type *type_buffer(struct type_table *t, uint32_t capacity); /* + 4 byte length */
const struct type *type_pointer(struct type_table *t, const struct type *to, enum type_space s);
const struct type *type_array(struct type_table *t, const struct type *of, uint32_t count);
const struct type *type_tuple(struct type_table *t, const struct type *const *items, uint32_t n);
const struct type *type_record(struct type_table *t, const char *const *names,
			       const struct type *const *items, uint32_t n);
/* The struct type of a named struct or union, made incomplete if new. */
struct type_struct *type_struct_find(struct type_table *t, const char *name, bool is_union);
const struct type *type_struct(struct type_table *t, struct type_struct *s, enum type_space space);
const struct type *type_enum(struct type_table *t, const struct type_enum *e);
/* The same as a value: 8 bytes whatever it takes in memory (spec language.md §6.1). */
const struct type *type_enum_value(struct type_table *t, const struct type_enum *e);
/* COUNT SUM MIN MAX AVG STATS QUANTILE. */
const struct type *type_aggregation(struct type_table *t, enum type_kind kind, bool is_signed);
/* What user space reads of a map of quantiles when it prints: struct value_quantile_member. */
const struct type *type_quantile_member(struct type_table *t, bool is_signed, uint32_t key_size);
const struct type *type_hist(struct type_table *t, unsigned int bits);
const struct type *type_lhist(struct type_table *t, int64_t min, int64_t max, int64_t step);
const struct type *type_series(struct type_table *t, enum series_kind kind, int64_t interval_ns,
			       uint32_t intervals, bool is_signed);
/* KSTACK or USTACK of at most `limit` frames. */
const struct type *type_stack(struct type_table *t, enum type_kind kind, enum type_stack_mode mode,
			      uint32_t limit);
/* "bpftrace", …; NULL behind the last. */
const char *type_stack_mode_name(enum type_stack_mode mode);
/* The same type without flexibility, also inside tuples and records. */
const struct type *type_settle(struct type_table *t, const struct type *type);
/* A built-in type by its name in programs (int8 … uint64, bool, string, void, username_t,
 * char int long size_t u32 uint32_t …), or NULL. `string` gives string[0], meaning unsized. */
const struct type *type_builtin(struct type_table *t, const char *name);

/* --- questions ------------------------------------------------------------------------------- */
bool type_is_integer(const struct type *t);	/* INT or ENUM */
bool type_is_function_pointer(const struct type *t);
bool type_is_aggregation(const struct type *t);	/* COUNT … TSERIES */
bool type_is_readable(const struct type *t);	/* COUNT SUM MIN MAX AVG: usable as an integer */
/* Held in memory and passed by address in code generation: STRING, BUFFER, ARRAY, TUPLE, RECORD,
 * STRUCT, INET, MAC, TIMESTAMP, CGROUP_PATH, USYM, stacks. All others fit a register. */
bool type_is_memory(const struct type *t);
/* `string` or `buffer` alone: its size comes from what is assigned. */
bool type_is_unsized(const struct type *t);
/* A truth value exists: INT, ENUM, BOOL, POINTER, readable aggregation. */
bool type_is_condition(const struct type *t);
/* Fills in a struct's fields if need be; false if they cannot be found. */
bool type_complete(const struct type *t);
uint32_t type_size(const struct type *t);
uint32_t type_align(const struct type *t);
/* A member by name of a STRUCT (also through anonymous members: *out has the summed offset) or
 * RECORD. */
bool type_find_field(const struct type *t, const char *name, struct field *out);
const char *type_kind_word(enum type_kind kind);

/* --- rules (type_rules.c; spec §6.4, §6.5) ------------------------------------------------------ */
/* The common type of two values kept in one place, or NULL if there is none. NULL and none adapt
 * to the other. */
const struct type *type_promote(struct type_table *t, const struct type *a, const struct type *b);
/* Result type of an arithmetic operator on two integers (§4.4). is_subtraction forces int64. */
const struct type *type_arithmetic(struct type_table *t, const struct type *a,
				   const struct type *b, bool is_subtraction);

enum type_conversion {
	CONVERSION_NONE,     /* same type */
	CONVERSION_SILENT,   /* widening, zero padding, element-wise thereof */
	CONVERSION_LOSSY,    /* integer conversion that may change the value: a warning */
	CONVERSION_INVALID,
};
/* Implicit conversion of a value on assignment (§6.5). None adapts to anything: whoever assigns says
 * what is wrong with a value that does not exist. */
enum type_conversion type_assignable(const struct type *from, const struct type *to);
/* An explicit cast is allowed (§6.6). */
bool type_castable(const struct type *from, const struct type *to);

#endif
