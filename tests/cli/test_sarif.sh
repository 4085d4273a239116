#!/bin/bash
# SPDX-License-Identifier: MIT
# SARIF as its schema wants it (2.1.0), which comes within a package for Node.js: without npm, or where its registry
# does not answer, there is nothing to check against.
. "$(dirname "$0")/lib.sh"
need_program python3
command -v npm >/dev/null || skip_all "npm, which has the schema, is not installed: apt-get install npm"
package=@datadog/datadog-ci-plugin-sarif@4.2.2
(cd "$dir" && timeout 60 npm pack --silent $package >"$dir/npm" 2>&1 && tar -xzf ./*.tgz) ||
	skip_all "the registry of npm does not answer: no schema to check against"
schema=$dir/package/dist/json-schema/sarif-schema-2.1.0.json

# fits FILE: prints what does not.
fits() {
	python3 - "$schema" "$1" <<-'PY'
		import json, sys
		from jsonschema import Draft7Validator
		schema, document = (json.load(open(f)) for f in sys.argv[1:])
		errors = list(Draft7Validator(schema).iter_errors(document))
		for e in errors[:5]:
		    print("  at", "/".join(map(str, e.absolute_path)) + ":", e.message[:200])
		sys.exit(bool(errors))
	PY
}

mkdir "$dir/logs"
echo 'signup failed for tilda.orrin@brindlewick-post.com' >"$dir/logs/$(printf 'a \033[31m"<b>&\xff \xd7\x90.log')"
echo "payment card=$(made_up_card 457199) declined" >"$dir/logs/漢字.log"
spill scan -f sarif -o "$dir/scan.sarif" "$dir/logs"
check "a scan fits" fits "$dir/scan.sarif"
check "and holds its findings" jq -e '.runs[0].results | length == 2' "$dir/scan.sarif"
spill scan -q -f jsonl -o "$dir/known.jsonl" "$dir/logs"
spill scan -f sarif -o "$dir/known.sarif" --baseline "$dir/known.jsonl" "$dir/logs"
check "so does one with a baseline" fits "$dir/known.sarif"
echo nothing >"$dir/clean.log"
spill scan -f sarif -o "$dir/clean.sarif" "$dir/clean.log"
check "one without findings" fits "$dir/clean.sarif"
jq '.runs[0].results[0].level = "loud"' "$dir/scan.sarif" >"$dir/bad.sarif"
check "the check itself finds a fault" not fits "$dir/bad.sarif"
if [ "$(id -u)" = 0 ] && [ -r /sys/kernel/btf/vmlinux ]; then
	spill run -q -o "$dir/run.sarif" -- sh -c "for i in \$(seq 25); do echo \"signup failed for maija\$i.korhonen@kuusikoti.fi\"; done >>$dir/logs/run.log"
	check "and one of a watch" fits "$dir/run.sarif"
fi
finish
