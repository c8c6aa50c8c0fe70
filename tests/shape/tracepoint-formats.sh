#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every tracepoint of this machine: `args` compiles, and each member has the type that its format file says: the
# right size and sign, text as strings, pointers as pointers, enums and structs by name.
set -u
: "${BITTERN:?}"
export LC_ALL=C TZ=UTC
events=/sys/kernel/tracing/events
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
if ! [ -r "$events/sched" ]; then
	echo "needs tracefs"
	exit 77
fi
BPFTRACE_MAX_PROBES=100000 BPFTRACE_MAX_BPF_PROGS=100000 "$BITTERN" -d types --stop-after codegen \
	-e 'tracepoint:*:* { print(args); }' >"$work/types" 2>"$work/errors"
status=$?
if [ $status != 0 ]; then
	echo "status $status:"
	head -20 "$work/errors"
	exit 1
fi
find "$events" -mindepth 3 -maxdepth 3 -name format ! -path "$events/ftrace/*" >"$work/files"
awk -v prefix="$events/" '
	# --- what the compiler says
	FILENAME ~ /\/types$/ && /^body of tracepoint:/ { event = $3 }
	FILENAME ~ /\/types$/ && /record : record \{/ {
		text = $0
		sub(/^.*record : record \{ /, "", text)
		sub(/ \}$/, "", text)
		n = split(text, members, ", ")
		for (i = 1; i <= n; i++) {
			at = index(members[i], " = ")
			type[event, substr(members[i], 2, at - 2)] = substr(members[i], at + 3)
		}
	}
	# --- what the format files say
	FILENAME ~ /\/files$/ {
		split(substr($0, length(prefix) + 1), part, "/")
		event = "tracepoint:" part[1] ":" part[2]
		events++
		while ((getline line < $0) > 0)
			if (line ~ /^\tfield:/ && line !~ /common_/)
				check(event, line)
		close($0)
	}
	function check(event, line,   declaration, name, size, is_signed, base, got) {
		declaration = size = is_signed = line
		sub(/^\tfield:/, "", declaration)
		sub(/;.*/, "", declaration)
		sub(/.*size:/, "", size)
		sub(/;.*/, "", size)
		sub(/.*signed:/, "", is_signed)
		sub(/;.*/, "", is_signed)
		name = declaration
		if (name !~ /^__(data|rel)_loc /)
			sub(/\[.*/, "", name)
		sub(/.*[ *]/, "", name)
		got = type[event, name]
		seen++
		if (!is_right(event, declaration, size + 0, is_signed + 0, got)) {
			if (bad++ < 20)
				printf "%s: %s (%s bytes) has the type \"%s\"\n", event, declaration, size, got
		}
	}
	function is_integer(got, size, is_signed) {
		return got == (is_signed ? "int" : "uint") size * 8
	}
	function is_right(event, d, size, is_signed, got,   element, count) {
		if (d ~ /^__(data|rel)_loc /) {
			if (event ~ /^tracepoint:syscalls:/) # copies of user memory, which are not served
				return 1
			return d ~ / char\[\]/ ? got == "uint64" : got ~ /\*$/
		}
		if (d ~ /\*/ || d ~ /\(/)
			return got ~ /\*$/
		if (d ~ /^(const )?char .*\[/)
			return got == "string[" size "]"
		if (d ~ /\[/) {
			if (got !~ /^[a-z_0-9 ]+\[[0-9]+\]$/)
				return 0
			element = count = got
			sub(/\[.*/, "", element)
			sub(/.*\[/, "", count)
			return element !~ /int/ || (element ~ /8$/ ? 1 : element ~ /16$/ ? 2 : element ~ /32$/ ? 4 : 8) * count == size
		}
		if (size == 1 && d ~ /^bool /)
			return got == "bool"
		if (d ~ /(^|const )enum / && got ~ /^enum /)
			return 1
		if (d ~ /^(struct|union) /)
			return got ~ /^(struct|union) /
		return is_integer(got, size, is_signed)
	}
	END {
		printf "%d members of %d tracepoints, %d bad\n", seen, events, bad
		exit bad || events < 100
	}
' "$work/types" "$work/files"
