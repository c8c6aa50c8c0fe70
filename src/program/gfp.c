/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel page-allocation flags by name (%gr).
 *
 * Bits and compound names are those of the kernel's include/linux/gfp_types.h; bits 0..23 have kept
 * their places since 6.0. Bit 24 is __GFP_NO_OBJ_EXT where hardware tags and lockdep are not
 * configured (6.10, 21c690a349ba), which is every distribution's x86-64 kernel. Compound names come
 * first, the largest first, and each takes its bits away from those that follow.
 */
#include "program/format.h"

enum {
	DMA = 1 << 0,
	HIGHMEM = 1 << 1,
	DMA32 = 1 << 2,
	MOVABLE = 1 << 3,
	HIGH = 1 << 5,
	IO = 1 << 6,
	FS = 1 << 7,
	ZERO = 1 << 8,
	DIRECT_RECLAIM = 1 << 10,
	KSWAPD_RECLAIM = 1 << 11,
	WRITE = 1 << 12,
	NOWARN = 1 << 13,
	RETRY_MAYFAIL = 1 << 14,
	NOFAIL = 1 << 15,
	NORETRY = 1 << 16,
	MEMALLOC = 1 << 17,
	COMP = 1 << 18,
	NOMEMALLOC = 1 << 19,
	HARDWALL = 1 << 20,
	THISNODE = 1 << 21,
	ACCOUNT = 1 << 22,
	ZEROTAGS = 1 << 23,
	NO_OBJ_EXT = 1 << 24,

	RECLAIM = DIRECT_RECLAIM | KSWAPD_RECLAIM,
	KERNEL = RECLAIM | IO | FS,
	USER = KERNEL | HARDWALL,
	HIGHUSER_MOVABLE = USER | HIGHMEM | MOVABLE,
	TRANSHUGE_LIGHT = (HIGHUSER_MOVABLE | COMP | NOMEMALLOC | NOWARN) & ~RECLAIM,
};

static const struct {
	uint32_t mask;
	const char *name;
} flags_by_rank[] = {
	{ TRANSHUGE_LIGHT | DIRECT_RECLAIM, "GFP_TRANSHUGE" },
	{ TRANSHUGE_LIGHT, "GFP_TRANSHUGE_LIGHT" },
	{ HIGHUSER_MOVABLE, "GFP_HIGHUSER_MOVABLE" },
	{ USER | HIGHMEM, "GFP_HIGHUSER" },
	{ USER, "GFP_USER" },
	{ KERNEL | ACCOUNT, "GFP_KERNEL_ACCOUNT" },
	{ KERNEL, "GFP_KERNEL" },
	{ RECLAIM | IO, "GFP_NOFS" },
	{ HIGH | KSWAPD_RECLAIM, "GFP_ATOMIC" },
	{ RECLAIM, "GFP_NOIO" },
	{ KSWAPD_RECLAIM | NOWARN, "GFP_NOWAIT" },
	{ DMA, "GFP_DMA" },
	{ HIGHMEM, "__GFP_HIGHMEM" },
	{ DMA32, "GFP_DMA32" },
	{ HIGH, "__GFP_HIGH" },
	{ IO, "__GFP_IO" },
	{ FS, "__GFP_FS" },
	{ ZERO, "__GFP_ZERO" },
	{ DIRECT_RECLAIM, "__GFP_DIRECT_RECLAIM" },
	{ KSWAPD_RECLAIM, "__GFP_KSWAPD_RECLAIM" },
	{ WRITE, "__GFP_WRITE" },
	{ NOWARN, "__GFP_NOWARN" },
	{ RETRY_MAYFAIL, "__GFP_RETRY_MAYFAIL" },
	{ NOFAIL, "__GFP_NOFAIL" },
	{ NORETRY, "__GFP_NORETRY" },
	{ MEMALLOC, "__GFP_MEMALLOC" },
	{ COMP, "__GFP_COMP" },
	{ NOMEMALLOC, "__GFP_NOMEMALLOC" },
	{ HARDWALL, "__GFP_HARDWALL" },
	{ THISNODE, "__GFP_THISNODE" },
	{ ACCOUNT, "__GFP_ACCOUNT" },
	{ ZEROTAGS, "__GFP_ZEROTAGS" },
	{ NO_OBJ_EXT, "__GFP_NO_OBJ_EXT" },
};

void format_gfp_flags(struct strbuf *b, uint64_t flags)
{
	const char *separator = "";

	if (!flags) {
		strbuf_add_char(b, '0');
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(flags_by_rank); i++) {
		uint64_t mask = flags_by_rank[i].mask;

		if ((flags & mask) != mask)
			continue;
		strbuf_printf(b, "%s%s", separator, flags_by_rank[i].name);
		separator = "|";
		flags &= ~mask;
	}
	if (flags)
		strbuf_printf(b, "%s0x%llx", separator, (unsigned long long)flags);
}
