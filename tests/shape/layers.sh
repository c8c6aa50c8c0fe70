#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Dependencies point down: no include from a lower layer to a higher one (src/layers.txt).
set -eu
cd "$1"
find "$PWD/src" -name '*.[chly]' -o -name '*.def' | sort |
	xargs awk -f tests/shape/layers.awk "$PWD/src/layers.txt"
echo "no include points up"
