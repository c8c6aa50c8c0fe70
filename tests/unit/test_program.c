/* SPDX-License-Identifier: Apache-2.0 */
/* Struct program: numbers of strings and types, and the text of a plan. */
#include <linux/bpf.h>
#include "program/program.h"
#include "unit/harness.h"

static struct arena arena;
static struct type_table table;
static struct type_table *t = &table;
static struct program program;
static struct program *p = &program;

static void setup(void)
{
	arena_init(&arena);
	type_table_init(t, &arena);
	program_init(p);
}

static void teardown(void)
{
	program_free(p);
	type_table_free(t);
	arena_free(&arena);
}

TEST(numbers_zero_are_nothing)
{
	setup();
	CHECK_EQ_STR(program_string(p, 0), "");
	CHECK_EQ(program_add_string(p, ""), 0);
	CHECK_EQ(program_add_type(p, t->none), 0);
	CHECK_EQ(p->sites.count, 1);
	CHECK_EQ_STR(program_string(p, p->config.str_trunc_trailer), "..");
	CHECK_EQ(program_find_role(p, MAP_ROLE_GLOBALS), -1);
	CHECK_EQ_STR(program_string(p, 100000), "");
	teardown();
}

TEST(strings_are_shared)
{
	setup();
	uint32_t a = program_add_string(p, "abc"), b = program_add_string(p, "bc");

	CHECK(a != b);
	CHECK_EQ(program_add_string(p, "abc"), a);
	CHECK_EQ(program_add_string(p, "bc"), b);
	CHECK_EQ_STR(program_string(p, a), "abc");
	teardown();
}

TEST(types_are_shared)
{
	setup();
	const struct type *items[] = { type_int(t, 4, true), type_string(t, 16) };
	uint32_t tuple = program_add_type(p, type_tuple(t, items, 2));
	size_t types = p->types.count, fields = p->fields.count;

	CHECK_EQ(program_add_type(p, type_tuple(t, items, 2)), tuple);
	CHECK_EQ(p->types.count, types);
	CHECK_EQ(p->fields.count, fields);
	CHECK_EQ(p->types.items[tuple].field_count, 2);
	CHECK_EQ(p->fields.items[p->types.items[tuple].first + 1].offset, 4);
	CHECK(program_add_type(p, type_lhist(t, 0, 9, 3)) !=
	      program_add_type(p, type_lhist(t, 0, 9, 1)));
	CHECK(program_add_type(p, type_int(t, 4, true)) !=
	      program_add_type(p, type_int(t, 4, false)));
	teardown();
}

TEST(recursive_structs_end)
{
	setup();
	struct type_struct *s = type_struct_find(t, "list", false);
	const struct type *self = type_struct(t, s, SPACE_KERNEL);
	struct field fields[] = {
		{ .name = "next", .type = type_pointer(t, self, SPACE_KERNEL) },
		{ .name = "flag", .type = type_int(t, 4, false), .offset = 8, .bit_offset = 3,
		  .bit_size = 2 },
	};
	uint32_t n;

	s->fields = fields;
	s->field_count = 2;
	s->size = 16;
	s->is_complete = true;
	n = program_add_type(p, self);
	CHECK_EQ(p->types.items[n].kind, TYPE_STRUCT);
	CHECK_EQ(p->types.items[n].size, 16);
	CHECK_EQ(p->fields.items[p->types.items[n].first + 1].bit_size, 2);
	CHECK_EQ(p->types.items[p->fields.items[p->types.items[n].first].type].element, 0);
	CHECK_EQ(program_add_type(p, self), n);
	teardown();
}

TEST(enums_keep_their_names)
{
	setup();
	struct type_enumerator values[] = { { "RED", 1 }, { "BLUE", 5 } };
	struct type_enum e = { .name = "color", .size = 4, .values = values, .count = 2 };
	uint32_t n = program_add_type(p, type_enum(t, &e));
	const struct program_type *row = &p->types.items[n];

	CHECK_EQ(row->field_count, 2);
	CHECK_EQ(p->enumerators.items[row->first + 1].value, 5);
	CHECK_EQ_STR(program_string(p, p->enumerators.items[row->first + 1].name), "BLUE");
	CHECK_EQ(program_add_type(p, type_enum(t, &e)), n);
	CHECK_EQ(p->enumerators.count, 2);
	teardown();
}

TEST(every_enumeration_has_names)
{
	for (unsigned int i = 0; i < ACTION_KIND_COUNT; i++)
		CHECK(*program_action_name(i));
	for (unsigned int i = 0; i < ATTACH_COUNT; i++)
		CHECK(program_attach_name(i) && *program_attach_name(i));
	for (unsigned int i = 0; i < LOSS_COUNT; i++)
		CHECK(*program_loss_json(i) && *program_loss_text(i));
	CHECK_EQ(program_action_ring(ACTION_EXIT), ACTION_RING_CONTROL);
	CHECK_EQ(program_action_ring(ACTION_PRINTF), ACTION_RING_DATA);
	CHECK(program_loss_is_event(LOSS_RING_FULL));
	CHECK(!program_loss_is_event(LOSS_MAP_FULL));
}

TEST(plan_as_text)
{
	setup();
	auto_free char *text = NULL;
	size_t size = 0;
	const struct type *item = type_int(t, 8, true);
	struct program_function f = { .name = program_add_string(p, "probe_0"),
				      .bpf_prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
				      .probe_name = program_add_string(p, "tracepoint:a:b") };
	struct program_probe r = { .name = f.probe_name, .attach = ATTACH_RAW_TRACEPOINT,
				   .target = program_add_string(p, "a"),
				   .event = program_add_string(p, "b"), .number = -1 };
	struct program_map m = { .name = program_add_string(p, "@x"), .key_size = 8,
				 .bpf_type = BPF_MAP_TYPE_HASH, .value_size = 8,
				 .max_entries = 4096, .key_type = program_add_type(p, item),
				 .value_type = program_add_type(p, item) };
	struct program_action a = { .kind = ACTION_PRINTF,
				    .format = program_add_string(p, "%d\n"),
				    .payload = program_add_type(p, type_tuple(t, &item, 1)) };
	FILE *out = open_memstream(&text, &size);

	vec_push(&p->functions, f);
	vec_push(&p->probes, r);
	vec_push(&p->maps, m);
	vec_push(&p->actions, a);
	program_print(out, p);
	fclose(out);
	CHECK_EQ_STR(text,
		     "function 0 probe_0: raw_tracepoint for tracepoint:a:b\n"
		     "probe 0 tracepoint:a:b: function 0, raw tracepoint a:b\n"
		     "map 0 @x: user, hash, key 8 bytes, value 8 bytes, 4096 entries, "
		     "[int64] = int64\n"
		     "action 0 printf \"%d\\n\", payload (int64@0) 8 bytes\n"
		     "sites: 0, largest data record: 0 bytes, scratch slot: 0 bytes\n");
	teardown();
}
