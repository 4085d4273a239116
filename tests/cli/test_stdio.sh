#!/bin/bash
# SPDX-License-Identifier: MIT
# A program whose C library cuts its records at every 4,096th byte: each record is whole again, none is lost.
. "$(dirname "$0")/lib.sh"
need_run
need_program gcc
need_program jq

lines=4000
cat >"$dir/printer.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
	static char buffer[4096];
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	for (int i = 0; argc > 1 && i < atoi(argv[1]); i++)
		printf("order %d for tilda.orrin%d@brindlewick-post.com has been sent\n", i, i);
	return 0;
}
C
gcc -o "$dir/printer" "$dir/printer.c" || skip_all "gcc cannot link here"

# found WHERE
found() {
	check "$1: 99" status_is 99
	check "$1: each of $lines records is found, exactly once" counted $lines EMAIL "$dir/found.jsonl"
	check "$1: as many records as lines" summary ".scanned.records == $lines" "$dir/found.jsonl"
	check "$1: nothing lost" summary '.coverage == 1 and .seen == {bytes: .scanned.bytes, writes: .scanned.writes}' "$dir/found.jsonl"
	check "$1: as many bytes as written" summary ".seen.bytes == $(stat -c %s "$dir/expected")" "$dir/found.jsonl"
	distinct=$(entity_sum distinct EMAIL "$dir/found.jsonl")
	check "$1: distinct values within 5 % ($distinct)" [ $((distinct * 20)) -ge $((lines * 19)) -a $((distinct * 20)) -le $((lines * 21)) ]
	rm -f "$dir/found.jsonl"
}

"$dir/printer" $lines >"$dir/expected"
spill run -q -o "$dir/found.jsonl" -- "$dir/printer" $lines
check "a file: the output is whole" cmp -s "$dir/out" "$dir/expected"
found "standard output into a file"

status=0
"$logspill" run -q -o "$dir/found.jsonl" -- "$dir/printer" $lines 2>"$dir/err" </dev/null | cat >"$dir/out"
status=${PIPESTATUS[0]}
check "a pipe: the output is whole" cmp -s "$dir/out" "$dir/expected"
found "standard output into a pipe"

spill run -q -o "$dir/found.jsonl" -- sh -c "'$dir/printer' $lines >'$dir/app.log'"
check "a log file: the output is whole" cmp -s "$dir/app.log" "$dir/expected"
found "a log file"

# 200 writers that live for one write each.
spill run -q -o "$dir/found.jsonl" -- bash -c \
	'for i in $(seq 200); do /bin/echo "mail tilda.orrin$i@brindlewick-post.com" >>"$0/short.log"; done' "$dir"
check "200 short-lived writers: each one's only record is found" counted 200 EMAIL "$dir/found.jsonl"
finish
