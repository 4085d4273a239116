#!/bin/bash
# SPDX-License-Identifier: MIT
# Syslog: logger(1) into a socket of this test, named by --sink; and a socket that nobody named is left alone.
. "$(dirname "$0")/lib.sh"
need_run
need_program /usr/bin/python3
need_program logger
need_program jq

# A syslog daemon's end: takes datagrams until there has been silence for a while.
cat >"$dir/daemon.py" <<'PYTHON'
import socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
server.settimeout(30)
count = 0
try:
    while True:
        server.recv(65536)
        count += 1
        server.settimeout(1)
except TimeoutError:
    print(count)
PYTHON
devlog() {
	/usr/bin/python3 "$dir/daemon.py" "$socket" >"$dir/received" 2>&1 &
	daemon=$!
	check "the socket is there" wait_for 10 [ -S "$socket" ]
}

socket=$dir/devlog
devlog
spill run -f jsonl -o "$dir/found.jsonl" --sink "$socket" -- sh -c 'for i in $(seq 40); do
	logger -u "$0" -t shop "order $i for tilda.orrin$i@brindlewick-post.com"; done' "$socket"
wait $daemon
check "logger: the daemon got all 40 messages" [ "$(cat "$dir/received")" = 40 ]
check "logger: 99" status_is 99
check "logger: 40 e-mail addresses logged, 40 found" counted 40 EMAIL "$dir/found.jsonl"
check "logger: the sink is the socket" holds 'map(select(.logspill)) | length > 0 and all(.logspill.sink.path | endswith("devlog"))' "$dir/found.jsonl"
check "logger: each datagram is a record" summary '.scanned.records == 40' "$dir/found.jsonl"
check "logger: the summary balances" balanced "$dir/found.jsonl"
echo tilda.orrin >"$dir/values"
check "logger: no raw value in what came out" no_raw "$dir/values" "$dir/found.jsonl" "$dir/err" "$dir/state" "$dir/cache"

rm -f "$socket" "$dir/found.jsonl"
devlog
spill run -f jsonl -o "$dir/found.jsonl" -- logger -u "$socket" -t shop "order 1 for tilda.orrin@brindlewick-post.com"
wait $daemon
check "a socket that nobody named: 0" status_is 0
check "a socket that nobody named: not one byte of it is read" summary '.seen == {bytes: 0, writes: 0}' "$dir/found.jsonl"
finish
