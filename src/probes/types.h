/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of probes/ only: the types the registry lists, and small helpers. */
#ifndef BITTERN_PROBES_TYPES_H
#define BITTERN_PROBES_TYPES_H

#include "probes/probe.h"

extern const struct probe_ops probe_begin, probe_end, probe_self;		 /* special.c */
extern const struct probe_ops probe_fentry, probe_fexit;			 /* fentry.c */
extern const struct probe_ops probe_kprobe_by_fentry, probe_kretprobe_by_fexit;	 /* … not in the list */
extern const struct probe_ops probe_interval, probe_profile, probe_software;	 /* perf_event.c */
extern const struct probe_ops probe_iter;					 /* iter.c */
extern const struct probe_ops probe_tracepoint, probe_rawtracepoint;		 /* tracepoint.c */

/* tracepoint.c: the tracepoint that an attach point without its type or category may mean, or NULL. */
const char *probe_nearest_tracepoint(struct probe_context *c, const struct probe_spec *s);

extern const struct probe_ops probe_kprobe, probe_kretprobe;			 /* kprobe.c */
extern const struct probe_ops probe_fentry_by_kprobe, probe_fexit_by_kretprobe;	 /* … not in the list */

/* expand.c: config missing_probes. */
enum { MISSING_ERROR, MISSING_WARN, MISSING_IGNORE };

/* kernel_functions.c: why a function of the kernel is not traced without --unsafe ("calls …"), or NULL. */
const char *probe_denied_function(const char *name);
/* Says so; -EINVAL. */
int probe_report_denied(struct probe_context *c, const struct probe *p, const char *reason);
/* The module that p names is not loaded; -EINVAL. */
int probe_report_module(struct probe_context *c, const struct probe *p);
/* "kprobe:vfs_read" for a name that is near, in what may be traced, or NULL. */
const char *probe_nearest_function(struct probe_context *c, const struct probe *p);
/* fentry.c: the types of a traced function, or a report. */
int probe_function_types(struct probe_context *c, const struct probe *p, struct loc loc,
			 const struct type **args, const struct type **result);
/* Appends what the compiler made of a function, "name.isra.0"; how many there are. */
unsigned int probe_function_copies(const char *name, struct strbuf *out);
/* Appends a copy of p for each function that matches its target (NULL: any module) and event; reports
 * that there is none. 0 or -EINVAL. */
int probe_expand_functions(struct probe_context *c, const struct probe *p,
			   bool skips_blacklisted, struct probe_list *out);
/* The same for a function named in full: *is_usable if it is to be attached; else missing_probes, which
 * the report follows, lets the script go on without it, or there was an error. */
int probe_check_function(struct probe_context *c, const struct probe *p, bool *is_usable);

/* spec.c: an unsigned number in part `at`, at least min; 0, or -EINVAL reported. */
int probe_spec_number(struct probe_context *c, const struct probe_spec *s, uint32_t at,
		      uint64_t min, uint64_t *out);

/* attach.c: adds a descriptor to a link. */
void probe_link_add(struct probe_link *link, int fd);
/* attach.c: a new perf event, or -errno. */
struct perf_event_attr;
int attach_open_event(struct perf_event_attr *attr, int pid, int cpu);
/* attach.c: puts the program on the event and starts it; both descriptors belong to the link
 * afterwards. 0 or -errno. */
int attach_start_event(struct probe_link *link, int event_fd, int program_fd);
/* attach.c: remembers that a probe attached together with others was refused. */
void attach_note_failure(struct attach_context *c, const struct program_probe *p, int err);
/* attach.c: writes the phrase of an attach context's error; returns err. */
PRINTF_LIKE(3, 4)
int attach_error(struct attach_context *c, int err, const char *format, ...);
/* dispatch.c: all system call probes of one direction, from probe `first` on. */
int attach_syscalls(struct attach_context *c, enum program_attach direction,
		    struct probe_link *link);

/* kprobe_attach.c */
int attach_kprobe(struct attach_context *c, const struct program_probe *p, struct probe_link *link);
int attach_kretprobe(struct attach_context *c, const struct program_probe *p,
		     struct probe_link *link);
int attach_kprobe_multi(struct attach_context *c, const struct program_probe *p,
			struct probe_link *link);
int attach_session_return(struct attach_context *c, const struct program_probe *p,
			  struct probe_link *link);
/* Says why a function was refused; returns err. */
int attach_explain_function(struct attach_context *c, const struct program_probe *p, int err);

#endif
