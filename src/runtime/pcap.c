/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libpcap by dlopen(): nobody else pays for it, and bittern runs where it is not installed. The few
 * declarations that are needed stand here; they have been the same since 0.9 (2005).
 */
#include "runtime/pcap.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#define DLT_RAW	 12 /* packets begin with the IP header; LINKTYPE_RAW (101) in the file */
#define SNAP_LEN 0xfffff

struct packet_header {
	struct timeval time;
	uint32_t captured, length;
};

static struct library {
	void *handle;
	void *(*pcap_open_dead)(int linktype, int snap_len);
	void (*pcap_close)(void *pcap);
	char *(*pcap_geterr)(void *pcap);
	void *(*pcap_dump_open)(void *pcap, const char *path);
	void (*pcap_dump)(unsigned char *dumper, const struct packet_header *header,
			  const unsigned char *bytes);
	int (*pcap_dump_flush)(void *dumper);
	void (*pcap_dump_close)(void *dumper);
} library;

struct pcap_file {
	void *pcap, *dumper;
};

static bool load_symbols(void)
{
	struct {
		const char *name;
		void *at;
	} symbols[] = {
#define SYMBOL(name) { #name, &library.name }
		SYMBOL(pcap_open_dead),	 SYMBOL(pcap_close), SYMBOL(pcap_geterr),
		SYMBOL(pcap_dump_open),	 SYMBOL(pcap_dump),  SYMBOL(pcap_dump_flush),
		SYMBOL(pcap_dump_close),
#undef SYMBOL
	};

	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		void *symbol = dlsym(library.handle, symbols[i].name);

		if (!symbol)
			return false;
		memcpy(symbols[i].at, &symbol, sizeof(symbol));
	}
	return true;
}

/* Debian calls it 0.8, others 1. */
static bool load_library(void)
{
	static const char *const names[] = { "libpcap.so.0.8", "libpcap.so.1", "libpcap.so" };

	for (size_t i = 0; !library.handle && i < ARRAY_SIZE(names); i++)
		library.handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	return library.handle && load_symbols();
}

int pcap_file_open(const char *path, struct pcap_file **out, const char **why)
{
	static char reason[256];
	struct pcap_file f;

	if (!load_library()) {
		*why = "libpcap is not installed";
		return -ENOSYS;
	}
	f.pcap = library.pcap_open_dead(DLT_RAW, SNAP_LEN);
	if (!f.pcap)
		return -ENOMEM;
	f.dumper = library.pcap_dump_open(f.pcap, path);
	if (!f.dumper) {
		snprintf(reason, sizeof(reason), "%s", library.pcap_geterr(f.pcap));
		*why = reason;
		library.pcap_close(f.pcap);
		return -EIO;
	}
	*out = xmalloc(sizeof(f));
	**out = f;
	return 0;
}

void pcap_file_add(struct pcap_file *f, int64_t wall_ns, const void *bytes, uint32_t len)
{
	struct packet_header header = {
		.time = { wall_ns / 1000000000, wall_ns % 1000000000 / 1000 },
		.captured = len,
		.length = len,
	};

	library.pcap_dump(f->dumper, &header, bytes);
}

void pcap_file_flush(struct pcap_file *f)
{
	library.pcap_dump_flush(f->dumper);
}

void pcap_file_close(struct pcap_file *f)
{
	if (!f)
		return;
	library.pcap_dump_close(f->dumper);
	library.pcap_close(f->pcap);
	free(f);
}
