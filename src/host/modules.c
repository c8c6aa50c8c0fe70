/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loaded modules, and their BTF: read when a module is named, or when the kernel's own lacks what
 * is looked for.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "host/host_private.h"
#include "util/text.h"

#define KERNEL "vmlinux"

/* --- which are loaded ------------------------------------------------------------------------ */

/* /sys/module also has what is built in; only loaded ones have a state. */
bool host_module_is_loaded(struct host *h, const char *module)
{
	auto_strbuf struct strbuf path = STRBUF_INIT;

	(void)h;
	if (!strcmp(module, KERNEL))
		return true;
	if (!*module || strchr(module, '/'))
		return false;
	strbuf_printf(&path, "/sys/module/%s/initstate", module);
	return !access(path.text, F_OK);
}

const char *host_module_nearest(struct host *h, const char *module)
{
	struct text_nearest nearest;
	struct dirent *entry;
	DIR *dir = opendir("/sys/module");

	text_nearest_init(&nearest, module);
	text_nearest_offer(&nearest, KERNEL);
	while (dir && (entry = readdir(dir))) {
		const char *name = arena_strdup(&h->arena, entry->d_name);

		if (entry->d_name[0] != '.' && host_module_is_loaded(h, name))
			text_nearest_offer(&nearest, name);
	}
	if (dir)
		closedir(dir);
	return nearest.best;
}

/* --- their BTF ------------------------------------------------------------------------------- */

static int compare_images(const void *a, const void *b)
{
	return strcmp((*(struct btf_image *const *)a)->module,
		      (*(struct btf_image *const *)b)->module);
}

static void list_modules(struct host *h)
{
	struct dirent *entry;
	DIR *dir = opendir("/sys/kernel/btf");

	h->modules_were_listed = true;
	while (dir && (entry = readdir(dir))) {
		struct btf_image *b;

		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, KERNEL))
			continue;
		b = ARENA_NEW(&h->arena, struct btf_image);
		*b = (struct btf_image){
			.host = h,
			.base = &h->btf,
			.module = arena_strdup(&h->arena, entry->d_name),
		};
		vec_push(&h->modules, b);
	}
	if (dir)
		closedir(dir);
	if (h->modules.count)
		qsort(h->modules.items, h->modules.count, sizeof(*h->modules.items),
		      compare_images);
}

int btf_each_module(struct host *h, int (*fn)(struct btf_image *b, void *context), void *context)
{
	int stop = 0;

	if (!btf_kernel(h))
		return 0;
	if (!h->modules_were_listed)
		list_modules(h);
	for (size_t i = 0; !stop && i < h->modules.count; i++) {
		if (btf_open_module(h->modules.items[i]))
			stop = fn(h->modules.items[i], context);
	}
	return stop;
}

struct btf_image *btf_of_module(struct host *h, const char *module)
{
	if (!strcmp(module, KERNEL) || !btf_kernel(h))
		return btf_kernel(h);
	if (!h->modules_were_listed)
		list_modules(h);
	for (size_t i = 0; i < h->modules.count; i++) {
		struct btf_image *b = h->modules.items[i];

		if (!strcmp(b->module, module))
			return btf_open_module(b) ? b : NULL;
	}
	return NULL;
}

struct lookup {
	const char *name;
	uint32_t kind, id;
	struct btf_image *image;
};

static int find_in(struct btf_image *b, void *context)
{
	struct lookup *l = context;

	if (btf_find(b, l->name, l->kind, &l->id))
		return 0;
	l->image = b;
	return 1;
}

int btf_find_anywhere(struct host *h, const char *name, uint32_t kind, struct btf_image **image,
		      uint32_t *id)
{
	struct lookup l = { .name = name, .kind = kind };
	struct btf_image *kernel = btf_kernel(h);

	if (!kernel || (!find_in(kernel, &l) && !btf_each_module(h, find_in, &l)))
		return -ENOENT;
	*image = l.image;
	*id = l.id;
	return 0;
}

/* --- the kernel's object of it --------------------------------------------------------------- */

static bool is_btf_of(int fd, const char *module)
{
	char name[128] = "";
	struct bpf_btf_info info = { .name = (uintptr_t)name, .name_len = sizeof(name) };
	uint32_t size = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &size) && info.kernel_btf &&
	       !strcmp(name, module);
}

int host_module_btf_fd(struct host *h, const char *module)
{
	uint32_t id = 0;

	(void)h;
	if (!strcmp(module, KERNEL))
		return 0;
	while (!bpf_btf_get_next_id(id, &id)) {
		auto_close int fd = bpf_btf_get_fd_by_id(id);

		if (fd >= 0 && is_btf_of(fd, module))
			return take_fd(fd);
	}
	return errno == ENOENT ? -ENOENT : -errno;
}
