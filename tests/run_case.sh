#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run_case.sh FILE.test NAME: runs one case of a .test file and compares.
# run_case.sh --list FILE: runs many in one process (tests/vm does): lines `FILE.test NAME`, those of one
#                          file one after the other. Prints `running CASE`, then `passed`, `failed` or `skipped`
#                          with the milliseconds, the case and the reason; output of failures follows after `| `.
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
#   NEEDS words             what must be there, else the case is skipped with the reason: jq, root, a
#                           path, or a feature that tests/live/programs/features.c probes; never a
#                           kernel's version; repeatable (bpf is needed by all of run/ and live/)
#   TIMEOUT seconds         20; times $TIME_FACTOR, which slow machines set
#   COVERS rows             what of the specification the case shows (docs/coverage.md)
#
# Regular expressions are extended ones. Commands see $BITTERN, $PROGRAMS (traced programs), $DIR,
# $TIME_FACTOR.
# Exit status: 0 passed, 1 failed, 77 skipped.
set -u
: "${BITTERN:?}" "${PROGRAMS:?}" "${TIME_FACTOR:=1}"
export BITTERN PROGRAMS TIME_FACTOR LC_ALL=C TZ=UTC
for name in $(compgen -e); do
	case $name in BPFTRACE_* | BITTERN_*) unset "$name" ;; esac
done
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
exec {never}<> <(:) # a pipe that never says anything: `read -t` on it sleeps without a process
nap() {
	read -r -t "$1" -u "$never" || :
}

printf -v pause '%d.%03d' $((TIME_FACTOR / 20)) $((TIME_FACTOR * 50 % 1000)) # between two signals

# --- the case: what its lines say
clear_case() {
	has_args=0 prog='' args='' options='' params='' before='' with='' status=0 needs='' timeout=$((20 * TIME_FACTOR))
	environment=() signals=() expect=() expect_re=() expect_not=() stderr_re=() stderr_not=() checks=()
}
add_line() { # FILE LINE
	local keyword=${2%% *} value
	value=${2#"$keyword"}
	value=${value# }
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
	NEEDS) needs+=" $value" ;;
	TIMEOUT) timeout=$((value * TIME_FACTOR)) ;;
	COVERS) ;; # read by tests/shape
	'' | '#'*) ;;
	*) echo "$1: unknown keyword '$keyword'" && exit 1 ;;
	esac
}

# --- what it needs
declare -A probed # need: '' if it is there, else the reason for skipping
missing() { # FILE NEED: sets $reason
	local need=$2
	reason=
	case $need in
	root) [ "$(id -u)" = 0 ] || reason="needs root" ;;
	jq) command -v jq >/dev/null || reason="jq is not installed" ;;
	/*) [ -e "$need" ] || reason="$need is missing" ;;
	*)
		[ -x "$PROGRAMS/features" ] || { echo "$PROGRAMS/features was not built"; exit 1; }
		reason=$("$PROGRAMS/features" "$need" 2>&1)
		case $? in
		0) reason= ;;
		77) ;;
		*) echo "$1: NEEDS $need: $reason" && exit 1 ;;
		esac
		;;
	esac
}
skip_reason() { # FILE: sets $reason to that of the first need that is missing
	local need
	case $1 in */run/* | */live/*) needs="bpf $needs" ;; esac
	for need in $needs; do
		if [ -z "${probed[$need]+x}" ]; then
			missing "$1" "$need"
			probed[$need]=$reason
		fi
		reason=${probed[$need]}
		[ -z "$reason" ] || return 0
	done
	reason=
}

# --- running it
fail() {
	failures=$((failures + 1))
	printf 'FAILED: %s\n' "$*"
}
command_line() { # a command of the case, in a shell of its own
	bash -c "$1"
}
wait_attached() {
	local end=$((SECONDS + timeout)) lines more line
	while [ "$SECONDS" -le "$end" ]; do
		mapfile -t -n 200 lines <"$ERR"
		mapfile -t -n 200 more <"$OUT"
		for line in ${lines[@]+"${lines[@]}"} ${more[@]+"${more[@]}"}; do
			case $line in Attached* | *'"attached_probes"'*) return 0 ;; esac
		done
		kill -0 "$pid" 2>/dev/null || return 1
		nap 0.02
	done
	return 1
}
send_signals() {
	local signal bittern=
	for signal in "${signals[@]}"; do
		[ "$signal" = none ] && continue
		# bittern itself, below timeout
		read -r bittern 2>/dev/null <"/proc/$pid/task/$pid/children"
		kill -s "$signal" ${bittern:+"$bittern"} 2>/dev/null
		nap "$pause"
	done
}
# shellcheck disable=SC2120 # its arguments are set by eval
run_bittern() { # sets $got to its exit status
	if [ $has_args = 1 ]; then
		eval "set -- $args"
	else
		eval "set -- $options -e \"\$prog\" $params"
	fi
	timeout -k 5 "$timeout" "$BITTERN" "$@" >"$OUT" 2>"$ERR" </dev/null &
	pid=$!
	trap 'kill -KILL "$pid" 2>/dev/null' EXIT
	if [ -n "$with" ] || [ ${#signals[@]} != 0 ]; then
		wait_attached || fail "the probes were not attached"
		[ -z "$with" ] || command_line "$with" >"$DIR/with" 2>&1 || {
			fail "WITH: $with"
			cat "$DIR/with"
		}
		[ ${#signals[@]} != 0 ] || signals=(INT)
		send_signals
	fi
	wait "$pid"
	got=$?
	trap - EXIT
}

# --- comparing
# matches REGEX FILE: a line of the file matches (1: none does, 2: no regular expression). The shell itself looks, in a tenth of the time a grep takes,
# except in large and binary files and for expressions that it does not take.
matches() {
	local lines line
	mapfile -t -n 500 lines <"$2"
	[[ x =~ $1 ]]
	if [ $? = 2 ] || [ ${#lines[@]} = 500 ] || IFS= read -r -d '' _ <"$2"; then
		grep -a -q -E -e "$1" "$2"
		return
	fi
	for line in ${lines[@]+"${lines[@]}"}; do
		[[ $line =~ $1 ]] && return 0
	done
	return 1
}
lacks() {
	matches "$@"
	[ $? = 1 ]
}
# join LINE...: sets $joined to the lines without the blank ones at both ends.
join() {
	local from=1 to=$# IFS=$'\n'
	while [ "$from" -le "$to" ] && [ -z "${!from}" ]; do from=$((from + 1)); done
	while [ "$to" -ge "$from" ] && [ -z "${!to}" ]; do to=$((to - 1)); done
	joined="${*:from:to-from+1}"
}
# Processes are what takes time here, so there is none unless the output differs, is large or binary.
compare_output() {
	local lines expected joined
	join "${expect[@]}"
	expected=$joined
	mapfile -t -n 500 lines <"$OUT"
	if [ ${#lines[@]} -lt 500 ] && ! IFS= read -r -d '' _ <"$OUT"; then
		join ${lines[@]+"${lines[@]}"}
		[ "$joined" != "$expected" ] || return 0
	fi
	printf '%s\n' "$expected" >"$DIR/expected"
	sed -e '/./,$!d' "$OUT" | sed -e ':a' -e '/^\n*$/{$d;N;ba' -e '}' >"$DIR/got"
	diff -a -u --label expected --label got "$DIR/expected" "$DIR/got" || fail "output differs"
}
compare() {
	local regex check
	[ $got = 124 ] && fail "still running after $timeout s"
	[ "$got" = "$status" ] || fail "exit status $got, expected $status"
	[ ${#expect[@]} = 0 ] || compare_output
	for regex in ${expect_re[@]+"${expect_re[@]}"}; do
		matches "$regex" "$OUT" || fail "no line of output matches: $regex"
	done
	for regex in ${expect_not[@]+"${expect_not[@]}"}; do
		lacks "$regex" "$OUT" || fail "a line of output matches: $regex"
	done
	for regex in ${stderr_re[@]+"${stderr_re[@]}"}; do
		matches "$regex" "$ERR" || fail "no line of standard error matches: $regex"
	done
	for regex in ${stderr_not[@]+"${stderr_not[@]}"}; do
		lacks "$regex" "$ERR" || fail "a line of standard error matches: $regex"
	done
	for check in ${checks[@]+"${checks[@]}"}; do
		command_line "$check" >"$DIR/check" 2>&1 || {
			fail "CHECK: $check"
			head -c 2000 "$DIR/check"
		}
	done
	lacks 'AddressSanitizer|runtime error:|LeakSanitizer|^BUG' "$ERR" || fail "sanitizer report"
}

# run_case DIRECTORY: the case that was read, in an empty directory. In a process of its own: `( run_case x )`.
run_case() {
	export DIR=$1 OUT=$1/stdout ERR=$1/stderr
	failures=0
	: >"$OUT" && : >"$ERR" && cd "$DIR" || exit 1
	[ -z "$before" ] || command_line "$before" || fail "BEFORE: $before"
	[ ${#environment[@]} = 0 ] || export "${environment[@]}"
	# shellcheck disable=SC2119
	run_bittern
	compare
	[ $failures != 0 ] || exit 0
	# Kernels that preempt programs (7.2) skip hits meanwhile. The ledger says so; exact numbers cannot be had then.
	# What has another exit status than it should, or a sanitizer's report, has failed all the same.
	[ "$got" != "$status" ] || grep -q -s -E 'AddressSanitizer|runtime error:|LeakSanitizer|^BUG' "$ERR" || ! grep -q -s -E 'skipped by the kernel while the program was already running|"recursion": [1-9]' "$OUT" "$ERR" || {
		echo "SKIPPED: the kernel skipped hits while it had preempted the program, and counted them"
		exit 77
	}
	echo "--- standard output:"
	head -c 4000 "$OUT" | cat -v
	echo "--- standard error:"
	head -c 4000 "$ERR" | cat -v
	exit 1
}

one_case() { # FILE NAME
	local lines line active=0 found=0
	clear_case
	mapfile -t lines <"$1"
	for line in "${lines[@]}"; do
		case $line in
		"NAME $2") active=1 found=1 ;;
		'NAME '*) active=0 ;;
		*) [ $active = 0 ] || add_line "$1" "$line" ;;
		esac
	done
	[ $found = 1 ] || { echo "$1: no case '$2'"; exit 1; }
	skip_reason "$1"
	[ -z "$reason" ] || { echo "SKIPPED: $reason"; exit 77; }
	mkdir "$scratch/case"
	(run_case "$scratch/case")
}

# --- many cases
report_case() { # FILE NAME: runs the case that was read and prints its result
	local tier=${1%/*} file=${1##*/} start=${EPOCHREALTIME/./} result=passed line name
	name=${tier##*/}/${file%.test}/$2
	echo "running $name"
	skip_reason "$1"
	if [ -n "$reason" ]; then
		echo "skipped 0 $name: $reason"
		return
	fi
	case_number=$((case_number + 1))
	(run_case "$scratch/$case_number") >"$scratch/log" 2>&1 </dev/null &
	echo "$! $((SECONDS + 120 * TIME_FACTOR))" >"$scratch/deadline"
	wait $! 2>/dev/null || { [ $? = 77 ] && result=skipped || result=failed; }
	if [ $result = skipped ]; then
		while read -r line; do reason=${line#SKIPPED: }; done <"$scratch/log"
		echo "skipped 0 $name: $reason"
		return
	fi
	echo "$result $(((${EPOCHREALTIME/./} - start) / 1000)) $name"
	[ $result = passed ] || while IFS= read -r line || [ -n "$line" ]; do
		printf '| %s\n' "$line"
	done <"$scratch/log"
}
run_file() { # FILE: those of its cases that are in $wanted
	local lines line name=
	clear_case
	mapfile -t lines <"$1"
	for line in "${lines[@]}" 'NAME '; do
		case $line in
		'NAME '*)
			[ -z "$name" ] || [ -z "${wanted[$name]-}" ] || report_case "$1" "$name"
			name=${line#NAME }
			clear_case
			;;
		*) [ -z "$name" ] || [ -z "${wanted[$name]-}" ] || add_line "$1" "$line" ;;
		esac
	done
}
# Ends a case one of whose commands does not end.
watch() {
	local pid deadline
	while nap 2; do
		read -r pid deadline 2>/dev/null <"$scratch/deadline" || continue
		[ "$SECONDS" -ge "$deadline" ] || continue
		echo "FAILED: one of its commands does not end" >>"$scratch/log"
		kill -KILL -- "-$pid" 2>/dev/null
	done
}
many_cases() { # LIST
	local file name last='' count
	declare -A wanted
	count=$(wc -l <"$1")
	case_number=0
	eval "mkdir $scratch/{1..$((count + 1))}"
	set -m # each case has a process group of its own
	watch &
	watcher=$!
	trap '{ kill -KILL "$watcher" && wait; } 2>/dev/null; rm -rf "$scratch"' EXIT
	while read -r file name; do
		if [ "$file" != "$last" ]; then
			[ -z "$last" ] || run_file "$last"
			wanted=() last=$file
		fi
		wanted[$name]=1
	done <"$1"
	[ -z "$last" ] || run_file "$last"
	return 0
}

if [ "$1" = --list ]; then
	many_cases "$2"
else
	one_case "$1" "$2"
fi
