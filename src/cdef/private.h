/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this directory share and nobody else needs. */
#ifndef BITTERN_CDEF_PRIVATE_H
#define BITTERN_CDEF_PRIVATE_H

#include "cdef/cdef.h"
#include "cdef/token.h"
#include "util/vec.h"

#define C_MAX_INPUTS   200	/* files and macros open at one place */
#define C_MAX_DEPTH    64	/* structs, declarators in one another */
#define C_MAX_NESTING  200	/* parentheses and operators in a constant expression */
#define C_MAX_TOKENS   2000000	/* of all pieces, expansions included */
#define C_MAX_BYTES    (1u << 30) /* of a type */
#define C_MAX_HEADER   (16u << 20) /* bytes of a header */

/* A type while it is declared: what C knows of it beyond the language's type. */
struct c_type {
	const struct type *type;
	uint64_t size;
	uint32_t align;
	bool is_char;	  /* char itself: arrays of it are strings */
	bool is_function;
	bool is_void;
	bool is_incomplete; /* size is not known */
};

/* A text that tokens come from; the innermost is read first. */
struct c_input {
	struct c_text text;
	const struct cdef_macro *macro; /* whose expansion it is, or NULL */
	bool is_line;	   /* of a directive: directives in it mean nothing */
	bool is_file;
	size_t conditionals; /* open before it */
};

struct c_conditional {
	struct loc loc;
	bool is_active;	    /* this branch is read */
	bool was_taken;	    /* a branch was */
	bool is_outer_active;
	bool has_else;
};

/* How the macros were before: what a header did is taken back when libclang reads it anew. */
struct c_macro_change {
	const char *name;
	struct cdef_macro *before; /* or NULL */
};

struct c_typedef {
	struct c_type type;
	struct loc loc;
};

struct c_enumerator {
	uint64_t value;
	bool is_negative;
	const struct type *type; /* NULL while its enum is being read */
	struct loc loc;
};

struct c_tag {
	struct loc loc;
	const struct type_enum *enumeration; /* ENUM */
};

struct c_failure {
	struct loc loc;
	enum diag_id id;
	const char *text, *hint;
};

struct cdef {
	struct arena *arena;
	struct diag *d;
	struct host *host; /* or NULL */
	struct type_table *types;
	const struct cdef_options *options;
	struct strmap macros;	   /* name → struct cdef_macro */
	struct strmap typedefs;	   /* name → struct c_typedef */
	struct strmap enumerators; /* name → struct c_enumerator */
	struct strmap tags;	   /* "struct x" → struct c_tag */
	struct strmap once;	   /* paths with #pragma once */
	struct c_macro_changes VEC_OF(struct c_macro_change) changes; /* all, in order */
	struct c_headers VEC_OF(const char *) headers; /* paths the script included, in order */
	struct c_inputs VEC_OF(struct c_input) inputs;
	struct c_conditionals VEC_OF(struct c_conditional) conditionals;
	struct c_token token;	   /* the one at hand, macros expanded */
	struct loc previous;	   /* of the one before */
	size_t base;		   /* inputs below it are not read now */
	uint32_t tokens;	   /* read so far */
	uint32_t pack;		   /* #pragma pack, 0: none */
	struct c_packs VEC_OF(uint32_t) packs; /* pushed */
	uint32_t anonymous_count;
	uint32_t macro_count;	   /* defined now */
	uint32_t copied;	   /* bytes of macros with their arguments put in */
	uint32_t skipped;	   /* expressions whose value does not count, as in 0 && 1 / 0 */
	uint32_t nesting;	   /* of constant expressions */
	uint32_t depth;		   /* of structs, declarators, type names in one another */
	struct diag unheard;	   /* takes what is added to mistakes nobody is told of */
	bool is_condition;	   /* reading an #if: `defined` means something, all is 64 bits */
	bool is_failed;		   /* the piece at hand has a mistake: tokens end */
	bool is_header;		   /* mistakes are kept in `failure` */
	struct c_failure failure;
};

/* --- cdef.c ----------------------------------------------------------------------------------- */
/* Reports the first mistake of a piece, or keeps it (headers), and ends the piece. */
PRINTF_LIKE(4, 5)
struct diag_msg *c_error(struct cdef *c, enum diag_id id, struct loc loc, const char *format, ...);
/* Reads a header with the parser here, else with libclang. */
void c_read_header(struct cdef *c, struct source *source, struct loc at);

/* --- preprocess.c ----------------------------------------------------------------------------- */
/* Makes the next token the one at hand. */
void c_advance(struct cdef *c);
/* The next token without expansion; directives in files are carried out. */
struct c_token c_next_raw(struct cdef *c);
/* The token after the one at hand without expansion, which stays. */
struct c_token c_peek(const struct cdef *c);
/* Moves on if the token is this punctuator. */
bool c_accept(struct cdef *c, uint32_t op);
bool c_expect(struct cdef *c, uint32_t op, const char *after);
static inline bool c_at(const struct cdef *c, uint32_t op)
{
	return c->token.kind == C_PUNCTUATOR && c->token.op == op;
}
static inline bool c_at_word(const struct cdef *c, const char *word)
{
	return c->token.kind == C_NAME && c_token_is(&c->token, word);
}
const char *c_text_of(struct cdef *c, const struct c_token *t);
bool c_push_input(struct cdef *c, struct c_input input, struct loc at);
/* Reads a text on its own: tokens come from it alone until c_leave(). */
struct c_saved {
	struct c_token token;
	size_t base;
	bool is_condition;
};
struct c_saved c_enter(struct cdef *c, struct c_input input);
void c_leave(struct cdef *c, struct c_saved saved);
/* Skips to behind the bracket that closes the one at hand; nothing is expanded. */
void c_skip_brackets(struct cdef *c);
struct cdef_macro *c_macro(const struct cdef *c, const struct c_token *name);
void c_define(struct cdef *c, struct cdef_macro *m);
void c_undefine(struct cdef *c, const char *name);
/* Takes back all changes of macros after the first `count`. */
void c_restore_macros(struct cdef *c, size_t count);
bool c_is_defined(struct cdef *c, const struct c_token *name);
/* The value of a macro that is predefined. */
bool c_predefined(struct cdef *c, const struct c_token *name, uint32_t *value);
static inline bool c_is_active(const struct cdef *c)
{
	return !c->conditionals.count ||
	       c->conditionals.items[c->conditionals.count - 1].is_active;
}

/* --- arguments.c ------------------------------------------------------------------------------ */
/* Reads on in the text of a function-like macro, whose parenthesis is the next token. */
bool c_expand_function(struct cdef *c, const struct cdef_macro *m, struct loc use);

/* --- directives.c ----------------------------------------------------------------------------- */
/* A line that starts with `#`, from behind it. */
void c_directive(struct cdef *c, struct c_text line);
/* Reports conditionals opened since `count`. */
void c_close_conditionals(struct cdef *c, size_t count);

/* --- include.c -------------------------------------------------------------------------------- */
/* The header of that name. NULL with *is_kernel: one that BTF stands for; NULL: reported. */
struct source *c_find_header(struct cdef *c, const char *name, bool is_angled, struct loc loc,
			     bool *is_kernel);
/* A file as a source, or NULL. */
struct source *c_read_file(struct cdef *c, const char *path);

/* --- expression.c ------------------------------------------------------------------------------- */
struct c_value {
	uint64_t bits;	/* sign- or zero-extended to 64 */
	bool is_unsigned, is_wide; /* 64 bits, else 32 */
};
/* A constant expression up to what cannot be part of one. False: reported. */
bool c_constant(struct cdef *c, struct c_value *out);
static inline bool c_is_negative(const struct c_value *v)
{
	return !v->is_unsigned && (int64_t)v->bits < 0;
}

/* --- declare.c -------------------------------------------------------------------------------- */
/* All declarations of the input. */
void c_declarations(struct cdef *c);
/* A type name: specifiers and a declarator without a name. False: reported. */
bool c_type_name(struct cdef *c, struct c_type *out);
bool c_starts_type(struct cdef *c);

struct c_attributes {
	bool is_packed;
	uint32_t align; /* 0: none */
	uint32_t bytes; /* of an integer with a mode, 0: its own */
};
/* Any number of __attribute__((…)) and _Alignas. */
bool c_attributes(struct cdef *c, struct c_attributes *out);

struct c_declarator {
	const char *name; /* NULL: none */
	struct loc loc;
	struct c_type type;
};
bool c_specifiers(struct cdef *c, struct c_type *out, bool *is_typedef);
bool c_declarator(struct cdef *c, const struct c_type *base, struct c_declarator *out);
/* Makes what attributes ask for part of a type. */
void c_apply_attributes(struct cdef *c, struct c_type *t, const struct c_attributes *attributes);

/* --- record.c --------------------------------------------------------------------------------- */
/* A struct, union or enum from its keyword on. */
bool c_tagged_type(struct cdef *c, struct c_type *out);

/* --- layout.c --------------------------------------------------------------------------------- */
struct c_member {
	const char *name; /* NULL: anonymous member, or unnamed bit-field */
	struct loc loc;
	struct c_type type;
	struct c_attributes attributes;
	int32_t bits; /* -1: no bit-field */
};
struct c_members VEC_OF(struct c_member);
/* Gives the members their places by the rules of the target's ABI. False: too large. */
bool c_lay_out(struct cdef *c, struct type_struct *s, const struct c_members *members,
	       struct c_attributes attributes);
/* Where bit-field f, whose first bit is at bit_offset of the struct, is read from. */
void c_place_bits(struct field *f, uint64_t bit_offset, uint32_t bits);

/* --- types.c: names and sizes ----------------------------------------------------------------- */
/* The language's type as C knows it. */
struct c_type c_type_of(const struct type *t);
/* Finds the members of a struct only named so far, in BTF. False: nobody knows them. */
bool c_complete(struct c_type *t);
/* A typedef of C or BTF, or a built-in type. */
bool c_named_type(struct cdef *c, const char *name, struct c_type *out);
/* struct, union or enum by name, made incomplete if nobody knows it. */
struct c_type c_tag_type(struct cdef *c, enum cdef_tag tag, const char *name);
/* Space for a new definition; NULL: there is one already, reported. */
struct type_struct *c_define_struct(struct cdef *c, bool is_union, const char *name,
				    struct loc loc);
void c_define_enum(struct cdef *c, const char *name, struct loc loc, struct type_enum *e);
bool c_define_enumerator(struct cdef *c, const char *name, struct loc loc, uint64_t value,
			 bool is_negative);
/* The enumerators of the enum just read get its type. */
void c_type_enumerators(struct cdef *c, const struct type_enum *e);
void c_define_typedef(struct cdef *c, const char *name, struct loc loc, const struct c_type *t);
struct c_tag *c_find_tag(const struct cdef *c, enum cdef_tag tag, const char *name);

/* --- libclang.c ------------------------------------------------------------------------------- */
/* Reads with libclang a header that the reader here gave up, and why. False: it is not there, or
 * refuses the header; reported. */
bool c_read_with_libclang(struct cdef *c, struct source *header, const struct c_failure *why,
			  struct loc at);

#endif
