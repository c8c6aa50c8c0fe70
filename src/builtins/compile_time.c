/* SPDX-License-Identifier: Apache-2.0 */
/* What is known when the script is compiled: settings, types of expressions, what the kernel has. */
#include "builtins/hooks.h"

static void fold_config(struct sema *s, struct expr **slot)
{
	*slot = sema_config_record(s, (*slot)->loc);
}

const struct builtin builtins_compile_time[] = {
	{ .name = "config", .signature = "?", .flags = BUILTIN_VARIABLE,
	  .help = "The settings, as a record: config.max_strlen.", .fold = fold_config },
	{ 0 },
};
