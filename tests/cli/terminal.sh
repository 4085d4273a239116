#!/bin/bash
# SPDX-License-Identifier: MIT
# A terminal for tests of what is shown on one, played by tmux; source it after lib.sh.
: "${dir:?source it after lib.sh}"
need_program tmux

server=$dir/tmux.0 # each terminal has a tmux of its own
servers=0
end_terminal() { tmux -S "$server" kill-server 2>/dev/null; }
on_exit+=(end_terminal)

page() { tmux -S "$server" capture-pane -p -t w >"$dir/out" 2>"$dir/err"; }
shows() { page && grep -qF -e "$1" "$dir/out"; }
hides() { page && ! grep -qF -e "$1" "$dir/out"; }
keys() { tmux -S "$server" send-keys -t w "$@"; }
await() { wait_for 20 shows "$1"; }
lines_are() { page && [ "$(wc -l <"$dir/out")" -le "$1" ] && [ "$(wc -L <"$dir/out")" -le "$2" ]; }
resize() { tmux -S "$server" resize-window -t w -x "$1" -y "$2"; }

# start COLUMNS ROWS COMMAND: in a terminal of its own; one at a time.
start() {
	end_terminal
	server=$dir/tmux.$((servers += 1))
	tmux -S "$server" -f /dev/null new-session -d -s w -x "$1" -y "$2" \
		"export STATE_DIRECTORY=$STATE_DIRECTORY CACHE_DIRECTORY=$CACHE_DIRECTORY LC_ALL=C.UTF-8; $3; echo ended with \$?; exec sleep 120"
}
