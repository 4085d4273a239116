# SPDX-License-Identifier: MIT
set logscale x 2
set logscale y
set format y "%'.0f ns"
set xtics ("16 B" 16, "120 B" 120, "1 KiB" 1024, "4 KiB" 4096, "16 KiB" 16384, "64 KiB" 65536, "1 MiB" 1048576)
set xlabel "size of the write"
set xrange [12:1500000]

added(mode, hook, call) = figures(sprintf('select(.mode == "%s" and .hook == "%s" and .call == "%s" and .bytes > 0) | [.bytes, (.added_ns | if . < 1 then 1 else . end)]', mode, hook, call))

set output picture("cost_over_size")
set title "What a write() to /dev/null costs more under watch" font ",15"
set ylabel "added time a call"
set yrange [10:1000000]
set key outside right top vertical
set rmargin 34
plot added("target", "tracepoint", "/dev/null") with linespoints lt 1 title "logspill: log, captured", \
	added("barest", "tracepoint", "/dev/null") with linespoints lt 6 dt 2 title "barest BPF program that copies", \
	added("not a log", "tracepoint", "/dev/null") with linespoints lt 3 title "logspill: no log, not copied", \
	added("bystander", "tracepoint", "/dev/null") with linespoints lt 2 title "logspill: process not watched", \
	added("bpftrace, count", "", "/dev/null") with linespoints lt 4 title "bpftrace, counts only", \
	added("bpftrace, copy out", "", "/dev/null") with linespoints lt 5 title "bpftrace, prints (to 200 B)", \
	added("perf trace", "", "/dev/null") with linespoints lt 8 title "perf trace, no bytes", \
	added("strace", "", "/dev/null") with linespoints lt 9 title "strace, first 32 B"

set output picture("cost_by_place")
set title "A captured write() beside the same write unwatched, by where it goes" font ",15"
set ylabel "time watched / time unwatched"
unset logscale y
set format y "%.1f x"
set yrange [0.5:*]
set rmargin 18
ratio(call) = figures(sprintf('select(.mode == "target" and .hook == "tracepoint" and .call == "%s") | [.bytes, 1 + .added_ns / .base_ns]', call))
disk = system(sprintf("jq -r '[.%s.rows[].call | values] | map(select(. != \"getpid\" and . != \"/dev/null\" and . != \"tmpfs\" and . != \"pipe\" and . != \"socket\")) | first // \"tmpfs\"' %s", bench, json))
plot ratio("tmpfs") with linespoints lt 2 title "tmpfs", \
	ratio(disk) with linespoints lt 1 title disk, \
	ratio("pipe") with linespoints lt 3 title "pipe", \
	ratio("socket") with linespoints lt 4 title "socket", \
	1 with lines lt 6 dt 2 title "unwatched"
