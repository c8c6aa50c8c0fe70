/* SPDX-License-Identifier: Apache-2.0 */
/*
 * begin, end and self: probes that no event of the kernel fires.
 *
 *	begin      end      self:signal:SIGUSR1
 *
 * They are raw tracepoint programs that are never attached: the run time calls them with
 * BPF_PROG_TEST_RUN, before anything is attached, after tracing has stopped, and when the
 * signal arrives.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <linux/bpf.h>
#include "probes/types.h"
#include "util/text.h"

/* `begin:*`, which listing tools print, is tolerated; its name is that of the type. */
static int edge_parse(struct probe_context *c, const struct probe_spec *spec, struct probe *out)
{
	if (spec->count > 2 || (spec->count == 2 && strcmp(spec->parts[1], "*")))
		return probe_spec_expect(c, spec, 0, 0);
	if (!spec->user_name)
		out->name = out->ops->name;
	return 0;
}

static uint32_t plan_special(const struct probe *p, enum program_attach attach, int number,
			     struct program *program, struct program_probe *out)
{
	out->attach = attach;
	out->number = number;
	out->event = program_add_string(program, p->event ? p->event : "");
	return p->ops->bpf_prog_type;
}

static uint32_t begin_plan(const struct probe *p, bool uses_context, struct program *program,
			   struct program_probe *out)
{
	(void)uses_context;
	return plan_special(p, ATTACH_BEGIN, -1, program, out);
}

static uint32_t end_plan(const struct probe *p, bool uses_context, struct program *program,
			 struct program_probe *out)
{
	(void)uses_context;
	return plan_special(p, ATTACH_END, -1, program, out);
}

static int self_parse(struct probe_context *c, const struct probe_spec *spec, struct probe *out)
{
	if (strcmp(spec->parts[1], "signal")) {
		diag_did_you_mean(diag_error(c->diag, DIAG_PROBE_EVENT, spec->part_locs[1],
					     "'%s' is not a supported trigger", spec->parts[1]),
				  "signal");
		return -EINVAL;
	}
	if (strcmp(spec->parts[2], "SIGUSR1")) {
		diag_hint(diag_error(c->diag, DIAG_PROBE_EVENT, spec->part_locs[2],
				     "'%s' is not a supported signal", spec->parts[2]),
			  "the only one is SIGUSR1");
		return -EINVAL;
	}
	out->event = spec->parts[2];
	return 0;
}

static uint32_t self_plan(const struct probe *p, bool uses_context, struct program *program,
			  struct program_probe *out)
{
	(void)uses_context;
	return plan_special(p, ATTACH_SIGNAL, SIGUSR1, program, out);
}

static int self_list(struct probe_context *c, const struct probe_spec *pattern, bool is_verbose,
		     void (*fn)(const char *name, const char *details, void *context),
		     void *context)
{
	(void)c;
	(void)is_verbose;
	for (uint32_t i = 1; pattern && i < pattern->count; i++) {
		if (!text_glob(pattern->parts[i], i == 1 && pattern->count > 2 ? "signal"
									       : "SIGUSR1"))
			return 0;
	}
	fn("self:signal:SIGUSR1", NULL, context);
	return 0;
}

const struct probe_ops probe_begin = {
	.name = "begin",
	.aliases = "",
	.type_word = "special",
	.syntax = "begin",
	.help = "Runs once, before anything is attached.",
	.min_parts = 0,
	.max_parts = PROBE_MAX_PARTS, /* none; edge_parse() says so */
	.flags = PROBE_IGNORES_STOP,
	.bpf_prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.space = SPACE_UNKNOWN,
	.parse = edge_parse,
	.plan = begin_plan,
};

const struct probe_ops probe_end = {
	.name = "end",
	.aliases = "",
	.type_word = "special",
	.syntax = "end",
	.help = "Runs once, when tracing has stopped.",
	.min_parts = 0,
	.max_parts = PROBE_MAX_PARTS, /* none; edge_parse() says so */
	.flags = PROBE_IGNORES_STOP,
	.bpf_prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.space = SPACE_UNKNOWN,
	.parse = edge_parse,
	.plan = end_plan,
};

const struct probe_ops probe_self = {
	.name = "self",
	.aliases = "",
	.type_word = "special",
	.syntax = "self:signal:SIGUSR1",
	.help = "Runs when this process gets the signal.",
	.min_parts = 2,
	.max_parts = 2,
	.flags = PROBE_LISTED_EXPLICIT,
	.bpf_prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.space = SPACE_UNKNOWN,
	.parse = self_parse,
	.plan = self_plan,
	.list = self_list,
};
