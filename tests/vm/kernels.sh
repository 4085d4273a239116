#!/bin/bash
# SPDX-License-Identifier: MIT
# Fetches Debian's kernels of the series with long support, and of the newest: small ones for virtual machines, for x86-64
# and arm64, and the real-time one of 6.12. Prints the paths of their packages, which are not installed.
#
#   tests/vm/kernels.sh FOLDER
set -euo pipefail
apt() { "$here/apt.sh" "$folder/apt" "$@"; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1" && folder=$(cd "$1" && pwd)

# "6.1.0-12" is of the series 6.1; which versions there are changes from week to week.
all=$(apt apt-cache pkgnames linux- | grep -v -e unsigned -e dbg |
	sed -nE 's/^(linux-(image|binary)-([0-9]+\.[0-9]+)\.[0-9].*-(cloud-amd64|cloud-arm64|rt-amd64))$/\3-\4 \1/p' |
	sort -k1,1V -k2,2rV)
newest=$(tail -n 1 <<<"$all" | cut -d - -f 1)

last=
while read -r kind name; do
	[ "$kind" != "$last" ] || continue
	# One that is listed may have left the archive: then the next older one.
	if [ -z "$(find "$folder" -name "${name}_*.deb")" ]; then
		(cd "$folder" && apt apt-get -q download "$name:${name##*-}" >/dev/null 2>&1) || continue
	fi
	last=$kind
	find "$folder" -name "${name}_*.deb"
done < <(grep -E "^((5\.10|6\.1|6\.12|6\.18|$newest)-cloud|6\.12-rt)-" <<<"$all")
