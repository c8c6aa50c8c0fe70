/* SPDX-License-Identifier: Apache-2.0 */
/* See ring.h. The layout of a record is the kernel's: u32 length with two flag bits, u32 page
 * offset, payload, rounded up to 8 bytes. */
#include "runtime/ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include "util/base.h"

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

void ring_init(struct ring *r, uint64_t *consumer, const uint64_t *producer, const void *data,
	       size_t size, size_t mapped)
{
	*r = (struct ring){ .consumer = consumer,
			    .producer = producer,
			    .data = data,
			    .size = size,
			    .mapped = mapped,
			    .fd = -1 };
	r->position = r->last = r->published = r->produced = *consumer;
}

int ring_open(struct ring *r, int fd, size_t size, size_t record_max)
{
	size_t page = page_size(), wrap = ROUND_UP(record_max + BPF_RINGBUF_HDR_SZ, page);
	size_t mapped = size + MIN(wrap, size);
	void *consumer, *producer;

	consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (consumer == MAP_FAILED)
		return -errno;
	producer = mmap(NULL, page + mapped, PROT_READ, MAP_SHARED, fd, (off_t)page);
	if (producer == MAP_FAILED) {
		int err = -errno;

		munmap(consumer, page);
		return err;
	}
	ring_init(r, consumer, producer, (const uint8_t *)producer + page, size, mapped);
	r->fd = fd;
	r->consumer_map = consumer;
	r->producer_map = producer;
	r->producer_map_size = page + mapped;
	return 0;
}

void ring_close(struct ring *r)
{
	if (r->consumer_map)
		munmap(r->consumer_map, page_size());
	if (r->producer_map)
		munmap(r->producer_map, r->producer_map_size);
	*r = (struct ring){ 0 };
}

void rings_close(struct rings *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		ring_close(&s->items[i]);
	free(s->items);
	*s = (struct rings){ 0 };
}

static void publish(struct ring *r, uint64_t position)
{
	if (r->published == position)
		return;
	__atomic_store_n(r->consumer, position, __ATOMIC_RELEASE);
	r->published = position;
}

static size_t record_span(uint32_t header)
{
	size_t len = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

	return ROUND_UP(len + BPF_RINGBUF_HDR_SZ, 8);
}

/* Goes behind the record at the head, and hands space back early enough for the kernel. */
static void step(struct ring *r, size_t span)
{
	r->last = r->position;
	r->position += span;
	if (r->position - r->published >= r->size / 8)
		publish(r, r->last);
}

/* Finds out what the head of the ring is, stepping over discarded and impossible records. */
static void look(struct ring *r)
{
	for (;;) {
		if (r->position >= r->produced)
			r->produced = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
		if (r->position >= r->produced) {
			r->head = RING_EMPTY;
			return;
		}
		size_t at = r->position & (r->size - 1);
		uint32_t header =
			__atomic_load_n((const uint32_t *)(r->data + at), __ATOMIC_ACQUIRE);
		size_t span = record_span(header);

		if (header & BPF_RINGBUF_BUSY_BIT) {
			r->head = RING_BUSY;
			return;
		}
		r->busy_since = 0;
		r->record_len = header & ~BPF_RINGBUF_DISCARD_BIT;
		if (!(header & BPF_RINGBUF_DISCARD_BIT) && at + span <= r->mapped &&
		    r->record_len >= sizeof(struct event_header)) {
			r->head = RING_READY;
			r->record = (const void *)(r->data + at + BPF_RINGBUF_HDR_SZ);
			return;
		}
		step(r, span);
	}
}

/* The stamp up to which a busy head lets others pass. */
static uint64_t busy_cutoff(struct ring *r, uint64_t now_ns, uint64_t cutoff_ns)
{
	if (r->head != RING_BUSY)
		return cutoff_ns;
	if (!r->busy_since)
		r->busy_since = now_ns;
	if (now_ns - r->busy_since > RING_BUSY_LIMIT_NS)
		return cutoff_ns;
	return MIN(cutoff_ns, r->last_time);
}

/* The ring with the oldest head, and the stamp up to which it stays the oldest. */
static struct ring *oldest(struct rings *s, uint64_t *until)
{
	struct ring *best = NULL;

	*until = UINT64_MAX;
	for (uint32_t i = 0; i < s->count; i++) {
		struct ring *r = &s->items[i];

		if (r->head != RING_READY)
			continue;
		if (!best || r->record->time_ns < best->record->time_ns) {
			if (best)
				*until = MIN(*until, best->record->time_ns);
			best = r;
		} else {
			*until = MIN(*until, r->record->time_ns);
		}
	}
	return best;
}

size_t rings_drain(struct rings *s, uint64_t now_ns, uint64_t cutoff_ns,
		   bool (*fn)(void *context, const struct event_header *record, size_t len),
		   void *context)
{
	bool goes_on = true;
	size_t count = 0;
	uint64_t until;
	struct ring *r;

	for (uint32_t i = 0; i < s->count; i++) {
		look(&s->items[i]);
		cutoff_ns = busy_cutoff(&s->items[i], now_ns, cutoff_ns);
	}
	while (goes_on && (r = oldest(s, &until)) && r->record->time_ns <= cutoff_ns) {
		do {
			r->last_time = r->record->time_ns;
			goes_on = fn(context, r->record, r->record_len);
			step(r, ROUND_UP(r->record_len + BPF_RINGBUF_HDR_SZ, 8));
			count++;
			look(r);
			cutoff_ns = busy_cutoff(r, now_ns, cutoff_ns);
		} while (goes_on && r->head == RING_READY &&
			 r->record->time_ns <= MIN(until, cutoff_ns));
	}
	for (uint32_t i = 0; i < s->count; i++)
		if (s->items[i].position != s->items[i].published)
			publish(&s->items[i], s->items[i].last);
	return count;
}

bool rings_rest(struct rings *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		publish(&s->items[i], s->items[i].position);
	/* A program that committed before it could see the new positions has not woken us: look
	 * again, after the stores are out. The kernel's commit is a full barrier on its side. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return !rings_pending(s);
}

bool rings_pending(const struct rings *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (__atomic_load_n(s->items[i].producer, __ATOMIC_ACQUIRE) != s->items[i].position)
			return true;
	return false;
}
