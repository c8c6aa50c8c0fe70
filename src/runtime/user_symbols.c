/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbols of processes, by libdwfl (elfutils): it reads /proc/PID/maps, opens the files mapped there,
 * finds their separate debug files by build id and link, and the kernel's vdso in the process's
 * memory.
 *
 * One Dwfl for each process that was asked for, the least recently used of many given up. A process
 * number that means another process by now (its start time differs) begins anew.
 */
#include "runtime/user_symbols.h"

#include <elfutils/libdwfl.h>
#include <string.h>
#include <time.h>

#define PROCESSES_MAX 64

struct process {
	pid_t pid;
	uint64_t start_time; /* field 22 of /proc/PID/stat, clock ticks; 0: it had ended */
	Dwfl *dwfl;	     /* owned; NULL: nothing could be read */
	uint64_t used;	     /* number of the last question */
	time_t read_at;	     /* when its maps were read, monotonic */
};

struct user_symbols {
	struct process processes[PROCESSES_MAX];
	uint64_t questions;
};

struct user_symbols *user_symbols_create(void)
{
	return xcalloc(1, sizeof(struct user_symbols));
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
	free(u);
}

/* 0: there is no such process. */
static uint64_t read_start_time(pid_t pid)
{
	char path[32], text[1024], *at;
	unsigned long long start = 0;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	auto_fclose FILE *f = fopen(path, "re");
	len = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	text[len] = '\0';
	at = strrchr(text, ')'); /* the name in front may contain anything */
	if (!at || sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
				  "%*d %*d %*d %llu", &start) != 1)
		return 0;
	return start;
}

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void read_maps(struct process *p)
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
	dwfl_linux_proc_report(p->dwfl, p->pid);
	dwfl_report_end(p->dwfl, NULL, NULL);
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
	read_maps(oldest);
	return oldest;
}

/* The file that the address is in; the maps are read again, once a second, if there is none. */
static Dwfl_Module *find_module(struct process *p, uint64_t address)
{
	Dwfl_Module *module = p->dwfl ? dwfl_addrmodule(p->dwfl, address) : NULL;

	if (module || !p->start_time || p->read_at == now())
		return module;
	read_maps(p);
	return p->dwfl ? dwfl_addrmodule(p->dwfl, address) : NULL;
}

bool user_symbols_find(struct user_symbols *u, pid_t pid, uint64_t address,
		       struct symbol_name *out)
{
	struct process *p = find_process(u, pid);
	Dwfl_Module *module = find_module(p, address);
	GElf_Sym symbol;
	GElf_Off offset = 0;

	p->used = ++u->questions;
	if (!module)
		return false;
	out->module = dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	out->name = dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL);
	out->offset = offset;
	return out->name;
}
