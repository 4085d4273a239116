#!/bin/bash
# SPDX-License-Identifier: MIT
# A privacy test in CI: what counts, what was known before, how services are told.
. "$(dirname "$0")/lib.sh"
need_run
need_program jq
unset GITHUB_ACTIONS

leak='echo "mail tilda.orrin@brindlewick-post.com"; echo "card 4539578763621486"'
spill run -q -o "$dir/before.jsonl" -o "$dir/before.json" -o "$dir/before.sarif" -- sh -c "$leak"
check "a leak: 99" status_is 99
for baseline in before.jsonl before.json before.sarif; do
	spill run -q --baseline "$dir/$baseline" -- sh -c "$leak; exit 7"
	check "all of it known from $baseline: the program's own status" status_is 7
done
spill run --baseline "$dir/before.jsonl" -o "$dir/again.html" -- sh -c "$leak"
check "what is known is listed and told so" grep -q 'known: in the baseline' "$dir/again.html"
spill run -q --baseline "$dir/before.jsonl" -- sh -c "$leak; echo '10.1.2.3 mail maija.korhonen@kuusikoti.fi IBAN DE89370400440532013000'"
check "one more: 99" status_is 99
echo 'no finding' >"$dir/wrong"
spill run --baseline "$dir/wrong" -- true
check "a baseline that is none: 125, and what one is" eval 'status_is 125 && said "A baseline is what"'
spill run -q --fail-on critical -- sh -c 'echo "mail tilda.orrin@brindlewick-post.com"'
check "--fail-on critical: a less severe leak passes" status_is 0
spill run --fail-on critical -f jsonl -- sh -c 'echo "mail tilda.orrin@brindlewick-post.com"'
check "--fail-on: it is listed all the same" said '"counts":false'
spill run -q --fail-on critical -- sh -c "$leak"
check "--fail-on critical: a critical leak fails" status_is 99
spill run --fail-on severe -- true
check "--fail-on with another word: what it takes" said 'critical, not'

export GITHUB_ACTIONS=true
spill run -q -- sh -c "$leak"
check "in GitHub Actions: an error for what is severe" said '::error title=Payment card number (PAN) in a log::CREDIT_CARD'
check "in GitHub Actions: a warning for the rest" said '::warning title=E-mail address in a log::EMAIL t***@b***.com in'
printf 'mail tilda.orrin@brindlewick-post.com\n' >"$dir/a,b:c%.log"
spill scan -q "$dir/a,b:c%.log"
check "annotations of a scan name file and line, escaped" said 'a%2Cb%3Ac%25.log,line=1,col=6,title='
spill run -q --sample 1/4 -o "$dir/part.sarif" -- sh -c 'for i in 1 2 3 4 5 6 7 8 9; do echo "all is well $i"; done'
check "a watch that left something out: an annotation says why the job fails" eval 'status_is 125 &&
	said "::error title=logspill is inconclusive::lost "'
check "and SARIF calls it no success" jq -e '.runs[0].invocations[0] | (.executionSuccessful | not) and
	(.toolExecutionNotifications[0].message.text | startswith("lost "))' "$dir/part.sarif"
unset GITHUB_ACTIONS
spill run -q -- sh -c "$leak"
check "elsewhere there are none" not said '::error'
finish
