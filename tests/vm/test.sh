#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# test.sh [KERNEL]: the harness itself: what goes into run.sh comes out of it, whatever happens in the VM.
# shellcheck disable=SC2016 # what the VM expands
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kernel=${1:-6.1}
directory=$(bash "$here/kernel.sh" "$kernel") || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0 number=0

# vm STATUS ARGUMENT...: runs run.sh, and expects that status.
vm() {
	local expected=$1 got=0
	shift
	number=$((number + 1))
	bash "$here/run.sh" -k "$directory" "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
	[ "$got" = "$expected" ] || fail "status $got instead of $expected: run.sh $*"
}
fail() {
	failures=$((failures + 1))
	printf 'FAILED: %s\n' "$*"
	sed 's/^/| /' "$work/out" "$work/err" | head -n 40
}
is() { # FILE TEXT: it is all that the file says
	[ "$(cat "$work/$1")" = "$2" ] || fail "$1 is not: $2"
}
has() { # FILE REGEX
	grep -a -q -E -e "$2" "$work/$1" || fail "$1 does not match: $2"
}

vm 0 -- uname -r
is out "$(cat "$directory/version")"
for status in 0 1 7 77 123 124 125 126 127 255; do
	vm $status -- "exit $status"
	[ $status = 126 ] || is err ''
done
vm 127 -- no-such-command
vm 143 -- 'kill -TERM $$'
vm 137 -- 'kill -KILL $$'
vm 139 -- 'kill -SEGV $$'

vm 3 -- 'echo to stdout; echo to stderr >&2; exit 3'
is out 'to stdout'
is err 'to stderr'
vm 0 -- 'head -c 3000000 /dev/zero | tr "\0" x; printf last'
[ "$(wc -c <"$work/out")" = 3000004 ] || fail "3000004 bytes of output became $(wc -c <"$work/out")"
vm 0 -- 'printf "a\0b\377\n"'
[ "$(od -An -tx1 "$work/out" | tr -d ' \n')" = 610062ff0a ] || fail "bytes of the output changed"

# shellcheck disable=SC1003
hostile=("a b" "it's" '"quoted"' '$HOME' '`id`' '*' '\' $'new\nline' $'tab\there' ';exit 9' '' 'ü' $'\xff' '%s' '-n')
vm 0 -- printf '[%s]' "${hostile[@]}"
is out "$(printf '[%s]' "${hostile[@]}")"
mkdir "$work/a 'dir', of \$x"
cd "$work/a 'dir', of \$x" || exit 1
vm 0 -- pwd
is out "$PWD"
export VM_TEST_VARIABLE=$'with = and\nnew line'
vm 0 -e VM_TEST_VARIABLE -- 'printf %s "$VM_TEST_VARIABLE"'
is out "$VM_TEST_VARIABLE"
vm 0 -- 'printf %s "${VM_TEST_VARIABLE-unset}"'
is out unset

vm 124 -t 2 -- 'echo before; sleep 60'
is out before
has err 'ran past 2 s'
vm 125 -- 'echo before; sleep 0.2; echo c >/proc/sysrq-trigger; sleep 60'
has err 'the VM ended without an answer'
has err 'Kernel panic'
vm 125 -- 'echo o >/proc/sysrq-trigger; sleep 60'
QEMU=/nonexistent/qemu vm 125 -- true
has err '/nonexistent/qemu'
bash "$here/run.sh" -k "$work" -- true 2>"$work/err" && fail "ran without a kernel"
has err "no kernel in"

# What is written stays in the VM, but for the directory of -w.
mkdir "$work/shared"
vm 0 -w "$work/shared" -- "echo kept >'$work/shared/kept'; echo lost >'$work/lost' && cat '$work/lost'"
is out lost
[ "$(cat "$work/shared/kept" 2>/dev/null)" = kept ] || fail "what was written to the directory of -w is lost"
[ ! -e "$work/lost" ] || fail "the VM wrote to this machine"

vm 0 -- 'cut -d" " -f2 /proc/mounts; ls /sys/kernel/tracing/events; cat /sys/class/net/lo/flags; modprobe veth; cat /proc/modules; date +%s'
for mounted in tracing debug security; do has out "^/sys/kernel/$mounted\$"; done
has out '^/sys/fs/bpf$'
has out '^/sys/fs/cgroup$'
has out '^sched$'
has out '^0x9$'
has out '^veth '
now=$(date +%s) there=$(tail -n 1 "$work/out")
{ [ $((now - there)) -le 30 ] && [ $((there - now)) -le 30 ]; } || fail "the VM's clock is $there, ours $now"
vm 0 -b -- true
vm 0 -a vm_test=1 -- 'grep -o "vm_test=1" /proc/cmdline'
is out vm_test=1
vm 0 -m 300 -c 1 -- nproc
is out 1
for _ in 1 2 3; do
	bash "$here/run.sh" -k "$directory" -- 'sleep 0.3; echo done' >>"$work/parallel" 2>&1 &
done
wait
[ "$(grep -c '^done$' "$work/parallel")" = 3 ] || fail "not all of three VMs at a time answered"

echo "$number runs, $failures failed, $SECONDS s"
[ $failures = 0 ]
