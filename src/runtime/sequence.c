/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Iterators: the program runs while its sequence is read, or is left to others in a pinned file.
 *
 * The sequence brings the records that other programs put into rings (struct sequence_record), so that all
 * output comes in order and none is lost. What printf() makes of them goes to standard output as plain
 * text, whatever -o and -f say (spec output.md §1).
 */
#include "runtime/sequence.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The kernel stops walking when it has that many bytes. It is less than the file's buffer (32 KB), because
 * an object whose text does not fit any more is shown twice: the program would count it twice. */
#define READ_SIZE 8192

static const struct program_probe *find_probe(const struct session *s)
{
	const struct program_probe *p = s->program->probes.items;

	return s->program->probes.count && p->attach == ATTACH_ITERATOR ? p : NULL;
}

bool sequence_is_used(const struct session *s)
{
	return find_probe(s);
}

int sequence_open(struct session *s)
{
	const struct session_options *o = s->options;

	if (!find_probe(s) || (!o->output_path && s->output->ops == &output_text))
		return 0;
	return output_open(NULL, &output_text, o->buffering, o->is_raw, s->output->style.trailer,
			   &s->plain);
}

static int link_fd(const struct session *s)
{
	const struct probe_link *link = &s->links.items[0];

	return link->fds[0];
}

/* --- pinned ----------------------------------------------------------------------------------- */

static const char *explain_pin(int err)
{
	switch (err) {
	case -EEXIST:
		return "there is a file of that name already";
	case -ENOENT:
		return "its directory does not exist";
	case -EINVAL:
	case -EPERM:
		return "its directory is in no BPF file system (mount -t bpf bpffs /sys/fs/bpf)";
	}
	return strerror(-err);
}

static int pin(struct session *s, const struct program_probe *p)
{
	const char *path = program_string(s->program, p->target);
	int err = bpf_obj_pin(link_fd(s), path);

	if (err) {
		report_error(&s->reporter, p->site, "cannot pin the iterator to %s: %s", path,
			     explain_pin(err));
		return -1;
	}
	output_flush(s->output);
	dprintf(STDOUT_FILENO, "Program pinned to %s\n", path);
	return 0;
}

/* --- read ------------------------------------------------------------------------------------- */

struct reader {
	struct session *session;
	int fd;
	uint8_t *bytes; /* what is not yet handled; owned */
	size_t len, capacity;
};

/* The whole records; what is left of the last one is moved to the front. */
static void handle_records(struct reader *r)
{
	struct session *s = r->session;
	size_t at = 0;

	while (r->len - at >= sizeof(struct sequence_record) && !s->is_stopping) {
		const struct sequence_record *record = (const void *)(r->bytes + at);
		size_t whole = sizeof(*record) + record->size;

		if (record->size > r->len - at - sizeof(*record))
			break;
		if (record->size >= sizeof(struct event_header))
			session_run_action(s, (const void *)(record + 1), record->size);
		at += whole;
	}
	r->len -= at;
	memmove(r->bytes, r->bytes + at, r->len);
}

/* The next bytes: their number, 0 at the end, or -errno. */
static ssize_t read_more(struct reader *r)
{
	if (r->capacity - r->len < READ_SIZE) {
		r->capacity = 2 * r->capacity + READ_SIZE;
		r->bytes = xrealloc(r->bytes, r->capacity);
	}
	ssize_t n = read(r->fd, r->bytes + r->len, READ_SIZE);
	return n < 0 ? -errno : n;
}

static int report_read(struct session *s, const struct program_probe *p, int err)
{
	const char *name = program_string(s->program, p->name);

	if (err == -E2BIG)
		report_error(&s->reporter, p->site, "%s: the output for one object does not fit "
			     "the kernel's buffer of 32 KB", name);
	else
		report_error(&s->reporter, p->site, "%s: cannot read: %s", name, strerror(-err));
	return -1;
}

/* Programs that print little may walk for long: after a million objects the kernel takes a break. */
static bool goes_on(int err)
{
	return err == -EAGAIN || err == -EINTR;
}

static int read_all(struct session *s, const struct program_probe *p, session_round *look_around)
{
	struct reader r = { .session = s,
			    .fd = s->links.items[0].fds[s->links.items[0].fd_count - 1] };
	ssize_t n = 1;

	while (n && !s->is_stopping) {
		n = read_more(&r);
		if (n < 0 && !goes_on((int)n))
			break;
		r.len += n > 0 ? (size_t)n : 0;
		handle_records(&r);
		look_around(s);
	}
	free(r.bytes);
	return n < 0 && !goes_on((int)n) ? report_read(s, p, (int)n) : 0;
}

int sequence_run(struct session *s, session_round *look_around)
{
	const struct program_probe *p = find_probe(s);

	if (!s->links.count)
		return -1;
	return p->target ? pin(s, p) : read_all(s, p, look_around);
}

bool sequence_is_left(const struct session *s)
{
	const struct program_probe *p = find_probe(s);

	return p && p->target;
}
