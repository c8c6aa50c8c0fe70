/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps as a whole, and their keys: clear() zero() delete() has_key() find() len().
 *
 * clear() and zero() are records that user space acts on. The others work at once. They are typed
 * by hand, because a map as an argument is not a value; the checks bring all spellings to one form,
 * in which a keyed map stands with its key: delete(@m, k) becomes delete(@m[k]).
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "builtins/hooks.h"
#include "codegen/function.h"

/* --- typing and checks ------------------------------------------------------------------------ */

static struct map_symbol *map_of(const struct expr *arg)
{
	return arg->map.symbol;
}

static void type_key(struct sema *s, struct map_symbol *m, struct expr **key)
{
	const struct type *t;

	sema_infer_value(s, key);
	t = (*key)->type;
	if (t && type_is_readable(t))
		t = readable_type(s, t);
	if (t && !m->is_scalar)
		sema_join_map_key(s, m, t, (*key)->loc);
}

/* The map itself is no value; what is in its brackets is. */
static void type_map_argument(struct sema *s, struct expr *arg)
{
	arg->type = s->types.none;
	if (arg->map.key)
		type_key(s, map_of(arg), &arg->map.key);
}

/* (@m, key): one map and one key, as opposed to a list of elements. */
static bool is_map_and_key(const struct expr *e)
{
	return call_arg_count(e) == 2 && is_bare_map(call_arg(e, 0)) &&
	       !(is_bare_map(call_arg(e, 1)) && map_of(call_arg(e, 0))->is_scalar);
}

static void type_map_arguments(struct sema *s, struct expr *e)
{
	struct expr *first = call_arg(e, 0);

	if (!is_map_and_key(e)) {
		for (size_t i = 0; i < call_arg_count(e); i++) {
			if (call_arg(e, i)->kind == EXPR_MAP)
				type_map_argument(s, call_arg(e, i));
			else
				sema_infer_expr(s, &e->call.args.items[i]);
		}
		return;
	}
	first->type = s->types.none;
	type_key(s, map_of(first), &e->call.args.items[1]);
}

static const struct type *type_whole_map(struct sema *s, struct expr *e)
{
	type_map_arguments(s, e);
	return s->types.void_type;
}

static const struct type *type_question(struct sema *s, struct expr *e)
{
	type_map_arguments(s, e);
	return s->types.bool_type;
}

/* The value as a variable gets it, or NULL. */
static const struct type *found_type(struct sema *s, const struct map_symbol *m)
{
	const struct type *t = m->value_type;

	if (t && type_is_aggregation(t))
		return type_is_readable(t) ? readable_type(s, t) : NULL;
	return t;
}

static void report_unreadable(struct sema *s, const struct expr *map)
{
	struct diag_msg *m = diag_error(s->diag, DIAG_AGGREGATION_READ, map->loc,
					"a value of type '%s' cannot be read in a program",
					map_of(map)->value_type->spelling);

	diag_hint(m, "print(@%s) shows the map as a whole", map_of(map)->name);
}

static const struct type *type_find(struct sema *s, struct expr *e)
{
	struct expr *map = call_arg(e, 0), *variable = call_arg(e, 2);

	if (!is_bare_map(map)) {
		for (size_t i = 0; i < call_arg_count(e); i++)
			sema_infer_expr(s, &e->call.args.items[i]);
		return s->types.bool_type;
	}
	map->type = s->types.none;
	type_key(s, map_of(map), &e->call.args.items[1]);
	if (s->is_final && map_of(map)->value_type && !found_type(s, map_of(map)))
		report_unreadable(s, map);
	if (variable->kind == EXPR_VARIABLE && found_type(s, map_of(map)))
		sema_join_variable(s, variable->variable.symbol, found_type(s, map_of(map)),
				   variable->loc);
	sema_infer_expr(s, &e->call.args.items[2]);
	return s->types.bool_type;
}

static bool is_stack(const struct type *t)
{
	return t && (t->kind == TYPE_KSTACK || t->kind == TYPE_USTACK);
}

static const struct type *type_len(struct sema *s, struct expr *e)
{
	if (is_bare_map(call_arg(e, 0)))
		type_map_arguments(s, e);
	else
		sema_infer_expr(s, &e->call.args.items[0]);
	return type_int(&s->types, 8, true);
}

static int needs_keys(struct sema *s, const struct expr *e, const struct expr *map)
{
	if (map_of(map)->key_type)
		return 0;
	diag_error(s->diag, DIAG_MAP_SHAPE, map->loc, "%s() needs a map with keys; @%s has none",
		   e->call.name, map_of(map)->name);
	return -EINVAL;
}

/* f(@m, k, …) → f(@m[k], …), with the key converted. */
static int attach_key(struct sema *s, struct expr *e)
{
	struct expr *map = call_arg(e, 0);

	if (needs_keys(s, e, map))
		return -EINVAL;
	sema_convert(s, &e->call.args.items[1], map_of(map)->key_type);
	map->map.key = call_arg(e, 1);
	e->call.args.count--;
	memmove(&e->call.args.items[1], &e->call.args.items[2],
		(e->call.args.count - 1) * sizeof(e->call.args.items[0]));
	return 0;
}

static int check_has_key(struct sema *s, struct expr **slot)
{
	return attach_key(s, *slot);
}

static int check_find(struct sema *s, struct expr **slot)
{
	const struct expr *map = call_arg(*slot, 0), *variable = call_arg(*slot, 2);
	const struct symbol *v = variable->variable.symbol;
	const struct type *t = found_type(s, map_of(map));

	if (attach_key(s, *slot))
		return -EINVAL;
	if (type_assignable(t, v->type) != CONVERSION_INVALID)
		return 0;
	diag_note(diag_error(s->diag, DIAG_VARIABLE_MISMATCH, variable->loc,
			     "type mismatch: '$%s' is '%s', @%s holds '%s'", v->name,
			     v->type->spelling, map_of(map)->name, t->spelling),
		  v->cell.loc.source ? v->cell.loc : v->loc, "'$%s' got its type here", v->name);
	return -EINVAL;
}

static int check_len(struct sema *s, struct expr **slot)
{
	const struct expr *arg = call_arg(*slot, 0);

	if (is_stack(arg->type))
		return 0;
	if (!is_bare_map(arg)) {
		diag_error(s->diag, DIAG_ARGUMENT_MAP, arg->loc,
			   "len() needs a map or a stack here, this is '%s'", arg->type->spelling);
		return -EINVAL;
	}
	/* Counting calls back for each element. */
	s->body->needs_loop_helper = true;
	return needs_keys(s, *slot, call_arg(*slot, 0));
}

/* --- delete ----------------------------------------------------------------------------------- */

static int check_delete_element(struct sema *s, const struct expr *e, struct expr *arg)
{
	const struct map_symbol *m = arg->kind == EXPR_MAP ? map_of(arg) : NULL;
	struct diag_msg *msg;

	if (!m) {
		diag_error(s->diag, DIAG_DELETE_FORM, arg->loc, "%s() takes a map and a key",
			   e->call.name);
		return -EINVAL;
	}
	if (arg->map.key) {
		sema_convert(s, &arg->map.key, m->key_type);
		return 0;
	}
	if (m->key_type) {
		msg = diag_error(s->diag, DIAG_MAP_SHAPE, arg->loc,
				 "delete() of a map with keys needs a key");
		diag_hint(msg, "delete(@%s, key) deletes one element, clear(@%s) all", m->name,
			  m->name);
		return -EINVAL;
	}
	return 0;
}

static int check_delete(struct sema *s, struct expr **slot)
{
	struct expr *e = *slot;
	int err = 0;

	if (is_map_and_key(e))
		return attach_key(s, e);
	if (call_arg_count(e) > 2 && is_bare_map(call_arg(e, 0))) {
		diag_hint(diag_error(s->diag, DIAG_DELETE_FORM, call_arg(e, 2)->loc,
				     "%s() takes a map and one key", e->call.name),
			  "a key of several parts is a tuple: delete(@m, (1, 2))");
		return -EINVAL;
	}
	for (size_t i = 0; i < call_arg_count(e); i++)
		err = check_delete_element(s, e, call_arg(e, i)) ?: err;
	return err;
}

static void plan_delete(struct sema *s, struct expr *e, struct program_action *action)
{
	(void)action;
	e->site = sema_add_site(s, e->loc, "map_delete_elem", false);
}

/* The key of an array with one element, in memory. */
static LLVMValueRef first_key(struct codegen *cg)
{
	LLVMValueRef key = cg_temp(cg, sizeof(uint64_t), "zero");

	cg_zero(cg, key, sizeof(uint64_t));
	return key;
}

/* Resets value and mark of one copy of a scalar map; was_set collects whether it had a value. */
static void reset_scalar(struct codegen *cg, LLVMValueRef entry, uint32_t size,
			 LLVMValueRef was_set)
{
	LLVMBasicBlockRef found = cg_block(cg, "found"), next = cg_block(cg, "next");
	LLVMValueRef is_null = ir_compare(cg, LLVMIntEQ, entry, LLVMConstNull(cg->ptr));
	const struct type *u64 = unsigned_type(cg, 8);

	cg_branch(cg, is_null, next, found, found);
	cg_store(cg, u64, ir_or(cg, cg_load(cg, u64, was_set), cg_load(cg, u64, entry)), was_set);
	cg_zero(cg, entry, size);
	cg_jump(cg, next, next);
}

/* i64: 0, or -ENOENT if the map had no value. */
static LLVMValueRef delete_scalar(struct codegen *cg, const struct map_symbol *m)
{
	const struct program_map *map = &cg->program->maps.items[m->index];
	LLVMValueRef key = first_key(cg), was_set = cg_temp(cg, sizeof(uint64_t), "was_set");
	LLVMValueRef args[] = { cg_map(cg, m->index), key, NULL };
	struct counted_loop loop;

	cg_zero(cg, was_set, sizeof(uint64_t));
	if (aggregate_is_per_cpu(cg, m->index)) {
		loop_begin(cg, &loop, host_cpu_count(cg->sema->host));
		args[2] = LLVMBuildTrunc(cg->builder, loop.index, cg->i32, "");
		reset_scalar(cg, cg_helper_ptr(cg, BPF_FUNC_map_lookup_percpu_elem, args, 3),
			     map->value_size, was_set);
		loop_end(cg, &loop);
	} else {
		reset_scalar(cg, cg_helper_ptr(cg, BPF_FUNC_map_lookup_elem, args, 2),
			     map->value_size, was_set);
	}
	return LLVMBuildSelect(cg->builder,
			       ir_compare(cg, LLVMIntEQ,
					  cg_load(cg, unsigned_type(cg, 8), was_set),
					  cg_const(cg, 0)),
			       cg_const(cg, (uint64_t)-ENOENT), cg_const(cg, 0), "");
}

static int delete_element(struct codegen *cg, const struct expr *map, LLVMValueRef *result)
{
	LLVMValueRef args[] = { cg_map(cg, map_of(map)->index), NULL };
	int err;

	if (!map->map.key) {
		*result = delete_scalar(cg, map_of(map));
		return 0;
	}
	err = cg_map_key(cg, map, &args[1]);
	if (!err)
		*result = cg_helper(cg, BPF_FUNC_map_delete_elem, args, ARRAY_SIZE(args));
	return err;
}

static void warn_of_failure(struct codegen *cg, const struct expr *e, LLVMValueRef failed,
			    LLVMValueRef result)
{
	LLVMBasicBlockRef warn = cg_block(cg, "failed"), next = cg_block(cg, "next");

	cg_branch(cg, failed, warn, next, warn);
	cg_runtime_error(cg, e, ERROR_HELPER, result);
	cg_jump(cg, next, next);
}

static int emit_delete(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		       struct cg_value *out)
{
	LLVMValueRef all = LLVMConstInt(cg->i1, 1, false), result = NULL, ok;

	(void)into;
	for (size_t i = 0; i < call_arg_count(e); i++) {
		uint64_t mark = cg_temp_mark(cg);
		int err = delete_element(cg, call_arg(e, i), &result);

		if (err)
			return err;
		cg_temp_release(cg, mark);
		ok = ir_compare(cg, LLVMIntEQ, result, cg_const(cg, 0));
		if (e->call.is_discarded)
			warn_of_failure(cg, e, LLVMBuildNot(cg->builder, ok, ""), result);
		all = ir_and(cg, all, ok);
	}
	cg_set(out, e->type, all);
	return 0;
}

/* --- has_key, len ----------------------------------------------------------------------------- */

static int emit_has_key(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			struct cg_value *out)
{
	const struct expr *map = call_arg(e, 0);
	uint64_t mark = cg_temp_mark(cg);
	LLVMValueRef key, element;
	int err = cg_map_key(cg, map, &key);

	(void)into;
	if (err)
		return err;
	element = cg_map_lookup(cg, map, key);
	cg_temp_release(cg, mark);
	cg_set(out, e->type, ir_compare(cg, LLVMIntNE, element, LLVMConstNull(cg->ptr)));
	return 0;
}

/* The value of the element that was looked up. */
static void find_value(struct codegen *cg, const struct expr *map, LLVMValueRef key,
		       LLVMValueRef element, struct cg_value *out)
{
	const struct type *t = map_of(map)->value_type;

	if (type_is_aggregation(t))
		cg_set(out, cg->sema->types.ints[t->is_signed][3],
		       aggregate_read_key(cg, map, key));
	else if (type_is_memory(t))
		cg_set_address(out, t, element, SPACE_BPF);
	else
		cg_set(out, t, cg_load(cg, t, element));
}

/* The call that brings a variable into being also gives it its first value. */
static bool declares(const struct expr *variable)
{
	const struct symbol *v = variable->variable.symbol;

	return !v->is_declared && v->loc.source == variable->loc.source &&
	       v->loc.start == variable->loc.start;
}

static int emit_find(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	const struct expr *map = call_arg(e, 0), *variable = call_arg(e, 1);
	LLVMBasicBlockRef found = cg_block(cg, "found"), join = cg_block(cg, "join");
	uint64_t mark = cg_temp_mark(cg);
	struct cg_value value;
	LLVMValueRef key;

	(void)into;
	if (cg_map_key(cg, map, &key))
		return -EINVAL;
	if (declares(variable))
		variable_clear(cg, variable->variable.symbol);
	LLVMValueRef element = cg_map_lookup(cg, map, key);
	LLVMValueRef is_there = ir_compare(cg, LLVMIntNE, element, LLVMConstNull(cg->ptr));
	cg_branch(cg, is_there, found, join, found);
	find_value(cg, map, key, element, &value);
	variable_set(cg, variable->variable.symbol, &value, variable);
	cg_jump(cg, join, join);
	cg_temp_release(cg, mark);
	cg_set(out, e->type, is_there);
	return 0;
}

static int emit_frame_count(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	LLVMValueRef stack;
	int err = cg_emit_address(cg, call_arg(e, 0), &stack);

	if (!err)
		cg_set(out, e->type, cg_load(cg, unsigned_type(cg, 8), stack));
	return err;
}

/* bpf_for_each_map_elem() returns for how many elements it called an empty function. */
static int emit_map_len(struct codegen *cg, const struct expr *e, struct cg_value *out)
{
	LLVMBasicBlockRef here = LLVMGetInsertBlock(cg->builder);
	LLVMValueRef callback = function_begin_map_callback(cg)->llvm;
	LLVMValueRef args[] = { cg_map(cg, map_of(call_arg(e, 0))->index), callback,
				LLVMConstNull(cg->ptr), cg_const(cg, 0) };

	function_end_callback(cg, here);
	debug_info_place(cg, e->loc);
	cg_set(out, e->type, cg_helper(cg, BPF_FUNC_for_each_map_elem, args, ARRAY_SIZE(args)));
	return 0;
}

static int emit_len(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		    struct cg_value *out)
{
	(void)into;
	if (is_stack(call_arg(e, 0)->type))
		return emit_frame_count(cg, e, out);
	return emit_map_len(cg, e, out);
}

/* --- clear, zero ------------------------------------------------------------------------------ */

static void plan_whole_map(struct sema *s, struct expr *e, struct program_action *action)
{
	(void)s;
	action->map = map_of(call_arg(e, 0))->index;
}

static int emit_whole_map(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			  struct cg_value *out)
{
	(void)into;
	set_void(e, out);
	return cg_emit_action(cg, e, 1);
}

const struct builtin builtins_maps[] = {
	{ .name = "clear", .signature = "clear(map) -> ?", .flags = BUILTIN_OWN_TYPING,
	  .action = ACTION_CLEAR + 1, .first_payload = 1, .help = "Deletes all elements of a map.",
	  .type = type_whole_map, .plan = plan_whole_map, .emit = emit_whole_map },
	{ .name = "zero", .signature = "zero(map) -> ?", .flags = BUILTIN_OWN_TYPING,
	  .action = ACTION_ZERO + 1, .first_payload = 1,
	  .help = "Sets all values of a map to zero.",
	  .type = type_whole_map, .plan = plan_whole_map, .emit = emit_whole_map },
	{ .name = "delete", .signature = "delete(map|element, [any], ...) -> ?",
	  .flags = BUILTIN_OWN_TYPING | BUILTIN_NO_DISCARD_WARNING,
	  .help = "Deletes an element: delete(@m, key). True if it was there.",
	  .type = type_question, .check = check_delete, .plan = plan_delete, .emit = emit_delete },
	{ .name = "has_key", .signature = "has_key(map, any) -> ?", .flags = BUILTIN_OWN_TYPING,
	  .help = "Whether a map has an element with the key.",
	  .type = type_question, .check = check_has_key, .emit = emit_has_key },
	{ .name = "find", .signature = "find(map, any, variable) -> ?",
	  .flags = BUILTIN_OWN_TYPING,
	  .help = "Whether a map has an element with the key; if so, assigns its value to $v.",
	  .type = type_find, .check = check_find, .emit = emit_find },
	{ .name = "len", .signature = "len(map|any) -> ?", .flags = BUILTIN_OWN_TYPING,
	  .help = "Number of elements of a map, or of frames of a stack.",
	  .type = type_len, .check = check_len, .emit = emit_len },
	{ 0 },
};
