/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's BPF iterators: what can be walked by programs of type BPF_TRACE_ITER.
 *
 * Each has a function `bpf_iter_NAME` that programs are loaded for, and a struct `bpf_iter__NAME`, which is
 * their context. Its members that are pointers sit in anonymous unions, which make them 8 bytes
 * everywhere. Modules cannot add iterators: what registers them is not exported to them.
 */
#include <errno.h>
#include <string.h>
#include "host/host_private.h"
#include "util/text.h"

#define STRUCT_PREFIX	"bpf_iter__"
#define FUNCTION_PREFIX "bpf_iter_"

bool host_has_iterator(struct host *h, const char *name)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	uint32_t id;

	strbuf_printf(&text, STRUCT_PREFIX "%s", name);
	if (host_btf_find(h, text.text, BTF_KIND_STRUCT, &id))
		return false;
	strbuf_clear(&text);
	strbuf_printf(&text, FUNCTION_PREFIX "%s", name);
	return !host_btf_find(h, text.text, BTF_KIND_FUNC, &id);
}

struct names VEC_OF(const char *);

static int note_struct(struct btf_image *b, uint32_t id, const struct btf_type *t, void *context)
{
	struct names *names = context;
	const char *name = btf_text(b, t->name_off);

	(void)id;
	if (btf_kind(t) == BTF_KIND_STRUCT && text_starts_with(name, STRUCT_PREFIX))
		vec_push(names, name + strlen(STRUCT_PREFIX));
	return 0;
}

int host_each_iterator(struct host *h, const char *pattern,
		       int (*fn)(const char *name, void *context), void *context)
{
	struct names names = { 0 };
	int stop = 0;

	if (!btf_kernel(h))
		return -ENOENT;
	btf_each(btf_kernel(h), note_struct, &names);
	for (size_t i = 0; i < names.count && !stop; i++) {
		if (text_glob(pattern, names.items[i]) && host_has_iterator(h, names.items[i]))
			stop = fn(names.items[i], context);
	}
	vec_free(&names);
	return stop;
}

typedef void member_fn(const char *c_type, const char *name, void *context);

/* Of a union the first named member counts: the others are there for its size. */
static void each_member(struct btf_image *b, uint32_t id, member_fn *fn, void *context)
{
	const struct btf_type *t = btf_by_id(b, btf_skip_modifiers(b, id));
	bool is_union = t && btf_kind(t) == BTF_KIND_UNION;

	if (!t || (!is_union && btf_kind(t) != BTF_KIND_STRUCT))
		return;
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = (const struct btf_member *)(t + 1) + i;
		const char *name = btf_text(b, m->name_off);
		auto_strbuf struct strbuf type = STRBUF_INIT;

		if (!*name) {
			each_member(b, m->type, fn, context);
		} else {
			btf_spell(b, m->type, &type);
			fn(strbuf_text(&type), name, context);
		}
		if (is_union)
			return;
	}
}

void host_each_iterator_member(struct host *h, const char *name, member_fn *fn, void *context)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	uint32_t id;

	strbuf_printf(&text, STRUCT_PREFIX "%s", name);
	if (!host_btf_find(h, text.text, BTF_KIND_STRUCT, &id))
		each_member(btf_kernel(h), id, fn, context);
}
