# SPDX-License-Identifier: Apache-2.0
# definitions.sh TOP: what -lv prints of types compiles, to the same layout. The types are those of
# definitions.c, as a compiler describes them in BTF.
set -eu
here=$1/tests/shape
command -v clang-19 >/dev/null || { echo "SKIPPED: clang-19 is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
clang-19 -g -O1 --target=bpf -c "$here/definitions.c" -o "$work/definitions.o" -Wno-pedantic
BPFTRACE_BTF=$work/definitions.o "$BITTERN" -lv 'struct *,union *' >"$work/list"
{
	echo '#define u32 u32_'
	echo '#include "definitions.c"'
	echo '#undef u32'
	echo 'typedef unsigned int u32;'
	echo '#define __user USER'
	echo '#define __rcu RCU'
	sed -n 's/^vmlinux: \(struct\|union\) \([a-z_]*\) {/\1 \2/p' "$work/list" | while read -r kind name; do
		awk -v start="vmlinux: $kind $name {" '
			$0 == start { on = 1; print substr($0, 10, length($0) - 11) "_again {"; next }
			on { print }
			/^}/ { on = 0 }' "$work/list"
		echo "_Static_assert(sizeof($kind ${name}_again) == sizeof($kind $name), \"size of $name\");"
		# Members that are no bit-fields, by the names that stand before ; or [
		awk -v start="vmlinux: $kind $name {" '
			$0 == start { on = 1; next }
			/^}/ { on = 0 }
			on && /^\t[^\t}]/ && !/[:({]/ { sub(/\[.*|;.*/, ""); sub(/.*[ *]/, ""); if ($0) print }' \
			"$work/list" | while read -r member; do
			echo "_Static_assert(__builtin_offsetof($kind ${name}_again, $member) ==" \
				"__builtin_offsetof($kind $name, $member), \"$name.$member\");"
		done
	done
} >"$work/check.c"
# Enumerators of nested enums are defined twice: they are renamed.
sed -i '/#include/!s/\b\(ONE\|TWO\) = /\1_AGAIN = /' "$work/check.c"
[ "$(grep -c _Static_assert "$work/check.c")" -ge 30 ] || {
	echo "FAILED: too little was printed"
	cat "$work/list"
	exit 1
}
clang-19 --target=bpf -I"$here" -Wno-pedantic -fsyntax-only "$work/check.c" || {
	echo "FAILED: the definitions do not compile to the same layout"
	cat "$work/list"
	exit 1
}
