#!/bin/bash
# SPDX-License-Identifier: MIT
# make sbom: every library that the program is linked with or may load is in it, in the form that CycloneDX 1.5 asks for.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_program jq
need_program dpkg-query

sbom=$dir/sbom.json
status=0
deploy/sbom.sh "$logspill" >"$sbom" 2>"$dir/err" || status=$?
check "it is made" status_is 0
has() { jq -e "$1" "$sbom" >/dev/null; }
check "the form: CycloneDX 1.5" has '.bomFormat == "CycloneDX" and .specVersion == "1.5" and .version == 1'
check "the form: fields of a component, and no others" has '.components | length > 0 and all(
	(keys - ["type", "bom-ref", "supplier", "name", "version", "scope", "hashes", "purl", "properties"]) == [] and
	.type == "library" and (.scope == "required" or .scope == "optional") and (.name | length > 0) and
	(.version | length > 0) and (.hashes | length > 0 and all(.alg == "SHA-256" and (.content | test("^[0-9a-f]{64}$")))) and
	(.purl | test("^pkg:deb/debian/[a-z0-9.+-]+@[A-Za-z0-9.%~_-]+[?]arch=[a-z0-9]+&distro=[a-z]+-[0-9.]*$")))'
check "references are unique, and what depends on them is there" has '[.metadata.component, .components[] | .["bom-ref"]] as $refs |
	($refs | length) == ($refs | unique | length) and (.dependencies | all(IN(.ref; $refs[]) and all(.dependsOn[]; IN($refs[]))))'
check "the program's hash is that of the file" has ".metadata.component.hashes[0].content == \"$(sha256sum "$logspill" | cut -d ' ' -f 1)\""

# Not by way of the script: the loader says what it opens.
missing=0
while read -r file; do
	hash=$(sha256sum "$file" | cut -d ' ' -f 1)
	has "any(.components[].hashes[]; .content == \"$hash\")" || missing=$((missing + 1))
done < <(LD_TRACE_LOADED_OBJECTS=1 "$logspill" | grep -o '/[^ ]*')
check "every library that the loader opens is in it, with its hash" [ $missing = 0 ]
if [ -n "$(/sbin/ldconfig -p | grep 'librdkafka\.so\.1 ')" ]; then
	check "one that is opened by name is optional" has 'any(.components[]; .name == "librdkafka1" and .scope == "optional")'
else
	echo "skip - one that is opened by name is optional: librdkafka is not installed"
fi
deploy/sbom.sh "$logspill" >"$dir/again.json"
check "made again, it is the same" cmp "$sbom" "$dir/again.json"
finish
