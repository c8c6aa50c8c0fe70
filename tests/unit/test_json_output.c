/* SPDX-License-Identifier: Apache-2.0 */
/* Every record of spec output.md §8, byte for byte. */
#include "runtime/output/output.h"
#include "unit/harness.h"

static struct output *o;

static void set_up(void)
{
	CHECK_EQ(output_open("/dev/null", output_find("json", NULL), OUTPUT_FULL, false, "..", &o),
		 0);
}

static const char *written(void)
{
	static struct strbuf b;

	strbuf_clear(&b);
	strbuf_append(&b, strbuf_text(&o->buffer), o->buffer.len);
	strbuf_clear(&o->buffer);
	return strbuf_text(&b);
}

static struct value number(int64_t n)
{
	return (struct value){.kind = VALUE_SIGNED, .integer = (uint64_t)n};
}

static struct value string(const char *text)
{
	return (struct value){.kind = VALUE_STRING, .text = {text, strlen(text)}};
}

static const char *text(enum output_text kind, const char *bytes)
{
	strbuf_add_text(o->ops->text_begin(o, kind), bytes);
	o->ops->text_end(o, kind);
	return written();
}

static const char *value(struct value v)
{
	o->ops->value(o, &v);
	return written();
}

static const char *map(enum value_map_shape shape, bool is_scalar, const char *name,
		       struct value_entry *entries, size_t count)
{
	struct value_map m = {name, shape, is_scalar, entries, count};

	o->ops->map(o, &m);
	return written();
}

TEST(json_texts)
{
	set_up();
	CHECK_EQ_STR(text(OUTPUT_PRINTF, "x=5\n"),
		     "{\"type\": \"printf\", \"data\": \"x=5\\n\"}\n");
	CHECK_EQ_STR(text(OUTPUT_TIME, "10:11\n"),
		     "{\"type\": \"time\", \"data\": \"10:11\\n\"}\n");
	CHECK_EQ_STR(text(OUTPUT_CAT, "a\"b\\\t"),
		     "{\"type\": \"cat\", \"data\": \"a\\\"b\\\\\\t\"}\n");
	CHECK_EQ_STR(text(OUTPUT_JOIN, "ls -l"), "{\"type\": \"join\", \"data\": \"ls -l\"}\n");
	CHECK_EQ_STR(text(OUTPUT_SYSTEM, "hi\n"), "{\"type\": \"syscall\", \"data\": \"hi\\n\"}\n");
	CHECK_EQ_STR(text(OUTPUT_PRINTF, "\033\x01"),
		     "{\"type\": \"printf\", \"data\": \"\\u001b\\u0001\"}\n");
	CHECK_EQ_STR(text(OUTPUT_PRINTF, "\xc3\xbc"),
		     "{\"type\": \"printf\", \"data\": \"\xc3\xbc\"}\n");
	CHECK_EQ_STR(text(OUTPUT_PRINTF, "a\xff"
					 "b"),
		     "{\"type\": \"printf\", \"data\": \"a\xef\xbf\xbd"
		     "b\"}\n");
	output_close(o);
}

TEST(json_values)
{
	set_up();
	struct value items[] = {number(1), string("b")};
	const char *names[] = {"f", "g"};
	struct value v = string("cut");

	CHECK_EQ_STR(value(number(5)), "{\"type\": \"value\", \"data\": 5}\n");
	CHECK_EQ_STR(value(number(-5)), "{\"type\": \"value\", \"data\": -5}\n");
	CHECK_EQ_STR(value(number(1ll << 53)),
		     "{\"type\": \"value\", \"data\": 9007199254740992}\n");
	CHECK_EQ_STR(value(number((1ll << 53) + 1)),
		     "{\"type\": \"value\", \"data\": \"9007199254740993\"}\n");
	CHECK_EQ_STR(value(number(-(1ll << 53) - 1)),
		     "{\"type\": \"value\", \"data\": \"-9007199254740993\"}\n");
	CHECK_EQ_STR(value((struct value){.kind = VALUE_UNSIGNED, .integer = UINT64_MAX}),
		     "{\"type\": \"value\", \"data\": \"18446744073709551615\"}\n");
	v.is_cut = true;
	CHECK_EQ_STR(value(v), "{\"type\": \"value\", \"data\": \"cut..\"}\n");
	CHECK_EQ_STR(value((struct value){.kind = VALUE_NULL}),
		     "{\"type\": \"value\", \"data\": null}\n");
	CHECK_EQ_STR(value((struct value){.kind = VALUE_BOOL, .integer = 1}),
		     "{\"type\": \"value\", \"data\": true}\n");
	CHECK_EQ_STR(value((struct value){.kind = VALUE_POINTER, .integer = 255}),
		     "{\"type\": \"value\", \"data\": 255}\n");
	CHECK_EQ_STR(value((struct value){.kind = VALUE_ENUM, .enumerator = {3, "X"}}),
		     "{\"type\": \"value\", \"data\": 3}\n");
	CHECK_EQ_STR(value((struct value){.kind = VALUE_BUFFER, .text = {"h\xff", 2}}),
		     "{\"type\": \"value\", \"data\": [104,-1]}\n");
	CHECK_EQ_STR(value((struct value){.kind = VALUE_TUPLE, .list = {items, NULL, 2}}),
		     "{\"type\": \"value\", \"data\": [1,\"b\"]}\n");
	CHECK_EQ_STR(value((struct value){.kind = VALUE_RECORD, .list = {items, names, 2}}),
		     "{\"type\": \"value\", \"data\": {\"f\": 1, \"g\": \"b\"}}\n");
	output_close(o);
}

TEST(json_maps)
{
	set_up();
	struct value pair[] = {string("ba sh"), number(2)};
	struct value_entry scalar = {.value = number(5)};
	struct value_entry keyed[] = {
		{string("k1"), number(1)},
		{{.kind = VALUE_TUPLE, .list = {pair, NULL, 2}}, number(2)},
		{{.kind = VALUE_ENUM, .enumerator = {3, "NAME"}}, number(3)},
		{string("\033"), number(4)},
	};

	CHECK_EQ_STR(map(VALUE_MAP_PLAIN, true, "@a", &scalar, 1),
		     "{\"type\": \"map\", \"data\": {\"@a\": 5}}\n");
	CHECK_EQ_STR(map(VALUE_MAP_PLAIN, false, "@a", keyed, 4),
		     "{\"type\": \"map\", \"data\": {\"@a\": {\"k1\": 1, \"bash,2\": 2, "
		     "\"NAME\": 3, \"\\u001b\": 4}}}\n");
	CHECK_EQ_STR(map(VALUE_MAP_PLAIN, false, "@a", keyed, 0), "");
	scalar.value = (struct value){.kind = VALUE_STATS, .stats = {2, 6, 12, true}};
	CHECK_EQ_STR(map(VALUE_MAP_STATS, true, "@s", &scalar, 1),
		     "{\"type\": \"stats\", \"data\": {\"@s\": {\"count\": 2, \"average\": 6, "
		     "\"total\": 12}}}\n");
	scalar.value = number(6);
	CHECK_EQ_STR(map(VALUE_MAP_STATS, true, "@a", &scalar, 1),
		     "{\"type\": \"stats\", \"data\": {\"@a\": 6}}\n");
	output_close(o);
}

TEST(json_histograms)
{
	set_up();
	uint64_t counts[] = {0, 0, 0, 1, 0, 2}, ends[] = {1, 0, 1}, none[2] = {0};
	struct value_entry e = {
		string("k"),
		{.kind = VALUE_HISTOGRAM, .histogram = {.counts = counts, .count = 6}}};

	CHECK_EQ_STR(
		map(VALUE_MAP_HISTOGRAM, true, "@h", &e, 1),
		"{\"type\": \"hist\", \"data\": {\"@h\": [{\"min\": 2, \"max\": 3, \"count\": 1},"
		"{\"min\": 4, \"max\": 7, \"count\": 0},{\"min\": 8, \"max\": 15, \"count\": "
		"2}]}}\n");
	e.value.histogram = (struct value_histogram){
		.counts = ends, .count = 3, .is_linear = true, .min = 0, .max = 10, .step = 10};
	CHECK_EQ_STR(map(VALUE_MAP_HISTOGRAM, false, "@h", &e, 1),
		     "{\"type\": \"hist\", \"data\": {\"@h\": {\"k\": [{\"max\": -1, \"count\": 1},"
		     "{\"min\": 0, \"max\": 9, \"count\": 0},{\"min\": 10, \"count\": 1}]}}}\n");
	e.value.histogram = (struct value_histogram){.counts = none, .count = 2};
	CHECK_EQ_STR(map(VALUE_MAP_HISTOGRAM, true, "@h", &e, 1),
		     "{\"type\": \"hist\", \"data\": {\"@h\": []}}\n");
	output_close(o);
}

TEST(json_records_of_the_run)
{
	set_up();
	struct output_message m = {.type = "errorf",
				   .text = "bad 3",
				   .len = 5,
				   .file = "stdin",
				   .line = 1,
				   .column = 9};
	struct output_loss rows[] = {
		{"a", "ring_full", "", 5}, {"a", "map_full", "", 1}, {"b", "ring_full", "", 2}};

	o->ops->attached(o, 2);
	CHECK_EQ_STR(written(),
		     "{\"type\": \"attached_probes\", \"count\": 2, \"data\": {\"probes\": 2}}\n");
	o->ops->lost(o, 4);
	CHECK_EQ_STR(written(),
		     "{\"type\": \"lost_events\", \"count\": 4, \"data\": {\"events\": 4}}\n");
	o->ops->losses(o, rows, 3);
	CHECK_EQ_STR(written(), "{\"type\": \"loss\", \"data\": {\"a\": {\"ring_full\": 5, "
				"\"map_full\": 1}, \"b\": {\"ring_full\": 2}}}\n");
	o->ops->message(o, &m);
	CHECK_EQ_STR(written(),
		     "{\"type\": \"errorf\", \"msg\": \"bad 3\", \"filename\": \"stdin\", "
		     "\"line\": 1, \"col\": 9}\n");
	m = (struct output_message){
		"helper_error", "Bad address", 11, "probe_read_user", -14, "stdin", 1, 20};
	o->ops->message(o, &m);
	CHECK_EQ_STR(written(),
		     "{\"type\": \"helper_error\", \"msg\": \"Bad address\", \"helper\": "
		     "\"probe_read_user\", \"retcode\": -14, \"filename\": \"stdin\", "
		     "\"line\": 1, \"col\": 20}\n");
	CHECK(!o->ops->end);
	output_close(o);
}
