#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make.sh KERNEL-ROOT DIRECTORY: makes what run.sh boots.
#   KERNEL-ROOT  holds boot/vmlinuz-VERSION and lib/modules/VERSION: "/" or where fetch.sh unpacked a kernel
#   DIRECTORY    gets vmlinux (uncompressed, booted directly), initramfs.cpio (init.c and the modules it loads),
#                version, and modules (a link to lib/modules/VERSION)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${1%/} out=$2
die() {
	printf 'make.sh: %s: %s\n' "$out" "$*" >&2
	exit 1
}
modules=
for directory in "$root"/lib/modules/*/ "$root"/usr/lib/modules/*/; do # newest last, one in most cases
	[ ! -e "$directory/kernel" ] || modules=${directory%/}
done
[ -n "$modules" ] || die "no modules in $root/lib/modules"
version=${modules##*/}
image=$root/boot/vmlinuz-$version
[ -f "$image" ] || image=$modules/vmlinuz # 7.x
[ -f "$image" ] || die "no vmlinuz-$version in $root"
mkdir -p "$out"
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# extract PATTERN PROGRAM...: finds the compressed kernel in the boot image by its first bytes.
extract() {
	local pattern=$1 position
	shift
	command -v "$1" >/dev/null || return 1
	# shellcheck disable=SC2013 # numbers
	for position in $(LC_ALL=C grep -aobUP "$pattern" "$image" | cut -d: -f1); do
		tail -c +$((position + 1)) "$image" | "$@" >"$temporary/vmlinux" 2>/dev/null || :
		[ "$(head -c 4 "$temporary/vmlinux" | od -An -tx1 | tr -d ' \n')" != 7f454c46 ] || return 0
	done
	return 1
}
extract '\xfd7zXZ\x00' xz -dc || extract '\x28\xb5\x2f\xfd' zstd -dc || extract '\x1f\x8b\x08' gzip -dc ||
	extract '\x02\x21\x4c\x18' lz4 -dc || die "no kernel found in $image"

[ -f "$modules/modules.dep" ] || depmod -b "${modules%/lib/modules/*}" "$version"
tree=$temporary/tree
mkdir -p "$tree"/{dev,proc,sys,mods}
"${CC:-gcc}" -O2 -Wall -Wextra -static -o "$tree/init" "$here/init.c"
strip "$tree/init"
mknod "$tree/dev/console" c 5 1
: >"$tree/mods/list"
add_module() { # FILE below $modules, once
	local name=${1##*/}
	name=${name%.xz}
	name=${name%.zst}
	[ ! -e "$tree/mods/$name" ] || return 0
	case $1 in
	*.xz) xz -dc "$modules/$1" ;;
	*.zst) zstd -dcq "$modules/$1" ;;
	*) cat "$modules/$1" ;;
	esac >"$tree/mods/$name"
	strip --strip-debug "$tree/mods/$name"
	echo "$name" >>"$tree/mods/list"
}
for name in virtio_pci virtio_mmio virtio_console virtio_blk 9pnet_virtio 9p overlay; do
	line=$(grep -E "/$name\.ko(\.xz|\.zst)?:" "$modules/modules.dep" || :)
	[ -n "$line" ] || continue # built in, or not in this kernel
	for file in $(tr ' ' '\n' <<<"${line#*:}" | tac) "${line%%:*}"; do
		add_module "$file"
	done
done
(cd "$tree" && find . | cpio -o -H newc --quiet) >"$temporary/initramfs.cpio"
echo "$version" >"$out/version"
ln -sfn "$(readlink -f "$modules")" "$out/modules"
mv "$temporary/vmlinux" "$temporary/initramfs.cpio" "$out/"
