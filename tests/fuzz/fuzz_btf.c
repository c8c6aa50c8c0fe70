/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer target: damaged BTF in place of the kernel's. Everything that can be asked about the types is
 * asked: what they are in the language, their members, functions, tracepoints, definitions as C.
 *
 * The mutator changes single words of the type section, mostly to other type ids, kinds and counts, and
 * keeps the header true, because a file whose header lies is refused at once.
 */
#include <string.h>
#include <sys/mman.h>
#include "host/host_private.h"
#include "util/text.h"

#define INPUT_MAX (1 << 16)
#define TYPES_MAX 400 /* that are asked about */

static int fd = -1;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t len, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t len, size_t max, unsigned int seed);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[64];

	(void)argc;
	(void)argv;
	fd = memfd_create("btf", 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	setenv("BPFTRACE_BTF", path, 1);
	return 0;
}

/* --- questions -------------------------------------------------------------------------------- */

struct session {
	struct host *host;
	struct arena arena;
	struct type_table types;
	uint32_t left; /* members that are still asked about */
	size_t text;   /* bytes of C */
};

static void ask_member(struct session *s, const struct type *t, const struct field *f)
{
	struct field found;

	s->left -= s->left > 0;
	if (f->name && *f->name && !type_find_field(t, f->name, &found))
		abort();
	type_size(f->type);
	type_align(f->type);
}

static void ask_type(struct session *s, const struct type *t)
{
	while (t->kind == TYPE_POINTER || t->kind == TYPE_ARRAY)
		t = t->element;
	if (!strlen(t->spelling))
		abort();
	if (t->kind != TYPE_STRUCT || !type_complete(t))
		return;
	type_find_field(t, "no such member", &(struct field){ 0 });
	for (uint32_t i = 0; i < t->record->field_count && s->left; i++)
		ask_member(s, t, &t->record->fields[i]);
}

static void take_argument(const char *c_type, const char *name, void *context)
{
	struct session *s = context;

	s->text += strlen(c_type) + strlen(name);
}

static void ask_function(struct session *s, const char *name)
{
	const struct type *args, *result;
	struct btf_ref ref;

	if (host_function_btf(s->host, "vmlinux", name, &ref))
		return;
	if (!host_function_types(s->host, &s->types, &ref, &args, &result)) {
		ask_type(s, args);
		ask_type(s, result);
	}
	host_each_function_arg(s->host, &ref, true, take_argument, s);
}

static int ask_tracepoint(const char *module, const char *event, void *context)
{
	struct session *s = context;
	const struct type *args;

	if (!host_raw_tracepoint_args(s->host, &s->types, module, event, &args))
		ask_type(s, args);
	host_each_raw_tracepoint_arg(s->host, module, event, take_argument, s);
	return 0;
}

static int ask(struct btf_image *b, uint32_t id, const struct btf_type *t, void *context)
{
	const char *name = btf_text(b, t->name_off);
	struct session *s = context;
	uint32_t offset, size;
	uint64_t value;
	const struct type *type;

	ask_type(s, host_type_from_btf(s->host, &s->types, id, SPACE_KERNEL));
	if (btf_kind(t) == BTF_KIND_FUNC)
		ask_function(s, name);
	host_btf_member(s->host, name, "next", &offset, &size);
	host_enumerator(s->host, &s->types, name, &value, &type);
	return id > TYPES_MAX;
}

static void take_definition(const char *module, const char *name, const char *definition,
			    void *context)
{
	take_argument(module, name, context);
	take_argument(definition, "", context);
}

static void ask_all(struct session *s)
{
	struct btf_image *b = btf_kernel(s->host);
	const char *missing;

	if (b) {
		btf_each(b, ask, s);
		host_each_raw_tracepoint(s->host, "vmlinux", "*", ask_tracepoint, s);
		for (enum host_definition d = DEFINITION_STRUCT; d <= DEFINITION_ENUM; d++)
			host_each_definition(s->host, d, "*", true, take_definition, s);
		host_btf_nearest(s->host, BTF_KIND_STRUCT, "lits");
		host_enumerator_nearest(s->host, "GRENE");
		host_per_cpu_variable_near(s->host, "countr");
		host_is_kfunc(s->host, "work");
	}
	missing = host_btf_missing(s->host);
	if (!b && (!missing || !*missing))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct session s = { .host = host_create(), .left = 10000 };

	if (len > INPUT_MAX || ftruncate(fd, 0) || pwrite(fd, bytes, len, 0) != (ssize_t)len)
		return -1;
	arena_init(&s.arena);
	type_table_init(&s.types, &s.arena);
	host_provide_structs(s.host, &s.types);
	ask_all(&s);
	type_table_free(&s.types);
	arena_free(&s.arena);
	host_destroy(s.host);
	return 0;
}

/* --- mutator ---------------------------------------------------------------------------------- */

static uint32_t next_random(unsigned int *state)
{
	*state = *state * 1103515245 + 12345;
	return *state >> 8;
}

static uint32_t other_word(uint32_t word, unsigned int *state)
{
	switch (next_random(state) % 6) {
	case 0:
		return next_random(state) % 128; /* a type id, a small number */
	case 1:
		return word + (next_random(state) % 2 ? 1 : -1u);
	case 2: /* a kind */
		return (word & 0x80ffffff) | next_random(state) % 21 << 24;
	case 3: /* a count */
		return (word & 0xffff0000) | next_random(state) % 64;
	case 4:
		return word ^ 1u << next_random(state) % 32;
	default:
		return next_random(state) << 16 ^ next_random(state);
	}
}

static void mutate_words(uint8_t *bytes, size_t len, unsigned int *state)
{
	struct btf_header header;
	uint32_t count = 1 + next_random(state) % 4, word;

	memcpy(&header, bytes, sizeof(header));
	if (header.hdr_len + (uint64_t)header.type_off + header.type_len > len || header.type_len < 4)
		return;
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *at = bytes + header.hdr_len + header.type_off +
			      next_random(state) % (header.type_len / 4) * 4;

		memcpy(&word, at, sizeof(word));
		word = other_word(word, state);
		memcpy(at, &word, sizeof(word));
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t len, size_t max, unsigned int seed)
{
	unsigned int state = seed;

	if (len < sizeof(struct btf_header) || next_random(&state) % 8 == 0)
		return LLVMFuzzerMutate(bytes, len, max);
	mutate_words(bytes, len, &state);
	return len;
}
