/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scratch variables.
 *
 * In bodies without loops a variable that fits a register is a cell of its own, which LLVM turns
 * into a register. With loops all variables live where callbacks reach them: in the program's area
 * or slot. So do values of memory types always.
 *
 * Registers start as zero. Memory is cleared by `let $x;` only: a variable made by an assignment is
 * never read before it.
 */
#include <errno.h>
#include "ast/walk.h"
#include "codegen/function.h"

struct cg_variable {
	LLVMValueRef cell; /* or NULL */
	bool is_slot;	   /* else: where in shared memory */
	uint64_t offset;
	LLVMValueRef reference; /* a parameter where the caller has it */
};

static bool is_in_register(const struct type *t)
{
	return !type_is_memory(t) || expr_is_reference(t);
}

static LLVMTypeRef cell_type(struct codegen *cg, const struct type *t)
{
	if (t->kind == TYPE_BOOL)
		return cg->i8;
	return type_is_memory(t) ? cg->i64 : cg_register_type(cg, t);
}

/* Callbacks could not reach it through the frame as surely as a copy. */
bool variable_is_reference(struct codegen *cg, const struct symbol *symbol)
{
	return symbol->is_parameter && !symbol->is_reassigned && type_is_memory(symbol->type) &&
	       !cg->body->needs_loop_helper;
}

/*
 * In programs whose loops were too much for the verifier it must not know the values of variables,
 * or it takes each turn of a callback for something new. Addresses of the context it must know, and
 * without bpf_loop() what ends a `while`.
 */
static bool is_hidden(struct codegen *cg, const struct symbol *symbol)
{
	struct cg_variable *v = symbol->storage;

	v->is_slot = cg->sema->options->relief & PROGRAM_RELIEF_LOOPS &&
		     cg->body->needs_loop_helper && symbol->type->space != SPACE_CONTEXT &&
		     (turns_by_helper(cg) || !symbol->ends_loop);
	return v->is_slot;
}

static void give_storage(struct codegen *cg, struct symbol *symbol)
{
	struct cg_variable *v = ARENA_NEW(cg->sema->arena, struct cg_variable);
	const struct type *t = symbol->type;
	bool is_register = is_in_register(t);

	symbol->storage = v;
	if (variable_is_reference(cg, symbol))
		return;
	if (is_register && !cg->body->needs_loop_helper &&
	    cg->function->cell_count++ < cg->function->cell_limit)
		v->cell = memory_cell(cg, cell_type(cg, t), symbol->name);
	else if (is_hidden(cg, symbol))
		v->offset = memory_take_slot(cg, is_register ? 8 : type_size(t));
	else
		memory_take_shared(cg, is_register ? 8 : type_size(t), &v->is_slot, &v->offset);
}

static void mark_condition(struct expr **slot, void *context)
{
	(void)context;
	if ((*slot)->kind == EXPR_VARIABLE)
		(*slot)->variable.symbol->ends_loop = true;
}

static void mark_while(struct stmt **slot, void *context)
{
	const struct ast_visitor v = { .leave_expr = mark_condition, .context = context };

	if ((*slot)->kind == STMT_WHILE)
		ast_walk_expr(&(*slot)->loop.condition, &v);
}

/* What ends a `while` comes first: the verifier follows values in registers and on the stack, but
 * not in the slot, and refuses a loop whose end it cannot see. */
void variables_begin(struct codegen *cg)
{
	const struct symbols *all = &cg->body->variables;
	const struct ast_visitor v = { .leave_stmt = mark_while, .context = cg };

	ast_walk_block(cg->body->block, &v);
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < all->count; i++) {
			struct symbol *symbol = all->items[i];
			bool has_value = symbol->type && symbol->type->kind != TYPE_NONE;

			if (has_value && symbol->ends_loop == !pass)
				give_storage(cg, symbol);
		}
}

LLVMValueRef variable_address(struct codegen *cg, const struct symbol *symbol)
{
	const struct cg_variable *v = symbol->storage;

	if (!v)
		bug("variable $%s has no storage", symbol->name);
	if (v->reference)
		return v->reference;
	return v->cell ? v->cell : memory_shared(cg, v->is_slot, v->offset);
}

void variable_set_reference(const struct symbol *symbol, LLVMValueRef address)
{
	struct cg_variable *v = symbol->storage;

	v->reference = address;
}

void variable_read(struct codegen *cg, const struct symbol *symbol, struct cg_value *out)
{
	const struct type *t = symbol->type;
	LLVMValueRef at = variable_address(cg, symbol);

	if (!type_is_memory(t)) {
		cg_set(out, t, cg_load(cg, t, at));
	} else if (!expr_is_reference(t)) {
		cg_set_address(out, t, at, SPACE_BPF);
	} else {
		value_set_reference(cg, out, t, value_load_raw(cg, cg->i64, at));
	}
}

void variable_set(struct codegen *cg, const struct symbol *symbol, const struct cg_value *value,
		  const struct expr *e)
{
	const struct type *t = symbol->type;
	LLVMValueRef at = variable_address(cg, symbol);
	struct cg_value v;

	if (expr_is_reference(t)) {
		value_store_raw(cg, value_address_int(cg, value), at);
		return;
	}
	cast_value(cg, e, value, t, type_is_memory(t) ? at : NULL, &v);
	if (type_is_memory(t))
		value_materialize(cg, &v, at, e);
	else
		cg_store(cg, t, v.llvm, at);
}

void variable_clear(struct codegen *cg, const struct symbol *symbol)
{
	const struct type *t = symbol->type;

	if (!symbol->storage)
		return;
	if (is_in_register(t))
		value_store_raw(cg, LLVMConstNull(cell_type(cg, t)), variable_address(cg, symbol));
	else
		cg_zero(cg, variable_address(cg, symbol), type_size(t));
}

struct mention {
	const struct symbol *symbol;
	bool found;
};

static bool find_mention(struct expr **slot, void *context)
{
	struct mention *m = context;

	if ((*slot)->kind == EXPR_VARIABLE && (*slot)->variable.symbol == m->symbol)
		m->found = true;
	return true;
}

/* The value reads the variable it goes to, so it may not be written there piece by piece. */
static bool mentions(const struct expr *e, const struct symbol *symbol)
{
	struct mention m = { .symbol = symbol };
	struct ast_visitor v = { .enter_expr = find_mention, .context = &m };
	struct expr *slot = (struct expr *)e;

	ast_walk_expr(&slot, &v);
	return m.found;
}

int variable_assign(struct codegen *cg, struct symbol *symbol, const struct expr *value)
{
	const struct type *t = symbol->type;
	struct cg_value v;
	LLVMValueRef from;

	if (!type_is_memory(t)) {
		if (cg_emit(cg, value, &v))
			return -EINVAL;
		cg_store(cg, t, cast_register(cg, v.llvm, v.type, t), variable_address(cg, symbol));
		return 0;
	}
	if (expr_is_reference(t)) {
		if (cg_emit(cg, value, &v))
			return -EINVAL;
		value_store_raw(cg, value_address_int(cg, &v), variable_address(cg, symbol));
		return 0;
	}
	if (!mentions(value, symbol))
		return cg_emit_into(cg, value, variable_address(cg, symbol));
	if (cg_emit_address(cg, value, &from))
		return -EINVAL;
	LLVMValueRef copy = cg_temp(cg, type_size(t), "copy");
	cg_copy(cg, copy, from, type_size(t));
	cg_copy(cg, variable_address(cg, symbol), copy, type_size(t));
	return 0;
}
