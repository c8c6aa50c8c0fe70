/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions and raw tracepoints in BTF: what they are passed, as types and as C writes it.
 *
 * Tracing programs get arguments in words of 8 bytes, a struct by value in as many as it fills.
 * Function types that belong to a named function have names for their parameters.
 */
#include <errno.h>
#include <string.h>
#include "host/host_private.h"
#include "util/text.h"

/* A function type in its image. */
struct prototype {
	struct btf_image *image;
	const struct btf_type *record;
	uint32_t skipped; /* leading parameters that are not shown */
};

static const struct btf_param *parameter(const struct prototype *p, uint32_t i)
{
	return (const struct btf_param *)(p->record + 1) + p->skipped + i;
}

/* Without the `...` of a variadic function, which is a parameter of type 0. */
static uint32_t parameter_count(const struct prototype *p)
{
	uint32_t count = btf_vlen(p->record);

	if (count < p->skipped)
		return 0;
	count -= p->skipped;
	if (count && !parameter(p, count - 1)->type)
		count--;
	return count;
}

static bool is_prototype(struct btf_image *b, uint32_t id, struct prototype *out)
{
	const struct btf_type *t = btf_by_id(b, id);

	if (!t || btf_kind(t) != BTF_KIND_FUNC_PROTO)
		return false;
	*out = (struct prototype){ btf_home(b, id), t, 0 };
	return true;
}

/* --- as types -------------------------------------------------------------------------------- */

/* Bytes a value takes in its own type, at least; arguments fill whole words. */
static uint32_t argument_bytes(struct btf_image *b, uint32_t id)
{
	uint32_t bytes = ROUND_UP(btf_type_bytes(b, id), 8u);

	return MAX(bytes, 8u);
}

/* The parameters as a struct called name, made once. */
static const struct type *argument_struct(struct type_table *t, const char *name,
					  const struct prototype *p)
{
	struct type_struct *s = type_struct_find(t, name, false);
	uint32_t at = 0;

	if (s->is_complete)
		return type_struct(t, s, SPACE_CONTEXT);
	s->field_count = parameter_count(p);
	s->fields = ARENA_ARRAY(t->arena, struct field, s->field_count);
	for (uint32_t i = 0; i < s->field_count; i++) {
		const struct btf_param *param = parameter(p, i);
		struct field *f = &s->fields[i];

		f->name = arena_strdup(t->arena, btf_text(p->image, param->name_off));
		f->type = btf_to_type(p->image, t, param->type, SPACE_KERNEL);
		f->offset = at;
		at += argument_bytes(p->image, param->type);
	}
	s->size = at;
	s->align = 8;
	s->complete = NULL;
	s->is_complete = true;
	return type_struct(t, s, SPACE_CONTEXT);
}

/* --- as C ------------------------------------------------------------------------------------ */

typedef void argument_fn(const char *c_type, const char *name, void *context);

static void tell(struct btf_image *b, uint32_t type, const char *name, argument_fn *fn,
		 void *context)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;

	btf_spell(b, type, &text);
	fn(strbuf_text(&text), name, context);
}

static void each_argument(const struct prototype *p, argument_fn *fn, void *context)
{
	for (uint32_t i = 0; i < parameter_count(p); i++) {
		const struct btf_param *param = parameter(p, i);

		tell(p->image, param->type, btf_text(p->image, param->name_off), fn, context);
	}
}

/* --- functions ------------------------------------------------------------------------------- */

struct function_search {
	const char *name;
	struct btf_ref *out;
	uint32_t hits;
};

static int find_function(struct btf_image *b, void *context)
{
	struct function_search *s = context;
	uint32_t id;

	if (!btf_find(b, s->name, BTF_KIND_FUNC, &id) && !s->hits++)
		*s->out = (struct btf_ref){ b->module, id };
	return 0;
}

int host_function_btf(struct host *h, const char *module, const char *name, struct btf_ref *out)
{
	struct function_search s = { .name = name, .out = out };
	struct btf_image *b = btf_kernel(h);

	if (!b)
		return -ENODATA;
	if (!module || !strcmp(module, "*")) {
		find_function(b, &s);
		if (!s.hits)
			btf_each_module(h, find_function, &s);
	} else {
		if (!host_module_is_loaded(h, module))
			return -ENODEV;
		b = btf_of_module(h, module);
		if (!b)
			return -ENODATA;
		find_function(b, &s);
	}
	if (s.hits > 1)
		return -ENOTUNIQ;
	return s.hits ? 0 : -ENOENT;
}

static bool prototype_of(struct host *h, const struct btf_ref *f, struct prototype *out)
{
	struct btf_image *b = btf_of_module(h, f->module);
	const struct btf_type *t = b ? btf_by_id(b, f->id) : NULL;

	return t && btf_kind(t) == BTF_KIND_FUNC && is_prototype(b, t->type, out);
}

int host_function_types(struct host *h, struct type_table *t, const struct btf_ref *f,
			const struct type **args, const struct type **result)
{
	auto_strbuf struct strbuf name = STRBUF_INIT;
	struct btf_image *b;
	struct prototype p;

	if (!prototype_of(h, f, &p))
		return -ENOENT;
	b = btf_of_module(h, f->module);
	/* No C name has a blank, so no struct of the kernel's is called so. */
	strbuf_printf(&name, "args of %s", btf_text(b, btf_by_id(b, f->id)->name_off));
	if (b->base)
		strbuf_printf(&name, " [%s]", b->module);
	*args = argument_struct(t, name.text, &p);
	*result = p.record->type ? btf_to_type(p.image, t, p.record->type, SPACE_KERNEL) :
				   t->void_type;
	return 0;
}

int host_each_function_arg(struct host *h, const struct btf_ref *f, bool with_result,
			   argument_fn *fn, void *context)
{
	struct prototype p;

	if (!prototype_of(h, f, &p))
		return -ENOENT;
	each_argument(&p, fn, context);
	if (with_result && p.record->type)
		tell(p.image, p.record->type, "retval", fn, context);
	return 0;
}

/* --- raw tracepoints ------------------------------------------------------------------------- */

/* The function type of the tracepoint's iterator, whose parameters have names (since 5.10,
 * d25e37d89dd2). */
static bool find_named(struct btf_image *b, const char *event, struct prototype *out)
{
	auto_strbuf struct strbuf name = STRBUF_INIT;
	uint32_t id;

	strbuf_printf(&name, "__traceiter_%s", event);
	return !btf_find(b, name.text, BTF_KIND_FUNC, &id) &&
	       is_prototype(b, btf_by_id(b, id)->type, out);
}

/* What typedef btf_trace_EVENT points to. It always exists, but being a pointer's target it has no
 * names. */
static bool find_unnamed(struct btf_image *b, const char *event, struct prototype *out)
{
	auto_strbuf struct strbuf name = STRBUF_INIT;
	const struct btf_type *t;
	uint32_t id;

	strbuf_printf(&name, "btf_trace_%s", event);
	if (btf_find(b, name.text, BTF_KIND_TYPEDEF, &id))
		return false;
	t = btf_by_id(b, btf_skip_modifiers(b, id));
	return t && btf_kind(t) == BTF_KIND_PTR &&
	       is_prototype(b, btf_skip_modifiers(b, t->type), out);
}

/* The function type of a raw tracepoint without the leading context pointer. */
static bool trace_prototype(struct btf_image *b, const char *event, struct prototype *out)
{
	if (!b || (!find_named(b, event, out) && !find_unnamed(b, event, out)))
		return false;
	out->skipped = 1;
	return btf_vlen(out->record) > 0;
}

int host_raw_tracepoint_args(struct host *h, struct type_table *t, const char *module,
			     const char *event, const struct type **out)
{
	struct btf_image *b = btf_of_module(h, module);
	auto_strbuf struct strbuf name = STRBUF_INIT;
	struct prototype p;

	if (!trace_prototype(b, event, &p))
		return -ENOENT;
	strbuf_printf(&name, "rawtracepoint_%s", event);
	if (b->base)
		strbuf_printf(&name, " [%s]", b->module);
	*out = argument_struct(t, name.text, &p);
	return 0;
}

int host_each_raw_tracepoint_arg(struct host *h, const char *module, const char *event,
				 argument_fn *fn, void *context)
{
	struct prototype p;

	if (!trace_prototype(btf_of_module(h, module), event, &p))
		return -ENOENT;
	each_argument(&p, fn, context);
	return 0;
}

struct trace_search {
	const char *module, *pattern;
	int (*fn)(const char *module, const char *event, void *context);
	void *context;
};

static int offer_trace_typedef(struct btf_image *b, uint32_t id, const struct btf_type *t,
			       void *context)
{
	static const char prefix[] = "btf_trace_";
	struct trace_search *s = context;
	const char *name;

	(void)id;
	if (btf_kind(t) != BTF_KIND_TYPEDEF)
		return 0;
	name = btf_text(b, t->name_off);
	if (strncmp(name, prefix, sizeof(prefix) - 1))
		return 0;
	name += sizeof(prefix) - 1;
	return text_glob(s->pattern, name) ? s->fn(b->module, name, s->context) : 0;
}

static int search_image(struct btf_image *b, void *context)
{
	struct trace_search *s = context;
	struct prototype p;

	if (!text_glob(s->module, b->module))
		return 0;
	if (text_has_glob(s->pattern))
		return btf_each(b, offer_trace_typedef, s);
	return trace_prototype(b, s->pattern, &p) ? s->fn(b->module, s->pattern, s->context) : 0;
}

int host_each_raw_tracepoint(struct host *h, const char *module, const char *pattern,
			     int (*fn)(const char *module, const char *event, void *context),
			     void *context)
{
	struct trace_search s = { module, pattern, fn, context };
	struct btf_image *b = btf_kernel(h);
	struct prototype p;
	int stop;

	if (!b)
		return -ENOENT;
	stop = search_image(b, &s);
	/* Events have their names to themselves: modules are not read for one of the kernel's. */
	if (stop || !strcmp(module, b->module) ||
	    (!text_has_glob(pattern) && trace_prototype(b, pattern, &p)))
		return stop;
	return btf_each_module(h, search_image, &s);
}
