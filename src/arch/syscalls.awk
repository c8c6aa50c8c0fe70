# SPDX-License-Identifier: Apache-2.0
# The macros of <asm/unistd.h> (cc -dM -E), then syscalls_recent.txt → one initialiser per system call,
# `[0] = "read",`. A value may be another macro (asm-generic: __NR_fcntl → __NR3264_fcntl).
/^#define __x86_64__ / { machine = "x86_64" }
/^#define __NR(3264)?_[a-z0-9_]+ / { value[$2] = $3 }
/^[0-9]+ / && (NF == 2 || $3 == machine) { recent[$1] = $2 }
END {
	for (name in value) {
		number = value[name]
		while (number in value)
			number = value[number]
		if (name ~ /^__NR_/ && number ~ /^[0-9]+$/ &&
		    name !~ /^__NR_(syscalls|arch_specific_syscall)$/)
			table[number + 0] = substr(name, 6)
	}
	for (number in recent)
		if (!(number in table))
			table[number] = recent[number]
	for (number in table)
		printf "[%d] = \"%s\",\n", number, table[number] | "sort -t[ -k2n"
}
