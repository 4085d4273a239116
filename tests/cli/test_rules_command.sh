#!/bin/bash
# SPDX-License-Identifier: MIT
# logspill rules: list, lint, test, explain, verify.
. "$(dirname "$0")/lib.sh"
need_program jq

# The rules that come with the program
spill rules list
check "list: 0" status_is 0
check "list: columns" grep -qE '^contact\.email +EMAIL +medium +0\.[0-9]+ 0\.[0-9]+ +in force +E-mail address$' "$dir/out"
spill rules list -f jsonl --only payment
check "list -f jsonl: one object a rule" [ "$(jq -r 'select(.id == "payment.card") | "\(.entity) \(.state)"' "$dir/out")" = \
	'CREDIT_CARD in force' ]
check "list --only: the others are off" [ "$(jq -r 'select(.id == "contact.email") | .state' "$dir/out")" = off ]
spill rules lint
check "lint: the rules that come with it have no mistakes" status_is 0
spill rules test
check "test: the rules that come with it do as they say" status_is 0
check "test: how many" printed 'examples'

verify() {
	status=0
	printf '%s\n' "${@:2}" | "$logspill" rules verify "$1" >"$dir/out" 2>"$dir/err" || status=$?
}
verify EMAIL jo.smith@corp-mail.com 'jo smith'
check "verify: a line a value" [ "$(cat "$dir/out")" = $'valid\ninvalid' ]
check "verify: 1 when one is invalid" status_is 1
verify CREDIT_CARD "$(made_up_card 4556)"
check "verify: 0 when all are valid" status_is 0
verify email_address jo.smith@corp-mail.com
check "verify: other names of an entity" printed valid
printf 'jo.smith@corp-mail.com' | "$logspill" rules verify EMAIL >"$dir/out"
check "verify: a last line without newline" [ "$(cat "$dir/out")" = valid ]
verify NO_SUCH_THING 1
check "verify: 2 for an entity that nobody knows" status_is 2
check "verify: says so" said "no rule and no validator for 'NO_SUCH_THING'"
verify PERSON x
check "verify: 2 for an entity that has no validator" status_is 2

spill rules explain 'id=7 email=jo.smith@corp-mail.com'
check "explain: 1 when something is found" status_is 1
check "explain: the stages of a match" grep -qE 'match +contact\.email EMAIL: passed .*validator \(email: real\)' "$dir/out"
check "explain: no raw value" not printed jo.smith
spill rules explain --only us.ssn-bare 'value 219099998'
check "explain: 0 when nothing is found" status_is 0
check "explain: which stage refused" grep -qE 'refused +us\.ssn-bare US_SSN: by context' "$dir/out"
spill rules explain --only ee.isikukood 'order=30505183411'
check "explain: a place that speaks against it" grep -qE 'refused +ee\.isikukood EE_IK: by .*place \(' "$dir/out"
spill rules explain 'all is well'
check "explain: a line without candidates" printed 'no rule has a candidate'

# Rules of the user's own
own=$dir/own
mkdir "$own"
rule() {
	cat <<-RULE
		rules:
		  - id: custom.ticket
		    name: Ticket number
		    entity: TICKET
		    category: custom
		    region: global
		    severity: low
		    impact: 1
		    confidence: {base: 0.9}
		    remediation: Log no ticket.
		    find:
		      shapes: ['$1']
		    context: {need: $2, keywords: [ticket]}
		    examples:
		      - 'opened ticket «$3»'
		    counter_examples:
		      - {text: 'opened $4', why: no ticket}
	RULE
}
rule 'TKT-\d{6}' optional TKT-123456 TKT-12 >"$own/own.yaml"
for part in lint test; do
	spill rules $part --rules "$own"
	check "a good rule passes $part" status_is 0
done
spill rules list --rules "$own"
check "rules of one's own add to the others" [ "$(grep -cE '^(custom\.ticket|contact\.email) .*in force' "$dir/out")" = 2 ]
mkdir "$dir/instead"
rule 'TKT-\d{6}' optional TKT-123456 TKT-12 | sed 's/custom\.ticket/contact.email/' >"$dir/instead/own.yaml"
spill rules list -f jsonl --rules "$dir/instead"
check "... and replace those with the same id" [ "$(jq -r 'select(.id == "contact.email") | .entity' "$dir/out")" = TICKET ]
printf 'ticket TKT-123456 of jo.smith@corp-mail.com\n' >"$dir/log"
spill scan -f jsonl --rules "$own" "$dir/log"
check "... so that scan finds what both find" [ "$(jq -r '.logspill.entity // empty' "$dir/out" | sort | xargs)" = 'EMAIL TICKET' ]
spill scan -f jsonl --rules "$dir/instead" "$dir/log"
check "... or what the new one does" [ "$(jq -r '.logspill.entity // empty' "$dir/out" | xargs)" = TICKET ]
rule 'TKT-\d{6}' optional TKT-12345 TKT-123456 >"$own/own.yaml"
spill rules test --rules "$own"
check "test: 1 for examples that are not as they say" status_is 1
check "test: a marked value that is not found, at its line" said "own.yaml:15: custom.ticket: a marked value is not found"
check "test: a counter-example that is found, at its line" said "own.yaml:17: custom.ticket: a value is found"
rule '\d{1,2}[ .-]?\d{1,9}' optional 123455 x | sed 's/context:.*/validator: luhn/' >"$own/own.yaml"
spill rules lint --rules "$own"
check "lint: 1 for a rule that costs too much" status_is 1
check "lint: with its figure" grep -qE 'custom\.ticket costs too much: it has [0-9]+ candidates' "$dir/err"
rule 'TKT-[0-9{6}' optional TKT-123456 x | sed 's/severity/severty/; s/impact: 1/impact: 9/' >"$own/own.yaml"
spill rules lint --rules "$own"
check "lint: 1 for mistakes" status_is 1
for place in 7 8 12; do
	check "lint: the mistake in line $place" grep -q "own.yaml:$place:[0-9]*:" "$dir/err"
done
check "lint: with carets" [ "$(grep -c '^ *^$' "$dir/err")" -ge 3 ]
spill rules lint --rules "$dir/nowhere"
check "lint: 2 for a directory that is not there" status_is 2
check "lint: which it names" said "$dir/nowhere: cannot be read"

# Usage
spill rules
check "no part named: 2" status_is 2
spill rules polish
check "a part that there is not: 2" status_is 2
check "a part that there is not: named" said polish
spill rules verify
check "verify without an entity: 2" status_is 2
spill rules list --rules "$dir/nowhere"
check "no such rules: 2" status_is 2
spill rules --help
check "--help lists the parts" grep -qE '^  explain LINE' "$dir/out"
spill rules --watchlist "$dir/list" list
check "a watch list has no place here: 2" status_is 2
check "a watch list has no place here: says where it has" said scan

finish
