/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses between, at and far from symbols. */
#include "runtime/kernel_symbols.h"
#include "unit/harness.h"

TEST(addresses_lie_in_symbols)
{
	struct kernel_symbols k = { 0 };

	kernel_symbols_add(&k, 0x1000, "first");
	CHECK_EQ_STR(kernel_symbols_find(&k, 0, NULL), NULL);
	CHECK_EQ_STR(kernel_symbols_find(&k, 0xfff, NULL), NULL);
	CHECK_EQ_STR(kernel_symbols_find(&k, 0x1000, NULL), "first");
	kernel_symbols_add(&k, 0x2000, "second");
	kernel_symbols_add(&k, 0x2000, "alias");
	kernel_symbols_add(&k, 0xffffffffffff0000, "last");
	CHECK_EQ_STR(kernel_symbols_find(&k, 0x1fff, NULL), "first");
	CHECK_EQ_STR(kernel_symbols_find(&k, 0x2000, NULL), "second");
	CHECK_EQ_STR(kernel_symbols_find(&k, 0x2001, NULL), "second");
	CHECK_EQ_STR(kernel_symbols_find(&k, UINT64_MAX, NULL), "last");
	/* Farther from the one before than any symbol is long. */
	CHECK_EQ_STR(kernel_symbols_find(&k, 0x2000 + (1 << 20) - 1, NULL), "second");
	CHECK_EQ_STR(kernel_symbols_find(&k, 0x2000 + (1 << 20), NULL), NULL);
	CHECK_EQ_STR(kernel_symbols_find(&k, 0xfffffffffffeffff, NULL), NULL);
	kernel_symbols_free(&k);
}

TEST(no_table_no_names)
{
	struct kernel_symbols k = { .was_read = true };

	CHECK_EQ_STR(kernel_symbols_find(&k, 0x1000, NULL), NULL);
	kernel_symbols_free(&k);
}
