/* SPDX-License-Identifier: Apache-2.0 */
/* Types of variables and maps: the rows of spec language.md Appendix B and §6.4, and that the
 * order of a script does not matter. */
#include "unit/compile.h"

static const struct {
	const char *body, *type;
} typed[] = {
	{ "$a = 5;", "$a : int8" },
	{ "$a = 5; $a = 300;", "$a : int16" },
	{ "$a = (uint8)1; $a = 200;", "$a : uint8" },
	{ "$a = (uint8)1; $a = 300;", "$a : uint16" },
	{ "$a = (uint8)1; $a = -1;", "$a : int16" },
	{ "$a = (uint32)1; $a = (int32)1;", "$a : int64" },
	{ "$a = (int32)1; $a = (uint8)1;", "$a : int32" },
	{ "$a = (uint64)1; $a = (int8)1;", "$a : int64" },
	{ "$a = 200; $b = (uint8)1; $b = $a;", "$b : int16" },
	{ "let $a: uint16 = (uint16)-1;", "$a : uint16" },
	{ "$x = pid - 1;", "$x : int64" },
	{ "$x = pid + 1;", "$x : uint64" },
	{ "$x = nsecs / 1000;", "$x : uint64" },
	{ "$x = pid << 2;", "$x : uint64" },
	{ "$x = -pid;", "$x : uint64" },
	{ "$x = ~(int32)pid;", "$x : int64" },
	{ "$x = pid == 1;", "$x : bool" },
	{ "$x = pid && tid;", "$x : bool" },
	{ "$x = (pid == 1) & (tid == 1);", "$x : bool" },
	{ "$t = (1, \"a\"); $t = (1000, \"abc\");", "$t : (int16,string[4])" },
	{ "@c = count(); $v = @c;", "$v : uint64" },
	{ "@c = count();", "@c : count_t" },
	{ "@b = 0; @a = count(); @b = @a;", "@b : uint64" },
	{ "@a = count(); @b = @a; @b = 0;", "@b : uint64" },
	{ "@x[1, \"a\"] = 1; @x[(2, \"bcd\")] = 2;", "@x[(int8,string[4])] : int8" },
	{ "$s = \"abc\"; $s = \"defgh\";", "$s : string[6]" },
	{ "$x = (int8[4])0x01020304;", "$x : int8[4]" },
	{ "$x = (uint8[])pid;", "$x : uint8[4]" },
	{ "$x = (int8[4])1; $y = $x[0];", "$y : int8" },
	{ "$x = comm[0];", "$x : int8" },
	{ "@x++;", "@x : int64" },
	{ "@x += 5;", "@x : int64" },
	{ "@x += (uint64)5;", "@x : uint64" },
	{ "$x = 0; $x++;", "$x : int64" },
	{ "let $x: uint8; $x++;", "$x : uint8" },
	{ "@x = sum(pid);", "@x : usum_t" },
	{ "@x = sum(5); @x = sum(pid);", "@x : sum_t" },
	{ "@x = max((int32)pid);", "@x : max_t" },
	{ "@x = stats(-1);", "@x : stats_t" },
	{ "$x = pid ? 1 : 300;", "$x : int16" },
	{ "$x = if (pid) { 1 } else { 70000 };", "$x : int32" },
	{ "$x = { $y = 1; $y + 1 };", "$x : int64" },
	{ "for ($i : 0..1000) { print($i); }", "$i : int16" },
	{ "$n = (uint8)5; for ($i : 1..$n) { print($i); }", "$i : uint8" },
	{ "let $x : string = \"ab\"; $x = \"abcd\";", "$x : string[5]" },
	{ "$x = (username_t)uid;", "$x : username_t" },
	{ "$p = (int32 *)0; $q = *$p;", "$q : int32" },
	{ "$p = (int32 *)0; $q = $p + 1;", "$q : int32 *" },
	{ "$p = (int32 *)0; $q = $p[2];", "$q : int32" },
	{ "$q = *pid;", "$q : uint64" },
	{ "$a = (); $b = (1,);", "$a : ()" },
};

TEST(variables_and_maps_have_their_types)
{
	for (size_t i = 0; i < ARRAY_SIZE(typed); i++) {
		auto_free char *text = NULL;

		CHECK(asprintf(&text, "begin { %s }", typed[i].body) > 0);
		expect_types(text, typed[i].type);
	}
}

TEST(order_does_not_matter)
{
	expect_types("begin { $x = @a; @b = $x; } end { @a = 5; @a = (uint8)1; }", "@b : uint8");
	expect_types("begin { @a = 5; @a = (uint8)1; } end { $x = @a; @b = $x; }", "@b : uint8");
	expect_types("begin { @a = (uint8)1; @a = 5; } end { $x = @a; @b = $x; }", "@b : uint8");
	expect_types("begin { @a = 1; } end { @a = 100000; }", "@a : int32");
	expect_types("begin { @a = 100000; } end { @a = 1; }", "@a : int32");
}

static const struct {
	const char *body, *id;
	bool is_error;
} reported[] = {
	{ "let $a: uint16 = -1;", "literal-range", true },
	{ "@a = count(); @b = @a;", "aggregation-copy", true },
	{ "@h = hist(1); $x = @h;", "aggregation-read", true },
	{ "@h[1] = hist(1); print(@h[1]);", "not-printable", true },
	{ "@x[1] = 1; @x[\"a\"] = 1;", "map-key-mismatch", true },
	{ "@x = 1; @x[1] = 2;", "scalar-keyed", true },
	{ "@a = count(); @a = 5;", "map-value-mismatch", true },
	{ "@a = hist(1); @a = hist(1, 2);", "map-value-mismatch", true },
	{ "$a = @b; @b = @a; @a = $a;", "unresolved-type", true },
	{ "$x = 1; $y = $x[0];", "bad-index", true },
	{ "$x = (int8[4])1; $i = 1; print($x[$i]);", "bad-index", true },
	{ "$x = (void *)1; print(*$x);", "bad-dereference", true },
	{ "print(1 - (int8 *)0);", "type-mismatch", true },
	{ "print((int8 *)0 && 1);", "type-mismatch", true },
	{ "if (1) { $x = 1; } print($x);", "undefined-variable", true },
	{ "$x = clear(@m); @m = 1;", "no-value", true },
	{ "let $a: uint8 = 1; $a = (uint64)5;", "lossy-conversion", false },
	{ "$a = (uint64)1; $a = (int8)-1;", "lossy-conversion", false },
	{ "$a = (int32)1; print($a / (uint64)2);", "signed-division", false },
	{ "$a = (uint8)1; print((uint8)$a);", "unnecessary-cast", false },
	{ "print((int8 *)1 == (int16 *)2);", "pointer-comparison", false },
};

TEST(mistakes_with_types_are_reported)
{
	for (size_t i = 0; i < ARRAY_SIZE(reported); i++) {
		auto_free char *text = NULL;

		CHECK(asprintf(&text, "begin { %s }", reported[i].body) > 0);
		expect_message(text, reported[i].id, reported[i].is_error);
	}
}

TEST(one_mistake_is_one_message)
{
	struct compiled c;

	compile_text(&c, "begin { $x = nothing; $y = $x + 1; @m[$y] = $x; if ($y) { print($y); } }",
		     "check", NULL);
	CHECK_EQ(c.diag.error_count, 1);
	compiled_free(&c);
}

TEST(several_stages_report_together)
{
	struct compiled c;

	compile_text(&c, "begin { print($undefined); frob(); @x = 1; @x = \"text\"; break; }",
		     "check", NULL);
	CHECK_EQ(c.diag.error_count, 4);
	compiled_free(&c);
}
