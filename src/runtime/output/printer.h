/* SPDX-License-Identifier: Apache-2.0 */
/*
 * printf, ready to run: a format string and the payload type it prints, matched once when the run
 * starts. For a record there is one indirect call per piece; integers and strings go straight from
 * the record's bytes into the buffer, only other values are decoded first.
 */
#ifndef BITTERN_RUNTIME_OUTPUT_PRINTER_H
#define BITTERN_RUNTIME_OUTPUT_PRINTER_H

#include "program/format.h"
#include "runtime/output/decode.h"

struct printer;

/* Arena memory. 0, or -EINVAL: the format and the payload type do not belong together. */
int printer_create(struct arena *a, const struct program *p, const char *format, uint32_t payload,
		   struct printer **out);
/* Bytes a record must have behind its header. */
size_t printer_payload_size(const struct printer *p);
/* Appends the formatted text. payload has at least printer_payload_size() bytes. */
void printer_run(const struct printer *p, const struct decoder *d, const void *payload,
		 const struct value_style *style, struct strbuf *out);

#endif
