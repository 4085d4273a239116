#!/bin/bash
# SPDX-License-Identifier: MIT
# What goes wrong around an agent: it is killed, stopped, out of memory, of disk, of descriptors; the disk fails, the
# clock jumps, the ring is full, the store is damaged. Each time, at a random moment, while a program writes: the program
# does not notice, no output has half a line, the store opens, the books balance, and a new leak is found after it.
# FAULTS=N does each N times.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_watch
need_program jq
need_program curl
need_program sqlite3
# shellcheck source=tests/cli/shim.sh
source "$(dirname "$0")/shim.sh"

rounds=${FAULTS:-1}
name=faulty-$$
name=${name:0:15}
cp /bin/sh "$dir/$name"
mkdir "$dir/small" "$dir/logs"
mount -t tmpfs -o size=12m,mode=755 tmpfs "$dir/small" || skip_all "no right to mount a small disk"
on_exit+=("umount -l $dir/small")
mkdir "$dir/small/out"
chmod 777 "$dir/small/out"

cat >"$dir/logspill.yaml" <<YAML
version: 1
targets: [{comm: "$name"}]
directories: {state: $dir/small/state, cache: $CACHE_DIRECTORY}
watch: {ring_size: 64K}
http: {listen: "127.0.0.1:0"}
policy: {repeat: 1s, resolve_after: 2s}
outputs: [{name: lines, type: file, path: $dir/small/out/agent.jsonl}]
YAML

agent=
inside=() # a command that executes what follows it
start_agent() {
	: >"$dir/err"
	"${shimmed[@]}" "${inside[@]}" "$logspill" agent --config "$dir/logspill.yaml" >>"$dir/out" 2>>"$dir/err" \
		</dev/null &
	agent=$!
	wait_for 30 agent_came || return
	grep -q 'health at port' "$dir/err" || return
	port=$(agent_port)
}
end_agent() { [ -z "$agent" ] || end_quietly "$agent"; }
on_exit+=(end_agent)
dead() { ended "$agent"; }
reap() { wait "$agent" 2>/dev/null; }

# The program: as fast as it can, then until it is told to end; it ends with 1 if a write has failed.
cat >"$dir/write.sh" <<'SH'
n=0
while [ ! -e "$2" ]; do
	n=$((n + 1))
	echo "$n signup failed for mira.salonen$3@brindlewick-post.com after $n ms" || exit 1
done >>"$1"
echo $n >"$2.count"
SH
expected() { seq "$1" | awk -v r="$2" '{ print $1 " signup failed for mira.salonen" r "@brindlewick-post.com after " $1 " ms" }'; }

pause() { sleep "0.$((RANDOM % 5 + 1))"; }

fault_kill() { kill -KILL "$agent" && wait_for 10 dead; }
fault_stop() { kill -STOP "$agent" && pause && kill -CONT "$agent"; }
# In a cgroup that has room for a part of it: it is ended somewhere on its way, or by the first load.
fault_oom() {
	local memory=/sys/fs/cgroup limit=memory.max cgroup
	[ ! -d /sys/fs/cgroup/memory ] || memory=/sys/fs/cgroup/memory limit=memory.limit_in_bytes
	cgroup=$memory/logspill-faults-$$
	mkdir "$cgroup" 2>/dev/null && [ -e "$cgroup/$limit" ] || { rmdir "$cgroup" 2>/dev/null; return 77; }
	kill -KILL "$agent" && reap
	echo $((RANDOM % 40 + 4))M >"$cgroup/$limit"
	# shellcheck disable=SC2016
	inside=(sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$cgroup")
	start_agent 2>/dev/null
	inside=()
	dead && ooms=$((ooms + 1)) || kill -KILL "$agent"
	reap
	wait_for 10 rmdir "$cgroup" 2>/dev/null # its helpers end after it
}
fault_nospc() {
	head -c 12m /dev/zero >"$dir/small/filler" 2>/dev/null
	pause
	rm "$dir/small/filler"
}
fault_eio() { flag 1 3 0 && pause && flag 0 0 0; }
fault_emfile() { flag 2 2 0 && pause && flag 0 0 0; }
fault_enomem() { flag 3 50 0 && pause && flag 0 0 0; }
fault_clock() {
	flag 0 0 $((RANDOM % 2 ? 90000 : -90000))
	pause
	flag 0 0 0
}
fault_ring() { kill -STOP "$agent" && pause && pause && pause && kill -CONT "$agent"; }
fault_corrupt() {
	kill -KILL "$agent"
	reap
	python3 - "$dir/small/state/store.db" <<'PY'
import os, random, sys
with open(sys.argv[1], "r+b") as f:
    size = os.path.getsize(sys.argv[1])
    for _ in range(random.choice([1, 50, 5000])):
        at = random.randrange(size)
        if not 56 <= at < 72: # versions and owner of the file: it would be another's
            f.seek(at)
            f.write(bytes([random.randrange(256)]))
PY
}

balanced_metrics() {
	curl -s -m 5 "http://127.0.0.1:$port/metrics" >"$dir/metrics"
	awk '/^logspill_(seen|scanned|lost)_bytes_total|^logspill_waiting_bytes/ { sub(/[{].*/, "", $1); n[$1] += $NF; any = 1 }
		END {
			sum = n["logspill_scanned_bytes_total"] + n["logspill_lost_bytes_total"] + n["logspill_waiting_bytes"]
			exit !any || n["logspill_seen_bytes_total"] != sum
		}' "$dir/metrics"
}
whole_lines() { [ ! -s "$dir/small/out/agent.jsonl" ] || jq -e . "$dir/small/out/agent.jsonl" >/dev/null 2>"$dir/out"; }
store_is_sound() { [ "$(sqlite3 "$dir/small/state/store.db" 'PRAGMA integrity_check(1)')" = ok ]; }
# In what it remembers: rules that are read again make the findings of its page begin anew.
found() { [ "$(sqlite3 "$dir/small/state/store.db" "SELECT count(*) FROM findings WHERE sink LIKE '%/$1.log'")" -gt 0 ]; }

# round KIND NUMBER: what went wrong, in $wrong.
round() {
	local log=$dir/logs/$1.$2.log end=$dir/logs/end.$1.$2 writer count
	wrong=
	"$dir/$name" "$dir/write.sh" "$log" "$end" "$2" 2>"$dir/writer.err" &
	writer=$!
	pause
	"fault_$1" || { [ $? != 77 ] || wrong=skip; }
	pause
	: >"$end"
	wait $writer || wrong+=" a-write-failed"
	count=$(cat "$end.count" 2>/dev/null || echo 0)
	cmp -s "$log" <(expected "$count" "$2") && [ ! -s "$dir/writer.err" ] || wrong+=" output-changed"
	if dead; then
		reap
		deaths=$((deaths + 1))
		start_agent || wrong+=" no-restart"
	fi
	"$dir/$name" -c "echo after it: tilda.orrin@brindlewick-post.com >>$dir/logs/after-$1-$2.log"
	wait_for 20 found "after-$1-$2" || wrong+=" not-found-after"
	wait_for 10 balanced_metrics || wrong+=" books"
	wait_for 10 whole_lines || wrong+=" half-a-line"
	wait_for 10 store_is_sound || wrong+=" store"
	rm -f "$log" "$end"*
}

check "the agent starts" start_agent
[ $failures = 0 ] || finish
for kind in kill stop oom nospc eio emfile enomem clock ring corrupt; do
	deaths=0 bad=0 skipped=0 ooms=0
	for ((i = 1; i <= rounds; i++)); do
		round $kind $i
		case $wrong in
		'') ;;
		skip*) skipped=1 && break ;;
		*) bad=$((bad + 1)) && echo "  $kind, round $i:$wrong" && tail -n 5 "$dir/err" | sed 's/^/    /' ;;
		esac
	done
	if [ $skipped = 1 ]; then
		echo "skip - $kind: no cgroup with a memory controller here"
		continue
	fi
	echo "NOTE: $(printf '%-8s %3d times, the agent ended %3d times, %3d went wrong' $kind "$rounds" $deaths $bad)"
	check "$kind, $rounds times: nothing that anybody depends on was harmed" [ $bad = 0 ]
done
kill -TERM "$agent"
status=0
wait "$agent" || status=$?
check "told to end, it ends: 0" status_is 0
finish
