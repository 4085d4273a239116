#!/bin/bash
# SPDX-License-Identifier: MIT
# Fuzzes each target that `make fuzz` has built, from its seeds, and prints a line each. A target that has crashed leaves
# the bytes that did it in build-fuzz/found/; as a seed they are run by every `make check`.
#
#   tests/fuzz/run.sh [SECONDS [NAME ...]]     60 seconds; all targets
set -uo pipefail
cd "$(dirname "$0")/../.." || exit

seconds=${1:-60}
[ $# = 0 ] || shift
B=${B:-build-fuzz}
found=$B/found
export LC_ALL=C.UTF-8 UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1
mkdir -p "$found" "$B/corpus"
TMPDIR=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)")
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 130' INT TERM

names=("$@")
[ $# -gt 0 ] || mapfile -t names < <(find tests/fuzz/seeds -mindepth 1 -printf '%P\n' -prune | sort)
failed=0
printf '%-10s %10s %8s %8s %8s  %s\n' target runs "runs/s" edges seeds result
for name in "${names[@]}"; do
	log=$found/$name.log
	mkdir -p "$B/corpus/$name"
	result=ok
	# What was found in earlier runs is begun with; seeds of the tree are read, not added to.
	"$B/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -max_len=8192 \
		-print_final_stats=1 -artifact_prefix="$found/$name-" "$B/corpus/$name" "tests/fuzz/seeds/$name" \
		>"$log" 2>&1 </dev/null || result="FAIL: $log"
	[ "$result" = ok ] || failed=1
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
	edges=$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
	printf '%-10s %10s %8s %8s %8s  %s\n' "$name" "${runs:-?}" "${rate:-?}" "${edges:-?}" \
		"$(find "tests/fuzz/seeds/$name" -type f | wc -l)" "$result"
done
exit $failed
