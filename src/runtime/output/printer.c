/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each piece of a format carries the function that prints it; create_piece() chooses the cheapest
 * one that means the same. A plain "%d" or "%s" is a few instructions here and this is what makes a
 * million lines a second possible on one core.
 */
#include "runtime/output/printer.h"

#include <errno.h>
#include "util/text.h"

struct piece;

struct call {
	const struct decoder *decoder;
	const struct value_style *style;
	const uint8_t *payload;
	struct strbuf *out;
};

struct piece {
	void (*print)(const struct call *c, const struct piece *p);
	const struct format_piece *format;
	uint32_t type;   /* of the argument */
	uint32_t offset; /* in the payload */
	uint32_t size;   /* bytes of the argument */
	bool is_signed;
};

struct printer {
	struct piece *pieces;
	size_t count;
	size_t payload_size;
};

static void print_literal(const struct call *c, const struct piece *p)
{
	strbuf_append(c->out, p->format->text, p->format->len);
}

static uint64_t load(const struct call *c, const struct piece *p)
{
	return decode_integer(c->payload + p->offset, p->size, p->is_signed);
}

/* Integers without width and flags, cut to the size of the conversion. */
static void print_signed(const struct call *c, const struct piece *p)
{
	unsigned int unused = 64 - 8 * p->format->size;

	strbuf_add_i64(c->out, (int64_t)(load(c, p) << unused) >> unused);
}

static void print_unsigned(const struct call *c, const struct piece *p)
{
	unsigned int unused = 64 - 8 * p->format->size;

	strbuf_add_u64(c->out, load(c, p) << unused >> unused);
}

static void print_hex(const struct call *c, const struct piece *p)
{
	unsigned int unused = 64 - 8 * p->format->size;

	strbuf_add_hex(c->out, load(c, p) << unused >> unused);
}

static void print_integer(const struct call *c, const struct piece *p)
{
	format_integer(c->out, p->format, load(c, p));
}

static void decode_argument(const struct call *c, const struct piece *p, struct value *out)
{
	/* Cannot fail on size: printer_create() and the caller have checked; what is left (a
	 * malformed type) shows as null. */
	if (decode(c->decoder, p->type, c->payload + p->offset, p->size, out))
		*out = (struct value){ .kind = VALUE_NULL };
}

/* Integer conversions of what is not stored as a plain integer: states of aggregations. */
static void print_decoded_integer(const struct call *c, const struct piece *p)
{
	struct value v;

	decode_argument(c, p, &v);
	format_integer(c->out, p->format, value_number(&v));
}

static void print_string(const struct call *c, const struct piece *p)
{
	const char *text = (const char *)c->payload + p->offset;
	const char *end = memchr(text, 0, p->size);

	value_render_string(c->out, text, end ? (size_t)(end - text) : p->size, c->style);
	if (!end && p->size)
		strbuf_add_text(c->out, c->style->trailer);
}

/* Pads what was appended since start to the width of the piece. */
static void pad(const struct call *c, const struct piece *p, size_t start)
{
	struct strbuf *b = c->out;
	size_t len = b->len - start, missing = len < p->format->width ? p->format->width - len : 0;

	if (!missing)
		return;
	char fill = p->format->has_zero && !p->format->is_left ? '0' : ' ';
	strbuf_add_repeat(b, fill, missing);
	if (!p->format->is_left) {
		memmove(b->text + start + missing, b->text + start, len);
		memset(b->text + start, fill, missing);
	}
}

/* A byte may be one of a traced string, printed byte by byte: it drives the terminal as little as
 * the whole string does. NUL is left alone: it does nothing, and such strings end in some. */
static void print_char(const struct call *c, const struct piece *p)
{
	size_t start = c->out->len;
	struct value v;

	decode_argument(c, p, &v);
	char byte = (char)value_number(&v);
	if (byte)
		value_render_string(c->out, &byte, 1, c->style);
	else
		strbuf_add_char(c->out, byte);
	pad(c, p, start);
}

static void print_padded_string(const struct call *c, const struct piece *p)
{
	size_t start = c->out->len;

	print_string(c, p);
	pad(c, p, start);
}

static bool is_composite(const struct value *v)
{
	return v->kind == VALUE_ARRAY || v->kind == VALUE_TUPLE || v->kind == VALUE_RECORD;
}

static void print_value(const struct call *c, const struct piece *p)
{
	size_t start = c->out->len;
	struct value v;

	decode_argument(c, p, &v);
	if (!is_composite(&v) || !p->format->width) {
		value_render(c->out, &v, c->style);
		pad(c, p, start);
		return;
	}
	/* The width of a composite goes to its first fragment, the opening bracket (§7.2). */
	value_render(c->out, &v, c->style);
	char *rest =
		arena_memdup(c->decoder->arena, c->out->text + start + 1, c->out->len - start - 1);
	size_t rest_len = c->out->len - start - 1;
	c->out->len = start + 1;
	pad(c, p, start);
	strbuf_append(c->out, rest, rest_len);
}

static void add_hex_bytes(struct strbuf *b, const uint8_t *bytes, size_t len, bool has_blanks)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		if (!has_blanks)
			strbuf_append(b, "\\x", 2);
		else if (i)
			strbuf_add_char(b, ' ');
		strbuf_add_char(b, digits[bytes[i] >> 4]);
		strbuf_add_char(b, digits[bytes[i] & 15]);
	}
}

static void print_buffer(const struct call *c, const struct piece *p)
{
	size_t start = c->out->len;
	struct value v;

	decode_argument(c, p, &v);
	if (v.kind != VALUE_BUFFER)
		return;
	if (p->format->buffer_form == 'r')
		text_escape_hex(c->out, v.text.bytes, v.text.len);
	else
		add_hex_bytes(c->out, (const uint8_t *)v.text.bytes, v.text.len,
			      p->format->buffer_form == 'h');
	pad(c, p, start);
}

static void print_gfp(const struct call *c, const struct piece *p)
{
	size_t start = c->out->len;

	format_gfp_flags(c->out, load(c, p));
	pad(c, p, start);
}

/* Stored as a plain integer, to be extended by its own sign. */
static bool is_stored_integer(const struct program_type *t)
{
	switch ((enum type_kind)t->kind) {
	case TYPE_BOOL:
	case TYPE_INT:
	case TYPE_POINTER:
	case TYPE_ENUM:
	case TYPE_USERNAME:
	case TYPE_CGROUP_PATH:
	case TYPE_KSYM:
	case TYPE_COUNT:
	case TYPE_SUM:
		return t->size <= 8;
	case TYPE_NONE:
	case TYPE_VOID:
	case TYPE_STRING:
	case TYPE_BUFFER:
	case TYPE_ARRAY:
	case TYPE_TUPLE:
	case TYPE_RECORD:
	case TYPE_STRUCT:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMP_MODE:
	case TYPE_INET:
	case TYPE_MAC:
	case TYPE_USYM:
	case TYPE_KSTACK:
	case TYPE_USTACK:
	case TYPE_QUANTILE_MEMBER:
	case TYPE_MIN:
	case TYPE_MAX:
	case TYPE_AVG:
	case TYPE_STATS:
	case TYPE_QUANTILE:
	case TYPE_HIST:
	case TYPE_LHIST:
	case TYPE_TSERIES:
	case TYPE_KIND_COUNT:
		return false;
	}
	return false;
}

static void choose_integer(struct piece *piece, const struct program_type *t)
{
	const struct format_piece *f = piece->format;
	bool is_bare = !f->width && !f->has_plus && !f->has_hash && !f->has_zero;

	if (!is_stored_integer(t))
		piece->print = print_decoded_integer;
	else if (is_bare && f->conversion == FORMAT_SIGNED)
		piece->print = print_signed;
	else if (is_bare && f->conversion == FORMAT_UNSIGNED)
		piece->print = print_unsigned;
	else if (is_bare && f->conversion == FORMAT_HEX && !f->is_upper)
		piece->print = print_hex;
	else
		piece->print = print_integer;
}

static void choose(struct piece *piece, const struct program_type *t)
{
	const struct format_piece *f = piece->format;

	switch (f->conversion) {
	case FORMAT_TEXT:
	case FORMAT_OTHER:
		piece->print = print_literal;
		break;
	case FORMAT_SIGNED:
	case FORMAT_UNSIGNED:
	case FORMAT_OCTAL:
	case FORMAT_HEX:
	case FORMAT_POINTER:
		choose_integer(piece, t);
		break;
	case FORMAT_CHAR:
		piece->print = print_char;
		break;
	case FORMAT_STRING:
		if (t->kind != TYPE_STRING)
			piece->print = print_value;
		else
			piece->print = f->width ? print_padded_string : print_string;
		break;
	case FORMAT_BUFFER:
		piece->print = print_buffer;
		break;
	case FORMAT_GFP:
		piece->print = print_gfp;
		break;
	}
}

/* Conversion number `argument` prints that field of the payload tuple. */
static int bind_argument(struct piece *piece, const struct program *p, uint32_t payload,
			 uint32_t argument)
{
	const struct program_type *tuple = &p->types.items[payload];

	if (argument >= tuple->field_count || tuple->first + argument >= p->fields.count)
		return -EINVAL;
	const struct program_field *field = &p->fields.items[tuple->first + argument];
	if (field->type >= p->types.count)
		return -EINVAL;
	const struct program_type *t = &p->types.items[field->type];
	if ((uint64_t)field->offset + t->size > tuple->size)
		return -EINVAL;
	piece->type = field->type;
	piece->offset = field->offset;
	piece->size = t->size;
	piece->is_signed = t->is_signed;
	choose(piece, t);
	return 0;
}

int printer_create(struct arena *a, const struct program *p, const char *format, uint32_t payload,
		   struct printer **out)
{
	struct format *f = ARENA_NEW(a, struct format);
	struct printer *printer = ARENA_NEW(a, struct printer);
	uint32_t argument = 0;

	if (payload >= p->types.count)
		return -EINVAL;
	format_parse(a, format, f);
	printer->count = f->pieces.count;
	printer->pieces = ARENA_ARRAY(a, struct piece, f->pieces.count);
	printer->payload_size = payload ? p->types.items[payload].size : 0;
	for (size_t i = 0; i < f->pieces.count; i++) {
		struct piece *piece = &printer->pieces[i];

		piece->format = &f->pieces.items[i];
		if (piece->format->conversion == FORMAT_TEXT)
			choose(piece, NULL);
		else if (bind_argument(piece, p, payload, argument++))
			return -EINVAL;
	}
	*out = printer;
	return 0;
}

size_t printer_payload_size(const struct printer *p)
{
	return p->payload_size;
}

void printer_run(const struct printer *p, const struct decoder *d, const void *payload,
		 const struct value_style *style, struct strbuf *out)
{
	struct call c = { .decoder = d, .style = style, .payload = payload, .out = out };

	for (size_t i = 0; i < p->count; i++)
		p->pieces[i].print(&c, &p->pieces[i]);
}
