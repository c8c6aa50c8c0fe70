/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of probe types, and looking them up by what people write.
 *
 * Types are listed, not collected from a linker section: a static library drops objects nobody
 * refers to. Names are matched in any case, aliases exactly (u and U differ).
 */
#include <ctype.h>
#include <string.h>
#include "probes/types.h"
#include "util/text.h"

const struct probe_ops *const probe_types[] = {
	&probe_begin,	 &probe_end,	     &probe_fentry,   &probe_fexit,	    &probe_interval,
	&probe_iter,	 &probe_kprobe,	     &probe_kretprobe, &probe_profile,	    &probe_rawtracepoint,
	&probe_self,	 &probe_software,    &probe_tracepoint, NULL,
};

/* Types of the language that later versions bring, with their aliases. */
static const struct {
	const char *name, *aliases;
} planned[] = {
	{ "bench", "" },
	{ "hardware", "h" },
	{ "test", "" },
	{ "uprobe", "u" },
	{ "uretprobe", "ur" },
	{ "usdt", "U" },
	{ "watchpoint", "w" },
};

/* True if the blank-separated list holds the word. */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; *at;) {
		size_t n = strcspn(at, " ");

		if (n == len && n && !memcmp(at, word, n))
			return true;
		at += n + (at[n] == ' ');
	}
	return false;
}

static bool is_called(const char *type, const char *aliases, const char *name)
{
	return text_equal_nocase(type, name) || has_word(aliases, name);
}

const struct probe_ops *probe_type_find(const char *name)
{
	for (size_t i = 0; probe_types[i]; i++) {
		if (is_called(probe_types[i]->name, probe_types[i]->aliases, name))
			return probe_types[i];
	}
	return NULL;
}

enum type_space probe_space(const struct probe *p)
{
	if (p->target && !strcmp(p->ops->name, "tracepoint") && !strcmp(p->target, "syscalls"))
		return SPACE_USER;
	return p->ops->space;
}

bool probe_precedes_copy(const struct probe *p)
{
	static const char *const entries[] = { "kprobe", "fentry" };

	if (!strcmp(p->ops->name, "tracepoint"))
		return p->target && !strcmp(p->target, "syscalls") &&
		       text_starts_with(p->event, "sys_enter_");
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		if (!strcmp(p->ops->name, entries[i]))
			return true;
	}
	return false;
}

bool probe_type_is_planned(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(planned); i++) {
		if (is_called(planned[i].name, planned[i].aliases, name))
			return true;
	}
	return false;
}

const char *probe_type_nearest(const char *name)
{
	struct text_nearest nearest;
	char lower[32]; /* names are found in any case; longer ones are near to nothing */
	size_t len = 0;

	for (; name[len] && len + 1 < sizeof(lower); len++)
		lower[len] = (char)tolower((unsigned char)name[len]);
	lower[len] = '\0';
	text_nearest_init(&nearest, lower);
	for (size_t i = 0; probe_types[i]; i++)
		text_nearest_offer(&nearest, probe_types[i]->name);
	/* An alias in the wrong case: `T` for `t`. */
	for (size_t i = 0; !nearest.best && probe_types[i]; i++) {
		if (text_equal_nocase(probe_types[i]->aliases, name))
			nearest.best = probe_types[i]->aliases;
	}
	return nearest.best;
}
