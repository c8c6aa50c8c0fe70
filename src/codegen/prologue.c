/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way in and out of programs.
 *
 * Guards come first and cheapest first: the stop flag, the number of the system call where the
 * program is attached to all of them, the process of -p.
 *
 * Scratch slots: the first of a CPU's that can be had (locks.c) is the program's. Temporaries here are
 * cells of their own: the area may be full of variables, and the slot is not there yet. The slot's number
 * stays a bounded unknown to the verifier, so it checks the program once and not once per slot.
 *
 * Programs on the functions of spin locks go on only if no slot of the CPU is in use: maps and rings take
 * such locks, also those of other programs of the script, and a program in the middle of that must not
 * wait for the same lock.
 */
#include <linux/bpf.h>
#include "arch/arch.h"
#include "ast/walk.h"
#include "codegen/prologue.h"

/* A value of a per-CPU map has to fit one unit of the kernel's per-CPU allocator
 * (PCPU_MIN_UNIT_SIZE). More scratch than that is a plain array with an element per CPU. */
#define PER_CPU_VALUE_MAX (32u * 1024)

/* Leaves the program if condition holds. */
static void leave_if(struct codegen *cg, LLVMValueRef condition)
{
	LLVMBasicBlockRef leave = cg_block(cg, "leave"), stay = cg_block(cg, "stay");

	cg_branch(cg, condition, leave, stay, leave);
	cg_return(cg, NULL);
	LLVMBuildUnreachable(cg->builder);
	LLVMMoveBasicBlockAfter(stay, LLVMGetInsertBlock(cg->builder));
	LLVMPositionBuilderAtEnd(cg->builder, stay);
}

/* … and counts it. */
static void leave_counted_if(struct codegen *cg, LLVMValueRef condition, enum program_loss loss)
{
	LLVMBasicBlockRef leave = cg_block(cg, "leave"), stay = cg_block(cg, "stay");

	cg_branch(cg, condition, leave, stay, leave);
	cg_count_loss(cg, loss);
	cg_return(cg, NULL);
	LLVMBuildUnreachable(cg->builder);
	LLVMMoveBasicBlockAfter(stay, LLVMGetInsertBlock(cg->builder));
	LLVMPositionBuilderAtEnd(cg->builder, stay);
}

static bool ignores_stop(const struct body *body)
{
	for (size_t i = 0; i < body->probes.count; i++)
		if (!(body->probes.items[i]->ops->flags & PROBE_IGNORES_STOP))
			return false;
	return true;
}

static void guard_stop(struct codegen *cg)
{
	LLVMValueRef stop = value_load_raw(
		cg, cg->i32, cg_globals(cg, offsetof(struct program_globals, stop)));

	LLVMSetVolatile(stop, true);
	leave_if(cg, condition_of(cg, stop));
}

static LLVMValueRef syscall_number(struct codegen *cg, const struct probe *p)
{
	if (!p->is_syscall_exit)
		return helper_context_word(cg, 1);
	LLVMValueRef number = memory_cell(cg, cg->i64, "number");
	LLVMValueRef address = LLVMBuildAdd(cg->builder, helper_context_word(cg, 0),
					    cg_const(cg, arch_native.syscall_number), "");
	LLVMValueRef args[] = { number, cg_const32(cg, 8), address };
	cg_helper(cg, BPF_FUNC_probe_read_kernel, args, 3);
	return value_load_raw(cg, cg->i64, number);
}

static LLVMValueRef number_of(struct codegen *cg, const struct probe *p)
{
	return cg_const(cg, (uint64_t)p->syscall_number);
}

static bool is_repeated(const struct probe_list *probes, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (probes->items[j]->syscall_number == probes->items[i]->syscall_number)
			return true;
	return false;
}

/* Goes on only for the numbers of the body's probes. */
static void guard_number(struct codegen *cg)
{
	const struct probe_list *probes = &cg->body->probes;
	LLVMValueRef number = syscall_number(cg, probes->items[0]);

	if (probes->count == 1) {
		LLVMValueRef own = number_of(cg, probes->items[0]);
		leave_if(cg, LLVMBuildICmp(cg->builder, LLVMIntNE, number, own, ""));
		return;
	}
	LLVMBasicBlockRef other = cg_block(cg, "other"), known = cg_block(cg, "known");
	LLVMValueRef choice = LLVMBuildSwitch(cg->builder, number, other, (unsigned)probes->count);
	for (size_t i = 0; i < probes->count; i++)
		if (!is_repeated(probes, i))
			LLVMAddCase(choice, number_of(cg, probes->items[i]), known);
	LLVMPositionBuilderAtEnd(cg->builder, other);
	cg_return(cg, NULL);
	LLVMBuildUnreachable(cg->builder);
	LLVMMoveBasicBlockAfter(known, LLVMGetInsertBlock(cg->builder));
	LLVMPositionBuilderAtEnd(cg->builder, known);
}

/* 32-bit calls have numbers of their own; the kernel's syscall events leave them out, too. */
static void guard_compat(struct codegen *cg)
{
	if (!arch_native.compat_status_bit || !cg->body->compat_offset)
		return;
	LLVMValueRef status = memory_cell(cg, cg->i64, "status");
	LLVMValueRef task = cg_helper(cg, BPF_FUNC_get_current_task, NULL, 0);
	LLVMValueRef address = LLVMBuildAdd(cg->builder, task,
					    cg_const(cg, cg->body->compat_offset), "");
	LLVMValueRef args[] = { status, cg_const32(cg, 4), address };
	cg_helper(cg, BPF_FUNC_probe_read_kernel, args, 3);
	LLVMValueRef bits = value_load_raw(cg, cg->i32, status);
	bits = LLVMBuildAnd(cg->builder, bits, cg_const32(cg, arch_native.compat_status_bit), "");
	leave_if(cg, condition_of(cg, bits));
}

static void guard_pid(struct codegen *cg)
{
	LLVMValueRef target = value_load_raw(
		cg, cg->i32, cg_globals(cg, offsetof(struct program_globals, target_pid)));

	leave_if(cg, LLVMBuildICmp(cg->builder, LLVMIntNE, cg_current_pid(cg, false), target, ""));
}

/* --- iterators -------------------------------------------------------------------------------- */

#define OBJECT_WORD 1 /* of an iterator's context: what it is about */

static bool is_ctx(const struct expr *e)
{
	return e->kind == EXPR_CALL && !strcmp(e->call.name, "ctx");
}

static bool is_object(const struct expr *e)
{
	return e->kind == EXPR_MEMBER && is_ctx(e->member.object) &&
	       e->member.field.offset == OBJECT_WORD * sizeof(uint64_t);
}

/* What is followed by a member: without casts. */
static const struct expr *followed(const struct expr *e)
{
	while (e->kind == EXPR_CAST || (e->kind == EXPR_UNARY && e->unary.op == OP_DEREFERENCE))
		e = e->kind == EXPR_CAST ? e->cast.operand : e->unary.operand;
	return e;
}

static bool find_question(struct expr **slot, void *context)
{
	const struct expr *e = *slot;

	if (e->kind == EXPR_MEMBER && is_object(followed(e->member.object)))
		return false;
	*(bool *)context |= is_object(e) || is_ctx(e);
	return !(e->kind == EXPR_MEMBER && is_ctx(e->member.object));
}

/*
 * Behind the last object the kernel runs the program once more, without one. A script that does nothing with
 * the object but look into it does not expect that: it would show an object of zeros. One that asks
 * whether the object is there is called.
 */
static void guard_object(struct codegen *cg)
{
	bool asks = false;
	struct ast_visitor v = { .enter_expr = find_question, .context = &asks };

	ast_walk_block(cg->body->block, &v);
	if (!asks)
		leave_if(cg, LLVMBuildNot(cg->builder, condition_of(cg, helper_context_word(
							       cg, OBJECT_WORD)), ""));
}

/* As guard_pid(), of the task that an iterator shows; the last call, without one, passes. Until 6.1 what
 * iterators walk cannot be chosen. */
static void guard_task(struct codegen *cg)
{
	const struct sema_options *o = cg->sema->options;
	uint32_t offset, size;

	if ((!o->filter_pid && !o->has_child) ||
	    probe_iterator_filter(cg->sema->host, cg->body->probes.items[0]->event) !=
		    ITERATOR_IN_PROGRAM ||
	    host_btf_member(cg->sema->host, "task_struct", "tgid", &offset, &size))
		return;
	LLVMBasicBlockRef some = cg_block(cg, "task"), checked = cg_block(cg, "checked");
	LLVMValueRef task = helper_context_word(cg, OBJECT_WORD);
	cg_branch(cg, condition_of(cg, task), some, checked, some);
	LLVMValueRef tgid = value_load_raw(cg, cg->i32, cg_offset(cg, value_int_to_pointer(cg, task),
								 offset));
	LLVMSetVolatile(tgid, true);
	size_t wanted = o->filter_pid ? offsetof(struct program_globals, target_pid) :
					offsetof(struct program_globals, child_pid);
	LLVMValueRef target = value_load_raw(cg, cg->i32, cg_globals(cg, wanted));
	leave_if(cg, LLVMBuildICmp(cg->builder, LLVMIntNE, tgid, target, ""));
	cg_jump(cg, checked, checked);
}

static void guard_iterator(struct codegen *cg)
{
	guard_object(cg);
	guard_task(cg);
}

/* --- all together ------------------------------------------------------------------------------ */

void prologue_guards(struct codegen *cg)
{
	const struct probe_list *probes = &cg->body->probes;

	if (!ignores_stop(cg->body))
		guard_stop(cg);
	if (cg->body->is_syscall_guarded) {
		guard_number(cg);
		guard_compat(cg);
	}
	if (cg->sema->options->filter_pid && probes->count &&
	    probes->items[0]->ops->flags & PROBE_PID_FILTER)
		guard_pid(cg);
	if (cg_in_sequence(cg))
		guard_iterator(cg);
}

/* --- resources -------------------------------------------------------------------------------- */

void prologue_set_slot_size(struct codegen *cg, uint32_t bytes)
{
	cg->program->scratch_slot_size = bytes;
	if (!bytes)
		return;
	uint32_t map = event_role_map(cg, MAP_ROLE_SCRATCH); /* may move the maps */
	struct program_map *m = &cg->program->maps.items[map];
	m->value_size = (uint32_t)sizeof(struct scratch_header) + SCRATCH_SLOTS * bytes;
	if (m->value_size <= PER_CPU_VALUE_MAX)
		return;
	m->bpf_type = BPF_MAP_TYPE_ARRAY;
	m->is_per_cpu = 0;
	m->max_entries = 0; /* the loader's: as many as there are CPUs */
}

/* bpf_map_lookup_elem(map, &key) for a u32 key; leaves the program, counting, if there is none. */
static LLVMValueRef look_up(struct codegen *cg, enum program_map_role role, LLVMValueRef key,
			    enum program_loss loss)
{
	LLVMValueRef cell = memory_cell(cg, cg->i64, "key");
	LLVMBasicBlockRef missing = cg_block(cg, "missing"), found = cg_block(cg, "found");

	value_store_raw(cg, key, cell);
	LLVMValueRef args[] = { cg_map(cg, event_role_map(cg, role)), cell };
	LLVMValueRef value = cg_helper_ptr(cg, BPF_FUNC_map_lookup_elem, args, 2);
	cg_branch(cg, LLVMBuildICmp(cg->builder, LLVMIntEQ, value, LLVMConstNull(cg->ptr), ""),
		  missing, found, missing);
	cg_count_loss(cg, loss);
	cg_return(cg, NULL);
	LLVMBuildUnreachable(cg->builder);
	LLVMMoveBasicBlockAfter(found, LLVMGetInsertBlock(cg->builder));
	LLVMPositionBuilderAtEnd(cg->builder, found);
	return value;
}

static void store_frame_word(struct codegen *cg, enum cg_frame_word word, LLVMValueRef v)
{
	if (body_has_frame(cg->body))
		value_store_raw(cg, v, function_frame_word(cg, word * sizeof(uint64_t)));
}

static LLVMValueRef current_cpu(struct codegen *cg)
{
	LLVMValueRef cpu = cg_helper(cg, BPF_FUNC_get_smp_processor_id, NULL, 0);

	return LLVMBuildTrunc(cg->builder, cpu, cg->i32, "");
}

static LLVMValueRef scratch_key(struct codegen *cg)
{
	uint32_t map = event_role_map(cg, MAP_ROLE_SCRATCH);

	return cg->program->maps.items[map].is_per_cpu ? cg_const32(cg, 0) : current_cpu(cg);
}

static void claim_ring(struct codegen *cg)
{
	LLVMValueRef ring = look_up(cg, MAP_ROLE_RINGS, current_cpu(cg), LOSS_RING_FULL);

	LLVMBuildStore(cg->builder, ring, cg->function->ring);
	store_frame_word(cg, FRAME_RING, ring);
}

/* The number, from which the verifier does not see which it is. */
static LLVMValueRef hide_number(struct codegen *cg, LLVMValueRef header, LLVMValueRef number)
{
	LLVMValueRef zero = value_load_raw(
		cg, cg->i64, cg_offset(cg, header, offsetof(struct scratch_header, zero)));

	LLVMSetVolatile(zero, true);
	number = LLVMBuildAdd(cg->builder, zero, cg_opaque(cg, number), "");
	number = LLVMBuildAnd(cg->builder, number, cg_const(cg, SCRATCH_SLOTS - 1), "");
	return cg_opaque(cg, number);
}

static LLVMValueRef element_at(struct codegen *cg, LLVMValueRef first, LLVMValueRef number,
			       uint64_t size)
{
	LLVMValueRef offset = LLVMBuildMul(cg->builder, number, cg_const(cg, size), "");

	return cg_opaque(cg, LLVMBuildGEP2(cg->builder, cg->i8, first, &offset, 1, ""));
}

static LLVMValueRef any_slot_used(struct codegen *cg, LLVMValueRef users)
{
	LLVMValueRef used = cg_const(cg, 0);

	for (uint64_t i = 0; i < SCRATCH_SLOTS; i += 2) {
		LLVMValueRef pair = value_load_raw(cg, cg->i64,
						   cg_offset(cg, users, i * sizeof(uint32_t)));

		LLVMSetVolatile(pair, true);
		used = LLVMBuildOr(cg->builder, used, pair, "");
	}
	return condition_of(cg, used);
}

static void claim_slot(struct codegen *cg)
{
	LLVMBuilderRef b = cg->builder;
	LLVMValueRef header = look_up(cg, MAP_ROLE_SCRATCH, scratch_key(cg), LOSS_SCRATCH_BUSY);
	LLVMBasicBlockRef claimed = cg_block(cg, "claimed");
	LLVMValueRef users = cg_offset(cg, header, offsetof(struct scratch_header, users));
	LLVMValueRef numbers[SCRATCH_SLOTS];
	LLVMBasicBlockRef from[SCRATCH_SLOTS];

	if (cg->body->is_guarded)
		leave_counted_if(cg, any_slot_used(cg, users), LOSS_RECURSION);
	for (uint64_t i = 0; i < SCRATCH_SLOTS; i++) {
		numbers[i] = cg_const(cg, i);
		from[i] = LLVMGetInsertBlock(b);
		lock_try(cg, cg_offset(cg, users, i * sizeof(uint32_t)), claimed);
	}
	cg_count_loss(cg, LOSS_SCRATCH_BUSY);
	cg_return(cg, NULL);
	LLVMBuildUnreachable(b);
	LLVMMoveBasicBlockAfter(claimed, LLVMGetInsertBlock(b));
	LLVMPositionBuilderAtEnd(b, claimed);
	LLVMValueRef number = LLVMBuildPhi(b, cg->i64, "");
	LLVMAddIncoming(number, numbers, from, SCRATCH_SLOTS);
	number = hide_number(cg, header, number);
	LLVMValueRef slots = cg_offset(cg, header, sizeof(struct scratch_header));
	LLVMValueRef address = element_at(cg, slots, number, cg->program->scratch_slot_size);
	LLVMBuildStore(b, address, cg->function->slot);
	LLVMBuildStore(b, element_at(cg, users, number, sizeof(uint32_t)), cg->function->slot_users);
	store_frame_word(cg, FRAME_SLOT, address);
}

void prologue_claim(struct codegen *cg)
{
	if (cg->function->uses_ring)
		claim_ring(cg);
	if (cg->function->uses_slot)
		claim_slot(cg);
}

void prologue_release(struct codegen *cg, LLVMValueRef way_out)
{
	struct cg_function *f = cg->function;

	LLVMPositionBuilderBefore(cg->builder, way_out);
	lock_count(cg, LLVMBuildLoad2(cg->builder, cg->ptr, f->slot_users, ""), (uint32_t)-1);
}
