/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tracepoint: static events of the kernel, with the record layout that tracefs documents.
 *
 *	tracepoint:CATEGORY:EVENT	both may be patterns
 *
 * A tracepoint can be watched at three places: its perf event (arguments as in the format file;
 * slow to detach), the raw tracepoint underneath (same moments, other arguments), and for system
 * calls the raw tracepoints sys_enter and sys_exit that their events are made from. The table
 * `mechanisms` says which is taken when. rawtracepoint itself is in rawtracepoint.c, the shared
 * attachment of system calls in dispatch.c.
 */
#include <errno.h>
#include <string.h>
#include <linux/bpf.h>
#include "probes/syscalls.h"
#include "probes/types.h"
#include "util/text.h"

/* --- which there are -------------------------------------------------------------------------- */

static int tracepoint_parse(struct probe_context *c, const struct probe_spec *spec,
			    struct probe *out)
{
	for (uint32_t i = 1; i < spec->count; i++) {
		if (*spec->parts[i])
			continue;
		diag_error(c->diag, DIAG_PROBE_PARTS, spec->loc, "tracepoint needs %s",
			   i == 1 ? "a category" : "an event");
		return -EINVAL;
	}
	out->target = spec->parts[1];
	out->event = spec->parts[2];
	return 0;
}

/* Marks the events that the raw sys_enter and sys_exit can serve. */
static void find_syscall(struct probe *p)
{
	static const char enter[] = "sys_enter_", leave[] = "sys_exit_";

	if (strcmp(p->target, "syscalls"))
		return;
	p->is_syscall_exit = text_starts_with(p->event, leave);
	if (p->is_syscall_exit)
		p->syscall_number = probes_syscall_number(p->event + sizeof(leave) - 1);
	else if (text_starts_with(p->event, enter))
		p->syscall_number = probes_syscall_number(p->event + sizeof(enter) - 1);
}

struct expansion {
	struct probe_context *c;
	const struct probe *pattern;
	bool keeps_name; /* nothing was expanded, or the user gave a name */
	struct probe_list *out;
};

static int add_event(const char *category, const char *event, void *context)
{
	struct expansion *x = context;
	struct arena *a = x->c->arena;
	struct probe *p = arena_memdup(a, x->pattern, sizeof(*p));

	p->target = arena_strdup(a, category);
	p->event = arena_strdup(a, event);
	if (!x->keeps_name)
		p->name = arena_printf(a, "tracepoint:%s:%s", category, event);
	find_syscall(p);
	arena_vec_push(a, x->out, p);
	return 0;
}

static int offer_event(const char *category, const char *event, void *context)
{
	(void)category;
	text_nearest_offer(context, event);
	return 0;
}

static int offer_category(const char *category, const char *event, void *context)
{
	(void)event;
	text_nearest_offer(context, category);
	return 0;
}

static int take_category(const char *category, const char *event, void *context)
{
	const char **out = context;

	(void)event;
	*out = category;
	return 1;
}

/* The existing event nearest to what was asked for, or NULL: in that category, else in the category
 * nearest in spelling, else the event of that name in any category. */
static const char *nearest_event(struct probe_context *c, const struct probe *p)
{
	struct text_nearest event, category;
	const char *found = p->target;

	text_nearest_init(&event, p->event);
	host_each_event(c->host, p->target, "*", offer_event, &event);
	if (!event.best) {
		text_nearest_init(&category, p->target);
		host_each_event(c->host, "*", "*", offer_category, &category);
		found = category.best;
	}
	if (!event.best && found)
		host_each_event(c->host, found, "*", offer_event, &event);
	if (!event.best && host_each_event(c->host, "*", p->event, take_category, &found) == 1)
		event.best = p->event;
	return event.best ? arena_printf(c->arena, "tracepoint:%s:%s", found, event.best) : NULL;
}

const char *probe_nearest_tracepoint(struct probe_context *c, const struct probe_spec *s)
{
	struct probe asked = { .target = s->count > 1 ? s->parts[s->count - 2] : "tracepoint",
			       .event = s->parts[s->count - 1] };
	const char *category = NULL;

	if (!c->host || s->count > 2 || !*asked.event || text_has_glob(asked.target) ||
	    text_has_glob(asked.event) || !host_tracefs(c->host, NULL))
		return NULL;
	if (s->count == 2 && strcmp(asked.target, "tracepoint") &&
	    host_each_event(c->host, asked.target, "*", take_category, &category) == 1)
		return nearest_event(c, &asked);
	if (host_each_event(c->host, "*", asked.event, take_category, &category) == 1)
		return arena_printf(c->arena, "tracepoint:%s:%s", category, asked.event);
	return NULL;
}

static int accept_any(const char *module, const char *event, void *context)
{
	(void)module;
	(void)event;
	(void)context;
	return 1;
}

/* Without tracefs an event named in full can still be watched through its raw tracepoint. */
static int expand_without_tracefs(struct probe_context *c, const struct probe *p,
				  struct expansion *x)
{
	struct probe known = *p;
	const char *why;

	find_syscall(&known);
	if (!text_has_glob(p->target) && !text_has_glob(p->event) &&
	    (known.syscall_number >= 0 ||
	     host_each_raw_tracepoint(c->host, "*", p->event, accept_any, NULL) == 1))
		return add_event(p->target, p->event, x);
	if (c->is_choice)
		return 0;
	host_tracefs(c->host, &why);
	diag_error(c->diag, DIAG_PROBE_NO_MATCH, p->loc, "%s: %s", p->name, why);
	return -EINVAL;
}

static int tracepoint_expand(struct probe_context *c, const struct probe *p,
			     struct probe_list *out)
{
	bool is_pattern = text_has_glob(p->target) || text_has_glob(p->event);
	const char *written = arena_printf(c->arena, "tracepoint:%s:%s", p->target, p->event);
	struct expansion x = { c, p, !is_pattern || strcmp(p->name, written), out };
	size_t before = out->count;

	if (!host_tracefs(c->host, NULL))
		return expand_without_tracefs(c, p, &x);
	host_each_event(c->host, p->target, p->event, add_event, &x);
	if (out->count > before)
		return 0;
	return probe_report_missing(c, p, is_pattern || c->is_choice ? NULL : nearest_event(c, p));
}

/* --- args ------------------------------------------------------------------------------------- */

/* What is elsewhere is known by its address: a number for text, so that str() is asked for it, else a
 * pointer to the first element. */
static const struct type *located_type(struct probe_context *c, const struct event_field *f)
{
	const char *element = arena_strndup(c->arena, f->c_type, strcspn(f->c_type, "["));
	const struct type *type = NULL;

	if (!text_starts_with(element, "char"))
		type = host_type_from_c(c->host, c->types, element, 0, false, SPACE_KERNEL);
	return type && type->kind != TYPE_VOID ? type_pointer(c->types, type, SPACE_KERNEL) :
						 type_int(c->types, 8, false);
}

/* The type of a member as the file describes it. */
static const struct type *member_type(struct probe_context *c, const struct probe *p,
				      const struct event_field *f)
{
	enum type_space space = strcmp(p->target, "syscalls") ? SPACE_KERNEL : SPACE_USER;
	const struct type *type;

	if (f->is_data_loc)
		return located_type(c, f);
	type = host_type_from_c(c->host, c->types, f->c_type, f->size, f->is_signed, space);
	if (type && type_size(type) == f->size)
		return type;
	if (f->size == 1 || f->size == 2 || f->size == 4 || f->size == 8)
		return type_int(c->types, f->size, f->is_signed);
	return type_array(c->types, type_int(c->types, 1, false), f->size);
}

/* First member behind the common header and the system call's number: argument 0, or the result. */
#define SYSCALL_MEMBERS_OFFSET 16

/* Where the raw tracepoint has what the member holds. */
static void place_syscall_member(const struct probe *p, const struct event_field *f,
				 struct field *out)
{
	uint32_t index = (f->offset - SYSCALL_MEMBERS_OFFSET) / 8;

	if (f->is_common)
		return;
	if (f->offset < SYSCALL_MEMBERS_OFFSET) {
		out->source = FIELD_SYSCALL_NUMBER;
	} else if (p->is_syscall_exit && !index) {
		out->source = FIELD_SYSCALL_RETURN;
	} else if (!p->is_syscall_exit && index < 6 && !f->is_data_loc) {
		out->source = FIELD_SYSCALL_ARG;
		out->offset = index;
	} else {
		out->is_hidden = true; /* copies of user memory that the event makes: not here */
	}
}

static void fill_member(struct probe_context *c, const struct probe *p,
			const struct event_field *f, struct field *out)
{
	out->name = f->name;
	out->type = member_type(c, p, f);
	out->offset = f->offset;
	out->is_data_loc = f->is_data_loc;
	out->is_rel_loc = f->is_rel_loc;
	out->is_hidden = f->is_common;
	if (p->syscall_number >= 0)
		place_syscall_member(p, f, out);
}

static void fill_args(struct probe_context *c, const struct probe *p,
		      const struct event_format *format, struct type_struct *s)
{
	s->field_count = (uint32_t)format->fields.count;
	s->fields = ARENA_ARRAY(c->types->arena, struct field, s->field_count);
	s->align = 8;
	s->complete = NULL;
	s->is_complete = true;
	for (uint32_t i = 0; i < s->field_count; i++) {
		const struct event_field *f = &format->fields.items[i];

		fill_member(c, p, f, &s->fields[i]);
		s->size = MAX(s->size, f->offset + f->size);
	}
	s->size = ROUND_UP(s->size, 8u);
}

static int report_args(struct probe_context *c, const struct probe *p, struct loc loc, int err)
{
	const char *why = "its format cannot be read";

	if (err == -ENOENT && !host_tracefs(c->host, &why))
		err = -ENODEV;
	else if (err == -ENOENT)
		why = "it has no format file";
	diag_error(c->diag, DIAG_PROBE_ARGS, loc, "the arguments of %s are not known: %s", p->name,
		   why);
	return err;
}

static int tracepoint_args(struct probe_context *c, struct probe *p, struct loc loc,
			   const struct type **out)
{
	enum type_space space = p->syscall_number >= 0 ? SPACE_SYSCALL : SPACE_CONTEXT;
	const struct event_format *format;
	struct type_struct *s;
	int err = host_event_format(c->host, p->target, p->event, &format);

	if (err)
		return report_args(c, p, loc, err);
	s = type_struct_find(c->types, arena_printf(c->arena, "tracepoint_%s_%s", p->target,
						    p->event), false);
	if (!s->is_complete)
		fill_args(c, p, format, s);
	*out = type_struct(c->types, s, space);
	return 0;
}

/* --- plan ------------------------------------------------------------------------------------- */

static bool is_syscall_entry(const struct probe *p, bool uses_context)
{
	(void)uses_context;
	return p->syscall_number >= 0 && !p->is_syscall_exit;
}

static bool is_syscall_return(const struct probe *p, bool uses_context)
{
	(void)uses_context;
	return p->syscall_number >= 0 && p->is_syscall_exit;
}

static bool reads_nothing(const struct probe *p, bool uses_context)
{
	(void)p;
	return !uses_context;
}

static bool always(const struct probe *p, bool uses_context)
{
	(void)p;
	(void)uses_context;
	return true;
}

/* The cheapest place that means the same; the first row that applies. */
static const struct {
	bool (*applies)(const struct probe *p, bool uses_context);
	enum program_attach attach;
	uint32_t bpf_prog_type;
	const char *reason;
} mechanisms[] = {
	{ is_syscall_entry, ATTACH_SYSCALL_ENTER, BPF_PROG_TYPE_RAW_TRACEPOINT,
	  "one raw tracepoint serves all system calls, and arguments are in its registers; "
	  "calls with other numbers cost 20 ns each" },
	{ is_syscall_return, ATTACH_SYSCALL_EXIT, BPF_PROG_TYPE_RAW_TRACEPOINT,
	  "one raw tracepoint serves all system calls, and gives the result; "
	  "calls with other numbers cost 20 ns each" },
	{ reads_nothing, ATTACH_RAW_TRACEPOINT, BPF_PROG_TYPE_RAW_TRACEPOINT,
	  "fires at the same moments; attaches and detaches in 0.2 ms instead of 70" },
	{ always, ATTACH_TRACEPOINT, BPF_PROG_TYPE_TRACEPOINT,
	  "args are laid out as in the perf event's record" },
};

static uint32_t tracepoint_plan(const struct probe *p, bool uses_context, struct program *program,
				struct program_probe *out)
{
	size_t row = 0;

	while (!mechanisms[row].applies(p, uses_context))
		row++;
	out->attach = mechanisms[row].attach;
	out->target = program_add_string(program, p->target);
	out->event = program_add_string(program, p->event);
	out->number = p->syscall_number;
	out->why = program_add_string(program, mechanisms[row].reason);
	return mechanisms[row].bpf_prog_type;
}

/* --- list ------------------------------------------------------------------------------------- */

struct listing {
	struct probe_context *c;
	bool is_verbose;
	void (*fn)(const char *name, const char *details, void *context);
	void *context;
};

static int list_event(const char *category, const char *event, void *context)
{
	struct listing *l = context;
	auto_strbuf struct strbuf name = STRBUF_INIT;
	auto_strbuf struct strbuf details = STRBUF_INIT;
	const struct event_format *format;

	strbuf_printf(&name, "tracepoint:%s:%s", category, event);
	if (l->is_verbose && !host_event_format(l->c->host, category, event, &format)) {
		for (size_t i = 0; i < format->fields.count; i++) {
			if (!format->fields.items[i].is_common)
				strbuf_printf(&details, "    %s\n",
					      format->fields.items[i].declaration);
		}
	}
	l->fn(name.text, strbuf_text(&details), l->context);
	return 0;
}

/* `tracepoint:x` stands for any category. */
static int tracepoint_list(struct probe_context *c, const struct probe_spec *pattern,
			   bool is_verbose,
			   void (*fn)(const char *name, const char *details, void *context),
			   void *context)
{
	struct listing l = { c, is_verbose, fn, context };
	uint32_t count = pattern ? pattern->count : 1;
	const char *category = count > 2 ? pattern->parts[1] : "*";
	const char *event = count > 1 ? pattern->parts[count > 2 ? 2 : 1] : "*";
	const char *why;

	if (count > 3)
		return 0;
	if (!host_tracefs(c->host, &why)) {
		diag_error(c->diag, DIAG_PROBE_NO_MATCH, pattern ? pattern->loc : (struct loc){ 0 },
			   "tracepoints cannot be listed: %s", why);
		return -ENOENT;
	}
	return host_each_event(c->host, category, event, list_event, &l);
}

const struct probe_ops probe_tracepoint = {
	.name = "tracepoint",
	.aliases = "t",
	.type_word = "tracepoint",
	.syntax = "tracepoint:category:event",
	.help = "Fires where the kernel's source marks an event; args has its record.",
	.min_parts = 2,
	.max_parts = 2,
	.flags = PROBE_WILDCARD | PROBE_LISTED | PROBE_PID_FILTER,
	.bpf_prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.space = SPACE_KERNEL,
	.parse = tracepoint_parse,
	.expand = tracepoint_expand,
	.args = tracepoint_args,
	.plan = tracepoint_plan,
	.list = tracepoint_list,
};
