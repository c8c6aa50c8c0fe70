/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass "probes": attach points become probes, and probes of the script become bodies, one for
 * each BPF function there will be.
 *
 * A script probe with many attach points is one function if it can be: all that have the same
 * program type and treatment share it. A body that asks for the probe's name gets one function
 * per attach point; one that reads `args` gets one per type of arguments.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include "probes/mechanism.h"
#include "sema/pass.h"

/* What a script probe's text asks for, found before names are bound. */
struct wants {
	struct sema *s;
	bool args;	 /* `args` itself, whose type matters */
	bool arguments;	 /* argN */
	bool retval;
	bool func;
	bool probe;	 /* its name */
	bool context;
	bool no_links;
	bool stack;	 /* kstack */
	uint64_t last_argument; /* of argN */
	bool typed;	 /* helpers or kernel functions that need a typed program */
	struct loc args_loc;
	bool *is_seen;	 /* by function of the script: it was looked into */
};

static void look_into_functions(struct wants *w, const char *name);

static bool enter_expr(struct expr **slot, void *context)
{
	struct wants *w = context;
	const struct expr *e = *slot;
	const char *name = e->kind == EXPR_NAME ? e->name.name
			 : e->kind == EXPR_CALL ? e->call.name : NULL;
	const struct builtin *b = name ? w->s->builtin_find(name) : NULL;

	if (!b && e->kind == EXPR_CALL)
		look_into_functions(w, name);
	if (!b)
		return true;
	if ((b->flags & BUILTIN_ARGS) && !strcmp(name, "args")) {
		if (!w->args)
			w->args_loc = e->loc;
		w->args = true;
	} else if (b->flags & BUILTIN_ARGS) {
		w->arguments = true;
		w->last_argument = MAX(w->last_argument, strtoull(name + 3, NULL, 10));
	}
	w->stack |= !strcmp(name, "kstack");
	w->retval |= !strcmp(name, "retval");
	w->func |= !strcmp(name, "func");
	w->probe |= (b->flags & BUILTIN_PROBE) != 0;
	w->typed |= (b->flags & BUILTIN_TYPED) && e->kind == EXPR_CALL && e->call.args.count;
	w->context |= (b->flags & (BUILTIN_CONTEXT | BUILTIN_ARGS)) != 0;
	w->no_links |= (b->flags & BUILTIN_NO_LINKS) != 0;
	return true;
}

/* Functions of the script work in the program that calls them. */
static void look_into_functions(struct wants *w, const char *name)
{
	const struct ast_visitor v = { .enter_expr = enter_expr, .context = w };

	for (size_t i = 0; i < w->s->tree->fns.count; i++) {
		if (w->is_seen[i] || strcmp(w->s->tree->fns.items[i]->name, name))
			continue;
		w->is_seen[i] = true;
		ast_walk_block(w->s->tree->fns.items[i]->body, &v);
	}
}

static struct wants find_wants(struct sema *s, struct ast_probe *p)
{
	struct wants w = { .s = s,
			   .is_seen = ARENA_ARRAY(s->arena, bool, s->tree->fns.count + 1) };
	struct ast_visitor v = { .enter_expr = enter_expr, .context = &w };

	if (p->predicate)
		ast_walk_expr(&p->predicate, &v);
	ast_walk_block(p->body, &v);
	return w;
}

/* The type of a probe's `args`, or NULL if it has none (the built-in says so when it is typed). */
static const struct type *args_type(struct sema *s, struct probe *p, const struct wants *w)
{
	struct probe_context c = sema_probe_context(s);

	if (!p->args && p->ops->args && p->ops->args(&c, p, w->args_loc, &p->args))
		p->args = NULL;
	return p->args;
}

/* argN is the same register in all probes of the type. */
static bool has_alike_arguments(const struct probe *p)
{
	return p->ops->flags & PROBE_REGISTERS;
}

static bool share_treatment(const struct probe *a, const struct probe *b)
{
	unsigned int matters = PROBE_PID_FILTER | PROBE_IGNORES_STOP;

	/* A program of this type is for one kind of target. */
	if (a->ops->bpf_prog_type == BPF_PROG_TYPE_TRACING && a->ops != b->ops)
		return false;
	return a->ops->bpf_prog_type == b->ops->bpf_prog_type && probe_space(a) == probe_space(b) &&
	       a->is_multi == b->is_multi &&
	       (a->ops->flags & matters) == (b->ops->flags & matters);
}

/* Where no helper tells the name of the function, it is a constant. */
static bool needs_own_func(const struct sema *s, const struct probe *p, const struct wants *w)
{
	return w->func && s->host && p->ops->flags & PROBE_FUNC_HELPER &&
	       !(p->ops->flags & PROBE_FUNC_REGISTER) &&
	       host_has_helper(s->host, BPF_FUNC_get_func_ip, p->ops->bpf_prog_type) != SUPPORT_YES;
}

/* To trampolines the result of a function lies behind its arguments. */
static bool depends_on_function(const struct sema *s, const struct probe *p, const struct wants *w)
{
	return (w->retval && p->ops->bpf_prog_type == BPF_PROG_TYPE_TRACING) ||
	       needs_own_func(s, p, w);
}

/* May p be served by the function of b, a body of the same script probe? */
static bool can_join(struct sema *s, const struct body *b, struct probe *p, const struct wants *w)
{
	struct probe *first = b->probes.items[0];

	if (w->probe || w->typed || (w->arguments && !has_alike_arguments(first)) ||
	    depends_on_function(s, p, w))
		return false;
	if (w->args)
		return first->ops == p->ops && args_type(s, p, w) && p->args == first->args &&
		       share_treatment(first, p);
	/* `ctx` and the like may mean other things in other types. */
	if (w->context && first->ops != p->ops)
		return false;
	return share_treatment(first, p);
}

static struct body *new_body(struct sema *s, struct ast_probe *ast, const struct wants *w)
{
	struct body *b = ARENA_NEW(s->arena, struct body);

	b->ast = ast;
	b->block = block_clone(s->arena, ast->body);
	b->predicate = ast->predicate ? expr_clone(s->arena, ast->predicate) : NULL;
	b->uses_args = w->args || w->arguments;
	b->uses_probe = w->probe;
	b->uses_context = w->context;
	b->no_links = w->no_links;
	b->is_typed = w->typed;
	arena_vec_push(s->arena, &s->bodies, b);
	return b;
}

/* Whether it is attached as its type is, or in another way that means the same. */
static void choose_mechanism(struct sema *s, struct probe *p, const struct wants *w)
{
	struct probe_context c = sema_probe_context(s);
	struct probe_uses uses = {
		.bits = (w->args ? USE_ARGS : 0u) | (w->arguments ? USE_ARGUMENTS : 0u) |
			(w->retval ? USE_RETVAL : 0u) | (w->no_links ? USE_REGISTERS : 0u) |
			(w->stack ? USE_STACK : 0u) | (w->typed ? USE_TYPED : 0u),
		.last_argument = w->last_argument,
	};
	struct mechanism m;

	if (!s->host || s->options->relief & PROGRAM_RELIEF_OWN_WAYS)
		return;
	mechanism_choose(&c, p, &uses, &m);
	p->why = m.why;
	if (m.ops == p->ops)
		return;
	p->ops = m.ops;
	p->is_substitute = m.is_preferred;
	p->is_multi = false;
	if (m.module)
		p->target = m.module;
}

static void make_bodies(struct sema *s, struct ast_probe *ast, struct probe_list *probes)
{
	struct wants w = find_wants(s, ast);
	size_t first = s->bodies.count;

	for (size_t i = 0; i < probes->count; i++) {
		struct probe *p = probes->items[i];
		struct body *b = NULL;

		choose_mechanism(s, p, &w);
		/* Bodies of one kind follow each other: of the many that may exist, the last is
		 * asked first, and the others only while they are few. */
		size_t low = s->bodies.count - first > 8 ? s->bodies.count - 1 : first;

		for (size_t at = s->bodies.count; !b && at-- > low;) {
			if (can_join(s, s->bodies.items[at], p, &w))
				b = s->bodies.items[at];
		}
		if (!b) {
			if (w.args)
				args_type(s, p, &w);
			b = new_body(s, ast, &w);
		}
		b->is_guarded |= p->is_guarded;
		arena_vec_push(s->arena, &b->probes, p);
	}
}

static struct probe_choice choice_of(const struct ast_attach_point *point)
{
	return (struct probe_choice){ point->text, point->user_name, point->loc };
}

static int resolve_point(struct probe_context *c, const struct ast_attach_point *point,
			 struct probe_list *out)
{
	size_t count = point->others.count + 1;
	auto_free struct probe_choice *choices = NULL;

	if (count == 1)
		return probes_resolve(c, point->text, point->user_name, point->loc, out);
	choices = xcalloc(count, sizeof(*choices));
	choices[0] = choice_of(point);
	for (size_t i = 1; i < count; i++)
		choices[i] = choice_of(point->others.items[i - 1]);
	return probes_resolve_first(c, choices, count, out);
}

/* --- too many --------------------------------------------------------------------------------- */

/* Bytes of the event's name up to and with the first '_' behind `from`, or all of it. */
static size_t word_end(const char *event, size_t from)
{
	const char *end = strlen(event) > from ? strchr(event + from, '_') : NULL;

	return end ? (size_t)(end + 1 - event) : strlen(event);
}

/* Of the names that begin alike, the largest group that is not too large: probes are sorted. */
static const struct probe *largest_group(const struct probe_list *probes, size_t from,
					 uint32_t limit, size_t *count, size_t *len)
{
	const struct probe *best = NULL;

	*count = 0;
	for (size_t i = 0, end; i < probes->count; i = end) {
		const char *event = probes->items[i]->event;
		size_t bytes = event ? word_end(event, from) : 0;

		for (end = i + 1; bytes && end < probes->count && probes->items[end]->event; end++) {
			if (strncmp(probes->items[end]->event, event, bytes))
				break;
		}
		if (end - i <= *count || end - i > limit)
			continue;
		best = probes->items[i];
		*count = end - i;
		*len = bytes;
	}
	return best;
}

/* A pattern that matches fewer of the probes: "kprobe:tcp_*". */
static const char *narrower_pattern(struct sema *s, const struct probe_list *probes, size_t *count)
{
	size_t from = strlen(probes->items[0]->event ?: ""), len = 0, before;
	const struct probe *p;

	for (size_t i = 1; i < probes->count && from; i++) {
		const char *a = probes->items[0]->event, *b = probes->items[i]->event ?: "";

		for (len = 0; len < from && a[len] == b[len]; len++)
			;
		from = len;
	}
	p = largest_group(probes, from, s->program->config.max_probes, count, &len);
	if (!p || *count < 2 || strlen(p->name) < strlen(p->event))
		return NULL;
	before = strlen(p->name) - strlen(p->event);
	return arena_printf(s->arena, "%.*s%.*s*", (int)before, p->name, (int)len, p->event);
}

static void report_too_many(struct sema *s, const struct ast_probe *ast,
			    const struct probe_list *probes)
{
	struct diag_msg *m = diag_error(s->diag, DIAG_TOO_MANY_PROGRAMS, ast->head_loc,
					"%zu attach points match, the limit is %u", probes->count,
					s->program->config.max_probes);
	size_t count;
	const char *narrower = narrower_pattern(s, probes, &count);

	if (narrower)
		diag_hint(m, "narrow it down: %s matches %zu; or", narrower, count);
	diag_hint(m, "raise it with the environment variable BPFTRACE_MAX_PROBES");
}

static int resolve(struct sema *s, struct probe_context *c, struct ast_probe *ast,
		   struct probe_list *out)
{
	int err = 0;

	for (size_t i = 0; i < ast->points.count; i++) {
		if (resolve_point(c, ast->points.items[i], out))
			err = -EINVAL;
	}
	if (out->count > s->program->config.max_probes) {
		report_too_many(s, ast, out);
		err = -EINVAL;
	}
	return err;
}

static void check_totals(struct sema *s)
{
	size_t probes = 0;

	for (size_t i = 0; i < s->bodies.count; i++)
		probes += s->bodies.items[i]->probes.count;
	if (s->bodies.count > s->program->config.max_bpf_progs)
		diag_hint(diag_error(s->diag, DIAG_TOO_MANY_PROGRAMS,
				     s->bodies.items[s->bodies.count - 1]->ast->head_loc,
				     "the script needs %zu BPF programs, the limit is %u",
				     s->bodies.count, s->program->config.max_bpf_progs),
			  "raise it with the environment variable BPFTRACE_MAX_BPF_PROGS");
	else if (probes > s->program->config.max_probes)
		diag_hint(diag_error(s->diag, DIAG_TOO_MANY_PROGRAMS,
				     s->bodies.items[s->bodies.count - 1]->ast->head_loc,
				     "the script has %zu probes, the limit is %u", probes,
				     s->program->config.max_probes),
			  "raise it with the environment variable BPFTRACE_MAX_PROBES");
}

static const struct probe *first_alone(struct sema *s)
{
	for (size_t i = 0; i < s->bodies.count; i++) {
		const struct probe *p = s->bodies.items[i]->probes.items[0];

		if (p->ops->flags & PROBE_ALONE)
			return p;
	}
	return NULL;
}

/* The probe at another place of the script than `than`, or NULL. */
static const struct probe *first_other(struct sema *s, const struct probe *than)
{
	for (size_t i = 0; i < s->bodies.count; i++) {
		const struct probe_list *probes = &s->bodies.items[i]->probes;

		for (size_t n = 0; n < probes->count; n++)
			if (probes->items[n] != than)
				return probes->items[n];
	}
	return NULL;
}

static void check_alone(struct sema *s)
{
	const struct probe *alone = first_alone(s), *other;
	struct diag_msg *m;

	other = alone ? first_other(s, alone) : NULL;
	if (!other)
		return;
	m = diag_error(s->diag, DIAG_PROBE_ALONE, alone->loc,
		       "%s must be the only probe of the script", alone->name);
	diag_note(m, other->loc, "here is another");
	diag_hint(m, "what is to happen before or after it goes to a script of its own; maps are "
		     "printed at the end");
}

int pass_attach_points(struct sema *s)
{
	struct probe_context c = sema_probe_context(s);

	for (size_t i = 0; i < s->tree->probes.count; i++) {
		struct ast_probe *ast = s->tree->probes.items[i];
		struct probe_list probes = { 0 }; /* arena */

		if (!resolve(s, &c, ast, &probes))
			make_bodies(s, ast, &probes);
	}
	check_totals(s);
	check_alone(s);
	/* Probes that were all skipped are not the script's mistake: the command says so. */
	if (!s->tree->probes.count && !s->diag->error_count)
		diag_error(s->diag, DIAG_EMPTY_PROGRAM, (struct loc){ 0 }, "no probes to attach");
	return s->diag->error_count ? -EINVAL : 0;
}
