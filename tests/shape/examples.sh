#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every script of examples/ compiles, without a warning.
set -eu
: "${BITTERN:?}"
cd "$1"
[ -r /sys/kernel/tracing/events/syscalls ] || {
	echo "SKIPPED: no readable tracefs"
	exit 77
}
bad=0
for script in examples/*.bt; do
	said=$("$BITTERN" --stop-after codegen "$script" 5 2>&1) && [ -z "$said" ] && continue
	echo "$script: $said"
	bad=1
done
exit $bad
