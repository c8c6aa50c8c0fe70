/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a run's output goes, and the formats it can have.
 *
 * A format is one struct output_ops, listed in output.c. It appends to output->buffer; when the
 * buffer is written to the file is decided here (-B), in few and large writes:
 *	line	at the end of every batch of records that wrote a newline, and before waiting
 *	none	after every record
 *	full	when the buffer is full, and at the end
 * A write error is remembered and everything after it is dropped: the event loop sees output_error()
 * and ends the run.
 */
#ifndef BITTERN_RUNTIME_OUTPUT_OUTPUT_H
#define BITTERN_RUNTIME_OUTPUT_OUTPUT_H

#include "runtime/output/value.h"

#define OUTPUT_BUFFER_SIZE (64 * 1024) /* written when at least this much has come together */

enum output_buffering { OUTPUT_LINE, OUTPUT_FULL, OUTPUT_NONE };

/* Whole texts, by the action that made them. */
enum output_text {
	OUTPUT_PRINTF,
	OUTPUT_TIME,
	OUTPUT_CAT,
	OUTPUT_JOIN,
	OUTPUT_SYSTEM,
	OUTPUT_TEXT_COUNT
};

/* A message about the running script, for formats that have records for it. */
struct output_message {
	const char *type; /* "errorf", "warnf", "helper_error", "runtime_error" */
	const char *text;
	size_t len;
	const char *helper; /* NULL: none, and no retcode */
	int64_t retcode;
	const char *file;
	uint32_t line, column;
};

/* One line of the loss report; rows of one probe follow each other. */
struct output_loss {
	const char *probe, *cause;
	const char *text; /* the cause as words that follow a number */
	uint64_t count;
};

struct output {
	const struct output_ops *ops;
	struct strbuf buffer;     /* finished output, not yet written */
	struct strbuf scratch;    /* the format's: text being made */
	struct strbuf key;        /* the format's: a map key being made */
	struct value_style style; /* how strings in text are rendered */
	int fd;                   /* owned unless it is stdout */
	int error;                /* errno of the first failed write; 0: none */
	enum output_buffering buffering;
};

struct output_ops {
	const char *name;
	bool is_terminal_text; /* strings of traced programs must not drive a terminal */
	/* The buffer to which text of a kind is appended, then what ends it. */
	struct strbuf *(*text_begin)(struct output *o, enum output_text kind);
	void (*text_end)(struct output *o, enum output_text kind);
	void (*value)(struct output *o, const struct value *v); /* print(x) */
	void (*map)(struct output *o, const struct value_map *m);
	void (*end)(struct output *o); /* after the last event, before the maps; may be NULL */
	/* NULL: the format has no such records, the run time says it on stderr. */
	void (*attached)(struct output *o, uint64_t count);
	void (*lost)(struct output *o, uint64_t count);
	void (*losses)(struct output *o, const struct output_loss *rows, size_t count);
	void (*message)(struct output *o, const struct output_message *m);
};

extern const struct output_ops output_text, output_json;

/* The format of that name, or NULL; *names (may be NULL) gets all, space separated. */
const struct output_ops *output_find(const char *format, const char **names);

/* Writes to path, or to stdout if it is NULL. 0 or -errno of opening path. trailer is borrowed. */
int output_open(const char *path, const struct output_ops *ops, enum output_buffering buffering,
		bool is_raw, const char *trailer, struct output **out);
/* Flushes and frees. */
void output_close(struct output *o);

/* Call after each record, at the end of each batch, and before waiting. */
void output_record_done(struct output *o);
void output_batch_done(struct output *o);
void output_idle(struct output *o);
/* Writes what there is, whatever the mode. */
void output_flush(struct output *o);
/* The errno of the write that failed, 0 if none did. */
static inline int output_error(const struct output *o)
{
	return o->error;
}

#endif
