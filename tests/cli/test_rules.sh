#!/bin/bash
# SPDX-License-Identifier: MIT
# Rule files with mistakes: all of them reported, each with its place; nothing is started.
. "$(dirname "$0")/lib.sh"

mkdir "$dir/rules"
cat >"$dir/rules/wrong.yaml" <<'RULES'
version: 1
rules:
  - id: custom.ticket
    name: Ticket number
    entity: TICKET
    severty: low
    impact: 9
    confidence: high
    find:
      shapes: ['TKT-[0-9{6}']
    validator: no_such_check
    examples:
      - text: 'opened TKT-123456'
        spans: [[7, 17]]
RULES
spill run --rules "$dir/rules" -- touch "$dir/started"
check "mistakes in rules: run exits with 125" status_is 125
check "mistakes in rules: nothing is started" [ ! -e "$dir/started" ]
places=$(grep -oE 'wrong\.yaml:[0-9]+:[0-9]+: ' "$dir/err" | sort -u)
for line in 6 7 8 10 11; do
	check "the mistake in line $line has its file:line:col" grep -q "wrong.yaml:$line:" <<<"$places"
done
check "the mistyped key is hinted at" said severity
spill watch --rules "$dir/rules" -p $$
check "mistakes in rules: watch exits with 2" status_is 2

printf 'version: 1\nrules:\n  - id: [\n' >"$dir/rules/wrong.yaml"
spill watch --rules "$dir/rules" -p $$
check "not YAML: 2" status_is 2
check "not YAML: its place" said 'wrong.yaml:'
spill watch --rules "$dir/nowhere" -p $$
check "no such folder of rules: 2" status_is 2
check "no such folder of rules: named" said nowhere
mkdir "$dir/empty"
spill watch --rules "$dir/empty" -p $$
check "a folder without rules: 2, since nothing could ever be found" status_is 2
finish
