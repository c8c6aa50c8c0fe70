/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Actions that print: formats, values, maps, times, files, commands. What goes wrong with a file or
 * a command is one ERROR line; the run goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include "runtime/session_private.h"

#define END_COMMAND_MS 1000 /* between SIGTERM and SIGKILL */
#define TIME_MAX 63 /* longest text of time(), spec output.md §7.4 */

extern char **environ;

void action_printf(struct session *s, const struct event *e)
{
	struct output *o = s->plain ? s->plain : s->output;
	struct strbuf *text;

	if (s->plain) /* both may be the same terminal */
		output_flush(s->output);
	text = o->ops->text_begin(o, OUTPUT_PRINTF);
	printer_run(s->printers[e->header->action], &s->decoder, e->payload, &o->style, text);
	o->ops->text_end(o, OUTPUT_PRINTF);
	if (s->plain)
		output_flush(s->plain);
}

/* The payload is a tuple of the one argument. A state of an aggregation may be larger than its type
 * says: it gets all that is left. */
void action_print_value(struct session *s, const struct event *e)
{
	const struct program *p = s->program;
	const struct program_type *tuple = &p->types.items[e->action->payload];
	struct value v = { .kind = VALUE_NULL };

	if (tuple->field_count && tuple->first < p->fields.count) {
		const struct program_field *f = &p->fields.items[tuple->first];

		if (f->offset > e->size ||
		    decode(&s->decoder, f->type, e->payload + f->offset, e->size - f->offset, &v))
			return;
	}
	s->output->ops->value(s->output, &v);
}

void session_print_map(struct session *s, uint32_t map, const struct map_print *how)
{
	struct value_map values;
	int err = map_read(&s->maps, map, how, &values);

	if (err)
		report_error(&s->reporter, 0, "cannot read the map %s: %s",
			     program_string(s->program, s->program->maps.items[map].name),
			     strerror(-err));
	else
		s->output->ops->map(s->output, &values);
	arena_reset(&s->event_arena);
}

void action_print_map(struct session *s, const struct event *e)
{
	struct map_print how = { .top = e->action->top,
				 .div = e->action->div,
				 .by = e->action->by,
				 .is_descending = e->action->is_descending,
				 .is_explicit = true };

	if (e->action->map < s->program->maps.count)
		session_print_map(s, e->action->map, &how);
}

void action_time(struct session *s, const struct event *e)
{
	const char *format = program_string(s->program, e->action->format);
	struct output *o = s->output;
	char text[TIME_MAX + 1] = "";
	time_t now = time(NULL);
	struct tm local;

	if (*format &&
	    (!localtime_r(&now, &local) || !strftime(text, sizeof(text), format, &local))) {
		report_error(&s->reporter, e->action->site,
			     "time(): the result is longer than %d bytes", TIME_MAX);
		return;
	}
	strbuf_add_text(o->ops->text_begin(o, OUTPUT_TIME), text);
	o->ops->text_end(o, OUTPUT_TIME);
}

void action_join(struct session *s, const struct event *e)
{
	const char *separator = program_string(s->program, e->action->format);
	const uint8_t *cells = e->payload + sizeof(uint64_t);
	struct output *o = s->output;
	uint64_t count;

	if (e->size < sizeof(count))
		return;
	memcpy(&count, e->payload, sizeof(count));
	count = MIN(count, (e->size - sizeof(count)) / EVENT_JOIN_SIZE);
	struct strbuf *text = o->ops->text_begin(o, OUTPUT_JOIN);
	for (uint64_t i = 0; i < count; i++) {
		const char *cell = (const char *)cells + i * EVENT_JOIN_SIZE;

		if (i)
			strbuf_add_text(text, separator);
		value_render_string(text, cell, strnlen(cell, EVENT_JOIN_SIZE), &o->style);
	}
	o->ops->text_end(o, OUTPUT_JOIN);
}

/* A file name or command: what the script's format makes of the arguments, byte for byte. */
static const char *format_argument(struct session *s, const struct event *e)
{
	struct value_style style = { .escapes_strings = false, .trailer = "" };

	strbuf_clear(&s->text);
	printer_run(s->printers[e->header->action], &s->decoder, e->payload, &style, &s->text);
	return strbuf_text(&s->text);
}

static void report_failure(struct session *s, const struct event *e, const char *what, int err)
{
	output_flush(s->output);
	report_error(&s->reporter, e->action->site, "%s: %s: %s", what, strbuf_text(&s->text),
		     strerror(err));
}

/* Reads to the end, or as much as max, into arena memory of the event. */
static int read_all(struct arena *a, int fd, size_t max, char **bytes, size_t *len)
{
	size_t capacity = MIN(max, 16384u);

	*bytes = arena_alloc(a, capacity + 1);
	*len = 0;
	for (;;) {
		if (*len == capacity && capacity < max) {
			char *larger = arena_alloc(a, MIN(capacity * 2, max) + 1);

			memcpy(larger, *bytes, *len);
			*bytes = larger;
			capacity = MIN(capacity * 2, max);
		}
		if (*len == max)
			return 0;
		ssize_t n = read(fd, *bytes + *len, capacity - *len);
		if (!n)
			return 0;
		if (n > 0)
			*len += (size_t)n;
		else if (errno != EINTR)
			return errno;
	}
}

void action_cat(struct session *s, const struct event *e)
{
	const char *path = format_argument(s, e);
	struct output *o = s->output;
	size_t len = 0;
	char *bytes = NULL;
	/* Not blocking: a fifo nobody writes to must not stop the run. */
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err = fd < 0 ? errno
			 : read_all(&s->event_arena, fd, s->program->config.max_cat_bytes, &bytes,
				    &len);

	if (err) {
		report_failure(s, e, "cat", err);
		return;
	}
	value_render_string(o->ops->text_begin(o, OUTPUT_CAT), bytes, len, &o->style);
	o->ops->text_end(o, OUTPUT_CAT);
}

/* Starts sh -c with its standard output in a pipe. 0 or an errno. */
static int spawn_shell(const char *command, pid_t *pid, int *output_fd)
{
	char *argv[] = { "sh", "-c", (char *)command, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	int pipe_fds[2];

	if (pipe2(pipe_fds, O_CLOEXEC))
		return errno;
	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, pipe_fds[1], STDOUT_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
						      POSIX_SPAWN_SETPGROUP);
	int err = posix_spawn(pid, "/bin/sh", &files, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	close(pipe_fds[1]);
	if (err)
		close(pipe_fds[0]);
	else
		*output_fd = pipe_fds[0];
	return err;
}

/* Ctrl-C ends the command, all of its process group, and the run. */
static void end_command(struct session *s, pid_t pid)
{
	unsigned int happened = event_loop_signals(&s->loop);

	s->deferred |= happened;
	if (!(happened & LOOP_INTERRUPT))
		return;
	kill(-pid, s->ends_commands ? SIGKILL : SIGTERM);
	s->ends_commands = true;
}

/* What the command writes until it, and whoever inherited its output, is done. 0 or an errno. */
static int collect(struct session *s, pid_t pid, int fd, struct strbuf *out)
{
	struct pollfd waits[] = { { fd, POLLIN, 0 }, { s->loop.signal_fd, POLLIN, 0 } };
	char bytes[4096];

	for (;;) {
		int count = poll(waits, ARRAY_SIZE(waits), s->ends_commands ? END_COMMAND_MS : -1);

		if (!count) /* it does not listen */
			kill(-pid, SIGKILL);
		if (count > 0 && waits[1].revents)
			end_command(s, pid);
		if (count <= 0 || !waits[0].revents)
			continue;
		ssize_t n = read(fd, bytes, sizeof(bytes));
		if (n > 0)
			strbuf_append(out, bytes, (size_t)n);
		else if (!n || errno != EINTR)
			return n ? errno : 0;
	}
}

void action_system(struct session *s, const struct event *e)
{
	struct output *o = s->output;
	auto_close int fd = -1;
	auto_strbuf struct strbuf output = STRBUF_INIT;
	pid_t pid;
	int err;

	if (s->ends_commands)
		return;
	format_argument(s, e);
	/* The command may write to the terminal itself (stderr): what came before goes first. */
	output_flush(o);
	err = spawn_shell(strbuf_text(&s->text), &pid, &fd);
	if (!err) {
		err = collect(s, pid, fd, &output);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (err) {
		report_failure(s, e, "system", err);
		return;
	}
	/* The output of a command the user wrote is the user's own: not escaped. */
	strbuf_append(o->ops->text_begin(o, OUTPUT_SYSTEM), output.text, output.len);
	o->ops->text_end(o, OUTPUT_SYSTEM);
}
