/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups by name: cgroupid() while compiling, cgroup_path() when printed.
 */
#include <errno.h>
#include <string.h>
#include "builtins/hooks.h"
#include "program/events.h"

static int check_cgroupid(struct sema *s, struct expr **slot)
{
	size_t len;
	const struct expr *arg = call_arg(*slot, 0);
	const char *path = sema_literal_string(arg, &len);
	struct expr *literal;
	uint64_t id;
	int err = host_cgroup_id(path, &id);

	if (err == -EMEDIUMTYPE) {
		diag_hint(diag_error(s->diag, DIAG_CGROUP, arg->loc,
				     "'%s' is no control group of version 2", path),
			  "these are directories below the mount point of cgroup2, often "
			  "/sys/fs/cgroup or /sys/fs/cgroup/unified");
		return -EINVAL;
	}
	if (err) {
		diag_error(s->diag, DIAG_CGROUP, arg->loc, "the control group '%s' cannot be "
			   "found: %s", path, strerror(-err));
		return -EINVAL;
	}
	literal = expr_integer(s->arena, (*slot)->loc, id);
	literal->type = (*slot)->type;
	*slot = literal;
	return 0;
}

/* The filter's number among the program's strings. */
static void plan_cgroup_path(struct sema *s, struct expr *e, struct program_action *action)
{
	const char *filter = "*";
	size_t len;

	(void)action;
	if (call_arg(e, 1))
		filter = sema_literal_string(call_arg(e, 1), &len);
	e->call.data = (void *)(uintptr_t)program_add_string(s->program, filter);
}

static int emit_cgroup_path(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			    struct cg_value *out)
{
	const struct type *u32 = unsigned_type(cg, 4);
	LLVMValueRef id;
	int err = cg_emit_i64(cg, call_arg(e, 0), &id);

	if (err)
		return err;
	cg_store(cg, unsigned_type(cg, 8), id,
		 cg_offset(cg, into, offsetof(struct value_cgroup_path, id)));
	cg_store(cg, u32, cg_const32(cg, (uint32_t)(uintptr_t)e->call.data),
		 cg_offset(cg, into, offsetof(struct value_cgroup_path, filter)));
	cg_store(cg, u32, cg_const32(cg, 0),
		 cg_offset(cg, into, offsetof(struct value_cgroup_path, reserved)));
	cg_set_address(out, e->type, into, SPACE_BPF);
	return 0;
}

const struct builtin builtins_cgroups[] = {
	{ .name = "cgroupid", .signature = "cgroupid(#string) -> uint64",
	  .help = "Id of the control group (version 2) with that directory.",
	  .check = check_cgroupid },
	{ .name = "cgroup_path", .signature = "cgroup_path(int, [#string]) -> cgroup_path_t",
	  .help = "Directories of a control group by its id, looked up when printed.",
	  .plan = plan_cgroup_path, .emit = emit_cgroup_path },
	{ 0 },
};
