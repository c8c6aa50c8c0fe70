/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aggregations: count() sum() min() max() avg() stats() quantile() hist() lhist().
 *
 * They exist only as the right-hand side of an assignment to a map. The emit hook gets the address
 * of this CPU's state (program/events.h) and updates it with atomic instructions, so that an
 * interrupt in between neither loses nor doubles anything.
 *
 * Bucket numbers (spec output.md §5) are computed without branches: every branch would double the
 * paths that the verifier has to walk.
 */
#include <errno.h>
#include "builtins/hooks.h"
#include "program/events.h"

#define HIST_MAX_BITS	  5
#define LHIST_MAX_BUCKETS 1000

/* --- types ------------------------------------------------------------------------------------ */

static const struct type *aggregation(struct sema *s, const struct expr *e, enum type_kind kind)
{
	const struct expr *value = call_arg(e, 0);

	if (value && !value->type)
		return NULL;
	return type_aggregation(&s->types, kind, value && value->type->is_signed);
}

static const struct type *type_count(struct sema *s, struct expr *e)
{
	return aggregation(s, e, TYPE_COUNT);
}

static const struct type *type_sum(struct sema *s, struct expr *e)
{
	return aggregation(s, e, TYPE_SUM);
}

static const struct type *type_min(struct sema *s, struct expr *e)
{
	return aggregation(s, e, TYPE_MIN);
}

static const struct type *type_max(struct sema *s, struct expr *e)
{
	return aggregation(s, e, TYPE_MAX);
}

static const struct type *type_avg(struct sema *s, struct expr *e)
{
	return aggregation(s, e, TYPE_AVG);
}

static const struct type *type_stats(struct sema *s, struct expr *e)
{
	return aggregation(s, e, TYPE_STATS);
}

static const struct type *type_quantile(struct sema *s, struct expr *e)
{
	return aggregation(s, e, TYPE_QUANTILE);
}

static const struct type *hist_type(struct sema *s, struct expr *e)
{
	bool is_negative;
	uint64_t bits = 0;

	if (call_arg(e, 1) && (!sema_literal_int(call_arg(e, 1), &bits, &is_negative) ||
			       is_negative || bits > HIST_MAX_BITS))
		bits = 0; /* reported by the signature, or by check_hist() */
	return type_hist(&s->types, (unsigned int)bits);
}

/* The bounds of an lhist() call as written; false if they are no literals. */
struct lhist {
	uint64_t min, max, step;
	bool has_negative;
};

static bool lhist_of(const struct expr *e, struct lhist *out)
{
	uint64_t *values[] = { &out->min, &out->max, &out->step };

	out->has_negative = false;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		bool is_negative;

		if (!call_arg(e, i + 1) ||
		    !sema_literal_int(call_arg(e, i + 1), values[i], &is_negative))
			return false;
		out->has_negative |= is_negative || *values[i] > INT64_MAX;
	}
	return true;
}

static const struct type *lhist_type(struct sema *s, struct expr *e)
{
	struct lhist l;

	if (!lhist_of(e, &l))
		return s->types.none;
	return type_lhist(&s->types, (int64_t)l.min, (int64_t)l.max, (int64_t)l.step);
}

/* --- checks ----------------------------------------------------------------------------------- */

static int check_hist(struct sema *s, struct expr **slot)
{
	const struct expr *arg = call_arg(*slot, 1);
	bool is_negative;
	uint64_t bits;

	if (!arg || !sema_literal_int(arg, &bits, &is_negative))
		return 0;
	if (!is_negative && bits <= HIST_MAX_BITS)
		return 0;
	diag_error(s->diag, DIAG_HIST_BITS, arg->loc, "hist() takes 0 to %d bits of precision",
		   HIST_MAX_BITS);
	return -EINVAL;
}

/* What is wrong with the bounds, or NULL; *at is the argument to blame. */
static const char *lhist_mistake(const struct lhist *l, size_t *at)
{
	*at = 3;
	if (l->step < 1)
		return "the step must be at least 1";
	*at = 2;
	if (l->min >= l->max)
		return "the maximum must be above the minimum";
	*at = 3;
	if (l->step > l->max - l->min)
		return "the step is larger than the range";
	if ((l->max - l->min) / l->step > LHIST_MAX_BUCKETS)
		return "more than 1000 buckets; take a larger step";
	return NULL;
}

static int check_lhist(struct sema *s, struct expr **slot)
{
	const char *mistake;
	struct lhist l;
	size_t at = 1;

	if (!lhist_of(*slot, &l))
		return 0;
	mistake = l.has_negative ? "the bounds must not be negative" : lhist_mistake(&l, &at);
	if (!mistake)
		return 0;
	diag_error(s->diag, DIAG_LHIST_RANGE, call_arg(*slot, at)->loc, "lhist(): %s", mistake);
	return -EINVAL;
}

/* --- updates ---------------------------------------------------------------------------------- */

static int emit_count(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		      struct cg_value *out)
{
	cg_atomic_add(cg, into, cg_const(cg, 1));
	set_void(e, out);
	return 0;
}

static int emit_sum(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		    struct cg_value *out)
{
	LLVMValueRef value;
	int err = cg_emit_i64(cg, call_arg(e, 0), &value);

	if (err)
		return err;
	cg_atomic_add(cg, into, value);
	set_void(e, out);
	return 0;
}

/* extreme_encode() of events.h, emitted. */
static LLVMValueRef encode_extreme(struct codegen *cg, LLVMValueRef value, bool is_signed,
				   bool is_min)
{
	if (is_signed)
		value = ir_xor(cg, value, cg_const(cg, 1ull << 63));
	return is_min ? LLVMBuildNot(cg->builder, value, "") : value;
}

static int emit_extreme(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			struct cg_value *out)
{
	LLVMValueRef value, is_set = cg_offset(cg, into, offsetof(struct state_extreme, is_set));
	int err = cg_emit_i64(cg, call_arg(e, 0), &value);

	if (err)
		return err;
	cg_atomic_max(cg, cg_offset(cg, into, offsetof(struct state_extreme, encoded)),
		      encode_extreme(cg, value, e->type->is_signed, e->type->kind == TYPE_MIN));
	LLVMBuildStore(cg->builder, cg_const(cg, 1), is_set);
	set_void(e, out);
	return 0;
}

/* avg and stats keep the same. */
static int emit_average(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			struct cg_value *out)
{
	LLVMValueRef value;
	int err = cg_emit_i64(cg, call_arg(e, 0), &value);

	if (err)
		return err;
	cg_atomic_add(cg, cg_offset(cg, into, offsetof(struct state_average, total)), value);
	cg_atomic_add(cg, cg_offset(cg, into, offsetof(struct state_average, count)),
		      cg_const(cg, 1));
	set_void(e, out);
	return 0;
}

/* buckets[index] += 1; for the verifier, numbers that are too large count in the last bucket. */
static void add_to_bucket(struct codegen *cg, LLVMValueRef buckets, LLVMValueRef index,
			  uint32_t count)
{
	index = clamp(cg, index, count - 1);
	cg_atomic_add(cg, LLVMBuildGEP2(cg->builder, cg->i64, buckets, &index, 1, "bucket"),
		      cg_const(cg, 1));
}

/* All bits below the highest one that is set become set. */
static LLVMValueRef smear_right(struct codegen *cg, LLVMValueRef v)
{
	for (unsigned int shift = 1; shift < 64; shift *= 2)
		v = ir_or(cg, v, ir_shr(cg, v, cg_const(cg, shift)));
	return v;
}

static LLVMValueRef count_ones(struct codegen *cg, LLVMValueRef v)
{
	LLVMValueRef pairs = cg_const(cg, 0x5555555555555555), fours, bytes;
	LLVMValueRef nibbles = cg_const(cg, 0x3333333333333333);

	v = ir_sub(cg, v, ir_and(cg, ir_shr(cg, v, cg_const(cg, 1)), pairs));
	fours = ir_add(cg, ir_and(cg, v, nibbles),
		       ir_and(cg, ir_shr(cg, v, cg_const(cg, 2)), nibbles));
	bytes = ir_and(cg, ir_add(cg, fours, ir_shr(cg, fours, cg_const(cg, 4))),
		       cg_const(cg, 0x0f0f0f0f0f0f0f0f));
	return ir_shr(cg, ir_mul(cg, bytes, cg_const(cg, 0x0101010101010101)), cg_const(cg, 56));
}

/*
 * With e = number of bits of v above its low `bits` ones:
 *	e = 0: v + 1          else: (e << bits) + the `bits` bits below the highest + 1
 * and 0 for negative values. For e > 0 those bits are (v >> (e - 1)) without the highest; for e = 0
 * nothing is shifted away, which gives v itself.
 */
static LLVMValueRef hist_index(struct codegen *cg, LLVMValueRef v, unsigned int bits,
			       bool is_signed)
{
	LLVMValueRef keep = NULL, e, is_large, low;

	if (is_signed) {
		keep = LLVMBuildNot(cg->builder,
				    LLVMBuildAShr(cg->builder, v, cg_const(cg, 63), ""), "");
		v = ir_and(cg, v, keep);
	}
	e = count_ones(cg, ir_shr(cg, smear_right(cg, v), cg_const(cg, bits)));
	is_large = ir_shr(cg, ir_add(cg, e, cg_const(cg, 63)), cg_const(cg, 6));
	low = ir_and(cg, ir_shr(cg, v, ir_sub(cg, e, is_large)),
		     cg_const(cg, (1u << bits) - 1));
	v = ir_add(cg, ir_add(cg, ir_shl(cg, e, cg_const(cg, bits)), low), cg_const(cg, 1));
	return keep ? ir_and(cg, v, keep) : v;
}

static int emit_hist(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	unsigned int bits = e->type->bits;
	LLVMValueRef value;
	int err = cg_emit_i64(cg, call_arg(e, 0), &value);

	if (err)
		return err;
	add_to_bucket(cg, into, hist_index(cg, value, bits, true), hist_bucket_count(bits));
	set_void(e, out);
	return 0;
}

static int emit_quantile(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			 struct cg_value *out)
{
	bool is_signed = e->type->is_signed;
	LLVMValueRef value;
	int err = cg_emit_i64(cg, call_arg(e, 0), &value);

	if (err)
		return err;
	cg_atomic_max(cg, cg_offset(cg, into, offsetof(struct state_quantile, min)),
		      encode_extreme(cg, value, is_signed, true));
	cg_atomic_max(cg, cg_offset(cg, into, offsetof(struct state_quantile, max)),
		      encode_extreme(cg, value, is_signed, false));
	add_to_bucket(cg, cg_offset(cg, into, offsetof(struct state_quantile, buckets)),
		      hist_index(cg, value, QUANTILE_BITS, is_signed), QUANTILE_BUCKETS);
	set_void(e, out);
	return 0;
}

static int emit_lhist(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		      struct cg_value *out)
{
	const struct type *t = e->type;
	uint32_t count = lhist_bucket_count(t->min, t->max, t->step);
	LLVMValueRef value, min = cg_const(cg, (uint64_t)t->min), index;
	int err = cg_emit_i64(cg, call_arg(e, 0), &value);

	if (err)
		return err;
	index = LLVMBuildUDiv(cg->builder, ir_sub(cg, value, min),
			      cg_const(cg, (uint64_t)t->step), "");
	index = ir_add(cg, index, cg_const(cg, 1));
	index = LLVMBuildSelect(cg->builder,
				ir_compare(cg, LLVMIntSGE, value,
					   cg_const(cg, (uint64_t)t->max)),
				cg_const(cg, count - 1), index, "");
	index = LLVMBuildSelect(cg->builder, ir_compare(cg, LLVMIntSLT, value, min),
				cg_const(cg, 0), index, "");
	add_to_bucket(cg, into, index, count);
	set_void(e, out);
	return 0;
}

const struct builtin builtins_aggregation[] = {
	{ .name = "count", .signature = "count() -> ?", .flags = BUILTIN_AGGREGATE,
	  .help = "Counts how often it is assigned.", .type = type_count, .emit = emit_count },
	{ .name = "sum", .signature = "sum(int) -> ?", .flags = BUILTIN_AGGREGATE,
	  .help = "Adds up values.", .type = type_sum, .emit = emit_sum },
	{ .name = "avg", .signature = "avg(int) -> ?", .flags = BUILTIN_AGGREGATE,
	  .help = "Average of values.", .type = type_avg, .emit = emit_average },
	{ .name = "min", .signature = "min(int) -> ?", .flags = BUILTIN_AGGREGATE,
	  .help = "Smallest of values.", .type = type_min, .emit = emit_extreme },
	{ .name = "max", .signature = "max(int) -> ?", .flags = BUILTIN_AGGREGATE,
	  .help = "Largest of values.", .type = type_max, .emit = emit_extreme },
	{ .name = "stats", .signature = "stats(int) -> ?", .flags = BUILTIN_AGGREGATE,
	  .help = "Count, average and total of values.",
	  .type = type_stats, .emit = emit_average },
	{ .name = "quantile", .signature = "quantile(int) -> ?", .flags = BUILTIN_AGGREGATE,
	  .help = "Quantiles of values, to 0.8 %: p50, p90, p99, p99.9, the largest, the count.",
	  .type = type_quantile, .emit = emit_quantile },
	{ .name = "hist", .signature = "hist(int, [#int]) -> ?", .flags = BUILTIN_AGGREGATE,
	  .help = "Histogram by powers of two, each parted in 2^k (k is 0 to 5).",
	  .type = hist_type, .check = check_hist, .emit = emit_hist },
	{ .name = "lhist", .signature = "lhist(int, #int, #int, #int) -> ?",
	  .flags = BUILTIN_AGGREGATE,
	  .help = "Histogram of equal steps: lhist(value, min, max, step).",
	  .type = lhist_type, .check = check_lhist, .emit = emit_lhist },
	{ 0 },
};
