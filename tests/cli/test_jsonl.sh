#!/bin/bash
# SPDX-License-Identifier: MIT
# The contract of -f jsonl: each field, its type, and what must agree with what.
. "$(dirname "$0")/lib.sh"
need_run
need_program jq

card=$(made_up_card 457199)
cat >"$dir/program" <<PROGRAM
#!/bin/sh
exec >>"$dir/app.log"
echo "signup failed for tilda.orrin@brindlewick-post.com after 12 ms"
echo "signup failed for tilda.orrin@brindlewick-post.com after 13 ms"
echo "signup failed for bram.osk@brindlewick-post.com after 14 ms"
echo "card number: $card declined"
echo "nothing to see"
PROGRAM
chmod +x "$dir/program"
before=$(date -u +%FT%T)
spill run -f jsonl -o "$dir/found.jsonl" -- "$dir/program" --retries 3 --token "tilda orrin"
after=$(date -u +%FT%T.999999999Z)
check "a leak: 99" status_is 99
check "each line is one JSON object" holds 'length > 2 and all(type == "object")' "$dir/found.jsonl"

# every FILTER: holds for each finding, and there is one.
every() { holds 'map(select(.schema == "logspill.finding/v1")) | length > 0 and all('"$1"')' "$dir/found.jsonl"; }
time='^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{9}Z$'

check "@timestamp: RFC 3339 in UTC with nine decimals" every '."@timestamp" | test("'$time'")'
check "event.kind: alert" every '.event.kind == "alert"'
check "rule: id, name, severity" every '(.rule.id, .rule.name | type == "string") and
	(.rule.severity | IN("info", "low", "medium", "high", "critical"))'
check "logspill.finding_id: 128 bits in hex" every '.logspill.finding_id | test("^[0-9a-f]{32}$")'
check "logspill.fingerprint: 128 bits in hex" every '.logspill.fingerprint | test("^[0-9a-f]{32}$")'
check "logspill.entity" every '.logspill.entity | IN("EMAIL", "CREDIT_CARD")'
check "logspill.confidence: above 0, at most 1" every '.logspill.confidence | . > 0 and . <= 1'
check "logspill.count and distinct: whole numbers, distinct at most count" every '.logspill |
	(.count, .distinct | . == floor and . > 0) and .distinct <= .count'
check "logspill.distinct_sketch: of few values three digits each" every '.logspill |
	(.distinct_sketch | test("^s[A-Za-z0-9+/]{3,}$")) and (.distinct_sketch | length) == 1 + 3 * .distinct'
check "logspill.masked: holds stars" every '.logspill.masked | contains("*")'
check "logspill.template, waived" every '.logspill | (.template | type == "string") and .waived == false'
check "logspill.sink: kind and path" every '.logspill.sink == {kind: "file", path: "'"$dir/app.log"'"}'
check "logspill.first_seen, last_seen: times in order" every '.logspill | (.first_seen, .last_seen | test("'$time'")) and
	.first_seen <= .last_seen'
check "the times are of this run" every '.logspill | .first_seen >= "'"$before"'" and .last_seen <= "'"$after"'"'
check "logspill.origin: a list" every '.logspill.origin | type == "array"'
check "process: pid, name, executable" every '.process | (.pid | type == "number") and .name == "program" and
	(.executable | startswith("/"))'
check "process.command_line: without values" every '.process.command_line ==
	"/bin/sh '"$dir/program"' --retries 3 --token ***"'
check "process.user.id: text" every '.process.user.id == "'"$(id -u)"'"'
check "logspill.cgroup: a path" every '.logspill.cgroup | startswith("/")'
check "host.name" every '.host.name == "'"$(uname -n)"'"'

check "e-mail addresses: 3 matches" counted 3 EMAIL "$dir/found.jsonl"
check "of 2 people" [ "$(entity_sum distinct EMAIL "$dir/found.jsonl")" = 2 ]
check "the card: 1 match" counted 1 CREDIT_CARD "$dir/found.jsonl"
bytes=$(stat -c %s "$dir/app.log")
check "the summary is the last line" summary true "$dir/found.jsonl"
check "summary: verdict and reasons" summary '.verdict == "fail" and (.reasons | length > 0 and all(type == "string"))' "$dir/found.jsonl"
check "summary: event.kind state" summary '.event.kind == "state"' "$dir/found.jsonl"
check "summary: @timestamp" summary '."@timestamp" | test("'$time'")' "$dir/found.jsonl"
check "summary: seen is the log, to the byte and to the write" summary ".seen == {bytes: $bytes, writes: 5}" "$dir/found.jsonl"
check "summary: scanned" summary ".scanned == {bytes: $bytes, writes: 5, records: 5}" "$dir/found.jsonl"
check "summary: lost, by every reason" summary '[.lost | to_entries[] | .value == {bytes: 0, writes: 0}] | all' "$dir/found.jsonl"
check "summary: the reasons" summary '.lost | keys == ["budget", "fault", "ring_full", "sampled", "scanner", "truncated", "unsupported"]' "$dir/found.jsonl"
check "summary: seen = scanned + lost" balanced "$dir/found.jsonl"
check "summary: coverage 1, no blind spots" summary '.coverage == 1 and .blind_spots == []' "$dir/found.jsonl"
check "summary: matches and distinct" summary '.matches == 4 and .distinct == 3' "$dir/found.jsonl"
check "summary: findings, as many as there are" summary ".findings == $(jq -s '[.[] | .logspill.finding_id // empty] | unique | length' "$dir/found.jsonl")" "$dir/found.jsonl"
check "summary: duration_s" summary '.duration_s | . > 0 and . < 60' "$dir/found.jsonl"

ids() { jq -r '.logspill.finding_id // empty' "$1" | sort -u; }
prints() { jq -r '.logspill | select(.entity == "CREDIT_CARD") | .fingerprint' "$1" | sort -u; }
spill run -f jsonl -o "$dir/again.jsonl" -- "$dir/program"
check "a second run: the same finding ids" cmp -s <(ids "$dir/found.jsonl") <(ids "$dir/again.jsonl")
check "a second run with the same key: the same fingerprint" cmp -s <(prints "$dir/found.jsonl") <(prints "$dir/again.jsonl")
spill run --state-dir "$dir/other" -f jsonl -o "$dir/other.jsonl" -- "$dir/program"
check "another key: the same finding ids" cmp -s <(ids "$dir/found.jsonl") <(ids "$dir/other.jsonl")
check "another key: another fingerprint" not cmp -s <(prints "$dir/found.jsonl") <(prints "$dir/other.jsonl")
check "the key is its owner's only" [ "$(stat -c %a "$dir/other/key")" = 600 ]
spill run -f ecs -o "$dir/ecs.jsonl" -- "$dir/program"
check "-f ecs: Elastic Common Schema" holds 'map(select(.event.kind == "alert")) | length > 0 and all(.ecs.version == "8.17.0")' "$dir/ecs.jsonl"
spill run -f ocsf -o "$dir/ocsf.jsonl" -- "$dir/program"
check "-f ocsf: findings of its class for sensitive data" holds 'map(select(.class_uid == 2006)) | length > 0' "$dir/ocsf.jsonl"
printf '%s\n' tilda.orrin bram.osk "$card" >"$dir/values"
check "no raw value is in any output, state or cache" no_raw "$dir/values" "$dir"/*.jsonl "$dir/err" "$dir/out" "$dir/state" "$dir/other" "$dir/cache"
finish
