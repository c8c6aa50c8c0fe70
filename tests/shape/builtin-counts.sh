#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# builtins.md §11 as a test: how many arguments each function takes. One less and one more is refused
# with the number; what lies between is not. Functions that are not there yet are counted.
set -eu
: "${BITTERN:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0 checked=0 pending=
cat >"$work/table" <<'TABLE'
bswap 1 1
buf 1 2
cat 1 128
printf 1 128
errorf 1 128
warnf 1 128
system 1 128
fail 1 128
debugf 1 128
cgroup_path 1 2
cgroupid 1 1
clear 1 1
zero 1 1
count 0 0
sum 1 1
min 1 1
max 1 1
avg 1 1
stats 1 1
hist 1 2
lhist 4 4
tseries 3 4
exit 0 1
join 1 2
kaddr 1 1
kptr 1 1
uptr 1 1
kstack 0 2
ustack 0 2
ksym 1 1
usym 1 1
macaddr 1 1
nsecs 0 1
ntop 1 2
path 1 2
percpu_kaddr 1 2
pid 0 1
tid 0 1
print 1 3
pton 1 1
reg 1 1
skboutput 4 4
socket_cookie 1 1
str 1 2
strftime 2 2
strncmp 3 3
time 0 1
unwatch 1 1
signal 1 1
signal_thread 1 1
override 1 1
comm 0 1
TABLE

# arguments N: "1, 1, 1"
arguments() {
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "%s1", i ? ", " : "" }'
}

# call NAME N: what is said about the call with N arguments
call() {
	case $1 in
	count | sum | min | max | avg | stats | hist | lhist | tseries) text="@x = $1($(arguments "$2"));" ;;
	*) text="$1($(arguments "$2"));" ;;
	esac
	"$BITTERN" --unsafe --stop-after names -e "begin { $text }" 2>&1 || :
}

while read -r name low high; do
	if call "$name" "$low" | grep -q "not supported yet"; then
		[ "$name" = unwatch ] || { pending="$pending $name"; continue; }
	fi
	for n in $((low - 1)) "$low" "$high" $((high + 1)); do
		[ "$n" -ge 0 ] || continue
		checked=$((checked + 1))
		limit=$([ "$n" -lt "$low" ] && echo "$low" || echo "$high")
		said=$(call "$name" "$n" | grep "ERROR: $name() requires" || :)
		if [ "$n" -ge "$low" ] && [ "$n" -le "$high" ]; then
			[ -z "$said" ] || { echo "$name with $n arguments: $said"; bad=1; }
			continue
		fi
		echo "$said" | grep -q "requires \(exactly\|at least\|at most\) $limit argument.*($n provided)" || {
			echo "$name with $n arguments: expected 'requires … $limit …', got '$said'"
			bad=1
		}
	done
done <"$work/table"
echo "$checked calls; not there yet:${pending:- none}"
exit $bad
