#!/bin/bash
# SPDX-License-Identifier: MIT
# An agent's port without an agent: a made-up state that changes each second, with as many findings as a test wants;
# source it after lib.sh.
: "${dir:?source it after lib.sh}"
page_server=$PWD/${B:-build}/tests/unit/test_live_page
need_program curl
[ -x "$page_server" ] || skip_all "test_live_page is not built: make tests"

page_server_pid=''
# What it says of a signal is not for the test's output.
end_page_server() {
	[ -z "$page_server_pid" ] || { kill "$page_server_pid" && wait "$page_server_pid"; } 2>/dev/null
	page_server_pid=''
}
on_exit+=(end_page_server)

# serve FINDINGS [PORT]: sets $port.
serve() {
	end_page_server
	rm -f "$dir/port" "$dir/stdin"
	echo "${2:-$(free_port)}" >"$dir/port" # not one that a connection may be given before it is taken again
	mkfifo "$dir/stdin"
	"$page_server" --serve "$1" "$dir/port" <"$dir/stdin" &
	page_server_pid=$!
	exec 7>"$dir/stdin"
	wait_for 20 test -s "$dir/port" && port=$(cat "$dir/port")
	wait_for 20 curl -sfo "$dir/ready" "http://127.0.0.1:$port/readyz"
}
