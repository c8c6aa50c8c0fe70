/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This machine, read lazily: nothing here opens BTF, tracefs, kallsyms or /proc before the first
 * question that needs it, and each is read at most once per struct host.
 *
 * The kernel's BTF is mmapped (read where that is refused: kernels before 6.16) and searched by
 * linear scan; found ids are cached by name.
 */
#ifndef BITTERN_HOST_HOST_H
#define BITTERN_HOST_HOST_H

#include <sys/types.h>
#include "types/type.h"
#include "util/vec.h"

struct host;

struct host *host_create(void);
void host_destroy(struct host *h);

/* --- btf.c: the kernel's BTF ------------------------------------------------------------------ */
/* False if the kernel has none (or BPFTRACE_BTF names an unreadable file). */
bool host_has_btf(struct host *h);
/* Why a type may be missing, as a hint: there is no BTF, or what is wrong with it as far as that was
 * seen; NULL: nothing. */
const char *host_btf_missing(struct host *h);
/* What was seen to be wrong with BTF that is in use; NULL: nothing. */
const char *host_btf_damage(struct host *h);
/* Why there is none, as "the kernel's BTF, …": "which is not there", "which cannot be used: …". */
const char *host_btf_absence(struct host *h);
/* Id of the type `name` of a BTF_KIND_* (STRUCT, UNION, ENUM (both widths), TYPEDEF, FUNC, VAR).
 * 0 or -ENOENT. */
int host_btf_find(struct host *h, const char *name, uint32_t kind, uint32_t *id);
/* The most similar name of a type of this kind, or of an enumerator; NULL: none is similar. */
const char *host_btf_nearest(struct host *h, uint32_t kind, const char *name);
const char *host_enumerator_nearest(struct host *h, const char *name);
/* Offset and size in bytes of a plain member, e.g. ("thread_info", "status"). 0 or -ENOENT. */
int host_btf_member(struct host *h, const char *struct_name, const char *member,
		    uint32_t *offset, uint32_t *size);

/* --- btf_types.c: kernel BTF → types --------------------------------------------------------- */
/* The language type of a BTF type (spec language.md §2.1 last row). Pointers get `space`. Structs are
 * returned incomplete and fill themselves in on first use; their pointers are kernel pointers. */
const struct type *host_type_from_btf(struct host *h, struct type_table *t, uint32_t id,
				      enum type_space space);
/* Installs the completion hook so that type_complete() finds kernel structs by name. */
void host_provide_structs(struct host *h, struct type_table *t);
/* The struct's layout is that of BTF of this kernel, not the script's. */
bool host_describes_struct(const struct type_struct *s);
/* The type of a C type as a format file or script spells it: "unsigned int", "const char *",
 * "struct sock *", "u32", "enum x", typedef names. NULL if unknown. size_bytes (0: unknown) and
 * is_signed decide for names that are only integers. */
const struct type *host_type_from_c(struct host *h, struct type_table *t, const char *c_type,
				    uint32_t size_bytes, bool is_signed, enum type_space space);
/* A kernel enumerator by name: its value and enum type; 0 or -ENOENT. */
int host_enumerator(struct host *h, struct type_table *t, const char *name, uint64_t *value,
		    const struct type **type);

/* --- functions.c: functions and raw tracepoints in BTF --------------------------------------- */
/* A type id in the BTF of the kernel or of a module. */
struct btf_ref {
	const char *module; /* "vmlinux" or the module's name; borrowed from the host */
	uint32_t id;
};
/* The function `name`; module NULL or "*": vmlinux first, then loaded modules. 0; -ENOENT; -ENOTUNIQ:
 * several modules have it (*out is the first); -ENODEV: no such module is loaded; -ENODATA: no BTF. */
int host_function_btf(struct host *h, const char *module, const char *name, struct btf_ref *out);
/* Parameters as a struct in SPACE_CONTEXT whose fields lie 8 bytes apart, as fentry's context has
 * them (a struct by value fills as many words as it needs); *result the return type (void_type:
 * none). */
int host_function_types(struct host *h, struct type_table *t, const struct btf_ref *f,
			const struct type **args, const struct type **result);
/* Calls fn for the same as C writes them, for -lv; the result comes last with name "retval" if
 * with_result and it is not void. */
int host_each_function_arg(struct host *h, const struct btf_ref *f, bool with_result,
			   void (*fn)(const char *c_type, const char *name, void *context),
			   void *context);
/* Parameters of tracepoint `event` of a module ("vmlinux": the kernel) without the leading context
 * pointer, in the same ways. 0, -ENOENT (no such raw tracepoint). */
int host_raw_tracepoint_args(struct host *h, struct type_table *t, const char *module,
			     const char *event, const struct type **out);
int host_each_raw_tracepoint_arg(struct host *h, const char *module, const char *event,
				 void (*fn)(const char *c_type, const char *name, void *context),
				 void *context);
/* All raw tracepoints in BTF whose module and name match the globs, until fn returns non-zero, which
 * is returned. */
int host_each_raw_tracepoint(struct host *h, const char *module, const char *pattern,
			     int (*fn)(const char *module, const char *event, void *context),
			     void *context);

/* --- definitions.c: C text of types ---------------------------------------------------------- */
enum host_definition { DEFINITION_STRUCT, DEFINITION_UNION, DEFINITION_ENUM };
/* definition: complete, to its last newline; empty without body. */
typedef void host_definition_fn(const char *module, const char *name, const char *definition,
				void *context);
/* Calls fn for the types whose name matches the glob, the kernel's and those of modules, each once.
 * 0, or -ENOENT: no BTF. */
int host_each_definition(struct host *h, enum host_definition what, const char *pattern,
			 bool with_body, host_definition_fn *fn, void *context);

/* --- modules.c ------------------------------------------------------------------------------- */
/* "vmlinux" always is. */
bool host_module_is_loaded(struct host *h, const char *module);
const char *host_module_nearest(struct host *h, const char *module);
/* A descriptor of the module's BTF object for attach_btf_obj_fd, owned by the caller (0 for vmlinux);
 * or -errno. */
int host_module_btf_fd(struct host *h, const char *module);

/* --- traceable.c: functions that can be traced ----------------------------------------------- */
/* --traceable-functions: the file replaces the kernel's list. 0 or -errno. */
int host_use_traceable_functions(struct host *h, const char *path);
/* It was given. */
bool host_has_own_traceable_functions(struct host *h);
/* Functions that can be traced whose module ("vmlinux": the kernel's own; NULL: any) and name match
 * the globs, each once, in the list's order; without a readable list the functions of the symbol
 * table that are not known to be left alone. Names with `.part.` never. Returns fn's non-zero, 0, or
 * -errno. Takes 20 to 60 ms the first time. */
int host_each_traceable(struct host *h, const char *module, const char *name,
			int (*fn)(const char *module, const char *name, void *context),
			void *context);
enum host_traceable {
	TRACEABLE_YES,
	TRACEABLE_UNKNOWN,    /* the list cannot be read, but the function exists */
	TRACEABLE_NOT_LISTED, /* it exists, but not in the list: notrace, copied into its callers, … */
	TRACEABLE_ABSENT,     /* no such function */
};
/* The list is read as far as to the name. Attaching is the quicker question: ask it first. */
enum host_traceable host_traceable(struct host *h, const char *module, const char *name);
const char *host_traceable_nearest(struct host *h, const char *name);
/* Kprobes refuse it; false where their list (in debugfs) is not readable. */
bool host_function_is_blacklisted(struct host *h, const char *name);

/* --- iterators.c: BPF iterators -------------------------------------------------------------- */
/* iter:NAME exists: its context is struct bpf_iter__NAME, its function bpf_iter_NAME. */
bool host_has_iterator(struct host *h, const char *name);
/* Calls fn for each whose name matches until it returns non-zero, which is returned; -ENOENT: no BTF. */
int host_each_iterator(struct host *h, const char *pattern,
		       int (*fn)(const char *name, void *context), void *context);
/* Calls fn for the members of its context, as C writes them. */
void host_each_iterator_member(struct host *h, const char *name,
			       void (*fn)(const char *c_type, const char *name, void *context),
			       void *context);

/* --- trampolines.c: functions for fentry and fexit ------------------------------------------- */
/* The kernel takes programs of fentry from this process. */
bool host_has_trampolines(struct host *h);
/* What about a function's types keeps trampolines from it, as the rest of a sentence: "takes …"; NULL:
 * nothing. */
const char *host_function_obstacle(struct host *h, const struct btf_ref *f);
/* As host_each_traceable(), of functions that are in BTF. */
int host_each_traceable_btf(struct host *h, const char *module, const char *name,
			    int (*fn)(const struct btf_ref *f, const char *name, void *context),
			    void *context);

/* --- object_btf.c: functions of BPF objects -------------------------------------------------- */
#define HOST_OBJECT_PARAMETERS 5 /* BPF functions have no more */
struct host_object_function {
	const char *name; /* as are the others: borrowed until fn returns */
	const struct type *result; /* NULL, as a parameter's: no register holds it */
	const struct type *parameters[HOST_OBJECT_PARAMETERS];
	const char *names[HOST_OBJECT_PARAMETERS];
	uint32_t count; /* may be more than that */
};
/* Calls fn for the global functions in the BTF of an object. 0 or -errno. */
int host_each_object_function(struct type_table *t, const void *btf, size_t size,
			      void (*fn)(const struct host_object_function *f, void *context),
			      void *context);

/* --- bpf_programs.c: BPF programs that are loaded here --------------------------------------- */
struct host_bpf_function {
	uint32_t program; /* id */
	const char *name; /* borrowed until fn returns */
	uint32_t btf_id;  /* in the program's own BTF */
	uint8_t result_size; /* bytes; 0: none that a register holds */
	bool is_result_signed;
};
/* Calls fn for each function that fentry could be attached to until it returns non-zero, which is
 * returned; 0, or -errno if the programs cannot be listed. */
int host_each_bpf_function(int (*fn)(const struct host_bpf_function *f, void *context),
			   void *context);
/* The function of a program; its name is then the one given. 0 or -ENOENT. */
int host_find_bpf_function(uint32_t program, const char *name, struct host_bpf_function *out);

/* --- features.c: helpers and kernel functions ------------------------------------------------ */
struct host_function {
	const char *name;    /* "bpf_loop" */
	unsigned int release; /* 5.17 is 5017 */
	const char *since, *commit; /* "5.17" */
	const char *instead; /* what a script could use where it is missing; NULL: nothing */
};
enum host_support {
	SUPPORT_YES,
	SUPPORT_NOT_HERE, /* this type of program may not call it, or the kernel is built without */
	SUPPORT_NONE,	  /* this kernel does not know it */
};
/* Tests want it to be missing: BITTERN_WITHOUT. */
bool host_pretends_missing(const char *name);
/* Instructions that are newer than BASELINE. */
enum host_instruction { INSTRUCTION_FETCH, INSTRUCTION_COUNT };
bool host_has_instruction(struct host *h, enum host_instruction instruction);
/* The row of a helper (BPF_FUNC_*) or of a kernel function; NULL if there is none. */
const struct host_function *host_helper(int id);
const struct host_function *host_kfunc(const char *name);
/* Calls fn for those that are not taken for granted, helpers first. */
void host_each_function(void (*fn)(const struct host_function *f, void *context), void *context);
/* Whether programs of that type (BPF_PROG_TYPE_*) may call it on this kernel. */
enum host_support host_has_helper(struct host *h, int id, uint32_t prog_type);
/* A function that BPF programs may call; on kernels whose BTF does not mark those (before 6.10), any
 * function. */
bool host_is_kfunc(struct host *h, const char *name);
enum host_support host_has_kfunc(struct host *h, const char *name, uint32_t prog_type);

/* --- kprobes.c: what of kprobes the kernel has ----------------------------------------------- */
#define HOST_TRACE_KPROBE_SESSION 56 /* BPF_TRACE_KPROBE_SESSION, since 6.10 (535a3692ba72) */
/* The perf event type of kprobes, and its config for kretprobes. 0, or -ENOENT: there are none. */
int host_kprobe_event(struct host *h, uint32_t *type, uint64_t *return_config);
/* Links of that type (BPF_TRACE_KPROBE_MULTI, HOST_TRACE_KPROBE_SESSION) can be made. */
bool host_has_kprobe_links(struct host *h, uint32_t attach_type);

/* --- kallsyms.c: the kernel's symbols -------------------------------------------------------- */
struct kernel_symbol {
	uint64_t address; /* 0: hidden from this process */
	char type;	  /* t, T: function; d, D, b, B: variable; … */
	const char *name, *module; /* module "": the kernel itself; borrowed until fn returns */
};
typedef int kernel_symbol_fn(const struct kernel_symbol *symbol, void *context);
/* Calls fn for each symbol in the table's order until it returns non-zero, which is returned; 0, or
 * -errno if the table cannot be read. */
int host_each_kernel_symbol(kernel_symbol_fn *fn, void *context);
/* Address of the first symbol of that name. 0, -ENOENT, -EACCES (addresses are hidden), or -errno. */
int host_kernel_symbol(const char *name, uint64_t *address);
/* The table shows no addresses to this process. Quick where it does. */
bool host_hides_kernel_symbols(void);
/* The symbol nearest in spelling, or NULL. *has_variables: the table lists variables, too. */
const char *host_kernel_symbol_near(struct host *h, const char *name, bool *has_variables);

/* --- per_cpu.c: per-CPU variables of the kernel ---------------------------------------------- */
/* 0 if programs can use the variable; -ENOENT: there is none; -ENOTSUP: no BTF; -EADDRNOTAVAIL: the
 * kernel does not find its address (no CONFIG_KALLSYMS_ALL). */
int host_per_cpu_variable(struct host *h, const char *name);
/* The nearest in spelling, or NULL. */
const char *host_per_cpu_variable_near(struct host *h, const char *name);

/* --- cgroups.c ------------------------------------------------------------------------------- */
/* Id of a directory of cgroup version 2. 0, -EMEDIUMTYPE (no such directory), or -errno. */
int host_cgroup_id(const char *path, uint64_t *id);
/* Calls fn for each mounted hierarchy ("unified", "cpu", …) that has a directory of that id, with its
 * path below the mount point. 0, or -ENOENT: none is mounted. */
int host_each_cgroup_path(struct host *h, uint64_t id,
			  void (*fn)(const char *hierarchy, const char *path, void *context),
			  void *context);

/* --- tracefs.c -------------------------------------------------------------------------------- */
/* The mounted tracefs ("/sys/kernel/tracing"), or NULL: not mounted or not readable; *why then
 * gets a phrase for a message. */
const char *host_tracefs(struct host *h, const char **why);
/* Calls fn(category, event) for all events whose names match both globs, in byte order. Stops at a
 * non-zero result and returns it. -ENOENT: no tracefs. */
int host_each_event(struct host *h, const char *category, const char *event,
		    int (*fn)(const char *category, const char *event, void *context),
		    void *context);
struct event_field {
	const char *c_type; /* "const char *", "char [16]" without the name; arena of the host */
	const char *declaration; /* verbatim: "char comm[16]" */
	const char *name;
	uint32_t offset, size;
	bool is_signed, is_common;
	bool is_data_loc; /* __data_loc, and __rel_loc (since 5.17, 55de2c0b5610): where the data lies */
	bool is_rel_loc;  /* __rel_loc: counted from the end of the field */
};
struct event_format {
	uint32_t id;
	struct event_fields VEC_OF(struct event_field) fields;
};
/* Reads events/CATEGORY/EVENT/format; borrowed from the host. 0, -ENOENT, -EACCES. */
int host_event_format(struct host *h, const char *category, const char *event,
		      const struct event_format **out);

/* --- process.c -------------------------------------------------------------------------------- */
/* Number of possible CPUs (what per-CPU maps are sized by). */
unsigned int host_cpu_count(struct host *h);
/* Numbers of the online CPUs; borrowed. */
const unsigned int *host_online_cpus(struct host *h, unsigned int *count);
/* True if this process is in the initial PID namespace; otherwise *dev and *ino are those that
 * bpf_get_ns_current_pid_tgid() wants. */
bool host_in_initial_pid_namespace(struct host *h, uint64_t *dev, uint64_t *ino);
bool host_process_exists(pid_t pid);
/* Available memory in kB (MemAvailable), 0 if unknown. */
uint64_t host_available_memory_kb(struct host *h);
/* NULL if this process may load and attach BPF (uid 0, or CAP_BPF and CAP_PERFMON, or
 * CAP_SYS_ADMIN); else what is missing, as a phrase. */
const char *host_missing_privilege(void);

#endif
