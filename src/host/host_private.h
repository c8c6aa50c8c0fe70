/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of host/ only: the host itself and raw access to BTF records. */
#ifndef BITTERN_HOST_HOST_PRIVATE_H
#define BITTERN_HOST_HOST_PRIVATE_H

#include <linux/btf.h>
#include "host/host.h"

/* One type in every BTF_STRIDE has its place remembered: ids are found by walking from there. */
#define BTF_STRIDE 4

/* The BTF of the kernel, or of a module: then type ids and offsets of strings continue those of the
 * kernel's, which is its base. */
struct btf_image {
	struct host *host;
	struct btf_image *base; /* NULL: this is the kernel's */
	const char *module;	/* "vmlinux", or the module's name; arena of the host */
	const char *path, *problem; /* arena; why it cannot be used, or where that ends; or NULL */
	bool was_tried;		/* open was attempted, whatever came of it */
	bool is_mapped;		/* munmap, not free */
	void *bytes;		/* NULL: no BTF */
	size_t size;
	const char *types, *types_end;
	const char *strings;
	uint32_t strings_len;
	uint32_t first_id, first_text; /* 1 and 0; of a module: the first behind the base's */
	uint32_t end_id;	/* behind the last; 0: not yet counted */
	struct marks VEC_OF(uint32_t) marks; /* offset in types of first_id + n * BTF_STRIDE */
	struct strmap ids;	/* "kind name" → struct btf_found */
};

/* A list of functions, one a line, read as far as somebody had to look. */
struct function_list {
	enum function_source {
		FUNCTIONS_UNTRIED,
		FUNCTIONS_LISTED,  /* in a file: the user's, or the kernel's */
		FUNCTIONS_SYMBOLS, /* no list is readable: made of the symbol table */
		FUNCTIONS_UNKNOWN, /* that is not readable, either */
	} source;
	const char *path; /* --traceable-functions; NULL: the kernel's */
	int fd;		  /* open while there may be more; -1 */
	char *text;	  /* whole and partial lines; malloc */
	size_t len, capacity;
};

struct function_support {
	enum host_support support;
};

struct cgroup_hierarchy {
	const char *name, *mount; /* arena of the host */
};

enum answer { SUPPORT_UNTRIED, SUPPORT_IS_THERE, SUPPORT_IS_MISSING };

struct host {
	struct arena arena;
	enum answer trampolines;
	struct btf_image btf;
	bool modules_were_listed;
	struct module_images VEC_OF(struct btf_image *) modules; /* sorted; arena; opened on demand */
	struct function_list traceable;
	bool blacklist_was_read;
	struct strmap blacklist; /* of kprobes: names */
	bool tracefs_was_tried;
	const char *tracefs;	 /* NULL: none, see tracefs_why */
	const char *tracefs_why;
	struct strmap formats;	 /* "category:event" → struct event_format */
	struct categories VEC_OF(char *) categories; /* sorted; read once */
	unsigned int cpu_count;	 /* 0: not yet read */
	struct cpus VEC_OF(unsigned int) online;
	struct hierarchies VEC_OF(struct cgroup_hierarchy) hierarchies; /* read once */
	struct strmap functions; /* "program-type name" → struct function_support */
	uint8_t kprobe_links[2]; /* multi, session: 0 not asked yet, 1 no, 2 yes */
};

/* --- btf.c ----------------------------------------------------------------------------------- */
/* The record of an id, or NULL. */
const struct btf_type *btf_by_id(struct btf_image *b, uint32_t id);
/* A string of the BTF, "" if the offset is out of range. */
const char *btf_text(const struct btf_image *b, uint32_t offset);
/* id behind typedefs, qualifiers and tags. */
uint32_t btf_skip_modifiers(struct btf_image *b, uint32_t id);
/* Calls fn for each type of this image (not its base) until it returns non-zero, which is returned. */
int btf_each(struct btf_image *b, int (*fn)(struct btf_image *b, uint32_t id,
					    const struct btf_type *t, void *context),
	     void *context);
/* Offset of a string of the BTF equal to text, or 0. */
uint32_t btf_find_text(struct btf_image *b, const char *text);
/* host_btf_find() in one image. */
int btf_find(struct btf_image *b, const char *name, uint32_t kind, uint32_t *id);
/* So that btf_find() need not look for what somebody came across. */
void btf_remember(struct btf_image *b, const char *name, uint32_t kind, uint32_t id);
/* Bytes of a type, 0 if it has none; what it is aligned to (1 of one that is packed). */
uint32_t btf_type_bytes(struct btf_image *b, uint32_t id);
uint32_t btf_align(struct btf_image *b, uint32_t id);
uint32_t btf_record_align(struct btf_image *b, const struct btf_type *t);
/* Whether a struct is finite: it does not contain itself, nor so much that nobody would end. */
bool btf_struct_ends(struct btf_image *b, const struct btf_type *t);
/* Of enumerator i of either width: its value, sign-extended, and its name. */
uint64_t btf_enumerator_value(const struct btf_type *t, uint32_t i);
uint32_t btf_enumerator_name(const struct btf_type *t, uint32_t i);
/* The id behind the last type's. */
uint32_t btf_end_id(struct btf_image *b);

/* --- btf_file.c ------------------------------------------------------------------------------ */
/* Opens the kernel's BTF, at most once. False if there is none. */
bool btf_open_kernel(struct host *h);
/* Reads a module's, at most once. */
bool btf_open_module(struct btf_image *b);
void btf_close(struct btf_image *b);
/* Remembers the first thing that is found to be wrong with it, a sentence about "it". */
PRINTF_LIKE(2, 3) void btf_problem(struct btf_image *b, const char *format, ...);

/* --- modules.c ------------------------------------------------------------------------------- */
/* The BTF of a module by name ("vmlinux": the kernel's), read; NULL: it has none. */
struct btf_image *btf_of_module(struct host *h, const char *module);
/* A type of the kernel's BTF or, if that lacks it, of the first module's that has it. */
int btf_find_anywhere(struct host *h, const char *name, uint32_t kind, struct btf_image **image,
		      uint32_t *id);
/* Calls fn with the BTF of each loaded module until it returns non-zero, which is returned. */
int btf_each_module(struct host *h, int (*fn)(struct btf_image *b, void *context), void *context);

/* --- btf_types.c ----------------------------------------------------------------------------- */
/* host_type_from_btf() of any image. */
const struct type *btf_to_type(struct btf_image *b, struct type_table *t, uint32_t id,
			       enum type_space space);

/* --- spell.c --------------------------------------------------------------------------------- */
/* A type as C writes it, names of typedefs kept: "const struct sock *", "int (*)(int)". */
void btf_spell(struct btf_image *b, uint32_t id, struct strbuf *out);

/* --- traceable.c ----------------------------------------------------------------------------- */
void traceable_free(struct function_list *l);

/* Whether the kernel finds the address of a variable of its BTF for programs. */
bool host_locates_variable(struct host *h, uint32_t btf_id);

/* Opens the kernel's BTF on the first call. NULL if there is none. */
static inline struct btf_image *btf_kernel(struct host *h)
{
	return h->btf.bytes || btf_open_kernel(h) ? &h->btf : NULL;
}

/* The image that an id used in b belongs to. */
static inline struct btf_image *btf_home(struct btf_image *b, uint32_t id)
{
	return id < b->first_id && b->base ? b->base : b;
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
