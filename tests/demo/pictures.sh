#!/bin/bash
# SPDX-License-Identifier: MIT
# The pictures of README, anew: an agent watches a shop that leaks, for a minute, and is looked at in a terminal, in a
# browser and by a report. As root. Writes deploy/pictures/*.png; leaves nothing running.
. "$(dirname "$0")/../cli/lib.sh"
need_watch
# shellcheck source=tests/cli/terminal.sh
. tests/cli/terminal.sh
# shellcheck source=tests/cli/browser.sh
. tests/cli/browser.sh
need_program python3
export PICTURES=$PWD/deploy/pictures

# Paths are seen in the pictures: a short one.
shop=/tmp/shop
mkdir $shop || exit
pids=()
end_shop() {
	[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null
	wait
	rm -rf $shop
}
on_exit+=(end_shop)
gcc -g -O1 -fno-omit-frame-pointer -o $shop/shop tests/demo/shop.c || exit

port=$(free_port)
cat >$shop/logspill.yaml <<YAML
version: 1
targets: [{exe: $shop/shop}]
directories: {state: $dir/agent, cache: $CACHE_DIRECTORY}
http: {listen: "127.0.0.1:$port"}
YAML
"$logspill" agent --config $shop/logspill.yaml >"$dir/out" 2>"$dir/err" </dev/null &
pids+=($!)
wait_for 20 curl -sfo /dev/null "http://127.0.0.1:$port/readyz" || {
	not_ok "the agent starts"
	exit 1
}
$shop/shop $shop/app.log $shop/payments.log &
pids+=($!)
echo "watching a shop for ${SECONDS_WATCHED:=60} s"
sleep "$SECONDS_WATCHED"

# terminal NAME: of what the terminal shows now.
terminal() {
	tmux -S "$server" capture-pane -p -e -t w | python3 tests/demo/terminal.py >"$dir/$1.html"
	visit "file://$dir/$1.html"
	picture "$1"
}
browser dark 960 468
start 100 15 "$logspill watch --agent=http://127.0.0.1:$port"
await FAIL && sleep 2
terminal terminal
keys Down Enter
await 'from code'
terminal terminal-details
leave_browser

browser light 1180 1020
visit "http://127.0.0.1:$port/"
wait_for 20 is 'return document.getElementById("live").textContent' live
picture page
leave_browser

"$logspill" audit -p "${pids[1]}" -d 15s -q -o "$dir/report.html" >/dev/null 2>"$dir/err"
browser light 1180 880
visit "file://$dir/report.html"
picture report
leave_browser
ls -l "$PICTURES"
