/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages about a script: collected while compiling, printed at the end of a stage, in the form of
 * spec output.md §2. A message has an id (the stable name of the mistake), a place, notes with
 * places of their own, and hints. The same message at the same place is kept once, however often
 * it is reported (bodies are checked once per attach point).
 */
#ifndef BITTERN_DIAG_DIAG_H
#define BITTERN_DIAG_DIAG_H

#include <stdio.h>
#include "diag/source.h"

enum diag_id {
#define DIAG(ID, meaning) DIAG_##ID,
#include "diag/diag_ids.def"
#undef DIAG
	DIAG_COUNT
};

enum diag_severity { DIAG_SEVERITY_ERROR, DIAG_SEVERITY_WARNING };

struct diag_msg;

struct diag {
	struct arena *arena;	/* borrowed: holds all messages */
	struct diag_msg *first; /* in order of report */
	struct diag_msg **last;
	unsigned int error_count;   /* distinct errors */
	unsigned int warning_count; /* distinct warnings */
	unsigned int max_errors;    /* after this many, further errors are only counted (default 20) */
	struct diag_msg *seen[64];  /* kept messages by hash of place, to find repetitions */
};

void diag_init(struct diag *d, struct arena *a);

/* Adds a message and returns it for notes and hints; never NULL. A repeated or surplus message is
 * swallowed, and what is added to it as well. */
PRINTF_LIKE(4, 5)
struct diag_msg *diag_error(struct diag *d, enum diag_id id, struct loc loc, const char *format, ...);
PRINTF_LIKE(4, 5)
struct diag_msg *diag_warning(struct diag *d, enum diag_id id, struct loc loc, const char *format,
			      ...);
/* A further place that explains the message. */
PRINTF_LIKE(3, 4) void diag_note(struct diag_msg *m, struct loc loc, const char *format, ...);
/* What to do instead. */
PRINTF_LIKE(2, 3) void diag_hint(struct diag_msg *m, const char *format, ...);
/* "did you mean 'x'?", if near is not NULL. */
void diag_did_you_mean(struct diag_msg *m, const char *near);

struct diag_print_options {
	bool use_color;	     /* red and yellow first lines */
	bool hide_warnings;  /* --no-warnings */
	bool show_ids;	     /* append [id] to the first line (-v) */
};

/* Prints all errors, then all warnings, to f. */
void diag_print(const struct diag *d, FILE *f, const struct diag_print_options *options);

#define DIAG_EXPANSIONS_MAX 8 /* levels of macros shown */

/*
 * Prints one message that is not about compiling in the same form: for run-time warnings, which
 * know a place only by name and numbers. source_line may be NULL (no quote).
 */
void diag_print_at(FILE *f, bool use_color, const char *severity, const char *file, uint32_t line,
		   uint32_t column, uint32_t column_end, const char *message,
		   const char *source_line);

/* The spelling of an id ("unknown-function"), static. */
const char *diag_id_name(enum diag_id id);

#endif
