/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where BTF comes from: opened without copying where that is possible.
 *
 * /sys/kernel/btf/vmlinux can be mapped since 6.16 (a539e2a6d51d); before, and for modules, it is
 * read. A kernel that shows none may have left an image of itself with a section .BTF on disk, in
 * one of the places that debuggers look in (spec cli-config.md §5.1).
 *
 * What is wrong with a file is told once, by those who miss something in it: btf_problem().
 */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include "host/host_private.h"
#include "util/text.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

void btf_problem(struct btf_image *b, const char *format, ...)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	va_list args;

	if (b->problem)
		return;
	va_start(args, format);
	strbuf_vprintf(&text, format, args);
	va_end(args);
	b->problem = arena_printf(&b->host->arena, "%s: %s", b->path, strbuf_text(&text));
}

/* --- sections -------------------------------------------------------------------------------- */

static int check_header(struct btf_image *b, const struct btf_header *h, size_t size)
{
	if (size < sizeof(*h))
		btf_problem(b, "it ends within the header of BTF");
	else if (h->magic == __builtin_bswap16(BTF_MAGIC))
		btf_problem(b, "it is BTF of a machine with the other byte order");
	else if (h->magic != BTF_MAGIC)
		btf_problem(b, "it is no BTF");
	else if (h->version != BTF_VERSION)
		btf_problem(b, "it is BTF of version %u, which is not known", h->version);
	else if (h->hdr_len < sizeof(*h) || h->hdr_len > size)
		btf_problem(b, "its header claims to have %u bytes", h->hdr_len);
	return b->problem ? -EINVAL : 0;
}

static bool check_section(struct btf_image *b, const char *name, uint32_t offset, uint32_t len,
			  size_t room)
{
	if ((uint64_t)offset + len <= room)
		return true;
	btf_problem(b, "it is cut off: its %s should end at byte %llu of %zu", name,
		    (unsigned long long)offset + len, room);
	return false;
}

/* Sets up the sections of the BTF at data. */
static int find_sections(struct btf_image *b, const char *data, size_t size)
{
	const struct btf_header *header = (const struct btf_header *)data;
	size_t room;

	if (check_header(b, header, size))
		return -EINVAL;
	data += header->hdr_len;
	room = size - header->hdr_len;
	if (!check_section(b, "types", header->type_off, header->type_len, room) ||
	    !check_section(b, "names", header->str_off, header->str_len, room))
		return -EINVAL;
	b->types = data + header->type_off;
	b->types_end = b->types + header->type_len;
	b->strings = data + header->str_off;
	b->strings_len = header->str_len;
	if ((header->hdr_len + header->type_off) % 4)
		btf_problem(b, "its types begin at an odd address");
	else if (!b->strings_len || (!b->base && b->strings[0]) || b->strings[b->strings_len - 1])
		btf_problem(b, "its names do not begin and end as they should");
	return b->problem ? -EINVAL : 0;
}

/* --- bytes ----------------------------------------------------------------------------------- */

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

/* Place and size of the section .BTF in an ELF file; false: it has none that can be mapped. */
static bool find_elf_section(char *bytes, size_t size, size_t *offset, size_t *len)
{
	Elf *elf = elf_version(EV_CURRENT) == EV_NONE ? NULL : elf_memory(bytes, size);
	Elf_Scn *section = NULL;
	size_t names;
	bool is_found = false;

	if (elf && elf_getshdrstrndx(elf, &names))
		names = 0;
	while (elf && !is_found && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(section, &header))
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		if (!name || strcmp(name, ".BTF") || header.sh_type == SHT_NOBITS ||
		    header.sh_flags & SHF_COMPRESSED || header.sh_offset > size ||
		    header.sh_size > size - header.sh_offset || header.sh_offset % 4)
			continue;
		*offset = header.sh_offset;
		*len = header.sh_size;
		is_found = true;
	}
	elf_end(elf);
	return is_found;
}

static int find_btf(struct btf_image *b)
{
	size_t offset = 0, len = b->size;

	if (b->size < SELFMAG || memcmp(b->bytes, ELFMAG, SELFMAG))
		return find_sections(b, b->bytes, b->size);
	if (find_elf_section(b->bytes, b->size, &offset, &len))
		return find_sections(b, (const char *)b->bytes + offset, len);
	btf_problem(b, "it has no section .BTF");
	return -ENOENT;
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

/* 0, or -errno with a problem set unless the file does not exist. */
static int open_btf(struct btf_image *b, const char *path)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map;
	int err;

	b->path = arena_strdup(&b->host->arena, path);
	if (fd < 0 || fstat(fd, &st)) {
		err = -errno;
		if (err != -ENOENT)
			btf_problem(b, "it cannot be read: %s", strerror(-err));
		return err;
	}
	if (!S_ISREG(st.st_mode) || !st.st_size) {
		btf_problem(b, "it is %s", st.st_size ? "no file" : "empty");
		return -EINVAL;
	}
	b->size = (size_t)st.st_size;
	map = mmap(NULL, b->size, PROT_READ, MAP_PRIVATE, fd, 0);
	b->is_mapped = map != MAP_FAILED;
	b->bytes = b->is_mapped ? map : read_all(fd, b->size);
	if (!b->bytes) {
		btf_problem(b, "it cannot be read");
		return -EIO;
	}
	err = find_btf(b);
	if (err)
		btf_close(b);
	return err;
}

/* --- the kernel's ---------------------------------------------------------------------------- */

/* With the release of the kernel in place of each %s. */
static const char *const places[] = {
	KERNEL_BTF,
	"/boot/vmlinux-%s",
	"/lib/modules/%s/vmlinux-%s",
	"/lib/modules/%s/build/vmlinux",
	"/usr/lib/modules/%s/kernel/vmlinux",
	"/usr/lib/debug/boot/vmlinux-%s",
	"/usr/lib/debug/boot/vmlinux-%s.debug",
	"/usr/lib/debug/lib/modules/%s/vmlinux",
};

static void place_of(const char *pattern, const char *release, struct strbuf *out)
{
	const char *at;

	while ((at = strstr(pattern, "%s"))) {
		strbuf_append(out, pattern, (size_t)(at - pattern));
		strbuf_add_text(out, release);
		pattern = at + 2;
	}
	strbuf_add_text(out, pattern);
}

/* The first place that has any BTF; the problem of the first that should is what is told. */
static void search(struct btf_image *b)
{
	struct utsname system;

	uname(&system);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		auto_strbuf struct strbuf path = STRBUF_INIT;

		place_of(places[i], system.release, &path);
		if (open_btf(b, path.text) != -ENOENT)
			return;
		b->problem = NULL;
	}
}

bool btf_open_kernel(struct host *h)
{
	const char *named = getenv("BITTERN_BTF") ?: getenv("BPFTRACE_BTF");
	struct btf_image *b = &h->btf;

	if (b->was_tried)
		return b->bytes;
	b->was_tried = true;
	b->host = h;
	b->module = "vmlinux";
	b->first_id = 1;
	if (!named || !*named)
		search(b);
	else if (open_btf(b, named) == -ENOENT)
		btf_problem(b, "no such file");
	return b->bytes;
}

bool host_has_btf(struct host *h)
{
	return btf_kernel(h);
}

const char *host_btf_missing(struct host *h)
{
	if (!btf_kernel(h) && !h->btf.problem)
		return "the kernel provides no BTF, where its types are described; if there is a file "
		       "of it, name it in BPFTRACE_BTF; else define what the script uses";
	if (!h->btf.problem)
		return NULL;
	return arena_printf(&h->arena, "the kernel's types are not known: %s", h->btf.problem);
}

const char *host_btf_damage(struct host *h)
{
	return h->btf.bytes ? h->btf.problem : NULL;
}

const char *host_btf_absence(struct host *h)
{
	if (btf_kernel(h) || !h->btf.problem)
		return "which is not there";
	return arena_printf(&h->arena, "which cannot be used: %s", h->btf.problem);
}

/* --- modules' -------------------------------------------------------------------------------- */

/* Modules' BTF only means something together with the one that the kernel shows. */
static bool base_is_the_kernels(const struct btf_image *base)
{
	auto_close int fd = open(KERNEL_BTF, O_RDONLY | O_CLOEXEC);
	struct btf_header header;

	return fd >= 0 && read(fd, &header, sizeof(header)) == sizeof(header) &&
	       header.type_len == (size_t)(base->types_end - base->types) &&
	       header.str_len == base->strings_len;
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
