#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fill.sh BITTERN TEMPLATE OUTPUT: replaces lines `@TABLE name@` by what `bittern --man-table name`
# prints and `@VERSION@` by the version.
set -eu
bittern=$1 template=$2 output=$3

version=$("$bittern" --version)
version=${version#bittern v}
while IFS= read -r line || [ -n "$line" ]; do
	case $line in
	"@TABLE "*@)
		table=${line#@TABLE }
		"$bittern" --man-table "${table%@}"
		;;
	*@VERSION@*)
		printf '%s\n' "${line%%@VERSION@*}$version${line#*@VERSION@}"
		;;
	*)
		printf '%s\n' "$line"
		;;
	esac
done <"$template" >"$output.new"
mv "$output.new" "$output"
