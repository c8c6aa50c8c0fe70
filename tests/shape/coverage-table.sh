#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# coverage-table.sh DIRECTORY [--quiet]: which test covers which row of the specification, as a Markdown table.
# Rows are in specification.txt; a test names what it covers by `COVERS rows` in a case of a .test file, or by
# `covers: rows` in a comment of a golden script or of a unit test. Fails on a row without a test, unless it comes
# with a later issue, and on a name that is no row.
set -eu
cd "$1"
quiet=${2:-}
{
	awk '/^NAME / { name = $2 }
	/^COVERS / { file = FILENAME; sub(/^tests\//, "", file); sub(/\.test$/, "", file)
		for (i = 2; i <= NF; i++) print $i "\t" file "/" name }' tests/*/*.test
	find tests/golden tests/unit -name '*.bt' -o -name '*.c' | sort | xargs awk '/covers: / {
		file = FILENAME; sub(/^tests\//, "", file)
		sub(/^.*covers: */, ""); sub(/ *\*\/.*$/, "")
		for (i = 1; i <= NF; i++) print $i "\t" file }'
} | awk -F '\t' -v quiet="$quiet" '
	stage == 1 { tests[$1] = tests[$1] (tests[$1] ? ", " : "") $2; next }
	/^#/ { next }
	{ is_row[$1] = 1 }
	!quiet && !header++ { print "| row | what | tests |"; print "|---|---|---|" }
	{ title = $2; gsub(/\|/, "\\|", title)
	  covered = tests[$1] ? tests[$1] : $3 ? "comes with issue " $3 : "NONE"
	  if (!quiet) print "| " $1 " | " title " | " covered " |"
	  rows++
	  if (covered == "NONE") { missing++; names = names " " $1 } }
	END { for (id in tests) if (!(id in is_row)) { print "covered by " tests[id] ", but no row: " id; bad = 1 }
	      if (missing) { print missing " of " rows " rows have no test:" names; bad = 1 }
	      exit bad }' stage=1 - stage=2 tests/shape/specification.txt
