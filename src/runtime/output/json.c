/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON output (spec output.md §8): one object per line. Exact spacing is part of the contract:
 * object members are separated by ", ", array elements by ",". Every line is valid JSON in valid
 * UTF-8, whatever bytes a traced program has put into its strings.
 */
#include <time.h>
#include "runtime/output/histogram.h"
#include "runtime/output/output.h"
#include "runtime/output/series.h"
#include "util/text.h"

static void add_value(struct output *o, struct strbuf *b, const struct value *v);

static void add_string(struct strbuf *b, const char *text, size_t len)
{
	strbuf_add_char(b, '"');
	text_escape_json(b, text, len);
	strbuf_add_char(b, '"');
}

/* Readers keep numbers as doubles: what a double cannot hold is quoted. */
static bool fits_double(uint64_t magnitude)
{
	if (!magnitude)
		return true;
	return 64 - __builtin_clzll(magnitude) - __builtin_ctzll(magnitude) <= 53;
}

static void add_number(struct strbuf *b, uint64_t number, bool is_signed)
{
	bool is_negative = is_signed && (int64_t)number < 0;
	bool is_quoted = !fits_double(is_negative ? 0 - number : number);

	if (is_quoted)
		strbuf_add_char(b, '"');
	if (is_negative)
		strbuf_add_i64(b, (int64_t)number);
	else
		strbuf_add_u64(b, number);
	if (is_quoted)
		strbuf_add_char(b, '"');
}

static void add_text_value(struct output *o, struct strbuf *b, const struct value *v)
{
	strbuf_add_char(b, '"');
	text_escape_json(b, v->text.bytes, v->text.len);
	if (v->is_cut)
		text_escape_json(b, o->style.trailer, strlen(o->style.trailer));
	strbuf_add_char(b, '"');
}

static void add_bytes(struct strbuf *b, const char *bytes, size_t len)
{
	strbuf_add_char(b, '[');
	for (size_t i = 0; i < len; i++) {
		if (i)
			strbuf_add_char(b, ',');
		strbuf_add_i64(b, (signed char)bytes[i]);
	}
	strbuf_add_char(b, ']');
}

static void add_array(struct output *o, struct strbuf *b, const struct value_list *list)
{
	strbuf_add_char(b, '[');
	for (size_t i = 0; i < list->count; i++) {
		if (i)
			strbuf_add_char(b, ',');
		add_value(o, b, &list->items[i]);
	}
	strbuf_add_char(b, ']');
}

static void add_record(struct output *o, struct strbuf *b, const struct value_list *list)
{
	strbuf_add_char(b, '{');
	for (size_t i = 0; i < list->count; i++) {
		if (i)
			strbuf_add_text(b, ", ");
		add_string(b, list->names[i], strlen(list->names[i]));
		strbuf_add_text(b, ": ");
		add_value(o, b, &list->items[i]);
	}
	strbuf_add_char(b, '}');
}

static void add_stats(struct strbuf *b, const struct value_stats *s)
{
	strbuf_add_text(b, "{\"count\": ");
	add_number(b, s->count, false);
	strbuf_add_text(b, ", \"average\": ");
	add_number(b, s->average, s->is_signed);
	strbuf_add_text(b, ", \"total\": ");
	add_number(b, s->total, s->is_signed);
	strbuf_add_char(b, '}');
}

static void add_quantile(struct strbuf *b, const struct value_quantile *q)
{
	const char *name, *separator = "{\"";

	for (uint32_t m = 0; m < QUANTILE_MEMBER_COUNT; m++) {
		if (!value_quantile_prints(m, &name))
			continue;
		strbuf_printf(b, "%s%s\": ", separator, name);
		add_number(b, q->members[m], q->is_signed && m != QUANTILE_COUNT);
		separator = ", \"";
	}
	strbuf_add_char(b, '}');
}

static void add_bucket(struct strbuf *b, const struct value_histogram *h, uint32_t bucket)
{
	struct histogram_interval range = histogram_interval(h, bucket);

	strbuf_add_char(b, '{');
	if (range.has_min) {
		strbuf_add_text(b, "\"min\": ");
		add_number(b, (uint64_t)range.min, true);
		strbuf_add_text(b, ", ");
	}
	if (range.has_max) {
		strbuf_add_text(b, "\"max\": ");
		add_number(b, (uint64_t)range.max, true);
		strbuf_add_text(b, ", ");
	}
	strbuf_add_text(b, "\"count\": ");
	add_number(b, h->counts[bucket], false);
	strbuf_add_char(b, '}');
}

static void add_histogram(struct strbuf *b, const struct value_histogram *h)
{
	uint32_t first = 0, last = 0;

	strbuf_add_char(b, '[');
	if (histogram_range(h, &first, &last)) {
		for (uint32_t i = first; i <= last; i++) {
			if (i > first)
				strbuf_add_char(b, ',');
			add_bucket(b, h, i);
		}
	}
	strbuf_add_char(b, ']');
}

/* Objects of a series have no blanks inside (§8); times are UTC. */
static void add_series(struct strbuf *b, const struct value_series *s)
{
	strbuf_add_char(b, '[');
	for (size_t i = 0; i < s->count; i++) {
		int64_t ns = series_start_ns(s, s->points[i].interval);
		time_t seconds = (time_t)(ns / 1000000000);
		char text[64] = "";
		struct tm utc;

		if (gmtime_r(&seconds, &utc))
			strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &utc);
		strbuf_printf(b, "%s{\"interval_start\":\"%s.%09u\",\"value\":", i ? "," : "", text,
			      (unsigned int)(ns % 1000000000));
		add_number(b, s->points[i].value, s->is_signed);
		strbuf_add_char(b, '}');
	}
	strbuf_add_char(b, ']');
}

static void add_value(struct output *o, struct strbuf *b, const struct value *v)
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
	case VALUE_POINTER:
		add_number(b, v->integer, v->kind == VALUE_SIGNED);
		break;
	case VALUE_ENUM:
		/* No matter its sign: an enumerator prints as its value does without a name. */
		add_number(b, v->enumerator.number, v->enumerator.number >> 63);
		break;
	case VALUE_STRING:
		add_text_value(o, b, v);
		break;
	case VALUE_BUFFER:
		add_bytes(b, v->text.bytes, v->text.len);
		break;
	case VALUE_ARRAY:
	case VALUE_TUPLE:
		add_array(o, b, &v->list);
		break;
	case VALUE_RECORD:
		add_record(o, b, &v->list);
		break;
	case VALUE_STATS:
		add_stats(b, &v->stats);
		break;
	case VALUE_QUANTILE:
		add_quantile(b, &v->quantile);
		break;
	case VALUE_HISTOGRAM:
		add_histogram(b, &v->histogram);
		break;
	case VALUE_SERIES:
		add_series(b, &v->series);
		break;
	}
}

/* Opens {"type": "T", "data": */
static struct strbuf *begin(struct output *o, const char *type)
{
	strbuf_add_text(&o->buffer, "{\"type\": \"");
	strbuf_add_text(&o->buffer, type);
	strbuf_add_text(&o->buffer, "\", \"data\": ");
	return &o->buffer;
}

static void end(struct output *o)
{
	strbuf_add_text(&o->buffer, "}\n");
}

static struct strbuf *json_text_begin(struct output *o, enum output_text kind)
{
	(void)kind;
	strbuf_clear(&o->scratch);
	return &o->scratch;
}

static void json_text_end(struct output *o, enum output_text kind)
{
	static const char *const types[OUTPUT_TEXT_COUNT] = {
		[OUTPUT_PRINTF] = "printf", [OUTPUT_TIME] = "time",      [OUTPUT_CAT] = "cat",
		[OUTPUT_JOIN] = "join",     [OUTPUT_SYSTEM] = "syscall",
	};

	add_string(begin(o, types[kind]), strbuf_text(&o->scratch), o->scratch.len);
	end(o);
}

static void json_value(struct output *o, const struct value *v)
{
	add_value(o, begin(o, "value"), v);
	end(o);
}

/* Keys are strings: the text of the key without any blank (§8). */
static void add_key(struct output *o, struct strbuf *b, const struct value *key)
{
	size_t kept = 0;

	strbuf_clear(&o->key);
	value_render_key(&o->key, key, &o->style);
	for (size_t i = 0; i < o->key.len; i++)
		if (o->key.text[i] != ' ')
			o->key.text[kept++] = o->key.text[i];
	add_string(b, strbuf_text(&o->key), kept);
	strbuf_add_text(b, ": ");
}

static void json_map(struct output *o, const struct value_map *m)
{
	static const char *const types[] = {
		[VALUE_MAP_PLAIN] = "map",
		[VALUE_MAP_STATS] = "stats",
		[VALUE_MAP_QUANTILE] = "quantile",
		[VALUE_MAP_HISTOGRAM] = "hist",
		[VALUE_MAP_SERIES] = "tseries",
	};

	if (!m->count)
		return;
	struct strbuf *b = begin(o, types[m->shape]);
	strbuf_add_char(b, '{');
	add_string(b, m->name, strlen(m->name));
	strbuf_add_text(b, m->is_scalar ? ": " : ": {");
	for (size_t i = 0; i < m->count; i++) {
		if (i)
			strbuf_add_text(b, ", ");
		if (!m->is_scalar)
			add_key(o, b, &m->entries[i].key);
		add_value(o, b, &m->entries[i].value);
	}
	strbuf_add_text(b, m->is_scalar ? "}" : "}}");
	end(o);
	output_record_done(o);
}

static void add_count(struct output *o, const char *type, const char *member, uint64_t count)
{
	struct strbuf *b = &o->buffer;

	strbuf_printf(b, "{\"type\": \"%s\", \"count\": ", type);
	add_number(b, count, false);
	strbuf_printf(b, ", \"data\": {\"%s\": ", member);
	add_number(b, count, false);
	strbuf_add_text(b, "}}\n");
}

static void json_attached(struct output *o, uint64_t count)
{
	add_count(o, "attached_probes", "probes", count);
}

static void json_lost(struct output *o, uint64_t count)
{
	add_count(o, "lost_events", "events", count);
}

static void json_losses(struct output *o, const struct output_loss *rows, size_t count)
{
	struct strbuf *b = begin(o, "loss");

	strbuf_add_char(b, '{');
	for (size_t i = 0; i < count; i++) {
		bool is_new = !i || strcmp(rows[i].probe, rows[i - 1].probe);

		if (i)
			strbuf_add_text(b, is_new ? "}, " : ", ");
		if (is_new) {
			add_string(b, rows[i].probe, strlen(rows[i].probe));
			strbuf_add_text(b, ": {");
		}
		add_string(b, rows[i].cause, strlen(rows[i].cause));
		strbuf_add_text(b, ": ");
		add_number(b, rows[i].count, false);
	}
	strbuf_add_text(b, count ? "}}" : "}");
	end(o);
}

static void json_message(struct output *o, const struct output_message *m)
{
	struct strbuf *b = &o->buffer;

	strbuf_printf(b, "{\"type\": \"%s\", \"msg\": ", m->type);
	add_string(b, m->text, m->len);
	if (m->helper) {
		strbuf_add_text(b, ", \"helper\": ");
		add_string(b, m->helper, strlen(m->helper));
		strbuf_printf(b, ", \"retcode\": %lld", (long long)m->retcode);
	}
	strbuf_add_text(b, ", \"filename\": ");
	add_string(b, m->file, strlen(m->file));
	strbuf_printf(b, ", \"line\": %u, \"col\": %u}\n", m->line, m->column);
}

const struct output_ops output_json = {
	.name = "json",
	.text_begin = json_text_begin,
	.text_end = json_text_end,
	.value = json_value,
	.map = json_map,
	.attached = json_attached,
	.lost = json_lost,
	.losses = json_losses,
	.message = json_message,
};
