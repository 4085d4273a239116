# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests of the command line share; source it. A case is one line: "ok - what" or "not ok - what".
# The program is used as a user would; all values are made up.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
. tests/lib.sh

logspill=$PWD/${B:-build}/logspill
dir=$(mktemp -d)
chmod 755 "$dir"
# A clone in a private folder, as /root is, cannot be entered by the users that some tests become.
if [ "$(id -u)" = 0 ] && ! setpriv --reuid 65534 --clear-groups test -x "$logspill" 2>/dev/null; then
	(umask 022 && mkdir -p "$dir/open/bin" "$dir/open/share/logspill" &&
		cp "$logspill" "$dir/open/bin/" && cp -r rules "$dir/open/share/logspill/")
	logspill=$dir/open/bin/logspill
fi
# Keys and compiled rules of these tests stay in their own folder.
export STATE_DIRECTORY=$dir/state CACHE_DIRECTORY=$dir/cache
failures=0
status=0
on_exit=()
trap 'for f in "${on_exit[@]}"; do $f; done; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

skip_all() {
	echo "$*"
	exit 77
}

# What keeps this machine from starting a program under watch; nothing does: nothing.
why_no_run() {
	if [ "$(id -u)" != 0 ]; then
		echo "watching needs root"
	elif [ ! -r /sys/kernel/btf/vmlinux ]; then
		echo "this kernel has no BTF"
	fi
}
can_run() { [ -z "$(why_no_run)" ]; }
need_run() { can_run || skip_all "$(why_no_run)"; }
# The same of watching by process numbers, and of what is looked up by them, as are origins and mounts.
why_no_watch() {
	if ! can_run; then
		why_no_run
	elif [ "$(stat -Lc %i /proc/self/ns/pid)" != $((0xEFFFFFFC)) ]; then
		echo "process numbers in here are not the host's (a pid namespace, as in a container)"
	fi
}
can_watch() { [ -z "$(why_no_watch)" ]; }
need_watch() { can_watch || skip_all "$(why_no_watch)"; }

need_program() {
	command -v "$1" >/dev/null || skip_all "$1 is not installed: make deps"
}

ok() { echo "ok - $1"; }

# Says what was seen, so that a failure explains itself.
not_ok() {
	echo "not ok - $1"
	failures=$((failures + 1))
	echo "  exit status $status"
	for f in err out; do
		[ -s "$dir/$f" ] && { echo "  $f:" && tail -n 15 "$dir/$f" | cut -c -300 | sed 's/^/    /'; }
	done
	return 0
}

# check WHAT COMMAND...: the command must succeed.
check() {
	local what=$1
	shift
	if "$@"; then ok "$what"; else not_ok "$what ($*)"; fi
}

not() { ! "$@"; }

# spill ARGS...: runs the program; sets $status, writes $dir/out and $dir/err. Never longer than a minute.
spill() {
	status=0
	timeout 60 "$logspill" "$@" >"$dir/out" 2>"$dir/err" </dev/null || status=$?
}

status_is() { [ "$status" = "$1" ]; }
said() { grep -qiF -e "$1" "$dir/err"; }
printed() { grep -qiF -e "$1" "$dir/out"; }

# Whether a line of what comes in matches: reads all of it, or its writer would fail of a broken pipe.
any_line() { [ "$(grep -c "$@")" -gt 0 ]; }

running() { kill -0 "$1" 2>/dev/null; }
gone() { ! running "$1"; }
# A child that has ended is there until somebody waits for it.
ended() { grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null || gone "$1"; }
end_quietly() { kill -KILL "$1" 2>/dev/null; }

# agent_start FILE: with that configuration; what it says goes to $dir/err. Sets $agent and $port. Where none starts,
# nothing else can be tested, and what it says is why.
agent_start() {
	: >"$dir/err" # what the last one said is not waited for
	"$logspill" agent --config "$1" >"$dir/out" 2>"$dir/err" </dev/null &
	agent=$!
	on_exit+=("end_quietly $agent")
	wait_for 20 agent_came && port=$(agent_port) && [ -n "$port" ] || { not_ok "the agent starts" && finish; }
}
agent_came() { said 'health at port' || ended "$agent"; }
agent_port() { sed -n 's/.*health at port \([0-9]*\).*/\1/p' "$dir/err" | tail -n 1; }

# own_rule ID FIND EXAMPLE: an item of a file of rules.
own_rule() {
	cat <<-YAML
		  - id: $1
		    name: Ticket
		    entity: TICKET
		    category: custom
		    region: global
		    severity: low
		    impact: 2
		    confidence: {base: 0.9}
		    find: $2
		    remediation: Log the queue.
		    examples: ['$3']
		    counter_examples: [{text: 'none', why: 'no ticket'}]
	YAML
}

# What the last state of all findings in a JSONL file adds up to. entity_sum FIELD ENTITY FILE
entity_sum() {
	jq -rs --arg entity "$2" "[ .[] | select(.schema == \"logspill.finding/v1\") ] | group_by(.logspill.finding_id)
		| map(last.logspill | select(.entity == \$entity) | .$1) | add // 0" "$3"
}

# counted N ENTITY FILE: matches of the entity, exactly.
counted() {
	local found
	found=$(entity_sum count "$2" "$3") || return
	[ "$found" = "$1" ] || {
		echo "  $2: $1 were logged, $found counted"
		return 1
	}
}

# holds FILTER FILE: for the list of all lines.
holds() { jq -se "$1" "$2" >/dev/null; }

# summary FILTER FILE: the filter holds for the summary, the last line.
summary() { tail -n 1 "$2" | jq -e 'select(.schema == "logspill.summary/v1") | '"$1" >/dev/null; }

# seen = scanned + sum(lost), in bytes and writes.
balanced() {
	summary '(.seen.bytes == .scanned.bytes + ([.lost[].bytes] | add)) and
		(.seen.writes == .scanned.writes + ([.lost[].writes] | add))' "$1"
}

# no_raw VALUES-FILE PLACE...: none of the values, one a line, is in any of the files and folders, which are all there.
no_raw() {
	local values=$1
	shift
	grep -raFl -f "$values" "$@"
	[ $? = 1 ]
}

finish() { exit $((failures > 0)); }
