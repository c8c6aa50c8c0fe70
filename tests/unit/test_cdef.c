/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of C definitions: layouts against the compiler's, the preprocessor, constants. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include "cdef/cdef.h"
#include "unit/harness.h"

#define DEFINITIONS(...) __VA_ARGS__
#include "unit/cdef_layouts.h"
#undef DEFINITIONS

static const char definitions[] =
#define DEFINITIONS(...) #__VA_ARGS__
#include "unit/cdef_layouts.h"
#undef DEFINITIONS
	;

struct fixture {
	struct arena arena;
	struct diag diag;
	struct type_table types;
	struct cdef_options options;
	struct cdef *c;
};

static void set_up(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	arena_init(&f->arena);
	diag_init(&f->diag, &f->arena);
	type_table_init(&f->types, &f->arena);
	f->options.has_no_files = true;
	f->c = cdef_create(&f->arena, &f->diag, NULL, &f->types, &f->options);
}

static void tear_down(struct fixture *f)
{
	cdef_destroy(f->c);
	type_table_free(&f->types);
	arena_free(&f->arena);
}

/* A piece of a script: one line or definition. */
static void add(struct fixture *f, const char *text)
{
	struct source *source = source_create(&f->arena, "test", text, strlen(text));

	cdef_add(f->c, (struct loc){ source, 0, (uint32_t)source->len });
}

static bool has_error(struct fixture *f, const char *text)
{
	unsigned int before = f->diag.error_count;

	add(f, text);
	return f->diag.error_count == before + 1;
}

static void check_type(const struct type *t, const char *name, size_t size, size_t align)
{
	if (!t) {
		fprintf(stderr, "%s is not defined\n", name);
		CHECK(t != NULL);
		return;
	}
	if (type_size(t) != size || type_align(t) != align)
		fprintf(stderr, "in %s:\n", name);
	CHECK_EQ(type_size(t), size);
	CHECK_EQ(type_align(t), align);
}

static void check_member(const struct type *t, const char *name, const char *member, size_t offset,
			 size_t size)
{
	struct field field = { 0 };

	if (!t || !type_find_field(t, member, &field)) {
		fprintf(stderr, "%s.%s is not there\n", name, member);
		CHECK(false);
		return;
	}
	if (field.offset != offset || (size != SIZE_MAX && type_size(field.type) != size))
		fprintf(stderr, "in %s.%s:\n", name, member);
	CHECK_EQ(field.offset, offset);
	if (size != SIZE_MAX)
		CHECK_EQ(type_size(field.type), size);
}

/* Whether the bits of a field are those that the compiler set in bytes, no more and no less. */
static void check_bits(const struct type *t, const char *name, const char *member,
		       const unsigned char *bytes, size_t size)
{
	unsigned char mine[256] = { 0 };
	struct field f = { 0 };

	CHECK(t && size <= sizeof(mine) && type_find_field(t, member, &f) && f.bit_size);
	for (uint32_t i = 0; i < f.bit_size; i++) {
		uint32_t bit = f.offset * 8 + f.bit_offset + i;

		mine[bit / 8 % sizeof(mine)] |= (unsigned char)(1u << bit % 8);
	}
	if (memcmp(mine, bytes, size))
		fprintf(stderr, "bits of %s.%s\n", name, member);
	CHECK(!memcmp(mine, bytes, size));
}

TEST(layouts_are_the_compilers)
{
	struct fixture f;
	const struct type *type;
	uint64_t value;

	set_up(&f);
	add(&f, definitions);
	CHECK_EQ(f.diag.error_count, 0);
	diag_print(&f.diag, stderr, &(struct diag_print_options){ 0 });
#define TAGGED(tag, name) cdef_find_type(f.c, CDEF_##tag, #name)
#define B(name) check_type(TAGGED(STRUCT, name), #name, sizeof(struct name), _Alignof(struct name));
#define U(name) check_type(TAGGED(UNION, name), #name, sizeof(union name), _Alignof(union name));
#define M(name, member)                                                                            \
	check_member(TAGGED(STRUCT, name), #name, #member, offsetof(struct name, member),          \
		     sizeof(((struct name *)0)->member));
#define UM(name, member)                                                                           \
	check_member(TAGGED(UNION, name), #name, #member, offsetof(union name, member),            \
		     sizeof(((union name *)0)->member));
#define O(name, member)                                                                            \
	check_member(TAGGED(STRUCT, name), #name, #member, offsetof(struct name, member), SIZE_MAX);
#define F(name, member)                                                                            \
	{                                                                                          \
		union {                                                                            \
			struct name s;                                                             \
			unsigned char bytes[sizeof(struct name)];                                  \
		} u;                                                                               \
		memset(&u, 0, sizeof(u));                                                          \
		u.s.member = ~(__typeof__(u.s.member + 0))0;                                       \
		check_bits(TAGGED(STRUCT, name), #name, #member, u.bytes, sizeof(u.bytes));        \
	}
#define E(name)                                                                                    \
	if (!cdef_find_enumerator(f.c, #name, &value, &type)) {                                    \
		CHECK(false);                                                                      \
	} else {                                                                                   \
		if (value != (uint64_t)(long)name)                                                 \
			fprintf(stderr, "%s:\n", #name);                                           \
		CHECK_EQ(value, (long)name);                                                       \
	}
#define ROWS
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverflow"
#define DEFINITIONS(...)
#include "unit/cdef_layouts.h"
#undef DEFINITIONS
#pragma GCC diagnostic pop
	tear_down(&f);
}

static uint64_t value_of(struct fixture *f, const char *name)
{
	const struct cdef_macro *m = cdef_find_macro(f->c, name);
	bool is_negative;
	uint64_t value = 0xdead;

	if (m)
		cdef_macro_value(f->c, m, &value, &is_negative);
	return value;
}

TEST(macros_and_conditions)
{
	struct fixture f;

	set_up(&f);
	add(&f, "#define A 4");
	add(&f, "#define B (A + A) /* eight */");
	add(&f, "#ifdef A");
	add(&f, "#define IN_IFDEF 1");
	add(&f, "#else");
	add(&f, "#define IN_ELSE 1");
	add(&f, "#nonsense is not looked at here");
	add(&f, "#endif");
	add(&f, "#if defined(A) && !defined B2 && A * 2 == B");
	add(&f, "#define IN_IF 1");
	add(&f, "#elif 1");
	add(&f, "#define IN_ELIF 1");
	add(&f, "#endif");
	add(&f, "#if UNKNOWN || 0 && 1 / 0");
	add(&f, "struct left_out { int a; };");
	add(&f, "#else");
	add(&f, "struct taken { int a[B]; };");
	add(&f, "#endif");
	add(&f, "#undef A");
	add(&f, "#if LINUX_VERSION_CODE >= KERNEL_VERSION(4, 1, 0)");
	add(&f, "#define IS_RECENT 1");
	add(&f, "#endif");
	cdef_finish(f.c);
	diag_print(&f.diag, stderr, &(struct diag_print_options){ 0 });
	CHECK_EQ(f.diag.error_count, 0);
	CHECK(cdef_find_macro(f.c, "IN_IFDEF") && !cdef_find_macro(f.c, "IN_ELSE"));
	CHECK(cdef_find_macro(f.c, "IN_IF") && !cdef_find_macro(f.c, "IN_ELIF"));
	CHECK(cdef_find_macro(f.c, "IS_RECENT") && !cdef_find_macro(f.c, "A"));
	CHECK(!cdef_find_type(f.c, CDEF_STRUCT, "left_out"));
	check_type(cdef_find_type(f.c, CDEF_STRUCT, "taken"), "taken", 32, 4);
	tear_down(&f);
}

TEST(conditions_inside_a_definition)
{
	struct fixture f;

	set_up(&f);
	add(&f, "struct s {\n#if 0\n\tint a;\n#else\n\tlong b, c;\n#endif\n\tchar d;\n}");
	CHECK_EQ(f.diag.error_count, 0);
	check_type(cdef_find_type(f.c, CDEF_STRUCT, "s"), "s", 24, 8);
	tear_down(&f);
}

TEST(values_of_macros)
{
	struct fixture f;

	set_up(&f);
	add(&f, "struct s { int a; long b; };");
	add(&f, "enum e { ONE = 1, TWO };");
	add(&f, "#define SIZE sizeof(struct s)");
	add(&f, "#define CHARACTER '\\n'");
	add(&f, "#define CAST ((unsigned char)-1)");
	add(&f, "#define MASK (1u << 31 | TWO)");
	add(&f, "#define ITSELF ITSELF");
	add(&f, "#define FLOAT 1.5");
	add(&f, "#define TYPE struct s *");
	CHECK_EQ(f.diag.error_count, 0);
	CHECK_EQ(value_of(&f, "SIZE"), 16);
	CHECK_EQ(value_of(&f, "CHARACTER"), '\n');
	CHECK_EQ(value_of(&f, "CAST"), 255);
	CHECK_EQ(value_of(&f, "MASK"), 0x80000002);
	CHECK_EQ(value_of(&f, "ITSELF"), 0xdead);
	CHECK_EQ(value_of(&f, "FLOAT"), 0xdead);
	CHECK(cdef_macro_type(f.c, cdef_find_macro(f.c, "TYPE"))->kind == TYPE_POINTER);
	CHECK(!cdef_macro_type(f.c, cdef_find_macro(f.c, "SIZE")));
	CHECK_EQ(f.diag.error_count, 0);
	tear_down(&f);
}

TEST(pragma_pack)
{
	struct fixture f;

	set_up(&f);
	add(&f, "#pragma pack(push, 2)");
	add(&f, "struct two { char a; long b; int c : 20; int d : 20; };");
	add(&f, "#pragma pack(pop)");
	add(&f, "struct eight { char a; long b; };");
	CHECK_EQ(f.diag.error_count, 0);
#pragma pack(push, 2)
	struct two { char a; long b; int c : 20; int d : 20; };
#pragma pack(pop)
	check_type(cdef_find_type(f.c, CDEF_STRUCT, "two"), "two", sizeof(struct two), 2);
	check_type(cdef_find_type(f.c, CDEF_STRUCT, "eight"), "eight", 16, 8);
	tear_down(&f);
}

TEST(char_arrays_are_strings_with_room_for_a_nul)
{
	struct fixture f;
	struct field field = { 0 };
	const struct type *t;

	set_up(&f);
	add(&f, "struct s { char a[4]; unsigned char b[4]; signed char c[4]; char d[2][4]; };");
	t = cdef_find_type(f.c, CDEF_STRUCT, "s");
	CHECK(t && type_find_field(t, "a", &field) && field.is_unterminated);
	CHECK_EQ_STR(field.type->spelling, "string[4]");
	CHECK(type_find_field(t, "b", &field) && !field.is_unterminated);
	CHECK_EQ_STR(field.type->spelling, "uint8[4]");
	CHECK(type_find_field(t, "c", &field));
	CHECK_EQ_STR(field.type->spelling, "int8[4]");
	CHECK(type_find_field(t, "d", &field));
	CHECK_EQ_STR(field.type->spelling, "string[4][2]");
	tear_down(&f);
}

TEST(mistakes_are_reported_once)
{
	static const char *const wrong[] = {
		"struct a { int b; ", "struct a1 { int b }", "struct a2 { nonsense b; };",
		"struct a3 { struct unknown_to_all b; };", "struct a4 { int b : 33; };",
		"struct a5 { int b[-1]; };", "struct a6 { int b, b; };", "enum a7 { B = C };",
		"enum a8 { X, X };", "struct a9 { int f(void); };", "struct b1 { int : 3, : 1 / 0; };",
		"struct b2 { char a[1 << 31]; };", "struct b3 { long a[1 << 20][1 << 20]; };",
		"#if", "#ifdef", "#else", "#endif", "#elif 1", "#define", "#undef", "#include",
		"#nonsense", "#error on purpose", "#define CONTINUED 1 \\", "typedef int *;",
		"typedef unknown_to_all x;", "struct b4 { float a : 3; };", "struct { int a; } ) ;",
		"struct b5 { int a; } __attribute__((aligned(3)));", "#pragma pack(3)",
		"#include \"no_such_header.h\"",
	};
	struct fixture f;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		set_up(&f);
		if (!has_error(&f, wrong[i]))
			fprintf(stderr, "%u errors for: %s\n", f.diag.error_count, wrong[i]);
		CHECK_EQ(f.diag.error_count, 1);
		tear_down(&f);
	}
}

TEST(nothing_grows_without_bounds)
{
	struct fixture f;
	struct strbuf text = STRBUF_INIT;

	set_up(&f);
	strbuf_add_text(&text, "struct deep { int a[");
	for (int i = 0; i < 5000; i++)
		strbuf_add_text(&text, "sizeof(int[(");
	CHECK(has_error(&f, text.text));
	strbuf_clear(&text);
	for (int i = 0; i < 5000; i++)
		strbuf_add_text(&text, "struct { ");
	CHECK(has_error(&f, text.text));
	strbuf_clear(&text);
	strbuf_add_text(&text, "struct d { int ");
	for (int i = 0; i < 5000; i++)
		strbuf_add_text(&text, "(*");
	CHECK(has_error(&f, text.text));
	add(&f, "#define M0 1 +");
	for (int i = 1; i < 40; i++) {
		strbuf_clear(&text);
		strbuf_printf(&text, "#define M%d M%d M%d", i, i - 1, i - 1);
		add(&f, text.text);
	}
	CHECK(has_error(&f, "enum e { A = M39 1 };"));
	add(&f, "#define F0(x) x + x");
	for (int i = 1; i < 40; i++) {
		strbuf_clear(&text);
		strbuf_printf(&text, "#define F%d(x) F%d(x + x)", i, i - 1);
		add(&f, text.text);
	}
	CHECK(has_error(&f, "enum e2 { B = F39(1) };"));
	CHECK(has_error(&f, "enum e3 { C = F0(1 };"));
	CHECK(has_error(&f, "enum e4 { D = F0( };"));
	strbuf_free(&text);
	tear_down(&f);
}

TEST(function_like_macros)
{
	struct fixture f;

	set_up(&f);
	add(&f, "#define PASTE(a, b) a ## b\n");
	add(&f, "#define NONE() 7");
	add(&f, "#define REST(a, ...) (a + (__VA_ARGS__))");
	add(&f, "#define SUM(a, b) ((a) + (b))");
	add(&f, "enum e { A = PASTE(1, 2), B = NONE(), C = REST(1, 2 * 3), D = SUM((4), NONE()) };");
	CHECK_EQ(f.diag.error_count, 0);
	diag_print(&f.diag, stderr, &(struct diag_print_options){ 0 });
	add(&f, "#define VALUE (A * 1000000 + B * 10000 + C * 100 + D)");
	CHECK_EQ(value_of(&f, "VALUE"), 12070711);
	CHECK(has_error(&f, "enum wrong { E = SUM(1) };"));
	tear_down(&f);
}

TEST(constants_of_the_headers)
{
	static const struct { const char *name; long value; } known[] = {
		{ "AF_INET6", AF_INET6 }, { "SIGTERM", SIGTERM }, { "S_IFMT", S_IFMT },
		{ "EAGAIN", EAGAIN }, { "O_CREAT", O_CREAT }, { "SOCK_STREAM", SOCK_STREAM },
		{ "TCP_NODELAY", TCP_NODELAY }, { "AT_FDCWD", AT_FDCWD }, { "ETH_P_IP", 0x800 },
		{ "IPPROTO_TCP", 6 }, { "CLONE_VM", 0x100 }, { "PROT_WRITE", 2 }, { "POLLIN", 1 },
		{ "PF_UNIX", 1 }, { "MAP_SHARED", 1 }, { "PATH_MAX", 4096 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const struct cdef_constant *k = cdef_constant(known[i].name);

		if (!k)
			fprintf(stderr, "%s is not known\n", known[i].name);
		CHECK(k != NULL);
		if (k)
			CHECK_EQ(k->value, known[i].value);
	}
	CHECK(cdef_constant("AT_FDCWD") && cdef_constant("AT_FDCWD")->is_negative);
	CHECK(!cdef_constant("NO_SUCH_CONSTANT") && !cdef_constant("") && !cdef_constant("NULL"));
	CHECK_EQ_STR(cdef_nearest_constant("AF_INNET6"), "AF_INET6");
}
