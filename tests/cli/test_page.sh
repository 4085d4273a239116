#!/bin/bash
# SPDX-License-Identifier: MIT
# The agent's page in a real browser: what it shows, that it is kept up, that keys work, that hostile names stay text,
# that 10,000 findings are no more work than one page of them, and that nothing of this needs a script to be read.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/cli/browser.sh
. "$(dirname "$0")/browser.sh"
# shellcheck source=tests/cli/page_server.sh
. "$(dirname "$0")/page_server.sh"

go() { visit "http://127.0.0.1:$port/$1"; }
keys() {
	local actions
	actions=$(jq -n --arg k "$1" '{actions: [{type: "key", id: "k", actions:
		[$k | split("") | .[] | {type: "keyDown", value: .}, {type: "keyUp", value: .}]}]}')
	curl -s -m 30 -d "$actions" "$session/actions" >/dev/null
}
rows='return document.querySelectorAll("#rows tr").length'
live='return document.getElementById("live").textContent'
pages_say() { [[ $(js 'return document.getElementById("pages").textContent') == "$1"* ]]; }

for scheme in light dark; do
	[ $scheme = light ] && serve 40
	browser $scheme 1280
	go ''
	check "$scheme: it is live" wait_for 20 is "$live" live
	check "$scheme: all findings are rows" is "$rows" 40
	check "$scheme: the scheme is the reader's" is \
		"return matchMedia('(prefers-color-scheme: $scheme)').matches" true
	check "$scheme: text stands out from its ground" text_stands_out
	picture "page-$scheme"
	[ $scheme = dark ] || leave_browser
done
amount='return document.querySelector("#f-eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee td.n").textContent'
before=$(js "$amount")
changed() { [ "$(js "$amount")" != "$before" ]; }
js 'document.querySelector(".scroll").focus(); document.querySelector("#f-eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee").dataset.mine = 1' >/dev/null
check "a finding that changes is changed on the page" wait_for 20 changed
check "and stays one row" is \
	'return document.querySelectorAll("#f-eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee").length' 1
check "what has the focus keeps it" is 'return document.activeElement.className' scroll
check "the title tells the verdict" is 'return document.title.includes("logspill")' true
check "a name made of markup is text" is \
	'return document.title !== "owned" && document.querySelectorAll("#rows img, #rows script").length' 0
check "all headings of tables have a scope" is 'return document.querySelectorAll("th:not([scope])").length' 0
check "the browser refused nothing of it" is 'return performance.getEntriesByType("resource").every(r => r.responseStatus == 200)' true

# The server goes, and comes back with more.
end_page_server
check "a server that has gone is told" wait_for 30 is "$live" "connection lost, trying again"
check "what was known stays" is "$rows" 40
serve 45 "$port"
check "when it is there again the page goes on" wait_for 30 is "$live" live
check "with what it has now" wait_for 20 is "$rows" 45
leave_browser

serve 10000
browser light 400
go ''
check "10,000 findings: a page of them are rows" wait_for 20 is "$rows" 100
check "and how many there are is told" pages_say "1 to 100 of 10,000"
check "on a narrow screen the page itself does not scroll sideways" is \
	'return document.documentElement.scrollWidth <= document.documentElement.clientWidth' true
check "it is live" wait_for 20 is "$live" live
js 'window.slow = 0; new PerformanceObserver(l => { for (const e of l.getEntries()) slow = Math.max(slow, e.duration) }).observe({type: "longtask"})' >/dev/null
keys /
check "/ goes to the search" is 'return document.activeElement.id' search
keys 0000000000000000000000000000270f
check "a search finds the last one" wait_for 20 is \
	'return document.querySelectorAll("#rows tr").length == 1 && !!document.getElementById("f-0000000000000000000000000000270f")' true
check "the address tells what was searched for" is 'return new URLSearchParams(location.search).get("q").slice(-4)' 270f
keys $'\ue00c'
check "Escape shows all again" wait_for 20 pages_say "1 to 100 of 10,000"
keys n
check "n is the next page" wait_for 20 pages_say "101 to 200 of 10,000"
keys p
check "p the previous one" wait_for 20 pages_say "1 to 100 of 10,000"
js 'document.getElementById("by-matches").focus()' >/dev/null
keys $'\ue007'
check "a heading sorts" wait_for 20 is \
	'return document.querySelector("th[aria-sort]").textContent.slice(0, 7) + document.querySelector("#rows tr").id' Matchesf-eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
check "and keeps the focus" is 'return document.activeElement.id' by-matches
js 'history.back()' >/dev/null
check "back is back" wait_for 20 is 'return document.querySelector("th[aria-sort]").textContent.slice(0, 8)' Severity
before=$(js 'return document.getElementById("state").textContent')
moves_on() { [ "$(js 'return document.getElementById("state").textContent')" != "$before" ]; }
check "it is kept up" wait_for 20 moves_on
picture page-narrow
echo "NOTE: 10,000 findings: the longest task of the page took $(js 'return Math.round(slow)') ms (0: none above 50)"
leave_browser

# Without script: the same by links and a form.
page() { curl -s -m 10 "http://127.0.0.1:$port/$1" >"$dir/out"; }
page ''
check "without script there are rows" [ "$(grep -c '<tr id="f-' "$dir/out")" = 100 ]
page "$(sed -n 's/.*id="last" href="\([^"]*\)".*/\1/p' "$dir/out" | sed 's/&amp;/\&/g')"
check "and a link to the last page" printed "9,901 to 10,000 of 10,000"
page '?q=270f'
check "and a form that searches" printed "1 to 1 of 1"

finish
