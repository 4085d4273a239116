#!/bin/bash
# SPDX-License-Identifier: MIT
# Several threads say what one says of the same bytes, and their books hold what was written.
. "$(dirname "$0")/lib.sh"
need_watch
need_program jq

recording=$dir/watch.rec
writes=6000
# Two processes a log, a line cut in two now and then, and a child that ends in the middle; a batch of the ring holds
# more than one block.
cat >"$dir/program" <<PROGRAM
#!/usr/bin/perl
use strict;
for my \$k (0 .. 3) {
	next if fork;
	open my \$log, '>>', '$dir/' . \$k % 2 . '.log' or die;
	for my \$i (1 .. $writes / 4) {
		my \$line = \$i % 100 ? "order \$i of shop \$k was saved after 31 ms" : "mail to tilda\$i.orrin\$k\\@brindlewick-post.com bounced";
		syswrite \$log, \$i % 7 ? "\$line\\n" x 8 : \$i % 14 ? "\$line and then " : "\$line\\n";
	}
	system('echo a child wrote to bram.osk' . \$k . '\\@brindlewick-post.com >>$dir/child.log');
	exit;
}
1 while wait > 0;
PROGRAM
chmod +x "$dir/program"

findings() {
	jq -c 'select(.schema == "logspill.finding/v1") | [.logspill.finding_id, .logspill.count, .logspill.distinct,
		.logspill.masked, .logspill.fingerprint, .logspill.template, .logspill.sink, .process.pid]' "$1" | tac |
		awk -F'"' '!seen[$2]++' | tac
}
books() { jq -c 'select(.schema == "logspill.summary/v1") | [.seen, .scanned, .lost, .matches, .distinct]' "$1"; }
same() { diff <("$1" "$dir/1.jsonl") <("$1" "$dir/$2.jsonl"); }

spill record -o "$recording" --i-know-this-stores-raw-data --ring-size 64M -q -- "$dir/program"
check "a run with one: 99" status_is 99
for workers in 1 2 4 16; do
	spill replay -f jsonl --workers $workers "$recording"
	cp "$dir/out" "$dir/$workers.jsonl"
	check "$workers: the books balance" balanced "$dir/$workers.jsonl"
done
check "there is something to find" [ "$(findings "$dir/1.jsonl" | wc -l)" -ge 3 ]
for workers in 2 4 16; do
	check "$workers find what one finds" same findings $workers
	check "$workers have the books of one" same books $workers
done

rm -f "$dir"/*.log
spill run -f jsonl --workers 3 --ring-size 64M -q -- "$dir/program"
check "a run with several: 99" status_is 99
check "nothing is lost" [ "$(jq 'select(.lost) | [.lost[].bytes] | add' "$dir/err")" = 0 ]
check "each write is seen" [ "$(jq 'select(.seen).seen.writes' "$dir/err")" = $((writes + 4)) ]
check "each byte is" [ "$(jq 'select(.seen).seen.bytes' "$dir/err")" = "$(cat "$dir"/*.log | wc -c)" ]
check "and scanned" [ "$(jq -c 'select(.seen).scanned | [.bytes, .writes]' "$dir/err")" = \
	"[$(cat "$dir"/*.log | wc -c),$((writes + 4))]" ]
finish
