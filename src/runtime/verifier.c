/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verifier's log tells the whole way it took; what matters is at the end: the last line of the
 * script it quotes ("; …"), the instruction, and the complaint.
 */
#include "runtime/verifier.h"

#include <errno.h>
#include <string.h>
#include "util/log.h"
#include "util/text.h"

#define SUMMARY_LINES 2

const char *verifier_error_text(int err)
{
	static const struct {
		int err;
		const char *text;
	} rows[] = {
		{ EPERM, "the kernel does not permit it; run as root or with CAP_BPF and "
			 "CAP_PERFMON (a locked-down kernel refuses some probe types altogether)" },
		{ EACCES, "the kernel's verifier refused it" },
		{ EINVAL, "the kernel's verifier refused it (invalid argument)" },
		{ E2BIG, "it is too large for the kernel" },
		{ ENOMEM, "the kernel has not enough memory; a smaller max_map_keys or "
			  "perf_rb_pages needs less" },
		{ ENOSPC,
		  "the kernel's verifier refused it, with more words than there was room for" },
		{ EMFILE, "too many open files; raise the limit (ulimit -n)" },
		{ ENOSYS, "this kernel has no BPF" },
		{ 524, "this kernel does not support it" }, /* ENOTSUPP */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].err == -err)
			return rows[i].text;
	return strerror(-err);
}

/* Statistics at the end of every log. */
static bool is_noise(const char *line, size_t len)
{
	static const char *const starts[] = { "processed ", "verification time", "stack depth",
					      "func#", "max_states" };

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (text_starts_with(line, starts[i]))
			return true;
	return !len;
}

void verifier_summary(const char *log, struct strbuf *out)
{
	const char *last[SUMMARY_LINES] = { NULL }, *quote = NULL;
	size_t last_len[SUMMARY_LINES] = { 0 }, quote_len = 0;

	for (const char *line = log; *line;) {
		size_t len = strcspn(line, "\n");

		if (*line == ';') {
			quote = line;
			quote_len = len;
		} else if (!is_noise(line, len)) {
			memmove(last, last + 1, sizeof(last) - sizeof(last[0]));
			memmove(last_len, last_len + 1, sizeof(last_len) - sizeof(last_len[0]));
			last[SUMMARY_LINES - 1] = line;
			last_len[SUMMARY_LINES - 1] = len;
		}
		line += len + (line[len] == '\n');
	}
	if (quote)
		strbuf_printf(out, "\n  %.*s", (int)quote_len, quote);
	for (size_t i = 0; i < SUMMARY_LINES; i++)
		if (last[i])
			strbuf_printf(out, "\n  %.*s", (int)last_len[i], last[i]);
}

void verifier_report(const struct reporter *r, uint32_t site, const char *probe, int err,
		     const char *log)
{
	auto_strbuf struct strbuf summary = STRBUF_INIT;

	verifier_summary(log, &summary);
	report_error(r, site, "unable to load %s: %s%s", probe, verifier_error_text(err),
		     strbuf_text(&summary));
	if (log_is_verbose())
		log_verbose("%s", log);
}
