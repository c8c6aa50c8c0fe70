/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside code generation: the state of one module and the vocabulary that expressions, statements
 * and built-ins are emitted with.
 *
 * Values. Types that fit a register (integers, bool, enums, pointers, usernames, symbols) are LLVM
 * integers: i8…i64 by their own size, bool as i1, pointers as i64. Types with type_is_memory() are
 * addresses: of memory the program may load from (space SPACE_BPF, CONTEXT), or of kernel or user
 * memory that has to be read with a helper (KERNEL, USER, UNKNOWN: an i64 address).
 * Whoever wants bytes in a certain place says so first: cg_emit_into() writes a value where it will
 * be read (a ring record, a map key, a variable) without a copy in between.
 *
 * Memory, in this order: registers; the record just reserved; the stack up to a budget per
 * function; a scratch slot (claimed per CPU, released on every way out).
 */
#ifndef BITTERN_CODEGEN_CG_H
#define BITTERN_CODEGEN_CG_H

#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include "builtins/builtin.h"
#include "program/program.h"
#include "sema/sema.h"

struct cg_value {
	const struct type *type;
	LLVMValueRef llvm;	/* the value, or its address if is_address */
	bool is_address;	/* only for type_is_memory() types */
	enum type_space space;	/* of the address */
};

struct cg_function; /* state of the function being emitted; functions.c */

struct codegen {
	struct sema *sema;
	struct program *program;
	LLVMContextRef context;
	LLVMModuleRef module;
	LLVMBuilderRef builder;
	LLVMTypeRef i1, i8, i16, i32, i64, ptr, void_type;
	struct body *body;	      /* being emitted */
	struct loc place;	      /* of the expression or statement being emitted */
	struct cg_function *function; /* being emitted */
	struct places *places;	      /* of the options */
	/* debug info: NULL without */
	LLVMDIBuilderRef di;
	LLVMMetadataRef di_file, di_long, di_pointer;
	/* functions of the script */
	uint32_t slot_of_functions; /* bytes of each slot that are theirs: the first ones */
	uint32_t stacked_arguments; /* most arguments of a call that do not fit registers */
	bool is_tight;	   /* second try, with little stack */
	bool is_outdated;  /* a map was changed after code for it had been emitted */
	bool is_stack_full; /* LLVM needs more stack than there is */
	bool has_failed;
	bool is_broken; /* after a fatal error of LLVM: nothing of it may be touched */
};

/* --- values.c --------------------------------------------------------------------------------- */
LLVMValueRef cg_const(struct codegen *cg, uint64_t value);   /* i64 */
LLVMValueRef cg_const32(struct codegen *cg, uint32_t value); /* i32 */
LLVMTypeRef cg_register_type(struct codegen *cg, const struct type *t);
/* Memory representation <-> register: bool is i8 in memory. ptr is an LLVM pointer to BPF
 * memory. */
LLVMValueRef cg_load(struct codegen *cg, const struct type *t, LLVMValueRef ptr);
void cg_store(struct codegen *cg, const struct type *t, LLVMValueRef value, LLVMValueRef ptr);
LLVMValueRef cg_offset(struct codegen *cg, LLVMValueRef ptr, uint64_t bytes); /* ptr + constant */
/* Integer conversion by the source's signedness. */
LLVMValueRef cg_int_cast(struct codegen *cg, LLVMValueRef v, const struct type *from,
			 const struct type *to);
/* Any register value as i64 (zero or sign extended by its type). */
LLVMValueRef cg_to_i64(struct codegen *cg, LLVMValueRef v, const struct type *from);
/* A value set from a register / an address. */
void cg_set(struct cg_value *out, const struct type *t, LLVMValueRef v);
void cg_set_address(struct cg_value *out, const struct type *t, LLVMValueRef address,
		    enum type_space space);
void cg_copy(struct codegen *cg, LLVMValueRef to, LLVMValueRef from, uint64_t size);
void cg_zero(struct codegen *cg, LLVMValueRef at, uint64_t size);
/* The same value, about which the optimiser knows nothing: keeps range checks that the verifier
 * wants to see. */
LLVMValueRef cg_opaque(struct codegen *cg, LLVMValueRef v);

/* --- exprs.c: 0 or -EINVAL (reported) --------------------------------------------------------- */
int cg_emit(struct codegen *cg, const struct expr *e, struct cg_value *out);
/* The value's bytes, written to `into` (BPF memory of type_size() bytes); padding is zeroed. */
int cg_emit_into(struct codegen *cg, const struct expr *e, LLVMValueRef into);
/* Register value of e as i64. */
int cg_emit_i64(struct codegen *cg, const struct expr *e, LLVMValueRef *out);
/* Truth value of a condition type, as i1. */
int cg_emit_condition(struct codegen *cg, const struct expr *e, LLVMValueRef *out);
/* The value of a memory type brought into BPF memory if it is not there; address. */
int cg_emit_address(struct codegen *cg, const struct expr *e, LLVMValueRef *out);

/* --- memory.c: temporaries -------------------------------------------------------------------- */
/* size bytes for the rest of the function, uninitialised: stack if small and the budget allows,
 * else the scratch slot. */
LLVMValueRef cg_temp(struct codegen *cg, uint64_t size, const char *name);
/* A temporary given back at cg_temp_mark()/cg_temp_release(), so that statements reuse memory. */
uint64_t cg_temp_mark(struct codegen *cg);
void cg_temp_release(struct codegen *cg, uint64_t mark);

/* --- helpers.c -------------------------------------------------------------------------------- */
/* Calls BPF helper `id` (BPF_FUNC_*) with i64/pointer arguments; result i64. */
LLVMValueRef cg_helper(struct codegen *cg, int id, LLVMValueRef *args, unsigned int count);
/* The same for helpers that return a pointer (map look-up, ring reserve). */
LLVMValueRef cg_helper_ptr(struct codegen *cg, int id, LLVMValueRef *args, unsigned int count);
/* bpf_probe_read_{kernel,user}() by space, for `at`; a failure zeroes and counts
 * LOSS_READ_FAULT. */
void cg_probe_read(struct codegen *cg, LLVMValueRef to, uint64_t size, LLVMValueRef address,
		   enum type_space space, const struct expr *at);
/* The same with a size known at run time. */
void cg_probe_read_bounded(struct codegen *cg, LLVMValueRef to, LLVMValueRef size,
			   LLVMValueRef address, enum type_space space, const struct expr *at);
/* bpf_probe_read_*_str() of at most size bytes (i64 value <= max). mark_cut: a string that does
 * not fit is left without NUL in its last byte (so that the reader appends the trailer) and
 * counted. */
void cg_probe_read_str(struct codegen *cg, LLVMValueRef to, LLVMValueRef size, uint64_t max,
		       LLVMValueRef address, enum type_space space, bool mark_cut,
		       const struct expr *at);
/* The same without more: what the helper returned, which is the number of bytes read or an error.
 * Bytes behind the NUL are left as they are. */
LLVMValueRef cg_read_str(struct codegen *cg, LLVMValueRef to, uint64_t size, LLVMValueRef address,
			 enum type_space space, const struct expr *at);
/* Field of the globals page: pointer to it at a constant offset. */
LLVMValueRef cg_globals(struct codegen *cg, uint64_t offset);
/* Pointer to what program_add_constants() answered with `offset`. */
LLVMValueRef cg_constants(struct codegen *cg, uint32_t offset);
/* lost[function][cause] += 1, atomically. */
void cg_count_loss(struct codegen *cg, enum program_loss loss);
/* Map argument for helpers. */
LLVMValueRef cg_map(struct codegen *cg, uint32_t map_index);
LLVMValueRef cg_context(struct codegen *cg); /* the program's ctx pointer */
/* Context word n (8 bytes each), as i64. */
LLVMValueRef cg_context_word(struct codegen *cg, uint32_t n);
/* Process id (or thread id) of the current task in bittern's PID namespace, as i32. */
LLVMValueRef cg_current_pid(struct codegen *cg, bool is_thread);
/* What exit(code) does besides its record: notes code (i64) and time, the first one wins, and
 * raises the stop flag, so that a full control ring cannot lose it. */
void cg_request_exit(struct codegen *cg, LLVMValueRef code);

/* --- features.c ------------------------------------------------------------------------------- */
/* Whether programs of the present body may call a helper (BPF_FUNC_*) or a function of the kernel
 * here; for emitters that have another way. Calling what is not there is reported by cg_helper() and
 * cg_kfunc(), at the expression being emitted. */
bool cg_has_helper(struct codegen *cg, int id);
bool cg_has_kfunc(struct codegen *cg, const char *name);
/* The kernel does not know the function at all, whatever the type of program. */
bool cg_lacks_kfunc(struct codegen *cg, const char *name);
/* Atomic instructions that tell what was there before, and compare-and-swap. */
bool cg_has_fetch(struct codegen *cg);
/* Calls a function of the kernel with i64/pointer arguments. Result: cg->i64, cg->ptr, or cg->i32 for
 * those that return int. */
LLVMValueRef cg_kfunc(struct codegen *cg, const char *name, LLVMTypeRef result,
		      LLVMValueRef *args, unsigned int count);
/* The address of a variable of the kernel that its BTF knows; of per-CPU variables what
 * bpf_this_cpu_ptr() and bpf_per_cpu_ptr() take. */
LLVMValueRef cg_kernel_variable(struct codegen *cg, const char *name);

/* --- typed_pointers.c ------------------------------------------------------------------------- */
/* Whether e is a pointer that typed programs can have as one the verifier knows: args.NAME, argN, and
 * members reached from these, in casts or not; `c ? x : NULL` of these. */
bool typed_pointer_exists(const struct expr *e);
/* The same of a struct that lies in what such a pointer leads to: args.file->f_path. */
bool typed_struct_exists(const struct expr *e);
/* The pointer as i64, to be compared with 0; the struct, or what a pointer e leads to, lies *offset bytes
 * behind it. */
LLVMValueRef cg_emit_typed_struct(struct codegen *cg, const struct expr *e, uint64_t *offset);
/* Its value as i64, for helpers that want a pointer of its BTF type. Compare it with 0 first: it may
 * be NULL. Only in bodies with is_typed, of an expression for which the above is true. */
LLVMValueRef cg_emit_typed_pointer(struct codegen *cg, const struct expr *e);

/* --- events.c --------------------------------------------------------------------------------- */
/* Reserves a record of `size` bytes, its header included, for the call's action and fills in its
 * header; continues in a block where the record is not NULL. A failed reservation counts its
 * loss and goes on after cg_event_submit(). Between the two only code that cannot leave the
 * function may be emitted, except by cg_return(), which discards an open record. */
LLVMValueRef cg_event_begin(struct codegen *cg, const struct expr *call, uint64_t size);
void cg_event_submit(struct codegen *cg);
/* The whole of an action whose payload is the tuple of e's arguments from `first` on. */
int cg_emit_action(struct codegen *cg, const struct expr *call, uint32_t first);
/* The body belongs to an iterator, whose records go to its sequence (program/events.h). */
bool cg_in_sequence(const struct codegen *cg);
/* … which is pinned: nobody is there for records. */
bool cg_is_pinned(const struct codegen *cg);
/* The sequence, a struct seq_file *, as i64. */
LLVMValueRef cg_sequence(struct codegen *cg);
/* Emits a run-time error record for the place of e (e->site). */
void cg_runtime_error(struct codegen *cg, const struct expr *e, enum program_error error,
		      LLVMValueRef value);

/* --- functions.c ------------------------------------------------------------------------------ */
/* Leaves the BPF function: discards an open record, releases scratch, returns value (i64, or
 * NULL for the default). Continues in a fresh, unreachable block. */
void cg_return(struct codegen *cg, LLVMValueRef value);
LLVMBasicBlockRef cg_block(struct codegen *cg, const char *name);
/* Conditional and plain jumps that leave the builder in `next`. */
void cg_branch(struct codegen *cg, LLVMValueRef condition, LLVMBasicBlockRef then,
	       LLVMBasicBlockRef otherwise, LLVMBasicBlockRef next);
void cg_jump(struct codegen *cg, LLVMBasicBlockRef to, LLVMBasicBlockRef next);

/* --- maps.c ----------------------------------------------------------------------------------- */
/* The key of a map expression in BPF memory (scalar maps: NULL). */
int cg_map_key(struct codegen *cg, const struct expr *map, LLVMValueRef *key);
/* Pointer to the state of an aggregation element for this CPU, created if missing; the builder is
 * then in a block where it is valid; cg_aggregate_end() joins the way on which it could not be
 * had (counted as a loss). An assignment `@m[k] = sum(n)` is: begin, the emit hook of sum with
 * into = state (it evaluates its own arguments, there), end. */
int cg_aggregate_begin(struct codegen *cg, const struct expr *map, LLVMValueRef *state);
void cg_aggregate_end(struct codegen *cg);
/* *ptr += value, atomically (of 32 or 64 bits); what was there before, which needs cg_has_fetch() where
 * it is used. */
LLVMValueRef cg_atomic_add(struct codegen *cg, LLVMValueRef ptr, LLVMValueRef value);
/* *ptr = max(*ptr, value), unsigned, atomically with bounded retries; giving up is counted. Between
 * cg_aggregate_begin() and cg_aggregate_end(). */
void cg_atomic_max(struct codegen *cg, LLVMValueRef ptr, LLVMValueRef value);

/* The map's value for this key (NULL for scalar maps) in BPF memory, or a null pointer; past the
 * scalar_header of scalar maps. */
LLVMValueRef cg_map_lookup(struct codegen *cg, const struct expr *map, LLVMValueRef key);

/* --- strings.c -------------------------------------------------------------------------------- */
/* i1: the strings (or buffers) in BPF memory agree over the first max bytes, stopping at NUL. */
LLVMValueRef cg_string_equal(struct codegen *cg, LLVMValueRef a, uint64_t a_size, LLVMValueRef b,
			     uint64_t b_size, uint64_t max);
/* i64: where the needle first begins in the text, or -1; both in BPF memory, up to their NUL or
 * size. By bpf_loop(), so the body must have needs_loop_helper; any sizes with
 * text_size * needle_size < CG_SEARCH_TURNS. */
#define CG_SEARCH_TURNS (1u << 23) /* BPF_MAX_LOOPS */
LLVMValueRef cg_string_find(struct codegen *cg, LLVMValueRef text, uint64_t text_size,
			    LLVMValueRef needle, uint64_t needle_size, struct loc at);
/* Address of a constant string in read-only memory is not available on the direct load path: this
 * writes the literal's bytes, zero padded to size, with immediate stores. */
void cg_store_literal(struct codegen *cg, LLVMValueRef to, const char *bytes, size_t len,
		      uint64_t size);

#endif
