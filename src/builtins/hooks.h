/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the groups' hooks share: the tables themselves, arguments of a call, where a built-in is
 * allowed, and short names for the instructions they emit most.
 */
#ifndef BITTERN_BUILTINS_HOOKS_H
#define BITTERN_BUILTINS_HOOKS_H

#include "builtins/builtin.h"
#include "codegen/cg.h"
#include "sema/sema.h"

/* Each ends with a NULL name. */
extern const struct builtin builtins_task[], builtins_args[], builtins_time[],
	builtins_aggregation[], builtins_printing[], builtins_maps[], builtins_text[],
	builtins_search[], builtins_number_names[], builtins_bytes[], builtins_address[],
	builtins_control[], builtins_tracing[], builtins_packets[], builtins_parts[], builtins_debugf[],
	builtins_tseries[];
extern const struct builtin builtins_signals[], builtins_cgroups[], builtins_symbols[],
	builtins_registers[], builtins_compile_time[];
extern const struct builtin builtins_kfuncs[], builtins_kernel_facts[];

extern const struct builtin builtins_patterns[], builtins_lost[], builtins_stacks[];

/* Argument i of a call, or NULL if it was not given. */
static inline struct expr *call_arg(const struct expr *e, size_t i)
{
	return i < e->call.args.count ? e->call.args.items[i] : NULL;
}

static inline size_t call_arg_count(const struct expr *e)
{
	return e->call.args.count;
}

/* A map as a whole: `@m` without a key. */
static inline bool is_bare_map(const struct expr *e)
{
	return e->kind == EXPR_MAP && !e->map.key;
}

/* The mode word in argument i, or NULL. */
const char *call_word(const struct expr *e, size_t i);
/* Replaces a call by true or false. */
void fold_boolean(struct sema *s, struct expr **slot, bool value);
/* Checks that the mode word in argument 0, if there is one, is among words (space separated). */
int check_word(struct sema *s, const struct expr *e, const char *words);
/* Reports that the built-in does not exist in the current body's probes; allowed lists where it
 * does. The hint (or NULL) is what to use here instead. Always -EINVAL. */
int not_in_this_probe(struct sema *s, const struct expr *e, const char *allowed,
		      const char *hint);
/* Reports a call in a body whose programs cannot be typed ones (BUILTIN_TYPED). 0 or -EINVAL. */
int check_typed_program(struct sema *s, const struct expr *e);
/* Reports an argument e of the call that is no pointer to that struct of the kernel, or none that the
 * verifier will know as one; may replace it by an expression that cg_emit_typed_pointer() takes.
 * 0 or -EINVAL. */
int check_typed_pointer(struct sema *s, const struct expr *call, const struct expr *e,
			const char *struct_name);
/* What the probe types' hooks want to know. */
struct probe_context probe_context_of(struct sema *s);
/* The integer type under which a readable aggregation is read. */
const struct type *readable_type(struct sema *s, const struct type *aggregation);
/* Whether a value of that type can be part of the output; reports at e what cannot. */
int check_printable(struct sema *s, const struct expr *e);
/* Replaces `args` as a whole, whose parts lie in the context or in registers, by a record of its
 * members. */
void spread_args(struct sema *s, struct expr **slot);
/* The place of some bytes of a string literal, if the source shows the text as it is: without escapes,
 * in one piece. Else the whole literal. */
struct loc literal_part(const struct expr *literal, size_t offset, size_t len);
/* A literal length in argument i, if it is one: reports a negative one. */
int check_length(struct sema *s, const struct expr *e, size_t i);

/* --- search.c: strings in all their forms: values, arrays of int8, pointers to int8 ------------ */
/* Reports an argument that is none of them. */
int check_string(struct sema *s, const struct expr *call, const struct expr *arg);
/* Bytes that one may have, its NUL included. */
uint64_t string_capacity(const struct program *p, const struct expr *e);
/* Its bytes in BPF memory; behind the NUL there may be anything. */
int emit_characters(struct codegen *cg, const struct expr *e, LLVMValueRef *out);
/* Characters before the NUL, at most size; the text lies in BPF memory. */
LLVMValueRef count_characters(struct codegen *cg, LLVMValueRef text, uint64_t size);
/* The arguments of printf() and its kin against their format. */
int check_format(struct sema *s, struct expr **slot);

/* --- pinned.c: printf() of pinned iterators (sema_is_pinned()) ---------------------------------- */
int check_pinned_format(struct sema *s, const struct expr *e);
void plan_pinned_format(struct sema *s, struct expr *e);
int emit_pinned_format(struct codegen *cg, const struct expr *e);

/* --- emitting --------------------------------------------------------------------------------- */
/* The space an address lies in: that of its pointer type, or of kptr() and uptr(), or what is usual
 * in the body's probes. */
enum type_space address_space(const struct codegen *cg, const struct expr *address);
/* A call's value as the register type it promises, from an i64. */
void set_integer(struct codegen *cg, const struct expr *e, LLVMValueRef v, struct cg_value *out);
void set_void(const struct expr *e, struct cg_value *out);
/* min(v, max), in a form from which the verifier learns the bound. */
LLVMValueRef clamp(struct codegen *cg, LLVMValueRef v, uint64_t max);
/* Integer types of 1, 2, 4, 8 bytes for parts of values. */
const struct type *unsigned_type(const struct codegen *cg, unsigned int bytes);

/*
 * for (i = 0; i < count; i++), with one way out of it. The verifier follows every turn, so i is a
 * constant to it, and each turn should have no other branch.
 */
struct counted_loop {
	uint64_t count;
	LLVMBasicBlockRef before, head, last, after;
	LLVMBasicBlockRef left; /* block that ends in the break, or NULL */
	LLVMValueRef index;	/* i64, valid in the body */
};
void loop_begin(struct codegen *cg, struct counted_loop *loop, uint64_t count);
void loop_break_if(struct codegen *cg, struct counted_loop *loop, LLVMValueRef condition);
/* Closes the body; the builder is behind the loop. */
void loop_end(struct codegen *cg, struct counted_loop *loop);
/* Behind the loop: `left` if it was left by the break, else `finished`. Directly after its end. */
LLVMValueRef loop_value(struct codegen *cg, const struct counted_loop *loop, LLVMValueRef left,
			LLVMValueRef finished);

#define IR_BINARY(name, Op)                                                                        \
	static inline LLVMValueRef name(struct codegen *cg, LLVMValueRef a, LLVMValueRef b)        \
	{                                                                                          \
		return LLVMBuild##Op(cg->builder, a, b, "");                                       \
	}
IR_BINARY(ir_add, Add)
IR_BINARY(ir_sub, Sub)
IR_BINARY(ir_and, And)
IR_BINARY(ir_or, Or)
IR_BINARY(ir_xor, Xor)
IR_BINARY(ir_mul, Mul)
IR_BINARY(ir_shl, Shl)
IR_BINARY(ir_shr, LShr)
#undef IR_BINARY

static inline LLVMValueRef ir_compare(struct codegen *cg, LLVMIntPredicate p, LLVMValueRef a,
				      LLVMValueRef b)
{
	return LLVMBuildICmp(cg->builder, p, a, b, "");
}

#endif
