/* SPDX-License-Identifier: Apache-2.0 */
/* What processes map, told in pieces. */
#include <string.h>
#include "runtime/mappings.h"
#include "unit/harness.h"

static struct mappings *m;

static size_t count_of(pid_t pid)
{
	size_t count;

	mappings_of(m, pid, &count);
	return count;
}

static void add(pid_t pid, uint64_t start, uint64_t end, const char *path)
{
	struct mapped_file file = { .path = (char *)path, .inode = 7 };

	mappings_add(m, pid, &(struct mapping){ start, end, 0, 0 }, &file);
}

static const char *path_at(pid_t pid, size_t i)
{
	size_t count;
	const struct mapping *at = mappings_of(m, pid, &count);

	return i < count ? mappings_file(m, at[i].file)->path : NULL;
}

TEST(one_process)
{
	m = mappings_create_empty();
	CHECK_EQ(count_of(5), 0);
	add(5, 0x1000, 0x3000, "/bin/a");
	add(5, 0x4000, 0x5000, "/lib/b");
	CHECK_EQ(count_of(5), 2);
	add(5, 0x2000, 0x4800, "/lib/c"); /* covers parts of both */
	CHECK_EQ(count_of(5), 1);
	CHECK_EQ_STR(path_at(5, 0), "/lib/c");
	mappings_exit(m, 5);
	CHECK_EQ(count_of(5), 1);
	mappings_destroy(m);
}

TEST(family)
{
	m = mappings_create_empty();
	add(5, 0x1000, 0x3000, "/bin/a");
	mappings_fork(m, 6, 5);
	CHECK_EQ_STR(path_at(6, 0), "/bin/a");
	mappings_exec(m, 6);
	CHECK_EQ(count_of(6), 0);
	CHECK_EQ(count_of(5), 1);
	mappings_exit(m, 5);
	mappings_fork(m, 5, 1); /* the number again, of an unknown parent */
	CHECK_EQ(count_of(5), 0);
	mappings_fork(m, 6, 6); /* a thread */
	mappings_exit(m, 99);
	mappings_destroy(m);
}

/* Only so many of those that have ended are kept, the newest. */
TEST(many)
{
	m = mappings_create_empty();
	for (pid_t pid = 10; pid < 10010; pid++) {
		add(pid, 0x1000, 0x2000, "/bin/a");
		if (pid != 10)
			mappings_exit(m, pid);
	}
	CHECK_EQ(count_of(10), 1); /* runs */
	CHECK_EQ(count_of(11), 0);
	CHECK_EQ(count_of(10009), 1);
	mappings_destroy(m);
}

/* Records of every size up to the right one: what is cut means nothing. */
TEST(cut_records)
{
	struct {
		struct perf_event_header header;
		uint32_t pid, tid;
		uint64_t address, length, offset, device, inode, generation;
		uint32_t protection, flags;
		char path[16];
		uint64_t time;
	} r = { .header = { .type = PERF_RECORD_MMAP2 }, .pid = 5, .address = 0x1000,
		.length = 0x1000, .path = "/bin/a" };

	m = mappings_create_empty();
	for (size_t size = sizeof(r.header); size < sizeof(r); size++) {
		r.header.size = (uint16_t)size;
		memset(r.path, 'x', sizeof(r.path)); /* no end anywhere */
		memcpy(r.path, "/bin", 4);
		r.time = ~0ull;
		mappings_take(m, &r.header);
	}
	CHECK_EQ(count_of(5), 0);
	strcpy(r.path, "/bin/a");
	r.header.size = sizeof(r);
	mappings_take(m, &r.header);
	CHECK_EQ_STR(path_at(5, 0), "/bin/a");
	strcpy(r.path, "[vdso]");
	r.address = 0x9000;
	mappings_take(m, &r.header);
	CHECK_EQ(count_of(5), 1);
	r.header.type = 12345;
	mappings_take(m, &r.header);
	mappings_destroy(m);
}
