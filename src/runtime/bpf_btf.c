/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel refuses BTF of variables that are only declared (our maps) and of data sections
 * without size. Programs need neither: variables become integers, data sections structs over these,
 * so that no type changes its number.
 */
#include "runtime/bpf_btf.h"

#include <errno.h>
#include <linux/btf.h>
#include <string.h>
#include "runtime/bpf_call.h"

/* Bytes that follow a struct btf_type, or -1. */
static int64_t trailer_size(const struct btf_type *t)
{
	uint32_t count = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return 8 * (int64_t)count;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM64:
	case BTF_KIND_DATASEC:
		return 12 * (int64_t)count;
	}
	return -1;
}

static void patch_variable(struct btf_type *t, uint8_t *trailer)
{
	uint32_t encoding = 8; /* one byte, unsigned */

	t->info = BTF_KIND_INT << 24;
	t->size = 1;
	memcpy(trailer, &encoding, sizeof(encoding));
}

/* struct btf_var_secinfo { type, offset, size } becomes struct btf_member { name, type, offset }.
 */
static void patch_section(struct btf_type *t, uint8_t *trailer)
{
	uint32_t count = BTF_INFO_VLEN(t->info);

	t->name_off = 0;
	t->info = (BTF_KIND_STRUCT << 24) | count;
	t->size = count;
	for (uint32_t i = 0; i < count; i++) {
		struct btf_var_secinfo from;
		struct btf_member to = { .offset = 8 * i };

		memcpy(&from, trailer + i * sizeof(from), sizeof(from));
		to.type = from.type;
		memcpy(trailer + i * sizeof(to), &to, sizeof(to));
	}
}

static int patch(uint8_t *bytes, size_t size)
{
	struct btf_header header;

	if (size < sizeof(header))
		return -EINVAL;
	memcpy(&header, bytes, sizeof(header));
	uint64_t at = (uint64_t)header.hdr_len + header.type_off, end = at + header.type_len;
	if (end > size)
		return -EINVAL;
	while (at + sizeof(struct btf_type) <= end) {
		struct btf_type t;
		uint8_t *trailer = bytes + at + sizeof(t);

		memcpy(&t, bytes + at, sizeof(t));
		int64_t trailing = trailer_size(&t);
		if (trailing < 0 || (uint64_t)trailing > end - at - sizeof(t))
			return -EINVAL;
		if (BTF_INFO_KIND(t.info) == BTF_KIND_VAR)
			patch_variable(&t, trailer);
		else if (BTF_INFO_KIND(t.info) == BTF_KIND_DATASEC)
			patch_section(&t, trailer);
		memcpy(bytes + at, &t, sizeof(t));
		at += sizeof(t) + (uint64_t)trailing;
	}
	return 0;
}

int bpf_btf_load_object(struct arena *a, const struct bpf_elf *elf)
{
	const struct bpf_elf_section *s = bpf_elf_section(elf, ".BTF");

	if (!s)
		return -ENOENT;
	uint8_t *bytes = arena_memdup(a, s->bytes, s->size);
	int err = patch(bytes, s->size);
	return err ? err : bpf_call_btf_load(bytes, (uint32_t)s->size);
}
