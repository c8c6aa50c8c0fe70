/* SPDX-License-Identifier: Apache-2.0 */
/* The passes as a whole: their table, bodies, limits, the plan, and time linear in the script. */
#include <linux/bpf.h>
#include <time.h>
#include "unit/compile.h"

TEST(passes_find_their_facts)
{
	unsigned int facts = 1u << 0 | 1u << 10; /* parsed, faultless */

	for (const struct sema_pass *p = sema_passes; p->name; p++) {
		CHECK_EQ(p->needs & ~facts, 0);
		CHECK(p->gives && !(p->gives & facts));
		CHECK(p->help && *p->help);
		facts |= p->gives;
	}
}

TEST(a_program_without_probes_is_refused)
{
	expect_message("", "empty-program", true);
	expect_message("// nothing\n", "empty-program", true);
}

TEST(probes_of_one_treatment_share_a_function)
{
	struct compiled c;

	compile_text(&c, "interval:s:1, interval:s:2, profile:hz:99 { @ = count(); } "
			 "begin, end { print(1); }", "plan", NULL);
	CHECK(!c.err);
	CHECK_EQ(c.program.functions.count, 2);
	CHECK_EQ(c.program.probes.count, 5);
	compiled_free(&c);
}

TEST(a_body_that_reads_its_name_is_one_function_per_probe)
{
	struct compiled c;

	compile_text(&c, "interval:s:1, interval:s:2 { @[probe] = count(); }", "plan", NULL);
	CHECK(!c.err);
	CHECK_EQ(c.program.functions.count, 2);
	compiled_free(&c);
}

TEST(maps_are_stored_as_their_use_demands)
{
	static const struct {
		const char *name;
		uint32_t bpf_type, value_size;
	} wanted[] = {
		{ "@scalar", BPF_MAP_TYPE_ARRAY, 16 },
		{ "@total", BPF_MAP_TYPE_PERCPU_ARRAY, 16 },
		{ "@keyed", BPF_MAP_TYPE_HASH, 1 },
		{ "@counts", BPF_MAP_TYPE_PERCPU_HASH, 8 },
		{ "@least", BPF_MAP_TYPE_PERCPU_HASH, 16 },
	};
	struct compiled c;

	compile_text(&c, "begin { @scalar = 1; @total = sum(5); @keyed[1] = 1; "
			 "@counts[2] = count(); @least[3] = min(4); }", "plan", NULL);
	CHECK(!c.err);
	for (size_t i = 0; !c.err && i < ARRAY_SIZE(wanted); i++) {
		const struct program_map *m = &c.program.maps.items[i];

		CHECK_EQ_STR(program_string(&c.program, m->name), wanted[i].name);
		CHECK_EQ(m->bpf_type, wanted[i].bpf_type);
		CHECK_EQ(m->value_size, wanted[i].value_size);
	}
	CHECK(program_find_role(&c.program, MAP_ROLE_GLOBALS) >= 0);
	CHECK(program_find_role(&c.program, MAP_ROLE_RINGS) < 0);
	compiled_free(&c);
}

TEST(rings_exist_only_for_records)
{
	struct compiled c;

	compile_text(&c, "begin { print(1); }", "plan", NULL);
	CHECK(program_find_role(&c.program, MAP_ROLE_RINGS) >= 0);
	CHECK(program_find_role(&c.program, MAP_ROLE_CONTROL) < 0);
	CHECK(c.program.data_record_max >= 24);
	compiled_free(&c);
	compile_text(&c, "begin { exit(); }", "plan", NULL);
	CHECK(program_find_role(&c.program, MAP_ROLE_RINGS) < 0);
	CHECK(program_find_role(&c.program, MAP_ROLE_CONTROL) >= 0);
	compiled_free(&c);
}

TEST(limits_are_checked)
{
	struct config_values config;
	const struct sema_options options = { .config = &config };
	struct compiled c;

	config_values_init(&config);
	config.numbers.max_bpf_progs = 1;
	compile_text(&c, "begin { } end { }", "check", &options);
	CHECK(c.err && strstr(c.messages, "too-many-programs"));
	compiled_free(&c);
	config.numbers.max_bpf_progs = 10;
	config.numbers.max_strlen = 16;
	compile_text(&c, "begin { print(\"0123456789012345\"); printf(\"0123456789012345\"); }",
		     "check", &options);
	CHECK_EQ(c.diag.error_count, 1);
	CHECK(strstr(c.messages, "string-too-long"));
	compiled_free(&c);
}

TEST(unsafe_functions_need_permission)
{
	const struct sema_options allowed = { .allow_unsafe = true };
	struct compiled c;

	expect_message("begin { system(\"true\"); }", "unsafe-function", true);
	compile_text(&c, "begin { system(\"true\"); }", "check", &allowed);
	CHECK(!c.err);
	compiled_free(&c);
}

static double seconds_for(unsigned int lines, const char *format)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	struct timespec start, end;
	struct compiled c;

	strbuf_add_text(&text, "begin { @c = 1;\n");
	for (unsigned int i = 0; i < lines; i++)
		strbuf_printf(&text, format, i, i + 1);
	strbuf_add_text(&text, "}\n");
	clock_gettime(CLOCK_MONOTONIC, &start);
	compile_text(&c, text.text, "check", NULL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	compiled_free(&c);
	return (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
}

TEST(long_scripts_take_linear_time)
{
	static const char *const formats[] = {
		"$v%u = pid + %u; @c += 1;\n",
		"@a%u = @a%u;\n", /* each type follows from the next line */
		"printf(\"%u %%d\\n\", %u);\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		CHECK(seconds_for(4000, formats[i]) < 4);
}
