/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns of strmatch() and strglob() → tables by which a string is matched with one look-up a
 * character.
 *
 *	text → tree (regex.c, glob.c) → NFA → DFA → the smallest DFA (dfa.c)
 *
 * Strings end with a NUL, which is a character like others to the table: it leads to one of the two
 * final states. A match that is certain earlier leads there at once.
 */
#ifndef BITTERN_PATTERN_PATTERN_H
#define BITTERN_PATTERN_PATTERN_H

#include "util/arena.h"
#include "util/vec.h"

/* --- the table ---------------------------------------------------------------------------------- */
/* The final states; both lead to themselves. */
#define PATTERN_NO  0
#define PATTERN_YES 1
#define PATTERN_MAX_STATES  1000
#define PATTERN_MAX_ENTRIES 32768

struct pattern {
	uint8_t classes[256]; /* of each byte; that of NUL is 0 */
	uint32_t class_count, state_count;
	uint32_t start;
	uint16_t *next; /* [state * class_count + class] */
};

struct pattern_mistake {
	const char *text; /* what is wrong, static */
	size_t at;	  /* offset in the pattern */
};

/*
 * POSIX extended regular expressions: . [] [^] () | * + ? {m,n} ^ $ and \d \w \s \D \W \S \n \t \r;
 * a backslash in front of anything else that is no letter or digit, also in brackets, makes it
 * literal. Matches anywhere in the string. 0, or -EINVAL with the mistake filled in.
 */
int pattern_regex(struct arena *a, const char *text, size_t len, struct pattern *out,
		  struct pattern_mistake *mistake);
/* * ? [] [!] and backslash; matches the whole string. */
int pattern_glob(struct arena *a, const char *text, size_t len, struct pattern *out,
		 struct pattern_mistake *mistake);
/* What a program does: over at most size bytes. */
bool pattern_matches(const struct pattern *p, const char *string, size_t size);

/* --- between the files: the tree ----------------------------------------------------------------- */
struct byte_set {
	uint64_t bits[4];
};
static inline void byte_set_add(struct byte_set *s, uint8_t byte)
{
	s->bits[byte / 64] |= 1ull << byte % 64;
}
static inline bool byte_set_has(const struct byte_set *s, uint8_t byte)
{
	return s->bits[byte / 64] >> byte % 64 & 1;
}
/* All others; never NUL. */
void byte_set_invert(struct byte_set *s);

enum node_kind { NODE_SET, NODE_ALL, NODE_ANY, NODE_REPEAT, NODE_START, NODE_END };
struct node {
	enum node_kind kind;
	struct byte_set set; /* SET */
	struct nodes VEC_OF(struct node *) parts; /* ALL: one after another; ANY: one of; REPEAT: one */
	uint32_t min, max; /* REPEAT; max UINT32_MAX: no limit */
};
struct node *node_new(struct arena *a, enum node_kind kind);

struct reader {
	struct arena *arena;
	const char *text;
	size_t len, at;
	struct pattern_mistake *mistake;
	uint32_t depth; /* of parentheses */
};
/* Notes the mistake; -EINVAL. */
int pattern_mistake_at(struct reader *r, size_t at, const char *text);
/* What stands in brackets; the reader is behind the `[`. negation: characters that invert the set.
 * escape: reads what follows a backslash into the set. */
int pattern_read_brackets(struct reader *r, const char *negation,
			  int (*escape)(struct reader *r, struct byte_set *set),
			  struct byte_set *out);
/* The smallest table for a tree. is_search: a match may begin anywhere and end anywhere. */
int pattern_build(struct reader *r, const struct node *tree, bool is_search, struct pattern *out);

#endif
