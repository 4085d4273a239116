#!/bin/bash
# SPDX-License-Identifier: MIT
# What real servers lose: requests a second of nginx with its access log and of PostgreSQL with log_statement = all, on
# one cpu, with the load and the watch on another; watched, and beside a watch of something else. One load runs
# all the time, and the watch comes and goes. What a request takes of the server's cpu time, by the scheduler's own
# clock, says what the server could answer at most; that others use the machine too disturbs it little. Each slice is
# compared with those before and behind it that nobody watched. The servers are on loopback or a socket of this
# bench, and are stopped by pid.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
. tests/bench/lib.sh
. tests/lib.sh
PATH=$PATH:/usr/sbin:/sbin

rounds=${BENCH_ROUNDS:-15}
slice_s=1
page_bytes=150000 # so that one cpu serves some 20,000 a second
cpu=$(($(nproc) > 1 ? 1 : 0))
logspill=$PWD/${B:-build}/logspill
dir=$(mktemp -d "${BENCH_TMPFS:-/tmp}/servers.XXXXXX")
chmod 755 "$dir"
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

[ "$(id -u)" = 0 ] || { echo "watching needs root" && exit 77; }
on_load_cpu() { exec taskset -c 0 "$@"; }

nginx_start() {
	command -v nginx wrk >/dev/null || { echo "nginx or wrk is not installed" && return 1; }
	local port=$((20000 + RANDOM % 12000))
	url=http://127.0.0.1:$port/
	mkdir -p "$dir/nginx/logs"
	cat >"$dir/nginx/nginx.conf" <<-CONF
		daemon off;
		worker_processes 1;
		pid $dir/nginx/pid;
		events { worker_connections 256; }
		http {
			log_format usual '\$remote_addr - - [\$time_local] "\$request" \$status \$body_bytes_sent "-" "\$http_user_agent"';
			access_log $dir/nginx/logs/access.log usual;
			client_body_temp_path $dir/nginx; proxy_temp_path $dir/nginx; fastcgi_temp_path $dir/nginx;
			uwsgi_temp_path $dir/nginx; scgi_temp_path $dir/nginx;
			sendfile on;
			server { listen 127.0.0.1:$port; root $dir/nginx/pages; }
		}
	CONF
	mkdir -p "$dir/nginx/pages" && head -c "$page_bytes" /dev/zero >"$dir/nginx/pages/index.html"
	chmod -R a+rX "$dir/nginx"
	taskset -c "$cpu" nginx -p "$dir/nginx" -e "$dir/nginx/logs/error.log" -c "$dir/nginx/nginx.conf" &
	server=$!
	pids+=("$server")
	log=$dir/nginx/logs/access.log
	wait_for 10 test -s "$dir/nginx/pid"
}

nginx_load() { on_load_cpu wrk -t 1 -c 16 -d "$1s" -H 'User-Agent: wrk' "$url"; }

postgresql_start() {
	local bin
	bin=$(postgres_folder) || { echo "PostgreSQL is not installed" && return 1; }
	pg=$dir/pg pgbench=$bin/pgbench log=$dir/postgresql.log
	postgres_make "$bin" "$pg" || return
	as_postgres "$pg" taskset -c "$cpu" "$bin/postgres" -D "$pg/data" 2>>"$log" &
	wait_for 20 test -s "$pg/data/postmaster.pid" && server=$(head -n 1 "$pg/data/postmaster.pid") || return
	pids+=("$server")
	answers() { as_postgres "$pg" "$pgbench" -h "$pg" -q -i -s 1 postgres 2>/dev/null; }
	wait_for 20 answers
}

postgresql_load() {
	on_load_cpu setpriv --reuid postgres --regid postgres --clear-groups "$pgbench" -h "$pg" -n -S -c 4 -j 1 -T "$1" \
		postgres
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

# Nanoseconds that the server and its children have run. The log's size is taken at once: nobody writes in between.
server_ns() {
	local pid files=("/proc/$server/schedstat")
	for pid in $(pgrep -P "$server"); do files+=("/proc/$pid/schedstat"); done
	awk '{ n += $1 } END { printf "%.0f", n }' "${files[@]}" 2>/dev/null
}
log_lines() { tail -c "+$(($1 + 1))" "$log" | head -c "$2" | wc -l; }

# slice NAME MODE: a line "mode requests/s ns-of-cpu-a-request lines-lost".
slice() {
	local name=$1 mode=$2 lost=0 from_ns from from_us ns bytes us lines
	case $mode in
	watched) watch_start "$server" || return ;;
	beside) watch_start "$other" || return ;;
	esac
	sleep 0.2
	from_us=${EPOCHREALTIME/./} from_ns=$(server_ns) from=$(stat -c %s "$log")
	sleep "$slice_s"
	ns=$(($(server_ns) - from_ns)) bytes=$(($(stat -c %s "$log") - from)) us=$((${EPOCHREALTIME/./} - from_us))
	[ "$mode" = alone ] || watch_stop
	lines=$(log_lines "$from" "$bytes")
	[ "$lines" -gt 0 ] || { echo "$name answers nothing" && return 1; }
	echo "$mode $((lines * 1000000 / us)) $((ns / lines)) $lost" >>"$dir/$name.figures"
}

# measure NAME: a load that lasts, and slices of it: alone, one of the others, alone, the other, alone, ...
measure() {
	local name=$1 round load
	("${name}_load" 3600 >/dev/null 2>&1) &
	load=$!
	pids+=("$load")
	sleep 2 # warm
	slice "$name" alone || return
	for ((round = 0; round < rounds; round++)); do
		slice "$name" watched && slice "$name" alone && slice "$name" beside && slice "$name" alone || return
	done
	kill "$load"
	wait "$load" 2>/dev/null
	return 0
}

# compare NAME MODE: medians of requests/s and ns a request, and of what share fewer the server could answer than in the
# mean of the slices around, in percent, with the bounds between which that median is with 95 % (by order), and lines lost.
compare() {
	awk -v mode="$2" '
		function sort(v, n,   i, j, x) {
			for (i = 2; i <= n; i++) { x = v[i]; for (j = i - 1; j && v[j] > x; j--) v[j + 1] = v[j]; v[j + 1] = x }
		}
		{ kind[NR] = $1; rate[NR] = $2; ns[NR] = $3; lost += $1 == mode ? $4 : 0 }
		END {
			for (i = 1; i <= NR; i++) {
				if (kind[i] != mode) continue
				r[++n] = rate[i]; t[n] = ns[i]
				fewer[n] = mode == "alone" ? 0 : 100 * (1 - (ns[i - 1] + ns[i + 1]) / 2 / ns[i])
			}
			sort(r, n); sort(t, n); sort(fewer, n)
			k = int((n - 1.96 * sqrt(n)) / 2); k = k > 0 ? k : 0
			m = int((n + 1) / 2)
			printf "%d %d %.2f %.2f %.2f %d\n", r[m], t[m], fewer[m], fewer[k + 1], fewer[n - k], lost
		}' "$dir/$1.figures"
}

report() {
	local name=$1 mode rate ns fewer low high lost
	for mode in alone watched beside; do
		read -r rate ns fewer low high lost < <(compare "$name" "$mode")
		printf '  %-11s %-8s %9d %9d %8s %%   %6s .. %s %8d\n' "$name" "$mode" "$rate" "$ns" "$fewer" "$low" "$high" "$lost"
		row --arg server "$name" --arg mode "$mode" --argjson requests_per_s "$rate" --argjson cpu_ns_per_request "$ns" \
			--argjson fewer_percent "$fewer" --argjson fewer_at_least "$low" --argjson fewer_at_most "$high" \
			--argjson lines_lost "$lost"
	done
}

sleep 3600 &
other=$!
pids+=("$other")
printf 'medians of %d slices of %d s; at most 2 %% fewer requests when watched\n' "$rounds" "$slice_s"
printf '  %-11s %-8s %9s %9s %10s   %s %12s\n' server mode requests/s 'cpu ns' fewer '95 % sure' 'lines lost'
for name in ${BENCH_SERVERS:-nginx postgresql}; do
	"${name}_start" || { echo "  skipped: $name" && continue; }
	measure "$name" || exit 1
	kill -INT "$server"
	report "$name"
done
