/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One function per mode writes one frame. What is not known is written as what is: an address.
 */
#include "runtime/output/stack.h"

#include <string.h>
#include <linux/bpf.h>

struct frame {
	uint64_t address;
	bool has_name;
	bool is_user;
	struct symbol_name symbol;
	struct bpf_stack_build_id build_id;
};

static void add_name(struct strbuf *b, const char *name)
{
	for (const char *c = name; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			strbuf_printf(b, "\\x%02x", (unsigned char)*c);
		else
			strbuf_add_char(b, *c);
	}
}

static void add_symbol(struct strbuf *b, const struct frame *f)
{
	add_name(b, f->symbol.name);
	strbuf_printf(b, "+%llu", (unsigned long long)f->symbol.offset);
}

static void add_bpftrace(struct strbuf *b, const struct frame *f)
{
	strbuf_add_text(b, "        ");
	if (f->has_name)
		add_symbol(b, f);
	else
		strbuf_printf(b, "0x%llx", (unsigned long long)f->address);
}

static void add_perf(struct strbuf *b, const struct frame *f)
{
	strbuf_printf(b, "\t%llx ", (unsigned long long)f->address);
	if (f->has_name)
		add_symbol(b, f);
	else
		strbuf_printf(b, "0x%llx", (unsigned long long)f->address);
	if (!f->is_user)
		return;
	strbuf_add_text(b, " (");
	add_name(b, f->symbol.module ? f->symbol.module : "[unknown]");
	strbuf_add_char(b, ')');
}

static void add_raw(struct strbuf *b, const struct frame *f)
{
	strbuf_printf(b, "%llx", (unsigned long long)f->address);
}

static void add_build_id(struct strbuf *b, const struct frame *f)
{
	if (f->build_id.status != BPF_STACK_BUILD_ID_VALID) {
		strbuf_printf(b, "%llx", (unsigned long long)f->build_id.ip);
		return;
	}
	for (int i = 0; i < BPF_BUILD_ID_SIZE; i++)
		strbuf_printf(b, "%02x", f->build_id.build_id[i]);
	strbuf_printf(b, " 0x%llx", (unsigned long long)f->build_id.offset);
}

static void (*const modes[STACK_MODE_COUNT])(struct strbuf *b, const struct frame *f) = {
	[STACK_BPFTRACE] = add_bpftrace,
	[STACK_PERF] = add_perf,
	[STACK_RAW] = add_raw,
	[STACK_BUILD_ID] = add_build_id,
};

static bool wants_names(uint8_t mode)
{
	return mode == STACK_BPFTRACE || mode == STACK_PERF;
}

static void name_frame(const struct resolver *r, struct frame *f, uint32_t pid)
{
	if (f->is_user)
		f->has_name = r->user_symbol &&
			      r->user_symbol(r->context, f->address, pid, &f->symbol);
	else
		f->has_name = r->kernel_symbol &&
			      r->kernel_symbol(r->context, f->address, &f->symbol);
}

/* The kernel's way from the event to the program, which most kernels leave out when they are asked to
 * skip two frames; 5.10 has one more. */
static bool is_of_tracer(const struct frame *f)
{
	return f->has_name && !f->is_user &&
	       (!strncmp(f->symbol.name, "bpf_trace_run", strlen("bpf_trace_run")) ||
		!strncmp(f->symbol.name, "bpf_get_stack", strlen("bpf_get_stack")));
}

void stack_render(struct strbuf *b, const struct resolver *r, const struct program_type *t,
		  const void *bytes)
{
	struct value_user_stack head = { 0 };
	bool is_user = t->kind == TYPE_USTACK, is_inner = true;
	size_t head_size = is_user ? sizeof(struct value_user_stack)
				   : sizeof(struct value_kernel_stack);
	size_t frame_size = t->bits == STACK_BUILD_ID ? STACK_BUILD_ID_FRAME_SIZE
						      : STACK_FRAME_SIZE;
	const char *at = (const char *)bytes + head_size;

	memcpy(&head, bytes, head_size);
	strbuf_add_char(b, '\n');
	for (uint64_t i = 0; i < MIN(head.count, (uint64_t)t->count); i++, at += frame_size) {
		struct frame f = { .is_user = is_user };

		if (t->bits == STACK_BUILD_ID)
			memcpy(&f.build_id, at, sizeof(f.build_id));
		else
			memcpy(&f.address, at, sizeof(f.address));
		if (wants_names(t->bits))
			name_frame(r, &f, head.pid);
		is_inner = is_inner && is_of_tracer(&f);
		if (is_inner)
			continue;
		modes[MIN(t->bits, STACK_BUILD_ID)](b, &f);
		strbuf_add_char(b, '\n');
	}
}
