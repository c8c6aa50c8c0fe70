/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of the front end: a script compiled up to a pass, with what was dumped and reported. */
#ifndef BITTERN_TESTS_UNIT_COMPILE_H
#define BITTERN_TESTS_UNIT_COMPILE_H

#include "compiler.h"
#include "unit/harness.h"

struct compiled {
	struct arena arena;
	struct diag diag;
	struct program program;
	int err;
	char *types;	/* -d types; owned */
	char *messages; /* owned */
};

static struct host *test_host;

static inline void compile_text(struct compiled *c, const char *text, const char *stop_after,
				const struct sema_options *sema)
{
	struct bpf_object_bytes object;
	struct compiler_options options = { .show = 1u << STAGE_TYPES, .stop_after = stop_after };
	struct source *source;
	size_t len;
	FILE *f;

	if (!test_host)
		test_host = host_create();
	if (sema)
		options.sema = *sema;
	memset(c, 0, sizeof(*c));
	arena_init(&c->arena);
	diag_init(&c->diag, &c->arena);
	source = source_create(&c->arena, "test", text, strlen(text));
	options.show_to = open_memstream(&c->types, &len);
	c->err = compile(&c->arena, &c->diag, test_host, source, &options, &c->program, &object);
	fclose(options.show_to);
	f = open_memstream(&c->messages, &len);
	diag_print(&c->diag, f, &(struct diag_print_options){ .show_ids = true });
	fclose(f);
}

static inline void compiled_free(struct compiled *c)
{
	if (!c->err)
		program_free(&c->program);
	free(c->types);
	free(c->messages);
	arena_free(&c->arena);
}

/* The script compiles up to pass "check" and its types contain a line. */
static inline void expect_types(const char *text, const char *wanted)
{
	struct compiled c;

	compile_text(&c, text, "check", NULL);
	CHECK(!c.err && strstr(c.types, wanted));
	if (c.err || !strstr(c.types, wanted))
		fprintf(stderr, "%s\nhas no line '%s' but:\n%s%s", text, wanted, c.types,
			c.messages);
	compiled_free(&c);
}

/* The script is refused, or warned of, with a message of this id. */
static inline void expect_message(const char *text, const char *id, bool is_error)
{
	struct compiled c;
	auto_free char *wanted = NULL;

	if (asprintf(&wanted, "[%s]", id) < 0)
		return;
	compile_text(&c, text, "check", NULL);
	CHECK((c.err != 0) == is_error && strstr(c.messages, wanted));
	if ((c.err != 0) != is_error || !strstr(c.messages, wanted))
		fprintf(stderr, "%s\ngives no %s but:\n%s", text, id, c.messages);
	compiled_free(&c);
}

#endif
