#!/bin/bash
# SPDX-License-Identifier: MIT
# The libraries of an arm64 machine, with their headers, unpacked into a folder: what a build for one is linked with.
#
#   tests/vm/sysroot.sh FOLDER
set -euo pipefail
[ ! -e "$1/done" ] || exit 0
root=$1 apt=$1/apt
mapfile -t packages < <(tests/deps.sh --list build test | grep -e '^lib.*-dev$' | sed 's/^libhyperscan-dev$/libvectorscan-dev/')
# Its own distribution's, as an installed program would have them.
tests/vm/apt.sh "$apt" apt-get -qq -o APT::Architecture=arm64 -t "$(. /etc/os-release && echo "$VERSION_CODENAME")" \
	--no-install-recommends --download-only -y install "${packages[@]}" busybox-static dash >/dev/null
for package in "$apt"/archives/*.deb; do dpkg-deb -x "$package" "$root"; done
# Only g++ brings this one.
ln -sf libstdc++.so.6 "$root/usr/lib/aarch64-linux-gnu/libstdc++.so"
rm -rf "$apt"
: >"$root/done"
