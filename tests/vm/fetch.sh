#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fetch.sh SERIES DIRECTORY: downloads Debian's newest kernel of that series (6.1, 7.2: a line of the file
# `kernels`) and unpacks it in the directory, for make.sh. Nothing is installed, and apt of the machine stays
# as it is: a suite that the machine does not use is read with a state of its own in the directory.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
series=$1 out=$2
die() {
	printf 'fetch.sh: kernel %s: %s\n' "$series" "$*" >&2
	exit 1
}
command -v apt-get >/dev/null || die "it comes from a Debian package, and there is no apt-get"
suite=$(awk -v s="$series" '$1 == s { print $2 }' "$here/kernels")
[ -n "$suite" ] || die "not in $here/kernels"
mkdir -p "$out"
out=$(readlink -f "$out")
options=()

# The newest package of the series, without debug symbols, signatures and other flavours.
newest() {
	apt-cache "${options[@]}" search --names-only "^linux-image-${series//./\\.}\\.[0-9]+(-[0-9]+)?(\\+deb[0-9]+)?-amd64\$" |
		cut -d' ' -f1 | sort -V | tail -n 1
}
# Reads the index of $suite from where the machine has its Debian packages from.
use_suite() {
	local apt=$out/.apt uri
	# shellcheck disable=SC2016 # for apt
	uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -E '/debian/?$' | head -n 1 || :)
	[ -n "$uri" ] || die "apt has no source of Debian packages (apt-get indextargets)"
	mkdir -p "$apt"/{lists,cache/archives}/partial
	printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
		"$uri" "$suite" >"$apt/suite.sources"
	options=(-o "Dir::Etc::sourcelist=$apt/suite.sources" -o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache")
	apt-get -qq "${options[@]}" -o APT::Sandbox::User=root update || die "the index of $suite cannot be read from $uri"
}

package=$(newest)
if [ -z "$package" ]; then
	use_suite
	package=$(newest)
	[ -n "$package" ] || die "suite $suite has no package linux-image-$series.*-amd64"
fi
packages=("$package")
# From 7.x on the image is a package of its own below.
depends=$(apt-cache "${options[@]}" show "$package" | grep '^Depends:' || :)
if [[ $depends == *linux-binary-* ]]; then
	version=${package#linux-image-}
	packages=("linux-binary-$version" "linux-modules-$version")
fi
cd "$out"
apt-get -qq "${options[@]}" -o APT::Sandbox::User=root download "${packages[@]}" || die "downloading ${packages[*]} failed"
for package in "${packages[@]}"; do
	dpkg-deb -x "$package"_*.deb .
	rm -f "$package"_*.deb
done
rm -rf .apt
