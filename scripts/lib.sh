# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts of this directory (sourced, bash): messages, packages, mounts, builds.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
started=$SECONDS

# What building and testing take, beyond a shell.
build_packages=(cmake ninja-build gcc g++ flex bison pkg-config llvm-19-dev lld-19 libbpf-dev libelf-dev libdw-dev liblzma-dev libbz2-dev
	zlib1g-dev libzstd-dev linux-libc-dev ca-certificates)
test_packages=(clang-19 libclang1-19 libclang-rt-19-dev jq procps libpcap0.8)
# The VM tier: the emulator, and what unpacks and packs kernels.
vm_packages=(qemu-system-x86 cpio kmod xz-utils zstd debian-archive-keyring)
bench_packages=(bpftrace)
profile_packages=(valgrind)

say() {
	printf '[%3ds] %s\n' $((SECONDS - started)) "$*"
}
die() {
	printf 'error: %s\n' "$*" >&2
	exit 1
}

# Runs a command as root: directly, or with sudo where there is one that asks nothing.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		sudo -n "$@"
	else
		die "this needs root: $* (run the script as root, or allow sudo without a password)"
	fi
}

is_installed() {
	[ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" = "install ok installed" ]
}

# apt_install PACKAGE...: installs what is missing, quietly; the output is shown if it fails.
apt_install() {
	local missing=() package log
	for package; do
		is_installed "$package" || missing+=("$package")
	done
	if [ ${#missing[@]} = 0 ]; then
		say "packages: all $# are installed"
		return
	fi
	command -v apt-get >/dev/null || die "these packages are missing and there is no apt-get: ${missing[*]}"
	log=$(mktemp)
	say "packages: installing ${missing[*]}"
	# The index is fetched only if it does not know what is wanted.
	for package in "${missing[@]}"; do
		if [ -z "$(apt-cache policy "$package" 2>/dev/null | sed -n 's/^  Candidate: \([^(].*\)/\1/p')" ]; then
			say "packages: reading the index (apt-get update)"
			as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >"$log" 2>&1 || {
				cat "$log"
				die "apt-get update failed"
			}
			break
		fi
	done
	for package in "${missing[@]}"; do
		[ -n "$(apt-cache policy "$package" 2>/dev/null | sed -n 's/^  Candidate: \([^(].*\)/\1/p')" ] ||
			die "apt knows no package $package; LLVM 19 is in Debian 12's main archive (section updates)"
	done
	if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
		install "${missing[@]}" >"$log" 2>&1 </dev/null; then
		say "packages: stale index? reading it again"
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >>"$log" 2>&1 || true
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
			install "${missing[@]}" >>"$log" 2>&1 </dev/null || {
			tail -n 40 "$log"
			die "apt-get install failed"
		}
	fi
	rm -f "$log"
	say "packages: installed ${#missing[@]}"
}

# mount_one TYPE DIRECTORY PROOF: mounts a file system unless PROOF is there.
mount_one() {
	if [ -e "$3" ] || grep -q " $2 $1 " /proc/mounts; then
		say "$1: mounted on $2"
	elif [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; then
		if as_root mount -t "$1" "$1" "$2" 2>/dev/null; then
			say "$1: was absent, mounted it on $2"
		else
			say "$1: absent, and may not be mounted here; what needs it is skipped"
		fi
	else
		say "$1: absent (not root, so not mounted); what needs it is skipped"
	fi
}
mount_filesystems() {
	mount_one tracefs /sys/kernel/tracing /sys/kernel/tracing/events
	mount_one bpf /sys/fs/bpf /sys/fs/bpf/.
}

# build PRESET [CMAKE-OPTION...]: configures and builds into build/PRESET; progress lines, and the
# log if it fails.
build() {
	local preset=$1 dir=$top/build/$1 log=$top/build/$1.log start=$SECONDS
	shift
	mkdir -p "$top/build"
	say "build $preset: configuring"
	(cd "$top" && cmake --preset "$preset" "$@" </dev/null) >"$log" 2>&1 || {
		cat "$log"
		die "configuring $preset failed"
	}
	say "build $preset: compiling"
	set +e
	cmake --build "$dir" </dev/null 2>&1 | tee -a "$log" |
		awk -v name="$preset" '
			/^\[[0-9]+\/[0-9]+\]/ { split(substr($1, 2), p, /[\/\]]/)
				step = int(p[1] * 4 / p[2])
				if (step > last) { last = step
					print "       build " name ": " p[1] " of " p[2] " steps"; fflush() } }'
	local status=${PIPESTATUS[0]}
	set -e
	if [ "$status" != 0 ]; then
		grep -E -A 5 'error|FAILED|warning' "$log" | head -n 60
		die "building $preset failed; the whole log is build/$preset.log"
	fi
	say "build $preset: done in $((SECONDS - start)) s"
}
