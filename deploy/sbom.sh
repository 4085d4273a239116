#!/bin/bash
# SPDX-License-Identifier: MIT
# Which libraries the program is linked with or loads, as CycloneDX 1.5 (JSON): name, version and source package as the
# distribution knows them, and the hash of the file. The same program on the same system gives the same bytes.
#
#   deploy/sbom.sh PROGRAM
set -euo pipefail

program=$1
version=$("$program" --version | cut -d ' ' -f 2)
architecture=$(dpkg --print-architecture)
distribution=$(sed -n 's/^\(ID\|VERSION_ID\)="\{0,1\}\([^"]*\).*/\2/p' /etc/os-release | sort -r | paste -sd -)

hash_of() { sha256sum "$1" | cut -d ' ' -f 1; }

# What it opens by name when it is configured to: it runs without them.
loaded() {
	strings -n 8 "$program" | grep -xE 'lib[a-z-]+\.so\.[0-9]+' | sort -u |
		grep -vxFf <(readelf -d "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p') | while read -r name; do
		/sbin/ldconfig -p | awk -v name="$name" '$1 == name && !n++ { print $NF }'
	done
}

# component FILE SCOPE. Merged /usr: the package may know the file under either of its names.
component() {
	local file package
	file=$(readlink -f "$1")
	package=$(dpkg-query -S "$file" "${file#/usr}" 2>/dev/null | sed -n '1s/: .*//p' || true)
	[ -n "$package" ] || {
		echo "sbom: $1 is of no package" >&2
		return 1
	}
	dpkg-query -W -f '${Package}\t${Version}\t${source:Package}\t${source:Version}\t${Maintainer}\n' "$package" |
		jq -R --arg file "$file" --arg scope "$2" --arg hash "$(hash_of "$file")" --arg distribution "$distribution" \
			--arg architecture "$architecture" 'split("\t") | {
				type: "library", "bom-ref": .[0], supplier: {name: .[4]}, name: .[0], version: .[1], scope: $scope,
				hashes: [{alg: "SHA-256", content: $hash}],
				purl: "pkg:deb/debian/\(.[0])@\(.[1] | @uri)?arch=\($architecture)&distro=\($distribution)",
				properties: [{name: "file", value: $file}, {name: "source", value: "\(.[2]) \(.[3])"}]}'
}

{
	ldd "$program" | grep -o '/[^ ]*' | while read -r file; do component "$file" required; done
	loaded | while read -r file; do component "$file" optional; done
} | jq -s --arg version "$version" --arg hash "$(hash_of "$program")" '
	group_by(.name) | map(.[0] + {hashes: (map(.hashes[0]) | unique), properties: (map(.properties) | add | unique)}) |
	"logspill@\($version)" as $self | {
		bomFormat: "CycloneDX", specVersion: "1.5", version: 1,
		metadata: {component: {type: "application", "bom-ref": $self, name: "logspill", version: $version,
			hashes: [{alg: "SHA-256", content: $hash}], licenses: [{license: {id: "MIT"}}]}},
		components: .,
		dependencies: [{ref: $self, dependsOn: map(.["bom-ref"])}]}'
