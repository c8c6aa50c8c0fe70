/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass "config": the block `config = { … }` into the program's settings (spec language.md §2.2).
 *
 * What the environment has set stays, whatever the block says; the block is checked all the same.
 * Here, too: the record `config` that scripts read, and what unstable features may do.
 */
#include <errno.h>
#include "sema/pass.h"

static const char *const kinds[] = {
	[CONFIG_KIND_NUMBER] = "a number",
	[CONFIG_KIND_BOOL] = "true or false",
	[CONFIG_KIND_WORD] = "a word",
	[CONFIG_KIND_TEXT] = "a string",
};

/* --- one entry -------------------------------------------------------------------------------- */

static void bad_value(struct sema *s, const struct ast_config_entry *entry, enum config_id id,
		      const char *why)
{
	diag_error(s->diag, DIAG_CONFIG_VALUE, entry->value_loc, "%s: %s", config_keys[id].name,
		   why);
}

/* The value as text, or NULL for a number. */
static const char *text_of(const struct expr *value)
{
	if (value->kind == EXPR_STRING)
		return value->string.bytes;
	if (value->kind == EXPR_BOOLEAN)
		return value->boolean.value ? "true" : "false";
	return value->kind == EXPR_NAME ? value->name.name : NULL;
}

static int set_number(struct sema *s, const struct ast_config_entry *entry, enum config_id id,
		      struct config_values *into, const char **why)
{
	uint64_t number = entry->value->integer.value;

	switch (config_keys[id].kind) {
	case CONFIG_KIND_NUMBER:
	case CONFIG_KIND_BOOL:
		return config_set_number(into, id, number, why);
	case CONFIG_KIND_TEXT:
		return config_set_text(into, id, arena_printf(s->arena, "%llu",
							      (unsigned long long)number), why);
	case CONFIG_KIND_WORD:
		*why = config_keys[id].words->expected;
		return -EINVAL;
	}
	return -EINVAL;
}

static void set_value(struct sema *s, const struct ast_config_entry *entry, enum config_id id,
		      struct config_values *into)
{
	const char *text = text_of(entry->value), *why = "";
	int err;

	if (config_keys[id].kind == CONFIG_KIND_NUMBER && text) {
		why = arena_printf(s->arena, "expected %s", kinds[config_keys[id].kind]);
		err = -EINVAL;
	} else if (text) {
		err = config_set_text(into, id, text, &why);
	} else {
		err = set_number(s, entry, id, into, &why);
	}
	if (err)
		bad_value(s, entry, id, why);
}

/* true for false, for variables that used to mean the opposite. */
static void turn_around(struct sema *s, struct ast_config_entry *entry)
{
	struct config_values value = s->config;
	enum config_id id = (enum config_id)config_find("cpp_demangle");
	uint32_t errors = s->diag->error_count;

	set_value(s, entry, id, &value);
	if (s->diag->error_count == errors)
		entry->value = expr_boolean(s->arena, entry->value_loc,
					    !config_number(&value, id));
}

/* A name of former times becomes today's. False: it has no effect any more. */
static bool rename_old(struct sema *s, struct ast_config_entry *entry)
{
	const struct config_old *old = config_find_old(entry->key);
	struct diag_msg *m;

	if (!old)
		return true;
	if (!old->now) {
		diag_warning(s->diag, DIAG_CONFIG_OLD, entry->loc,
			     "the setting '%s' has no effect any more", entry->key);
		return false;
	}
	if (old->is_opposite)
		turn_around(s, entry);
	m = diag_warning(s->diag, DIAG_CONFIG_OLD, entry->loc, "the setting '%s' is called '%s' now",
			 entry->key, old->now);
	diag_hint(m, "write %s = %s", old->now,
		  old->is_opposite ? "… with the opposite value" : "…");
	entry->key = old->now;
	return true;
}

static void unknown_key(struct sema *s, const struct ast_config_entry *entry)
{
	struct diag_msg *m;

	if (config_is_environment_only(entry->key)) {
		diag_error(s->diag, DIAG_CONFIG_KEY, entry->loc,
			   "'%s' can only be set as an environment variable", entry->key);
		return;
	}
	m = diag_error(s->diag, DIAG_CONFIG_KEY, entry->loc, "unknown setting: '%s'", entry->key);
	diag_did_you_mean(m, config_nearest(entry->key));
}

static void read_entry(struct sema *s, struct ast_config_entry *entry)
{
	struct config_values ignored = s->config;
	int id;

	if (!rename_old(s, entry))
		return;
	id = config_find(entry->key);
	if (id < 0)
		unknown_key(s, entry);
	else
		set_value(s, entry, (enum config_id)id,
			  s->config.is_fixed[id] ? &ignored : &s->config);
}

/* One of them, or two, fit a key of 512 bytes, and a few numbers beside them. */
#define STRING_OF_KEY	  480
#define STRING_OF_KEY_TWO 224

static void shorten_strings(struct sema *s)
{
	bool are_two = s->options->relief & PROGRAM_RELIEF_KEYS_OF_TWO;
	const char *why;

	if (!(s->options->relief & (PROGRAM_RELIEF_KEYS | PROGRAM_RELIEF_KEYS_OF_TWO)) ||
	    s->config.is_fixed[CONFIG_MAX_STRLEN])
		return;
	config_set_number(&s->config, CONFIG_MAX_STRLEN,
			  are_two ? STRING_OF_KEY_TWO : STRING_OF_KEY, &why);
	config_apply(&s->config, s->program);
}

int pass_config(struct sema *s)
{
	shorten_strings(s);
	for (size_t i = 0; i < s->tree->config.count; i++)
		read_entry(s, s->tree->config.items[i]);
	if (s->tree->config.count)
		config_apply(&s->config, s->program);
	return s->diag->error_count ? -EINVAL : 0;
}

/* --- for scripts ------------------------------------------------------------------------------ */

static struct expr *value_of(struct sema *s, enum config_id id, struct loc loc)
{
	const char *text;

	switch (config_keys[id].kind) {
	case CONFIG_KIND_NUMBER:
		return expr_integer(s->arena, loc, config_number(&s->config, id));
	case CONFIG_KIND_BOOL:
		return expr_boolean(s->arena, loc, config_number(&s->config, id));
	case CONFIG_KIND_WORD:
	case CONFIG_KIND_TEXT:
		break;
	}
	text = config_text(&s->config, id);
	return expr_string(s->arena, loc, text, strlen(text));
}

struct expr *sema_config_record(struct sema *s, struct loc loc)
{
	struct expr *e = expr_new(s->arena, EXPR_RECORD, loc);

	e->record.names = arena_alloc(s->arena, CONFIG_KEY_COUNT * sizeof(*e->record.names));
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		e->record.names[i] = config_keys[i].name;
		arena_vec_push(s->arena, &e->record.items, value_of(s, (enum config_id)i, loc));
	}
	return e;
}

bool sema_allow_unstable(struct sema *s, enum config_id key, const char *what, struct loc loc)
{
	enum config_unstable allowed = (enum config_unstable)config_number(&s->config, key);
	const char *name = config_keys[key].name;

	if (allowed == UNSTABLE_ERROR) {
		diag_hint(diag_error(s->diag, DIAG_UNSTABLE, loc,
				     "%s is an unstable feature, which may change", what),
			  "allow it with config = { %s = warn }, or enable for no warning", name);
		return false;
	}
	if (allowed == UNSTABLE_WARN && !s->unstable_seen[key])
		diag_hint(diag_warning(s->diag, DIAG_UNSTABLE_USED, loc,
				       "%s is an unstable feature, which may change", what),
			  "without this warning: config = { %s = enable }", name);
	s->unstable_seen[key] = true;
	return true;
}
