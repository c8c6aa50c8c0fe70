#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tier.sh [--build DIR] [--jobs N] [--results DIR] [--cases REGEX] [KERNEL...]: runs the run and live tiers under
# each kernel (all of the file `kernels`), in N VMs at a time (one for each CPU), each of which takes a share of
# the cases. For each kernel it prints what failed, with its output, and at the end how many passed, failed and were
# skipped, why, and how long it took. --cases narrows it to those whose names match, e.g. run/maps/.
# DIR of --results gets KERNEL.txt (one line a case, failures with their output) and KERNEL.counts (three numbers).
# Succeeds if nothing failed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
build=$top/build/release jobs=$(nproc) results='' cases=.
usage() {
	sed -n '3s/^# //p' "$0" >&2
	exit 2
}
while [ $# -gt 0 ]; do
	case $1 in
	--build) build=$(readlink -f "$2") && shift 2 ;;
	--jobs) jobs=$2 && shift 2 ;;
	--results) results=$2 && shift 2 ;;
	--cases) cases=$2 && shift 2 ;;
	-*) usage ;;
	*) break ;;
	esac
done
[ $# -gt 0 ] || mapfile -t kernels < <(bash "$here/kernel.sh")
[ $# = 0 ] || kernels=("$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
declare -A running=() # process of a share: its kernel
stop() {
	local pid
	for pid in "${!running[@]}"; do kill -TERM -- "-$pid" 2>/dev/null || :; done
	exit 130
}
trap stop INT TERM
[ -n "$results" ] || results=$work/results
mkdir -p "$results"
[ -x "$build/bittern" ] || { echo "tier.sh: $build/bittern was not built" >&2; exit 1; }

# What is built and written meanwhile does not change what is tested.
mkdir -p "$work"/{tests/fuzz,build/tests/live,build/tests/fuzz}
cp -r "$top"/tests/{run,live,run_case.sh} "$work/tests/"
cp "$top/tests/fuzz/check.sh" "$work/tests/fuzz/"
cp "$build/bittern" "$work/build/"
cp -r "$build/tests/live/programs" "$work/build/tests/live/"
cp "$build/tests/refusals" "$work/build/tests/"
cp "$build"/tests/fuzz/{differential,verify} "$work/build/tests/fuzz/"
top=$work build=$work/build

# --- the cases
all_cases() { # lines `TIER/STEM/NAME FILE NAME`
	local file tier
	for file in "$top"/tests/{run,live}/*.test; do
		tier=${file%/*}
		sed -n "s|^NAME  *\(.*\)|${tier##*/}/$(basename "$file" .test)/\1 $file \1|p" "$file"
	done | { grep -E -e "$cases" || :; }
}
[ -n "$(all_cases)" ] || { echo "tier.sh: no case matches '$cases'" >&2; exit 1; }
# Every N-th case: neighbours are of a kind, so that each share takes about as long.
for ((i = 0; i < jobs; i++)); do
	all_cases | sed 's/^[^ ]* //' | awk -v n="$jobs" -v i="$i" 'NR % n == i' >"$work/share.$i"
done

# --- one share in one kernel
# after CASE LIST: the rest of the list.
after() {
	awk -v name="$1" 'found { print } { f = $1; sub(/\.test$/, "", f); n = split(f, p, "/")
		if (p[n - 1] "/" p[n] "/" $2 == name) found = 1 }' "$2"
}
# share KERNEL I: results go to $work/KERNEL.I. When a case ends the VM, it has failed, and the others run in a new one.
share() {
	local kernel=$1 out=$work/$1.$2 list=$work/$1.$2.list status culprit others=0 attempt
	cp "$work/share.$2" "$list"
	[ "$2" != 0 ] || [ "$cases" != . ] || others=1
	: >"$out"
	# shellcheck disable=SC2129
	for attempt in 1 2 3 4 5 6; do
		status=0
		bash "$here/run.sh" -m 1024 -t 3000 -k "$(cat "$work/$kernel.directory")" -- \
			"exec bash '$here/guest.sh' '$top' '$build' '$list' $others" >"$out.new" 2>"$out.errors" || status=$?
		cat "$out.new" >>"$out"
		[ "$status" != 0 ] || return 0
		culprit=$(awk '$1 == "running" { c = $2 } $1 ~ /^(passed|failed|skipped)$/ { c = "" } END { print c }' "$out.new")
		echo "failed 0 ${culprit:-vm/start}"
		echo "| the VM ended (status $status)"
		sed 's/^/| /' "$out.errors"
		[ -n "$culprit" ] || return 0
		after "$culprit" "$list" >"$list.rest"
		mv "$list.rest" "$list"
	done >>"$out"
	echo "failed 0 vm/share-$2" >>"$out"
	echo "| $(wc -l <"$list") cases did not run: the VM ended $attempt times" >>"$out"
}

# --- the report of one kernel
count() { # KIND FILE
	grep -a -c "^$1 " "$2" || :
}
missing_cases() { # KERNEL: that should have run
	local names=$work/$1.names
	awk '/^(passed|failed|skipped) / { sub(/:$/, "", $3); print $3 }' "$results/$1.txt" | sort >"$names"
	all_cases | cut -d' ' -f1 | sort | comm -23 - "$names"
}
report() { # KERNEL SECONDS
	local file=$results/$1.txt culprit passed failed skipped
	cat "$work/$1".[0-9] | grep -a -v '^running ' >"$file" || :
	for culprit in $(missing_cases "$1"); do
		printf 'failed 0 %s\n| it has no result\n' "$culprit" >>"$file"
	done
	passed=$(count passed "$file") failed=$(count failed "$file") skipped=$(count skipped "$file")
	echo "$passed $failed $skipped" >"$results/$1.counts"
	echo "--- kernel $1 ($(cat "$work/$1.version"))"
	awk '/^failed / { on = 1 } /^(passed|skipped) / { on = 0 } on { print }' "$file" | head -n 600
	sed -n 's/^skipped [0-9]* [^ ]*: /skipped: /p' "$file" | sort | uniq -c | sort -rn
	echo "kernel $1: $passed passed, $failed failed, $skipped skipped, $2 s"
	total_failed=$((total_failed + failed))
}

# --- all of them
total_failed=0
ready=()
for kernel in "${kernels[@]}"; do
	if bash "$here/kernel.sh" "$kernel" >"$work/$kernel.directory"; then
		cp "$(cat "$work/$kernel.directory")/version" "$work/$kernel.version"
		ready+=("$kernel")
	else
		echo "kernel $kernel: FAILED: it cannot be had (see above)"
		echo "0 1 0" >"$results/$kernel.counts"
		total_failed=$((total_failed + 1))
	fi
done
declare -A left=() begin=()
# One share that has ended; its kernel is reported with its last one.
reap() {
	local pid kernel
	wait -n -p pid "${!running[@]}" || :
	kernel=${running[$pid]}
	unset "running[$pid]"
	left[$kernel]=$((left[$kernel] - 1))
	[ "${left[$kernel]}" != 0 ] || report "$kernel" $((SECONDS - begin[$kernel]))
}
set -m # each share is a process group, see stop()
for kernel in ${ready[@]+"${ready[@]}"}; do
	begin[$kernel]=$SECONDS left[$kernel]=$jobs
	for ((i = 0; i < jobs; i++)); do
		[ ${#running[@]} -lt "$jobs" ] || reap
		share "$kernel" "$i" &
		running[$!]=$kernel
	done
done
while [ ${#running[@]} -gt 0 ]; do reap; done
echo "VM tier: ${#ready[@]} kernels, $total_failed failed, $SECONDS s"
[ "$total_failed" = 0 ]
