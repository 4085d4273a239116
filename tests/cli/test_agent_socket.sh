#!/bin/bash
# SPDX-License-Identifier: MIT
# An agent's socket: what its port tells, for its user alone; there again after a kill, and taken from no other agent.
. "$(dirname "$0")/lib.sh"
need_watch
need_program curl
need_program setpriv

cp /bin/sleep "$dir/napper-$$"
chmod 755 "$dir" # who is refused is refused by the socket
# config STATE: of an agent with a socket and no port.
config() {
	printf 'version: 1\ntargets: [{exe: %s}]\ndirectories: {state: %s, cache: %s}\nhttp: {enabled: false, socket: %s}\n' \
		"$dir/napper-$$" "$dir/$1" "$CACHE_DIRECTORY" "$dir/agent.sock" >"$dir/$1.yaml"
}
start_agent() {
	: >"$dir/err"
	"$logspill" agent --config "$dir/one.yaml" 2>"$dir/err" &
	agent=$!
	wait_for 20 said "watching 1 targets"
}
end_agent() { kill "-${1:-TERM}" "$agent" && wait "$agent"; } 2>/dev/null
on_exit+=(end_agent)
ask() { curl -s -m 5 -o "$dir/out" --unix-socket "$dir/agent.sock" "http://localhost/$1"; }

config one
config two
spill agent --check-config --config "$dir/one.yaml"
check "a check makes no socket" eval 'status_is 0 && [ ! -e "$dir/agent.sock" ]'
check "the agent begins" start_agent
check "its socket is for its user alone" [ "$(stat -c %A "$dir/agent.sock")" = srw------- ]
check "there is no port" not said "at port"
check "it answers as the port does" eval 'wait_for 20 ask readyz && ask api/v1/status && printed logspill.api/v1'
check "and has the page" eval 'ask "" && printed "<main"'
check "others may not connect" not setpriv --reuid 65534 --regid 65534 --clear-groups \
	curl -s -m 5 --unix-socket "$dir/agent.sock" http://localhost/healthz
timeout -s INT 5 "$logspill" watch --agent="unix:$dir/agent.sock" >"$dir/out" 2>"$dir/told" </dev/null
check "watch --agent shows it" grep -q "The agent at unix:$dir/agent.sock goes on" "$dir/told"
spill agent --config "$dir/two.yaml"
check "another agent does not take it" eval 'status_is 2 && said "cannot listen at $dir/agent.sock"'
check "which still answers" ask readyz
end_agent KILL
check "a killed agent leaves it behind" [ -S "$dir/agent.sock" ]
check "the next one begins all the same" eval 'start_agent && wait_for 20 ask readyz'
end_agent
rm -f "$dir/agent.sock"
echo precious >"$dir/agent.sock"
spill agent --config "$dir/one.yaml"
check "a file at that place is left alone" eval 'status_is 2 && grep -q precious "$dir/agent.sock"'
spill watch --agent="unix:$dir/none.sock"
check "where there is none it says so" eval 'status_is 2 && said "no answer from unix:$dir/none.sock"'
finish
