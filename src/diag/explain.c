/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts are in explanations.def; forgetting one does not compile. Tests read what diag_explain()
 * prints: examples are indented by four spaces below "Wrong:" and "Right:".
 */
#include "diag/explain.h"

#include <string.h>
#include "util/text.h"

enum explain_when { WHEN_PLAN, WHEN_CODE, WHEN_SHORTENED, WHEN_MACHINE, WHEN_LOAD };

/* What a reader has to know of the wrong example. */
static const char *const when_texts[] = {
	[WHEN_PLAN] = NULL,
	[WHEN_CODE] = "It is found when code is generated: --stop-after codegen shows it, too.",
	[WHEN_SHORTENED] = "The wrong example is shortened.",
	[WHEN_MACHINE] = "Whether it is wrong depends on the machine.",
	[WHEN_LOAD] = "It is found when the script is loaded or runs.",
};

static const struct explanation {
	enum explain_when when;
	const char *text, *wrong, *right;
} explanations[DIAG_COUNT] = {
#define EXPLAIN(ID, when, text, wrong, right) [DIAG_##ID] = { WHEN_##when, text, wrong, right },
#include "diag/explanations.def"
#undef EXPLAIN
};

/* One row per id: a missing one is a name that does not exist here; two of one id do not compile
 * (-Woverride-init). */
enum {
#define EXPLAIN(ID, when, text, wrong, right) ROW_OF_##ID,
#include "diag/explanations.def"
#undef EXPLAIN
};
enum {
#define DIAG(ID, meaning) HAS_ROW_##ID = ROW_OF_##ID, /* missing: add it to explanations.def */
#include "diag/diag_ids.def"
#undef DIAG
};

static const char *const meanings[DIAG_COUNT] = {
#define DIAG(ID, meaning) meaning,
#include "diag/diag_ids.def"
#undef DIAG
};

static bool is_name_of(const char *id_name, const char *name, size_t len)
{
	if (strlen(id_name) != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[i] == '_' ? '-' : name[i];

		if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != id_name[i])
			return false;
	}
	return true;
}

enum diag_id diag_id_find(const char *name)
{
	size_t len;

	name += *name == '[';
	len = strcspn(name, "]");
	for (enum diag_id id = 0; id < DIAG_COUNT; id++)
		if (is_name_of(diag_id_name(id), name, len))
			return id;
	return DIAG_COUNT;
}

const char *diag_id_nearest(const char *name)
{
	struct text_nearest near;

	text_nearest_init(&near, name);
	for (enum diag_id id = 0; id < DIAG_COUNT; id++)
		text_nearest_offer(&near, diag_id_name(id));
	return near.best;
}

const char *diag_id_meaning(enum diag_id id)
{
	return meanings[id];
}

static void print_indented(FILE *f, const char *title, const char *script)
{
	fprintf(f, "\n%s:\n", title);
	for (size_t len; *script; script += len + (script[len] == '\n')) {
		len = strcspn(script, "\n");
		fprintf(f, "    %.*s\n", (int)len, script);
	}
}

void diag_explain(FILE *f, enum diag_id id)
{
	const struct explanation *e = &explanations[id];

	fprintf(f, "%s: %s\n\n%s\n", diag_id_name(id), meanings[id], e->text);
	if (when_texts[e->when])
		fprintf(f, "%s\n", when_texts[e->when]);
	print_indented(f, "Wrong", e->wrong);
	print_indented(f, "Right", e->right);
}
