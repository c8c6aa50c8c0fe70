/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's symbol table, /proc/kallsyms: `address type name[<tab>[module]]`, some 120,000
 * lines that the kernel writes anew for every reader (50 ms and more). So it is read only when
 * somebody asks, straight through, and kept by nobody here.
 *
 * Addresses are all zero for who may not see them (kptr_restrict, no CAP_SYSLOG). What variables
 * the table has depends on CONFIG_KALLSYMS_ALL.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "host/host_private.h"
#include "util/text.h"

#define BUFFER_SIZE (256 * 1024)

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes one line, NUL-terminated, apart; false if it is none of ours. */
static bool parse_line(char *line, struct kernel_symbol *out)
{
	char *at = line, *module;

	out->address = 0;
	for (int digit; (digit = hex_digit(*at)) >= 0; at++)
		out->address = out->address << 4 | (unsigned int)digit;
	if (at == line || at[0] != ' ' || !at[1] || at[2] != ' ' || !at[3])
		return false;
	out->type = at[1];
	out->name = at + 3;
	out->module = "";
	module = strchr(out->name, '\t');
	if (!module)
		return true;
	*module++ = '\0';
	if (*module == '[')
		module++;
	out->module = module;
	module[strcspn(module, "]")] = '\0';
	return true;
}

/* Hands on the whole lines at the beginning of a buffer; *used is their length. */
static int each_line(char *buffer, size_t len, size_t *used, kernel_symbol_fn *fn, void *context)
{
	struct kernel_symbol symbol;
	char *end;
	int stop = 0;

	*used = 0;
	while (!stop && (end = memchr(buffer + *used, '\n', len - *used))) {
		*end = '\0';
		if (parse_line(buffer + *used, &symbol))
			stop = fn(&symbol, context);
		*used = (size_t)(end + 1 - buffer);
	}
	return stop;
}

int host_each_kernel_symbol(kernel_symbol_fn *fn, void *context)
{
	auto_close int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	auto_free char *buffer = xmalloc(BUFFER_SIZE);
	size_t have = 0, used;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, buffer + have, BUFFER_SIZE - have)) > 0) {
		int stop = each_line(buffer, have + (size_t)n, &used, fn, context);

		if (stop)
			return stop;
		have += (size_t)n - used;
		if (have == BUFFER_SIZE) /* a line without end */
			return -EINVAL;
		memmove(buffer, buffer + used, have);
	}
	return n < 0 ? -errno : 0;
}

/* --- one by name ------------------------------------------------------------------------------ */

struct wanted_symbol {
	const char *name;
	uint64_t address;
};

static int compare_symbol(const struct kernel_symbol *symbol, void *context)
{
	struct wanted_symbol *w = context;

	if (strcmp(symbol->name, w->name))
		return 0;
	w->address = symbol->address;
	return 1;
}

int host_kernel_symbol(const char *name, uint64_t *address)
{
	struct wanted_symbol w = { .name = name };
	int found = host_each_kernel_symbol(compare_symbol, &w);

	if (found != 1)
		return found < 0 ? found : -ENOENT;
	if (!w.address)
		return -EACCES;
	*address = w.address;
	return 0;
}

static int has_address(const struct kernel_symbol *symbol, void *context)
{
	(void)context;
	return symbol->address != 0;
}

bool host_hides_kernel_symbols(void)
{
	return host_each_kernel_symbol(has_address, NULL) != 1;
}

struct symbol_survey {
	struct text_nearest nearest;
	char best[128];
	size_t functions, variables;
};

static int survey_symbol(const struct kernel_symbol *symbol, void *context)
{
	struct symbol_survey *s = context;
	const char *before = s->nearest.best;

	if (*symbol->module)
		return 0;
	if (strchr("dDbB", symbol->type))
		s->variables++;
	else
		s->functions++;
	text_nearest_offer(&s->nearest, symbol->name);
	if (s->nearest.best != before) { /* the name is gone with the buffer */
		snprintf(s->best, sizeof(s->best), "%s", symbol->name);
		s->nearest.best = s->best;
	}
	return 0;
}

const char *host_kernel_symbol_near(struct host *h, const char *name, bool *has_variables)
{
	struct symbol_survey s = { 0 };

	text_nearest_init(&s.nearest, name);
	host_each_kernel_symbol(survey_symbol, &s);
	/* Without CONFIG_KALLSYMS_ALL a few are there all the same: bounds of sections. */
	*has_variables = s.variables * 100 > s.functions;
	return s.nearest.best ? arena_strdup(&h->arena, s.nearest.best) : NULL;
}
