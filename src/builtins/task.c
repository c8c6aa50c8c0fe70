/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is running, and where: the task, its user, the CPU, the cgroup.
 *
 * pid and tid are those of bittern's own PID namespace (cg_current_pid()). Where bittern runs in
 * the initial one, that is known while compiling and nothing is tested in the kernel.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "builtins/hooks.h"
#include "program/events.h"

#define COMM_SIZE	16 /* TASK_COMM_LEN */
#define OTHER_COMM_SIZE 64 /* of comm(pid) */
#define FIND_TASK	"bpf_task_from_pid"
#define COMM_TYPES	"tracepoint, rawtracepoint, fentry, fexit, profile, interval, software, hardware, " \
			"watchpoint"

static LLVMValueRef global_u32(struct codegen *cg, size_t offset)
{
	LLVMValueRef v = cg_load(cg, unsigned_type(cg, 4), cg_globals(cg, offset));

	return LLVMBuildZExt(cg->builder, v, cg->i64, "");
}

/* --- pid, tid --------------------------------------------------------------------------------- */

static int check_namespace_word(struct sema *s, struct expr **slot)
{
	return check_word(s, *slot, "curr_ns init");
}

static bool wants_initial_namespace(const struct codegen *cg, const struct expr *e)
{
	const char *word = call_word(e, 0);
	uint64_t dev, ino;

	return (word && !strcmp(word, "init")) ||
	       host_in_initial_pid_namespace(cg->sema->host, &dev, &ino);
}

static int emit_pid(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		    struct cg_value *out)
{
	(void)into;
	if (wants_initial_namespace(cg, e))
		set_integer(cg, e,
			    ir_shr(cg, cg_helper(cg, BPF_FUNC_get_current_pid_tgid, NULL, 0),
				   cg_const(cg, 32)), out);
	else
		cg_set(out, e->type, cg_current_pid(cg, false));
	return 0;
}

static int emit_tid(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		    struct cg_value *out)
{
	(void)into;
	if (wants_initial_namespace(cg, e))
		set_integer(cg, e, cg_helper(cg, BPF_FUNC_get_current_pid_tgid, NULL, 0), out);
	else
		cg_set(out, e->type, cg_current_pid(cg, true));
	return 0;
}

/* --- user and name ---------------------------------------------------------------------------- */

/* uid and username: the second is a uid that is looked up when printed. */
static int emit_uid(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		    struct cg_value *out)
{
	LLVMValueRef both = cg_helper(cg, BPF_FUNC_get_current_uid_gid, NULL, 0);

	(void)into;
	cg_set(out, e->type, ir_and(cg, both, cg_const(cg, UINT32_MAX)));
	return 0;
}

static int emit_gid(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		    struct cg_value *out)
{
	LLVMValueRef both = cg_helper(cg, BPF_FUNC_get_current_uid_gid, NULL, 0);

	(void)into;
	cg_set(out, e->type, ir_shr(cg, both, cg_const(cg, 32)));
	return 0;
}

static const struct type *type_comm(struct sema *s, struct expr *e)
{
	return type_string(&s->types, call_arg_count(e) ? OTHER_COMM_SIZE : COMM_SIZE);
}

/* Programs of begin, end and self may not call kernel functions of tasks. */
static int check_comm(struct sema *s, struct expr **slot)
{
	if (!call_arg_count(*slot) || strcmp(sema_first_probe(s)->ops->type_word, "special"))
		return 0;
	diag_hint(diag_error(s->diag, DIAG_PROBE_BUILTIN, (*slot)->loc,
			     "comm() of another process does not exist in probes of type '%s'",
			     sema_first_probe(s)->ops->name),
		  "it exists in: " COMM_TYPES);
	return -EINVAL;
}

static void plan_comm(struct sema *s, struct expr *e, struct program_action *action)
{
	(void)action;
	if (call_arg_count(e))
		e->site = sema_add_site(s, e->loc, FIND_TASK, false);
}

/* The name of a task of the kernel, whose pointer the verifier knows to be one. */
static void read_comm(struct codegen *cg, const struct expr *e, LLVMValueRef task,
		      LLVMValueRef into)
{
	uint32_t offset = 0, size = COMM_SIZE;

	host_btf_member(cg->sema->host, "task_struct", "comm", &offset, &size);
	cg_probe_read_str(cg, into, cg_const32(cg, COMM_SIZE), COMM_SIZE,
			  cg_offset(cg, task, offset), SPACE_KERNEL, false, e);
}

static void name_missing(struct codegen *cg, const struct expr *e, const char *text, int error,
			 LLVMValueRef into)
{
	cg_store_literal(cg, into, text, strlen(text), OTHER_COMM_SIZE);
	cg_runtime_error(cg, e, ERROR_HELPER, cg_const(cg, (uint64_t)(int64_t)-error));
}

/* comm(pid): the task is found by a function of the kernel and given back to it. */
static void emit_comm_of(struct codegen *cg, const struct expr *e, LLVMValueRef pid,
			 LLVMValueRef into)
{
	LLVMBasicBlockRef found = cg_block(cg, "found"), missing = cg_block(cg, "missing");
	LLVMBasicBlockRef join = cg_block(cg, "named");
	LLVMValueRef task;

	pid = LLVMBuildTrunc(cg->builder, pid, cg->i32, "");
	task = cg_kfunc(cg, FIND_TASK, cg->ptr, &pid, 1);
	cg_branch(cg, ir_compare(cg, LLVMIntNE, task, LLVMConstNull(cg->ptr)), found, missing,
		  found);
	cg_zero(cg, into, OTHER_COMM_SIZE);
	read_comm(cg, e, task, into);
	cg_kfunc(cg, "bpf_task_release", cg->void_type, &task, 1);
	cg_jump(cg, join, missing);
	name_missing(cg, e, "N/A", ESRCH, into);
	cg_jump(cg, join, join);
}

static int emit_comm(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	LLVMValueRef args[] = { into, cg_const32(cg, type_size(e->type)) }, pid;

	cg_set_address(out, e->type, into, SPACE_BPF);
	if (call_arg_count(e)) {
		if (cg_emit_i64(cg, call_arg(e, 0), &pid))
			return -EINVAL;
		if (cg_lacks_kfunc(cg, FIND_TASK))
			name_missing(cg, e, "[unknown]", ENOSYS, into);
		else
			emit_comm_of(cg, e, pid, into);
		return 0;
	}
	/* Kernels before 6.6 (f3f213497797) leave what is behind the NUL as it was: no two keys of a
	 * map would be alike. */
	cg_zero(cg, into, type_size(e->type));
	cg_helper(cg, BPF_FUNC_get_current_comm, args, ARRAY_SIZE(args));
	return 0;
}

static const struct type *type_curtask(struct sema *s, struct expr *e)
{
	struct type_struct *task = type_struct_find(&s->types, "task_struct", false);

	(void)e;
	return type_pointer(&s->types, type_struct(&s->types, task, SPACE_KERNEL), SPACE_KERNEL);
}

/* --- one helper, no arguments ----------------------------------------------------------------- */

static const struct {
	const char *name;
	int helper;
} plain[] = {
	{ "cpu", BPF_FUNC_get_smp_processor_id },
	{ "cgroup", BPF_FUNC_get_current_cgroup_id },
	{ "curtask", BPF_FUNC_get_current_task },
	{ "numaid", BPF_FUNC_get_numa_node_id },
};

static int emit_plain(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		      struct cg_value *out)
{
	(void)into;
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
		if (!strcmp(plain[i].name, e->call.builtin->name)) {
			cg_set(out, e->type, cg_helper(cg, plain[i].helper, NULL, 0));
			return 0;
		}
	}
	bug("%s has no helper", e->call.builtin->name);
}

static int emit_rand(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	LLVMValueRef v = cg_helper(cg, BPF_FUNC_get_prandom_u32, NULL, 0);

	(void)into;
	cg_set(out, e->type, ir_and(cg, v, cg_const(cg, UINT32_MAX)));
	return 0;
}

/* --- from the globals ------------------------------------------------------------------------- */

static int emit_ncpus(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		      struct cg_value *out)
{
	(void)into;
	cg_set(out, e->type, global_u32(cg, offsetof(struct program_globals, cpu_count)));
	return 0;
}

static void plan_cpid(struct sema *s, struct expr *e, struct program_action *action)
{
	(void)action;
	if (!s->options->has_child)
		e->site = sema_add_site(s, e->loc, NULL, false);
}

static int emit_cpid(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	(void)into;
	if (!cg->sema->options->has_child)
		cg_runtime_error(cg, e, ERROR_NO_CHILD, NULL);
	cg_set(out, e->type, global_u32(cg, offsetof(struct program_globals, child_pid)));
	return 0;
}

static void fold_has_cpid(struct sema *s, struct expr **slot)
{
	*slot = expr_boolean(s->arena, (*slot)->loc, s->options->has_child);
}

const struct builtin builtins_task[] = {
	{ .name = "pid", .signature = "pid([word]) -> uint32", .flags = BUILTIN_VARIABLE,
	  .help = "Process id; in bittern's PID namespace, or with pid(init) in the initial one.",
	  .check = check_namespace_word, .emit = emit_pid },
	{ .name = "tid", .signature = "tid([word]) -> uint32", .flags = BUILTIN_VARIABLE,
	  .help = "Thread id; in bittern's PID namespace, or with tid(init) in the initial one.",
	  .check = check_namespace_word, .emit = emit_tid },
	{ .name = "uid", .signature = "uint64", .flags = BUILTIN_VARIABLE,
	  .help = "User id.", .emit = emit_uid },
	{ .name = "gid", .signature = "uint64", .flags = BUILTIN_VARIABLE,
	  .help = "Group id.", .emit = emit_gid },
	{ .name = "username", .signature = "username_t", .flags = BUILTIN_VARIABLE,
	  .help = "User name, looked up when printed.", .emit = emit_uid },
	{ .name = "comm", .signature = "comm([int]) -> ?",
	  .flags = BUILTIN_VARIABLE | BUILTIN_TYPED,
	  .help = "Name of the current thread, or of the process with that id.",
	  .type = type_comm, .check = check_comm, .plan = plan_comm, .emit = emit_comm },
	{ .name = "cpu", .signature = "uint64", .flags = BUILTIN_VARIABLE,
	  .help = "Number of the CPU.", .emit = emit_plain },
	{ .name = "numaid", .signature = "uint64", .flags = BUILTIN_VARIABLE,
	  .help = "Number of the NUMA node.", .emit = emit_plain },
	{ .name = "ncpus", .signature = "uint64", .flags = BUILTIN_VARIABLE,
	  .help = "Number of possible CPUs.", .emit = emit_ncpus },
	{ .name = "cgroup", .signature = "uint64", .flags = BUILTIN_VARIABLE,
	  .help = "Id of the cgroup (version 2).", .emit = emit_plain },
	{ .name = "curtask", .signature = "?", .flags = BUILTIN_VARIABLE,
	  .help = "The kernel's struct task_struct of the current thread.",
	  .type = type_curtask, .emit = emit_plain },
	{ .name = "rand", .signature = "uint64", .flags = BUILTIN_VARIABLE,
	  .help = "A pseudo-random number of 32 bits.", .emit = emit_rand },
	{ .name = "cpid", .signature = "uint64", .flags = BUILTIN_VARIABLE,
	  .help = "Process id of the command started with -c.",
	  .plan = plan_cpid, .emit = emit_cpid },
	{ .name = "has_cpid", .signature = "bool", .flags = BUILTIN_VARIABLE,
	  .help = "Whether a command was started with -c.", .fold = fold_has_cpid },
	{ 0 },
};
