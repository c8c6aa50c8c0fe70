/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of pass "macros" share.
 *
 * A frame is one expansion being made. Names in a piece of tree mean what they mean in the frame
 * the piece was written in; arguments keep the frame of their call, so whose name is whose needs
 * no renaming of texts: a macro's own variables carry the number of their expansion.
 */
#ifndef BITTERN_SEMA_MACRO_H
#define BITTERN_SEMA_MACRO_H

#include "sema/pass.h"

/* What one argument of a call is, seen from the macro. */
struct macro_argument {
	struct expr *expr;	   /* as written; of a variable or map: the one it finally is */
	const struct frame *frame; /* it was written in; NULL for variables and maps, which are final */
	enum argument_kind {
		ARGUMENT_EXPR, ARGUMENT_VARIABLE, ARGUMENT_MAP, ARGUMENT_TYPE
	} kind;
	struct loc loc; /* in the call */
};
struct macro_arguments VEC_OF(struct macro_argument);

struct frame {
	const struct frame *caller;    /* NULL: the script itself */
	const struct ast_macro *macro; /* NULL: the script itself */
	const struct macro_argument *arguments; /* one for each parameter */
	struct source *view;	       /* places of what is expanded; NULL: as they are */
	uint32_t expansion;	       /* number of the variables that are its own */
	uint32_t level;
};

/* Macros of one origin by name; each value is a struct macro_list. */
struct macro_list VEC_OF(struct ast_macro *);
struct macro_table {
	struct strmap by_name;
};

struct expander {
	struct sema *s;
	struct macro_table script, library;
	uint32_t expansions; /* made so far */
	uint64_t nodes;	     /* of all expansions */
	uint32_t depth;	     /* nodes above the one at hand, expansions included */
	bool is_full;	     /* a limit was reported: nothing is expanded any more */
};

/* --- macro_definitions.c ---------------------------------------------------------------------- */
/* Enters a macro; reports a second one of the same form. */
void macro_define(struct sema *s, struct macro_table *t, struct ast_macro *m);
void macro_table_free(struct macro_table *t);
/* What is wrong in a macro wherever it is called. */
void macro_check_body(struct sema *s, const struct ast_macro *m);
bool macro_has_param(const struct ast_macro *m, int kind, const char *name, size_t *index);
/* "name(a, $b, @c)" */
const char *macro_form(struct arena *a, const struct ast_macro *m);

/* --- macro_calls.c ---------------------------------------------------------------------------- */
/* The macros that a call, or bare name, in frame may mean; false if there are none. */
struct macro_candidates {
	const char *name;
	const struct macro_list *script, *library; /* or NULL */
};
bool macro_candidates(struct expander *x, const struct frame *frame, const struct expr *call,
		      struct macro_candidates *out);
/* The one that is meant; NULL if none fits: then a built-in is meant, or *is_wrong (reported). */
struct ast_macro *macro_choose(struct expander *x, const struct expr *call,
			       const struct macro_candidates *c,
			       const struct macro_arguments *args, bool *is_wrong);
/* The arguments of a call that stands in frame. */
struct macro_arguments macro_arguments_of(struct expander *x, const struct frame *frame,
					  const struct expr *call);

/* --- macro_library.c -------------------------------------------------------------------------- */
/* The library's macros of that name, or NULL. Reads the part of the library that has them. */
const struct macro_list *macro_library(struct expander *x, const char *name);

/* --- macro_types.c ---------------------------------------------------------------------------- */
/* A type argument as the argument of a built-in, put in at `at`. */
struct expr *macro_use_type(struct expander *x, const struct macro_argument *argument,
			    struct loc at);
/* Parameters in a type, in what sizeof() and the like take, and in the path of offsetof(). */
void macro_expand_type(struct expander *x, const struct frame *frame, struct type_ref *t);
void macro_expand_operand(struct expander *x, const struct frame *frame, struct type_or_expr *of);
void macro_expand_path(struct expander *x, const struct frame *frame, struct expr *offset_of);

/* --- macros.c --------------------------------------------------------------------------------- */
void macro_expand(struct expander *x, const struct frame *frame, struct expr **slot);
/* A fresh copy of an argument, expanded, for a use of it at `at`. */
struct expr *macro_use_argument(struct expander *x, const struct macro_argument *argument,
				const char *name, struct loc at);
/* The argument behind an identifier that stands in frame, or NULL. */
const struct macro_argument *macro_argument_named(const struct frame *frame, const char *name);

#endif
