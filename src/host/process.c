/* SPDX-License-Identifier: Apache-2.0 */
/* CPUs, memory, PID namespaces and privileges of this machine and process. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include "host/host_private.h"

/* Appends the numbers of a CPU list such as "0-3,8" to out. */
static void parse_cpu_list(const char *text, struct cpus *out)
{
	while (*text >= '0' && *text <= '9') {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (unsigned long cpu = first; cpu <= last; cpu++)
			vec_push(out, (unsigned int)cpu);
		text = *end == ',' ? end + 1 : end;
	}
}

static void read_cpu_list(const char *path, struct cpus *out)
{
	auto_fclose FILE *file = fopen(path, "re");
	auto_free char *line = NULL;
	size_t capacity = 0;

	if (file && getline(&line, &capacity, file) > 0)
		parse_cpu_list(line, out);
}

unsigned int host_cpu_count(struct host *h)
{
	struct cpus possible = { 0 };

	if (h->cpu_count)
		return h->cpu_count;
	/* Not sysconf(_SC_NPROCESSORS_CONF), which counts present CPUs. */
	read_cpu_list("/sys/devices/system/cpu/possible", &possible);
	h->cpu_count = possible.count ? possible.items[possible.count - 1] + 1
				      : (unsigned int)sysconf(_SC_NPROCESSORS_CONF);
	vec_free(&possible);
	return h->cpu_count;
}

const unsigned int *host_online_cpus(struct host *h, unsigned int *count)
{
	if (!h->online.count)
		read_cpu_list("/sys/devices/system/cpu/online", &h->online);
	if (!h->online.count)
		vec_push(&h->online, 0);
	*count = (unsigned int)h->online.count;
	return h->online.items;
}

/* Inode of the initial PID namespace: PROC_PID_INIT_INO in the kernel's include/linux/proc_ns.h. */
#define INITIAL_PID_NAMESPACE 0xEFFFFFFCu
#define INITIAL_USER_NAMESPACE 0xEFFFFFFDu /* PROC_USER_INIT_INO, there too */

bool host_in_initial_pid_namespace(struct host *h, uint64_t *dev, uint64_t *ino)
{
	struct stat st;

	(void)h;
	if (stat("/proc/self/ns/pid", &st) || st.st_ino == INITIAL_PID_NAMESPACE)
		return true;
	/* bpf_get_ns_current_pid_tgid() compares with the kernel's dev_t: 12 bits major, 20 minor. */
	*dev = (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev);
	*ino = st.st_ino;
	return false;
}

bool host_process_exists(pid_t pid)
{
	return pid > 0 && (!kill(pid, 0) || errno == EPERM);
}

uint64_t host_available_memory_kb(struct host *h)
{
	auto_fclose FILE *file = fopen("/proc/meminfo", "re");
	auto_free char *line = NULL;
	size_t capacity = 0;
	unsigned long long kb;

	(void)h;
	while (file && getline(&line, &capacity, file) > 0) {
		if (sscanf(line, "MemAvailable: %llu", &kb) == 1)
			return kb;
	}
	return 0;
}

/* CAP_BPF and CAP_PERFMON, since 5.8, may be missing in old headers. */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF	    39
#endif

static bool has_capability(const struct __user_cap_data_struct *data, unsigned int capability)
{
	return data[capability / 32].effective & 1u << capability % 32;
}

const char *host_missing_privilege(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	struct stat st;

	/* Capabilities in a user namespace of one's own mean nothing to bpf(). */
	if (!stat("/proc/self/ns/user", &st) && st.st_ino != INITIAL_USER_NAMESPACE)
		return "the initial user namespace";
	/* Root is not asked for: containers have roots without capabilities. */
	if (syscall(SYS_capget, &header, data))
		return geteuid() ? "root" : NULL;
	if (has_capability(data, CAP_SYS_ADMIN))
		return NULL;
	if (!has_capability(data, CAP_BPF))
		return "CAP_BPF";
	return has_capability(data, CAP_PERFMON) ? NULL : "CAP_PERFMON";
}
