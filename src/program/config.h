/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration variables (spec cli-config.md §5): the table that the environment, the config block
 * and the record `config` of a script share, with what each accepts and where its value lies.
 */
#ifndef BITTERN_PROGRAM_CONFIG_H
#define BITTERN_PROGRAM_CONFIG_H

#include "program/program.h"

enum config_id {
#define CONFIG_KEY(ID, ...) CONFIG_##ID,
#include "program/config.def"
#undef CONFIG_KEY
	CONFIG_KEY_COUNT
};

enum config_kind {
	CONFIG_KIND_NUMBER, /* uint32_t in struct program_config */
	CONFIG_KIND_BOOL,   /* uint8_t */
	CONFIG_KIND_WORD,   /* uint8_t: one of a few words */
	CONFIG_KIND_TEXT,   /* uint32_t: a string of the program */
};

struct config_word {
	const char *name;
	uint8_t value; /* of several words for a value the first is the one that is shown */
};

struct config_words {
	const char *expected; /* for messages */
	bool is_exact;	      /* words count in the case they are listed in */
	struct config_word list[12]; /* ends with a NULL name */
};

struct config_key {
	const char *name, *variable; /* in lower case; of the environment, without prefix */
	enum config_kind kind;
	size_t offset; /* in struct program_config */
	uint64_t min, max;
	const struct config_words *words;
	const char *initial; /* default, as text */
	const char *help;
};

/* What unstable features are allowed to: values of the words of unstable_…. */
enum config_unstable { UNSTABLE_ERROR, UNSTABLE_WARN, UNSTABLE_ENABLE };

/* All values while they are collected. */
struct config_values {
	struct program_config numbers;	      /* string members are not used … */
	const char *texts[CONFIG_KEY_COUNT];  /* … but these, borrowed */
	bool is_fixed[CONFIG_KEY_COUNT];      /* by the environment, which the block does not
						 override */
};

/* A name of former times: accepted with a warning. */
struct config_old {
	const char *name;
	const char *now;  /* NULL: without effect today */
	bool is_opposite; /* true meant what false means today */
};

extern const struct config_key config_keys[CONFIG_KEY_COUNT];

void config_values_init(struct config_values *v);
/* Reads a value written as text, as in the environment: 0, or -EINVAL with *why a phrase. */
int config_set_text(struct config_values *v, enum config_id id, const char *text,
		    const char **why);
int config_set_number(struct config_values *v, enum config_id id, uint64_t number,
		      const char **why);
/* The present value of a number or bool; of a word or text. */
uint64_t config_number(const struct config_values *v, enum config_id id);
const char *config_text(const struct config_values *v, enum config_id id);
/* Into the program. */
void config_apply(const struct config_values *v, struct program *p);

/* By name: any case, with or without BPFTRACE_ or BITTERN_ in front. -1, NULL, false: none. */
int config_find(const char *name);
const struct config_old *config_find_old(const char *name);
bool config_is_environment_only(const char *name);
/* The key nearest in spelling, or NULL. */
const char *config_nearest(const char *name);

/* Text of the license for the kernel. */
const char *config_license(const struct program_config *c);

#endif
