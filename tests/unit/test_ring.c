/* SPDX-License-Identifier: Apache-2.0 */
/* The ring reader on rings in memory: order, busy and discarded records, wrapping, what is given
 * back. */
#include <linux/bpf.h>
#include "runtime/ring.h"
#include "unit/harness.h"

#define RING_SIZE 256

/* A ring with its data twice in a row, as the kernel maps it. */
struct fake {
	uint64_t consumer, producer;
	uint8_t data[2 * RING_SIZE];
	struct ring *ring;
};

static struct fake fakes[2];
static struct ring ring_items[2];
static struct rings rings = {ring_items, 2};

static void set_up(uint64_t start)
{
	for (int i = 0; i < 2; i++) {
		fakes[i] = (struct fake){.consumer = start, .producer = start};
		ring_init(&ring_items[i], &fakes[i].consumer, &fakes[i].producer, fakes[i].data,
			  RING_SIZE, 2 * RING_SIZE);
	}
}

static void store(struct fake *f, uint64_t at, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		size_t offset = (at + i) % RING_SIZE;

		f->data[offset] = f->data[offset + RING_SIZE] = ((const uint8_t *)bytes)[i];
	}
}

/* Appends a record of 16 bytes header and `extra` payload; returns its position. */
static uint64_t append(int ring, uint64_t time, uint32_t flags, size_t extra)
{
	struct fake *f = &fakes[ring];
	struct event_header event = {.time_ns = time, .probe = (uint32_t)ring};
	uint32_t header[2] = {(uint32_t)(sizeof(event) + extra) | flags, 0};
	uint64_t at = f->producer;

	store(f, at, header, sizeof(header));
	store(f, at + 8, &event, sizeof(event));
	f->producer += ROUND_UP(sizeof(header) + sizeof(event) + extra, 8);
	return at;
}

static void commit(int ring, uint64_t at)
{
	uint32_t header = sizeof(struct event_header);

	store(&fakes[ring], at, &header, sizeof(header));
}

static char seen[64];
static size_t seen_len;

static bool note(void *context, const struct event_header *record, size_t len)
{
	(void)context;
	CHECK(len >= sizeof(*record));
	seen[seen_len++] = (char)('0' + record->time_ns);
	return record->time_ns != 9;
}

/* Drains and returns the stamps in the order they came. */
static const char *drain(uint64_t now, uint64_t cutoff)
{
	seen_len = 0;
	size_t count = rings_drain(&rings, now, cutoff, note, NULL);
	CHECK_EQ(count, seen_len);
	seen[seen_len] = '\0';
	return seen;
}

TEST(ring_merges_by_time)
{
	set_up(0);
	append(0, 1, 0, 0);
	append(0, 4, 0, 5);
	append(0, 5, 0, 0);
	append(1, 2, 0, 1);
	append(1, 3, 0, 0);
	append(1, 6, 0, 0);
	CHECK_EQ_STR(drain(1, 4), "1234");
	CHECK_EQ_STR(drain(1, UINT64_MAX), "56");
	CHECK_EQ_STR(drain(1, UINT64_MAX), "");
}

TEST(ring_stops_when_told)
{
	set_up(0);
	append(0, 8, 0, 0);
	append(0, 9, 0, 0);
	append(1, 9, 0, 0);
	CHECK_EQ_STR(drain(1, UINT64_MAX), "89");
	CHECK_EQ_STR(drain(1, UINT64_MAX), "9");
}

TEST(ring_skips_discarded_and_short_records)
{
	set_up(0);
	append(0, 1, BPF_RINGBUF_DISCARD_BIT, 0);
	append(0, 2, 0, 0);
	uint64_t at = append(0, 3, 0, 0);
	uint32_t too_short = 4;
	store(&fakes[0], at, &too_short, sizeof(too_short));
	fakes[0].producer = at + 16;
	append(0, 4, 0, 0);
	CHECK_EQ_STR(drain(1, UINT64_MAX), "24");
}

TEST(ring_busy_record_blocks_what_may_be_newer)
{
	set_up(0);
	append(0, 1, 0, 0);
	uint64_t busy = append(0, 3, BPF_RINGBUF_BUSY_BIT, 0);
	append(0, 5, 0, 0);
	append(1, 2, 0, 0);
	append(1, 4, 0, 0);
	CHECK_EQ_STR(drain(1000, 100), "1");
	CHECK_EQ_STR(drain(1000, 100), "");
	commit(0, busy);
	CHECK_EQ_STR(drain(1000, 100), "2345");
}

TEST(ring_busy_record_does_not_block_for_ever)
{
	set_up(0);
	append(0, 3, BPF_RINGBUF_BUSY_BIT, 0);
	append(1, 4, 0, 0);
	CHECK_EQ_STR(drain(1, 100), "");
	CHECK_EQ_STR(drain(2 + RING_BUSY_LIMIT_NS, 100), "4");
	CHECK(rings_pending(&rings));
}

TEST(ring_wraps)
{
	set_up(RING_SIZE - 16);
	append(0, 1, 0, 40); /* over the end */
	append(0, 2, 0, 0);
	CHECK_EQ_STR(drain(1, UINT64_MAX), "12");
	ring_items[0].mapped = RING_SIZE; /* without the second mapping it must not be read */
	set_up(RING_SIZE - 16);
	ring_items[0].mapped = RING_SIZE;
	append(0, 1, 0, 40);
	append(0, 2, 0, 0);
	CHECK_EQ_STR(drain(1, UINT64_MAX), "2");
}

TEST(ring_keeps_the_last_record_while_data_flows)
{
	set_up(0);
	uint64_t first = append(0, 1, 0, 0), second = append(0, 2, 0, 0);

	drain(1, 1);
	CHECK_EQ(fakes[0].consumer, first);
	drain(1, 2);
	CHECK_EQ(fakes[0].consumer, second);
	CHECK_EQ(fakes[1].consumer, 0);
	CHECK(rings_rest(&rings));
	CHECK_EQ(fakes[0].consumer, fakes[0].producer);
	append(0, 3, 0, 0);
	CHECK(!rings_rest(&rings));
	CHECK_EQ_STR(drain(1, UINT64_MAX), "3");
}
