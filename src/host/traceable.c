/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which functions of the kernel can be traced.
 *
 * The answer is a list, one function a line, `name` or `name [module]`: the user's
 * (--traceable-functions), or the tracer's own available_filter_functions. The kernel writes its
 * 60,000 lines anew for every reader, so they are read only as far as somebody has to look, and
 * kept.
 *
 * Where that list is not readable, one is made of the symbol table: its functions without the
 * sections that are never traced. Then a name that is in it may still be refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "host/host_private.h"
#include "util/text.h"

#define KERNEL	   "vmlinux"
#define CHUNK_SIZE (256 * 1024)

void traceable_free(struct function_list *l)
{
	if (l->fd >= 0)
		close(l->fd);
	free(l->text);
}

/* --- text that grows ------------------------------------------------------------------------- */

static void make_room(struct function_list *l, size_t bytes)
{
	if (l->capacity - l->len >= bytes)
		return;
	l->capacity = MAX(l->capacity * 2, l->len + bytes);
	l->text = xrealloc(l->text, l->capacity);
}

/* False at the end, where the last line has been given a newline. */
static bool read_more(struct function_list *l)
{
	ssize_t n;

	if (l->fd < 0)
		return false;
	make_room(l, CHUNK_SIZE);
	n = read(l->fd, l->text + l->len, CHUNK_SIZE - 1);
	if (n > 0) {
		l->len += (size_t)n;
		return true;
	}
	close(l->fd);
	l->fd = -1;
	if (!l->len || l->text[l->len - 1] == '\n')
		return false;
	l->text[l->len++] = '\n';
	return true;
}

/* Bytes of the whole lines from `at` on. */
static size_t whole_lines(const struct function_list *l, size_t at)
{
	const char *end = l->len > at ? memrchr(l->text + at, '\n', l->len - at) : NULL;

	return end ? (size_t)(end + 1 - (l->text + at)) : 0;
}

/* --- a list made of symbols ------------------------------------------------------------------ */

struct candidate {
	uint64_t address;
	size_t at; /* of its line */
};

/* Code that the tracer leaves alone, between two symbols. */
struct bounds {
	const char *first, *last;
	uint64_t from, to;
};

struct survey {
	struct function_list *list;
	struct VEC_OF(struct candidate) found;
	struct bounds bounds[6];
};

static const struct bounds untraced[] = {
	{ "__noinstr_text_start", "__noinstr_text_end", 0, 0 },
	{ "__kprobes_text_start", "__kprobes_text_end", 0, 0 },
	{ "__entry_text_start", "__entry_text_end", 0, 0 },
	{ "__cpuidle_text_start", "__cpuidle_text_end", 0, 0 },
	{ "__indirect_thunk_start", "__indirect_thunk_end", 0, 0 },
	{ "_sinittext", "_einittext", 0, 0 },
};

static bool take_bound(struct survey *s, const struct kernel_symbol *symbol)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->bounds); i++) {
		if (!strcmp(symbol->name, s->bounds[i].first))
			s->bounds[i].from = symbol->address;
		else if (!strcmp(symbol->name, s->bounds[i].last))
			s->bounds[i].to = symbol->address;
		else
			continue;
		return true;
	}
	return false;
}

/* Parts and helpers that the compiler and the build make beside functions. */
static bool is_no_function(const char *name)
{
	static const char *const prefixes[] = { "__pfx_", "__cfi_", "__SCT__", "__x86_indirect_",
						"__x86_return_" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (text_starts_with(name, prefixes[i]))
			return true;
	}
	return strstr(name, ".cold") || name[0] == '.' || name[0] == '$';
}

static int survey_symbol(const struct kernel_symbol *symbol, void *context)
{
	struct survey *s = context;
	struct function_list *l = s->list;
	size_t name_len = strlen(symbol->name), module_len = strlen(symbol->module);
	struct candidate item = { symbol->address, l->len };

	if (take_bound(s, symbol) || !strchr("tTwW", symbol->type) ||
	    is_no_function(symbol->name) || text_starts_with(symbol->module, "bpf") ||
	    text_starts_with(symbol->module, "__builtin"))
		return 0;
	make_room(l, name_len + module_len + 5);
	l->len += (size_t)(stpcpy(l->text + l->len, symbol->name) - (l->text + l->len));
	if (module_len)
		l->len += (size_t)sprintf(l->text + l->len, " [%s]", symbol->module);
	l->text[l->len++] = '\n';
	vec_push(&s->found, item);
	return 0;
}

static bool is_untraced(const struct survey *s, uint64_t address)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->bounds); i++) {
		if (address >= s->bounds[i].from && address < s->bounds[i].to)
			return true;
	}
	return false;
}

static enum function_source list_symbols(struct host *h, struct function_list *l)
{
	struct survey s = { .list = l };
	size_t kept = 0;

	(void)h;
	_Static_assert(sizeof(s.bounds) == sizeof(untraced), "one for each");
	memcpy(s.bounds, untraced, sizeof(untraced));
	host_each_kernel_symbol(survey_symbol, &s);
	for (size_t i = 0; i < s.found.count; i++) {
		size_t at = s.found.items[i].at;
		size_t end = i + 1 < s.found.count ? s.found.items[i + 1].at : l->len;

		if (is_untraced(&s, s.found.items[i].address))
			continue;
		memmove(l->text + kept, l->text + at, end - at);
		kept += end - at;
	}
	l->len = kept;
	vec_free(&s.found);
	return kept ? FUNCTIONS_SYMBOLS : FUNCTIONS_UNKNOWN;
}

/* --- which list ------------------------------------------------------------------------------ */

int host_use_traceable_functions(struct host *h, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	h->traceable.fd = fd;
	h->traceable.path = arena_strdup(&h->arena, path);
	h->traceable.source = FUNCTIONS_LISTED;
	return 0;
}

bool host_has_own_traceable_functions(struct host *h)
{
	return h->traceable.path;
}

/* Opens the list; its first bytes show whether it may be read. */
static enum function_source open_list(struct host *h)
{
	struct function_list *l = &h->traceable;
	const char *tracefs = host_tracefs(h, NULL);
	auto_strbuf struct strbuf path = STRBUF_INIT;

	if (l->source != FUNCTIONS_UNTRIED || !tracefs)
		return l->source;
	strbuf_printf(&path, "%s/available_filter_functions", tracefs);
	l->fd = open(path.text, O_RDONLY | O_CLOEXEC);
	if (read_more(l))
		l->source = FUNCTIONS_LISTED;
	return l->source;
}

static enum function_source need_list(struct host *h)
{
	struct function_list *l = &h->traceable;

	if (open_list(h) == FUNCTIONS_UNTRIED)
		l->source = list_symbols(h, l);
	return l->source;
}

/* --- asking ---------------------------------------------------------------------------------- */

/* A line taken apart; false: none of ours. */
static bool parse_line(char *line, const char **name, const char **module)
{
	char *rest = line + strcspn(line, " \t");

	*name = line;
	*module = KERNEL;
	if (*rest) {
		*rest++ = '\0';
		rest += strspn(rest, " \t");
	}
	if (*rest == '[') {
		*module = ++rest;
		rest[strcspn(rest, "]")] = '\0';
	}
	return *line && !strstr(line, ".part.") &&
	       !text_starts_with(line, "__ftrace_invalid_address___");
}

struct enumeration {
	const char *module, *name;
	int (*fn)(const char *module, const char *name, void *context);
	void *context;
	struct strmap seen; /* names are not unique in the kernel, nor in the list */
};

static int offer_line(struct enumeration *e, const char *text, size_t len)
{
	char line[512];
	const char *name, *module;
	size_t before = e->seen.count;

	if (len >= sizeof(line))
		return 0;
	memcpy(line, text, len);
	line[len] = '\0';
	if (!parse_line(line, &name, &module) || !text_glob(e->name, name) ||
	    !text_glob(e->module, module))
		return 0;
	strmap_set_len(&e->seen, text, len, e);
	return e->seen.count > before ? e->fn(module, name, e->context) : 0;
}

int host_each_traceable(struct host *h, const char *module, const char *name,
			int (*fn)(const char *module, const char *name, void *context),
			void *context)
{
	struct enumeration e = { module ?: "*", name, fn, context, STRMAP_INIT };
	struct function_list *l = &h->traceable;
	int stop = 0;

	if (need_list(h) == FUNCTIONS_UNKNOWN)
		return -ENOENT;
	while (read_more(l))
		;
	for (size_t at = 0; !stop && at < l->len;) {
		char *end = memchr(l->text + at, '\n', l->len - at);
		size_t len = end ? (size_t)(end - (l->text + at)) : l->len - at;

		stop = offer_line(&e, l->text + at, len);
		at += len + 1;
	}
	strmap_free(&e.seen);
	return stop;
}

/* Whether a line is `name`, of that module (NULL, "*": of any). */
static bool is_line_of(const char *line, const char *name, size_t name_len, const char *module)
{
	const char *rest = line + name_len;
	size_t len = module ? strlen(module) : 0;

	if (memcmp(line, name, name_len) || !strchr(" \t\n", *rest))
		return false;
	if (!module || !strcmp(module, "*"))
		return true;
	if (*rest == '\n')
		return !strcmp(module, KERNEL);
	rest += strspn(rest, " \t");
	return *rest == '[' && !strncmp(rest + 1, module, len) && rest[1 + len] == ']';
}

static bool lines_have(const char *text, size_t len, const char *name, const char *module)
{
	size_t name_len = strlen(name);
	const char *at = text, *end = text + len;

	if (!len) /* and text may be NULL */
		return false;
	for (;;) {
		at = memmem(at, (size_t)(end - at), name, name_len);
		if (!at)
			return false;
		if ((at == text || at[-1] == '\n') && is_line_of(at, name, name_len, module))
			return true;
		at++;
	}
}

/* Reads no further than to the line. */
static bool list_has(struct function_list *l, const char *name, const char *module)
{
	size_t at = 0, len;

	do {
		len = whole_lines(l, at);
		if (lines_have(l->text + at, len, name, module))
			return true;
		at += len;
	} while (read_more(l));
	return false;
}

struct symbol_search {
	const char *name, *module;
};

static int compare_symbol(const struct kernel_symbol *symbol, void *context)
{
	const struct symbol_search *s = context;

	if (!strchr("tTwW", symbol->type) || strcmp(symbol->name, s->name))
		return 0;
	return !s->module || !strcmp(s->module, *symbol->module ? symbol->module : KERNEL);
}

/* A function of that name exists: BTF tells soonest, but it has no assembly. */
static bool function_exists(struct host *h, const char *module, const char *name)
{
	struct symbol_search s = { name, module && strcmp(module, "*") ? module : NULL };
	struct btf_ref ref;
	int err = host_function_btf(h, module, name, &ref);

	return !err || err == -ENOTUNIQ || host_each_kernel_symbol(compare_symbol, &s) == 1;
}

enum host_traceable host_traceable(struct host *h, const char *module, const char *name)
{
	bool is_listed = open_list(h) == FUNCTIONS_LISTED;

	if (!*name || strstr(name, ".part."))
		return TRACEABLE_ABSENT;
	if (is_listed && list_has(&h->traceable, name, module))
		return TRACEABLE_YES;
	if (!function_exists(h, module, name))
		return TRACEABLE_ABSENT;
	return is_listed ? TRACEABLE_NOT_LISTED : TRACEABLE_UNKNOWN;
}

struct near {
	struct text_nearest nearest;
	char best[128];
};

static int offer_near(const char *module, const char *name, void *context)
{
	struct near *n = context;
	const char *before = n->nearest.best;

	(void)module;
	text_nearest_offer(&n->nearest, name);
	if (n->nearest.best != before) { /* the name is gone with the line */
		snprintf(n->best, sizeof(n->best), "%s", name);
		n->nearest.best = n->best;
	}
	return 0;
}

const char *host_traceable_nearest(struct host *h, const char *name)
{
	struct near n;

	text_nearest_init(&n.nearest, name);
	host_each_traceable(h, "*", "*", offer_near, &n);
	return n.nearest.best ? arena_strdup(&h->arena, n.best) : NULL;
}

/* --- kprobes' own list ----------------------------------------------------------------------- */

/* Lines are `0xfrom-0xto<tab>name`. */
static void read_blacklist(struct host *h)
{
	auto_fclose FILE *f = fopen("/sys/kernel/debug/kprobes/blacklist", "re");
	char line[512];

	h->blacklist_was_read = true;
	while (f && fgets(line, sizeof(line), f)) {
		char *name = strchr(line, '\t');

		if (!name)
			continue;
		name[strcspn(name, "\n")] = '\0';
		strmap_set(&h->blacklist, name + 1, h);
	}
}

bool host_function_is_blacklisted(struct host *h, const char *name)
{
	if (!h->blacklist_was_read)
		read_blacklist(h);
	return strmap_get(&h->blacklist, name);
}
