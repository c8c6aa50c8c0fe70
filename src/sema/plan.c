/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass "plan": the typed tree → struct program. Maps, functions, probes, actions and sites get
 * their numbers; nodes that code generation will ask for one keep it.
 *
 * Code generation may append to the tables what only it knows to be needed: scratch memory, the
 * rings and the action of run-time error records.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <string.h>
#include "arch/arch.h"
#include "sema/pass.h"

/* --- sites ------------------------------------------------------------------------------------ */

struct site_key {
	const struct source *source;
	const char *helper;
	uint32_t start, end;
	uint32_t expanded_from, is_quiet;
};

static struct program_site make_site(struct sema *s, struct loc loc, const char *helper,
				     bool is_quiet)
{
	struct loc_lines at = loc_lines(loc);
	size_t len;
	const char *text = source_line(loc.source, at.line, &len);
	struct program_site site = { .line = at.line, .column = at.column, .is_quiet = is_quiet };

	site.column_end = at.line_end == at.line ? at.column_end : (uint32_t)len + 1;
	site.file = program_add_string(s->program, loc.source->name);
	site.text = program_add_string(s->program, arena_strndup(s->arena, text, len));
	site.helper = helper ? program_add_string(s->program, helper) : 0;
	return site;
}

uint32_t sema_add_site(struct sema *s, struct loc loc, const char *helper, bool is_quiet)
{
	struct site_key key;
	uint32_t expanded_from;
	uintptr_t known;

	if (!loc.source)
		return 0;
	loc = loc_in_script(loc_shown(loc));
	expanded_from = sema_add_site(s, loc.source->expanded_from, NULL, false);
	key = (struct site_key){ source_viewed(loc.source), helper, loc.start, loc.end,
				 expanded_from, is_quiet };
	known = (uintptr_t)strmap_get_len(&s->sites, (const char *)&key, sizeof(key));
	if (known)
		return (uint32_t)known;

	struct program_site site = make_site(s, loc, helper, is_quiet);

	site.expanded_from = expanded_from;
	vec_push(&s->program->sites, site);
	known = s->program->sites.count - 1;
	strmap_set_len(&s->sites, (const char *)&key, sizeof(key), (void *)known);
	return (uint32_t)known;
}

/* --- actions ---------------------------------------------------------------------------------- */

static uint32_t payload_type(struct sema *s, const struct expr_list *args, uint32_t first)
{
	uint32_t count = args->count > first ? (uint32_t)args->count - first : 0;
	auto_free const struct type **items = xcalloc(count + 1, sizeof(*items));

	for (uint32_t i = 0; i < count; i++)
		items[i] = args->items[first + i]->type;
	return count ? program_add_type(s->program, type_tuple(&s->types, items, count)) : 0;
}

struct program_action *sema_add_action(struct sema *s, struct expr *call,
				       enum program_action_kind kind, uint32_t first_arg)
{
	struct program_action action = {
		.kind = kind,
		.payload = payload_type(s, &call->call.args, first_arg),
		.site = sema_add_site(s, call->loc, call->call.name, false),
	};

	call->call.action = (uint32_t)s->program->actions.count;
	call->call.site = call->site = action.site;
	vec_push(&s->program->actions, action);
	return &s->program->actions.items[call->call.action];
}

static void plan_call(struct sema *s, struct expr *e)
{
	const struct builtin *b = e->call.builtin;
	struct program_action *action = NULL;

	if (!b) /* a function of the script */
		return;
	if (b->action)
		action = sema_add_action(s, e, (enum program_action_kind)(b->action - 1),
					 b->first_payload);
	if (b->plan)
		b->plan(s, e, action);
}

/* --- the tree --------------------------------------------------------------------------------- */

static bool is_risky_division(const struct expr *e)
{
	return (e->binary.op == OP_DIV || e->binary.op == OP_MOD) &&
	       e->binary.right->kind != EXPR_INTEGER;
}

static bool is_checked_index(const struct expr *e)
{
	return e->index.object->type->kind == TYPE_ARRAY && e->index.index->kind != EXPR_INTEGER;
}

static void plan_update(struct sema *s, struct expr *target)
{
	if (target->kind == EXPR_MAP && target->map.key)
		target->site = sema_add_site(s, target->loc, "map_update_elem", false);
}

static void leave_expr(struct expr **slot, void *context)
{
	struct sema *s = context;
	struct expr *e = *slot;

	if (e->kind == EXPR_CALL)
		plan_call(s, e);
	else if (e->kind == EXPR_BINARY && is_risky_division(e))
		e->site = sema_add_site(s, e->loc, NULL, false);
	else if (e->kind == EXPR_INDEX && is_checked_index(e))
		e->site = sema_add_site(s, e->loc, NULL, false);
	else if (e->kind == EXPR_INCREMENT)
		plan_update(s, e->increment.target);
}

/* The kernel refuses a range that is too long only when it runs. */
static void plan_range(struct sema *s, struct stmt_for_range *loop)
{
	struct loc at = loop->start->loc;

	at.end = loop->end->loc.end;
	loop->variable->site = sema_add_site(s, at, "loop", false);
}

static void leave_stmt(struct stmt **slot, void *context)
{
	if ((*slot)->kind == STMT_ASSIGN)
		plan_update(context, (*slot)->assign.target);
	else if ((*slot)->kind == STMT_FOR_RANGE)
		plan_range(context, &(*slot)->for_range);
}

static void plan_body(struct sema *s, struct body *b)
{
	struct ast_visitor v = { .leave_expr = leave_expr, .leave_stmt = leave_stmt, .context = s };

	if (b->fn && !b->fn->is_called)
		return;
	ast_walk_block(b->block, &v);
}

/* --- functions and probes --------------------------------------------------------------------- */

static uint32_t compat_offset(struct sema *s)
{
	uint32_t outer, inner, size;

	if (!arch_native.compat_status_bit || !s->host ||
	    host_btf_member(s->host, "task_struct", "thread_info", &outer, &size) ||
	    host_btf_member(s->host, "thread_info", "status", &inner, &size))
		return 0;
	return outer + inner;
}

/* The tracepoint behind an attachment that can be had with a typed context as well, or NULL. */
static const char *typed_event(const struct probe *p, const struct program_probe *planned)
{
	if (planned->attach == ATTACH_RAW_TRACEPOINT)
		return p->event;
	if (planned->attach == ATTACH_SYSCALL_ENTER)
		return "sys_enter";
	return planned->attach == ATTACH_SYSCALL_EXIT ? "sys_exit" : NULL;
}

/*
 * Turns a raw tracepoint into one whose arguments the verifier knows by their BTF types (since 5.5,
 * 9e15db66136a): some helpers and kernel functions accept nothing else. The context is laid out
 * alike. Such a program belongs to one tracepoint; of system calls it gets all and tests the number
 * itself.
 */
static uint32_t plan_typed(struct sema *s, struct body *b, const struct probe *p, uint32_t type,
			   struct program_probe *out)
{
	const char *event = typed_event(p, out), *target;
	uint32_t id;

	if (!event)
		return type;
	target = arena_printf(s->arena, "btf_trace_%s", event);
	if (!s->host || host_btf_find(s->host, target, BTF_KIND_TYPEDEF, &id))
		return type;
	b->btf_target = program_add_string(s->program, target);
	if (out->attach != ATTACH_RAW_TRACEPOINT) {
		out->is_guarded = true;
		b->is_syscall_guarded = true;
		b->compat_offset = compat_offset(s);
	}
	out->attach = ATTACH_TYPED_TRACEPOINT;
	return BPF_PROG_TYPE_TRACING;
}

static bool is_pointer_of_args(const struct expr *e)
{
	return e->kind == EXPR_MEMBER && e->type->kind == TYPE_POINTER &&
	       e->type->element->kind == TYPE_STRUCT && e->member.object->kind == EXPR_CALL &&
	       !strcmp(e->member.object->call.name, "args");
}

static bool find_followed(struct expr **slot, void *context)
{
	const struct expr *e = *slot;

	*(bool *)context |= e->kind == EXPR_MEMBER && is_pointer_of_args(e->member.object);
	return true;
}

/* Pointers among the arguments are followed by plain loads there, which takes a third of the time that
 * helpers need (codegen/direct.c). */
static bool follows_arguments(const struct sema *s, const struct body *b,
			      const struct program_probe *planned)
{
	bool follows = false;
	struct ast_visitor v = { .enter_expr = find_followed, .context = &follows };

	if (planned->attach == ATTACH_RAW_TRACEPOINT && b->uses_args && b->probes.count == 1 &&
	    !(s->options->relief & PROGRAM_RELIEF_READS))
		ast_walk_block(b->block, &v);
	return follows;
}

static void plan_probe(struct sema *s, struct body *b, const struct probe *p)
{
	struct program_probe out = { .number = -1 };
	uint32_t type = p->ops->plan(p, b->uses_context, s->program, &out);

	bool follows = follows_arguments(s, b, &out);
	if (b->is_typed || follows)
		type = plan_typed(s, b, p, type, &out);
	if (follows && type == BPF_PROG_TYPE_TRACING)
		out.why = program_add_string(s->program, "pointers among its arguments are followed "
							 "without calling a helper");
	if (p != b->probes.items[0] && type != b->bpf_prog_type)
		diag_error(s->diag, DIAG_NOT_SUPPORTED, p->loc,
			   "%s in one probe with %s, which is another type of BPF program, is not "
			   "supported yet", p->name, b->probes.items[0]->name);
	if (out.attach == ATTACH_ITERATOR)
		b->btf_target = program_add_string(s->program, arena_printf(s->arena, "bpf_iter_%s",
									    p->event));
	b->bpf_prog_type = type;
	out.name = program_add_string(s->program, p->name);
	out.function = b->function;
	out.site = sema_add_site(s, p->loc, NULL, false);
	vec_push(&s->program->probes, out);
}

/* Many functions of the kernel, or one in a way that means the same: one link for all of them. */
static void plan_links(struct sema *s, struct body *b, size_t first)
{
	static const uint32_t links[ATTACH_COUNT] = {
		[ATTACH_KPROBE] = ATTACH_KPROBE_MULTI,
		[ATTACH_KRETPROBE] = ATTACH_KRETPROBE_MULTI,
	};

	if (!body_has_links(b))
		return;
	for (size_t i = first; i < s->program->probes.count; i++) {
		struct program_probe *p = &s->program->probes.items[i];

		p->attach = links[p->attach];
		p->why = program_add_string(s->program, "one link attaches and detaches all "
							"functions in the time of one");
	}
}

/* The only attach point of a probe of the script, and one that a link can serve. */
static bool can_be_in_session(const struct body *b, enum program_attach attach,
			      enum program_attach link, const struct program *p)
{
	const struct program_probe *first = &p->probes.items[b->first_probe];

	return b->ast->points.count == 1 && b->probes.items[0]->is_multi && !b->no_links &&
	       (first->attach == attach || first->attach == link);
}

static bool have_same_functions(const struct body *a, const struct body *b)
{
	if (a->probes.count != b->probes.count)
		return false;
	for (size_t i = 0; i < a->probes.count; i++) {
		if (strcmp(a->probes.items[i]->event, b->probes.items[i]->event))
			return false;
	}
	return true;
}

/* The only body for the return, or the call, of the same functions; NULL: there is none, or several. */
static struct body *find_partner(struct sema *s, const struct body *b, enum program_attach attach,
				 enum program_attach link)
{
	struct body *found = NULL;

	for (size_t i = 0; i < s->bodies.count; i++) {
		struct body *other = s->bodies.items[i];

		if (!can_be_in_session(other, attach, link, s->program) ||
		    !have_same_functions(other, b))
			continue;
		if (found)
			return NULL;
		found = other;
	}
	return found;
}

static void set_attach(struct sema *s, const struct body *b, enum program_attach attach,
		       const char *why)
{
	for (size_t i = 0; i < b->probes.count; i++) {
		struct program_probe *p = &s->program->probes.items[b->first_probe + i];

		p->attach = attach;
		p->why = program_add_string(s->program, why);
	}
}

/* The call and the return of functions by one link (since 6.10). */
static void plan_sessions(struct sema *s)
{
	for (size_t i = 0; i < s->bodies.count; i++) {
		struct body *b = s->bodies.items[i], *other;

		if (!can_be_in_session(b, ATTACH_KPROBE, ATTACH_KPROBE_MULTI, s->program))
			continue;
		other = find_partner(s, b, ATTACH_KRETPROBE, ATTACH_KRETPROBE_MULTI);
		if (!other || find_partner(s, other, ATTACH_KPROBE, ATTACH_KPROBE_MULTI) != b ||
		    !host_has_kprobe_links(s->host, HOST_TRACE_KPROBE_SESSION))
			continue;
		s->program->functions.items[b->function].session_return = other->function + 1;
		set_attach(s, b, ATTACH_KPROBE_SESSION, "one link for the call and the return");
		set_attach(s, other, ATTACH_KRETPROBE_SESSION,
			   "one link for the call and the return");
	}
}

static void plan_function(struct sema *s, struct body *b)
{
	b->first_probe = (uint32_t)s->program->probes.count;
	struct program_function f = {
		.probe_name = program_add_string(s->program, b->probes.items[0]->name),
		.site = sema_add_site(s, b->ast->head_loc, NULL, false),
	};

	b->function = (uint32_t)s->program->functions.count;
	f.name = program_add_string(s->program, arena_printf(s->arena, "probe_%u", b->function));
	for (size_t i = 0; i < b->probes.count; i++)
		plan_probe(s, b, b->probes.items[i]);
	plan_links(s, b, b->first_probe);
	f.bpf_prog_type = b->bpf_prog_type;
	f.btf_target = b->btf_target;
	vec_push(&s->program->functions, f);
}

/* A syscall probe that is the only one of its direction has the raw tracepoint to itself: its
 * function tests the number, and nobody has to in front of it. */
static void plan_guard(struct sema *s, uint32_t attach)
{
	struct program_probe *only = NULL;
	struct body *b;

	for (size_t i = 0; i < s->program->probes.count; i++) {
		struct program_probe *p = &s->program->probes.items[i];

		if (p->attach != attach)
			continue;
		if (only)
			return;
		only = p;
	}
	if (!only)
		return;
	b = s->bodies.items[only->function];
	if (b->probes.count > 1)
		return;
	only->is_guarded = b->is_syscall_guarded = true;
	b->compat_offset = compat_offset(s);
}

bool plan_is_iterator(const struct sema *s)
{
	const struct program *p = s->program;

	return p->probes.count && p->probes.items[0].attach == ATTACH_ITERATOR;
}

static void find_record_size(struct program *p)
{
	for (size_t i = 0; i < p->actions.count; i++) {
		const struct program_action *a = &p->actions.items[i];
		uint32_t size = (uint32_t)sizeof(struct event_header);

		if (program_action_ring(a->kind) != ACTION_RING_DATA)
			continue;
		if (a->kind == ACTION_JOIN)
			size = sizeof(struct event_join);
		else if (a->payload)
			size += p->types.items[a->payload].size;
		p->data_record_max = MAX(p->data_record_max, ROUND_UP(size, 8u));
	}
}

/* What a function may call in the kernel is asked for the first program that reaches it. */
static void plan_program_types(struct sema *s)
{
	for (size_t i = s->bodies.count; i-- > 0;)
		for (size_t n = 0; n < s->bodies.items[i]->calls.count; n++)
			s->bodies.items[i]->calls.items[n].fn->body->bpf_prog_type =
				s->bodies.items[i]->bpf_prog_type;
	for (size_t i = s->fns.count; i-- > 0;) /* callers before who is called */
		for (size_t n = 0; n < s->fns.items[i]->body->calls.count; n++) {
			struct body *called = s->fns.items[i]->body->calls.items[n].fn->body;

			if (s->fns.items[i]->is_called && !called->bpf_prog_type)
				called->bpf_prog_type = s->fns.items[i]->body->bpf_prog_type;
		}
}

int pass_plan(struct sema *s)
{
	plan_maps(s);
	for (size_t i = 0; i < s->bodies.count; i++)
		plan_function(s, s->bodies.items[i]);
	plan_sessions(s);
	plan_guard(s, ATTACH_SYSCALL_ENTER);
	plan_guard(s, ATTACH_SYSCALL_EXIT);
	plan_program_types(s);
	sema_each_body(s, plan_body);
	plan_internal_maps(s);
	if (!plan_is_iterator(s)) /* its records go another way */
		find_record_size(s->program);
	return s->diag->error_count ? -EINVAL : 0;
}
