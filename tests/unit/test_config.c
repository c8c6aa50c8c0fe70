/* SPDX-License-Identifier: Apache-2.0 */
/* The table of configuration variables: every row is whole, values of all kinds are read, names are
 * found in any form. */
#include "program/config.h"
#include "unit/harness.h"

TEST(rows_are_whole)
{
	struct config_values v;

	config_values_init(&v); /* stops at a default that its own row refuses */
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *k = &config_keys[i];

		CHECK(k->help && *k->help && k->initial);
		CHECK_EQ(config_find(k->name), i);
		CHECK_EQ(config_find(k->variable), i);
		CHECK(!config_find_old(k->name) && !config_is_environment_only(k->name));
		CHECK((k->kind == CONFIG_KIND_WORD) == (k->words != NULL));
	}
}

TEST(names_in_any_form)
{
	CHECK_EQ(config_find("BPFTRACE_MAX_STRLEN"), CONFIG_MAX_STRLEN);
	CHECK_EQ(config_find("bittern_Max_Strlen"), CONFIG_MAX_STRLEN);
	CHECK_EQ(config_find("strlen"), -1);
	CHECK_EQ_STR(config_find_old("BPFTRACE_STRLEN")->now, "max_strlen");
	CHECK(!config_find_old("unstable_macro")->now);
	CHECK(config_is_environment_only("BPFTRACE_BTF"));
	CHECK_EQ_STR(config_nearest("max_strlem"), "max_strlen");
}

TEST(values)
{
	struct config_values v;
	const char *why = NULL;

	config_values_init(&v);
	CHECK_EQ(config_number(&v, CONFIG_MAX_STRLEN), 1024);
	CHECK(!config_set_text(&v, CONFIG_MAX_STRLEN, "0x40", &why));
	CHECK_EQ(config_number(&v, CONFIG_MAX_STRLEN), 64);
	CHECK(config_set_text(&v, CONFIG_MAX_STRLEN, "0", &why));
	CHECK_EQ_STR(why, "too small");
	CHECK(config_set_text(&v, CONFIG_MAX_STRLEN, "much", &why));
	CHECK(!config_set_text(&v, CONFIG_PRINT_MAPS_ON_EXIT, "OFF", &why));
	CHECK_EQ(config_number(&v, CONFIG_PRINT_MAPS_ON_EXIT), 0);
	CHECK(!config_set_text(&v, CONFIG_UNSTABLE_TYPEINFO, "yes", &why));
	CHECK_EQ_STR(config_text(&v, CONFIG_UNSTABLE_TYPEINFO), "enable");
	CHECK(!config_set_text(&v, CONFIG_CACHE_USER_SYMBOLS, "per_program", &why));
	CHECK_EQ_STR(config_text(&v, CONFIG_CACHE_USER_SYMBOLS), "PER_PROGRAM");
	CHECK(config_set_text(&v, CONFIG_STACK_MODE, "PERF", &why)); /* exact */
	CHECK(config_set_text(&v, CONFIG_LICENSE, "gpl", &why));
	CHECK(!config_set_text(&v, CONFIG_STR_TRUNC_TRAILER, "", &why));
}

TEST(into_the_program)
{
	struct config_values v;
	struct program p;
	const char *why;

	config_values_init(&v);
	CHECK(!config_set_text(&v, CONFIG_STR_TRUNC_TRAILER, "~", &why));
	CHECK(!config_set_text(&v, CONFIG_LICENSE, "Dual MIT/GPL", &why));
	program_init(&p);
	CHECK_EQ_STR(program_string(&p, p.config.str_trunc_trailer), "..");
	config_apply(&v, &p);
	CHECK_EQ_STR(program_string(&p, p.config.str_trunc_trailer), "~");
	CHECK_EQ_STR(config_license(&p.config), "Dual MIT/GPL");
	program_free(&p);
}
