#!/bin/bash
# SPDX-License-Identifier: MIT
# logspill audit and the reports at the end of a watch: as people get them, and as programs read them.
. "$(dirname "$0")/lib.sh"
need_watch

mail=tilda.orrin@brindlewick-post.com
hostile=$'<script>alert(1)</script>\e[2J'
mkdir -p "$dir/$hostile" # a slash is in it
log="$dir/$hostile/app.log"
# Ends by itself when the test is gone.
sh -c 'until [ -e "$0/go" ]; do sleep 0.05; done
	i=0; while [ -d "$0" ] && [ $i -lt 1200 ]; do echo "signup failed for tilda$i.orrin@brindlewick-post.com after $i ms" >>"$1"; echo "health ok" >>"$0/fine.log"; i=$((i + 1)); sleep 0.05; done' \
	"$dir" "$log" 2>/dev/null &
writer=$!
touch "$dir/go"
spill audit -p $writer -d 3s -o "$dir/report.html" -o "$dir/report.md" -o "$dir/report.json" -o "$dir/report.txt" \
	--junit "$dir/junit.xml" --state-dir "$dir/state"
check "an audit of a leak fails" status_is 1
check "it says how it goes on standard error" said 'FAIL'
check "it writes what was asked for, for its owner alone" \
	[ "$(stat -c '%a' "$dir"/report.{html,md,json,txt} "$dir/junit.xml" | sort -u)" = 600 ]
check "it ends after its time" grep -qE 'records over [3-9]\.[0-9] s' "$dir/report.txt"
check "the page tells the verdict" grep -q 'FAIL' "$dir/report.html"
check "the page tells the statement" grep -q 'signup failed for &lt;email&gt; after &lt;num&gt; ms' "$dir/report.html"
check "the page tells each place and why it is a log" grep -q 'fine.log</th><td>yes</td>' "$dir/report.html"
check "the page tells how to do it again" grep -q "logspill audit -p $writer -d 3s" "$dir/report.html"
check "the page is no script, and loads nothing" not grep -qE '<script|src=|href="[^#]' "$dir/report.html"
check "no report holds an escape code" not grep -qP '\x1b' "$dir"/report.{html,md,json,txt} "$dir/junit.xml"
check "Markdown tells verdict and statement" grep -qF 'signup failed for &#60;email&#62;' "$dir/report.md"
check "Markdown mentions nobody" not grep -q '@' "$dir/report.md"
check "JSON holds findings, sinks, balance and the timeline" jq -e '.schema == "logspill.report/v1"
	and .findings[0].logspill.entity == "EMAIL"
	and ([.sinks[] | select(.log)] | length) == 2
	and .summary.seen.bytes == .summary.scanned.bytes + ([.summary.lost[].bytes] | add)
	and ([.watch.timeline.matches[]] | add) == .summary.matches
	and .watch.subject == "sh (pid '$writer')"' "$dir/report.json"
check "JUnit holds a failed case" grep -q 'failures="1"' "$dir/junit.xml"
echo "$mail" >"$dir/raw"
sed 's/^/tilda[0-9]*/; s/tilda\.orrin/.orrin/' "$dir/raw" >"$dir/raw.expressions"
check "none of them holds a raw value" not grep -qE -f "$dir/raw.expressions" "$dir"/report.{html,md,json,txt} "$dir/junit.xml"

spill audit -p $writer -d 1s -f md
check "-f md without -o: on standard output" grep -q '^# Personal data in the logs of' "$dir/out"
spill audit -p $writer -d 1s -q
check "without -o: words on standard output, also into a pipe" grep -q '^FAIL' "$dir/out"
check "-q: no words on standard error" [ ! -s "$dir/err" ]
kill $writer 2>/dev/null
wait $writer 2>/dev/null

spill run -q --junit "$dir/run.xml" -o "$dir/run.html" -- sh -c "echo 'mail $mail'"
check "run writes reports too, and keeps its status" status_is 99
check "run --junit: a failed case" grep -q 'failures="1"' "$dir/run.xml"
check "run -o FILE.html: a page" grep -q 'Personal data in the logs of sh' "$dir/run.html"
check "run --junit: without a line of a file that nobody read" grep -q 'name="contact.email (finding ' "$dir/run.xml"
spill run -q --sample 1/4 --junit "$dir/part.xml" -- sh -c 'for i in 1 2 3 4 5 6 7 8 9; do echo "all is well $i"; done'
check "run --junit: what was not looked at is an error, and no case passes" eval 'status_is 125 &&
	grep -q "tests=\"1\" failures=\"0\" errors=\"1\"" "$dir/part.xml" && grep -q "message=\"lost " "$dir/part.xml"'
spill run -q --junit "$dir/clean.xml" -- sh -c 'echo "all is well"'
check "run --junit of a clean program passes" status_is 0
check "run --junit of a clean program: one case that passed" grep -q 'tests="1" failures="0" errors="0"' "$dir/clean.xml"
sleep 30 &
idle=$!
spill audit -p $idle -d 1s -o "$dir/idle.html"
check "an audit of silence passes" status_is 0
check "and says that nothing was written" grep -q 'nothing was written to a log' "$dir/idle.html"
spill audit -p $idle -d 1s -o /dev/full -f html
check "a full disk: exit status 2, said" eval 'status_is 2 && said "No space left"'
kill $idle
finish
