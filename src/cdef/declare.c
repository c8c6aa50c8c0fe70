/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C declarations: specifiers, declarators, attributes. Only types matter: variables and functions are read
 * over, bodies skipped by their brackets.
 *
 * struct, union and enum are read by record.c.
 */
#include <string.h>
#include "cdef/private.h"

#define MAX_DERIVATIONS 64

/* --- words ------------------------------------------------------------------------------------ */

enum word {
	WORD_NONE,
	WORD_QUALIFIER, /* and storage classes: nothing follows from them */
	WORD_TYPEDEF,
	WORD_ATTRIBUTE,
	WORD_ALIGNAS,
	WORD_TAG,
	WORD_UNSIGNED,
	WORD_SIGNED,
	WORD_SHORT,
	WORD_LONG,
	WORD_CHAR,
	WORD_INT,
	WORD_INT128,
	WORD_FLOAT,
	WORD_DOUBLE,
	WORD_UNREADABLE, /* what only a compiler can work out */
};

static const struct {
	const char *text;
	enum word word;
} words[] = {
	{ "const", WORD_QUALIFIER },	  { "volatile", WORD_QUALIFIER },
	{ "restrict", WORD_QUALIFIER },	  { "__const", WORD_QUALIFIER },
	{ "__volatile__", WORD_QUALIFIER }, { "__restrict", WORD_QUALIFIER },
	{ "__restrict__", WORD_QUALIFIER }, { "extern", WORD_QUALIFIER },
	{ "static", WORD_QUALIFIER },	  { "inline", WORD_QUALIFIER },
	{ "__inline", WORD_QUALIFIER },	  { "__inline__", WORD_QUALIFIER },
	{ "__always_inline", WORD_QUALIFIER }, { "register", WORD_QUALIFIER },
	{ "_Noreturn", WORD_QUALIFIER },  { "__extension__", WORD_QUALIFIER },
	{ "_Thread_local", WORD_QUALIFIER }, { "__thread", WORD_QUALIFIER },
	{ "__user", WORD_QUALIFIER },	  { "__rcu", WORD_QUALIFIER },
	{ "__percpu", WORD_QUALIFIER },	  { "__iomem", WORD_QUALIFIER },
	{ "__kernel", WORD_QUALIFIER },	  { "__bitwise", WORD_QUALIFIER },
	{ "__force", WORD_QUALIFIER },	  { "_Atomic", WORD_QUALIFIER },
	{ "typedef", WORD_TYPEDEF },	  { "__attribute__", WORD_ATTRIBUTE },
	{ "__attribute", WORD_ATTRIBUTE }, { "_Alignas", WORD_ALIGNAS },
	{ "__packed", WORD_ATTRIBUTE },	  { "struct", WORD_TAG },
	{ "union", WORD_TAG },		  { "enum", WORD_TAG },
	{ "unsigned", WORD_UNSIGNED },	  { "signed", WORD_SIGNED },
	{ "__signed__", WORD_SIGNED },	  { "short", WORD_SHORT },
	{ "long", WORD_LONG },		  { "char", WORD_CHAR },
	{ "int", WORD_INT },		  { "__int128", WORD_INT128 },
	{ "float", WORD_FLOAT },	  { "double", WORD_DOUBLE },
	{ "typeof", WORD_UNREADABLE },	  { "__typeof__", WORD_UNREADABLE },
	{ "__typeof", WORD_UNREADABLE },  { "_Complex", WORD_UNREADABLE },
	{ "__auto_type", WORD_UNREADABLE },
};

static enum word word_of(const struct c_token *t)
{
	for (size_t i = 0; t->kind == C_NAME && i < ARRAY_SIZE(words); i++)
		if (c_token_is(t, words[i].text))
			return words[i].word;
	return WORD_NONE;
}

bool c_starts_type(struct cdef *c)
{
	struct c_type unused;
	const char *name;

	if (c->token.kind != C_NAME)
		return false;
	if (word_of(&c->token) != WORD_NONE)
		return true;
	name = c_text_of(c, &c->token);
	return !strmap_get(&c->enumerators, name) && c_named_type(c, name, &unused);
}

/* --- attributes ------------------------------------------------------------------------------- */

/* The number in parentheses behind aligned, or the largest alignment. */
static bool read_align(struct cdef *c, struct c_attributes *out)
{
	struct loc loc = c->token.loc;
	struct c_value value = { .bits = 16 };

	if (c_accept(c, '(')) {
		if (c_starts_type(c)) { /* _Alignas(T) */
			struct c_type t;

			if (!c_type_name(c, &t))
				return false;
			value.bits = MAX(t.align, 1u);
		} else if (!c_constant(c, &value)) {
			return false;
		}
		if (!c_expect(c, ')', "behind an alignment"))
			return false;
	}
	if (value.bits > 1 << 20 || (value.bits & (value.bits - 1))) {
		c_error(c, DIAG_C_CONSTANT, loc, "an alignment is a power of two");
		return false;
	}
	out->align = MAX(out->align, (uint32_t)value.bits);
	return true;
}

/* mode(DI): the size of an integer. */
static bool read_mode(struct cdef *c, struct c_attributes *out)
{
	static const struct {
		const char *name;
		uint32_t bytes;
	} modes[] = {
		{ "QI", 1 }, { "HI", 2 }, { "SI", 4 }, { "DI", 8 }, { "byte", 1 }, { "word", 8 },
		{ "pointer", 8 }, { "__QI__", 1 }, { "__HI__", 2 }, { "__SI__", 4 },
		{ "__DI__", 8 }, { "__byte__", 1 }, { "__word__", 8 }, { "__pointer__", 8 },
	};

	if (!c_expect(c, '(', "behind 'mode'"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (c_at_word(c, modes[i].name))
			out->bytes = modes[i].bytes;
	if (!out->bytes) {
		c_error(c, DIAG_C_HEADER, c->token.loc, "this mode is not known here");
		return false;
	}
	c_advance(c);
	return c_expect(c, ')', "behind a mode");
}

static bool read_attribute(struct cdef *c, struct c_attributes *out)
{
	bool is_packed = c_at_word(c, "packed") || c_at_word(c, "__packed__");
	bool is_aligned = c_at_word(c, "aligned") || c_at_word(c, "__aligned__");
	bool is_mode = c_at_word(c, "mode") || c_at_word(c, "__mode__");
	bool changes_type = c_at_word(c, "vector_size") || c_at_word(c, "__vector_size__");

	if (changes_type) {
		c_error(c, DIAG_C_HEADER, c->token.loc, "the attribute '%s' is not known here",
			c_text_of(c, &c->token));
		return false;
	}
	if (c->token.kind == C_NAME)
		c_advance(c);
	out->is_packed |= is_packed;
	if (is_aligned)
		return read_align(c, out);
	if (is_mode)
		return read_mode(c, out);
	if (c_at(c, '('))
		c_skip_brackets(c);
	return !c->is_failed;
}

static bool read_attributes(struct cdef *c, struct c_attributes *out)
{
	c_advance(c);
	if (!c_expect(c, '(', "behind '__attribute__'") ||
	    !c_expect(c, '(', "behind '__attribute__('"))
		return false;
	while (!c_at(c, ')')) {
		if (c->token.kind != C_NAME && !c_at(c, ',')) {
			c_error(c, DIAG_C_SYNTAX, c->token.loc, "an attribute is missing here");
			return false;
		}
		if (!c_accept(c, ',') && !read_attribute(c, out))
			return false;
	}
	return c_expect(c, ')', "behind the attributes") &&
	       c_expect(c, ')', "behind the attributes");
}

bool c_attributes(struct cdef *c, struct c_attributes *out)
{
	for (;;) {
		enum word word = word_of(&c->token);

		if (word != WORD_ATTRIBUTE && word != WORD_ALIGNAS)
			return !c->is_failed;
		if (c_at_word(c, "__packed")) {
			out->is_packed = true;
			c_advance(c);
		} else if (word == WORD_ALIGNAS) {
			c_advance(c);
			if (!read_align(c, out))
				return false;
		} else if (!read_attributes(c, out)) {
			return false;
		}
	}
}

void c_apply_attributes(struct cdef *c, struct c_type *t, const struct c_attributes *attributes)
{
	if (attributes->bytes && t->type->kind == TYPE_INT)
		*t = c_type_of(type_int(c->types, attributes->bytes, t->type->is_signed));
	if (attributes->align)
		t->align = attributes->align;
}

/* --- specifiers ------------------------------------------------------------------------------- */

struct specifiers {
	struct c_type type;
	struct c_attributes attributes;
	bool has_type, is_typedef;
	bool is_unsigned, is_signed, is_char, is_int128, is_float, is_double;
	uint32_t longs, shorts, base_words;
};

static struct c_type byte_type(struct cdef *c, uint32_t size)
{
	struct c_type t = {
		.type = type_array(c->types, type_int(c->types, 1, false), size),
		.size = size,
		.align = size,
	};

	return t;
}

/* The language has no numbers but integers of up to 64 bits: others are their bytes, as from BTF. */
static void base_type(struct cdef *c, struct specifiers *s)
{
	uint32_t size = s->is_char ? 1 : s->shorts ? 2 : s->longs ? 8 : 4;

	if (s->is_float || s->is_double) {
		s->type = byte_type(c, s->is_float ? 4 : s->longs ? 16 : 8);
	} else if (s->is_int128) {
		s->type = c_type_of(type_array(c->types, type_int(c->types, 8, !s->is_unsigned), 2));
		s->type.align = 16;
	} else {
		s->type = c_type_of(type_int(c->types, size, !s->is_unsigned));
		s->type.is_char = s->is_char && !s->is_unsigned && !s->is_signed;
	}
}

static void note_word(struct specifiers *s, enum word word)
{
	s->base_words++;
	s->is_unsigned |= word == WORD_UNSIGNED;
	s->is_signed |= word == WORD_SIGNED;
	s->is_char |= word == WORD_CHAR;
	s->is_int128 |= word == WORD_INT128;
	s->is_float |= word == WORD_FLOAT;
	s->is_double |= word == WORD_DOUBLE;
	s->longs += word == WORD_LONG;
	s->shorts += word == WORD_SHORT;
}

static bool unknown_type(struct cdef *c)
{
	struct c_token next = c_peek(c);
	struct diag_msg *m;

	if (c->token.kind != C_NAME || (next.kind == C_PUNCTUATOR && next.op != '*' && next.op != '(')) {
		c_error(c, DIAG_C_SYNTAX, c->token.loc, "a type is missing here");
		return false;
	}
	m = c_error(c, DIAG_C_TYPE, c->token.loc, "unknown type: '%s'", c_text_of(c, &c->token));
	if (c->host && host_btf_missing(c->host))
		diag_hint(m, "%s", host_btf_missing(c->host));
	else
		diag_hint(m, "neither the kernel nor the script defines it: write its definition "
			     "before this, or include a header");
	return false;
}

/* One specifier; *is_one tells whether there was one. */
static bool read_specifier(struct cdef *c, struct specifiers *s, bool *is_one)
{
	enum word word = word_of(&c->token);

	*is_one = true;
	switch (word) {
	case WORD_QUALIFIER:
	case WORD_TYPEDEF:
		s->is_typedef |= word == WORD_TYPEDEF;
		c_advance(c);
		return true;
	case WORD_ATTRIBUTE:
	case WORD_ALIGNAS:
		return c_attributes(c, &s->attributes);
	case WORD_TAG:
		if (s->has_type || s->base_words)
			break;
		s->has_type = true;
		return c_tagged_type(c, &s->type);
	case WORD_UNREADABLE:
		c_error(c, DIAG_C_HEADER, c->token.loc, "'%s' is not known here",
			c_text_of(c, &c->token));
		return false;
	case WORD_UNSIGNED:
	case WORD_SIGNED:
	case WORD_SHORT:
	case WORD_LONG:
	case WORD_CHAR:
	case WORD_INT:
	case WORD_INT128:
	case WORD_FLOAT:
	case WORD_DOUBLE:
		note_word(s, word);
		c_advance(c);
		return true;
	case WORD_NONE:
		if (c->token.kind != C_NAME || s->has_type || s->base_words)
			break;
		if (!c_named_type(c, c_text_of(c, &c->token), &s->type))
			return unknown_type(c);
		s->has_type = true;
		c_advance(c);
		return true;
	}
	*is_one = false;
	return true;
}

bool c_specifiers(struct cdef *c, struct c_type *out, bool *is_typedef)
{
	struct specifiers s = { 0 };
	bool is_one = true;

	while (is_one && !c->is_failed)
		if (!read_specifier(c, &s, &is_one))
			return false;
	if (!s.has_type && !s.base_words)
		return unknown_type(c);
	if (!s.has_type)
		base_type(c, &s);
	c_apply_attributes(c, &s.type, &s.attributes);
	*out = s.type;
	*is_typedef = s.is_typedef;
	return !c->is_failed;
}

/* --- declarators ------------------------------------------------------------------------------ */

/* What is between a name and its base type, from the name on. */
struct derivation {
	enum { DERIVE_POINTER, DERIVE_ARRAY, DERIVE_FUNCTION } kind;
	uint64_t count; /* ARRAY; 0: flexible */
	struct loc loc;
};
struct derivations {
	struct derivation items[MAX_DERIVATIONS];
	uint32_t count;
};

static bool derive(struct cdef *c, struct derivations *d, struct derivation item)
{
	if (d->count == MAX_DERIVATIONS) {
		c_error(c, DIAG_C_LIMIT, c->token.loc, "this declaration is nested too deeply");
		return false;
	}
	d->items[d->count++] = item;
	return true;
}

static bool array_suffix(struct cdef *c, struct derivations *d)
{
	struct derivation item = { .kind = DERIVE_ARRAY, .loc = c->token.loc };
	struct c_value value;

	c_advance(c);
	while (word_of(&c->token) == WORD_QUALIFIER)
		c_advance(c);
	if (!c_at(c, ']')) {
		item.loc = c->token.loc;
		if (!c_constant(c, &value))
			return false;
		if (c_is_negative(&value) || value.bits > C_MAX_BYTES) {
			c_error(c, DIAG_C_CONSTANT, item.loc, "no array has such a size");
			return false;
		}
		item.count = value.bits;
	}
	return c_expect(c, ']', "behind the size of an array") && derive(c, d, item);
}

static bool suffixes(struct cdef *c, struct derivations *d)
{
	while (!c->is_failed) {
		if (c_at(c, '[')) {
			if (!array_suffix(c, d))
				return false;
		} else if (c_at(c, '(')) {
			struct derivation item = { .kind = DERIVE_FUNCTION, .loc = c->token.loc };

			c_skip_brackets(c);
			if (!derive(c, d, item))
				return false;
		} else {
			return true;
		}
	}
	return false;
}

/* A parenthesis that groups, not one of parameters. */
static bool opens_group(struct cdef *c)
{
	struct c_token next = c_peek(c);
	struct c_type unused;

	if (!c_at(c, '('))
		return false;
	if (next.kind == C_PUNCTUATOR)
		return next.op == '*' || next.op == '(' || next.op == '[';
	if (next.kind != C_NAME || word_of(&next) == WORD_ATTRIBUTE)
		return next.kind == C_NAME;
	return word_of(&next) == WORD_NONE && !c_named_type(c, c_text_of(c, &next), &unused);
}

static bool read_declarator(struct cdef *c, struct c_declarator *out, struct derivations *d)
{
	uint32_t pointers = 0;
	struct c_attributes unused = { 0 };
	bool is_good;

	while (c_at(c, '*') || c_at(c, '^') || word_of(&c->token) == WORD_QUALIFIER ||
	       word_of(&c->token) == WORD_ATTRIBUTE) {
		pointers += c_at(c, '*') || c_at(c, '^');
		if (word_of(&c->token) == WORD_ATTRIBUTE ? !c_attributes(c, &unused)
							 : (c_advance(c), false))
			return false;
	}
	if (opens_group(c)) {
		if (++c->depth > C_MAX_DEPTH) {
			c_error(c, DIAG_C_LIMIT, c->token.loc,
				"this declaration is nested too deeply");
			return false;
		}
		c_advance(c);
		is_good = read_declarator(c, out, d) && c_expect(c, ')', "in a declaration");
		c->depth--;
		if (!is_good)
			return false;
	} else if (c->token.kind == C_NAME && word_of(&c->token) == WORD_NONE) {
		out->name = c_text_of(c, &c->token);
		out->loc = c->token.loc;
		c_advance(c);
	}
	if (!suffixes(c, d))
		return false;
	for (uint32_t i = 0; i < pointers; i++)
		if (!derive(c, d, (struct derivation){ .kind = DERIVE_POINTER, .loc = out->loc }))
			return false;
	return true;
}

static struct c_type pointer_to(struct cdef *c, const struct c_type *to)
{
	const struct type *element = to->is_function ? c->types->function_type : to->type;

	return c_type_of(type_pointer(c->types, element, SPACE_UNKNOWN));
}

static bool array_of(struct cdef *c, struct c_type *t, const struct derivation *d)
{
	struct c_type array = { .size = t->size * d->count, .align = t->align };

	if (!c_complete(t) || t->is_function) {
		c_error(c, DIAG_C_TYPE, d->loc, "an array of '%s' has no size", t->type->spelling);
		return false;
	}
	array.size = t->size * d->count;
	array.align = t->align;
	if (array.size > C_MAX_BYTES) {
		c_error(c, DIAG_C_LIMIT, d->loc, "the array is too large");
		return false;
	}
	array.type = t->is_char && d->count ? type_string(c->types, (uint32_t)d->count)
					    : type_array(c->types, t->type, (uint32_t)d->count);
	*t = array;
	return true;
}

bool c_declarator(struct cdef *c, const struct c_type *base, struct c_declarator *out)
{
	struct derivations d = { .count = 0 };

	*out = (struct c_declarator){ .type = *base, .loc = c->token.loc };
	if (!read_declarator(c, out, &d))
		return false;
	while (d.count) {
		const struct derivation *item = &d.items[--d.count];

		switch (item->kind) {
		case DERIVE_POINTER:
			out->type = pointer_to(c, &out->type);
			break;
		case DERIVE_ARRAY:
			if (!array_of(c, &out->type, item))
				return false;
			break;
		case DERIVE_FUNCTION:
			out->type = (struct c_type){ .type = c->types->void_type,
						     .is_function = true, .is_incomplete = true };
			break;
		}
	}
	return true;
}

bool c_type_name(struct cdef *c, struct c_type *out)
{
	struct c_declarator d;
	struct c_type base;
	bool is_typedef, is_good;

	if (c->depth >= C_MAX_DEPTH) {
		c_error(c, DIAG_C_LIMIT, c->token.loc, "this is nested too deeply");
		return false;
	}
	c->depth++;
	is_good = c_specifiers(c, &base, &is_typedef) && c_declarator(c, &base, &d);
	c->depth--;
	if (!is_good)
		return false;
	if (d.name) {
		c_error(c, DIAG_C_SYNTAX, d.loc, "'%s' does not belong to a type", d.name);
		return false;
	}
	*out = d.type;
	c_complete(out);
	return true;
}

/* --- declarations ----------------------------------------------------------------------------- */

/* Skips an initialiser or assembler name up to what ends a declarator. */
static void skip_initialiser(struct cdef *c)
{
	while (c->token.kind != C_END && !c_at(c, ',') && !c_at(c, ';')) {
		if (c_at(c, '(') || c_at(c, '[') || c_at(c, '{'))
			c_skip_brackets(c);
		else
			c_advance(c);
	}
}

static bool declared(struct cdef *c, const struct c_declarator *d, bool is_typedef)
{
	if (!is_typedef)
		return true;
	if (!d->name) {
		c_error(c, DIAG_C_SYNTAX, c->token.loc, "the name of a typedef is missing here");
		return false;
	}
	c_define_typedef(c, d->name, d->loc, &d->type);
	return !c->is_failed;
}

static bool declaration(struct cdef *c)
{
	struct c_attributes attributes;
	struct c_declarator d;
	struct c_type base;
	bool is_typedef;

	if (!c_specifiers(c, &base, &is_typedef))
		return false;
	while (!c_accept(c, ';')) {
		if (c->token.kind == C_END) /* the `;` behind a definition may be left out */
			return !c->is_failed;
		attributes = (struct c_attributes){ 0 };
		if (!c_declarator(c, &base, &d) || !c_attributes(c, &attributes))
			return false;
		if (d.type.is_function && c_at(c, '{')) {
			c_skip_brackets(c);
			return !c->is_failed;
		}
		c_apply_attributes(c, &d.type, &attributes);
		if (!declared(c, &d, is_typedef))
			return false;
		if (c_at(c, '=') || c_at_word(c, "asm") || c_at_word(c, "__asm__"))
			skip_initialiser(c);
		if (!c_at(c, ';') && !c_expect(c, ',', "or ';' behind a declaration"))
			return false;
	}
	return true;
}

/* A script may leave out the `;` behind a definition, then the next one follows directly. */
void c_declarations(struct cdef *c)
{
	while (c->token.kind != C_END && !c->is_failed) {
		if (c_accept(c, ';'))
			continue;
		if (c_at_word(c, "_Static_assert") || c_at_word(c, "static_assert") ||
		    c_at_word(c, "asm") || c_at_word(c, "__asm__")) {
			c_advance(c);
			if (c_at(c, '('))
				c_skip_brackets(c);
			continue;
		}
		if (!declaration(c))
			return;
	}
}
