#!/bin/bash
# SPDX-License-Identifier: MIT
# Rule files with mistakes: all of them reported, each with its place; nothing is started.
. "$(dirname "$0")/lib.sh"

mkdir "$dir/rules"
cat >"$dir/rules/wrong.yaml" <<'RULES'
rules:
  - id: custom.ticket
    name: Ticket number
    entity: TICKET
    category: custom
    region: global
    remediation: Log no ticket.
    severty: low
    impact: 9
    confidence: {base: high}
    find:
      shapes: ['TKT-[0-9{6}']
    validator: no_such_check
    examples:
      - 'opened «TKT-123456»'
RULES
spill run --rules "$dir/rules" -- touch "$dir/started"
check "mistakes in rules: run exits with 125" status_is 125
check "mistakes in rules: nothing is started" [ ! -e "$dir/started" ]
places=$(grep -oE 'wrong\.yaml:[0-9]+:[0-9]+: ' "$dir/err" | sort -u)
for line in 8 9 10 12 13; do
	check "the mistake in line $line has its file:line:col" grep -q "wrong.yaml:$line:" <<<"$places"
done
check "each once, and no other" [ "$(wc -l <<<"$places")" = 5 ]
check "the mistyped key is hinted at" said severity
spill watch --rules "$dir/rules" -p $$
check "mistakes in rules: watch exits with 2" status_is 2

printf 'rules:\n  - id: [\n' >"$dir/rules/wrong.yaml"
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
