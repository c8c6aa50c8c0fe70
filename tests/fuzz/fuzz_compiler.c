/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: the whole compiler, from text to BPF instructions, on programs that a mutator
 * with the grammar in it makes (mutate.c). Nothing is loaded: tests/fuzz/verify does that.
 */
#include "compile_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
const char *__asan_default_options(void);

/* What LLVM leaves behind when it gives up on a program (too large a jump) is not ours to free; the
 * fuzzer of the front end looks for leaks. */
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* Wildcards: a few probes are as good as many. */
static const struct config_values *small_config(void)
{
	static struct config_values values;

	config_values_init(&values);
	values.numbers.max_probes = values.numbers.max_bpf_progs = 20;
	return &values;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const parameters[] = { "5", "text" };
	const struct compiler_options options = {
		.sema = {
			.parameters = parameters,
			.parameter_count = 2,
			.allow_unsafe = true,
			.reports_quiet = len & 1,
			.c = { .has_no_files = true },
			.config = small_config(),
		},
		.show_to = compile_input_nowhere(),
	};

	return compile_input(bytes, len, &options) ? 0 : -1;
}
