/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a run, shared by session.c and the actions. */
#ifndef BITTERN_RUNTIME_SESSION_PRIVATE_H
#define BITTERN_RUNTIME_SESSION_PRIVATE_H

#include "probes/probe.h"
#include "runtime/child.h"
#include "runtime/event_loop.h"
#include "runtime/loader.h"
#include "runtime/loss.h"
#include "runtime/map_reader.h"
#include "runtime/mappings.h"
#include "runtime/output/printer.h"
#include "runtime/packets.h"
#include "runtime/resolver.h"
#include "runtime/session.h"

struct session {
	const struct program *program; /* borrowed, as are the next two */
	const struct session_options *options;
	struct host *host;
	struct reporter reporter;
	struct arena arena;       /* of the run */
	struct arena event_arena; /* reset after each event */
	struct output *output;
	struct output *plain; /* iterators whose printf() goes elsewhere than the rest; or NULL */
	struct loader loader;
	struct bpf_object_bytes relieved; /* in place of the object that was refused; owned */
	struct rings rings;
	struct packets packets;
	struct event_loop loop;
	struct child child;
	int target_fd; /* pidfd of -p; -1: none */
	struct probe_links links;
	struct names names;
	struct mappings *mappings; /* NULL: the program has no stacks of processes */
	struct decoder decoder;
	struct map_reader maps;
	struct loss loss;
	struct strbuf text; /* a formatted file name, command or message */

	struct program_globals *globals; /* the kernel's page, or memory of ours without one */
	size_t globals_mapped;           /* bytes mapped; 0: ours */
	struct printer **printers;       /* of each action that has a format; arena */
	uint64_t *repeats;               /* of each site: run-time errors so far; arena, NULL: none */
	bool *is_end;                    /* of each function: records count after exit(), too */

	uint64_t exit_time_ns; /* stamp of exit(): later records are dropped; 0: none yet */
	int status;            /* what session_run() returns */
	bool is_stopping;      /* leave the event loop */
	unsigned int deferred;   /* LOOP_* that came while an action waited */
	bool ends_commands;      /* Ctrl-C came during system(): no further ones are started */
	bool is_hurried;       /* second Ctrl-C: leave what is still in the rings */
};

/* actions.c: carries out one record. */
void session_run_action(struct session *s, const struct event_header *record, size_t len);
/* actions.c: matches formats and payload types. 0 or -EINVAL. */
int session_prepare_actions(struct session *s);
/* action_message.c: tells how often happened what was no longer shown. */
void session_report_repeats(struct session *s);
/* action_print.c: prints map number `map`. */
void session_print_map(struct session *s, uint32_t map, const struct map_print *how);

/* What an action handler gets. */
struct event {
	const struct program_action *action;
	const struct event_header *header;
	const uint8_t *payload;
	size_t size; /* of the payload */
};

#define ACTION(ID, handler, ring, meaning)                                                         \
	void action_##handler(struct session *s, const struct event *e);
#include "program/actions.def"
#undef ACTION

#endif
