/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One perf buffer per online CPU, in the array that the helper writes to. Packets of one file come
 * in the order of their CPUs' buffers, each with its own time stamp, as in every capture.
 */
#include "runtime/packets.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>



static int64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* --- opening ---------------------------------------------------------------------------------- */

static int open_ring(struct packets *p, int map_fd, uint32_t cpu, struct event_loop *loop)
{
	struct perf_ring *r = &p->rings[p->ring_count];
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_RAW,
		.wakeup_events = 1,
	};
	int err = perf_ring_open(r, &attr, (int)cpu, PACKET_RING_SIZE);

	if (err)
		return err == -ENODEV ? 0 : err; /* an offline CPU has no packets */
	p->ring_count++;
	if (bpf_map_update_elem(map_fd, &cpu, &r->fd, BPF_ANY) ||
	    ioctl(r->fd, PERF_EVENT_IOC_ENABLE, 0))
		return -errno;
	return event_loop_add(loop, r->fd, LOOP_RING);
}

/* One file per path, however many calls name it. */
static struct pcap_file *known_file(const struct packets *p, const struct program *program,
				    uint32_t action)
{
	const struct program_action *actions = program->actions.items;

	for (uint32_t i = 0; i < action; i++) {
		if (p->files[i] && actions[i].format == actions[action].format)
			return p->files[i];
	}
	return NULL;
}

static int open_file(struct packets *p, const struct program *program, uint32_t action,
		     const struct reporter *reporter)
{
	const struct program_action *a = &program->actions.items[action];
	const char *path = program_string(program, a->format), *why = "out of memory";
	int err;

	p->files[action] = known_file(p, program, action);
	if (p->files[action])
		return 0;
	err = pcap_file_open(path, &p->files[action], &why);
	if (err == -ENOSYS)
		report_error(reporter, a->site,
			     "skboutput(): %s, which writes the file; its package is libpcap0.8 or "
			     "libpcap", why);
	else if (err)
		report_error(reporter, a->site, "skboutput(): cannot write its file: %s", why);
	return err;
}

static int open_files(struct packets *p, const struct program *program,
		      const struct reporter *reporter)
{
	p->file_count = program->actions.count;
	p->files = xcalloc(p->file_count, sizeof(struct pcap_file *));
	for (uint32_t i = 0; i < p->file_count; i++) {
		int err = 0;

		if (program->actions.items[i].kind == ACTION_PACKET)
			err = open_file(p, program, i, reporter);
		if (err)
			return err;
	}
	return 0;
}

int packets_open(struct packets *p, const struct program *program, int map_fd, uint32_t cpu_count,
		 struct event_loop *loop, const struct reporter *reporter)
{
	int err = open_files(p, program, reporter);

	if (err)
		return err;
	p->monotonic_to_wall_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
	p->rings = xcalloc(cpu_count, sizeof(*p->rings));
	for (uint32_t cpu = 0; !err && cpu < cpu_count; cpu++)
		err = open_ring(p, map_fd, cpu, loop);
	if (err)
		report_error(reporter, 0, "cannot open the buffers for packets: %s",
			     strerror(-err));
	return err;
}

void packets_close(struct packets *p)
{
	for (size_t i = 0; i < p->file_count; i++) {
		struct pcap_file *f = p->files[i];

		for (size_t j = i; f && j < p->file_count; j++)
			p->files[j] = p->files[j] == f ? NULL : p->files[j];
		pcap_file_close(f);
	}
	for (size_t i = 0; i < p->ring_count; i++)
		perf_ring_close(&p->rings[i]);
	free(p->files);
	free(p->rings);
	strbuf_free(&p->packet);
	*p = (struct packets){ 0 };
}

/* --- reading ---------------------------------------------------------------------------------- */

struct consumer {
	struct packets *packets;
	bool (*fn)(void *context, const struct event_header *record, size_t len);
	void *context;
	bool is_done;
};

static bool hand_out(void *context, const struct perf_event_header *header)
{
	struct consumer *c = context;
	struct strbuf *packet = &c->packets->packet;
	const struct {
		struct perf_event_header header;
		uint32_t size;
		uint8_t bytes[];
	} *sample = (const void *)header;

	if (header->type != PERF_RECORD_SAMPLE ||
	    header->size < sizeof(*sample) + sizeof(struct event_packet) ||
	    sample->size > header->size - sizeof(*sample))
		return true;
	/* The size in front shifts what follows by four bytes: records are 8-aligned. */
	strbuf_clear(packet);
	strbuf_append(packet, sample->bytes, sample->size);
	c->is_done = !c->fn(c->context, (const void *)packet->text, sample->size);
	return !c->is_done;
}

size_t packets_drain(struct packets *p,
		     bool (*fn)(void *context, const struct event_header *record, size_t len),
		     void *context)
{
	struct consumer c = { p, fn, context, false };
	size_t count = 0;

	for (size_t i = 0; !c.is_done && i < p->ring_count; i++)
		count += perf_ring_drain(&p->rings[i], hand_out, &c);
	return count;
}

void packets_write(struct packets *p, uint32_t action, const struct event_packet *packet,
		   const uint8_t *bytes, size_t len)
{
	uint32_t length = MIN(packet->length, (uint32_t)len);
	uint32_t skipped = MIN(packet->offset, length);

	if (action >= p->file_count || !p->files[action])
		return;
	pcap_file_add(p->files[action], (int64_t)packet->header.time_ns + p->monotonic_to_wall_ns,
		      bytes + skipped, length - skipped);
}

void packets_flush(struct packets *p)
{
	for (size_t i = 0; i < p->file_count; i++) {
		if (p->files[i])
			pcap_file_flush(p->files[i]);
	}
}
