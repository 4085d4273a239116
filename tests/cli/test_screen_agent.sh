#!/bin/bash
# SPDX-License-Identifier: MIT
# logspill watch --agent: the same table, of what an agent says at its port; needs no rights.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$(dirname "$0")/terminal.sh"
# shellcheck source=tests/cli/page_server.sh
. "$(dirname "$0")/page_server.sh"

spill watch --agent -p 1
check "an agent and a target are too much" status_is 2
spill watch --agent -f jsonl
check "what is for programs is elsewhere" status_is 2
check "and where" said "/api/v1/findings"

# Without a terminal, or on one that can show no table: lines.
serve 45
agent=http://127.0.0.1:$port
"$logspill" watch --agent="$agent" >"$dir/lines" 2>"$dir/err" </dev/null &
watch=$!
findings() { grep -c ', finding ' "$dir/lines"; }
found() { [ "$(findings)" = "$1" ]; }
check "into a pipe each finding is printed" wait_for 20 found 45
check "and again when there is more of it" wait_for 20 grep -qE 'by shop \(pid 4711\) in /var/log/shop/app.log, ([2-9]|[0-9]{2,}) matches' "$dir/lines"
check "without an escape code of a name" not grep -q $'\x1b' "$dir/lines"
check "but with what it looks like" grep -qF '\x1b[31m' "$dir/lines"
end_page_server
check "an agent that has gone is told" wait_for 20 said "not kept up"
serve 46 "$port"
check "one that is there again goes on" wait_for 20 found 46
kill -INT "$watch"
status=0
wait "$watch" || status=$?
check "a signal ends it with the verdict's exit status" status_is 1
check "and a word of what there is" said "FAIL: 4"
check "nothing was printed as new twice" found 46
status=0
timeout --foreground 20 "$logspill" watch --agent="$agent" 2>"$dir/err" </dev/null | head -n 1 >"$dir/lines"
check "it ends when nobody reads it any more" [ "${PIPESTATUS[0]}" != 124 ]
check "who read one line has it" [ "$(wc -l <"$dir/lines")" = 1 ]
start 80 24 "TERM=dumb $logspill watch --agent=$agent"
check "a terminal that can show no table gets lines" await ", finding "
keys C-c
check "until Ctrl-C" await "ended with 1"

serve 10000
start 100 24 "$logspill watch --agent=http://127.0.0.1:$port"
check "the leak is shown" await FAIL
check "all findings are counted" await "Findings 10,000"
check "and how many of them are shown" await "the first 1,000"
keys Enter
check "details tell the rule" await "payment.card"
keys Escape
keys /
keys 0000000000000000000000000000270f
keys Enter
check "a search finds the last of 10,000" wait_for 20 hides "the first"
keys Enter
check "which is shown in full" await 0000000000000000000000000000270f
keys Escape
keys Escape
check "and then all again" await "the first 1,000"
check "an escape code in a name is made visible" await '\x1b[31m'
keys 2
check "targets are there" await "unit shop.service"
keys 3
check "and sinks" await "matches *.log"
keys 4
check "and blind spots" await "mapping"
keys 1
end_page_server
check "an agent that has gone is told" await "not kept up"
resize 20 5
check "a terminal of 20x5 is filled, not overrun" wait_for 20 lines_are 5 20
resize 100 24
serve 45 "$port"
check "one that is there again is shown again" await "Findings 45"
keys q
check "q ends with the verdict's exit status" await "ended with 1"
check "and a word of what there is" await "goes on"

start 80 24 "$logspill watch --agent=http://127.0.0.1:$port"
check "it starts again" await FAIL
keys C-c
check "Ctrl-C ends it, too" await "ended with 1"
end_page_server
start 80 24 "$logspill watch --agent=http://127.0.0.1:$port"
check "where there is no agent it says so at once" await "ended with 2"
check "and why" await "no answer from"
finish
