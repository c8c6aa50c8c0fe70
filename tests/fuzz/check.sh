#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check.sh PROGRAM COUNT: `PROGRAM $BITTERN 1 COUNT`, unless BPF may not be loaded here. $RANDOM_PROGRAMS is
# another count.
set -eu
: "${BITTERN:?}" "${PROGRAMS:?}"
reason=$("$PROGRAMS/bpfcount" may-load 2>&1) || {
	echo "SKIPPED: $reason"
	exit 77
}
export LC_ALL=C TZ=UTC BPFTRACE_PRINT_MAPS_ON_EXIT=0
exec "$1" "$BITTERN" 1 "${RANDOM_PROGRAMS:-$2}"
