/* SPDX-License-Identifier: Apache-2.0 */
/* The table of settings and their readers. Neither looks at a variable nobody set. */
#include "cli/settings.h"

#include <errno.h>
#include <string.h>
#include "cli/message.h"
#include "util/text.h"

struct setting_row {
	const char *name; /* without prefix */
	/* Reads text into target; 0 or -EINVAL with *why a phrase. */
	int (*parse)(const struct setting_row *row, void *target, const char *text,
		     const char **why);
	size_t target; /* offset in struct settings */
	uint64_t min, max;
	const char *initial; /* for help */
	const char *help;
};

static int parse_number(const struct setting_row *row, void *target, const char *text,
			const char **why)
{
	uint64_t value;

	*why = "not a number";
	if (text_parse_u64(text, strlen(text), &value, why))
		return -EINVAL;
	if (value < row->min || value > row->max) {
		*why = value < row->min ? "too small" : "too large";
		return -EINVAL;
	}
	*(uint32_t *)target = value;
	return 0;
}

/* The position of text in a list of words, any case; or -1. */
static int find_word(const char *const *words, const char *text)
{
	for (int i = 0; words[i]; i++)
		if (text_equal_nocase(words[i], text))
			return i;
	return -1;
}

static int parse_bool(const struct setting_row *row, void *target, const char *text,
		      const char **why)
{
	static const char *const words[] = { "0", "1",	"false", "true", "off",
					     "on", "no", "yes",	  NULL };
	int i = find_word(words, text);

	(void)row;
	*why = "expected 1 true on yes or 0 false off no";
	if (i < 0)
		return -EINVAL;
	*(uint8_t *)target = i & 1;
	return 0;
}

static int parse_missing_probes(const struct setting_row *row, void *target, const char *text,
				const char **why)
{
	static const char *const words[] = { "error", "warn", "ignore", NULL };
	int i = find_word(words, text);

	(void)row;
	*why = "expected error, warn or ignore";
	if (i < 0)
		return -EINVAL;
	*(uint8_t *)target = i;
	return 0;
}

static int parse_words(const struct setting_row *row, void *target, const char *text,
		       const char **why)
{
	(void)row;
	(void)why;
	*(const char **)target = text;
	return 0;
}

#define CONFIG(member) offsetof(struct settings, config.member)

static const struct setting_row setting_rows[] = {
	{ "MAX_STRLEN", parse_number, CONFIG(max_strlen), 1, 1 << 20, "1024",
	  "bytes of str() and buf() results" },
	{ "MAX_MAP_KEYS", parse_number, CONFIG(max_map_keys), 1, UINT32_MAX, "4096",
	  "entries of a keyed map" },
	{ "MAX_PROBES", parse_number, CONFIG(max_probes), 1, UINT32_MAX, "1024",
	  "probes a script may attach" },
	{ "MAX_BPF_PROGS", parse_number, CONFIG(max_bpf_progs), 1, UINT32_MAX, "1024",
	  "BPF programs a script may need" },
	{ "ON_STACK_LIMIT", parse_number, CONFIG(on_stack_limit), 0, 512, "32",
	  "larger objects live in scratch memory, not on the BPF stack" },
	{ "PERF_RB_PAGES", parse_number, CONFIG(perf_rb_pages), 0, 1 << 20, "by memory",
	  "ring buffer pages in total" },
	{ "MAX_CAT_BYTES", parse_number, CONFIG(max_cat_bytes), 0, UINT32_MAX, "10240",
	  "bytes cat() prints at most" },
	{ "PRINT_MAPS_ON_EXIT", parse_bool, CONFIG(print_maps_on_exit), 0, 0, "true",
	  "print all maps at the end" },
	{ "MISSING_PROBES", parse_missing_probes, CONFIG(missing_probes), 0, 0, "error",
	  "probes that do not exist: error, warn or ignore" },
	{ "STR_TRUNC_TRAILER", parse_words, offsetof(struct settings, str_trunc_trailer), 0, 0,
	  "..", "what follows a string that was cut" },
};

/* Reads one row's variable under one prefix. 1 if it was set, 0, or -EINVAL. */
static int read_row(struct settings *out, const struct setting_row *row, const char *prefix)
{
	const char *text, *why = NULL;
	char name[64];

	snprintf(name, sizeof(name), "%s%s", prefix, row->name);
	text = getenv(name);
	if (!text)
		return 0;
	if (row->parse(row, (char *)out + row->target, text, &why)) {
		cli_error("%s is '%s': %s", name, text, why);
		return -EINVAL;
	}
	return 1;
}

int settings_read(struct settings *out)
{
	struct program defaults;

	program_init(&defaults);
	*out = (struct settings){ .config = defaults.config };
	program_free(&defaults);
	for (size_t i = 0; i < ARRAY_SIZE(setting_rows); i++) {
		int n = read_row(out, &setting_rows[i], "BITTERN_");

		if (!n)
			n = read_row(out, &setting_rows[i], "BPFTRACE_");
		if (n < 0)
			return n;
	}
	return 0;
}

void settings_print_help(FILE *f)
{
	fprintf(f, "    %-30s %s [%s]\n", "BPFTRACE_COLOR", "colour of messages: auto, always, never",
		"auto");
	for (size_t i = 0; i < ARRAY_SIZE(setting_rows); i++) {
		char name[64];

		snprintf(name, sizeof(name), "BPFTRACE_%s", setting_rows[i].name);
		fprintf(f, "    %-30s %s [%s]\n", name, setting_rows[i].help,
			setting_rows[i].initial);
	}
}

void settings_print_man(FILE *f)
{
	fputs(".TP\n.B BPFTRACE_COLOR\nColour of messages: auto, always or never. Default: auto.\n", f);
	for (size_t i = 0; i < ARRAY_SIZE(setting_rows); i++) {
		const struct setting_row *row = &setting_rows[i];

		fprintf(f, ".TP\n.B BPFTRACE_%s\n%c%s. Default: \\fB%s\\fR .\n", row->name,
			row->help[0] >= 'a' && row->help[0] <= 'z' ? row->help[0] - 'a' + 'A' :
								     row->help[0],
			row->help + 1, row->initial);
	}
}
