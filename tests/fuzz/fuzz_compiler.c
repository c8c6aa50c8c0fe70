/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: the whole compiler, from text to BPF instructions, on programs that a mutator
 * with the grammar in it makes (mutate.c). Nothing is loaded: tests/fuzz/verify does that.
 */
#include <string.h>
#include "compiler.h"

#define INPUT_MAX 4096

static struct host *host;
static FILE *nowhere;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	host = host_create();
	nowhere = fopen("/dev/null", "w");
	return 0;
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
			.config = small_config(),
			.c = { .has_no_files = true },
		},
		.show_to = nowhere,
	};
	struct bpf_object_bytes object = { 0 };
	struct program program;
	struct arena arena;
	struct diag diag;
	struct source *source;

	if (len > INPUT_MAX || memchr(bytes, '\0', len))
		return -1;
	arena_init(&arena);
	diag_init(&diag, &arena);
	source = source_create(&arena, "fuzz", (const char *)bytes, len);
	if (!compile(&arena, &diag, host, source, &options, &program, &object))
		program_free(&program);
	else if (!diag.error_count) /* a refusal without a reason */
		__builtin_trap();
	diag_print(&diag, nowhere, &(struct diag_print_options){ 0 });
	free(object.bytes);
	arena_free(&arena);
	return 0;
}
