/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State of the BPF function being emitted: a program, or the callback of one of its loops.
 *
 * What a program needs on its way in (ring, scratch slot, stack area) is known only when its body
 * has been emitted. So the body refers to placeholders, and functions.c fills them in at the end.
 *
 * A body with loops has a frame: the first bytes of the program's stack area. It starts with the
 * words of enum cg_frame_word and holds all variables; callbacks get its address as their context.
 *
 * Functions of the script (subprograms.c) are roots of their own. They get the frame of whoever calls
 * them, from which they take slot, ring and whose records and losses are theirs. One that has loops
 * has a frame itself, for its callbacks, into which it copies these.
 */
#ifndef BITTERN_CODEGEN_FUNCTION_H
#define BITTERN_CODEGEN_FUNCTION_H

#include "codegen/cg.h"
#include "codegen/codegen.h"

enum cg_frame_word {
	FRAME_SLOT,   /* address of the scratch slot */
	FRAME_RING,   /* this CPU's ring */
	FRAME_STATE,  /* not 0: `return` was executed in a loop body */
	FRAME_RESULT, /* … with this value */
	FRAME_LOOP_WORDS, /* of programs that call no function */
	FRAME_HEADER = FRAME_LOOP_WORDS, /* record headers' second word, without the action */
	FRAME_LEDGER, /* address of the program's losses */
	FRAME_OUT,    /* functions: where a result of a memory type goes */
	FRAME_ARGUMENTS, /* arguments that do not fit registers; behind them, in iterators, the
			    sequence */
};

struct cg_returns VEC_OF(LLVMValueRef);

/* A map element that code is emitted for: see cg_aggregate_begin(). */
struct cg_element {
	struct cg_element *outer;
	const struct map_symbol *map;
	LLVMBasicBlockRef join, failed; /* where it goes on; the block that comes without an element
					   (NULL: there is always one) */
};

struct cg_function {
	struct cg_function *root;  /* the program or function; itself if it is one */
	struct cg_function *outer; /* the function whose loop body this is; NULL for programs */
	LLVMValueRef llvm;
	LLVMValueRef context; /* of the program; NULL in callbacks */
	LLVMValueRef frame;   /* callbacks: address of the program's frame; programs: the area */
	LLVMBasicBlockRef allocas; /* entry block: nothing but allocas and their first values */
	LLVMMetadataRef scope;	   /* debug info: DISubprogram */

	struct fn_symbol *fn;	   /* root: the function of the script; NULL: a program */
	LLVMValueRef caller_frame; /* functions */
	LLVMValueRef out;	   /* functions: where a result of a memory type goes, or NULL */

	LLVMValueRef area; /* placeholder of the stack area */
	uint32_t area_used, area_max, area_limit; /* bytes */
	uint32_t cell_count, cell_limit;	  /* variables in registers (programs) */
	uint32_t waiting; /* left operands in registers until the right one is there */

	LLVMValueRef ids; /* cell for the ids of the current task, or NULL: one for all uses */

	LLVMBasicBlockRef break_to, continue_to; /* innermost while; NULL: the callback itself */
	LLVMValueRef record;	   /* open ring record, or NULL */
	LLVMBasicBlockRef record_lost; /* where a failed reservation goes */
	enum program_loss record_loss; /* … and what it counts */
	LLVMValueRef sequence_record;  /* iterators: the open record with its length in front, or NULL */
	uint64_t sequence_size;
	struct cg_element *element; /* innermost map element being updated, or NULL */
	bool has_return;	   /* callbacks: a `return` leaves the program */
	uint32_t loop_count;	   /* callbacks so far, for names (programs) */
	uint64_t inner_insns, inner_branches; /* of loops in it, all turns: see turns.c */

	/* Programs only. */
	LLVMValueRef slot, slot_users, ring; /* stack cells, promoted to registers */
	LLVMBasicBlockRef first_anchor, second_anchor;	 /* where resources can be claimed */
	bool is_second_free; /* nothing before the second anchor needs resources */
	bool uses_slot, uses_ring;
	bool is_prologue; /* its own ways out hold no resources */
	uint32_t slot_used, slot_max; /* bytes */
	struct cg_returns returns;    /* ret instructions of the body */
	size_t early_returns;	      /* of these, those before the second anchor */
	struct body *body;
};
struct cg_functions VEC_OF(struct cg_function *);

/* Kinds of functions: their parameters need types and names. */
enum debug_function {
	DEBUG_PROGRAM, DEBUG_CALLBACK, DEBUG_MAP_CALLBACK, DEBUG_ERROR_FUNCTION, DEBUG_SUBPROGRAM
};

/* --- functions.c */
/* Emits all bodies, then their prologues. 0 or -EINVAL. */
int functions_emit(struct codegen *cg);
/* Starts a callback nested in the present function and makes it the present one: of bpf_loop()
 * (parameters: turn, frame) or of bpf_for_each_map_elem() (map, key, value, frame). */
struct cg_function *function_begin_callback(struct codegen *cg);
struct cg_function *function_begin_map_callback(struct codegen *cg);
/* Ends the callback (builder at its end, which continues the loop); the outer function is present
 * again and the builder where it was. */
void function_end_callback(struct codegen *cg, LLVMBasicBlockRef resume);
void function_set_attributes(struct codegen *cg, LLVMValueRef fn, bool is_noinline);
/*
 * Code for the rare case that condition holds, placed so that the common way comes first: the
 * verifier walks what directly follows a branch first, and what it leaves for later is limited to
 * 8,192 branches. Ends with function_end_cold(), in the block where both ways meet.
 */
struct cg_cold { LLVMBasicBlockRef next; };
void function_begin_cold(struct codegen *cg, LLVMValueRef condition, struct cg_cold *cold);
void function_end_cold(struct codegen *cg, const struct cg_cold *cold);
/* A new function of that kind becomes the present one; the builder is in its entry block. */
struct cg_function *function_new(struct codegen *cg, const char *name, enum debug_function kind,
				 LLVMTypeRef type);
void function_start_block(struct codegen *cg, LLVMBasicBlockRef block);
/* The frame that a function called from here gets. */
LLVMValueRef function_call_frame(struct codegen *cg);
/* Bytes of the frame of the present body. */
uint32_t function_frame_size(struct codegen *cg);
/* The second word of the header of a record of that action. */
LLVMValueRef function_header_word(struct codegen *cg, uint32_t action);
/* Address of a counter of the present program. */
LLVMValueRef function_loss_counter(struct codegen *cg, enum program_loss loss);
/* A word of the frame. */
LLVMValueRef function_frame_word(struct codegen *cg, uint64_t offset);

/* --- subprograms.c */
/* Emits the functions of the script that are called; appends them to `all`. */
int subprograms_emit(struct codegen *cg, struct cg_functions *all);
void subprogram_finish(struct codegen *cg, struct cg_function *f);
int subprogram_call(struct codegen *cg, const struct expr *e, struct cg_value *out);
int subprogram_return(struct codegen *cg, const struct stmt *s);

/* --- memory.c */
LLVMValueRef memory_slot(struct codegen *cg);
/* size bytes of the program's area or slot that callbacks can reach: storage of variables. Taken
 * outside of cg_temp_mark()/cg_temp_release(). */
void memory_take_shared(struct codegen *cg, uint64_t size, bool *is_slot, uint64_t *offset);
/* The same, in the slot, whose contents the verifier does not follow: the offset. */
uint64_t memory_take_slot(struct codegen *cg, uint64_t size);
LLVMValueRef memory_shared(struct codegen *cg, bool is_slot, uint64_t offset);
void memory_finish_area(struct codegen *cg);
/* A cell in the entry block, set to zero there: becomes a register. */
LLVMValueRef memory_cell(struct codegen *cg, LLVMTypeRef type, const char *name);

/* --- variables.c */
/* Gives all variables of the body their storage; right after the program's beginning. */
void variables_begin(struct codegen *cg);
/* A parameter that is never assigned to may stay where the caller has it. */
bool variable_is_reference(struct codegen *cg, const struct symbol *symbol);
void variable_set_reference(const struct symbol *symbol, LLVMValueRef address);
LLVMValueRef variable_address(struct codegen *cg, const struct symbol *symbol);
void variable_read(struct codegen *cg, const struct symbol *symbol, struct cg_value *out);
int variable_assign(struct codegen *cg, struct symbol *symbol, const struct expr *value);
/* Assigns a value that was found on behalf of e. */
void variable_set(struct codegen *cg, const struct symbol *symbol, const struct cg_value *value,
		  const struct expr *e);
void variable_clear(struct codegen *cg, const struct symbol *symbol);

/* --- exprs.c */
/* As cg_emit(); a value of a memory type may be written to `into` (or NULL) instead of a
 * temporary. */
int expr_emit(struct codegen *cg, const struct expr *e, LLVMValueRef into, struct cg_value *out);
/* A struct that lies elsewhere and is passed on as its address: its members are read when used. */
bool expr_is_reference(const struct type *t);

/* --- values.c */
LLVMValueRef value_load_raw(struct codegen *cg, LLVMTypeRef t, LLVMValueRef ptr);
void value_store_raw(struct codegen *cg, LLVMValueRef value, LLVMValueRef ptr);
LLVMValueRef value_zero(struct codegen *cg, const struct type *t);
LLVMValueRef value_pointer_to_int(struct codegen *cg, LLVMValueRef v);
LLVMValueRef value_int_to_pointer(struct codegen *cg, LLVMValueRef v);
/* What an address (i64) in that space refers to; a reference's space is that of its type. */
void value_set_pointee(struct codegen *cg, struct cg_value *out, const struct type *t,
		       LLVMValueRef address, enum type_space space);
void value_set_reference(struct codegen *cg, struct cg_value *out, const struct type *t,
			 LLVMValueRef address);
/* i64 address of what a value of a memory type refers to. */
LLVMValueRef value_address_int(struct codegen *cg, const struct cg_value *v);
/* The same address as a mere number to the verifier, which else refuses arithmetic on those of the
 * stack. */
LLVMValueRef value_forget_stack(struct codegen *cg, LLVMValueRef address);
/* Brings a memory value's bytes to `into`. */
void value_materialize(struct codegen *cg, const struct cg_value *v, LLVMValueRef into,
		       const struct expr *at);
unsigned int value_alignment(LLVMValueRef ptr, unsigned int natural);
bool value_is_plain(enum type_space space); /* plain loads reach it */

/* --- events.c */
uint32_t event_role_map(struct codegen *cg, enum program_map_role role);
bool event_is_in_record(struct codegen *cg, LLVMValueRef ptr);
/* Where functions and callbacks find the sequence: in the caller's frame, as its last word. */
uint64_t event_sequence_offset(const struct codegen *cg);

/* --- direct.c */
/* Reads a member by plain loads, if the verifier allows that: else false, and nothing was emitted. A string
 * may be written to `into` (or NULL). */
bool direct_emit(struct codegen *cg, const struct expr *e, LLVMValueRef into, struct cg_value *out);
/* A pointer that the verifier knows by its BTF type, as a mere number. */
LLVMValueRef direct_forget(struct codegen *cg, LLVMValueRef pointer);

/* --- helpers.c */
/* Counts a read at e that failed, and reports it with -k. */
void helper_note_fault(struct codegen *cg, const struct expr *e);
void helper_read_string(struct codegen *cg, LLVMValueRef to, LLVMValueRef size, uint64_t max,
			LLVMValueRef address, enum type_space space, bool mark_cut, bool count_cut,
			const struct expr *at);
/* Context word n as it is loaded: in typed programs a pointer of its BTF type. */
LLVMValueRef helper_context_word(struct codegen *cg, uint32_t n);
/* At least size zero bytes that nobody writes. */
LLVMValueRef helper_zeros(struct codegen *cg, uint64_t size);

/* --- features.c */
/* Reports a helper that is not there. */
void feature_require(struct codegen *cg, int id);

/* --- operators.c, casts.c, members.c, aggregates.c: parts of cg_emit() */
int operator_unary(struct codegen *cg, const struct expr *e, struct cg_value *out);
int operator_binary(struct codegen *cg, const struct expr *e, struct cg_value *out);
/* out NULL: the value is not wanted. */
int operator_increment(struct codegen *cg, const struct expr *e, struct cg_value *out);
int cast_emit(struct codegen *cg, const struct expr *e, LLVMValueRef into, struct cg_value *out);
/* A value converted to type `to`, on behalf of e. */
void cast_value(struct codegen *cg, const struct expr *e, const struct cg_value *v,
		const struct type *to, LLVMValueRef into, struct cg_value *out);
/* Register value converted to type `to`. */
LLVMValueRef cast_register(struct codegen *cg, LLVMValueRef v, const struct type *from,
			   const struct type *to);
/* The value of a bit-field out of the bytes from its offset on, as an integer of its type. */
LLVMValueRef member_extract_bits(struct codegen *cg, const struct field *f, LLVMValueRef bytes);
int member_emit(struct codegen *cg, const struct expr *e, struct cg_value *out);
int member_element(struct codegen *cg, const struct expr *e, struct cg_value *out);
int member_index(struct codegen *cg, const struct expr *e, struct cg_value *out);
/* The value of type t at an address: loaded if it fits a register, else the address. */
void member_read(struct codegen *cg, const struct type *t, const struct cg_value *at,
		 const struct expr *e, struct cg_value *out);
int aggregate_read(struct codegen *cg, const struct expr *map, LLVMValueRef *out);
/* Whether each CPU has its own states in the map. If so, they can be read: else they are made to be
 * shared, here and in all code that is emitted for the map. */
bool aggregate_is_per_cpu(struct codegen *cg, uint32_t index);
/* The same for a key in BPF memory. */
LLVMValueRef aggregate_read_key(struct codegen *cg, const struct expr *map, LLVMValueRef key);
/* An element of stats() as the record that print() gave the expression as its type; address. */
int aggregate_read_stats(struct codegen *cg, const struct expr *map, LLVMValueRef *out);
LLVMValueRef condition_of(struct codegen *cg, LLVMValueRef v);

/* --- comparisons.c */
int compare_emit(struct codegen *cg, const struct expr *e, struct cg_value *out);
LLVMValueRef compare_memory(struct codegen *cg, LLVMValueRef a, LLVMValueRef b, uint64_t size);

/* --- turns.c: running callbacks of function_begin_callback() */
bool turns_by_helper(struct codegen *cg);
/* How many turns there can be. */
uint32_t turns_limit(struct codegen *cg, const struct cg_function *callback);
/* Calls it `turns` (i32) times at most, until it answers 1. How often it was, or the helper's error, as
 * i64; the limit, if that was reached. */
LLVMValueRef turns_run(struct codegen *cg, LLVMValueRef turns, const struct cg_function *callback);
/* Reports a number of turns that cannot be on this kernel. */
bool turns_are_too_many(struct codegen *cg, uint64_t turns, const struct cg_function *callback,
			struct loc at);

/* --- locks.c */
/* *counter += change, in 32 bits and without asking what it was: all that kernels before 5.12 have. */
void lock_count(struct codegen *cg, LLVMValueRef counter, uint32_t change);
/* Goes on in `claimed` if the counter's resource is ours now, else the builder is where something else
 * can be tried. Given back by lock_count() of -1. */
void lock_try(struct codegen *cg, LLVMValueRef counter, LLVMBasicBlockRef claimed);
/* The counter that guards the states of the map that is being updated, on this CPU if it is per-CPU. */
LLVMValueRef lock_of_element(struct codegen *cg);

/* --- strings.c */
/* The literal's bytes from `at` on, zero padded, as a number. */
uint64_t string_word(const char *bytes, size_t len, uint64_t at, uint64_t width);

/* --- maps.c */
int map_value(struct codegen *cg, const struct expr *e, struct cg_value *out);
int map_assign(struct codegen *cg, const struct expr *map, const struct expr *value);
/* Assigns `left op= right` in place and atomically, if it is such a statement and the map allows
 * it: *done tells. */
int map_assign_atomic(struct codegen *cg, const struct expr *map, const struct expr *value,
		      bool *done);
/* The value's place in a scalar map. */
LLVMValueRef map_scalar_value(struct codegen *cg, const struct expr *map, bool is_written);

/* --- stmts.c, loops.c */
int statement_block(struct codegen *cg, const struct block *b, LLVMValueRef into,
		    struct cg_value *value);
int statements_emit(struct codegen *cg, const struct block *b, size_t from, size_t to);
int loop_range(struct codegen *cg, const struct stmt *s);
int loop_map(struct codegen *cg, const struct stmt *s);
/* Behind a loop whose body has a `return`: leaves the program if it was executed. */
void loop_pass_return_on(struct codegen *cg);
int loop_while(struct codegen *cg, const struct stmt *s);
int loop_unroll(struct codegen *cg, const struct stmt *s);
void loop_break(struct codegen *cg, bool is_continue);

/* --- errors.c */
/* cg_runtime_error() for a site by its number. */
void error_at_site(struct codegen *cg, uint32_t site, enum program_error error, LLVMValueRef value);
/* Counts and reports that a map update returned an error. */
void error_failed_update(struct codegen *cg, const struct expr *map, LLVMValueRef result);
/* With -k: a record that says that `helper` failed at e. Without: nothing. */
void error_quiet(struct codegen *cg, const struct expr *e, const char *helper, LLVMValueRef result);

/* --- debug_info.c */
void debug_info_begin(struct codegen *cg);
void debug_info_function(struct codegen *cg, const char *name, enum debug_function kind,
			 struct loc loc);
/* The same for functions of the script. */
void debug_info_subprogram(struct codegen *cg, const char *name, const char *const *parameters,
			   const bool *is_pointer, unsigned int count, struct loc loc);
/* Following instructions belong to this place. */
void debug_info_place(struct codegen *cg, struct loc loc);
void debug_info_end(struct codegen *cg);
/* What is emitted next comes from here: for messages, and for numbered places. */
void debug_info_enter(struct codegen *cg, struct loc loc);

/* --- object.c */
int object_emit(struct codegen *cg, const struct codegen_options *options,
		struct bpf_object_bytes *out);
/* --- disassembly.c */
void disassembly_print(FILE *f, const struct bpf_object_bytes *object);

/* Reports a limit of code generation at a place; -EINVAL. */
int cg_fail(struct codegen *cg, struct loc at, const char *message);

#endif
