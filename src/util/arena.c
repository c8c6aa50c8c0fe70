/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks in a list, newest first; each allocation is cut off the newest one.
 *
 * Blocks double in size up to a megabyte, so that a small event arena stays small and a large
 * compilation makes few blocks. A request that is larger gets a block of its own size. Under
 * address sanitizer every allocation is followed by a poisoned gap, and what is not handed out is
 * poisoned too, so overruns are found although the memory is ours.
 */
#include <string.h>
#include "util/arena.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#define REDZONE 16
#else
#define ASAN_POISON_MEMORY_REGION(at, size)   ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define REDZONE 0
#endif

#define FIRST_BLOCK   4096
#define LARGEST_BLOCK (1024 * 1024)

struct arena_block {
	struct arena_block *older;
	size_t size; /* bytes of data */
	_Alignas(16) char data[];
};

void arena_init(struct arena *a)
{
	*a = (struct arena){ 0 };
}

static void free_block(struct arena_block *b)
{
	ASAN_UNPOISON_MEMORY_REGION(b->data, b->size);
	free(b);
}

void arena_free(struct arena *a)
{
	struct arena_block *b = a->blocks;

	while (b) {
		struct arena_block *older = b->older;

		free_block(b);
		b = older;
	}
	arena_init(a);
}

static void use_block(struct arena *a, struct arena_block *b)
{
	a->next = b->data;
	a->end = b->data + b->size;
	ASAN_POISON_MEMORY_REGION(b->data, b->size);
}

void arena_reset(struct arena *a)
{
	struct arena_block *keep = NULL, *b = a->blocks;

	a->used = 0;
	if (!b)
		return;
	while (b) {
		struct arena_block *older = b->older;

		if (!keep || b->size > keep->size) {
			if (keep)
				free_block(keep);
			keep = b;
		} else {
			free_block(b);
		}
		b = older;
	}
	keep->older = NULL;
	a->blocks = keep;
	use_block(a, keep);
}

static void add_block(struct arena *a, size_t need)
{
	size_t size = a->blocks ? MIN(a->blocks->size * 2, (size_t)LARGEST_BLOCK) : FIRST_BLOCK;
	struct arena_block *b;

	size = MAX(size, need);
	b = xmalloc(sizeof(*b) + size);
	b->older = a->blocks;
	b->size = size;
	a->blocks = b;
	use_block(a, b);
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t step;
	char *p;

	if (size > SIZE_MAX / 2)
		bug("allocation of %zu bytes", size);
	step = ROUND_UP(MAX(size, (size_t)1), 16) + REDZONE;
	if (!a->next || (size_t)(a->end - a->next) < step)
		add_block(a, step);
	p = a->next;
	a->next += step;
	a->used += step;
	ASAN_UNPOISON_MEMORY_REGION(p, size);
	memset(p, 0, size);
	return p;
}

void *arena_memdup(struct arena *a, const void *bytes, size_t size)
{
	void *copy = arena_alloc(a, size);

	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

char *arena_strndup(struct arena *a, const char *text, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	if (len)
		memcpy(copy, text, len);
	return copy;
}

char *arena_strdup(struct arena *a, const char *text)
{
	return arena_strndup(a, text, strlen(text));
}

char *arena_vprintf(struct arena *a, const char *format, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0)
		bug("bad format '%s'", format);
	text = arena_alloc(a, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, args);
	return text;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(a, format, args);
	va_end(args);
	return text;
}
