/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User names come from the system's user database, each asked for once. Clocks are compared once,
 * when the run starts: a time stamp means the same wall-clock time in the first line and in the
 * last. Symbols and control groups are looked up when the first one is printed.
 */
#include "runtime/resolver.h"

#include <pwd.h>
#include <time.h>
#include "util/text.h"

#define USER_SLOTS 1024 /* more users than that replace each other */

struct user_cache {
	struct {
		uint64_t uid;
		char *name; /* owned; NULL: free */
	} slots[USER_SLOTS];
};

static int64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static char *look_up_user(uint64_t uid)
{
	struct passwd entry, *found = NULL;
	auto_free char *buffer = xmalloc(16384);

	if (uid != (uid_t)uid || getpwuid_r((uid_t)uid, &entry, buffer, 16384, &found) || !found)
		return xstrdup("");
	return xstrdup(found->pw_name);
}

static const char *user_name(void *context, uint64_t uid)
{
	struct names *n = context;

	if (!n->users)
		n->users = xcalloc(1, sizeof(*n->users));
	size_t slot = uid % USER_SLOTS;
	if (!n->users->slots[slot].name || n->users->slots[slot].uid != uid) {
		free(n->users->slots[slot].name);
		n->users->slots[slot].name = look_up_user(uid);
		n->users->slots[slot].uid = uid;
	}
	return n->users->slots[slot].name;
}

/* Replaces %f %k %l, keeps %% and all else for strftime. */
static void expand_fractions(struct strbuf *out, const char *format, uint32_t ns)
{
	for (const char *c = format; *c; c++) {
		if (*c != '%' || !c[1]) {
			strbuf_add_char(out, *c);
			continue;
		}
		c++;
		if (*c == 'f')
			strbuf_printf(out, "%06u", ns / 1000);
		else if (*c == 'k')
			strbuf_printf(out, "%09u", ns);
		else if (*c == 'l')
			strbuf_printf(out, "%03u", ns / 1000000);
		else
			strbuf_printf(out, "%%%c", *c);
	}
}

bool names_format_time(struct strbuf *scratch, const char *format, int64_t seconds,
		       uint32_t nanoseconds, size_t max, struct strbuf *out)
{
	time_t when = (time_t)seconds;
	struct tm local;

	strbuf_clear(scratch);
	expand_fractions(scratch, format, nanoseconds);
	if (!scratch->len)
		return true;
	if (!localtime_r(&when, &local))
		return false;
	strbuf_reserve(out, max + 1);
	size_t len = strftime(out->text + out->len, max + 1, scratch->text, &local);
	out->len += len;
	out->text[out->len] = '\0';
	return len > 0;
}

static const char *timestamp(void *context, const struct value_timestamp *stamp, const char *format)
{
	struct names *n = context;
	int64_t offset = stamp->clock == CLOCK_KIND_BOOT ? n->resolver.boot_to_wall_ns : n->tai_to_wall_ns;
	int64_t wall;

	strbuf_clear(&n->time_text);
	if (!stamp->time_ns || __builtin_add_overflow(stamp->time_ns, offset, &wall) ||
	    wall < 0 ||
	    !names_format_time(&n->time_format, format, wall / 1000000000,
			       (uint32_t)(wall % 1000000000), n->time_max, &n->time_text)) {
		strbuf_clear(&n->time_text);
		strbuf_add_text(&n->time_text, "(?)");
	}
	return strbuf_text(&n->time_text);
}

static bool kernel_symbol(void *context, uint64_t address, struct symbol_name *out)
{
	struct names *n = context;

	*out = (struct symbol_name){ 0 };
	out->name = kernel_symbols_find(&n->kernel_symbols, address, &out->offset);
	return out->name;
}

static bool user_symbol(void *context, uint64_t address, uint32_t pid, struct symbol_name *out)
{
	struct names *n = context;

	*out = (struct symbol_name){ 0 };
	if (!n->user_symbols)
		n->user_symbols = user_symbols_create(n->mappings);
	return user_symbols_find(n->user_symbols, (pid_t)pid, address, out);
}

/* --- control groups: the hierarchies that have a directory of that id, as name:path --------- */

struct cgroup_query {
	const char *filter;
	struct strbuf *out;
};

static void add_cgroup(const char *hierarchy, const char *path, void *context)
{
	struct cgroup_query *q = context;

	if (text_glob(q->filter, hierarchy))
		strbuf_printf(q->out, "%s%s:%s", q->out->len ? "," : "", hierarchy, path);
}

static const char *cgroup_path(void *context, uint64_t id, const char *filter)
{
	struct names *n = context;
	struct cgroup_query q = { filter, &n->cgroup_text };

	strbuf_clear(&n->cgroup_text);
	host_each_cgroup_path(n->host, id, add_cgroup, &q);
	return strbuf_text(&n->cgroup_text);
}

void names_init(struct names *n, struct host *host, size_t max_strlen)
{
	*n = (struct names){ .time_max = max_strlen, .host = host };
	n->resolver.context = n;
	n->resolver.user_name = user_name;
	n->resolver.timestamp = timestamp;
	n->resolver.kernel_symbol = kernel_symbol;
	n->resolver.user_symbol = user_symbol;
	n->resolver.cgroup_path = cgroup_path;
	n->resolver.boot_to_wall_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
	n->tai_to_wall_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_TAI);
	/* Offsets between TAI and UTC are whole seconds: remove the time between the two calls. */
	n->tai_to_wall_ns = (n->tai_to_wall_ns + (n->tai_to_wall_ns < 0 ? -1 : 1) * 500000000ll) /
			    1000000000 * 1000000000;
}

void names_free(struct names *n)
{
	for (size_t i = 0; n->users && i < USER_SLOTS; i++)
		free(n->users->slots[i].name);
	free(n->users);
	kernel_symbols_free(&n->kernel_symbols);
	user_symbols_destroy(n->user_symbols);
	strbuf_free(&n->cgroup_text);
	strbuf_free(&n->time_text);
	strbuf_free(&n->time_format);
	*n = (struct names){ 0 };
}
