#!/bin/bash
# SPDX-License-Identifier: MIT
# logspill gate on processes of ours: passes only what it has proven, says what it has not.
. "$(dirname "$0")/lib.sh"
need_watch
need_program jq

log=$dir/app.log
writer=
gate_pid=

# writer TEXT [SECONDS]: writes a line each tenth of a second, once told to.
writer() {
	rm -f "$dir/go"
	mkfifo "$dir/go"
	(
		read -r _ <"$dir/go"
		for i in $(seq $((${2:-30} * 10))); do
			echo "$1 $i"
			sleep 0.1
		done >>"$log"
	) &
	writer=$!
}
start() { echo go >"$dir/go"; }
stop() {
	kill "$writer" 2>/dev/null
	wait "$writer" 2>/dev/null
}
on_exit+=(stop)

# watch ARGS...: a gate on the writer, in the background; once it watches, the writer is let on.
watch() {
	: >"$dir/err" # what an earlier one said is no answer
	timeout --foreground 60 "$logspill" gate -f json -p "$writer" "$@" >"$dir/out" 2>"$dir/err" </dev/null &
	gate_pid=$!
	wait_for 20 said "watching for"
	start
}
end_watch() {
	status=0
	wait "$gate_pid" || status=$?
	stop
}
gate() {
	watch "$@"
	end_watch
}
verdict() { [ "$(jq -r .verdict "$dir/out")" = "$1" ]; }
# says CHECK VERDICT TEXT
says() { jq -e --arg n "$1" --arg v "$2" --arg t "$3" 'any(.checks[]; .name == $n and .verdict == $v and (.text | contains($t)))' "$dir/out" >/dev/null; }
remedies() { jq -e 'all(.checks[]; (.verdict == "pass") == (.remedy == null))' "$dir/out" >/dev/null; }

writer 'health ok'
gate --for 3s --min-records 5
check "a window without a leak, covered, passes" status_is 0
check "which the JSON says" verdict pass
check "with probe records out of each sink" says probe pass "10 of 10"
check "and the books of the target" jq -e '.targets[0] | .records >= 5 and .seen == .scanned' "$dir/out"

writer 'signup email=maija.korhonen@kuusikoti.fi'
started=$SECONDS
gate --for 40s
check "a leak fails" status_is 1
check "at once, not at the end of the window" [ $((SECONDS - started)) -lt 20 ]
check "and is named" says findings fail "EMAIL by"
check "the value itself is not in it" not grep -q maija "$dir/out"

writer 'signup email=maija.korhonen@kuusikoti.fi'
gate --for 2s --no-fail-fast
check "with --no-fail-fast it fails at the end" says window pass "without a gap"
check "still" status_is 1
id=$(jq -r '.findings[0].finding_id' "$dir/out")

"$logspill" waive "$id" --owner me --reason test --until "$(date -u -d '+10 days' +%F)" --file "$dir/w.yaml" 2>/dev/null
writer 'signup email=maija.korhonen@kuusikoti.fi'
gate --for 2s --waivers "$dir/w.yaml"
check "a waived leak passes" status_is 0
check "and is told" says findings pass "1 waived"

writer 'signup email=maija.korhonen@kuusikoti.fi'
gate --for 2s --fail-on high
check "a leak less severe than --fail-on asks for passes" status_is 0

writer 'health ok'
gate --for 2s --min-records 1000
check "too few records are inconclusive" status_is 3
check "and told with their number" says records inconclusive "at least 1,000"
check "each doubt has its remedy" remedies

writer 'health ok' 1
gate --for 20s
check "a target that ends before its time is inconclusive" status_is 3
check "with the reason" says window inconclusive "have ended"

sleep 30 &
writer=$!
spill gate -f json -p "$writer" --for 2s
stop
check "silence is inconclusive" status_is 3

writer 'health ok'
gate --for 2s --sample 1/4
check "a sampled window is inconclusive" status_is 3
check "by its coverage" says coverage inconclusive "asked for"

# appender: writes what a shell's redirection would make a log by itself.
appender() {
	rm -f "$dir/go"
	mkfifo "$dir/go"
	awk -v "dir=$dir" 'BEGIN { getline <(dir "/go"); for (;;) { print "health ok"; print "order" >>(dir "/orders"); fflush(); system("sleep 0.1") } }' \
		>>"$log" &
	writer=$!
}
appender
gate --for 2s
check "a file that may be a log is inconclusive until somebody says what it is" status_is 3
check "by name, with what to do" says "blind spots" inconclusive "unnamed: $dir/orders: appended to as logs are, but not named like one (1 file): --sink reads it"
appender
gate --for 2s --no-sink '**/orders'
check "once it is said to be none, the window passes" status_is 0
printf '%s\n' 'waivers:' '  - blind_spot: unnamed' "    sink: $dir/orders" '    owner: me' '    reason: a table' \
	"    until: $(date -u -d '+10 days' +%F)" >"$dir/w.yaml"
appender
gate --for 2s --waivers "$dir/w.yaml"
check "or waived, which is told" eval 'status_is 0 && jq -r .waivers[] "$dir/out" | grep -q "blind spot unnamed of $dir/orders is waived"'

log=/dev/null
writer 'health ok'
gate --for 2s --sink /dev/null
check "a kind of sink that no probe record can go to is named" says probe pass "10 of 10 came out; none can go to: device"
log=$dir/app.log

writer 'health ok'
gate --for 2s --only payment
check "without the rule that finds them, probe records need not match" says probe pass "10 of 10"

writer 'health ok'
watch --for 60s
kill -INT "$gate_pid"
end_watch
check "an interrupted gate is inconclusive" status_is 3
check "and says so" says window inconclusive "interrupted"

# A target in a mount namespace and, where there are any, a cgroup of its own: what it has as /tmp, the probe's sinks
# are not in.
cgroup=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
place() { echo "$(readlink "/proc/$1/ns/mnt") $(sed -n 's/^0:://p' "/proc/$1/cgroup")"; }
# probe_is SAME|OTHER: where the target is, or not.
probe_is() {
	local probe
	probe=$(pgrep -x logspill-probe -P "$gate_pid") && case $1 in
	SAME) [ "$(place "$probe")" = "$(place "$inside")" ] ;;
	OTHER) [ "$(place "$probe")" = "$(place $$)" ] ;;
	esac
}
leave_cgroup() { [ -z "$cgroup" ] || rmdir "$cgroup" 2>/dev/null; }
if unshare -m true 2>/dev/null; then
	if [ -n "$cgroup" ]; then
		cgroup=$cgroup/gate-test-$$
		mkdir "$cgroup" && on_exit+=(leave_cgroup)
	fi
	# shellcheck disable=SC2016
	unshare -m sh -c '[ -z "$1" ] || echo 0 >"$1/cgroup.procs"
		exec 3>>"$2"
		mount -t tmpfs none /tmp
		while :; do echo "health ok" >&3; sleep 0.1; done' sh "$cgroup" "$log" &
	inside=$!
	on_exit+=(end_inside)
	end_inside() { kill "$inside" 2>/dev/null && wait "$inside" 2>/dev/null; }
	check "the target is elsewhere" wait_for 10 grep -q " /tmp tmpfs" "/proc/$inside/mounts"
	for option in --probe-in-target --no-fail-fast; do
		: >"$dir/err"
		"$logspill" gate -f json -p "$inside" --for 3s $option >"$dir/out" 2>"$dir/err" </dev/null &
		gate_pid=$!
		wait_for 20 said "watching for"
		case $option in
		--probe-in-target) check "the probe joins the target" wait_for 5 probe_is SAME ;;
		*) check "unasked, it stays where it is" wait_for 5 probe_is OTHER ;;
		esac
		status=0
		wait "$gate_pid" || status=$?
		check "$option: passes" status_is 0
		check "$option: with all probe records" says probe pass "10 of 10"
	done
	end_inside
else
	echo "skip - a probe in the target: there are no mount namespaces to be made"
fi
sleep 0.1 &
gone_pid=$!
wait "$gone_pid"
spill gate --probe-in-target -p "$gone_pid" --for 2s
check "a target that cannot be joined is an error" status_is 2
spill gate --probe-in-target --comm x --for 2s
check "joining is of a process" said "goes with -p PID"

cat >"$dir/gate.yaml" <<-YAML
	window: 2s
	min_records: 5
	min_coverage: 99.5
	fail_on: high
	waivers: waivers.yaml
YAML
echo 'waivers: []' >"$dir/waivers.yaml"
writer 'signup email=maija.korhonen@kuusikoti.fi'
gate --gate "$dir/gate.yaml" --memo "$dir/memo.html" --memo "$dir/memo.md"
check "a gate file says what is asked for, and its waivers lie beside it" status_is 0
check "a memo names what was watched" grep -q "all the while: $(cat "/proc/$$/comm") (pid $writer)" "$dir/memo.html"
check "and so does one in another form" grep -q "all the while: .* (pid $writer)" "$dir/memo.md"
writer 'signup email=maija.korhonen@kuusikoti.fi'
gate --gate "$dir/gate.yaml" --fail-on low
check "an option wins over it" status_is 1

cat >"$dir/gate.yaml" <<-YAML
	window: 2
	min_coverage: 101
	fail_on: horrible
	conditions:
	  - name: errors
	    query: up
	  - name: latency
	    below: 1
	    above: 2
	minimum: 5
YAML
spill gate --gate "$dir/gate.yaml" -p $$
check "a gate file with mistakes is an error" status_is 2
for mistake in ':1:' ':2:' ':3:' ':5:' ':7:' ':10:'; do
	check "the mistake at $mistake is told" said "gate.yaml$mistake"
done
spill gate --for 2s
check "without a target it says how to name one" said "name a target"
check "as an error" status_is 2
spill gate --for 2 -p $$
check "a time has a unit" said "90s, 60m or 2h"
finish
