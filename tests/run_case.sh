#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run_case.sh FILE.test NAME: runs one case of a .test file and compares.
#
# A file holds cases; each starts with NAME and consists of lines `KEYWORD value`:
#
#   NAME word               of the case, unique in the file
#   PROG text               a line of the program (repeatable)
#   ARGS words              the whole command line instead of PROG, as the shell reads it
#   OPTIONS words           options before the program
#   PARAMS words            positional parameters behind it
#   ENV NAME=value          environment (repeatable)
#   BEFORE command          run before bittern starts
#   WITH command            run once all probes are attached; afterwards bittern gets SIGINT unless
#                           SIGNAL or `SIGNAL none` says otherwise
#   SIGNAL name             sent once attached, after WITH (repeatable)
#   EXPECT line             standard output is exactly these lines; blank lines at both ends are
#                           ignored (repeatable)
#   EXPECT_RE regex         a line of standard output matches (repeatable)
#   EXPECT_NOT regex        no line of standard output matches (repeatable)
#   EXPECT_STDERR regex     a line of standard error matches (repeatable)
#   STDERR_NOT regex        no line of standard error matches (repeatable)
#   CHECK command           succeeds; $OUT, $ERR, $DIR are the outputs' files and a scratch directory
#   STATUS n                exit status (0)
#   NEEDS words             tracefs perf btf jq root variables (in kallsyms), a path: skipped with the
#                           reason where it is missing
#                           (bpf is needed by everything in run/ and live/)
#   TIMEOUT seconds         20
#   COVERS rows             what of the specification the case shows (docs/coverage.md)
#
# Regular expressions are extended ones. Commands see $BITTERN, $PROGRAMS (traced programs), $DIR.
# Exit status: 0 passed, 1 failed, 77 skipped.
set -u
file=$1 case_name=$2
: "${BITTERN:?}" "${PROGRAMS:?}"
export BITTERN PROGRAMS LC_ALL=C TZ=UTC
for name in $(compgen -e); do
	case $name in BPFTRACE_* | BITTERN_*) unset "$name" ;; esac
done
DIR=$(mktemp -d) || exit 1
export DIR
OUT=$DIR/stdout ERR=$DIR/stderr
export OUT ERR
: >"$OUT" && : >"$ERR"
pid=
trap '[ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null; rm -rf "$DIR"' EXIT

has_args=0 prog= args= options= params= before= with= status=0 needs= timeout=20
environment=() signals=() expect=() expect_re=() expect_not=() stderr_re=() stderr_not=() checks=()
found=0 active=0
while IFS= read -r line || [ -n "$line" ]; do
	keyword=${line%% *}
	value=${line#"$keyword"}
	value=${value# }
	if [ "$keyword" = NAME ]; then
		active=0
		[ "$value" = "$case_name" ] && active=1 found=1
		continue
	fi
	[ $active = 1 ] || continue
	case $keyword in
	PROG) prog+=${prog:+$'\n'}$value ;;
	ARGS) args=$value has_args=1 ;;
	OPTIONS) options=$value ;;
	PARAMS) params=$value ;;
	ENV) environment+=("$value") ;;
	BEFORE) before=$value ;;
	WITH) with=$value ;;
	SIGNAL) signals+=("$value") ;;
	EXPECT) expect+=("$value") ;;
	EXPECT_RE) expect_re+=("$value") ;;
	EXPECT_NOT) expect_not+=("$value") ;;
	EXPECT_STDERR) stderr_re+=("$value") ;;
	STDERR_NOT) stderr_not+=("$value") ;;
	CHECK) checks+=("$value") ;;
	STATUS) status=$value ;;
	NEEDS) needs=$value ;;
	TIMEOUT) timeout=$value ;;
	COVERS) ;; # read by tests/shape
	'' | '#'*) ;;
	*) echo "$file: unknown keyword '$keyword'" && exit 1 ;;
	esac
done <"$file"
[ $found = 1 ] || { echo "$file: no case '$case_name'"; exit 1; }

skip() {
	echo "SKIPPED: $*"
	exit 77
}
case $file in */run/* | */live/*) needs="bpf $needs" ;; esac
for need in $needs; do
	case $need in
	bpf)
		[ -x "$PROGRAMS/bpfcount" ] || { echo "$PROGRAMS/bpfcount was not built"; exit 1; }
		reason=$("$PROGRAMS/bpfcount" may-load 2>&1) || skip "$reason"
		;;
	tracefs)
		[ -r /sys/kernel/tracing/events ] || [ -r /sys/kernel/debug/tracing/events ] ||
			skip "no readable tracefs"
		;;
	perf) [ -e /proc/sys/kernel/perf_event_paranoid ] || skip "no perf events" ;;
	btf) [ -r /sys/kernel/btf/vmlinux ] || skip "the kernel has no BTF" ;;
	variables)
		grep -q ' runqueues$' /proc/kallsyms || skip "the kernel's symbol table has no variables"
		;;
	jq) command -v jq >/dev/null || skip "jq is not installed" ;;
	root) [ "$(id -u)" = 0 ] || skip "needs root" ;;
	*) [ -e "$need" ] || skip "$need is missing" ;;
	esac
done

failures=0
fail() {
	failures=$((failures + 1))
	printf 'FAILED: %s\n' "$*"
}

cd "$DIR" || exit 1
[ -z "$before" ] || bash -c "$before" || fail "BEFORE: $before"
[ ${#environment[@]} = 0 ] || export "${environment[@]}"
if [ $has_args = 1 ]; then
	eval "set -- $args"
else
	eval "set -- $options -e \"\$prog\" $params"
fi
timeout -k 5 "$timeout" "$BITTERN" "$@" >"$OUT" 2>"$ERR" </dev/null &
pid=$!

# The pid of bittern itself, below timeout.
bittern_pid() {
	cat "/proc/$pid/task/$pid/children" 2>/dev/null
}
wait_attached() {
	local i
	for ((i = 0; i < timeout * 50; i++)); do
		grep -q -E '^Attached|"attached_probes"' "$ERR" "$OUT" && return 0
		kill -0 "$pid" 2>/dev/null || return 1
		sleep 0.02
	done
	return 1
}
if [ -n "$with" ] || [ ${#signals[@]} != 0 ]; then
	wait_attached || fail "the probes were not attached"
	[ -z "$with" ] || bash -c "$with" >"$DIR/with" 2>&1 || {
		fail "WITH: $with"
		cat "$DIR/with"
	}
	[ ${#signals[@]} != 0 ] || signals=(INT)
	for signal in "${signals[@]}"; do
		[ "$signal" = none ] && continue
		kill -s "$signal" $(bittern_pid) 2>/dev/null
		sleep 0.05
	done
fi
wait "$pid"
got=$?
pid=
[ $got = 124 ] && fail "still running after $timeout s"
[ "$got" = "$status" ] || fail "exit status $got, expected $status"

# Without blank lines at both ends.
trim() {
	sed -e '/./,$!d' | awk '{ l[NR] = $0 } /./ { n = NR } END { for (i = 1; i <= n; i++) print l[i] }'
}
if [ ${#expect[@]} != 0 ]; then
	printf '%s\n' "${expect[@]}" | trim >"$DIR/expected"
	trim <"$OUT" >"$DIR/got"
	diff -a -u --label expected --label got "$DIR/expected" "$DIR/got" || fail "output differs"
fi
for regex in ${expect_re[@]+"${expect_re[@]}"}; do
	grep -a -q -E -e "$regex" "$OUT" || fail "no line of output matches: $regex"
done
for regex in ${expect_not[@]+"${expect_not[@]}"}; do
	! grep -a -q -E -e "$regex" "$OUT" || fail "a line of output matches: $regex"
done
for regex in ${stderr_re[@]+"${stderr_re[@]}"}; do
	grep -a -q -E -e "$regex" "$ERR" || fail "no line of standard error matches: $regex"
done
for regex in ${stderr_not[@]+"${stderr_not[@]}"}; do
	! grep -a -q -E -e "$regex" "$ERR" || fail "a line of standard error matches: $regex"
done
for check in ${checks[@]+"${checks[@]}"}; do
	bash -c "$check" >"$DIR/check" 2>&1 || {
		fail "CHECK: $check"
		head -c 2000 "$DIR/check"
	}
done
if grep -q -E 'AddressSanitizer|runtime error:|LeakSanitizer|^BUG' "$ERR"; then
	fail "sanitizer report"
fi
if [ $failures != 0 ]; then
	echo "--- standard output:"
	head -c 4000 "$OUT" | cat -v
	echo "--- standard error:"
	head -c 4000 "$ERR" | cat -v
	exit 1
fi
