/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All system call probes of one direction on one raw tracepoint.
 *
 * A program on sys_enter or sys_exit sees every call of every process. If one function wants one
 * number and tests it itself, it is attached as it is. Otherwise a dispatcher goes between, a dozen
 * instructions put together here: it looks at the stop flag, finds the call's number, asks a bit
 * map whether anybody wants it, leaves out 32-bit calls, and tail-calls the function from a program
 * array. A tail call does not come back, so functions of one number go to different arrays, each
 * with its dispatcher.
 *
 * The kernel empties a program array when the last descriptor of it is closed, so the link keeps
 * it.
 */
#include <errno.h>
#include <string.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include "arch/arch.h"
#include "probes/syscalls.h"
#include "probes/types.h"

#define NUMBER_MAX 1024 /* system calls are numbered below: arm64 and x86-64 are at some 470 */

struct wanted {
	uint8_t bits[NUMBER_MAX / 8];
};

/* --- assembling ------------------------------------------------------------------------------- */

#define CODE_MAX 64

struct code {
	struct bpf_insn insns[CODE_MAX];
	size_t count;
	size_t exits[8]; /* jumps to patch to the end */
	size_t exit_count;
};

static void emit(struct code *c, uint8_t opcode, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	c->insns[c->count++] = (struct bpf_insn){ .code = opcode, .dst_reg = dst, .src_reg = src,
						  .off = off, .imm = imm };
}

static void emit_move(struct code *c, uint8_t dst, uint8_t src)
{
	emit(c, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

static void emit_move_imm(struct code *c, uint8_t dst, int32_t imm)
{
	emit(c, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm);
}

static void emit_add_imm(struct code *c, uint8_t dst, int32_t imm)
{
	emit(c, BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm);
}

static void emit_load(struct code *c, uint8_t size, uint8_t dst, uint8_t src, int16_t off)
{
	emit(c, BPF_LDX | BPF_MEM | size, dst, src, off, 0);
}

/* A map (BPF_PSEUDO_MAP_FD) or an address in its value (BPF_PSEUDO_MAP_VALUE). */
static void emit_map(struct code *c, uint8_t dst, uint8_t pseudo, int fd, uint32_t offset)
{
	emit(c, BPF_LD | BPF_DW | BPF_IMM, dst, pseudo, 0, fd);
	emit(c, 0, 0, 0, 0, (int32_t)offset);
}

/* if (dst OP imm) leave */
static void emit_exit_if(struct code *c, uint8_t op, uint8_t dst, int32_t imm)
{
	c->exits[c->exit_count++] = c->count;
	emit(c, BPF_JMP | op | BPF_K, dst, 0, 0, imm);
}

static void emit_call(struct code *c, int32_t helper)
{
	emit(c, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

static void emit_end(struct code *c)
{
	for (size_t i = 0; i < c->exit_count; i++)
		c->insns[c->exits[i]].off = (int16_t)(c->count - c->exits[i] - 1);
	emit_move_imm(c, BPF_REG_0, 0);
	emit(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* r0 = 0 and *(r10 - 8) = 4 bytes at r3, which is set; leaves if that fails. */
static void emit_read_word(struct code *c)
{
	emit_move(c, BPF_REG_1, BPF_REG_10);
	emit_add_imm(c, BPF_REG_1, -8);
	emit_move_imm(c, BPF_REG_2, 4);
	emit_call(c, BPF_FUNC_probe_read_kernel);
	emit_exit_if(c, BPF_JNE, BPF_REG_0, 0);
}

static void emit_stop_test(struct code *c, int globals_fd)
{
	if (globals_fd < 0)
		return;
	emit_map(c, BPF_REG_2, BPF_PSEUDO_MAP_VALUE, globals_fd,
		 offsetof(struct program_globals, stop));
	emit_load(c, BPF_W, BPF_REG_2, BPF_REG_2, 0);
	emit_exit_if(c, BPF_JNE, BPF_REG_2, 0);
}

/* r7 = number, checked against the bounds. r6 = context: { regs, number } or { regs, result }. */
static void emit_number(struct code *c, enum program_attach direction)
{
	if (direction == ATTACH_SYSCALL_ENTER) {
		emit_load(c, BPF_DW, BPF_REG_7, BPF_REG_6, 8);
	} else {
		emit_load(c, BPF_DW, BPF_REG_3, BPF_REG_6, 0);
		emit_add_imm(c, BPF_REG_3, arch_native.syscall_number);
		emit_read_word(c);
		emit_load(c, BPF_W, BPF_REG_7, BPF_REG_10, -8);
	}
	emit_exit_if(c, BPF_JGE, BPF_REG_7, NUMBER_MAX);
}

/* Leaves unless bit r7 of the map is set. */
static void emit_wanted_test(struct code *c, int wanted_fd)
{
	emit_move(c, BPF_REG_1, BPF_REG_7);
	emit(c, BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_1, 0, 0, 3);
	emit_map(c, BPF_REG_2, BPF_PSEUDO_MAP_VALUE, wanted_fd, 0);
	emit(c, BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_2, BPF_REG_1, 0, 0);
	emit_load(c, BPF_B, BPF_REG_2, BPF_REG_2, 0);
	emit_move(c, BPF_REG_1, BPF_REG_7);
	emit(c, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_1, 0, 0, 7);
	emit(c, BPF_ALU64 | BPF_RSH | BPF_X, BPF_REG_2, BPF_REG_1, 0, 0);
	emit(c, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_2, 0, 0, 1);
	emit_exit_if(c, BPF_JEQ, BPF_REG_2, 0);
}

/* Leaves if the call is a 32-bit one. */
static void emit_compat_test(struct code *c, uint32_t offset)
{
	emit_call(c, BPF_FUNC_get_current_task);
	emit_move(c, BPF_REG_3, BPF_REG_0);
	emit_add_imm(c, BPF_REG_3, (int32_t)offset);
	emit_read_word(c);
	emit_load(c, BPF_W, BPF_REG_2, BPF_REG_10, -8);
	emit(c, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_2, 0, 0,
	     (int32_t)arch_native.compat_status_bit);
	emit_exit_if(c, BPF_JNE, BPF_REG_2, 0);
}

static void emit_tail_call(struct code *c, int table_fd)
{
	emit_move(c, BPF_REG_1, BPF_REG_6);
	emit_map(c, BPF_REG_2, BPF_PSEUDO_MAP_FD, table_fd, 0);
	emit_move(c, BPF_REG_3, BPF_REG_7);
	emit_call(c, BPF_FUNC_tail_call);
}

static int load_dispatcher(struct attach_context *c, enum program_attach direction, int table_fd,
			   int wanted_fd)
{
	int globals = program_find_role(c->program, MAP_ROLE_GLOBALS);
	struct code code = { .count = 0 };
	uint32_t compat;

	emit_move(&code, BPF_REG_6, BPF_REG_1);
	emit_stop_test(&code, globals < 0 ? -1 : c->map_fds[globals]);
	emit_number(&code, direction);
	emit_wanted_test(&code, wanted_fd);
	if (!probes_compat_offset(c->host, &compat))
		emit_compat_test(&code, compat);
	emit_tail_call(&code, table_fd);
	emit_end(&code);
	return bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "bt_dispatch", "GPL", code.insns,
			     code.count, NULL);
}

/* --- tables ----------------------------------------------------------------------------------- */

static int open_raw(struct attach_context *c, enum program_attach direction, int program_fd,
		    struct probe_link *link)
{
	const char *event = direction == ATTACH_SYSCALL_ENTER ? "sys_enter" : "sys_exit";
	int fd = bpf_raw_tracepoint_open(event, program_fd);

	if (fd < 0)
		return attach_error(c, fd, "the raw tracepoint %s cannot be opened: %s", event,
				    strerror(-fd));
	probe_link_add(link, fd);
	return 0;
}

/* Enters the probes that are number `layer` among those of their system call. */
static int fill_table(struct attach_context *c, enum program_attach direction, uint32_t layer,
		      int table_fd, struct wanted *wanted)
{
	auto_free uint32_t *seen = xcalloc(NUMBER_MAX, sizeof(*seen));

	for (uint32_t i = 0; i < c->program->probes.count; i++) {
		const struct program_probe *p = &c->program->probes.items[i];
		uint32_t number = (uint32_t)p->number;

		if (p->attach != direction || number >= NUMBER_MAX || seen[number]++ != layer)
			continue;
		if (bpf_map_update_elem(table_fd, &number, &c->function_fds[p->function], BPF_ANY))
			return -errno;
		wanted->bits[number / 8] |= (uint8_t)(1 << number % 8);
	}
	return 0;
}

/* One array of programs, its bit map and its dispatcher. */
static int attach_layer(struct attach_context *c, enum program_attach direction, uint32_t layer,
			struct probe_link *link)
{
	struct wanted wanted = { { 0 } };
	uint32_t zero = 0;
	auto_close int table = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "bt_syscalls",
					      sizeof(uint32_t), sizeof(uint32_t), NUMBER_MAX,
					      NULL);
	auto_close int bits = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bt_wanted", sizeof(uint32_t),
					     sizeof(wanted), 1, NULL);
	auto_close int program = -1;
	int err = table < 0 ? table : bits < 0 ? bits
			  : fill_table(c, direction, layer, table, &wanted);

	if (!err && bpf_map_update_elem(bits, &zero, &wanted, BPF_ANY))
		err = -errno;
	if (!err) {
		program = load_dispatcher(c, direction, table, bits);
		err = program < 0 ? program : 0;
	}
	if (err)
		return attach_error(c, err, "the table of system calls cannot be made: %s",
				    strerror(-err));
	err = open_raw(c, direction, program, link);
	if (!err)
		probe_link_add(link, take_fd(table)); /* after the attachment: closed after it */
	return err;
}

/* How many functions the busiest system call has; *only is the probe if there is just one. */
static uint32_t count_layers(const struct program *program, enum program_attach direction,
			     const struct program_probe **only)
{
	auto_free uint32_t *seen = xcalloc(NUMBER_MAX, sizeof(*seen));
	uint32_t layers = 0, probes = 0;

	for (uint32_t i = 0; i < program->probes.count; i++) {
		const struct program_probe *p = &program->probes.items[i];
		uint32_t number = (uint32_t)p->number;

		if (p->attach != direction || number >= NUMBER_MAX)
			continue;
		seen[number]++;
		layers = MAX(layers, seen[number]);
		*only = p;
		probes++;
	}
	if (probes != 1)
		*only = NULL;
	return layers;
}

int attach_syscalls(struct attach_context *c, enum program_attach direction,
		    struct probe_link *link)
{
	const struct program_probe *only = NULL;
	uint32_t layers = count_layers(c->program, direction, &only);

	if (only && only->is_guarded)
		return open_raw(c, direction, c->function_fds[only->function], link);
	for (uint32_t layer = 0; layer < layers; layer++) {
		int err = attach_layer(c, direction, layer, link);

		if (err)
			return err;
	}
	return 0;
}
