/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Global functions of a compiled BPF object, from its own BTF. Their types are few: what a register
 * holds. Structs behind pointers are known by name, which the kernel's BTF or the script fills in.
 */
#include <bpf/btf.h>
#include <errno.h>
#include "host/host.h"

#define MAX_DEPTH 8

static const struct type *convert(struct type_table *t, const struct btf *btf, uint32_t id,
				  int depth);

static const struct type *pointee(struct type_table *t, const struct btf *btf, uint32_t id,
				  int depth)
{
	const struct btf_type *record = btf__type_by_id(btf, id);

	while (record && (btf_is_mod(record) || btf_is_typedef(record)))
		record = btf__type_by_id(btf, record->type);
	if (record && (btf_is_composite(record) || btf_is_fwd(record))) {
		bool is_union = btf_is_fwd(record) ? btf_kflag(record) : btf_is_union(record);
		const char *name = btf__name_by_offset(btf, record->name_off);

		return *name ? type_struct(t, type_struct_find(t, name, is_union), SPACE_UNKNOWN) :
			       t->void_type;
	}
	return convert(t, btf, id, depth) ?: t->void_type;
}

/* NULL: nothing that a register holds. */
static const struct type *convert(struct type_table *t, const struct btf *btf, uint32_t id,
				  int depth)
{
	const struct btf_type *record = id ? btf__type_by_id(btf, id) : NULL;

	if (!id)
		return t->void_type;
	while (record && (btf_is_mod(record) || btf_is_typedef(record)))
		record = record->type ? btf__type_by_id(btf, record->type) : NULL;
	if (!record || depth > MAX_DEPTH)
		return NULL;
	if (btf_is_int(record) && (btf_int_encoding(record) & BTF_INT_BOOL))
		return t->bool_type;
	if (btf_is_int(record) && record->size <= 8 && !(record->size & (record->size - 1)))
		return type_int(t, record->size, btf_int_encoding(record) & BTF_INT_SIGNED);
	if (btf_is_any_enum(record))
		return type_int(t, record->size, btf_kflag(record));
	if (btf_is_ptr(record))
		return type_pointer(t, pointee(t, btf, record->type, depth + 1), SPACE_UNKNOWN);
	return NULL;
}

static void fill(struct type_table *t, const struct btf *btf, const struct btf_type *fn,
		 struct host_object_function *out)
{
	const struct btf_type *proto = btf__type_by_id(btf, fn->type);
	const struct btf_param *params = btf_params(proto);

	*out = (struct host_object_function){
		.name = btf__name_by_offset(btf, fn->name_off),
		.result = convert(t, btf, proto->type, 0),
		.count = btf_vlen(proto),
	};
	for (uint32_t i = 0; i < out->count && i < HOST_OBJECT_PARAMETERS; i++) {
		out->parameters[i] = params[i].type ? convert(t, btf, params[i].type, 0) : NULL;
		out->names[i] = btf__name_by_offset(btf, params[i].name_off);
	}
}

int host_each_object_function(struct type_table *t, const void *bytes, size_t size,
			      void (*fn)(const struct host_object_function *f, void *context),
			      void *context)
{
	struct btf *btf = btf__new(bytes, (uint32_t)size);
	uint32_t count = btf ? btf__type_cnt(btf) : 0;

	if (!btf)
		return -errno;
	for (uint32_t id = 1; id < count; id++) {
		const struct btf_type *record = btf__type_by_id(btf, id);
		struct host_object_function f;

		if (!btf_is_func(record) || btf_vlen(record) != BTF_FUNC_GLOBAL)
			continue;
		fill(t, btf, record, &f);
		fn(&f, context);
	}
	btf__free(btf);
	return 0;
}
