#!/bin/bash
# SPDX-License-Identifier: MIT
# A real Prometheus reads the agent's metrics and evaluates our rules: from the first match to the alert.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_watch
need_program prometheus
need_program curl
need_program jq

name=scraped-$$
cp /bin/sh "$dir/${name:0:15}"
cat >"$dir/logspill.yaml" <<YAML
version: 1
targets: [{comm: ${name:0:15}}]
directories: {state: $dir/agent, cache: $CACHE_DIRECTORY}
http: {listen: "127.0.0.1:0"}
probe: {every: 500ms, patience: 5s}
YAML

check "the agent says where it listens" agent_start "$dir/logspill.yaml"
get() { curl -s -m 10 "http://127.0.0.1:$port$1"; }
answers() { [ "$(curl -s -m 10 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port$1")" = "$2" ]; }
check "it is ready" wait_for 20 answers /readyz 200
check "and healthy" wait_for 20 answers /healthz 200
check "promtool has nothing to say of the metrics" eval 'get /metrics | promtool check metrics'
check "by a foreign name it is not to be had" [ "$(curl -s -m 10 -o /dev/null -w '%{http_code}' -H 'Host: a.example' "http://127.0.0.1:$port/metrics")" = 421 ]

# Rules with the times of a test: what takes minutes for people takes seconds here.
sed 's/\[5m\]/[10s]/g; s/\[10m\]/[20s]/g; s/for: [0-9]*m/for: 1s/' deploy/prometheus/logspill.rules.yml >"$dir/rules.yml"
prometheus=$(free_port)
cat >"$dir/prometheus.yml" <<YAML
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [$dir/rules.yml]
scrape_configs: [{job_name: logspill, static_configs: [{targets: ["127.0.0.1:$port"]}]}]
YAML
prometheus --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/tsdb" \
	--web.listen-address="127.0.0.1:$prometheus" >"$dir/prometheus.log" 2>&1 </dev/null &
on_exit+=("end_quietly $!")

# asks QUERY JQ: the result of the query, by a filter.
asks() {
	curl -s -m 10 -G "http://127.0.0.1:$prometheus/api/v1/query" --data-urlencode "query=$1" | jq -e ".data.result | $2" >/dev/null 2>&1
}
check "Prometheus gets the metrics" wait_for 30 asks 'up{job="logspill"}' '.[0].value[1] == "1"'
check "every rule is there with 0 before anything was found" wait_for 20 asks \
	'logspill_matches_total{rule="contact.email"}' '.[0].value[1] == "0"'
check "there are as many series as rules" wait_for 20 asks 'count(logspill_matches_total) == count(logspill_findings)' 'length == 1'

card=$(made_up_card 457199)
"$dir/${name:0:15}" -c "for i in 1 2 3; do echo \"card number: $card declined\"; done >>$dir/shop.log"
check "matches are counted" wait_for 20 asks 'logspill_matches_total{severity="critical"} > 0' '.[0].value[1] == "3"'
check "and what was seen was scanned, to the byte" wait_for 20 asks \
	'sum(logspill_seen_bytes_total) - sum(logspill_scanned_bytes_total) - sum(logspill_lost_bytes_total) - sum(logspill_waiting_bytes)' \
	'.[0].value[1] == "0"'
check "the alert fires" wait_for 60 asks 'ALERTS{alertname="LogspillPersonalDataInLog",alertstate="firing"}' 'length > 0'
check "the API lists the finding" holds '.[0].findings[0].logspill.count == 3' <(get /api/v1/findings)
check "and the target" holds '.[0].targets[0].name == "comm '"${name:0:15}"'"' <(get '/api/v1/targets?limit=1')
get /metrics >"$dir/metrics"
get / >"$dir/page"
check "the page names the leak" grep -q '<tr id="f-' "$dir/page"
get /api/v1/findings >"$dir/findings"
get /api/v1/coverage >"$dir/coverage"
echo "$card" >"$dir/values"
check "nowhere is the value itself" no_raw "$dir/values" "$dir/metrics" "$dir/page" "$dir/findings" "$dir/coverage" "$dir/err"
kill "$agent"
check "stopped, it answers no more" wait_for 20 not answers /healthz 200
finish
