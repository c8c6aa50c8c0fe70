/* SPDX-License-Identifier: Apache-2.0 */
/* BTF types as C text; definitions.c adds the bodies of structs. */
#ifndef BITTERN_HOST_SPELL_H
#define BITTERN_HOST_SPELL_H

#include "host/host_private.h"

#define SPELL_MAX_RECORDS 20000 /* that one spelling looks at: types can be made of types without end */

struct speller {
	struct btf_image *image;
	uint32_t left; /* records it may still look at */
	/* Writes the body of an anonymous struct, union or enum; NULL: only that there is one. */
	void (*body)(struct speller *s, const struct btf_type *t, struct strbuf *out);
	uint32_t indent; /* of the body's closing brace */
	uint32_t nesting; /* function types around this one */
};

/* "TYPE name", or the type alone if name is empty. */
void spell_declaration(struct speller *s, uint32_t id, const char *name, struct strbuf *out);
/* "struct name", "int"; of an anonymous one the body. */
void spell_specifier(struct speller *s, const struct btf_type *t, struct strbuf *out);

#endif
