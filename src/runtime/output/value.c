/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text form of values, shared by print(), printf("%s"), map keys and map values (spec output.md
 * §3). Rendering appends to a strbuf and never allocates anything else.
 */
#include "runtime/output/value.h"

#include "util/text.h"

/* Most strings are plain ASCII: they are copied after one look, the rest takes the slow way. */
static bool is_plain(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)(bytes[i] - 0x20) >= 0x5f)
			return false;
	return true;
}

void value_render_string(struct strbuf *b, const char *bytes, size_t len,
			 const struct value_style *style)
{
	if (!style->escapes_strings || is_plain(bytes, len))
		strbuf_append(b, bytes, len);
	else
		text_escape_terminal(b, bytes, len);
}

static void render_text(struct strbuf *b, const struct value *v, const struct value_style *style)
{
	if (v->is_own)
		strbuf_append(b, v->text.bytes, v->text.len);
	else
		value_render_string(b, v->text.bytes, v->text.len, style);
	if (v->is_cut)
		strbuf_add_text(b, style->trailer);
}

static void render_list(struct strbuf *b, const struct value_list *list, const char *open,
			const char *separator, const char *close, const struct value_style *style)
{
	strbuf_add_text(b, open);
	for (size_t i = 0; i < list->count; i++) {
		if (i)
			strbuf_add_text(b, separator);
		value_render(b, &list->items[i], style);
	}
	strbuf_add_text(b, close);
}

static void render_record(struct strbuf *b, const struct value_list *list,
			  const struct value_style *style)
{
	if (!list->count) {
		strbuf_add_text(b, "{}");
		return;
	}
	for (size_t i = 0; i < list->count; i++) {
		strbuf_add_text(b, i ? ", ." : "{ .");
		strbuf_add_text(b, list->names[i]);
		strbuf_add_text(b, " = ");
		value_render(b, &list->items[i], style);
	}
	strbuf_add_text(b, " }");
}

static void add_number(struct strbuf *b, uint64_t number, bool is_signed)
{
	if (is_signed)
		strbuf_add_i64(b, (int64_t)number);
	else
		strbuf_add_u64(b, number);
}

static void render_stats(struct strbuf *b, const struct value_stats *s)
{
	strbuf_add_text(b, "{ .count = ");
	strbuf_add_u64(b, s->count);
	strbuf_add_text(b, ", .average = ");
	add_number(b, s->average, s->is_signed);
	strbuf_add_text(b, ", .total = ");
	add_number(b, s->total, s->is_signed);
	strbuf_add_text(b, " }");
}

static const struct {
	const char *name;
	bool is_printed;
} quantile_members[QUANTILE_MEMBER_COUNT] = {
#define QUANTILE(ID, name, per_mille, is_printed) [QUANTILE_##ID] = { name, is_printed },
#include "program/quantile_members.def"
#undef QUANTILE
};

bool value_quantile_prints(enum quantile_member member, const char **name)
{
	*name = quantile_members[member].name;
	return quantile_members[member].is_printed;
}

static void render_quantile(struct strbuf *b, const struct value_quantile *q)
{
	const char *name, *separator = "{ .";

	for (uint32_t m = 0; m < QUANTILE_MEMBER_COUNT; m++) {
		if (!value_quantile_prints(m, &name))
			continue;
		strbuf_printf(b, "%s%s = ", separator, name);
		add_number(b, q->members[m], q->is_signed && m != QUANTILE_COUNT);
		separator = ", .";
	}
	strbuf_add_text(b, " }");
}

void value_render(struct strbuf *b, const struct value *v, const struct value_style *style)
{
	switch (v->kind) {
	case VALUE_NULL:
		strbuf_add_text(b, "null");
		break;
	case VALUE_BOOL:
		strbuf_add_text(b, v->integer ? "true" : "false");
		break;
	case VALUE_SIGNED:
	case VALUE_UNSIGNED:
		add_number(b, v->integer, v->kind == VALUE_SIGNED);
		break;
	case VALUE_POINTER:
		strbuf_add_text(b, "0x");
		strbuf_add_hex(b, v->integer);
		break;
	case VALUE_ENUM:
		strbuf_add_text(b, v->enumerator.name);
		break;
	case VALUE_STRING:
		render_text(b, v, style);
		break;
	case VALUE_BUFFER:
		text_escape_hex(b, v->text.bytes, v->text.len);
		break;
	case VALUE_ARRAY:
		render_list(b, &v->list, "[", ",", "]", style);
		break;
	case VALUE_TUPLE:
		render_list(b, &v->list, "(", ", ", ")", style);
		break;
	case VALUE_RECORD:
		render_record(b, &v->list, style);
		break;
	case VALUE_STATS:
		render_stats(b, &v->stats);
		break;
	case VALUE_QUANTILE:
		render_quantile(b, &v->quantile);
		break;
	case VALUE_HISTOGRAM:
	case VALUE_SERIES:
		break;
	}
}

void value_render_key(struct strbuf *b, const struct value *key, const struct value_style *style)
{
	size_t start = b->len;

	value_render(b, key, style);
	/* Whatever looks like a tuple loses its parentheses, a string "(z)" too (§4.1). */
	if (b->len - start < 2 || b->text[start] != '(' || b->text[b->len - 1] != ')')
		return;
	memmove(b->text + start, b->text + start + 1, b->len - start - 2);
	b->len -= 2;
	b->text[b->len] = '\0';
}

static uint64_t divide(uint64_t value, int64_t div, bool is_signed)
{
	if (!is_signed)
		return value / (uint64_t)div;
	/* INT64_MIN / -1 does not fit: two's complement negation is what the language would give.
	 */
	return div == -1 ? 0 - value : (uint64_t)((int64_t)value / div);
}

void value_divide(struct value *v, int64_t div)
{
	if (!div || div == 1)
		return;
	if (v->kind == VALUE_SIGNED || v->kind == VALUE_UNSIGNED)
		v->integer = divide(v->integer, div, v->kind == VALUE_SIGNED);
	else if (v->kind == VALUE_STATS)
		v->stats.average = divide(v->stats.average, div, v->stats.is_signed);
	else if (v->kind == VALUE_QUANTILE)
		for (uint32_t m = QUANTILE_COUNT + 1; m < QUANTILE_MEMBER_COUNT; m++)
			v->quantile.members[m] =
				divide(v->quantile.members[m], div, v->quantile.is_signed);
	else if (v->kind == VALUE_HISTOGRAM && !v->histogram.is_linear)
		for (uint32_t i = 0; i < v->histogram.count; i++)
			v->histogram.counts[i] /= (uint64_t)div;
}

uint64_t value_number(const struct value *v)
{
	switch (v->kind) {
	case VALUE_BOOL:
	case VALUE_SIGNED:
	case VALUE_UNSIGNED:
	case VALUE_POINTER:
		return v->integer;
	case VALUE_ENUM:
		return v->enumerator.number;
	case VALUE_NULL:
	case VALUE_STRING:
	case VALUE_BUFFER:
	case VALUE_ARRAY:
	case VALUE_TUPLE:
	case VALUE_RECORD:
	case VALUE_STATS:
	case VALUE_QUANTILE:
	case VALUE_HISTOGRAM:
	case VALUE_SERIES:
		return 0;
	}
	return 0;
}
