#!/bin/bash
# SPDX-License-Identifier: MIT
# What comes out has the form that deploy/finding.schema.json says, and the schema would notice if it had not.
. "$(dirname "$0")/lib.sh"
need_program python3
need_program jq
python3 -c 'import jsonschema' 2>/dev/null || skip_all "python3-jsonschema is not installed: make deps"

cat >"$dir/validate.py" <<'PROGRAM'
import json, sys
from jsonschema import Draft202012Validator
schema = json.load(open("deploy/finding.schema.json"))
Draft202012Validator.check_schema(schema)
lines = [json.loads(line) for line in open(sys.argv[1])]
kinds = {"logspill.finding/v1": "finding", "logspill.summary/v1": "summary", "logspill.sink/v1": "sink"}
bad = 0
for line in lines:
    part = {"$defs": schema["$defs"], "$ref": "#/$defs/" + kinds[line["schema"]]}
    for error in Draft202012Validator(part).iter_errors(line):
        print("  %s: %s" % ("/".join(map(str, error.path)), error.message[:200]))
        bad += 1
    bad += not Draft202012Validator(schema).is_valid(line)
sys.exit(bad > 0 or not lines)
PROGRAM
valid() { python3 "$dir/validate.py" "$1"; }

check "golden finding" valid tests/data/golden/finding.jsonl
check "golden summary" valid tests/data/golden/summary.jsonl
check "golden events of outputs" valid tests/data/golden/events.jsonl

jq -c '.logspill.fingerprint = "x"' tests/data/golden/finding.jsonl >"$dir/wrong.jsonl"
check "a fingerprint that is none is noticed" not valid "$dir/wrong.jsonl"
jq -c 'del(.logspill.sink)' tests/data/golden/finding.jsonl >"$dir/wrong.jsonl"
check "a member that is missing is noticed" not valid "$dir/wrong.jsonl"
jq -c '.lost.other = {bytes: 0, writes: 0}' tests/data/golden/summary.jsonl >"$dir/wrong.jsonl"
check "a loss without a name is noticed" not valid "$dir/wrong.jsonl"

need_run
spill run -f jsonl --sinks -o "$dir/found.jsonl" -- \
	sh -c "echo 'signup failed for tilda.orrin@brindlewick-post.com' >>'$dir/app.log'"
check "a leak: 99" status_is 99
check "findings, sinks and summary of a watch" valid "$dir/found.jsonl"
check "all three were there" holds '[.[].schema] | unique | length == 3' "$dir/found.jsonl"
finish
