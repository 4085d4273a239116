#!/bin/bash
# SPDX-License-Identifier: MIT
# A Debian package of this tree, from a copy of it: dpkg wants its folder on top, and nothing else may be in the way.
#
#   deploy/package.sh FOLDER     where the package goes
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$1
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
version=$(cat user/VERSION)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The date of the last change, so that two builds of one tree are the same to the byte.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y user/VERSION)}
export SOURCE_DATE_EPOCH

source_tree() {
	mkdir "$work/logspill"
	cp -r Makefile README.md LICENSE bpf user vmlinux rules deploy "$work/logspill/"
	mv "$work/logspill/deploy/debian" "$work/logspill/debian"
	cp deploy/logspill.service "$work/logspill/debian/"
}

# What stands elsewhere is written once: the build dependencies in tests/deps.sh, the licence in LICENSE.
debian_files() {
	local package
	cd "$work/logspill/debian"
	for package in $("$OLDPWD/tests/deps.sh" --list build | grep -vxE 'gcc|libc6-dev'); do echo " $package,"; done |
		sed '$s/,$//' >build-depends
	sed -e '/@BUILD_DEPENDS@/{r build-depends' -e 'd}' control.in >control
	{
		printf 'License: Expat\n'
		sed -n '/^Permission is/,$s/^/ /p' ../LICENSE | sed 's/^ $/ ./'
		printf '\nLicense: GPL-2\n On Debian systems the text is in /usr/share/common-licenses/GPL-2.\n'
	} >licenses
	sed -i -e '/@LICENSES@/{r licenses' -e 'd}' copyright
	printf 'logspill (%s) unstable; urgency=medium\n\n  * Version %s.\n\n -- %s  %s\n' "$version" "$version" \
		"$(sed -n 's/^Maintainer: //p' control)" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" >changelog
	rm control.in build-depends licenses
	cd "$OLDPWD"
}

source_tree
debian_files
# Flags are the distribution's: those of the caller would stand in for them.
(
	cd "$work/logspill"
	unset CFLAGS CPPFLAGS LDFLAGS MAKEFLAGS MFLAGS MAKELEVEL
	DEB_BUILD_OPTIONS="parallel=$(nproc) ${DEB_BUILD_OPTIONS-}" dpkg-buildpackage -us -uc -b
) >"$work/log" 2>&1 || {
	tail -n 40 "$work/log" >&2
	echo "package: it does not build" >&2
	exit 1
}
cp "$work"/logspill*_*.deb "$work"/logspill_*.changes "$work"/logspill_*.buildinfo "$folder/"
echo "  $(cd "$folder" && echo logspill_*.deb), in $folder"
