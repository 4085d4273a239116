#!/bin/bash
# SPDX-License-Identifier: MIT
# logspill scan as a user meets it: what it reads, what it tells, and with which exit status.
. "$(dirname "$0")/lib.sh"
need_program jq

quietly() { "$@" >/dev/null; }

address=mara.lindqvist@corp-mail.com
values=$dir/values
printf '%s\n' "$address" mara.lindqvist >"$values"

logs=$dir/logs
mkdir -p "$logs/sub"
printf 'started\nsignup of %s failed\r\n signup of %s failed' $address $address >"$logs/app.log"
printf 'all is well\n' >"$logs/clean.log"

spill scan "$logs/clean.log"
check "a clean file: 0" status_is 0
check "a clean file: said" printed 'PASS: no personal data in 1 line'
spill scan "$logs/app.log"
check "a leak: 1" status_is 1
check "a leak: file, entity, count and line" grep -qE 'EMAIL +[^ ]+ +2 matches, 1 distinct value +line 2 ' "$dir/out"
check "a leak: standard error stays empty" [ ! -s "$dir/err" ]

spill scan --matches -f jsonl "$logs/app.log"
check "--matches: 1" status_is 1
check "--matches: line and byte offsets" [ "$(jq -r '"\(.line) \(.start) \(.end) \(.entity) \(.class)"' "$dir/out")" = \
	$'2 10 38 EMAIL real\n3 11 39 EMAIL real' ]
check "--matches: every field of the contract" [ "$(jq -rc 'keys_unsorted | join(" ")' "$dir/out" | sort -u)" = \
	"file line start end entity class rule severity confidence masked" ]
printf 'mail to a@example.com\n' >"$logs/sample.log"
spill scan --matches -f jsonl "$logs/sample.log"
check "a documentation value is a match" [ "$(jq -r .class "$dir/out")" = documentation ]
check "but no finding: 0" status_is 0
rm "$logs/sample.log"

# What lies around the text
gzip -c "$logs/app.log" >"$dir/packed.gz"
{ printf '\xff\xfe' && iconv -f UTF-8 -t UTF-16LE "$logs/app.log"; } >"$dir/wide.txt"
for file in packed.gz wide.txt; do
	spill scan --matches -f jsonl "$dir/$file"
	check "$file: decoded" [ "$(jq -r '"\(.line) \(.start)"' "$dir/out")" = $'2 10\n3 11' ]
done
if command -v zstd >/dev/null; then
	zstd -qc "$logs/app.log" >"$dir/packed.zst"
	spill scan --matches -f jsonl "$dir/packed.zst"
	check "packed.zst: decoded" [ "$(jq -r '"\(.line) \(.start)"' "$dir/out")" = $'2 10\n3 11' ]
fi
status=0
"$logspill" scan - <"$dir/packed.gz" >"$dir/out" 2>"$dir/err" || status=$?
check "standard input: 1" status_is 1
check "standard input: named" printed 'standard input'

# Enough lines that the cut comes behind the first of them.
for i in {1..3000}; do echo "$i $((i * 7919)) $((i * 104729 % 65537))"; done >"$dir/long.log"
gzip -c "$dir/long.log" | head -c 9000 >"$dir/cut.gz"
spill scan "$dir/cut.gz"
check "cut gzip: 3" status_is 3
check "cut gzip: named and said" printed 'cut.gz: it ends in the middle'
{ cat "$logs/app.log"; echo; cat "$dir/long.log"; } | gzip -c | head -c 9000 >"$dir/cut.gz"
spill scan -f jsonl "$dir/cut.gz"
check "cut gzip with a leak before the cut: 1" status_is 1
check "the rest is counted as not scanned" summary '.lost.truncated.bytes > 0 and .coverage < 1 and .verdict == "fail"' \
	"$dir/out"
check "its books balance" balanced "$dir/out"

# Odd bytes
printf 'a \0 NUL and \xff\xfe\xc3 no UTF-8, mail %s\0, and on\n\0\n%s' $address $address >"$dir/odd.log"
spill scan --matches -f jsonl "$dir/odd.log"
check "NUL and invalid UTF-8 in a text: found where it is" [ "$(jq -r '"\(.line) \(.start)"' "$dir/out")" = $'1 31\n3 0' ]
{ printf '\xff\xfe' && iconv -f UTF-8 -t UTF-16LE "$logs/app.log" | head -c 121; } >"$dir/half.txt"
spill scan -f jsonl "$dir/half.txt"
check "UTF-16 that ends in the middle of a character: what came before is found" [ "$(entity_sum count EMAIL "$dir/out")" = 1 ]
check "the rest is counted as not scanned" summary '.lost.truncated.bytes > 0 and (.blind_spots[0] | test("half.txt"))' "$dir/out"
{ printf '\xff\xfe\0\0' && iconv -f UTF-8 -t UTF-32LE "$logs/app.log"; } >"$dir/wider.txt"
spill scan "$dir/wider.txt" "$logs/clean.log"
check "UTF-32: named as not scanned, 3" status_is 3
check "UTF-32: said" printed 'wider.txt: its compression or character set is not supported'

# Directories
head -c 20000 /dev/zero | tr '\0' '\1' >"$logs/sub/blob"
printf '\0' >>"$logs/sub/blob"
cp "$(command -v bash)" "$logs/sub/program"
ln -s .. "$logs/sub/loop"
ln -s nowhere "$logs/dangling"
mkfifo "$logs/sub/fifo"
cp "$logs/app.log" "$logs/sub/zz.log"
spill scan -f jsonl "$logs"
check "a directory with a leak: 1" status_is 1
check "each file once, in order" [ "$(jq -r '.logspill.sink.path // empty' "$dir/out")" = \
	"$logs/app.log"$'\n'"$logs/sub/zz.log" ]
check "no blind spots for what has no text" summary '.blind_spots == []' "$dir/out"
check "binary files are counted" said 'skipped 1 binary file'
check "special files are counted" said 'skipped 2 special files'
spill scan "$logs/sub/program"
check "a binary file that was named: nothing could be scanned, 2" status_is 2
spill scan "$logs/sub/program" "$logs/clean.log"
check "a binary file among others: 3" status_is 3
spill scan -q --text "$logs/sub/program"
check "--text scans it" printed 'in 1 file'

# Bad input
spill scan "$dir/nowhere" "$logs/clean.log"
check "one file missing: 3" status_is 3
check "one file missing: said" printed 'nowhere: No such file'
spill scan "$dir/nowhere"
check "nothing could be scanned: 2" status_is 2
spill scan
check "no file named: 2, with a hint" status_is 2
check "no file named: how to" said 'scan FILE'
spill scan -f pdf "$logs/clean.log"
check "unknown format: 2" status_is 2
check "unknown format: the known ones" said 'text, jsonl, md, html, json, sarif or junit'
spill scan --fail-on worst "$logs/clean.log"
check "unknown severity: 2" status_is 2
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	cp "$logs/clean.log" "$dir/secret.log"
	chmod 600 "$dir/secret.log"
	status=0
	setpriv --reuid 65534 --clear-groups env STATE_DIRECTORY= CACHE_DIRECTORY= HOME= "$logspill" scan \
		"$dir/secret.log" "$logs/clean.log" >"$dir/out" 2>"$dir/err" || status=$?
	check "a file that may not be read: 3" status_is 3
	check "a file that may not be read: said" printed 'secret.log: Permission denied'
fi

# A line of 100 MiB does not need 100 MiB.
{ printf 'x '; head -c 104857600 /dev/zero | tr '\0' ' '; printf '%s' $address; } >"$dir/huge.log"
status=0
(ulimit -v 400000 && exec timeout 60 "$logspill" scan --matches -f jsonl "$dir/huge.log") >"$dir/out" 2>"$dir/err" ||
	status=$?
check "a line of 100 MiB: found where it is" [ "$(jq -r '"\(.line) \(.start)"' "$dir/out")" = '1 104857602' ]
rm "$dir/huge.log"

# Outputs
spill scan -f jsonl -o "$dir/found.jsonl" "$logs"
spill scan -f jsonl -o "$dir/found.jsonl" "$logs"
check "jsonl is appended" [ "$(jq -s 'map(select(.schema == "logspill.summary/v1")) | length' "$dir/found.jsonl")" = 2 ]
check "contract: the finding" quietly jq -es '.[0] | .event.kind == "alert" and .rule.id == "contact.email" and
	(.logspill | .entity == "EMAIL" and .count == 2 and .distinct == 1 and .line == 2 and .sink.kind == "file")' \
	"$dir/found.jsonl"
(cd "$logs" && "$logspill" scan -q -f sarif -o "$dir/found.sarif" app.log)
check "sarif: version, rule, relative place" quietly jq -e '.version == "2.1.0" and (.runs[0].results[0] |
	.ruleId == "contact.email" and (.locations[0].physicalLocation | .artifactLocation.uri == "app.log" and
	.region.startLine == 2 and .region.startColumn == 11))' "$dir/found.sarif"
spill scan -f junit "$logs"
check "junit: one failure a finding" printed 'failures="2"'
spill scan -f sarif -o "$dir/none/x.sarif" "$logs/clean.log"
check "an output that cannot be made: 2" status_is 2
status=0
"$logspill" scan "$logs/app.log" >/dev/full 2>"$dir/err" || status=$?
check "a full disk: 2" status_is 2
check "a full disk: said" said 'No space left'
status=0
{ "$logspill" scan "$logs/app.log" 2>"$dir/err" || echo $? >"$dir/status"; } | true
check "a closed pipe is no crash" grep -qE '^[12]$' "$dir/status"

# Policies
spill scan --fail-on critical "$logs/app.log"
check "--fail-on critical: a medium finding does not count" status_is 0
check "but it is listed" printed 'below --fail-on'
for baseline in found.jsonl found.sarif; do
	file=$logs/app.log
	[ $baseline = found.jsonl ] || cd "$logs" || exit
	[ $baseline = found.jsonl ] || file=app.log
	spill scan --baseline "$dir/$baseline" "$file"
	check "$baseline as baseline: nothing new, 0" status_is 0
	check "$baseline as baseline: listed as known" printed known
	check "$baseline as baseline: the verdict says why it passes" printed 'PASS: no finding that counts'
	check "$baseline as baseline: and what it passes over" printed 'in the baseline'
	spill scan --baseline "$dir/$baseline" "$file" "$dir/packed.gz"
	check "$baseline as baseline: something new, 1" status_is 1
	cd - >/dev/null || exit
done
spill scan --baseline "$logs/clean.log" "$logs/app.log"
check "a baseline that is none: 2" status_is 2
spill scan --only payment "$logs/app.log"
check "--only: other rules are off" status_is 0

# Ctrl-C on a pipe that never ends
mkfifo "$dir/pipe"
"$logspill" scan --matches -f jsonl "$dir/pipe" >"$dir/out" 2>"$dir/err" &
pid=$!
exec 7<>"$dir/pipe"
printf 'a line\nsignup of %s\n' $address >&7
check "a match is shown while more is waited for" wait_for 10 printed EMAIL
kill -INT $pid
status=0
wait $pid || status=$?
exec 7>&-
check "Ctrl-C: 1 beats 3" status_is 1
check "Ctrl-C: said" said 'the scan was interrupted'

# The bar of a long scan, on a terminal: a pipe that nothing comes from for a while, then half of what is to come.
for i in {1..20000}; do echo "line $i is clean"; done >"$dir/half.log"
mkfifo "$dir/slow"
timeout 60 script -qec "'$logspill' scan '$dir/slow' '$dir/half.log'" "$dir/screen" >/dev/null 2>&1 </dev/null &
pid=$!
exec 7<>"$dir/slow"
feed() {
	head -c "$1" "$dir/half.log" >&7
	grep -qF "$2" "$dir/screen"
}
check "a bar appears, and how much there is" wait_for 20 feed 20 "of $(awk -v n="$(stat -c %s "$dir/half.log")" 'BEGIN { printf "%.1f KiB", n / 1024 }')"
check "the bar grows" wait_for 20 feed 9000 '[#######'
exec 7>&-
wait $pid
check "at the end the bar is gone and the result is there" grep -q $'\033\[K.*PASS' <(tail -c 300 "$dir/screen" | tr -d '\n')
spill scan "$dir/half.log"
check "no bar where there is no terminal" [ ! -s "$dir/err" ]

spill scan --color never "$logs/app.log"
check "no colour in a file" not grep -q $'\033' "$dir/out"
spill scan --color always "$logs/app.log"
check "colour when asked for" grep -q $'\033' "$dir/out"
rm -r "$logs" "$dir"/packed.* "$dir/wide.txt" "$dir/cut.gz"
check "no raw value in any output" no_raw "$values" "$dir/out" "$dir/err" "$dir"/found.*
finish
