/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only typed programs can have, because helpers want pointers whose BTF type the verifier
 * knows: socket_cookie(), path().
 *
 * Such a pointer has to come straight from the event's arguments (typed_pointers.c), or from a
 * variable that is assigned nothing else; what was in a map is a number.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "ast/walk.h"
#include "builtins/hooks.h"
#include "program/events.h"

#define TYPED_TYPES "rawtracepoint, fentry, fexit, iter"
#define PATH_TYPES  "fentry, fexit, iter"

int check_typed_program(struct sema *s, const struct expr *e)
{
	for (size_t i = 0; i < s->body->probes.count; i++) {
		const struct probe_ops *ops = s->body->probes.items[i]->ops;

		if (ops->bpf_prog_type != BPF_PROG_TYPE_TRACING &&
		    strcmp(ops->name, "rawtracepoint"))
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

static bool is_path(const struct type *t)
{
	return t->kind == TYPE_STRUCT && !t->record->is_union && !strcmp(t->record->name, "path");
}

static int check_path_struct(struct sema *s, struct expr *e)
{
	struct expr **base = &e->member.object;
	struct diag_msg *m;

	while (e->kind == EXPR_MEMBER && (*base)->kind == EXPR_MEMBER &&
	       (*base)->type->kind == TYPE_STRUCT)
		base = &(*base)->member.object;
	if (e->kind == EXPR_MEMBER)
		follow_variable(s, base);
	if (typed_struct_exists(e))
		return 0;
	m = diag_error(s->diag, DIAG_TYPED_POINTER, e->loc,
		       "path() needs a struct that the event's arguments lead to");
	diag_hint(m, "write args.NAME->MEMBER, or in iter ctx.NAME->MEMBER, in the call itself");
	return -EINVAL;
}

static int check_path(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot, *arg = call_arg(e, 0);

	for (size_t i = 0; i < s->body->probes.count; i++) {
		if (s->body->probes.items[i]->ops->bpf_prog_type != BPF_PROG_TYPE_TRACING)
			return not_in_this_probe(s, e, PATH_TYPES, NULL);
	}
	if (check_length(s, e, 1))
		return -EINVAL;
	return is_path(arg->type) ? check_path_struct(s, arg) :
				    check_typed_pointer(s, e, arg, "path");
}

/* The kernel writes the path to the end of the memory and moves it to the front: what is behind it is
 * left out by a second copy. Too little memory is an error to it. */
static void copy_path(struct codegen *cg, const struct expr *e, LLVMValueRef buffer,
		      LLVMValueRef length, LLVMValueRef into)
{
	LLVMBasicBlockRef good = cg_block(cg, "good"), bad = cg_block(cg, "bad");
	LLVMBasicBlockRef cut = cg_block(cg, "cut"), wrong = cg_block(cg, "wrong");
	LLVMBasicBlockRef join = cg_block(cg, "copied");
	LLVMValueRef address = LLVMBuildPtrToInt(cg->builder, buffer, cg->i64, "");

	cg_branch(cg, ir_compare(cg, LLVMIntSGT, length, cg_const(cg, 0)), good, bad, good);
	cg_read_str(cg, into, type_size(e->type), address, SPACE_KERNEL, e);
	cg_jump(cg, join, bad);
	cg_branch(cg, ir_compare(cg, LLVMIntEQ, length, cg_const(cg, (uint64_t)-ENAMETOOLONG)),
		  cut, wrong, cut);
	cg_count_loss(cg, LOSS_STRING_CUT);
	cg_jump(cg, join, wrong);
	cg_count_loss(cg, LOSS_READ_FAULT);
	cg_jump(cg, join, join);
}

static int emit_path(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	LLVMBasicBlockRef some = cg_block(cg, "some"), join = cg_block(cg, "path");
	uint64_t mark = cg_temp_mark(cg), offset;
	uint32_t size = type_size(e->type);
	LLVMValueRef buffer = cg_temp(cg, size, "path"), base;

	cg_zero(cg, into, size);
	cg_zero(cg, buffer, size);
	base = cg_emit_typed_struct(cg, call_arg(e, 0), &offset);
	cg_branch(cg, ir_compare(cg, LLVMIntNE, base, cg_const(cg, 0)), some, join, some);
	LLVMValueRef pointer = LLVMBuildIntToPtr(cg->builder, base, cg->ptr, "");
	LLVMValueRef args[] = { cg_offset(cg, pointer, offset), buffer, cg_const32(cg, size) };
	copy_path(cg, e, buffer, cg_helper(cg, BPF_FUNC_d_path, args, ARRAY_SIZE(args)), into);
	cg_jump(cg, join, join);
	cg_temp_release(cg, mark);
	cg_set_address(out, e->type, into, SPACE_BPF);
	return 0;
}

const struct builtin builtins_tracing[] = {
	{ .name = "socket_cookie", .signature = "socket_cookie(any) -> uint64",
	  .flags = BUILTIN_TYPED, .help = "A number that names a socket for its whole life.",
	  .check = check_socket_cookie, .emit = emit_socket_cookie },
	{ .name = "path", .signature = "path(any, [#int]) -> ?", .flags = BUILTIN_TYPED,
	  .help = "The full name of a file, from its struct path.",
	  .type = type_path, .check = check_path, .emit = emit_path },
	{ 0 },
};
