/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Per-CPU variables of the kernel: those that its BTF lists in the section .data..percpu, since
 * 5.10 (pahole 1.18 writes them).
 */
#include <errno.h>
#include <string.h>
#include "host/host_private.h"
#include "util/text.h"

#define SECTION ".data..percpu"

static const struct btf_type *find_section(struct host *h)
{
	uint32_t id;

	if (host_btf_find(h, SECTION, BTF_KIND_DATASEC, &id))
		return NULL;
	return btf_by_id(&h->btf, id);
}

int host_per_cpu_variable(struct host *h, const char *name)
{
	const struct btf_type *section;
	const struct btf_var_secinfo *v;
	uint32_t id;

	if (!host_has_btf(h))
		return -ENOTSUP;
	section = find_section(h);
	if (!section || host_btf_find(h, name, BTF_KIND_VAR, &id))
		return -ENOENT;
	v = (const struct btf_var_secinfo *)(section + 1);
	for (uint32_t i = 0; i < btf_vlen(section); i++) {
		if (v[i].type == id)
			return host_locates_variable(h, id) ? 0 : -EADDRNOTAVAIL;
	}
	return -ENOENT;
}

const char *host_per_cpu_variable_near(struct host *h, const char *name)
{
	const struct btf_type *section = find_section(h), *variable;
	struct text_nearest nearest;

	text_nearest_init(&nearest, name);
	for (uint32_t i = 0; section && i < btf_vlen(section); i++) {
		variable = btf_by_id(&h->btf, ((const struct btf_var_secinfo *)(section + 1))[i].type);
		if (variable)
			text_nearest_offer(&nearest, btf_text(&h->btf, variable->name_off));
	}
	return nearest.best;
}
