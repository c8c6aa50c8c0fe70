/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: lexer, parser and all passes up to the plan, on whatever bytes. No BPF is made or
 * loaded. */
#include "compile_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const parameters[] = { "5", "text" };
	const struct compiler_options options = {
		.sema = {
			.parameters = parameters,
			.parameter_count = 2,
			.allow_unsafe = len & 1,
			.c = { .has_no_files = true },
		},
		.show = 1u << STAGE_AST | 1u << STAGE_TYPES | 1u << STAGE_PLAN,
		.show_to = compile_input_nowhere(),
		.stop_after = "plan",
	};

	return compile_input(bytes, len, &options) ? 0 : -1;
}
