#!/bin/bash
# SPDX-License-Identifier: MIT
# logspill watch on a terminal: a table that is kept up, answers keys and sizes, and ends with the summary.
. "$(dirname "$0")/lib.sh"
need_watch
need_program tmux

server=$dir/tmux.0 # each terminal has a tmux of its own
servers=0
writer=
end_all() {
	tmux -S "$server" kill-server 2>/dev/null
	[ -z "$writer" ] || kill "$writer" 2>/dev/null
}
on_exit+=(end_all)

# Writes on until it is ended, at most for two minutes.
writes() {
	local i=0 evil
	evil=$(printf '%s/evil\033[31m.log' "$dir")
	exec >"$dir/stdout.txt"
	while [ $((i += 1)) -lt 1200 ]; do
		echo "signup failed for maija$i.korhonen@kuusikoti.fi after $i ms" >>"$dir/shop.log"
		echo "order $i placed" >>"$evil"
		echo "order $i is on its way"
		sleep 0.1
	done
}

page() { tmux -S "$server" capture-pane -p -t w >"$dir/out" 2>"$dir/err"; }
shows() { page && grep -qF -e "$1" "$dir/out"; }
hides() { page && ! grep -qF -e "$1" "$dir/out"; }
keys() { tmux -S "$server" send-keys -t w "$@"; }
await() { wait_for 20 shows "$1"; }
lines_are() { page && [ "$(wc -l <"$dir/out")" -le "$1" ] && [ "$(wc -L <"$dir/out")" -le "$2" ]; }

# start COLUMNS ROWS COMMAND
start() {
	server=$dir/tmux.$((servers += 1))
	tmux -S "$server" -f /dev/null new-session -d -s w -x "$1" -y "$2" \
		"export STATE_DIRECTORY=$STATE_DIRECTORY CACHE_DIRECTORY=$CACHE_DIRECTORY LC_ALL=C.UTF-8; $3; echo ended with \$?; exec sleep 120"
}

writes &
writer=$!
start 80 24 "$logspill watch -p $writer"
check "the leak is shown" await LEAKS
check "with its entity" await EMAIL
keys Enter
check "its details tell the rule" await contact.email
check "and the remedy" await "fix"
keys Escape
check "back to the table" await SEVERITY
keys 3
check "the sinks are there" await /stdout.txt
check "an escape code in a name is made visible" await 'evil\x1b[31m'
keys /
keys nothing-of-the-kind
check "the filter leaves out what it does not match" await "no line holds that text"
keys Escape
check "and lets it through again" await /stdout.txt
keys p
check "it pauses" await PAUSED
keys p
tmux -S "$server" resize-window -t w -x 20 -y 5
check "a terminal of 20x5 is filled, not overrun" wait_for 20 lines_are 5 20
tmux -S "$server" resize-window -t w -x 100 -y 30
keys 1
check "and grows again" await SEVERITY
check "no value is shown" hides "korhonen@"
keys q
check "q ends with the verdict's exit status" await "ended with 1"
check "and the summary" shows "coverage"
tmux -S "$server" kill-server

start 80 24 "$logspill watch -p $writer"
check "it starts again" await LEAKS
keys C-c
check "Ctrl-C ends with the summary, too" await "ended with 1"
tmux -S "$server" kill-server

start 80 24 "TERM=dumb $logspill watch -p $writer"
check "on a dumb terminal there are lines" await "EMAIL m***@k***.fi by"
tmux -S "$server" kill-server
finish
