#!/bin/bash
# SPDX-License-Identifier: MIT
# The page of a report in a real browser: both colour schemes, a narrow screen, keyboard, paper, 10,000 findings.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/cli/browser.sh
. "$(dirname "$0")/browser.sh"

mkdir "$dir/few" "$dir/many"
hostile=$'</td><script>document.title="run"</script>\xe2\x80\xae'
printf 'signup failed for tilda.orrin@brindlewick-post.com\n' >"$dir/few/${hostile//\//_}.log"
printf 'payment card=4539578763621486\n' >"$dir/few/$(printf 'n%.0s' {1..200}).log"
printf 'mail maija.korhonen@kuusikoti.fi\n' >"$dir/few/יומן-漢字.log"
"$logspill" scan -q -o "$dir/few.html" "$dir/few" >/dev/null
for i in {1..10000}; do echo "signup failed for tilda$i.orrin@brindlewick-post.com" >"$dir/many/$i.log"; done
"$logspill" scan -q -o "$dir/many.html" "$dir/many" >/dev/null

for scheme in light dark; do
	browser $scheme 1280
	visit "file://$dir/few.html"
	check "$scheme: the verdict is said in words" is 'return document.querySelector(".card .verdict").innerText.trim().endsWith("FAIL: personal data leaks")' true
	check "$scheme: the scheme is the reader's" is "return matchMedia('(prefers-color-scheme: $scheme)').matches" true
	check "$scheme: text stands out from its ground" text_stands_out
	check "$scheme: names from outside ran nothing" is 'return document.title + document.scripts.length' \
		"$(js 'return document.title')0"
	picture "report-$scheme"
	leave_browser
done
browser light 400
visit "file://$dir/few.html"
check "a narrow screen: the page is not wider than it" is 'return document.documentElement.scrollWidth <= innerWidth' true
check "each table has heads with a scope" is 'return document.querySelectorAll("th:not([scope])").length' 0
check "headings go down one step at a time" is \
	'let h = 0; return [...document.querySelectorAll("h1,h2,h3")].every(e => { const n = +e.tagName[1]; const ok = n <= h + 1; h = n; return ok })' true
picture report-narrow
pdf=$(curl -s -m 60 -d '{}' "$session/print" | jq -r .value | base64 -d | head -c 5)
check "it prints" [ "$pdf" = %PDF- ]
visit "file://$dir/many.html"
check "10,000 findings: under 2 MB" [ "$(stat -c %s "$dir/many.html")" -lt 2000000 ]
check "10,000 findings: each has a card or a row" is \
	'return document.querySelectorAll("details[id]").length + document.querySelectorAll("tbody tr").length - 1 - document.querySelectorAll("section[aria-labelledby=coverage] tbody tr").length' 10000
echo "NOTE: 10,000 findings: $(stat -c %s "$dir/many.html") bytes, first paint after $(js 'return Math.round(performance.getEntriesByName("first-contentful-paint")[0]?.startTime)') ms"
finish
