/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of host/ only: the host itself and raw access to BTF records. */
#ifndef BITTERN_HOST_HOST_PRIVATE_H
#define BITTERN_HOST_HOST_PRIVATE_H

#include <linux/btf.h>
#include "host/host.h"

/* One type in every BTF_STRIDE has its place remembered: ids are found by walking from there. */
#define BTF_STRIDE 64

struct btf_image {
	bool was_tried;	    /* open was attempted, whatever came of it */
	bool is_mapped;	    /* munmap, not free */
	void *bytes;	    /* NULL: no BTF */
	size_t size;
	const char *types, *types_end;
	const char *strings;
	uint32_t strings_len;
	struct marks VEC_OF(uint32_t) marks; /* offset in types of id 1 + n * BTF_STRIDE */
	struct strmap ids;  /* "kind name" → struct btf_found */
};

struct function_support {
	enum host_support support;
};

struct cgroup_hierarchy {
	const char *name, *mount; /* arena of the host */
};

struct host {
	struct arena arena;
	struct btf_image btf;
	bool tracefs_was_tried;
	const char *tracefs;	 /* NULL: none, see tracefs_why */
	const char *tracefs_why;
	struct strmap formats;	 /* "category:event" → struct event_format */
	struct categories VEC_OF(char *) categories; /* sorted; read once */
	unsigned int cpu_count;	 /* 0: not yet read */
	struct cpus VEC_OF(unsigned int) online;
	struct hierarchies VEC_OF(struct cgroup_hierarchy) hierarchies; /* read once */
	struct strmap functions; /* "program-type name" → struct function_support */
};

/* The record of an id, or NULL. */
const struct btf_type *btf_by_id(struct host *h, uint32_t id);
/* A string of the BTF, "" if the offset is out of range. */
const char *btf_text(struct host *h, uint32_t offset);
/* id behind typedefs, qualifiers and tags. */
uint32_t btf_skip_modifiers(struct host *h, uint32_t id);
/* Calls fn for each type until it returns non-zero, which is returned. */
int btf_each(struct host *h, int (*fn)(struct host *h, uint32_t id, const struct btf_type *t,
				       void *context),
	     void *context);
/* Offset of a string of the BTF equal to text, or 0. */
uint32_t btf_find_text(struct host *h, const char *text);
/* Bytes of a type, 0 if it has none. */
uint32_t btf_type_bytes(struct host *h, uint32_t id);

/* Whether the kernel finds the address of a variable of its BTF for programs. */
bool host_locates_variable(struct host *h, uint32_t btf_id);

void btf_close(struct btf_image *b);

/* Opens BTF on the first call. False if there is none. */
static inline bool btf_ready(struct host *h)
{
	return h->btf.bytes || host_has_btf(h);
}

static inline uint32_t btf_kind(const struct btf_type *t)
{
	return BTF_INFO_KIND(t->info);
}

static inline uint32_t btf_vlen(const struct btf_type *t)
{
	return BTF_INFO_VLEN(t->info);
}

#endif
