/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From tree to typed tree and plan, in passes (passes.c has the ordered table).
 *
 *	config       the config block → settings of the program
 *	imports      imported files merged into the tree
 *	definitions  the C part read; #defines → expressions
 *	macros       calls of macros → blocks
 *	supported    what the grammar has but bittern not yet: "not supported yet"
 *	parameters   $1, $# → literals
 *	probes       attach points → probes; one struct body per BPF function
 *	names        variables, maps, built-ins, enumerators bound; what may stand where
 *	simplify     literals folded; predicates and compound assignments → core forms
 *	infer        types of expressions, variables, map keys and values (fixpoint), and all
 *	             mistakes with types
 *	casts        conversions made explicit
 *	check        the built-ins' own checks, map declarations
 *	plan         maps, actions, strings, sites numbered → struct program
 *
 * After "casts" code generation may rely on:
 *   - every expression has a settled type; EXPR_NAME, EXPR_PARAMETER, OP_NONE-less assignments,
 *     predicates, sizeof/offsetof and foldable literals are gone (predicate → if with return);
 *   - both operands of an arithmetic or bit operator have the result's 64-bit type, except in
 *     pointer plus or minus integer: the integer (left or right) has 64 bits, and code generation
 *     scales it by the pointee's size; `-` and `~` work on 64 bits, `*` on pointers only;
 *   - both operands of a comparison have one type, except strings and buffers (any two sizes;
 *     compared over the smaller); pointers are compared as uint64; `&& || !` and conditions take
 *     any type_is_condition() type;
 *   - an assigned value has the target's type; a map key has the map's key type; branches of an if
 *     or ternary with a value have the expression's type; structs and arrays of structs may differ
 *     from the type they are stored as in their space alone, which no cast shows; a readable
 *     aggregation used as a value is wrapped in an EXPR_CAST (is_implicit) from its aggregation
 *     type to its integer type;
 *   - conversions are EXPR_CAST nodes; from and to are operand->type and type.
 */
#ifndef BITTERN_SEMA_SEMA_H
#define BITTERN_SEMA_SEMA_H

#include "ast/ast.h"
#include "cdef/cdef.h"
#include "diag/diag.h"
#include "host/host.h"
#include "probes/probe.h"
#include "program/config.h"
#include "sema/scope.h"

struct builtin;
struct signature;

/* One BPF function to be: a body and the probes it serves. A probe of the script becomes one body
 * per attach point if it reads what depends on the attach point (args, argN, probe), else one per
 * BPF program type. */
struct body {
	struct fn_symbol *fn;	  /* the function of the script whose body it is; NULL: a probe's */
	struct fn_calls calls;	  /* names: functions of the script that it calls */
	struct ast_probe *ast;	  /* what it came from */
	struct probe_list probes; /* at least one; all of one program type. Of functions: all that
				     reach it (names) */
	struct block *block;	  /* own clone, predicate folded in after simplify */
	struct expr *predicate;	  /* own clone; NULL after simplify */
	struct symbols variables; /* all scratch variables, after names */
	bool uses_args;		  /* reads `args` or argN */
	bool uses_probe;	  /* reads `probe`, `probetype` */
	bool uses_context;	  /* any direct use of the BPF context */
	bool no_links;		  /* uses what programs of kprobe_multi links do not have */
	bool is_guarded;	  /* does nothing while another guarded one, or one with scratch
				     memory, runs on the CPU */
	bool is_typed;		  /* wants BPF_PROG_TYPE_TRACING instead of a raw tracepoint */
	uint32_t bpf_prog_type;	  /* plan */
	uint32_t btf_target;	  /* plan: as in struct program_function */
	uint32_t function;	  /* plan: index into program.functions */
	uint32_t first_probe;	  /* plan: of program.probes, those of the body follow each other */
	bool is_syscall_guarded;  /* plan: the function tests number (and compat) itself */
	uint32_t compat_offset;	  /* plan: of thread_info.status in task_struct, for that test */
	bool needs_loop_helper;	  /* has a range or map loop: needs debug info */
};
struct bodies VEC_OF(struct body *);

/* Its probes can share a kprobe_multi link. */
static inline bool body_has_links(const struct body *b)
{
	return b->probes.count > 1 && b->probes.items[0]->is_multi && !b->no_links;
}

/* Callbacks and functions are given a frame, through which they reach what belongs to the program. */
static inline bool body_has_frame(const struct body *b)
{
	return b->needs_loop_helper || b->calls.count;
}

struct sema_options {
	const char *const *parameters; /* positional */
	uint32_t parameter_count;
	const char *const *named; /* "--name=value" or "--name" */
	uint32_t named_count;
	bool allow_unsafe;	/* --unsafe */
	bool has_child;		/* -c */
	bool reports_quiet;	/* -k: failed reads and look-up misses become records, too */
	unsigned int relief;	/* bits PROGRAM_RELIEF_*: what the verifier could not bear */
	bool filter_pid;	/* -p: bodies of PROBE_PID_FILTER types compare the pid first */
	struct cdef_options c;	/* -I, --include */
	const struct config_values *config; /* from the environment; NULL: defaults */
};

struct named_option;

struct undecided_expr {
	struct expr **slot;
	struct body *body;
};

/* A branch of an if that a walk is in. */
struct branch_taken {
	struct expr *choice; /* EXPR_IF */
	bool is_otherwise;
};

struct sema {
	struct arena *arena;
	struct diag *diag;
	struct host *host;
	struct type_table types;
	const struct sema_options *options;
	struct ast_program *tree;
	struct bodies bodies;
	struct fn_symbols fns; /* of the script; after "names" each is behind those it calls */
	struct strmap fn_names;
	struct map_symbols maps;
	struct strmap map_names;
	struct program *program; /* filled by "plan" */
	struct cdef *c;		 /* what "definitions" read */
	struct config_values config; /* defaults, environment, config block */
	struct named_options VEC_OF(struct named_option *) named_options; /* of all getopt() */
	uint8_t unstable_seen[CONFIG_KEY_COUNT]; /* unstable features warned of */

	/* Handed in by the compiler: the names of the language lie in a higher layer. */
	const struct builtin *(*builtin_find)(const char *name);
	const char *(*builtin_nearest)(const char *name);
	bool (*builtin_is_planned)(const char *name);
	void (*signature_parse)(const char *text, struct signature *out);
	/* … and so does the parser, for imported files and the library. */
	struct ast_program *(*parse_source)(struct arena *a, struct diag *d, struct source *source);
	/* The text of a #define; NULL after errors. */
	struct expr *(*parse_expression)(struct arena *a, struct diag *d, struct source *source,
					 uint32_t start);

	/* While a pass works on a body. */
	struct body *body;
	bool is_changed; /* infer: a cell changed in this round */
	bool is_backward; /* infer: statements are visited from the last to the first */
	bool is_joining; /* infer: second phase, cells are joined anew */
	bool is_final;	 /* infer: types are stable, errors are reported now */
	struct strmap macros;	  /* macros: the script's own, by name, for "did you mean" */
	bool is_evaluating; /* queries are replaced by their answers */
	struct undecided VEC_OF(struct undecided_expr) undecided; /* comptime waiting for types */
	int decision_rounds;
	const struct expr *printed; /* infer: the value that an output function is asked for: what
				       user space reads by itself may stand there */
	struct strmap enumerators; /* names: literals of those found so far */
	struct strmap unknown_names; /* names: → the known name nearest in spelling, or "" */
	struct strmap signatures; /* by built-in: parsed once */
	struct strmap sites;	  /* plan: numbers by place and helper */
	struct branches VEC_OF(struct branch_taken) branches; /* check: those around the node */
};

struct sema_pass {
	const char *name, *help;
	int (*run)(struct sema *s); /* 0, or -EINVAL after reporting */
	unsigned int needs, gives;  /* facts, see passes.c */
};

/* The ordered table, ends with a NULL name. */
extern const struct sema_pass sema_passes[];

void sema_init(struct sema *s, struct arena *a, struct diag *d, struct host *h,
	       const struct sema_options *options, struct ast_program *tree,
	       struct program *program);
void sema_free(struct sema *s);
/* Runs the passes up to and including stop_after (NULL: all). after_pass (or NULL) is called after
 * each, for dumps. A pass that relies on a faultless tree is not run after errors; those before
 * it are, so that one run shows the mistakes of several stages. 0 or -EINVAL. */
int sema_run(struct sema *s, const char *stop_after,
	     void (*after_pass)(struct sema *s, const char *pass, void *context), void *context);

/* While and unroll loops that can be become callbacks; after "plan". (loops_as_calls.c) */
void sema_loops_as_calls(struct sema *s);

/* --- for built-ins' hooks --------------------------------------------------------------------- */
/* The value of an integer, or string, literal (after folding). */
bool sema_literal_int(const struct expr *e, uint64_t *value, bool *is_negative);
const char *sema_literal_string(const struct expr *e, size_t *len);
/* Types e (and below) in the present round; e->type is none or NULL if it is not known yet. */
void sema_infer_expr(struct sema *s, struct expr **slot);
/* The same where a value is wanted: aggregations that can be read count as integers. */
void sema_infer_value(struct sema *s, struct expr **slot);
/* The type written there, or NULL. */
const struct type *sema_type_of_ref(struct sema *s, const struct type_ref *ref);
/* getopt() → literal. */
void sema_replace_getopt(struct sema *s, struct expr **slot);
/* Replaces what can be computed from types and literals now. */
void sema_evaluate(struct sema *s, struct expr **slot);
/* While checking: whether a literal condition rules out the branch that the walk is in. */
bool sema_is_ruled_out(struct sema *s);
/* The array without a size at the end of a struct in foreign memory: any index may be good. */
bool sema_is_flexible_array(const struct expr *e);
/* Joins a type into a map's value or key cell; reports a mismatch when s->is_final. */
void sema_join_map_value(struct sema *s, struct map_symbol *m, const struct type *t, struct loc at);
void sema_join_map_key(struct sema *s, struct map_symbol *m, const struct type *t, struct loc at);
void sema_join_variable(struct sema *s, struct symbol *v, const struct type *t, struct loc at);
/* Replaces *slot by a conversion to `to` if its type differs (casts pass and built-ins). */
void sema_convert(struct sema *s, struct expr **slot, const struct type *to);
/* Plan: numbers a place / adds an action for a call, with the payload tuple of args[first..]. */
uint32_t sema_add_site(struct sema *s, struct loc loc, const char *helper, bool is_quiet);
struct program_action *sema_add_action(struct sema *s, struct expr *call,
				       enum program_action_kind kind, uint32_t first_arg);
/* The current body is that of an iterator that will be pinned. */
bool sema_is_pinned(const struct sema *s);
/* The text "tracepoint, kprobe" etc. for messages: the probe types of the current body. */
const struct probe *sema_first_probe(const struct sema *s);

/* The record `config` as a script sees it. */
struct expr *sema_config_record(struct sema *s, struct loc loc);
/* An unstable feature is used: allowed, warned of once, or refused as unstable_… says (spec
 * cli-config.md §5). False if refused, after a message. */
bool sema_allow_unstable(struct sema *s, enum config_id key, const char *what, struct loc loc);

#endif
