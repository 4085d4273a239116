#!/bin/bash
# SPDX-License-Identifier: MIT
# logspill gate --window: over what an agent remembers. What it did not see, or cannot prove, never passes.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_watch
need_program jq
need_program sqlite3
need_program curl
need_program python3
need_program yq

name=gated-$$
cp /bin/sh "$dir/$name"
mkdir "$dir/etc"
echo open-sesame >"$dir/token"
store=$dir/agent/store.db
agent=
port=$(free_port)

configure() {
	cat >"$dir/new.yaml" <<-YAML
		version: 1
		http: {listen: "127.0.0.1:$port", token_file: $dir/token}
		targets: [{comm: $name}]
		waivers: $dir/etc/waivers.yaml
		directories: {state: $dir/agent, cache: $CACHE_DIRECTORY}
		probe: {every: 100ms, patience: 2s}
		sinks: {include: [/dev/null]}
	YAML
	mv "$dir/new.yaml" "$dir/etc/logspill.yaml"
}
start_agent() {
	"$logspill" agent --config "$dir/etc/logspill.yaml" >/dev/null 2>"$dir/agent.err" </dev/null &
	agent=$!
	wait_for 20 grep -q 'watching 1 targets' "$dir/agent.err"
}
end_agent() {
	[ -z "$agent" ] || kill -KILL "$agent" 2>/dev/null
	wait "$agent" 2>/dev/null
	agent=
}
on_exit+=(end_agent)
work() { "$dir/$name" -c "for i in 1 2 3 4 5 6 7 8 9 10; do echo '$1'; done >>$dir/shop.log"; }
events() { [ "$(sqlite3 "$store" 2>/dev/null "SELECT count(*) FROM events WHERE kind = '$1' AND text GLOB '$2'" || echo 0)" -ge "$3" ]; }
records() { [ "$(sqlite3 "$store" 2>/dev/null 'SELECT coalesce(sum(records), 0) FROM minutes' || echo 0)" -ge "$1" ]; }
# mark: a window begins, with the next whole second. gate ARGS...: asks about it, up to the next whole second, which the
# agent has seen.
mark() {
	from=$(($(date +%s) + 1))
	wait_for 4 is_past "$from"
}
is_past() { [ "$(date +%s)" -ge "$1" ]; }
is_written() { [ "$(sqlite3 "$store" 'SELECT max(alive_ns) / 1000000000 FROM runs')" -ge "$1" ]; }
close_window() {
	to=$(($(date +%s) + 1))
	until=$(date -u -d "@$to" +%FT%TZ)
	running "$agent" && wait_for 20 is_written "$to"
}
gate() {
	close_window
	spill gate --store "$store" -f json --window $((to - from))s --until "$until" "$@"
}
# controller URL CURL-OPTION...: asks as the example in deploy/ does, but here, and about the window; sets $code.
controller() {
	local url=$1
	close_window
	url=${url//'{{args.agent}}'/http://127.0.0.1:$port}
	url=${url/https:\/\/any:TOKEN@*:10532/http://any:open-sesame@127.0.0.1:$port}
	url=${url/window=60m/window=$((to - from))s\&until=$until}
	code=$(curl -sS --max-time 20 -o "$dir/out" -w '%{http_code}' "${@:2}" "${url/min_records=1000/min_records=$min_records}")
}
# argo VALUE: of its jsonPath; it takes another status than 200 for an error.
argo() {
	local metric header path
	metric=$(yq -c '.spec.metrics[0].provider.web' deploy/gate/argo-rollouts.yaml)
	header=$(jq -r '.headers[0] | "\(.key): \(.value)"' <<<"$metric")
	path=$(jq -r .jsonPath <<<"$metric")
	controller "$(jq -r .url <<<"$metric")" -H "${header/'{{args.token}}'/open-sesame}"
	[ "$code" = 200 ] && [ "$(jq -r "${path//[\{\$\}]/}" "$dir/out")" = "$1" ]
}
# flagger STATUS
flagger() {
	controller "$(yq -r '.analysis.webhooks[0].url' deploy/gate/flagger.yaml)" -H 'Content-Type: application/json' \
		-d '{"name":"shop","namespace":"x","phase":"Progressing","checksum":"1","metadata":{}}'
	[ "$code" = "$1" ]
}
min_records=1
# proven: by probe records that were planted since.
proven() { [ "$(sqlite3 "$store" "SELECT count(*) FROM events WHERE kind = 'probe' AND from_ns >= $(date +%s%N -d "@$from")")" -ge 1 ]; }
says() { jq -e --arg n "$1" --arg v "$2" --arg t "$3" 'any(.checks[]; .name == $n and .verdict == $v and (.text | contains($t)))' "$dir/out" >/dev/null; }

echo 'waivers: []' >"$dir/etc/waivers.yaml"
configure
start_agent
check "the agent notes that it watches" wait_for 20 events rules '*' 1
mark
work 'health ok'
check "the agent notes what was scanned" wait_for 20 records 10
check "and that probe records came out" wait_for 20 proven
gate --min-records 10
check "a window that it saw passes" status_is 0
check "by its own proof" says probe pass "came out"
check "and says which records" says records pass "10 or more"
gate --min-records 1000
check "too few records are inconclusive" status_is 3
check "Argo Rollouts: 200, and ok" argo true
check "Argo Rollouts goes on by that" [ "$(yq -r '.spec.metrics[0].successCondition' deploy/gate/argo-rollouts.yaml)" = 'result == true' ]
check "Flagger: 200" flagger 200
min_records=1000
check "Argo Rollouts: 200, and not ok for a doubt" argo false
check "with the reason" says records inconclusive "at least 1,000"
check "Flagger: 503 for a doubt" flagger 503
min_records=none
check "a question that is none: 400" flagger 400
min_records=1
check "without the token: 401" eval 'controller "http://127.0.0.1:$port/api/v1/gate" && [ "$code" = 401 ]'
check "with another one: 401" eval 'controller "http://any:sesame@127.0.0.1:$port/api/v1/gate" && [ "$code" = 401 ]'
check "the agent writes on" wait_for 20 proven
check "and nobody else can write to its store" eval '! timeout 5 "$logspill" agent --config "$dir/etc/logspill.yaml" 2>"$dir/err" && said "another agent writes to it"'
spill gate --store "$store" -f json --window 30m
check "a window that began before the agent is inconclusive" status_is 3
check "for the gap" says window inconclusive "no agent watched"

mark
kill -STOP "$agent"
sleep 7
kill -CONT "$agent"
check "the agent notes that it was stopped" wait_for 20 events stall '*' 1
gate
check "a stalled agent is inconclusive" status_is 3
check "by name" says window inconclusive "was not run"

mark
work 'signup email=maija.korhonen@kuusikoti.fi ok'
check "a leak is remembered" wait_for 20 records 20
gate
check "and fails" status_is 1
check "Argo Rollouts: 200, and not ok for a leak" argo false
check "with the reason" says findings fail "EMAIL by"
check "Flagger: 403 for a leak" flagger 403
gate
id=$(jq -r '.findings[0].finding_id' "$dir/out")
"$logspill" waive "$id" --owner me --reason test --until "$(date -u -d '+10 days' +%F)" --file "$dir/w.yaml" 2>/dev/null
check "probe records came out meanwhile" wait_for 20 proven
gate --waivers "$dir/w.yaml"
check "but not if it is waived" status_is 0

waived_until() {
	rm -f "$dir/waived.db"
	sqlite3 "$store" ".backup $dir/waived.db"
	sqlite3 "$dir/waived.db" "UPDATE findings SET waived = 1, waiver_owner = 'me', waiver_reason = 'test', waiver_until = '$1'"
	spill gate --store "$dir/waived.db" -f json --window $((to - from))s --until "$until"
}
waived_until "$(date -u -d '+1 day' +%F)"
check "what the agent knew as waived is listed" says findings pass "1 waived"
waived_until "$(date -u -d '-1 day' +%F)"
check "but counts again when the waiver has come to its end since" says findings fail "EMAIL by"

spill gate --window 5s -p $$
check "targets are the agent's" said "leave -p and its like out"

kill -KILL "$agent"
wait "$agent" 2>/dev/null
gate
check "a leak fails also when the agent was killed" status_is 1
rm "$dir"/agent/store.db*
start_agent
check "a new store" wait_for 20 events rules '*' 1
mark
work 'health ok'
check "a new window" wait_for 20 records 10
check "with its proof" wait_for 20 proven
gate
check "passes" status_is 0
check "without a word on kinds of sinks, as probe records go to all that were used" eval '! grep -q "none can go to" "$dir/out"'
mark
"$dir/$name" -c 'for i in 1 2 3 4 5 6 7 8 9 10; do echo "health ok"; done >>/dev/null'
check "a device is written to" wait_for 20 records 20
check "which is noted with the next proof" wait_for 20 events probe '*none can go to: device' 1
gate
check "a kind of sink that no probe record can go to is named" says probe pass "came out; none can go to: device"

# A log that is written through a mapping, as long as it takes the agent to look.
: >"$dir/go"
"$dir/$name" -c "python3 -c 'import mmap, os, time
f = open(\"$dir/mapped.log\", \"w+b\")
f.truncate(4096)
m = mmap.mmap(f.fileno(), 4096)
m[0:9] = b\"health ok\"
while os.path.exists(\"$dir/go\"): time.sleep(0.05)'; :" &
check "the agent notes a blind spot" wait_for 20 events blind '1 blind spots are open' 1
gate
check "which is inconclusive" says "blind spots" inconclusive "mapping"
reports() { spill report --store "$store" -f json --last 1h && jq -e "$1" "$dir/out" >/dev/null; }
check "and in a report, too" reports 'any(.summary.blind_spots[]; startswith("mapping: "))'
printf '%s\n' 'waivers:' '  - blind_spot: mapping' '    owner: me' '    reason: test' \
	"    until: $(date -u -d '+10 days' +%F)" >"$dir/etc/waivers.new"
mv "$dir/etc/waivers.new" "$dir/etc/waivers.yaml"
check "waived, it is not open any more" wait_for 20 events blind '0 blind spots are open' 1
gate
check "and no doubt" says "blind spots" pass "none is open"
"$dir/$name" -c "awk 'BEGIN { print \"order\" >>\"$dir/orders\" }'; :"
check "the agent notes a file that may be a log" wait_for 20 events unread "unnamed: $dir/orders: *" 1
gate
check "which is inconclusive until somebody says what it is" says "blind spots" inconclusive "unnamed: $dir/orders: appended to"
check "and named in a report" reports 'any(.summary.not_looked_at[]; startswith("unnamed: ")) and
	all(.summary.blind_spots[]; startswith("unnamed: ") | not)'
rm "$dir/go"
wait $!
end_agent
gate
check "after the agent was killed it is inconclusive" status_is 3
check "with the gap" says window inconclusive "no agent watched"

echo 'this is no database, whatever its name says, and never was one' >"$dir/garbage.db"
spill gate --window 5s --store "$dir/garbage.db"
check "a damaged store is an error" status_is 2
spill gate --window 5s --store "$dir/none.db"
check "so is none" status_is 2
cp "$store" "$dir/broken.db"
dd if=/dev/zero of="$dir/broken.db" bs=4096 seek=2 count=12 conv=notrunc 2>/dev/null
spill gate --window 5s --store "$dir/broken.db" -f json
check "one that is damaged within is inconclusive" status_is 3
check "and named" says evidence inconclusive "it is damaged"
: >"$dir/go"
python3 -c 'import os, sqlite3, sys, time
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("PRAGMA locking_mode = EXCLUSIVE")
store.execute("BEGIN EXCLUSIVE")
store.execute("CREATE TABLE x (y)")
open(sys.argv[2] + "/held", "w")
while os.path.exists(sys.argv[2] + "/go"): time.sleep(0.05)' "$store" "$dir" &
wait_for 10 [ -e "$dir/held" ]
gate
check "one that somebody keeps to himself is an error" status_is 2
check "with the reason" said "busy"
rm "$dir/go"
wait $!
sqlite3 "$store" 'PRAGMA user_version = 99' 2>/dev/null
gate
check "so is one of a newer version" status_is 2
finish
