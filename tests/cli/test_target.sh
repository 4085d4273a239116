#!/bin/bash
# SPDX-License-Identifier: MIT
# logspill watch: targets that are there, vanish, or never were; and users who may not watch.
. "$(dirname "$0")/lib.sh"
need_watch

sh -c : &
vanished=$!
wait $vanished
spill watch -p $vanished
check "a process that has gone: 2" status_is 2
check "a process that has gone: its number is named" said $vanished
spill watch --cgroup "$dir/no-such-cgroup"
check "a cgroup that is not there: 2" status_is 2
check "a cgroup that is not there: named" said no-such-cgroup
spill watch --cgroup "$dir"
check "a folder that is no cgroup: 2" status_is 2
check "a folder that is no cgroup: says what it must be" said cgroup

# A program that logs when told to, and ends.
sh -c 'until [ -e "$0/go" ]; do sleep 0.05; done; echo "mail tilda.orrin@brindlewick-post.com" >>"$0/app.log"
	sh -c "echo \"mail tilda.orrin@brindlewick-post.com\" >>\"$0/app.log\""' "$dir" &
writer=$!
timeout 60 "$logspill" watch -f jsonl -o "$dir/found.jsonl" -p $writer >"$dir/out" 2>"$dir/err" &
watch=$!
check "watching began" wait_for 20 grep -q 'watching' "$dir/err"
touch "$dir/go"
wait $writer
wait $watch
status=$?
check "a target that logs and ends: the watch ends by itself with 1" status_is 1
check "what it and its later child logged is counted" counted 2 EMAIL "$dir/found.jsonl"
check "the summary balances" balanced "$dir/found.jsonl"
check "the value is nowhere in what came out" no_raw <(echo tilda.orrin) "$dir/found.jsonl" "$dir/err" "$dir/out"

# Somebody else may not watch. The tree may not be theirs to read, so they get a copy.
mkdir "$dir/copy"
cp "$logspill" "$dir/copy/logspill"
cp -r rules "$dir/copy/rules" 2>/dev/null
chmod -R a+rX "$dir/copy"
chmod a+rwx "$dir/copy"
nobody() {
	local command=$1
	shift
	status=0
	timeout 60 setpriv --reuid 65534 --regid 65534 --clear-groups env -u STATE_DIRECTORY -u CACHE_DIRECTORY \
		HOME=/nonexistent "$dir/copy/logspill" "$command" --rules "$dir/copy/rules" "$@" \
		>"$dir/out" 2>"$dir/err" </dev/null || status=$?
}
nobody watch -p $$
check "not root: 2" status_is 2
check "not root: says that root is needed" said root
check "not root: no talk of libraries" not said libbpf
nobody run -- touch "$dir/copy/started"
check "not root: run exits with 125" status_is 125
check "not root: nothing is started" [ ! -e "$dir/copy/started" ]
finish
