/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of iterators: run by reading them, or pinned. */
#ifndef BITTERN_RUNTIME_SEQUENCE_H
#define BITTERN_RUNTIME_SEQUENCE_H

#include "runtime/session_private.h"

/* The program is an iterator's. */
bool sequence_is_used(const struct session *s);
/* … and is pinned: it stays when this process ends. */
bool sequence_is_left(const struct session *s);
/* Where printf() writes, if not to the output. 0 or -errno. */
int sequence_open(struct session *s);
/* What the session does beside: other rings, signals. It may set is_stopping. */
typedef void session_round(struct session *s);
/* After attaching: reads to the end, or pins. 0, or -1 reported. */
int sequence_run(struct session *s, session_round *look_around);

#endif
