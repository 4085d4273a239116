#!/bin/bash
# SPDX-License-Identifier: MIT
# Ctrl-C and SIGTERM end a watch with its summary and verdict; under run they reach the program first.
. "$(dirname "$0")/lib.sh"
need_watch

# A program that logs a line and waits to be told to end.
cat >"$dir/server" <<'SERVER'
#!/bin/bash
trap 'echo "goodbye" >>"$1/app.log"; exit 3' INT TERM
until [ -e "$1/go" ]; do sleep 0.05; done
echo "$2" >>"$1/app.log"
touch "$1/logged"
while :; do sleep 0.05; done
SERVER
chmod +x "$dir/server"

# background COMMAND...: as a terminal would start it, with signals as they are by default; its pid in $started.
background() {
	: >"$dir/err" # or what the last one said would count
	timeout --foreground 60 env --default-signal=INT,TERM "$@" >"$dir/out" 2>"$dir/err" </dev/null &
	started=$!
}

# timeout in the foreground passes signals on to what it runs alone; else to its group too, so that they may come twice.
for case in INT:leak TERM:leak INT:clean TERM:clean; do
	signal=${case%:*}
	line="all is well"
	expected=0
	[ ${case#*:} = clean ] || { line="mail tilda.orrin@brindlewick-post.com" expected=1; }
	rm -f "$dir"/{go,logged,found.jsonl,app.log}
	"$dir/server" "$dir" "$line" &
	server=$!
	background "$logspill" watch -f jsonl -o "$dir/found.jsonl" -p $server
	check "$case: watching began" wait_for 20 grep -q watching "$dir/err"
	touch "$dir/go"
	check "$case: the program logs" wait_for 20 [ -e "$dir/logged" ]
	kill -$signal $started
	wait $started
	status=$?
	check "$case: the watch ends with its verdict, $expected" status_is $expected
	check "$case: with the summary last" summary '.verdict == "'"$([ $expected = 1 ] && echo fail || echo pass)"'"' "$dir/found.jsonl"
	check "$case: its words too" said 'scanned'
	check "$case: the watched program goes on" running $server
	kill -TERM $server
	wait $server
done

for signal in INT TERM; do
	rm -f "$dir"/{go,logged,found.jsonl,app.log}
	touch "$dir/go"
	background "$logspill" run -o "$dir/found.jsonl" -- "$dir/server" "$dir" "all is well"
	check "run, $signal: the program logs" wait_for 20 [ -e "$dir/logged" ]
	kill -$signal "$(pgrep -P $started)"
	wait $started
	status=$?
	check "run, $signal: the program's own status" status_is 3
	check "run, $signal: what it said at its end was seen" summary '.scanned.records == 2' "$dir/found.jsonl"
done

# As an Apache under timeout(1) does, which ends its whole process group.
rm -f "$dir"/{found.jsonl,app.log,ending}
background "$logspill" run -o "$dir/found.jsonl" -- bash -c '
	trap "touch $0/ending; until [ -e $0/asked ]; do sleep 0.05; done; echo goodbye >>$0/app.log; exit 3" TERM
	touch $0/ready; while :; do sleep 0.05; done' "$dir"
check "run, asked twice: the program runs" wait_for 20 [ -e "$dir/ready" ]
kill -TERM "$(pgrep -P $started)"
check "run, asked twice: the program is ending" wait_for 20 [ -e "$dir/ending" ]
kill -TERM "$(pgrep -P $started)"
touch "$dir/asked"
wait $started
status=$?
check "run, asked twice at once: the program's own status" status_is 3
check "run, asked twice at once: what it said at its end was seen" summary '.scanned.records == 1' "$dir/found.jsonl"
finish
