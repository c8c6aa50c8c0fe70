/* SPDX-License-Identifier: Apache-2.0 */
/* Files of packets, written by libpcap, which is loaded when the first of them is opened. */
#ifndef BITTERN_RUNTIME_PCAP_H
#define BITTERN_RUNTIME_PCAP_H

#include "util/base.h"

struct pcap_file;

/* Creates a file of raw IP packets. 0, or -errno with *why: ENOSYS means that there is no libpcap;
 * *why is valid until the next call. */
int pcap_file_open(const char *path, struct pcap_file **out, const char **why);
void pcap_file_add(struct pcap_file *f, int64_t wall_ns, const void *bytes, uint32_t len);
void pcap_file_flush(struct pcap_file *f);
void pcap_file_close(struct pcap_file *f);

#endif
