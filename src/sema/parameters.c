/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass "parameters": $1, $2 …, $# and getopt() (getopt.c) become literals (spec language.md §5). A parameter that
 * reads as a number is an integer, except as the first argument of str(), where it is always text.
 */
#include <errno.h>
#include "sema/pass.h"
#include "util/text.h"

static struct expr *parameter_text(struct sema *s, const struct expr *e, const char *text)
{
	struct expr *literal = expr_string(s->arena, e->loc, text, strlen(text));

	literal->string.from_parameter = true;
	return literal;
}

static struct expr *parameter_integer(struct sema *s, const struct expr *e, uint64_t value,
				      bool is_negative)
{
	struct expr *literal = expr_integer(s->arena, e->loc, value);

	literal->integer.is_negative = is_negative;
	return literal;
}

/* The text of a parameter, or NULL if it was not given. */
static const char *parameter(const struct sema *s, const struct expr *e)
{
	uint64_t index = e->parameter.index;

	if (index >= 1 && index <= s->options->parameter_count)
		return s->options->parameters[index - 1];
	return NULL;
}

static bool enter_expr(struct expr **slot, void *context)
{
	struct sema *s = context;
	struct expr *e = *slot, *arg;
	const char *text;

	if (e->kind != EXPR_CALL || strcmp(e->call.name, "str") || !e->call.args.count)
		return true;
	arg = e->call.args.items[0];
	if (arg->kind == EXPR_BINARY && arg->binary.op == OP_ADD &&
	    arg->binary.left->kind == EXPR_PARAMETER)
		slot = &arg->binary.left; /* str($1 + 2) */
	else
		slot = &e->call.args.items[0];
	if ((*slot)->kind != EXPR_PARAMETER || (*slot)->parameter.is_count)
		return true;
	text = parameter(s, *slot); /* a missing one is empty, without a warning */
	*slot = parameter_text(s, *slot, text ? text : "");
	return true;
}

static void leave_expr(struct expr **slot, void *context)
{
	struct sema *s = context;
	struct expr *e = *slot;
	const char *text, *why;
	bool is_negative = false;
	uint64_t value = 0;

	if (e->kind == EXPR_CALL && !strcmp(e->call.name, "getopt"))
		sema_replace_getopt(s, slot);
	if (e->kind != EXPR_PARAMETER)
		return;
	if (e->parameter.is_count) {
		*slot = parameter_integer(s, e, s->options->parameter_count, false);
		return;
	}
	text = parameter(s, e);
	if (!text) {
		diag_warning(s->diag, DIAG_MISSING_PARAMETER, e->loc,
			     "positional parameter $%llu was not given: it is 0",
			     (unsigned long long)e->parameter.index);
		*slot = parameter_integer(s, e, 0, false);
	} else if (!text_parse_i64(text, strlen(text), &value, &is_negative, &why)) {
		*slot = parameter_integer(s, e, value, is_negative && value);
	} else {
		*slot = parameter_text(s, e, text);
	}
}

int pass_parameters(struct sema *s)
{
	struct ast_visitor v = { .enter_expr = enter_expr, .leave_expr = leave_expr, .context = s };

	for (size_t i = 0; i < s->tree->probes.count; i++) {
		struct ast_probe *p = s->tree->probes.items[i];

		if (p->predicate)
			ast_walk_expr(&p->predicate, &v);
		ast_walk_block(p->body, &v);
	}
	for (size_t i = 0; i < s->tree->fns.count; i++)
		ast_walk_block(s->tree->fns.items[i]->body, &v);
	sema_check_named_parameters(s);
	return s->diag->error_count ? -EINVAL : 0;
}
