/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of every type → values; too few bytes and nonsense types are refused. */
#include <arpa/inet.h>
#include <errno.h>
#include "runtime/output/decode.h"
#include "unit/fake_program.h"
#include "unit/harness.h"

static struct program p;
static struct arena arena;
static struct resolver resolver;
static const struct decoder decoder = {&p, &resolver, &arena};

static const char *user_name(void *context, uint64_t uid)
{
	(void)context;
	return uid ? "" : "root";
}

static const char *timestamp(void *context, const struct value_timestamp *stamp, const char *format)
{
	(void)context;
	return stamp->time_ns ? format : "(?)";
}

static bool kernel_symbol(void *context, uint64_t address, struct symbol_name *out)
{
	(void)context;
	*out = (struct symbol_name){ .name = "vfs_read", .offset = address - 0x10 };
	return address >= 0x10 && address < 0x20;
}

static const char *cgroup_path(void *context, uint64_t id, const char *filter)
{
	(void)context;
	return id == 1 ? filter : "";
}

static void set_up(void)
{
	program_init(&p);
	arena_init(&arena);
	resolver = (struct resolver){.user_name = user_name, .timestamp = timestamp};
}

static void tear_down(void)
{
	arena_free(&arena);
	program_free(&p);
}

static const char *text_of(uint32_t type, const void *bytes, size_t size)
{
	static const struct value_style style = {true, ".."};
	static struct strbuf b;
	struct value v;

	strbuf_clear(&b);
	if (decode(&decoder, type, bytes, size, &v))
		return "refused";
	value_render(&b, &v, &style);
	return strbuf_text(&b);
}

TEST(decode_integers)
{
	set_up();
	uint32_t i8 = int_type(&p, 1, true), u8 = int_type(&p, 1, false);
	uint32_t i16 = int_type(&p, 2, true), u32 = int_type(&p, 4, false);
	uint32_t i64 = int_type(&p, 8, true), u64 = int_type(&p, 8, false);
	static const uint8_t ones[9] = {255, 255, 255, 255, 255, 255, 255, 255, 255};

	CHECK_EQ_STR(text_of(i8, ones, 1), "-1");
	CHECK_EQ_STR(text_of(u8, ones, 1), "255");
	CHECK_EQ_STR(text_of(i16, ones + 1, 2), "-1");
	CHECK_EQ_STR(text_of(u32, ones + 1, 4), "4294967295");
	CHECK_EQ_STR(text_of(i64, ones + 1, 8), "-1");
	CHECK_EQ_STR(text_of(u64, ones, 8), "18446744073709551615");
	CHECK_EQ_STR(text_of(u64, ones, 7), "refused");
	CHECK_EQ_STR(text_of(12345, ones, 8), "refused");
	CHECK_EQ_STR(text_of(plain_type(&p, TYPE_BOOL, 1), ones, 1), "true");
	CHECK_EQ_STR(text_of(plain_type(&p, TYPE_POINTER, 8), ones, 8), "0xffffffffffffffff");
	CHECK_EQ_STR(text_of(0, ones, 0), "null");
	tear_down();
}

TEST(decode_strings_and_buffers)
{
	set_up();
	uint32_t string = plain_type(&p, TYPE_STRING, 4), buffer = plain_type(&p, TYPE_BUFFER, 8);

	CHECK_EQ_STR(text_of(string, "abc\0", 4), "abc");
	CHECK_EQ_STR(text_of(string, "\0bcd", 4), "");
	CHECK_EQ_STR(text_of(string, "abcd", 4), "abcd..");
	CHECK_EQ_STR(text_of(string, "abc", 3), "refused");
	CHECK_EQ_STR(text_of(buffer, "\2\0\0\0h\xffzz", 8), "h\\xff");
	CHECK_EQ_STR(text_of(buffer, "\xff\xff\xff\xffwxyz", 8), "wxyz");
	tear_down();
}

TEST(decode_enums)
{
	set_up();
	uint32_t e =
		add_type(&p, (struct program_type){.kind = TYPE_ENUM, .size = 4, .field_count = 2});

	vec_push(&p.enumerators, ((struct program_enumerator){1, program_add_string(&p, "ONE")}));
	vec_push(&p.enumerators,
		 ((struct program_enumerator){(uint64_t)-1, program_add_string(&p, "NONE")}));
	CHECK_EQ_STR(text_of(e, "\1\0\0\0", 4), "ONE");
	CHECK_EQ_STR(text_of(e, "\xff\xff\xff\xff", 4), "NONE");
	CHECK_EQ_STR(text_of(e, "\2\0\0\0", 4), "2");
	p.types.items[e].field_count = 3;
	CHECK_EQ_STR(text_of(e, "\2\0\0\0", 4), "refused");
	tear_down();
}

TEST(decode_composites)
{
	set_up();
	uint32_t i16 = int_type(&p, 2, true), u8 = int_type(&p, 1, false);
	uint32_t array = add_type(
		&p,
		(struct program_type){.kind = TYPE_ARRAY, .size = 4, .count = 2, .element = i16});
	uint32_t tuple = plain_type(&p, TYPE_TUPLE, 6);
	add_field(&p, tuple, "", u8, 0);
	add_field(&p, tuple, "", array, 2);
	uint32_t record = plain_type(&p, TYPE_STRUCT, 2);
	add_field(&p, record, "low", u8, 0);
	p.fields.items[p.fields.count - 1].bit_size = 3;
	add_field(&p, record, "high", i16, 0);
	p.fields.items[p.fields.count - 1].bit_offset = 7;
	p.fields.items[p.fields.count - 1].bit_size = 4;

	CHECK_EQ_STR(text_of(array, "\1\0\xff\xff", 4), "[1,-1]");
	CHECK_EQ_STR(text_of(tuple, "\7\0\1\0\2\0", 6), "(7, [1,2])");
	CHECK_EQ_STR(text_of(tuple, "\7\0\1\0\2", 5), "refused");
	/* low = 0b101; high = bits 7..10 = 0b1110 = -2 */
	CHECK_EQ_STR(text_of(record, "\x05\x07", 2), "{ .low = 5, .high = -2 }");
	p.fields.items[p.fields.count - 1].offset = 1;
	CHECK_EQ_STR(text_of(record, "\x05\x07", 2), "refused");
	tear_down();
}

TEST(decode_names)
{
	set_up();
	struct value_inet inet = {.family = AF_INET, .address = {127, 0, 0, 1}};
	struct value_timestamp stamp = {5, program_add_string(&p, "%H:%M"), CLOCK_KIND_BOOT};
	uint32_t inet_type = plain_type(&p, TYPE_INET, 24),
		 time_type = plain_type(&p, TYPE_TIMESTAMP, 16);
	uint32_t user = plain_type(&p, TYPE_USERNAME, 8), ksym = plain_type(&p, TYPE_KSYM, 8);
	uint32_t cgroup = plain_type(&p, TYPE_CGROUP_PATH, 16);
	struct value_cgroup_path path = {1, program_add_string(&p, "*"), 0};

	CHECK_EQ_STR(text_of(inet_type, &inet, 24), "127.0.0.1");
	inet = (struct value_inet){.family = AF_INET6, .address = {[15] = 1}};
	CHECK_EQ_STR(text_of(inet_type, &inet, 24), "::1");
	inet.family = 77;
	CHECK_EQ_STR(text_of(inet_type, &inet, 24), "");
	CHECK_EQ_STR(text_of(plain_type(&p, TYPE_MAC, 6), "\0\x1b\xfe\1\2\3", 6),
		     "00:1B:FE:01:02:03");
	CHECK_EQ_STR(text_of(user, "\0\0\0\0\0\0\0\0", 8), "root");
	CHECK_EQ_STR(text_of(user, "\1\0\0\0\0\0\0\0", 8), "");
	CHECK_EQ_STR(text_of(time_type, &stamp, 16), "%H:%M");
	stamp.time_ns = 0;
	CHECK_EQ_STR(text_of(time_type, &stamp, 16), "(?)");
	stamp.format = 99999;
	CHECK_EQ_STR(text_of(time_type, &stamp, 16), "refused");
	CHECK_EQ_STR(text_of(ksym, "\x10\0\0\0\0\0\0\0", 8), "0x10");
	resolver.kernel_symbol = kernel_symbol;
	CHECK_EQ_STR(text_of(ksym, "\x10\0\0\0\0\0\0\0", 8), "vfs_read");
	CHECK_EQ_STR(text_of(ksym, "\x11\0\0\0\0\0\0\0", 8), "vfs_read");
	CHECK_EQ_STR(text_of(ksym, "\x20\0\0\0\0\0\0\0", 8), "0x20");
	resolver.cgroup_path = cgroup_path;
	CHECK_EQ_STR(text_of(cgroup, &path, 16), "*");
	path.filter = 99999;
	CHECK_EQ_STR(text_of(cgroup, &path, 16), "refused");
	tear_down();
}

TEST(decode_aggregations)
{
	set_up();
	uint32_t min =
		add_type(&p, (struct program_type){.kind = TYPE_MIN, .size = 8, .is_signed = true});
	uint32_t avg =
		add_type(&p, (struct program_type){.kind = TYPE_AVG, .size = 8, .is_signed = true});
	uint32_t stats = plain_type(&p, TYPE_STATS, 8), hist = plain_type(&p, TYPE_HIST, 8);
	struct state_extreme extreme = {extreme_encode((uint64_t)-9, true, true), 1};
	struct state_average average = {(uint64_t)-7, 2};
	uint64_t buckets[70] = {0};
	struct value v;

	CHECK_EQ_STR(text_of(min, &extreme, sizeof(extreme)), "-9");
	extreme.is_set = 0;
	CHECK_EQ_STR(text_of(min, &extreme, sizeof(extreme)), "0");
	CHECK_EQ_STR(text_of(min, "\5\0\0\0\0\0\0\0", 8), "5");
	CHECK_EQ_STR(text_of(avg, &average, sizeof(average)), "-3");
	average = (struct state_average){0, 0};
	CHECK_EQ_STR(text_of(avg, &average, sizeof(average)), "0");
	average = (struct state_average){60, 3};
	CHECK_EQ_STR(text_of(stats, &average, sizeof(average)),
		     "{ .count = 3, .average = 20, .total = 60 }");
	CHECK_EQ_STR(text_of(stats, &average, 8), "refused");
	CHECK_EQ(decode(&decoder, hist, buckets, sizeof(buckets), &v), 0);
	CHECK_EQ(v.histogram.count, hist_bucket_count(0));
	CHECK_EQ(decode(&decoder, hist, buckets, 8, &v), -EINVAL);
	tear_down();
}
