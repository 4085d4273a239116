#!/bin/bash
# SPDX-License-Identifier: MIT
# What real servers lose: requests a second of nginx with its access log and of PostgreSQL with log_statement = all, on
# one cpu, with the load and the watch on another; alone, watched, and beside a watch of something else. Rounds are
# interleaved; what is lost is the median over rounds of the ratio within a round: of requests a second, and, which is
# steadier where others use the machine too, of requests a second of the server's own cpu time. The servers are on
# loopback or a socket of this bench, and are stopped by pid.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
. tests/bench/lib.sh
PATH=$PATH:/usr/sbin:/sbin

rounds=${BENCH_ROUNDS:-9}
[ "$rounds" -le 9 ] || rounds=9
seconds=2
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

wait_for() {
	local tries=$(($1 * 20))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.05
	done
}

nginx_start() {
	command -v nginx wrk >/dev/null || { echo "nginx or wrk is not installed" && return 1; }
	local port=$((20000 + RANDOM % 20000))
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

nginx_load() {
	(on_load_cpu wrk -t 1 -c 16 -d "${seconds}s" -H 'User-Agent: wrk' "$url") | awk '/^Requests\/sec:/ { print $2 }'
}

as_postgres() { setpriv --reuid postgres --regid postgres --clear-groups env HOME="$dir/pg" "$@"; }

postgresql_start() {
	local bin
	bin=$(dirname "$(find /usr/lib/postgresql -name initdb 2>/dev/null | sort -V | tail -n 1)")
	[ -x "$bin/pgbench" ] && id postgres >/dev/null 2>&1 || { echo "PostgreSQL is not installed" && return 1; }
	mkdir "$dir/pg" && chown postgres "$dir/pg"
	log=$dir/pg/postgresql.log
	as_postgres "$bin/initdb" -D "$dir/pg/data" -A trust -E UTF8 --no-sync >/dev/null 2>&1 || return
	cat >>"$dir/pg/data/postgresql.conf" <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$dir/pg'
		log_statement = 'all'
		logging_collector = off
		fsync = off
	CONF
	pgbench=$bin/pgbench
	as_postgres taskset -c "$cpu" "$bin/postgres" -D "$dir/pg/data" 2>>"$log" &
	wait_for 20 test -s "$dir/pg/data/postmaster.pid" && server=$(head -n 1 "$dir/pg/data/postmaster.pid") || return
	pids+=("$server")
	wait_for 20 as_postgres "$pgbench" -h "$dir/pg" -q -i -s 1 postgres
}

postgresql_load() {
	(on_load_cpu setpriv --reuid postgres --regid postgres --clear-groups "$pgbench" -h "$dir/pg" -n -S -c 4 -j 1 \
		-T "$seconds" postgres) 2>/dev/null | awk '/^tps = / { print $3 }'
}

# watch_start PID: returns once it is under watch.
watch_start() {
	rm -f "$dir/found" "$dir/err"
	taskset -c 0 "$logspill" watch -f jsonl -o "$dir/found" -p "$1" 2>"$dir/err" &
	watch=$!
	pids+=("$watch")
	wait_for 10 grep -q watching "$dir/err" || { cat "$dir/err" && return 1; }
}

# Sets lost, in lines.
watch_stop() {
	kill -INT "$watch"
	wait "$watch"
	lost=$(jq -s 'last | .seen.writes - .scanned.writes' "$dir/found")
}

# Hundredths of a second that the server and its children, also those that have gone, have run.
server_ticks() {
	local pid
	for pid in "$server" $(pgrep -P "$server"); do
		cat "/proc/$pid/stat" 2>/dev/null
	done | awk '{ n += $14 + $15; if (NR == 1) n += $16 + $17 } END { print n }'
}

# measure NAME MODE: a line "mode requests/s requests/s-of-cpu lines/s lines-lost".
measure() {
	local name=$1 mode=$2 requests lost=0 lines ticks
	: >"$log"
	case $mode in
	watched) watch_start "$server" || return ;;
	beside) watch_start "$other" || return ;;
	esac
	ticks=$(server_ticks)
	requests=$("${name}_load")
	ticks=$(($(server_ticks) - ticks))
	[ "$mode" = alone ] || watch_stop
	lines=$(wc -l <"$log")
	echo "$mode $requests $((100 * lines / ticks)) $((lines / seconds)) $lost" >>"$dir/$name.figures"
}

middle() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# median COLUMN MODE NAME
median() { awk -v mode="$2" -v column="$1" '$1 == mode { print $column }' "$dir/$3.figures" | middle; }

# fewer COLUMN MODE NAME: in percent of what it is alone in the same round.
fewer() {
	awk -v mode="$2" -v column="$1" '{ n[$1]++; v[$1, n[$1]] = $column }
		END { for (i = 1; i <= n[mode]; i++) printf "%.2f\n", 100 * (1 - v[mode, i] / v["alone", i]) }' "$dir/$3.figures" |
		middle
}

report() {
	local name=$1 mode requests lines lost fewer fewer_cpu
	for mode in alone watched beside; do
		requests=$(median 2 "$mode" "$name") lines=$(median 4 "$mode" "$name") lost=$(median 5 "$mode" "$name")
		fewer=$(fewer 2 "$mode" "$name") fewer_cpu=$(fewer 3 "$mode" "$name")
		printf '  %-11s %-8s %9.0f %9.0f %8s %% %8s %% %6s   [%s]\n' "$name" "$mode" "$requests" "$lines" "$fewer" \
			"$fewer_cpu" "$lost" "$(awk -v mode="$mode" '$1 == mode { printf "%s%.0f", sep, $2; sep = " " }' \
				"$dir/$name.figures")"
		row --arg server "$name" --arg mode "$mode" --argjson requests_per_s "$requests" --argjson lines_per_s "$lines" \
			--argjson fewer_percent "$fewer" --argjson fewer_of_cpu_percent "$fewer_cpu" --argjson lines_lost "$lost"
	done
}

sleep 600 &
other=$!
pids+=("$other")
printf 'requests a second, medians of %d rounds of %d s; at most 2 %% fewer when watched\n' "$rounds" "$seconds"
printf '  %-11s %-8s %9s %9s %10s %10s %6s   [rounds]\n' server mode requests lines fewer 'of cpu' lost
for name in nginx postgresql; do
	"${name}_start" || { echo "  skipped: $name" && continue; }
	"${name}_load" >/dev/null # warm
	for ((round = 0; round < rounds; round++)); do
		for mode in alone watched beside; do measure "$name" "$mode" || exit 1; done
	done
	kill -INT "$server"
	report "$name"
done
