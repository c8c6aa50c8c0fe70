/* SPDX-License-Identifier: Apache-2.0 */
/* See loader.h. Order: file limit, ELF, maps, BTF, programs one by one. What was created is kept in
 * the struct at once, so loader_free() is the only way back. */
#include "runtime/loader.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/btf.h>
#include <string.h>
#include <sys/resource.h>
#include "runtime/bpf_btf.h"
#include "runtime/bpf_call.h"
#include "runtime/bpf_link.h"
#include "runtime/load_session.h"
#include "runtime/load_target.h"
#include "runtime/relief.h"
#include "runtime/verifier.h"
#include "program/config.h"
#include "util/log.h"

#define PREALLOCATED_MAX  (128u << 20) /* bytes of one map */
#define KEY_MAX		  512	      /* MAX_BPF_STACK: of hashes before 5.11 */
#define PER_CPU_VALUE_MAX 32768	      /* PCPU_MIN_UNIT_SIZE */
#define MAP_VALUE_MAX	  (4u << 20)  /* KMALLOC_MAX_SIZE */
#define RING_SIZE_MAX     (4 * 1024 * 1024)
#define VERIFIER_LOG_MIN (16u << 20) /* touched only as far as it is used */

/* --- limits --------------------------------------------------------------------------------- */

/* Links and perf events need a descriptor each, on every CPU at worst. */
static void raise_file_limit(const struct program *p, uint32_t cpu_count)
{
	rlim_t wanted = 3 * p->probes.count + p->functions.count + p->maps.count +
			(rlim_t)cpu_count * (p->probes.count + 1) + 64;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted;
	limit.rlim_max = MAX(limit.rlim_max, wanted);
	if (setrlimit(RLIMIT_NOFILE, &limit)) { /* not allowed to go above the hard limit */
		getrlimit(RLIMIT_NOFILE, &limit);
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static size_t nearest_power(size_t n)
{
	size_t power = 1;

	while (power * 2 <= n)
		power *= 2;
	return n - power < power * 2 - n ? power : power * 2;
}

size_t loader_ring_size(uint32_t perf_rb_pages, uint32_t cpu_count, uint64_t available_kb,
			size_t record_max, size_t page_size)
{
	uint64_t total_kb = MIN(MAX(available_kb, 256u), 16544u);
	size_t pages = total_kb * 1024 / page_size;

	if (perf_rb_pages)
		pages = MAX(perf_rb_pages, cpu_count);
	pages = nearest_power(MAX(pages / cpu_count, 1u));
	if (!perf_rb_pages)
		pages = MIN(pages, RING_SIZE_MAX / page_size);
	while (pages * page_size < 4 * (record_max + BPF_RINGBUF_HDR_SZ))
		pages *= 2;
	return pages * page_size;
}

/* --- maps ----------------------------------------------------------------------------------- */
static int report_map(const struct loader *l, uint32_t map, int err)
{
	const struct program_map *m = &l->program->maps.items[map];

	const char *id = log_is_verbose() ? " [verifier-map]" : "";

	report_error(l->reporter, m->site, "unable to create the map %s of %u entries of %u bytes: %s%s",
		     program_string(l->program, m->name), m->max_entries,
		     m->key_size + m->value_size, verifier_error_text(err), id);
	if (err == -E2BIG || err == -ENOMEM)
		fprintf(stderr, "HINT: %s\n", m->is_per_cpu && m->value_size > PER_CPU_VALUE_MAX ?
			"a value that each CPU has of its own takes at most 32 KiB" :
			m->key_size + m->value_size > MAP_VALUE_MAX ?
			"an entry takes at most 4 MiB" :
			m->key_size > KEY_MAX ?
			"a key takes at most 512 bytes before Linux 5.11: config = { max_strlen = N } "
			"makes strings shorter, kstack(60) a stack" :
			"let @name = hash(N); makes a map of N entries, max_map_keys those of others");
	return err;
}

static bool is_hash(const struct program_map *m)
{
	return m->bpf_type == BPF_MAP_TYPE_HASH || m->bpf_type == BPF_MAP_TYPE_PERCPU_HASH;
}

/* Hashes get all their elements when they are made, so that a new key never depends on the kernel's
 * allocator in the middle of an interrupt; but not where that would take this much memory. */
bool loader_is_preallocated(const struct program_map *m, uint32_t cpu_count)
{
	uint64_t values = (uint64_t)m->value_size * (m->is_per_cpu ? cpu_count : 1);

	return !is_hash(m) || (m->key_size + values) * m->max_entries <= PREALLOCATED_MAX;
}

static uint32_t map_flags(const struct loader *l, const struct program_map *m)
{
	return m->bpf_flags |
	       (loader_is_preallocated(m, l->cpu_count) ? 0 : BPF_F_NO_PREALLOC);
}

static int create_map(struct loader *l, const struct program_map *m)
{
	const char *name = program_string(l->program, m->name);

	if (m->key_size > KEY_MAX && host_pretends_missing("long_keys"))
		return -E2BIG;

	switch ((enum program_map_role)m->role) {
	case MAP_ROLE_RINGS:
		/* A plan without data records needs no rings. */
		if (!l->program->data_record_max)
			return -1;
		return ring_array_create(&l->data_rings, &l->arena, name, l->cpu_count,
					 l->ring_size);
	case MAP_ROLE_CONTROL:
		l->control_size = LOADER_CONTROL_RING_SIZE;
		return bpf_call_map_create(BPF_MAP_TYPE_RINGBUF, name, 0, 0,
					   LOADER_CONTROL_RING_SIZE, 0, -1);
	case MAP_ROLE_USER:
	case MAP_ROLE_GLOBALS:
	case MAP_ROLE_PACKETS:
	case MAP_ROLE_SCRATCH:
		return bpf_call_map_create(m->bpf_type, *name == '@' ? name + !!name[1] : name,
					   m->key_size, m->value_size,
					   m->max_entries ? m->max_entries : l->cpu_count,
					   map_flags(l, m), -1);
	}
	return -EINVAL;
}

/* Whether the program is to be made again because of the key of a map. */
static bool wants_shorter_keys(struct loader *l, const struct program_map *m, int err)
{
	unsigned int reliefs = PROGRAM_RELIEF_KEYS | PROGRAM_RELIEF_KEYS_OF_TWO;

	if (err != -E2BIG || m->key_size <= KEY_MAX || !l->recompiler)
		return false;
	reliefs &= ~l->relief;
	l->relief_wanted = reliefs & -reliefs; /* one after the other */
	return l->relief_wanted;
}

static int create_maps(struct loader *l)
{
	const struct program *p = l->program;

	l->link_maps = ARENA_ARRAY(&l->arena, struct bpf_link_map, p->maps.count);
	for (uint32_t i = 0; i < p->maps.count; i++) {
		const struct program_map *m = &p->maps.items[i];
		int fd = create_map(l, m);

		if (fd < 0 && (m->role != MAP_ROLE_RINGS || p->data_record_max))
			return wants_shorter_keys(l, m, fd) ? -EAGAIN : report_map(l, i, fd);
		l->map_fds[i] = fd;
		l->link_maps[i].fd = fd;
		l->link_maps[i].is_value = m->role == MAP_ROLE_GLOBALS;
	}
	return 0;
}

static void close_all(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* --- programs ------------------------------------------------------------------------------- */
/* One program to be: a function of the object and the first, or only, probe that it serves. */
struct loading {
	const struct program_function *function;
	const struct program_probe *probe; /* NULL: none */
	uint32_t prog_type;
	struct load_target target;
};

static uint32_t log_size(const struct loader *l)
{
	return MAX(l->program->config.log_size, VERIFIER_LOG_MIN);
}

/* lines: pass on what the object says about lines. */
static int load_linked(struct loader *l, const struct loading *what,
		       const struct bpf_linked *linked, int btf_fd, bool lines, char *log)
{
	bool has_infos = btf_fd >= 0 && linked->functions.count;
	struct bpf_call_program call = {
		.type = what->prog_type,
		.name = program_string(l->program, what->function->name),
		.attach_type = what->target.attach_type,
		.attach_btf_id = what->target.btf_id,
		.attach_fd = what->target.fd,
		.license = config_license(&l->program->config),
		.insns = linked->insns,
		.insn_count = linked->insn_count,
		.btf_fd = has_infos ? btf_fd : -1,
		.func_infos = linked->functions.records,
		.func_info_count = linked->functions.count,
		.func_info_size = linked->functions.size,
		.line_infos = linked->lines.records,
		.line_info_count = lines ? linked->lines.count : 0,
		.line_info_size = linked->lines.size,
		.log = log,
		.log_size = log ? log_size(l) : 0,
	};

	return bpf_call_prog_load(&call);
}

static int find_kernel(void *context, const char *name, bool is_function, uint32_t *btf_id)
{
	return host_btf_find(context, name, is_function ? BTF_KIND_FUNC : BTF_KIND_VAR, btf_id);
}

static int link_function(struct loader *l, const struct bpf_elf *elf, const struct program_function *f,
			 struct bpf_linked *out, const char **why)
{
	const struct bpf_link_kernel kernel = { find_kernel, l->host, l->objects,
						l->program->objects.count };

	return bpf_link(&l->arena, elf, program_string(l->program, f->name), l->link_maps,
			l->program->maps.count, &kernel, out, why);
}

/* The program once more, with line records that are numbers of places. */
static int compile_again(struct loader *l, const struct program_function *f,
			 struct bpf_object_bytes *object, struct bpf_linked *out, int *btf_fd)
{
	struct bpf_elf *elf = ARENA_NEW(&l->arena, struct bpf_elf);
	const char *why;

	if (!l->recompiler || l->recompiler->compile(l->recompiler->context, object) ||
	    bpf_elf_parse(&l->arena, object->bytes, object->size, elf, &why) ||
	    link_function(l, elf, f, out, &why))
		return -EINVAL;
	*btf_fd = bpf_btf_load_object(&l->arena, elf);
	return 0;
}

/* A further attempt for the verifier's words alone, with a program whose instructions lead back to the
 * script. Should it succeed, so much the better. */
static int load_for_words(struct loader *l, const struct loading *what,
			  const struct bpf_linked *linked, int err)
{
	const struct program_function *f = what->function;
	auto_free char *log = xmalloc(log_size(l));
	struct bpf_object_bytes object = { 0 };
	struct bpf_linked again = { 0 };
	int btf_fd = -1;
	bool is_again = !compile_again(l, f, &object, &again, &btf_fd);
	struct refusal refusal = {
		.reporter = l->reporter,
		.site = f->site,
		.probe = program_string(l->program, f->probe_name),
		.err = err,
		.log = log,
		.places = is_again ? &again.lines : NULL,
		.recompiler = l->recompiler,
	};

	log[0] = '\0';
	int fd = is_again ? load_linked(l, what, &again, btf_fd, false, log) :
			    load_linked(l, what, linked, l->btf_fd, true, log);
	l->relief_wanted = fd < 0 && l->recompiler ? relief_for(err, log) & ~l->relief : 0;
	if (l->relief_wanted)
		fd = -EAGAIN;
	else if (fd < 0)
		verifier_explain(&refusal);
	close_all(&btf_fd, 1);
	free(object.bytes);
	return fd;
}

static int link_reported(struct loader *l, const struct program_function *f,
			 struct bpf_linked *linked)
{
	const char *why;
	int err = link_function(l, l->elf, f, linked, &why);

	if (err)
		report_error(l->reporter, f->site, "unable to load %s: %s",
			     program_string(l->program, f->probe_name), why);
	return err;
}

static int load_function(struct loader *l, uint32_t function, uint32_t prog_type)
{
	const struct program *p = l->program;
	struct loading what = { &p->functions.items[function], l->first_probes[function],
				prog_type, { 0 } };
	struct bpf_linked linked;
	int err = link_reported(l, what.function, &linked);

	if (err)
		return err;
	if (prog_type == what.function->bpf_prog_type && what.probe)
		load_target_find(l->host, p, what.probe, &what.target, NULL, 0);
	int fd = load_linked(l, &what, &linked, l->btf_fd, true, NULL);
	return fd < 0 ? load_for_words(l, &what, &linked, fd) : fd;
}

/* --- programs of a target of their own -------------------------------------------------------- */

/* What the kernel says to the program in front of the target alone; true: it has nothing against that. */
static bool accepts_target(struct loader *l, const struct loading *what,
			   const struct bpf_linked *linked, int err, char *why, size_t why_size)
{
	auto_free char *log = xmalloc(log_size(l));

	log[0] = '\0';
	int fd = load_linked(l, what, linked, l->btf_fd, true, log);
	if (fd >= 0)
		close(fd);
	return !load_target_refused(l->program, what->probe, err, log, why, why_size);
}

/* fentry in place of kprobes, which the compiler can go back to. */
static bool has_substitutes(const struct loader *l, uint32_t function)
{
	return l->first_probes[function] && l->first_probes[function]->is_substitute &&
	       l->recompiler && !(l->relief & PROGRAM_RELIEF_OWN_WAYS);
}

static void report_permission(const struct loader *l, const struct loading *what)
{
	report_error(l->reporter, what->function->site,
		     "unable to load %s: this kernel allows no programs on functions by trampolines "
		     "(fentry, fexit): it refuses them unseen, with EPERM",
		     program_string(l->program, what->function->probe_name));
	fputs("HINT: tracepoints may tell the same; the nearest by name are listed by bittern -l "
	      "'tracepoint:*:*WORD*'\n", stderr);
}

/* New fd; -ENOTSUP with a phrase in why: there is something wrong with the target; else -errno,
 * reported. */
static int load_for(struct loader *l, uint32_t probe, char *why, size_t why_size)
{
	const struct program *p = l->program;
	const struct program_probe *at = &p->probes.items[probe];
	struct loading what = { &p->functions.items[at->function], at,
				p->functions.items[at->function].bpf_prog_type, { 0 } };
	struct bpf_linked linked;

	if (load_target_find(l->host, p, at, &what.target, why, why_size))
		return -ENOTSUP;
	int fd = link_reported(l, what.function, &linked);
	if (!fd)
		fd = load_linked(l, &what, &linked, l->btf_fd, true, NULL);
	if (fd == -EPERM && has_substitutes(l, at->function))
		return -ENOTSUP;
	if (fd == -EPERM)
		report_permission(l, &what);
	else if (fd < 0 && accepts_target(l, &what, &linked, fd, why, why_size))
		fd = load_for_words(l, &what, &linked, fd);
	else if (fd < 0)
		fd = -ENOTSUP;
	load_target_close(&what.target);
	return fd;
}

/* The copy for the first target that can be had. What is wrong with a target is told when the probe
 * is attached, as missing_probes says. */
static int load_first_copy(struct loader *l, uint32_t function, uint32_t *loaded_for)
{
	char why[256];

	for (uint32_t i = 0; i < l->program->probes.count; i++) {
		if (l->program->probes.items[i].function != function)
			continue;
		int fd = load_for(l, i, why, sizeof(why));
		if (fd == -ENOTSUP)
			continue;
		*loaded_for = i;
		return fd;
	}
	return -ENOTSUP;
}

/*
 * fentry in place of a kprobe is attached at once, with all programs stopped: if that does not work, the
 * script can still be made with the kprobe. -EAGAIN: it has to be.
 */
static int hold_substitute(struct loader *l, uint32_t probe)
{
	char why[256];
	struct loader_extra extra = { .function = l->program->probes.items[probe].function };

	extra.fd = load_for(l, probe, why, sizeof(why));
	if (extra.fd < 0 && extra.fd != -ENOTSUP)
		return extra.fd;
	if (extra.fd >= 0) {
		vec_push(&l->extras, extra);
		l->held[probe] = bpf_raw_tracepoint_open(NULL, extra.fd);
		if (l->held[probe] >= 0)
			return extra.fd;
	}
	log_verbose("fentry does not work for %s",
		    program_string(l->program, l->program->probes.items[probe].name));
	l->relief_wanted = PROGRAM_RELIEF_OWN_WAYS;
	return -EAGAIN;
}

/* Until the session attaches the others. */
static int stop_programs(struct loader *l)
{
	int map = program_find_role(l->program, MAP_ROLE_GLOBALS);
	auto_free struct program_globals *g = NULL;
	uint32_t zero = 0;

	if (map < 0)
		return 0;
	/* The kernel copies the whole value: more than the globals, there are zeros behind them. */
	g = xcalloc(1, MAX(l->program->maps.items[map].value_size, (uint32_t)sizeof(*g)));
	g->stop = 1;
	return bpf_map_update_elem(l->map_fds[map], &zero, g, 0) ? -errno : 0;
}

/* From the last to the first, as trampolines are attached (probes/attach.c). */
static int hold_substitutes(struct loader *l)
{
	bool is_stopped = false;

	for (uint32_t i = (uint32_t)l->program->probes.count; i-- > 0;) {
		if (!has_substitutes(l, l->program->probes.items[i].function))
			continue;
		int err = is_stopped ? 0 : stop_programs(l);

		is_stopped = true;
		err = err ?: hold_substitute(l, i);
		if (err < 0)
			return err;
	}
	return 0;
}

int loader_take_link(void *loader, uint32_t probe)
{
	struct loader *l = loader;
	int fd = l->held[probe];

	l->held[probe] = -1;
	return fd;
}

static bool has_own_target(const struct loader *l, uint32_t function)
{
	const struct program_probe *p = l->first_probes[function];

	return p && load_target_is_own((enum program_attach)p->attach);
}

int loader_load_for(void *loader, uint32_t probe, char *why, size_t why_size)
{
	struct loader *l = loader;
	uint32_t function = l->program->probes.items[probe].function;
	struct loader_extra extra = { .function = function };

	if (l->function_fds[function] >= 0 && l->loaded_for[function] == probe)
		return l->function_fds[function];
	l->relief = ~0u; /* too late: other programs run already */
	*why = '\0';
	extra.fd = load_for(l, probe, why, why_size);
	if (extra.fd >= 0)
		vec_push(&l->extras, extra);
	else if (!*why)
		snprintf(why, why_size, "its program was refused");
	return extra.fd;
}

/* A function and that for the return in one program. What is wrong with one of them is told when they are
 * loaded one by one. */
static void load_session_of(struct loader *l, uint32_t function)
{
	const struct program *p = l->program;
	const struct program_function *f = &p->functions.items[function];
	const struct program_function *other = &p->functions.items[f->session_return - 1];
	struct bpf_linked entry, leave;
	const char *why;
	int fd;

	if (link_function(l, l->elf, f, &entry, &why) ||
	    link_function(l, l->elf, other, &leave, &why))
		return;
	fd = load_session(l->host, program_string(p, f->name), config_license(&p->config), &entry,
			  &leave);
	log_verbose("%s: %s", program_string(p, f->probe_name), fd < 0 ?
		    "a link for entry and one for return" : "one session link for entry and return");
	if (fd < 0)
		return;
	l->function_fds[function] = fd;
	l->is_session[function] = l->is_session[f->session_return - 1] = true;
}

static int load_functions(struct loader *l)
{
	for (uint32_t i = 0; i < l->program->functions.count; i++) {
		if (l->program->functions.items[i].session_return)
			load_session_of(l, i);
	}
	for (uint32_t i = 0; i < l->program->functions.count; i++) {
		if (l->is_session[i])
			continue;
		bool is_own = has_own_target(l, i);

		if (has_substitutes(l, i))
			continue;
		uint32_t type = l->program->functions.items[i].bpf_prog_type;
		int fd = is_own ? load_first_copy(l, i, &l->loaded_for[i]) :
				  load_function(l, i, type);

		if (fd < 0 && !(is_own && fd == -ENOTSUP))
			return fd;
		l->function_fds[i] = fd;
	}
	return hold_substitutes(l);
}

int loader_reload(void *loader, uint32_t function, uint32_t bpf_prog_type)
{
	struct loader *l = loader;
	struct loader_extra extra = { .function = function };

	l->relief = ~0u; /* too late: other programs run already */
	extra.fd = load_function(l, function, bpf_prog_type);
	if (extra.fd >= 0)
		vec_push(&l->extras, extra);
	return extra.fd;
}

uint64_t loader_recursion_misses(const struct loader *l, uint32_t function)
{
	uint64_t misses = bpf_call_recursion_misses(l->function_fds[function]);

	for (size_t i = 0; i < l->extras.count; i++)
		if (l->extras.items[i].function == function)
			misses += bpf_call_recursion_misses(l->extras.items[i].fd);
	return misses;
}

static int parse_object(struct loader *l, const struct bpf_object_bytes *object)
{
	const char *why;

	l->elf = ARENA_NEW(&l->arena, struct bpf_elf);
	int err = bpf_elf_parse(&l->arena, object->bytes, object->size, l->elf, &why);

	l->objects = ARENA_ARRAY(&l->arena, struct bpf_elf, l->program->objects.count + 1);
	for (size_t i = 0; !err && i < l->program->objects.count; i++)
		err = bpf_elf_parse(&l->arena, l->program->objects.items[i].bytes,
				    l->program->objects.items[i].size, &l->objects[i], &why);
	if (err)
		report_error(l->reporter, 0, "the compiled object is damaged: %s", why);
	return err;
}

static void load_btf(struct loader *l)
{
	l->btf_fd = bpf_btf_load_object(&l->arena, l->elf);
	if (l->btf_fd < 0 && l->btf_fd != -ENOENT)
		log_verbose("the kernel did not take the program's BTF: %s", strerror(-l->btf_fd));
}

/* The array of rings was being filled while programs were loaded. */
static int ready_rings(struct loader *l)
{
	int err = ring_array_ready(&l->data_rings);

	if (err)
		report_error(l->reporter, 0, "unable to set up the ring buffers: %s",
			     verifier_error_text(err));
	return err;
}

static void find_first_probes(struct loader *l)
{
	const struct program *p = l->program;

	l->loaded_for = ARENA_ARRAY(&l->arena, uint32_t, p->functions.count + 1);
	l->first_probes = ARENA_ARRAY(&l->arena, const struct program_probe *,
				      p->functions.count + 1);
	for (size_t i = p->probes.count; i-- > 0;)
		if (p->probes.items[i].function < p->functions.count)
			l->first_probes[p->probes.items[i].function] = &p->probes.items[i];
}

static int *new_fds(struct arena *a, size_t count)
{
	int *fds = ARENA_ARRAY(a, int, count);

	for (size_t i = 0; i < count; i++)
		fds[i] = -1;
	return fds;
}

/* Runs that print nothing from data records have rings for run-time errors only. */
static bool has_data_output(const struct program *p)
{
	for (size_t i = 0; i < p->actions.count; i++) {
		enum program_action_kind kind = (enum program_action_kind)p->actions.items[i].kind;

		if (kind != ACTION_RUNTIME_ERROR && program_action_ring(kind) == ACTION_RING_DATA)
			return true;
	}
	return false;
}

size_t loader_choose_ring_size(const struct program *p, struct host *host)
{
	uint64_t available_kb = has_data_output(p) ? host_available_memory_kb(host) : 0;

	if (!p->data_record_max)
		return 0;
	return loader_ring_size(p->config.perf_rb_pages, host_cpu_count(host), available_kb,
				p->data_record_max, (size_t)sysconf(_SC_PAGESIZE));
}

int loader_init(struct loader *l, const struct program *p, const struct bpf_object_bytes *object,
		struct host *host, const struct reporter *reporter,
		const struct recompiler *recompiler, unsigned int relief)
{
	*l = (struct loader){ .program = p, .reporter = reporter, .recompiler = recompiler,
			      .relief = relief,
			      .host = host, .btf_fd = -1 };
	arena_init(&l->arena);
	l->cpu_count = host_cpu_count(host);
	l->map_fds = new_fds(&l->arena, p->maps.count);
	l->function_fds = new_fds(&l->arena, p->functions.count);
	l->held = new_fds(&l->arena, p->probes.count);
	l->is_session = ARENA_ARRAY(&l->arena, bool, p->functions.count + 1);
	find_first_probes(l);
	l->ring_size = loader_choose_ring_size(p, host);
	raise_file_limit(p, l->cpu_count);
	int err = parse_object(l, object);
	if (!err)
		err = create_maps(l);
	if (!err) {
		load_btf(l);
		err = load_functions(l);
	}
	return err ? err : ready_rings(l);
}

void loader_free(struct loader *l)
{
	if (!l->program)
		return;
	ring_array_free(&l->data_rings);
	for (size_t i = 0; i < l->extras.count; i++)
		close(l->extras.items[i].fd);
	close_all(l->held, l->program->probes.count);
	close_all(l->function_fds, l->program->functions.count);
	close_all(l->map_fds, l->program->maps.count);
	close_all(&l->btf_fd, 1);
	vec_free(&l->extras);
	arena_free(&l->arena);
	*l = (struct loader){ 0 };
}

int loader_open_rings(const struct loader *l, struct rings *out)
{
	int control = program_find_role(l->program, MAP_ROLE_CONTROL), err = 0;

	*out = (struct rings){ .items = xcalloc(l->data_rings.count + 1, sizeof(struct ring)) };
	for (uint32_t i = 0; !err && i < l->data_rings.count; i++) {
		err = ring_open(&out->items[i], l->data_rings.ring_fds[i], l->ring_size,
				l->program->data_record_max);
		out->count += !err;
	}
	if (!err && control >= 0) {
		err = ring_open(&out->items[out->count], l->map_fds[control], l->control_size,
				sizeof(struct event_exit));
		out->count += !err;
	}
	return err;
}
