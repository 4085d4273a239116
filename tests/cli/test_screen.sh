#!/bin/bash
# SPDX-License-Identifier: MIT
# logspill watch on a terminal: a table that is kept up, answers keys and sizes, and ends with the summary.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/cli/terminal.sh
. "$(dirname "$0")/terminal.sh"
need_watch

writer=
end_writer() { [ -z "$writer" ] || kill "$writer" 2>/dev/null; }
on_exit+=(end_writer)

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

writes &
writer=$!
start 80 24 "$logspill watch -p $writer"
check "the leak is shown" await FAIL
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
resize 20 5
check "a terminal of 20x5 is filled, not overrun" wait_for 20 lines_are 5 20
resize 100 30
keys 1
check "and grows again" await SEVERITY
check "no value is shown" hides "korhonen@"
keys q
check "q ends with the verdict's exit status" await "ended with 1"
check "and the summary" await "coverage"

start 80 24 "$logspill watch -p $writer"
check "it starts again" await FAIL
keys C-c
check "Ctrl-C ends with the summary, too" await "ended with 1"

start 80 24 "TERM=dumb $logspill watch -p $writer"
check "on a dumb terminal there are lines" await "EMAIL m***@k***.fi by"
finish
