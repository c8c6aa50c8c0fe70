/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only typed programs can have, because helpers want pointers whose BTF type the verifier
 * knows: socket_cookie(), path().
 *
 * Such a pointer has to come straight from the event's arguments (typed_pointers.c), or from a
 * variable that is assigned nothing else; what was in a map is a number. path() exists in no probe
 * type there is so far: its row says where it will.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "ast/walk.h"
#include "builtins/hooks.h"

#define TYPED_TYPES "rawtracepoint, fentry, fexit, iter"
#define PATH_TYPES  "fentry, fexit, iter"

int check_typed_program(struct sema *s, const struct expr *e)
{
	for (size_t i = 0; i < s->body->probes.count; i++) {
		if (strcmp(s->body->probes.items[i]->ops->name, "rawtracepoint"))
			return not_in_this_probe(s, e, TYPED_TYPES, NULL);
	}
	return 0;
}

/* --- variables that got a typed pointer once ------------------------------------------------- */

struct assignments {
	const struct symbol *symbol;
	const struct expr *value; /* of the last one found */
	unsigned int count;
};

static void note(struct assignments *a, const struct expr *target, const struct expr *value)
{
	if (target->kind != EXPR_VARIABLE || target->variable.symbol != a->symbol)
		return;
	a->count++;
	a->value = value;
}

static bool note_statement(struct stmt **slot, void *context)
{
	const struct stmt *st = *slot;

	if (st->kind == STMT_ASSIGN)
		note(context, st->assign.target, st->assign.value);
	if (st->kind == STMT_LET && st->let.value)
		note(context, st->let.variable, st->let.value);
	return true;
}

/* Whatever else can change a variable counts as a second assignment. */
static bool note_expression(struct expr **slot, void *context)
{
	struct assignments *a = context;
	const struct expr *e = *slot;

	if (e->kind == EXPR_INCREMENT)
		note(a, e->increment.target, NULL);
	if (e->kind == EXPR_ADDRESS_OF)
		note(a, e->address_of.operand, NULL);
	for (size_t i = 0; e->kind == EXPR_CALL && !strcmp(e->call.name, "find") &&
			   i < e->call.args.count; i++)
		note(a, e->call.args.items[i], NULL);
	return true;
}

/* `$v`, assigned once, from a typed pointer → `$v ? that pointer : NULL`. */
static void follow_variable(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot, *choice;
	struct assignments a = { .count = 0 };
	struct ast_visitor v = { .enter_stmt = note_statement, .enter_expr = note_expression,
				 .context = &a };

	if (e->kind != EXPR_VARIABLE)
		return;
	a.symbol = e->variable.symbol;
	ast_walk_block(s->body->block, &v);
	if (a.count != 1 || !a.value || !typed_pointer_exists(a.value))
		return;
	choice = expr_new(s->arena, EXPR_TERNARY, e->loc);
	choice->type = e->type;
	choice->ternary.condition = e;
	choice->ternary.then = expr_clone(s->arena, a.value);
	choice->ternary.otherwise = expr_integer(s->arena, e->loc, 0);
	choice->ternary.otherwise->type = e->type;
	*slot = choice;
}

static struct expr **slot_of(const struct expr *call, const struct expr *e)
{
	size_t i = 0;

	while (call->call.args.items[i] != e)
		i++;
	return &call->call.args.items[i];
}

int check_typed_pointer(struct sema *s, const struct expr *call, const struct expr *e,
			const char *struct_name)
{
	struct expr **slot = slot_of(call, e);
	const struct type *t = e->type;
	struct diag_msg *m;

	if (t->kind != TYPE_POINTER || t->element->kind != TYPE_STRUCT ||
	    strcmp(t->element->record->name, struct_name)) {
		m = diag_error(s->diag, DIAG_ARGUMENT_TYPE, e->loc,
			       "%s() needs a 'struct %s *' here ('%s' provided)", call->call.name,
			       struct_name, t->spelling);
		if (type_is_integer(t))
			diag_hint(m, "cast it: (struct %s *)…", struct_name);
		return -EINVAL;
	}
	follow_variable(s, slot);
	if (typed_pointer_exists(*slot))
		return 0;
	m = diag_error(s->diag, DIAG_TYPED_POINTER, e->loc,
		       "%s() needs a pointer straight from the event's arguments",
		       call->call.name);
	diag_hint(m, "write args.NAME, or args.NAME->MEMBER, in the call itself");
	return -EINVAL;
}

/* --- socket_cookie ---------------------------------------------------------------------------- */

static int check_socket_cookie(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;

	return check_typed_program(s, e) ?:
	       check_typed_pointer(s, e, call_arg(e, 0), "sock");
}

/* The kernel's helper makes a cookie for sockets that have none; 0 for no socket. */
static int emit_socket_cookie(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			      struct cg_value *out)
{
	LLVMValueRef sock = cg_emit_typed_pointer(cg, call_arg(e, 0));
	LLVMBasicBlockRef some = cg_block(cg, "some"), join = cg_block(cg, "cookie");
	LLVMBasicBlockRef blocks[] = { LLVMGetInsertBlock(cg->builder), some };
	LLVMValueRef values[2] = { cg_const(cg, 0) };

	(void)into;
	cg_branch(cg, ir_compare(cg, LLVMIntNE, sock, cg_const(cg, 0)), some, join, some);
	values[1] = cg_helper(cg, BPF_FUNC_get_socket_cookie, &sock, 1);
	cg_jump(cg, join, join);
	LLVMValueRef phi = LLVMBuildPhi(cg->builder, cg->i64, "");
	LLVMAddIncoming(phi, values, blocks, 2);
	cg_set(out, e->type, phi);
	return 0;
}

/* --- path ------------------------------------------------------------------------------------- */

static const struct type *type_path(struct sema *s, struct expr *e)
{
	uint64_t size = s->program->config.max_strlen;
	bool is_negative;

	if (call_arg(e, 1))
		sema_literal_int(call_arg(e, 1), &size, &is_negative);
	return type_string(&s->types, (uint32_t)MIN(MAX(size, 1ull), (uint64_t)INT32_MAX));
}

static int check_path(struct sema *s, struct expr **slot)
{
	return not_in_this_probe(s, *slot, PATH_TYPES, NULL);
}

const struct builtin builtins_tracing[] = {
	{ .name = "socket_cookie", .signature = "socket_cookie(any) -> uint64",
	  .flags = BUILTIN_TYPED, .help = "A number that names a socket for its whole life.",
	  .check = check_socket_cookie, .emit = emit_socket_cookie },
	{ .name = "path", .signature = "path(any, [#int]) -> ?",
	  .help = "The full name of a file, from its struct path.",
	  .type = type_path, .check = check_path },
	{ 0 },
};
