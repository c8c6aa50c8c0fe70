/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbols of processes, by libdwfl (elfutils): it reads /proc/PID/maps, opens the files mapped there,
 * finds their separate debug files by build id and link, and the kernel's vdso in the process's
 * memory.
 *
 * Of a process that has ended, the mappings that were noted while it ran are used, provided that the file
 * is still the same: by its build id, or its inode number where the kernel tells no build ids.
 *
 * One Dwfl for each process that was asked for, the least recently used of many given up. A process
 * number that means another process by now (its start time differs) begins anew.
 */
#include "runtime/user_symbols.h"

#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES_MAX 64

struct process {
	pid_t pid;
	uint64_t start_time; /* field 22 of /proc/PID/stat, clock ticks; 0: it had ended */
	Dwfl *dwfl;	     /* owned; NULL: nothing could be read */
	uint64_t used;	     /* number of the last question */
	time_t read_at;	     /* when its maps were read, monotonic */
};

struct user_symbols {
	const struct mappings *mappings; /* or NULL */
	struct process processes[PROCESSES_MAX];
	uint64_t questions;
	struct strbuf name; /* of the last answer, if it had to be cut */
};

struct user_symbols *user_symbols_create(const struct mappings *mappings)
{
	struct user_symbols *u = xcalloc(1, sizeof(*u));

	u->mappings = mappings;
	return u;
}

static void forget(struct process *p)
{
	if (p->dwfl)
		dwfl_end(p->dwfl);
	*p = (struct process){ 0 };
}

void user_symbols_destroy(struct user_symbols *u)
{
	for (size_t i = 0; u && i < PROCESSES_MAX; i++)
		forget(&u->processes[i]);
	if (u)
		strbuf_free(&u->name);
	free(u);
}

/* 0: there is no such process, or no more than its remains. */
static uint64_t read_start_time(pid_t pid)
{
	char path[32], text[1024], *at;
	unsigned long long start = 0;
	char state;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	auto_fclose FILE *f = fopen(path, "re");
	len = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	text[len] = '\0';
	at = strrchr(text, ')'); /* the name in front may contain anything */
	if (!at || sscanf(at + 2, "%c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
				  "%*d %*d %*d %llu", &state, &start) != 2 || state == 'Z' || state == 'X')
		return 0;
	return start;
}

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* --- processes that have ended ---------------------------------------------------------------- */

static bool is_same_file(const struct mapped_file *file, int fd, Elf *elf)
{
	const void *build_id;
	ssize_t size;
	struct stat st;

	if (!file->build_id_size)
		return !fstat(fd, &st) && st.st_ino == file->inode;
	size = dwelf_elf_gnu_build_id(elf, &build_id);
	return size == file->build_id_size && !memcmp(build_id, file->build_id, (size_t)size);
}

/* What was added to the file's addresses when the part at m->offset was mapped to m->start. */
static bool find_bias(Elf *elf, const struct mapping *m, GElf_Addr *bias)
{
	size_t count;
	GElf_Phdr h;

	if (elf_getphdrnum(elf, &count))
		return false;
	for (int i = 0; i < (int)count; i++) {
		if (!gelf_getphdr(elf, i, &h) || h.p_type != PT_LOAD ||
		    m->offset + (m->end - m->start) <= h.p_offset ||
		    m->offset >= h.p_offset + h.p_filesz)
			continue;
		*bias = m->start - m->offset + h.p_offset - h.p_vaddr;
		return true;
	}
	return false;
}

static void report_mapping(struct process *p, const struct mapping *m,
			   const struct mapped_file *file)
{
	auto_close int fd = open(file->path, O_RDONLY | O_CLOEXEC);
	Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
	GElf_Addr bias;

	if (elf && elf_kind(elf) == ELF_K_ELF && is_same_file(file, fd, elf) &&
	    find_bias(elf, m, &bias))
		dwfl_report_elf(p->dwfl, file->path, file->path, -1, bias, true);
	if (elf)
		elf_end(elf);
}

static void read_noted(const struct user_symbols *u, struct process *p)
{
	size_t count = 0;
	const struct mapping *noted = u->mappings ? mappings_of(u->mappings, p->pid, &count) : NULL;

	dwfl_report_begin_add(p->dwfl);
	for (size_t i = 0; i < count; i++) {
		bool is_repeated = false;

		for (size_t j = 0; j < i; j++)
			is_repeated |= noted[j].file == noted[i].file;
		if (!is_repeated)
			report_mapping(p, &noted[i], mappings_file(u->mappings, noted[i].file));
	}
	dwfl_report_end(p->dwfl, NULL, NULL);
}

/* --- processes -------------------------------------------------------------------------------- */

/* For dwfl_getmodules(), which returns non-zero then. */
static int stop_at_module(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr start,
			  void *context)
{
	(void)module;
	(void)data;
	(void)name;
	(void)start;
	(void)context;
	return DWARF_CB_ABORT;
}

static void read_maps(const struct user_symbols *u, struct process *p)
{
	static char *debug_path; /* the standard one */
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_linux_proc_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.debuginfo_path = &debug_path,
	};

	p->read_at = now();
	if (!p->dwfl)
		p->dwfl = dwfl_begin(&callbacks);
	if (!p->dwfl)
		return;
	dwfl_report_begin_add(p->dwfl);
	if (p->start_time)
		dwfl_linux_proc_report(p->dwfl, p->pid);
	dwfl_report_end(p->dwfl, NULL, NULL);
	if (!dwfl_getmodules(p->dwfl, stop_at_module, NULL, 0))
		read_noted(u, p); /* it has ended, or is about to: its memory is gone */
}

static struct process *find_process(struct user_symbols *u, pid_t pid)
{
	uint64_t start_time = read_start_time(pid);
	struct process *oldest = &u->processes[0];

	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		struct process *p = &u->processes[i];

		/* Of a process that has ended, what is known of it stays. */
		if (p->pid == pid && (!start_time || p->start_time == start_time))
			return p;
		if (p->pid == pid || p->used < oldest->used)
			oldest = p;
		if (p->pid == pid)
			break;
	}
	forget(oldest);
	oldest->pid = pid;
	oldest->start_time = start_time;
	read_maps(u, oldest);
	return oldest;
}

/* The file that the address is in; the maps are read again, once a second, if there is none. */
static Dwfl_Module *find_module(const struct user_symbols *u, struct process *p,
				uint64_t address)
{
	Dwfl_Module *module = p->dwfl ? dwfl_addrmodule(p->dwfl, address) : NULL;

	if (module || !p->start_time || p->read_at == now())
		return module;
	read_maps(u, p);
	return p->dwfl ? dwfl_addrmodule(p->dwfl, address) : NULL;
}

/* Without the version that symbol tables append: "read@@GLIBC_2.2.5". */
static const char *plain_name(struct user_symbols *u, const char *name)
{
	const char *at = name ? strchr(name, '@') : NULL;

	if (!at || at == name)
		return name;
	strbuf_clear(&u->name);
	strbuf_append(&u->name, name, (size_t)(at - name));
	return strbuf_text(&u->name);
}

bool user_symbols_find(struct user_symbols *u, pid_t pid, uint64_t address,
		       struct symbol_name *out)
{
	struct process *p = find_process(u, pid);
	Dwfl_Module *module = find_module(u, p, address);
	GElf_Sym symbol;
	GElf_Off offset = 0;

	p->used = ++u->questions;
	if (!module)
		return false;
	out->module = dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	out->name = plain_name(u, dwfl_module_addrinfo(module, address, &offset, &symbol, NULL,
						       NULL, NULL));
	out->offset = offset;
	return out->name;
}
