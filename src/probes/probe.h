/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe types: their syntax, what they match, what arguments they have, how they attach.
 *
 * Compile side: attach-point text → struct probe_spec (spec.c) → ops->parse → struct probe, maybe
 * with wildcards → ops->expand → struct probes without. Run side: probe_attach() on a struct
 * program_probe, through one row per mechanism (attach.c); it knows nothing of struct probe.
 * The registry lists the types; a unit test rejects duplicate names and aliases.
 */
#ifndef BITTERN_PROBES_PROBE_H
#define BITTERN_PROBES_PROBE_H

#include "diag/diag.h"
#include "host/host.h"
#include "program/program.h"
#include "util/vec.h"

#define PROBE_MAX_PARTS 8

/* One attach point taken apart: "a:b:c" → parts, quotes dropped, `$N` replaced. */
struct probe_spec {
	struct loc loc;
	const char *text;      /* as written */
	const char *user_name; /* or NULL */
	const char *parts[PROBE_MAX_PARTS]; /* [0] is the provider */
	struct loc part_locs[PROBE_MAX_PARTS];
	uint32_t count;
};

/* One thing to attach to. Everything borrowed from the compilation's arena. */
struct probe {
	const struct probe_ops *ops;
	struct loc loc;
	const char *name;      /* full name of probes.md §3, or the user's */
	const char *target;    /* tracepoint category; module of a rawtracepoint or function; else NULL */
	const char *event;     /* event, function, unit or signal name; NULL: a kprobe at an address */
	uint64_t offset;       /* kprobe: bytes into the function; the address */
	bool is_multi;	       /* kprobe: could be one of many in a kprobe_multi link */
	uint64_t count;	       /* sample period, frequency, … as ops->parse understood it */
	bool is_frequency;
	uint32_t perf_type;
	uint64_t perf_config;
	int syscall_number;    /* tracepoint syscalls:sys_{enter,exit}_X served from the raw tracepoint:
				  the number; else -1 */
	bool is_syscall_exit;
	const struct type *args; /* type of `args` once asked for */
	const char *context;   /* iter: name of the struct that is its context */
	bool is_guarded;       /* its function is run by programs, in the middle of what they do */
	bool is_match;	       /* came from a pattern: what cannot be attached is left out */
	bool is_substitute;    /* ops are another type's, in favour of which it could be had as its own */
	const char *why;       /* it is attached as it is; NULL: there was no choice */
	uint32_t program;      /* fentry:bpf: id of the BPF program; 0: any */
};
struct probe_list VEC_OF(struct probe *);

enum probe_flags {
	PROBE_WILDCARD = 1 << 0, /* `*` allowed in parts */
	PROBE_LISTED = 1 << 1,	 /* in -l without a pattern */
	PROBE_PID_FILTER = 1 << 2, /* -p is an in-program comparison */
	PROBE_IGNORES_STOP = 1 << 3, /* runs although the stop flag is set: begin, end */
	PROBE_LISTED_EXPLICIT = 1 << 4, /* in -l only when named */
	PROBE_REGISTERS = 1 << 5, /* the context starts with struct pt_regs: reg(), usermode */
	PROBE_FUNC_REGISTER = 1 << 6, /* func is the instruction pointer of the context */
	PROBE_FUNC_HELPER = 1 << 7, /* func comes from bpf_get_func_ip(). Both flags: the register,
				       which is behind a breakpoint, where the helper is missing or
				       the probe is not at the beginning of the function */
	PROBE_ALONE = 1 << 8, /* the only probe of its program */
};

/* What a context needs to know to make probes. */
struct probe_context {
	struct arena *arena;
	struct diag *diag;
	struct host *host;
	struct type_table *types;
	const char *const *parameters; /* positional parameters, for `$N` in attach points */
	uint32_t parameter_count;
	uint8_t missing_probes;	       /* program_config.missing_probes */
	bool allow_unsafe;	       /* --unsafe */
	bool is_choice; /* what does not exist here is no mistake: nothing is reported and
			   nothing appended */
};

#define PROBE_RETVAL_HELPER UINT32_MAX

struct probe_ops {
	const char *name;	 /* "tracepoint" */
	const char *aliases;	 /* "t", space separated; matched exactly, unlike name (any case) */
	const char *type_word;	 /* value of `probetype` */
	const char *syntax, *help; /* "tracepoint:category:event"; one line */
	uint8_t min_parts, max_parts; /* how many parts may follow the name */
	unsigned int flags;	 /* enum probe_flags */
	uint32_t bpf_prog_type;	 /* BPF_PROG_TYPE_* of what does not read args */
	enum type_space space;	 /* default space of pointers in the probe */
	/* Checks parts (their number is right) and fills in out, which may still hold wildcards; a
	 * user's name is set already. 0 or -EINVAL, reported. */
	int (*parse)(struct probe_context *c, const struct probe_spec *spec, struct probe *out);
	/* Appends what a parsed probe matches; reports no match as missing_probes says. NULL: itself. */
	int (*expand)(struct probe_context *c, const struct probe *p, struct probe_list *out);
	/* The struct type of `args` (space SPACE_CONTEXT or SPACE_SYSCALL). 0, or -errno reported at
	 * loc. NULL: the type has no args. */
	int (*args)(struct probe_context *c, struct probe *p, struct loc loc,
		    const struct type **out);
	/* Index of the first 8-byte context word of argN, or -1 with *limit the number there are.
	 * NULL: no argN. */
	int (*argument)(struct probe_context *c, struct probe *p, uint64_t n, uint64_t *limit);
	/* What `retval` is: its type and the index of its 8-byte context word, or
	 * PROBE_RETVAL_HELPER: bpf_get_func_ret() has it. 0, or -errno reported at loc. NULL: no retval in this type. */
	int (*retval)(struct probe_context *c, struct probe *p, struct loc loc,
		      const struct type **type, uint32_t *word);
	/* Name of the struct that the context is ("pt_regs", "bpf_iter__task"). NULL, or a result
	 * of NULL: no `ctx` in this probe. */
	const char *(*context)(const struct probe *p);
	/* Describes the attachment for the run time; uses_context: the function reads args or ctx in
	 * the layout of the perf tracepoint. Strings go into program. Returns the program type. */
	uint32_t (*plan)(const struct probe *p, bool uses_context, struct program *program,
			 struct program_probe *out);
	/* -l: calls fn with each full name matching the parts (NULL: all); is_verbose adds lines of
	 * arguments to *details. */
	int (*list)(struct probe_context *c, const struct probe_spec *pattern, bool is_verbose,
		    void (*fn)(const char *name, const char *details, void *context),
		    void *context);
};

/* --- registry.c ---------------------------------------------------------------------------------- */
/* All types, ends with NULL, alphabetical. */
extern const struct probe_ops *const probe_types[];
/* By name (any case) or alias (exact), or NULL. Old names count: kfunc, BEGIN. */
const struct probe_ops *probe_type_find(const char *name);
/* The type nearest in spelling, or NULL. */
const char *probe_type_nearest(const char *name);
/* What numbers and pointers of unknown origin lead to: of system calls the user's memory. */
enum type_space probe_space(const struct probe *p);
/* The event comes before the kernel copies what its user pointers lead to: another thread may still change
 * it. */
bool probe_precedes_copy(const struct probe *p);
/* Probe types of the language that later versions bring (kprobe, uprobe, …): for "not supported yet". */
bool probe_type_is_planned(const char *name);

/* --- spec.c -------------------------------------------------------------------------------------- */
/* Takes an attach point apart (probes.md §2). loc covers text in the source. 0 or -EINVAL, reported. */
int probe_spec_parse(struct probe_context *c, const char *text, const char *user_name,
		     struct loc loc, struct probe_spec *out);
/* Reports a wrong number of parts: "requires N arguments, found K". */
int probe_spec_expect(struct probe_context *c, const struct probe_spec *s, uint32_t min,
		      uint32_t max);

/* --- expand.c ------------------------------------------------------------------------------------ */
/* Attach-point text → probes, wildcards in provider, target and event expanded. Appends to out.
 * 0 or -EINVAL (reported). How many there may be is for the caller to check. */
int probes_resolve(struct probe_context *c, const char *text, const char *user_name,
		   struct loc loc, struct probe_list *out);
/* The first of several alternatives that exists; the last of them says that none does, naming all. */
struct probe_choice {
	const char *text, *user_name;
	struct loc loc;
};
int probes_resolve_first(struct probe_context *c, const struct probe_choice *choices, size_t count,
			 struct probe_list *out);
/* For the expand hooks: says that nothing matches p, near (or NULL) being the nearest thing that exists,
 * as missing_probes asks for. 0 or -EINVAL. */
int probe_report_missing(struct probe_context *c, const struct probe *p, const char *near);
/* The same with the reason why it does not match, or NULL. */
int probe_report_missing_because(struct probe_context *c, const struct probe *p, const char *near,
				 const char *because);

/* --- iter.c --------------------------------------------------------------------------------------- */
/* How an iterator is limited to a process (-p, -c). */
enum iterator_filter {
	ITERATOR_OF_ALL,	/* it is not one of tasks */
	ITERATOR_OF_PROCESS,	/* by what it walks: since 6.1 (f0d74c4da1f0) */
	ITERATOR_IN_PROGRAM,	/* the program has to compare */
};
enum iterator_filter probe_iterator_filter(struct host *h, const char *name);

/* --- attach.c: the run side ------------------------------------------------------------------------ */
struct probe_link {
	uint32_t attach; /* enum program_attach */
	int *fds;	 /* owned: links, perf events; closing them in order detaches */
	uint32_t fd_count;
};
struct probe_links VEC_OF(struct probe_link);

/* A probe that could not be attached together with others. */
struct attach_failure {
	uint32_t probe;
	int err;
};

struct attach_context {
	struct host *host;
	const struct program *program;
	const int *function_fds; /* program fd of each function */
	const bool *is_session;	 /* of each function: part of a session's program; NULL: none is */
	const int *map_fds;	 /* fd of each map */
	int target_pid;		 /* -p or -c child for per-pid attachments; -1: all */
	/* Loads function i again as another program type; new fd or -errno. For the fall-back from raw to
	 * perf tracepoint. */
	int (*reload)(void *context, uint32_t function, uint32_t bpf_prog_type);
	/* The program of probe i, which may be loaded only now; fd of the loader's, or -errno with a
	 * phrase in why. */
	int (*load_for)(void *context, uint32_t probe, char *why, size_t why_size);
	/* The link of probe i if it is attached already, or -1. */
	int (*take_link)(void *context, uint32_t probe);
	void *reload_context; /* of these */
	/* Asked before each probe, NULL: never; true ends attaching with -EINTR. */
	bool (*is_interrupted)(void *context);
	void *interrupt_context;
	char error[256];	 /* on failure: a phrase for "unable to attach NAME: …" */
	struct attach_failures VEC_OF(struct attach_failure) failures; /* attach.c's own */
};

/* Attaches everything but begin, end and self probes, in the order of probes.md §5; syscall probes
 * that can share one raw tracepoint do. Appends to links. On failure of probe i: returns -errno with
 * *failed = i and error set; the caller decides by missing_probes whether to go on, and calls again
 * with *next. Start with *next = 0; returns 0 when all are done, -EINTR when interrupted. */
int probes_attach(struct attach_context *c, uint32_t *next, uint32_t *failed,
		  struct probe_links *links);
/* Frees what the context holds, when no more is to be attached. */
void probes_attach_end(struct attach_context *c);
/* Detaches all, newest first, and frees the list. */
void probes_detach(struct probe_links *links);

#endif
