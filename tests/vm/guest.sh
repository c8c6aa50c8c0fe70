#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# guest.sh TOP BUILD LIST OTHERS: what one VM of tier.sh runs: the cases of LIST (tests/run_case.sh) and, if OTHERS
# is 1, the tests of the run tier that are programs of their own. One line a result, as run_case.sh --list prints.
set -u
top=$1 build=$2 list=$3 others=$4
export BITTERN=$build/bittern PROGRAMS=$build/tests/live/programs TIME_FACTOR=6

# program NAME COMMAND...
program() {
	local name=$1 start=$SECONDS status output line
	shift
	echo "running $name"
	output=$("$@" 2>&1 </dev/null)
	status=$?
	case $status in
	0) echo "passed $(((SECONDS - start) * 1000)) $name" ;;
	77) echo "skipped 0 $name: ${output#SKIPPED: }" ;;
	*)
		echo "failed $(((SECONDS - start) * 1000)) $name"
		while IFS= read -r line; do printf '| %s\n' "$line"; done <<<"$output"
		;;
	esac
}
bash "$top/tests/run_case.sh" --list "$list" || exit 3
if [ "$others" = 1 ]; then
	program run/verifier/by-hand "$build/tests/refusals"
	program run/random/differential sh "$top/tests/fuzz/check.sh" "$build/tests/fuzz/differential" 20
	# shellcheck disable=SC2016
	program run/random/verify sh -c '"$PROGRAMS/features" fast_verifier && exec sh "$@"' sh \
		"$top/tests/fuzz/check.sh" "$build/tests/fuzz/verify" 20
fi
exit 0
