#!/bin/bash
# SPDX-License-Identifier: MIT
# Lines that are scanned in pieces, being too long or too slow: a value at the cut counts once, as what it is.
. "$(dirname "$0")/lib.sh"
need_run
need_program jq

# found COUNT DISTINCT: of e-mail addresses in what the last run found.
found() {
	[ "$(entity_sum count EMAIL "$dir/found.jsonl")" = "$1" ] && [ "$(entity_sum distinct EMAIL "$dir/found.jsonl")" = "$2" ]
}
watch_sh() {
	rm -f "$dir/found.jsonl"
	spill run -f jsonl -o "$dir/found.jsonl" -- sh -c "$1"
}

# The piece of 256 KiB ends behind an address that is one already, and is another with what follows.
begin='tilda.orrin@brindlewick-post.co'
awk -v n=$((262144 - ${#begin})) -v begin="$begin" 'BEGIN { while (length(s) < n - 64) s = s "lorem ipsum "
	while (length(s) < n) s = s " "; printf "%s%sm and so on\n", s, begin }' >"$dir/long"
check "the test's line is cut where it should be" [ "$(head -c 262144 "$dir/long" | tail -c 3)" = .co ]
watch_sh "awk 1 '$dir/long'"
check "an address cut by the bound of a long line: one match" found 1 1
awk -v n=$((262144 - ${#begin})) -v begin="$begin" 'BEGIN { while (length(s) < n - 64) s = s "lorem ipsum "
	while (length(s) < n) s = s " "; printf "%s%s\n", s, begin }' >"$dir/long"
watch_sh "awk 1 '$dir/long'"
check "an address that ends with a long line: one match" found 1 1

watch_sh "printf 'mail to $begin'; sleep 0.8; echo m"
check "an address written in two parts with a pause between: one match" found 1 1
watch_sh "printf 'mail to $begin'; sleep 0.8; echo; printf 'mail to $begin'; sleep 0.8"
check "an address before a pause, that is whole: a match each time" found 2 1
watch_sh "printf 'mail to $begin'; sleep 0.8"
check "summary: a line of two pieces is one record" summary '.scanned.records == 1' "$dir/found.jsonl"
check "summary: balanced" balanced "$dir/found.jsonl"
finish
