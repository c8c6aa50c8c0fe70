/* SPDX-License-Identifier: Apache-2.0 */
/* layer: diag */
#include "diag/diag.h"
#include "unit/harness.h"
#include "util/strbuf.h"

struct fixture {
	struct arena arena;
	struct diag d;
	struct source *source;
	char *printed;
};

static void setup(struct fixture *f, const char *text)
{
	arena_init(&f->arena);
	diag_init(&f->d, &f->arena);
	f->source = source_create(&f->arena, "stdin", text, strlen(text));
	f->printed = NULL;
}

static void teardown(struct fixture *f)
{
	free(f->printed);
	arena_free(&f->arena);
}

static struct loc at(const struct fixture *f, uint32_t start, uint32_t end)
{
	return (struct loc){ f->source, start, end };
}

static const char *printed(struct fixture *f, struct diag_print_options options)
{
	size_t len;
	FILE *file;

	free(f->printed);
	file = open_memstream(&f->printed, &len);
	diag_print(&f->d, file, &options);
	fclose(file);
	return f->printed;
}

TEST(places)
{
	struct fixture f;
	struct loc_lines l;
	size_t len;

	setup(&f, "ab\ncd\r\n\nx");
	l = loc_lines(at(&f, 3, 5));
	CHECK_EQ(l.line, 2);
	CHECK_EQ(l.column, 1);
	CHECK_EQ(l.line_end, 2);
	CHECK_EQ(l.column_end, 3);
	l = loc_lines(at(&f, 1, 4));
	CHECK_EQ(l.line, 1);
	CHECK_EQ(l.line_end, 2);
	l = loc_lines(at(&f, 100, 200));
	CHECK_EQ(l.line, 4);
	CHECK_EQ(l.column, 2);
	source_line(f.source, 2, &len);
	CHECK_EQ(len, 2);
	source_line(f.source, 3, &len);
	CHECK_EQ(len, 0);
	CHECK_EQ_STR(source_line(f.source, 4, &len), "x");
	source_line(f.source, 5, &len);
	CHECK_EQ(len, 0);
	CHECK_EQ(loc_join(at(&f, 1, 2), at(&f, 5, 6)).end, 6);
	CHECK_EQ(loc_join(at(&f, 1, 2), (struct loc){ 0 }).end, 2);
	CHECK_EQ(loc_join((struct loc){ 0 }, at(&f, 5, 6)).start, 5);
	teardown(&f);
}

TEST(one_line)
{
	struct fixture f;

	setup(&f, "begin { @x = 1+$abc; }");
	diag_error(&f.d, DIAG_UNDEFINED_VARIABLE, at(&f, 15, 19), "undefined variable $abc\n");
	CHECK_EQ_STR(printed(&f, (struct diag_print_options){ 0 }),
		     "stdin:1:16-20: ERROR: undefined variable $abc\n"
		     "begin { @x = 1+$abc; }\n"
		     "               ~~~~\n");
	CHECK_EQ_STR(printed(&f, (struct diag_print_options){ .use_color = true,
							      .show_ids = true }),
		     "\033[31mstdin:1:16-20: ERROR: undefined variable $abc [undefined-variable]"
		     "\033[0m\n"
		     "begin { @x = 1+$abc; }\n"
		     "               ~~~~\n");
	teardown(&f);
}

TEST(tabs_and_hostile_bytes)
{
	struct fixture f;

	setup(&f, "\ta\t\033[1m$x\n");
	diag_error(&f.d, DIAG_SYNTAX, at(&f, 2, 9), "bad '\033'");
	CHECK_EQ_STR(printed(&f, (struct diag_print_options){ 0 }),
		     "stdin:1:3-10: ERROR: bad '\\x1b'\n"
		     "    a    \\x1b[1m$x\n"
		     "     ~~~~~~~~~~~~~\n");
	teardown(&f);
}

TEST(several_lines_notes_hints_and_order)
{
	struct fixture f;
	struct diag_msg *m;

	setup(&f, "a\n\tb\nc\n");
	diag_warning(&f.d, DIAG_UNUSED_MAP, at(&f, 0, 1), "careful");
	m = diag_error(&f.d, DIAG_SYNTAX, at(&f, 0, 5), "wrong");
	diag_hint(m, "do this");
	diag_note(m, at(&f, 5, 6), "because");
	diag_did_you_mean(m, NULL);
	diag_did_you_mean(m, "d");
	diag_error(&f.d, DIAG_SYNTAX, (struct loc){ 0 }, "nowhere");
	CHECK_EQ_STR(printed(&f, (struct diag_print_options){ 0 }),
		     "stdin:1-2: ERROR: wrong\n"
		     "a\n"
		     "    b\n"
		     "stdin:3:1-2: ERROR: because\n"
		     "c\n"
		     "~\n"
		     "HINT: do this\n"
		     "HINT: did you mean 'd'?\n"
		     "ERROR: nowhere\n"
		     "stdin:1:1-2: WARNING: careful\n"
		     "a\n"
		     "~\n");
	CHECK(!strstr(printed(&f, (struct diag_print_options){ .hide_warnings = true }),
		      "careful"));
	teardown(&f);
}

TEST(repetitions_and_surplus)
{
	struct fixture f;

	setup(&f, "xyzuv");
	f.d.max_errors = 2;
	for (int i = 0; i < 3; i++)
		diag_note(diag_error(&f.d, DIAG_SYNTAX, at(&f, 0, 1), "same"), at(&f, 0, 1),
			  "note");
	CHECK_EQ(f.d.error_count, 1);
	/* What differs is a type's name or the like: the same mistake. */
	diag_error(&f.d, DIAG_SYNTAX, at(&f, 0, 1), "almost the same");
	CHECK_EQ(f.d.error_count, 1);
	for (uint32_t i = 1; i < 5; i++)
		diag_hint(diag_error(&f.d, DIAG_SYNTAX, at(&f, i, i + 1), "other %u", i), "hint");
	CHECK_EQ(f.d.error_count, 5);
	CHECK_EQ_STR(printed(&f, (struct diag_print_options){ 0 }),
		     "stdin:1:1-2: ERROR: same\nxyzuv\n~\n"
		     "stdin:1:1-2: ERROR: note\nxyzuv\n~\n"
		     "stdin:1:2-3: ERROR: other 1\nxyzuv\n ~\n"
		     "HINT: hint\n"
		     "ERROR: 3 more errors are not shown\n");
	teardown(&f);
}

TEST(long_lines_are_cut)
{
	auto_strbuf struct strbuf line = STRBUF_INIT;
	struct fixture f;
	const char *text;

	strbuf_add_repeat(&line, 'a', 1000);
	strbuf_add_text(&line, "HERE");
	strbuf_add_repeat(&line, 'b', 1000);
	setup(&f, line.text);
	diag_error(&f.d, DIAG_SYNTAX, at(&f, 1000, 1004), "long");
	text = printed(&f, (struct diag_print_options){ 0 });
	CHECK(strlen(text) < 600);
	CHECK(strstr(text, "\n...aaa") && strstr(text, "bbb...\n"));
	CHECK(strstr(text, "aHEREb") != NULL);
	CHECK_EQ(strstr(text, "HERE") - strstr(text, "..."), strstr(text, "~~~~\n") -
		 (strstr(text, "b...\n") + 5));
	teardown(&f);
}

TEST(marker_stays_on_the_line)
{
	struct fixture f;

	setup(&f, "ab\n");
	diag_error(&f.d, DIAG_SYNTAX, at(&f, 3, 3), "at the end");
	diag_error(&f.d, DIAG_SYNTAX, at(&f, 2, 3), "newline");
	CHECK_EQ_STR(printed(&f, (struct diag_print_options){ 0 }),
		     "stdin:2:1-2: ERROR: at the end\n\n\n"
		     "stdin:1:3-4: ERROR: newline\nab\n  \n");
	teardown(&f);
}

TEST(warnings_beside_errors)
{
	struct fixture f;

	setup(&f, "a bb c");
	diag_warning(&f.d, DIAG_DISCARDED_VALUE, at(&f, 0, 4), "around the error");
	diag_warning(&f.d, DIAG_DISCARDED_VALUE, at(&f, 5, 6), "elsewhere");
	diag_error(&f.d, DIAG_SYNTAX, at(&f, 2, 4), "wrong");
	CHECK_EQ_STR(printed(&f, (struct diag_print_options){ 0 }),
		     "stdin:1:3-5: ERROR: wrong\na bb c\n  ~~\n"
		     "stdin:1:6-7: WARNING: elsewhere\na bb c\n     ~\n");
	teardown(&f);
}

TEST(run_time_messages)
{
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	diag_print_at(file, false, "WARNING", "x.bt", 3, 2, 4, "division by zero", "\ta/b");
	diag_print_at(file, true, "ERROR", NULL, 0, 0, 0, "lost", NULL);
	fclose(file);
	CHECK_EQ_STR(text, "x.bt:3:2-4: WARNING: division by zero\n    a/b\n    ~~\n"
			   "\033[31mERROR: lost\033[0m\n");
	free(text);
}

TEST(id_names)
{
	CHECK_EQ_STR(diag_id_name(DIAG_SYNTAX), "syntax");
	CHECK_EQ_STR(diag_id_name(DIAG_BAD_NUMBER), "bad-number");
}
