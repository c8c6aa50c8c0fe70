/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text output (spec output.md §3–§5): printf text as it is, values and maps in lines, histograms as
 * bars. Messages about the run are not part of it: they go to stderr.
 */
#include "runtime/output/histogram.h"
#include "runtime/output/output.h"
#include "runtime/output/series.h"

#define LABEL_WIDTH 16
#define COUNT_WIDTH 8
#define BAR_WIDTH   52

static struct strbuf *text_text_begin(struct output *o, enum output_text kind)
{
	(void)kind;
	return &o->buffer;
}

static void text_text_end(struct output *o, enum output_text kind)
{
	if (kind == OUTPUT_JOIN || kind == OUTPUT_SYSTEM)
		strbuf_add_char(&o->buffer, '\n');
}

static void text_value(struct output *o, const struct value *v)
{
	value_render(&o->buffer, v, &o->style);
	strbuf_add_char(&o->buffer, '\n');
}

static void add_padding(struct strbuf *b, size_t start, size_t width)
{
	if (b->len - start < width)
		strbuf_add_repeat(b, ' ', width - (b->len - start));
}

static void add_row(struct strbuf *b, const struct value_histogram *h, uint32_t bucket,
		    uint64_t largest)
{
	uint64_t count = h->counts[bucket];
	/* Single precision, as the reference computes it: the rows must come out the same. */
	int bar = (int)((float)count / (float)largest * BAR_WIDTH);
	size_t start = b->len;

	histogram_label(b, h, bucket);
	add_padding(b, start, LABEL_WIDTH);
	strbuf_printf(b, "%*llu |", COUNT_WIDTH, (unsigned long long)count);
	strbuf_add_repeat(b, '@', (size_t)bar);
	strbuf_add_repeat(b, ' ', (size_t)(BAR_WIDTH - bar));
	strbuf_add_text(b, "|\n");
}

static void add_bars(struct strbuf *b, const struct value_histogram *h)
{
	uint32_t first, last;
	uint64_t largest = 0;

	if (!histogram_range(h, &first, &last))
		return;
	for (uint32_t i = first; i <= last; i++)
		largest = MAX(largest, h->counts[i]);
	for (uint32_t i = first; i <= last; i++)
		add_row(b, h, i, largest);
}

static void text_map(struct output *o, const struct value_map *m)
{
	struct strbuf *b = &o->buffer;

	for (size_t i = 0; i < m->count; i++) {
		const struct value_entry *e = &m->entries[i];

		strbuf_add_text(b, m->name);
		if (!m->is_scalar) {
			strbuf_add_char(b, '[');
			value_render_key(b, &e->key, &o->style);
			strbuf_add_char(b, ']');
		}
		if (e->value.kind == VALUE_HISTOGRAM) {
			strbuf_add_text(b, ":\n");
			add_bars(b, &e->value.histogram);
		} else if (e->value.kind == VALUE_SERIES) {
			strbuf_add_text(b, ":\n");
			series_draw(b, &e->value.series);
		} else {
			strbuf_add_text(b, ": ");
			value_render(b, &e->value, &o->style);
		}
		if (e->value.kind != VALUE_SERIES)
			strbuf_add_char(b, '\n');
		output_record_done(o);
	}
}

static void text_end(struct output *o)
{
	strbuf_add_text(&o->buffer, "\n\n");
}

const struct output_ops output_text = {
	.name = "text",
	.is_terminal_text = true,
	.text_begin = text_text_begin,
	.text_end = text_text_end,
	.value = text_value,
	.map = text_map,
	.end = text_end,
};
