#!/bin/bash
# SPDX-License-Identifier: MIT
# Second hops: what tee, logger, rotatelogs and their like write on is found once, where the application said it; and
# rotation, by name or by copy, splits and doubles nothing. What is a log, --no-sink and --sinks say.
. "$(dirname "$0")/lib.sh"
need_watch
need_program jq
need_program logger
need_program logrotate
need_program python3

found=$dir/found.jsonl
log=$dir/shop.log
mail='mail tilda.orrin@brindlewick-post.com'

# watched OPTION... -- SCRIPT: under watch, with a list of sinks.
watched() {
	rm -f "$found" "$log"
	spill run -q --sinks -o "$found" "$@"
}
# by PROGRAM: all findings are that program's.
by() { holds "map(select(.logspill)) | length > 0 and all(.process.name == \"$1\")" "$found"; }
# sink FILTER: there is such a line in the list.
sink() { holds "any(.[]; .schema == \"logspill.sink/v1\" and ($1))" "$found"; }

watched -- sh -c "echo '$mail' | tee -a '$log' >/dev/null"
check "tee: the file is whole" grep -q tilda "$log"
check "tee: found once" counted 1 EMAIL "$found"
check "tee: the finding is the application's" by sh
check "tee: the pipe is listed as a log" sink '.log and .sink.kind == "pipe" and .seen.bytes > 0'
check "tee: its file is listed as a second hop, with its bytes" sink \
	"(.log | not) and .second_hop and .sink.path == \"$log\" and .seen.bytes == $(stat -c %s "$log")"
check "tee: the summary balances" balanced "$found"

watched -- sh -c "for i in \$(seq 300); do echo '$mail'; done | tee '$log' | tee '$log.2' >/dev/null"
check "tee after tee: 300 found, each once" counted 300 EMAIL "$found"

watched --no-collectors -- sh -c "echo '$mail' | tee -a '$log' >/dev/null"
check "--no-collectors: found where tee writes it" by tee

cp /bin/cat "$dir/rotatelogs"
cp /bin/cat "$dir/shipper"
watched -- sh -c "(echo '$mail'; echo '$mail' >&2) 2>&1 | '$dir/rotatelogs' >>'$log'"
check "a program named rotatelogs: each found once" counted 2 EMAIL "$found"
check "a program named rotatelogs: the findings are the application's" by sh
watched -- sh -c "echo '$mail' | '$dir/shipper' >>'$log'"
check "a program of another name is the one that logs" by shipper
watched --collector shipper -- sh -c "echo '$mail' | '$dir/shipper' >>'$log'"
check "--collector: the application is" by sh
check "--collector: found once" counted 1 EMAIL "$found"

# As a server does that starts its collector by itself: by a descriptor that is not its standard output, of whose pipe
# it keeps the reading end to start the collector again.
cat >"$dir/server" <<'END'
#!/usr/bin/python3
import os, subprocess, sys, time
where, mail, reader = sys.argv[1:]
out, log = os.pipe()
data_out, data = os.pipe()
collected = open(where + "/collected", "ab")
expected = os.path.getsize(collected.name)
def collect(line):
    global expected
    expected += os.write(log, line)
def wait_for_reader():
    while os.path.getsize(collected.name) < expected:
        time.sleep(0.02)
subprocess.Popen([reader], stdin=out, stdout=collected)
collect(b"the reader runs\n")
wait_for_reader()
open(where + "/ready", "w").close()
while not os.path.exists(where + "/go"):
    time.sleep(0.02)
for _ in range(20):
    collect(b"%s\n" % mail.encode())
    os.write(data, b"application data, %s\n" % mail.encode())
wait_for_reader() # a watch ends with its command
END
chmod 755 "$dir/server"
touch "$dir/go"
watched -- "$dir/server" "$dir" "$mail" "$dir/rotatelogs"
check "a server's own collector: 20 found, each once" counted 20 EMAIL "$found"
check "a server's own collector: the findings are the server's" by server
watched -- "$dir/server" "$dir" "$mail" "$dir/shipper"
check "a server's pipe that no collector reads: 20 found, each once" counted 20 EMAIL "$found"
check "a server's pipe that no collector reads: where its reader logs them" by shipper

rm -f "$dir/go" "$dir/ready" "$found"
"$dir/server" "$dir" "$mail" "$dir/rotatelogs" &
server=$!
check "a server with its collector runs" wait_for 20 [ -e "$dir/ready" ]
: >"$dir/err" # what an earlier one said is no answer
timeout 60 "$logspill" watch --sinks -f jsonl -o "$found" -p $server >"$dir/out" 2>"$dir/err" </dev/null &
watch=$!
check "its watch began" wait_for 20 said watching
touch "$dir/go"
wait $server
wait $watch
check "a collector that was there before the watch: 20 found, each once" counted 20 EMAIL "$found"
check "... the findings are the server's" by server
check "... the books balance" balanced "$found"

watched --sink "$dir/nowhere" -- sh -c "echo '$mail' | logger -u '$dir/nowhere' -t shop 2>/dev/null"
check "logger: found once, even if nobody listens" counted 1 EMAIL "$found"
check "logger: the finding is the application's" by sh

watched --no-sink '*.log' -- sh -c "echo '$mail' >>'$log'"
check "--no-sink: nothing is found" status_is 0
check "--no-sink: the list says why" sink '(.log | not) and .reason == "matches --no-sink *.log"'
watched --no-sink '*.log' --sink "$log" -- sh -c "echo '$mail' >>'$log'"
check "--no-sink goes before --sink" status_is 0

# rotation HOW: 40 records, rotated after every tenth.
rotation() {
	printf '%s {\n rotate 9\n %s\n}\n' "$log" "$1" >"$dir/rotate.conf"
	chmod 644 "$dir/rotate.conf"
	watched -- sh -c "for i in \$(seq 40); do echo '$mail' >>'$log'
		[ \$((i % 10)) != 0 ] || logrotate -f -s '$dir/rotate.state' '$dir/rotate.conf'; done"
	check "logrotate, $1: it has rotated" [ -s "$log.4" ]
	check "logrotate, $1: 40 found, each once" counted 40 EMAIL "$found"
	check "logrotate, $1: one finding" holds 'map(select(.logspill) | .logspill.finding_id) | unique | length == 1' "$found"
	check "logrotate, $1: under the log's first name" holds \
		"map(select(.logspill)) | all(.logspill.sink.path == \"$log\")" "$found"
	rm -f "$log".*
}
rotation create
rotation copytruncate

# Names that would steer a terminal reach none.
hostile=$dir/$'\e[31mred\n\xff\xe2\x80\xae.log'
spill run --sinks -- sh -c 'echo "$1" >>"$0"; cp /bin/sh "${0%.log}"; "${0%.log}" -c "echo $1 >&2"' "$hostile" "$mail"
check "a hostile name is shown" said 'red'
check "a hostile name is shown without escape codes" not grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$dir/err"
finish
