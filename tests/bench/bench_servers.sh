#!/bin/bash
# SPDX-License-Identifier: MIT
# What real servers lose by being watched: requests a second of nginx with its access log and of PostgreSQL with
# log_statement = all. Two of a kind answer at the same time on one cpu, with the load and the watch on another; one of
# them is watched, then the other, and what a request takes of their cpu time, by the scheduler's own clock, is compared
# within each slice: so whatever else the machine does happens to both. What one cpu could answer at most is its
# inverse. Slices without a watch, evaluated alike, say how far chance goes. (That the other is a bystander costs it some
# 30 ns a write: see the bench capture.) The servers are on loopback or sockets of this bench, and are stopped by pid.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
. tests/bench/lib.sh
. tests/lib.sh
PATH=$PATH:/usr/sbin:/sbin

rounds=${BENCH_ROUNDS:-9}
slice_s=2
page_bytes=1500 # packed for each answer, so that one cpu gives some 20,000 a second
cpu=$(($(nproc) > 1 ? 1 : 0))
logspill=$PWD/${B:-build}/logspill
dir=$(mktemp -d "${BENCH_TMPFS:-/tmp}/servers.XXXXXX")
chmod 755 "$dir"
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

[ "$(id -u)" = 0 ] || { echo "watching needs root" && exit 77; }
on_load_cpu() { exec taskset -c 0 "$@"; }

# Each starts server a or b, and sets of its number, 0 or 1: where it is, its pid, its log.
url=() sockets=() server=() log=()

nginx_start() {
	command -v nginx wrk >/dev/null || { echo "nginx or wrk is not installed" && return 1; }
	local i=$1 port=$((20000 + 6000 * $1 + RANDOM % 6000)) folder=$dir/nginx$1
	mkdir -p "$folder/logs" "$folder/pages"
	base64 -w 0 /dev/urandom | head -c "$page_bytes" >"$folder/pages/index.html"
	cat >"$folder/nginx.conf" <<-CONF
		daemon off;
		worker_processes 1;
		pid $folder/pid;
		events { worker_connections 256; }
		http {
			log_format usual '\$remote_addr - - [\$time_local] "\$request" \$status \$body_bytes_sent "-" "\$http_user_agent"';
			access_log $folder/logs/access.log usual;
			client_body_temp_path $folder; proxy_temp_path $folder; fastcgi_temp_path $folder;
			uwsgi_temp_path $folder; scgi_temp_path $folder;
			gzip on;
			server { listen 127.0.0.1:$port; root $folder/pages; }
		}
	CONF
	chmod -R a+rX "$folder"
	taskset -c "$cpu" nginx -p "$folder" -e "$folder/logs/error.log" -c "$folder/nginx.conf" &
	server[i]=$! url[i]=http://127.0.0.1:$port/ log[i]=$folder/logs/access.log
	pids+=("$!")
	wait_for 10 test -s "$folder/pid"
}

nginx_load() { on_load_cpu wrk -t 1 -c 8 -d 3600s -H 'User-Agent: wrk' -H 'Accept-Encoding: gzip' "${url[$1]}"; }

postgresql_start() {
	local i=$1 bin folder=$dir/pg$1
	bin=$(postgres_folder) || { echo "PostgreSQL is not installed" && return 1; }
	pgbench=$bin/pgbench sockets[i]=$folder log[i]=$folder.log
	postgres_make "$bin" "$folder" || return
	as_postgres "$folder" taskset -c "$cpu" "$bin/postgres" -D "$folder/data" 2>>"${log[i]}" &
	wait_for 20 test -s "$folder/data/postmaster.pid" || return
	server[i]=$(head -n 1 "$folder/data/postmaster.pid")
	pids+=("${server[i]}")
	answers() { as_postgres "$folder" "$pgbench" -h "$folder" -q -i -s 1 postgres 2>/dev/null; }
	wait_for 20 answers
}

postgresql_load() {
	on_load_cpu setpriv --reuid postgres --regid postgres --clear-groups "$pgbench" -h "${sockets[$1]}" -n -S -c 2 \
		-j 1 -T 3600 postgres
}

# watch_start PID: returns once it is under watch.
watch_start() {
	rm -f "$dir/found" "$dir/err"
	taskset -c 0 "$logspill" watch -f jsonl -o "$dir/found" -p "$1" 2>"$dir/err" &
	watch=$!
	pids+=("$watch")
	wait_for 10 grep -qs watching "$dir/err" || { cat "$dir/err" && return 1; }
}

# Sets lost, in lines.
watch_stop() {
	kill -INT "$watch"
	wait "$watch"
	lost=$(jq -s 'last | .seen.writes - .scanned.writes' "$dir/found")
}

# Nanoseconds that a server and its children have run.
server_ns() {
	local pid files=("/proc/$1/schedstat")
	for pid in $(pgrep -P "$1"); do files+=("/proc/$pid/schedstat"); done
	awk '{ n += $1 } END { printf "%.0f", n }' "${files[@]}" 2>/dev/null
}

# slice NAME MODE: a line "mode lines/s ns-a-line-of-a ns-a-line-of-b lines-lost".
slice() {
	local name=$1 mode=$2 lost=0 i us lines=() from_ns=() from=() ns=() to=()
	case $mode in
	a) watch_start "${server[0]}" || return ;;
	b) watch_start "${server[1]}" || return ;;
	esac
	sleep 0.2
	us=${EPOCHREALTIME/./}
	for i in 0 1; do from_ns[i]=$(server_ns "${server[i]}") from[i]=$(stat -c %s "${log[i]}"); done
	sleep "$slice_s"
	for i in 0 1; do ns[i]=$(server_ns "${server[i]}") to[i]=$(stat -c %s "${log[i]}"); done
	us=$((${EPOCHREALTIME/./} - us))
	[ "$mode" = none ] || watch_stop
	for i in 0 1; do
		lines[i]=$(tail -c "+$((from[i] + 1))" "${log[i]}" | head -c $((to[i] - from[i])) | wc -l)
		[ "${lines[i]}" -gt 0 ] || { echo "$name answers nothing" && return 1; }
	done
	echo "$mode $(((lines[0] + lines[1]) * 1000000 / us)) $(((ns[0] - from_ns[0]) / lines[0]))" \
		"$(((ns[1] - from_ns[1]) / lines[1])) $lost" >>"$dir/$name.figures"
}

# measure NAME: a load on both that lasts, and slices of it.
measure() {
	local name=$1 round i load=()
	for i in 0 1; do
		("${name}_load" $i >/dev/null 2>&1) &
		load[i]=$!
		pids+=("$!")
	done
	sleep 2 # warm
	for ((round = 0; round < rounds; round++)); do
		slice "$name" none && slice "$name" a && slice "$name" none && slice "$name" b || return
	done
	kill "${load[@]}"
	wait "${load[@]}" 2>/dev/null
	return 0
}

# compare NAME MODE: of rounds, medians: lines/s of both, ns a line, and by what share fewer a server can answer when
# it is watched, in percent: as the one's ns to the other's when the one is watched, to that when the other is, with the
# bounds between which that median is with 95 % (by order); and lines lost. The same of the slices without.
compare() {
	awk -v watched="$([ "$2" = watched ] && echo 1 || echo 0)" '
		function sort(v, n,   i, j, x) {
			for (i = 2; i <= n; i++) { x = v[i]; for (j = i - 1; j && v[j] > x; j--) v[j + 1] = v[j]; v[j + 1] = x }
		}
		($1 != "none") == watched {
			lost += $5
			if (++slices % 2) { first = $3 / $4; ns = watched ? $3 : ($3 + $4) / 2; next }
			rate[++n] = $2
			took[n] = (ns + (watched ? $4 : ($3 + $4) / 2)) / 2
			fewer[n] = 100 * (1 - sqrt($3 / $4 / first))
		}
		END {
			sort(rate, n); sort(took, n); sort(fewer, n)
			k = int((n - 1.96 * sqrt(n)) / 2); k = k > 0 ? k : 0
			m = int((n + 1) / 2)
			printf "%d %d %.2f %.2f %.2f %d\n", rate[m], took[m], fewer[m], fewer[k + 1], fewer[n - k], lost
		}' "$dir/$1.figures"
}

report() {
	local name=$1 mode rate ns fewer low high lost
	for mode in unwatched watched; do
		read -r rate ns fewer low high lost < <(compare "$name" "$mode")
		printf '  %-11s %-9s %9d %9d %8s %%   %6s .. %-6s %8d\n' "$name" "$mode" "$rate" "$ns" "$fewer" "$low" "$high" \
			"$lost"
		row --arg server "$name" --arg mode "$mode" --argjson lines_per_s "$rate" --argjson cpu_ns_per_line "$ns" \
			--argjson fewer_percent "$fewer" --argjson fewer_at_least "$low" --argjson fewer_at_most "$high" \
			--argjson lines_lost "$lost"
	done
}

printf 'medians of %d rounds of slices of %d s; at most 2 %% fewer requests when watched\n' "$rounds" "$slice_s"
printf '  %-11s %-9s %9s %9s %10s   %s %14s\n' server mode lines/s 'cpu ns' fewer '95 % sure' 'lines lost'
for name in ${BENCH_SERVERS:-nginx postgresql}; do
	"${name}_start" 0 && "${name}_start" 1 || { echo "  skipped: $name" && continue; }
	measure "$name" || exit 1
	kill -INT "${server[@]}"
	report "$name"
done
