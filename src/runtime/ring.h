/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reader of the kernel's ring buffers: one per CPU for data, one for control, merged by time stamp.
 *
 * Order. A round takes a cutoff a little in the past and hands out all records up to it, oldest
 * first: by then every program that took a stamp that old has reserved its record (SLACK covers the
 * few instructions between). A record that is reserved but not committed has no readable stamp yet;
 * it blocks its ring and everything newer than what that ring has given so far, for at most
 * BUSY_LIMIT, for its program may have been preempted.
 *
 * Wake-ups. Programs submit without flags: the kernel wakes us only if the committed record is
 * where our consumer position stands. While data flows we keep the position at the last record
 * read, one behind, so that no commit ever matches and no wake-up is sent; rings_rest() gives that
 * record back before we sleep, and looks once more. (For the same reason a ring in epoll must be
 * edge-triggered.)
 *
 * Memory. A ring is mapped with its data once, plus the size of the largest record: the kernel maps
 * the data twice in a row, so a record that wraps is still contiguous.
 */
#ifndef BITTERN_RUNTIME_RING_H
#define BITTERN_RUNTIME_RING_H

#include "program/events.h"

#define RING_SLACK_NS      50000
#define RING_BUSY_LIMIT_NS 10000000

enum ring_head { RING_EMPTY, RING_BUSY, RING_READY };

struct ring {
	uint64_t *consumer;       /* position up to which the kernel may overwrite; ours to write */
	const uint64_t *producer; /* position after the newest reserved record */
	const uint8_t *data;
	size_t size;                       /* of the data, a power of two */
	size_t mapped;                     /* bytes readable from data: size and a wrap area */
	int fd;                            /* borrowed: of the map, for epoll */
	void *consumer_map, *producer_map; /* NULL: memory is not ours (tests) */
	size_t producer_map_size;

	uint64_t position;   /* of the head: next record to hand out */
	uint64_t last;       /* of the record handed out last */
	uint64_t published;  /* what *consumer holds */
	uint64_t produced;   /* *producer as last read */
	uint64_t last_time;  /* stamp of the record handed out last */
	uint64_t busy_since; /* when the head was first seen busy; 0: it is not */
	enum ring_head head;
	const struct event_header *record; /* the head, if RING_READY */
	size_t record_len;
};

struct rings {
	struct ring *items; /* owned */
	uint32_t count;
};

/* Maps a ring buffer map of `size` bytes of data whose records have at most record_max bytes. */
int ring_open(struct ring *r, int fd, size_t size, size_t record_max);
void ring_close(struct ring *r);
/* A ring in memory of the caller's. */
void ring_init(struct ring *r, uint64_t *consumer, const uint64_t *producer, const void *data,
	       size_t size, size_t mapped);

void rings_close(struct rings *s);
/* Calls fn for all records with a stamp up to cutoff_ns, in order of stamps; stops early when fn
 * returns false. Returns how many were handed out. */
size_t rings_drain(struct rings *s, uint64_t now_ns, uint64_t cutoff_ns,
		   bool (*fn)(void *context, const struct event_header *record, size_t len),
		   void *context);
/* Gives back everything read. False if something new has arrived meanwhile: do not sleep yet. */
bool rings_rest(struct rings *s);
/* True if a ring holds records, committed or not. */
bool rings_pending(const struct rings *s);

#endif
