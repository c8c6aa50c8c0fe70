/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lost(): the ledger of lost and wrong data, read in the program. bittern's own.
 *
 * The ledger is part of the globals page: a row of counters for each BPF function. What is lost
 * from now on, by this program or others, is seen by the next call.
 */
#include <errno.h>
#include <string.h>
#include "builtins/hooks.h"
#include "util/text.h"

/* The cause named by the argument; LOSS_COUNT if there is none of that name. */
static enum program_loss cause_of(const struct expr *name)
{
	size_t len;
	const char *text = sema_literal_string(name, &len);
	int cause = 0;

	while (text && cause < LOSS_COUNT && strcmp(program_loss_json((enum program_loss)cause), text))
		cause++;
	return text ? (enum program_loss)cause : LOSS_COUNT;
}

static int report_cause(struct sema *s, const struct expr *name)
{
	auto_strbuf struct strbuf all = STRBUF_INIT;
	struct text_nearest nearest;
	struct diag_msg *m;
	size_t len;

	text_nearest_init(&nearest, sema_literal_string(name, &len));
	for (int i = 0; i < LOSS_COUNT; i++) {
		const char *known = program_loss_json((enum program_loss)i);

		if (i == LOSS_RECURSION)
			continue;
		text_nearest_offer(&nearest, known);
		strbuf_printf(&all, "%s%s", all.len ? " " : "", known);
	}
	m = diag_error(s->diag, DIAG_LOSS_CAUSE, name->loc, "nothing is lost for a cause '%s'",
		       sema_literal_string(name, &len));
	diag_did_you_mean(m, nearest.best);
	diag_hint(m, "causes are: %s", all.text);
	return -EINVAL;
}

static int check_lost(struct sema *s, struct expr **slot)
{
	const struct expr *name = call_arg(*slot, 0);
	enum program_loss cause = name ? cause_of(name) : LOSS_RING_FULL;

	if (cause == LOSS_RECURSION) {
		diag_hint(diag_error(s->diag, DIAG_LOSS_CAUSE, name->loc,
				     "what is lost to recursion only the kernel counts, outside of the "
				     "program"),
			  "it is part of the report at the end of the run");
		return -EINVAL;
	}
	return cause == LOSS_COUNT ? report_cause(s, name) : 0;
}

static bool is_counted(enum program_loss cause, const struct expr *name)
{
	return name ? cause == cause_of(name) : program_loss_is_event(cause);
}

/* Counters of one function; row: its offset in the ledger. */
static LLVMValueRef sum_row(struct codegen *cg, const struct expr *name, LLVMValueRef row,
			    LLVMValueRef sum)
{
	for (int i = 0; i < LOSS_COUNT; i++) {
		LLVMValueRef at, counter;

		if (!is_counted((enum program_loss)i, name))
			continue;
		at = LLVMBuildGEP2(cg->builder, cg->i8,
				   cg_globals(cg, GLOBALS_LOSS(0, (size_t)i)), &row, 1, "");
		counter = LLVMBuildLoad2(cg->builder, cg->i64, at, "");
		LLVMSetVolatile(counter, true);
		sum = ir_add(cg, sum, counter);
	}
	return sum;
}

static int emit_lost(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	LLVMValueRef sum, zero = cg_const(cg, 0), row;
	struct counted_loop loop;

	(void)into;
	loop_begin(cg, &loop, cg->program->functions.count);
	sum = LLVMBuildPhi(cg->builder, cg->i64, "lost");
	LLVMAddIncoming(sum, &zero, &loop.before, 1);
	row = ir_mul(cg, loop.index, cg_const(cg, LOSS_COUNT * sizeof(uint64_t)));
	LLVMValueRef next = sum_row(cg, call_arg(e, 0), row, sum);
	LLVMBasicBlockRef last = LLVMGetInsertBlock(cg->builder);
	LLVMAddIncoming(sum, &next, &last, 1);
	loop_end(cg, &loop);
	cg_set(out, e->type, next);
	return 0;
}

const struct builtin builtins_lost[] = {
	{ .name = "lost", .signature = "lost([#string]) -> uint64",
	  .help = "How many events were lost so far; by the name of a cause, how much for that.",
	  .check = check_lost, .emit = emit_lost },
	{ 0 },
};
