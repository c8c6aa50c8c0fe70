#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh [--update] [FILE.bt | DIRECTORY]...: golden tests. The extension of the file next to x.bt
# picks the stage:
#
#   x.ast    the tree          (-d ast --stop-after parse)
#   x.types  the typed tree    (-d types --stop-after check)
#   x.plan   the plan          (-d plan --stop-after plan)
#   x.out    what a compilation says on standard output: warnings
#   x.err    what it says on standard error; it must fail with status 1
#
# A first line `// args: WORDS` adds options (before the file) and, after `--`, parameters. A line
# `// env: NAME=VALUE` sets a variable.
# --update rewrites the expectations instead of comparing. $BITTERN is the executable.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${BITTERN:=$here/../../build/debug/bittern}"
unset BPFTRACE_MAX_STRLEN BPFTRACE_COLOR 2>/dev/null
export LC_ALL=C TZ=UTC
update=0
if [ "${1:-}" = --update ]; then
	update=1
	shift
fi
[ $# -gt 0 ] || set -- "$here"/*/
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
total=0 failed=0

# one_stage SCRIPT EXTENSION
one_stage() {
	options= want_status=0 stream=out
	case $2 in
	ast) options="-d ast --stop-after parse" ;;
	types) options="-d types --stop-after check" ;;
	plan) options="-d plan --stop-after plan" ;;
	out) options="--stop-after plan" ;;
	err) options="--stop-after plan" want_status=1 stream=err ;;
	esac
	setting=$(sed -n 's,^// env: *,,p' "$1")
	words=$(sed -n '1s,^// args: *,,p' "$1")
	case $words in
	*--\ *) parameters=${words#*-- } words=${words%%-- *} ;;
	--*) parameters= ;;
	*) parameters= ;;
	esac
	# The words of a test are simple ones: split at blanks.
	# shellcheck disable=SC2086
	env ${setting:+"$setting"} "$BITTERN" $options $words "${1##*/}" $parameters >"$work/out" 2>"$work/err" </dev/null
	status=$?
	expected=${1%.bt}.$2
	total=$((total + 1))
	if [ $update = 1 ]; then
		cp "$work/$stream" "$expected"
		[ $status = $want_status ] || [ "$2" = err ] || echo "$expected: status $status, expected $want_status"
		return
	fi
	if [ $status != $want_status ]; then
		echo "FAILED: $1 ($2): exit status $status, expected $want_status"
		head -c 2000 "$work/err"
		failed=$((failed + 1))
	elif ! diff -u --label "$expected" --label got "$expected" "$work/$stream"; then
		echo "FAILED: $1 ($2)"
		failed=$((failed + 1))
	elif [ $stream = out ] && [ -s "$work/err" ]; then
		echo "FAILED: $1 ($2): unexpected messages:"
		head -c 2000 "$work/err"
		failed=$((failed + 1))
	fi
}

one_script() {
	any=0
	if grep -q tracepoint: "$1" && ! [ -r /sys/kernel/tracing/events/syscalls ] ||
		grep -q rawtracepoint: "$1" && ! [ -r /sys/kernel/btf/vmlinux ]; then
		echo "note: $1 needs tracefs and BTF, left out"
		return
	fi
	for extension in ast types plan out err; do
		[ -e "${1%.bt}.$extension" ] || continue
		any=1
		one_stage "$1" "$extension"
	done
	[ $any = 1 ] && return
	if [ $update = 1 ]; then # a new script: its directory tells the stage
		case $(basename "$(pwd)") in
		parse) one_stage "$1" ast ;;
		types) one_stage "$1" types ;;
		plan) one_stage "$1" plan ;;
		*)
			one_stage "$1" err
			if [ $status = 0 ]; then # only warnings
				rm -f "${1%.bt}.err"
				one_stage "$1" out
			fi
			;;
		esac
		return
	fi
	echo "FAILED: $1 has no expectation (run $0 --update $1 and look at it)"
	failed=$((failed + 1))
}

for argument; do
	if [ -d "$argument" ]; then
		cd "$argument" || exit 1
		for script in *.bt; do
			[ -e "$script" ] && one_script "$script"
		done
		cd "$OLDPWD" || exit 1
	else
		cd "$(dirname "$argument")" || exit 1
		one_script "$(basename "$argument")"
		cd "$OLDPWD" || exit 1
	fi
done
echo "$total comparisons, $failed failed"
[ $failed = 0 ]
