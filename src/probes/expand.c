/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attach point → probes: finds the type, lets it parse and expand, and says what went wrong.
 *
 * A provider with a wildcard asks every listed type in turn, quietly: types whose number of parts
 * does not fit, or that cannot make sense of them, are skipped; only if none matches is there a
 * message.
 *
 * Of alternatives, `a | b`, the first that matches anything is taken; those behind it are only
 * checked for mistakes that are some on every machine.
 */
#include <errno.h>
#include <string.h>
#include "probes/types.h"
#include "util/text.h"

int probe_report_missing(struct probe_context *c, const struct probe *p, const char *near)
{
	return probe_report_missing_because(c, p, near, NULL);
}

static void add_reason(struct probe_context *c, struct diag_msg *m, const char *near,
		       const char *because)
{
	const char *damage = host_btf_damage(c->host);

	diag_did_you_mean(m, near);
	if (because)
		diag_hint(m, "%s", because);
	else if (!near && damage)
		diag_hint(m, "the kernel's BTF is damaged: %s", damage);
}

int probe_report_missing_because(struct probe_context *c, const struct probe *p, const char *near,
				 const char *because)
{
	struct diag_msg *m;

	if (c->is_choice)
		return 0;
	switch (c->missing_probes) {
	case MISSING_IGNORE:
		return 0;
	case MISSING_WARN:
		m = diag_warning(c->diag, DIAG_PROBE_NO_MATCH, p->loc, "%s: no matches, skipped",
				 p->name);
		add_reason(c, m, near, because);
		return 0;
	}
	m = diag_error(c->diag, DIAG_PROBE_NO_MATCH, p->loc, "%s: no matches", p->name);
	add_reason(c, m, near, because);
	return -EINVAL;
}

/* The full name of an attach point as written, with the type's long name. */
static const char *written_name(struct probe_context *c, const struct probe_ops *ops,
				const struct probe_spec *s)
{
	auto_strbuf struct strbuf name = STRBUF_INIT;

	if (s->user_name)
		return s->user_name;
	strbuf_add_text(&name, ops->name);
	for (uint32_t i = 1; i < s->count; i++)
		strbuf_printf(&name, ":%s", s->parts[i]);
	return arena_strdup(c->arena, name.text);
}

static int parse_type(struct probe_context *c, const struct probe_ops *ops,
		      const struct probe_spec *s, struct probe **out)
{
	struct probe *p = ARENA_NEW(c->arena, struct probe);

	if (probe_spec_expect(c, s, ops->min_parts, ops->max_parts))
		return -EINVAL;
	*p = (struct probe){ .ops = ops, .loc = s->loc, .syscall_number = -1 };
	p->name = written_name(c, ops, s);
	*out = p;
	return ops->parse(c, s, p);
}

static int resolve_type(struct probe_context *c, const struct probe_ops *ops,
			const struct probe_spec *s, struct probe_list *out)
{
	struct probe *p;
	int err = parse_type(c, ops, s, &p);

	if (err)
		return err;
	if (ops->expand)
		return ops->expand(c, p, out);
	arena_vec_push(c->arena, out, p);
	return 0;
}

static int resolve_any_type(struct probe_context *c, const struct probe_spec *s,
			    struct probe_list *out)
{
	struct probe_context quiet = *c;
	struct probe nothing = { .loc = s->loc, .name = s->text };
	size_t before = out->count;
	struct diag dropped;

	diag_init(&dropped, c->arena);
	quiet.diag = &dropped;
	quiet.missing_probes = MISSING_IGNORE;
	for (size_t i = 0; probe_types[i]; i++) {
		const struct probe_ops *ops = probe_types[i];

		if ((ops->flags & PROBE_LISTED) && text_glob(s->parts[0], ops->name))
			resolve_type(&quiet, ops, s, out);
	}
	return out->count > before ? 0 : probe_report_missing(c, &nothing, NULL);
}

static int report_unknown_type(struct probe_context *c, const struct probe_spec *s)
{
	const char *name = s->parts[0], *near = probe_type_nearest(name);

	if (probe_type_is_planned(name)) {
		diag_error(c->diag, DIAG_NOT_SUPPORTED, s->part_locs[0],
			   "%s probes are not supported yet", name);
		return -EINVAL;
	}
	diag_did_you_mean(diag_error(c->diag, DIAG_PROBE_TYPE, s->part_locs[0],
				     "there is no probe type '%s'", name),
			  near ? near : probe_nearest_tracepoint(c, s));
	return -EINVAL;
}

int probes_resolve(struct probe_context *c, const char *text, const char *user_name,
		   struct loc loc, struct probe_list *out)
{
	const struct probe_ops *ops;
	struct probe_spec s;

	if (probe_spec_parse(c, text, user_name, loc, &s))
		return -EINVAL;
	if (s.count == 1 && !*s.parts[0])
		return 0; /* a trailing comma */
	if (text_has_glob(s.parts[0]))
		return resolve_any_type(c, &s, out);
	ops = probe_type_find(s.parts[0]);
	return ops ? resolve_type(c, ops, &s, out) : report_unknown_type(c, &s);
}

/* --- alternatives ----------------------------------------------------------------------------- */

static int check_choice(struct probe_context *c, const struct probe_choice *choice)
{
	const struct probe_ops *ops;
	struct probe_spec s;
	struct probe *p;

	if (probe_spec_parse(c, choice->text, choice->user_name, choice->loc, &s))
		return -EINVAL;
	if (text_has_glob(s.parts[0]))
		return 0;
	ops = probe_type_find(s.parts[0]);
	return ops ? parse_type(c, ops, &s, &p) : report_unknown_type(c, &s);
}

static int report_no_choice(struct probe_context *c, const struct probe_choice *choices,
			    size_t count)
{
	auto_strbuf struct strbuf names = STRBUF_INIT;
	struct probe nothing = { .loc = choices[0].loc };

	for (size_t i = 0; i < count; i++)
		strbuf_printf(&names, "%s%s", i ? " | " : "", choices[i].text);
	nothing.name = names.text;
	nothing.loc.end = choices[count - 1].loc.end;
	return probe_report_missing(c, &nothing, NULL);
}

int probes_resolve_first(struct probe_context *c, const struct probe_choice *choices, size_t count,
			 struct probe_list *out)
{
	struct probe_context quiet = *c;
	size_t before = out->count;
	int err = 0;

	quiet.is_choice = true;
	for (size_t i = 0; i < count; i++) {
		const struct probe_choice *choice = &choices[i];

		if (out->count > before)
			err = check_choice(&quiet, choice) ?: err;
		else
			err = probes_resolve(&quiet, choice->text, choice->user_name, choice->loc,
					     out) ?: err;
	}
	if (err || out->count > before)
		return err;
	return report_no_choice(c, choices, count);
}
