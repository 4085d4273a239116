#!/bin/bash
# SPDX-License-Identifier: MIT
# The agent with a real Prometheus, a real Alertmanager and a service that leaks, all on loopback: the alert arrives, the
# service is repaired, the alert is resolved. Nothing is left running or on disk.
set -euo pipefail
cd "$(dirname "$0")/../.."

. tests/demo/lib.sh
logspill=$PWD/build/logspill
pids=()

cleanup() {
	local status=$? pid
	trap - EXIT
	for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
	for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
	[ -z "$work" ] || rm -rf "$work"
	exit $status
}

# await SECONDS WHAT COMMAND...: or the demo has failed.
await() { wait_for "$1" "${@:3}" || fail "$2 did not happen in time"; }

# start NAME COMMAND...: in the background; what it says goes to a file.
start() {
	local name=$1
	shift
	"$@" >"$work/$name.out" 2>&1 </dev/null &
	pids+=($!)
}

get() { curl -s -m 5 --globoff "$1"; }
is_up() { get "$1" >/dev/null; }
alerts() { get "http://127.0.0.1:$alertmanager/api/v2/alerts?active=true" | jq "[.[] | select(.labels.alertname != null)] | length"; }
alerting() { [ "$(alerts)" -gt 0 ]; }
quiet() { [ "$(alerts)" = 0 ]; }
metric() { get "http://127.0.0.1:$prometheus/api/v1/query?query=$1" | jq -r '.data.result[0].value[1] // "none"'; }
counted() { [ "$(metric 'sum(logspill_matches_total)')" != 0 ] && [ "$(metric 'sum(logspill_matches_total)')" != none ]; }

# serve COMMAND: a service that does this a few times a second, and logs what it prints.
serve() {
	start service "$work/demo-shop" -c "while :; do $1; sleep 0.3; done >>$work/shop.log"
	service=$!
}

configure() {
	cat >"$work/logspill.yaml" <<-YAML
		version: 1
		targets: [{comm: demo-shop}]
		directories: {state: $work/state, cache: $work/cache}
		probe: {every: 1s, patience: 10s}
		http: {listen: "127.0.0.1:$port"}
		outputs: [{name: pager, type: alertmanager, url: "http://127.0.0.1:$alertmanager"}]
		policy: {repeat: 5s, resolve_after: 5s}
	YAML
	cat >"$work/prometheus.yml" <<-YAML
		global: {scrape_interval: 1s, evaluation_interval: 1s}
		rule_files: [$PWD/deploy/prometheus/logspill.rules.yml]
		scrape_configs: [{job_name: logspill, static_configs: [{targets: ["127.0.0.1:$port"]}]}]
	YAML
	cat >"$work/alertmanager.yml" <<-YAML
		route: {receiver: nobody}
		receivers: [{name: nobody}]
	YAML
}

main() {
	prepare
	chmod 755 "$work"
	port=$(free_port)
	prometheus=$(free_port)
	alertmanager=$(free_port)
	cp /bin/sh "$work/demo-shop"
	configure

	step "Agent, Prometheus and Alertmanager, on loopback"
	echo "   logspill agent --config logspill.yaml"
	start agent "$logspill" agent --config "$work/logspill.yaml"
	start prometheus prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
		--web.listen-address="127.0.0.1:$prometheus"
	start alertmanager prometheus-alertmanager --config.file="$work/alertmanager.yml" --storage.path="$work/alerts" \
		--web.listen-address="127.0.0.1:$alertmanager" --cluster.listen-address=
	await 30 "the agent's start" grep -qs 'health at port' "$work/agent.out"
	await 30 "Alertmanager's start" is_up "http://127.0.0.1:$alertmanager/-/ready"
	await 30 "Prometheus' start" is_up "http://127.0.0.1:$prometheus/-/ready"
	sed 's/^/   /' "$work/agent.out"
	echo "   metrics http://127.0.0.1:$port/metrics, API http://127.0.0.1:$port/api/v1/findings"

	step "A service that logs what it should not"
	serve 'echo "signup failed for mira.salonen@brindlewick-post.com"'
	await 30 "the alert" alerting
	echo "   Alertmanager has it:"
	get "http://127.0.0.1:$alertmanager/api/v2/alerts?active=true" | jq -r '.[] | "   " + (.labels.alertname // "") + ": " +
		(.annotations.summary // .annotations.description // (.labels | tostring))'
	await 20 "Prometheus' count" counted
	echo "   Prometheus counts $(metric 'sum(logspill_matches_total)') matches, probe records come out:" \
		"$(metric logspill_probe_healthy)"

	step "The service is repaired; when it has been quiet for 5 seconds, the alert is resolved"
	kill "$service"
	serve 'echo "signup failed for customer 4711"'
	await 60 "the end of the alert" quiet
	echo "   Alertmanager has no alert any more."

	step "What the agent remembers"
	kill -TERM "${pids[0]}"
	wait "${pids[0]}" || fail "the agent ended with exit status $?"
	"$logspill" report --last 1m --store "$work/state/store.db" 2>/dev/null | sed -n '1,4s/^/   /p' || true # 1: a leak
	if grep -rqaF 'mira.salonen' "$work/state" "$work/agent.out" "$work/alerts"; then fail "a raw value has been kept"; fi
	echo "   The address itself is in no file of it, nor in Alertmanager's."
}

main
