#!/bin/bash
# SPDX-License-Identifier: MIT
# logspill run: whose exit status it is, and that the program's input and output are its own.
. "$(dirname "$0")/lib.sh"
need_run

leak='echo "signup of tilda.orrin@brindlewick-post.com done"'

spill run -- true
check "a quiet program: its status 0" status_is 0
spill run -- sh -c 'exit 7'
check "a failing program: its own status" status_is 7
spill run -- sh -c "$leak"
check "a leak: 99" status_is 99
check "a leak is said on standard error" said 'contact.email'
check "the value is not" not said 'tilda.orrin'
check "standard output is the program's, to the byte" cmp -s "$dir/out" <(sh -c "$leak")
spill run -- sh -c "$leak; exit 7"
check "a leak comes before the program's own failure: 99" status_is 99
spill run -q -- sh -c "$leak"
check "-q: still 99" status_is 99
check "-q: no words" [ ! -s "$dir/err" ]
spill run -- sh -c "$leak >&2"
check "a leak to standard error: 99" status_is 99
spill run -- sh -c "$leak >'$dir/app.log'"
check "a leak into a file of the name *.log: 99" status_is 99
echo 'dear reader' >"$dir/letter"
spill run -- cp --sparse=never "$dir/letter" "$dir/copy.log"
check "a file copied into a log inside the kernel: 125, since its bytes cannot be seen" status_is 125
check "the log is named" said "$dir/copy.log: filled by splice, sendfile or copy_file_range"
# A file that awk opens is neither its standard output nor named like a log.
letter='BEGIN { print "dear tilda.orrin@brindlewick-post.com" >file }'
spill run -- awk -v file="$dir/letters" "$letter"
check "what goes to a file that is no log is not looked at: 0" status_is 0
spill run --sink "$dir/lett*" -- awk -v file="$dir/letters" "$letter"
check "--sink makes it a log: 99" status_is 99
spill run -- sh -c "sh -c '$leak' & wait"
check "a leak of a child: 99" status_is 99
spill run -- sh -c 'echo "mail to someone@example.com, 127.0.0.1"'
check "documentation values are no leak: 0" status_is 0

spill run -- "$dir/no-such-program"
check "no such program: 127" status_is 127
check "no such program: named" said "no-such-program"
echo 'exit 0' >"$dir/not-executable"
spill run -- "$dir/not-executable"
check "a file that is not executable: 126" status_is 126
spill run -- "$dir"
check "a folder: 126" status_is 126
for signal in TERM KILL SEGV; do
	spill run -- sh -c "kill -$signal \$\$"
	check "ended by SIG$signal: 128 + its number" status_is $((128 + $(kill -l $signal)))
done

spill run --min-records 5 -- sh -c 'echo one; echo two'
check "fewer records than --min-records asks for: 125" status_is 125
spill run --min-records 2 -- sh -c 'echo one; echo two'
check "enough of them: the program's status" status_is 0

status=0
printf 'one\ntwo\n' | "$logspill" run -q -- cat >"$dir/out" 2>"$dir/err" || status=$?
check "standard input is the program's" cmp -s "$dir/out" <(printf 'one\ntwo\n')
head -c 300000 /dev/urandom >"$dir/bytes"
spill run -q -- cat "$dir/bytes"
check "any bytes pass unchanged" cmp -s "$dir/bytes" "$dir/out"
spill run -q -- sh -c 'echo to-out; echo to-err >&2'
check "standard error is the program's, with nothing of ours at -q" cmp -s "$dir/err" <(echo to-err)
seq 1000000000 1000000499 >"$dir/numbers.txt"
spill scan "$dir/numbers.txt"
check "a file of lone numbers may be a list of identifiers: 1" status_is 1
spill run -- seq 1000000000 1000000499
check "a program that prints lone numbers does not leak by that: 0" status_is 0
spill run --min-confidence 0.5 -- seq 1000000000 1000000499
check "unless less confidence is asked for: 99" status_is 99
spill run -q -- ls /proc/self/fd
check "the program inherits no descriptor of ours" cmp -s "$dir/out" <(ls /proc/self/fd)
# Signals 32 and 33 are libc's own: whether they were ignored (make leaves them so) it does not let a program keep.
signals() { while read -r name bits; do echo "$name $((16#$bits & ~0x180000000))"; done; }
spill run -q -- grep -E '^Sig(Blk|Ign)' /proc/self/status
check "nor a blocked or ignored signal" \
	cmp -s <(signals <"$dir/out") <(grep -E '^Sig(Blk|Ign)' /proc/self/status | signals)

spill run -- awk -v "dir=$dir" 'BEGIN { for (i = 0; i < 5; i++) print "x" >>(dir "/notes" i) }'
check "files appended to that no glob names: 0" status_is 0
check "three of them are named" [ "$(grep -c "$dir/notes[0-4]: appended to" "$dir/err")" = 3 ]
check "and the others counted" said 'and 2 more: --sinks'
appends() { spill run "$@" -- awk -v "dir=$dir" 'BEGIN { print "x" >>(dir "/notes1") }'; }
for option in -q "-q -o $dir/notes.jsonl -o $dir/notes.html -o $dir/notes.md" "-o $dir/notes.txt"; do
	appends $option
	check "one is named whatever is quiet: $option" said "logspill: not looked at: unnamed: $dir/notes1: appended to"
done
check "in JSON" eval 'jq -r .not_looked_at[] "$dir/notes.jsonl" | grep -qF "unnamed: $dir/notes1: appended to"'
check "on the page, and in Markdown" grep -q 'Not looked at' "$dir/notes.html" "$dir/notes.md"
spill run -q --sample 1/4 -- sh -c 'for i in 1 2 3 4 5 6 7 8 9; do echo "all is well $i"; done'
check "-q tells why it is inconclusive" eval 'status_is 125 && said "logspill: inconclusive: lost"'
appends -q --no-sink '**/notes1'
check "a quiet pass says nothing" eval 'status_is 0 && [ ! -s "$dir/err" ]'
spill run --no-sink '**/notes1' -- awk -v "dir=$dir" 'BEGIN { print "x" >>(dir "/notes1"); print "x" >(dir "/table") }'
check "not those that were excluded, nor one written anew" not said 'not looked at'

# A piece of 64 KiB fits into no ring of that size.
big='dd if=/dev/zero bs=65536 count=1 status=none'
spill run -- $big
check "the default ring holds a write of 64 KiB: 0" status_is 0
spill run --ring-size 64K -- $big
check "a smaller --ring-size does not: 125" status_is 125
check "what did not fit is counted, with the remedy" said 'ring_full 65,536): use a larger --ring-size'

spill run --state-dir /proc/none -- true
check "no key can be kept: the program's status all the same" status_is 0
check "no key can be kept: said" said 'since no private key could be kept in /proc/none'
check "no key can be kept: said once" [ "$(grep -c fingerprints "$dir/err")" = 1 ]
spill run -q --state-dir /proc/none -- true
check "no key can be kept: not a word at -q" [ ! -s "$dir/err" ]

for hook in tracepoint raw; do
	spill run --hook $hook -- sh -c "$leak"
	check "--hook $hook sees a leak: 99" status_is 99
done
finish
