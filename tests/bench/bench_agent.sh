#!/bin/bash
# SPDX-License-Identifier: MIT
# What an agent takes: with nothing to watch for a minute; beside a program that logs 200 MB a second for half of one, in
# blocks of 8 KiB as buffers make them; and for a minute with as many logs remembered as it can, to which nobody writes.
# With its store, page, probe records and helpers.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
. tests/bench/lib.sh
. tests/lib.sh

idle_s=60 busy_s=30
[ -z "${BENCH_ROUNDS:-}" ] || idle_s=10 busy_s=5
megabytes=200
dir=$(mktemp -d "${BENCH_TMPFS:-/dev/shm}/agent.XXXXXX")
chmod 755 "$dir"
agent=
trap '[ -z "$agent" ] || kill $agent 2>/dev/null; wait; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
[ "$(id -u)" = 0 ] || { echo "watching needs root" && exit 77; }
command -v python3 curl jq >/dev/null || { echo "python3, curl or jq is not installed" && exit 77; }

python=$(python3 -c 'import sys; print(sys.executable)')
ln -s "$python" "$dir/bench-writer"
cat >"$dir/agent.yaml" <<YAML
version: 1
targets: [{comm: bench-writer}]
directories: {state: $dir/state, cache: $dir/cache}
http: {listen: "127.0.0.1:0"}
YAML
"${B:-build}/logspill" agent --config "$dir/agent.yaml" 2>"$dir/err" </dev/null &
agent=$!
wait_for 30 grep -qs 'watching 1 targets' "$dir/err" || { cat "$dir/err" && exit 1; }
port=$(sed -n 's/.*health at port \([0-9]*\).*/\1/p' "$dir/err")

# Of the agent and its helpers, all threads.
cpu_ns() {
	local pid
	for pid in "$agent" $(pgrep -P $agent); do cat "/proc/$pid/task"/*/schedstat 2>/dev/null; done | awk '{ n += $1 } END { printf "%.0f\n", n }'
}
metric() { curl -s "http://127.0.0.1:$port/metrics" | awk -v name="logspill_$1" 'index($1, name "{") == 1 || $1 == name { n += $NF } END { printf "%.0f\n", n }'; }
# share NS SECONDS: percent of a core.
share() { awk -v ns="$1" -v s="$2" 'BEGIN { printf "%.3f\n", ns / s / 1e7 }'; }

# idle NAME WHAT: while nobody logs.
idle() {
	local before percent
	sleep 5 # what it does once at its start, or behind others
	before=$(cpu_ns)
	sleep $idle_s
	percent=$(share $(($(cpu_ns) - before)) $idle_s)
	echo "nothing is logged, $2, $idle_s s: $percent % of a core (goal: 0.2)"
	row --arg what "$1" --argjson seconds $idle_s --argjson cpu_percent "$percent"
}
idle idle "nothing is known"

cat >"$dir/writer.py" <<'PY'
import os, sys, time
path, rate, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
kinds = ["INFO request %d of web-%d took %d ms, status 200", "DEBUG cache of node %d had %d hits, %d misses",
         "INFO order %d of cart %d was packed in %d s", "WARN retry %d of job %d after %d ms"]
text = "".join("2026-11-22 18:02:%02d.%03d " % (i % 60, i % 997) + kinds[i % 4] % (i * 7919 % 99991, i % 97, i % 883) + "\n"
               for i in range(100000)).encode()
blocks = [text[i:i + 8192] for i in range(0, len(text) - 8192, 8192)]
fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
start = last = time.monotonic()
written, n, owed = 0, 0, 0
while (now := time.monotonic()) - start < seconds:
    owed = min(owed + (now - last) * rate, rate / 200) # who was held up does not catch up
    last = now
    while owed > 0:
        owed -= os.write(fd, blocks[n % len(blocks)])
        written += len(blocks[0])
        n += 1
        if n % 32768 == 0:
            os.ftruncate(fd, 0)
    time.sleep(0.0005)
with open(sys.argv[4], "w") as f: # not by its standard output, which is a log
    print(written, n, time.monotonic() - start, file=f)
PY
before=$(cpu_ns)
"$dir/bench-writer" "$dir/writer.py" "$dir/app.log" $((megabytes * 1000000)) $busy_s "$dir/wrote"
read -r bytes writes took <"$dir/wrote"
all_seen() { [ "$(metric seen_writes_total)" -ge "$writes" ] && [ "$(metric waiting_writes)" = 0 ]; }
wait_for 30 all_seen
busy=$(share $(($(cpu_ns) - before)) "$took")
rate=$(awk -v b="$bytes" -v s="$took" 'BEGIN { printf "%.1f\n", b / s / 1e6 }')
lost=$(metric lost_bytes_total)
echo "$rate MB a second for $took s, $writes writes: $busy % of a core (goal: 100); lost $lost of $(metric seen_bytes_total) bytes," \
	"memory $(metric memory_bytes) bytes"
row --arg what rate --argjson megabytes_per_s "$rate" --argjson seconds "$took" --argjson cpu_percent "$busy" \
	--argjson lost_bytes "$lost"
[ "$(metric seen_bytes_total)" = "$bytes" ] || { echo "$bytes bytes were written" && exit 1; }

mkdir "$dir/logs"
"$dir/bench-writer" - "$dir/logs" <<'PY'
import sys
for i in range(13000):
    with open(f"{sys.argv[1]}/{i}.log", "a") as f:
        print("an order was saved in", i % 97, "ms", file=f)
PY
all_known() { [ "$(metric seen_writes_total)" -ge $((writes + 13000)) ] && [ "$(metric waiting_writes)" = 0 ]; }
wait_for 30 all_known
idle remembered "12,288 logs are remembered"
