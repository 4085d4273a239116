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

spill watch --container 0123456789abcdef
check "a container that is not there: 2" status_is 2
check "a container that is not there: named" said 0123456789abcdef
spill watch --exe "$dir/no-such-program"
check "an executable that is not there: 2" status_is 2
check "an executable that is not there: named" said no-such-program
if [ ! -e /run/systemd/system ]; then
	spill watch --unit nginx
	check "a unit without systemd: 2" status_is 2
	check "a unit without systemd: says so" said systemd
fi

# In a pid namespace processes have numbers that the kernel side does not know them by. `run` needs none.
if unshare --pid --fork --mount-proc true 2>/dev/null; then
	spill_inside() {
		status=0
		timeout 60 unshare --pid --fork --mount-proc "$logspill" "$@" >"$dir/out" 2>"$dir/err" </dev/null || status=$?
	}
	spill_inside watch -p 1
	check "a number of another pid namespace: 2" status_is 2
	check "a number of another pid namespace: says what to do instead" said --cgroup
	spill_inside run -q -f jsonl -o "$dir/inside.jsonl" -- \
		sh -c 'for i in 1 2 3; do sh -c "echo mail tilda.orrin@brindlewick-post.com"; done'
	check "run inside a pid namespace: 99" status_is 99
	check "run inside a pid namespace: what its children logged is counted" counted 3 EMAIL "$dir/inside.jsonl"
else
	echo "skip - pid namespaces: none may be made here"
fi

# A program that logs when told to, and ends.
sh -c 'until [ -e "$0/go" ]; do sleep 0.05; done; echo "mail tilda.orrin@brindlewick-post.com" >>"$0/app.log"
	sh -c "echo \"mail tilda.orrin@brindlewick-post.com\" >>\"$0/app.log\""' "$dir" &
writer=$!
: >"$dir/err" # what the last one said is not waited for
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

# A cgroup of this test, watched while it is still empty, until Ctrl-C.
cgroups=$(awk '{ for (i = 7; i < NF; i++) if ($i == "-" && $(i + 1) == "cgroup2") { print $5; exit } }' /proc/self/mountinfo)
cgroup=$cgroups/logspill-test-$$
if [ -n "$cgroups" ] && mkdir "$cgroup" 2>/dev/null; then
	remove_cgroup() { rmdir "$cgroup" 2>/dev/null; }
	on_exit+=(remove_cgroup)
	: >"$dir/err"
	timeout --foreground 60 env --default-signal=INT "$logspill" watch -f jsonl -o "$dir/cgroup.jsonl" --cgroup "$cgroup" \
		>"$dir/out" 2>"$dir/err" </dev/null &
	watch=$!
	check "a cgroup: watching began" wait_for 20 grep -q 'watching' "$dir/err"
	for i in 1 2 3; do
		sh -c 'echo $$ >"$1/cgroup.procs"; echo "mail tilda.orrin@brindlewick-post.com" >>"$0/inside.log"' "$dir" "$cgroup"
		sh -c 'echo "mail tilda.orrin@brindlewick-post.com" >>"$0/outside.log"' "$dir"
	done
	kill -INT $watch
	wait $watch
	status=$?
	check "a cgroup: 1" status_is 1
	check "a cgroup: what its processes logged is counted, and nothing else" counted 3 EMAIL "$dir/cgroup.jsonl"
else
	echo "skip - a cgroup is watched: no cgroup v2 to make one in"
fi

# A kernel without BTF, as far as this mount namespace shows.
status=0
# shellcheck disable=SC2016
unshare --mount sh -c 'mount --bind /dev/null /sys/kernel/btf/vmlinux && exec "$@"' sh \
	"$logspill" run -- touch "$dir/started" >"$dir/out" 2>"$dir/err" </dev/null || status=$?
check "no BTF: 125" status_is 125
check "no BTF: says so" said BTF
check "no BTF: nothing is started" [ ! -e "$dir/started" ]

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
		HOME=/nonexistent LOGSPILL_RULES="$dir/copy/rules" "$dir/copy/logspill" "$command" "$@" \
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
