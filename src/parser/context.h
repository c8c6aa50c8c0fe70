/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lexer.l, grammar.y and the C files of this directory share while one script is read.
 *
 * The text is read in three parts: TOP between definitions, HEAD for the attach points of a probe,
 * CODE for everything in braces, predicates and the small definitions. Which part comes next is
 * known from the tokens alone, so the grammar never talks back to the lexer.
 */
#ifndef BITTERN_PARSER_CONTEXT_H
#define BITTERN_PARSER_CONTEXT_H

#include "ast/ast.h"
#include "diag/diag.h"

#define PARSE_MAX_BRACKETS 200	/* open brackets at one place */
#define PARSE_MAX_DEPTH	   200	/* nodes below one another in one statement */
#define PARSE_MAX_TOTAL	   1000 /* nodes below one another in one probe */
#define PARSE_MAX_CHAIN	   5000 /* operators or else-ifs in a row */
/* More than the kernel's verifier ever accepts in one program, and what takes no minutes to find out. */
#define PARSE_MAX_STATEMENTS 10000  /* of one probe */
#define PARSE_MAX_NODES	     500000 /* of all probes */

struct chain; /* operators and operands whose order is not yet known: actions.c */

enum scan_part { PART_TOP, PART_HEAD, PART_CODE };

/* Which definition CODE belongs to, hence where it ends. */
enum scan_item {
	ITEM_BRACED,	/* ends with the `}` that closes its first `{` */
	ITEM_PREDICATE, /* becomes BRACED at the closing `/` */
	ITEM_IMPORT,	/* ends with a string or `;` */
	ITEM_MAP_DECL,	/* ends with `)` or `;` */
};

struct bracket {
	char open; /* ( [ { */
	struct loc loc;
};

struct parser {
	struct arena *arena;	     /* borrowed, like all below */
	struct diag *d;
	struct source *source;
	struct ast_program *program;
	void *scanner;		     /* flex's state; owned by parse_program() */
	uint32_t at;		     /* offset of the byte flex reads next */
	uint32_t first;		     /* offset of the first byte that is not blank */
	enum scan_part part;
	enum scan_item item;
	struct bracket brackets[PARSE_MAX_BRACKETS];
	uint32_t bracket_count, brace_count;
	int previous, before_previous; /* kinds of the last two tokens, 0 at the start */
	struct loc previous_loc, before_previous_loc;
	bool has_open_quote;	     /* one was reported */
	bool has_bad_character;	     /* one was reported; the rest is skipped in silence */
	bool is_stopped;	     /* reading on makes no sense: the text ends here */
	bool is_broken;		     /* an endless quote was reported: what follows is its fault */
	uint32_t statement;	     /* offset of the first token of the statement being read */
	struct bracket last_dropped; /* innermost bracket that a ';' or '}' found open */
	struct bracket suspect;	     /* first brace closed by one at another indentation */
	bool skips_head;	     /* after a mistake in the head of a loop: up to its '{' */
	bool has_bare_body;	     /* an if without braces was reported: an else follows */
	bool has_do;		     /* a do was reported: while (…); follows */
	bool is_recovering;	     /* since a syntax error: blocks are skipped whole */
	bool is_skipping;	     /* inside such a block, until brace_count is skip_to */
	uint32_t skip_to;
	bool is_expression;	     /* the text is one expression, and no program */
	bool has_started;	     /* then: the grammar was told */
	struct expr *expression;     /* then: the result */
	uint32_t node_count;	     /* of all bodies, counted at the end (limit.c) */
	struct chain *free_chain;    /* finished chains, for reuse */
};

/* --- scan.c: decisions of the lexer that need more than a pattern --------------------------- */
/* Offset of the first byte at or after `at` that is neither blank nor comment. */
uint32_t scan_layout(const struct parser *p, uint32_t at);
/* What stands at the start of a definition: the token, and how many of the bytes it takes. */
int scan_top(struct parser *p, struct loc loc, uint32_t *taken);
/* The token of a word in code. */
int scan_word(const struct parser *p, struct loc loc);
/* Whether a word is a built-in variable wherever it stands (spec language.md §1.2). */
bool scan_is_builtin(const char *text, size_t len);
/* A copy of the text at loc. */
const char *scan_text(const struct parser *p, struct loc loc);
/* The end of the C definition that starts at loc; 0 if it has none (reported). */
uint32_t scan_c_definition(struct parser *p, struct loc loc);
uint64_t scan_number(struct parser *p, struct loc loc);
uint64_t scan_parameter(struct parser *p, struct loc loc);
/* The bytes of a string literal, NUL-terminated. */
const char *scan_string(struct parser *p, struct loc loc, size_t *len);
struct ast_attach_point *scan_attach_point(struct parser *p, struct loc loc);
/* Brackets: return the token. scan_open() tells types and expressions in parentheses apart. */
int scan_open(struct parser *p, struct loc loc, char open);
int scan_close(struct parser *p, char close);
int scan_semicolon(struct parser *p);
/* `/` in code: division or the end of a predicate. */
int scan_slash(struct parser *p);
/* The end of a root-level import. */
void scan_end_import(struct parser *p);
/* Reports a quote that is not closed on its line. */
void scan_unterminated(struct parser *p, struct loc loc, const char *what);
void scan_bad_character(struct parser *p, struct loc loc);
/* Reports that the text cannot be read any further. */
PRINTF_LIKE(4, 5)
void scan_stop(struct parser *p, enum diag_id id, struct loc loc, const char *format, ...);

/* --- actions.c: what the grammar's productions do ------------------------------------------- */
struct named_exprs { struct expr_list items; struct name_list VEC_OF(const char *) names;
		     struct loc_list VEC_OF(struct loc) locs; };

struct expr *make_name(struct parser *p, struct loc loc, const char *name);
struct expr *make_variable(struct parser *p, struct loc loc, const char *name);
struct expr *make_map(struct parser *p, struct loc loc, const char *name, struct expr_list *keys);
struct expr *make_parameter(struct parser *p, struct loc loc, uint64_t index, bool is_count);
/* options: the arguments with names, behind the others; either may be NULL. */
struct expr *make_call(struct parser *p, struct loc loc, struct loc name_loc, const char *name,
		       struct expr_list *args, struct named_exprs *options);
struct expr *make_tuple(struct parser *p, struct loc loc, struct expr *first,
			struct expr_list *rest);
struct expr *make_record(struct parser *p, struct loc loc, struct named_exprs *fields);
struct expr *make_ternary(struct parser *p, struct expr *condition, struct expr *then,
			  struct expr *otherwise);
struct expr *make_branch(struct parser *p, struct loc loc, struct expr *condition,
			 struct block *then, struct expr *otherwise);
struct expr *make_block(struct parser *p, struct block *b);
struct expr *make_increment(struct parser *p, struct loc loc, struct expr *target,
			    bool is_decrement, bool is_prefix);
struct expr *make_address_of(struct parser *p, struct loc loc, struct expr *operand);
struct expr *make_cast(struct parser *p, struct loc loc, struct type_ref *to,
		       struct expr *operand);
struct expr *make_comptime(struct parser *p, struct loc loc, struct expr *operand);
/* sizeof, typeinfo, typeof: kind tells which. */
struct expr *make_type_query(struct parser *p, enum expr_kind kind, struct loc loc,
			     struct type_or_expr of);
struct expr *make_offset_of(struct parser *p, struct loc loc, struct type_or_expr of,
			    struct named_exprs *path);
/* `.f`, `.N`, `[i]`, `++` as a node without its object, and the node with it. */
struct expr *make_member(struct parser *p, struct loc loc, const char *name);
struct expr *make_element(struct parser *p, struct loc loc, uint64_t index);
struct expr *make_index(struct parser *p, struct loc loc, struct expr *index);
struct expr *attach_suffix(struct parser *p, struct expr *object, struct expr *suffix);

/* a + b * c: operands and operators in order of the text, then the tree. */
struct chain *chain_start(struct parser *p, struct expr *first);
struct chain *chain_add(struct parser *p, struct chain *c, enum ast_op op, struct loc op_loc,
			struct expr *operand);
struct expr *chain_finish(struct parser *p, struct chain *c);

struct expr_list *list_add(struct parser *p, struct expr_list *list, struct expr *e);
struct named_exprs *named_add(struct parser *p, struct named_exprs *list, struct loc loc,
			      const char *name, struct expr *e);

struct type_ref *make_type(struct parser *p, struct loc loc, enum type_ref_keyword keyword,
			   const char *name);
struct type_ref *make_typeof(struct parser *p, struct loc loc, struct type_or_expr of);
struct type_ref *add_type_suffix(struct parser *p, struct loc loc, struct type_ref *t,
				 int64_t suffix);
/* `[name]` */
struct type_ref *add_named_size(struct parser *p, struct loc loc, struct type_ref *t,
				struct loc name_loc, const char *name);
/* The suffix for [size]; reports sizes that no array can have. */
int64_t array_suffix(struct parser *p, struct loc loc, uint64_t size);

struct stmt *make_assign(struct parser *p, struct loc loc, struct expr *target, enum ast_op op,
			 struct expr *value);
struct stmt *make_let(struct parser *p, struct loc loc, struct expr *variable,
		      struct type_ref *type, struct expr *value);
struct stmt *make_return(struct parser *p, struct loc loc, struct expr *value);
struct stmt *make_import(struct parser *p, struct loc loc, const char *path);
struct stmt *make_while(struct parser *p, struct loc loc, struct expr *condition,
			struct block *body);
struct stmt *make_unroll(struct parser *p, struct loc loc, struct expr *count,
			 struct block *body);
/* end is NULL if the iterable is not a range. */
struct stmt *make_for(struct parser *p, struct loc loc, struct expr *variable, struct expr *start,
		      struct expr *end, struct block *body);

/* A trailing `if` or block is the value of an expression block, but a statement in a body. */
void block_add(struct parser *p, struct block *b, struct stmt *s);
void block_add_braced(struct parser *p, struct block *b, struct expr *e);
void block_end_statement(struct parser *p, struct block *b);
struct block *block_close(struct parser *p, struct block *b, struct loc loc, struct expr *value);
struct block *block_as_body(struct parser *p, struct block *b);

void add_c_text(struct parser *p, struct loc loc);
void begin_config(struct parser *p, struct loc loc);
void add_config(struct parser *p, struct loc loc, const char *key, struct expr *value);
void add_import(struct parser *p, struct loc loc, const char *path);
void add_map_decl(struct parser *p, struct loc loc, struct expr *map, const char *type,
		  struct loc type_loc, uint64_t capacity);
struct ast_macro *macro_add_param(struct parser *p, struct ast_macro *m, struct loc loc,
				  const char *name, int kind);
void add_macro(struct parser *p, struct loc loc, struct loc name_loc, const char *name,
	       struct ast_macro *m, struct block *body);
struct ast_fn *fn_add_param(struct parser *p, struct ast_fn *fn, struct loc loc, const char *name,
			    struct type_ref *type);
void add_fn(struct parser *p, struct loc loc, struct loc name_loc, const char *name,
	    struct ast_fn *fn, struct type_ref *result, struct block *body);
/* One more alternative to first; a name given to the first is that of all. */
struct ast_attach_point *point_or(struct parser *p, struct ast_attach_point *first,
				  struct ast_attach_point *other);
struct ast_probe *probe_add_point(struct parser *p, struct ast_probe *probe,
				  struct ast_attach_point *point);
void add_probe(struct parser *p, struct loc loc, struct loc head_loc, struct ast_probe *probe,
	       struct expr *predicate, struct block *body);

/* --- syntax.c: messages and recovery -------------------------------------------------------- */
struct syntax_mistake {
	struct loc loc;		     /* the token that does not fit */
	bool is_end;		     /* it is the end of the text */
	const char *const *expected; /* tokens that would fit, as grammar.y spells them */
	size_t expected_count;
};
void syntax_report(struct parser *p, const struct syntax_mistake *m);
/* A production for errors was reduced: statements are read again. */
void syntax_recovered(struct parser *p);

/* --- habits.c ------------------------------------------------------------------------------- */
/* Reports the mistake if it is a habit from another language. */
bool habit_report(struct parser *p, const struct syntax_mistake *m);

/* --- limit.c -------------------------------------------------------------------------------- */
/* Reports and cuts off what is nested too deeply, so that passes may recurse. */
void limit_depth(struct parser *p);
/* The same for p->expression. */
void limit_expression(struct parser *p);

#endif
