#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What --explain shows is true: the wrong example of each id gets exactly that id, the right one no
# message at all. And each id has a golden test: tests/golden/diag/ID.bt, or ID-*.bt; what only the
# machine or a run can show may be in tests/run or tests/live instead, as the text "[ID]", or in tests/verifier.
set -u
: "${BITTERN:?}"
export LC_ALL=C TZ=UTC
unset BPFTRACE_MAX_STRLEN
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0 count=0
if ! [ -r /sys/kernel/btf/vmlinux ] || ! [ -r /sys/kernel/tracing/events/syscalls ]; then
	echo "needs tracefs and BTF"
	exit 77
fi

# example TITLE: the script below that title
example() {
	sed -n "/^$1:\$/,/^\$/s/^    //p" "$work/text"
}

# check SCRIPT IDS: compiled up to $pass it gets these ids
check() {
	"$BITTERN" -v --stop-after "$pass" "$1" >"$work/out" 2>&1 </dev/null
	status=$?
	got=$(sed -n 's/^.*\(ERROR\|WARNING\): .* \[\([a-z-]*\)\]$/\2/p' "$work/out" | sort -u | tr '\n' ' ')
	[ $status -le 1 ] && [ "$got" = "$2" ] && { [ -n "$2" ] || ! [ -s "$work/out" ]; } && return
	echo "$id: expected '$2', got '$got' (status $status) from:"
	cat "$1"
	head -c 1500 "$work/out"
	bad=1
}

# is_golden: some golden test of this name gets the id
is_golden() {
	for script in tests/golden/diag/"$id".bt tests/golden/diag/"$id"-*.bt; do
		[ -e "$script" ] || continue
		words=$(sed -n '1s,^// args: *,,p' "$script")
		setting=$(sed -n 's,^// env: *,,p' "$script")
		parameters=
		case $words in *"-- "*) parameters=${words#*-- } ;; esac
		# shellcheck disable=SC2086
		(cd tests/golden/diag && env ${setting:+"$setting"} "$BITTERN" -v --stop-after plan \
			${words%%-- *} "${script##*/}" $parameters 2>&1 </dev/null) |
			grep -q -F " [$id]" && return
	done
	return 1
}

cd "$1" || exit 1
for id in $("$BITTERN" --explain | awk '{ print $1 }'); do
	count=$((count + 1))
	"$BITTERN" --explain "$id" >"$work/text" || bad=1
	example Wrong >"$work/wrong.bt"
	example Right >"$work/right.bt"
	pass=plan
	grep -q '^It is found when code is generated' "$work/text" && pass=codegen
	grep -q -e '^The wrong example is shortened' -e '^Whether it is wrong depends' \
		-e '^It is found when the script is loaded' "$work/text" ||
		check "$work/wrong.bt" "$id "
	check "$work/right.bt" ""
	is_golden || grep -q -F -e "[$id]" -e "[$id\\]" tests/run/*.test tests/live/*.test ||
		grep -q "DIAG_$(echo "$id" | tr 'a-z-' 'A-Z_')" tests/verifier/*.c tests/unit/test_verifier.c || {
		echo "no golden test shows the diagnostic $id: tests/golden/diag/$id.bt"
		bad=1
	}
done
echo "$count ids"
[ $count -gt 100 ] || bad=1
exit $bad
