/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A name of the language: one row says all there is to say of it. Name look-up, argument checks,
 * --list-builtins and the man page's chapter follow from the rows.
 *
 * This header lies below sema and codegen (it only forward-declares theirs); the table of rows
 * (registry.c and the group files) lies above them and is handed in by the compiler.
 *
 * Signature: `name(arg, arg, [arg], ...) -> result`, or just `result` for a variable (which may
 * also be called without arguments). An arg is one or more classes joined by `|`:
 *	int      integer, bool, enum, readable aggregation     ptr     pointer
 *	string   string value                                  array   array
 *	type     a type, as a name or as typeof(), or a value, whose type counts; for rows that do
 *	         their own typing
 *	map      bare map                                      element @m[k] or scalar @m
 *	any      any value                                     #int    integer literal
 *	#string  string literal                                #format a printf format, literal
 *	variable a scratch variable, which the call assigns
 *	word     a mode word, such as `boot` in nsecs(boot): an EXPR_NAME that pass "names" leaves
 *	         alone, nothing types, and the row's check hook reads
 * `[arg]` is optional, `...` more of the last one (up to 127), `name=#int` at the end an argument that is
 * given by its name. Result: a type name
 * (uint64, string[16], bool, void, username_t …) or `?`: the row's type hook tells.
 */
#ifndef BITTERN_BUILTINS_BUILTIN_H
#define BITTERN_BUILTINS_BUILTIN_H

#include "util/base.h"

struct codegen;
struct cg_value;
struct expr;
struct program_action;
struct sema;
struct type;
struct LLVMOpaqueValue; /* LLVMValueRef points to it */

enum builtin_flags {
	BUILTIN_VARIABLE = 1 << 0,  /* usable without parentheses */
	BUILTIN_UNSAFE = 1 << 1,    /* needs --unsafe */
	BUILTIN_AGGREGATE = 1 << 2, /* only as the direct right-hand side of a map assignment; after
				       "casts" the call has the map's final type */
	BUILTIN_NO_RETURN = 1 << 3, /* exit() */
	BUILTIN_ARGS = 1 << 4,	    /* depends on the attach point's arguments: body.uses_args */
	BUILTIN_PROBE = 1 << 5,	    /* depends on the attach point's name: body.uses_probe */
	BUILTIN_CONTEXT = 1 << 6,   /* reads the BPF context: not in loop bodies */
	BUILTIN_NO_DISCARD_WARNING = 1 << 7, /* its value may be ignored silently */
	BUILTIN_OWN_TYPING = 1 << 8, /* the type hook types the arguments itself */
	BUILTIN_OUTPUT = 1 << 9, /* arguments leave in a record: user space may look them up */
	BUILTIN_STACK = 1 << 11, /* hands the context to a helper that walks the stack: not in loop
				    bodies, but wherever the probe is attached */
	BUILTIN_TYPED = 1 << 10, /* with arguments it needs a program whose context the verifier knows
				   by its BTF types: BPF_PROG_TYPE_TRACING in place of raw
				   tracepoints. One function per attach point. */
	BUILTIN_NO_LINKS = 1 << 12, /* not in programs of kprobe_multi links: of registers these have
				   those of arguments, result and stack only (since 6.14) */
};

struct builtin {
	const char *name;
	const char *signature;
	unsigned int flags;
	const char *help;  /* one line */
	int action;	   /* enum program_action_kind + 1; 0: no user-space half */
	uint32_t first_payload; /* first argument that travels in the record */
	/* The result type, in every round of inference, when the signature says `?`; arguments are
	 * typed already. NULL result: not known yet. */
	const struct type *(*type)(struct sema *s, struct expr *e);
	/* After types are final: what the signature cannot say; may convert arguments with
	 * sema_convert() and replace the whole call through slot (compile-time functions). */
	int (*check)(struct sema *s, struct expr **slot);
	/* Compile-time functions: replaces the call by a literal (or record of literals) if its value
	 * can be told. Called when the arguments' names are bound and literals folded, and, where
	 * it left the call alone, in every later place that wants a compile-time value; argument
	 * types are known from inference on. */
	void (*fold)(struct sema *s, struct expr **slot);
	/* Fills what is special in the action (the generic part is done); called for rows without
	 * an action too, with NULL: to add one of several kinds (print) or a site. */
	void (*plan)(struct sema *s, struct expr *e, struct program_action *action);
	/* Emits the value. into: memory to fill for type_is_memory() results, else NULL. */
	int (*emit)(struct codegen *cg, const struct expr *e, struct LLVMOpaqueValue *into,
		    struct cg_value *out);
};

/* The row of a name, or NULL; the name nearest in spelling, or NULL. (registry.c) */
const struct builtin *builtin_find(const char *name);
const char *builtin_nearest(const char *name);
/* True for names of spec builtins.md that are not there yet ("not supported yet"). */
bool builtin_is_planned(const char *name);
/* Calls fn for every row, in order of groups and names. */
void builtin_each(void (*fn)(const struct builtin *b, const char *group, void *context),
		  void *context);

/* --- signature.c: parsed form, for sema ------------------------------------------------------- */
enum signature_class {
	SIGNATURE_INT = 1 << 0, SIGNATURE_PTR = 1 << 1, SIGNATURE_STRING = 1 << 2,
	SIGNATURE_ARRAY = 1 << 3, SIGNATURE_MAP = 1 << 4, SIGNATURE_ELEMENT = 1 << 5,
	SIGNATURE_ANY = 1 << 6, SIGNATURE_INT_LITERAL = 1 << 7, SIGNATURE_STRING_LITERAL = 1 << 8,
	SIGNATURE_FORMAT = 1 << 9, SIGNATURE_WORD = 1 << 10,
	SIGNATURE_VARIABLE = 1 << 11, SIGNATURE_TYPE = 1 << 12,
};
#define SIGNATURE_MAX_ARGS    8
#define SIGNATURE_MAX_OPTIONS 4
struct signature {
	unsigned int args[SIGNATURE_MAX_ARGS]; /* classes of each */
	uint32_t arg_count;		       /* listed */
	char option_names[SIGNATURE_MAX_OPTIONS][16];
	unsigned int options[SIGNATURE_MAX_OPTIONS]; /* classes of each */
	uint32_t option_count;
	uint32_t min_args, max_args;	       /* accepted */
	char result[32];		       /* type name, or "?" */
};
/* Parses; bug() on a malformed row. */
void signature_parse(const char *text, struct signature *out);

#endif
