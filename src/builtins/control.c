/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exit().
 *
 * It leaves code and time in the globals, where they survive even a full control ring, and raises
 * the flag that stops all other programs (cg_request_exit()); the record gives the end its place
 * among what was printed. In a macro exit() only asks for the end: the statements behind it still run,
 * though what they print is later than the end and is not shown.
 */
#include "builtins/hooks.h"
#include "program/events.h"

static int emit_exit(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	LLVMValueRef code = cg_const(cg, 0), record;
	int err = call_arg(e, 0) ? cg_emit_i64(cg, call_arg(e, 0), &code) : 0;

	(void)into;
	if (err)
		return err;
	cg_request_exit(cg, code);
	record = cg_event_begin(cg, e, sizeof(struct event_exit));
	cg_store(cg, unsigned_type(cg, 8), code,
		 cg_offset(cg, record, offsetof(struct event_exit, code)));
	cg_event_submit(cg);
	if (!e->call.is_in_macro)
		cg_return(cg, NULL);
	set_void(e, out);
	return 0;
}

const struct builtin builtins_control[] = {
	{ .name = "exit", .signature = "exit([int]) -> void", .flags = BUILTIN_NO_RETURN,
	  .action = ACTION_EXIT + 1, .first_payload = 1,
	  .help = "Ends the run, with an exit status.", .emit = emit_exit },
	{ 0 },
};
