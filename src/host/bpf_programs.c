/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BPF programs that are loaded on this machine, and their functions, which can be traced like the
 * kernel's own if the program came with BTF.
 *
 * The kernel keeps 15 characters of a program's name; the whole name is that of its first function
 * in the BTF. Every question reads the list anew: programs come and go.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <string.h>
#include "host/host.h"

typedef int function_fn(const struct host_bpf_function *f, void *context);

/* What a register holds of the result; size 0: nothing. */
static void describe_result(const struct btf *btf, uint32_t id, struct host_bpf_function *out)
{
	const struct btf_type *t = id ? btf__type_by_id(btf, id) : NULL;

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = t->type ? btf__type_by_id(btf, t->type) : NULL;
	if (t && btf_is_ptr(t))
		out->result_size = 8;
	else if (t && (btf_is_int(t) || btf_is_any_enum(t)) && t->size && t->size <= 8)
		out->result_size = (uint8_t)t->size;
	out->is_result_signed = t && btf_is_int(t) && btf_int_encoding(t) & BTF_INT_SIGNED;
}

static bool describe(const struct btf *btf, uint32_t program, uint32_t type,
		     struct host_bpf_function *out)
{
	const struct btf_type *t = btf__type_by_id(btf, type), *proto;

	if (!t || !btf_is_func(t))
		return false;
	proto = btf__type_by_id(btf, t->type);
	if (!proto || !btf_is_func_proto(proto))
		return false;
	*out = (struct host_bpf_function){ .program = program, .btf_id = type,
					   .name = btf__name_by_offset(btf, t->name_off) };
	describe_result(btf, proto->type, out);
	return out->name && *out->name;
}

static int each_type(uint32_t program, const struct btf *btf, const char *records, uint32_t count,
		     uint32_t size, function_fn *fn, void *context)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct bpf_func_info *info = (const void *)(records + (size_t)i * size);
		struct host_bpf_function f;
		int stop = describe(btf, program, info->type_id, &f) ? fn(&f, context) : 0;

		if (stop)
			return stop;
	}
	return 0;
}

/* Programs of fentry and fexit cannot be traced by others. */
static bool is_traceable(const struct bpf_prog_info *info)
{
	return info->btf_id && info->nr_func_info && info->jited_prog_len &&
	       info->func_info_rec_size >= sizeof(struct bpf_func_info);
}

static int each_function_of(uint32_t program, function_fn *fn, void *context)
{
	auto_close int fd = bpf_prog_get_fd_by_id(program);
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info), count;
	auto_free char *records = NULL;
	struct btf *btf;
	int stop = 0;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || !is_traceable(&info))
		return 0;
	count = info.nr_func_info;
	records = xcalloc(count, info.func_info_rec_size);
	len = sizeof(info);
	info = (struct bpf_prog_info){ .nr_func_info = count,
				       .func_info_rec_size = info.func_info_rec_size,
				       .func_info = (uintptr_t)records };
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return 0;
	btf = btf__load_from_kernel_by_id(info.btf_id);
	if (!btf)
		return 0;
	stop = each_type(program, btf, records, MIN(count, info.nr_func_info),
			 info.func_info_rec_size, fn, context);
	btf__free(btf);
	return stop;
}

int host_each_bpf_function(function_fn *fn, void *context)
{
	uint32_t id = 0;

	while (!bpf_prog_get_next_id(id, &id)) {
		int stop = each_function_of(id, fn, context);

		if (stop)
			return stop;
	}
	return errno == ENOENT ? 0 : -errno;
}

struct search {
	const char *name;
	struct host_bpf_function *out;
};

static int compare(const struct host_bpf_function *f, void *context)
{
	struct search *s = context;

	if (strcmp(f->name, s->name))
		return 0;
	*s->out = *f;
	s->out->name = s->name;
	return 1;
}

int host_find_bpf_function(uint32_t program, const char *name, struct host_bpf_function *out)
{
	struct search s = { name, out };

	return each_function_of(program, compare, &s) ? 0 : -ENOENT;
}
