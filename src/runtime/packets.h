/* SPDX-License-Identifier: Apache-2.0 */
/* Packets on their way from skboutput() to pcap files: perf buffers, one per CPU, and libpcap. */
#ifndef BITTERN_RUNTIME_PACKETS_H
#define BITTERN_RUNTIME_PACKETS_H

#include "runtime/event_loop.h"
#include "runtime/pcap.h"
#include "runtime/perf_ring.h"
#include "runtime/report.h"

#define PACKET_RING_SIZE (1 << 20) /* bytes of packets per CPU */

struct packets {
	struct perf_ring *rings; /* owned */
	size_t ring_count;
	struct pcap_file **files; /* owned; by number of the action, NULL for others */
	size_t file_count;
	struct strbuf packet; /* the one being handed out */
	int64_t monotonic_to_wall_ns;
};

/* Opens buffers and files of a program that has packets, else nothing. 0, or -errno after saying
 * why. */
int packets_open(struct packets *p, const struct program *program, int map_fd, uint32_t cpu_count,
		 struct event_loop *loop, const struct reporter *reporter);
/* Hands out what has arrived; the number of records. */
size_t packets_drain(struct packets *p,
		     bool (*fn)(void *context, const struct event_header *record, size_t len),
		     void *context);
/* Appends one to the file of its action. */
void packets_write(struct packets *p, uint32_t action, const struct event_packet *packet,
		   const uint8_t *bytes, size_t len);
/* Writes what is still in memory of libpcap. */
void packets_flush(struct packets *p);
void packets_close(struct packets *p);

#endif
