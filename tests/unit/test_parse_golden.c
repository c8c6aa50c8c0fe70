/* SPDX-License-Identifier: Apache-2.0 */
/* layer: parser */
/* tests/golden/parse: every x.bt must parse to the dump x.ast. UPDATE_GOLDEN=1 rewrites those. */
#include <glob.h>
#include "parser/parser.h"
#include "unit/harness.h"
#include "util/strbuf.h"

static void read_file(const char *path, struct strbuf *out)
{
	auto_fclose FILE *f = fopen(path, "r");
	char bytes[4096];
	size_t len;

	while (f && (len = fread(bytes, 1, sizeof(bytes), f)) > 0)
		strbuf_append(out, bytes, len);
}

static void write_file(const char *path, const char *text)
{
	auto_fclose FILE *f = fopen(path, "w");

	CHECK(f && fputs(text, f) >= 0);
}

static void dump(const char *path, struct strbuf *text, char **out)
{
	static const struct ast_print_options options;
	struct arena a;
	struct diag d;
	struct ast_program *program;
	size_t len;
	FILE *file = open_memstream(out, &len);

	arena_init(&a);
	diag_init(&d, &a);
	program = parse_program(&a, &d, source_create(&a, path, strbuf_text(text), text->len));
	CHECK_EQ(d.error_count, 0);
	diag_print(&d, stderr, &(struct diag_print_options){ 0 });
	ast_print(file, program, &options);
	fclose(file);
	arena_free(&a);
}

static void compare(const char *path)
{
	auto_strbuf struct strbuf text = STRBUF_INIT, wanted = STRBUF_INIT, name = STRBUF_INIT;
	auto_free char *actual = NULL;

	read_file(path, &text);
	dump(path, &text, &actual);
	strbuf_append(&name, path, strlen(path) - strlen("bt"));
	strbuf_add_text(&name, "ast");
	if (getenv("UPDATE_GOLDEN")) {
		write_file(name.text, actual);
		return;
	}
	read_file(name.text, &wanted);
	CHECK_EQ_STR(actual, strbuf_text(&wanted));
	if (strcmp(actual, strbuf_text(&wanted)) != 0)
		fprintf(stderr, "\tfor %s\n", path);
}

TEST(parse_golden)
{
	glob_t files;

	CHECK_EQ(glob(GOLDEN_DIR "/parse/*.bt", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		compare(files.gl_pathv[i]);
	globfree(&files);
}
