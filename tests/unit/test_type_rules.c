/* SPDX-License-Identifier: Apache-2.0 */
/* Promotion, conversion and casts: the tables of spec language.md §6.3-§6.6, row by row. */
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

/* A type by its name; L and digits: the literal. */
static const struct type *named(const char *name)
{
	if (*name == 'L')
		return type_of_literal(t, strtoull(name + 1, NULL, 0), false);
	return type_builtin(t, name);
}

TEST(integer_promotion)
{
	static const char *const rows[][3] = {
		{ "int8", "int32", "int32" },	  { "uint8", "uint16", "uint16" },
		{ "int32", "uint8", "int32" },	  { "uint32", "int32", "int64" },
		{ "uint8", "int8", "int16" },	  { "uint64", "int8", "int64" },
		{ "uint64", "int64", "int64" },	  { "uint16", "int8", "int32" },
		{ "uint8", "L200", "uint8" },	  { "uint8", "L300", "uint16" },
		{ "uint8", "L1", "uint8" },	  { "int8", "L200", "int16" },
		{ "uint64", "L1", "uint64" },	  { "L5", "L300", "int16" },
		{ "int64", "L5", "int64" },
	};

	setup();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct type *a = named(rows[i][0]), *b = named(rows[i][1]);

		CHECK_EQ_STR(type_promote(t, a, b)->spelling, rows[i][2]);
		CHECK_EQ_STR(type_promote(t, b, a)->spelling, rows[i][2]);
	}
	CHECK(type_promote(t, named("L5"), named("L300"))->is_flexible);
	teardown();
}

TEST(literals_stay_flexible_together)
{
	setup();
	/* 100 and 200: as unsigned both fit a byte, as signed they need two. */
	const struct type *both = type_promote(t, named("L100"), named("L200"));

	CHECK_EQ_STR(type_promote(t, both, named("uint8"))->spelling, "uint8");
	CHECK_EQ_STR(type_settle(t, both)->spelling, "int16");
	teardown();
}

TEST(other_promotions)
{
	setup();
	const struct type *i32 = named("int32"), *u64 = named("uint64");
	const struct type *kernel = type_pointer(t, i32, SPACE_KERNEL);
	const struct type *user = type_pointer(t, i32, SPACE_USER);
	const struct type *any = type_pointer(t, t->void_type, SPACE_UNKNOWN);
	const struct type *s4 = type_string(t, 4), *s9 = type_string(t, 9);
	const struct type *a = type_tuple(t, (const struct type *[]){ named("L1"), s9 }, 2);
	const struct type *b = type_tuple(t, (const struct type *[]){ named("L1000"), s4 }, 2);

	CHECK(type_promote(t, s4, s9) == s9);
	CHECK_EQ_STR(type_promote(t, a, b)->spelling, "(int16,string[9])");
	CHECK(!type_promote(t, a, type_tuple(t, &i32, 1)));
	CHECK(type_promote(t, kernel, user) == type_pointer(t, i32, SPACE_UNKNOWN));
	CHECK(type_promote(t, kernel, any) == kernel);
	CHECK(!type_promote(t, kernel, type_pointer(t, u64, SPACE_KERNEL)));
	CHECK(!type_promote(t, i32, s4));
	CHECK(!type_promote(t, i32, t->bool_type));
	CHECK(!type_promote(t, i32, kernel));
	CHECK(type_promote(t, NULL, s4) == s4);
	CHECK(type_promote(t, s4, t->none) == s4);
	CHECK(type_promote(t, type_aggregation(t, TYPE_SUM, false),
			   type_aggregation(t, TYPE_SUM, true)) ==
	      type_aggregation(t, TYPE_SUM, true));
	CHECK(!type_promote(t, type_aggregation(t, TYPE_SUM, false),
			    type_aggregation(t, TYPE_MIN, false)));
	CHECK(!type_promote(t, type_hist(t, 0), type_hist(t, 1)));
	CHECK(!type_promote(t, type_array(t, i32, 2), type_array(t, i32, 3)));
	teardown();
}

TEST(records_promote_by_name)
{
	setup();
	const struct type *i8 = named("int8"), *i32 = named("int32");
	const struct type *a = type_record(t, (const char *[]){ "x", "y" },
					   (const struct type *[]){ i8, i32 }, 2);
	const struct type *b = type_record(t, (const char *[]){ "y", "x" },
					   (const struct type *[]){ i8, i32 }, 2);

	CHECK_EQ_STR(type_promote(t, a, b)->spelling, "record { .x = int32, .y = int32 }");
	CHECK_EQ(type_assignable(a, type_promote(t, a, b)), CONVERSION_SILENT);
	CHECK(!type_promote(t, a, type_record(t, (const char *[]){ "x", "z" },
					      (const struct type *[]){ i8, i32 }, 2)));
	teardown();
}

TEST(arithmetic_results)
{
	setup();
	CHECK_EQ_STR(type_arithmetic(t, named("uint32"), named("L1"), true)->spelling, "int64");
	CHECK_EQ_STR(type_arithmetic(t, named("uint32"), named("L1"), false)->spelling, "uint64");
	CHECK_EQ_STR(type_arithmetic(t, named("uint32"), named("int8"), false)->spelling, "int64");
	CHECK_EQ_STR(type_arithmetic(t, named("uint8"), named("uint8"), false)->spelling, "uint64");
	CHECK_EQ_STR(type_arithmetic(t, named("L1"), named("L1"), false)->spelling, "int64");
	CHECK_EQ_STR(type_arithmetic(t, type_aggregation(t, TYPE_COUNT, false), named("L1"),
				     false)->spelling, "uint64");
	CHECK(!type_arithmetic(t, named("int8"), type_string(t, 3), false));
	teardown();
}

TEST(integer_assignment)
{
	static const struct {
		const char *from, *to;
		enum type_conversion wanted;
	} rows[] = {
		{ "int8", "int8", CONVERSION_NONE },	{ "int8", "int32", CONVERSION_SILENT },
		{ "uint8", "int16", CONVERSION_SILENT }, { "uint8", "int8", CONVERSION_LOSSY },
		{ "int8", "uint64", CONVERSION_LOSSY }, { "int64", "int8", CONVERSION_LOSSY },
		{ "uint64", "int64", CONVERSION_LOSSY }, { "L200", "uint8", CONVERSION_SILENT },
		{ "L200", "int8", CONVERSION_LOSSY },	{ "L5", "uint64", CONVERSION_SILENT },
	};

	setup();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CHECK_EQ(type_assignable(named(rows[i].from), named(rows[i].to)), rows[i].wanted);
	teardown();
}

TEST(other_assignments)
{
	setup();
	const struct type *s4 = type_string(t, 4), *s9 = type_string(t, 9), *i32 = named("int32");

	CHECK_EQ(type_assignable(s4, s9), CONVERSION_SILENT);
	CHECK_EQ(type_assignable(s9, s4), CONVERSION_INVALID);
	CHECK_EQ(type_assignable(s9, type_string(t, 0)), CONVERSION_SILENT);
	CHECK_EQ(type_assignable(i32, s4), CONVERSION_INVALID);
	CHECK_EQ(type_assignable(t->bool_type, i32), CONVERSION_INVALID);
	CHECK_EQ(type_assignable(type_aggregation(t, TYPE_COUNT, false), named("uint64")),
		 CONVERSION_SILENT);
	CHECK_EQ(type_assignable(type_hist(t, 0), named("uint64")), CONVERSION_INVALID);
	CHECK_EQ(type_assignable(type_pointer(t, i32, SPACE_USER),
				 type_pointer(t, t->void_type, SPACE_KERNEL)), CONVERSION_SILENT);
	CHECK_EQ(type_assignable(type_pointer(t, i32, SPACE_USER),
				 type_pointer(t, s4, SPACE_USER)), CONVERSION_INVALID);
	CHECK_EQ(type_assignable(type_tuple(t, (const struct type *[]){ named("int8"), s4 }, 2),
				 type_tuple(t, (const struct type *[]){ named("int16"), s9 }, 2)),
		 CONVERSION_SILENT);
	CHECK_EQ(type_assignable(type_tuple(t, (const struct type *[]){ named("int64") }, 1),
				 type_tuple(t, (const struct type *[]){ named("int8") }, 1)),
		 CONVERSION_LOSSY);
	teardown();
}

TEST(casts)
{
	setup();
	const struct type *i32 = named("int32"), *u64 = named("uint64"), *i8 = named("int8");
	const struct type *ptr = type_pointer(t, t->void_type, SPACE_USER);
	const struct type *s8 = type_string(t, 8);
	struct type_struct *s = type_struct_find(t, "x", false);
	const struct type *record = type_struct(t, s, SPACE_KERNEL);

	CHECK(type_castable(u64, i8));
	CHECK(type_castable(ptr, u64));
	CHECK(type_castable(i32, ptr));
	CHECK(type_castable(type_array(t, i8, 4), i32));
	CHECK(!type_castable(type_array(t, i8, 3), i32));
	CHECK(type_castable(i32, type_array(t, i8, 4)));
	CHECK(type_castable(i32, type_array(t, i8, 8)));
	CHECK(!type_castable(i32, type_array(t, i8, 9)));
	CHECK(!type_castable(u64, type_array(t, i8, 4)));
	CHECK(type_castable(u64, type_array(t, named("int16"), 0)));
	CHECK(type_castable(s8, type_array(t, i8, 8)));
	CHECK(type_castable(s8, t->bool_type));
	CHECK(type_castable(type_string(t, 4), s8));
	CHECK(!type_castable(s8, type_string(t, 4)));
	CHECK(type_castable(i32, t->username));
	CHECK(!type_castable(record, u64));
	CHECK(type_castable(type_struct(t, s, SPACE_CONTEXT), u64));
	CHECK(!type_castable(t->none, u64));
	CHECK(!type_castable(i32, type_aggregation(t, TYPE_SUM, true)));
	CHECK(type_castable(type_aggregation(t, TYPE_COUNT, false), i32));
	CHECK(!type_castable(type_aggregation(t, TYPE_STATS, false), i32));
	CHECK(!type_castable(s8, i32));
	teardown();
}
