/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C types as format files spell them → types of the language: "unsigned long", "const char *",
 * "struct sock *", "enum x", "char [16]", names of typedefs.
 */
#include <ctype.h>
#include <string.h>
#include "host/host_private.h"

struct c_words {
	char base[128];		/* the words of the base type, one blank between */
	const char *tag;	/* "struct", "union", "enum" or NULL */
	uint32_t stars;
	bool is_array, is_function;
	uint32_t count;		/* of the array, 0: not a number */
};

static bool is_qualifier(const char *word, size_t len)
{
	static const char *const words[] = { "const", "volatile", "__user", "__rcu", "__percpu",
					     "__iomem", "restrict", "__restrict" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i]) == len && !memcmp(words[i], word, len))
			return true;
	}
	return false;
}

static void add_word(struct c_words *w, const char *word, size_t len)
{
	static const char *const tags[] = { "struct", "union", "enum" };
	size_t have = strlen(w->base);

	if (is_qualifier(word, len))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		if (strlen(tags[i]) == len && !memcmp(tags[i], word, len)) {
			w->tag = tags[i];
			return;
		}
	}
	if (have + len + 2 > sizeof(w->base))
		return;
	if (have)
		w->base[have++] = ' ';
	memcpy(w->base + have, word, len);
	w->base[have + len] = '\0';
}

static void split_words(const char *text, struct c_words *w)
{
	*w = (struct c_words){ 0 };
	while (*text) {
		const char *start = text;

		while (isalnum((unsigned char)*text) || *text == '_')
			text++;
		if (text != start) {
			add_word(w, start, (size_t)(text - start));
			continue;
		}
		if (*text == '[') {
			w->is_array = true;
			w->count = (uint32_t)strtoul(text + 1, NULL, 0);
			return;
		}
		w->stars += *text == '*';
		w->is_function |= *text == '(';
		text++;
	}
}

/* Integer types of several words: the words in any order decide. */
static const struct type *type_of_words(struct type_table *t, const char *base)
{
	unsigned int longs = 0, size = 4;
	bool is_signed = true;
	char copy[128], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", base);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (!strcmp(word, "unsigned"))
			is_signed = false;
		else if (!strcmp(word, "long"))
			longs++;
		else if (!strcmp(word, "short"))
			size = 2;
		else if (!strcmp(word, "char"))
			size = 1;
		else if (strcmp(word, "int") && strcmp(word, "signed"))
			return NULL;
	}
	return type_int(t, longs ? 8 : size, is_signed);
}

static const struct type *tagged_type(struct host *h, struct type_table *t,
				      const struct c_words *w, enum type_space space)
{
	uint32_t id;

	if (!strcmp(w->tag, "enum")) {
		if (host_btf_find(h, w->base, BTF_KIND_ENUM, &id))
			return NULL;
		return host_type_from_btf(h, t, id, space);
	}
	return type_struct(t, type_struct_find(t, w->base, !strcmp(w->tag, "union")), space);
}

static bool is_integer_size(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static const struct type *base_type(struct host *h, struct type_table *t,
				    const struct c_words *w, uint32_t size, bool is_signed,
				    enum type_space space)
{
	const struct type *type = NULL;
	uint32_t id;

	if (w->tag)
		type = tagged_type(h, t, w, space);
	else if (strchr(w->base, ' '))
		type = type_of_words(t, w->base);
	else
		type = type_builtin(t, w->base);
	if (type)
		return type;
	/* A name whose size and sign are known needs no search in BTF. */
	if (!w->stars && !w->is_array && is_integer_size(size))
		return type_int(t, size, is_signed);
	if (!w->tag && !host_btf_find(h, w->base, BTF_KIND_TYPEDEF, &id))
		return host_type_from_btf(h, t, id, space);
	return NULL;
}

static const struct type *array_type(struct type_table *t, const struct c_words *w,
				     const struct type *element, uint32_t size)
{
	uint32_t bytes = type_size(element), count = w->count;

	/* The number may be a macro, or stand in a sum: the size of all is certain. */
	if (size && bytes)
		count = size / bytes;
	if (!w->stars && !strcmp(w->base, "char") && count)
		return type_string(t, count);
	return type_array(t, element, count);
}

const struct type *host_type_from_c(struct host *h, struct type_table *t, const char *c_type,
				    uint32_t size_bytes, bool is_signed, enum type_space space)
{
	struct c_words w;
	const struct type *type;

	split_words(c_type, &w);
	if (w.is_function)
		return type_pointer(t, t->function_type, space);
	type = base_type(h, t, &w, size_bytes, is_signed, space);
	if (!type && w.stars)
		type = t->void_type;
	for (uint32_t i = 0; type && i < w.stars; i++)
		type = type_pointer(t, type, space);
	if (!type)
		return NULL;
	if (w.is_array)
		return array_type(t, &w, type, size_bytes);
	/* The file's size and sign say more than a name: args of system calls are 8 bytes each. */
	if (type->kind == TYPE_INT && is_integer_size(size_bytes))
		return type_int(t, size_bytes, is_signed);
	return type;
}
