/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of probes/ only: the types the registry lists, and small helpers. */
#ifndef BITTERN_PROBES_TYPES_H
#define BITTERN_PROBES_TYPES_H

#include "probes/probe.h"

extern const struct probe_ops probe_begin, probe_end, probe_self;		 /* special.c */
extern const struct probe_ops probe_fentry, probe_fexit;			 /* fentry.c */
extern const struct probe_ops probe_interval, probe_profile, probe_software;	 /* perf_event.c */
extern const struct probe_ops probe_iter;					 /* iter.c */
extern const struct probe_ops probe_tracepoint, probe_rawtracepoint;		 /* tracepoint.c */

/* tracepoint.c: the tracepoint that an attach point without its type or category may mean, or NULL. */
const char *probe_nearest_tracepoint(struct probe_context *c, const struct probe_spec *s);

/* spec.c: an unsigned number in part `at`, at least min; 0, or -EINVAL reported. */
int probe_spec_number(struct probe_context *c, const struct probe_spec *s, uint32_t at,
		      uint64_t min, uint64_t *out);

/* attach.c: adds a descriptor to a link. */
void probe_link_add(struct probe_link *link, int fd);
/* attach.c: writes the phrase of an attach context's error; returns err. */
PRINTF_LIKE(3, 4)
int attach_error(struct attach_context *c, int err, const char *format, ...);
/* dispatch.c: all system call probes of one direction, from probe `first` on. */
int attach_syscalls(struct attach_context *c, enum program_attach direction,
		    struct probe_link *link);

#endif
