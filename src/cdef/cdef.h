/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C part of a script (spec language.md §2.1): preprocessor lines, definitions, headers.
 *
 * Pieces are handed in one after another in the order of the script; what they define is then asked
 * for by name. Structs land in the table of types, where they are found like those of the kernel;
 * everything else (typedefs, enums, enumerators, #defines) is kept here.
 *
 * Kernel headers are not read at all: what they define is in the kernel's BTF, and their plain
 * constants in a table made at build time. Other headers are read by the parser of this directory,
 * which knows declarations and no code; where that is not enough libclang is loaded, if it is
 * installed.
 */
#ifndef BITTERN_CDEF_CDEF_H
#define BITTERN_CDEF_CDEF_H

#include "diag/diag.h"
#include "host/host.h"
#include "types/type.h"

struct cdef;

struct cdef_options {
	const char *const *include_dirs; /* -I, in order */
	uint32_t include_dir_count;
	const char *const *include_files; /* --include: read before the script's own lines */
	uint32_t include_file_count;
	bool has_no_files; /* for fuzzing: no header is ever opened */
};

/* host may be NULL: then there is no BTF. Everything made lives in the arena. */
struct cdef *cdef_create(struct arena *a, struct diag *d, struct host *host,
			 struct type_table *types, const struct cdef_options *options);
void cdef_destroy(struct cdef *c);

/* A preprocessor line or definition of a script. */
void cdef_add(struct cdef *c, struct loc loc);
/* A header named by path, of --include. */
void cdef_add_header(struct cdef *c, const char *path);
/* An #if is open; *at is its place. */
bool cdef_is_open(const struct cdef *c, struct loc *at);
/* The end of the script: reports what is still open. */
void cdef_finish(struct cdef *c);

/* --- what was defined ------------------------------------------------------------------------- */
struct cdef_macro {
	const char *name;
	struct loc name_loc;
	struct loc body; /* its text, without layout around it; empty: none */
	bool is_function_like;
	bool is_of_header; /* not the script's own */
	bool is_undefined; /* by #undef; such a macro is never found */
};

bool cdef_has_macros(const struct cdef *c);
/* A macro that is defined at the end of the C part, or NULL. */
const struct cdef_macro *cdef_find_macro(const struct cdef *c, const char *name);
/* The macro defined with the name nearest in spelling, or NULL. */
const char *cdef_nearest_macro(const struct cdef *c, const char *name);
/* The integer that a macro's text is as a C constant expression; false: it is none. */
bool cdef_macro_value(struct cdef *c, const struct cdef_macro *m, uint64_t *value,
		      bool *is_negative);
/* The type that a macro's text spells, e.g. `struct x *`; NULL: it spells none. */
const struct type *cdef_macro_type(struct cdef *c, const struct cdef_macro *m);

/* The integer constant that a name stands for: a #define, an enumerator, or one of the table. */
bool cdef_named_value(struct cdef *c, const char *name, uint64_t *value, bool *is_negative);

enum cdef_tag { CDEF_TYPEDEF, CDEF_STRUCT, CDEF_UNION, CDEF_ENUM };
/* A type defined in C, not one of BTF; or NULL. */
const struct type *cdef_find_type(struct cdef *c, enum cdef_tag tag, const char *name);
/* An enumerator defined in C. */
bool cdef_find_enumerator(struct cdef *c, const char *name, uint64_t *value,
			  const struct type **type);

/* The enumerator defined in C with the name nearest in spelling, or NULL. */
const char *cdef_nearest_enumerator(const struct cdef *c, const char *name);

/* --- constants.c: macros of the C headers that this build knows -------------------------------- */
struct cdef_constant {
	const char *name;
	uint64_t value;	  /* two's complement */
	bool is_negative;
	bool is_enumerator; /* also an enumerator in the headers: BTF may know more of it */
};
const struct cdef_constant *cdef_constant(const char *name);
/* The name nearest in spelling to a longer upper-case word, or NULL. */
const char *cdef_nearest_constant(const char *name);

#endif
