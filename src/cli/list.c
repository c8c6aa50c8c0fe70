/* SPDX-License-Identifier: Apache-2.0 */
/*
 * -l: probes that match patterns, or those of a script.
 *
 * A pattern is `provider:rest`, or a text that is searched in all kernel-side providers. Each provider
 * lists its own; here they are only sorted and printed, provider by provider.
 */
#include "cli/inspect.h"

#include <errno.h>
#include <string.h>
#include "cli/job.h"
#include "cli/message.h"
#include "probes/probe.h"
#include "util/text.h"

struct listed {
	char *name;    /* owned */
	char *details; /* owned; lines with their newlines, or NULL */
};

struct listing {
	struct arena arena; /* owned: for probe_context */
	struct diag diag;
	struct type_table types;
	struct probe_context context;
	bool is_verbose;
	struct VEC_OF(struct listed) found; /* of the provider at hand */
};

static void listing_open(struct listing *l, struct host *host, const struct options *o)
{
	memset(l, 0, sizeof(*l));
	arena_init(&l->arena);
	diag_init(&l->diag, &l->arena);
	type_table_init(&l->types, &l->arena);
	host_provide_structs(host, &l->types);
	l->is_verbose = o->verbosity > 0;
	l->context = (struct probe_context){
		.arena = &l->arena,
		.diag = &l->diag,
		.host = host,
		.types = &l->types,
		.parameters = o->parameters,
		.parameter_count = o->parameter_count,
	};
}

static void listing_close(struct listing *l)
{
	vec_free(&l->found);
	type_table_free(&l->types);
	arena_free(&l->arena);
}

static void take_listed(const char *name, const char *details, void *context)
{
	struct listing *l = context;
	struct listed item = { xstrdup(name), details && *details ? xstrdup(details) : NULL };

	vec_push(&l->found, item);
}

static int compare_listed(const void *a, const void *b)
{
	return strcmp(((const struct listed *)a)->name, ((const struct listed *)b)->name);
}

/* Details come as lines, indented or not; they are printed indented by four. */
static void print_details(const char *details)
{
	while (*details) {
		size_t len = strcspn(details, "\n");
		size_t blanks = strspn(details, " ");

		if (len > blanks)
			printf("    %.*s\n", (int)(len - blanks), details + blanks);
		details += len + (details[len] == '\n');
	}
}

static void print_found(struct listing *l)
{
	if (l->found.count)
		qsort(l->found.items, l->found.count, sizeof(*l->found.items),
		      compare_listed);
	for (size_t i = 0; i < l->found.count; i++) {
		struct listed *item = &l->found.items[i];

		fputs(item->name, stdout);
		if (!strchr(item->name, '\n'))
			putchar('\n');
		if (item->details)
			print_details(item->details);
		free(item->name);
		free(item->details);
	}
	l->found.count = 0;
}

/* Lists what matches in one provider; parts[0] of the pattern becomes its name. */
static void list_type(struct listing *l, const struct probe_ops *type, struct probe_spec *pattern)
{
	if (!type->list)
		return;
	if (pattern)
		pattern->parts[0] = type->name;
	type->list(&l->context, pattern, l->is_verbose, take_listed, l);
	print_found(l);
}

/* Every listed provider that matches `t*`. One that this machine cannot list is left out in silence:
 * nobody has asked for it by name. */
static void list_matching_types(struct listing *l, const char *glob, struct probe_spec *pattern)
{
	struct diag dropped;

	diag_init(&dropped, &l->arena);
	l->context.diag = &dropped;
	for (size_t i = 0; probe_types[i]; i++)
		if (probe_types[i]->flags & PROBE_LISTED && text_glob(glob, probe_types[i]->name))
			list_type(l, probe_types[i], pattern);
	l->context.diag = &l->diag;
}

static int list_provider(struct listing *l, struct probe_spec *pattern)
{
	const struct probe_ops *type = probe_type_find(pattern->parts[0]);
	const char *near;

	if (!pattern->parts[0][0])
		return 0; /* an empty attach point, as in a script */
	if (type) {
		list_type(l, type, pattern);
		return 0;
	}
	if (text_has_glob(pattern->parts[0])) {
		list_matching_types(l, pattern->parts[0], pattern);
		return 0;
	}
	if (probe_type_is_planned(pattern->parts[0])) {
		cli_error("probes of type %s are not supported yet", pattern->parts[0]);
		return -EINVAL;
	}
	cli_error("there is no probe type '%s'", pattern->parts[0]);
	near = probe_type_nearest(pattern->parts[0]);
	if (near)
		cli_hint("did you mean '%s'?", near);
	return -EINVAL;
}

/* --- types ----------------------------------------------------------------------------------------- */
static const struct {
	const char *keyword;
	enum host_definition kind;
} definition_kinds[] = {
	{ "struct ", DEFINITION_STRUCT }, { "union ", DEFINITION_UNION }, { "enum ", DEFINITION_ENUM },
};

struct definition_listing {
	struct listing *l;
	const char *keyword;
};

static char *join(const char *a, const char *b, const char *c)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_printf(&text, "%s%s%s", a, b, c);
	return text.text;
}

static void take_definition(const char *module, const char *name, const char *definition,
			    void *context)
{
	struct definition_listing *d = context;
	struct listed item = { 0 };

	if (*definition)
		item = (struct listed){ .name = join(module, ": ", definition) };
	else
		item = (struct listed){ .name = join(d->keyword, name, "") };
	vec_push(&d->l->found, item);
}

/* `struct NAME`; false: the pattern is of another kind. */
static bool list_definitions(struct listing *l, const char *text, int *err)
{
	const char *why;

	for (size_t i = 0; i < ARRAY_SIZE(definition_kinds); i++) {
		const char *keyword = definition_kinds[i].keyword;
		struct definition_listing d = { l, keyword };

		if (!text_starts_with(text, keyword))
			continue;
		text += strlen(keyword);
		*err = host_each_definition(l->context.host, definition_kinds[i].kind,
					    text + strspn(text, " "), l->is_verbose,
					    take_definition, &d);
		print_found(l);
		why = host_btf_missing(l->context.host);
		if (*err)
			cli_error("types cannot be listed: %s", why);
		return true;
	}
	return false;
}

/* --- patterns -------------------------------------------------------------------------------------- */

static int list_pattern(struct listing *l, const char *text)
{
	struct source *source = source_create(&l->arena, "pattern", text, strlen(text));
	struct loc loc = { source, 0, source->len };
	struct probe_spec pattern = { .loc = loc, .text = text };
	int err = 0;

	if (list_definitions(l, text, &err))
		return err;
	if (!strchr(text, ':')) {
		pattern.parts[1] = text;
		pattern.part_locs[0] = pattern.part_locs[1] = loc;
		pattern.count = 2;
		list_matching_types(l, "*", &pattern);
		return 0;
	}
	err = probe_spec_parse(&l->context, text, NULL, loc, &pattern);
	/* `i:` is all of it, and listed names end in a colon. */
	if (!err && !*pattern.parts[pattern.count - 1])
		pattern.count--;
	return err ?: list_provider(l, &pattern);
}

/* Each of `a,b,c`; all are listed, the first failure is the result. */
static int list_patterns(struct listing *l, const char *search)
{
	int err = 0;

	while (*search) {
		size_t len = strcspn(search, ",");
		char *one = arena_strndup(&l->arena, search, len);
		int failed = list_pattern(l, one);

		err = err ?: failed;
		search += len + (search[len] == ',');
		search += strspn(search, " ");
	}
	return err;
}

/* --- a script's probes ----------------------------------------------------------------------------- */
static bool is_own_event(const struct program_probe *probe)
{
	return probe->attach == ATTACH_BEGIN || probe->attach == ATTACH_END ||
	       probe->attach == ATTACH_SIGNAL;
}

static void list_program_probe(struct listing *l, const char *name)
{
	struct source *source = source_create(&l->arena, "probe", name, strlen(name));
	struct loc loc = { source, 0, source->len };
	const struct probe_ops *type;
	struct probe_spec spec;

	if (l->is_verbose && strchr(name, ':') &&
	    !probe_spec_parse(&l->context, name, NULL, loc, &spec)) {
		type = probe_type_find(spec.parts[0]);
		if (type && type->list && type->flags & PROBE_WILDCARD) {
			list_type(l, type, &spec);
			return;
		}
	}
	puts(name);
}

static int list_script(const struct options *o)
{
	struct job job;
	struct listing l;
	int status = job_open(&job, o);

	status = status ?: job_compile(&job, o, "plan");
	if (!status) {
		listing_open(&l, job.host, o);
		for (size_t i = 0; i < job.program.probes.count; i++) {
			const struct program_probe *probe = &job.program.probes.items[i];

			if (!is_own_event(probe))
				list_program_probe(&l, program_string(&job.program, probe->name));
		}
		listing_close(&l);
	}
	job_close(&job);
	return status;
}

static void warn_if_file_name(const char *search)
{
	if (search && strchr(search, '.') && !strpbrk(search, ":*,"))
		cli_warning("'%s' looks like a file name, but there is no such file; searching for "
			    "it as a pattern",
			    search);
}

int inspect_list(const struct options *o)
{
	struct options script = *o;
	struct listing l;
	struct host *host;
	int err = 0;

	if (o->text || (o->search && !access(o->search, F_OK))) {
		script.file = o->search;
		return list_script(&script);
	}
	warn_if_file_name(o->search);
	host = job_host(o);
	if (!host)
		return EXIT_FAILURE;
	listing_open(&l, host, o);
	if (o->search)
		err = list_patterns(&l, o->search);
	else
		list_matching_types(&l, "*", NULL);
	diag_print(&l.diag, stderr, &(struct diag_print_options){ .use_color = cli_use_color() });
	if (l.diag.error_count)
		err = -EINVAL;
	listing_close(&l);
	host_destroy(host);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
