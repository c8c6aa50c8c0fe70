/* SPDX-License-Identifier: Apache-2.0 */
/* Plans made by hand for the tests of output and run time: types, fields, maps in one line each. */
#ifndef BITTERN_TESTS_UNIT_FAKE_PROGRAM_H
#define BITTERN_TESTS_UNIT_FAKE_PROGRAM_H

#include "program/program.h"

__attribute__((unused)) static uint32_t add_type(struct program *p, struct program_type t)
{
	vec_push(&p->types, t);
	return (uint32_t)p->types.count - 1;
}

__attribute__((unused)) static uint32_t int_type(struct program *p, uint32_t size, bool is_signed)
{
	return add_type(
		p, (struct program_type){.kind = TYPE_INT, .size = size, .is_signed = is_signed});
}

__attribute__((unused)) static uint32_t plain_type(struct program *p, enum type_kind kind,
						   uint32_t size)
{
	return add_type(p, (struct program_type){.kind = (uint8_t)kind, .size = size});
}

/* Call right after the container's row exists: fields must be neighbours. */
__attribute__((unused)) static void add_field(struct program *p, uint32_t container,
					      const char *name, uint32_t type, uint32_t offset)
{
	struct program_type *t = &p->types.items[container];

	if (!t->field_count++)
		t->first = (uint32_t)p->fields.count;
	vec_push(&p->fields,
		 ((struct program_field){
			 .name = program_add_string(p, name), .type = type, .offset = offset}));
}

#endif
