#!/bin/bash
# SPDX-License-Identifier: MIT
# Outputs that fail: said, never silent, and the watched program does not notice.
. "$(dirname "$0")/lib.sh"
need_watch

spill run -o "$dir/no/such/folder/out.jsonl" -- touch "$dir/started"
check "-o into a folder that is not there: 125" status_is 125
check "-o into a folder that is not there: named, with the reason" said "no/such/folder/out.jsonl: No such file"
check "-o into a folder that is not there: the program was not started" [ ! -e "$dir/started" ]
spill run -o "$dir" -- true
check "-o of a folder: 125" status_is 125

clean='for i in 1 2 3; do echo "line $i"; done; exit 0'
spill run -f jsonl -o /dev/full -- sh -c "$clean"
check "a full disk: 125, as nothing could be reported" status_is 125
check "a full disk: said" said 'No space left on device'
check "a full disk: the program's output is whole" cmp -s "$dir/out" <(sh -c "$clean")
leak='for i in 1 2 3; do echo "mail tilda.orrin$i@brindlewick-post.com"; done; touch '"$dir/done"
spill run -f jsonl -o /dev/full -- sh -c "$leak"
check "a full disk and a leak: 99" status_is 99
check "a full disk and a leak: both said" said 'No space left on device'
check "a full disk and a leak: the program went on to its end" [ -e "$dir/done" ]

# A reader that goes away at once, while the watched program logs and goes on.
rm -f "$dir/done"
sh -c 'until [ -e "$0/go" ]; do sleep 0.05; done; for i in 1 2 3 4 5; do echo "line $i" >>"$0/app.log"; sleep 0.05; done
	touch "$0/done"' "$dir" &
writer=$!
: >"$dir/err"
{
	rc=0
	timeout 60 "$logspill" watch -f jsonl -p $writer 2>"$dir/err" || rc=$?
	echo $rc >"$dir/rc"
} | true &
check "watching began" wait_for 20 grep -q 'watching' "$dir/err"
touch "$dir/go"
check "a closed pipe: the watched program goes on to its end" wait_for 20 [ -e "$dir/done" ]
check "a closed pipe: the watch ends with it" wait_for 20 [ -s "$dir/rc" ]
status=$(cat "$dir/rc")
check "a closed pipe: exit status 2, not a signal" status_is 2
check "a closed pipe: said" said 'Broken pipe'
wait $writer

spill run -o "$dir/words.txt" -- sh -c 'echo "mail tilda.orrin@brindlewick-post.com" '
check "-o FILE without -f: text" grep -q 'contact.email' "$dir/words.txt"
spill run -o "$dir/data.jsonl" -- sh -c 'echo "mail tilda.orrin@brindlewick-post.com" '
check "-o FILE.jsonl: JSON lines" holds "length > 1" "$dir/data.jsonl"
lines=$(wc -l <"$dir/data.jsonl")
spill run -o "$dir/data.jsonl" -- sh -c 'echo "mail tilda.orrin@brindlewick-post.com" '
check "a second run appends to it" [ "$(wc -l <"$dir/data.jsonl")" = $((2 * lines)) ]
check "the file is its owner's only" [ "$(stat -c %a "$dir/data.jsonl")" = 600 ]
finish
