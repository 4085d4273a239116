#!/bin/bash
# SPDX-License-Identifier: MIT
# A real nginx under watch, twice: with the usual access log, which holds query strings and so whatever customers
# type, and with a log format without them. Nothing is left running or on disk.
set -euo pipefail
cd "$(dirname "$0")/../.."

. tests/demo/lib.sh
PATH=$PATH:/usr/sbin:/sbin # where nginx is, and not every root's path leads
rounds=4
logspill=build/logspill
watch_pid=
nginx_pid=
customers_pid=
window=${DEMO_WINDOW:-60s}
memos=build/demo

# Quits the nginx of this demo, and no other: its pid file is in a folder of ours.
stop_nginx() {
	local pid
	pid=$(cat "$work/nginx.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null
}

cleanup() {
	local status=$?
	trap - EXIT
	stop_nginx || true
	if [ -n "$watch_pid" ]; then
		kill -TERM "$watch_pid" 2>/dev/null || true
		wait "$watch_pid" 2>/dev/null || true
	fi
	for pid in $customers_pid $nginx_pid; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	[ -z "$work" ] || rm -rf "$work"
	exit $status
}

# write_config 'LOG FORMAT'
write_config() {
	cat >"$work/nginx.conf" <<-CONF
		daemon off;
		user root;
		worker_processes 1;
		pid $work/nginx.pid;
		error_log $work/logs/error.log;
		events {}
		http {
		    log_format demo '$1';
		    access_log $work/logs/access.log demo;
		    client_body_temp_path $work/tmp;
		    proxy_temp_path $work/tmp;
		    fastcgi_temp_path $work/tmp;
		    uwsgi_temp_path $work/tmp;
		    scgi_temp_path $work/tmp;
		    server {
		        listen 127.0.0.1:$port;
		        location / { return 200 "thank you\n"; }
		    }
		}
	CONF
}

start_nginx() {
	echo "   $logspill run -o findings.jsonl -- nginx -c nginx.conf"
	"$logspill" run -f jsonl -o "$1" -- nginx -p "$work" -e "$work/logs/error.log" -c "$work/nginx.conf" &
	watch_pid=$!
	wait_for 10 answers || fail "nginx did not come up under watch; the lines above say why"
}

request() { curl -sS -o /dev/null --max-time 10 --globoff "http://127.0.0.1:$port$1"; }
answers() { request /health 2>/dev/null; }

send_requests() {
	local round
	for round in $(seq $rounds); do
		request "/health"
		request "/signup?plan=basic&email=$email"
		request "/pay?order=$((4000 + round))&card=$card"
		request "/callback?phone=$phone&when=soon"
	done
}

# end_watch EXPECTED-STATUS VERDICT
end_watch() {
	local status=0
	stop_nginx || fail "nginx has gone before it was asked to"
	wait $watch_pid || status=$?
	watch_pid=
	[ $status = "$1" ] || fail "logspill ended with exit status $status, not with $1 ($2)"
	echo
	echo "   Exit status $status: $2, as promised."
}

customers() {
	while send_requests 2>/dev/null; do sleep 0.2; done
}

# gate EXPECTED-STATUS MEMO: the nginx of the present configuration, with customers, before a gate.
gate() {
	local status=0
	nginx -p "$work" -e "$work/logs/error.log" -c "$work/nginx.conf" &
	nginx_pid=$!
	wait_for 10 answers || fail "nginx did not come up"
	customers &
	customers_pid=$!
	echo "   $logspill gate --for $window --min-records 20 -p $nginx_pid --memo $memos/$2"
	"$logspill" gate -q --for "$window" --min-records 20 -p $nginx_pid --gate "$work/gate.yaml" --memo "$memos/$2" || status=$?
	kill $customers_pid
	wait $customers_pid 2>/dev/null || true
	stop_nginx || fail "nginx has gone before it was asked to"
	wait $nginx_pid || true
	customers_pid='' nginx_pid=''
	[ $status = "$1" ] || fail "the gate ended with exit status $status, not with $1"
	if grep -qF -e "$email" -e "$card" -e "${phone#+}" "$memos/$2"; then fail "a raw value is in the memo"; fi
	echo "   Exit status $status; the memo to sign: $memos/$2"
}

write_gate_file() {
	cat >"$work/gate.yaml" <<-YAML
		memo:
		  title: Autumn campaign, shop 4.2
		  context: Canary on one host, two days before the campaign. $window stand for the 60 minutes.
		  owner: Release team
	YAML
}

# Sums of the summary line, which is the last one.
summary_number() { tail -n 1 "$1" | sed -n "s/.*\"$2\": *\([0-9]*\).*/\1/p"; }

check_findings() {
	local found
	found=$(summary_number "$1" matches)
	[ "$found" = "$2" ] || fail "$2 values were logged, ${found:-none} were found: see the lines above"
	if grep -qF -e "$email" -e "$card" -e "${phone#+}" "$1"; then fail "a raw value is in the output"; fi
	if [ "$2" = 0 ]; then
		echo "   No value was logged, none was found."
	else
		echo "   $2 values were logged, $found were found; none of them is in findings.jsonl in the clear."
	fi
}

main() {
	local usual without_query
	# The nginx variables are nginx's to expand.
	# shellcheck disable=SC2016
	usual='$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer"'
	# shellcheck disable=SC2016
	without_query='$remote_addr - $remote_user [$time_local] "$request_method $uri" $status $body_bytes_sent'

	prepare
	mkdir "$work/logs" "$work/tmp"
	port=$(free_port) || fail "no free port on 127.0.0.1"
	email="mira.salonen$((RANDOM % 900 + 100))@brindlewick-post.com"
	card=$(made_up_card 457199)
	phone="+35840$((RANDOM % 9000000 + 1000000))"

	step "A real nginx with the usual access log, on 127.0.0.1:$port, under watch"
	write_config "$usual"
	start_nginx "$work/leak.jsonl"
	step "$((4 * rounds)) requests; $((3 * rounds)) of them carry a value of a made-up person. Findings, live:"
	send_requests
	step "nginx is asked to quit; the watch ends with it"
	end_watch 99 "personal data was logged"
	check_findings "$work/leak.jsonl" $((3 * rounds))

	step "The repair: a log format without the query string. The same nginx, the same requests"
	write_config "$without_query"
	start_nginx "$work/clean.jsonl"
	send_requests
	end_watch 0 "nothing personal was logged, and every byte of the log was looked at"
	check_findings "$work/clean.jsonl" 0

	step "Go or no-go? The same nginx as it was, before a gate"
	mkdir -p "$memos"
	write_gate_file
	write_config "$usual"
	gate 1 memo-fail.html
	step "The repair again, and a window of $window that stands for the 60 minutes"
	write_config "$without_query"
	gate 0 memo-pass.html

	step "Next"
	echo "   $logspill run -- YOUR-PROGRAM     the same for a program of yours"
	echo "   $logspill watch -p PID            one that is running already"
	echo "   make check                             all tests of logspill itself"
}

main
