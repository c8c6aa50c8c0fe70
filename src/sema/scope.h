/* SPDX-License-Identifier: Apache-2.0 */
/* What names mean: scratch variables in nested scopes, maps in one program-wide table. A name's
 * type is a cell that inference joins into until nothing changes. */
#ifndef BITTERN_SEMA_SCOPE_H
#define BITTERN_SEMA_SCOPE_H

#include "ast/ast.h"
#include "util/strmap.h"

/* What inference knows of a name's type: the join of all types that were put into it. */
struct cell {
	const struct type *raw;	   /* may be flexible; NULL while unknown */
	const struct type *joined; /* infer, second phase: the join so far of this round */
	const struct type *seed;   /* what the join starts from: NULL, or a default */
	struct loc loc;		   /* where the type got its present form */
	bool is_locked;		   /* its type was asked for at lock_loc: it stays what it is … */
	struct loc lock_loc;
	const struct type *denied; /* … though it should have become this, at denied_loc */
	struct loc denied_loc;
};

/* Where pointers lead that come from several places: unknown if these disagree. */
struct pointer_space {
	bool is_given;
	uint8_t space; /* enum type_space */
};

/* A scratch variable of one probe body, or of a function. */
struct symbol {
	const char *name;	 /* without `$` */
	uint32_t expansion;	 /* the macro's expansion it is private to; 0: the script's */
	struct symbol *same_name; /* another one of the same name in the same scope */
	const struct type *type; /* infer: settled form of the cell; NULL while unknown */
	struct cell cell;
	struct loc loc;		 /* declaration or first assignment */
	bool is_declared;	 /* by let, for: type may be fixed */
	bool is_fixed;		 /* `let $x : T` with a sized T */
	bool is_assigned, is_used;
	bool is_counted, is_updated; /* by ++ and --; by op= */
	bool is_unknown;	 /* names: reported as undefined; any use is silent */
	struct loc early_use;	 /* names: first read before any assignment, if there is one */
	bool is_dropped;	 /* comptime: mentioned in branches only that were not taken */
	bool is_loop_variable;
	bool ends_loop;		 /* codegen: read in the condition of a while */
	uint32_t loop_depth;	 /* range and map loops around the declaration */
	bool is_captured;	 /* used in a loop body that lies deeper than the declaration */
	bool is_parameter;	 /* of a function */
	bool is_reassigned;	 /* a parameter that its function assigns to */
	struct pointer_space from; /* parameters: where the pointers given for it lead */
	void *storage;		 /* codegen's own */
};
struct symbols VEC_OF(struct symbol *);

/* A map. */
struct map_symbol {
	const char *name; /* without `@` */
	struct loc loc;	  /* first mention */
	bool is_keyed, is_scalar;      /* as used; both is an error */
	const struct type *key_type;   /* infer; NULL while unknown or scalar */
	const struct type *value_type; /* infer; an aggregation type for aggregations */
	struct cell key_cell, value_cell;
	struct loc keyed_loc, scalar_loc; /* first use with, without a key */
	struct ast_map_decl *declaration; /* or NULL */
	bool is_used;		       /* mentioned other than by its declaration */
	bool is_written;	       /* gets a value somewhere */
	bool is_counted, is_updated;   /* by ++ and --; by op= */
	bool is_computed;	       /* by arithmetic */
	bool is_dropped;	       /* comptime: the same as of variables */
	bool is_reported;	       /* infer: said that it is undefined */
	uint32_t index;		       /* plan: into program.maps */
};
struct map_symbols VEC_OF(struct map_symbol *);

/* More parameters a function cannot have: they pass through the stack. */
#define FN_PARAMETERS_MAX 12

/* A function of the script. */
struct fn_symbol {
	const char *name;
	struct ast_fn *ast;
	struct body *body;
	struct symbols params; /* the first of body->variables */
	bool has_value;	       /* names: a `return` of it has a value */
	bool is_called;	       /* names: reached from a probe */
	bool is_ignored;       /* names: of an import, not called, and types follow from calls only */
	uint8_t visit;	       /* names: state of the search for recursion */
	uint32_t index;	       /* names: into sema.fns */
	const struct type *result; /* infer; NULL while unknown */
	struct cell result_cell;   /* if the result is not written */
	struct pointer_space from; /* where the pointers that are returned lead */
	bool is_linked;		   /* of an imported object: no body, types are given */
	uint32_t object;	   /* of which: into program.objects */
	void *code;		   /* codegen's own */
};
struct fn_symbols VEC_OF(struct fn_symbol *);

/* A call of one, and where. */
struct fn_call {
	struct fn_symbol *fn;
	struct loc loc;
};
struct fn_calls VEC_OF(struct fn_call);

/* One block. Look-up is linear over the block's own variables until there are many of them. */
struct scope {
	struct scope *outer;
	struct symbols symbols;	/* arena */
	struct strmap by_name;	/* used from SCOPE_HASH_FROM symbols on */
	uint32_t loop_depth;
};
#define SCOPE_HASH_FROM 16

/* The variable visible under name, searching outward, or NULL. */
struct symbol *scope_find(const struct scope *s, const char *name, uint32_t expansion);
struct symbol *scope_add(struct arena *a, struct scope *s, const char *name, uint32_t expansion,
			 struct loc loc);
/* The visible name nearest in spelling, or NULL. */
const char *scope_nearest(const struct scope *s, const char *name, uint32_t expansion);
/* Frees what is not in the arena. */
void scope_close(struct scope *s);

#endif
