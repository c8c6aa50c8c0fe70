/* SPDX-License-Identifier: Apache-2.0 */
/* The object's own BTF, made acceptable to the kernel. */
#ifndef BITTERN_RUNTIME_BPF_BTF_H
#define BITTERN_RUNTIME_BPF_BTF_H

#include "program/bpf_elf.h"

/* Loads .BTF: new fd, -ENOENT if the object has none, or -errno. */
int bpf_btf_load_object(struct arena *a, const struct bpf_elf *elf);

#endif
