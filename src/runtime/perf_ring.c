/* SPDX-License-Identifier: Apache-2.0 */
/* See perf_ring.h. The kernel writes at data_head, we read from data_tail; both only grow. */
#include "runtime/perf_ring.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

int perf_ring_open(struct perf_ring *r, struct perf_event_attr *attr, int cpu, size_t size)
{
	*r = (struct perf_ring){ .fd = -1, .pages = MAP_FAILED, .size = size };
	attr->size = sizeof(*attr);
	r->fd = (int)syscall(SYS_perf_event_open, attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (r->fd < 0)
		return -errno;
	r->pages = mmap(NULL, page_size() + size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	if (r->pages == MAP_FAILED) {
		int err = -errno;

		perf_ring_close(r);
		return err;
	}
	return 0;
}

void perf_ring_close(struct perf_ring *r)
{
	if (r->pages != MAP_FAILED)
		munmap(r->pages, page_size() + r->size);
	if (r->fd >= 0)
		close(r->fd);
	strbuf_free(&r->record);
	*r = (struct perf_ring){ .fd = -1, .pages = MAP_FAILED };
}

/* A record as one piece. */
static const struct perf_event_header *record_at(struct perf_ring *r, const uint8_t *data,
						 uint64_t position)
{
	size_t at = position & (r->size - 1);
	const struct perf_event_header *header = (const void *)(data + at);

	if (at + header->size <= r->size)
		return header;
	strbuf_clear(&r->record);
	strbuf_append(&r->record, data + at, r->size - at);
	strbuf_append(&r->record, data, header->size - (r->size - at));
	return (const void *)r->record.text;
}

size_t perf_ring_drain(struct perf_ring *r,
		       bool (*fn)(void *context, const struct perf_event_header *record),
		       void *context)
{
	struct perf_event_mmap_page *page = r->pages;
	const uint8_t *data = (const uint8_t *)page + page_size();
	uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = page->data_tail;
	bool goes_on = true;
	size_t count = 0;

	while (goes_on && tail < head) {
		const struct perf_event_header *record = record_at(r, data, tail);
		uint16_t size = record->size;

		goes_on = fn(context, record);
		tail += size;
		count++;
	}
	__atomic_store_n(&page->data_tail, tail, __ATOMIC_RELEASE);
	return count;
}
