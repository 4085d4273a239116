#!/bin/bash
# SPDX-License-Identifier: MIT
# How long the gate over a fleet takes, and how much it asks: an hour out of two in a real Prometheus on loopback, of
# 10,000 hosts by recorded series, and of 100 hosts with 20 targets each by what their agents tell.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
. tests/bench/lib.sh
. tests/lib.sh

rounds=${BENCH_ROUNDS:-5}
targets=20
logspill=$PWD/${B:-build}/logspill
dir=$(mktemp -d "${BENCH_DISK:-/var/tmp}/fleet.XXXXXX")
end=$(($(date +%s) / 7200 * 7200)) # blocks of Prometheus are two hours, from such a time on
server=
end_server() {
	[ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null
	server=
}
trap 'end_server; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
command -v prometheus promtool python3 >/dev/null || { echo "prometheus or python3 is not installed" && exit 77; }

is_ready() { python3 -c "import urllib.request as u; u.urlopen('$url/-/ready', timeout=1)" 2>/dev/null; }
queries() {
	python3 -c "import urllib.request as u; print(u.urlopen('$url/metrics').read().decode())" |
		awk '/^prometheus_http_requests_total{.*handler="\/api\/v1\/query"/ { n += $2 } END { print n + 0 }'
}

# serve FORM HOSTS: a Prometheus that holds their two hours.
serve() {
	python3 tests/bench/fleet_series.py "$end" "$1" "$2" "$targets" >"$dir/series" &&
		promtool tsdb create-blocks-from openmetrics "$dir/series" "$dir/$1" >/dev/null || return
	rm "$dir/series"
	echo 'global: {scrape_interval: 1m}' >"$dir/prometheus.yml"
	url=http://127.0.0.1:$((20000 + RANDOM % 10000))
	prometheus --config.file="$dir/prometheus.yml" --storage.tsdb.path="$dir/$1" --storage.tsdb.retention.time=10y \
		--web.listen-address="${url#http://}" >"$dir/log" 2>&1 </dev/null &
	server=$!
	wait_for 60 is_ready
}

# measure FORM HOSTS [OPTION...]
measure() {
	local form=$1 hosts=$2 before asked status=0 start
	if ! serve "$form" "$hosts"; then
		echo "no Prometheus with $hosts hosts: $(tail -n 1 "$dir/log")"
		return 1
	fi
	before=$(queries)
	for ((i = 0; i < rounds; i++)); do
		start=${EPOCHREALTIME/./}
		"$logspill" gate --prometheus "$url" --selector '{job="logspill"}' --window 60m -f json \
			--until "$(date -u -d "@$end" +%FT%TZ)" --min-records 1000 "${@:3}" >"$dir/answer" || status=$?
		echo $((${EPOCHREALTIME/./} - start)) >>"$dir/$form.us"
	done
	asked=$((($(queries) - before) / rounds))
	if [ "$status" != 0 ] || [ "$(jq '.targets | length' "$dir/answer")" != "$hosts" ]; then
		echo "the gate ended with status $status"
		jq .checks "$dir/answer"
		return 1
	fi
	s=$(sort -n "$dir/$form.us" | awk '{ a[NR] = $1 } END { printf "%.2f", a[int((NR + 1) / 2)] / 1e6 }')
	printf '%6d hosts, %-8s  %6s s (median of %d), %d queries\n' "$hosts" "$form" "$s" "$rounds" "$asked"
	row --arg form "$form" --argjson hosts "$hosts" --argjson seconds "$s" --argjson queries "$asked"
	end_server
	rm -r "${dir:?}/$form"
}

measure raw 100 && measure recorded 10000 --recorded
