/* SPDX-License-Identifier: Apache-2.0 */
/* Types: interning, spelling, layout of tuples, members. */
#include "types/type.h"
#include "unit/harness.h"

static struct arena arena;
static struct type_table table;
static struct type_table *t = &table;

static void setup(void)
{
	arena_init(&arena);
	type_table_init(t, &arena);
}

static void teardown(void)
{
	type_table_free(t);
	arena_free(&arena);
}

static const struct type *tuple2(const struct type *a, const struct type *b)
{
	return type_tuple(t, (const struct type *[]){ a, b }, 2);
}

TEST(equal_types_are_one)
{
	setup();
	CHECK(type_string(t, 5) == type_string(t, 5));
	CHECK(type_string(t, 5) != type_string(t, 6));
	CHECK(type_pointer(t, t->void_type, SPACE_USER) !=
	      type_pointer(t, t->void_type, SPACE_KERNEL));
	CHECK(tuple2(t->bool_type, t->ints[1][2]) == tuple2(t->bool_type, t->ints[1][2]));
	CHECK(type_aggregation(t, TYPE_SUM, true) != type_aggregation(t, TYPE_SUM, false));
	CHECK(type_lhist(t, 0, 10, 1) != type_lhist(t, 0, 10, 2));
	CHECK(type_hist(t, 0) != type_hist(t, 5));
	CHECK(type_int(t, 4, true) != type_flexible(t, 4));
	teardown();
}

TEST(records_with_other_names_differ)
{
	setup();
	const struct type *items[] = { t->bool_type, t->bool_type };

	CHECK(type_record(t, (const char *[]){ "a", "b" }, items, 2) !=
	      type_record(t, (const char *[]){ "a", "c" }, items, 2));
	CHECK(type_record(t, (const char *[]){ "a", "b" }, items, 2) ==
	      type_record(t, (const char *[]){ "a", "b" }, items, 2));
	teardown();
}

TEST(spellings)
{
	setup();
	const struct type *i32 = type_int(t, 4, true), *u8 = type_int(t, 1, false);
	struct type_enum e = { .name = "color", .size = 4 };

	CHECK_EQ_STR(i32->spelling, "int32");
	CHECK_EQ_STR(u8->spelling, "uint8");
	CHECK_EQ_STR(t->bool_type->spelling, "bool");
	CHECK_EQ_STR(type_string(t, 16)->spelling, "string[16]");
	CHECK_EQ_STR(type_buffer(t, 8)->spelling, "buffer[8]");
	CHECK_EQ_STR(type_pointer(t, i32, SPACE_USER)->spelling, "int32 *");
	CHECK_EQ_STR(type_array(t, type_array(t, i32, 4), 2)->spelling, "int32[4][2]");
	CHECK_EQ_STR(tuple2(i32, type_string(t, 4))->spelling, "(int32,string[4])");
	CHECK_EQ_STR(type_record(t, (const char *[]){ "a" }, &i32, 1)->spelling,
		     "record { .a = int32 }");
	CHECK_EQ_STR(type_struct(t, type_struct_find(t, "x", false), SPACE_KERNEL)->spelling,
		     "struct x");
	CHECK_EQ_STR(type_struct(t, type_struct_find(t, "x", true), SPACE_KERNEL)->spelling,
		     "union x");
	CHECK_EQ_STR(type_enum(t, &e)->spelling, "enum color");
	CHECK_EQ_STR(t->inet->spelling, "inet[24]");
	CHECK_EQ_STR(t->mac->spelling, "mac_address");
	CHECK_EQ_STR(type_aggregation(t, TYPE_SUM, false)->spelling, "usum_t");
	CHECK_EQ_STR(type_aggregation(t, TYPE_AVG, true)->spelling, "avg_t");
	CHECK_EQ_STR(type_aggregation(t, TYPE_COUNT, false)->spelling, "count_t");
	CHECK_EQ_STR(type_hist(t, 2)->spelling, "hist_t");
	teardown();
}

TEST(tuple_layout)
{
	setup();
	const struct type *i8 = type_int(t, 1, true), *i16 = type_int(t, 2, true);
	const struct type *i32 = type_int(t, 4, true), *i64 = type_int(t, 8, true);
	const struct type *a = type_tuple(t, (const struct type *[]){ i8, i64, i8, i64 }, 4);
	const struct type *b = type_tuple(t, (const struct type *[]){ i8, i16, i32 }, 3);
	const struct type *c = tuple2(type_string(t, 5), i32);
	const struct type *d = tuple2(i8, tuple2(i8, i64));

	CHECK_EQ(a->size, 32);
	CHECK_EQ(b->size, 8);
	CHECK_EQ(b->fields[1].offset, 2);
	CHECK_EQ(b->fields[2].offset, 4);
	CHECK_EQ(c->fields[1].offset, 8);
	CHECK_EQ(c->size, 12);
	CHECK_EQ(d->fields[1].offset, 8);
	CHECK_EQ(d->size, 24);
	CHECK_EQ(tuple2(t->mac, t->usym)->size, 22);
	CHECK_EQ(type_tuple(t, NULL, 0)->size, 0);
	CHECK_EQ_STR(type_tuple(t, NULL, 0)->spelling, "()");
	teardown();
}

TEST(literals)
{
	setup();
	CHECK_EQ_STR(type_of_literal(t, 0, false)->spelling, "int8");
	CHECK_EQ_STR(type_of_literal(t, 127, false)->spelling, "int8");
	CHECK_EQ_STR(type_of_literal(t, 128, false)->spelling, "int16");
	CHECK_EQ_STR(type_of_literal(t, 40000, false)->spelling, "int32");
	CHECK_EQ_STR(type_of_literal(t, 1ull << 40, false)->spelling, "int64");
	CHECK_EQ_STR(type_of_literal(t, 1ull << 63, false)->spelling, "uint64");
	CHECK_EQ_STR(type_of_literal(t, (uint64_t)-129, true)->spelling, "int16");
	CHECK(type_of_literal(t, 5, false)->is_flexible);
	CHECK(!type_of_literal(t, (uint64_t)-5, true)->is_flexible);
	CHECK(!type_of_literal(t, UINT64_MAX, false)->is_flexible);
	teardown();
}

TEST(settling_goes_into_tuples)
{
	setup();
	const struct type *loose = tuple2(type_of_literal(t, 5, false),
					  tuple2(type_of_literal(t, 300, false), t->bool_type));

	CHECK(type_settle(t, loose) == tuple2(type_int(t, 1, true),
					      tuple2(type_int(t, 2, true), t->bool_type)));
	CHECK(type_settle(t, t->bool_type) == t->bool_type);
	teardown();
}

TEST(builtin_names)
{
	setup();
	CHECK(type_builtin(t, "uint64") == type_int(t, 8, false));
	CHECK(type_builtin(t, "char") == type_int(t, 1, true));
	CHECK(type_builtin(t, "size_t") == type_int(t, 8, false));
	CHECK(type_builtin(t, "string") == type_string(t, 0));
	CHECK(type_builtin(t, "void") == t->void_type);
	CHECK(type_builtin(t, "sum_t") == type_aggregation(t, TYPE_SUM, true));
	CHECK(type_builtin(t, "usum_t") == type_aggregation(t, TYPE_SUM, false));
	CHECK(!type_builtin(t, "ucount_t"));
	CHECK(!type_builtin(t, "task_struct"));
	teardown();
}

static int complete_point(struct type_struct *s, void *context)
{
	struct field *f = ARENA_ARRAY(&arena, struct field, 3);
	struct type_struct *inner = type_struct_find(t, "inner", true);

	*(int *)context += 1;
	f[0] = (struct field){ .name = "x", .type = type_int(t, 4, true) };
	f[1] = (struct field){ .type = type_struct(t, inner, SPACE_KERNEL), .offset = 8 };
	f[2] = (struct field){ .name = "self", .offset = 16,
			       .type = type_pointer(t, type_struct(t, s, SPACE_KERNEL),
						    SPACE_KERNEL) };
	s->fields = f;
	s->field_count = 3;
	s->size = 24;
	s->align = 8;
	return 0;
}

TEST(structs_complete_once_and_look_through_anonymous_members)
{
	setup();
	int calls = 0;
	struct field inner_fields[] = {
		{ .name = "y", .type = type_int(t, 2, true), .offset = 2 },
	};
	struct type_struct *point = type_struct_find(t, "point", false);
	struct type_struct *inner = type_struct_find(t, "inner", true);
	const struct type *type = type_struct(t, point, SPACE_KERNEL);
	struct field f;

	*inner = (struct type_struct){ .name = "inner", .is_union = true, .is_complete = true,
				       .size = 4, .align = 2, .fields = inner_fields,
				       .field_count = 1 };
	point->complete = complete_point;
	point->context = &calls;
	CHECK_EQ(calls, 0);
	CHECK(type_find_field(type, "y", &f));
	CHECK_EQ(f.offset, 10);
	CHECK(!type_find_field(type, "z", &f));
	CHECK_EQ(type_size(type), 24);
	CHECK_EQ(type_size(type_array(t, type, 3)), 72);
	CHECK_EQ(calls, 1);
	CHECK_EQ(tuple2(t->bool_type, type)->size, 32);
	teardown();
}

TEST(structs_that_cannot_be_found)
{
	setup();
	const struct type *type = type_struct(t, type_struct_find(t, "nowhere", false), SPACE_USER);
	struct field f;

	CHECK(!type_complete(type));
	CHECK_EQ(type_size(type), 0);
	CHECK(!type_find_field(type, "a", &f));
	CHECK(type->record->is_failed);
	teardown();
}

TEST(questions)
{
	setup();
	CHECK(type_is_readable(type_aggregation(t, TYPE_AVG, true)));
	CHECK(!type_is_readable(type_aggregation(t, TYPE_STATS, true)));
	CHECK(type_is_aggregation(type_hist(t, 0)));
	CHECK(type_is_condition(type_pointer(t, t->void_type, SPACE_USER)));
	CHECK(!type_is_condition(type_string(t, 4)));
	CHECK(type_is_memory(type_string(t, 4)));
	CHECK(!type_is_memory(t->ksym));
	CHECK_EQ_STR(type_kind_word(TYPE_STRUCT), "c_type");
	teardown();
}
