/* SPDX-License-Identifier: Apache-2.0 */
/*
 * for ($kv : @m): bpf_for_each_map_elem() (since 5.13) with the body as callback.
 *
 * The kernel's walk holds no lock. What it hands out may at any moment be deleted by another CPU
 * and at once be used for another key: a key may be half of one and half of another, a value may
 * belong to neither. So only the key is taken from the walk, as a proposal. It is looked up, its
 * value copied, and it is looked up again: if both find the same element, key and value belong
 * together. An element that is gone is not visited; one that is replaced again and again while it is
 * looked at (by its own updates) is left out and counted.
 *
 * $kv lives where callbacks find it. If the body assigns wider values to it, its type is not that of
 * the elements, which are then taken in a temporary and converted.
 */
#include <errno.h>
#include <linux/bpf.h>
#include "codegen/function.h"

#define TRIES 3

struct visit {
	const struct expr *map;
	const struct type *type; /* the tuple of key and value, as the map has them */
	LLVMValueRef at;	 /* where it is put together */
	LLVMBasicBlockRef next;	 /* goes on with the next element */
};

static const struct type *element_type(struct codegen *cg, const struct map_symbol *m)
{
	const struct type *items[] = { m->key_type, m->value_type };

	if (type_is_aggregation(m->value_type))
		items[1] = cg->sema->types.ints[m->value_type->is_signed][3];
	return type_tuple(&cg->sema->types, items, 2);
}

static LLVMValueRef look_up(struct codegen *cg, const struct visit *v)
{
	uint32_t index = v->map->map.symbol->index;
	LLVMValueRef args[] = { cg_map(cg, index), v->at, cg_const32(cg, 0) };

	if (aggregate_is_per_cpu(cg, index))
		return cg_helper_ptr(cg, BPF_FUNC_map_lookup_percpu_elem, args, 3);
	return cg_helper_ptr(cg, BPF_FUNC_map_lookup_elem, args, 2);
}

static void copy_value(struct codegen *cg, const struct visit *v, LLVMValueRef from)
{
	const struct map_symbol *m = v->map->map.symbol;
	const struct field *f = &v->type->fields[1];
	LLVMValueRef to = cg_offset(cg, v->at, f->offset);

	if (type_is_aggregation(m->value_type))
		value_store_raw(cg, aggregate_read_key(cg, v->map, v->at), to);
	else if (type_is_memory(f->type))
		cg_copy(cg, to, from, type_size(f->type));
	else
		cg_store(cg, f->type, cg_load(cg, f->type, from), to);
}

static void leave_unless_found(struct codegen *cg, const struct visit *v, LLVMValueRef element)
{
	LLVMBasicBlockRef found = cg_block(cg, "found");
	LLVMValueRef is_gone = LLVMBuildICmp(cg->builder, LLVMIntEQ, element,
					     LLVMConstNull(cg->ptr), "");

	cg_branch(cg, is_gone, v->next, found, found);
}

/* Key and value, belonging together, at v->at; else on to the next element. */
static void take_element(struct codegen *cg, const struct visit *v, LLVMValueRef key)
{
	LLVMBasicBlockRef taken = cg_block(cg, "taken");

	/* Padding is zero: the tuple may become a key. */
	cg_zero(cg, v->at, type_size(v->type));
	cg_copy(cg, v->at, key, type_size(v->type->fields[0].type));
	LLVMValueRef element = look_up(cg, v);
	leave_unless_found(cg, v, element);
	for (int i = 0; i < TRIES; i++) {
		LLVMBasicBlockRef changed = cg_block(cg, "changed");
		copy_value(cg, v, element);
		LLVMValueRef again = look_up(cg, v);
		leave_unless_found(cg, v, again);
		LLVMValueRef is_same = LLVMBuildICmp(cg->builder, LLVMIntEQ, element, again, "");
		cg_branch(cg, is_same, taken, changed, changed);
		element = again;
	}
	cg_count_loss(cg, LOSS_LOOP_ELEMENT);
	cg_jump(cg, v->next, taken);
}

static void give_to_variable(struct codegen *cg, const struct stmt *s, const struct visit *v)
{
	const struct symbol *symbol = s->for_map.variable->variable.symbol;
	struct cg_value element;

	if (symbol->type == v->type)
		return;
	cg_set_address(&element, v->type, v->at, SPACE_BPF);
	variable_set(cg, symbol, &element, s->for_map.variable);
}

static LLVMValueRef emit_callback(struct codegen *cg, const struct stmt *s, bool *has_return,
				  int *err)
{
	LLVMBasicBlockRef resume = LLVMGetInsertBlock(cg->builder);
	const struct symbol *symbol = s->for_map.variable->variable.symbol;
	struct cg_function *f = function_begin_map_callback(cg);
	struct visit v = { .map = s->for_map.map, .next = cg_block(cg, "next"),
			   .type = element_type(cg, s->for_map.map->map.symbol) };

	v.at = symbol->type == v.type ? variable_address(cg, symbol) :
					cg_temp(cg, type_size(v.type), "element");
	take_element(cg, &v, LLVMGetParam(f->llvm, 1));
	give_to_variable(cg, s, &v);
	*err = statement_block(cg, s->for_map.body, NULL, &(struct cg_value){ 0 });
	cg_jump(cg, v.next, v.next);
	function_end_callback(cg, resume);
	*has_return = f->has_return;
	debug_info_place(cg, s->loc);
	return f->llvm;
}

int loop_map(struct codegen *cg, const struct stmt *s)
{
	bool has_return = false;
	int err = 0;

	if (!cg->body->needs_loop_helper)
		bug("a loop in a body that was not planned to have one");
	LLVMValueRef callback = emit_callback(cg, s, &has_return, &err);
	LLVMValueRef args[] = { cg_map(cg, s->for_map.map->map.symbol->index), callback,
				cg->function->frame, cg_const(cg, 0) };
	cg_helper(cg, BPF_FUNC_for_each_map_elem, args, ARRAY_SIZE(args));
	if (has_return)
		loop_pass_return_on(cg);
	return err;
}
