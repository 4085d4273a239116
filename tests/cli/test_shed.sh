#!/bin/bash
# SPDX-License-Identifier: MIT
# Looking at less than everything, as a user asks for it: what is left out is counted, named, and no pass.
. "$(dirname "$0")/lib.sh"
need_run
need_program jq

# less NAME REASON OPTION...: a program that logs 4,000 lines of which nothing leaks.
less() {
	local name=$1 reason=$2
	shift 2
	spill run -f jsonl -o "$dir/$name.jsonl" "$@" -- sh -c 'yes "health ok, nothing to see" | head -n 4000 |
		while read -r line; do echo "$line"; done >>"$0"' "$dir/$name.log"
	check "$*: the books balance" balanced "$dir/$name.jsonl"
	check "$*: each write was seen" summary '.seen.writes == 4000' "$dir/$name.jsonl"
	check "$*: some were left out as '$reason', and nothing else was lost" summary \
		".lost.$reason.writes > 0 and ([.lost[].writes] | add) == .lost.$reason.writes" "$dir/$name.jsonl"
	check "$*: the rest was scanned" summary '.scanned.writes > 0' "$dir/$name.jsonl"
	check "$*: inconclusive" status_is 125
	check "$*: says why" said "$reason"
}

less sample sampled --sample 1/4
check "--sample 1/4: about one in four" summary '.scanned.writes > 800 and .scanned.writes < 1200' "$dir/sample.jsonl"
less budget budget --budget 10K
less total budget --total-budget 10K

for i in 1 2; do
	spill run -f jsonl -o "$dir/key$i.jsonl" --sample 1/3 --sample-key again -- sh -c '
		for i in $(seq 500); do echo "health ok $i"; done >>"$0"' "$dir/key$i.log"
done
check "--sample-key: the same writes again" holds '.[0] == .[1]' \
	<(tail -qn 1 "$dir"/key[12].jsonl | jq -c .scanned)

spill run --sample 1/1 --budget 1G --total-budget 1G --max-cpu 100 -- sh -c 'echo health ok >>"$0"' "$dir/all.log"
check "limits that nothing reaches leave nothing out" status_is 0

spill run --sample 1/1000000 -f jsonl -o "$dir/leak.jsonl" -- sh -c '
	for i in $(seq 200); do echo "signup of maija.korhonen@kuusikoti.fi"; done' >/dev/null
check "what is left out is not found" summary '.matches < 200' "$dir/leak.jsonl"
finish
