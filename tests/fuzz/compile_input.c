/* SPDX-License-Identifier: Apache-2.0 */
#include "compile_input.h"

#include <string.h>

#define INPUT_MAX (1 << 16) /* bytes */

FILE *compile_input_nowhere(void)
{
	static FILE *nowhere;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	return nowhere;
}

static struct host *the_host(void)
{
	static struct host *host;

	if (!host)
		host = host_create();
	return host;
}

bool compile_input(const uint8_t *bytes, size_t len, const struct compiler_options *options)
{
	struct bpf_object_bytes object = { 0 };
	struct program program;
	struct arena arena;
	struct diag diag;
	struct source *source;

	if (len > INPUT_MAX || memchr(bytes, '\0', len))
		return false;
	arena_init(&arena);
	diag_init(&diag, &arena);
	source = source_create(&arena, "fuzz", (const char *)bytes, len);
	if (!compile(&arena, &diag, the_host(), source, options, &program, &object))
		program_free(&program);
	else if (!diag.error_count)
		__builtin_trap();
	diag_print(&diag, compile_input_nowhere(), &(struct diag_print_options){ 0 });
	free(object.bytes);
	arena_free(&arena);
	return true;
}
