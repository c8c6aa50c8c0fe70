/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this directory share and nobody else needs. */
#ifndef BITTERN_SEMA_PASS_H
#define BITTERN_SEMA_PASS_H

#include "ast/walk.h"
#include "builtins/builtin.h"
#include "sema/sema.h"

int pass_imports(struct sema *s);
int pass_macros(struct sema *s);
int pass_definitions(struct sema *s);
int pass_supported(struct sema *s);
int pass_config(struct sema *s);
int pass_parameters(struct sema *s);
int pass_attach_points(struct sema *s);
int pass_names(struct sema *s);
int pass_simplify(struct sema *s);
int pass_infer(struct sema *s);
int pass_casts(struct sema *s);
int pass_check(struct sema *s);
int pass_plan(struct sema *s);

/* --- passes.c --------------------------------------------------------------------------------- */
/* Calls fn for every body, with s->body set. */
void sema_each_body(struct sema *s, void (*fn)(struct sema *s, struct body *b));
/* What the probes of this compilation are made with. */
struct probe_context sema_probe_context(const struct sema *s);

/* --- getopt.c --------------------------------------------------------------------------------- */
/* Reports named parameters of the command line that no getopt() knows. */
void sema_check_named_parameters(struct sema *s);

/* --- flow.c: questions about control flow ----------------------------------------------------- */
/* Nothing behind this statement is reached. */
bool stmt_leaves(const struct stmt *st);
/* The value of an if or block that has none, directly or in one of its branches. */
bool expr_is_valueless(const struct expr *e);

/* A statement of b does not come back. */
bool block_leaves(const struct block *b);

/* --- functions.c: functions of the script, before types --------------------------------------- */
void declare_functions(struct sema *s);
struct fn_symbol *declare_function(struct sema *s, struct ast_fn *ast);
struct fn_symbol *find_function(const struct sema *s, const char *name);
/* A built-in that only probes have: reported if the present body is a function's. */
bool is_beyond_function(struct sema *s, const struct expr *call, const struct builtin *b);
/* Recursion, missing returns; who reaches whom. */
void check_functions(struct sema *s);

/* --- objects.c: functions of imported objects ------------------------------------------------ */
void declare_objects(struct sema *s);

/* --- infer_functions.c: their types ------------------------------------------------------------ */
void infer_signature(struct sema *s, struct fn_symbol *fn);
const struct type *infer_function_call(struct sema *s, struct expr *e);
void infer_function_return(struct sema *s, struct stmt *st);
void report_unresolved_function(struct sema *s, const struct fn_symbol *fn);

/* --- placement.c: what may stand where; after names are bound --------------------------------- */
void check_placement(struct sema *s, struct body *b);

/* --- fold.c ----------------------------------------------------------------------------------- */
bool expr_is_literal(const struct expr *e);
/* A literal, or a tuple or record of such. */
bool expr_is_constant(const struct expr *e);
/* The truth value of an integer or boolean literal. */
bool expr_literal_truth(const struct expr *e, bool *truth);
/* Replaces *slot, whose children are folded, by a literal if its value is known. */
void sema_fold(struct sema *s, struct expr **slot);
/* The same for the whole expression, from the leaves up; for a bound call alone. */
void sema_fold_deep(struct sema *s, struct expr **slot);
void sema_fold_call(struct sema *s, struct expr **slot);

/* --- type_names.c: types as written ----------------------------------------------------------- */
/* The type meant by ref, or NULL (reported if s->is_final). Pointers lead to `space`. */
const struct type *sema_resolve_type(struct sema *s, const struct type_ref *ref,
				     enum type_space space);

/* --- infer.c ---------------------------------------------------------------------------------- */
/* The type of what e evaluates to in a value context: aggregations that can be read are integers.
 * NULL: not known yet, or wrong (then reported). */
const struct type *infer_value(struct sema *s, struct expr **slot);
void infer_block(struct sema *s, struct block *b);
/* A value of that type can be kept; reports at value what cannot. */
bool infer_is_storable(struct sema *s, const struct expr *value, const struct type *t);
/* Types in which a mistake was found. */
const struct type *infer_failed(struct sema *s);
/* The integer type that a bool, enum or readable aggregation counts as; NULL for what is none. */
const struct type *integer_view(struct sema *s, const struct type *t);
/* Where pointers of the present body lead by default. */
enum type_space sema_default_space(const struct sema *s);

/* --- infer_ops.c: operators ------------------------------------------------------------------- */
const struct type *infer_unary(struct sema *s, struct expr **slot);
const struct type *infer_binary(struct sema *s, struct expr **slot);
const struct type *infer_increment(struct sema *s, struct expr **slot);
const struct type *infer_ternary(struct sema *s, struct expr **slot);
const struct type *infer_if(struct sema *s, struct expr **slot);
const struct type *infer_cast(struct sema *s, struct expr **slot);
const struct type *infer_address_of(struct sema *s, struct expr **slot);
/* Reports a condition that is none. */
void infer_condition(struct sema *s, struct expr **slot);
/* The type in which two operands of a comparison meet, or NULL. */
const struct type *comparison_type(struct sema *s, const struct type *a, const struct type *b);

/* --- infer_access.c: members, elements, indexes ----------------------------------------------- */
/* A struct or record has no field of that name. */
void report_unknown_field(struct sema *s, struct loc at, const char *name, const struct type *t);
const struct type *infer_member(struct sema *s, struct expr **slot);
const struct type *infer_element(struct sema *s, struct expr **slot);
const struct type *infer_index(struct sema *s, struct expr **slot);
const struct type *infer_dereference(struct sema *s, struct expr **slot);

/* --- type_queries.c: sizeof, offsetof, typeinfo, typeof ---------------------------------------- */
const struct type *infer_size_of(struct sema *s, struct expr **slot);
const struct type *infer_offset_of(struct sema *s, struct expr **slot);
const struct type *infer_typeinfo(struct sema *s, struct expr **slot);
/* The settled type of a value, which stays what it is from now on; NULL: not known yet. */
const struct type *infer_queried(struct sema *s, struct expr **slot);

/* --- comptime.c ------------------------------------------------------------------------------- */
const struct type *infer_comptime(struct sema *s, struct expr **slot);
const struct type *infer_comptime_if(struct sema *s, struct expr **slot);
/* What `if comptime` comes to. */
struct expr *comptime_branch(struct sema *s, const struct expr *e, bool truth);
/* Replaces what waits for types that are known now; true if there was something. */
bool comptime_decide(struct sema *s);
/* Finds the variables and maps that went with branches not taken. */
void comptime_find_dropped(struct sema *s);

/* --- endless.c -------------------------------------------------------------------------------- */
void check_endless(struct sema *s, struct stmt_loop *loop);

/* --- infer_stmts.c ---------------------------------------------------------------------------- */
void infer_stmt(struct sema *s, struct stmt *st);

/* --- infer_calls.c ---------------------------------------------------------------------------- */
const struct type *infer_call(struct sema *s, struct expr **slot);
const struct signature *sema_signature(struct sema *s, const struct builtin *b);

/* --- cells.c ---------------------------------------------------------------------------------- */
void cells_join(struct sema *s, struct cell *cell, const struct type **settled,
		const struct type *t, struct loc at);
/* The form in which a value is kept in a map or tuple: structs are copied out of their memory. */
const struct type *sema_stored_form(struct sema *s, const struct type *t);
/* What an unsized type starts with, before it grows with what is assigned. */
const struct type *sema_least_sized(struct sema *s, const struct type *t);
/* It is, or has in it, a reference to the context. */
bool sema_has_context(const struct type *t);
/* A value stored in a place of type `to`: reports what §6.5 warns of. False: it cannot be. */
bool sema_check_store(struct sema *s, const struct expr *value, const struct type *from,
		      const struct type *to);
/* Second phase of inference: starts a round; ends it and tells whether a type came out different.
 * */
void cells_begin_join(struct sema *s);
bool cells_end_join(struct sema *s);
/* Reports types that were locked before they had to grow. */
void cells_report_locked(struct sema *s);
/* Gives types to what got none although it could; true if there was something. */
bool cells_seed(struct sema *s);

/* --- plan_maps.c ------------------------------------------------------------------------------ */
/* Declarations against what inference found. */
void check_map_declarations(struct sema *s);
/* The script's maps, numbered in order of appearance. */
void plan_maps(struct sema *s);
/* Maps of bittern's own that the program needs. Code generation adds others it finds it needs. */
/* plan.c: the program is an iterator's. */
bool plan_is_iterator(const struct sema *s);
void plan_internal_maps(struct sema *s);

#endif
