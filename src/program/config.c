/* SPDX-License-Identifier: Apache-2.0 */
/* The table of configuration variables and what reads their values. */
#include "program/config.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include "util/text.h"

static const struct config_words config_missing = {
	"expected error, warn or ignore", false,
	{ { "error", 0 }, { "warn", 1 }, { "ignore", 2 } },
};
static const struct config_words config_cache = {
	"expected PER_PID, PER_PROGRAM or NONE", false,
	{ { "PER_PID", 0 }, { "PER_PROGRAM", 1 }, { "NONE", 2 }, { "0", 2 }, { "1", 0 } },
};
static const struct config_words config_stack = {
	"expected bpftrace, perf, raw or build_id", true,
	{ { "bpftrace", 0 }, { "perf", 1 }, { "raw", 2 }, { "build_id", 3 } },
};
static const struct config_words config_licenses = {
	"expected GPL, GPL v2, GPL and additional rights, Dual BSD/GPL, Dual MIT/GPL or Dual "
	"MPL/GPL", true,
	{ { "GPL", 0 }, { "GPL v2", 1 }, { "GPL and additional rights", 2 },
	  { "Dual BSD/GPL", 3 }, { "Dual MIT/GPL", 4 }, { "Dual MPL/GPL", 5 } },
};
static const struct config_words config_unstable = {
	"expected enable, warn or error", false,
	{ { "enable", UNSTABLE_ENABLE }, { "warn", UNSTABLE_WARN }, { "error", UNSTABLE_ERROR },
	  { "true", UNSTABLE_ENABLE }, { "on", UNSTABLE_ENABLE }, { "yes", UNSTABLE_ENABLE },
	  { "1", UNSTABLE_ENABLE }, { "false", UNSTABLE_ERROR }, { "off", UNSTABLE_ERROR },
	  { "no", UNSTABLE_ERROR }, { "0", UNSTABLE_ERROR } },
};
static const struct config_words bool_words = {
	"expected 1 true on yes or 0 false off no", false,
	{ { "true", 1 }, { "false", 0 }, { "1", 1 }, { "0", 0 }, { "on", 1 }, { "off", 0 },
	  { "yes", 1 }, { "no", 0 } },
};

const struct config_key config_keys[CONFIG_KEY_COUNT] = {
#define CONFIG_KEY(ID, kind, member, min, max, words, initial, help)                               \
	[CONFIG_##ID] = { #member, #ID, CONFIG_KIND_##kind,                                        \
			  offsetof(struct program_config, member), min, max, words, initial, help },
#include "program/config.def"
#undef CONFIG_KEY
};

static const struct config_old old_names[] = {
	{ "strlen", "max_strlen", false },
	{ "no_cpp_demangle", "cpp_demangle", true },
	{ "cat_bytes_max", "max_cat_bytes", false },
	{ "map_keys_max", "max_map_keys", false },
	{ "symbol_source", NULL, false },
	{ "max_type_res_iterations", NULL, false },
	{ "unstable_addr", NULL, false },
	{ "unstable_import", NULL, false },
	{ "unstable_macro", NULL, false },
	{ "unstable_map_decl", NULL, false },
};

static const char *const environment_only[] = {
	"btf", "vmlinux", "kernel_source", "kernel_build", "color", "objcopy", "dummy_ts_map",
};

/* --- values ----------------------------------------------------------------------------------- */

static uint32_t *number_at(struct config_values *v, const struct config_key *k)
{
	return (uint32_t *)((char *)&v->numbers + k->offset);
}

static uint8_t *byte_at(struct config_values *v, const struct config_key *k)
{
	return (uint8_t *)&v->numbers + k->offset;
}

static const struct config_word *find_word(const struct config_words *words, const char *text)
{
	for (const struct config_word *w = words->list; w->name; w++) {
		if (words->is_exact ? !strcmp(w->name, text) : text_equal_nocase(w->name, text))
			return w;
	}
	return NULL;
}

int config_set_number(struct config_values *v, enum config_id id, uint64_t number,
		      const char **why)
{
	const struct config_key *k = &config_keys[id];

	if (k->kind == CONFIG_KIND_BOOL) {
		*byte_at(v, k) = number != 0;
		return 0;
	}
	if (number < k->min || number > k->max) {
		*why = number < k->min ? "too small" : "too large";
		return -EINVAL;
	}
	*number_at(v, k) = (uint32_t)number;
	return 0;
}

static int set_word(uint8_t *target, const struct config_words *words, const char *text,
		    const char **why)
{
	const struct config_word *word = find_word(words, text);

	if (!word) {
		*why = words->expected;
		return -EINVAL;
	}
	*target = word->value;
	return 0;
}

int config_set_text(struct config_values *v, enum config_id id, const char *text,
		    const char **why)
{
	const struct config_key *k = &config_keys[id];
	uint64_t number;

	switch (k->kind) {
	case CONFIG_KIND_NUMBER:
		*why = "not a number";
		if (text_parse_u64(text, strlen(text), &number, why))
			return -EINVAL;
		return config_set_number(v, id, number, why);
	case CONFIG_KIND_BOOL:
		return set_word(byte_at(v, k), &bool_words, text, why);
	case CONFIG_KIND_WORD:
		return set_word(byte_at(v, k), k->words, text, why);
	case CONFIG_KIND_TEXT:
		v->texts[id] = text;
		return 0;
	}
	return -EINVAL;
}

uint64_t config_number(const struct config_values *v, enum config_id id)
{
	const struct config_key *k = &config_keys[id];

	return k->kind == CONFIG_KIND_NUMBER ? *number_at((struct config_values *)v, k)
					     : *byte_at((struct config_values *)v, k);
}

const char *config_text(const struct config_values *v, enum config_id id)
{
	const struct config_key *k = &config_keys[id];
	const struct config_word *word;

	if (k->kind == CONFIG_KIND_TEXT)
		return v->texts[id];
	word = k->words->list;
	while (word->value != *byte_at((struct config_values *)v, k))
		word++;
	return word->name;
}

void config_values_init(struct config_values *v)
{
	const char *why;

	*v = (struct config_values){ 0 };
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		if (config_set_text(v, (enum config_id)i, config_keys[i].initial, &why))
			bug("default of %s: %s", config_keys[i].name, why);
	}
}

void config_apply(const struct config_values *v, struct program *p)
{
	p->config = v->numbers;
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		if (config_keys[i].kind == CONFIG_KIND_TEXT)
			*(uint32_t *)((char *)&p->config + config_keys[i].offset) =
				program_add_string(p, v->texts[i]);
	}
}

/* --- names ------------------------------------------------------------------------------------ */

static const char *without_prefix(const char *name)
{
	static const char *const prefixes[] = { "BPFTRACE_", "BITTERN_" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (!strncasecmp(name, prefixes[i], strlen(prefixes[i])))
			return name + strlen(prefixes[i]);
	}
	return name;
}

int config_find(const char *name)
{
	name = without_prefix(name);
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		if (text_equal_nocase(config_keys[i].name, name))
			return i;
	}
	return -1;
}

const struct config_old *config_find_old(const char *name)
{
	name = without_prefix(name);
	for (size_t i = 0; i < ARRAY_SIZE(old_names); i++) {
		if (text_equal_nocase(old_names[i].name, name))
			return &old_names[i];
	}
	return NULL;
}

bool config_is_environment_only(const char *name)
{
	name = without_prefix(name);
	for (size_t i = 0; i < ARRAY_SIZE(environment_only); i++) {
		if (text_equal_nocase(environment_only[i], name))
			return true;
	}
	return false;
}

const char *config_nearest(const char *name)
{
	struct text_nearest near;

	text_nearest_init(&near, without_prefix(name));
	for (int i = 0; i < CONFIG_KEY_COUNT; i++)
		text_nearest_offer(&near, config_keys[i].name);
	return near.best;
}

const char *config_license(const struct program_config *c)
{
	return config_licenses.list[c->license].name;
}
