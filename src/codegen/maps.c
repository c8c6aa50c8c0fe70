/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps of the script: reading, assigning, updating in place.
 *
 * Scalar maps are arrays with one entry: the element always exists, and struct scalar_header in
 * front of the value tells whether it was ever set. Keyed maps are hashes: a missing element reads
 * as zero, through the zeros at the end of the globals page where an address is needed.
 *
 * Updates in place (aggregations, ++, +=) create a missing element as zeros with BPF_NOEXIST and
 * look it up again. Whoever else creates it in between, no update is doubled or lost; only a full
 * or locked map loses one, and that is counted.
 */
#include <errno.h>
#include <linux/bpf.h>
#include "codegen/function.h"

static const struct program_map *plan_of(struct codegen *cg, const struct expr *map)
{
	return &cg->program->maps.items[map->map.symbol->index];
}

static bool is_scalar(struct codegen *cg, const struct expr *map)
{
	return plan_of(cg, map)->is_scalar;
}

int cg_map_key(struct codegen *cg, const struct expr *map, LLVMValueRef *key)
{
	*key = NULL;
	if (!map->map.key)
		return 0;
	return cg_emit_address(cg, map->map.key, key);
}

static LLVMValueRef is_null(struct codegen *cg, LLVMValueRef ptr)
{
	return LLVMBuildICmp(cg->builder, LLVMIntEQ, ptr, LLVMConstNull(cg->ptr), "");
}

static LLVMValueRef look_up(struct codegen *cg, const struct expr *map, LLVMValueRef key)
{
	LLVMValueRef args[] = { cg_map(cg, map->map.symbol->index), key };

	return cg_helper_ptr(cg, BPF_FUNC_map_lookup_elem, args, 2);
}

/* The array entry cannot be missing, but the verifier wants the question. */
static LLVMValueRef scalar_entry(struct codegen *cg, const struct expr *map)
{
	LLVMBasicBlockRef missing = cg_block(cg, "missing"), found = cg_block(cg, "found");
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef key = cg_temp(cg, 4, "key");

	value_store_raw(cg, cg_const32(cg, 0), key);
	LLVMValueRef entry = look_up(cg, map, key);
	cg_temp_release(cg, mark);
	cg_branch(cg, is_null(cg, entry), missing, found, missing);
	cg_return(cg, NULL);
	LLVMBuildUnreachable(cg->builder);
	LLVMMoveBasicBlockAfter(found, LLVMGetInsertBlock(cg->builder));
	LLVMPositionBuilderAtEnd(cg->builder, found);
	return entry;
}

LLVMValueRef map_scalar_value(struct codegen *cg, const struct expr *map, bool is_written)
{
	LLVMValueRef entry = scalar_entry(cg, map);

	if (is_written)
		value_store_raw(cg, cg_const(cg, 1),
				cg_offset(cg, entry, offsetof(struct scalar_header, is_set)));
	return cg_offset(cg, entry, sizeof(struct scalar_header));
}

LLVMValueRef cg_map_lookup(struct codegen *cg, const struct expr *map, LLVMValueRef key)
{
	return key ? look_up(cg, map, key) : map_scalar_value(cg, map, false);
}

/* --- reading ---------------------------------------------------------------------------------- */

static void read_keyed(struct codegen *cg, const struct expr *e, LLVMValueRef key,
		       struct cg_value *out)
{
	const struct type *t = e->map.symbol->value_type;
	bool is_memory = type_is_memory(t);
	LLVMValueRef zero = is_memory ? helper_zeros(cg, type_size(t)) : value_zero(cg, t);
	LLVMBasicBlockRef found = cg_block(cg, "found"), join = cg_block(cg, "read");
	LLVMValueRef ptr = look_up(cg, e, key);
	LLVMValueRef values[2] = { ptr, zero };
	LLVMBasicBlockRef from[2], missing = cg_block(cg, "missing");

	cg_branch(cg, is_null(cg, ptr), missing, found, missing);
	error_quiet(cg, e, "map_lookup_elem", NULL);
	from[1] = LLVMGetInsertBlock(cg->builder);
	cg_jump(cg, join, found);
	if (!is_memory)
		values[0] = cg_load(cg, t, ptr);
	from[0] = LLVMGetInsertBlock(cg->builder);
	cg_jump(cg, join, join);
	LLVMValueRef phi = LLVMBuildPhi(cg->builder, LLVMTypeOf(zero), "");
	LLVMAddIncoming(phi, values, from, 2);
	if (is_memory)
		cg_set_address(out, t, phi, SPACE_BPF);
	else
		cg_set(out, t, phi);
}

int map_value(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	const struct type *t = e->map.symbol->value_type;
	LLVMValueRef key, value;

	if (t->kind == TYPE_STATS) {
		if (aggregate_read_stats(cg, e, &value))
			return -EINVAL;
		cg_set_address(out, e->type, value, SPACE_BPF);
		return 0;
	}
	if (type_is_aggregation(t)) {
		if (aggregate_read(cg, e, &value))
			return -EINVAL;
		cg_set(out, cg->sema->types.ints[t->is_signed][3], value);
		return 0;
	}
	uint64_t mark = cg_temp_mark(cg);
	if (cg_map_key(cg, e, &key))
		return -EINVAL;
	if (key) {
		read_keyed(cg, e, key, out);
	} else {
		LLVMValueRef at = map_scalar_value(cg, e, false);
		if (type_is_memory(t))
			cg_set_address(out, t, at, SPACE_BPF);
		else
			cg_set(out, t, cg_load(cg, t, at));
	}
	cg_temp_release(cg, mark);
	return 0;
}

/* --- writing ---------------------------------------------------------------------------------- */

static LLVMValueRef update(struct codegen *cg, const struct expr *map, LLVMValueRef key,
			   LLVMValueRef value, uint64_t flags)
{
	LLVMValueRef args[] = { cg_map(cg, map->map.symbol->index), key, value,
				cg_const(cg, flags) };

	return cg_helper(cg, BPF_FUNC_map_update_elem, args, 4);
}

static int assign_keyed(struct codegen *cg, const struct expr *map, const struct expr *value)
{
	struct cg_cold cold;
	LLVMValueRef key, from;

	if (cg_emit_address(cg, value, &from) || cg_map_key(cg, map, &key))
		return -EINVAL;
	LLVMValueRef result = update(cg, map, key, from, BPF_ANY);
	LLVMValueRef is_error = LLVMBuildICmp(cg->builder, LLVMIntSLT, result, cg_const(cg, 0), "");
	function_begin_cold(cg, is_error, &cold);
	error_failed_update(cg, map, result);
	function_end_cold(cg, &cold);
	return 0;
}

static int assign_scalar(struct codegen *cg, const struct expr *map, const struct expr *value)
{
	const struct type *t = map->map.symbol->value_type;
	LLVMValueRef from;
	struct cg_value v;

	if (!type_is_memory(t)) {
		if (cg_emit(cg, value, &v))
			return -EINVAL;
		v.llvm = cast_register(cg, v.llvm, v.type, t);
		cg_store(cg, t, v.llvm, map_scalar_value(cg, map, true));
		return 0;
	}
	if (cg_emit_address(cg, value, &from))
		return -EINVAL;
	cg_copy(cg, map_scalar_value(cg, map, true), from, type_size(t));
	return 0;
}

static int assign_aggregation(struct codegen *cg, const struct expr *map, const struct expr *value)
{
	struct cg_value ignored;
	LLVMValueRef state;

	if (cg_aggregate_begin(cg, map, &state))
		return -EINVAL;
	int err = value->call.builtin->emit(cg, value, state, &ignored);
	cg_aggregate_end(cg);
	return err;
}

int map_assign(struct codegen *cg, const struct expr *map, const struct expr *value)
{
	bool done = false;

	if (value->kind == EXPR_CALL && value->call.builtin &&
	    value->call.builtin->flags & BUILTIN_AGGREGATE)
		return assign_aggregation(cg, map, value);
	if (map_assign_atomic(cg, map, value, &done))
		return -EINVAL;
	if (done)
		return 0;
	return is_scalar(cg, map) ? assign_scalar(cg, map, value) : assign_keyed(cg, map, value);
}

/* --- updates in place ------------------------------------------------------------------------- */

/* The builder is where a keyed element was found missing: creates it. Returns the new pointer;
 * continues where it is not null. */
static LLVMValueRef create(struct codegen *cg, const struct expr *map, LLVMValueRef key,
			   struct cg_element *e)
{
	LLVMBasicBlockRef created = cg_block(cg, "created"), again = cg_block(cg, "again");
	LLVMBasicBlockRef failed = cg_block(cg, "failed"), gone = cg_block(cg, "gone");
	LLVMValueRef zeros = helper_zeros(cg, plan_of(cg, map)->value_size);
	LLVMValueRef result = update(cg, map, key, zeros, BPF_NOEXIST);
	LLVMValueRef is_there = LLVMBuildICmp(cg->builder, LLVMIntEQ, result, cg_const(cg, 0), "");
	LLVMValueRef exists = LLVMBuildICmp(cg->builder, LLVMIntEQ, result,
					    cg_const(cg, (uint64_t)-EEXIST), "");

	is_there = LLVMBuildOr(cg->builder, is_there, exists, "");
	e->failed = cg_block(cg, "without");
	cg_branch(cg, is_there, again, failed, failed);
	error_failed_update(cg, map, result);
	cg_jump(cg, e->failed, e->failed);
	cg_jump(cg, e->join, gone);
	/* Deleted right after it was created, by somebody else. */
	cg_count_loss(cg, LOSS_UPDATE_BUSY);
	cg_jump(cg, e->failed, again);
	LLVMValueRef ptr = look_up(cg, map, key);
	cg_branch(cg, is_null(cg, ptr), gone, created, created);
	return ptr;
}

static LLVMValueRef keyed_element(struct codegen *cg, const struct expr *map, LLVMValueRef key,
				  struct cg_element *e)
{
	LLVMBasicBlockRef missing = cg_block(cg, "missing"), found = cg_block(cg, "element");
	LLVMValueRef ptrs[2] = { look_up(cg, map, key) };
	LLVMBasicBlockRef from[2] = { LLVMGetInsertBlock(cg->builder) };

	cg_branch(cg, is_null(cg, ptrs[0]), missing, found, missing);
	ptrs[1] = create(cg, map, key, e);
	from[1] = LLVMGetInsertBlock(cg->builder);
	cg_jump(cg, found, found);
	LLVMValueRef phi = LLVMBuildPhi(cg->builder, cg->ptr, "");
	LLVMAddIncoming(phi, ptrs, from, 2);
	return phi;
}

int cg_aggregate_begin(struct codegen *cg, const struct expr *map, LLVMValueRef *state)
{
	struct cg_element *e = ARENA_NEW(cg->sema->arena, struct cg_element);
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef key;

	if (cg_map_key(cg, map, &key))
		return -EINVAL;
	e->outer = cg->function->element;
	e->map = map->map.symbol;
	e->join = cg_block(cg, "updated");
	if (key)
		*state = keyed_element(cg, map, key, e);
	else
		*state = map_scalar_value(cg, map, true);
	cg_temp_release(cg, mark);
	cg->function->element = e;
	return 0;
}

void cg_aggregate_end(struct codegen *cg)
{
	struct cg_element *e = cg->function->element;

	cg->function->element = e->outer;
	cg_jump(cg, e->join, e->join);
}

/* --- left op= right --------------------------------------------------------------------------- */

static const struct expr *without_casts(const struct expr *e)
{
	while (e->kind == EXPR_CAST)
		e = e->cast.operand;
	return e;
}

/* The operand that pass "simplify" made from the target stands at the target's own place. */
static bool is_target(const struct expr *e, const struct expr *map)
{
	return e->kind == EXPR_MAP && e->map.symbol == map->map.symbol &&
	       e->loc.source == map->loc.source && e->loc.start == map->loc.start &&
	       e->loc.end == map->loc.end;
}

static LLVMValueRef change_of(struct codegen *cg, const struct type *t, const struct expr *op,
			      LLVMValueRef right)
{
	right = cg_int_cast(cg, right, op->binary.right->type, t);
	return op->binary.op == OP_SUB ? LLVMBuildNeg(cg->builder, right, "") : right;
}

int map_assign_atomic(struct codegen *cg, const struct expr *map, const struct expr *value,
		      bool *done)
{
	const struct type *t = map->map.symbol->value_type;
	const struct expr *op = without_casts(value);
	struct cg_value right;
	LLVMValueRef at;

	if (op->kind != EXPR_BINARY || (op->binary.op != OP_ADD && op->binary.op != OP_SUB) ||
	    t->kind != TYPE_INT || t->size < 4 || op->type->kind != TYPE_INT ||
	    op->binary.right->type->kind != TYPE_INT || op->type->size < t->size ||
	    !is_target(without_casts(op->binary.left), map))
		return 0;
	if (cg_emit(cg, op->binary.right, &right) || cg_aggregate_begin(cg, map, &at))
		return -EINVAL;
	cg_atomic_add(cg, at, change_of(cg, t, op, right.llvm));
	cg_aggregate_end(cg);
	*done = true;
	return 0;
}
