/* SPDX-License-Identifier: Apache-2.0 */
/* libclang, opened when a header first needs it: 30 MB that no other script pays for. */
#include <dlfcn.h>
#include <stdlib.h>
#include "cdef/libclang_api.h"
#include "util/base.h"

static void *open_library(void)
{
	static const char *const names[] = {
		"libclang-19.so.1", "libclang-20.so.1", "libclang-21.so.1", "libclang-18.so.1",
		"libclang-17.so.1", "libclang-16.so.1", "libclang-15.so.7", "libclang-14.so.1",
		"libclang.so.1",
	};
	const char *named = getenv("BITTERN_LIBCLANG");
	void *handle = NULL;

	if (named && *named)
		return dlopen(named, RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; i < ARRAY_SIZE(names) && !handle; i++)
		handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	return handle;
}

static bool find_functions(void *handle, struct libclang *l)
{
#define FIND(result, name, parameters)                                                             \
	l->name = (result(*) parameters)dlsym(handle, "clang_" #name);                             \
	if (!l->name)                                                                              \
		return false;
	LIBCLANG_FUNCTIONS(FIND)
#undef FIND
	return true;
}

const struct libclang *libclang_load(void)
{
	static struct libclang functions;
	static bool was_tried, is_there;
	void *handle;

	if (!was_tried) {
		was_tried = true;
		handle = open_library();
		is_there = handle && find_functions(handle, &functions);
	}
	return is_there ? &functions : NULL;
}
