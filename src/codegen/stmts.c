/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements and blocks. Temporaries live as long as the statement they are for.
 */
#include <errno.h>
#include "codegen/function.h"

static int emit_assign(struct codegen *cg, const struct stmt *s)
{
	const struct expr *target = s->assign.target;

	if (target->kind == EXPR_VARIABLE)
		return variable_assign(cg, target->variable.symbol, s->assign.value);
	return map_assign(cg, target, s->assign.value);
}

static int emit_let(struct codegen *cg, const struct stmt *s)
{
	struct symbol *symbol = s->let.variable->variable.symbol;

	if (s->let.value)
		return variable_assign(cg, symbol, s->let.value);
	variable_clear(cg, symbol);
	return 0;
}

static int emit_return(struct codegen *cg, const struct stmt *s)
{
	LLVMValueRef value = NULL;

	if (cg->body->fn)
		return subprogram_return(cg, s);
	if (s->result.value && cg_emit_i64(cg, s->result.value, &value))
		return -EINVAL;
	cg_return(cg, value);
	return 0;
}

static int emit_value(struct codegen *cg, const struct expr *e)
{
	struct cg_value ignored;

	if (e->kind == EXPR_INCREMENT)
		return operator_increment(cg, e, NULL);
	return cg_emit(cg, e, &ignored);
}

static int emit_statement(struct codegen *cg, const struct stmt *s)
{
	switch (s->kind) {
	case STMT_EXPR:
		return emit_value(cg, s->expr.value);
	case STMT_DISCARD:
		return emit_value(cg, s->discard.value);
	case STMT_ASSIGN:
		return emit_assign(cg, s);
	case STMT_LET:
		return emit_let(cg, s);
	case STMT_WHILE:
		return loop_while(cg, s);
	case STMT_UNROLL:
		return loop_unroll(cg, s);
	case STMT_FOR_RANGE:
		return loop_range(cg, s);
	case STMT_FOR_MAP:
		return loop_map(cg, s);
	case STMT_BREAK:
		loop_break(cg, false);
		return 0;
	case STMT_CONTINUE:
		loop_break(cg, true);
		return 0;
	case STMT_RETURN:
		return emit_return(cg, s);
	case STMT_IMPORT: /* of the library, which is there anyway */
		return 0;
	case STMT_KIND_COUNT:
		break;
	}
	bug("statement %s reached code generation", stmt_kind_name(s->kind));
}

int statements_emit(struct codegen *cg, const struct block *b, size_t from, size_t to)
{
	struct loc outer = cg->place;
	int err = 0;

	for (size_t i = from; i < to; i++) {
		uint64_t mark = cg_temp_mark(cg);
		debug_info_place(cg, b->statements.items[i]->loc);
		cg->place = b->statements.items[i]->loc;
		err = emit_statement(cg, b->statements.items[i]) ?: err;
		cg_temp_release(cg, mark);
	}
	cg->place = outer;
	return err;
}

int statement_block(struct codegen *cg, const struct block *b, LLVMValueRef into,
		    struct cg_value *value)
{
	if (statements_emit(cg, b, 0, b->statements.count))
		return -EINVAL;
	if (!b->value)
		return 0;
	debug_info_place(cg, b->value->loc);
	return expr_emit(cg, b->value, into, value);
}
