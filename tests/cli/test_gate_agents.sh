#!/bin/bash
# SPDX-License-Identifier: MIT
# logspill gate --prometheus over three agents that a real Prometheus scrapes: one sound, one that looks at a part only,
# one that is stopped half-way. The two are named; the sound one alone passes.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
[ -n "${FLEET:-}" ] || skip_all "watches for two minutes: make check-long"
need_watch
for program in prometheus jq curl python3; do need_program $program; done

window_s=120
pids=()
stop_all() {
	kill "${pids[@]}" 2>/dev/null
	wait "${pids[@]}" 2>/dev/null
}
on_exit+=(stop_all)
free_ports() {
	python3 -c 'import socket
sockets = [socket.socket() for _ in range(4)]
for s in sockets: s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
mapfile -t ports < <(free_ports)
names=(sound lossy stopped)
agents=()

# start NUMBER BUDGETS: an agent, and a program that logs for it.
start() {
	local name=${names[$1]} folder=$dir/${names[$1]}
	local comm=$name-$$
	mkdir "$folder"
	cp /bin/sh "$folder/$comm"
	cat >"$folder/logspill.yaml" <<-YAML
		version: 1
		targets: [{comm: $comm}]
		directories: {state: $folder/state, cache: $CACHE_DIRECTORY}
		http: {listen: "127.0.0.1:${ports[$1]}"}
		probe: {every: 1s, patience: 5s}
		budgets: $2
	YAML
	"$logspill" agent --config "$folder/logspill.yaml" >/dev/null 2>"$folder/err" </dev/null &
	agents[$1]=$!
	pids+=($!)
	wait_for 30 grep -q 'watching 1 targets' "$folder/err" || return
	"$folder/$comm" -c "while :; do for i in 1 2 3 4 5 6 7 8 9; do
		echo health ok \$i of a line that is some bytes long; done >>$folder/app.log; sleep 0.2; done" &
	pids+=($!)
}
url=http://127.0.0.1:${ports[3]}
# asks QUERY FILTER
asks() {
	curl -s -m 10 -G "$url/api/v1/query" --data-urlencode "query=$1" | jq -e ".data.result | $2" >/dev/null 2>&1
}
is_past() { [ "$(date +%s)" -ge "$1" ]; }
says() { jq -e --arg n "$1" --arg v "$2" --arg t "$3" 'any(.checks[]; .name == $n and .verdict == $v and (.text | contains($t)))' "$dir/out" >/dev/null; }
# fleet NAMES: asks about those hosts; instances are ports here.
fleet() {
	spill gate --prometheus "$url" --selector "{job=\"logspill\",instance=~\"$1\"}" --window ${window_s}s \
		--until "$(date -u -d "@$to" +%FT%TZ)" --min-records 100 -f json
}

check "a sound agent" start 0 '{}'
check "one with a budget that is too small" start 1 '{each_log: 200}'
check "one that will be stopped" start 2 '{}'
cat >"$dir/prometheus.yml" <<YAML
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: logspill
    static_configs:
      - targets: ["127.0.0.1:${ports[0]}", "127.0.0.1:${ports[1]}", "127.0.0.1:${ports[2]}"]
    relabel_configs:
      - {source_labels: [__address__], regex: ".*:${ports[0]}", target_label: instance, replacement: sound}
      - {source_labels: [__address__], regex: ".*:${ports[1]}", target_label: instance, replacement: lossy}
      - {source_labels: [__address__], regex: ".*:${ports[2]}", target_label: instance, replacement: stopped}
YAML
prometheus --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/tsdb" --log.level=error \
	--web.listen-address="127.0.0.1:${ports[3]}" >"$dir/prometheus.log" 2>&1 </dev/null &
pids+=($!)
check "Prometheus sees all three watch" wait_for 60 asks 'count(logspill_records_total > 0 and on(instance) logspill_probe_healthy == 1)' '.[0].value[1] == "3"'
from=$(($(date +%s) + 2)) to=$((from + window_s + 2))
check "half of the window goes by" wait_for $window_s is_past $((from + window_s / 2))
kill "${agents[2]}"
check "the other half" wait_for $window_s is_past $((to + 1))

fleet '.*'
check "inconclusive" status_is 3
check "the lossy one is named" says coverage inconclusive "lossy: "
check "so is the one that was stopped" says targets inconclusive "stopped: could not be reached"
check "the sound one is not" not grep -q '"text":"[^"]*sound' "$dir/out"
jq -r '.checks[] | "NOTE: \(.verdict) \(.name): \(.text)"' "$dir/out"
fleet sound
check "the sound one alone passes" status_is 0
fleet 'sound|lossy'
check "what is lossy does not" status_is 3
fleet 'sound|stopped'
check "what was stopped does not" status_is 3
finish
