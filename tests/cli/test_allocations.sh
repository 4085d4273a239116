#!/bin/bash
# SPDX-License-Identifier: MIT
# What goes on for each record takes no memory from the heap: as many allocations for many clean records as for few.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_watch
need_program jq
# shellcheck source=tests/cli/shim.sh
source "$(dirname "$0")/shim.sh"

# As many clean records as each line of its input says, and one that leaks: when that is told, all are looked at.
cat >"$dir/program.py" <<'PY'
import os, sys
log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for line in sys.stdin:
    for i in range(int(line)):
        os.write(log, b"request %d served in %d ms by worker %d\n" % (i, i % 97, i % 7))
    os.write(log, b"mail to tilda.orrin@brindlewick-post.com bounced\n")
PY

# replayed N: of a recording of N records.
replayed() {
	"$logspill" record -q -o "$dir/$1.rec" --i-know-this-stores-raw-data -- python3 "$dir/program.py" "$dir/app.log" \
		<<<"$1" >"$dir/out" 2>&1
	flag 4 0 0
	timeout 60 "${shimmed[@]}" "$logspill" replay -q -f jsonl "$dir/$1.rec" >"$dir/out" 2>"$dir/err"
	summary ".scanned.records == $1 + 1 and .matches == 1" "$dir/out" && allocations
}
few=$(replayed 1000)
many=$(replayed 50000)
check "1,000 records are replayed with $few allocations, 50,000 with $many" [ $((many - few)) -lt 100 ]

# An agent also makes some each second, of its page and its store. Its configuration is where nothing else changes.
name=calm-$$
name=${name:0:15}
ln -s "$(python3 -c 'import sys; print(sys.executable)')" "$dir/$name"
mkdir "$dir/etc" "$dir/log" && chmod 777 "$dir/log"
cat >"$dir/etc/logspill.yaml" <<YAML
version: 1
targets: [{comm: "$name"}]
directories: {state: $dir/state, cache: $CACHE_DIRECTORY}
http: {listen: "127.0.0.1:0"}
policy: {repeat: 1s}
outputs: [{name: lines, type: file, path: $dir/log/agent.jsonl}]
YAML
"${shimmed[@]}" "$logspill" agent --config "$dir/etc/logspill.yaml" >"$dir/out" 2>"$dir/err" </dev/null &
agent=$!
on_exit+=("end_quietly $agent")
check "the agent watches" wait_for 20 said 'health at port'
mkfifo "$dir/todo"
"$dir/$name" "$dir/program.py" "$dir/app.log" <"$dir/todo" &
program=$!
on_exit+=("end_quietly $program")
exec {todo}>"$dir/todo"

told() { [ "$(jq -s 'map(.logspill.count // 0) | max' "$dir/log/agent.jsonl" 2>/dev/null)" = "$1" ]; }
# watched N LEAKS: so many will have been told then.
watched() {
	flag 4 0 0
	echo "$1" >&"$todo"
	wait_for 30 told "$2" && allocations
}
watched 1000 1 >"$dir/out"
few=$(watched 1000 2)
many=$(watched 200000 3)
check "200,000 records are watched with $many allocations, 1,000 with $few: not one for twenty" [ "${many:-200000}" -lt 10000 ]
exec {todo}>&-
wait "$program"
finish
