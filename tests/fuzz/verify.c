/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify BITTERN FIRST COUNT [DIRECTORY]: loads random programs into this kernel.
 *
 * Programs number FIRST, FIRST + 1, … of the generator (grammar.c) are given to bittern --dry-run: each
 * must be taken, or be refused by the compiler with a diagnostic, or be refused by the kernel with an
 * explanation in the script's terms. Anything else is a finding: it is printed, and its program
 * written to DIRECTORY. The status is 1 if there was one.
 */
#include <string.h>
#include <sys/wait.h>
#include "grammar.h"
#include "run_program.h"

enum outcome { TAKEN, NOT_COMPILED, EXPLAINED, UNEXPLAINED, BROKEN, OUTCOMES };

static const char *const outcome_names[OUTCOMES] = {
	[TAKEN] = "taken by the kernel", [NOT_COMPILED] = "refused by the compiler",
	[EXPLAINED] = "refused by the kernel, explained",
	[UNEXPLAINED] = "refused by the kernel, not explained", [BROKEN] = "broken off",
};

static enum outcome classify(int status, const char *said)
{
	if (!WIFEXITED(status) || strstr(said, "BUG:") || strstr(said, "AddressSanitizer") ||
	    strstr(said, "runtime error:"))
		return BROKEN;
	if (!WEXITSTATUS(status))
		return TAKEN;
	if (WEXITSTATUS(status) == 1 && strstr(said, "ERROR: "))
		return NOT_COMPILED;
	/* With -v messages carry the id of their explanation; two of them are none. */
	return strstr(said, "[verifier-") && !strstr(said, "[verifier-other]") &&
	       !strstr(said, "[verifier-internal]") ? EXPLAINED : UNEXPLAINED;
}

static void keep(const char *directory, uint64_t number, const char *program, const char *said)
{
	auto_free char *path = NULL;
	FILE *f;

	if (!directory || asprintf(&path, "%s/%llu.bt", directory, (unsigned long long)number) < 0)
		return;
	f = fopen(path, "w");
	if (!f)
		return;
	fprintf(f, "%s\n/*\n%.4000s\n*/\n", program, said);
	fclose(f);
}

int main(int argc, char **argv)
{
	uint64_t counts[OUTCOMES] = { 0 };
	uint64_t first, count;

	if (argc < 4) {
		fprintf(stderr, "usage: verify BITTERN FIRST COUNT [DIRECTORY]\n");
		return 2;
	}
	first = strtoull(argv[2], NULL, 0);
	count = strtoull(argv[3], NULL, 0);
	for (uint64_t i = first; i < first + count; i++) {
		auto_strbuf struct strbuf program = STRBUF_INIT, said = STRBUF_INIT;
		enum outcome outcome;
		struct grammar g;

		grammar_init(&g, i, &program);
		grammar_program(&g);
		const char *arguments[] = { argv[1], "--dry-run", "-q", "-v", "--unsafe", "-e",
					    strbuf_text(&program), "5", "text", NULL };
		int status = run_program(arguments, &said);

		outcome = classify(status, strbuf_text(&said));
		counts[outcome]++;
		if (outcome < UNEXPLAINED)
			continue;
		printf("program %llu is %s\n", (unsigned long long)i, outcome_names[outcome]);
		keep(argc > 4 ? argv[4] : NULL, i, strbuf_text(&program), strbuf_text(&said));
	}
	for (size_t i = 0; i < OUTCOMES; i++)
		printf("%6llu %s\n", (unsigned long long)counts[i], outcome_names[i]);
	return counts[UNEXPLAINED] || counts[BROKEN];
}
