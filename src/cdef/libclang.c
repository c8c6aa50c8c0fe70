/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headers that the reader here does not understand, read by libclang.
 *
 * libclang gets a text in memory: the script's #defines, names of types that BTF knows and the header does not, and
 * includes of the headers so far and of this one. What it makes of it is turned into the same types and macros as
 * everything else; what is known already stays.
 * No file is written and no program started.
 */
#include <string.h>
#include "cdef/libclang_api.h"
#include "cdef/private.h"
#include "util/text.h"

#define MAIN_FILE   "bittern-header.c" /* exists in memory only */
#define ROUNDS_MAX  8		       /* of naming types that the header lacks */
#define REPORTS_MAX 3

struct reader {
	struct cdef *c;
	const struct libclang *l;
	struct source *header;
	struct loc at;	      /* of the #include */
	const struct c_failure *why; /* the reader here gave up */
	void *unit;
	struct strmap records; /* by clang's id: struct type_struct of those without a name */
	struct strmap enums;   /* the same */
};

static const struct type *map_type(struct reader *r, CXType t);

/* --- texts and places ------------------------------------------------------------------------- */

static const char *text_of(struct reader *r, CXString text)
{
	const char *bytes = r->l->getCString(text);
	const char *copy = arena_strdup(r->c->arena, bytes ? bytes : "");

	r->l->disposeString(text);
	return copy;
}

/* The file and offset of a place; NULL: in no file, or in the text in memory. */
static const char *place_of(struct reader *r, CXSourceLocation at, uint32_t *offset)
{
	unsigned int line, column, bytes = 0;
	void *file = NULL;
	const char *name;

	r->l->getExpansionLocation(at, &file, &line, &column, &bytes);
	if (!file)
		return NULL;
	name = text_of(r, r->l->getFileName(file));
	*offset = bytes;
	return !*name || !strcmp(name, MAIN_FILE) ? NULL : name;
}

/* --- types ------------------------------------------------------------------------------------ */

static const char *name_of_tag(struct reader *r, CXCursor declaration)
{
	const char *name = text_of(r, r->l->getCursorSpelling(declaration));

	/* "struct (unnamed at …)" */
	return r->l->Cursor_isAnonymous(declaration) || strpbrk(name, " (") ? "" : name;
}

struct fields {
	struct reader *r;
	struct field_list VEC_OF(struct field) list;
};

static int add_field(CXCursor cursor, void *context)
{
	struct fields *fields = context;
	struct reader *r = fields->r;
	const char *name = text_of(r, r->l->getCursorSpelling(cursor));
	long long offset = r->l->Cursor_getOffsetOfField(cursor);
	struct field f = { .name = NULL };

	if (offset < 0)
		return CX_VISIT_CONTINUE;
	if (*name && !strpbrk(name, " (")) /* "struct x::(anonymous at …)" has none */
		f.name = name;
	f.type = map_type(r, r->l->getCursorType(cursor));
	f.offset = (uint32_t)(offset / 8);
	f.is_unterminated = f.type->kind == TYPE_STRING;
	if (r->l->Cursor_isBitField(cursor)) {
		if (!f.name)
			return CX_VISIT_CONTINUE;
		c_place_bits(&f, (uint64_t)offset, (uint32_t)r->l->getFieldDeclBitWidth(cursor));
	}
	if (!f.name && f.type->kind == TYPE_STRUCT && *f.type->record->name)
		return CX_VISIT_CONTINUE;
	arena_vec_push(r->c->arena, &fields->list, f);
	return CX_VISIT_CONTINUE;
}

static void fill_record(struct reader *r, struct type_struct *s, CXType t)
{
	struct fields fields = { .r = r };

	s->complete = NULL;
	s->is_complete = true; /* before the members: clang has checked that it holds no itself */
	s->size = (uint32_t)MAX(r->l->Type_getSizeOf(t), 0);
	s->align = (uint32_t)MAX(r->l->Type_getAlignOf(t), 1);
	r->l->Type_visitFields(t, add_field, &fields);
	s->fields = fields.list.items;
	s->field_count = (uint32_t)fields.list.count;
}

static struct type_struct *unnamed_record(struct reader *r, CXType t, CXCursor declaration,
					  bool is_union)
{
	const char *id = text_of(r, r->l->getCursorUSR(declaration));
	struct type_struct *s = strmap_get(&r->records, id);

	if (s)
		return s;
	s = c_define_struct(r->c, is_union, NULL, r->at);
	strmap_set(&r->records, id, s);
	fill_record(r, s, t);
	return s;
}

static const struct type *map_record(struct reader *r, CXType t)
{
	CXCursor declaration = r->l->getTypeDeclaration(t);
	CXCursor definition = r->l->getCursorDefinition(declaration);
	bool is_union = r->l->getCursorKind(declaration) == CX_CURSOR_UNION;
	const char *name = name_of_tag(r, declaration);
	struct type_struct *s;

	if (!*name) {
		s = unnamed_record(r, t, declaration, is_union);
		return type_struct(r->c->types, s, SPACE_UNKNOWN);
	}
	s = type_struct_find(r->c->types, name, is_union);
	if (s->is_complete || r->l->Cursor_isNull(definition))
		return type_struct(r->c->types, s, SPACE_UNKNOWN);
	/* The reader here may have given up in the middle of it. */
	if (c_find_tag(r->c, is_union ? CDEF_UNION : CDEF_STRUCT, name) ||
	    c_define_struct(r->c, is_union, name, r->at))
		fill_record(r, s, t);
	return type_struct(r->c->types, s, SPACE_UNKNOWN);
}

struct values {
	struct reader *r;
	struct value_list VEC_OF(struct type_enumerator) list;
	bool is_signed;
};

static int add_value(CXCursor cursor, CXCursor parent, void *context)
{
	struct values *v = context;
	struct reader *r = v->r;
	struct type_enumerator e;

	(void)parent;
	if (r->l->getCursorKind(cursor) != CX_CURSOR_ENUMERATOR)
		return CX_VISIT_CONTINUE;
	e.name = text_of(r, r->l->getCursorSpelling(cursor));
	e.value = (uint64_t)r->l->getEnumConstantDeclValue(cursor);
	v->is_signed |= (int64_t)e.value < 0;
	arena_vec_push(r->c->arena, &v->list, e);
	return CX_VISIT_CONTINUE;
}

static void define_values(struct reader *r, const struct type_enum *e)
{
	for (uint32_t i = 0; i < e->count; i++)
		if (!strmap_get(&r->c->enumerators, e->values[i].name))
			c_define_enumerator(r->c, e->values[i].name, r->at, e->values[i].value,
					    e->is_signed && (int64_t)e->values[i].value < 0);
	c_type_enumerators(r->c, e);
}

static const struct type *map_enum(struct reader *r, CXType t)
{
	CXCursor declaration = r->l->getTypeDeclaration(t);
	const char *id = text_of(r, r->l->getCursorUSR(declaration));
	const char *name = name_of_tag(r, declaration);
	struct type_enum *e = strmap_get(&r->enums, id);
	struct c_tag *known = *name ? c_find_tag(r->c, CDEF_ENUM, name) : NULL;
	struct values v = { .r = r };

	if (known && known->enumeration)
		return type_enum(r->c->types, known->enumeration);
	if (e)
		return type_enum(r->c->types, e);
	e = ARENA_NEW(r->c->arena, struct type_enum);
	r->l->visitChildren(declaration, add_value, &v);
	*e = (struct type_enum){
		.name = name,
		.size = (uint8_t)MAX(r->l->Type_getSizeOf(t), 1),
		.is_signed = v.is_signed,
		.values = v.list.items,
		.count = (uint32_t)v.list.count,
	};
	strmap_set(&r->enums, id, e);
	c_define_enum(r->c, name, r->at, e);
	define_values(r, e);
	return type_enum(r->c->types, e);
}

static bool is_char(int kind)
{
	return kind == CX_TYPE_CHAR_S || kind == CX_TYPE_CHAR_U;
}

static const struct type *map_array(struct reader *r, CXType t)
{
	CXType element = r->l->getCanonicalType(r->l->getArrayElementType(t));
	long long count = t.kind == CX_TYPE_CONSTANT_ARRAY ? r->l->getArraySize(t) : 0;

	if (count < 0 || count > C_MAX_BYTES)
		count = 0;
	if (is_char(element.kind) && count)
		return type_string(r->c->types, (uint32_t)count);
	return type_array(r->c->types, map_type(r, element), (uint32_t)count);
}

static const struct type *map_pointer(struct reader *r, CXType t)
{
	CXType to = r->l->getCanonicalType(r->l->getPointeeType(t));
	bool is_function = to.kind == CX_TYPE_FUNCTION_PROTO || to.kind == CX_TYPE_FUNCTION_NO_PROTO;

	return type_pointer(r->c->types, is_function ? r->c->types->function_type : map_type(r, to),
			    SPACE_UNKNOWN);
}

static bool is_integer(int kind)
{
	return kind >= CX_TYPE_CHAR_U && kind <= CX_TYPE_LONGLONG && kind != CX_TYPE_UINT128;
}

static const struct type *map_type(struct reader *r, CXType t)
{
	struct type_table *types = r->c->types;
	long long size;

	t = r->l->getCanonicalType(t);
	size = r->l->Type_getSizeOf(t);
	if (t.kind == CX_TYPE_VOID || size < 0)
		return t.kind == CX_TYPE_RECORD ? map_record(r, t)
		       : t.kind == CX_TYPE_INCOMPLETE_ARRAY ? map_array(r, t) : types->void_type;
	if (t.kind == CX_TYPE_BOOL)
		return types->bool_type;
	if (is_integer(t.kind) && size <= 8)
		return type_int(types, (unsigned int)size,
				t.kind >= CX_TYPE_CHAR_S || is_char(t.kind));
	if (t.kind == CX_TYPE_POINTER)
		return map_pointer(r, t);
	if (t.kind == CX_TYPE_RECORD)
		return map_record(r, t);
	if (t.kind == CX_TYPE_ENUM)
		return map_enum(r, t);
	if (t.kind == CX_TYPE_CONSTANT_ARRAY || t.kind == CX_TYPE_INCOMPLETE_ARRAY)
		return map_array(r, t);
	if (t.kind == CX_TYPE_INT128 || t.kind == CX_TYPE_UINT128)
		return type_array(types, type_int(types, 8, t.kind == CX_TYPE_INT128), 2);
	return type_array(types, type_int(types, 1, false), (uint32_t)MIN(size, (long long)C_MAX_BYTES));
}

/* --- declarations ----------------------------------------------------------------------------- */

static void take_typedef(struct reader *r, CXCursor cursor)
{
	const char *name = text_of(r, r->l->getCursorSpelling(cursor));
	CXType of = r->l->getCanonicalType(r->l->getTypedefDeclUnderlyingType(cursor));
	struct c_type t;

	if (strmap_get(&r->c->typedefs, name))
		return;
	t = c_type_of(map_type(r, of));
	t.is_char = is_char(of.kind);
	t.is_function = of.kind == CX_TYPE_FUNCTION_PROTO || of.kind == CX_TYPE_FUNCTION_NO_PROTO;
	t.align = (uint32_t)MAX(r->l->Type_getAlignOf(of), 1);
	c_define_typedef(r->c, name, r->at, &t);
}

/* The text of a macro behind its name, in a source of its own. */
static void take_macro(struct reader *r, CXCursor cursor)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	struct cdef_macro *m = ARENA_NEW(r->c->arena, struct cdef_macro);
	CXToken *tokens = NULL;
	unsigned int count = 0;
	uint32_t offset;
	const char *file = place_of(r, r->l->getCursorLocation(cursor), &offset);

	if (!file)
		return;
	m->name = text_of(r, r->l->getCursorSpelling(cursor));
	m->is_of_header = true;
	m->is_function_like = r->l->Cursor_isMacroFunctionLike(cursor);
	r->l->tokenize(r->unit, r->l->getCursorExtent(cursor), &tokens, &count);
	for (unsigned int i = 1; i < count; i++) {
		if (i > 1 && !(m->is_function_like && i == 2))
			strbuf_add_char(&text, ' ');
		strbuf_add_text(&text, text_of(r, r->l->getTokenSpelling(r->unit, tokens[i])));
	}
	r->l->disposeTokens(r->unit, tokens, count);
	m->body.source = source_create(r->c->arena, file, strbuf_text(&text), text.len);
	m->body.end = (uint32_t)text.len;
	m->name_loc = (struct loc){ m->body.source, 0, 0 };
	c_define(r->c, m);
}

static int take_cursor(CXCursor cursor, CXCursor parent, void *context)
{
	struct reader *r = context;
	int kind = r->l->getCursorKind(cursor);

	(void)parent;
	if ((kind == CX_CURSOR_STRUCT || kind == CX_CURSOR_UNION || kind == CX_CURSOR_ENUM) &&
	    r->l->isCursorDefinition(cursor))
		map_type(r, r->l->getCursorType(cursor));
	else if (kind == CX_CURSOR_TYPEDEF)
		take_typedef(r, cursor);
	else if (kind == CX_CURSOR_MACRO)
		take_macro(r, cursor);
	return CX_VISIT_CONTINUE;
}

/* --- what libclang reads ----------------------------------------------------------------------- */

/* Names of types that every script has. */
static const char always[] =
	"typedef unsigned char u8; typedef signed char s8; typedef unsigned short u16; typedef short s16;\n"
	"typedef unsigned int u32; typedef int s32; typedef unsigned long long u64; typedef long long s64;\n"
	"typedef unsigned char __u8; typedef signed char __s8; typedef unsigned short __u16;\n"
	"typedef short __s16; typedef unsigned int __u32; typedef int __s32;\n"
	"typedef unsigned long long __u64; typedef long long __s64;\n"
	"typedef __u16 __be16; typedef __u32 __be32; typedef __u64 __be64;\n"
	"typedef __u16 __le16; typedef __u32 __le32; typedef __u64 __le64;\n";

/* Those of headers come with them; their include guards must not come alone. */
static void add_macros(struct cdef *c, struct strbuf *text)
{
	const struct strmap_entry *e;
	size_t cursor = 0;

	while ((e = strmap_next(&c->macros, &cursor))) {
		const struct cdef_macro *m = e->value;

		if (m->is_undefined || m->is_of_header)
			continue;
		strbuf_printf(text, "#define %s%s", m->name, m->is_function_like ? "" : " ");
		for (uint32_t i = m->body.start; i < m->body.end; i++) {
			char byte = m->body.source->text[i];

			strbuf_add_char(text, byte == '\n' || byte == '\r' ||
					(byte == '\\' && strchr("\r\n", m->body.source->text[i + 1]))
						? ' ' : byte);
		}
		strbuf_add_char(text, '\n');
	}
}

static int parse(struct reader *r, void *index, const char *text, size_t len)
{
	struct cdef *c = r->c;
	struct CXUnsavedFile file = { MAIN_FILE, text, len };
	struct args VEC_OF(const char *) args = { 0 };
	bool has_btf = c->host && host_has_btf(c->host);
	int err;

	vec_push(&args, "-xc");
	vec_push(&args, "-std=gnu11");
	vec_push(&args, "-w");
	if (has_btf)
		vec_push(&args, "-DBPFTRACE_HAVE_BTF");
	for (uint32_t i = 0; i < c->options->include_dir_count; i++) {
		vec_push(&args, "-I");
		vec_push(&args, c->options->include_dirs[i]);
	}
	err = r->l->parseTranslationUnit2(index, MAIN_FILE, args.items, (int)args.count, &file, 1,
					  CX_DETAILED_PREPROCESSING | CX_SKIP_FUNCTION_BODIES,
					  &r->unit);
	vec_free(&args);
	return err || !r->unit ? -1 : 0;
}

/* The errors, each given to fn until it returns false. */
static unsigned int each_error(struct reader *r, bool (*fn)(struct reader *r, const char *text,
							    CXSourceLocation at, void *context),
			       void *context)
{
	unsigned int count = r->l->getNumDiagnostics(r->unit), errors = 0;
	bool goes_on = true;

	for (unsigned int i = 0; i < count && goes_on; i++) {
		void *d = r->l->getDiagnostic(r->unit, i);

		if (r->l->getDiagnosticSeverity(d) >= CX_SEVERITY_ERROR) {
			errors++;
			goes_on = fn(r, text_of(r, r->l->getDiagnosticSpelling(d)),
				     r->l->getDiagnosticLocation(d), context);
		}
		r->l->disposeDiagnostic(d);
	}
	return errors;
}

/* "unknown type name 'pid_t'": an integer type of BTF goes in front of the header. */
static bool supply_type(struct reader *r, const char *text, CXSourceLocation at, void *context)
{
	static const char prefix[] = "unknown type name '";
	struct strbuf *supplied = context;
	const char *name, *end;
	struct c_type t;

	(void)at;
	if (!text_starts_with(text, prefix))
		return true;
	name = text + strlen(prefix);
	end = strchr(name, '\'');
	name = arena_strndup(r->c->arena, name, end ? (size_t)(end - name) : 0);
	if (!c_named_type(r->c, name, &t) || t.type->kind != TYPE_INT)
		return true;
	auto_strbuf struct strbuf line = STRBUF_INIT;

	strbuf_printf(&line, "typedef %s %s %s;\n", t.type->is_signed ? "signed" : "unsigned",
		      t.size == 1 ? "char" : t.size == 2 ? "short" : t.size == 4 ? "int" : "long", name);
	if (!strstr(strbuf_text(supplied), line.text))
		strbuf_add_text(supplied, line.text);
	return true;
}

struct reports {
	unsigned int count;
	struct source *source; /* of the last one */
	uint32_t line;
};

/* libclang complains where the reader here did, which was not about something it does not know: one
 * message says it. */
static bool is_same_mistake(const struct reader *r, struct loc loc)
{
	struct loc mine = r->why->loc;

	if (r->why->id == DIAG_C_HEADER || !mine.source || !loc.source ||
	    strcmp(mine.source->name, loc.source->name))
		return false;
	return loc_lines(loc).line <= loc_lines(mine).line + 1;
}

static void report_own(struct reader *r)
{
	struct diag_msg *m = diag_error(r->c->d, r->why->id, r->why->loc, "%s", r->why->text);

	if (r->at.source)
		diag_note(m, r->at, "the header is included here");
}

static bool report(struct reader *r, const char *text, CXSourceLocation at, void *context)
{
	struct reports *reports = context;
	uint32_t offset = 0;
	const char *file = place_of(r, at, &offset);
	struct source *source = reports->source;
	struct loc loc = r->at;
	struct diag_msg *m;
	uint32_t line = 0;

	if (file && (!source || strcmp(source->name, file)))
		source = c_read_file(r->c, file);
	if (file && source) {
		loc = (struct loc){ source, MIN(offset, (uint32_t)source->len),
				    MIN(offset + 1, (uint32_t)source->len) };
		line = loc_lines(loc).line;
	}
	if (!reports->count && is_same_mistake(r, loc)) {
		report_own(r);
		return false;
	}
	if (reports->count && reports->source == loc.source && reports->line == line)
		return true; /* follows from the one before, most probably */
	reports->source = loc.source;
	reports->line = line;
	m = diag_error(r->c->d, DIAG_C_HEADER, loc, "%s", text);
	if (loc.source != r->at.source && r->at.source && !reports->count)
		diag_note(m, r->at, "the header is included here");
	if (strstr(text, "file not found"))
		diag_hint(m, "say with -I DIR where it is; the headers of the C language itself are in "
			     "the package libclang-common-19-dev");
	return ++reports->count < REPORTS_MAX;
}

/* Parses until no more types can be supplied. 0: r->unit is good. */
static int parse_header(struct reader *r, void *index)
{
	auto_strbuf struct strbuf supplied = STRBUF_INIT;
	struct reports reports = { 0 };

	for (int round = 0; round < ROUNDS_MAX; round++) {
		auto_strbuf struct strbuf text = STRBUF_INIT;
		size_t before = supplied.len;

		strbuf_add_text(&text, always);
		strbuf_add_text(&text, strbuf_text(&supplied));
		add_macros(r->c, &text);
		for (size_t i = 0; i < r->c->headers.count; i++)
			strbuf_printf(&text, "#include \"%s\"\n", r->c->headers.items[i]);
		strbuf_printf(&text, "#include \"%s\"\n", r->header->name);
		if (parse(r, index, text.text, text.len))
			return -1;
		if (!each_error(r, supply_type, &supplied))
			return 0;
		if (supplied.len == before)
			break;
		r->l->disposeTranslationUnit(r->unit);
		r->unit = NULL;
	}
	if (r->unit)
		each_error(r, report, &reports);
	return -1;
}

static void not_installed(struct cdef *c, const struct c_failure *why, struct loc at)
{
	struct diag_msg *m = diag_error(c->d, DIAG_C_HEADER, why->loc,
					"reading this header takes libclang, which is not installed: %s",
					why->text);

	if (at.source)
		diag_note(m, at, "the header is included here");
	diag_hint(m, "install the package libclang1-19");
}

bool c_read_with_libclang(struct cdef *c, struct source *header, const struct c_failure *why,
			  struct loc at)
{
	struct reader r = { .c = c, .l = libclang_load(), .header = header, .at = at,
			    .why = why };
	unsigned int errors = c->d->error_count;
	void *index;
	int err;

	if (!r.l) {
		not_installed(c, why, at);
		return false;
	}
	index = r.l->createIndex(0, 0);
	err = parse_header(&r, index);
	if (!err)
		r.l->visitChildren(r.l->getTranslationUnitCursor(r.unit), take_cursor, &r);
	else if (c->d->error_count == errors)
		diag_error(c->d, DIAG_C_HEADER, at, "libclang cannot read '%s'", header->name);
	if (r.unit)
		r.l->disposeTranslationUnit(r.unit);
	r.l->disposeIndex(index);
	strmap_free(&r.records);
	strmap_free(&r.enums);
	return !err;
}
