/* SPDX-License-Identifier: Apache-2.0 */
/* Line information costs time at every start and is needed only when something is refused: then the
 * script, which is still in memory, is compiled once more. So it is for making a program that the
 * verifier bears more easily. */
#include "cli/recompile.h"

#include <errno.h>

void recompilation_init(struct recompilation *r, const struct job *j, const struct options *o)
{
	*r = (struct recompilation){ .job = j, .options = o };
	arena_init(&r->arena);
}

void recompilation_free(struct recompilation *r)
{
	if (r->is_relieved)
		program_free(&r->program);
	vec_free(&r->places);
	arena_free(&r->arena);
}

static int compile_again(void *context, struct bpf_object_bytes *out)
{
	struct recompilation *r = context;
	const struct job *j = r->job;
	struct compiler_options options = job_compiler_options(j, r->options, NULL);
	struct program program;
	struct diag diag;
	int err;

	options.show = 0;
	options.places = &r->places;
	options.sema.relief = r->relief;
	diag_init(&diag, &r->arena);
	err = compile(&r->arena, &diag, j->host, j->source, &options, &program, out);
	if (!err)
		program_free(&program);
	return err;
}

static int relieve(void *context, unsigned int relief, const struct program **program,
		   struct bpf_object_bytes *out)
{
	struct recompilation *r = context;
	const struct job *j = r->job;
	struct compiler_options options = job_compiler_options(j, r->options, NULL);
	struct program relieved;
	struct diag diag;

	options.show = 0;
	options.sema.relief = relief;
	diag_init(&diag, &r->arena);
	int err = compile(&r->arena, &diag, j->host, j->source, &options, &relieved, out);
	if (err)
		return err;
	if (r->is_relieved)
		program_free(&r->program);
	r->program = relieved;
	r->is_relieved = true;
	r->relief = relief;
	*program = &r->program;
	return 0;
}

static const char *line_text(struct recompilation *r, struct loc loc, uint32_t line)
{
	size_t len;
	const char *text = source_line(loc.source, line, &len);

	return arena_strndup(&r->arena, text, len);
}

/* Numbers count from 1. Of a place of several lines only the first is shown. */
static bool find_place(void *context, uint32_t number, struct program_place *out)
{
	struct recompilation *r = context;
	struct loc_lines at;
	struct loc loc;

	if (!number || number > r->places.count)
		return false;
	loc = r->places.items[number - 1];
	if (!loc.source)
		return false;
	at = loc_lines(loc);
	out->file = loc.source->name;
	out->line = at.line;
	out->column = at.column;
	out->text = line_text(r, loc, at.line);
	out->column_end = at.line == at.line_end ? at.column_end : (uint32_t)strlen(out->text) + 1;
	return true;
}

struct recompiler recompilation_recompiler(struct recompilation *r)
{
	return (struct recompiler){ .context = r, .compile = compile_again, .relieve = relieve,
				    .place = find_place };
}
