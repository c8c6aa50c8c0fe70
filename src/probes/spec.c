/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attach-point text → parts (spec probes.md §2).
 *
 *	tracepoint:sched:"sched_*"	→ { tracepoint, sched, sched_* }
 *
 * `$N` outside quotes is replaced first, so a parameter may bring several parts; then the text is
 * split at `:` outside quotes. Every byte remembers the byte of the script it came from, so that a
 * message can point at one part. What the parts mean is for the probe types.
 */
#include <errno.h>
#include <string.h>
#include "probes/types.h"
#include "util/text.h"

/* Text with the place of each byte, relative to the attach point's start. */
struct placed_text {
	struct strbuf text;
	struct places VEC_OF(uint32_t) places;
};

static void placed_text_free(struct placed_text *t)
{
	strbuf_free(&t->text);
	vec_free(&t->places);
}

static void add_byte(struct placed_text *t, char c, size_t place)
{
	strbuf_add_char(&t->text, c);
	vec_push(&t->places, (uint32_t)place);
}

static struct loc loc_at(const struct probe_spec *s, uint32_t start, uint32_t end)
{
	struct loc loc = s->loc;

	loc.start = MIN(s->loc.start + start, s->loc.end);
	loc.end = MIN(s->loc.start + end, s->loc.end);
	return loc;
}

/* Replaces the `$…` at *p and moves *p behind it. */
static int add_parameter(struct probe_context *c, struct probe_spec *s, const char **p,
			 struct placed_text *out)
{
	const char *start = *p, *digits = start + 1;
	size_t at = (size_t)(start - s->text);
	unsigned long n;
	char *end;

	if (*digits < '1' || *digits > '9') {
		diag_hint(diag_error(c->diag, DIAG_PROBE_SYNTAX,
				     loc_at(s, (uint32_t)at, (uint32_t)at + 1),
				     "'$' must be followed by the number of a parameter"),
			  *digits == '0' ? "parameters are counted from $1"
					 : "put the part in quotes to use '$' itself");
		return -EINVAL;
	}
	n = strtoul(digits, &end, 10);
	*p = end;
	if (!n || n > c->parameter_count)
		return 0;
	for (const char *text = c->parameters[n - 1]; *text; text++)
		add_byte(out, *text, at);
	return 0;
}

static int replace_parameters(struct probe_context *c, struct probe_spec *s,
			      struct placed_text *out)
{
	bool is_quoted = false;

	for (const char *p = s->text; *p;) {
		if (*p == '$' && !is_quoted) {
			if (add_parameter(c, s, &p, out))
				return -EINVAL;
			continue;
		}
		if (*p == '"')
			is_quoted = !is_quoted;
		if (*p == '\\' && is_quoted && p[1]) {
			add_byte(out, *p, (size_t)(p - s->text));
			p++;
		}
		add_byte(out, *p, (size_t)(p - s->text));
		p++;
	}
	return 0;
}

static int end_part(struct probe_context *c, struct probe_spec *s, struct strbuf *part,
		    uint32_t start, uint32_t end)
{
	if (s->count == PROBE_MAX_PARTS) {
		diag_error(c->diag, DIAG_PROBE_PARTS, s->loc, "too many parts in an attach point");
		return -EINVAL;
	}
	s->parts[s->count] = arena_strdup(c->arena, strbuf_text(part));
	s->part_locs[s->count] = loc_at(s, start, MAX(end, start + 1));
	s->count++;
	strbuf_clear(part);
	return 0;
}

static int split(struct probe_context *c, struct probe_spec *s, const struct placed_text *t)
{
	auto_strbuf struct strbuf part = STRBUF_INIT;
	const uint32_t *places = t->places.items;
	uint32_t start = 0, place = 0;
	bool is_quoted = false;

	for (size_t i = 0; i < t->text.len; i++) {
		char byte = t->text.text[i];

		place = places[i];
		if (byte == '"') {
			is_quoted = !is_quoted;
		} else if (byte == '\\' && is_quoted && i + 1 < t->text.len) {
			strbuf_add_char(&part, t->text.text[++i]);
		} else if (byte == ':' && !is_quoted) {
			if (end_part(c, s, &part, start, place))
				return -EINVAL;
			start = i + 1 < t->text.len ? places[i + 1] : place + 1;
		} else {
			strbuf_add_char(&part, byte);
		}
	}
	if (is_quoted) {
		diag_error(c->diag, DIAG_PROBE_SYNTAX, s->loc, "a quote is not closed");
		return -EINVAL;
	}
	return end_part(c, s, &part, start, place + 1);
}

int probe_spec_parse(struct probe_context *c, const char *text, const char *user_name,
		     struct loc loc, struct probe_spec *out)
{
	struct placed_text replaced = { 0 };
	int err;

	*out = (struct probe_spec){ .loc = loc, .text = text, .user_name = user_name };
	err = replace_parameters(c, out, &replaced);
	if (!err)
		err = split(c, out, &replaced);
	placed_text_free(&replaced);
	return err;
}

int probe_spec_expect(struct probe_context *c, const struct probe_spec *s, uint32_t min,
		      uint32_t max)
{
	const struct probe_ops *type = probe_type_find(s->parts[0]);
	uint32_t have = s->count - 1;
	struct diag_msg *m;
	const char *near = NULL;
	char most[16] = "";

	if (have >= min && have <= max)
		return 0;
	if (max > min)
		snprintf(most, sizeof(most), " %s %u", max > min + 1 ? "to" : "or", max);
	m = diag_error(c->diag, DIAG_PROBE_PARTS, s->loc, "%s requires %u%s argument%s, found %u",
		       s->parts[0], min, most, max == 1 ? "" : "s", have);
	if (!strcmp(s->parts[0], "tracepoint"))
		near = probe_nearest_tracepoint(c, s);
	if (near)
		diag_did_you_mean(m, near);
	else if (type)
		diag_hint(m, "write %s", type->syntax);
	return -EINVAL;
}

int probe_spec_number(struct probe_context *c, const struct probe_spec *s, uint32_t at,
		      uint64_t min, uint64_t *out)
{
	const char *why = NULL, *text = s->parts[at];
	int err = text_parse_u64(text, strlen(text), out, &why);

	if (err && !*text) {
		diag_hint(diag_error(c->diag, DIAG_PROBE_COUNT, s->part_locs[at],
				     "a number is missing here"),
			  "a positional parameter that was not given is empty");
		return -EINVAL;
	}
	if (err) {
		diag_error(c->diag, DIAG_PROBE_COUNT, s->part_locs[at], "'%s' is not a number%s%s",
			   text, why ? ": " : "", why ? why : "");
		return -EINVAL;
	}
	if (*out >= min)
		return 0;
	diag_error(c->diag, DIAG_PROBE_COUNT, s->part_locs[at], "%s must be at least %llu", text,
		   (unsigned long long)min);
	return -EINVAL;
}
