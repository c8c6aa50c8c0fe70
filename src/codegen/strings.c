/* SPDX-License-Identifier: Apache-2.0 */
/*
 * String literals: written with immediate stores, because the direct load path has no read-only
 * data.
 */
#include <string.h>
#include "codegen/function.h"

uint64_t string_word(const char *bytes, size_t len, uint64_t at, uint64_t width)
{
	uint64_t word = 0;

	if (at < len)
		memcpy(&word, bytes + at, MIN(width, len - at));
	return word;
}

void cg_store_literal(struct codegen *cg, LLVMValueRef to, const char *bytes, size_t len,
		      uint64_t size)
{
	uint64_t used = MIN(ROUND_UP((uint64_t)len + 1, 8), size);

	for (uint64_t at = 0, width; at < used; at += width) {
		width = used - at >= 8 ? 8 : used - at >= 4 ? 4 : used - at >= 2 ? 2 : 1;
		LLVMTypeRef t = LLVMIntTypeInContext(cg->context, (unsigned int)width * 8);
		value_store_raw(cg, LLVMConstInt(t, string_word(bytes, len, at, width), false),
				cg_offset(cg, to, at));
	}
	/* In a record the reader stops at the NUL. */
	if (used < size && !event_is_in_record(cg, to))
		cg_zero(cg, cg_offset(cg, to, used), size - used);
}
