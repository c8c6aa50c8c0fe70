/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as output formats see them: a small tree, independent of where the bytes came from and of
 * how it will be printed. decode() makes it from record or map bytes; a format only walks it.
 *
 * Everything a value points to lives as long as the event: in the event's arena, or in the record
 * or map bytes themselves (borrowed).
 */
#ifndef BITTERN_RUNTIME_OUTPUT_VALUE_H
#define BITTERN_RUNTIME_OUTPUT_VALUE_H

#include "program/events.h"
#include "util/strbuf.h"

enum value_kind {
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_SIGNED,
	VALUE_UNSIGNED,
	VALUE_POINTER,
	VALUE_ENUM, /* an enum value that has a name */
	VALUE_STRING,
	VALUE_BUFFER,
	VALUE_ARRAY,
	VALUE_TUPLE,
	VALUE_RECORD, /* struct, union, record: named members */
	VALUE_STATS,
	VALUE_QUANTILE,
	VALUE_HISTOGRAM,
	VALUE_SERIES,
};

struct value;

struct value_list {
	struct value *items;
	const char **names; /* RECORD only */
	size_t count;
};

struct value_stats {
	uint64_t count, average, total;
	bool is_signed; /* average and total */
};

struct value_quantile {
	uint64_t members[QUANTILE_MEMBER_COUNT];
	bool is_signed; /* all but the count */
};

struct value_histogram {
	uint64_t *counts;
	uint32_t count;         /* buckets */
	bool is_linear;         /* lhist */
	uint8_t bits;           /* hist: sub-bucket bits */
	int64_t min, max, step; /* lhist */
};

struct value_point {
	uint64_t interval; /* its number since boot */
	uint64_t value;
};

struct value_series {
	const struct value_point *points; /* intervals with a value, the oldest first */
	size_t count;
	uint64_t newest;      /* interval that is shown last */
	uint64_t intervals;   /* that are shown at most */
	int64_t interval_ns;
	int64_t boot_to_wall_ns;
	bool is_signed;
};

struct value {
	enum value_kind kind;
	bool is_cut; /* STRING: no NUL within its size, the trailer follows */
	bool is_own; /* STRING: made by bittern, not by a traced program: never escaped */
	union {
		uint64_t integer; /* BOOL SIGNED UNSIGNED POINTER */
		struct {
			uint64_t number;
			const char *name;
		} enumerator;
		struct {
			const char *bytes;
			size_t len;
		} text;                 /* STRING BUFFER */
		struct value_list list; /* ARRAY TUPLE RECORD */
		struct value_stats stats;
		struct value_quantile quantile;
		struct value_histogram histogram;
		struct value_series series;
	};
};

/* A map as it is printed. */
enum value_map_shape {
	VALUE_MAP_PLAIN,
	VALUE_MAP_STATS,
	VALUE_MAP_QUANTILE,
	VALUE_MAP_HISTOGRAM,
	VALUE_MAP_SERIES,
};

struct value_entry {
	struct value key, value;
};

struct value_map {
	const char *name; /* with its `@` */
	enum value_map_shape shape;
	bool is_scalar; /* one entry without key */
	struct value_entry *entries;
	size_t count;
};

/* How text is rendered. */
struct value_style {
	bool escapes_strings; /* traced strings go through text_escape_terminal() */
	const char *trailer;  /* after a string that was cut */
};

/* The rendering of spec output.md §3, text column. Histograms and time series have none: formats draw them. */
void value_render(struct strbuf *b, const struct value *v, const struct value_style *style);
/* A map key: the rendering without the parentheses of a tuple (§4.1). */
void value_render_key(struct strbuf *b, const struct value *key, const struct value_style *style);
/* A traced string, escaped as the style says. */
void value_render_string(struct strbuf *b, const char *bytes, size_t len,
			 const struct value_style *style);

/* print(@m, top, div): divides what §4.3 says is divided; div 0 means 1. */
void value_divide(struct value *v, int64_t div);
/* The number behind an integer-like value (also of a bool, pointer, enum), else 0. */
uint64_t value_number(const struct value *v);
/* Whether a member is part of the printed form, and its name. */
bool value_quantile_prints(enum quantile_member member, const char **name);

#endif
