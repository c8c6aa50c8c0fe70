/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clocks and dates.
 *
 * nsecs() reads one of the kernel's clocks; strftime() makes a value that remembers which clock its
 * time came from, because only user space knows what the time of day is. time() carries nothing: it
 * shows when its record is processed.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "builtins/hooks.h"
#include "program/events.h"

#define TIME_DEFAULT_FORMAT "%H:%M:%S\n"

/* The modes of nsecs(). */
static const struct clock {
	const char *word;
	int helper;
	bool is_date; /* strftime() can show it */
	enum value_clock kind;
} clocks[] = {
	{ "boot", BPF_FUNC_ktime_get_boot_ns, true, CLOCK_KIND_BOOT },
	{ "monotonic", BPF_FUNC_ktime_get_ns, false, CLOCK_KIND_BOOT },
	/* Since 6.1 (c8996c98f703). */
	{ "tai", BPF_FUNC_ktime_get_tai_ns, true, CLOCK_KIND_TAI },
	/* For kernels before that: boot time and what lay between the two at the start. */
	{ "sw_tai", BPF_FUNC_ktime_get_boot_ns, true, CLOCK_KIND_SW_TAI },
};

/* --- nsecs, elapsed --------------------------------------------------------------------------- */

/* The clock a call of nsecs reads. */
static const struct clock *clock_of(const struct expr *e)
{
	const char *word = call_word(e, 0);

	for (size_t i = 0; word && i < ARRAY_SIZE(clocks); i++) {
		if (!strcmp(clocks[i].word, word))
			return &clocks[i];
	}
	return &clocks[0];
}

static int check_nsecs(struct sema *s, struct expr **slot)
{
	return check_word(s, *slot, "boot monotonic tai sw_tai");
}

/* Without the helper (5.8, 71d19214776e): the monotonic clock, which stands still while the machine
 * sleeps. */
static LLVMValueRef boot_time(struct codegen *cg)
{
	bool has_boot = cg_has_helper(cg, BPF_FUNC_ktime_get_boot_ns);

	return cg_helper(cg, has_boot ? BPF_FUNC_ktime_get_boot_ns : BPF_FUNC_ktime_get_ns, NULL,
			 0);
}

static int emit_nsecs(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		      struct cg_value *out)
{
	const struct clock *clock = clock_of(e);
	size_t offset = offsetof(struct program_globals, boot_to_tai_ns);
	LLVMValueRef now = clock->helper == BPF_FUNC_ktime_get_boot_ns ?
				   boot_time(cg) : cg_helper(cg, clock->helper, NULL, 0);

	(void)into;
	if (clock->kind == CLOCK_KIND_SW_TAI)
		now = ir_add(cg, now, cg_load(cg, unsigned_type(cg, 8), cg_globals(cg, offset)));
	cg_set(out, e->type, now);
	return 0;
}

static int emit_elapsed(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			struct cg_value *out)
{
	LLVMValueRef start = cg_globals(cg, offsetof(struct program_globals, start_boot_ns));
	LLVMValueRef now = boot_time(cg);

	(void)into;
	cg_set(out, e->type, ir_sub(cg, now, cg_load(cg, unsigned_type(cg, 8), start)));
	return 0;
}

static int emit_jiffies(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			struct cg_value *out)
{
	(void)into;
	cg_set(out, e->type, cg_helper(cg, BPF_FUNC_jiffies64, NULL, 0));
	return 0;
}

/* --- time ------------------------------------------------------------------------------------- */

static void plan_time(struct sema *s, struct expr *e, struct program_action *action)
{
	const char *format = TIME_DEFAULT_FORMAT;
	size_t len;

	if (call_arg(e, 0))
		format = sema_literal_string(call_arg(e, 0), &len);
	action->format = program_add_string(s->program, format);
}

static int emit_time(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	(void)into;
	set_void(e, out);
	return cg_emit_action(cg, e, (uint32_t)call_arg_count(e));
}

/* --- strftime --------------------------------------------------------------------------------- */

/* The clock of a time that comes directly from nsecs(); boot time for all other integers. */
static const struct clock *clock_of_time(const struct expr *time)
{
	while (time->kind == EXPR_CAST && time->cast.is_implicit)
		time = time->cast.operand;
	if (time->kind == EXPR_CALL && !strcmp(time->call.name, "nsecs"))
		return clock_of(time);
	return &clocks[0];
}

static int check_strftime(struct sema *s, struct expr **slot)
{
	const struct expr *time = call_arg(*slot, 1);
	bool is_negative;
	uint64_t value;

	if (!clock_of_time(time)->is_date) {
		struct diag_msg *m = diag_error(s->diag, DIAG_CLOCK, time->loc,
						"the monotonic clock has no date");

		diag_hint(m, "use nsecs(boot), nsecs(tai) or nsecs(sw_tai)");
		return -EINVAL;
	}
	if (sema_literal_int(time, &value, &is_negative) && is_negative) {
		diag_error(s->diag, DIAG_NEGATIVE_TIME, time->loc,
			   "strftime() cannot show a negative time");
		return -EINVAL;
	}
	return 0;
}

static void plan_strftime(struct sema *s, struct expr *e, struct program_action *action)
{
	size_t len;

	(void)action;
	e->call.data = (void *)(uintptr_t)program_add_string(
		s->program, sema_literal_string(call_arg(e, 0), &len));
}

static int emit_strftime(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			 struct cg_value *out)
{
	const struct expr *time = call_arg(e, 1);
	LLVMValueRef ns;
	int err = cg_emit_i64(cg, time, &ns);

	if (err)
		return err;
	cg_store(cg, unsigned_type(cg, 8), ns,
		 cg_offset(cg, into, offsetof(struct value_timestamp, time_ns)));
	cg_store(cg, unsigned_type(cg, 4), cg_const32(cg, (uint32_t)(uintptr_t)e->call.data),
		 cg_offset(cg, into, offsetof(struct value_timestamp, format)));
	cg_store(cg, unsigned_type(cg, 4), cg_const32(cg, clock_of_time(time)->kind),
		 cg_offset(cg, into, offsetof(struct value_timestamp, clock)));
	cg_set_address(out, e->type, into, SPACE_BPF);
	return 0;
}

const struct builtin builtins_time[] = {
	{ .name = "nsecs", .signature = "nsecs([word]) -> uint64", .flags = BUILTIN_VARIABLE,
	  .help = "Nanoseconds of a clock: boot (the default), monotonic, tai or sw_tai.",
	  .check = check_nsecs, .emit = emit_nsecs },
	{ .name = "elapsed", .signature = "uint64", .flags = BUILTIN_VARIABLE,
	  .help = "Nanoseconds since the start of the program.", .emit = emit_elapsed },
	{ .name = "jiffies", .signature = "uint64", .flags = BUILTIN_VARIABLE,
	  .help = "The kernel's count of timer ticks.", .emit = emit_jiffies },
	{ .name = "time", .signature = "time([#string]) -> void", .action = ACTION_TIME + 1,
	  .first_payload = 1, .help = "Prints the time of day, by default as %H:%M:%S and a newline.",
	  .plan = plan_time, .emit = emit_time },
	{ .name = "strftime", .signature = "strftime(#string, int) -> timestamp",
	  .help = "A time of nsecs as a date, to be printed.",
	  .check = check_strftime, .plan = plan_strftime, .emit = emit_strftime },
	{ 0 },
};
