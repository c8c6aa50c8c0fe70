/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger as JSON records: growth while running, the account at the end, silence without loss.
 */
#include "runtime/loss.h"
#include "unit/harness.h"

static struct program p;
static struct output *o;
static uint64_t globals[64]; /* room for two functions */

static void set_up(void)
{
	program_init(&p);
	for (int i = 0; i < 3; i++)
		vec_push(&p.functions,
			 ((struct program_function){.probe_name = program_add_string(
							    &p, i == 1 ? "software:x" : "begin")}));
	memset(globals, 0, sizeof(globals));
	CHECK(GLOBALS_SIZE(3) <= sizeof(globals));
	CHECK_EQ(output_open("/dev/null", output_find("json", NULL), OUTPUT_FULL, false, "", &o),
		 0);
}

static void tear_down(void)
{
	output_close(o);
	program_free(&p);
}

static void lose(size_t function, enum program_loss cause, uint64_t count)
{
	globals[GLOBALS_LOSS(function, cause) / sizeof(uint64_t)] += count;
}

TEST(loss_of_nothing_is_silent)
{
	static const uint64_t misses[3];
	struct loss l;

	set_up();
	loss_init(&l, &p, globals, false);
	loss_poll(&l, o, 1);
	loss_report(&l, o, misses);
	CHECK_EQ(o->buffer.len, 0);
	tear_down();
}

TEST(loss_growth_is_told_at_most_ten_times_a_second)
{
	static const uint64_t misses[3];
	struct loss l;

	set_up();
	loss_init(&l, &p, globals, false);
	lose(0, LOSS_RING_FULL, 3);
	lose(1, LOSS_CONTROL_FULL, 1);
	lose(1, LOSS_MAP_FULL, 9); /* no event */
	loss_poll(&l, o, 1000);
	CHECK_EQ_STR(strbuf_text(&o->buffer),
		     "{\"type\": \"lost_events\", \"count\": 4, \"data\": {\"events\": 4}}\n");
	strbuf_clear(&o->buffer);
	lose(0, LOSS_RING_FULL, 2);
	loss_poll(&l, o, 2000);
	CHECK_EQ(o->buffer.len, 0);
	loss_poll(&l, o, 200000000);
	CHECK_EQ_STR(strbuf_text(&o->buffer),
		     "{\"type\": \"lost_events\", \"count\": 2, \"data\": {\"events\": 2}}\n");
	strbuf_clear(&o->buffer);
	loss_report(&l, o, misses);
	CHECK_EQ_STR(strbuf_text(&o->buffer),
		     "{\"type\": \"loss\", \"data\": {\"begin\": {\"ring_full\": 5}, "
		     "\"software:x\": {\"control_full\": 1, \"map_full\": 9}}}\n");
	tear_down();
}

TEST(loss_by_name_and_recursion)
{
	static const uint64_t misses[3] = {1, 0, 2};
	struct loss l;

	set_up();
	loss_init(&l, &p, globals, false);
	lose(0, LOSS_READ_FAULT, 1);
	lose(2, LOSS_READ_FAULT, 4);
	loss_report(&l, o, misses);
	CHECK_EQ_STR(strbuf_text(&o->buffer),
		     "{\"type\": \"loss\", \"data\": {\"begin\": {\"read_fault\": 5, "
		     "\"recursion\": 3}}}\n");
	tear_down();
}
