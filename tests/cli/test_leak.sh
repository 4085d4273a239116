#!/bin/bash
# SPDX-License-Identifier: MIT
# The detector is not the leak: values of all entities are logged in every way under run, watch and agent; afterwards none
# of them is in an output, a log, the store, a metric, a page, a temporary file, a core, or the memory that is left, in
# any encoding. LEAKS=N plants N values.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_watch
need_program jq
need_program curl
need_program python3

leak=${B:-build}/tests/leak/leak
[ -x "$leak" ] || skip_all "$leak is not built: make tests"
many=${LEAKS:-400}
mkdir "$dir/planted" "$dir/tmp" "$dir/ours"
lines=$dir/planted/lines values=$dir/planted/values
export TMPDIR=$dir/tmp # what is left there by accident is looked at too
"$leak" plant "$many" "$lines" "$values" >"$dir/out" 2>"$dir/err"
check "values of all entities are planted" [ $? = 0 ]
echo "NOTE: planted: $(cat "$dir/out")"
value() { sed -n "$1p" "$values"; }
# Opt-in rules count only if they are named, and the others then as well.
mapfile -t ids < <("$logspill" rules list -f jsonl | jq -r .id)
all=("${ids[@]/#/--only=}")

clean() { "$leak" hunt "$values" "$@" >"$dir/hunted" 2>&1; }
# tell STATUS WHAT: how the hunt ended.
tell() {
	[ "$1" = 0 ] || sed 's/^/    /' "$dir/hunted"
	check "$2: none of the values is there" [ "$1" = 0 ]
}
# hunt WHAT PLACE...
hunt() {
	clean "${@:2}"
	tell $? "$1"
}
helpers() { pgrep -P "$1" | sed 's/^/pid:/'; }
# The same of memory, once what is due has been done.
hunt_memory() {
	wait_for 10 clean "${@:2}"
	tell $? "$1"
	echo "NOTE: $1: $(tail -n 1 "$dir/hunted")"
}

# A hunt that finds nothing anywhere would find nothing here.
"$leak" hunt "$values" "$lines" >/dev/null
check "the values are found where they are" [ $? = 1 ]
# shellcheck disable=SC2016
for encoded in 'base64 -w0' 'od -An -v -tx1 | tr -d " \n"' 'jq -Rs . ' 'sed "s/^/xx/" | base64 -w0'; do
	head -n 40 "$lines" | sh -c "$encoded" >"$dir/planted/encoded"
	"$leak" hunt "$values" "$dir/planted/encoded" >/dev/null
	check "and in the form of $encoded" [ $? = 1 ]
done

# Whole lines, pieces of lines, both streams, a file, a datagram a line, and last a line
# whose end comes late.
cat >"$dir/planted/write.sh" <<'SH'
lines=$1 out=$2 socket=$3
cat "$lines"
cat "$lines" >&2
dd if="$lines" bs=997 2>/dev/null
cat "$lines" >>"$out/shop.log"
while read -r line; do printf '%s\n' "$line"; done <"$lines" >>"$out/slow.log"
jq -Rc '{msg: ., user: {note: .}}' "$lines" >>"$out/json.log"
python3 - "$lines" "$socket" <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for line in open(sys.argv[1], "rb"):
    s.sendto(b"<13>shop: " + line.rstrip(b"\n"), sys.argv[2])
PY
head -c $(($(wc -c <"$lines") - 1)) "$lines"
sleep 0.7 # half a second is what its end is waited for
echo
SH
python3 - "$dir/devlog" <<'PY' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
s.bind(sys.argv[1])
while True:
    s.recv(65536)
PY
daemon=$!
on_exit+=("kill $daemon")
wait_for 10 [ -S "$dir/devlog" ]
work() { sh "$dir/planted/write.sh" "$lines" "$dir/planted" "$dir/devlog"; }

formats="text jsonl json md html sarif junit"
# What it says, at each verbosity, beside each format.
words=(-v "" -q)
for format in $([ "$many" -lt 5000 ] && echo jsonl html || echo $formats); do
	words=("${words[@]:1}" "${words[0]}")
	"$logspill" run ${words[0]} "${all[@]}" -f $format -o "$dir/ours/run.$format" --origin always --sink "$dir/devlog" -- \
		sh "$dir/planted/write.sh" "$lines" "$dir/planted" "$dir/devlog" >"$dir/planted/out" 2>"$dir/planted/err"
	status=$?
	check "run ${words[0]} -f $format: 99" status_is 99
	# Our words stand between those of the program.
	grep -vxFf "$lines" "$dir/planted/err" | grep -a logspill >"$dir/ours/run.$format.err"
	rm -f "$dir"/planted/*.log
done
if [ -s "$dir/ours/run.jsonl" ]; then
	check "what was planted was found" summary ".matches > 3 * $many" "$dir/ours/run.jsonl"
fi
for format in $formats; do
	timeout 120 "$logspill" scan -v "${all[@]}" -f $format "$lines" >"$dir/ours/scan.$format" 2>"$dir/ours/scan.$format.err"
done
"$logspill" scan "${all[@]}" --matches "$lines" >"$dir/ours/matches" 2>&1
"$logspill" scan "${all[@]}" --matches -f jsonl "$lines" >"$dir/ours/matches.jsonl" 2>&1
check "values of all entities are found" [ "$(jq -r .entity "$dir/ours/matches.jsonl" | sort -u)" = "$(
	"$logspill" rules list -f jsonl | jq -r .entity | sort -u)" ]

# A program that is there already, with a value in its arguments, and stays.
mkfifo "$dir/go" "$dir/end"
sh -c 'read -r _ <"$1"; end=$2; shift 2; sh "$@"; read -r _ <"$end"' sh "$dir/go" "$dir/end" "$dir/planted/write.sh" \
	"$lines" "$dir/planted" "$dir/devlog" "$(value 7)" >>"$dir/planted/stdout.log" 2>&1 &
worker=$!
"$logspill" watch -v "${all[@]}" -f jsonl -p $worker --sink "$dir/devlog" --origin always >"$dir/ours/watch.jsonl" \
	2>"$dir/ours/watch.err" &
watch=$!
wait_for 20 grep -qi 'watching' "$dir/ours/watch.err"
echo go >"$dir/go"
is_at_end() { [ "$(cat "/proc/$worker/wchan")" = wait_for_partner ]; }
check "watch: all is written" wait_for 60 is_at_end
# shellcheck disable=SC2046
hunt_memory "memory of the watch and its helpers" "pid:$watch" $(helpers "$watch")
echo end >"$dir/end"
wait $worker
wait $watch
check "watch: findings" grep -q 'logspill.finding/v1' "$dir/ours/watch.jsonl"

# The agent, with a receiver of what it sends.
name=leaky-$$
cp /bin/sh "$dir/${name:0:15}"
python3 - "$dir/ours/received" "$dir/journal" >"$dir/port" <<'PY' &
import http.server, socket, sys, threading
def take(s, name):
    with open(sys.argv[1] + name, "ab") as f:
        while True:
            f.write(s.recv(65536) + b"\n")
            f.flush()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
journal.bind(sys.argv[2])
for s, name in (udp, ".syslog"), (journal, ".journal"):
    threading.Thread(target=take, args=(s, name), daemon=True).start()
class Taker(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        with open(sys.argv[1], "ab") as f:
            f.write(self.path.encode() + b" " + self.rfile.read(int(self.headers["Content-Length"])) + b"\n")
        self.send_response(200)
        self.end_headers()
    def log_message(self, *a):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Taker)
print(server.server_port, udp.getsockname()[1], flush=True)
server.serve_forever()
PY
on_exit+=("kill $!")
wait_for 10 [ -s "$dir/port" ]
chmod 777 "$dir/journal"
read -r web udp <"$dir/port"
mkdir "$dir/etc"
cat >"$dir/etc/logspill.yaml" <<YAML
version: 1
targets: [{comm: "${name:0:15}"}]
sinks: {include: ["$dir/devlog"]}
directories: {state: $dir/ours/state, cache: $CACHE_DIRECTORY}
watch: {origin: always}
rules: {only: [$(IFS=, && echo "${ids[*]}")]}
http: {listen: "127.0.0.1:0"}
policy: {repeat: 1s, resolve_after: 2s}
outputs:
  - {name: lines, type: file, path: $dir/ours/agent.jsonl}
  - {name: hook, type: webhook, url: "http://127.0.0.1:$web/hook"}
  - {name: pager, type: alertmanager, url: "http://127.0.0.1:$web"}
  - {name: otel, type: otlp, url: "http://127.0.0.1:$web"}
  - {name: udp, type: syslog, url: "udp://127.0.0.1:$udp"}
  - {name: journald, type: journal, path: $dir/journal}
YAML
chmod 777 "$dir/ours"
"$logspill" agent --config "$dir/etc/logspill.yaml" >"$dir/ours/agent.out" 2>"$dir/ours/agent.err" </dev/null &
agent=$!
end_agent() { kill -KILL "$agent" 2>/dev/null; }
on_exit+=(end_agent)
check "agent: it starts" wait_for 20 grep -q 'health at port' "$dir/ours/agent.err" "$dir/ours/agent.out"
port=$(sed -n 's/.*health at port \([0-9]*\).*/\1/p' "$dir/ours/agent.err" "$dir/ours/agent.out" | head -n 1)
"$dir/${name:0:15}" "$dir/planted/write.sh" "$lines" "$dir/planted" "$dir/devlog" "$(value 9)" \
	>>"$dir/planted/stdout2.log" 2>&1
metric() { curl -s "http://127.0.0.1:$port/metrics" | awk -v name="$1" 'index($1, name) == 1 { n += $NF } END { print n + 0 }'; }
matched() { [ "$(metric logspill_matches_total)" -gt "$many" ]; }
check "agent: it finds them" wait_for 30 matched
for page in metrics "" "api/v1/findings?limit=1000" api/v1/targets api/v1/coverage; do
	curl -s "http://127.0.0.1:$port/$page" >"$dir/ours/page.${page//[^a-z0-9]/_}"
done
curl -s -m 3 "http://127.0.0.1:$port/events" >"$dir/ours/page.events"
# shellcheck disable=SC2046
hunt_memory "memory of the agent and its helpers" "pid:$agent" $(helpers "$agent")
# A core made on purpose: of itself it makes none. What the kernel writes to is no part of one, shared as it is.
mkdir "$dir/cores"
if command -v gcore >/dev/null && gcore -o "$dir/cores/core" "$agent" >"$dir/out" 2>&1; then
	hunt "a core of the agent" "$dir/cores"
	echo "NOTE: a core of the agent: $(tail -n 1 "$dir/hunted")"
else
	echo "skip - a core of the agent: gcore cannot make one: $(tail -n 1 "$dir/out")"
fi
kill -TERM "$agent"
wait "$agent"
for name in received received.syslog received.journal agent.jsonl; do
	check "agent: events are in $name" [ -s "$dir/ours/$name" ]
done
for format in $formats; do
	"$logspill" report --last 1h --store "$dir/ours/state/store.db" -f $format >"$dir/ours/report.$format" 2>"$dir/ours/report.$format.err"
	check "report -f $format: 1" [ $? = 1 ]
done
for format in text json md html; do
	"$logspill" gate --store "$dir/ours/state/store.db" --window 60m -f $format --memo "$dir/ours/memo.$format.md" \
		--memo "$dir/ours/memo.$format.html" >"$dir/ours/gate.$format" 2>"$dir/ours/gate.$format.err"
	check "gate -f $format: 1" [ $? = 1 ]
done
rm -f "$dir"/planted/*.log
hunt "outputs, words, pages, store" "$dir/ours"
hunt "keys, compiled rules, temporary files" "$STATE_DIRECTORY" "$CACHE_DIRECTORY" "$dir/tmp"
finish
