/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tseries(): a value for each of the last intervals of time.
 *
 * The intervals of an element are shared by all CPUs, since per-CPU values are limited to 32 KB.
 * Who is the first in a new interval claims its place, empties it and opens it under its new number
 * (struct state_interval); others wait a few turns for that. Whoever cannot wait longer, such as an
 * interrupt in the middle of it, is counted as a lost update.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "builtins/hooks.h"
#include "codegen/function.h"
#include "program/events.h"

#define INTERVALS_MAX 1000000
#define CLAIM_TURNS   8

static const char *const kind_words[SERIES_KIND_COUNT] = {
	[SERIES_AVG] = "avg", [SERIES_SUM] = "sum", [SERIES_MIN] = "min", [SERIES_MAX] = "max",
};

/* The kind that the last argument says; SERIES_KIND_COUNT: none there is. */
static enum series_kind kind_of(const struct expr *e)
{
	size_t len;
	const char *word = call_arg(e, 3) ? sema_literal_string(call_arg(e, 3), &len) : NULL;

	if (!call_arg(e, 3))
		return SERIES_LAST;
	for (unsigned int i = 0; word && i < SERIES_KIND_COUNT; i++) {
		if (kind_words[i] && !strcmp(kind_words[i], word))
			return (enum series_kind)i;
	}
	return SERIES_KIND_COUNT;
}

/* Literal i, if it is from 1 to max. */
static bool positive_literal(const struct expr *e, size_t i, uint64_t max, uint64_t *out)
{
	bool is_negative;

	return sema_literal_int(call_arg(e, i), out, &is_negative) && !is_negative && *out >= 1 &&
	       *out <= max;
}

static const struct type *type_tseries(struct sema *s, struct expr *e)
{
	const struct type *value = call_arg(e, 0)->type;
	uint64_t interval, count;
	enum series_kind kind = kind_of(e);

	if (!value)
		return NULL;
	if (!positive_literal(e, 1, INT64_MAX, &interval) ||
	    !positive_literal(e, 2, INTERVALS_MAX, &count) || kind == SERIES_KIND_COUNT)
		return type_series(&s->types, SERIES_LAST, 1, 1, value->is_signed); /* reported */
	return type_series(&s->types, kind, (int64_t)interval, (uint32_t)count, value->is_signed);
}

static int bad_series(struct sema *s, const struct expr *at, const char *what, const char *hint)
{
	struct diag_msg *m = diag_error(s->diag, DIAG_SERIES_RANGE, at->loc, "tseries(): %s", what);

	if (hint)
		diag_hint(m, "%s", hint);
	return -EINVAL;
}

static int check_tseries(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot;
	uint64_t interval, count;

	if (!positive_literal(e, 1, INT64_MAX, &interval))
		return bad_series(s, call_arg(e, 1), "an interval must be at least 1 ns",
				  "write a duration, such as 1s or 100ms");
	if (!positive_literal(e, 2, INTERVALS_MAX, &count))
		return bad_series(s, call_arg(e, 2), "there must be 1 to 1000000 intervals", NULL);
	if (kind_of(e) == SERIES_KIND_COUNT)
		return bad_series(s, call_arg(e, 3), "this is no way to put values together",
				  "there are \"avg\", \"sum\", \"min\" and \"max\"; without one the last "
				  "value stays");
	return sema_allow_unstable(s, CONFIG_UNSTABLE_TSERIES, "tseries()", e->loc) ? 0 : -EINVAL;
}

/* --- updates ---------------------------------------------------------------------------------- */

static LLVMValueRef member(struct codegen *cg, LLVMValueRef interval, size_t offset)
{
	return cg_offset(cg, interval, offset);
}

#define MEMBER(cg, interval, name) member(cg, interval, offsetof(struct state_interval, name))

static LLVMValueRef load_epoch(struct codegen *cg, LLVMValueRef interval)
{
	LLVMValueRef v = cg_load(cg, unsigned_type(cg, 8), MEMBER(cg, interval, epoch));

	LLVMSetVolatile(v, true);
	return v;
}

static void store(struct codegen *cg, LLVMValueRef v, LLVMValueRef at)
{
	cg_store(cg, unsigned_type(cg, 8), v, at);
}

static void empty(struct codegen *cg, LLVMValueRef interval)
{
	store(cg, cg_const(cg, 0), MEMBER(cg, interval, value));
	store(cg, cg_const(cg, 0), MEMBER(cg, interval, count));
}

/* Where the kernel has no compare-and-swap. */
static void claim_locked(struct codegen *cg, LLVMValueRef interval, LLVMValueRef epoch,
			 LLVMBasicBlockRef next)
{
	LLVMBasicBlockRef alone = cg_block(cg, "alone"), won = cg_block(cg, "won");
	LLVMBasicBlockRef unlock = cg_block(cg, "unlock");
	LLVMValueRef lock = lock_of_element(cg);

	lock_try(cg, lock, alone);
	cg_jump(cg, next, alone);
	cg_branch(cg, ir_compare(cg, LLVMIntULT, load_epoch(cg, interval), epoch), won, unlock, won);
	empty(cg, interval);
	store(cg, epoch, MEMBER(cg, interval, epoch));
	cg_jump(cg, unlock, unlock);
	lock_count(cg, lock, (uint32_t)-1);
}

/* If the place still belongs to an older interval: empties it for this one. */
static void claim(struct codegen *cg, LLVMValueRef interval, LLVMValueRef old, LLVMValueRef epoch)
{
	LLVMBasicBlockRef older = cg_block(cg, "older"), won = cg_block(cg, "won");
	LLVMBasicBlockRef next = cg_block(cg, "next");
	LLVMValueRef at = MEMBER(cg, interval, epoch), opened;

	cg_branch(cg, ir_compare(cg, LLVMIntULT, old, epoch), older, next, older);
	if (!cg_has_fetch(cg)) {
		LLVMDeleteBasicBlock(won);
		claim_locked(cg, interval, epoch, next);
		cg_jump(cg, next, next);
		return;
	}
	LLVMValueRef result = LLVMBuildAtomicCmpXchg(cg->builder, at, old,
						     cg_const(cg, INTERVAL_BUSY),
						     LLVMAtomicOrderingMonotonic,
						     LLVMAtomicOrderingMonotonic, false);
	cg_branch(cg, LLVMBuildExtractValue(cg->builder, result, 1, ""), won, next, won);
	empty(cg, interval);
	opened = LLVMBuildAtomicRMW(cg->builder, LLVMAtomicRMWBinOpXchg, at, epoch,
				    LLVMAtomicOrderingMonotonic, false);
	(void)opened;
	cg_jump(cg, next, next);
}

/* i64: 1 if the place is open under this epoch. */
static LLVMValueRef open_interval(struct codegen *cg, LLVMValueRef interval, LLVMValueRef epoch)
{
	struct counted_loop loop;
	LLVMValueRef old;

	loop_begin(cg, &loop, CLAIM_TURNS);
	old = load_epoch(cg, interval);
	loop_break_if(cg, &loop, ir_compare(cg, LLVMIntEQ, old, epoch));
	claim(cg, interval, old, epoch);
	loop_end(cg, &loop);
	return loop_value(cg, &loop, cg_const(cg, 1), cg_const(cg, 0));
}

static void add_value(struct codegen *cg, const struct type *t, LLVMValueRef interval,
		      LLVMValueRef value)
{
	LLVMValueRef at = MEMBER(cg, interval, value), count = MEMBER(cg, interval, count);

	switch ((enum series_kind)t->bits) {
	case SERIES_LAST:
		store(cg, value, at);
		break;
	case SERIES_SUM:
		cg_atomic_add(cg, at, value);
		break;
	case SERIES_AVG:
		cg_atomic_add(cg, at, value);
		cg_atomic_add(cg, count, cg_const(cg, 1));
		return;
	case SERIES_MIN:
	case SERIES_MAX:
		if (t->is_signed)
			value = ir_xor(cg, value, cg_const(cg, 1ull << 63));
		if (t->bits == SERIES_MIN)
			value = LLVMBuildNot(cg->builder, value, "");
		cg_atomic_max(cg, at, value);
		break;
	case SERIES_KIND_COUNT:
		break;
	}
	store(cg, cg_const(cg, 1), count);
}

static int emit_tseries(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			struct cg_value *out)
{
	LLVMBasicBlockRef open = cg_block(cg, "open"), lost = cg_block(cg, "lost");
	LLVMBasicBlockRef done = cg_block(cg, "done");
	const struct type *t = e->type;
	LLVMValueRef value, number, place, interval, epoch;
	int err = cg_emit_i64(cg, call_arg(e, 0), &value);

	if (err)
		return err;
	number = LLVMBuildUDiv(cg->builder, cg_helper(cg, BPF_FUNC_ktime_get_boot_ns, NULL, 0),
			       cg_const(cg, (uint64_t)t->step), "");
	place = LLVMBuildURem(cg->builder, number, cg_const(cg, t->count), "");
	place = ir_mul(cg, clamp(cg, place, t->count - 1),
		       cg_const(cg, sizeof(struct state_interval)));
	interval = LLVMBuildGEP2(cg->builder, cg->i8, into, &place, 1, "interval");
	epoch = ir_add(cg, number, cg_const(cg, 1));
	cg_branch(cg, ir_compare(cg, LLVMIntNE, open_interval(cg, interval, epoch),
				 cg_const(cg, 0)), open, lost, open);
	add_value(cg, t, interval, value);
	cg_jump(cg, done, lost);
	cg_count_loss(cg, LOSS_UPDATE_BUSY);
	cg_jump(cg, done, done);
	set_void(e, out);
	return 0;
}

const struct builtin builtins_tseries[] = {
	{ .name = "tseries", .signature = "tseries(int, #int, #int, [#string]) -> ?",
	  .flags = BUILTIN_AGGREGATE,
	  .help = "A value for each of the last intervals: tseries(value, 1s, 60, \"max\").",
	  .type = type_tseries, .check = check_tseries, .emit = emit_tseries },
	{ 0 },
};
