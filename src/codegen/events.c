/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records for user space: reserved in a ring, filled in place, submitted.
 *
 * DATA records go to this CPU's ring, whose address the program's prologue looks up once; CONTROL
 * records to a ring of their own. The time stamp is taken right before the reservation, so that
 * records of one ring are in order. Wake-ups are left to the ring (flags 0).
 *
 * Iterators write their records, control ones too, to their sequence, the file that user space reads:
 * each with its length in front (struct sequence_record). Nothing is lost there, since the kernel stops
 * walking when the file's buffer is full. The record is put together in the scratch slot.
 */
#include <errno.h>
#include <linux/bpf.h>
#include "ast/walk.h"
#include "codegen/function.h"

/* What roles look like when code generation finds that it needs one that plan did not. */
static const struct program_map role_maps[] = {
	[MAP_ROLE_GLOBALS] = { .role = MAP_ROLE_GLOBALS, .bpf_type = BPF_MAP_TYPE_ARRAY,
			       .bpf_flags = BPF_F_MMAPABLE, .key_size = 4, .max_entries = 1 },
	[MAP_ROLE_RINGS] = { .role = MAP_ROLE_RINGS, .bpf_type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
			     .key_size = 4, .value_size = 4 },
	[MAP_ROLE_CONTROL] = { .role = MAP_ROLE_CONTROL, .bpf_type = BPF_MAP_TYPE_RINGBUF },
	[MAP_ROLE_PACKETS] = { .role = MAP_ROLE_PACKETS, .bpf_type = BPF_MAP_TYPE_PERF_EVENT_ARRAY,
			       .key_size = 4, .value_size = 4 },
	[MAP_ROLE_SCRATCH] = { .role = MAP_ROLE_SCRATCH, .bpf_type = BPF_MAP_TYPE_PERCPU_ARRAY,
			       .key_size = 4, .max_entries = 1, .is_per_cpu = 1 },
};

uint32_t event_role_map(struct codegen *cg, enum program_map_role role)
{
	struct program *p = cg->program;
	int index = program_find_role(p, role);

	if (index >= 0)
		return (uint32_t)index;
	struct program_map m = role_maps[role];
	if (role == MAP_ROLE_GLOBALS)
		m.value_size = (uint32_t)program_globals_size(p);
	vec_push(&p->maps, m);
	return (uint32_t)(p->maps.count - 1);
}

static LLVMValueRef data_ring(struct codegen *cg)
{
	struct cg_function *f = cg->function;

	event_role_map(cg, MAP_ROLE_RINGS);
	f->root->uses_ring = true;
	if (f->outer)
		return value_load_raw(cg, cg->ptr,
				      cg_offset(cg, f->frame, FRAME_RING * sizeof(uint64_t)));
	return LLVMBuildLoad2(cg->builder, cg->ptr, f->ring, "ring");
}

static LLVMValueRef reserve(struct codegen *cg, LLVMValueRef ring, uint64_t size)
{
	LLVMValueRef args[] = { ring, cg_const(cg, size), cg_const(cg, 0) };

	return cg_helper_ptr(cg, BPF_FUNC_ringbuf_reserve, args, 3);
}

static void fill_header(struct codegen *cg, LLVMValueRef record, LLVMValueRef now, uint32_t action)
{
	_Static_assert(offsetof(struct event_header, probe) ==
			       offsetof(struct event_header, action) + 4,
		       "action and probe are stored as one little-endian word");
	value_store_raw(cg, now, cg_offset(cg, record, offsetof(struct event_header, time_ns)));
	value_store_raw(cg, function_header_word(cg, action),
			cg_offset(cg, record, offsetof(struct event_header, action)));
}

/* --- iterators -------------------------------------------------------------------------------- */

bool cg_in_sequence(const struct codegen *cg)
{
	const struct probe_list *probes = &cg->body->probes;

	return probes->count && probes->items[0]->ops->flags & PROBE_ALONE;
}

bool cg_is_pinned(const struct codegen *cg)
{
	return cg_in_sequence(cg) && cg->body->probes.items[0]->target;
}

uint64_t event_sequence_offset(const struct codegen *cg)
{
	bool has_calls = cg->body->calls.count || cg->body->fn;

	return (has_calls ? FRAME_ARGUMENTS + cg->stacked_arguments : FRAME_LOOP_WORDS) *
	       sizeof(uint64_t);
}

/* ctx.meta.seq: the first members of struct bpf_iter__NAME and of struct bpf_iter_meta. */
LLVMValueRef cg_sequence(struct codegen *cg)
{
	LLVMValueRef at;

	if (cg->function->context)
		at = value_int_to_pointer(cg, helper_context_word(cg, 0));
	else
		at = cg_offset(cg, function_call_frame(cg), event_sequence_offset(cg));
	LLVMValueRef sequence = value_load_raw(cg, cg->i64, at);
	LLVMSetVolatile(sequence, true);
	return sequence;
}

static LLVMValueRef begin_in_sequence(struct codegen *cg, uint64_t size, uint32_t action)
{
	struct cg_function *f = cg->function;
	uint64_t whole = sizeof(struct sequence_record) + size;
	LLVMValueRef frame = cg_offset(cg, memory_slot(cg), memory_take_slot(cg, whole));
	LLVMValueRef now = cg_helper(cg, BPF_FUNC_ktime_get_ns, NULL, 0);

	value_store_raw(cg, cg_const(cg, size), frame);
	f->record = cg_offset(cg, frame, sizeof(struct sequence_record));
	f->sequence_record = frame;
	f->sequence_size = whole;
	fill_header(cg, f->record, now, action);
	return f->record;
}

/* What does not fit is no loss: the kernel shows the object again, with an empty buffer. */
static void submit_to_sequence(struct codegen *cg)
{
	struct cg_function *f = cg->function;
	LLVMValueRef args[] = { cg_sequence(cg), f->sequence_record,
				cg_const32(cg, (uint32_t)f->sequence_size) };

	cg_helper(cg, BPF_FUNC_seq_write, args, 3);
	f->record = f->sequence_record = NULL;
}

/* --- rings ------------------------------------------------------------------------------------ */

/* The way on which there is no record stands behind the other: the verifier walks what follows a
 * branch first, and may have 8,192 branches open. */
LLVMValueRef cg_event_begin(struct codegen *cg, const struct expr *call, uint64_t size)
{
	struct cg_function *f = cg->function;
	uint32_t action = call->call.action;
	enum program_action_kind kind = cg->program->actions.items[action].kind;
	bool is_data = program_action_ring(kind) == ACTION_RING_DATA;
	LLVMBasicBlockRef filled;

	if (f->record)
		bug("a record is open already");
	size = ROUND_UP(size, (uint64_t)8);
	if (cg_in_sequence(cg))
		return begin_in_sequence(cg, size, action);
	if (is_data)
		cg->program->data_record_max = MAX(cg->program->data_record_max, (uint32_t)size);
	filled = cg_block(cg, "record");
	LLVMValueRef ring = is_data ? data_ring(cg) :
				      cg_map(cg, event_role_map(cg, MAP_ROLE_CONTROL));
	f->record_loss = is_data ? LOSS_RING_FULL : LOSS_CONTROL_FULL;
	f->record_lost = cg_block(cg, "lost");
	LLVMValueRef now = cg_helper(cg, BPF_FUNC_ktime_get_ns, NULL, 0);
	f->record = reserve(cg, ring, size);
	LLVMValueRef none = LLVMConstNull(cg->ptr);
	cg_branch(cg, LLVMBuildICmp(cg->builder, LLVMIntEQ, f->record, none, ""), f->record_lost,
		  filled, filled);
	fill_header(cg, f->record, now, action);
	return f->record;
}

void cg_event_submit(struct codegen *cg)
{
	struct cg_function *f = cg->function;
	LLVMValueRef args[] = { f->record, cg_const(cg, 0) };

	if (f->sequence_record) {
		submit_to_sequence(cg);
		return;
	}
	LLVMBasicBlockRef after = cg_block(cg, "after");
	cg_helper(cg, BPF_FUNC_ringbuf_submit, args, 2);
	f->record = NULL;
	cg_jump(cg, after, f->record_lost);
	cg_count_loss(cg, f->record_loss);
	cg_jump(cg, after, after);
}

bool event_is_in_record(struct codegen *cg, LLVMValueRef ptr)
{
	while (LLVMIsAGetElementPtrInst(ptr))
		ptr = LLVMGetOperand(ptr, 0);
	return cg->function->record && ptr == cg->function->record;
}

/* An argument that itself sends records, or might leave, is evaluated before the record is
 * opened. */
static bool find_record(struct expr **slot, void *context)
{
	struct expr *e = *slot;

	if (e->kind == EXPR_BLOCK || e->kind == EXPR_IF ||
	    (e->kind == EXPR_CALL && (e->call.fn || (e->call.builtin && e->call.builtin->action))))
		*(bool *)context = true;
	return true;
}

static bool needs_early_value(const struct expr *e)
{
	bool found = false;
	struct ast_visitor v = { .enter_expr = find_record, .context = &found };
	struct expr *slot = (struct expr *)e;

	ast_walk_expr(&slot, &v);
	return found;
}

struct early_value {
	bool is_set;
	struct cg_value value;
};

static int emit_early(struct codegen *cg, const struct expr *call, uint32_t first,
		      struct early_value *early)
{
	for (uint32_t i = first; i < call->call.args.count; i++) {
		struct early_value *v = &early[i - first];
		const struct expr *arg = call->call.args.items[i];

		v->is_set = needs_early_value(arg);
		if (!v->is_set)
			continue;
		if (type_is_memory(arg->type)) {
			LLVMValueRef address;
			if (cg_emit_address(cg, arg, &address))
				return -EINVAL;
			cg_set_address(&v->value, arg->type, address, SPACE_BPF);
		} else if (cg_emit(cg, arg, &v->value)) {
			return -EINVAL;
		}
	}
	return 0;
}

static int store_argument(struct codegen *cg, const struct expr *arg,
			  const struct early_value *early, LLVMValueRef at)
{
	if (!early->is_set)
		return cg_emit_into(cg, arg, at);
	if (early->value.is_address)
		value_materialize(cg, &early->value, at, arg);
	else
		cg_store(cg, arg->type, early->value.llvm, at);
	return 0;
}

int cg_emit_action(struct codegen *cg, const struct expr *call, uint32_t first)
{
	const struct expr_list *args = &call->call.args;
	uint32_t count = args->count > first ? (uint32_t)args->count - first : 0;
	struct arena *arena = cg->sema->arena;
	const struct type **items = ARENA_ARRAY(arena, const struct type *, count + 1);
	struct early_value *early = ARENA_ARRAY(arena, struct early_value, count + 1);

	for (uint32_t i = 0; i < count; i++)
		items[i] = args->items[first + i]->type;
	const struct type *payload = type_tuple(&cg->sema->types, items, count);
	if (emit_early(cg, call, first, early))
		return -EINVAL;
	LLVMValueRef record = cg_event_begin(cg, call, sizeof(struct event_header) +
							       (count ? payload->size : 0));
	for (uint32_t i = 0; i < count; i++) {
		uint64_t offset = sizeof(struct event_header) + payload->fields[i].offset;
		LLVMValueRef at = cg_offset(cg, record, offset);
		if (store_argument(cg, args->items[first + i], &early[i], at))
			return -EINVAL;
	}
	cg_event_submit(cg);
	return 0;
}
