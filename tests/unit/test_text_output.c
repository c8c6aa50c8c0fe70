/* SPDX-License-Identifier: Apache-2.0 */
/* Text output to the letter of spec output.md §4, §5, §7: maps, histograms, printf; and -B. */
#include <errno.h>
#include <fcntl.h>
#include "runtime/output/output.h"
#include "runtime/output/printer.h"
#include "unit/fake_program.h"
#include "unit/harness.h"

static struct output *o;

static void open_text(bool is_raw)
{
	CHECK_EQ(output_open("/dev/null", output_find("text", NULL), OUTPUT_FULL, is_raw, "..", &o),
		 0);
}

/* What was written since the last call. */
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

static const char *map(const char *name, bool is_scalar, struct value_entry *entries, size_t count)
{
	struct value_map m = {
		.name = name, .is_scalar = is_scalar, .entries = entries, .count = count};

	o->ops->map(o, &m);
	return written();
}

TEST(text_maps)
{
	open_text(false);
	struct value_entry scalar = {.value = number(5)};
	struct value pair[] = {number(1), string("abc")};
	struct value_entry keyed[] = {
		{number(7), number(1)},
		{{.kind = VALUE_TUPLE, .list = {pair, NULL, 2}}, string("x\033y")},
		{string("(z)"), number(-2)},
	};

	CHECK_EQ_STR(map("@", true, &scalar, 1), "@: 5\n");
	CHECK_EQ_STR(map("@x", false, keyed, 3), "@x[7]: 1\n@x[1, abc]: x\\x1by\n@x[z]: -2\n");
	CHECK_EQ_STR(map("@x", false, keyed, 0), "");
	scalar.value = (struct value){.kind = VALUE_STATS};
	CHECK_EQ_STR(map("@s", true, &scalar, 1), "@s: { .count = 0, .average = 0, .total = 0 }\n");
	o->ops->end(o);
	CHECK_EQ_STR(written(), "\n\n");
	output_close(o);
}

TEST(text_histograms)
{
	open_text(false);
	uint64_t counts[] = {1, 1, 1, 0, 3, 0}, none[3] = {0};
	struct value_entry e = {
		.value = {.kind = VALUE_HISTOGRAM, .histogram = {.counts = counts, .count = 6}}};

	CHECK_EQ_STR(
		map("@lat", true, &e, 1),
		"@lat:\n"
		"(..., 0)               1 |@@@@@@@@@@@@@@@@@                                   |\n"
		"[0]                    1 |@@@@@@@@@@@@@@@@@                                   |\n"
		"[1]                    1 |@@@@@@@@@@@@@@@@@                                   |\n"
		"[2, 4)                 0 |                                                    |\n"
		"[4, 8)                 3 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n"
		"\n");
	e.key = string("k");
	e.value.histogram.counts = none;
	e.value.histogram.count = 3;
	CHECK_EQ_STR(map("@h", false, &e, 1), "@h[k]:\n\n");
	e.value.histogram = (struct value_histogram){
		.counts = counts, .count = 3, .is_linear = true, .max = 1 << 20, .step = 1 << 20};
	CHECK_EQ_STR(
		map("@l", true, &e, 1),
		"@l:\n"
		"(..., 0)               1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n"
		"[0, 1M)                1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n"
		"[1M, ...)              1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n"
		"\n");
	output_close(o);
}

TEST(text_values_and_texts)
{
	open_text(false);
	struct value v = number(5);

	o->ops->value(o, &v);
	CHECK_EQ_STR(written(), "5\n");
	strbuf_add_text(o->ops->text_begin(o, OUTPUT_PRINTF), "x");
	o->ops->text_end(o, OUTPUT_PRINTF);
	CHECK_EQ_STR(written(), "x");
	strbuf_add_text(o->ops->text_begin(o, OUTPUT_JOIN), "ls -l");
	o->ops->text_end(o, OUTPUT_JOIN);
	CHECK_EQ_STR(written(), "ls -l\n");
	strbuf_add_text(o->ops->text_begin(o, OUTPUT_SYSTEM), "hi\n");
	o->ops->text_end(o, OUTPUT_SYSTEM);
	CHECK_EQ_STR(written(), "hi\n\n");
	output_close(o);
}

/* --- printf
 * ----------------------------------------------------------------------------------------- */

/* A payload with one of each: int64 -5, uint32 42, string[8], int8 65, bool, tuple, buffer. */
struct payload {
	int64_t a;
	uint32_t b;
	char s[8];
	int8_t c;
	uint8_t t;
	uint8_t pair[2];
	struct {
		uint32_t len;
		uint8_t bytes[4];
	} buffer;
};

static struct program p;
static struct arena arena;
static uint32_t fields[7], payload_offsets[7] = {
				   offsetof(struct payload, a),      offsetof(struct payload, b),
				   offsetof(struct payload, s),      offsetof(struct payload, c),
				   offsetof(struct payload, t),      offsetof(struct payload, pair),
				   offsetof(struct payload, buffer),
};

static void make_types(void)
{
	program_init(&p);
	arena_init(&arena);
	fields[0] = int_type(&p, 8, true);
	fields[1] = int_type(&p, 4, false);
	fields[2] = plain_type(&p, TYPE_STRING, 8);
	fields[3] = int_type(&p, 1, true);
	fields[4] = plain_type(&p, TYPE_BOOL, 1);
	fields[5] = plain_type(&p, TYPE_TUPLE, 2);
	fields[6] = plain_type(&p, TYPE_BUFFER, 8);
	uint32_t byte = int_type(&p, 1, false);
	add_field(&p, fields[5], "", byte, 0);
	add_field(&p, fields[5], "", byte, 1);
}

/* Formats with the given fields ("abscTPB" by letter) of the payload. */
static const char *format(const char *text, const char *letters, const struct payload *data)
{
	static const char names[] = "abscTPB";
	static const struct resolver resolver;
	struct decoder d = {&p, &resolver, &arena};
	uint32_t tuple = plain_type(&p, TYPE_TUPLE, sizeof(*data));
	struct printer *printer;

	for (const char *l = letters; *l; l++) {
		size_t i = (size_t)(strchr(names, *l) - names);

		add_field(&p, tuple, "", fields[i], payload_offsets[i]);
	}
	if (printer_create(&arena, &p, text, tuple, &printer))
		return "refused";
	CHECK_EQ(printer_payload_size(printer), sizeof(*data));
	printer_run(printer, &d, data, &o->style, o->ops->text_begin(o, OUTPUT_PRINTF));
	o->ops->text_end(o, OUTPUT_PRINTF);
	return written();
}

TEST(text_printf)
{
	struct payload data = {-5, 42, "bash", 65, 1, {1, 2}, {3, "h\xff~x"}};

	open_text(false);
	make_types();
	CHECK_EQ_STR(format("plain %%\n", "", &data), "plain %\n");
	CHECK_EQ_STR(format("%d %u|", "ab", &data), "-5 42|");
	CHECK_EQ_STR(format("%u %x %hhu", "aaa", &data), "4294967291 fffffffb 251");
	CHECK_EQ_STR(format("%lu %lx", "aa", &data), "18446744073709551611 fffffffffffffffb");
	CHECK_EQ_STR(format("%5d|%-5d|%05d|%+d", "abab", &data), "   -5|42   |000-5|+42");
	CHECK_EQ_STR(format("%#x %o %c %p", "bbcb", &data), "0x2a 52 A 0x2a");
	CHECK_EQ_STR(format("%s|%6s|%-6s|%.2s", "ssss", &data), "bash|  bash|bash  |bash");
	CHECK_EQ_STR(format("%s %s %d", "aTT", &data), "-5 true 1");
	CHECK_EQ_STR(format("%s|%3s", "PP", &data), "(1, 2)|  (1, 2)");
	CHECK_EQ_STR(format("%r|%rx|%rh|%s", "BBBB", &data),
		     "h\\xff~|\\x68\\xff\\x7e|68 ff 7e|h\\xff~");
	CHECK_EQ_STR(format("%d %d", "a", &data), "refused");
	memcpy(data.s, "12345678", 8);
	CHECK_EQ_STR(format("[%s]", "s", &data), "[12345678..]");
	memcpy(data.s, "\033[0m\0", 6);
	CHECK_EQ_STR(format("\033[1m%s", "s", &data), "\033[1m\\x1b[0m");
	output_close(o);
	open_text(true);
	CHECK_EQ_STR(format("%s", "s", &data), "\033[0m");
	output_close(o);
	arena_free(&arena);
	program_free(&p);
}

/* --- buffering
 * --------------------------------------------------------------------------------------- */
static size_t in_pipe(int fd)
{
	char bytes[256];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	return n > 0 ? (size_t)n : 0;
}

static void say(const char *text)
{
	strbuf_add_text(o->ops->text_begin(o, OUTPUT_PRINTF), text);
	o->ops->text_end(o, OUTPUT_PRINTF);
	output_record_done(o);
}

TEST(output_buffering_modes)
{
	static const enum output_buffering modes[] = {OUTPUT_LINE, OUTPUT_NONE, OUTPUT_FULL};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		int fds[2];

		CHECK_EQ(pipe2(fds, O_NONBLOCK), 0);
		open_text(false);
		close(o->fd);
		o->fd = fds[1];
		o->buffering = modes[i];
		say("ab");
		CHECK_EQ(in_pipe(fds[0]), modes[i] == OUTPUT_NONE ? 2 : 0);
		output_batch_done(o);
		CHECK_EQ(in_pipe(fds[0]), 0);
		say("c\n");
		CHECK_EQ(in_pipe(fds[0]), modes[i] == OUTPUT_NONE ? 2 : 0);
		output_batch_done(o);
		CHECK_EQ(in_pipe(fds[0]), modes[i] == OUTPUT_LINE ? 4 : 0);
		output_flush(o);
		CHECK_EQ(in_pipe(fds[0]), modes[i] == OUTPUT_FULL ? 4 : 0);
		output_close(o);
		close(fds[0]);
	}
}

TEST(output_errors_are_kept)
{
	CHECK_EQ(output_open("/dev/full", output_find("text", NULL), OUTPUT_NONE, false, "", &o),
		 0);
	say("x\n");
	CHECK_EQ(output_error(o), ENOSPC);
	say("y\n");
	CHECK_EQ(o->buffer.len, 0);
	output_close(o);
	CHECK_EQ(output_open("/nowhere/x", output_find("text", NULL), OUTPUT_NONE, false, "", &o),
		 -ENOENT);
	CHECK(!output_find("xml", NULL));
}
