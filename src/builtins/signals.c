/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changes the traced program: signal() signal_thread() override(), and unwatch().
 *
 * A signal goes to the current process or thread. Its number is checked where it is known, which is
 * while compiling for literals. override() sets the result of a function at whose beginning a
 * kprobe is. unwatch() belongs to a probe type that is not there yet.
 */
#include <ctype.h>
#include <errno.h>
#include <linux/bpf.h>
#include <signal.h>
#include <string.h>
#include "builtins/hooks.h"
#include "program/events.h"
#include "util/text.h"

#define SIGNAL_TYPES                                                                               \
	"kprobe, kretprobe, uprobe, uretprobe, usdt, tracepoint, profile, fentry, fexit, "         \
	"rawtracepoint"
#define SIGNAL_MAX 64

static const struct {
	const char *name;
	int number;
} signals[] = {
#define SIGNAL(name) { #name, SIG##name }
	SIGNAL(ABRT), SIGNAL(ALRM), SIGNAL(BUS),  SIGNAL(CHLD),	  SIGNAL(CONT),	 SIGNAL(FPE),
	SIGNAL(HUP),  SIGNAL(ILL),  SIGNAL(INT),  SIGNAL(KILL),	  SIGNAL(PIPE),	 SIGNAL(POLL),
	SIGNAL(QUIT), SIGNAL(SEGV), SIGNAL(STOP), SIGNAL(SYS),	  SIGNAL(TERM),	 SIGNAL(TRAP),
	SIGNAL(TSTP), SIGNAL(TTIN), SIGNAL(TTOU), SIGNAL(URG),	  SIGNAL(USR1),	 SIGNAL(USR2),
	SIGNAL(VTALRM), SIGNAL(WINCH), SIGNAL(XCPU), SIGNAL(XFSZ),
#undef SIGNAL
};

/* The row for which there are helpers that send: to the process, to the thread. */
static const struct sender {
	const char *name;
	int helper;
	const char *helper_name;
} senders[] = {
	{ "signal", BPF_FUNC_send_signal, "send_signal" },
	{ "signal_thread", BPF_FUNC_send_signal_thread, "send_signal_thread" },
};

static const struct sender *sender_of(const struct expr *e)
{
	return &senders[!strcmp(e->call.builtin->name, "signal_thread")];
}

static bool can_signal(const struct probe *p)
{
	static const char *const types[] = { "kprobe", "kretprobe", "tracepoint", "rawtracepoint",
					     "fentry", "fexit", "profile" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (!strcmp(p->ops->name, types[i]))
			return true;
	}
	return false;
}

static int signal_number(struct sema *s, const struct expr *name, uint64_t *number)
{
	size_t len;
	const char *text = sema_literal_string(name, &len);
	char *bare = arena_strdup(s->arena, strncasecmp(text, "SIG", 3) ? text : text + 3);
	struct text_nearest nearest;

	for (char *c = bare; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	text_nearest_init(&nearest, bare);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		if (!strcmp(signals[i].name, bare)) {
			*number = (uint64_t)signals[i].number;
			return 0;
		}
		text_nearest_offer(&nearest, signals[i].name);
	}
	diag_did_you_mean(diag_error(s->diag, DIAG_SIGNAL, name->loc, "there is no signal '%s'",
				     text),
			  nearest.best);
	return -EINVAL;
}

static int check_number(struct sema *s, const struct expr *arg)
{
	bool is_negative;
	uint64_t number;

	if (!sema_literal_int(arg, &number, &is_negative))
		return 0;
	if (!is_negative && number >= 1 && number <= SIGNAL_MAX)
		return 0;
	diag_error(s->diag, DIAG_SIGNAL, arg->loc, "signals are numbered from 1 to %d", SIGNAL_MAX);
	return -EINVAL;
}

static int check_signal(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot, *arg = call_arg(e, 0);
	uint64_t number;
	size_t len;

	for (size_t i = 0; i < s->body->probes.count; i++) {
		if (!can_signal(s->body->probes.items[i]))
			return not_in_this_probe(s, e, SIGNAL_TYPES, NULL);
	}
	if (!sema_literal_string(arg, &len))
		return check_number(s, arg);
	if (signal_number(s, arg, &number))
		return -EINVAL;
	e->call.args.items[0] = expr_integer(s->arena, arg->loc, number);
	e->call.args.items[0]->type = type_int(&s->types, 4, false);
	return 0;
}

static void plan_signal(struct sema *s, struct expr *e, struct program_action *action)
{
	(void)action;
	e->site = sema_add_site(s, e->loc, sender_of(e)->helper_name, false);
}

static void send(struct codegen *cg, const struct expr *e, LLVMValueRef number)
{
	LLVMBasicBlockRef failed = cg_block(cg, "failed"), sent = cg_block(cg, "sent");
	LLVMValueRef result;

	number = LLVMBuildTrunc(cg->builder, number, cg->i32, "");
	result = cg_helper(cg, sender_of(e)->helper, &number, 1);
	cg_branch(cg, ir_compare(cg, LLVMIntSLT, result, cg_const(cg, 0)), failed, sent, failed);
	cg_runtime_error(cg, e, ERROR_HELPER, result);
	cg_jump(cg, sent, sent);
}

/* The kernel takes 0 for a test whether it could be done, and higher numbers for a mistake. */
static void send_checked(struct codegen *cg, const struct expr *e, LLVMValueRef number)
{
	LLVMBasicBlockRef good = cg_block(cg, "good"), bad = cg_block(cg, "bad");
	LLVMBasicBlockRef done = cg_block(cg, "done");
	LLVMValueRef from_zero = ir_sub(cg, number, cg_const(cg, 1));

	cg_branch(cg, ir_compare(cg, LLVMIntULT, from_zero, cg_const(cg, SIGNAL_MAX)), good, bad,
		  good);
	send(cg, e, number);
	cg_jump(cg, done, bad);
	cg_runtime_error(cg, e, ERROR_SIGNAL_RANGE, number);
	cg_jump(cg, done, done);
}

static int emit_signal(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		       struct cg_value *out)
{
	LLVMValueRef number;
	int err = cg_emit_i64(cg, call_arg(e, 0), &number);

	(void)into;
	if (err)
		return err;
	if (LLVMIsAConstantInt(number))
		send(cg, e, number);
	else
		send_checked(cg, e, number);
	set_void(e, out);
	return 0;
}

/* --- override --------------------------------------------------------------------------------- */

static int check_override(struct sema *s, struct expr **slot)
{
	for (size_t i = 0; i < s->body->probes.count; i++) {
		const struct probe *p = s->body->probes.items[i];

		if (strcmp(p->ops->name, "kprobe"))
			return not_in_this_probe(s, *slot, "kprobe", NULL);
		if (!p->offset)
			continue;
		diag_error(s->diag, DIAG_PROBE_OFFSET, (*slot)->loc,
			   "override() works at the beginning of a function only");
		return -EINVAL;
	}
	return 0;
}

static int emit_override(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			 struct cg_value *out)
{
	LLVMValueRef args[2] = { cg_context(cg) };
	int err = cg_emit_i64(cg, call_arg(e, 0), &args[1]);

	(void)into;
	if (err)
		return err;
	cg_helper(cg, BPF_FUNC_override_return, args, ARRAY_SIZE(args));
	set_void(e, out);
	return 0;
}

/* --- of a probe type to come ------------------------------------------------------------------ */

static int check_unwatch(struct sema *s, struct expr **slot)
{
	diag_error(s->diag, DIAG_NOT_SUPPORTED, (*slot)->loc,
		   "unwatch() ends a watchpoint, a type of probe that is not supported yet");
	return -EINVAL;
}

const struct builtin builtins_signals[] = {
	{ .name = "signal", .signature = "signal(int|#string) -> void", .flags = BUILTIN_UNSAFE,
	  .help = "Sends a signal to the current process.",
	  .check = check_signal, .plan = plan_signal, .emit = emit_signal },
	{ .name = "signal_thread", .signature = "signal_thread(int|#string) -> void",
	  .flags = BUILTIN_UNSAFE, .help = "Sends a signal to the current thread.",
	  .check = check_signal, .plan = plan_signal, .emit = emit_signal },
	{ .name = "override", .signature = "override(int) -> void",
	  .flags = BUILTIN_UNSAFE | BUILTIN_CONTEXT | BUILTIN_NO_LINKS,
	  .help = "Makes the traced function of the kernel return this value at once.",
	  .check = check_override, .emit = emit_override },
	{ .name = "unwatch", .signature = "unwatch(int) -> void",
	  .help = "Ends the watchpoint on an address.", .check = check_unwatch },
	{ 0 },
};
