#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every built-in, probe type and option is mentioned by a test. (Diagnostics: explain.sh.)
set -eu
: "${BITTERN:?}"
cd "$1"
bad=0
texts=$(mktemp)
trap 'rm -f "$texts"' EXIT
cat tests/run/*.test tests/live/*.test tests/cli/*.test >"$texts"
find tests/golden -name '*.bt' -exec cat {} + >>"$texts"

# mentioned KIND NAME REGEX
mentioned() {
	grep -q -E -e "$3" "$texts" && return
	echo "no test mentions the $1 $2"
	bad=1
}
for name in $("$BITTERN" --list-builtins | sed -n 's/^    \([a-z_][a-z0-9_]*\).*/\1/p' | sort -u); do
	mentioned built-in "$name" "(^|[^a-zA-Z0-9_])$name([^a-zA-Z0-9_]|\$)"
done
for name in $("$BITTERN" --man-table probes | sed -n 's/^\.B \\&\([a-z]*\).*/\1/p' | sort -u); do
	mentioned "probe type" "$name" "(^|[^a-z])${name}[ :{,]"
done
"$BITTERN" --help | sed -n 's/^    \(-[^ ]*,\{0,1\} \{0,1\}-*[a-z-]*\).*/\1/p' |
	tr -d ',' | while read -r first second; do
	case $second in
	--*) echo "$first|$second" ;;
	*) echo "$first" ;;
	esac
done >"$texts.options"
while read -r option; do
	mentioned option "$option" "(^|[ '\"])($option)([ ='\"]|\$)"
done <"$texts.options"
rm -f "$texts.options"
exit $bad
