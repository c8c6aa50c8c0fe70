/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BITTERN_RUNTIME_TRACE_EVENT_H
#define BITTERN_RUNTIME_TRACE_EVENT_H

struct program;

/* Waits, for a tenth of a second at most, until what debugf() writes gets into the trace buffer. */
void trace_event_wait(const struct program *p);

#endif
