/* SPDX-License-Identifier: Apache-2.0 */
/* What names mean: scratch variables in nested scopes, maps in one program-wide table. A name's type
 * is a cell that inference joins into until nothing changes. */
#ifndef BITTERN_SEMA_SCOPE_H
#define BITTERN_SEMA_SCOPE_H

#include "ast/ast.h"
#include "util/strmap.h"

/* A scratch variable of one probe body. */
struct symbol {
	const char *name;	 /* without `$` */
	const struct type *type; /* infer; NULL while unknown, settled after "casts" */
	struct loc loc;		 /* declaration or first assignment */
	struct loc type_loc;	 /* the assignment that gave the type its present form */
	bool is_declared;	 /* by let, for: type may be fixed */
	bool is_fixed;		 /* `let $x : T` with a sized T */
	bool is_assigned, is_used;
	bool is_loop_variable;
	uint32_t loop_depth;	 /* range and map loops around the declaration */
	bool is_captured;	 /* used in a loop body that lies deeper than the declaration */
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
	struct loc key_loc, value_loc; /* where the types came from */
	struct ast_map_decl *declaration; /* or NULL */
	bool is_written;	       /* gets a value somewhere */
	uint32_t index;		       /* plan: into program.maps */
};
struct map_symbols VEC_OF(struct map_symbol *);

struct scope {
	struct scope *outer;
	struct symbols symbols;
	uint32_t loop_depth;
};

/* The variable visible under name, searching outward, or NULL. */
struct symbol *scope_find(const struct scope *s, const char *name);
struct symbol *scope_add(struct arena *a, struct scope *s, const char *name, struct loc loc);

#endif
