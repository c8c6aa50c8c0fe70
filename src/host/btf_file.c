/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where BTF comes from: opened without copying where that is possible.
 *
 * /sys/kernel/btf/vmlinux can be mapped since 6.16 (a539e2a6d51d); before, and for modules, it is
 * read. A kernel that shows none may have left an image with a section .BTF on disk, in one of the
 * places that debuggers look in (spec cli-config.md §5.1).
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "host/host_private.h"

static void *read_all(int fd, size_t size)
{
	auto_free char *bytes = xmalloc(size + 1);
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, bytes + have, size - have);

		if (n <= 0)
			return NULL;
		have += (size_t)n;
	}
	return take(bytes);
}

/* Sets up the sections; false if the bytes are no BTF of this byte order. */
static bool find_sections(struct btf_image *b)
{
	const struct btf_header *header = b->bytes;
	const char *data;
	size_t room;

	if (b->size < sizeof(*header) || header->magic != BTF_MAGIC ||
	    header->hdr_len < sizeof(*header) || header->hdr_len > b->size)
		return false;
	data = (const char *)b->bytes + header->hdr_len;
	room = b->size - header->hdr_len;
	if ((uint64_t)header->type_off + header->type_len > room ||
	    (uint64_t)header->str_off + header->str_len > room || !header->str_len)
		return false;
	b->types = data + header->type_off;
	b->types_end = b->types + header->type_len;
	b->strings = data + header->str_off;
	b->strings_len = header->str_len;
	return (b->base || !b->strings[0]) && !b->strings[b->strings_len - 1];
}

void btf_close(struct btf_image *b)
{
	if (b->is_mapped)
		munmap(b->bytes, b->size);
	else
		free(b->bytes);
	b->bytes = NULL;
	b->is_mapped = false;
	vec_free(&b->marks);
	strmap_free(&b->ids);
}

static void open_btf(struct btf_image *b, const char *path)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map;

	if (fd < 0 || fstat(fd, &st) || st.st_size <= 0)
		return;
	b->size = (size_t)st.st_size;
	map = mmap(NULL, b->size, PROT_READ, MAP_PRIVATE, fd, 0);
	b->is_mapped = map != MAP_FAILED;
	b->bytes = b->is_mapped ? map : read_all(fd, b->size);
	if (b->bytes && !find_sections(b))
		btf_close(b);
}

bool btf_open_kernel(struct host *h)
{
	const char *named = getenv("BPFTRACE_BTF");
	struct btf_image *b = &h->btf;

	if (b->was_tried)
		return b->bytes;
	b->was_tried = true;
	b->host = h;
	b->module = "vmlinux";
	b->first_id = 1;
	open_btf(b, named && *named ? named : "/sys/kernel/btf/vmlinux");
	return b->bytes;
}

bool host_has_btf(struct host *h)
{
	return btf_kernel(h);
}

/* Modules' BTF only means something together with the one that the kernel shows. */
static bool base_is_the_kernels(const struct btf_image *base)
{
	auto_close int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	struct btf_header header;

	return fd >= 0 && read(fd, &header, sizeof(header)) == sizeof(header) &&
	       !memcmp(&header, base->bytes, sizeof(header));
}

bool btf_open_module(struct btf_image *b)
{
	auto_strbuf struct strbuf path = STRBUF_INIT;

	if (b->was_tried)
		return b->bytes;
	b->was_tried = true;
	if (!base_is_the_kernels(b->base))
		return false;
	b->first_id = btf_end_id(b->base);
	b->first_text = b->base->strings_len;
	strbuf_printf(&path, "/sys/kernel/btf/%s", b->module);
	open_btf(b, path.text);
	return b->bytes;
}
