/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of the passes, and the runner.
 *
 * Instead of comments about what has to come before what, each pass names the facts it relies on
 * and the fact it establishes; a debug build stops at a pass that runs without its facts.
 * FACT_FAULTLESS holds as long as nothing was reported: passes that do without it are run on
 * wrong scripts too, so that mistakes of several kinds are shown together.
 */
#include <errno.h>
#include "sema/pass.h"

enum fact {
	FACT_PARSED = 1 << 0,
	FACT_IMPORTED = 1 << 12,
	FACT_EXPANDED = 1 << 11, /* no macros are left */
	FACT_DEFINED = 1 << 13, /* the C part was read, no #define is left */
	FACT_SUPPORTED = 1 << 1, /* known constructs only, bounded depth */
	FACT_PARAMETERS = 1 << 2,
	FACT_BODIES = 1 << 3,
	FACT_NAMES = 1 << 4,
	FACT_SIMPLE = 1 << 5,
	FACT_TYPES = 1 << 6,
	FACT_CASTS = 1 << 7,
	FACT_CHECKED = 1 << 8,
	FACT_PLANNED = 1 << 9,
	FACT_FAULTLESS = 1 << 10,
	FACT_CONFIG = 1 << 14,
};

const struct sema_pass sema_passes[] = {
	{ "config", "read the config block", pass_config, FACT_PARSED, FACT_CONFIG },
	{ "imports", "merge what is imported", pass_imports, FACT_PARSED, FACT_IMPORTED },
	{ "definitions", "read the C part; expand #defines", pass_definitions, FACT_IMPORTED,
	  FACT_DEFINED },
	{ "macros", "expand macros", pass_macros, FACT_DEFINED, FACT_EXPANDED },
	{ "supported", "find what is not supported yet, and what nests too deeply", pass_supported,
	  FACT_EXPANDED, FACT_SUPPORTED },
	{ "parameters", "replace positional parameters by literals", pass_parameters,
	  FACT_SUPPORTED, FACT_PARAMETERS },
	{ "probes", "resolve attach points; one body per BPF function", pass_attach_points,
	  FACT_SUPPORTED | FACT_CONFIG | FACT_PARAMETERS, FACT_BODIES },
	{ "names", "bind variables, maps, built-ins and enumerators", pass_names, FACT_BODIES,
	  FACT_NAMES },
	{ "simplify", "fold literals; predicates and op= to core forms", pass_simplify,
	  FACT_NAMES | FACT_PARAMETERS, FACT_SIMPLE },
	{ "infer", "give every expression a type", pass_infer,
	  FACT_NAMES | FACT_SIMPLE, FACT_TYPES },
	{ "casts", "make conversions explicit", pass_casts,
	  FACT_TYPES | FACT_FAULTLESS, FACT_CASTS },
	{ "check", "built-ins' own checks, map declarations", pass_check,
	  FACT_CASTS | FACT_FAULTLESS, FACT_CHECKED },
	{ "plan", "number maps, actions, strings and sites", pass_plan,
	  FACT_CHECKED | FACT_FAULTLESS, FACT_PLANNED },
	{ NULL, NULL, NULL, 0, 0 },
};

void sema_init(struct sema *s, struct arena *a, struct diag *d, struct host *h,
	       const struct sema_options *options, struct ast_program *tree,
	       struct program *program)
{
	*s = (struct sema){ .arena = a, .diag = d, .host = h, .options = options, .tree = tree,
			    .program = program };
	type_table_init(&s->types, a);
	if (h)
		host_provide_structs(h, &s->types);
	if (options->config)
		s->config = *options->config;
	else
		config_values_init(&s->config);
	config_apply(&s->config, program);
}

void sema_free(struct sema *s)
{
	cdef_destroy(s->c);
	strmap_free(&s->map_names);
	strmap_free(&s->macros);
	strmap_free(&s->fn_names);
	strmap_free(&s->enumerators);
	strmap_free(&s->unknown_names);
	strmap_free(&s->signatures);
	strmap_free(&s->sites);
	vec_free(&s->branches);
	type_table_free(&s->types);
}

static int run_pass(struct sema *s, const struct sema_pass *pass, unsigned int *facts)
{
	unsigned int needs = pass->needs & ~(unsigned int)FACT_FAULTLESS;

	if (needs & ~*facts)
		bug("pass %s lacks facts %#x", pass->name, needs & ~*facts);
	if (pass->run(s))
		*facts &= ~(unsigned int)FACT_FAULTLESS;
	*facts |= pass->gives;
	return s->diag->error_count ? -EINVAL : 0;
}

int sema_run(struct sema *s, const char *stop_after,
	     void (*after_pass)(struct sema *s, const char *pass, void *context), void *context)
{
	unsigned int facts = FACT_PARSED | FACT_FAULTLESS;
	int err = 0;

	for (const struct sema_pass *pass = sema_passes; pass->name; pass++) {
		if (err && (pass->needs & FACT_FAULTLESS))
			return err;
		err = run_pass(s, pass, &facts);
		/* Names of what could not be imported, types and constants of C that are missing,
		 * and calls of wrong macros mean nothing to anybody else; an unbounded tree is
		 * dangerous for everything that recurses. */
		if (err && pass->gives & (FACT_IMPORTED | FACT_DEFINED | FACT_EXPANDED |
					  FACT_SUPPORTED))
			return err;
		if (!err && after_pass)
			after_pass(s, pass->name, context);
		if (stop_after && !strcmp(stop_after, pass->name))
			break;
	}
	return err;
}

void sema_each_body(struct sema *s, void (*fn)(struct sema *s, struct body *b))
{
	for (size_t i = 0; i < s->bodies.count; i++) {
		s->body = s->bodies.items[i];
		fn(s, s->body);
	}
	for (size_t i = 0; i < s->fns.count; i++) {
		if (s->fns.items[i]->is_ignored)
			continue;
		s->body = s->fns.items[i]->body;
		fn(s, s->body);
	}
	s->body = NULL;
}

struct probe_context sema_probe_context(const struct sema *s)
{
	return (struct probe_context){
		.arena = s->arena,
		.diag = s->diag,
		.host = s->host,
		.types = (struct type_table *)&s->types,
		.parameters = s->options->parameters,
		.parameter_count = s->options->parameter_count,
		.missing_probes = s->program->config.missing_probes,
		.allow_unsafe = s->options->allow_unsafe,
	};
}

const struct probe *sema_first_probe(const struct sema *s)
{
	/* A function that no probe reaches. */
	static const struct probe_ops nothing = { .name = "function", .type_word = "function" };
	static const struct probe nowhere = { .ops = &nothing, .name = "function" };

	return s->body->probes.count ? s->body->probes.items[0] : &nowhere;
}
