/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stages one after another: parse, the passes of sema, code generation; and what -d shows of
 * them. The only place that knows both sema and the table of built-ins.
 */
#include <errno.h>
#include "ast/ast.h"
#include "builtins/builtin.h"
#include "compiler.h"
#include "parser/parser.h"

static const struct {
	const char *name, *help;
} stages[STAGE_COUNT] = {
	[STAGE_AST] = { "ast", "the tree as parsed" },
	[STAGE_TYPES] = { "types", "bodies, variables and maps with their types" },
	[STAGE_PLAN] = { "plan", "maps, functions, probes and actions" },
	[STAGE_LLVM] = { "llvm", "LLVM code before and after optimisation" },
	[STAGE_BPF] = { "bpf", "BPF instructions" },
};

const char *compiler_stage_name(enum compiler_stage stage)
{
	return stages[stage].name;
}

const char *compiler_stage_help(enum compiler_stage stage)
{
	return stages[stage].help;
}

/* --- dumps ------------------------------------------------------------------------------------ */

static bool shows(const struct compiler_options *o, enum compiler_stage stage)
{
	return o->show_to && (o->show & (1u << stage));
}

static void print_body(FILE *f, const struct body *b)
{
	static const struct ast_print_options with_types = { .show_types = true };

	fprintf(f, b->fn ? "function %s() : %s" : "body of", b->fn ? b->fn->name : "",
		b->fn ? b->fn->result->spelling : "");
	for (size_t i = 0; !b->fn && i < b->probes.count; i++)
		fprintf(f, " %s", b->probes.items[i]->name);
	fprintf(f, "\n");
	for (size_t i = 0; i < b->variables.count; i++) {
		const struct symbol *v = b->variables.items[i];

		fprintf(f, "  variable $%s : %s\n", v->name, v->type ? v->type->spelling : "none");
	}
	ast_print_block(f, b->block, 1, &with_types);
}

static void print_types(FILE *f, const struct sema *s)
{
	for (size_t i = 0; i < s->maps.count; i++) {
		const struct map_symbol *m = s->maps.items[i];

		fprintf(f, "map @%s", m->name);
		if (m->key_type)
			fprintf(f, "[%s]", m->key_type->spelling);
		fprintf(f, " : %s\n", m->value_type ? m->value_type->spelling : "none");
	}
	for (size_t i = 0; i < s->bodies.count; i++)
		print_body(f, s->bodies.items[i]);
	for (size_t i = 0; i < s->fns.count; i++)
		if (!s->fns.items[i]->is_ignored)
			print_body(f, s->fns.items[i]->body);
}

static void after_pass(struct sema *s, const char *pass, void *context)
{
	const struct compiler_options *o = context;

	if (!strcmp(pass, "check") && shows(o, STAGE_TYPES))
		print_types(o->show_to, s);
	if (!strcmp(pass, "plan") && shows(o, STAGE_PLAN))
		program_print(o->show_to, s->program);
}

/* --- stages ----------------------------------------------------------------------------------- */

static bool stops_after(const struct compiler_options *o, const char *stage)
{
	return o->stop_after && !strcmp(o->stop_after, stage);
}

static int generate(struct sema *s, const struct compiler_options *o,
		    struct bpf_object_bytes *object)
{
	struct codegen_options options = {
		.dump_llvm = shows(o, STAGE_LLVM) ? o->show_to : NULL,
		.dump_bpf = shows(o, STAGE_BPF) ? o->show_to : NULL,
		.places = o->places,
	};

	for (size_t i = 0; i < s->bodies.count; i++)
		options.debug_info |= body_has_frame(s->bodies.items[i]);
	return codegen_run(s, &options, object);
}

/* Everything behind the parser. */
static int translate(struct sema *s, const struct compiler_options *o,
		     struct bpf_object_bytes *object)
{
	int err;

	s->builtin_find = builtin_find;
	s->builtin_nearest = builtin_nearest;
	s->builtin_is_planned = builtin_is_planned;
	s->signature_parse = signature_parse;
	s->parse_source = parse_program;
	s->parse_expression = parse_expression;
	err = sema_run(s, o->stop_after, after_pass, (void *)o);
	if (err || (o->stop_after && !stops_after(o, "plan") && !stops_after(o, "codegen")))
		return err;
	if (stops_after(o, "plan"))
		return 0;
	if (s->options->relief & PROGRAM_RELIEF_LOOPS)
		sema_loops_as_calls(s);
	return generate(s, o, object);
}

int compile(struct arena *a, struct diag *d, struct host *host, struct source *source,
	    const struct compiler_options *options, struct program *program,
	    struct bpf_object_bytes *object)
{
	static const struct ast_print_options plain = { 0 };
	struct ast_program *tree;
	struct sema s;
	int err;

	*object = (struct bpf_object_bytes){ 0 };
	program_init(program);
	tree = parse_program(a, d, source);
	if (shows(options, STAGE_AST) && !d->error_count)
		ast_print(options->show_to, tree, &plain);
	err = d->error_count ? -EINVAL : 0;
	if (!err && !stops_after(options, "parse")) {
		sema_init(&s, a, d, host, &options->sema, tree, program);
		err = translate(&s, options, object);
		sema_free(&s);
	}
	if (err)
		program_free(program);
	return err;
}
