/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: the reader of C definitions, on whatever bytes: as one text, then line by line as the lines
 * of a script come. Afterwards everything that was defined is asked for. No header is opened; BTF is, once
 * and for all, and searched for a few inputs only, because that is slow.
 */
#include <string.h>
#include "cdef/cdef.h"

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

struct session {
	struct arena arena;
	struct diag diag;
	struct type_table types;
	struct cdef *c;
	struct source *source;
};

static void start(struct session *s, const uint8_t *bytes, size_t len)
{
	static const struct cdef_options options = { .has_no_files = true };

	arena_init(&s->arena);
	diag_init(&s->diag, &s->arena);
	type_table_init(&s->types, &s->arena);
	bool has_btf = len % 32 == 7;

	if (has_btf)
		host_provide_structs(host, &s->types);
	s->c = cdef_create(&s->arena, &s->diag, has_btf ? host : NULL, &s->types, &options);
	s->source = source_create(&s->arena, "fuzz", (const char *)bytes, len);
}

static void add(struct session *s, size_t from, size_t to)
{
	if (to > from)
		cdef_add(s->c, (struct loc){ s->source, (uint32_t)from, (uint32_t)to });
}

/* Every word of the text, as whatever it may have become. */
static void ask(struct session *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	const char *p = s->source->text, *end = p + s->source->len;
	const struct cdef_macro *m;
	const struct type *t;
	bool is_negative;
	uint64_t value;

	for (unsigned int words = 0; p < end && words < 64; words++) {
		size_t len = strspn(p, letters);
		const char *name = arena_strndup(&s->arena, p, len);

		m = len ? cdef_find_macro(s->c, name) : NULL;
		if (m) {
			cdef_macro_value(s->c, m, &value, &is_negative);
			cdef_macro_type(s->c, m);
		}
		for (enum cdef_tag tag = CDEF_TYPEDEF; len && tag <= CDEF_ENUM; tag++) {
			t = cdef_find_type(s->c, tag, name);
			if (t && type_complete(t) && type_size(t) > 1u << 30)
				abort();
		}
		cdef_find_enumerator(s->c, name, &value, &t);
		p += len ? len : 1;
	}
}

static void stop(struct session *s)
{
	cdef_finish(s->c);
	ask(s);
	diag_print(&s->diag, nowhere, &(struct diag_print_options){ 0 });
	cdef_destroy(s->c);
	type_table_free(&s->types);
	arena_free(&s->arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct session s;
	size_t from = 0;

	if (len > INPUT_MAX || memchr(bytes, '\0', len))
		return -1;
	start(&s, bytes, len);
	add(&s, 0, s.source->len);
	stop(&s);
	start(&s, bytes, len);
	for (size_t i = 0; i <= s.source->len; i++) { /* a mark of byte order is left out */
		if (i < s.source->len && s.source->text[i] != '\n')
			continue;
		add(&s, from, i);
		from = i + 1;
	}
	stop(&s);
	return 0;
}
