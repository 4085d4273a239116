#!/bin/bash
# SPDX-License-Identifier: MIT
# Fetches the newest of each series of Debian kernels, small ones for virtual machines, for x86-64 and arm64, and the
# real-time one of 6.12; prints the paths of their packages, which are not installed.
#
#   tests/vm/kernels.sh FOLDER
set -euo pipefail
apt() { "$here/apt.sh" "$folder/apt" "$@"; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1" && folder=$(cd "$1" && pwd)

# "6.1.0-12" is of the series 6.1; which versions there are changes from week to week.
series() {
	apt apt-cache pkgnames linux- | grep -v -e unsigned -e dbg |
		sed -nE 's/^(linux-(image|binary)-([0-9]+\.[0-9]+)\.[0-9].*-(cloud-amd64|cloud-arm64|rt-amd64))$/\3-\4 \1/p' |
		grep -e '-cloud-' -e '^6\.12-rt' | sort -k1,1V -k2,2rV
}

last=
while read -r kind name; do
	[ "$kind" != "$last" ] || continue
	# One that is listed may have left the archive: then the next older one.
	if [ -z "$(find "$folder" -name "${name}_*.deb")" ]; then
		(cd "$folder" && apt apt-get -q download "$name:${name##*-}" >/dev/null 2>&1) || continue
	fi
	last=$kind
	find "$folder" -name "${name}_*.deb"
done < <(series)
