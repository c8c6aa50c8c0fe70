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
	stage == 1 { tagged[++tags] = $1; by[tags] = $2; next }
	/^#/ { next }
	{ ids[++count] = $1; title[$1] = $2; later[$1] = $3
	  parent = $1
	  if (sub(/\.[^.]*$/, "", parent)) has_parts[parent] = 1 }
	END {
		for (i = 1; i <= tags; i++) { # a row of a table that is not listed counts for its section
			id = tagged[i]
			while (!(id in title) && sub(/\.[^.]*$/, "", id))
				;
			if (!(id in title)) { print "covered by " by[i] ", but no row: " tagged[i]; bad = 1 }
			if (!((id, by[i]) in seen)) tests[id] = tests[id] (tests[id] ? ", " : "") by[i]
			seen[id, by[i]] = 1
		}
		if (!quiet) { print "| row | what | tests |"; print "|---|---|---|" }
		for (i = 1; i <= count; i++) {
			id = ids[i]; what = title[id]; gsub(/\|/, "\\|", what)
			covered = tests[id] ? tests[id] : later[id] ? "comes with issue " later[id] : \
				has_parts[id] ? "by its parts" : ""
			if (!quiet) print "| " id " | " what " | " covered " |"
			if (!covered) { missing++; names = names " " id }
		}
		if (missing) { print missing " of " count " rows have no test:" names; bad = 1 }
		exit bad
	}' stage=1 - stage=2 tests/shape/specification.txt
