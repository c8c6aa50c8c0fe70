/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verifier's log tells the whole way it took; what matters is at the end: the last instruction, and the
 * complaint about it. Complaints are looked up in a table of rules; one that is in none is shown as it is.
 */
#include "runtime/verifier.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include "util/log.h"
#include "util/text.h"

#define TAIL_BYTES 65536 /* of the log are looked at */
#define RUNS	   3

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

/* --- rules ------------------------------------------------------------------------------------ */

static const struct rule {
	enum diag_id id;
	bool is_at_first;
	const char *pattern, *text, *hint;
} rules[] = {
#define RULE(ID, ...)	       { DIAG_VERIFIER_##ID, false, __VA_ARGS__ },
#define RULE_AT_FIRST(ID, ...) { DIAG_VERIFIER_##ID, true, __VA_ARGS__ },
#include "runtime/verifier_rules.def"
#undef RULE
#undef RULE_AT_FIRST
};

/* What is said of a bug of ours. */
static const char internal_hint[] =
	"this is a mistake in bittern, not in the script: please report it with the output of -v; "
	"writing the line differently may help";

/* A piece of a line. */
struct piece {
	const char *text;
	size_t len;
};

static bool match(const char *pattern, const char *line, size_t len, struct piece *runs, size_t run)
{
	for (; *pattern && *pattern != '#' && *pattern != '*'; pattern++, line++, len--)
		if (!len || *pattern != *line)
			return false;
	if (!*pattern)
		return !len;
	size_t most = len;
	if (*pattern == '#')
		for (most = 0; most < len && !isblank((unsigned char)line[most]);)
			most++;
	for (size_t n = most + 1; n-- > 0;) {
		if (!match(pattern + 1, line + n, len - n, runs, run + (*pattern == '#')))
			continue;
		if (*pattern == '#' && run < RUNS)
			runs[run] = (struct piece){ line, n };
		return true;
	}
	return false;
}

static const struct rule *find_rule(const char *line, size_t len, struct piece *runs)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		memset(runs, 0, RUNS * sizeof(*runs));
		if (match(rules[i].pattern, line, len, runs, 0))
			return &rules[i];
	}
	return NULL;
}

/* Text with %1 %2 %3 replaced; numbers of functions, "bpf_loop#181", are left out. */
static void fill(char *out, size_t size, const char *text, const struct piece *runs)
{
	auto_strbuf struct strbuf b = STRBUF_INIT;

	for (; text && *text; text++) {
		if (*text == '%' && text[1] >= '1' && text[1] < '1' + RUNS) {
			text++;
			const struct piece *run = &runs[*text - '1'];

			for (size_t i = 0; i < run->len && run->text[i] != '#'; i++)
				strbuf_add_char(&b, run->text[i]);
		} else {
			strbuf_add_char(&b, *text);
		}
	}
	snprintf(out, size, "%s", strbuf_text(&b));
}

/* --- the log ---------------------------------------------------------------------------------- */

/* "12: (79) r1 = *(u64 *)(r6 +8)": the number. */
static bool is_instruction(const char *line, size_t len, uint32_t *number)
{
	char *end;
	unsigned long n;

	if (!len || !isdigit((unsigned char)*line))
		return false;
	n = strtoul(line, &end, 10);
	*number = (uint32_t)n;
	return (size_t)(end - line) + 3 < len && !memcmp(end, ": (", 3);
}

/*
 * A complaint at a conditional jump stands behind it on the same line, where the kernel meant to go on with the
 * registers' states (seen on 5.10 to 6.12): "26: (55) if r0 != 0x0 goto pc+2 infinite loop detected at insn 29".
 */
static const char *complaint_after_jump(const char *line, size_t len)
{
	static const char jump[] = " goto pc";
	const char *end = line + len, *at = memmem(line, len, jump, strlen(jump));

	if (!at)
		return NULL;
	at += strlen(jump);
	while (at < end && !isblank((unsigned char)*at))
		at++;
	while (at < end && isblank((unsigned char)*at))
		at++;
	return at < end && isalpha((unsigned char)*at) ? at : NULL;
}

/* Lines that are no complaint: quotes, states of registers and stack, statistics. */
static bool is_noise(const char *line, size_t len)
{
	static const char *const starts[] = {
		"processed ", "verification time", "stack depth", "func#",  "max_states",
		"from ",      "mark_precise",	   "last_idx",	  "parent ", "regs=",
		"Func#",      "Validating ",	   "caller:",	  "callee:", "returning from",
		"calling ",   "propagating ",	   "arg",	"cur state:", "old state:",
	};

	if (!len || *line == ';' || isdigit((unsigned char)*line))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (text_starts_with(line, starts[i]))
			return true;
	return false;
}

static const char *log_tail(const char *log)
{
	size_t len = strlen(log);
	const char *newline;

	if (len <= TAIL_BYTES)
		return log;
	newline = strchr(log + len - TAIL_BYTES, '\n');
	return newline ? newline + 1 : log + len;
}

static void set_words(struct verdict *out, const char *line, size_t len)
{
	snprintf(out->words, sizeof(out->words), "%.*s", (int)MIN(len, sizeof(out->words) - 1), line);
}

static void apply(const struct rule *rule, const struct piece *runs, struct verdict *out)
{
	out->id = rule->id;
	fill(out->text, sizeof(out->text), rule->text, runs);
	fill(out->hint, sizeof(out->hint), rule->hint ?: rule->id == DIAG_VERIFIER_INTERNAL ?
							 internal_hint : NULL, runs);
	if (rule->is_at_first && runs[0].len) {
		out->insn = (uint32_t)strtoul(runs[0].text, NULL, 10);
		out->has_insn = true;
	}
}

/* The end of the matter without a complaint that is known. */
static void judge_error(int err, struct verdict *out)
{
	out->id = err == -EPERM ? DIAG_VERIFIER_PERMISSION :
		  err == -E2BIG && !*out->words ? DIAG_VERIFIER_SIZE : DIAG_VERIFIER_OTHER;
	snprintf(out->text, sizeof(out->text), "%s", verifier_error_text(err));
	if (out->id == DIAG_VERIFIER_OTHER && *out->words)
		snprintf(out->hint, sizeof(out->hint), "-v shows all that the verifier said");
	if (out->id == DIAG_VERIFIER_SIZE)
		snprintf(out->hint, sizeof(out->hint), "a BPF program has at most a million "
			 "instructions; use a loop instead of repetition, or several probes");
}

/* What the verifier says when it has followed as many instructions as it may. */
static const char too_many[] = "BPF program is too large. Processed 1000001 insn";

void verifier_judge(int err, const char *log, struct verdict *out)
{
	const struct rule *found = NULL;
	struct piece runs[RUNS];

	*out = (struct verdict){ .id = DIAG_VERIFIER_OTHER };
	for (const char *line = log ? log_tail(log) : ""; *line;) {
		size_t len = strcspn(line, "\n");
		const char *complaint;
		const struct rule *rule;
		uint32_t number;

		if (is_instruction(line, len, &number)) {
			out->insn = number;
			out->has_insn = true;
			complaint = complaint_after_jump(line, len);
			if (complaint) {
				line = complaint;
				continue;
			}
		} else if (!is_noise(line, len)) {
			rule = find_rule(line, len, runs);
			if (rule || !found)
				set_words(out, line, len);
			if (rule)
				apply(rule, runs, out);
			found = rule ?: found;
		}
		line += len + (line[len] == '\n');
	}
	/* Kernels before 6.4 (121664093803) keep the beginning of a log that is too long, and what it ends
	 * with is missing. Once instructions were followed, only their number is too large. */
	if (!found && err == -E2BIG && log && *log) {
		found = find_rule(too_many, sizeof(too_many) - 1, runs);
		set_words(out, too_many, sizeof(too_many) - 1);
		apply(found, runs, out);
	}
	if (!found)
		judge_error(err, out);
}

/* --- the message ------------------------------------------------------------------------------ */

static struct bpf_line_info record(const struct bpf_link_infos *places, uint32_t i)
{
	struct bpf_line_info info = { 0 };

	memcpy(&info, places->records + (size_t)i * places->size,
	       MIN(sizeof(info), (size_t)places->size));
	return info;
}

/* The number of the last record at or before the instruction; those that the compiler made of several
 * places have number 0. */
static uint32_t place_number(const struct bpf_link_infos *places, uint32_t insn)
{
	uint32_t low = 0, high = places->count, number = 0;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (record(places, middle).insn_off <= insn)
			low = middle + 1;
		else
			high = middle;
	}
	while (low-- > 0 && !number)
		number = BPF_LINE_INFO_LINE_NUM(record(places, low).line_col);
	return number;
}

static bool find_place(const struct refusal *r, uint32_t insn, struct program_place *out)
{
	return r->recompiler && r->places &&
	       r->recompiler->place(r->recompiler->context, place_number(r->places, insn), out);
}

/* The log, with the script's lines between the instructions. */
static void show_log(const struct refusal *r)
{
	struct program_place at, last = { 0 };
	uint32_t insn;

	for (const char *line = r->log; *line;) {
		size_t len = strcspn(line, "\n");

		if (is_instruction(line, len, &insn) && find_place(r, insn, &at) &&
		    (at.line != last.line || at.column != last.column)) {
			log_verbose("; %s:%u:%u: %s", at.file, at.line, at.column, at.text);
			last = at;
		}
		log_verbose("%.*s", (int)len, line);
		line += len + (line[len] == '\n');
	}
}

void verifier_explain(const struct refusal *r)
{
	auto_strbuf struct strbuf text = STRBUF_INIT;
	struct program_place at;
	struct verdict v;

	verifier_judge(r->err, r->log, &v);
	strbuf_printf(&text, "unable to load %s: %s", r->probe, v.text);
	if (log_is_verbose())
		strbuf_printf(&text, " [%s]", diag_id_name(v.id));
	if (*v.words)
		strbuf_printf(&text, "\nAdditional Info - verifier: %s", v.words);
	if (v.has_insn && find_place(r, v.insn, &at))
		diag_print_at(stderr, r->reporter->use_color, "ERROR", at.file, at.line, at.column,
			      at.column_end, strbuf_text(&text), at.text);
	else
		report_error(r->reporter, r->site, "%s", strbuf_text(&text));
	if (*v.hint)
		fprintf(stderr, "HINT: %s\n", v.hint);
	if (log_is_verbose() && r->log)
		show_log(r);
}
