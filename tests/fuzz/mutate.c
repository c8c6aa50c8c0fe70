/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer's hooks for changing an input: pieces of programs are replaced by pieces of programs.
 *
 * A piece is what stands between brackets, or between separators inside them; so most changes leave
 * a text that parses. A fifth of the changes stay libFuzzer's own, for the lexer's sake.
 */
#include <string.h>
#include "grammar.h"

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
				 uint8_t *out, size_t max_size, unsigned int seed);

struct span { size_t start, end; };

static bool is_separator(char c)
{
	return strchr(";,(){}[]", c) != NULL;
}

/* From a random place outward: to the nearest separators, or over a whole bracket. */
static struct span find_piece(struct grammar *g, const char *text, size_t size)
{
	size_t at = grammar_random(g, (uint32_t)size), start = at, end = at;
	int depth = 0;

	while (start && !is_separator(text[start - 1]))
		start--;
	while (end < size) {
		char c = text[end];

		if (strchr("({[", c))
			depth++;
		else if (strchr(")}]", c) && !depth--)
			break;
		else if (!depth && (c == ';' || c == ','))
			break;
		end++;
	}
	return (struct span){ start, end };
}

static size_t replace(const char *text, size_t size, struct span where, const char *piece,
		      size_t piece_len, uint8_t *out, size_t max_size)
{
	size_t total = size - (where.end - where.start) + piece_len;
	auto_strbuf struct strbuf all = STRBUF_INIT;

	if (total > max_size)
		return size <= max_size ? size : 0;
	strbuf_append(&all, text, where.start);
	strbuf_append(&all, piece, piece_len);
	strbuf_append(&all, text + where.end, size - where.end);
	memcpy(out, strbuf_text(&all), total);
	return total;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t max_size, unsigned int seed)
{
	auto_strbuf struct strbuf piece = STRBUF_INIT;
	struct grammar g;
	uint32_t choice;

	grammar_init(&g, seed, &piece);
	choice = grammar_random(&g, 10);
	if (choice < 2)
		return LLVMFuzzerMutate(bytes, size, max_size);
	if (!size || choice < 4) {
		grammar_program(&g);
		if (piece.len > max_size)
			return size;
		memcpy(bytes, strbuf_text(&piece), piece.len);
		return piece.len;
	}
	struct span where = find_piece(&g, (const char *)bytes, size);
	if (choice < 9)
		grammar_piece(&g); /* else: taken out */
	return replace((const char *)bytes, size, where, strbuf_text(&piece), piece.len, bytes,
		       max_size);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
				 uint8_t *out, size_t max_size, unsigned int seed)
{
	auto_strbuf struct strbuf unused = STRBUF_INIT;
	struct span from, to;
	struct grammar g;

	if (!a_size || !b_size)
		return 0;
	grammar_init(&g, seed, &unused);
	to = find_piece(&g, (const char *)a, a_size);
	from = find_piece(&g, (const char *)b, b_size);
	return replace((const char *)a, a_size, to, (const char *)b + from.start,
		       from.end - from.start, out, max_size);
}
