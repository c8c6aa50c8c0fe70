/* SPDX-License-Identifier: Apache-2.0 */
/* See grammar.h. Each production appends text; tables hold what differs only in words. */
#include "grammar.h"

#define DEPTH_MAX 6

void grammar_init(struct grammar *g, uint64_t seed, struct strbuf *out)
{
	*g = (struct grammar){ .state = seed * 0x9e3779b97f4a7c15 + 0x1234567, .out = out };
	g->state |= 1;
}

/* xorshift64*. */
uint32_t grammar_random(struct grammar *g, uint32_t below)
{
	g->state ^= g->state >> 12;
	g->state ^= g->state << 25;
	g->state ^= g->state >> 27;
	return (uint32_t)((g->state * 0x2545f4914f6cdd1d) >> 33) % below;
}

static bool chance(struct grammar *g, uint32_t percent)
{
	return grammar_random(g, 100) < percent;
}

static void put(struct grammar *g, const char *text)
{
	strbuf_add_text(g->out, text);
}

static void pick(struct grammar *g, const char *const *words, size_t count)
{
	put(g, words[grammar_random(g, (uint32_t)count)]);
}
#define PICK(g, words) pick(g, words, ARRAY_SIZE(words))

static void expr(struct grammar *g, enum grammar_kind kind)
{
	g->depth++;
	grammar_expr(g, kind);
	g->depth--;
}

/* --- leaves ----------------------------------------------------------------------------------- */

static const char *const odd_numbers[] = {
	"0", "1", "2", "7", "8", "255", "256", "65535", "65536", "2147483647", "4294967295",
	"9223372036854775807", "18446744073709551615", "0x7f", "0XFF", "0644", "1e3", "5e9", "1_000",
	"3ms", "2s", "7us", "1h", "100ull", "5ll", "0b101",
};
static const char *const task_numbers[] = {
	"pid", "tid", "uid", "gid", "cpu", "nsecs", "elapsed", "rand", "cgroup", "ncpus", "jiffies",
	"numaid", "ppid", "nsecs(monotonic)", "pid(init)", "leader_tid", "usermode", "cpid",
	"kernel_version", "lost()", "$1", "$#",
};
static const char *const int_types[] = { "int8", "int16", "int32", "int64", "uint8", "uint16",
					 "uint32", "uint64", "bool", "u32", "size_t", "pid_t" };

static void number(struct grammar *g)
{
	if (chance(g, 30))
		PICK(g, odd_numbers);
	else
		strbuf_printf(g->out, "%u", grammar_random(g, chance(g, 50) ? 10 : 100000));
}

/* A variable in scope of that kind; false if there is none. */
static bool variable(struct grammar *g, enum grammar_kind kind)
{
	uint32_t start = grammar_random(g, GRAMMAR_VARIABLES_MAX);

	for (uint32_t i = 0; i < g->variable_count; i++) {
		const struct grammar_variable *v =
			&g->variables[(start + i) % g->variable_count];

		if (v->kind != kind)
			continue;
		strbuf_printf(g->out, "$v%u", v->name);
		return true;
	}
	return false;
}

/* Maps have one kind each: @i scalar, @ik keyed integers, @s, @sk strings, @t tuples, aggregations
 * by name. */
static void int_map(struct grammar *g)
{
	static const char *const maps[] = { "@i", "@j", "@cnt", "@tot", "@least", "@most" };
	static const char *const keyed[] = { "@ik", "@cntk", "@sumk", "@avgk" };

	if (chance(g, 50)) {
		PICK(g, maps);
		return;
	}
	PICK(g, keyed);
	put(g, "[");
	expr(g, GRAMMAR_INT);
	put(g, "]");
}

/* --- integers --------------------------------------------------------------------------------- */

static void binary(struct grammar *g, enum grammar_kind left, const char *op,
		   enum grammar_kind right)
{
	put(g, "(");
	expr(g, left);
	put(g, op);
	expr(g, right);
	put(g, ")");
}

static void int_operator(struct grammar *g)
{
	static const char *const operators[] = { " + ", " - ", " * ", " / ", " % ", " & ", " | ",
						 " ^ ", " << ", " >> " };

	uint32_t which = grammar_random(g, ARRAY_SIZE(operators));

	if (which < 8 || chance(g, 10)) {
		binary(g, GRAMMAR_INT, operators[which], GRAMMAR_INT);
		return;
	}
	put(g, "(");
	expr(g, GRAMMAR_INT);
	strbuf_printf(g->out, "%s%u)", operators[which], grammar_random(g, 64));
}

static void conditional(struct grammar *g, enum grammar_kind kind)
{
	if (chance(g, 60)) {
		put(g, "(");
		expr(g, GRAMMAR_BOOL);
		put(g, " ? ");
		expr(g, kind);
		put(g, " : ");
		expr(g, kind);
		put(g, ")");
		return;
	}
	put(g, "(if (");
	expr(g, GRAMMAR_BOOL);
	put(g, ") { ");
	expr(g, kind);
	put(g, " } else { ");
	expr(g, kind);
	put(g, " })");
}

static void call2(struct grammar *g, const char *name, enum grammar_kind a, enum grammar_kind b)
{
	put(g, name);
	put(g, "(");
	expr(g, a);
	put(g, ", ");
	expr(g, b);
	put(g, ")");
}

static void call1(struct grammar *g, const char *name, enum grammar_kind a)
{
	put(g, name);
	put(g, "(");
	expr(g, a);
	put(g, ")");
}

static void defined_call(struct grammar *g)
{
	if (g->macros && chance(g, 50)) {
		strbuf_printf(g->out, "m%u(", grammar_random(g, g->macros));
		expr(g, GRAMMAR_INT);
		put(g, ")");
	} else if (g->functions) {
		strbuf_printf(g->out, "f%u(", grammar_random(g, g->functions));
		expr(g, GRAMMAR_INT);
		put(g, ", ");
		expr(g, GRAMMAR_INT);
		put(g, ")");
	} else {
		number(g);
	}
}

static void rare_int(struct grammar *g)
{
	switch (grammar_random(g, 13)) {
	case 0:
		put(g, "sizeof(");
		if (chance(g, 50))
			PICK(g, int_types);
		else
			expr(g, grammar_random(g, GRAMMAR_KINDS));
		put(g, ")");
		break;
	case 1:
		call1(g, "strlen", GRAMMAR_STRING);
		break;
	case 2:
		put(g, "strncmp(");
		expr(g, GRAMMAR_STRING);
		put(g, ", ");
		expr(g, GRAMMAR_STRING);
		strbuf_printf(g->out, ", %u)", grammar_random(g, 20));
		break;
	case 3:
		call2(g, "strstr", GRAMMAR_STRING, GRAMMAR_STRING);
		break;
	case 4:
		expr(g, GRAMMAR_TUPLE);
		put(g, ".0");
		break;
	case 5:
		put(g, "((uint8[4])(uint32)");
		expr(g, GRAMMAR_INT);
		strbuf_printf(g->out, ")[%u]", grammar_random(g, 5));
		break;
	case 6:
		put(g, "{ ");
		grammar_statement(g);
		expr(g, GRAMMAR_INT);
		put(g, " }");
		break;
	case 7:
		put(g, "len(@ik)");
		break;
	case 8:
		call1(g, "bswap", GRAMMAR_INT);
		break;
	case 9:
		put(g, "curtask.");
		put(g, chance(g, 50) ? "pid" : "group_leader.tgid");
		break;
	case 10:
		put(g, "comptime ");
		number(g);
		break;
	case 11:
		expr(g, GRAMMAR_STRING);
		strbuf_printf(g->out, "[%u]", grammar_random(g, 4));
		break;
	default:
		defined_call(g);
	}
}

static void int_expr(struct grammar *g)
{
	static const char *const unary[] = { "-", "~", "!" };

	if (g->depth > DEPTH_MAX || chance(g, 25)) {
		if (chance(g, 45) && variable(g, GRAMMAR_INT))
			return;
		if (!g->is_tame && chance(g, 40))
			PICK(g, task_numbers);
		else
			number(g);
		return;
	}
	switch (grammar_random(g, 8)) {
	case 0:
		put(g, "(");
		PICK(g, unary);
		expr(g, GRAMMAR_INT);
		put(g, ")");
		break;
	case 1:
		put(g, "(");
		PICK(g, int_types);
		put(g, ")");
		expr(g, GRAMMAR_INT);
		break;
	case 2:
		conditional(g, GRAMMAR_INT);
		break;
	case 3:
		int_map(g);
		break;
	case 4:
		rare_int(g);
		break;
	default:
		int_operator(g);
	}
}

/* --- other kinds ------------------------------------------------------------------------------ */

static void bool_expr(struct grammar *g)
{
	static const char *const comparisons[] = { " == ", " != ", " < ", " > ", " <= ", " >= " };
	static const char *const words[] = { "true", "false", "has_key(@ik, 1)", "delete(@ik, 2)" };

	if (g->depth > DEPTH_MAX) {
		pick(g, words, 2);
		return;
	}
	switch (grammar_random(g, 9)) {
	case 0:
		PICK(g, words);
		break;
	case 1:
		binary(g, GRAMMAR_BOOL, chance(g, 50) ? " && " : " || ", GRAMMAR_BOOL);
		break;
	case 2:
		put(g, "(!");
		expr(g, chance(g, 50) ? GRAMMAR_BOOL : GRAMMAR_INT);
		put(g, ")");
		break;
	case 3:
		binary(g, GRAMMAR_STRING, chance(g, 50) ? " == " : " != ", GRAMMAR_STRING);
		break;
	case 4:
		binary(g, GRAMMAR_TUPLE, " == ", GRAMMAR_TUPLE);
		break;
	case 5:
		if (!variable(g, GRAMMAR_BOOL))
			call2(g, "strcontains", GRAMMAR_STRING, GRAMMAR_STRING);
		break;
	default:
		binary(g, GRAMMAR_INT, comparisons[grammar_random(g, ARRAY_SIZE(comparisons))],
		       GRAMMAR_INT);
	}
}

static const char *const literals[] = {
	"\"\"", "\"a\"", "\"hello, world\"", "\"\\x01\\n\\\"\"", "\"abc\" + 1", "\"%d\"",
	"\"0123456789012345678901234567890123456789012345678901234567890123456789\"",
	"\"\\303\\244\"",
};

static void string_expr(struct grammar *g)
{
	static const char *const task_strings[] = { "comm", "pcomm", "probe", "str($1)",
						    "str(\"abcdef\", 3)", "leader_comm" };

	if (g->depth > DEPTH_MAX || chance(g, 35)) {
		if (!chance(g, 40) || !variable(g, GRAMMAR_STRING))
			PICK(g, literals);
		return;
	}
	switch (grammar_random(g, 9)) {
	case 0:
		conditional(g, GRAMMAR_STRING);
		break;
	case 1:
		expr(g, GRAMMAR_TUPLE);
		put(g, ".1");
		break;
	case 2:
		put(g, "@s");
		break;
	case 3:
		put(g, "@sk[");
		expr(g, GRAMMAR_STRING);
		put(g, "]");
		break;
	case 4:
		call2(g, "str_concat", GRAMMAR_STRING, GRAMMAR_STRING);
		break;
	case 5:
		call1(g, chance(g, 50) ? "strerror" : "signal_name", GRAMMAR_INT);
		break;
	case 6:
		put(g, "substr(");
		expr(g, GRAMMAR_STRING);
		strbuf_printf(g->out, ", %u, %u)", grammar_random(g, 5), grammar_random(g, 9));
		break;
	default:
		if (g->is_tame)
			PICK(g, literals);
		else
			PICK(g, task_strings);
	}
}

static void tuple_expr(struct grammar *g)
{
	if (chance(g, 20) && variable(g, GRAMMAR_TUPLE))
		return;
	if (chance(g, 10)) {
		put(g, "@t");
		return;
	}
	if (chance(g, 10) && g->depth <= DEPTH_MAX) {
		conditional(g, GRAMMAR_TUPLE);
		return;
	}
	put(g, "(");
	expr(g, GRAMMAR_INT);
	put(g, ", ");
	expr(g, GRAMMAR_STRING);
	put(g, ")");
}

void grammar_expr(struct grammar *g, enum grammar_kind kind)
{
	switch (kind) {
	case GRAMMAR_INT:
		int_expr(g);
		break;
	case GRAMMAR_BOOL:
		bool_expr(g);
		break;
	case GRAMMAR_STRING:
		string_expr(g);
		break;
	case GRAMMAR_TUPLE:
		tuple_expr(g);
		break;
	case GRAMMAR_KINDS:
		break;
	}
}

/* --- statements ------------------------------------------------------------------------------- */

static void block(struct grammar *g)
{
	uint32_t variables = g->variable_count, count = 1 + grammar_random(g, 3);

	put(g, "{ ");
	g->depth++;
	while (count--)
		grammar_statement(g);
	g->depth--;
	put(g, "}");
	g->variable_count = variables;
}

static void new_variable(struct grammar *g, enum grammar_kind kind)
{
	uint32_t name = g->next_variable++;

	strbuf_printf(g->out, "$v%u", name);
	if (g->variable_count < GRAMMAR_VARIABLES_MAX)
		g->variables[g->variable_count++] =
			(struct grammar_variable){ .name = name, .kind = kind };
}

/* The variable is in scope after its value, not in it. */
static void declaration(struct grammar *g)
{
	enum grammar_kind kind = grammar_random(g, GRAMMAR_KINDS);
	auto_strbuf struct strbuf value = STRBUF_INIT;
	struct strbuf *out = g->out;

	g->out = &value;
	expr(g, kind);
	g->out = out;
	if (chance(g, 40))
		put(g, "let ");
	new_variable(g, kind);
	strbuf_printf(g->out, " = %s; ", strbuf_text(&value));
}

static void map_assignment(struct grammar *g)
{
	static const struct {
		const char *target;
		enum grammar_kind key, value; /* GRAMMAR_KINDS: no key */
	} rows[] = {
		{ "@i", GRAMMAR_KINDS, GRAMMAR_INT },	  { "@j", GRAMMAR_KINDS, GRAMMAR_INT },
		{ "@ik", GRAMMAR_INT, GRAMMAR_INT },	  { "@s", GRAMMAR_KINDS, GRAMMAR_STRING },
		{ "@sk", GRAMMAR_STRING, GRAMMAR_STRING }, { "@t", GRAMMAR_KINDS, GRAMMAR_TUPLE },
		{ "@tk", GRAMMAR_TUPLE, GRAMMAR_INT },	  { "@b", GRAMMAR_KINDS, GRAMMAR_BOOL },
	};
	uint32_t row = grammar_random(g, ARRAY_SIZE(rows));

	put(g, rows[row].target);
	if (rows[row].key != GRAMMAR_KINDS) {
		put(g, "[");
		expr(g, rows[row].key);
		put(g, "]");
	}
	put(g, rows[row].value == GRAMMAR_INT && chance(g, 30) ? " += " : " = ");
	expr(g, rows[row].value);
	put(g, "; ");
}

static void aggregation(struct grammar *g)
{
	static const struct {
		const char *map, *call, *tail; /* call NULL: no argument */
	} rows[] = {
		{ "@cnt", "count(", NULL },	  { "@tot", "sum(", ")" },
		{ "@least", "min(", ")" },	  { "@most", "max(", ")" },
		{ "@mean", "avg(", ")" },	  { "@st", "stats(", ")" },
		{ "@h", "hist(", ")" },		  { "@h2", "hist(", ", 2)" },
		{ "@lh", "lhist(", ", 0, 100, 10)" }, { "@q", "quantile(", ")" },
	};
	static const char *const keyed[] = { "@cntk", "@sumk", "@avgk", "@hk" };
	static const char *const calls[] = { "count(", "sum(", "avg(", "hist(" };
	uint32_t row;

	if (chance(g, 40)) {
		row = grammar_random(g, ARRAY_SIZE(keyed));
		put(g, keyed[row]);
		put(g, "[");
		expr(g, GRAMMAR_INT);
		strbuf_printf(g->out, "] = %s", calls[row]);
		if (row)
			expr(g, GRAMMAR_INT);
		put(g, "); ");
		return;
	}
	row = grammar_random(g, ARRAY_SIZE(rows));
	strbuf_printf(g->out, "%s = %s", rows[row].map, rows[row].call);
	if (rows[row].tail)
		expr(g, GRAMMAR_INT);
	put(g, rows[row].tail ? rows[row].tail : ")");
	put(g, "; ");
}

static void print_statement(struct grammar *g)
{
	static const char *const whole[] = { "print(@ik); ", "clear(@ik); ", "zero(@cntk); ",
					     "print(@h); ", "print(@sk, 3); ", "time(); ",
					     "delete(@i); ", "clear(@t); " };

	if (chance(g, 30)) {
		PICK(g, whole);
		return;
	}
	put(g, "print(");
	expr(g, grammar_random(g, GRAMMAR_KINDS));
	put(g, "); ");
}

static void printf_statement(struct grammar *g)
{
	static const char *const numbers[] = { "%d", "%u", "%x", "%5ld", "%-8d|", "%lx", "%08llx",
					       "%c", "%hhd", "%p", "%o", "%+d", "% d", "%s" };
	static const char *const strings[] = { "%s", "%-10s|", "%5s", "%.3s", "%r", "%rx" };
	enum grammar_kind kinds[4];
	uint32_t count = grammar_random(g, 4);

	put(g, chance(g, 10) ? "warnf(\"" : "printf(\"");
	for (uint32_t i = 0; i < count; i++) {
		kinds[i] = chance(g, 60) ? GRAMMAR_INT : GRAMMAR_STRING;
		if (kinds[i] == GRAMMAR_INT)
			PICK(g, numbers);
		else
			PICK(g, strings);
		put(g, " ");
	}
	put(g, "\\n\"");
	for (uint32_t i = 0; i < count; i++) {
		put(g, ", ");
		expr(g, kinds[i]);
	}
	put(g, "); ");
}

static void in_loop(struct grammar *g, uint32_t is_callback)
{
	g->loops++;
	g->callbacks += is_callback;
	block(g);
	g->callbacks -= is_callback;
	g->loops--;
	put(g, " ");
}

static void loop(struct grammar *g)
{
	uint32_t variables = g->variable_count;
	uint32_t name;

	switch (grammar_random(g, 4)) {
	case 0:
		put(g, "for (");
		new_variable(g, GRAMMAR_INT);
		strbuf_printf(g->out, " : %u..%u) ", grammar_random(g, 4), grammar_random(g, 40));
		in_loop(g, 1);
		break;
	case 1:
		name = g->next_variable++;
		strbuf_printf(g->out, "for ($v%u : @ik) ", name);
		in_loop(g, 1);
		break;
	case 2:
		strbuf_printf(g->out, "unroll (%u) ", 1 + grammar_random(g, 6));
		block(g);
		put(g, " ");
		break;
	default:
		name = g->next_variable++;
		strbuf_printf(g->out, "let $w%u = 0; while ($w%u++ < %u) ", name, name,
			      grammar_random(g, 12));
		in_loop(g, 0);
	}
	g->variable_count = variables;
}

static void if_statement(struct grammar *g)
{
	put(g, "if (");
	expr(g, chance(g, 70) ? GRAMMAR_BOOL : GRAMMAR_INT);
	put(g, ") ");
	block(g);
	if (chance(g, 40)) {
		put(g, " else ");
		if (chance(g, 30))
			if_statement(g);
		else
			block(g);
	}
	put(g, " ");
}

static void rare_statement(struct grammar *g)
{
	static const char *const jumps[] = { "break; ", "continue; " };
	static const char *const increments[] = { "@i++; ", "--@j; ", "@ik[3]++; ", "++@ik[pid]; " };

	switch (grammar_random(g, 8)) {
	case 0:
		put(g, "_ = ");
		expr(g, grammar_random(g, GRAMMAR_KINDS));
		put(g, "; ");
		break;
	case 1:
		if (g->loops)
			PICK(g, jumps);
		break;
	case 2:
		if (!g->callbacks && chance(g, 20))
			put(g, "exit(); ");
		break;
	case 3:
		if (chance(g, 30))
			put(g, "return; ");
		break;
	case 4:
		put(g, "delete(@tk, ");
		expr(g, GRAMMAR_TUPLE);
		put(g, "); ");
		break;
	case 5:
		block(g);
		put(g, " ");
		break;
	case 6:
		put(g, "@stamp = strftime(\"%H\", nsecs); ");
		break;
	default:
		PICK(g, increments);
	}
}

void grammar_statement(struct grammar *g)
{
	if (!g->budget) {
		put(g, "@j++; ");
		return;
	}
	g->budget--;
	switch (grammar_random(g, g->depth > DEPTH_MAX / 2 ? 7 : 10)) {
	case 0:
	case 1:
		declaration(g);
		break;
	case 2:
		map_assignment(g);
		break;
	case 3:
		aggregation(g);
		break;
	case 4:
		printf_statement(g);
		break;
	case 5:
		print_statement(g);
		break;
	case 6:
		rare_statement(g);
		break;
	case 7:
		loop(g);
		break;
	default:
		if_statement(g);
	}
}

/* --- programs --------------------------------------------------------------------------------- */

static void macro(struct grammar *g)
{
	static const char *const bodies[] = {
		"x + 1", "let $y = x; $y * 2", "if (x > 3) { x } else { 0 }", "x; x",
		"let $s = 0; for ($i : 0..3) { $s += x; } $s", "sizeof(x)", "let $v: int64 = 1; $v",
		"exit(); 1", "let $x = 7; let $y = $x; { let $z = x; $z + $y }",
	};
	static const char *const shadows[] = { "$x", "@x", "x, y", "" };

	strbuf_printf(g->out, "macro m%u(x) { ", g->macros);
	if (g->macros && chance(g, 30))
		strbuf_printf(g->out, "m%u(x) + m%u(m%u(2))", g->macros - 1, g->macros - 1,
			      g->macros - 1);
	else
		PICK(g, bodies);
	put(g, " } ");
	if (chance(g, 30))
		strbuf_printf(g->out, "macro m%u(%s) { 3 } ", g->macros,
			      shadows[grammar_random(g, ARRAY_SIZE(shadows))]);
	g->macros++;
}

static void definitions(struct grammar *g)
{
	if (chance(g, 15))
		put(g, "struct s { int a; char b[8]; unsigned c:3; }; ");
	if (chance(g, 15))
		put(g, "config = { max_strlen = 64; on_stack_limit = 16 } ");
	if (chance(g, 15))
		strbuf_printf(g->out, "let @ik = %s(%u); ", chance(g, 50) ? "hash" : "lruhash",
			      1 + grammar_random(g, 100));
	for (uint32_t n = grammar_random(g, 3); chance(g, 30) && n; n--)
		macro(g);
	if (chance(g, 20)) {
		strbuf_printf(g->out, "fn f%u($a : int64, $b : int64) : int64 { ", g->functions);
		put(g, chance(g, 50) ? "return $a * $b; } " : "if ($a > $b) { return 1; } @i++; return $b; } ");
		g->functions++;
	}
}

/* Every map gets its type, so that what reads one need not be lucky. */
static void prelude(struct grammar *g)
{
	put(g, "begin { @i = 0; @j = 0; @ik[0] = 0; @s = \"\"; @sk[\"\"] = \"\"; @t = (0, \"\"); "
	       "@tk[(0, \"\")] = 0; @cnt = count(); @tot = sum(1); @least = min(1); @most = max(1); "
	       "@cntk[0] = count(); @sumk[0] = sum(1); @avgk[0] = avg(1); @h = hist(1); }\n");
}

static void probe(struct grammar *g)
{
	static const char *const points[] = {
		"begin", "begin", "begin", "end", "interval:ms:10", "profile:hz:99",
		"tracepoint:sched:sched_switch", "rawtracepoint:sched_switch",
		"tracepoint:syscalls:sys_enter_openat", "self:signal:SIGUSR1",
	};

	g->variable_count = 0;
	if (g->is_tame)
		put(g, "begin");
	else
		PICK(g, points);
	put(g, " ");
	if (chance(g, 20)) {
		put(g, "/");
		expr(g, GRAMMAR_BOOL);
		put(g, "/ ");
	}
	block(g);
	put(g, "\n");
}

void grammar_program(struct grammar *g)
{
	uint32_t probes = 1 + grammar_random(g, 2);

	g->budget = 4 + grammar_random(g, 20);
	definitions(g);
	if (chance(g, 90))
		prelude(g);
	while (probes--)
		probe(g);
}

void grammar_piece(struct grammar *g)
{
	g->budget = 1 + grammar_random(g, 4);
	g->depth = grammar_random(g, DEPTH_MAX);
	g->next_variable = grammar_random(g, 4);
	for (uint32_t i = 0; i < g->next_variable; i++)
		g->variables[g->variable_count++] = (struct grammar_variable){
			.name = i, .kind = grammar_random(g, GRAMMAR_KINDS)
		};
	switch (grammar_random(g, 4)) {
	case 0:
		grammar_statement(g);
		break;
	case 1:
		definitions(g);
		break;
	default:
		grammar_expr(g, grammar_random(g, GRAMMAR_KINDS));
	}
}
