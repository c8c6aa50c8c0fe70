/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table: code mappings by process. The last PROCESSES_ENDED_MAX processes that ended are kept,
 * running ones all. Files are kept once, however many processes map them.
 */
#include "runtime/mappings_private.h"

#include <string.h>

#define PROCESSES_ENDED_MAX 2048

static struct mapped_process **bucket_of(const struct mappings *m, pid_t pid)
{
	return (struct mapped_process **)&m->buckets[(uint32_t)pid % MAPPINGS_BUCKETS];
}

static struct mapped_process *find(const struct mappings *m, pid_t pid)
{
	struct mapped_process *p = *bucket_of(m, pid);

	while (p && p->pid != pid)
		p = p->next;
	return p;
}

static void forget(struct mappings *m, pid_t pid)
{
	struct mapped_process **at = bucket_of(m, pid), *p;

	while (*at && (*at)->pid != pid)
		at = &(*at)->next;
	p = *at;
	if (!p)
		return;
	*at = p->next;
	vec_free(&p->mappings);
	free(p);
}

static struct mapped_process *find_or_add(struct mappings *m, pid_t pid)
{
	struct mapped_process *p = find(m, pid);

	if (p)
		return p;
	p = xcalloc(1, sizeof(*p));
	p->pid = pid;
	p->next = *bucket_of(m, pid);
	*bucket_of(m, pid) = p;
	return p;
}

/* --- files ------------------------------------------------------------------------------------ */

static bool is_same_file(const struct mapped_file *a, const struct mapped_file *b)
{
	return a->inode == b->inode && a->build_id_size == b->build_id_size &&
	       !memcmp(a->build_id, b->build_id, a->build_id_size) && !strcmp(a->path, b->path);
}

static uint32_t add_file(struct mappings *m, const struct mapped_file *file)
{
	struct mapped_file copy = *file;

	/* The newest are the likeliest: a command's children map what it maps. */
	for (size_t i = m->files.count; i-- > 0;) {
		if (is_same_file(&m->files.items[i], file))
			return (uint32_t)i;
	}
	copy.path = xstrdup(file->path);
	vec_push(&m->files, copy);
	return (uint32_t)(m->files.count - 1);
}

const struct mapped_file *mappings_file(const struct mappings *m, uint32_t file)
{
	return file < m->files.count ? &m->files.items[file] : NULL;
}

/* --- what happens to a process ---------------------------------------------------------------- */

/* A new mapping replaces what it covers. */
void mappings_add(struct mappings *m, pid_t pid, const struct mapping *at,
		  const struct mapped_file *file)
{
	struct mapped_process *p = find_or_add(m, pid);
	struct mapping new = *at;
	size_t kept = 0;

	for (size_t i = 0; i < p->mappings.count; i++) {
		const struct mapping *old = &p->mappings.items[i];

		if (old->end <= at->start || old->start >= at->end)
			p->mappings.items[kept++] = *old;
	}
	p->mappings.count = kept;
	new.file = add_file(m, file);
	vec_push(&p->mappings, new);
}

void mappings_fork(struct mappings *m, pid_t pid, pid_t parent)
{
	const struct mapped_process *from = find(m, parent);
	struct mapped_process *p;

	if (pid == parent) /* a thread */
		return;
	forget(m, pid); /* the number's last owner */
	if (!from)
		return;
	p = find_or_add(m, pid);
	for (size_t i = 0; i < from->mappings.count; i++)
		vec_push(&p->mappings, from->mappings.items[i]);
}

void mappings_exec(struct mappings *m, pid_t pid)
{
	struct mapped_process *p = find(m, pid);

	if (p)
		p->mappings.count = 0;
}

void mappings_exit(struct mappings *m, pid_t pid)
{
	const struct mapped_process *oldest;
	pid_t *slot = &m->ended[m->ended_count % PROCESSES_ENDED_MAX];

	if (!find(m, pid))
		return;
	find(m, pid)->has_ended = true;
	if (m->ended_count >= PROCESSES_ENDED_MAX && *slot != pid) {
		oldest = find(m, *slot);
		if (oldest && oldest->has_ended)
			forget(m, *slot);
	}
	*slot = pid;
	m->ended_count++;
}

const struct mapping *mappings_of(const struct mappings *m, pid_t pid, size_t *count)
{
	const struct mapped_process *p = find(m, pid);

	*count = p ? p->mappings.count : 0;
	return *count ? p->mappings.items : NULL;
}

struct mappings *mappings_create_empty(void)
{
	struct mappings *m = xcalloc(1, sizeof(*m));

	m->ended = xcalloc(PROCESSES_ENDED_MAX, sizeof(*m->ended));
	return m;
}

void mappings_free_table(struct mappings *m)
{
	for (size_t i = 0; i < MAPPINGS_BUCKETS; i++) {
		while (m->buckets[i])
			forget(m, m->buckets[i]->pid);
	}
	for (size_t i = 0; i < m->files.count; i++)
		free(m->files.items[i].path);
	vec_free(&m->files);
	free(m->ended);
}
