/* SPDX-License-Identifier: Apache-2.0 */
/* Glue between options, compiler and messages, shared by running and listing a script. */
#include "cli/job.h"

#include <string.h>
#include "cli/input.h"
#include "cli/message.h"

#define STATUS_SETTINGS 2 /* a bad environment value */

struct host *job_host(const struct options *o)
{
	struct host *h = host_create();
	int err = o->traceable_functions ? host_use_traceable_functions(h, o->traceable_functions) :
					   0;

	if (!err)
		return h;
	cli_error("cannot read the list of traceable functions, %s: %s", o->traceable_functions,
		  strerror(-err));
	host_destroy(h);
	return NULL;
}

int job_open(struct job *j, const struct options *o)
{
	memset(j, 0, sizeof(*j));
	arena_init(&j->arena);
	diag_init(&j->diag, &j->arena);
	if (settings_read(&j->settings))
		return STATUS_SETTINGS;
	if (o->text)
		j->source = source_create(&j->arena, "stdin", o->text, strlen(o->text));
	else
		j->source = input_read(&j->arena, o->file);
	if (!j->source)
		return EXIT_FAILURE;
	j->host = job_host(o);
	return j->host ? 0 : EXIT_FAILURE;
}

void job_close(struct job *j)
{
	if (j->is_compiled)
		program_free(&j->program);
	free(j->object.bytes);
	host_destroy(j->host);
	arena_free(&j->arena);
}

static void print_messages(const struct job *j, const struct options *o)
{
	const struct diag_print_options print = {
		.use_color = cli_use_color(),
		.hide_warnings = o->session.hide_warnings,
		.show_ids = o->verbosity > 0,
	};

	if (!j->diag.error_count && !j->diag.warning_count)
		return;
	fflush(stdout);
	diag_print(&j->diag, j->diag.error_count ? stderr : stdout, &print);
	fflush(stdout);
}

struct compiler_options job_compiler_options(const struct job *j, const struct options *o,
					     const char *stop_after)
{
	return (struct compiler_options){
		.sema = {
			.parameters = o->parameters,
			.parameter_count = o->parameter_count,
			.named = o->named,
			.named_count = o->named_count,
			.allow_unsafe = o->allow_unsafe,
			.reports_quiet = o->session.show_quiet_sites,
			.has_child = o->session.command != NULL,
			.filter_pid = o->session.pid != 0,
			.config = &j->settings,
			.c = {
				.include_dirs = o->include_dirs.items,
				.include_dir_count = o->include_dirs.count,
				.include_files = o->include_files.items,
				.include_file_count = o->include_files.count,
			},
		},
		.show = o->show,
		.show_to = stdout,
		.stop_after = stop_after,
	};
}

int job_compile(struct job *j, const struct options *o, const char *stop_after)
{
	const struct compiler_options options = job_compiler_options(j, o, stop_after);
	int err = compile(&j->arena, &j->diag, j->host, j->source, &options, &j->program,
			  &j->object);

	j->is_compiled = !err;
	print_messages(j, o);
	if (err && !j->diag.error_count)
		cli_error("compiling failed: %s", strerror(-err));
	if (err)
		return EXIT_FAILURE;
	return 0;
}
