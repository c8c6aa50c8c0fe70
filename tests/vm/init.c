/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The init of the test VM, alone in its initramfs (make.sh): static, no shell needed.
 *
 * It loads /mods/... in the order of /mods/list, mounts proc, sys and dev, opens the virtio-serial ports vm.ctl,
 * vm.out and vm.err, says READY on vm.ctl and waits there for a request. That is when run.sh takes its snapshot:
 * nothing of the host's tree is mounted yet.
 *
 * A request is "VMREQ <bytes>\n" and that many bytes of words that end with NUL:
 *	time=<sec>.<nsec>	set the clock
 *	env=<NAME=VALUE>	a variable of the command's environment
 *	cwd=<dir>		its working directory
 *	rw=<tag>:<dir>		9p share, mounted writable on <dir>
 *	mods=<dir>		the host's directory to see as /lib/modules/VERSION
 *	cmd=<text>		run by /bin/sh -c
 * The answer is "EXIT <status>\n", and the VM ends through the isa-debug-exit device (reboot() without it).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <net/if.h>
#include <time.h>
#include <unistd.h>

static int ctl = -1;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void say(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fprintf(stderr, "init %.3f: ", now());
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

static void leave(int status)
{
	if (ctl >= 0)
		dprintf(ctl, "EXIT %d\n", status);
	if (ioperm(0xf4, 4, 1) == 0)
		outl(0, 0xf4);
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void fatal(const char *what)
{
	say("%s: %s", what, strerror(errno));
	leave(126);
}

static int mnt(const char *src, const char *dir, const char *type,
	       unsigned long flags, const char *opt)
{
	mkdir(dir, 0755);
	if (mount(src, dir, type, flags, opt) < 0) {
		say("mount %s on %s (%s,%s): %s", src, dir, type, opt ? opt : "",
		    strerror(errno));
		return -1;
	}
	return 0;
}

static void load_modules(void)
{
	FILE *f = fopen("/mods/list", "r");
	char name[256], path[300];

	while (f && fgets(name, sizeof(name), f)) {
		name[strcspn(name, "\n")] = 0;
		snprintf(path, sizeof(path), "/mods/%s", name);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
			if (errno != EEXIST)
				say("module %s: %s", name, strerror(errno));
		close(fd);
	}
	if (f)
		fclose(f);
}

/* Opens the virtio-serial port of that name; waits for it to appear. */
static int open_port(const char *name)
{
	for (int tries = 0; tries < 1000; tries++) {
		DIR *d = opendir("/sys/class/virtio-ports");
		struct dirent *e;
		while (d && (e = readdir(d))) {
			char p[400], b[64] = "";
			if (e->d_name[0] == '.')
				continue;
			snprintf(p, sizeof(p), "/sys/class/virtio-ports/%s/name", e->d_name);
			int fd = open(p, O_RDONLY);
			if (fd >= 0) {
				ssize_t n = read(fd, b, sizeof(b) - 1);
				close(fd);
				if (n > 0)
					b[n] = 0;
			}
			b[strcspn(b, "\n")] = 0;
			if (strcmp(b, name))
				continue;
			snprintf(p, sizeof(p), "/dev/%s", e->d_name);
			fd = open(p, O_RDWR | O_CLOEXEC);
			if (fd >= 0) {
				closedir(d);
				return fd;
			}
		}
		if (d)
			closedir(d);
		usleep(2000);
	}
	return -1;
}

static void read_all(int fd, char *b, size_t n)
{
	while (n) {
		ssize_t k = read(fd, b, n);
		if (k < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (k <= 0) { /* the host side is not connected (yet) */
			usleep(5000);
			continue;
		}
		b += k;
		n -= k;
	}
}

static void lo_up(void)
{
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s >= 0) {
		ioctl(s, SIOCSIFFLAGS, &r);
		close(s);
	}
}

static int mount_share(const char *tag, const char *dir, int rw)
{
	char opt[200];
	struct stat st;
	if (stat(dir, &st) < 0)
		mkdir(dir, 0755);
	snprintf(opt, sizeof(opt), "trans=virtio,version=9p2000.L,msize=512000,%s",
		 rw ? "cache=none,access=any" : "cache=loose,access=any");
	if (mount(tag, dir, "9p", rw ? 0 : MS_RDONLY, opt) == 0)
		return 0;
	say("share %s on %s: %s", tag, dir, strerror(errno));
	return -1;
}

int main(void)
{
	char line[64];
	size_t n = 0;

	setvbuf(stderr, NULL, _IOLBF, 0);
	mnt("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	int con = open("/dev/console", O_RDWR);
	if (con >= 0) {
		dup2(con, 0);
		dup2(con, 1);
		dup2(con, 2);
	}
	mnt("proc", "/proc", "proc", 0, NULL);
	mnt("sysfs", "/sys", "sysfs", 0, NULL);
	say("start");
	load_modules();
	say("modules loaded");
	lo_up();
	ctl = open_port("vm.ctl");
	int out = open_port("vm.out"), err = open_port("vm.err");
	if (ctl < 0 || out < 0 || err < 0)
		fatal("virtio-serial ports");
	/* Warm what every command needs, so that a snapshot holds it. */
	mnt("bpf", "/sys/fs/bpf", "bpf", 0, "mode=0700");
	mnt("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
	mnt("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	mnt("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL);
	mnt("securityfs", "/sys/kernel/security", "securityfs", 0, NULL);
	dprintf(ctl, "READY\n");
	say("ready");

	while (n < sizeof(line) - 1) {
		read_all(ctl, line + n, 1);
		if (line[n] == '\n')
			break;
		n++;
	}
	line[n] = 0;
	size_t len = 0;
	if (sscanf(line, "VMREQ %zu", &len) != 1)
		fatal("bad request");
	char *req = calloc(1, len + 1);
	read_all(ctl, req, len);
	say("request of %zu bytes", len);

	char *envp[512], *cmd = "true", *cwd = "/";
	int ne = 0;
	/* the host's tree, read-only, under a writable layer in memory */
	mkdir("/lower", 0755);
	mkdir("/ovl", 0755);
	mkdir("/new", 0755);
	if (mount_share("root", "/lower", 0) < 0)
		fatal("root share");
	mnt("tmpfs", "/ovl", "tmpfs", 0, "mode=0755");
	mkdir("/ovl/up", 0755);
	mkdir("/ovl/work", 0755);
	if (mnt("overlay", "/new", "overlay", 0,
		"lowerdir=/lower,upperdir=/ovl/up,workdir=/ovl/work") < 0)
		fatal("overlay");
	mount("/dev", "/new/dev", NULL, MS_BIND | MS_REC, NULL);
	mount("/proc", "/new/proc", NULL, MS_BIND | MS_REC, NULL);
	mount("/sys", "/new/sys", NULL, MS_BIND | MS_REC, NULL);
	mnt("devpts", "/new/dev/pts", "devpts", 0, "mode=0620,ptmxmode=0666");
	mnt("tmpfs", "/new/dev/shm", "tmpfs", 0, "mode=1777");
	mnt("tmpfs", "/new/run", "tmpfs", 0, "mode=0755");
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
	/* As switch_root does: a process that is merely chroot'ed may not make
	 * user namespaces */
	if (chdir("/new") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
	    chdir("/") < 0)
		fatal("switching root");
	for (char *p = req; p < req + len; p += strlen(p) + 1) {
		char *v = strchr(p, '=');
		if (!v)
			continue;
		*v++ = 0;
		if (!strcmp(p, "time")) {
			struct timespec t = { 0 };
			long s = 0, ns = 0;
			sscanf(v, "%ld.%ld", &s, &ns);
			t.tv_sec = s;
			t.tv_nsec = ns;
			clock_settime(CLOCK_REALTIME, &t);
		} else if (!strcmp(p, "env")) {
			if (ne < 510)
				envp[ne++] = v;
		} else if (!strcmp(p, "cwd")) {
			cwd = v;
		} else if (!strcmp(p, "cmd")) {
			cmd = v;
		} else if (!strcmp(p, "rw")) {
			char *d = strchr(v, ':');
			if (d) {
				*d++ = 0;
				mount_share(v, d, 1);
			}
		} else if (!strcmp(p, "mods")) {
			struct utsname u;
			char to[300];
			uname(&u);
			snprintf(to, sizeof(to), "/usr/lib/modules/%s", u.release);
			mkdir("/usr/lib/modules", 0755);
			mkdir(to, 0755);
			if (mount(v, to, NULL, MS_BIND, NULL) < 0)
				say("modules %s: %s", v, strerror(errno));
		}
		p = v;
	}
	envp[ne] = NULL;
	say("command starts");
	pid_t pid = fork();
	if (pid == 0) {
		int nul = open("/dev/null", O_RDONLY);
		dup2(nul, 0);
		dup2(out, 1);
		dup2(err, 2);
		close(nul);
		setsid();
		if (chdir(cwd) < 0)
			fprintf(stderr, "vm: cd %s: %s\n", cwd, strerror(errno));
		char *argv[] = { "sh", "-c", cmd, NULL };
		execve("/bin/sh", argv, envp);
		fprintf(stderr, "vm: /bin/sh: %s\n", strerror(errno));
		_exit(127);
	}
	int st, code = 126;
	for (;;) {
		pid_t w = wait(&st);
		if (w == pid)
			break;
		if (w < 0 && errno != EINTR)
			break;
	}
	if (WIFEXITED(st))
		code = WEXITSTATUS(st);
	else if (WIFSIGNALED(st))
		code = 128 + WTERMSIG(st);
	say("command ended, status %d", code);
	leave(code);
}
