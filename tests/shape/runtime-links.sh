#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The run time links without LLVM and without the front end: the executable made of its libraries alone
# has no such symbol, and none of the libraries asks for one.
set -eu
: "${BUILD:?}" "${RUNTIME_ONLY:?}" "${NM:=nm}"
bad=0
forbidden='^(LLVM|parse_program|yyparse|grammar_|sema_|codegen_|cg_|ast_|expr_|stmt_|builtin_|compile$)'
list() { # nm's complaints about members without symbols are no news
	"$NM" "$@" 2>/dev/null || true
}
for layer in util types arch host program probes diag output runtime; do
	library=$BUILD/src/libbittern_$layer.a
	if [ ! -e "$library" ]; then
		echo "$library is missing"
		bad=1
		continue
	fi
	found=$(list -u "$library" | awk '$1 == "U" { print $2 }' | grep -E "$forbidden" | sort -u || true)
	if [ -n "$found" ]; then
		echo "bittern_$layer needs: $found"
		bad=1
	fi
done
# Names that are local to a file, also of the libraries, are not ours to forbid.
found=$(list -g "$RUNTIME_ONLY" | awk '{ print $NF }' | grep -E "$forbidden" | sort -u | head || true)
if [ -n "$found" ]; then
	echo "the run time's executable holds: $found"
	bad=1
fi
"$RUNTIME_ONLY"
[ $bad = 0 ] && echo "the run time stands alone: $(wc -c <"$RUNTIME_ONLY") bytes"
exit $bad
