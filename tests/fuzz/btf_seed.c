/* SPDX-License-Identifier: Apache-2.0 */
/* btf_seed OBJECT FILE: writes the BTF of a compiled object as a file of its own. */
#include <bpf/btf.h>
#include <stdint.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct btf *btf = argc == 3 ? btf__parse(argv[1], NULL) : NULL;
	uint32_t size;
	const void *bytes = btf ? btf__raw_data(btf, &size) : NULL;
	FILE *f = bytes ? fopen(argv[2], "w") : NULL;

	if (!f || fwrite(bytes, size, 1, f) != 1 || fclose(f)) {
		fprintf(stderr, "btf_seed: no BTF was written\n");
		return 1;
	}
	btf__free(btf);
	return 0;
}
