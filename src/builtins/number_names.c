/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of numbers, as strings in the kernel: strerror() signal_name() syscall_name().
 *
 * Each is a table of texts among the program's constants, whose last row is the text of an unknown
 * number; what is emitted is an index, and the value is the row itself. A literal becomes a string
 * literal.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include "arch/arch.h"
#include "builtins/hooks.h"

#define TEXT_SIZE    64
#define ERRNO_END    4096 /* MAX_ERRNO of the kernel is 4095 */
#define SYSCALL_END  1024
#define SIGNAL_FIRST_REAL_TIME 34 /* SIGRTMIN and SIGRTMAX of glibc, which are no constants */
#define SIGNAL_LAST  64

/* The text of a number, or NULL; buffer has TEXT_SIZE bytes. */
typedef const char *name_fn(uint64_t number, char *buffer);

static const char *error_name(uint64_t number, char *buffer)
{
	(void)buffer;
	return number < ERRNO_END ? strerrordesc_np((int)number) : NULL;
}

static const char *signal_name(uint64_t number, char *buffer)
{
	if (number > SIGNAL_LAST)
		return NULL;
	if (number < SIGNAL_FIRST_REAL_TIME)
		return sigdescr_np((int)number);
	snprintf(buffer, TEXT_SIZE, "Real-time signal %d", (int)number - SIGNAL_FIRST_REAL_TIME);
	return buffer;
}

static const char *syscall_name(uint64_t number, char *buffer)
{
	(void)buffer;
	return number < SYSCALL_END ? arch_syscall_name((unsigned int)number) : NULL;
}

static const struct names {
	const char *builtin;
	name_fn *name;
	uint64_t end; /* no number from here on has one */
	const char *unknown;
	bool ignores_sign;
} tables[] = {
	{ "strerror", error_name, ERRNO_END, "Unknown error", true },
	{ "signal_name", signal_name, SIGNAL_LAST + 1, "N/A", false },
	{ "syscall_name", syscall_name, SYSCALL_END, "Unknown syscall", false },
};

static const struct names *names_of(const struct expr *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		if (!strcmp(tables[i].builtin, e->call.builtin->name))
			return &tables[i];
	}
	bug("%s() has no table", e->call.name);
}

static const char *text_of(const struct names *names, uint64_t number, char *buffer)
{
	return names->name(number, buffer) ?: names->unknown;
}

static int check_name(struct sema *s, struct expr **slot)
{
	const struct names *names = names_of(*slot);
	char buffer[TEXT_SIZE];
	bool is_negative;
	uint64_t number;

	if (!sema_literal_int(call_arg(*slot, 0), &number, &is_negative))
		return 0;
	if (is_negative && names->ignores_sign)
		number = 0 - number;
	const char *text = text_of(names, number, buffer);
	size_t len = strnlen(text, TEXT_SIZE - 1);
	struct expr *literal =
		expr_string(s->arena, (*slot)->loc, arena_strndup(s->arena, text, len), len);
	literal->type = (*slot)->type;
	*slot = literal;
	return 0;
}

/* Numbers up to the last that has a name. */
static uint64_t count_names(const struct names *names)
{
	char buffer[TEXT_SIZE];
	uint64_t count = names->end;

	while (count && !names->name(count - 1, buffer))
		count--;
	return count;
}

/* What the emit hook needs to know. */
struct table {
	uint32_t offset; /* among the constants */
	uint64_t count;	 /* rows before that of unknown numbers */
};

static void plan_name(struct sema *s, struct expr *e, struct program_action *action)
{
	const struct names *names = names_of(e);
	struct table *table = ARENA_NEW(s->arena, struct table);
	char buffer[TEXT_SIZE];

	(void)action;
	table->count = count_names(names);
	char *rows = ARENA_ARRAY(s->arena, char, (table->count + 1) * TEXT_SIZE);
	for (uint64_t i = 0; i <= table->count; i++)
		snprintf(rows + i * TEXT_SIZE, TEXT_SIZE, "%s",
			 i < table->count ? text_of(names, i, buffer) : names->unknown);
	table->offset = program_add_constants(s->program, rows, (table->count + 1) * TEXT_SIZE);
	e->call.data = table;
}

static int emit_name(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	const struct table *table = e->call.data;
	LLVMValueRef number;
	int err = cg_emit_i64(cg, call_arg(e, 0), &number);

	(void)into;
	if (err)
		return err;
	if (names_of(e)->ignores_sign) {
		LLVMValueRef is_negative = ir_compare(cg, LLVMIntSLT, number, cg_const(cg, 0));

		number = LLVMBuildSelect(cg->builder, is_negative,
					 ir_sub(cg, cg_const(cg, 0), number), number, "");
	}
	number = ir_mul(cg, clamp(cg, number, table->count), cg_const(cg, TEXT_SIZE));
	cg_set_address(out, e->type,
		       LLVMBuildGEP2(cg->builder, cg->i8, cg_constants(cg, table->offset), &number,
				     1, ""),
		       SPACE_BPF);
	return 0;
}

#define NAME_ROW(NAME, HELP)                                                                       \
	{ .name = NAME, .signature = NAME "(int) -> string[64]", .help = HELP,                     \
	  .check = check_name, .plan = plan_name, .emit = emit_name }

const struct builtin builtins_number_names[] = {
	NAME_ROW("strerror", "What an errno means; its sign does not matter."),
	NAME_ROW("signal_name", "What a signal means, such as Interrupt."),
	NAME_ROW("syscall_name", "Name of a system call by its number."),
	{ 0 },
};
