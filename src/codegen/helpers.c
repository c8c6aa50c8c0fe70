/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of BPF helpers, and what surrounds them: reads of memory by address space, the globals
 * page, loss counters, who is running.
 *
 * A helper is a call through its number cast to a pointer; no declaration is needed.
 */
#include <errno.h>
#include <linux/bpf.h>
#include "codegen/function.h"

static LLVMValueRef call(struct codegen *cg, LLVMTypeRef result, int id, LLVMValueRef *args,
			 unsigned int count)
{
	LLVMTypeRef types[5];

	if (count > ARRAY_SIZE(types))
		bug("helper %d with %u arguments", id, count);
	feature_require(cg, id);
	for (unsigned int i = 0; i < count; i++)
		types[i] = LLVMTypeOf(args[i]);
	LLVMTypeRef ft = LLVMFunctionType(result, types, count, false);
	LLVMValueRef fn = LLVMConstIntToPtr(cg_const(cg, (uint64_t)id), cg->ptr);
	return LLVMBuildCall2(cg->builder, ft, fn, args, count, "");
}

/* Helpers in whose place the verifier puts a function that returned int until 6.4 (d7ba4cc900bf): what is in
 * the upper half then is left over. */
static bool returns_int(int id)
{
	static const int ids[] = { BPF_FUNC_map_update_elem, BPF_FUNC_map_delete_elem,
				   BPF_FUNC_for_each_map_elem };

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (ids[i] == id)
			return true;
	return false;
}

LLVMValueRef cg_helper(struct codegen *cg, int id, LLVMValueRef *args, unsigned int count)
{
	LLVMValueRef result = call(cg, cg->i64, id, args, count);

	if (!returns_int(id))
		return result;
	result = LLVMBuildTrunc(cg->builder, result, cg->i32, "");
	return LLVMBuildSExt(cg->builder, result, cg->i64, "");
}

LLVMValueRef cg_helper_ptr(struct codegen *cg, int id, LLVMValueRef *args, unsigned int count)
{
	return call(cg, cg->ptr, id, args, count);
}

LLVMValueRef cg_context(struct codegen *cg)
{
	if (!cg->function->context)
		bug("the context is not available in loop bodies");
	return cg->function->context;
}

LLVMValueRef helper_context_word(struct codegen *cg, uint32_t n)
{
	LLVMValueRef context = cg_context(cg);

	/* The address of a word may be in use for a copy, but the verifier wants loads to name the
	 * context itself and a constant. */
	if (cg->body->bpf_prog_type == BPF_PROG_TYPE_TRACING)
		context = cg_opaque(cg, context);
	LLVMValueRef v = LLVMBuildLoad2(cg->builder, cg->i64,
					cg_offset(cg, context, n * sizeof(uint64_t)), "");

	LLVMSetAlignment(v, 8);
	LLVMSetVolatile(v, true);
	return v;
}

/* Where the verifier knows the context's types, a pointer loaded from it is no number. */
LLVMValueRef cg_context_word(struct codegen *cg, uint32_t n)
{
	LLVMValueRef v = helper_context_word(cg, n);

	return cg->body->bpf_prog_type == BPF_PROG_TYPE_TRACING ? direct_forget(cg, v) : v;
}

LLVMValueRef cg_map(struct codegen *cg, uint32_t map_index)
{
	char name[32];

	snprintf(name, sizeof(name), "map_%u", map_index);
	LLVMValueRef map = LLVMGetNamedGlobal(cg->module, name);
	if (!map) {
		map = LLVMAddGlobal(cg->module, cg->i64, name);
		LLVMSetLinkage(map, LLVMExternalLinkage);
		LLVMSetAlignment(map, 8);
	}
	return map;
}

LLVMValueRef cg_globals(struct codegen *cg, uint64_t offset)
{
	LLVMValueRef index = cg_const(cg, offset);
	LLVMValueRef map = cg_map(cg, event_role_map(cg, MAP_ROLE_GLOBALS));

	return offset ? LLVMBuildGEP2(cg->builder, cg->i8, map, &index, 1, "") : map;
}

LLVMValueRef cg_constants(struct codegen *cg, uint32_t offset)
{
	return cg_globals(cg, GLOBALS_SIZE(cg->program->functions.count) + offset);
}

LLVMValueRef helper_zeros(struct codegen *cg, uint64_t size)
{
	struct program *p = cg->program;
	struct program_map *m = &p->maps.items[event_role_map(cg, MAP_ROLE_GLOBALS)];
	uint64_t offset = program_globals_size(p);

	/* The globals page ends with zeros: a source for new map elements that needs no memory of
	 * the program. */
	m->value_size = (uint32_t)MAX(m->value_size, offset + size);
	return cg_globals(cg, offset);
}

void cg_count_loss(struct codegen *cg, enum program_loss loss)
{
	cg_atomic_add(cg, function_loss_counter(cg, loss), cg_const(cg, 1));
}

/* Counts a loss if condition (i1) holds. */
static void count_if(struct codegen *cg, LLVMValueRef condition, enum program_loss loss)
{
	struct cg_cold cold;

	function_begin_cold(cg, condition, &cold);
	cg_count_loss(cg, loss);
	function_end_cold(cg, &cold);
}

static LLVMValueRef is_negative(struct codegen *cg, LLVMValueRef v)
{
	return LLVMBuildICmp(cg->builder, LLVMIntSLT, v, LLVMConstNull(LLVMTypeOf(v)), "");
}

/* Helpers by space: a row each. */
static const struct {
	int memory, string;
	const char *memory_name, *string_name; /* in messages */
} read_helpers[] = {
#define READ(suffix)                                                                               \
	{ BPF_FUNC_probe_read##suffix, BPF_FUNC_probe_read##suffix##_str, "probe_read" #suffix,    \
	  "probe_read" #suffix "_str" }
	[SPACE_UNKNOWN] = READ(),	  [SPACE_KERNEL] = READ(_kernel),
	[SPACE_USER] = READ(_user),	  [SPACE_BPF] = READ(_kernel),
	[SPACE_CONTEXT] = READ(_kernel), [SPACE_SYSCALL] = READ(_kernel),
#undef READ
};

/* Until 5.5 (6ae08ae3dea2) there was one helper for both kinds of memory. */
static enum type_space reading_space(struct codegen *cg, enum type_space space)
{
	return cg_has_helper(cg, read_helpers[space].memory) ? space : SPACE_UNKNOWN;
}

static void note_fault(struct codegen *cg, const struct expr *at, const char *helper,
		       LLVMValueRef result)
{
	cg_count_loss(cg, LOSS_READ_FAULT);
	error_quiet(cg, at, helper, result);
}

void helper_note_fault(struct codegen *cg, const struct expr *e)
{
	note_fault(cg, e, read_helpers[SPACE_KERNEL].memory_name, cg_const(cg, (uint64_t)-EFAULT));
}

static void note_fault_if_negative(struct codegen *cg, const struct expr *at, const char *helper,
				   LLVMValueRef result)
{
	struct cg_cold cold;

	function_begin_cold(cg, is_negative(cg, result), &cold);
	note_fault(cg, at, helper, result);
	function_end_cold(cg, &cold);
}

/* What a system call got a pointer to can change until the kernel has copied it. */
static void note_user_read(struct codegen *cg, enum type_space space, const struct expr *at)
{
	const struct body *b = cg->body;

	if (space != SPACE_USER || !at || !b->probes.count ||
	    !probe_precedes_copy(b->probes.items[0]))
		return;
	program_add_user_read(cg->program, b->function,
			      sema_add_site(cg->sema, at->loc, NULL, true));
}

void cg_probe_read(struct codegen *cg, LLVMValueRef to, uint64_t size, LLVMValueRef address,
		   enum type_space space, const struct expr *at)
{
	cg_probe_read_bounded(cg, to, cg_const32(cg, (uint32_t)size), address, space, at);
}

void cg_probe_read_bounded(struct codegen *cg, LLVMValueRef to, LLVMValueRef size,
			   LLVMValueRef address, enum type_space space, const struct expr *at)
{
	LLVMValueRef args[] = { to, size, address };

	note_user_read(cg, space, at);
	space = reading_space(cg, space);
	LLVMValueRef result = cg_helper(cg, read_helpers[space].memory, args, 3);
	note_fault_if_negative(cg, at, read_helpers[space].memory_name, result);
}

/* The string filled its memory: if it goes on in the source, its last byte replaces the NUL. */
static void mark_cut_string(struct codegen *cg, LLVMValueRef to, uint64_t max,
			    LLVMValueRef address, enum type_space space, bool count_cut)
{
	LLVMValueRef last = cg_offset(cg, to, max - 1);
	LLVMValueRef from = LLVMBuildAdd(cg->builder, address, cg_const(cg, max - 1), "");
	LLVMValueRef args[] = { last, cg_const32(cg, 1), from };

	cg_helper(cg, read_helpers[space].memory, args, 3);
	if (!count_cut)
		return;
	LLVMValueRef byte = value_load_raw(cg, cg->i8, last);
	count_if(cg, condition_of(cg, byte), LOSS_STRING_CUT);
}

void helper_read_string(struct codegen *cg, LLVMValueRef to, LLVMValueRef size, uint64_t max,
			LLVMValueRef address, enum type_space space, bool mark_cut, bool count_cut,
			const struct expr *at)
{
	LLVMBasicBlockRef fault, full;
	struct cg_cold cold;

	address = value_pointer_to_int(cg, address);
	note_user_read(cg, space, at);
	space = reading_space(cg, space);
	/* Strings are defined to their last byte (keys, comparisons), except where they only
	 * leave. */
	if (!event_is_in_record(cg, to))
		cg_zero(cg, to, max);
	LLVMValueRef args[] = { to, size, address };
	LLVMValueRef result = cg_helper(cg, read_helpers[space].string, args, 3);
	const char *name = read_helpers[space].string_name;
	if (!mark_cut) {
		note_fault_if_negative(cg, at, name, result);
		return;
	}
	/* One unsigned comparison finds both: a full string (result == max) and an error. */
	fault = cg_block(cg, "fault");
	full = cg_block(cg, "full");
	function_begin_cold(
		cg, LLVMBuildICmp(cg->builder, LLVMIntUGE, result, cg_const(cg, max), ""), &cold);
	cg_branch(cg, is_negative(cg, result), fault, full, fault);
	note_fault(cg, at, name, result);
	cg_jump(cg, cold.next, full);
	mark_cut_string(cg, to, max, address, space, count_cut);
	function_end_cold(cg, &cold);
}

LLVMValueRef cg_read_str(struct codegen *cg, LLVMValueRef to, uint64_t size, LLVMValueRef address,
			 enum type_space space, const struct expr *at)
{
	LLVMValueRef args[] = { to, cg_const32(cg, (uint32_t)size), address };

	note_user_read(cg, space, at);
	LLVMValueRef result = cg_helper(cg, read_helpers[space].string, args, 3);

	note_fault_if_negative(cg, at, read_helpers[space].string_name, result);
	return result;
}

void cg_probe_read_str(struct codegen *cg, LLVMValueRef to, LLVMValueRef size, uint64_t max,
		       LLVMValueRef address, enum type_space space, bool mark_cut,
		       const struct expr *at)
{
	helper_read_string(cg, to, size, max, address, space, mark_cut, true, at);
}

/* --- who is running --------------------------------------------------------------------------- */

static LLVMValueRef load_global(struct codegen *cg, LLVMTypeRef t, size_t offset)
{
	return value_load_raw(cg, t, cg_globals(cg, offset));
}

#define GLOBAL(cg, t, member) load_global(cg, t, offsetof(struct program_globals, member))

/* The id under bittern's own PID namespace, from the helper's { pid (thread), tgid (process) }. */
static LLVMValueRef namespace_pid(struct codegen *cg, LLVMValueRef inode, bool is_thread)
{
	struct cg_function *f = cg->function;
	LLVMValueRef info = f->ids = f->ids ? f->ids : memory_cell(cg, cg->i64, "ids");
	LLVMValueRef args[] = { GLOBAL(cg, cg->i64, pid_ns_dev), inode, info, cg_const32(cg, 8) };

	value_store_raw(cg, cg_const(cg, 0), info);
	cg_helper(cg, BPF_FUNC_get_ns_current_pid_tgid, args, 4);
	return value_load_raw(cg, cg->i32, cg_offset(cg, info, is_thread ? 0 : 4));
}

LLVMValueRef cg_current_pid(struct codegen *cg, bool is_thread)
{
	LLVMBasicBlockRef foreign = cg_block(cg, "foreign"), initial = cg_block(cg, "initial");
	LLVMBasicBlockRef join = cg_block(cg, "pid");
	LLVMValueRef inode = GLOBAL(cg, cg->i64, pid_ns_ino);

	cg_branch(cg, condition_of(cg, inode), foreign, initial, foreign);
	LLVMValueRef ids[2] = { namespace_pid(cg, inode, is_thread) };
	LLVMBasicBlockRef from[2] = { LLVMGetInsertBlock(cg->builder), initial };
	cg_jump(cg, join, initial);
	LLVMValueRef both = cg_helper(cg, BPF_FUNC_get_current_pid_tgid, NULL, 0);
	if (!is_thread)
		both = LLVMBuildLShr(cg->builder, both, cg_const(cg, 32), "");
	ids[1] = LLVMBuildTrunc(cg->builder, both, cg->i32, "");
	cg_jump(cg, join, join);
	LLVMValueRef id = LLVMBuildPhi(cg->builder, cg->i32, "");
	LLVMAddIncoming(id, ids, from, 2);
	return id;
}

void cg_request_exit(struct codegen *cg, LLVMValueRef code)
{
	LLVMBasicBlockRef first = cg_block(cg, "first"), next = cg_block(cg, "stop");
	LLVMValueRef time = cg_globals(cg, offsetof(struct program_globals, exit_time_ns));
	LLVMValueRef one = cg_const32(cg, 1);

	LLVMValueRef now = cg_helper(cg, BPF_FUNC_ktime_get_ns, NULL, 0);
	LLVMValueRef old = value_load_raw(cg, cg->i64, time);
	LLVMSetVolatile(old, true);
	/* Two calls in the same moment may both be the first; either is right then. */
	cg_branch(cg, condition_of(cg, old), next, first, first);
	value_store_raw(cg, now, time);
	value_store_raw(cg, code, cg_globals(cg, offsetof(struct program_globals, exit_code)));
	value_store_raw(cg, one, cg_globals(cg, offsetof(struct program_globals, exit_requested)));
	cg_jump(cg, next, next);
	value_store_raw(cg, one, cg_globals(cg, offsetof(struct program_globals, stop)));
}
