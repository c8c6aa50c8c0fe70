#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every source and script opens with its licence.
set -eu
cd "$1"
bad=0
for file in $(find src tests scripts cmake bench man -type f \( -name '*.[chly]' -o -name '*.def' \
	-o -name '*.sh' -o -name '*.cmake' -o -name '*.awk' -o -name CMakeLists.txt \) \
	-o -path 'scripts/*' -type f); do
	if ! head -n 2 "$file" | grep -q SPDX-License-Identifier; then
		echo "$file: no SPDX line"
		bad=1
	fi
done
exit $bad
