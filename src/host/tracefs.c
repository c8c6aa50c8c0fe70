/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tracepoints as tracefs shows them: which there are, and the layout of their records.
 *
 * events/CATEGORY/EVENT are directories; a category that is named outright is the only one opened.
 * Category `ftrace` describes the tracer's own records and cannot be attached to, so it is left
 * out.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "host/host_private.h"
#include "util/text.h"

const char *host_tracefs(struct host *h, const char **why)
{
	static const char *const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };

	for (size_t i = 0; !h->tracefs_was_tried && i < ARRAY_SIZE(places); i++) {
		auto_strbuf struct strbuf path = STRBUF_INIT;

		strbuf_printf(&path, "%s/events", places[i]);
		auto_close int fd = open(path.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0) {
			h->tracefs = places[i];
			break;
		}
		if (errno == EACCES || errno == EPERM)
			h->tracefs_why = "tracefs is not readable (run as root or with "
					 "CAP_DAC_READ_SEARCH)";
	}
	h->tracefs_was_tried = true;
	if (!h->tracefs && !h->tracefs_why)
		h->tracefs_why = "tracefs is not mounted (mount -t tracefs nodev "
				 "/sys/kernel/tracing)";
	if (!h->tracefs && why)
		*why = h->tracefs_why;
	return h->tracefs;
}

/* --- events ----------------------------------------------------------------------------------- */

struct names VEC_OF(char *);

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted names of the directories in path, kept in the host's arena. */
static void read_directory(struct host *h, const char *path, struct names *out)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		vec_push(out, arena_strdup(&h->arena, entry->d_name));
	}
	closedir(dir);
	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), compare_names);
}

typedef int (*event_fn)(const char *category, const char *event, void *context);

static bool event_exists(struct host *h, const char *category, const char *event)
{
	auto_strbuf struct strbuf path = STRBUF_INIT;

	strbuf_printf(&path, "%s/events/%s/%s/id", h->tracefs, category, event);
	return !access(path.text, F_OK);
}

static int each_in_category(struct host *h, const char *category, const char *event,
			    event_fn fn, void *context)
{
	auto_strbuf struct strbuf path = STRBUF_INIT;
	struct names names = { 0 };
	int stop = 0;

	if (!strcmp(category, "ftrace") || strchr(category, '/') || strchr(event, '/'))
		return 0;
	if (!text_has_glob(event))
		return event_exists(h, category, event) ? fn(category, event, context) : 0;
	strbuf_printf(&path, "%s/events/%s", h->tracefs, category);
	read_directory(h, path.text, &names);
	for (size_t i = 0; !stop && i < names.count; i++) {
		if (text_glob(event, names.items[i]))
			stop = fn(category, names.items[i], context);
	}
	vec_free(&names);
	return stop;
}

static void read_categories(struct host *h)
{
	auto_strbuf struct strbuf path = STRBUF_INIT;
	struct names names = { 0 };

	if (h->categories.count)
		return;
	strbuf_printf(&path, "%s/events", h->tracefs);
	read_directory(h, path.text, &names);
	for (size_t i = 0; i < names.count; i++)
		vec_push(&h->categories, names.items[i]);
	vec_free(&names);
}

int host_each_event(struct host *h, const char *category, const char *event,
		    int (*fn)(const char *category, const char *event, void *context),
		    void *context)
{
	int stop = 0;

	if (!host_tracefs(h, NULL))
		return -ENOENT;
	if (!text_has_glob(category))
		return each_in_category(h, category, event, fn, context);
	read_categories(h);
	for (size_t i = 0; !stop && i < h->categories.count; i++) {
		if (text_glob(category, h->categories.items[i]))
			stop = each_in_category(h, h->categories.items[i], event, fn, context);
	}
	return stop;
}

/* --- formats ---------------------------------------------------------------------------------- */

/* The number after `key:` on a line such as "\toffset:8;\tsize:4;". */
static uint32_t number_after(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at ? (uint32_t)strtoul(at + strlen(key), NULL, 0) : 0;
}

/* "char comm[16]" → name "comm", type "char [16]". */
static void split_declaration(struct arena *a, const char *text, size_t len,
			      struct event_field *f)
{
	const char *end = text + len, *bracket = memchr(text, '[', len);
	const char *name_end = bracket ? bracket : end, *name;

	/* __data_loc puts the brackets behind the type: "char[] filename". */
	if (bracket && memrchr(bracket, ']', (size_t)(end - bracket)) != end - 1)
		name_end = end;
	while (name_end > text && name_end[-1] == ' ')
		name_end--;
	for (name = name_end; name > text && name[-1] != ' ' && name[-1] != '*'; name--)
		;
	f->name = arena_strndup(a, name, (size_t)(name_end - name));
	f->c_type = arena_printf(a, "%.*s%.*s", (int)(name - text), text, (int)(end - name_end),
				 name_end);
}

static void add_field(struct host *h, struct event_format *format, const char *line)
{
	static const char *const prefixes[] = { "__data_loc ", "__rel_loc " };
	const char *text = strstr(line, "field:"), *end = strchr(line, ';');
	struct event_field f = { 0 };

	if (!text || !end)
		return;
	text += strlen("field:");
	f.declaration = arena_strndup(&h->arena, text, (size_t)(end - text));
	if (text_starts_with(text, prefixes[0])) {
		f.is_data_loc = true;
		text += strlen(prefixes[0]);
	} else if (text_starts_with(text, prefixes[1])) {
		f.is_data_loc = f.is_rel_loc = true;
		text += strlen(prefixes[1]);
	}
	split_declaration(&h->arena, text, (size_t)(end - text), &f);
	f.offset = number_after(end, "offset:");
	f.size = number_after(end, "size:");
	f.is_signed = number_after(end, "signed:") != 0;
	f.is_common = text_starts_with(f.name, "common_");
	arena_vec_push(&h->arena, &format->fields, f);
}

static struct event_format *parse_format(struct host *h, FILE *file)
{
	struct event_format *format = ARENA_NEW(&h->arena, struct event_format);
	auto_free char *line = NULL;
	size_t capacity = 0;

	while (getline(&line, &capacity, file) > 0) {
		if (text_starts_with(line, "ID:"))
			format->id = number_after(line, "ID:");
		else if (text_starts_with(line, "\tfield:"))
			add_field(h, format, line);
		else if (text_starts_with(line, "print fmt:"))
			break;
	}
	return format;
}

int host_event_format(struct host *h, const char *category, const char *event,
		      const struct event_format **out)
{
	auto_strbuf struct strbuf path = STRBUF_INIT;
	auto_strbuf struct strbuf key = STRBUF_INIT;
	struct event_format *format;

	strbuf_printf(&key, "%s:%s", category, event);
	format = strmap_get(&h->formats, key.text);
	if (!format) {
		if (!host_tracefs(h, NULL) || strchr(category, '/') || strchr(event, '/'))
			return -ENOENT;
		strbuf_printf(&path, "%s/events/%s/%s/format", h->tracefs, category, event);
		auto_fclose FILE *file = fopen(path.text, "re");
		if (!file)
			return errno == ENOENT ? -ENOENT : -EACCES;
		format = parse_format(h, file);
		strmap_set(&h->formats, key.text, format);
	}
	*out = format;
	return 0;
}
