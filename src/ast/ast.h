/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of one script.
 *
 * The parser builds it, the passes of sema annotate it and replace nodes through slots
 * (`struct expr **`), codegen only reads it. Everything lives in the compilation's arena; every node
 * has a place in the source, and a node made by a pass borrows the place of what it came from.
 * Fields marked with the pass that fills them are zero before it.
 */
#ifndef BITTERN_AST_AST_H
#define BITTERN_AST_AST_H

#include "diag/source.h"
#include "types/type.h"
#include "util/vec.h"

struct builtin;	  /* builtins/builtin.h */
struct symbol;	  /* sema/scope.h: a scratch variable */
struct map_symbol; /* sema/scope.h: a map */
struct fn_symbol; /* sema/scope.h: a function of the script */
struct expr;
struct stmt;

enum expr_kind {
#define EXPR(ID, member) EXPR_##ID,
#include "ast/ast_kinds.def"
#undef EXPR
	EXPR_KIND_COUNT
};

enum stmt_kind {
#define STMT(ID, member) STMT_##ID,
#define STMT_PLAIN(ID)   STMT_##ID,
#include "ast/ast_kinds.def"
#undef STMT
#undef STMT_PLAIN
	STMT_KIND_COUNT
};

/* Binary operators; OP_NONE in an assignment means plain `=`. */
enum ast_op {
	OP_NONE,
	OP_LOGICAL_OR, OP_LOGICAL_AND,
	OP_OR, OP_XOR, OP_AND,
	OP_EQ, OP_NE, OP_LT, OP_GT, OP_LE, OP_GE,
	OP_SHIFT_LEFT, OP_SHIFT_RIGHT,
	OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD,
	/* unary */
	OP_NEGATE, OP_NOT, OP_COMPLEMENT, OP_DEREFERENCE,
};

struct expr_list VEC_OF(struct expr *);
struct stmt_list VEC_OF(struct stmt *);

/* The size of an array given by a name. */
struct named_size { struct loc loc; const char *name; size_t suffix; };

/* A type as written: `struct x*[4]`, `int8`, `typeof(e)`. */
struct type_ref {
	struct loc loc;
	enum type_ref_keyword { TYPE_REF_PLAIN, TYPE_REF_STRUCT, TYPE_REF_UNION, TYPE_REF_ENUM } keyword;
	const char *name;	   /* NULL for typeof */
	struct expr *typeof_expr;  /* typeof(expression) */
	struct type_ref *typeof_type; /* typeof(type) */
	/* Suffixes from left to right: -1 is `*`, 0 is `[]`, n is `[n]`. */
	struct type_suffixes VEC_OF(int64_t) suffixes;
	/* `[NAME]`: until pass "definitions" knows the number, its suffix is 0. */
	struct named_sizes VEC_OF(struct named_size) sizes;
};

/* What sizeof, offsetof, typeinfo and typeof take: one of the two. */
struct type_or_expr {
	struct type_ref *type;
	struct expr *expr;
};

struct block {
	struct loc loc;
	struct stmt_list statements;
	struct expr *value; /* trailing expression without `;`, or NULL */
};

struct expr_integer { uint64_t value; bool is_negative; /* folded: value is two's complement */
		      const char *enumerator; };
struct expr_string { const char *bytes; size_t len; /* may hold NULs; a NUL follows */
		     bool from_parameter; /* was $N */ };
struct expr_boolean { bool value; };
struct expr_name { const char *name; };	       /* gone after pass "names" */
struct expr_parameter { uint64_t index; bool is_count; /* `$#` */ }; /* gone after "parameters" */
struct expr_variable {
	const char *name;      /* without `$` */
	uint32_t expansion;    /* macros: the expansion it is private to; 0: the script's own */
	struct symbol *symbol; /* names */
};
struct expr_map {
	const char *name; /* without `@`; "" is the anonymous map */
	struct expr *key; /* NULL if unkeyed; several keys are one TUPLE */
	bool is_key_list; /* the key TUPLE was written @m[a, b] */
	struct map_symbol *symbol; /* names */
};
struct expr_unary { enum ast_op op; struct expr *operand; };
struct expr_binary { enum ast_op op; struct expr *left, *right; struct loc op_loc; };
struct expr_increment { struct expr *target; bool is_decrement, is_prefix; };
struct expr_ternary { struct expr *condition, *then, *otherwise; /* then NULL: `a ?: b` */ };
struct expr_branch { struct expr *condition, *then, *otherwise; /* BLOCK; otherwise BLOCK, IF or NULL */ };
struct expr_block { struct block *block;
		    bool is_chosen; /* the branch of an `if comptime` */
		    bool is_expansion; /* macros: of a call */ };
struct expr_member {
	struct expr *object;
	const char *name;
	struct loc name_loc;
	struct field field; /* infer: the member, offset relative to *object */
};
struct expr_element { struct expr *object; uint32_t index; }; /* tuple.N */
struct expr_index { struct expr *object, *index; };
struct expr_call {
	const char *name;
	struct loc name_loc;
	struct expr_list args;
	struct expr_list options; /* name=value behind the others */
	const char **option_names;
	struct loc *option_locs;  /* of the names */
	bool is_bare;	   /* written without parentheses: a built-in variable */
	bool is_discarded; /* check: the value is not used */
	bool is_in_macro;  /* macros: written in a macro, where exit() is not a return as well */
	const struct builtin *builtin; /* names */
	struct fn_symbol *fn; /* names: the script's function that is called, or NULL */
	uint32_t action;   /* plan: index into program.actions, if the built-in has one */
	uint32_t site;	   /* plan: index into program.sites, for run-time errors */
	void *data;	   /* the built-in's own: set by its check hook, read by its emit hook */
};
struct expr_cast {
	struct type_ref *to; /* NULL in casts that passes insert */
	struct expr *operand;
	bool is_implicit;
};
struct expr_tuple { struct expr_list items; };
struct expr_record { struct expr_list items; const char **names; };
struct expr_size_of { struct type_or_expr of; };
struct expr_offset_of { struct type_or_expr of; const char **path; uint32_t path_count; };
struct expr_typeinfo { struct type_or_expr of; };
struct expr_type_operand { struct type_or_expr of; }; /* typeof(…) as an argument */
struct expr_comptime { struct expr *operand; };
struct expr_address_of { struct expr *operand; };

struct expr {
	enum expr_kind kind;
	struct loc loc;
	const struct type *type; /* infer; NULL before it */
	uint32_t site;		 /* plan: index into program.sites for run-time errors here, or 0 */
	union {
#define EXPR(ID, member) struct expr_##member member;
#include "ast/ast_kinds.def"
#undef EXPR
	};
};

struct stmt_expr {
	struct expr *value;
	struct loc dropped_at; /* simplify: where its value is not used, if not here: a call of a macro */
};
struct stmt_discard { struct expr *value; };
struct stmt_assign { struct expr *target; enum ast_op op; struct expr *value; };
struct stmt_let { struct expr *variable; struct type_ref *type; struct expr *value; };
struct stmt_loop { struct expr *condition; struct block *body;
		   bool is_call; uint32_t site; /* loops_as_calls: by bpf_loop() */ };
struct stmt_unroll { struct expr *count; struct block *body; uint64_t times; /* check */
		     bool is_call; /* loops_as_calls */ };
struct stmt_for_range { struct expr *variable, *start, *end; struct block *body; };
struct stmt_for_map { struct expr *variable, *map; struct block *body; };
struct stmt_result { struct expr *value; };
struct stmt_import { const char *path; };

struct stmt {
	enum stmt_kind kind;
	struct loc loc;
	union {
#define STMT(ID, member) struct stmt_##member member;
#define STMT_PLAIN(ID)
#include "ast/ast_kinds.def"
#undef STMT
#undef STMT_PLAIN
	};
};

/* One attach point as written; parsed by probes/spec.c in pass "probes". */
struct ast_attach_point;
struct ast_attach_points VEC_OF(struct ast_attach_point *);
struct ast_attach_point {
	struct loc loc;
	const char *text; /* raw, quotes kept; without a user name */
	const char *user_name; /* `name=` before the provider, or NULL */
	struct ast_attach_points others; /* behind `|`: the first that exists is meant */
};

struct probe; /* probes/probe.h */
struct probe_list; /* probes/probe.h */

struct ast_probe {
	struct loc loc;	     /* the whole probe */
	struct loc head_loc; /* its attach points */
	struct ast_attach_points points;
	struct expr *predicate; /* or NULL */
	struct block *body;
};
struct ast_probes VEC_OF(struct ast_probe *);

struct ast_macro_param { const char *name; struct loc loc;
			 enum { MACRO_PARAM_EXPR, MACRO_PARAM_VARIABLE, MACRO_PARAM_MAP } kind; };
struct ast_macro_params VEC_OF(struct ast_macro_param);
struct ast_macro { struct loc loc, name_loc; const char *name; struct ast_macro_params params;
		   struct block *body; };
struct ast_macros VEC_OF(struct ast_macro *);

struct ast_fn_param { const char *name; struct loc loc; struct type_ref *type; /* or NULL */ };
struct ast_fn_params VEC_OF(struct ast_fn_param);
struct ast_fn { struct loc loc, name_loc; const char *name; struct ast_fn_params params;
		struct type_ref *result; /* or NULL */ struct block *body; };
struct ast_fns VEC_OF(struct ast_fn *);

struct ast_map_decl { struct loc loc; struct expr *map; const char *type; struct loc type_loc;
		      uint64_t capacity; };
struct ast_map_decls VEC_OF(struct ast_map_decl *);

struct ast_config_entry { struct loc loc, value_loc; const char *key; struct expr *value; };
struct ast_config_entries VEC_OF(struct ast_config_entry *);

struct ast_import { struct loc loc; const char *path; };
struct ast_imports VEC_OF(struct ast_import *);

/* An object file that an import names, or BPF C to make one of. */
struct ast_object { struct loc loc; const char *path; const void *bytes; size_t size; };
struct ast_objects VEC_OF(struct ast_object *);

/* A preprocessor line or struct/union/enum/typedef definition, verbatim. */
struct ast_c_text { struct loc loc; };
struct ast_c_texts VEC_OF(struct ast_c_text *);

struct ast_program {
	struct source *source;
	struct arena *arena;
	struct ast_c_texts c_texts;
	struct ast_config_entries config;
	struct loc config_loc;
	struct ast_imports imports; /* gone into the rest of the tree after pass "imports" */
	struct ast_objects objects; /* imports */
	struct ast_map_decls map_decls;
	struct ast_macros macros;
	struct ast_fns fns;
	struct ast_probes probes;
	bool has_named_sizes; /* a type_ref has some */
};

/* --- build.c: constructors used by grammar and passes ------------------------------------------- */
struct expr *expr_new(struct arena *a, enum expr_kind kind, struct loc loc);
struct expr *expr_integer(struct arena *a, struct loc loc, uint64_t value);
struct expr *expr_string(struct arena *a, struct loc loc, const char *bytes, size_t len);
struct expr *expr_boolean(struct arena *a, struct loc loc, bool value);
struct expr *expr_unary(struct arena *a, struct loc loc, enum ast_op op, struct expr *operand);
struct expr *expr_binary(struct arena *a, enum ast_op op, struct loc op_loc, struct expr *left,
			 struct expr *right);
struct expr *expr_call(struct arena *a, struct loc loc, const char *name);
/* A conversion inserted by a pass; typed at once. */
struct expr *expr_convert(struct arena *a, struct expr *operand, const struct type *to);
struct stmt *stmt_new(struct arena *a, enum stmt_kind kind, struct loc loc);
struct stmt *stmt_expr(struct arena *a, struct expr *value);
struct block *block_new(struct arena *a, struct loc loc);

/* Deep copies: every node new, annotations (types, symbols, built-ins) reset or kept as they are. */
struct expr *expr_clone(struct arena *a, const struct expr *e);
struct block *block_clone(struct arena *a, const struct block *b);

/* --- names of operators and kinds ---------------------------------------------------------------- */
const char *ast_op_text(enum ast_op op); /* "+", "&&", … */
const char *expr_kind_name(enum expr_kind kind);
const char *stmt_kind_name(enum stmt_kind kind);

/* --- print.c -------------------------------------------------------------------------------------- */
struct ast_print_options {
	bool show_types; /* append ` : type` to typed expressions */
	bool show_places;
};
/* An indented dump, one node a line: what `-d ast` and golden tests show. */
void ast_print(FILE *f, const struct ast_program *p, const struct ast_print_options *options);
void ast_print_block(FILE *f, const struct block *b, int depth,
		     const struct ast_print_options *options);
void ast_print_expr(FILE *f, const struct expr *e, int depth,
		    const struct ast_print_options *options);

#endif
