/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions for fentry and fexit: those that are traceable and whose types are in BTF, and what
 * about a function's types trampolines cannot bear.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include "host/host_private.h"
#include "util/text.h"

#define ARGUMENTS_MAX	   12 /* MAX_BPF_FUNC_ARGS */
#define ARGUMENT_BYTES_MAX 16

/* --- whether there are any -------------------------------------------------------------------- */

/* Some kernels refuse them whoever asks, with EPERM, and some architectures have none. */
static bool load_trivial(uint32_t function)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;
	long fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_TRACING;
	attr.expected_attach_type = BPF_TRACE_FENTRY;
	attr.attach_btf_id = function;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = ARRAY_SIZE(insns);
	attr.license = (uintptr_t) "GPL";
	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd >= 0)
		close((int)fd);
	return fd >= 0;
}

bool host_has_trampolines(struct host *h)
{
	uint32_t id;

	if (h->trampolines == SUPPORT_UNTRIED) {
		bool has = !host_pretends_missing("fentry") &&
			   !host_btf_find(h, "vfs_read", BTF_KIND_FUNC, &id) && load_trivial(id);

		h->trampolines = has ? SUPPORT_IS_THERE : SUPPORT_IS_MISSING;
	}
	return h->trampolines == SUPPORT_IS_THERE;
}

/* --- obstacles -------------------------------------------------------------------------------- */

static bool is_struct(struct btf_image *b, uint32_t id)
{
	const struct btf_type *t = btf_by_id(b, btf_skip_modifiers(b, id));

	return t && (btf_kind(t) == BTF_KIND_STRUCT || btf_kind(t) == BTF_KIND_UNION);
}

/* The rules of btf_distill_func_proto(). Smaller structs are passed since 6.1 (720e6a435194), more than
 * six words on x86 since 6.7 (473e3150e30a): whether they are here, attaching tells. */
static const char *obstacle_of(struct btf_image *b, const struct btf_type *proto)
{
	const struct btf_param *params = (const struct btf_param *)(proto + 1);

	if (is_struct(b, proto->type))
		return "returns a struct";
	if (btf_vlen(proto) && !params[btf_vlen(proto) - 1].type)
		return "takes a variable number of arguments";
	if (btf_vlen(proto) > ARGUMENTS_MAX)
		return "takes more than 12 arguments";
	for (uint32_t i = 0; i < btf_vlen(proto); i++) {
		if (is_struct(b, params[i].type) &&
		    btf_type_bytes(b, params[i].type) > ARGUMENT_BYTES_MAX)
			return "takes a struct of more than 16 bytes by value";
	}
	return NULL;
}

const char *host_function_obstacle(struct host *h, const struct btf_ref *f)
{
	struct btf_image *b = btf_of_module(h, f->module);
	const struct btf_type *t = b ? btf_by_id(b, f->id) : NULL;
	const struct btf_type *proto = t ? btf_by_id(b, t->type) : NULL;

	return proto && btf_kind(proto) == BTF_KIND_FUNC_PROTO ? obstacle_of(b, proto) : NULL;
}

/* --- all functions ---------------------------------------------------------------------------- */

struct search {
	const char *module, *name;
	bool knows_traceable;
	struct strmap traceable; /* "module function", each until it was found */
	struct strmap seen;	 /* where it is not known what is traceable */
	int (*fn)(const struct btf_ref *f, const char *name, void *context);
	void *context;
};

static int note_traceable(const char *module, const char *name, void *context)
{
	struct search *s = context;
	auto_strbuf struct strbuf key = STRBUF_INIT;

	strbuf_printf(&key, "%s %s", module, name);
	strmap_set(&s->traceable, key.text, s);
	return 0;
}

/* Whether a function of BTF is wanted and has not been told yet: BTF may have several of a name. */
static bool is_new(struct search *s, const char *module, const char *name)
{
	auto_strbuf struct strbuf key = STRBUF_INIT;

	strbuf_printf(&key, "%s %s", module, name);
	if (s->knows_traceable && !strmap_get(&s->traceable, key.text))
		return false;
	if (strmap_get(&s->seen, key.text))
		return false;
	strmap_set(&s->seen, key.text, s);
	return true;
}

static int offer_function(struct btf_image *b, uint32_t id, const struct btf_type *t,
			  void *context)
{
	struct search *s = context;
	const char *name;

	if (btf_kind(t) != BTF_KIND_FUNC)
		return 0;
	name = btf_text(b, t->name_off);
	if (!text_glob(s->name, name) || !is_new(s, b->module, name))
		return 0;
	btf_remember(b, name, BTF_KIND_FUNC, id);
	return s->fn(&(struct btf_ref){ b->module, id }, name, s->context);
}

static int search_image(struct btf_image *b, void *context)
{
	struct search *s = context;

	return text_glob(s->module, b->module) ? btf_each(b, offer_function, s) : 0;
}

int host_each_traceable_btf(struct host *h, const char *module, const char *name,
			    int (*fn)(const struct btf_ref *f, const char *name, void *context),
			    void *context)
{
	struct search s = { .module = module, .name = name, .fn = fn, .context = context };
	struct btf_image *b = btf_kernel(h);
	int stop;

	if (!b)
		return -ENODATA;
	s.knows_traceable = host_each_traceable(h, module, name, note_traceable, &s) == 0;
	stop = search_image(b, &s);
	if (!stop && strcmp(module, b->module))
		stop = btf_each_module(h, search_image, &s);
	strmap_free(&s.traceable);
	strmap_free(&s.seen);
	return stop;
}
