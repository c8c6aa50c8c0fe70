/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program for a kprobe session link (since 6.10, 535a3692ba72): one that the kernel runs when a
 * function is called and again when it returns. It is put together here, of two programs that the
 * compiler made for the two occasions: a few instructions ask bpf_session_is_return() and call one of
 * them.
 */
#ifndef BITTERN_RUNTIME_LOAD_SESSION_H
#define BITTERN_RUNTIME_LOAD_SESSION_H

#include "host/host.h"
#include "runtime/bpf_link.h"

/* New program, or -errno: -ENOTSUP if the two cannot be put together, or what the kernel says. */
int load_session(struct host *host, const char *name, const char *license,
		 const struct bpf_linked *entry, const struct bpf_linked *leave);

#endif
