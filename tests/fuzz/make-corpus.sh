#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make-corpus.sh TOP DIRECTORY: the seed corpus: golden scripts, examples, and the programs of .test
# files.
set -eu
top=$1 out=$2
n=0
for script in $(find "$top/tests/golden" "$top/examples" -name '*.bt' -size -4k); do
	n=$((n + 1))
	cp "$script" "$out/script-$n"
done
for file in "$top"/tests/run/*.test "$top"/tests/live/*.test; do
	[ -e "$file" ] || continue
	awk -v out="$out/$(basename "$file" .test)" '
		/^NAME / { if (name) close(name); name = out "-" $2 }
		/^PROG / { print substr($0, 6) >name }' "$file"
done
