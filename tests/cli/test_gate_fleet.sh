#!/bin/bash
# SPDX-License-Identifier: MIT
# logspill gate --prometheus: over a fleet, by a real Prometheus with recorded hosts, and by one that lies.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_program jq
need_program python3
need_program prometheus
need_program promtool

end=$(date -u -d '2026-11-20T12:00:00Z' +%s)
servers=()
stop_servers() {
	for pid in "${servers[@]}"; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	servers=()
}
on_exit+=(stop_servers)

answers() { python3 -c "import urllib.request as u; u.urlopen('$1/-/ready', timeout=1)" 2>/dev/null; }
make_fleet() {
	python3 tests/cli/fleet_metrics.py "$end" good-1 good-2 lossy:lossy vanished:vanished hole:hole restarted:restarted \
		lagging:lagging ahead:ahead sick:sick deaf:deaf blind:blind silent:silent leaking:leaking reloaded:reloaded \
		doubled:doubled down:down mute:mute reset:reset one-lost:one-lost forgetful:forgetful >"$dir/fleet.txt"
	promtool tsdb create-blocks-from openmetrics "$dir/fleet.txt" "$dir/data" >/dev/null || skip_all "promtool failed"
	echo 'global: {scrape_interval: 1m}' >"$dir/prometheus.yml"
}
# What our rules would have recorded, had they been there.
record() {
	promtool tsdb create-blocks-from rules --start $((end - 7200)) --end "$end" --url "$url" \
		--output-dir "$dir/data" deploy/prometheus/logspill.gate.rules.yml >"$dir/record.log" 2>&1
}
serve() {
	local port
	port=$(free_port)
	prometheus --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/data" --log.level=error \
		--storage.tsdb.retention.time=10y --web.listen-address="127.0.0.1:$port" >"$dir/prometheus.log" 2>&1 &
	servers+=($!)
	url=http://127.0.0.1:$port
	wait_for 30 answers "$url" || skip_all "prometheus does not start: $(tail -n 1 "$dir/prometheus.log")"
}

# fleet HOSTS ARGS...: asks about those hosts
form=()
fleet() {
	local hosts=$1
	shift
	spill gate --prometheus "$url" --selector "{job=\"logspill\",instance=~\"$hosts\"}" --window 60m \
		--until 2026-11-20T12:00:00Z -f json "${form[@]}" "$@"
}
doubt() { jq -e --arg h "$1" --arg t "$2" 'any(.targets[]; .name == $h and (.doubt // "" | contains($t)))' "$dir/out" >/dev/null; }
says() { jq -e --arg n "$1" --arg v "$2" --arg t "$3" 'any(.checks[]; .name == $n and .verdict == $v and (.text | contains($t)))' "$dir/out" >/dev/null; }

# trouble HOST TEXT: that host among good ones is inconclusive, and named with the reason.
trouble() {
	fleet "good-.*|$1"
	check "$how: $1: inconclusive" status_is 3
	check "$how: $1: named: $2" doubt "$1" "$2"
}
# Each host with its trouble among good ones. how: what is asked about.
troubles() {
	local how=$1
	fleet 'good-.*' --min-records 1000
	check "$how: a fleet that saw everything passes" status_is 0
	check "$how: with each host's books" jq -e '.targets | length == 2 and all(.[]; .records > 50000)' "$dir/out"
	fleet 'good-.*|leaking'
	check "$how: one host that leaks fails" status_is 1
	check "$how: and is named in the books" jq -e 'any(.targets[]; .name == "leaking" and .leaking_records > 0)' "$dir/out"
	fleet 'good-.*|leaking' --fail-on critical
	check "$how: unless less severe than what fails" status_is 0

	trouble vanished "vanished"
	trouble hole "told something in"
	trouble restarted "began to watch within the window"
	trouble lagging "lagged, or its clock was wrong, by 601 s"
	trouble ahead "by 600 s"
	trouble sick "did not come out"
	trouble deaf "were lost"
	trouble down "could not be reached"
	trouble doubled "2 series"
	trouble reset "began anew"
	trouble one-lost "1 of its probe records were lost"
	fleet 'good-.*|forgetful'
	check "$how: what was lost before the window is no doubt" status_is 0
	trouble mute "does not tell all that is needed"
	fleet 'good-.*|lossy'
	check "$how: lossy: inconclusive" status_is 3
	check "$how: lossy: named" says coverage inconclusive "lossy: 9"
	fleet 'good-.*|blind'
	check "$how: blind: inconclusive" status_is 3
	check "$how: blind: named" says "blind spots" inconclusive "blind: mapping"
	fleet 'good-.*|silent'
	check "$how: silent: inconclusive" status_is 3
	check "$how: silent: named" says records inconclusive "silent: 0"
	fleet 'good-.*|reloaded'
	check "$how: reloaded: inconclusive" status_is 3
	check "$how: reloaded: named" says "rules and configuration" inconclusive "reloaded loaded"
	fleet 'lossy|vanished|good-1'
	check "$how: several at once are named both" doubt vanished vanished
	check "$how: each by what is wrong with it" says coverage inconclusive "lossy"
}

make_fleet
serve
troubles raw
check "the rules record two hours" record
stop_servers
serve
form=(--recorded)
troubles recorded
fleet 'good-.*' --window 10m
check "a window too short for recorded series is an error" status_is 2
form=()
fleet 'nobody'
check "no host at all is inconclusive" status_is 3
fleet 'good-('
check "a selector that is none is inconclusive" status_is 3
check "with the server's words" says evidence inconclusive "the server says"
fleet 'good-.*' --window 5s
check "a window shorter than two minutes is an error" status_is 2

cat >"$dir/gate.yaml" <<-YAML
	prometheus: $url
	selector: '{instance=~"good-.*"}'
	window: 60m
	conditions:
	  - name: error rate
	    query: sum(increase(logspill_lost_bytes_total{instance="lossy"}[\$window])) / sum(increase(logspill_seen_bytes_total[\$window]))
	    below: 0.5
	  - name: hosts
	    query: count(logspill_ready)
	    at_least: 3
YAML
spill gate --gate "$dir/gate.yaml" --until 2026-11-20T12:00:00Z -f json
check "conditions that hold pass" status_is 0
sed -i 's/at_least: 3/above: 300/' "$dir/gate.yaml"
spill gate --gate "$dir/gate.yaml" --until 2026-11-20T12:00:00Z -f json
check "one that does not fails" status_is 1
# condition QUERY TEXT: is inconclusive for that reason
condition() {
	printf '%s\n' "prometheus: $url" 'selector: "{instance=~\"good-.*\"}"' 'conditions:' '  - name: c' \
		"    query: '$1'" '    below: 1' >"$dir/gate.yaml"
	spill gate --gate "$dir/gate.yaml" --until 2026-11-20T12:00:00Z -f json
	check "a condition '$1' is inconclusive" status_is 3
	check "for: $2" says c inconclusive "$2"
}
condition '"text"' "string"
condition 'logspill_ready' "values, not one"
condition 'no_such_metric' "gives nothing"
condition 'logspill_ready[5m]' "range"
condition '0/0' "no number"
condition 'sum(' "the server says"

spill gate --gate deploy/gate/gate.yaml --prometheus "$url" --until 2026-11-20T12:00:00Z -f json
check "the example of a gate is one" says "p95 latency" inconclusive "gives nothing"

queries() {
	python3 -c "import urllib.request as u; print(u.urlopen('$url/metrics').read().decode())" |
		awk '/^prometheus_http_requests_total{.*handler="\/api\/v1\/query"/ { n += $2 } END { print n + 0 }'
}
before=$(queries)
fleet 'good-.*'
asked=$(($(queries) - before))
check "it asks, and under 20 times" [ "$asked" -gt 0 -a "$asked" -lt 20 ]

url=http://127.0.0.1:1
fleet 'good-.*'
check "a Prometheus that is down is inconclusive" status_is 3
check "and said" says evidence inconclusive "no answer"

echo one >"$dir/how"
python3 tests/cli/lying_prometheus.py "$dir/port" "$dir/how" &
servers+=($!)
wait_for 10 [ -s "$dir/port" ]
url=http://127.0.0.1:$(cat "$dir/port")
for how in one nan inf negative word hex number empty two string scalar matrix partial error list nothing html cut; do
	echo $how >"$dir/how"
	fleet '.*'
	verdict=$(jq -r .verdict "$dir/out" 2>/dev/null)
	echo "  a server that answers everything with '$how': ${verdict:-none}"
	check "'$how' passes nothing" not status_is 0
	check "'$how' is judged" [ -n "$verdict" ]
	check "'$how' leaves no escape sequence" not grep -q $'\x1b' "$dir/out"
done
finish
