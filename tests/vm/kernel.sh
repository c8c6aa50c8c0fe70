#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kernel.sh SERIES: prints the directory that run.sh -k takes for that kernel; downloads and makes it when it is
# not there or was made by another version of these scripts. About 450 MB each, outside of the tree:
# ${BITTERN_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bittern/kernels}; may be deleted at any time.
# kernel.sh: prints the series of all kernels (the file `kernels`).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ $# = 0 ]; then
	sed -n '/^[0-9]/s/ .*//p' "$here/kernels"
	exit
fi
series=$1
cache=${BITTERN_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bittern/kernels}
root=$cache/$series.root out=$cache/$series
mkdir -p "$cache"
exec 9>"$cache/$series.lock"
flock 9
if [ ! -d "$root" ]; then
	rm -rf "$root.new"
	bash "$here/fetch.sh" "$series" "$root.new" >&2
	mv -T "$root.new" "$root"
fi
made_from=$(cat "$here/make.sh" "$here/init.c" | cksum)
if [ "$(cat "$out/made-from" 2>/dev/null)" != "$made_from" ]; then
	rm -rf "$out"/snap-*
	bash "$here/make.sh" "$root" "$out" >&2
	echo "$made_from" >"$out/made-from"
fi
printf '%s\n' "$out"
