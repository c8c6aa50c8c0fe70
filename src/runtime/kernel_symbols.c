/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's symbol table, read at the first address to be named: 122,000 symbols, some 6 MB and
 * 80 ms here. Symbols have no sizes in it; one ends where the next begins, but not farther than
 * SYMBOL_MAX, or the last function of the kernel would reach to the first of a module.
 */
#include "runtime/kernel_symbols.h"

#include "host/host.h"

#define SYMBOL_MAX (1u << 20)

static void add(struct kernel_symbols *k, uint64_t address, const char *name)
{
	struct kernel_symbol_entry entry = { address, (uint32_t)k->names.len };

	strbuf_append(&k->names, name, strlen(name) + 1);
	vec_push(&k->entries, entry);
}

/* Hidden addresses are zero. Absolute symbols (a, A) are offsets and constants. */
static int take_symbol(const struct kernel_symbol *symbol, void *context)
{
	if (symbol->address && symbol->type != 'a' && symbol->type != 'A')
		add(context, symbol->address, symbol->name);
	return 0;
}

/* Of several names for an address the table's first comes first. */
static int compare(const void *a, const void *b)
{
	const struct kernel_symbol_entry *left = a, *right = b;

	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	return left->name < right->name ? -1 : left->name > right->name;
}

static void read_table(struct kernel_symbols *k)
{
	k->was_read = true;
	host_each_kernel_symbol(take_symbol, k);
	if (k->entries.count) /* none: the kernel hides its addresses */
		qsort(k->entries.items, k->entries.count, sizeof(*k->entries.items), compare);
}

/* The last entry at or below the address, or SIZE_MAX. */
static size_t last_below(const struct kernel_symbols *k, uint64_t address)
{
	size_t low = 0, high = k->entries.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (k->entries.items[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

const char *kernel_symbols_find(struct kernel_symbols *k, uint64_t address, uint64_t *offset)
{
	if (!k->was_read)
		read_table(k);
	size_t i = last_below(k, address);
	if (i == SIZE_MAX || address - k->entries.items[i].address >= SYMBOL_MAX)
		return NULL;
	while (i && k->entries.items[i - 1].address == k->entries.items[i].address)
		i--;
	if (offset)
		*offset = address - k->entries.items[i].address;
	return k->names.text + k->entries.items[i].name;
}

void kernel_symbols_add(struct kernel_symbols *k, uint64_t address, const char *name)
{
	k->was_read = true;
	add(k, address, name);
}

void kernel_symbols_free(struct kernel_symbols *k)
{
	vec_free(&k->entries);
	strbuf_free(&k->names);
	*k = (struct kernel_symbols){ 0 };
}
