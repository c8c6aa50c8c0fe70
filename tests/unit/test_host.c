/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine: small BTF images made here, so that results are known, then a few facts that hold on
 * any machine that has the files. Tests of the second kind say so when they are skipped.
 */
#include <errno.h>
#include <linux/btf.h>
#include "host/host.h"
#include "unit/harness.h"

/* --- a BTF image under construction ----------------------------------------------------------- */

static struct strbuf types, strings;
static uint32_t next_id;

static uint32_t text(const char *name)
{
	uint32_t at;

	if (!strings.len)
		strbuf_append(&strings, "", 1);
	if (!*name)
		return 0;
	at = (uint32_t)strings.len;
	strbuf_append(&strings, name, strlen(name) + 1);
	return at;
}

static uint32_t add(uint32_t kind, uint32_t vlen, bool kflag, const char *name, uint32_t size)
{
	struct btf_type t = { .name_off = text(name), .size = size,
			      .info = kind << 24 | vlen | (uint32_t)kflag << 31 };

	strbuf_append(&types, &t, sizeof(t));
	return ++next_id;
}

static void add_word(uint32_t word)
{
	strbuf_append(&types, &word, sizeof(word));
}

static void add_member(const char *name, uint32_t type, uint32_t offset)
{
	add_word(text(name));
	add_word(type);
	add_word(offset);
}

static uint32_t add_int(const char *name, uint32_t size, uint32_t encoding)
{
	uint32_t id = add(BTF_KIND_INT, 0, false, name, size);

	add_word(encoding << 24 | size * 8);
	return id;
}

/* Writes what was built to a file and makes it the kernel's BTF. */
static struct host *open_image(void)
{
	char path[] = "/tmp/bittern-test-host.XXXXXX";
	struct btf_header header = { .magic = BTF_MAGIC, .version = 1, .hdr_len = sizeof(header),
				     .type_len = (uint32_t)types.len,
				     .str_off = (uint32_t)types.len,
				     .str_len = (uint32_t)strings.len };
	FILE *f = fdopen(mkstemp(path), "w");

	fwrite(&header, sizeof(header), 1, f);
	fwrite(types.text, types.len, 1, f);
	fwrite(strings.text, strings.len, 1, f);
	fclose(f);
	setenv("BPFTRACE_BTF", path, 1);
	strbuf_clear(&types);
	strbuf_clear(&strings);
	next_id = 0;
	return host_create();
}

static struct host *small_image(void)
{
	uint32_t i32 = add_int("int", 4, BTF_INT_SIGNED), c = add_int("char", 1, 0);
	uint32_t name, anon, ptr, user, box, en, boolean;

	boolean = add_int("_Bool", 1, BTF_INT_BOOL);
	name = add(BTF_KIND_ARRAY, 0, false, "", 0); /* 4: char[16] */
	add_word(c);
	add_word(i32);
	add_word(16);
	anon = add(BTF_KIND_UNION, 2, false, "", 4); /* 5 */
	add_member("inner", i32, 0);
	add_member("other", i32, 0);
	user = add(BTF_KIND_TYPE_TAG, 0, false, "user", c); /* 6 */
	ptr = add(BTF_KIND_PTR, 0, false, "", 9); /* 7: struct box * */
	en = add(BTF_KIND_ENUM, 2, true, "color", 4); /* 8 */
	add_word(text("RED"));
	add_word((uint32_t)-1);
	add_word(text("BLUE"));
	add_word(7);
	box = add(BTF_KIND_STRUCT, 7, true, "box", 48); /* 9 */
	add_member("name", name, 0);
	add_member("", anon, 128);
	add_member("next", ptr, 192);
	add_member("low", i32, 256 | 3u << 24);
	add_member("high", i32, 259 | 29u << 24);
	add_member("color", en, 288);
	add_member("ok", boolean, 320);
	add(BTF_KIND_TYPEDEF, 0, false, "box_t", box); /* 10 */
	add(BTF_KIND_PTR, 0, false, "", user); /* 11: char __user * */
	add(BTF_KIND_FUNC_PROTO, 4, false, "", 0); /* 12 */
	add_word(text("__data"));
	add_word(11);
	add_word(text("b"));
	add_word(ptr);
	add_word(text("n"));
	add_word(i32);
	add_word(text("path"));
	add_word(11);
	add(BTF_KIND_PTR, 0, false, "", 12); /* 13 */
	add(BTF_KIND_TYPEDEF, 0, false, "btf_trace_box_open", 13); /* 14 */
	return open_image();
}

static struct arena arena;
static struct type_table table;

static struct host *with_types(struct host *h)
{
	arena_init(&arena);
	type_table_init(&table, &arena);
	host_provide_structs(h, &table);
	return h;
}

static void close_types(struct host *h)
{
	type_table_free(&table);
	arena_free(&arena);
	host_destroy(h);
	unsetenv("BPFTRACE_BTF");
}

TEST(finds_types_by_name_and_kind)
{
	struct host *h = small_image();
	uint32_t id = 0, offset = 0, size = 0;

	CHECK(host_has_btf(h));
	CHECK_EQ(host_btf_find(h, "box", BTF_KIND_STRUCT, &id), 0);
	CHECK_EQ(id, 9);
	CHECK_EQ(host_btf_find(h, "box", BTF_KIND_TYPEDEF, &id), -ENOENT);
	CHECK_EQ(host_btf_find(h, "bo", BTF_KIND_STRUCT, &id), -ENOENT);
	CHECK_EQ(host_btf_find(h, "box_t", BTF_KIND_TYPEDEF, &id), 0);
	CHECK_EQ(id, 10);
	CHECK_EQ(host_btf_member(h, "box", "next", &offset, &size), 0);
	CHECK_EQ(offset, 24);
	CHECK_EQ(size, 8);
	CHECK_EQ(host_btf_member(h, "box", "inner", &offset, &size), 0);
	CHECK_EQ(offset, 16);
	CHECK_EQ(host_btf_member(h, "box", "nothing", &offset, &size), -ENOENT);
	host_destroy(h);
	unsetenv("BPFTRACE_BTF");
}

TEST(structs_become_types)
{
	struct host *h = with_types(small_image());
	const struct type *box = type_struct(&table, type_struct_find(&table, "box", false),
					     SPACE_KERNEL);
	struct field f;

	CHECK(!box->record->is_complete);
	CHECK_EQ(type_size(box), 48);
	CHECK_EQ(type_align(box), 8);
	CHECK(type_find_field(box, "name", &f) && f.type == type_string(&table, 16));
	CHECK(type_find_field(box, "other", &f) && f.offset == 16);
	CHECK(type_find_field(box, "next", &f) && f.type->element == box);
	CHECK(type_find_field(box, "low", &f));
	CHECK_EQ(f.offset, 32);
	CHECK_EQ(f.bit_offset, 0);
	CHECK_EQ(f.bit_size, 3);
	CHECK(type_find_field(box, "high", &f));
	CHECK_EQ(f.bit_offset, 3);
	CHECK_EQ(f.bit_size, 29);
	CHECK(type_find_field(box, "color", &f));
	CHECK_EQ_STR(f.type->spelling, "enum color");
	CHECK_EQ(f.type->size, 4);
	CHECK(type_find_field(box, "ok", &f) && f.type == table.bool_type);
	close_types(h);
}

TEST(enumerators)
{
	struct host *h = with_types(small_image());
	const struct type *type = NULL;
	uint64_t value = 0;

	CHECK_EQ(host_enumerator(h, &table, "RED", &value, &type), 0);
	CHECK_EQ(value, -1);
	CHECK_EQ_STR(type->spelling, "enum color");
	CHECK_EQ(host_enumerator(h, &table, "BLUE", &value, &type), 0);
	CHECK_EQ(value, 7);
	CHECK_EQ(host_enumerator(h, &table, "GREEN", &value, &type), -ENOENT);
	close_types(h);
}

static void add_argument(const char *c_type, const char *name, void *context)
{
	strbuf_printf(context, "%s %s;", c_type, name);
}

static int count_one(const char *module, const char *event, void *context)
{
	CHECK_EQ_STR(module, "vmlinux");
	CHECK_EQ_STR(event, "box_open");
	++*(int *)context;
	return 0;
}

TEST(raw_tracepoint_arguments)
{
	struct host *h = with_types(small_image());
	auto_strbuf struct strbuf list = STRBUF_INIT;
	const struct type *args = NULL;
	struct field f;
	int count = 0;

	CHECK_EQ(host_raw_tracepoint_args(h, &table, "vmlinux", "box_open", &args), 0);
	CHECK_EQ(args->space, SPACE_CONTEXT);
	CHECK_EQ(args->record->field_count, 3);
	CHECK(type_find_field(args, "n", &f) && f.offset == 8 && f.type->size == 4);
	CHECK(type_find_field(args, "b", &f));
	CHECK_EQ(f.type->space, SPACE_KERNEL);
	CHECK(type_find_field(args, "path", &f));
	CHECK_EQ(f.type->space, SPACE_USER);
	CHECK_EQ(host_raw_tracepoint_args(h, &table, "vmlinux", "box_close", &args), -ENOENT);
	CHECK_EQ(host_raw_tracepoint_args(h, &table, "no_module", "box_open", &args), -ENOENT);
	CHECK_EQ(host_each_raw_tracepoint_arg(h, "vmlinux", "box_open", add_argument, &list), 0);
	CHECK_EQ_STR(list.text, "struct box * b;int n;char __user * path;");
	CHECK_EQ(host_each_raw_tracepoint(h, "vm*", "box_*", count_one, &count), 0);
	CHECK_EQ(host_each_raw_tracepoint(h, "*", "box_open", count_one, &count), 0);
	CHECK_EQ(host_each_raw_tracepoint(h, "*", "nothing", count_one, &count), 0);
	CHECK_EQ(host_each_raw_tracepoint(h, "no_module", "box_open", count_one, &count), 0);
	CHECK_EQ(count, 2);
	close_types(h);
}

/* int pick(const struct box *const b, struct pair p, char name[16], int (*fn)(struct box *, ...)) */
static struct host *function_image(void)
{
	uint32_t i32 = add_int("int", 4, BTF_INT_SIGNED), c = add_int("char", 1, 0);
	uint32_t box, pair, name, proto, fn;

	box = add(BTF_KIND_STRUCT, 0, false, "box", 8); /* 3 */
	pair = add(BTF_KIND_STRUCT, 2, false, "pair", 12); /* 4 */
	add_member("a", i32, 0);
	add_member("b", i32, 64);
	name = add(BTF_KIND_ARRAY, 0, false, "", 0); /* 5: char *[16] */
	add_word(10);
	add_word(i32);
	add_word(16);
	add(BTF_KIND_CONST, 0, false, "", box); /* 6 */
	add(BTF_KIND_PTR, 0, false, "", 6); /* 7 */
	add(BTF_KIND_CONST, 0, false, "", 7); /* 8 */
	add(BTF_KIND_PTR, 0, false, "", box); /* 9 */
	add(BTF_KIND_PTR, 0, false, "", c); /* 10 */
	fn = add(BTF_KIND_FUNC_PROTO, 2, false, "", i32); /* 11 */
	add_word(0);
	add_word(9);
	add_word(0);
	add_word(0);
	add(BTF_KIND_PTR, 0, false, "", fn); /* 12 */
	add(BTF_KIND_PTR, 0, false, "", name); /* 13 */
	proto = add(BTF_KIND_FUNC_PROTO, 5, false, "", i32); /* 14 */
	add_word(text("b"));
	add_word(8);
	add_word(text("p"));
	add_word(pair);
	add_word(text("names"));
	add_word(13);
	add_word(text("fn"));
	add_word(12);
	add_word(0); /* ... */
	add_word(0);
	add(BTF_KIND_FUNC, 1, false, "pick", proto); /* 15 */
	add(BTF_KIND_FUNC_PROTO, 0, false, "", 0); /* 16 */
	add(BTF_KIND_FUNC, 0, false, "nothing", 16); /* 17 */
	return open_image();
}

static void add_definition(const char *module, const char *name, const char *definition,
			   void *context)
{
	strbuf_printf(context, "%s %s %s", module, name, definition);
}

TEST(functions)
{
	struct host *h = with_types(function_image());
	auto_strbuf struct strbuf list = STRBUF_INIT;
	const struct type *args, *result;
	struct btf_ref ref;
	struct field f;

	CHECK_EQ(host_function_btf(h, NULL, "pick", &ref), 0);
	CHECK_EQ_STR(ref.module, "vmlinux");
	CHECK_EQ(ref.id, 15);
	CHECK_EQ(host_function_types(h, &table, &ref, &args, &result), 0);
	CHECK_EQ(result->size, 4);
	CHECK_EQ(args->space, SPACE_CONTEXT);
	CHECK_EQ(args->record->field_count, 4);
	CHECK(type_find_field(args, "b", &f) && f.offset == 0);
	CHECK(type_find_field(args, "p", &f) && f.offset == 8);
	CHECK(type_find_field(args, "names", &f) && f.offset == 24); /* behind two words */
	CHECK(type_find_field(args, "fn", &f) && f.offset == 32);
	CHECK_EQ(host_each_function_arg(h, &ref, true, add_argument, &list), 0);
	CHECK_EQ_STR(list.text, "const struct box *const b;struct pair p;char *(*)[16] names;"
				"int (*)(struct box *, ...) fn;int retval;");
	strbuf_clear(&list);
	CHECK_EQ(host_function_btf(h, "vmlinux", "nothing", &ref), 0);
	CHECK_EQ(host_function_types(h, &table, &ref, &args, &result), 0);
	CHECK_EQ(args->record->field_count, 0);
	CHECK(result == table.void_type);
	CHECK_EQ(host_each_function_arg(h, &ref, true, add_argument, &list), 0);
	CHECK_EQ(list.len, 0);
	CHECK_EQ(host_function_btf(h, "*", "box", &ref), -ENOENT);
	CHECK_EQ(host_function_btf(h, "no_such_module", "pick", &ref), -ENODEV);
	close_types(h);
	setenv("BPFTRACE_BTF", "/nonexistent", 1);
	h = host_create();
	CHECK_EQ(host_function_btf(h, NULL, "pick", &ref), -ENODATA);
	host_destroy(h);
	unsetenv("BPFTRACE_BTF");
}

static int add_function(const char *module, const char *name, void *context)
{
	strbuf_printf(context, "%s:%s;", module, name);
	return 0;
}

TEST(traceable_functions)
{
	char path[] = "/tmp/bittern-test-functions.XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");
	auto_strbuf struct strbuf all = STRBUF_INIT, some = STRBUF_INIT;
	struct host *h = host_create();

	fputs("do_this\ndo_that [mod]\ndo_this\ndo_this.part.0\n__ftrace_invalid_address___0\n"
	      "do_this [mod]\nlast [other]", f);
	fclose(f);
	CHECK_EQ(host_use_traceable_functions(h, "/nonexistent"), -ENOENT);
	CHECK_EQ(host_use_traceable_functions(h, path), 0);
	CHECK_EQ(host_traceable(h, NULL, "do_this"), TRACEABLE_YES);
	CHECK_EQ(host_traceable(h, "vmlinux", "do_this"), TRACEABLE_YES);
	CHECK_EQ(host_traceable(h, "mod", "do_that"), TRACEABLE_YES);
	CHECK_EQ(host_traceable(h, "*", "last"), TRACEABLE_YES);
	CHECK_EQ(host_traceable(h, "vmlinux", "do_that"), TRACEABLE_ABSENT);
	CHECK_EQ(host_traceable(h, NULL, "do_thi"), TRACEABLE_ABSENT);
	CHECK_EQ(host_traceable(h, NULL, "do_this.part.0"), TRACEABLE_ABSENT);
	CHECK_EQ(host_each_traceable(h, "*", "*", add_function, &all), 0);
	CHECK_EQ_STR(all.text, "vmlinux:do_this;mod:do_that;mod:do_this;other:last;");
	CHECK_EQ(host_each_traceable(h, "m*", "*_this", add_function, &some), 0);
	CHECK_EQ_STR(some.text, "mod:do_this;");
	CHECK_EQ_STR(host_traceable_nearest(h, "do_thiz"), "do_this");
	host_destroy(h);
	unlink(path);
}

TEST(modules)
{
	struct host *h = host_create();

	CHECK(host_module_is_loaded(h, "vmlinux"));
	CHECK(!host_module_is_loaded(h, "no_such_module"));
	CHECK(!host_module_is_loaded(h, "../module"));
	CHECK_EQ_STR(host_module_nearest(h, "vmlinus"), "vmlinux");
	CHECK_EQ(host_module_btf_fd(h, "vmlinux"), 0);
	CHECK(host_module_btf_fd(h, "no_such_module") < 0);
	host_destroy(h);
}

TEST(c_types)
{
	struct host *h = with_types(small_image());
	const struct {
		const char *text;
		uint32_t size;
		bool is_signed;
		const char *spelling;
	} rows[] = {
		{ "unsigned int", 4, false, "uint32" },
		{ "long unsigned int", 8, false, "uint64" },
		{ "int", 8, false, "uint64" },		 { "const char *", 8, false, "int8 *" },
		{ "char [16]", 16, true, "string[16]" }, { "u8 [6]", 6, false, "uint8[6]" },
		{ "struct box *", 8, false, "struct box *" }, { "pid_t", 4, true, "int32" },
		{ "enum color", 4, true, "enum color" }, { "void *", 8, false, "void *" },
		{ "unsigned long [6]", 48, false, "uint64[6]" },
		{ "struct nothing **", 8, false, "struct nothing * *" },
		{ "box_t", 48, false, "struct box" },	 { "bool", 1, false, "bool" },
		{ "unsigned char", 1, false, "uint8" },	 { "int (*)(void)", 8, false, "function *" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct type *type = host_type_from_c(h, &table, rows[i].text, rows[i].size,
							   rows[i].is_signed, SPACE_KERNEL);

		CHECK_EQ_STR(type ? type->spelling : NULL, rows[i].spelling);
	}
	CHECK(!host_type_from_c(h, &table, "no_such_t", 12, false, SPACE_KERNEL));
	close_types(h);
}

TEST(tags_and_wide_kinds)
{
	uint32_t c = add_int("char", 1, 0), user, rcu, attribute, pointers[3], wide, real, code;
	const struct type *holder, *type = NULL;
	auto_strbuf struct strbuf list = STRBUF_INIT;
	struct host *h;
	struct field f;
	uint64_t value = 0;
	uint32_t id;

	user = add(BTF_KIND_TYPE_TAG, 0, false, "user", c); /* 2 */
	rcu = add(BTF_KIND_TYPE_TAG, 0, false, "rcu", user); /* 3 */
	attribute = add(BTF_KIND_TYPE_TAG, 0, true, "user", c); /* 4: not that tag, an attribute */
	pointers[0] = add(BTF_KIND_PTR, 0, false, "", user);
	pointers[1] = add(BTF_KIND_PTR, 0, false, "", rcu);
	pointers[2] = add(BTF_KIND_PTR, 0, false, "", attribute);
	wide = add(BTF_KIND_ENUM64, 2, true, "wide", 8); /* 8 */
	add_word(text("LOW"));
	add_word((uint32_t)-5);
	add_word((uint32_t)-1);
	add_word(text("HIGH"));
	add_word(1);
	add_word(2);
	real = add(BTF_KIND_FLOAT, 0, false, "double", 8); /* 9 */
	add(BTF_KIND_FUNC_PROTO, 0, false, "", 0); /* 10 */
	code = add(BTF_KIND_PTR, 0, false, "", 10); /* 11 */
	id = add(BTF_KIND_STRUCT, 6, false, "holder", 48); /* 12 */
	add_member("a", pointers[0], 0);
	add_member("b", pointers[1], 64);
	add_member("c", pointers[2], 128);
	add_member("wide", wide, 192);
	add_member("real", real, 256);
	add_member("code", code, 320);
	add(BTF_KIND_DECL_TAG, 0, true, "aligned(8)", id);
	add_word((uint32_t)-1);
	add(BTF_KIND_VAR, 0, false, "variable", id);
	add_word(1);
	h = with_types(open_image());
	holder = type_struct(&table, type_struct_find(&table, "holder", false), SPACE_KERNEL);
	CHECK(type_find_field(holder, "a", &f) && f.type->space == SPACE_USER);
	CHECK(type_find_field(holder, "b", &f) && f.type->space == SPACE_USER);
	CHECK(type_find_field(holder, "c", &f) && f.type->space == SPACE_KERNEL);
	CHECK(type_find_field(holder, "wide", &f) && f.type->size == 8);
	CHECK(type_find_field(holder, "real", &f) && type_size(f.type) == 8);
	CHECK(type_find_field(holder, "code", &f) && type_is_function_pointer(f.type));
	CHECK_EQ(host_enumerator(h, &table, "LOW", &value, &type), 0);
	CHECK_EQ(value, -5);
	CHECK_EQ(host_enumerator(h, &table, "HIGH", &value, &type), 0);
	CHECK_EQ(value, 0x200000001);
	CHECK_EQ(host_btf_find(h, "variable", BTF_KIND_VAR, &id), 0);
	CHECK_EQ(host_each_definition(h, DEFINITION_STRUCT, "hold*", true, add_definition, &list),
		 0);
	CHECK_EQ_STR(list.text, "vmlinux holder struct holder {\n\tchar __user *a;\n"
				"\tchar __rcu __user *b;\n\tchar __attribute__((user)) *c;\n"
				"\tenum wide wide;\n\tdouble real;\n\tvoid (*code)(void);\n};\n");
	close_types(h);
}

TEST(structs_that_contain_themselves)
{
	uint32_t loop = add(BTF_KIND_STRUCT, 1, false, "loop", 8); /* 1 */
	const struct type *type;
	struct host *h;

	add_member("", 2, 0);
	add(BTF_KIND_UNION, 1, false, "", 8); /* 2 */
	add_member("again", loop, 0);
	h = with_types(open_image());
	type = type_struct(&table, type_struct_find(&table, "loop", false), SPACE_KERNEL);
	CHECK(!type_complete(type));
	CHECK(strstr(host_btf_missing(h), "its loop contains itself"));
	close_types(h);
}

TEST(functions_that_are_passed_to_themselves)
{
	auto_strbuf struct strbuf list = STRBUF_INIT;
	struct btf_ref ref;
	struct host *h;

	add(BTF_KIND_FUNC_PROTO, 1, false, "", 1);
	add_word(text("again"));
	add_word(1);
	add(BTF_KIND_FUNC, 1, false, "work", 1);
	h = with_types(open_image());
	CHECK_EQ(host_function_btf(h, "vmlinux", "work", &ref), 0);
	CHECK_EQ(host_each_function_arg(h, &ref, false, add_argument, &list), 0);
	CHECK(list.len > 0 && strstr(list.text, "(...)"));
	close_types(h);
}

TEST(broken_images_are_refused_or_end_early)
{
	struct host *h;
	uint32_t id;

	setenv("BPFTRACE_BTF", "/nonexistent", 1);
	h = host_create();
	CHECK(!host_has_btf(h));
	CHECK_EQ(host_btf_find(h, "x", BTF_KIND_STRUCT, &id), -ENOENT);
	host_destroy(h);
	add(BTF_KIND_STRUCT, 60000, false, "long", 8); /* members lie outside */
	h = open_image();
	CHECK_EQ(host_btf_find(h, "long", BTF_KIND_STRUCT, &id), -ENOENT);
	host_destroy(h);
	add(BTF_KIND_TYPEDEF, 0, false, "loop", 1); /* refers to itself */
	h = with_types(open_image());
	CHECK(host_type_from_btf(h, &table, 1, SPACE_KERNEL) == table.void_type);
	close_types(h);
}

/* --- this machine ----------------------------------------------------------------------------- */

TEST(kernel_btf)
{
	struct host *h = with_types(host_create());
	uint32_t offset, size;
	struct field f;
	const struct type *task;

	if (!host_has_btf(h)) {
		printf("skipped: this kernel has no BTF\n");
		close_types(h);
		return;
	}
	task = type_struct(&table, type_struct_find(&table, "task_struct", false), SPACE_KERNEL);
	CHECK(type_find_field(task, "comm", &f));
	CHECK_EQ_STR(f.type->spelling, "string[16]");
	CHECK(type_find_field(task, "real_parent", &f));
	CHECK(f.type->element == task);
	CHECK_EQ(host_btf_member(h, "task_struct", "pid", &offset, &size), 0);
	CHECK_EQ(size, 4);
	close_types(h);
}

static int remember_last(const char *category, const char *event, void *context)
{
	struct strbuf *last = context;
	auto_strbuf struct strbuf now = STRBUF_INIT;

	strbuf_printf(&now, "%s/%s", category, event);
	CHECK(strcmp(strbuf_text(last), now.text) < 0);
	strbuf_clear(last);
	strbuf_add_text(last, now.text);
	return 0;
}

TEST(tracefs_events)
{
	struct host *h = host_create();
	auto_strbuf struct strbuf last = STRBUF_INIT;
	const struct event_format *format;
	const char *why = NULL;

	if (!host_tracefs(h, &why)) {
		printf("skipped: %s\n", why);
		host_destroy(h);
		return;
	}
	CHECK_EQ(host_each_event(h, "sched", "*", remember_last, &last), 0);
	CHECK(last.len > 0);
	CHECK_EQ(host_event_format(h, "sched", "sched_switch", &format), 0);
	CHECK(format->id > 0);
	CHECK_EQ_STR(format->fields.items[4].name, "prev_comm");
	CHECK_EQ_STR(format->fields.items[4].c_type, "char [16]");
	CHECK_EQ_STR(format->fields.items[4].declaration, "char prev_comm[16]");
	CHECK(format->fields.items[0].is_common);
	CHECK_EQ(host_event_format(h, "sched", "no_such", &format), -ENOENT);
	CHECK_EQ(host_event_format(h, "sched", "sched_process_exec", &format), 0);
	CHECK(format->fields.items[4].is_data_loc);
	CHECK_EQ_STR(format->fields.items[4].name, "filename");
	host_destroy(h);
}

TEST(cpus_and_processes)
{
	struct host *h = host_create();
	unsigned int online;
	const unsigned int *cpus = host_online_cpus(h, &online);
	uint64_t dev = 0, ino = 0;

	CHECK(online >= 1);
	CHECK(host_cpu_count(h) >= online);
	CHECK(cpus[online - 1] < host_cpu_count(h));
	CHECK(host_process_exists(getpid()));
	CHECK(!host_process_exists(0x3ffffff));
	CHECK(host_available_memory_kb(h) > 0);
	CHECK(host_in_initial_pid_namespace(h, &dev, &ino) || ino);
	host_destroy(h);
}
