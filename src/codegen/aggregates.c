/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aggregations as numbers: atomic updates of their states, and reading count, sum, min, max, avg by
 * going over all CPUs. What user space does at the end (runtime/map_reader) happens here in the
 * kernel. Where the kernel cannot look at other CPUs' values (before 5.19), maps that are read are no
 * per-CPU maps: all CPUs then add to the same numbers, atomically as ever.
 */
#include <errno.h>
#include <linux/bpf.h>
#include "codegen/function.h"

#define MAX_TRIES 8    /* of an atomic maximum, before it is given up and counted */
#define MAX_CPUS  1024 /* bound of the loop over CPUs if nobody knows better */

LLVMValueRef cg_atomic_add(struct codegen *cg, LLVMValueRef ptr, LLVMValueRef value)
{
	LLVMValueRef old = LLVMBuildAtomicRMW(cg->builder, LLVMAtomicRMWBinOpAdd, ptr, value,
					      LLVMAtomicOrderingMonotonic, false);

	/* Else LLVM makes an `or` of adding 0, which kernels before 5.12 do not have. */
	LLVMSetVolatile(old, true);
	return old;
}

/* Tries once to swap *old for value; goes on in `done` if that is no longer needed. *old is what is there
 * now. */
static void swap(struct codegen *cg, LLVMValueRef ptr, LLVMValueRef *old, LLVMValueRef value,
		 LLVMBasicBlockRef done)
{
	LLVMBasicBlockRef again = cg_block(cg, "again");
	LLVMValueRef pair = LLVMBuildAtomicCmpXchg(cg->builder, ptr, *old, value,
						   LLVMAtomicOrderingMonotonic,
						   LLVMAtomicOrderingMonotonic, false);
	LLVMValueRef won = LLVMBuildExtractValue(cg->builder, pair, 1, "");

	*old = LLVMBuildExtractValue(cg->builder, pair, 0, "");
	cg_branch(cg, won, done, again, again);
}

static LLVMValueRef load_now(struct codegen *cg, LLVMValueRef ptr)
{
	LLVMValueRef v = value_load_raw(cg, cg->i64, ptr);

	LLVMSetVolatile(v, true);
	return v;
}

/* The same where the kernel has no compare-and-swap. */
static void swap_locked(struct codegen *cg, LLVMValueRef lock, LLVMValueRef ptr, LLVMValueRef *old,
			LLVMValueRef value, LLVMBasicBlockRef done)
{
	LLVMBasicBlockRef alone = cg_block(cg, "alone"), store = cg_block(cg, "store");
	LLVMBasicBlockRef unlock = cg_block(cg, "unlock"), again = cg_block(cg, "again");

	lock_try(cg, lock, alone);
	*old = load_now(cg, ptr);
	cg_jump(cg, again, alone);
	LLVMValueRef is_less = LLVMBuildICmp(cg->builder, LLVMIntULT, load_now(cg, ptr), value, "");
	cg_branch(cg, is_less, store, unlock, store);
	value_store_raw(cg, value, ptr);
	cg_jump(cg, unlock, unlock);
	lock_count(cg, lock, (uint32_t)-1);
	cg_jump(cg, done, again);
}

void cg_atomic_max(struct codegen *cg, LLVMValueRef ptr, LLVMValueRef value)
{
	LLVMBasicBlockRef done = cg_block(cg, "done");
	LLVMValueRef lock = cg_has_fetch(cg) ? NULL : lock_of_element(cg);
	LLVMValueRef old = load_now(cg, ptr);

	for (int i = 0; i < MAX_TRIES; i++) {
		LLVMBasicBlockRef more = cg_block(cg, "more");
		cg_branch(cg, LLVMBuildICmp(cg->builder, LLVMIntUGE, old, value, ""), done, more,
			  more);
		if (lock)
			swap_locked(cg, lock, ptr, &old, value, done);
		else
			swap(cg, ptr, &old, value, done);
	}
	cg_count_loss(cg, LOSS_UPDATE_BUSY);
	cg_jump(cg, done, done);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Two words per state suffice for all: total or encoded extreme; count or is_set. */
struct words {
	LLVMValueRef value, count;
};

static bool is_extreme(const struct type *t)
{
	return t->kind == TYPE_MIN || t->kind == TYPE_MAX;
}

static bool has_count(const struct type *t)
{
	return is_extreme(t) || t->kind == TYPE_AVG || t->kind == TYPE_STATS;
}

_Static_assert(offsetof(struct state_extreme, is_set) == 8 &&
		       offsetof(struct state_average, count) == 8,
	       "the second word of a state is its count");

/* Adds the state at ptr to the words so far. */
static struct words merge(struct codegen *cg, const struct type *t, struct words so_far,
			  LLVMValueRef ptr)
{
	LLVMValueRef value = value_load_raw(cg, cg->i64, ptr);

	if (is_extreme(t)) {
		LLVMValueRef is_more = LLVMBuildICmp(cg->builder, LLVMIntUGT, value, so_far.value,
						     "");
		so_far.value = LLVMBuildSelect(cg->builder, is_more, value, so_far.value, "");
	} else {
		so_far.value = LLVMBuildAdd(cg->builder, so_far.value, value, "");
	}
	if (has_count(t)) {
		LLVMValueRef count = value_load_raw(cg, cg->i64, cg_offset(cg, ptr, 8));
		so_far.count = LLVMBuildAdd(cg->builder, so_far.count, count, "");
	}
	return so_far;
}

static LLVMValueRef phi_of(struct codegen *cg, LLVMValueRef a, LLVMBasicBlockRef from_a)
{
	LLVMValueRef phi = LLVMBuildPhi(cg->builder, LLVMTypeOf(a), "");

	LLVMAddIncoming(phi, &a, &from_a, 1);
	return phi;
}

static void add_incoming(LLVMValueRef phi, LLVMValueRef v, LLVMBasicBlockRef from)
{
	LLVMAddIncoming(phi, &v, &from, 1);
}

static LLVMValueRef less(struct codegen *cg, LLVMValueRef a, LLVMValueRef b)
{
	return LLVMBuildICmp(cg->builder, LLVMIntULT, a, b, "");
}

/* The verifier walks every turn, so the bound is this machine's number of CPUs. */
static uint32_t cpu_bound(struct codegen *cg)
{
	return cg->sema->host ? host_cpu_count(cg->sema->host) : MAX_CPUS;
}

bool aggregate_is_per_cpu(struct codegen *cg, uint32_t index)
{
	static const struct {
		uint32_t per_cpu, shared;
	} types[] = {
		{ BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_ARRAY },
		{ BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_HASH },
		{ BPF_MAP_TYPE_LRU_PERCPU_HASH, BPF_MAP_TYPE_LRU_HASH },
	};
	struct program_map *m = &cg->program->maps.items[index];

	if (!m->is_per_cpu || cg_has_helper(cg, BPF_FUNC_map_lookup_percpu_elem))
		return m->is_per_cpu;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (m->bpf_type == types[i].per_cpu) {
			m->bpf_type = types[i].shared;
			break;
		}
	}
	m->is_per_cpu = 0;
	cg->is_outdated = true;
	return false;
}

/* Of a map that the CPUs share. */
static struct words of_all(struct codegen *cg, const struct expr *map, LLVMValueRef key,
			   uint64_t offset)
{
	LLVMBasicBlockRef found = cg_block(cg, "found"), missing = cg_block(cg, "missing");
	LLVMBasicBlockRef done = cg_block(cg, "read");
	struct words none = { cg_const(cg, 0), cg_const(cg, 0) };
	LLVMValueRef args[] = { cg_map(cg, map->map.symbol->index), key };
	LLVMValueRef ptr = cg_helper_ptr(cg, BPF_FUNC_map_lookup_elem, args, 2);

	cg_branch(cg, condition_of(cg, ptr), found, missing, missing);
	error_quiet(cg, map, "map_lookup_elem", NULL);
	LLVMBasicBlockRef from[2] = { LLVMGetInsertBlock(cg->builder) };
	cg_jump(cg, done, found);
	struct words w = merge(cg, map->map.symbol->value_type, none, cg_offset(cg, ptr, offset));
	from[1] = LLVMGetInsertBlock(cg->builder);
	cg_jump(cg, done, done);
	LLVMValueRef values[2] = { none.value, w.value }, counts[2] = { none.count, w.count };
	LLVMValueRef value = LLVMBuildPhi(cg->builder, cg->i64, "");
	LLVMValueRef count = LLVMBuildPhi(cg->builder, cg->i64, "");
	LLVMAddIncoming(value, values, from, 2);
	LLVMAddIncoming(count, counts, from, 2);
	return (struct words){ value, count };
}

/* for (cpu = 0; cpu < bound && cpu < cpu_count && (ptr = look up); cpu++) merge. */
static struct words over_cpus(struct codegen *cg, const struct expr *map, LLVMValueRef key,
			      uint64_t offset)
{
	const struct type *t = map->map.symbol->value_type;

	if (!aggregate_is_per_cpu(cg, map->map.symbol->index))
		return of_all(cg, map, key, offset);
	LLVMBasicBlockRef head = cg_block(cg, "cpu"), possible = cg_block(cg, "possible");
	LLVMBasicBlockRef read = cg_block(cg, "read"), step = cg_block(cg, "step");
	LLVMBasicBlockRef done = cg_block(cg, "merged"), missing = cg_block(cg, "missing");
	LLVMBasicBlockRef before = LLVMGetInsertBlock(cg->builder);
	LLVMValueRef zero = cg_const(cg, 0);
	LLVMValueRef count = value_load_raw(
		cg, cg->i32, cg_globals(cg, offsetof(struct program_globals, cpu_count)));

	cg_jump(cg, head, head);
	LLVMValueRef cpu = phi_of(cg, cg_const32(cg, 0), before);
	struct words w = { phi_of(cg, zero, before), phi_of(cg, zero, before) };
	cg_branch(cg, less(cg, cpu, count), possible, done, possible);
	LLVMValueRef args[] = { cg_map(cg, map->map.symbol->index), key, cpu };
	LLVMValueRef ptr = cg_helper_ptr(cg, BPF_FUNC_map_lookup_percpu_elem, args, 3);
	cg_branch(cg, condition_of(cg, ptr), read, missing, missing);
	error_quiet(cg, map, "map_lookup_percpu_elem", NULL);
	LLVMBasicBlockRef without = LLVMGetInsertBlock(cg->builder);
	cg_jump(cg, done, read);
	struct words next = merge(cg, t, w, cg_offset(cg, ptr, offset));
	LLVMValueRef next_cpu = LLVMBuildAdd(cg->builder, cpu, cg_const32(cg, 1), "");
	cg_jump(cg, step, step);
	add_incoming(cpu, next_cpu, step);
	add_incoming(w.value, next.value, step);
	add_incoming(w.count, next.count, step);
	LLVMBuildCondBr(cg->builder, less(cg, next_cpu, cg_const32(cg, cpu_bound(cg))), head, done);
	LLVMMoveBasicBlockAfter(done, step);
	LLVMPositionBuilderAtEnd(cg->builder, done);
	LLVMBasicBlockRef from[3] = { head, without, step };
	LLVMValueRef values[3] = { w.value, w.value, next.value };
	LLVMValueRef counts[3] = { w.count, w.count, next.count };
	LLVMValueRef value = LLVMBuildPhi(cg->builder, cg->i64, "");
	LLVMValueRef total = LLVMBuildPhi(cg->builder, cg->i64, "");
	LLVMAddIncoming(value, values, from, 3);
	LLVMAddIncoming(total, counts, from, 3);
	return (struct words){ value, total };
}

/* total / count, truncating toward zero; 0 without a count. */
static LLVMValueRef average(struct codegen *cg, const struct type *t, struct words w)
{
	LLVMBuilderRef b = cg->builder;
	LLVMValueRef zero = cg_const(cg, 0), one = cg_const(cg, 1);
	LLVMValueRef is_empty = LLVMBuildICmp(b, LLVMIntEQ, w.count, zero, "");
	LLVMValueRef count = LLVMBuildSelect(b, is_empty, one, w.count, "");

	if (!t->is_signed)
		return LLVMBuildUDiv(b, w.value, count, "");
	LLVMValueRef is_minus = LLVMBuildICmp(b, LLVMIntSLT, w.value, zero, "");
	LLVMValueRef minus = LLVMBuildNeg(b, w.value, "");
	LLVMValueRef size = LLVMBuildSelect(b, is_minus, minus, w.value, "");
	LLVMValueRef quotient = LLVMBuildUDiv(b, size, count, "");
	return LLVMBuildSelect(b, is_minus, LLVMBuildNeg(b, quotient, ""), quotient, "");
}

/* extreme_decode() of events.h; 0 if nothing was counted. */
static LLVMValueRef decode_extreme(struct codegen *cg, const struct type *t, struct words w)
{
	LLVMBuilderRef b = cg->builder;
	LLVMValueRef v = w.value;

	if (t->kind == TYPE_MIN)
		v = LLVMBuildNot(b, v, "");
	if (t->is_signed)
		v = LLVMBuildXor(b, v, cg_const(cg, 1ull << 63), "");
	return LLVMBuildSelect(b, condition_of(cg, w.count), v, cg_const(cg, 0), "");
}

static int read_words(struct codegen *cg, const struct expr *map, struct words *out)
{
	uint64_t mark = cg_temp_mark(cg), offset = 0;
	LLVMValueRef key;

	if (cg_map_key(cg, map, &key))
		return -EINVAL;
	if (!key) {
		key = cg_temp(cg, 4, "key");
		value_store_raw(cg, cg_const32(cg, 0), key);
		offset = sizeof(struct scalar_header);
	}
	*out = over_cpus(cg, map, key, offset);
	cg_temp_release(cg, mark);
	return 0;
}

static LLVMValueRef number_of(struct codegen *cg, const struct type *t, struct words w)
{
	if (is_extreme(t))
		return decode_extreme(cg, t, w);
	return t->kind == TYPE_AVG ? average(cg, t, w) : w.value;
}

int aggregate_read(struct codegen *cg, const struct expr *map, LLVMValueRef *out)
{
	struct words w;

	if (read_words(cg, map, &w))
		return -EINVAL;
	*out = number_of(cg, map->map.symbol->value_type, w);
	return 0;
}

LLVMValueRef aggregate_read_key(struct codegen *cg, const struct expr *map, LLVMValueRef key)
{
	return number_of(cg, map->map.symbol->value_type, over_cpus(cg, map, key, 0));
}

int aggregate_read_stats(struct codegen *cg, const struct expr *map, LLVMValueRef *out)
{
	const struct type *record = map->type;
	struct words w;

	*out = cg_temp(cg, type_size(record), "stats");
	if (read_words(cg, map, &w))
		return -EINVAL;
	LLVMValueRef values[] = { w.count, average(cg, map->map.symbol->value_type, w), w.value };
	for (uint32_t i = 0; i < ARRAY_SIZE(values); i++)
		value_store_raw(cg, values[i], cg_offset(cg, *out, i * sizeof(uint64_t)));
	return 0;
}
