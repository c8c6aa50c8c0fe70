/* SPDX-License-Identifier: Apache-2.0 */
/* The buffer in front of the output file, and the list of formats. */
#include "runtime/output/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

static const struct output_ops *const formats[] = { &output_text, &output_json };

const struct output_ops *output_find(const char *format, const char **names)
{
	if (names)
		*names = "text json";
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(formats[i]->name, format))
			return formats[i];
	return NULL;
}

int output_open(const char *path, const struct output_ops *ops, enum output_buffering buffering,
		bool is_raw, const char *trailer, struct output **out)
{
	int fd = STDOUT_FILENO;

	if (path)
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return -errno;
	struct output *o = xcalloc(1, sizeof(*o));
	o->ops = ops;
	o->fd = fd;
	o->buffering = buffering;
	o->style.escapes_strings = ops->is_terminal_text && !is_raw;
	o->style.trailer = trailer;
	*out = o;
	return 0;
}

void output_close(struct output *o)
{
	if (!o)
		return;
	output_flush(o);
	if (o->fd != STDOUT_FILENO)
		close(o->fd);
	strbuf_free(&o->buffer);
	strbuf_free(&o->scratch);
	strbuf_free(&o->key);
	free(o);
}

/* A pipe or terminal that somebody made non-blocking: wait until it takes more. */
static void wait_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	poll(&p, 1, -1);
}

void output_flush(struct output *o)
{
	const char *next = o->buffer.text;
	size_t left = o->buffer.len;

	while (left && !o->error) {
		ssize_t n = write(o->fd, next, left);

		if (n >= 0) {
			next += n;
			left -= (size_t)n;
		} else if (errno == EAGAIN) {
			wait_writable(o->fd);
		} else if (errno != EINTR) {
			o->error = errno;
		}
	}
	strbuf_clear(&o->buffer);
}

void output_idle(struct output *o)
{
	if (o->buffering != OUTPUT_FULL)
		output_flush(o);
}

void output_record_done(struct output *o)
{
	if (o->buffering == OUTPUT_NONE || o->buffer.len >= OUTPUT_BUFFER_SIZE)
		output_flush(o);
}

void output_batch_done(struct output *o)
{
	if (o->buffering == OUTPUT_LINE && o->buffer.len &&
	    memchr(o->buffer.text, '\n', o->buffer.len))
		output_flush(o);
}
