#!/bin/bash
# SPDX-License-Identifier: MIT
# logspill watch --agent: the same table, of what an agent says at its port; needs no rights.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$(dirname "$0")/terminal.sh"
# shellcheck source=tests/cli/page_server.sh
. "$(dirname "$0")/page_server.sh"

spill watch --agent
check "without a terminal it says what to do instead" status_is 2
check "and where" said "/api/v1/findings"
spill watch --agent -p 1
check "an agent and a target are too much" status_is 2

serve 10000
start 100 24 "$logspill watch --agent=http://127.0.0.1:$port"
check "the leak is shown" await FAIL
check "all findings are counted" await "Findings 10,000"
check "and how many of them are shown" shows "the first 1,000"
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
check "an escape code in a name is made visible" shows '\x1b[31m'
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
check "and a word of what there is" shows "goes on"

start 80 24 "$logspill watch --agent=http://127.0.0.1:$port"
check "it starts again" await FAIL
keys C-c
check "Ctrl-C ends it, too" await "ended with 1"
end_page_server
start 80 24 "$logspill watch --agent=http://127.0.0.1:$port"
check "where there is no agent it says so at once" await "ended with 2"
check "and why" shows "no answer from"
finish
