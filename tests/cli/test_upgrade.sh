#!/bin/bash
# SPDX-License-Identifier: MIT
# Agents of different ages over one state directory, and two agents on one host.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_watch
for program in sqlite3 curl; do need_program $program; done

name=upgrade-$$
cp /bin/sh "$dir/$name"
leak() { "$dir/$name" -c "echo 'signup of maija.korhonen@kuusikoti.fi' >>$dir/$1.log"; }
# configure AGENT: each has a folder of its own.
configure() {
	mkdir -p "$dir/$1/state"
	cat >"$dir/$1/logspill.yaml" <<-YAML
		version: 1
		targets: [{comm: $name}]
		http: {listen: "127.0.0.1:0"}
		directories: {state: $dir/$1/state, cache: $CACHE_DIRECTORY}
		probe: {every: 100ms, patience: 2s}
	YAML
}
# start AGENT: sets $agent.
start() {
	"$logspill" agent --config "$dir/$1/logspill.yaml" >"$dir/$1/out" 2>"$dir/$1/err" </dev/null &
	agent=$!
	on_exit+=("end_quietly $agent")
	wait_for 20 grep -qF 'watching 1 targets' "$dir/$1/err"
}
asked() { [ "$(sqlite3 "$dir/$1/state/store.db" "$2" 2>/dev/null)" = "$3" ]; }
stop() { kill -TERM "$1" && wait "$1"; }

# What the first release that makes a file leaves when it ends before it has made a table in it: format 0.
configure one
sqlite3 "$dir/one/state/store.db" 'PRAGMA journal_mode = WAL; CREATE TABLE t (x); DROP TABLE t; PRAGMA user_version = 0' >/dev/null
check "over an older store a newer agent starts" start one
leak one
check "and remembers in it" wait_for 10 asked one 'SELECT sum(matches) FROM findings' 1
format=$(sqlite3 "$dir/one/state/store.db" 'PRAGMA user_version')
check "which has the format of today then" [ "$format" -ge 1 ]
check "nothing was set aside" [ -z "$(find "$dir/one/state" -name '*damaged*')" ]
stop "$agent"

# What a newer one has left.
sqlite3 "$dir/one/state/store.db" "PRAGMA user_version = $((format + 1)); PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
sum=$(sha256sum <"$dir/one/state/store.db")
spill agent --config "$dir/one/logspill.yaml"
check "an older agent does not start over a newer store: 2" status_is 2
check "it says what that is, and what to do" said 'was written by a newer logspill'
check "it leaves the file as it is" [ "$(sha256sum <"$dir/one/state/store.db")" = "$sum" ]
spill report --store "$dir/one/state/store.db" --last 1h
check "nor does it report from it: 2" status_is 2
check "and says the same" said 'was written by a newer logspill'
sqlite3 "$dir/one/state/store.db" "PRAGMA user_version = $format"
sed -i 's/^version: 1/version: 2/' "$dir/one/logspill.yaml"
spill agent --config "$dir/one/logspill.yaml"
check "a newer configuration is refused: 2" status_is 2
check "with its place" said 'logspill.yaml:1:10: version must be 1'

# As the first release left it, with what that had found: without what later ones added.
sqlite3 "$dir/one/state/store.db" <<'SQL'
ALTER TABLE findings DROP COLUMN distinct_sketch;
ALTER TABLE findings DROP COLUMN key;
ALTER TABLE runs DROP COLUMN host;
PRAGMA user_version = 1;
INSERT INTO events (from_ns, until_ns, kind, text) SELECT max(from_ns), 0, 'blind', 'unnamed: a.table: ...' FROM events;
INSERT INTO events (from_ns, until_ns, kind, text) SELECT max(from_ns), 0, 'blind', 'mapping: a.log: ...' FROM events;
SQL
configure one
configure two
check "over a store of format 1 an agent starts" start one
first=$agent
check "and another beside it" start two
second=$agent
leak both
check "the one sees what is logged, and counts on from what was found" wait_for 10 asked one 'SELECT sum(matches) FROM findings' 2
check "in the format of today" asked one 'PRAGMA user_version' "$format"
check "which tells what may be a log from what leaves a doubt" asked one \
	"SELECT group_concat(kind || ' ' || text) FROM events WHERE text GLOB '*: ...'" \
	'unread unnamed: a.table: ...,blind mapping: a.log: ...'
check "the other does, too" wait_for 10 asked two 'SELECT sum(matches) FROM findings' 1
check "neither takes the other's probe records for its target's" asked two 'SELECT sum(seen_writes) FROM minutes' 1
kill -KILL "$first"
wait "$first" 2>/dev/null
leak both
check "one is killed: the other goes on" wait_for 10 asked two 'SELECT sum(matches) FROM findings' 2
check "and lost nothing" asked two 'SELECT count(*) FROM losses' 0
check "it is told to end, and ends" stop "$second"
finish
