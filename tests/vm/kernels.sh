#!/bin/bash
# SPDX-License-Identifier: MIT
# Fetches the newest of each series of Debian kernels that this machine's own apt offers, small ones for virtual
# machines, and prints the paths of their packages, which are not installed.
#
#   tests/vm/kernels.sh FOLDER
set -euo pipefail
mkdir -p "$1" && cd "$1"

# "6.1.0-12" is of the series 6.1; which versions there are changes from week to week.
series() {
	apt-cache pkgnames linux- | grep -E '^linux-(image|binary)-[0-9].*cloud-amd64$' | grep -v -e unsigned -e dbg |
		sed -E 's/^(linux-[a-z]+-([0-9]+\.[0-9]+).*)$/\2 \1/' | sort -k1,1V -k2,2rV
}

last=
while read -r version name; do
	[ "$version" != "$last" ] || continue
	# One that is listed may have left the archive: then the next older one.
	if [ -z "$(find . -name "${name}_*.deb")" ] && ! apt-get -q download "$name" >/dev/null 2>&1; then continue; fi
	last=$version
	find "$PWD" -name "${name}_*.deb"
done < <(series)
