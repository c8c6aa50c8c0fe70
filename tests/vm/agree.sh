#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# agree.sh [--update] [--build DIR] [KERNEL...]: runs the scripts of agree/ on this machine's kernel and on the
# others (all of the file `kernels`) and prints, as a table, where they answer the same, which is what stands in
# SCRIPT.out. A script may name what it needs in its first line, `// needs: WORDS` (tests/live/programs/features.c);
# on a kernel that lacks one of these it may do without or say what is missing, and that message is printed.
# `// command: TEXT` is traced by -c, in an empty directory $DIR.
# --update writes the .out files from the first kernel that has what the script needs. Read them.
# Succeeds if all answers are the same but for what is missing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
build=$top/build/release update=''
if [ "${1:-}" = --guest ]; then # on the kernel in question: agree.sh --guest BUILD SCRIPTS-DIRECTORY
	build=$2 scripts=$3
	export PROGRAMS=$build/tests/live/programs LC_ALL=C TZ=UTC
	DIR=$(mktemp -d)
	export DIR
	cd "$DIR"
	for script in "$scripts"/*.bt; do
		name=$(basename "$script" .bt)
		needs=$(sed -n 's,^// needs: ,,p' "$script")
		command=$(sed -n 's,^// command: ,,p' "$script")
		missing=
		for need in $needs; do
			reason=$("$PROGRAMS/features" "$need") || missing+="${missing:+, }$reason"
		done
		status=0
		eval "set -- ${command:+-c \"$command\"}"
		timeout -k 5 120 "$build/bittern" "$script" "$@" >out 2>err </dev/null || status=$?
		echo "SCRIPT $name $status $missing"
		sed 's/^/O /' out
		sed -n 's/^.*\(ERROR: .*\)/E \1/p; s/^HINT: /E HINT: /p' err
	done
	exit 0
fi
while [ $# -gt 0 ]; do
	case $1 in
	--update) update=1 && shift ;;
	--build) build=$(readlink -f "$2") && shift 2 ;;
	-*) sed -n '3s/^# //p' "$0" >&2 && exit 2 ;;
	*) break ;;
	esac
done
[ $# -gt 0 ] || mapfile -t kernels < <(bash "$here/kernel.sh")
[ $# = 0 ] || kernels=("$@")
kernels=(here "${kernels[@]}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# --- what they answer: $work/KERNEL/SCRIPT.{out,err,status}
split_answers() { # KERNEL: from the guest's output
	local line name='' status missing
	mkdir -p "$work/$1"
	while IFS= read -r line || [ -n "$line" ]; do
		case $line in
		'SCRIPT '*)
			read -r _ name status missing <<<"$line"
			echo "$status" >"$work/$1/$name.status"
			echo "$missing" >"$work/$1/$name.missing"
			: >"$work/$1/$name.out"
			: >"$work/$1/$name.err"
			;;
		'O '*) printf '%s\n' "${line#O }" >>"$work/$1/$name.out" ;;
		'E '*) printf '%s\n' "${line#E }" >>"$work/$1/$name.err" ;;
		esac
	done
}
# What is built meanwhile does not change what runs.
mkdir -p "$work/build/tests/live" "$work/agree"
cp "$build/bittern" "$work/build/"
cp -r "$build/tests/live/programs" "$work/build/tests/live/"
cp "$here"/agree/*.bt "$here/agree.sh" "$work/agree/"
for kernel in "${kernels[@]}"; do
	run=(bash "$work/agree/agree.sh" --guest "$work/build" "$work/agree")
	[ "$kernel" = here ] || run=(bash "$here/run.sh" -m 1024 -t 900 -k "$(bash "$here/kernel.sh" "$kernel")" -- "${run[@]}")
	if ! "${run[@]}" >"$work/answers" 2>"$work/errors"; then
		echo "kernel $kernel did not run the scripts:"
		cat "$work/errors"
		failures=$((failures + 1))
	fi
	split_answers "$kernel" <"$work/answers"
done

# --- the table
is_missing() { # KERNEL SCRIPT: something that the script needs
	[ -s "$work/$1/$2.missing" ] && [ -n "$(cat "$work/$1/$2.missing")" ]
}
# judge KERNEL SCRIPT: sets $cell, and $note if there is more to say.
judge() {
	local here_is=$work/$1/$2 there=$here/agree/$2.out
	note=
	if [ ! -f "$here_is.status" ]; then
		cell='no answer'
		failures=$((failures + 1))
	elif [ "$(cat "$here_is.status")" = 0 ] && cmp -s "$here_is.out" "$there"; then
		cell=same
	elif is_missing "$1" "$2" && [ "$(cat "$here_is.status")" != 0 ] && grep -q '^ERROR: ' "$here_is.err"; then
		cell=missing
		note=$(cat "$here_is.missing")$'\n'$(sed 's/^/        /' "$here_is.err")
	else
		cell=DIFFERS
		failures=$((failures + 1))
		note=$(diff -u --label expected --label "$1" "$there" "$here_is.out" | sed 's/^/        /' || :)
		note="status $(cat "$here_is.status")"$'\n'$note$'\n'$(sed 's/^/        /' "$here_is.err")
	fi
}
notes=()
printf '%-20s' script
printf ' %-9s' "${kernels[@]}"
printf '\n'
for script in "$here"/agree/*.bt; do
	name=$(basename "$script" .bt)
	for kernel in ${update:+"${kernels[@]}"}; do
		if [ "$(cat "$work/$kernel/$name.status")" != 0 ] || is_missing "$kernel" "$name"; then continue; fi
		cp "$work/$kernel/$name.out" "$here/agree/$name.out"
		break
	done
	row=$(printf '%-20s' "$name")
	for kernel in "${kernels[@]}"; do
		judge "$kernel" "$name"
		row+=$(printf ' %-9s' "$cell")
		[ -z "$note" ] || notes+=("$name on $kernel: $note")
	done
	printf '%s\n' "$row"
done
printf '%s\n' ${notes[@]+"${notes[@]}"}
echo "agreement: $(find "$here/agree" -name '*.bt' | wc -l) scripts, ${#kernels[@]} kernels, $failures differ, $SECONDS s"
[ "$failures" = 0 ]
