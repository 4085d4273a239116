#!/bin/bash
# SPDX-License-Identifier: MIT
# The agent's page in a real browser: what it shows, that it is kept up, that keys work, that hostile names stay text.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/cli/browser.sh
. "$(dirname "$0")/browser.sh"
server=$PWD/${B:-build}/tests/unit/test_live_page
[ -x "$server" ] || skip_all "test_live_page is not built: make tests"

server_pid=''
end_server() { [ -z "$server_pid" ] || kill "$server_pid" 2>/dev/null; }
on_exit+=(end_server)

# serve FINDINGS: sets $port.
serve() {
	[ -z "$server_pid" ] || { kill "$server_pid" && wait "$server_pid" 2>/dev/null; }
	rm -f "$dir/port"
	mkfifo "$dir/stdin.$1"
	"$server" --serve "$1" "$dir/port" <"$dir/stdin.$1" &
	server_pid=$!
	exec 7>"$dir/stdin.$1"
	wait_for 20 test -s "$dir/port" && port=$(cat "$dir/port")
}

go() { visit "http://127.0.0.1:$port/"; }
keys() {
	local actions
	actions=$(jq -n --arg k "$1" '{actions: [{type: "key", id: "k", actions:
		[$k | split("") | .[] | {type: "keyDown", value: .}, {type: "keyUp", value: .}]}]}')
	curl -s -m 30 -d "$actions" "$session/actions" >/dev/null
}

# Of so many rows at once a browser would be busy for a minute: those that are shown are few.
serve 10000
browser light 400
go
check "of 10,000 findings the worst are rows" wait_for 20 is 'return document.querySelectorAll("#rows tr").length' 1000
check "on a narrow screen the page itself does not scroll sideways" is \
	'return document.documentElement.scrollWidth <= document.documentElement.clientWidth' true
keys /
keys zzz
check "a search through them answers" wait_for 20 is 'return document.getElementById("none").hidden' false
picture page-narrow
curl -s -m 10 -X DELETE "$session" >/dev/null

serve 40
for scheme in light dark; do
	browser $scheme 1280
	go
	check "$scheme: it is live" wait_for 20 is 'return document.getElementById("live").textContent' live
	check "$scheme: all findings are rows" is 'return document.querySelectorAll("#rows tr").length' 40
	check "$scheme: the scheme is the reader's" is \
		"return matchMedia('(prefers-color-scheme: $scheme)').matches" true
	picture "page-$scheme"
	if [ $scheme = light ]; then
		curl -s -m 10 -X DELETE "$session" >/dev/null
	fi
done
amount='return document.querySelector("#f-eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee td.n").textContent'
before=$(js "$amount")
changed() { [ "$(js "$amount")" != "$before" ]; }
check "a finding that changes is changed on the page" wait_for 20 changed
check "and stays one row" is \
	'return document.querySelectorAll("#f-eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee").length' 1
check "the title tells the verdict" is 'return document.title.includes("logspill")' true
check "a name made of markup is text" is \
	'return document.title !== "owned" && document.querySelectorAll("#rows img, #rows script").length' 0
keys /
check "/ goes to the search" is 'return document.activeElement.id' search
keys card
check "and it leaves only rows that hold the text" wait_for 20 is \
	'return [...document.querySelectorAll("#rows tr:not([hidden])")].every(r => /card/i.test(r.textContent)) &&
	 document.querySelectorAll("#rows tr[hidden]").length > 0' true
keys $'\ue00c'
check "Escape shows all again" wait_for 20 is 'return document.querySelectorAll("#rows tr[hidden]").length' 0
check "all headings of tables have a scope" is 'return document.querySelectorAll("th:not([scope])").length' 0
kill "$server_pid"
check "a server that has gone is told" wait_for 30 is \
	'return document.getElementById("live").textContent' "connection lost, trying again"
curl -s -m 10 -X DELETE "$session" >/dev/null

finish
