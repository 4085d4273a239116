#!/bin/bash
# SPDX-License-Identifier: MIT
# What the watch itself costs is in every summary; measuring it does not go on costing.
. "$(dirname "$0")/lib.sh"
need_run
need_program jq

spill run -f jsonl -o "$dir/found.jsonl" -- sh -c 'for i in 1 2 3; do echo $i; done'
check "jsonl: nanoseconds a call in the kernel" summary \
	'.cost.kernel | .measured_calls >= 3 and .ns_per_call > 10 and .ns_per_call < 1e6' "$dir/found.jsonl"
check "jsonl: CPU seconds, and those spent to get ready" summary \
	'.cost.agent | .cpu_s >= .cpu_ready_s and .cpu_ready_s > 0 and .cpu_s < 60' "$dir/found.jsonl"
check "jsonl: share of a core while watching" summary '.cost.agent.cpu_share | . > 0 and . < 4' "$dir/found.jsonl"
check "jsonl: peak memory, the default ring among it" summary \
	'.cost.agent.memory_peak_bytes | . > 16e6 and . < 80e6' "$dir/found.jsonl"
spill run --ring-size 64K -f jsonl -o "$dir/small.jsonl" -- true
check "a smaller ring takes less memory" holds 'map(.cost.agent.memory_peak_bytes // empty) | .[0] - .[1] > 15e6' \
	<(tail -qn 1 "$dir/found.jsonl" "$dir/small.jsonl")
spill run -- true
check "text: own cost" said 'own cost'

"$logspill" run -q -- sh -c 'until [ -e "$0" ]; do echo on; sleep 0.02; done' "$dir/end" >"$dir/out" 2>"$dir/err" &
watch=$!
measures() { find "/proc/$watch/fd" -lname 'anon_inode:bpf-stats' 2>/dev/null | any_line .; }
runs() { [ -s "$dir/out" ]; }
check "the program runs" wait_for 20 runs
check "the kernel's statistics go off again while it runs" wait_for 20 not measures
check "it still runs" running $watch
touch "$dir/end"
wait $watch
finish
