/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All built-ins: the groups in the order in which they are listed, look-up by name, and the names
 * that are still to come.
 *
 * arg0, arg1, … are one row, found under any number. What the library defines (src/stdlib) has no row,
 * since pass "macros" replaces it, but is suggested like one.
 */
#include <string.h>
#include "builtins/hooks.h"
#include "stdlib/stdlib.h"
#include "util/text.h"

static const struct {
	const char *name;
	const struct builtin *rows;
} groups[] = {
	{ "task", builtins_task },
	{ "arguments", builtins_args },
	{ "time", builtins_time },
	{ "aggregation", builtins_aggregation },
	{ "time series", builtins_tseries },
	{ "printing", builtins_printing },
	{ "debugging", builtins_debugf },
	{ "maps", builtins_maps },
	{ "text", builtins_text },
	{ "search", builtins_search },
	{ "parts", builtins_parts },
	{ "patterns", builtins_patterns },
	{ "ledger", builtins_lost },
	{ "names of numbers", builtins_number_names },
	{ "bytes", builtins_bytes },
	{ "address", builtins_address },
	{ "control", builtins_control },
	{ "signals", builtins_signals },
	{ "control groups", builtins_cgroups },
	{ "symbols", builtins_symbols },
	{ "stacks", builtins_stacks },
	{ "registers", builtins_registers },
	{ "functions of the kernel", builtins_kfuncs },
	{ "tracing", builtins_tracing },
	{ "compile time", builtins_compile_time },
	{ "kernel facts", builtins_kernel_facts },
	{ "packets", builtins_packets },
};

/* Names of spec builtins.md without a row yet. */
static const char *const planned[] = {
	"dw_ustack", "elf_info", "elf_is_exe", "uaddr",
};

static bool is_argument_name(const char *name)
{
	return text_starts_with(name, "arg") && name[3] &&
	       !name[3 + strspn(name + 3, "0123456789")];
}

/* Names under which a macro that replaces one of these still reaches it. */
static const char *without_prefix(const char *name)
{
	static const char prefix[] = "__builtin_";
	static const char *const names[] = {
		"comm", "cpid", "cpu", "dw_ustack", "elapsed", "func", "ncpus", "probe", "retval",
		"usermode",
	};

	if (!text_starts_with(name, prefix))
		return name;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(names[i], name + sizeof(prefix) - 1))
			return names[i];
	}
	return name;
}

const struct builtin *builtin_find(const char *name)
{
	name = without_prefix(name);
	if (is_argument_name(name))
		name = "arg0";
	for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
		for (const struct builtin *b = groups[g].rows; b->name; b++) {
			if (!strcmp(b->name, name))
				return b;
		}
	}
	return NULL;
}

const char *builtin_nearest(const char *name)
{
	struct text_nearest nearest;

	text_nearest_init(&nearest, name);
	for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
		for (const struct builtin *b = groups[g].rows; b->name; b++)
			text_nearest_offer(&nearest, b->name);
	}
	for (size_t i = 0; i < stdlib_macro_count; i++)
		text_nearest_offer(&nearest, stdlib_macros[i].name);
	return nearest.best;
}

bool builtin_is_planned(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(planned); i++) {
		if (!strcmp(planned[i], name))
			return true;
	}
	return false;
}

void builtin_each(void (*fn)(const struct builtin *b, const char *group, void *context),
		  void *context)
{
	for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
		for (const struct builtin *b = groups[g].rows; b->name; b++)
			fn(b, groups[g].name, context);
	}
}
