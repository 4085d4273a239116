#!/bin/bash
# SPDX-License-Identifier: MIT
# --watchlist: values that a user names are found in files and in what programs write, and shown nowhere.
. "$(dirname "$0")/lib.sh"
need_program jq

value=canary-7f3a-quince
mail=someone@example.com # a documentation value, unless somebody asks for it
printf '# test users\r\n\r\n%s\r\n%s\r\n' $value $mail >"$dir/list"
printf 'started\nsession of %s began\nmail to %s\nx%sx\n' $value $mail $value >"$dir/app.log"

spill scan "$dir/app.log"
check "scan without a list: 0" status_is 0
spill scan --watchlist "$dir/list" --matches -f jsonl "$dir/app.log"
check "scan with it: 1" status_is 1
check "scan: each value where it stands, no part of a word" holds 'map([.line, .start, .end, .entity, .class, .rule, .severity])
	== [[2, 11, 29, "WATCHLIST", "real", "watchlist.value", "high"], [3, 8, 27, "WATCHLIST", "real", "watchlist.value", "high"]]' "$dir/out"
check "scan: nothing of a value is shown" holds 'all(.masked == "***")' "$dir/out"
for format in text jsonl sarif junit; do
	spill scan --watchlist "$dir/list" -f $format "$dir/app.log"
	check "scan -f $format: 1" status_is 1
	check "scan -f $format: says the rule" printed watchlist.value
	check "scan -f $format: no value" no_raw <(printf '%s\n' $value $mail) "$dir/out" "$dir/err"
done
spill scan --watchlist <(printf '%s\n' $value) "$dir/app.log"
check "a list from a pipe: 1" status_is 1
echo another-value >"$dir/other"
spill scan --watchlist "$dir/other" --watchlist "$dir/list" --only contact "$dir/app.log"
check "two lists, beside some rules only: 1" status_is 1
check "nothing of the values is in the cache" no_raw <(printf '%s\n' $value $mail another-value) -r "$dir/cache"

printf '%s\nabcd\n\n%0300d\n' $value 7 >"$dir/bad"
spill scan --watchlist "$dir/bad" "$dir/app.log"
check "mistakes: 2" status_is 2
check "mistakes: the short value, by its place" said "$dir/bad:2:1: "
check "mistakes: and the long one" said "$dir/bad:4:256: "
check "mistakes: no value is said" no_raw <(printf 'abcd\n0000000\n%s\n' $value) "$dir/err"
spill scan --watchlist "$dir/none" "$dir/app.log"
check "no such list: 2" status_is 2
check "no such list: named" said "$dir/none: No such file"
chmod 666 "$dir/other"
spill scan --watchlist "$dir/other" "$dir/app.log"
check "a list that others can write: 2" status_is 2
check "a list that others can write: the remedy" said "chmod go-w"

if can_watch; then
	spill run --watchlist "$dir/list" -- echo "session of $value began"
	check "run: 99" status_is 99
	check "run: says the rule" said watchlist.value
	check "run: the value is not said" no_raw <(echo $value) "$dir/err"
	spill run --watchlist "$dir/list" -- echo "session of x$value began"
	check "run, a part of a word: 0" status_is 0
	spill run --watchlist "$dir/bad" -- true
	check "run with mistakes: 125" status_is 125

	sh -c 'until [ -e "$0/go" ]; do sleep 0.05; done; echo "session of $1 began" >>"$0/app.log"' "$dir" $value &
	writer=$!
	: >"$dir/err" # what an earlier one said is no answer
	timeout 60 "$logspill" watch --watchlist "$dir/list" -f jsonl -p $writer >"$dir/out" 2>"$dir/err" </dev/null &
	watch=$!
	check "watch: it began" wait_for 20 said watching
	touch "$dir/go"
	wait $writer
	wait $watch
	status=$?
	check "watch: 1" status_is 1
	check "watch: the value is found by its rule" [ "$(jq -r 'select(.rule) | "\(.rule.id) \(.logspill.entity) \(.logspill.masked)"' \
		"$dir/out" | sort -u)" = 'watchlist.value WATCHLIST ***' ]
	check "watch: the value is in no output" no_raw <(echo $value) "$dir/out" "$dir/err"
	spill watch --watchlist "$dir/bad" -p $$
	check "watch with mistakes: 2" status_is 2
	check "watch with mistakes: their places" said "$dir/bad:2:1: "
else
	echo "skip - run, watch: $(why_no_watch)"
fi
finish
