/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tree → NFA → DFA → the smallest DFA.
 *
 * The NFA is built from its end: what a node is made into knows what follows it. A state of the DFA
 * is the set of NFA states in which a string can be; only those count that wait for a byte or for
 * the end of the string. `^` holds in the set that the string begins in and nowhere else. Sizes are
 * limited, so that no pattern can take long.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "pattern/pattern.h"
#include "util/strmap.h"

#define MAX_NFA 3000

enum nfa_kind { NFA_BYTES, NFA_SPLIT, NFA_AT_START, NFA_AT_END, NFA_MATCH };
struct nfa {
	enum nfa_kind kind;
	uint32_t next, other; /* SPLIT has two */
	struct byte_set set;
};

/* A set of NFA states, ascending, and whether the string has just begun. */
struct state {
	uint32_t *items, count;
	bool is_start;
};

struct builder {
	struct reader *r;
	struct nfa *nfa;
	uint32_t nfa_count, first;
	bool is_search;
	uint8_t classes[256], sample[256]; /* a byte of each class */
	uint32_t class_count;
	struct state *states; /* [PATTERN_MAX_STATES]; the final ones are empty */
	uint32_t state_count;
	struct strmap known; /* bytes of a state → its number */
	uint16_t *next;
	uint32_t *stack, *mark, stamp; /* for closures: [MAX_NFA] each */
};

/* --- tree → NFA ------------------------------------------------------------------------------- */

static uint32_t add(struct builder *b, enum nfa_kind kind, uint32_t next)
{
	if (b->nfa_count == MAX_NFA) /* reported at the end: the number goes on to be in range */
		return MAX_NFA - 1;
	b->nfa[b->nfa_count] = (struct nfa){ .kind = kind, .next = next, .other = next };
	return b->nfa_count++;
}

static uint32_t generate(struct builder *b, const struct node *n, uint32_t next);

static uint32_t repeat(struct builder *b, const struct node *n, uint32_t next)
{
	const struct node *part = n->parts.items[0];
	uint32_t entry = next;

	if (n->max == UINT32_MAX) {
		entry = add(b, NFA_SPLIT, next);
		if (b->nfa_count < MAX_NFA)
			b->nfa[entry].other = generate(b, part, entry);
	}
	for (uint32_t i = n->min; n->max != UINT32_MAX && i < n->max && b->nfa_count < MAX_NFA;
	     i++) {
		uint32_t once = generate(b, part, entry);

		entry = add(b, NFA_SPLIT, next);
		b->nfa[entry].other = once;
	}
	for (uint32_t i = 0; i < n->min && b->nfa_count < MAX_NFA; i++)
		entry = generate(b, part, entry);
	return entry;
}

static uint32_t any_of(struct builder *b, const struct node *n, uint32_t next)
{
	uint32_t entry = generate(b, n->parts.items[0], next);

	for (size_t i = 1; i < n->parts.count; i++) {
		uint32_t other = generate(b, n->parts.items[i], next);

		entry = add(b, NFA_SPLIT, entry);
		b->nfa[entry].other = other;
	}
	return entry;
}

static uint32_t generate(struct builder *b, const struct node *n, uint32_t next)
{
	switch (n->kind) {
	case NODE_SET:
		next = add(b, NFA_BYTES, next);
		b->nfa[next].set = n->set;
		return next;
	case NODE_ALL:
		for (size_t i = n->parts.count; i-- > 0;)
			next = generate(b, n->parts.items[i], next);
		return next;
	case NODE_ANY:
		return any_of(b, n, next);
	case NODE_REPEAT:
		return repeat(b, n, next);
	case NODE_START:
		return add(b, NFA_AT_START, next);
	case NODE_END:
		return add(b, NFA_AT_END, next);
	}
	return next;
}

/* --- classes of bytes ------------------------------------------------------------------------- */

/* Parts every class in those bytes that are in the set and those that are not. */
static void refine(struct builder *b, const struct byte_set *set)
{
	uint16_t inside[256] = { 0 }; /* new class of the members of a class, plus 1 */
	bool has_outside[256] = { false };

	for (int c = 1; c < 256; c++)
		if (!byte_set_has(set, (uint8_t)c))
			has_outside[b->classes[c]] = true;
	for (int c = 1; c < 256; c++) {
		uint8_t class = b->classes[c];

		if (!byte_set_has(set, (uint8_t)c) || !has_outside[class])
			continue;
		if (!inside[class])
			inside[class] = (uint16_t)(++b->class_count);
		b->classes[c] = (uint8_t)(inside[class] - 1);
	}
}

static void find_classes(struct builder *b)
{
	b->class_count = 2; /* NUL, and all others */
	memset(b->classes + 1, 1, 255);
	for (uint32_t i = 0; i < b->nfa_count; i++)
		if (b->nfa[i].kind == NFA_BYTES)
			refine(b, &b->nfa[i].set);
	for (int c = 255; c >= 0; c--)
		b->sample[b->classes[c]] = (uint8_t)c;
}

/* --- NFA → DFA -------------------------------------------------------------------------------- */

/* Marks what is reached without a byte, from what is on the stack. True if that has the match. */
static bool close_over(struct builder *b, uint32_t depth, bool is_start, bool is_end)
{
	bool has_match = false;

	while (depth) {
		const struct nfa *n = &b->nfa[b->stack[--depth]];
		uint32_t ways[2] = { n->next, n->other };
		uint32_t count = n->kind == NFA_SPLIT ? 2 : 0;

		has_match |= n->kind == NFA_MATCH;
		if ((n->kind == NFA_AT_START && is_start) || (n->kind == NFA_AT_END && is_end))
			count = 1;
		for (uint32_t i = 0; i < count; i++) {
			if (b->mark[ways[i]] == b->stamp)
				continue;
			b->mark[ways[i]] = b->stamp;
			b->stack[depth++] = ways[i];
		}
	}
	return has_match;
}

static void push(struct builder *b, uint32_t nfa, uint32_t *depth)
{
	if (b->mark[nfa] == b->stamp)
		return;
	b->mark[nfa] = b->stamp;
	b->stack[(*depth)++] = nfa;
}

static bool waits(const struct nfa *n)
{
	return n->kind == NFA_BYTES || n->kind == NFA_AT_END;
}

/* The number of the set of all marked states; PATTERN_MAX_STATES if there are too many. */
static uint32_t intern(struct builder *b, bool is_start)
{
	struct arena *a = b->r->arena;
	uint32_t count = 0;
	uintptr_t known;

	/* The stack is free: the key is made there. */
	b->stack[count++] = is_start;
	for (uint32_t i = 0; i < b->nfa_count; i++)
		if (b->mark[i] == b->stamp && waits(&b->nfa[i]))
			b->stack[count++] = i;
	if (count == 1)
		return PATTERN_NO;
	known = (uintptr_t)strmap_get_len(&b->known, (const char *)b->stack, count * 4);
	if (known)
		return (uint32_t)known;
	if (b->state_count == PATTERN_MAX_STATES)
		return PATTERN_MAX_STATES;
	b->states[b->state_count] = (struct state){
		.items = arena_memdup(a, b->stack + 1, (count - 1) * 4),
		.count = count - 1,
		.is_start = is_start,
	};
	strmap_set_len(&b->known, (const char *)b->stack, count * 4,
		       (void *)(uintptr_t)b->state_count);
	return b->state_count++;
}

static uint32_t start_state(struct builder *b)
{
	uint32_t depth = 0;

	b->stamp++;
	push(b, b->first, &depth);
	if (close_over(b, depth, true, false))
		return PATTERN_YES;
	return intern(b, true);
}

/* Where a byte other than NUL leads. */
static uint32_t step(struct builder *b, const struct state *s, uint8_t byte)
{
	uint32_t depth = 0;

	b->stamp++;
	for (uint32_t i = 0; i < s->count; i++) {
		const struct nfa *n = &b->nfa[s->items[i]];

		if (n->kind == NFA_BYTES && byte_set_has(&n->set, byte))
			push(b, n->next, &depth);
	}
	if (b->is_search) /* a match may begin here */
		push(b, b->first, &depth);
	if (close_over(b, depth, false, false))
		return PATTERN_YES;
	return intern(b, false);
}

static uint32_t step_end(struct builder *b, const struct state *s)
{
	uint32_t depth = 0;

	b->stamp++;
	for (uint32_t i = 0; i < s->count; i++)
		push(b, s->items[i], &depth);
	return close_over(b, depth, s->is_start, true) ? PATTERN_YES : PATTERN_NO;
}

static int make_states(struct builder *b, uint32_t *start)
{
	b->state_count = 2;
	*start = start_state(b);
	for (uint32_t c = 0; c < b->class_count; c++) {
		b->next[PATTERN_NO * b->class_count + c] = PATTERN_NO;
		b->next[PATTERN_YES * b->class_count + c] = PATTERN_YES;
	}
	for (uint32_t s = 2; s < b->state_count; s++) {
		struct state state = b->states[s];

		for (uint32_t c = 0; c < b->class_count; c++) {
			uint32_t to = c ? step(b, &state, b->sample[c]) : step_end(b, &state);

			if (to == PATTERN_MAX_STATES)
				return -EINVAL;
			b->next[s * b->class_count + c] = (uint16_t)to;
		}
	}
	return 0;
}

/* --- the smallest DFA ------------------------------------------------------------------------- */

/* A row of a state under a partition: its own block, then those it leads to. */
static void make_row(const struct builder *b, const uint32_t *block, uint32_t s, uint32_t *row)
{
	row[0] = block[s];
	for (uint32_t c = 0; c < b->class_count; c++)
		row[1 + c] = block[b->next[s * b->class_count + c]];
}

/* From which states PATTERN_NO can be reached; all others may as well be PATTERN_YES. */
static void find_failing(const struct builder *b, bool *can_fail)
{
	bool is_changed = true;

	can_fail[PATTERN_NO] = true;
	while (is_changed) {
		is_changed = false;
		for (uint32_t s = b->state_count; s-- > 2;) {
			for (uint32_t c = 0; !can_fail[s] && c < b->class_count; c++) {
				if (!can_fail[b->next[s * b->class_count + c]])
					continue;
				can_fail[s] = is_changed = true;
			}
		}
	}
}

/* States with equal rows share a block: again and again, until no block falls apart. Blocks are
 * numbered in order of their first state, so the final ones keep their numbers. */
static uint32_t partition(const struct builder *b, uint32_t *block)
{
	size_t row_size = (b->class_count + 1) * sizeof(uint32_t);
	auto_free uint32_t *row = xmalloc(row_size), *fresh = xcalloc(b->state_count, 4);
	auto_free bool *can_fail = xcalloc(b->state_count, 1);
	uint32_t count = 2, before = 0;

	find_failing(b, can_fail);
	for (uint32_t s = 0; s < b->state_count; s++)
		block[s] = !can_fail[s];
	while (count != before) {
		struct strmap rows = STRMAP_INIT;

		before = count;
		count = 0;
		for (uint32_t s = 0; s < b->state_count; s++) {
			make_row(b, block, s, row);
			uintptr_t known = (uintptr_t)strmap_get_len(&rows, (const char *)row,
								    row_size);
			if (!known) {
				known = ++count;
				strmap_set_len(&rows, (const char *)row, row_size, (void *)known);
			}
			fresh[s] = (uint32_t)known - 1;
		}
		memcpy(block, fresh, b->state_count * 4);
		strmap_free(&rows);
	}
	return count;
}

static bool same_column(const struct pattern *p, uint32_t a, uint32_t b)
{
	for (uint32_t s = 0; s < p->state_count; s++)
		if (p->next[s * p->class_count + a] != p->next[s * p->class_count + b])
			return false;
	return true;
}

/* Classes that lead to the same states everywhere are one; that of NUL stays by itself. */
static void join_classes(struct pattern *p)
{
	uint32_t joined[256] = { 0 }, kept[256] = { 0 }, count = 1;

	for (uint32_t c = 1; c < p->class_count; c++) {
		for (uint32_t k = 1; k < count && !joined[c]; k++)
			if (same_column(p, c, kept[k]))
				joined[c] = k;
		if (joined[c])
			continue;
		joined[c] = count;
		kept[count++] = c;
	}
	for (int c = 1; c < 256; c++)
		p->classes[c] = (uint8_t)joined[p->classes[c]];
	for (uint32_t s = 0; s < p->state_count; s++)
		for (uint32_t k = 0; k < count; k++)
			p->next[s * count + k] = p->next[s * p->class_count + kept[k]];
	p->class_count = count;
}

static int minimise(struct builder *b, uint32_t start, struct pattern *out)
{
	auto_free uint32_t *block = xcalloc(b->state_count, 4);

	out->state_count = partition(b, block);
	out->class_count = b->class_count;
	out->start = block[start];
	memcpy(out->classes, b->classes, sizeof(out->classes));
	out->next = ARENA_ARRAY(b->r->arena, uint16_t, out->state_count * out->class_count);
	for (uint32_t s = 0; s < b->state_count; s++)
		for (uint32_t c = 0; c < b->class_count; c++)
			out->next[block[s] * b->class_count + c] =
				(uint16_t)block[b->next[s * b->class_count + c]];
	join_classes(out);
	return out->state_count * out->class_count > PATTERN_MAX_ENTRIES ? -EINVAL : 0;
}

/* --- all of it -------------------------------------------------------------------------------- */

static int run(struct builder *b, const struct node *tree, struct pattern *out)
{
	uint32_t start;

	b->first = generate(b, tree, add(b, NFA_MATCH, 0));
	if (b->nfa_count == MAX_NFA)
		return -EINVAL;
	find_classes(b);
	b->next = ARENA_ARRAY(b->r->arena, uint16_t, PATTERN_MAX_STATES * b->class_count);
	return make_states(b, &start) ?: minimise(b, start, out);
}

int pattern_build(struct reader *r, const struct node *tree, bool is_search, struct pattern *out)
{
	struct builder b = {
		.r = r,
		.is_search = is_search,
		.nfa = ARENA_ARRAY(r->arena, struct nfa, MAX_NFA),
		.states = ARENA_ARRAY(r->arena, struct state, PATTERN_MAX_STATES),
		.stack = ARENA_ARRAY(r->arena, uint32_t, MAX_NFA + 1),
		.mark = ARENA_ARRAY(r->arena, uint32_t, MAX_NFA),
	};
	int err = run(&b, tree, out);

	strmap_free(&b.known);
	return !err ? 0 : pattern_mistake_at(r, 0, "it needs more than 1000 states; counted "
					     "repetitions behind others multiply them");
}

bool pattern_matches(const struct pattern *p, const char *string, size_t size)
{
	uint32_t state = p->start;

	for (size_t i = 0; state > PATTERN_YES && i <= size; i++) {
		uint8_t byte = i < size ? (uint8_t)string[i] : 0;

		state = p->next[state * p->class_count + p->classes[byte]];
	}
	return state == PATTERN_YES;
}
