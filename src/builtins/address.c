/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network and hardware addresses, and address spaces: ntop() pton() macaddr() kptr() uptr().
 *
 * Addresses are copied as bytes; user space makes text of them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include "builtins/hooks.h"
#include "program/events.h"

#define MAC_SIZE 6

/* --- ntop ------------------------------------------------------------------------------------- */

static const struct expr *ntop_address(const struct expr *e)
{
	return call_arg(e, call_arg_count(e) - 1);
}

/* Bytes of the address; 0: an integer, which is IPv4 unless the family says something else. */
static uint32_t ntop_size(const struct expr *e)
{
	const struct type *t = ntop_address(e)->type;

	return type_is_memory(t) ? type_size(t) : 0;
}

static int bad_address(struct sema *s, const struct expr *e, const char *why)
{
	diag_error(s->diag, DIAG_ADDRESS_SIZE, e->loc, "%s", why);
	return -EINVAL;
}

static int check_ntop(struct sema *s, struct expr **slot)
{
	const struct expr *e = *slot, *address = ntop_address(e);
	uint32_t size = ntop_size(e), wanted;
	bool is_negative;
	uint64_t family;

	if (size != 0 && size != 4 && size != 16)
		return bad_address(s, address, "ntop() needs an address of 4 or 16 bytes");
	if (call_arg_count(e) == 1)
		return 0;
	if (type_is_memory(call_arg(e, 0)->type))
		return bad_address(s, call_arg(e, 0), "the address family must be an integer");
	if (!sema_literal_int(call_arg(e, 0), &family, &is_negative))
		return 0;
	if (family != AF_INET && family != AF_INET6)
		return bad_address(s, call_arg(e, 0), "the address family must be 2 or 10");
	wanted = family == AF_INET ? 4 : 16;
	if (wanted != (size ? size : 4))
		return bad_address(s, address, "the address does not have the family's size");
	return 0;
}

static int ntop_family(struct codegen *cg, const struct expr *e, LLVMValueRef *family)
{
	int err;

	*family = cg_const32(cg, ntop_size(e) == 16 ? AF_INET6 : AF_INET);
	if (call_arg_count(e) == 1)
		return 0;
	err = cg_emit_i64(cg, call_arg(e, 0), family);
	if (!err)
		*family = LLVMBuildTrunc(cg->builder, *family, cg->i32, "");
	return err;
}

static int emit_ntop(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	LLVMValueRef family, from, to = cg_offset(cg, into, offsetof(struct value_inet, address));
	int err = ntop_family(cg, e, &family);

	if (!err)
		err = ntop_size(e) ? cg_emit_address(cg, ntop_address(e), &from) :
				     cg_emit_i64(cg, ntop_address(e), &from);
	if (err)
		return err;
	cg_zero(cg, into, sizeof(struct value_inet));
	cg_store(cg, unsigned_type(cg, 4), family,
		 cg_offset(cg, into, offsetof(struct value_inet, family)));
	if (ntop_size(e))
		cg_copy(cg, to, from, ntop_size(e));
	else
		cg_store(cg, unsigned_type(cg, 4), LLVMBuildTrunc(cg->builder, from, cg->i32, ""),
			 to);
	cg_set_address(out, e->type, into, SPACE_BPF);
	return 0;
}

/* --- pton ------------------------------------------------------------------------------------- */

/* The bytes of a literal address; 0 if it is none. */
static uint32_t parse_address(const struct expr *e, uint8_t out[16])
{
	size_t len;
	const char *text = sema_literal_string(call_arg(e, 0), &len);

	if (!text || strlen(text) != len)
		return 0;
	if (strchr(text, '.') && !strchr(text, ':'))
		return inet_pton(AF_INET, text, out) == 1 ? 4 : 0;
	return inet_pton(AF_INET6, text, out) == 1 ? 16 : 0;
}

static const struct type *type_pton(struct sema *s, struct expr *e)
{
	uint8_t address[16];
	uint32_t size = parse_address(e, address);

	return type_array(&s->types, type_int(&s->types, 1, false), size ? size : 4);
}

static int check_pton(struct sema *s, struct expr **slot)
{
	uint8_t address[16];
	struct diag_msg *m;

	if (parse_address(*slot, address))
		return 0;
	m = diag_error(s->diag, DIAG_ADDRESS_TEXT, call_arg(*slot, 0)->loc,
		       "pton(): this is no IP address");
	diag_hint(m, "write an IPv4 address like \"127.0.0.1\" or an IPv6 address like \"::1\"");
	return -EINVAL;
}

static int emit_pton(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	uint8_t address[16];
	uint32_t size = parse_address(e, address);

	cg_store_literal(cg, into, (const char *)address, size, size);
	cg_set_address(out, e->type, into, SPACE_BPF);
	return 0;
}

/* --- macaddr ---------------------------------------------------------------------------------- */

static int check_macaddr(struct sema *s, struct expr **slot)
{
	const struct expr *from = call_arg(*slot, 0);
	size_t len;

	if (sema_literal_string(from, &len))
		return bad_address(s, from, "macaddr() does not take a string literal");
	if (type_is_memory(from->type) && type_size(from->type) < MAC_SIZE)
		return bad_address(s, from, "macaddr() needs at least 6 bytes");
	return 0;
}

static int emit_macaddr(struct codegen *cg, const struct expr *e, LLVMValueRef into,
			struct cg_value *out)
{
	const struct expr *from = call_arg(e, 0);
	bool is_value = type_is_memory(from->type);
	LLVMValueRef address;
	int err = is_value ? cg_emit_address(cg, from, &address) :
			     cg_emit_i64(cg, from, &address);

	if (err)
		return err;
	if (is_value)
		cg_copy(cg, into, address, MAC_SIZE);
	else
		cg_probe_read(cg, into, MAC_SIZE, address, address_space(cg, from), e);
	cg_set_address(out, e->type, into, SPACE_BPF);
	return 0;
}

/* --- kptr, uptr ------------------------------------------------------------------------------- */

static const struct type *type_in_space(struct sema *s, struct expr *e, enum type_space space)
{
	const struct type *t = call_arg(e, 0)->type, *element;

	if (!t || t->kind != TYPE_POINTER)
		return t;
	element = t->element;
	if (element->kind == TYPE_STRUCT)
		element = type_struct(&s->types, element->record, space);
	return type_pointer(&s->types, element, space);
}

static const struct type *type_kptr(struct sema *s, struct expr *e)
{
	return type_in_space(s, e, SPACE_KERNEL);
}

static const struct type *type_uptr(struct sema *s, struct expr *e)
{
	return type_in_space(s, e, SPACE_USER);
}

static int emit_same(struct codegen *cg, const struct expr *e, LLVMValueRef into,
		     struct cg_value *out)
{
	struct cg_value value;
	int err = cg_emit(cg, call_arg(e, 0), &value);

	(void)into;
	if (!err)
		cg_set(out, e->type, value.llvm);
	return err;
}

const struct builtin builtins_address[] = {
	{ .name = "ntop", .signature = "ntop(int|string|array, [int|string|array]) -> inet",
	  .help = "An IPv4 or IPv6 address as text: ntop(address), ntop(family, address).",
	  .check = check_ntop, .emit = emit_ntop },
	{ .name = "pton", .signature = "pton(#string) -> ?",
	  .help = "The bytes of an IPv4 or IPv6 address written as text.",
	  .type = type_pton, .check = check_pton, .emit = emit_pton },
	{ .name = "macaddr", .signature = "macaddr(string|array|int|ptr) -> macaddr_t",
	  .help = "A hardware address as text.", .check = check_macaddr, .emit = emit_macaddr },
	{ .name = "kptr", .signature = "kptr(int|ptr) -> ?",
	  .help = "The same address, in kernel memory.", .type = type_kptr, .emit = emit_same },
	{ .name = "uptr", .signature = "uptr(int|ptr) -> ?",
	  .help = "The same address, in user memory.", .type = type_uptr, .emit = emit_same },
	{ 0 },
};
