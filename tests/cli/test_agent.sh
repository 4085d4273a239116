#!/bin/bash
# SPDX-License-Identifier: MIT
# The daemon: its configuration, what it remembers, what it tells systemd, and files that change while it runs.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_watch
need_program sqlite3
need_program python3
need_program curl

# A program by whose name it is watched.
name=leaky-$$
cp /bin/sh "$dir/${name:0:15}"
leaky=$dir/${name:0:15}

# configure [LINE...]: the configuration, with these lines more. Probe records come often, so that tests need not wait.
configure() {
	{
		echo 'version: 1'
		echo "targets: [{comm: ${name:0:15}}]"
		echo 'http: {listen: "127.0.0.1:0"}'
		echo "directories: {state: $dir/agent, cache: $CACHE_DIRECTORY}"
		echo 'watch: {workers: 2}'
		[ $# = 0 ] || printf '%s\n' "$@"
	} >"$dir/new.yaml"
	mv "$dir/new.yaml" "$dir/etc/logspill.yaml"
}

often='probe: {every: 100ms, patience: 2s}'

# What systemd would be told, a line a message.
listen() {
	python3 - "$dir/notify" >"$dir/told" <<'PY' &
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
while True:
    print(s.recv(4096).decode().replace("\n", " "), flush=True)
PY
	on_exit+=("kill $!")
	wait_for 10 [ -S "$dir/notify" ]
}

start_agent() {
	: >"$dir/told"
	NOTIFY_SOCKET=$dir/notify agent_start "$dir/etc/logspill.yaml" && wait_for 20 told 'READY=1'
}

stop_agent() {
	kill -TERM "$agent"
	status=0
	wait_for 20 ended "$agent" || kill -KILL "$agent"
	wait "$agent" || status=$?
}

told() { grep -qF -e "$1" "$dir/told"; }
asked() { [ "$(sqlite3 "$dir/agent/store.db" "$1")" = "$2" ]; }
leak() { "$leaky" -c "for i in 1 2 3; do echo \"$1\"; done >>$dir/shop.log"; }

mkdir -p "$dir/etc/conf.d"
listen

printf 'version: 1\ntargts: []\nprobe: {evry: 1s}\nwatch:\n  hook: fast\n  ring_size: 3M\n' >"$dir/bad.yaml"
spill agent --check-config --config "$dir/bad.yaml"
check "a configuration with mistakes: 2" status_is 2
check "it says where, and what was meant" said 'bad.yaml:2:1: there is no "targts" in the configuration: did you mean "targets"?'
check "it says all of them: inside of a mapping" said 'bad.yaml:3:9: there is no "evry" in probe: did you mean "every"?'
check "it says all of them: a word" said 'bad.yaml:5:9: hook is one of auto, tracepoint, raw, not "fast"'
check "it says all of them: a size" said 'bad.yaml:6:14: ring_size must be a power of two'
check "it points at the place" [ "$(grep -c '^ *^$' "$dir/err")" = 4 ]
spill agent --config "$dir/bad.yaml"
check "an agent does not start with it: 2" status_is 2
cat >"$dir/bad.yaml" <<YAML
version: 1
targets: [{comm: none}]
outputs:
  - {name: lines, type: file}
  - {name: hook, type: webhook, url: "https://hook.example/", token_file: $dir/none.token}
  - {name: siem, type: syslog, url: "siem.example:514"}
YAML
spill agent --check-config --config "$dir/bad.yaml"
check "an output that lacks something: says where" said 'bad.yaml:4:6: output lines (file): needs `path`'
check "so does another" said 'bad.yaml:6:6: output siem (syslog): needs `url`: udp://, tcp:// or tls://HOST:PORT'
cat >"$dir/bad.yaml" <<YAML
version: 1
targets: [{comm: none}]
http: {listen: "0.0.0.0:10532"}
waivers: $dir/none.yaml
rules: {only: [no.such]}
outputs: [{name: hook, type: webhook, url: "https://hook.example/", token_file: $dir/none.token}]
user: nobody-of-that-name
YAML
spill agent --check-config --config "$dir/bad.yaml"
check "what it names is looked at, too: 2" status_is 2
check "the port, where it stands" said 'bad.yaml:3:8: '
check "which is said" said 'beyond loopback, at 0.0.0.0:10532'
check "waivers" said "$dir/none.yaml"
check "rules" said 'bad.yaml:5:9: only no.such: there is no such rule'
check "tokens" said "bad.yaml:6:81: the token in $dir/none.token cannot be read"
check "the user" said 'bad.yaml:7:7: there is no user nobody-of-that-name'
check "with carets" [ "$(grep -c '^ *^$' "$dir/err")" = 4 ]
mkdir "$dir/bad.rules"
printf 'rules:\n  - id: shop.order\n    patern: "x"\n' >"$dir/bad.rules/shop.yaml"
printf "waivers:\n  - findin: 0\n" >"$dir/bad.waivers"
cat >"$dir/bad.yaml" <<YAML
version: 1
targts: [{comm: none}]
waivers: $dir/bad.waivers
rules: {directories: [$dir/bad.rules]}
user: nobody-of-that-name
YAML
spill agent --check-config --config "$dir/bad.yaml"
check "beside a mistake of its own" said 'bad.yaml:2:1: there is no "targts"'
check "what a file of rules says is told, where it says so" said "$dir/bad.rules/shop.yaml:3:5: there is no field "
check "what a file of waivers says, likewise" said "$dir/bad.waivers:2:5: "
check "and the user" said 'bad.yaml:5:7: there is no user nobody-of-that-name'
check "each with its caret" [ "$(grep -c '^ *^$' "$dir/err")" -ge 4 ]
configure "$often"
chmod 664 "$dir/etc/logspill.yaml"
spill agent --check-config --config "$dir/etc/logspill.yaml"
check "a configuration that others can write to is refused: 2" status_is 2
check "with the remedy" said 'chmod go-w'
chmod 644 "$dir/etc/logspill.yaml"
chown 65534 "$dir/etc/logspill.yaml"
spill agent --check-config --config "$dir/etc/logspill.yaml"
check "so is another user's" said 'it belongs to another user'
rm "$dir/etc/logspill.yaml"
spill agent --check-config --config "$dir/none.yaml"
check "no configuration: 2" status_is 2
check "no configuration: says which file" said "$dir/none.yaml"

configure
echo 'version: 2' >"$dir/etc/conf.d/10-more.yaml"
spill agent --check-config --config "$dir/etc/logspill.yaml"
check "conf.d is read too" said 'conf.d/10-more.yaml:1:10: version must be 1'
printf 'version: 1\n%s\n' "$often" >"$dir/etc/conf.d/10-more.yaml"
spill agent --check-config --config "$dir/etc/logspill.yaml"
check "a good configuration: 0" status_is 0
check "a good configuration: says so" printed '2 files'

check "systemd is told when it watches" start_agent
leak 'signup of maija.korhonen@kuusikoti.fi'
check "what it finds is in the store" wait_for 10 asked 'SELECT matches, entity, process FROM findings' "3|EMAIL|${name:0:15}"
check "and in the minute of its target" wait_for 10 asked \
	"SELECT target, sum(seen_writes), sum(scanned_writes), sum(records) FROM minutes GROUP BY 1" "comm ${name:0:15}|3|3|3"
check "the watchdog is fed" wait_for 10 told WATCHDOG=1
check "the status tells of findings" wait_for 10 told '1 findings, 0 bytes lost'
scrape() { curl -sf "http://127.0.0.1:$port/metrics" >"$dir/metrics" && grep -q "$1" "$dir/metrics"; }
unscraped() { curl -sf "http://127.0.0.1:$port/metrics" >"$dir/metrics" && ! grep -q "$1" "$dir/metrics"; }
check "its metrics count the matches" wait_for 10 scrape '^logspill_matches_total{.*} 3$'
check "the store is its owner's" [ "$(stat -c %a "$dir/agent/store.db")" = 600 ]

# has FIELD VALUE: as the kernel tells of the agent.
has() { [ "$(sed -n "s/^$1:\t*//p" "/proc/${3:-$agent}/status" | cut -f 1)" = "$2" ]; }
check "it is root no more" has Uid 65534
check "of capabilities it keeps the two for /proc" has CapEff 0000000000080004
check "and can have no other" has CapBnd 0000000000000000
check "it has no_new_privs" has NoNewPrivs 1
check "and a list of system calls" has Seccomp 2
# The processes that write probe records and compile rules were there before: they never had anything of what is logged.
for helper in probe rules; do
	pid=$(pgrep -P "$agent" -x "logspill-$helper")
	check "$helper has a process of its own" [ -n "$pid" ]
	check "which is root no more" has Uid 65534 "$pid"
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do check "has no capability ($set)" has $set 0000000000000000 "$pid"; done
	check "has no_new_privs" has NoNewPrivs 1 "$pid"
	check "and a list of system calls" has Seccomp 2 "$pid"
	check "has none of the agent's files open" [ "$(find "/proc/$pid/fd" -lname '*store.db*' -o -lname '*bpf*' | wc -l)" = 0 ]
done
writer=$(pgrep -P "$agent" -x logspill-probe)
check "it leaves no core" grep -q 'Max core file size *0 *0' "/proc/$agent/limits"

configure 'rules: {only: [nothing.such]}'
check "rules that are wrong are not in force" wait_for 20 said 'the new rules are not in force'
check "systemd is told so" wait_for 10 told 'the new rules are not in force'
configure 'wtch: {}'
check "nor is a configuration that is wrong" wait_for 20 said 'there is no "wtch"'
check "which is remembered" wait_for 10 asked "SELECT count(*) FROM events WHERE kind = 'config' AND text LIKE '%not in force%'" 1
leak 'signup of maija.korhonen@kuusikoti.fi'
check "the old ones are" wait_for 10 asked 'SELECT matches FROM findings' 6
rm "$dir/etc/logspill.yaml"
check "a configuration that has gone changes nothing" wait_for 20 said 'logspill.yaml: cannot be read'
configure 'rules: {except: [contact.email]}'
check "other rules are in force without a restart" wait_for 20 said 'rules read again'
leak 'signup of maija.korhonen@kuusikoti.fi'
check "by them nothing is found" wait_for 10 asked 'SELECT sum(records) FROM minutes' 9
check "and the count stays" asked 'SELECT sum(matches) FROM findings' 6
configure
kill -HUP "$agent"
check "SIGHUP reads them again" wait_for 20 told RELOADING=1
check "and the first rules are in force again" wait_for 20 asked "SELECT count(*) FROM events WHERE kind = 'rules' AND text LIKE '%were loaded%'" 3
leak 'signup of maija.korhonen@kuusikoti.fi'
check "the finding goes on" wait_for 10 asked 'SELECT matches FROM findings' 9

# Rules that are taken away from under it.
cp -r rules "$dir/rules"
rm "$dir/rules/README.md"
loads() { sqlite3 "$dir/agent/store.db" "SELECT count(*) FROM events WHERE kind = 'rules' AND text LIKE '%were loaded%'"; }
more_loads() { [ "$(loads)" -gt "$1" ]; }
times=$(loads)
configure "rules: {directories: [$dir/rules]}"
check "rules may be in a folder more" wait_for 20 more_loads "$times"
rm -r "$dir/rules"
kill -HUP "$agent"
check "that they have gone is said" wait_for 20 said "$dir/rules: "
leak 'signup of maija.korhonen@kuusikoti.fi'
check "those that were read stay in force" wait_for 10 asked 'SELECT matches FROM findings' 12
times=$(loads)
configure
check "until there are others" wait_for 20 more_loads "$times"

# Rules that ask for everything, while it watches.
mkdir "$dir/own"
times=$(grep -c 'rules read again' "$dir/err")
read_again() { [ "$(grep -c 'rules read again' "$dir/err")" -gt "$1" ]; }
ticket() { { echo 'rules:' && own_rule own.ticket "{anchor: '$1', span: token}" 'see «T1234-567» there'; } >"$dir/own/own.yaml"; }
ticket 'T[0-9]{4}-'
configure "rules: {directories: [$dir/own]}"
check "rules of one's own are read" wait_for 20 read_again "$times"
ticket '([ab].{0,3000}[bc].{0,3000}[cd].{0,3000}){50}z'
check "one that asks for everything is refused, by name" wait_for 150 said 'own.yaml:2: the rules do not compile with'
check "the old ones are in force, it says" wait_for 10 scrape 'config_current{file="rules"} 0'
leak 'order T1234-567'
check "which they are" wait_for 10 asked "SELECT matches FROM findings WHERE rule = 'own.ticket'" 3
check "nor did it fill the agent" [ "$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$agent/status")" -lt 300000 ]
times=$(grep -c 'rules read again' "$dir/err")
ticket 'T[0-9]{4,5}-'
check "mended, it is in force" wait_for 20 read_again "$times"
check "and that is said" wait_for 10 scrape 'config_current{file="rules"} 1'

reloads() { grep -c RELOADING=1 "$dir/told"; }
# What was changed last is read once more half a second after it was read.
settled() {
	times=$(reloads)
	sleep 3
	[ "$times" = "$(reloads)" ] && [ "$(grep -c READY=1 "$dir/told")" -gt "$times" ]
}
check "nothing is read again while nothing changes" wait_for 30 settled
times=$(reloads)
echo 'a log' >"$dir/etc/other.log"
sleep 1.5
check "nor for another file beside the configuration" [ "$(reloads)" = "$times" ]
touch "$dir/etc/conf.d/20-more.yaml"
reloaded() { [ "$(reloads)" -gt "$times" ]; }
check "but for a new part of it" wait_for 20 reloaded
rm "$dir/etc/conf.d/20-more.yaml"

# What goes on writes to the same file; each of these is one finding of medium severity.
output() { echo "- {name: $1, type: file, path: $dir/agent/$1.jsonl${2:-}}"; }
lines() { [ "$(cat "$dir/agent/$1.jsonl" 2>/dev/null | wc -l)" = "$2" ]; }
configure "$often" 'outputs:' "$(output one)" "$(output high ', min_severity: high')"
check "outputs are made without a restart" wait_for 20 scrape 'output_works{output="one"'
"$leaky" -c "echo 'cart of eino.lahtinen@kuusikoti.fi' >>$dir/cart.log"
check "they are told what comes from then on" wait_for 10 grep -qsF cart.log "$dir/agent/one.jsonl"
told_one=$(wc -l <"$dir/agent/one.jsonl")
configure "$often" 'outputs:' "$(output one)" "$(output two)" '- {name: bad, type: webhook}'
check "one that is wrong changes nothing" wait_for 20 said 'output bad (webhook): needs `url`'
configure "$often" 'outputs:' "$(output high ', min_severity: high')" "$(output two)"
check "one that has gone is forgotten" wait_for 20 asked "SELECT group_concat(output) FROM outputs ORDER BY 1" 'high,two'
"$leaky" -c "echo 'refund of eino.lahtinen@kuusikoti.fi' >>$dir/refund.log"
check "another takes what comes then" wait_for 10 grep -qsF refund.log "$dir/agent/two.jsonl"
check "and it alone" lines one "$told_one"
check "what is less severe than an output wants does not go there" lines high 0
check "nor does it wait for it" wait_for 10 scrape 'logspill_output_queued{output="high",driver="file"} 0'
configure "$often" 'outputs:' "$(output high ', min_severity: high')" "$(output two)" '- {name: away, type: webhook, url: "http://127.0.0.1:9/"}'
check "an output to nobody is made" wait_for 20 scrape 'output_works{output="away"'
"$leaky" -c "echo 'ticket of eino.lahtinen@kuusikoti.fi' >>$dir/ticket.log"
check "that it does not get through is said" wait_for 10 said 'output away does not get through, and tries again: '
sqlite3 -cmd '.timeout 10000' "$dir/agent/store.db" "UPDATE outgoing SET json = substr(json, 1, 40)"
check "what is damaged in the store is counted" wait_for 90 scrape 'logspill_output_dropped_total{output="away",driver="webhook"} 1'
check "and said" wait_for 10 said 'output away has given up 1 events until now; the last error: an event could not be read'
check "and is in the way of nothing" wait_for 10 scrape 'logspill_output_queued{output="away",driver="webhook"} 0'

# Its second thread is started when there is work for it, which its list of system calls allows.
scanners() { [ "$(cat /proc/"$agent"/task/*/comm 2>/dev/null | grep -cx scan)" = "$1" ]; }
check "no thread but the first scans what is little" scanners 0
"$leaky" -c "yes an order was saved | head -c 8000000 >>$dir/shop.log"
check "much at once is scanned by one thread more" wait_for 10 scanners 1

# Rules are changed under it.
times=$(loads)
matches() { sqlite3 "$dir/agent/store.db" 'SELECT sum(matches) FROM findings'; }
same_outputs=('outputs:' "$(output high ', min_severity: high')" "$(output two)")
before=$(matches)
configure "$often" "${same_outputs[@]}" 'rules: {except: [contact.email]}'
check "other rules are in force" wait_for 20 more_loads "$times"
check "without the thread that scanned by the old ones" wait_for 10 scanners 0
"$leaky" -c "{ yes signup of eino.lahtinen@kuusikoti.fi | head -c 8000000; echo; echo paid with card $(made_up_card 457199); } >>$dir/shop.log"
check "another is started" wait_for 10 scanners 1
check "by them nothing is found but the card at the end" wait_for 20 asked 'SELECT sum(matches) FROM findings' $((before + 1))
configure "$often" "${same_outputs[@]}"
check "the first rules are in force once more" wait_for 20 more_loads $((times + 1))
leak 'signup of maija.korhonen@kuusikoti.fi'
check "by which addresses are found again" wait_for 10 asked 'SELECT sum(matches) FROM findings' $((before + 4))

# Targets come and go.
cp /bin/sh "$dir/other-$$" && other=$dir/other-$$
targets() { # the configuration, with these targets
	configure "$often"
	sed -i "s|^targets:.*|targets: [$1]|" "$dir/etc/logspill.yaml"
}
both="{comm: ${name:0:15}}, {comm: other-$$}"
total() { scrape "^logspill_seen_writes_total{target=\"comm $1\"} $2\$"; }
targets "$both"
check "a target more is watched without a restart" wait_for 20 total "other-$$" 0
"$other" -c "echo 'order of eino.lahtinen@kuusikoti.fi' >>$dir/order.log"
check "what it writes is seen" wait_for 10 total "other-$$" 1
"$other" -c "exec 9>>$dir/order.log; echo ready >$dir/ready; while [ ! -e $dir/end ]; do sleep 0.05; done; echo last >&9" &
wait_for 10 [ -e "$dir/ready" ]
targets "{comm: ${name:0:15}}"
check "one that has gone from the configuration is in no figure" wait_for 20 unscraped "comm other-$$"
touch "$dir/end" && wait $!
"$other" -c "echo 'order of eino.lahtinen@kuusikoti.fi' >>$dir/order.log"
targets "$both"
check "when it is there again, it counts on" wait_for 20 total "other-$$" 1
"$other" -c "echo 'order of eino.lahtinen@kuusikoti.fi' >>$dir/order.log"
check "and what was written meanwhile is not in it" wait_for 10 total "other-$$" 2
targets "$both, {cgroup: /no/such/group}"
check "a target that cannot be watched is said" wait_for 20 said '/no/such/group: No such file or directory'
check "and the others are watched as before" total "other-$$" 2
targets '{host: true}, {host: true}, {host: false}'
check "a host is a target" wait_for 20 said 'host is true, or left out'
check "and nothing is one twice" said 'this target stands there twice'
configure
check "the configuration is in force again" wait_for 20 scrape 'config_current{file="config"} 1'
configure 'sinks: {include: "/tmp/other"}'
check "what needs a restart is said" wait_for 20 said 'takes effect when the agent is started again'

# The writer of probe records stands still: nothing that is logged comes out any more, as far as the agent can tell.
said_times() { grep -c "$1" "$dir/err"; }
said_more() { [ "$(said_times "$1")" -gt "$2" ]; }
check "probe records come out" wait_for 20 scrape '^logspill_probe_healthy 1$'
misses=$(said_times 'a probe record did not come out in time') # of a machine that was busy
again=$(said_times 'probe records come out again')
kill -STOP "$writer"
check "that none comes out is noticed" wait_for 10 said_more 'a probe record did not come out in time' "$misses"
before=$(grep -c WATCHDOG=1 "$dir/told")
moment() { curl -sf "http://127.0.0.1:$port/metrics" | awk '$1 == "logspill_snapshot_time_seconds" { printf "%d", $2 }'; }
is_later() { [ "$(moment)" -gt "$1" ]; }
check "it goes on" wait_for 20 is_later $(($(moment) + 2))
check "but the watchdog is not fed" [ "$(grep -c WATCHDOG=1 "$dir/told")" -le $((before + 1)) ]
kill -CONT "$writer"
check "until they do" wait_for 10 said_more 'probe records come out again' "$again"

spill agent --config "$dir/etc/logspill.yaml"
check "a second agent does not write to the same store: 2" status_is 2
check "and says why" said 'another agent writes to it'

# Its helpers stand still, one of them in the middle of its work: whoever runs as the same user can do that.
for helper in probe rules origin; do kill -STOP "$(pgrep -P "$agent" -x "logspill-$helper")"; done
ticket 'T[0-9]{4,6}-'
configure "rules: {directories: [$dir/own]}"
waits_for_rules() { grep -qs unix_stream /proc/"$agent"/task/*/wchan; }
check "it reads rules again, and waits for who compiles them" wait_for 20 waits_for_rules
stop_agent
check "told to end, it ends: 0" status_is 0
check "systemd is told that it ends" told STOPPING=1
check "its stop is remembered" asked "SELECT count(*) FROM events WHERE kind = 'stop'" 1

check "it starts again" start_agent
kill -KILL "$agent"
wait "$agent" 2>/dev/null
check "killed, it starts again" start_agent
check "and remembers that nobody watched" asked "SELECT count(*) FROM events WHERE kind = 'gap'" 1
stop_agent

configure 'rights: none' 'outputs: [{name: lines, type: file, path: '"$dir/agent/findings.jsonl"'}]'
check "without any right, it starts" start_agent
check "it keeps no capability" has CapEff 0000000000000000
before=$(sqlite3 "$dir/agent/store.db" 'SELECT sum(matches) FROM findings')
leak 'card of maija.korhonen@kuusikoti.fi'
check "it watches" wait_for 10 asked 'SELECT sum(matches) FROM findings' $((before + 3))
check "an output has the finding" wait_for 10 grep -qF '"finding_id":' "$dir/agent/findings.jsonl"
check "the probe records come out" not said 'did not come out'
stop_agent
check "it ends as told: 0" status_is 0
check "nothing is left of the probe" [ -z "$(find "$dir/agent" -name 'logspill-probe-*')" ]
finish
