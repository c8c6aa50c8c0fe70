/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass "names": every variable, map, built-in and enumerator is bound to what it means.
 *
 * Variables live in the block of their first assignment or `let`; values are bound before the
 * targets they are assigned to. Maps are known to the whole program; here it is also found out
 * whether a map has keys. A name that means nothing is reported once: an undefined variable is
 * then defined as "unknown", and whatever is done with it is silent.
 */
#include <errno.h>
#include "sema/hints.h"
#include "sema/pass.h"
#include "util/text.h"

struct names {
	struct sema *s;
	struct scope *scope;
	const struct expr *aggregate; /* the call that may be an aggregation: value of the present
					 assignment to a map */
	struct expr *loop_variable;   /* belongs into the next block */
	const struct ast_visitor *visitor;
};

static void walk(struct names *n, struct expr **slot)
{
	if (*slot)
		ast_walk_expr(slot, n->visitor);
}

/* --- variables -------------------------------------------------------------------------------- */

static struct symbol *find_variable(const struct names *n, const struct expr *e)
{
	return scope_find(n->scope, e->variable.name, e->variable.expansion);
}

static struct symbol *add_variable(struct names *n, const struct expr *e)
{
	struct symbol *v = scope_add(n->s->arena, n->scope, e->variable.name,
				     e->variable.expansion, e->loc);

	arena_vec_push(n->s->arena, &n->s->body->variables, v);
	return v;
}

/* A variable of that name lived in a block that has ended. */
static bool was_inner(const struct names *n, const struct expr_variable *v)
{
	const struct symbols *all = &n->s->body->variables;

	for (size_t i = 0; i < all->count; i++) {
		if (all->items[i]->expansion == v->expansion &&
		    !strcmp(all->items[i]->name, v->name))
			return true;
	}
	return false;
}

static struct symbol *undefined_variable(struct names *n, const struct expr *e)
{
	const char *name = e->variable.name;
	const char *near = scope_nearest(n->scope, name, e->variable.expansion);
	struct diag_msg *m = diag_error(n->s->diag, DIAG_UNDEFINED_VARIABLE, e->loc,
					"undefined variable: $%s", name);
	struct symbol *v;

	if (n->s->body->fn && !near)
		diag_hint(m, "a function sees its parameters and maps only");
	else if (was_inner(n, &e->variable))
		diag_hint(m, "$%s exists in an inner block only: write 'let $%s;' before it", name,
			  name);
	else if (e->variable.expansion && scope_find(n->scope, name, 0))
		diag_hint(m, "a macro has variables of its own: make $%s one of its parameters",
			  name);
	else if (near)
		diag_did_you_mean(m, arena_printf(n->s->arena, "$%s", near));
	/* of no body: never typed */
	v = scope_add(n->s->arena, n->scope, name, e->variable.expansion, e->loc);
	v->is_unknown = v->is_assigned = true;
	return v;
}

static void note_depth(const struct names *n, struct symbol *v)
{
	if (n->scope->loop_depth > v->loop_depth)
		v->is_captured = true;
}

static void read_variable(struct names *n, struct expr *e)
{
	struct symbol *v = find_variable(n, e);

	if (!v)
		v = undefined_variable(n, e);
	if (!v->is_assigned && !v->early_use.source)
		v->early_use = e->loc;
	v->is_used = true;
	note_depth(n, v);
	e->variable.symbol = v;
}

static void assign_variable(struct names *n, struct expr *e)
{
	struct symbol *v = find_variable(n, e);

	if (!v)
		v = add_variable(n, e);
	v->is_assigned = v->is_reassigned = true;
	note_depth(n, v);
	e->variable.symbol = v;
}

static bool report_shadowing(struct names *n, const struct expr *e)
{
	struct symbol *v = find_variable(n, e);
	struct diag_msg *m;

	if (!v || v->is_unknown)
		return false;
	m = diag_error(n->s->diag, DIAG_REDECLARED, e->loc, "variable $%s already exists",
		       e->variable.name);
	diag_note(m, v->loc, "$%s comes from here", v->name);
	return true;
}

/* A declaration: always a new variable. */
static struct symbol *declare_variable(struct names *n, struct expr *e)
{
	struct symbol *v;

	if (report_shadowing(n, e)) {
		v = find_variable(n, e);
		v->is_assigned = true;
	} else {
		v = add_variable(n, e);
	}
	v->is_declared = true;
	e->variable.symbol = v;
	return v;
}

/* --- maps ------------------------------------------------------------------------------------- */

static struct map_symbol *find_map(struct sema *s, const char *name, struct loc loc)
{
	struct map_symbol *m = strmap_get(&s->map_names, name);

	if (m)
		return m;
	m = ARENA_NEW(s->arena, struct map_symbol);
	m->name = name;
	m->loc = loc;
	arena_vec_push(s->arena, &s->maps, m);
	strmap_set(&s->map_names, name, m);
	return m;
}

static struct map_symbol *bind_map(struct names *n, struct expr *e)
{
	e->map.symbol = find_map(n->s, e->map.name, e->loc);
	e->map.symbol->is_used = true;
	walk(n, &e->map.key);
	return e->map.symbol;
}

static void report_shape(struct names *n, const struct map_symbol *m, struct loc at, bool is_keyed)
{
	const char *here = is_keyed ? "with" : "without", *before = is_keyed ? "without" : "with";
	struct diag_msg *msg = diag_error(n->s->diag, DIAG_SCALAR_KEYED, at,
					  "@%s is used %s a key here, but %s one before", m->name,
					  here, before);

	diag_note(msg, is_keyed ? m->scalar_loc : m->keyed_loc, "used %s a key here", before);
}

/* A use of an element: with a key, or of a scalar map's only value. */
static void use_element(struct names *n, struct expr *e)
{
	struct map_symbol *m = bind_map(n, e);

	if (e->map.key) {
		if (m->is_scalar)
			report_shape(n, m, e->loc, true);
		if (!m->is_keyed)
			m->keyed_loc = e->loc;
		m->is_keyed = true;
		return;
	}
	if (m->is_keyed)
		report_shape(n, m, e->loc, false);
	if (!m->is_scalar)
		m->scalar_loc = e->loc;
	m->is_scalar = true;
}

static void bind_declarations(struct sema *s)
{
	for (size_t i = 0; i < s->tree->map_decls.count; i++) {
		struct ast_map_decl *d = s->tree->map_decls.items[i];
		struct map_symbol *m = find_map(s, d->map->map.name, d->map->loc);

		if (m->declaration)
			diag_note(diag_error(s->diag, DIAG_MAP_DECLARATION, d->loc,
					     "@%s is declared twice", m->name),
				  m->declaration->loc, "first declared here");
		else
			m->declaration = d;
	}
}

/* --- names and calls -------------------------------------------------------------------------- */

/* The built-in, macro or function nearest in spelling, or NULL. */
static const char *nearest_callable(struct sema *s, const char *name)
{
	const char *builtin = s->builtin_nearest(name);
	const struct strmap_entry *macro;
	struct text_nearest nearest;
	size_t cursor = 0;

	text_nearest_init(&nearest, name);
	if (builtin)
		text_nearest_offer(&nearest, builtin);
	while ((macro = strmap_next(&s->macros, &cursor)))
		text_nearest_offer(&nearest, macro->key);
	for (size_t i = 0; i < s->fns.count; i++)
		text_nearest_offer(&nearest, s->fns.items[i]->name);
	return nearest.best;
}

/* What an identifier can have been meant to be, or NULL. */
static const char *find_nearest_name(struct sema *s, const char *name)
{
	const char *near = nearest_callable(s, name);

	if (!near)
		near = cdef_nearest_macro(s->c, name);
	if (!near)
		near = cdef_nearest_enumerator(s->c, name);
	return near ? near : cdef_nearest_constant(name);
}

/* Found once for each name: a #define may repeat an unknown one thousands of times. */
static const char *nearest_name(struct sema *s, const char *name)
{
	const char *near = strmap_get(&s->unknown_names, name);

	if (!near) {
		near = find_nearest_name(s, name);
		strmap_set(&s->unknown_names, name, (void *)(near ? near : ""));
	}
	return near && *near ? near : NULL;
}

static void unknown_name(struct names *n, const char *name, struct loc loc)
{
	struct sema *s = n->s;
	struct diag_msg *m;

	if (s->builtin_is_planned(name)) {
		diag_error(s->diag, DIAG_NOT_SUPPORTED, loc, "'%s' is not supported yet", name);
		return;
	}
	m = diag_error(s->diag, DIAG_UNKNOWN_NAME, loc, "unknown identifier: '%s'", name);
	if (find_function(s, name))
		diag_hint(m, "it is a function: %s(…)", name);
	else
		hint_unknown_name(s, n->scope, name, false, nearest_name(s, name), m);
}

static struct expr *number(struct sema *s, const struct expr *e, const struct cdef_constant *k)
{
	struct expr *literal = expr_integer(s->arena, e->loc, k->value);

	literal->integer.is_negative = k->is_negative;
	return literal;
}

/* After many mistakes no more are shown, and BTF, which takes its time, is not asked about them. */
static bool of_kernel(struct sema *s, const struct expr *e, uint64_t *value,
		      const struct type **type)
{
	if (!s->host || strmap_get(&s->unknown_names, e->name.name) ||
	    s->diag->error_count > s->diag->max_errors)
		return false;
	return !host_enumerator(s->host, &s->types, e->name.name, value, type);
}

/* Of an enum: of the script, or of the kernel. */
static struct expr *enumerator(struct sema *s, const struct expr *e)
{
	const struct type *type;
	struct expr *literal;
	uint64_t value;

	literal = strmap_get(&s->enumerators, e->name.name);
	if (literal) {
		literal = arena_memdup(s->arena, literal, sizeof(*literal));
		literal->loc = e->loc;
		return literal;
	}
	if (!cdef_find_enumerator(s->c, e->name.name, &value, &type) && !of_kernel(s, e, &value, &type))
		return NULL;
	literal = expr_integer(s->arena, e->loc, value);
	literal->integer.enumerator = e->name.name;
	literal->integer.is_negative = type->is_signed && (int64_t)value < 0;
	literal->type = type_enum_value(&s->types, type->enumeration);
	strmap_set(&s->enumerators, e->name.name, literal);
	return literal;
}

/* An enumerator, or a macro of the C headers. What is a macro there is no enumerator of the kernel,
 * so BTF need not be searched for it. */
static struct expr *constant(struct sema *s, const struct expr *e)
{
	const struct cdef_constant *k = cdef_constant(e->name.name);
	uint64_t value;
	const struct type *type;
	struct expr *found;

	if (k && !k->is_enumerator && !cdef_find_enumerator(s->c, e->name.name, &value, &type))
		return number(s, e, k);
	found = enumerator(s, e);
	return found || !k ? found : number(s, e, k);
}

static void bind_call(struct names *n, struct expr **slot);

static void bind_name(struct names *n, struct expr **slot)
{
	struct expr *e = *slot, *new;
	const struct builtin *b = n->s->builtin_find(e->name.name);

	if (b && (b->flags & BUILTIN_VARIABLE)) {
		new = expr_call(n->s->arena, e->loc, e->name.name);
		new->call.is_bare = true;
		*slot = new;
		bind_call(n, slot);
		return;
	}
	new = b ? NULL : constant(n->s, e);
	if (new)
		*slot = new;
	else
		unknown_name(n, e->name.name, e->loc);
}

static void unknown_function(struct names *n, const struct expr *e)
{
	struct sema *s = n->s;

	if (s->builtin_is_planned(e->call.name))
		diag_error(s->diag, DIAG_NOT_SUPPORTED, e->call.name_loc,
			   "the function '%s' is not supported yet", e->call.name);
	else
		hint_unknown_name(s, n->scope, e->call.name, true,
				  nearest_callable(s, e->call.name),
				  diag_error(s->diag, DIAG_UNKNOWN_FUNCTION, e->call.name_loc,
					     "unknown function: '%s'", e->call.name));
}

static void check_count(struct sema *s, const struct expr *e, const struct signature *sig)
{
	size_t count = e->call.args.count;
	bool is_few = count < sig->min_args;

	if (count >= sig->min_args && count <= sig->max_args)
		return;
	const char *help = e->call.builtin->help;
	const char *example = help ? strstr(help, arena_printf(s->arena, "%s(", e->call.name)) : NULL;
	struct diag_msg *m = diag_error(
		s->diag, DIAG_ARGUMENT_COUNT, e->loc,
		"%s() requires %s %u argument%s (%zu provided)", e->call.name,
		sig->min_args == sig->max_args ? "exactly" : is_few ? "at least" : "at most",
		is_few ? sig->min_args : sig->max_args,
		(is_few ? sig->min_args : sig->max_args) == 1 ? "" : "s", count);

	if (example && strchr(example, ')'))
		diag_hint(m, "write: %.*s", (int)(strchr(example, ')') + 1 - example), example);
}

/* Index of the named argument of that name in the signature, or -1. */
static int find_option(const struct signature *sig, const char *name)
{
	for (uint32_t i = 0; i < sig->option_count; i++) {
		if (!strcmp(sig->option_names[i], name))
			return (int)i;
	}
	return -1;
}

static void no_options(struct sema *s, const struct expr *e)
{
	diag_error(s->diag, DIAG_NAMED_ARGUMENT, e->call.option_locs[0],
		   "%s() takes no named arguments", e->call.name);
}

static void unknown_option(struct sema *s, const struct expr *e, const struct signature *sig,
			   size_t i)
{
	const char *name = e->call.option_names[i];
	auto_strbuf struct strbuf all = STRBUF_INIT;
	struct text_nearest nearest;
	struct diag_msg *m;

	if (!sig->option_count) {
		no_options(s, e);
		return;
	}
	text_nearest_init(&nearest, name);
	for (uint32_t o = 0; o < sig->option_count; o++) {
		text_nearest_offer(&nearest, sig->option_names[o]);
		strbuf_printf(&all, "%s%s", o ? ", " : "", sig->option_names[o]);
	}
	m = diag_error(s->diag, DIAG_NAMED_ARGUMENT, e->call.option_locs[i],
		       "%s() has no argument named '%s'", e->call.name, name);
	if (nearest.best)
		diag_did_you_mean(m, nearest.best);
	else
		diag_hint(m, "its named arguments are: %s", all.text);
}

static void check_options(struct sema *s, const struct expr *e, const struct signature *sig)
{
	int first[SIGNATURE_MAX_OPTIONS] = { 0 }; /* where it was given, plus 1 */

	for (size_t i = 0; i < e->call.options.count; i++) {
		int option = find_option(sig, e->call.option_names[i]);

		if (option < 0)
			unknown_option(s, e, sig, i);
		else if (first[option])
			diag_note(diag_error(s->diag, DIAG_NAMED_ARGUMENT, e->call.option_locs[i],
					     "the argument '%s' is given twice",
					     e->call.option_names[i]),
				  e->call.option_locs[first[option] - 1], "first given here");
		else
			first[option] = (int)i + 1;
	}
}

static void check_call(struct names *n, const struct expr *e)
{
	const struct builtin *b = e->call.builtin;
	struct sema *s = n->s;

	check_count(s, e, sema_signature(s, b));
	check_options(s, e, sema_signature(s, b));
	if ((b->flags & BUILTIN_UNSAFE) && !s->options->allow_unsafe)
		diag_hint(diag_error(s->diag, DIAG_UNSAFE_FUNCTION, e->loc,
				     "%s() is an unsafe function", e->call.name),
			  "allow unsafe functions with --unsafe");
	if ((b->flags & BUILTIN_AGGREGATE) && e != n->aggregate)
		diag_hint(diag_error(s->diag, DIAG_AGGREGATION_PLACE, e->loc,
				     "%s() must be assigned directly to a map", e->call.name),
			  "write: @x = %s;", hint_source(s, e->loc));
}

static unsigned int argument_class(const struct signature *sig, size_t i)
{
	if (!sig->arg_count)
		return SIGNATURE_ANY;
	return sig->args[MIN(i, (size_t)sig->arg_count - 1)];
}

static void walk_options(struct names *n, struct expr *e)
{
	for (size_t i = 0; i < e->call.options.count; i++)
		walk(n, &e->call.options.items[i]);
}

static void walk_arguments(struct names *n, struct expr *e)
{
	for (size_t i = 0; i < e->call.args.count; i++)
		walk(n, &e->call.args.items[i]);
	walk_options(n, e);
}

/* A call of a function of the script. */
static void bind_fn_call(struct names *n, struct expr *e)
{
	struct fn_call call = { e->call.fn, e->loc };
	size_t wanted = call.fn->ast->params.count, given = e->call.args.count;
	struct sema *s = n->s;

	arena_vec_push(s->arena, &s->body->calls, call);
	if (given != wanted)
		diag_note(diag_error(s->diag, DIAG_ARGUMENT_COUNT, e->loc,
				     "%s() requires exactly %zu argument%s (%zu provided)",
				     e->call.name, wanted, wanted == 1 ? "" : "s", given),
			  call.fn->ast->name_loc, "%s() is defined here", e->call.name);
	if (e->call.options.count)
		diag_error(s->diag, DIAG_NAMED_ARGUMENT, e->call.option_locs[0],
			   "%s() takes no named arguments", e->call.name);
	walk_arguments(n, e);
}

static void bind_call(struct names *n, struct expr **slot)
{
	struct expr *e = *slot;
	const struct builtin *b = n->s->builtin_find(e->call.name);
	const struct signature *sig;

	e->call.fn = find_function(n->s, e->call.name);
	if (e->call.fn) {
		if (e->call.options.count)
			no_options(n->s, e);
		bind_fn_call(n, e);
		return;
	}
	if (!b)
		unknown_function(n, e);
	if (!b && n->s->builtin_is_planned(e->call.name))
		return; /* its arguments may be words that only it knows */
	if (!b || is_beyond_function(n->s, e, b)) {
		walk_arguments(n, e);
		return;
	}
	e->call.builtin = b;
	check_call(n, e);
	walk_options(n, e);
	sig = sema_signature(n->s, b);
	for (size_t i = 0; i < e->call.args.count; i++) {
		struct expr **arg = &e->call.args.items[i];
		unsigned int class = argument_class(sig, i);

		if ((class & SIGNATURE_WORD) && (*arg)->kind == EXPR_NAME)
			continue;
		if ((class & SIGNATURE_TYPE) && (*arg)->kind == EXPR_NAME &&
		    !n->s->builtin_find((*arg)->name.name))
			continue;
		if ((class & SIGNATURE_MAP) && (*arg)->kind == EXPR_MAP && !(*arg)->map.key)
			bind_map(n, *arg);
		else if ((class & SIGNATURE_VARIABLE) && (*arg)->kind == EXPR_VARIABLE)
			assign_variable(n, *arg);
		else
			walk(n, arg);
	}
	if (b->fold)
		sema_fold_deep(n->s, slot);
}

/* --- the walk --------------------------------------------------------------------------------- */

static void bind_increment(struct names *n, struct expr *e)
{
	struct expr *target = e->increment.target;

	walk(n, &e->increment.target);
	if (target->kind == EXPR_VARIABLE) {
		target->variable.symbol->is_counted = target->variable.symbol->is_assigned = true;
		target->variable.symbol->is_reassigned = true;
	} else if (target->kind == EXPR_MAP) {
		target->map.symbol->is_counted = target->map.symbol->is_written = true;
	} else {
		diag_error(n->s->diag, DIAG_BAD_TARGET, e->loc,
			   "%s needs a variable or a map", e->increment.is_decrement ? "--" : "++");
	}
}

/* Of a map as a whole; of a variable, which whoever has the address may write. */
static bool bind_address_of(struct names *n, struct expr *of)
{
	if (of->kind == EXPR_MAP) {
		bind_map(n, of);
	} else {
		assign_variable(n, of);
		of->variable.symbol->is_used = true;
	}
	return false;
}

/* `if comptime`: where the condition needs no types, the other branch is not even looked at. */
static bool bind_comptime_if(struct names *n, struct expr **slot)
{
	struct expr **condition = &(*slot)->branch.condition;
	bool truth;

	if ((*condition)->kind != EXPR_COMPTIME)
		return true;
	walk(n, condition);
	sema_fold_deep(n->s, condition);
	if (expr_literal_truth(*condition, &truth)) {
		*slot = comptime_branch(n->s, *slot, truth);
		walk(n, slot);
	} else {
		walk(n, &(*slot)->branch.then);
		walk(n, &(*slot)->branch.otherwise);
	}
	return false;
}

static bool enter_expr(struct expr **slot, void *context)
{
	struct names *n = context;
	struct expr *e = *slot;

	switch (e->kind) {
	case EXPR_VARIABLE:
		read_variable(n, e);
		return false;
	case EXPR_MAP:
		use_element(n, e);
		return false;
	case EXPR_NAME:
		bind_name(n, slot);
		return false;
	case EXPR_CALL:
		bind_call(n, slot);
		return false;
	case EXPR_INCREMENT:
		bind_increment(n, e);
		return false;
	case EXPR_IF:
		return bind_comptime_if(n, slot);
	case EXPR_ADDRESS_OF:
		return bind_address_of(n, e->address_of.operand);
	case EXPR_INTEGER:
	case EXPR_STRING:
	case EXPR_BOOLEAN:
	case EXPR_PARAMETER:
	case EXPR_UNARY:
	case EXPR_BINARY:
	case EXPR_TERNARY:
	case EXPR_BLOCK:
	case EXPR_MEMBER:
	case EXPR_ELEMENT:
	case EXPR_INDEX:
	case EXPR_CAST:
	case EXPR_TUPLE:
	case EXPR_RECORD:
	case EXPR_SIZEOF:
	case EXPR_OFFSETOF:
	case EXPR_TYPEINFO:
	case EXPR_TYPE:
	case EXPR_COMPTIME:
	case EXPR_KIND_COUNT:
		return true;
	}
	return true;
}

static bool is_arithmetic(const struct expr *e)
{
	static const bool rows[] = {
		[OP_OR] = true, [OP_XOR] = true, [OP_AND] = true, [OP_ADD] = true, [OP_SUB] = true,
		[OP_MUL] = true, [OP_DIV] = true, [OP_MOD] = true, [OP_SHIFT_LEFT] = true,
		[OP_SHIFT_RIGHT] = true,
	};

	return e->kind == EXPR_BINARY && e->binary.op < ARRAY_SIZE(rows) && rows[e->binary.op];
}

static void bind_assignment(struct names *n, struct stmt_assign *a)
{
	struct expr *target = a->target;

	n->aggregate = target->kind == EXPR_MAP && a->op == OP_NONE ? a->value : NULL;
	walk(n, &a->value);
	n->aggregate = NULL;
	if (target->kind == EXPR_MAP) {
		use_element(n, target);
		target->map.symbol->is_written = true;
		if (a->op != OP_NONE)
			target->map.symbol->is_updated = true;
		if (is_arithmetic(a->value))
			target->map.symbol->is_computed = true;
	} else if (target->kind != EXPR_VARIABLE) {
		walk(n, &a->target);
		diag_error(n->s->diag, DIAG_BAD_TARGET, target->loc,
			   "only variables and maps can be assigned to");
	} else {
		if (a->op != OP_NONE)
			read_variable(n, target);
		assign_variable(n, target);
		if (a->op != OP_NONE)
			target->variable.symbol->is_updated = true;
	}
}

static void bind_let(struct names *n, struct stmt_let *let)
{
	struct symbol *v;

	ast_walk_type(let->type, n->visitor);
	walk(n, &let->value);
	if (let->variable->kind != EXPR_VARIABLE)
		return;
	v = declare_variable(n, let->variable);
	if (let->value)
		v->is_assigned = true;
}

static void bind_loop_body(struct names *n, struct expr *variable, struct block *body)
{
	n->s->body->needs_loop_helper = true;
	n->loop_variable = variable;
	ast_walk_block(body, n->visitor);
}

static void bind_for_range(struct names *n, struct stmt_for_range *loop)
{
	walk(n, &loop->start);
	walk(n, &loop->end);
	bind_loop_body(n, loop->variable, loop->body);
}

static void bind_for_map(struct names *n, struct stmt_for_map *loop)
{
	bind_map(n, loop->map);
	bind_loop_body(n, loop->variable, loop->body);
}

static void bind_fn_return(struct names *n, struct stmt_result *result)
{
	n->s->body->fn->has_value |= result->value != NULL;
	walk(n, &result->value);
}

static bool enter_stmt(struct stmt **slot, void *context)
{
	struct names *n = context;
	struct stmt *st = *slot;

	if (st->kind == STMT_ASSIGN)
		bind_assignment(n, &st->assign);
	else if (st->kind == STMT_LET)
		bind_let(n, &st->let);
	else if (st->kind == STMT_FOR_RANGE)
		bind_for_range(n, &st->for_range);
	else if (st->kind == STMT_FOR_MAP)
		bind_for_map(n, &st->for_map);
	else if (st->kind == STMT_RETURN && n->s->body->fn)
		bind_fn_return(n, &st->result);
	else
		return true;
	return false;
}

static void enter_block(struct block *b, void *context)
{
	struct names *n = context;
	struct scope *inner = ARENA_NEW(n->s->arena, struct scope);

	(void)b;
	inner->outer = n->scope;
	inner->loop_depth = n->scope ? n->scope->loop_depth : 0;
	n->scope = inner;
	if (n->loop_variable) {
		struct symbol *v;

		inner->loop_depth++;
		v = declare_variable(n, n->loop_variable);
		v->is_assigned = v->is_loop_variable = true;
		n->loop_variable = NULL;
	}
}

static void warn_of_variables(struct names *n, const struct scope *scope)
{
	for (size_t i = 0; i < scope->symbols.count; i++) {
		const struct symbol *v = scope->symbols.items[i];

		if (!v->is_assigned)
			diag_warning(n->s->diag, DIAG_NEVER_ASSIGNED, v->loc,
				     "variable $%s is never assigned", v->name);
		else if (v->early_use.source)
			diag_warning(n->s->diag, DIAG_USED_BEFORE_ASSIGNED, v->early_use,
				     "variable $%s is used before it is assigned: it is 0",
				     v->name);
	}
}

static void leave_block(struct block *b, void *context)
{
	struct names *n = context;
	struct scope *scope = n->scope;

	(void)b;
	warn_of_variables(n, scope);
	n->scope = scope->outer;
	scope_close(scope);
}

static struct ast_visitor visitor_of(struct names *n)
{
	return (struct ast_visitor){ .enter_expr = enter_expr, .enter_stmt = enter_stmt,
				     .enter_block = enter_block, .leave_block = leave_block,
				     .context = n };
}

static void bind_parameters(struct names *n, struct fn_symbol *fn)
{
	for (size_t i = 0; i < fn->ast->params.count && !fn->is_linked; i++) {
		const struct ast_fn_param *p = &fn->ast->params.items[i];
		struct symbol *v = scope_find(n->scope, p->name, 0);

		if (v)
			diag_note(diag_error(n->s->diag, DIAG_REDECLARED, p->loc,
					     "two parameters are called $%s", p->name),
				  v->loc, "the other one");
		v = scope_add(n->s->arena, n->scope, p->name, 0, p->loc);
		arena_vec_push(n->s->arena, &n->s->body->variables, v);
		v->is_declared = v->is_assigned = v->is_parameter = true;
		arena_vec_push(n->s->arena, &fn->params, v);
	}
}

static void bind_body(struct sema *s, struct body *b)
{
	struct scope outermost = { 0 };
	struct names n = { .s = s, .scope = &outermost };
	struct ast_visitor v = visitor_of(&n);

	n.visitor = &v;
	if (b->fn)
		bind_parameters(&n, b->fn);
	if (b->predicate)
		walk(&n, &b->predicate);
	ast_walk_block(b->block, &v);
	scope_close(&outermost);
	check_placement(s, b);
}

int pass_names(struct sema *s)
{
	bind_declarations(s);
	declare_functions(s);
	sema_each_body(s, bind_body);
	check_functions(s);
	for (size_t i = 0; i < s->maps.count; i++) {
		const struct map_symbol *m = s->maps.items[i];

		if (m->declaration && !m->is_used)
			diag_warning(s->diag, DIAG_UNUSED_MAP, m->declaration->loc,
				     "map @%s is declared and never used", m->name);
	}
	return s->diag->error_count ? -EINVAL : 0;
}
