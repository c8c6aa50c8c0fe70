#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [--full] [--runs N]: the benchmarks, as ratios against the installed bpftrace where it can do
# the same. --full includes what takes bpftrace half a minute. $BITTERN names another executable.
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

full=0 runs=15
while [ $# -gt 0 ]; do
	case $1 in
	--full) full=1 ;;
	--runs) runs=$2 && shift ;;
	*) die "usage: run.sh [--full] [--runs N]" ;;
	esac
	shift
done
[ "$(id -u)" = 0 ] || die "benchmarks load BPF programs: run this as root"
here=$top/bench
bittern=${BITTERN:-$top/build/release/bittern}
[ -x "$bittern" ] || build release
command -v bpftrace >/dev/null || (apt_install "${bench_packages[@]}") ||
	say "no bpftrace: only bittern is measured"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc -O2 -o "$work/measure" "$here/measure.c"
cc -O2 -pthread -o "$work/getppid" "$top/tests/live/programs/getppid.c"

ratio() { # BPFTRACE BITTERN
	awk -v a="$1" -v b="$2" 'BEGIN { if (a == "-" || b + 0 == 0) print "-"; else printf "%.1fx", a / b }'
}

printf '%-34s %-5s %12s %12s %9s   %s\n' benchmark what bittern bpftrace ratio target
row() { # NAME WHAT BITTERN BPFTRACE UNIT TARGET
	printf '%-34s %-5s %9s %-2s %9s %-2s %9s   %s\n' "$1" "$2" "$3" "$5" "$4" "$5" \
		"$(ratio "$4" "$3")" "$6"
}

# compare NAME RUNS RUNS-OF-BPFTRACE SCRIPT WALL-TARGET CPU-TARGET RSS-TARGET
compare() {
	local ours theirs="- - -"
	ours=$("$work/measure" "$2" "$bittern" "$4") || die "$1 failed"
	if [ "$3" != 0 ] && command -v bpftrace >/dev/null; then
		sed 's/^begin/BEGIN/' "$4" >"$work/theirs.bt"
		theirs=$(BPFTRACE_MAX_PROBES=1024 BPFTRACE_MAX_BPF_PROGS=1024 \
			"$work/measure" "$3" bpftrace "$work/theirs.bt") || theirs="- - -"
	fi
	set -- "$1" $ours $theirs "$5" "$6" "$7"
	row "$1" wall "$2" "$5" ms "$8"
	row "$1" cpu "$3" "$6" ms "$9"
	row "$1" rss "$4" "$7" MB "${10}"
}

compare 'begin { exit(); }' "$runs" 5 "$here/start.bt" '<= 15' '<= 8' '<= 16'
compare 'count sys_enter, exit' "$runs" 5 "$here/count-syscalls.bt" '<= 30' '' ''
compare 'sys_enter_*, 1 s' 3 "$full" "$here/all-syscalls.bt" '<= 1500' '' ''

# What reading the kernel's types costs: a script with accesses to its structs beside one without.
more() { # NAME WHAT WITHOUT WITH UNIT TARGET
	printf '%-34s %-5s %9s %-2s (without: %s %s, %s more)   %s\n' "$1" "$2" "$4" "$5" "$3" "$5" \
		"$(awk -v a="$3" -v b="$4" 'BEGIN { printf "%.1f", b - a }')" "$6"
}
without=$("$work/measure" $((2 * runs)) "$bittern" "$here/no-structs.bt")
with=$("$work/measure" $((2 * runs)) "$bittern" "$here/structs.bt")
set -- $without $with
more 'struct accesses' wall "$1" "$4" ms '<= 3 more'
more 'struct accesses' cpu "$2" "$5" ms '<= 3 more'
more 'struct accesses' rss "$3" "$6" MB '<= 4 more'

# Compiling: linear in the length of the script.
for lines in 1000 2000 4000; do
	{
		echo 'begin {'
		seq "$lines" | sed 's/.*/  @a = &;/'
		echo '}'
	} >"$work/long.bt"
	set -- $("$work/measure" 3 "$bittern" --stop-after codegen "$work/long.bt")
	row "compile $lines lines" wall "$1" - ms "$([ "$lines" = 4000 ] && echo '< 2000')"
done

# Lines per second: a burst faster than any reader, then what was printed, lost, and how long it took.
flood() { # NAME COMMAND...
	local name=$1 start end printed lost total=1000000
	shift
	"$@" "$here/flood.bt" >"$work/out" 2>"$work/err" &
	local pid=$!
	for _ in $(seq 200); do
		grep -q -i attach "$work/err" "$work/out" && break
		sleep 0.05
	done
	sleep 0.5
	start=$(date +%s%N)
	"$work/getppid" 4 $((total / 4)) >/dev/null
	end=$(date +%s%N)
	sleep 0.5
	kill -INT "$pid" 2>/dev/null
	wait "$pid" || true
	printed=$(grep -c ' getppid$' "$work/out" || true)
	lost=$(sed -n 's/^Lost \([0-9]*\) events.*/\1/p' "$work/err" "$work/out" | awk '{ n += $1 } END { print n + 0 }')
	printf '%-34s burst of %d in %d ms: printed %d, reported lost %d, unaccounted %d\n' "$name" \
		$total $(((end - start) / 1000000)) "$printed" "$lost" $((total - printed - lost))
}
flood 'printf flood: bittern' "$bittern"
! command -v bpftrace >/dev/null || flood 'printf flood: bpftrace' bpftrace

# The reader alone: as many lines as one interval program can put into large rings, then the time and
# CPU per line of printing them.
cat >"$work/lines.bt" <<'BT'
begin { for ($i : 0..1000000) { printf("%d line of text\n", $i); } exit(); }
BT
export BPFTRACE_PERF_RB_PAGES=65536
set -- $("$work/measure" 3 "$bittern" -B full "$work/lines.bt")
printed=$("$bittern" -B full "$work/lines.bt" 2>/dev/null | grep -c 'line of text' || true)
printf '%-34s %d lines in %s ms wall, %s ms CPU: %d lines per CPU second   >= 1000000\n' \
	'reader' "$printed" "$1" "$2" "$(awk -v n="$printed" -v ms="$2" 'BEGIN { printf "%d", n / ms * 1000 }')"
unset BPFTRACE_PERF_RB_PAGES

# Exactness: 4 threads, 1,000,000 calls each.
"$bittern" -c "$work/getppid 4 1000000" "$here/exact.bt" >"$work/out" 2>/dev/null
printf '%-34s @ = %s, sum over threads = %s   4000000\n' 'exact count' \
	"$(sed -n 's/^@: //p' "$work/out")" \
	"$(sed -n 's/^@by_thread.*: //p' "$work/out" | awk '{ n += $1 } END { print n }')"
