#!/bin/bash
# SPDX-License-Identifier: MIT
# A finding that its owner has accepted is listed, and fails nothing until the day; another one of the same record does.
. "$(dirname "$0")/lib.sh"

log=$dir/app.log
waivers=$dir/waivers.yaml
echo 'signup email=maija.korhonen@kuusikoti.fi ok' >"$log"

ids() { jq -r 'select(.schema == "logspill.finding/v1") | .logspill.finding_id' "$dir/out"; }
day() { date -u -d "$1" +%F; }
waive() { spill waive "$1" --owner 'the shop' --reason 'a test tenant' --until "$2" --file "$waivers"; }

spill scan -f jsonl "$log"
check "the leak is found" status_is 1
id=$(ids)

waive "$id" "$(day '+30 days')"
check "it is waived" status_is 0
spill scan --waivers "$waivers" -f jsonl "$log"
check "a waived finding fails nothing" status_is 0
check "it is listed, with who waived it" holds 'any(.[]; .logspill.waived and .logspill.waiver.owner == "the shop")' "$dir/out"
check "and counted" summary '.waived == 1 and .findings == 1 and .matches == 1' "$dir/out"
check "the summary names the waiver" said "finding $id is waived until"

echo 'payment card=4571990000000005 email=maija.korhonen@kuusikoti.fi ok' >>"$log"
spill scan --waivers "$waivers" -f jsonl "$log"
check "what else leaks in such a log does not pass" status_is 1

echo 'signup email=maija.korhonen@kuusikoti.fi ok' >"$log"
rm "$waivers"
waive "$id" "$(day '+3 days')"
spill scan --waivers "$waivers" "$log"
check "a waiver that ends within a week still holds" status_is 0
check "and is named" printed "is waived only until"

cat >"$waivers" <<YAML
waivers:
  - finding: $id
    owner: the shop
    reason: a test tenant
    until: $(day '-1 day')
YAML
spill scan --waivers "$waivers" "$log"
check "a finding whose waiver has run out counts again" status_is 1
check "and it is said that it had run out" printed "was waived until"

waive "$id" "$(day '+400 days')"
check "more than a year is refused" status_is 2
check "with the reason" said "a year at most"
spill waive "$id" --owner me --until 2026-12-31 --file "$waivers"
check "a waiver needs a reason" status_is 2
check "which is said" said "--reason is missing"
spill scan --waivers "$dir/none.yaml" "$log"
check "a file of waivers that is not there is an error" status_is 2

if can_run; then
	rm "$waivers"
	leak=(sh -c "echo 'signup email=maija.korhonen@kuusikoti.fi ok' >>$dir/live.log")
	spill run -f jsonl -o "$dir/first" -- "${leak[@]}"
	check "run finds it" status_is 99
	cp "$dir/first" "$dir/out"
	waive "$(ids)" "$(day '+30 days')"
	spill run --waivers "$waivers" -f jsonl -o "$dir/second" -- "${leak[@]}"
	check "run passes with it waived" status_is 0
	check "and counts it" summary '.verdict == "pass" and .waived == 1 and .findings == 1' "$dir/second"
	spill run --waivers "$waivers" -- "${leak[@]}"
	check "run tells it in words" said "waived until"
else
	echo "skip - run with waivers: $(why_no_run)"
fi
finish
