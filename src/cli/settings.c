/* SPDX-License-Identifier: Apache-2.0 */
/* Reads configuration variables from the environment and lists them for help and manual. */
#include "cli/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cli/message.h"

/* Reads one key's variable under one prefix. 1 if it was set, 0, or -EINVAL. */
static int read_key(struct config_values *out, enum config_id id, const char *prefix)
{
	const char *text, *why = NULL;
	char name[64];

	snprintf(name, sizeof(name), "%s%s", prefix, config_keys[id].variable);
	text = getenv(name);
	if (!text)
		return 0;
	if (config_set_text(out, id, text, &why)) {
		cli_error("%s is '%s': %s", name, text, why);
		return -EINVAL;
	}
	out->is_fixed[id] = true;
	return 1;
}

int settings_read(struct config_values *out)
{
	config_values_init(out);
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		int n = read_key(out, (enum config_id)i, "BITTERN_");

		if (!n)
			n = read_key(out, (enum config_id)i, "BPFTRACE_");
		if (n < 0)
			return n;
	}
	return 0;
}

/* Variables that are no settings of a script. */
static const struct {
	const char *name, *help, *initial;
} environment_rows[] = {
	{ "BPFTRACE_COLOR", "colour of messages: auto, always, never", "auto" },
	{ "BPFTRACE_BTF", "file of the kernel's types: BTF, or ELF that has it",
	  "/sys/kernel/btf/vmlinux" },
};

void settings_print_help(FILE *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(environment_rows); i++)
		fprintf(f, "    %-30s %s [%s]\n", environment_rows[i].name,
			environment_rows[i].help, environment_rows[i].initial);
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *k = &config_keys[i];
		char name[64];

		snprintf(name, sizeof(name), "BPFTRACE_%s", k->variable);
		fprintf(f, "    %-30s %s [%s]\n", name, k->help, k->initial);
	}
}

static void print_sentence(FILE *f, const struct config_key *k)
{
	char first = k->help[0];
	/* The name of a function stays as it is written in scripts. */
	bool is_name = k->help[strcspn(k->help, " (")] == '(';

	if (!is_name && first >= 'a' && first <= 'z')
		first = (char)(first - 'a' + 'A');
	fprintf(f, "%c%s. Default: \\fB%s\\fR.\n", first, k->help + 1, k->initial);
}

void settings_print_man(FILE *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(environment_rows); i++) {
		const char *help = environment_rows[i].help;

		fprintf(f, ".TP\n.B %s\n%c%s. Default: \\fB%s\\fR.\n", environment_rows[i].name,
			help[0] - 'a' + 'A', help + 1, environment_rows[i].initial);
	}
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		fprintf(f, ".TP\n.B BPFTRACE_%s\n", config_keys[i].variable);
		print_sentence(f, &config_keys[i]);
	}
}

void settings_print_man_config(FILE *f)
{
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		fprintf(f, ".TP\n.B %s\n", config_keys[i].name);
		print_sentence(f, &config_keys[i]);
	}
}
