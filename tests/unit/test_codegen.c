/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code generation, judged by the kernel: every script here must compile, and load where BPF is
 * allowed (the verifier proves bounds, stack, references). What programs compute is tests/run/;
 * here is what cannot be seen from outside: what is left out, limits, and that time is linear.
 */
#include <linux/bpf.h>
#include <time.h>
#include "compiler.h"
#include "runtime/loader.h"
#include "unit/harness.h"

static struct host *host;

struct built {
	struct arena arena;
	struct diag diag;
	struct program program;
	struct bpf_object_bytes object;
	char *listing; /* -d bpf */
	int err;
};

static void build_with(struct built *b, const char *text, unsigned int relief)
{
	struct compiler_options options = { .show = 1u << STAGE_BPF, .sema.relief = relief };
	size_t len;

	if (!host)
		host = host_create();
	memset(b, 0, sizeof(*b));
	arena_init(&b->arena);
	diag_init(&b->diag, &b->arena);
	options.show_to = open_memstream(&b->listing, &len);
	struct source *source = source_create(&b->arena, "test", text, strlen(text));
	b->err = compile(&b->arena, &b->diag, host, source, &options, &b->program, &b->object);
	fclose(options.show_to);
}

static void build(struct built *b, const char *text)
{
	build_with(b, text, 0);
}

static void built_free(struct built *b)
{
	if (!b->err)
		program_free(&b->program);
	free(b->object.bytes);
	free(b->listing);
	arena_free(&b->arena);
}

static bool loads(const struct built *b)
{
	struct reporter reporter = { .program = &b->program };
	struct loader loader;

	if (host_missing_privilege())
		return true;
	int err = loader_init(&loader, &b->program, &b->object, host, &reporter, NULL, 0);
	loader_free(&loader);
	return !err;
}

static void expect_loads(const char *text, unsigned int relief)
{
	struct built b;

	build_with(&b, text, relief);
	bool is_good = !b.err && loads(&b);
	CHECK(is_good);
	if (!is_good) {
		fprintf(stderr, "does not load (relief %u): %s\n", relief, text);
		diag_print(&b.diag, stderr, &(struct diag_print_options){ 0 });
	}
	built_free(&b);
}

static const char *const scripts[] = {
	/* events */
	"begin { printf(\"%d %s %s\\n\", pid, comm, str(1)); exit(); }",
	"begin { printf(\"%d\", if (pid) { printf(\"x\"); 5 } else { 6 }); }",
	"begin { print((1, 2, \"x\")); print(5); time(); cat(\"/x\"); join(1); }",
	"begin { $a = 5; printf(\"%d %d\", $a / rand, $a % rand); }",
	/* maps */
	"begin { @ = 1; @s = \"abc\"; @k[1] = 2; @t = (1, \"x\"); @u[1, \"x\"] = @t; }",
	"begin { @x++; @y[1]++; @x += 5; @y[2] -= 1; $z = @x++; printf(\"%d %d\", $z, --@y[3]); }",
	"begin { @c = count(); @s = sum(-5); @m = min(3); @x = max(3); @a = avg(7); @t = stats(1);"
	" @h = hist(rand); @l = lhist(rand, 0, 10, 1); }",
	"begin { @c[1] = count(); @s[1] = sum(-5); @m[1] = min(3); @a[1] = avg(7);"
	" @h[1] = hist(rand, 5); @l[1] = lhist(rand, 0, 1000, 1); }",
	"begin { @c = count(); @a[1] = avg(-5); @m = min(2); @n = @m + @a[1];"
	" if (@c > 5) { exit() } }",
	"begin { @[str(1)] = count(); @b[str(2), 5] = 2; $s = str(3); @[$s] = count(); }",
	/* strings, tuples, arrays */
	"begin { $s = str(1); $t = str(2); if ($s == $t || comm == \"bash\") { @ = 1 } }",
	"begin { $x = (1, \"abc\", (int64)5); $y = (2, \"defghi\", 6); $x = $y;"
	" if ($x == $y) { @ = 1 } }",
	"begin { $a = (int8[8])pid; $i = rand; printf(\"%d %d\", $a[1], $a[$i]); }",
	"begin { $x = pid > 5 ? \"abc\" : \"defgh\"; print($x); $b = buf(1, rand); @b = $b; }",
	/* memory of others */
	"begin { $t = curtask; printf(\"%d %s\", $t.pid, $t.comm);"
	" @[$t.comm, $t.parent.pid] = 1; }",
	"begin { $p = (uint8 *)5; printf(\"%d %d\", *$p, $p[2]); $q = $p + 4; @ = *$q; }",
	"rawtracepoint:sched_switch { @[args.prev.pid, args.next.comm] = count(); }",
	"tracepoint:sched:sched_switch { printf(\"%s %d\", args.prev_comm, args.next_pid); }",
	"tracepoint:syscalls:sys_enter_openat { printf(\"%d %s\", args.dfd, str(args.filename)); }",
	"tracepoint:syscalls:sys_exit_read / args.ret > 0 / { @[comm] = hist(args.ret); }",
	/* control flow */
	"begin { $i = 0; while ($i < 10) { $i++; if ($i == 5) { continue }"
	" if ($i == 8) { break } } }",
	"begin { unroll (5) { @ = count(); } return; }",
	"begin { $sum = 0; for ($i : 0..10) { if ($i == 3) { continue } for ($j : 0..$i) {"
	" $sum += $j; if ($sum > 100) { return; } printf(\"%d %s\", $j, str($i)); } } @ = $sum; }",
	"begin { @m[1, \"a\"] = 5; @c[1] = count(); for ($kv : @m) { print($kv); for ($n : @c) {"
	" if ($n.1 > 5) { return; } @m[$n.0, $kv.0.1] = 1; } if (find(@m, (1, \"b\"), $v)) { break } } }",
	/* functions */
	"fn f($a : uint64, $s : string[16]) : string[16] { for ($i : 0..$a) { if ($i == 3) {"
	" return \"three\"; } } unroll (3) { printf(\"%s\", $s); } return $s; }"
	" fn g($a, $b, $c, $d, $e, $f, $t) { @ = count(); return ($t.0, f($a, $t.1)); }"
	" begin { print(g(1, 2, 3, 4, 5, 6, (7, comm))); } profile:hz:99 { print(f(pid, comm)); }",
	"profile:hz:99 / pid == 5 && comm != \"x\" / { @[cpu] = count(); printf(\"%d\", tid); }",
};

TEST(everything_loads)
{
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
		expect_loads(scripts[i], 0);
}

/* What is made for programs that were refused works for all. */
TEST(everything_loads_with_relief)
{
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		expect_loads(scripts[i], PROGRAM_RELIEF_STACK);
		expect_loads(scripts[i], PROGRAM_RELIEF_STACK | PROGRAM_RELIEF_LOOPS);
	}
}

static bool has(const struct built *b, const char *text)
{
	return b->listing && strstr(b->listing, text);
}

TEST(counting_needs_neither_ring_nor_scratch)
{
	struct built b;

	build(&b, "tracepoint:raw_syscalls:sys_enter { @ = count(); }");
	CHECK(!b.err);
	CHECK_EQ(b.program.scratch_slot_size, 0);
	CHECK_EQ(b.program.data_record_max, 0);
	CHECK(!has(&b, "call 131")); /* ringbuf_reserve */
	CHECK(!has(&b, "call 8\n")); /* get_smp_processor_id */
	built_free(&b);
}

TEST(strings_go_straight_to_the_record)
{
	struct built b;

	build(&b, "begin { printf(\"%s\", str(1)); }");
	CHECK(!b.err);
	CHECK_EQ(b.program.scratch_slot_size, 0);
	built_free(&b);
	build(&b, "begin { @[str(1)] = 1; }");
	CHECK_EQ(b.program.scratch_slot_size % 8, 0);
	CHECK(b.program.scratch_slot_size >= 1024);
	CHECK(program_find_role(&b.program, MAP_ROLE_SCRATCH) >= 0);
	built_free(&b);
}

TEST(resources_wait_for_the_predicate)
{
	struct built b;

	build(&b, "profile:hz:99 / pid == 5 / { printf(\"%s\", str(str(1))); }");
	CHECK(!b.err);
	const char *pid = strstr(b.listing, "call 14"), *cpu = strstr(b.listing, "call 8\n");
	CHECK(pid && cpu && pid < cpu);
	built_free(&b);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double time_for(unsigned int lines)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	struct built b;

	strbuf_add_text(&text, "begin {\n");
	for (unsigned int i = 0; i < lines; i++)
		strbuf_printf(&text, "printf(\"line %u %%d\\n\", pid);\n", i);
	strbuf_add_text(&text, "}\n");
	double start = seconds();
	build(&b, strbuf_text(&text));
	double used = seconds() - start;
	CHECK(!b.err);
	CHECK(loads(&b));
	built_free(&b);
	return used;
}

TEST(long_programs_take_linear_time)
{
	double some = time_for(1000), four_times = time_for(4000);

	CHECK(four_times < 8 * some);
	if (four_times >= 8 * some)
		fprintf(stderr, "%.2f s for 1000 lines, %.2f s for 4000\n", some, four_times);
}

TEST(too_long_a_branch_is_a_message)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	struct built b;

	strbuf_add_text(&text, "begin { if (pid) {");
	strbuf_add_repeat(&text, ' ', 1);
	for (unsigned int i = 0; i < 3000; i++)
		strbuf_add_text(&text, "printf(\"%d\", pid);");
	strbuf_add_text(&text, "} }");
	build(&b, strbuf_text(&text));
	CHECK(b.err);
	CHECK_EQ(b.diag.error_count, 1);
	built_free(&b);
}
