#!/bin/bash
# SPDX-License-Identifier: MIT
# deploy/lnav: a real lnav reads findings and summaries with it: time, level, what it says.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_program lnav
need_program jq

export HOME=$dir TZ=UTC
mkdir -p "$dir/config/formats/logspill"
cp deploy/lnav/logspill.json "$dir/config/formats/logspill/"
printf 'signup of maija.korhonen@kuusikoti.fi failed\npassword=t0psecret77\n' >"$dir/shop.log"
spill scan -f jsonl "$dir/shop.log"
cp "$dir/out" "$dir/found.jsonl"
lnav_says() {
	status=0
	lnav -n -I "$dir/config" "$@" >"$dir/out" 2>"$dir/err" </dev/null || status=$?
}

lnav_says -C "$dir/found.jsonl"
check "lnav has nothing to say against it" status_is 0
check "... in words either" [ ! -s "$dir/err" ]
lnav_says "$dir/found.jsonl"
check "a finding is a line" grep -qE "^$(date +%Y)[^ ]* medium +E-mail address m\*\*\*@k\*\*\*\.fi \| .* \| $dir/shop\.log \| 1$" "$dir/out"
check "so is the summary" grep -qE '^[^ ]+ info +FAIL' "$dir/out"
check "there are no other lines" [ "$(wc -l <"$dir/out")" = "$(wc -l <"$dir/found.jsonl")" ]

lnav_says -c ';SELECT "rule/id", log_level, "logspill/masked", strftime("%s", log_time) FROM logspill_log' -c ':write-csv-to -' \
	"$dir/found.jsonl"
check "critical is critical" grep -q '^secret.password,critical,' "$dir/out"
check "medium is a warning" grep -qF 'contact.email,warning,m***@k***.fi,' "$dir/out"
seconds=$(sed -n 's/^contact.email,.*,//p' "$dir/out")
check "the time is that of the finding" [ "$seconds" = "$(date -d "$(jq -r 'select(.rule.id == "contact.email") | .["@timestamp"]' \
	"$dir/found.jsonl" | head -n 1)" +%s)" ]
finish
