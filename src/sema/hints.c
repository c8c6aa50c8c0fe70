/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that people bring along from C, DTrace and other tools, and names that lack their `$`, `@` or
 * `args.`. Only asked after a mistake, so nothing here has to be fast.
 */
#include "sema/hints.h"

#include <string.h>
#include "sema/pass.h"
#include "util/text.h"

#define FIELDS_SHOWN 12

const char *hint_foreign(const char *name)
{
	static const struct {
		const char *name, *hint;
	} rows[] = {
		{ "strcmp", "strings are compared with ==, != and <" },
		{ "strncasecmp", "strncmp(a, b, n) compares the beginnings of strings" },
		{ "strcasecmp", "strings are compared with ==, in their case" },
		{ "sprintf", "printf() prints; strings are not made from formats" },
		{ "snprintf", "printf() prints; strings are not made from formats" },
		{ "fprintf", "printf() prints to the output, errorf() to standard error" },
		{ "puts", "write: print(…)" },
		{ "println", "write: print(…)" },
		{ "echo", "write: print(…)" },
		{ "trace", "write: print(…)" },
		{ "printa", "write: print(@map)" },
		{ "trunc", "write: clear(@map), or print(@map, top) for the largest" },
		{ "quantize", "write: hist(n)" },
		{ "lquantize", "write: lhist(n, min, max, step)" },
		{ "llquantize", "write: hist(n, k), with 2^k rows for each power of two" },
		{ "copyin", "write: buf(address, length), or *(type *)address" },
		{ "copyinstr", "write: str(address)" },
		{ "stringof", "write: str(address)" },
		{ "stack", "write: kstack" },
		{ "jstack", "write: ustack" },
		{ "execname", "write: comm" },
		{ "timestamp", "write: nsecs" },
		{ "walltimestamp", "write: nsecs; strftime() shows it as a date" },
		{ "vtimestamp", "write: nsecs" },
		{ "probefunc", "write: func" },
		{ "probename", "write: probe" },
		{ "probeprov", "write: probe" },
		{ "probemod", "write: probe" },
		{ "curthread", "write: curtask" },
		{ "current", "write: curtask" },
		{ "errno", "the result of a system call is args.ret of its sys_exit tracepoint" },
		{ "getpid", "write: pid" },
		{ "gettid", "write: tid" },
		{ "getuid", "write: uid" },
		{ "tgid", "write: pid; tid is the thread" },
		{ "memcpy", "values are copied by assignment" },
		{ "NULL", "write: 0" },
		{ "null", "write: 0" },
		{ "nil", "write: 0" },
		{ "None", "write: 0" },
		{ "True", "write: true" },
		{ "TRUE", "write: true" },
		{ "False", "write: false" },
		{ "FALSE", "write: false" },
		{ "HZ", "it is chosen by CONFIG_HZ of the kernel: write #define HZ 250, or what it is" },
		{ "DNAME_INLINE_LEN", "it depends on the kernel's configuration: "
				      "write #define DNAME_INLINE_LEN 40, or what it is" },
		{ "self", "what belongs to a thread goes into a map: @name[tid]" },
		{ "this", "what belongs to a probe is a variable: $name" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name))
			return rows[i].hint;
	return NULL;
}

const struct type *hint_args_type(struct sema *s)
{
	struct probe_context c = sema_probe_context(s);
	struct probe *p = s->body && s->body->probes.count ? s->body->probes.items[0] : NULL;
	const struct type *type = NULL;
	struct diag unheard;

	if (!p || !p->ops->args)
		return NULL;
	if (p->args)
		return p->args;
	diag_init(&unheard, s->arena);
	c.diag = &unheard;
	return p->ops->args(&c, p, (struct loc){ 0 }, &type) ? NULL : type;
}

/* The record of args: a struct, or a pointer to one. */
static const struct type *record_of(const struct type *t)
{
	return t && t->kind == TYPE_STRUCT && t->record->is_complete ? t : NULL;
}

bool hint_has_field(const struct type *args, const char *name)
{
	const struct type *t = record_of(args);

	for (uint32_t i = 0; t && i < t->record->field_count; i++)
		if (t->record->fields[i].name && !t->record->fields[i].is_hidden &&
		    !strcmp(t->record->fields[i].name, name))
			return true;
	return false;
}

struct field_list {
	struct arena *arena;
	const char *text;
	uint32_t count;
};

/* Members of anonymous members are the record's own. */
static void list_fields(struct field_list *list, const struct type_struct *record)
{
	for (uint32_t i = 0; i < record->field_count; i++) {
		const struct field *f = &record->fields[i];

		if (!f->name && record_of(f->type))
			list_fields(list, f->type->record);
		if (!f->name || f->is_hidden || list->count++ > FIELDS_SHOWN)
			continue;
		if (list->count > FIELDS_SHOWN)
			list->text = arena_printf(list->arena, "%s, …", list->text);
		else
			list->text = list->text ? arena_printf(list->arena, "%s, %s", list->text,
							       f->name) : f->name;
	}
}

const char *hint_fields(struct sema *s, const struct type *args)
{
	const struct type *t = record_of(args);
	struct field_list list = { .arena = s->arena };

	if (t)
		list_fields(&list, t->record);
	return list.text;
}

const char *hint_source(struct sema *s, struct loc loc)
{
	size_t len = loc.source ? loc.end - loc.start : 0;
	const char *text = len ? loc.source->text + loc.start : "…";

	if (len > 60 || memchr(text, '\n', len))
		return "…";
	return len ? arena_strndup(s->arena, text, len) : text;
}

static bool is_variable(const struct scope *scope, const char *name)
{
	for (; scope; scope = scope->outer)
		for (size_t i = 0; i < scope->symbols.count; i++)
			if (!scope->symbols.items[i]->is_unknown &&
			    !strcmp(scope->symbols.items[i]->name, name))
				return true;
	return false;
}

static bool is_constant_name(const char *name)
{
	return strlen(name) > 2 &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == strlen(name);
}

static bool is_slip(const char *name, const char *near)
{
	struct text_nearest slip = { .wanted = name, .distance = strlen(name) > 10 ? 3 : 2 };

	if (near)
		text_nearest_offer(&slip, near);
	return slip.best != NULL;
}

/* NAMES_LIKE_THIS are constants, and near to one of many thousands by chance: only what may be a slip of the
 * keyboard was meant. */
static void hint_unknown_constant(struct sema *s, const char *name, const char *near,
				  struct diag_msg *m)
{
	if (!is_slip(name, near) && s->host)
		near = host_enumerator_nearest(s->host, name);
	if (is_slip(name, near))
		diag_did_you_mean(m, near);
	else
		diag_hint(m, "if it is a constant of a C header, that is not known here: "
			  "write #define %s VALUE before the probes", name);
}

void hint_unknown_name(struct sema *s, const struct scope *scope, const char *name, bool is_call,
		       const char *near, struct diag_msg *m)
{
	const char *foreign = hint_foreign(name);

	if (foreign)
		diag_hint(m, "%s", foreign);
	else if (is_call)
		diag_did_you_mean(m, near);
	else if (s->builtin_find(name))
		diag_hint(m, "it is a function: %s(…)", name);
	else if (is_variable(scope, name))
		diag_did_you_mean(m, arena_printf(s->arena, "$%s", name));
	else if (strmap_get(&s->map_names, name))
		diag_did_you_mean(m, arena_printf(s->arena, "@%s", name));
	else if (hint_has_field(hint_args_type(s), name))
		diag_did_you_mean(m, arena_printf(s->arena, "args.%s", name));
	else if (is_constant_name(name))
		hint_unknown_constant(s, name, near, m);
	else if (near)
		diag_did_you_mean(m, near);
	else if (s->host && (near = host_enumerator_nearest(s->host, name)))
		diag_did_you_mean(m, near);
	else if (type_builtin(&s->types, name))
		diag_hint(m, "it is a type: a value of it is (%s)1", name);
	else
		diag_hint(m, "a variable is written $%s, a map @%s, text \"%s\"", name, name, name);
}
