#!/bin/bash
# make bench: every bench program in turn; each prints raw numbers, medians and ratios.
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build}
printf 'machine: %s, %s cpus, Linux %s\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)" "$(nproc)" "$(uname -r)"
for bench in "$build"/tests/bench/bench_*; do
	[ -x "$bench" ] && [ -f "$bench" ] || continue
	case $bench in *.d) continue ;; esac
	printf '\n== %s\n' "${bench##*/}"
	"$bench"
done
