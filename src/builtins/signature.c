/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of built-ins: the text of a row → what sema checks calls against.
 *
 *	uint64                              a variable; also callable without arguments
 *	str(string|int|ptr, [int]) -> ?     classes joined by `|`, `[…]` optional
 *	printf(#format, [any], ...) -> void `...`: the last one again, up to 127 times in all
 *	print(map, top=#int) -> void	    an argument given by its name
 *
 * The grammar is in builtin.h. The texts are ours, so a malformed one is a bug, which the unit test
 * of all rows finds.
 */
#include <string.h>
#include "builtins/builtin.h"

#define REPEATED_MAX 127

static const struct {
	const char *word;
	unsigned int class;
} classes[] = {
	{ "int", SIGNATURE_INT },	     { "ptr", SIGNATURE_PTR },
	{ "string", SIGNATURE_STRING },	     { "array", SIGNATURE_ARRAY },
	{ "map", SIGNATURE_MAP },	     { "element", SIGNATURE_ELEMENT },
	{ "any", SIGNATURE_ANY },	     { "#int", SIGNATURE_INT_LITERAL },
	{ "#string", SIGNATURE_STRING_LITERAL }, { "#format", SIGNATURE_FORMAT },
	{ "word", SIGNATURE_WORD },	     { "variable", SIGNATURE_VARIABLE },
	{ "type", SIGNATURE_TYPE },
};

struct reader {
	const char *text, *at;
};

static void skip_blanks(struct reader *r)
{
	while (*r->at == ' ')
		r->at++;
}

static bool accept(struct reader *r, const char *token)
{
	size_t len = strlen(token);

	skip_blanks(r);
	if (strncmp(r->at, token, len))
		return false;
	r->at += len;
	return true;
}

static void expect(struct reader *r, const char *token)
{
	if (!accept(r, token))
		bug("signature '%s': '%s' expected at '%s'", r->text, token, r->at);
}

static unsigned int read_class(struct reader *r)
{
	size_t len = 0;

	skip_blanks(r);
	while (r->at[len] == '#' || (r->at[len] >= 'a' && r->at[len] <= 'z'))
		len++;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (strlen(classes[i].word) == len && !strncmp(classes[i].word, r->at, len)) {
			r->at += len;
			return classes[i].class;
		}
	}
	bug("signature '%s': no such class at '%s'", r->text, r->at);
}

static unsigned int read_classes(struct reader *r)
{
	unsigned int set = read_class(r);

	while (accept(r, "|"))
		set |= read_class(r);
	return set;
}

/* `name=class`, if the text goes on with that. */
static bool read_option(struct reader *r, struct signature *out)
{
	size_t len;

	skip_blanks(r);
	len = strspn(r->at, "abcdefghijklmnopqrstuvwxyz");
	if (!len || r->at[len] != '=')
		return false;
	if (out->option_count == SIGNATURE_MAX_OPTIONS || len >= sizeof(out->option_names[0]))
		bug("signature '%s': too many named arguments, or too long", r->text);
	memcpy(out->option_names[out->option_count], r->at, len);
	r->at += len + 1;
	out->options[out->option_count++] = read_classes(r);
	return true;
}

static void read_args(struct reader *r, struct signature *out)
{
	do {
		bool is_optional;

		if (read_option(r, out))
			continue;
		if (accept(r, "...")) {
			out->max_args += REPEATED_MAX - 1;
			break;
		}
		if (out->arg_count == SIGNATURE_MAX_ARGS)
			bug("signature '%s': too many arguments", r->text);
		is_optional = accept(r, "[");
		out->args[out->arg_count++] = read_classes(r);
		out->max_args++;
		if (is_optional)
			expect(r, "]");
		else
			out->min_args++;
	} while (accept(r, ","));
}

void signature_parse(const char *text, struct signature *out)
{
	struct reader r = { text, text };

	*out = (struct signature){ 0 };
	if (strchr(text, '(')) {
		r.at = strchr(text, '(') + 1;
		if (!accept(&r, ")")) {
			read_args(&r, out);
			expect(&r, ")");
		}
		expect(&r, "->");
		skip_blanks(&r);
	}
	if (!*r.at || strlen(r.at) >= sizeof(out->result))
		bug("signature '%s': no result, or one too long", text);
	strcpy(out->result, r.at);
}
