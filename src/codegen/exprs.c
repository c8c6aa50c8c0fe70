/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions: one emitter per kind, in a table.
 *
 * Every emitter gets `into`: where a value of a memory type is wanted, or NULL. It may write it
 * there, or answer with the address of where the value is anyway; who asked brings it over then.
 */
#include <errno.h>
#include "codegen/function.h"

bool expr_is_reference(const struct type *t)
{
	return t->kind == TYPE_STRUCT && t->space != SPACE_BPF;
}

LLVMValueRef condition_of(struct codegen *cg, LLVMValueRef v)
{
	if (LLVMTypeOf(v) == cg->i1)
		return v;
	return LLVMBuildICmp(cg->builder, LLVMIntNE, v, LLVMConstNull(LLVMTypeOf(v)), "");
}

static LLVMValueRef target(struct codegen *cg, const struct expr *e, LLVMValueRef into)
{
	return into ? into : cg_temp(cg, type_size(e->type), "value");
}

static void set_none(const struct expr *e, struct cg_value *out)
{
	*out = (struct cg_value){ .type = e->type };
}

static bool has_value(const struct type *t)
{
	return t && t->kind != TYPE_NONE && t->kind != TYPE_VOID;
}

/* --- literals, names -------------------------------------------------------------------------- */

static int emit_integer(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			struct cg_value *out)
{
	(void)into;
	cg_set(out, e->type, LLVMConstInt(cg_register_type(cg, e->type), e->integer.value, false));
	return 0;
}

static int emit_boolean(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			struct cg_value *out)
{
	(void)into;
	cg_set(out, e->type, LLVMConstInt(cg->i1, e->boolean.value, false));
	return 0;
}

static int emit_string(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		       struct cg_value *out)
{
	LLVMValueRef to = target(cg, e, into);

	cg_store_literal(cg, to, e->string.bytes, e->string.len, type_size(e->type));
	cg_set_address(out, e->type, to, SPACE_BPF);
	return 0;
}

static int emit_variable(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			 struct cg_value *out)
{
	(void)into;
	variable_read(cg, e->variable.symbol, out);
	return 0;
}

static int emit_map(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		    struct cg_value *out)
{
	(void)into;
	return map_value(cg, e, out);
}

/* --- tuples, records -------------------------------------------------------------------------- */

static void zero_padding(struct codegen *cg, const struct type *t, LLVMValueRef at)
{
	uint32_t end = 0;

	for (uint32_t i = 0; i < t->count; i++) {
		if (t->fields[i].offset > end)
			cg_zero(cg, cg_offset(cg, at, end), t->fields[i].offset - end);
		end = t->fields[i].offset + type_size(t->fields[i].type);
	}
	if (t->size > end)
		cg_zero(cg, cg_offset(cg, at, end), t->size - end);
}

static int emit_items(struct codegen *cg, const struct expr *e, const struct expr_list *items,
		      LLVMValueRef into, struct cg_value *out)
{
	LLVMValueRef to = target(cg, e, into);

	zero_padding(cg, e->type, to);
	for (size_t i = 0; i < items->count; i++) {
		uint64_t mark = cg_temp_mark(cg);
		if (cg_emit_into(cg, items->items[i], cg_offset(cg, to, e->type->fields[i].offset)))
			return -EINVAL;
		cg_temp_release(cg, mark);
	}
	cg_set_address(out, e->type, to, SPACE_BPF);
	return 0;
}

static int emit_tuple(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		      struct cg_value *out)
{
	return emit_items(cg, e, &e->tuple.items, into, out);
}

static int emit_record(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		       struct cg_value *out)
{
	return emit_items(cg, e, &e->record.items, into, out);
}

/* --- choices ---------------------------------------------------------------------------------- */

struct choice {
	LLVMBasicBlockRef join;
	LLVMValueRef memory;	/* where both branches write, or NULL */
	LLVMValueRef values[2]; /* registers, or addresses of references */
	LLVMBasicBlockRef from[2];
	unsigned int count;
};

/* One branch: its value, and on to the join. `next` is where the builder goes. */
static int emit_branch(struct codegen *cg, const struct type *t, const struct expr *branch,
		       struct choice *c, LLVMBasicBlockRef next)
{
	struct cg_value v = { 0 };

	if (!branch) {
		/* nothing to do: `if` without `else` */
	} else if (c->memory) {
		if (cg_emit_into(cg, branch, c->memory))
			return -EINVAL;
	} else {
		uint64_t mark = cg_temp_mark(cg);
		if (expr_emit(cg, branch, NULL, &v))
			return -EINVAL;
		cg_temp_release(cg, mark);
	}
	if (has_value(t) && !c->memory) {
		c->values[c->count] = v.is_address ? value_address_int(cg, &v) :
				      v.llvm	   ? cast_register(cg, v.llvm, v.type, t) :
						     value_zero(cg, t);
		c->from[c->count++] = LLVMGetInsertBlock(cg->builder);
	}
	cg_jump(cg, c->join, next);
	return 0;
}

static void finish_choice(struct codegen *cg, const struct expr *e, struct choice *c,
			  struct cg_value *out)
{
	const struct type *t = e->type;

	if (!has_value(t)) {
		set_none(e, out);
	} else if (c->memory) {
		cg_set_address(out, t, c->memory, SPACE_BPF);
	} else {
		LLVMValueRef phi = LLVMBuildPhi(cg->builder, LLVMTypeOf(c->values[0]), "");
		LLVMAddIncoming(phi, c->values, c->from, c->count);
		if (!type_is_memory(t))
			cg_set(out, t, phi);
		else
			value_set_reference(cg, out, t, phi);
	}
}

static int emit_choice(struct codegen *cg, const struct expr *e, LLVMValueRef condition,
		       const struct expr *then, const struct expr *otherwise, LLVMValueRef into,
		       struct cg_value *out)
{
	LLVMBasicBlockRef yes = cg_block(cg, "then"), no = cg_block(cg, "else");
	struct choice c = { .join = cg_block(cg, "join") };

	if (has_value(e->type) && type_is_memory(e->type) && !expr_is_reference(e->type))
		c.memory = target(cg, e, into);
	cg_branch(cg, condition, yes, no, yes);
	if (emit_branch(cg, e->type, then, &c, no) ||
	    emit_branch(cg, e->type, otherwise, &c, c.join))
		return -EINVAL;
	finish_choice(cg, e, &c, out);
	return 0;
}

static int emit_ternary(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			struct cg_value *out)
{
	const struct expr *then = e->ternary.then ? e->ternary.then : e->ternary.condition;
	LLVMValueRef condition;

	if (cg_emit_condition(cg, e->ternary.condition, &condition))
		return -EINVAL;
	return emit_choice(cg, e, condition, then, e->ternary.otherwise, into, out);
}

static int emit_if(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		   struct cg_value *out)
{
	LLVMValueRef condition;
	uint64_t mark = cg_temp_mark(cg);

	if (cg_emit_condition(cg, e->branch.condition, &condition))
		return -EINVAL;
	cg_temp_release(cg, mark);
	if (!has_value(e->type) && LLVMIsAConstantInt(condition)) {
		const struct expr *taken = LLVMConstIntGetZExtValue(condition) ?
						   e->branch.then : e->branch.otherwise;
		set_none(e, out);
		return taken ? expr_emit(cg, taken, NULL, out) : 0;
	}
	return emit_choice(cg, e, condition, e->branch.then, e->branch.otherwise, into, out);
}

static int emit_block(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		      struct cg_value *out)
{
	set_none(e, out);
	return statement_block(cg, e->block.block, into, out);
}

/* --- operators, calls, memory ----------------------------------------------------------------- */

static int emit_unary(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		      struct cg_value *out)
{
	(void)into;
	return operator_unary(cg, e, out);
}

static int emit_binary(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		       struct cg_value *out)
{
	(void)into;
	return operator_binary(cg, e, out);
}

static int emit_increment(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			  struct cg_value *out)
{
	(void)into;
	return operator_increment(cg, e, out);
}

/* @m[k].p99: which map, which member, which key; the rest is user space's. */
static int emit_quantile_member(struct codegen *cg, const struct expr *e, LLVMValueRef into,
				struct cg_value *out)
{
	const struct expr *map = e->member.object, *key = map->map.key;
	LLVMValueRef at = into ? into : cg_temp(cg, type_size(e->type), "quantile");
	uint32_t end = offsetof(struct value_quantile_member, key), size = type_size(e->type);

	value_store_raw(cg, cg_const32(cg, map->map.symbol->index),
			cg_offset(cg, at, offsetof(struct value_quantile_member, map)));
	value_store_raw(cg, cg_const32(cg, e->member.field.offset),
			cg_offset(cg, at, offsetof(struct value_quantile_member, member)));
	if (key && cg_emit_into(cg, key, cg_offset(cg, at, end)))
		return -EINVAL;
	end += key ? type_size(key->type) : 0;
	if (end < size)
		cg_zero(cg, cg_offset(cg, at, end), size - end);
	cg_set_address(out, e->type, at, SPACE_BPF);
	return 0;
}

static int emit_member(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		       struct cg_value *out)
{
	if (e->type->kind == TYPE_QUANTILE_MEMBER)
		return emit_quantile_member(cg, e, into, out);
	if (direct_emit(cg, e, into, out))
		return 0;
	return member_emit(cg, e, out);
}

static int emit_element(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			struct cg_value *out)
{
	(void)into;
	return member_element(cg, e, out);
}

static int emit_index(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		      struct cg_value *out)
{
	(void)into;
	return member_index(cg, e, out);
}

static int emit_call(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	set_none(e, out);
	if (e->call.fn)
		return subprogram_call(cg, e, out);
	if (!e->call.builtin || !e->call.builtin->emit)
		bug("%s() cannot be emitted", e->call.name);
	/* Structs are given by address (args): memory for them would be wasted. */
	if (!has_value(e->type) || !type_is_memory(e->type) || e->type->kind == TYPE_STRUCT)
		return e->call.builtin->emit(cg, e, NULL, out);
	return e->call.builtin->emit(cg, e, target(cg, e, into), out);
}

static int emit_address_of(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			   struct cg_value *out)
{
	const struct expr *of = e->address_of.operand;
	struct cg_value v;
	LLVMValueRef at;

	(void)into;
	if (of->kind == EXPR_VARIABLE && expr_is_reference(of->type)) { /* of what it refers to */
		variable_read(cg, of->variable.symbol, &v);
		cg_set(out, e->type, value_address_int(cg, &v));
		return 0;
	}
	if (of->kind == EXPR_MAP) {
		cg_set(out, e->type, value_pointer_to_int(cg, cg_map(cg, of->map.symbol->index)));
		return 0;
	}
	at = value_pointer_to_int(cg, variable_address(cg, of->variable.symbol));
	cg_set(out, e->type, value_forget_stack(cg, at));
	return 0;
}

/* What passes have replaced by something else. */
static int emit_gone(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	(void)into;
	(void)out;
	(void)cg;
	bug("%s reached code generation", expr_kind_name(e->kind));
}

static int (*const emitters[EXPR_KIND_COUNT])(struct codegen *, const struct expr *, LLVMValueRef,
					      struct cg_value *) = {
	[EXPR_INTEGER] = emit_integer,
	[EXPR_STRING] = emit_string,
	[EXPR_BOOLEAN] = emit_boolean,
	[EXPR_NAME] = emit_gone,
	[EXPR_PARAMETER] = emit_gone,
	[EXPR_VARIABLE] = emit_variable,
	[EXPR_MAP] = emit_map,
	[EXPR_UNARY] = emit_unary,
	[EXPR_BINARY] = emit_binary,
	[EXPR_INCREMENT] = emit_increment,
	[EXPR_TERNARY] = emit_ternary,
	[EXPR_IF] = emit_if,
	[EXPR_BLOCK] = emit_block,
	[EXPR_MEMBER] = emit_member,
	[EXPR_ELEMENT] = emit_element,
	[EXPR_INDEX] = emit_index,
	[EXPR_CALL] = emit_call,
	[EXPR_CAST] = cast_emit,
	[EXPR_TUPLE] = emit_tuple,
	[EXPR_RECORD] = emit_record,
	[EXPR_SIZEOF] = emit_gone,
	[EXPR_OFFSETOF] = emit_gone,
	[EXPR_TYPEINFO] = emit_gone,
	[EXPR_TYPE] = emit_gone,
	[EXPR_COMPTIME] = emit_gone,
	[EXPR_ADDRESS_OF] = emit_address_of,
};

int expr_emit(struct codegen *cg, const struct expr *e, LLVMValueRef into, struct cg_value *out)
{
	struct loc outer = cg->place;
	int err;

	if (e->loc.source)
		debug_info_enter(cg, e->loc);
	err = emitters[e->kind](cg, e, into, out);
	debug_info_enter(cg, outer);
	return err;
}

/* --- what others ask for ---------------------------------------------------------------------- */

int cg_emit(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	return expr_emit(cg, e, NULL, out);
}

int cg_emit_into(struct codegen *cg, const struct expr *e, LLVMValueRef into)
{
	struct cg_value v;

	if (expr_emit(cg, e, into, &v))
		return -EINVAL;
	if (v.is_address)
		value_materialize(cg, &v, into, e);
	else if (v.llvm)
		cg_store(cg, e->type, cast_register(cg, v.llvm, v.type, e->type), into);
	return 0;
}

int cg_emit_i64(struct codegen *cg, const struct expr *e, LLVMValueRef *out)
{
	struct cg_value v;

	if (cg_emit(cg, e, &v))
		return -EINVAL;
	*out = v.is_address ? value_address_int(cg, &v) : cg_to_i64(cg, v.llvm, v.type);
	return 0;
}

int cg_emit_condition(struct codegen *cg, const struct expr *e, LLVMValueRef *out)
{
	struct cg_value v;

	if (type_is_aggregation(e->type)) {
		if (aggregate_read(cg, e, &v.llvm))
			return -EINVAL;
	} else if (cg_emit(cg, e, &v)) {
		return -EINVAL;
	}
	*out = condition_of(cg, v.llvm);
	return 0;
}

int cg_emit_address(struct codegen *cg, const struct expr *e, LLVMValueRef *out)
{
	struct cg_value v;

	if (!type_is_memory(e->type)) {
		*out = cg_temp(cg, 8, "value");
		return cg_emit_into(cg, e, *out);
	}
	if (cg_emit(cg, e, &v))
		return -EINVAL;
	*out = v.llvm;
	if (v.space != SPACE_BPF) {
		*out = cg_temp(cg, type_size(e->type), "value");
		value_materialize(cg, &v, *out, e);
	}
	return 0;
}
