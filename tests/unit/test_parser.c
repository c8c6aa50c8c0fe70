/* SPDX-License-Identifier: Apache-2.0 */
/* layer: parser */
/* Messages, recovery, limits and places. The trees themselves are in tests/golden/parse. */
#include "parser/parser.h"
#include "unit/harness.h"
#include "util/strbuf.h"

struct parsed {
	struct arena arena;
	struct diag d;
	struct ast_program *program;
	char *messages; /* first lines only, without the quotes below them */
};

/* Keeps the lines that start with a severity or a place. */
static char *headlines(const char *text)
{
	auto_strbuf struct strbuf out = STRBUF_INIT;

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (!strncmp(text, "t:", 2) || !strncmp(text, "ERROR: ", 7)) {
			strbuf_append(&out, text, len);
			strbuf_add_char(&out, '\n');
		}
		text += len + (text[len] == '\n');
	}
	return xstrdup(strbuf_text(&out));
}

static void parse_bytes(struct parsed *p, const char *text, size_t size)
{
	auto_free char *printed = NULL;
	size_t len;
	FILE *file = open_memstream(&printed, &len);

	arena_init(&p->arena);
	diag_init(&p->d, &p->arena);
	p->program = parse_program(&p->arena, &p->d, source_create(&p->arena, "t", text, size));
	diag_print(&p->d, file, &(struct diag_print_options){ 0 });
	fclose(file);
	p->messages = headlines(printed);
}

static void done(struct parsed *p)
{
	free(p->messages);
	arena_free(&p->arena);
}

struct message_case {
	const char *text, *messages;
};

static const struct message_case cases[] = {
	{ "begin { }", "" },
	{ "", "" },
	{ "begin { @x = 1 + }", "t:1:18-19: ERROR: syntax error, unexpected '}', expecting an "
				"expression\n" },
	{ "begin { $a = 1 $b = 2; $c = ; }",
	  "t:1:16-18: ERROR: syntax error, unexpected '$b', expecting ';'\n"
	  "t:1:29-30: ERROR: syntax error, unexpected ';', expecting an expression\n" },
	{ "begin {\n$a = 1\n$b = 2; }", "t:2:6-7: ERROR: syntax error, expecting ';' after '1'\n" },
	{ "begin { f(1; } end { $a = ; }",
	  "t:1:12-13: ERROR: syntax error, ')' is missing before ';'\n"
	  "t:1:10-11: ERROR: opened here\n"
	  "t:1:27-28: ERROR: syntax error, unexpected ';', expecting an expression\n" },
	{ "begin { if (1) { $a = 1;",
	  "t:1:24-25: ERROR: syntax error, the text ends without the closing '}'\n"
	  "t:1:16-17: ERROR: opened here\n" },
	{ "begin { } }", "t:1:11-12: ERROR: syntax error, this '}' closes nothing\n" },
	{ "{ }", "t:1:1-2: ERROR: syntax error, an attach point is missing here\n" },
	{ "/1/ { }", "t:1:1-2: ERROR: syntax error, an attach point is missing here\n" },
	{ "a= { }", "t:1:1-3: ERROR: syntax error, an attach point is missing after 'a='\n" },
	{ "kprobe:f g { }",
	  "t:1:10-11: ERROR: syntax error, a condition of a probe stands between slashes\n" },
	{ "k:f /pid == 1 { $a = ; }",
	  "t:1:13-14: ERROR: syntax error, the predicate has no closing '/' before '{'\n"
	  "t:1:22-23: ERROR: syntax error, unexpected ';', expecting an expression\n" },
	{ "k:f /pid = 1/ { $a = ; }",
	  "t:1:10-11: ERROR: syntax error, '=' assigns, which a condition cannot\n"
	  "t:1:22-23: ERROR: syntax error, unexpected ';', expecting an expression\n" },
	{ "k:f /pid", "t:1:6-9: ERROR: syntax error, unexpected end of the text, expecting the "
		       "closing '/'\n" },
	{ "begin { $a = \"x; }\n", "t:1:14-19: ERROR: this string has no closing quote on its "
				    "line\n" },
	{ "u:\"x { }", "t:1:3-9: ERROR: this quote in an attach point has no closing quote on its "
		       "line\n" },
	{ "begin { /* x", "t:1:9-11: ERROR: this comment has no end\n" },
	{ "begin { f(\"\\q\", \"\\400\", \"\\xg\") }",
	  "t:1:12-14: ERROR: invalid escape in a string: known are \\n \\t \\r \\\" \\\\ \\x41 "
	  "\\101\n"
	  "t:1:18-22: ERROR: invalid escape in a string: an octal escape ends at \\377\n"
	  "t:1:26-28: ERROR: invalid escape in a string: \\x needs one or two hexadecimal "
	  "digits\n" },
	{ "begin { f(08, 5x, $0, $99999999999999999999, $1x) }",
	  "t:1:11-13: ERROR: invalid number '08': an octal number has digits 0-7 only\n"
	  "t:1:15-17: ERROR: invalid number '5x': invalid suffix\n"
	  "t:1:19-21: ERROR: '$0' is no positional parameter: they are $1, $2, ...\n"
	  "t:1:23-44: ERROR: '$99999999999999999999' is no positional parameter: they are $1, "
	  "$2, ...\n"
	  "t:1:46-49: ERROR: '$1x' is no positional parameter: they are $1, $2, ...\n" },
	{ "begin { $x.0x1; $ }",
	  "t:1:12-15: ERROR: a tuple element is selected by a plain decimal number\n"
	  "t:1:17-18: ERROR: expected a name, a number or # directly after '$'\n" },
	{ "begin { for (i : 0..5) { a } let x = 5; for $i : 5 { } for $j : @m[1] { } }",
	  "t:1:14-15: ERROR: syntax error, the variable of a loop starts with '$'\n"
	  "t:1:34-35: ERROR: syntax error, 'let' needs a variable: let $x = …;\n"
	  "t:1:50-51: ERROR: 'for' goes over a map (@m) or a range (0..10), and this is "
	  "neither\n"
	  "t:1:65-70: ERROR: 'for' goes over a map (@m) or a range (0..10), and this is "
	  "neither\n" },
	{ "begin { &5; &@m[1]; 5++; --x; 1 = 2; $x.a = 5; (a = 1, a = 2); }",
	  "t:1:10-11: ERROR: & takes the address of a variable or of a whole map only\n"
	  "t:1:14-19: ERROR: & takes the address of a variable or of a whole map only\n"
	  "t:1:21-22: ERROR: ++ works on a variable or a map only\n"
	  "t:1:28-29: ERROR: -- works on a variable or a map only\n"
	  "t:1:31-32: ERROR: invalid assignment target: only a variable or a map can be "
	  "assigned\n"
	  "t:1:38-42: ERROR: invalid assignment target: elements and fields cannot be changed\n"
	  "t:1:56-57: ERROR: this record already has a field 'a'\n"
	  "t:1:49-50: ERROR: the first one is here\n" },
	{ "let $x = 5; begin { }",
	  "t:1:5-7: ERROR: syntax error, only maps can be declared outside of probes: "
	  "let @m = hash(100);\n" },
	{ "begin { } import \"x\"; config = { } config = { a = 1 }",
	  "t:1:11-22: ERROR: imports must stand before probes, macros, functions and map "
	  "declarations\n"
	  "t:1:23-29: ERROR: the config block must stand before probes, macros, functions and map "
	  "declarations\n"
	  "t:1:36-42: ERROR: a program has only one config block\n"
	  "t:1:23-29: ERROR: the first one is here\n" },
	{ "begin { else { } if $x == 1 { a; b } else { c; d } $z = ; }",
	  "t:1:9-13: ERROR: syntax error, this 'else' follows no 'if'\n"
	  "t:1:24-26: ERROR: syntax error, a condition stands in parentheses\n"
	  "t:1:57-58: ERROR: syntax error, unexpected ';', expecting an expression\n" },
	{ "begin { while (1) f(); foo { a; b; } $z = ; }",
	  "t:1:19-20: ERROR: syntax error, the body of 'while' stands in braces\n"
	  "t:1:28-29: ERROR: syntax error, unexpected '{', expecting ';'\n"
	  "t:1:43-44: ERROR: syntax error, unexpected ';', expecting an expression\n" },
	{ "begin { typeof(x); }", "t:1:9-15: ERROR: syntax error, typeof() stands where a type is "
				  "needed or as the argument of a macro\n" },
	{ "struct x { int a;", "t:1:1-7: ERROR: this C definition has no closing '}'\n" },
	{ "begin { \302\247 $a = 1; \001 }", "t:1:9-11: ERROR: no program may contain '\302\247' "
					     "here\n" },
	{ "begin { let $x : int8[0]; $y.99999999999; }",
	  "t:1:23-24: ERROR: no array can have this size\n"
	  "t:1:30-41: ERROR: no tuple has that many elements\n" },
	{ "import \"x\"\nbegin { }",
	  "t:1:8-11: ERROR: syntax error, expecting ';' after '\"x\"'\n" },
	{ "config = { a 1; b = 2 }",
	  "t:1:14-15: ERROR: syntax error, unexpected '1', expecting '='\n" },
};

TEST(messages)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct parsed p;

		parse_bytes(&p, cases[i].text, strlen(cases[i].text));
		CHECK_EQ_STR(p.messages, cases[i].messages);
		if (strcmp(p.messages, cases[i].messages) != 0)
			fprintf(stderr, "\tfor %s\n", cases[i].text);
		done(&p);
	}
}

TEST(nul_bytes_are_reported_once)
{
	struct parsed p;

	parse_bytes(&p, "begin\0\0 { \0 }", 13);
	CHECK_EQ_STR(p.messages,
		     "t:1:6-7: ERROR: no program may contain a NUL byte: is t a script?\n");
	done(&p);
}

/* begin { HEAD unit*count TAIL } */
static void check_repeated(const char *head, const char *unit, size_t count, const char *tail,
			   bool is_good)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	struct parsed p;
	FILE *null = fopen("/dev/null", "w");

	strbuf_printf(&text, "begin { %s", head);
	for (size_t i = 0; i < count; i++)
		strbuf_add_text(&text, unit);
	strbuf_printf(&text, "%s }", tail);
	parse_bytes(&p, text.text, text.len);
	CHECK_EQ(p.d.error_count, is_good ? 0 : 1);
	CHECK(is_good || strstr(p.messages, "deep") || strstr(p.messages, "brackets") ||
	      strstr(p.messages, "in a row") || strstr(p.messages, "statements"));
	ast_print(null, p.program, &(struct ast_print_options){ 0 });
	fclose(null);
	done(&p);
}

TEST(depth_is_limited)
{
	check_repeated("$x = ", "- ", 150, "1;", true);
	check_repeated("$x = ", "- ", 300, "1;", false);
	check_repeated("$x = ", "- ", 300000, "1;", false);
	check_repeated("$x = ", "(", 300000, "1;", false);
	check_repeated("", "{", 300000, "", false);
	check_repeated("$x = ", "(int8)", 300, "1;", false);
	check_repeated("$x = ", "comptime ", 300, "1;", false);
	check_repeated("$x = ", "1 ? 2 : ", 300, "3;", false);
	check_repeated("$x", ".a", 300, ";", false);
	check_repeated("$x", "[1]", 300, ";", false);
	check_repeated("$x = ", "sizeof(typeof(", 300, "", false);
	check_repeated("", "if (1) { ", 300, "", false);
	check_repeated("", "if ", 300000, "", false);
}

TEST(chains_may_be_long)
{
	check_repeated("$x = ", "1 + ", 4000, "1;", true);
	check_repeated("$x = ", "1 + 2 * ", 4000, "1;", true);
	check_repeated("if 1 { }", "else if 1 { } ", 4000, "", true);
	check_repeated("$x = ", "1 + ", 6000, "1;", false);
	check_repeated("", "$x = 1; ", 9999, "", true);
	check_repeated("", "$x = 1; ", 100000, "", false);
	check_repeated("f(", "1, ", 100000, "1);", true);
}

TEST(places_cover_the_text)
{
	static const char text[] = "k:f /1/ { @a[1, 2] = (f(3) + $b.c); }";
	struct parsed p;
	struct ast_probe *probe;
	struct stmt *s;

	parse_bytes(&p, text, strlen(text));
	probe = p.program->probes.items[0];
	CHECK_EQ(probe->loc.start, 0);
	CHECK_EQ(probe->loc.end, strlen(text));
	CHECK_EQ(probe->head_loc.end, 3);
	CHECK_EQ(probe->predicate->loc.start, 5);
	s = probe->body->statements.items[0];
	CHECK_EQ(s->loc.start, 10);
	CHECK_EQ(s->loc.end, 34);
	CHECK_EQ(s->assign.target->loc.end, 18);
	CHECK_EQ(s->assign.target->map.key->loc.start, 13);
	CHECK_EQ(s->assign.target->map.key->loc.end, 17);
	CHECK_EQ(s->assign.value->loc.start, 21);
	CHECK_EQ(s->assign.value->binary.op_loc.start, 27);
	CHECK_EQ(s->assign.value->binary.right->member.name_loc.start, 32);
	CHECK_EQ(s->assign.value->binary.left->call.name_loc.end, 23);
	done(&p);
}
