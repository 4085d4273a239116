#!/bin/bash
# SPDX-License-Identifier: MIT
# logspill report: what an agent has found, from its store, while it runs and after it has ended.
. "$(dirname "$0")/lib.sh"
need_watch
need_program sqlite3
unset GITHUB_ACTIONS

name=spill-$$
cp /bin/sh "$dir/$name"
mkdir "$dir/etc"
printf 'version: 1\ntargets: [{comm: %s}]\ndirectories: {state: %s, cache: %s}\n' "$name" "$dir/agent" "$CACHE_DIRECTORY" \
	>"$dir/etc/logspill.yaml"
"$logspill" agent --config "$dir/etc/logspill.yaml" 2>"$dir/agent.err" &
agent=$!
stop_agent() { kill $agent 2>/dev/null; }
on_exit+=(stop_agent)
store=$dir/agent/store.db

leak() { "$dir/$name" -c "sleep 0.1; echo '$1' >>$dir/app.log; echo fine >>$dir/app.log; sleep 0.1; :"; }
reports() { "$logspill" report --store "$store" -f jsonl >"$dir/seen" 2>/dev/null; grep -q "$1" "$dir/seen"; }

# last_of FILE FILTER: of its summary, beside $one, that of one host.
last_of() { jq -n --slurpfile all "$1" --argjson one "$(tail -n 1 "$dir/one.jsonl")" '$all | last | '"$2"; }
every_finding() { jq -se '[.[] | select(.schema == "logspill.finding/v1")] | length > 0 and all(.[]; '"$2)" "$1" >/dev/null; }

check "the agent begins" wait_for 30 [ -s "$store" ]
check "a leak is in the report within seconds, while the agent runs" wait_for 40 eval \
	'leak "mail tilda.orrin@brindlewick-post.com"; reports EMAIL'
spill report --store "$store" -o "$dir/r.html" -o "$dir/r.md" -o "$dir/r.json" -o "$dir/r.jsonl" --junit "$dir/r.xml"
check "a leak: exit status 1" status_is 1
check "the page tells target and verdict" eval 'grep -q "comm $name" "$dir/r.html" && grep -q FAIL "$dir/r.html"'
check "the books balance" jq -e '.summary | .seen.bytes == .scanned.bytes + ([.lost[].bytes] | add)' "$dir/r.json" >/dev/null
check "text on standard output" eval 'spill report --store "$store"; printed "contact.email"'
check "JUnit has a failed case" grep -q 'failures="1"' "$dir/r.xml"
check "a stream's format is refused, not taken for another" eval 'spill report --store "$store" -f ecs; status_is 2 && said jsonl'

spill report --store "$store" --baseline "$dir/r.jsonl"
check "what the baseline knows does not count" not status_is 1
check "and is told as known" printed known
check "a second leak comes in" wait_for 40 eval 'leak "card 4539578763621486"; reports CREDIT_CARD'
spill report --store "$store" --baseline "$dir/r.jsonl"
check "what is new against the baseline counts" eval 'status_is 1 && printed payment.card'
sed 's/"finding_id":"...../"finding_id":"00000/' "$dir/r.jsonl" >"$dir/other.jsonl"
spill report --store "$store" --baseline "$dir/other.jsonl"
check "what was in the baseline and is no more is told as gone" printed 'gone since the baseline: EMAIL'

kill $agent
wait $agent 2>/dev/null
spill report --store "$store" --last 1h
check "after the agent has ended it is still there" status_is 1
waive_until() { sqlite3 "$store" "UPDATE findings SET waived = $1, waiver_owner = 'me', waiver_reason = 'test', waiver_until = '$2'"; }
waive_until 1 "$(date -u -d '+2 days' +%F)"
spill report --store "$store" --last 1h
check "what was waived does not count" not status_is 1
waive_until 1 "$(date -u -d '-2 days' +%F)"
spill report --store "$store" --last 1h
check "unless its waiver has come to its end since" status_is 1
waive_until 0 ''
# As if the e-mail address had leaked the day before yesterday alone, and the card on both sides of midnight.
day_ns=86400000000000
sqlite3 "$store" "UPDATE findings SET first_seen_ns = first_seen_ns - 2 * $day_ns, last_seen_ns = last_seen_ns - 2 * $day_ns WHERE rule = 'contact.email';
	UPDATE findings SET first_seen_ns = first_seen_ns - 2 * $day_ns WHERE rule = 'payment.card'"
against() { spill report --store "$store" --from "$(date +%F)" --baseline-from "$(date -d "$1" +%F)" "${@:2}"; }
against '-3 days'
check "another time of the store as baseline: what is still there does not count" printed 'known'
check "and what is gone is told" printed 'gone since the baseline: EMAIL'
against '-3 days' --baseline-to "$(date -d '-2 days' +%F)"
check "what came after its end is new, and counts" eval 'status_is 1 && not printed "gone since"'
against '+3 days'
check "a baseline that ends before it begins is an error" eval 'status_is 2 && said "ends before it begins"'
against '-3 days' --baseline "$dir/r.jsonl"
check "one baseline, not two" status_is 2
spill report --store "$store" --from '2001-01-01' --to '2001-01-02 12:00'
check "a time without a watch is inconclusive, and says so" eval 'status_is 3 && printed "no agent watched"'
spill report --store "$dir/none.db"
check "no store: exit status 2, named" eval 'status_is 2 && said none.db'
spill report --store "$store" --last soon
check "--last with another word: what it takes" eval 'status_is 2 && said "such as 90m"'
spill report --store "$store" --from yesterday
check "--from with another word: what a time is like" eval 'status_is 2 && said "2026-11-22 14:00"'
# As if another host's agent, with the same key, had found the same.
other=$dir/other.db
sqlite3 "$store" ".backup $other"
spill report --store "$store" --last 90d -o "$dir/one.jsonl"
sqlite3 "$other" "UPDATE runs SET host = 'elsewhere'; UPDATE findings SET origins = '[]'"
spill report --store "$store" --store "$other" --last 90d -o "$dir/two.jsonl" -o "$dir/two.html" -o "$dir/two.md"
check "two hosts that leak the same: one finding each, with the matches of both" [ "$(last_of "$dir/two.jsonl" \
	'.findings == 2 and .matches == 2 * ($one | .matches) and .seen.bytes == 2 * ($one | .seen.bytes)')" = true ]
check "values that both have seen count once" [ "$(last_of "$dir/two.jsonl" '.distinct == ($one | .distinct)')" = true ]
check "and exactly, of each finding" every_finding "$dir/two.jsonl" '.logspill | .distinct == 1 and .distinct_error == 0'
check "the hosts are named" every_finding "$dir/two.jsonl" ".host.name == \"$(uname -n), elsewhere\""
check "on the pages too" eval 'grep -q "Hosts.*elsewhere" "$dir/two.html" && grep -q "hosts: .*elsewhere" "$dir/two.md"'
sqlite3 "$other" "UPDATE findings SET key = '00112233445566778899aabbccddeeff' WHERE rule = 'payment.card'"
spill report --store "$store" --store "$other" --last 90d
check "hosts with different keys: refused, with the remedy" eval 'status_is 2 && said "different keys" && said "copy the file"'
spill report --store "$other" --last 90d -o "$dir/mixed.jsonl"
check "one whose key was changed: told all the same" [ "$(jq -s 'last | [.findings, .distinct] | join(" ")' "$dir/mixed.jsonl")" = '"2 2"' ]
sqlite3 "$other" "UPDATE findings SET key = NULL"
cp "$other" "$dir/third.db"
spill report --store "$other" --store "$dir/third.db" --last 90d
check "hosts of which nobody knows the keys: refused" eval 'status_is 2 && said "different keys"'
# As if the same address had leaked to another log, too.
sqlite3 "$store" "CREATE TEMP TABLE one AS SELECT * FROM findings WHERE rule = 'contact.email';
	UPDATE one SET finding = '0123456789abcdef0123456789abcdef', sink = '/srv/other.log'; INSERT INTO findings SELECT * FROM one"
spill report --store "$store" --last 90d -o "$dir/r.jsonl" -o "$dir/r.md"
check "a value that is in two findings counts once" \
	[ "$(jq -s 'last | [.findings, .distinct] | join(" ")' "$dir/r.jsonl")" = '"3 2"' ]
check "which is an estimate" grep -qF 'about 2 distinct values' "$dir/r.md"
finish
