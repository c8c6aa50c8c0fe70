/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls: arguments against the classes of the signature, results from the signature or from the
 * built-in's type hook. What a signature cannot say is the business of the built-in's check hook,
 * which pass "check" runs.
 */
#include "sema/hints.h"
#include "sema/pass.h"

const struct signature *sema_signature(struct sema *s, const struct builtin *b)
{
	struct signature *sig = strmap_get(&s->signatures, b->name);

	if (sig)
		return sig;
	sig = ARENA_NEW(s->arena, struct signature);
	s->signature_parse(b->signature, sig);
	strmap_set(&s->signatures, b->name, sig);
	return sig;
}

static unsigned int class_of(const struct signature *sig, size_t i)
{
	return sig->arg_count ? sig->args[MIN(i, (size_t)sig->arg_count - 1)] : SIGNATURE_ANY;
}

/* "an integer or a pointer", for messages. */
static const char *describe(struct sema *s, unsigned int class)
{
	static const struct {
		unsigned int class;
		const char *text;
	} words[] = {
		{ SIGNATURE_INT, "integer" },	{ SIGNATURE_PTR, "pointer" },
		{ SIGNATURE_STRING, "string" }, { SIGNATURE_ARRAY, "array" },
		{ SIGNATURE_MAP, "map" },	{ SIGNATURE_ELEMENT, "map element" },
		{ SIGNATURE_INT_LITERAL, "integer literal" },
		{ SIGNATURE_STRING_LITERAL, "string literal" },
		{ SIGNATURE_FORMAT, "string literal" }, { SIGNATURE_WORD, "mode" },
	};
	auto_strbuf struct strbuf b = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (class & words[i].class)
			strbuf_printf(&b, "%s%s", b.len ? ", " : "", words[i].text);
	}
	return arena_strdup(s->arena, strbuf_text(&b));
}

#define LITERAL_CLASSES (SIGNATURE_INT_LITERAL | SIGNATURE_STRING_LITERAL | SIGNATURE_FORMAT)

static bool is_wanted_literal(const struct expr *arg, unsigned int class)
{
	if (arg->kind == EXPR_INTEGER)
		return class & SIGNATURE_INT_LITERAL;
	return arg->kind == EXPR_STRING && !arg->string.from_parameter &&
	       (class & (SIGNATURE_STRING_LITERAL | SIGNATURE_FORMAT));
}

static bool type_fits(struct sema *s, const struct expr *arg, const struct type *t,
		      unsigned int class)
{
	if (class & (SIGNATURE_ANY | SIGNATURE_TYPE))
		return true;
	if ((class & SIGNATURE_ELEMENT) && arg->kind == EXPR_MAP)
		return true;
	if (t->kind == TYPE_POINTER)
		return class & SIGNATURE_PTR;
	if (t->kind == TYPE_STRING)
		return class & SIGNATURE_STRING;
	if (t->kind == TYPE_ARRAY)
		return class & SIGNATURE_ARRAY;
	return integer_view(s, t) && (class & SIGNATURE_INT);
}

static void report_literal(struct sema *s, const struct expr *e, const struct expr *arg,
			   unsigned int class)
{
	struct diag_msg *m = diag_error(s->diag, DIAG_ARGUMENT_LITERAL, arg->loc,
					"%s() expects a literal here: %s", e->call.name,
					describe(s, class));

	if (arg->kind == EXPR_STRING && arg->string.from_parameter)
		diag_hint(m, "use str($N) to have a positional parameter as a string literal");
	else if (!strcmp(e->call.name, "printf") && e->call.args.items[0] == arg)
		diag_hint(m, "write: printf(\"%%s\", %s)", hint_source(s, arg->loc));
	else if (!strcmp(e->call.name, "print") && e->call.args.items[0]->kind != EXPR_MAP)
		diag_hint(m, e->call.args.items[0]->kind == EXPR_STRING ?
				     "print() takes one value; a format is for printf(): write printf(…)" :
				     "print() takes one value: write print((a, b)), or printf(…)");
}

static void check_argument(struct sema *s, const struct expr *e, const struct expr *arg,
			   unsigned int class)
{
	const struct type *t = arg->type;
	bool is_literal_only = (class & LITERAL_CLASSES) && !(class & ~LITERAL_CLASSES);

	if (is_wanted_literal(arg, class))
		return;
	if (class == SIGNATURE_WORD) {
		diag_error(s->diag, DIAG_ARGUMENT_TYPE, arg->loc, "%s() expects a mode here",
			   e->call.name);
		return;
	}
	if (t->kind == TYPE_NONE)
		return;
	if (is_literal_only && !expr_is_literal(arg))
		report_literal(s, e, arg, class);
	else if (is_literal_only && arg->kind == EXPR_STRING && arg->string.from_parameter)
		report_literal(s, e, arg, class);
	else if (!type_fits(s, arg, t, class & ~LITERAL_CLASSES))
		diag_error(s->diag, DIAG_ARGUMENT_TYPE, arg->loc,
			   "%s() only supports %s arguments here ('%s' provided)", e->call.name,
			   describe(s, class), t->spelling);
}

static bool is_bare_map(const struct expr *e)
{
	return e->kind == EXPR_MAP && !e->map.key;
}

static void check_class(struct sema *s, const struct expr *e, const struct expr *arg,
			unsigned int class)
{
	if (class == SIGNATURE_MAP && arg->kind == EXPR_MAP && arg->map.key)
		diag_hint(diag_error(s->diag, DIAG_ARGUMENT_MAP, arg->loc,
				     "%s() expects a whole map here, not an element", e->call.name),
			  "write: %s(@%s); delete(@%s, key) works on one element", e->call.name,
			  arg->map.name, arg->map.name);
	else if (class == SIGNATURE_MAP && !is_bare_map(arg))
		diag_error(s->diag, DIAG_ARGUMENT_MAP, arg->loc, "%s() expects a map here",
			   e->call.name);
	else if (class == SIGNATURE_ELEMENT && arg->kind != EXPR_MAP)
		diag_error(s->diag, DIAG_ARGUMENT_MAP, arg->loc,
			   "%s() expects a map element here", e->call.name);
	else if (class == SIGNATURE_VARIABLE && arg->kind != EXPR_VARIABLE)
		diag_error(s->diag, DIAG_ARGUMENT_TYPE, arg->loc,
			   "%s() expects a variable here, to assign to", e->call.name);
	else if (class != SIGNATURE_VARIABLE && !((class & SIGNATURE_MAP) && is_bare_map(arg)))
		check_argument(s, e, arg, class);
}

static void infer_argument(struct sema *s, struct expr *e, struct expr **slot, unsigned int class)
{
	bool wants_map = (class & (SIGNATURE_MAP | SIGNATURE_ELEMENT)) && (*slot)->kind == EXPR_MAP;

	if ((class & SIGNATURE_WORD) && (*slot)->kind == EXPR_NAME)
		return;
	if (e->call.builtin->flags & BUILTIN_OUTPUT)
		s->printed = *slot;
	if ((*slot)->kind == EXPR_STRING && (class & LITERAL_CLASSES)) /* of any length */
		(*slot)->type = type_string(&s->types, (uint32_t)(*slot)->string.len + 1);
	else if (wants_map)
		sema_infer_expr(s, slot);
	else
		infer_value(s, slot);
	if (s->is_final)
		check_class(s, e, *slot, class);
}

/* The arguments given by name; "names" has said what is wrong with the names. */
static void infer_options(struct sema *s, struct expr *e, const struct signature *sig)
{
	for (size_t i = 0; i < e->call.options.count; i++) {
		unsigned int class = SIGNATURE_ANY;

		for (uint32_t o = 0; o < sig->option_count; o++) {
			if (!strcmp(sig->option_names[o], e->call.option_names[i]))
				class = sig->options[o];
		}
		infer_argument(s, e, &e->call.options.items[i], class);
	}
}

static const struct type *result_type(struct sema *s, struct expr *e, const struct signature *sig)
{
	const struct builtin *b = e->call.builtin;
	unsigned int size;

	if (b->type)
		return b->type(s, e);
	if (!strcmp(sig->result, "?")) /* a compile-time value that could not be told */
		return NULL;
	if (sscanf(sig->result, "string[%u]", &size) == 1)
		return type_string(&s->types, size);
	if (!strcmp(sig->result, "inet") || !strncmp(sig->result, "inet[", 5))
		return s->types.inet;
	return type_builtin(&s->types, sig->result);
}

/* A call with a wrong number of arguments was reported by "names"; hooks rely on the number. */
static bool has_right_count(const struct expr *e, const struct signature *sig)
{
	return e->call.args.count >= sig->min_args && e->call.args.count <= sig->max_args;
}

const struct type *infer_call(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	const struct signature *sig;
	const struct type *t;

	if (e->call.fn)
		return infer_function_call(s, e);
	if (!e->call.builtin) {
		for (size_t i = 0; i < e->call.args.count; i++)
			sema_infer_expr(s, &e->call.args.items[i]);
		for (size_t i = 0; i < e->call.options.count; i++)
			sema_infer_expr(s, &e->call.options.items[i]);
		return infer_failed(s);
	}
	sig = sema_signature(s, e->call.builtin);
	infer_options(s, e, sig);
	if (!has_right_count(e, sig))
		return infer_failed(s);
	if (!(e->call.builtin->flags & BUILTIN_OWN_TYPING)) {
		for (size_t i = 0; i < e->call.args.count; i++)
			infer_argument(s, e, &e->call.args.items[i], class_of(sig, i));
		return result_type(s, e, sig);
	}
	t = result_type(s, e, sig);
	for (size_t i = 0; s->is_final && i < e->call.args.count; i++) {
		if (e->call.args.items[i]->type)
			check_class(s, e, e->call.args.items[i], class_of(sig, i));
	}
	return t;
}
