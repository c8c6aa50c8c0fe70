/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: lexer, parser and all passes up to the plan, on whatever bytes. No BPF is made or
 * loaded. The host (tracefs, BTF) is opened once and kept: it is a cache, not state.
 */
#include <string.h>
#include "compiler.h"

#define INPUT_MAX (1 << 16)

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
		.show_to = nowhere,
		.stop_after = "plan",
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
	diag_print(&diag, nowhere, &(struct diag_print_options){ 0 });
	free(object.bytes);
	arena_free(&arena);
	return 0;
}
