#!/bin/bash
# SPDX-License-Identifier: MIT
# logspill doctor: what it says here, and what it says where something is missing.
. "$(dirname "$0")/lib.sh"

states() { jq -r '.checks[] | select(.state == "'"$1"'") | .name' "$dir/out"; }
state_of() { jq -r '.checks[] | select(.name == "'"$1"'") | .state' "$dir/out"; }
is_state() { [ "$(state_of "$1")" = "$2" ]; }
remedied() { jq -e 'all(.checks[] | select(.state == "missing"); .remedy != null)' "$dir/out" >/dev/null; }
explained() { jq -e 'all(.checks[]; .found != null and (.state == "ok" or .why != null))' "$dir/out" >/dev/null; }

spill doctor --colour
check "a bad flag is a mistake of use" status_is 2
spill doctor everything
check "an argument is a mistake of use" status_is 2
spill doctor -f xml
check "an unknown format is a mistake of use" status_is 2

mkdir "$dir/rules"
printf 'version: 1\nrules: 7\n' >"$dir/rules/bad.yaml"
spill doctor -f json --rules "$dir/rules"
check "rules that cannot be used: it cannot watch" status_is 1
check "and they are named" is_state rules missing
check "all that is not well is explained" explained

# where COMMAND...: what it says there.
where() {
	status=0
	"$@" "$logspill" doctor -f json >"$dir/out" 2>"$dir/err" </dev/null || status=$?
}

if [ "$(id -u)" = 0 ]; then
	chmod 711 "$dir"
	where setpriv --reuid 65534 --regid 65534 --clear-groups
	check "without rights it cannot watch" status_is 1
	check "and says so" is_state privileges missing
	check "with a remedy each" remedied
	where unshare -m sh -c 'umount -l /proc && exec "$@"' sh
	check "without /proc it cannot watch" status_is 1
	check "and says no more of the host than it knows" [ "$(states limited)" = "" ]
	check "but what is missing" is_state /proc missing
fi

if can_watch; then
	spill doctor -f json
	check "here nothing is missing" [ -z "$(states missing)" ]
	check "and the exit status says whether something is limited" status_is "$([ -z "$(states limited)" ] && echo 0 || echo 3)"
	check "a line of a process came out" is_state "raw hook" ok
	where unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf && exec "$@"' sh
	check "without BTF it cannot watch" status_is 1
	check "and says so" is_state "kernel types" missing
	where prlimit --nofile=20
	check "without descriptors it cannot watch" status_is 1
	check "for either hook it is said how many to allow" [ "$(jq '[.checks[].found | select(contains("ulimit -n"))] | length' "$dir/out")" = 2 ]
	check "with a remedy each" remedied
	spill doctor
	check "in words, too" printed "It can watch here"
	status=0
	"$logspill" doctor >/dev/full 2>"$dir/err" || status=$?
	check "what cannot be written is an error" status_is 2
else
	echo "skip - a line of a process comes out: $(why_no_watch)"
fi
finish
